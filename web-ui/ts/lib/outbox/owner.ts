// Whose phone this is, by the server's mark: so that a report never leaves under the name of the next person on it.
const OWNER = "outbox-owner";

/** The last person who was signed in here and has not signed out. Private windows remember nobody. */
export function knownOwner(): string | null {
  try {
    return localStorage.getItem(OWNER);
  } catch {
    return null;
  }
}
export function rememberOwner(owner: string): void {
  try {
    if (owner) localStorage.setItem(OWNER, owner);
  } catch {
    /* no memory */
  }
}
export function forgetOwner(): void {
  try {
    localStorage.removeItem(OWNER);
  } catch {
    /* no memory */
  }
}

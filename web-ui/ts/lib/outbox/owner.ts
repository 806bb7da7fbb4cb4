// Whose phone this is, by the server's mark: so that a report never leaves under the name of the next person on it.
const OWNER = "outbox-owner";
const TOKEN = "outbox-token";

/** Whose phone this is as far as it knows: of the session whose token the page carries, else of the last one. Private windows remember nobody. */
export function knownOwner(token?: string): string | null {
  try {
    return token === undefined || localStorage.getItem(TOKEN) === token ? localStorage.getItem(OWNER) : null;
  } catch {
    return null;
  }
}
export function rememberOwner(owner: string, token: string): void {
  try {
    localStorage.setItem(OWNER, owner);
    localStorage.setItem(TOKEN, token);
  } catch {
    /* no memory */
  }
}
export function forgetOwner(): void {
  try {
    localStorage.removeItem(OWNER);
    localStorage.removeItem(TOKEN);
  } catch {
    /* no memory */
  }
}

// Whose phone this is, by the server's mark: so that a report never leaves under the name of the next person on it.
import { isGuest } from "./rules";

const OWNER = "outbox-owner";
const SINCE = "outbox-owner-since";
/** A guest's proof of a phone holds for a day on the server; who comes after that is somebody of whom nothing is known. */
const GUEST_MS = 86_400_000;

/** The last person who was known here and has not left. Private windows remember nobody. */
export function knownOwner(now = Date.now()): string | null {
  try {
    const owner = localStorage.getItem(OWNER);
    return isGuest(owner) && Number(localStorage.getItem(SINCE)) < now - GUEST_MS ? null : owner;
  } catch {
    return null;
  }
}
export function rememberOwner(owner: string): void {
  try {
    if (!owner || owner === knownOwner()) return;
    localStorage.setItem(OWNER, owner);
    localStorage.setItem(SINCE, String(Date.now()));
  } catch {
    /* no memory */
  }
}
export function forgetOwner(): void {
  try {
    localStorage.removeItem(OWNER);
    localStorage.removeItem(SINCE);
  } catch {
    /* no memory */
  }
}
/** The server says that nobody is here: a guest's proof is over, and whoever comes next is not taken for that guest. */
export function guestIsGone(): void {
  if (isGuest(knownOwner())) forgetOwner();
}

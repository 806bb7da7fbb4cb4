// What to do after an answer of the server, apart from network and storage so that it can be tested.
import type { Item, Sent, Waiting, Why } from "./db";
import { writer } from "./writer";

export type Next = { to: "sent" } | { to: "later"; ms: number } | { to: "failed"; why: Why } | { to: "upload-again" } | { to: "new-session" };

/** Pieces of this size: small enough to be lost without grief, large enough to be few. */
export const PIECE = 128 * 1024;

/**
 * `status` 0: no answer at all. What may pass by itself is tried again; what a person must do is said.
 * `codes` are the server's names of what is wrong.
 */
export function next(status: number, codes: readonly string[], retryAfter: number): Next {
  if (status >= 200 && status < 300) return { to: "sent" };
  if (status === 401) return { to: "failed", why: "sign-in" };
  if (status === 403) return { to: "new-session" };
  if (codes.includes("photo-gone") || status === 404 || status === 409 || status === 410) return { to: "upload-again" };
  if (status === 429 || status === 503) return { to: "later", ms: Math.min(Math.max(retryAfter, 5), 86_400) * 1000 };
  if (status === 0 || status >= 500 || status === 408) return { to: "later", ms: 0 };
  return { to: "failed", why: "refused" };
}

/** Whether to try now. What only waits for the right person to sign in is looked at each time; a refusal waits for a press. */
export const isDue = (item: Pick<Waiting, "state" | "why" | "notBefore">, now: number): boolean =>
  item.state === "failed" ? item.why !== "refused" : item.notBefore <= now;

/** A guest's mark (R3): who it is shows by a code to the phone, and no password. */
export const isGuest = (owner: string | null): boolean => owner !== null && owner.startsWith("g.");

/** What its author must do while nobody is known: sign in; prove the phone again (R3); or either, where nobody was known when it was written. */
export const missing = (owner: string | null): Why => (owner === null ? "anyone" : isGuest(owner) ? "code" : "sign-in");

/** What keeps a report from being sent by whoever is signed in: it never leaves under another person's name. */
export function obstacle(owner: string | null, who: { signed: boolean; owner: string }): Why | null {
  if (!who.signed) return missing(owner);
  if (owner === null) return "nobody";
  return owner === who.owner ? null : "other";
}

/** How long a window that wrote something, or pressed its button, still is its author's: the way to the phone's code and back. */
const SAME_HAND_MS = 30 * 60_000;
type Nobodys = { owner: string | null; writer?: string; sealed?: true; savedAt?: number; asked?: number };

/**
 * Whether what nobody known wrote is of the person at this window, who has just proven a phone: written here, or asked for here while
 * nobody was known, a moment ago. A guest takes over nothing else: on a phone that several people use it may be another one's.
 */
export const isOfThisHand = (item: Nobodys, now: number, here: string = writer()): boolean =>
  item.owner === null && !item.sealed && here !== "" && item.writer === here && (item.asked ?? item.savedAt ?? 0) > now - SAME_HAND_MS;

/**
 * Whether the person who looks may read it: their own; what nobody known wrote, as long as nobody is known, or in the window it
 * was written in. The next person on this phone sees that something waits, and not what.
 */
export const isShown = (item: Nobodys, owner: string | null, here: string = writer(), now: number = Date.now()): boolean => {
  if (item.owner !== null) return item.owner === owner;
  if (isGuest(owner)) return isOfThisHand(item, now, here);
  return !item.sealed && (owner === null || (here !== "" && item.writer === here));
};

/** A guest is known here now: what nobody known wrote is closed, unless it is of the same hand. */
export const closed = <T extends Nobodys>(item: T, now: number, here: string = writer()): T => (item.owner !== null || item.sealed || isOfThisHand(item, now, here) ? item : { ...item, sealed: true });

/** What is kept of a report that has arrived. */
export const receipt = ({ id, owner, savedAt }: Pick<Item, "id" | "owner" | "savedAt">, sent: Sent["sent"]): Sent => ({ id, owner, savedAt, state: "sent", sent });

/** What becomes of an item when `owner` signs out; null: it goes. */
export function left(item: Item, owner: string | null): Item | null {
  if (item.state === "sent") return item.owner === owner ? null : item;
  return item.owner === null && !item.sealed ? { ...item, sealed: true } : item;
}

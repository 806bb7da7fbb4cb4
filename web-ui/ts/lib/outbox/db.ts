// What the phone keeps for times without a network (IndexedDB): reports that wait to be sent, and what is being written.
// Works in pages and in the service worker.
import { closed, left, receipt } from "./rules";
import { writer } from "./writer";

/** waiting: Chờ gửi; sending: Đang gửi; failed: Chưa gửi được; sent: Đã gửi. */
export type State = "waiting" | "sending" | "failed" | "sent";
/**
 * Why it stopped: its author must sign in; must prove the phone again (a guest, R3); or either of them; somebody else is here; it was written
 * before anybody was known; the server says what is wrong.
 */
export type Why = "sign-in" | "code" | "anyone" | "other" | "nobody" | "refused";

export interface Photo {
  name: string;
  blob: Blob;
  /** What the server should take it for, where it is no photo. */
  type?: string;
  /** The upload or the draft's photo that the server has of it. */
  remote?: string;
  /** Where its upload goes on. */
  url?: string;
}
export interface Content {
  category: string;
  title: string;
  content: string;
  commune: string;
  address: string;
  lat: number | null;
  lon: number | null;
  anonymous: boolean;
  /** By question of the category: what was answered. */
  answers: Record<string, string[]>;
}
interface Kept {
  id: string;
  owner: string | null;
  savedAt: number;
  /** Written by nobody who was known: the window it was written in. */
  writer?: string;
  /** Written by nobody who was known, and somebody else was here since: its text is shown to no one any more. */
  sealed?: true;
  /** Written by nobody who was known: when the button that leads to the phone's code was pressed. */
  asked?: number;
}
/** A report that is being written; the id is the server's draft, or "moi" before there is one. */
export interface Draft extends Content, Kept {
  photos: Photo[];
  /** «Gửi phản ánh» was pressed: once the page after it is seen, this copy goes. */
  pressed?: boolean;
}
/** A report that waits; its id is also the key by which the server knows it again. */
export interface Waiting extends Kept {
  draft: string | null;
  report: Content;
  photos: Photo[];
  state: Exclude<State, "sent">;
  why?: Why;
  detail?: string;
  notBefore: number;
}
/** A report that is with the server: here stays only what leads to it. */
export interface Sent extends Kept {
  state: "sent";
  sent: { code: string; href: string; until: string };
}
export type Item = Waiting | Sent;

const NAME = "hop-gui-di";
type Store = "items" | "drafts";
const DAY = 86_400_000;

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("items", { keyPath: "id" });
      request.result.createObjectStore("drafts", { keyPath: "id" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

/** One transaction; it is on the disk when this returns. */
async function within<T>(store: Store, mode: IDBTransactionMode, work: (at: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = db.transaction(store, mode);
      const request = work(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    db.close();
  }
}

export const items = (): Promise<Item[]> => within<Item[]>("items", "readonly", (at) => at.getAll());
export const item = (id: string): Promise<Item | undefined> => within<Item | undefined>("items", "readonly", (at) => at.get(id));
const marked = <T extends Kept>(value: T): T => (value.owner === null && value.writer === undefined && writer() ? { ...value, writer: writer() } : value);
export const putItem = (value: Item): Promise<unknown> => within("items", "readwrite", (at) => at.put(marked(value)));
export const removeItem = (id: string): Promise<unknown> => within("items", "readwrite", (at) => at.delete(id));
export const drafts = (): Promise<Draft[]> => within<Draft[]>("drafts", "readonly", (at) => at.getAll());
export const draft = (id: string): Promise<Draft | undefined> => within<Draft | undefined>("drafts", "readonly", (at) => at.get(id));
export const putDraft = (value: Draft): Promise<unknown> => within("drafts", "readwrite", (at) => at.put(marked(value)));
export const removeDraft = (id: string): Promise<unknown> => within("drafts", "readwrite", (at) => at.delete(id));
/**
 * Somebody signs out. Drafts go, the server has them, too; so does what tells which reports they sent. What waits stays, and is
 * read by nobody else.
 */
export async function leave(owner: string | null): Promise<void> {
  await within("drafts", "readwrite", (at) => at.clear());
  for (const one of await items()) {
    const then = left(one, owner);
    if (then === null) await removeItem(one.id);
    else if (then !== one) await putItem(then);
  }
}

/** A guest is known in this window: what nobody known wrote elsewhere, or long ago, is another person's (R3). */
export async function close(now: number): Promise<void> {
  for (const one of await items()) {
    const then = closed(one, now);
    if (then !== one) await putItem(then);
  }
  for (const one of await drafts()) {
    const then = closed(one, now);
    if (then !== one) await putDraft(then);
  }
}
/** Somebody had the own data deleted (A12): nothing of theirs can be sent any more, and nothing stays here. */
export async function erase(owner: string): Promise<void> {
  for (const one of await items()) if (one.owner === owner) await removeItem(one.id);
  for (const one of await drafts()) if (one.owner === owner) await removeDraft(one.id);
}

export const empty = (id: string, owner: string | null): Draft => ({ id, owner, category: "", title: "", content: "", commune: "", address: "", lat: null, lon: null, anonymous: true, answers: {}, photos: [], savedAt: Date.now() });

/** Drops sent reports after a week and forgotten drafts after two months; and what older versions kept of sent ones. */
export async function tidy(now: number): Promise<void> {
  for (const one of await items()) {
    if (one.state !== "sent") continue;
    if (one.savedAt < now - 7 * DAY) await removeItem(one.id);
    else if ("report" in one) await putItem(receipt(one, one.sent));
  }
  for (const one of await drafts()) if (one.savedAt < now - 60 * DAY) await removeDraft(one.id);
}

/** The answers of a form, as its fields are named: "a-" and the question. */
export function answersOf(data: FormData): Record<string, string[]> {
  const answers: Record<string, string[]> = {};
  for (const [name, value] of data) if (name.startsWith("a-") && typeof value === "string" && value.trim() !== "") (answers[name.slice(2)] ??= []).push(value);
  return answers;
}

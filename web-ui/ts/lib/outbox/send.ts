// Sends what waits, one report after the other, exactly once: a lock for all tabs and the service worker, a key for the server.
import { item as load, items, putItem, type Photo, type Sent, type Waiting } from "./db";
import { isDue, isGuest, isShown, missing, next, obstacle, PIECE, receipt, type Next } from "./rules";

interface Session {
  signed: boolean;
  owner: string;
  csrf: string;
  commune: string | null;
  /** The guests whose reports this account took over. */
  was?: string[];
}
const BOX = "/phan-anh/hop-gui-di";
const PATIENCE_MS = 60_000;

/** An answer that ends the sending of one report. */
class Stop extends Error {
  constructor(
    readonly what: Next,
    readonly detail = "",
  ) {
    super(what.to);
  }
}

/** How far the sending of one report is; without it: look again. */
export type Progress = { id: string; percent: number } | undefined;
export type Changed = (progress?: Progress) => void;

/** Tells all open pages. */
export function teller(): Changed {
  const channel = "BroadcastChannel" in self ? new BroadcastChannel("hop-gui-di") : null;
  return (progress) => channel?.postMessage(progress ?? null);
}

async function ask(url: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE_MS);
  try {
    return await fetch(url, { ...init, headers: { Accept: "application/json", ...init.headers }, credentials: "same-origin", cache: "no-store", signal: late.signal });
  } catch {
    throw new Stop(next(0, [], 0));
  } finally {
    clearTimeout(timer);
  }
}

async function refused(answer: Response): Promise<Stop> {
  const said = (await answer.json().catch(() => ({}))) as { detail?: string; errors?: { code: string }[] };
  return new Stop(next(answer.status, (said.errors ?? []).map((e) => e.code), Number(answer.headers.get("Retry-After") ?? 0)), said.detail ?? "");
}

/** Who is signed in here. Throws when the server cannot be reached. */
export async function session(): Promise<Session> {
  const answer = await ask(`${BOX}/phien`, { headers: {} });
  if (!answer.ok) throw await refused(answer);
  return (await answer.json()) as Session;
}

const tus = (who: Session): Record<string, string> => ({ "Tus-Resumable": "1.0.0", "X-CSRF-Token": who.csrf });
const base64 = (text: string): string => btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));

/**
 * Uploads what the server has not got of a photo or video yet (tus 1.0). `keep` writes down where it goes on, before a byte is sent.
 * Resolves to the upload's id.
 */
export async function upload(photo: Photo, who: Pick<Session, "csrf">, keep: () => Promise<unknown>, progress: (done: number) => void): Promise<string> {
  const headers = tus(who as Session);
  let at = 0;
  if (photo.url) {
    const answer = await ask(photo.url, { method: "HEAD", headers });
    if (answer.ok) at = Number(answer.headers.get("Upload-Offset") ?? 0);
    else if (answer.status === 404 || answer.status === 410) delete photo.url;
    else throw await refused(answer);
  }
  if (!photo.url) {
    const answer = await ask("/tai-len", { method: "POST", headers: { ...headers, "Upload-Length": String(photo.blob.size), "Upload-Metadata": `filename ${base64(photo.name)}${photo.type ? `,filetype ${base64(photo.type)}` : ""}` } });
    if (!answer.ok) throw await refused(answer);
    photo.url = new URL(answer.headers.get("Location") ?? "", self.location.href).pathname;
    await keep();
  }
  // Also when all bytes are there: an empty piece makes the server finish what it has.
  do {
    progress(at);
    const answer = await ask(photo.url, { method: "PATCH", headers: { ...headers, "Upload-Offset": String(at), "Content-Type": "application/offset+octet-stream" }, body: photo.blob.slice(at, at + PIECE) });
    if (!answer.ok) throw await refused(answer);
    at = Number(answer.headers.get("Upload-Offset") ?? photo.blob.size);
  } while (at < photo.blob.size);
  progress(at);
  return photo.url.slice(photo.url.lastIndexOf("/") + 1);
}

async function sendOne(one: Waiting, who: Session, changed: Changed): Promise<Sent["sent"]> {
  const total = one.photos.reduce((sum, photo) => sum + photo.blob.size, 1);
  let before = 0;
  for (const photo of one.photos) {
    if (!photo.remote) {
      photo.remote = await upload(photo, who, () => putItem(one), (done) => {
        changed({ id: one.id, percent: Math.round((100 * (before + done)) / total) });
      });
      await putItem(one);
    }
    before += photo.blob.size;
  }
  const { report } = one;
  const answer = await ask(BOX, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": who.csrf, "Idempotency-Key": one.id },
    body: JSON.stringify({ draft: one.draft, ...report, photos: one.photos.map((photo) => photo.remote) }),
  });
  if (!answer.ok) throw await refused(answer);
  return (await answer.json().catch(() => {
    throw new Stop(next(0, [], 0)); // the answer broke off: ask again, the server knows the key
  })) as Sent["sent"];
}

/** Sends one report and writes down how it went. True: the network is gone, nothing more to try now. */
async function attempt(one: Waiting, who: Session, changed: Changed): Promise<boolean> {
  one.state = "sending";
  delete one.why;
  delete one.detail;
  await putItem(one);
  changed();
  let gone = false;
  let again = true;
  let arrived: Sent | undefined;
  for (let turn = 0; again; turn++) {
    again = false;
    try {
      arrived = receipt(one, await sendOne(one, who, changed));
    } catch (error) {
      const stop = error instanceof Stop ? error : new Stop({ to: "failed", why: "refused" }, String(error));
      const what = stop.what;
      one.state = "waiting";
      if (what.to === "failed") {
        one.state = "failed";
        // Whose proof ended on the way needs another one of the same kind.
        one.why = what.why === "sign-in" ? missing(one.owner) : what.why;
        if (stop.detail) one.detail = stop.detail;
      } else if (what.to === "later") {
        one.notBefore = Date.now() + what.ms;
        gone = what.ms === 0;
      } else if (turn === 0) {
        again = true;
        if (what.to === "new-session") who = await session().catch(() => who);
        // The server has forgotten the pieces: the phone still has the photos.
        else for (const photo of one.photos) (delete photo.remote, delete photo.url);
      } else one.notBefore = Date.now() + 60_000;
    }
  }
  // Thrown away on the page meanwhile: it stays away, unless it is already with the server.
  if (arrived || (await load(one.id))) await putItem(arrived ?? one);
  changed();
  return gone;
}

/**
 * Sends everything that waits. `forced` is a report whose «Gửi lại» was pressed: it may be one of nobody, which the person
 * who is signed in takes over by that press. Resolves to true when something still waits for the network.
 */
export async function sendAll(changed: Changed, forced?: string): Promise<boolean> {
  const work = async (): Promise<boolean> => {
    const due = (await items()).filter((one) => one.state !== "sent" && (one.id === forced || isDue(one, Date.now()))).sort((a, b) => a.savedAt - b.savedAt);
    if (due.length === 0) return false;
    let who: Session;
    try {
      who = await session();
    } catch {
      return true;
    }
    for (const { id } of due) {
      const one = await load(id);
      if (!one || one.state === "sent") continue;
      if (one.owner !== null && who.was?.includes(one.owner)) one.owner = who.owner;
      // A guest takes over what is of the same hand; an account what the person says is theirs.
      if (one.owner === null && id === forced && who.signed && (!isGuest(who.owner) || isShown(one, who.owner))) one.owner = who.owner;
      const why = obstacle(one.owner, who);
      if (why) {
        if (one.state === "failed" && one.why === why) continue;
        await putItem({ ...one, state: "failed", why });
        changed();
        continue;
      }
      if (await attempt(one, who, changed)) return true;
    }
    return false;
  };
  return navigator.locks ? await navigator.locks.request("hop-gui-di", work) : await work();
}

/** Asks the browser to wake the worker when the network is back, where it can. */
export async function wake(registration: ServiceWorkerRegistration): Promise<void> {
  const { sync } = registration as ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } };
  await sync?.register("hop-gui-di").catch(() => {}); // refused in private windows
}

/** The server has looked at it and will not take it, however often it is sent. */
export const isFinal = (error: unknown): boolean => error instanceof Stop && error.what.to === "failed" && error.what.why === "refused";

/** The sentence of the server about a photo, if it said one. */
export const explain = (error: unknown): string => (error instanceof Stop ? error.detail : error instanceof Error ? error.message : "");

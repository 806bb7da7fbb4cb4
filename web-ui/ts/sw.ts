// Offline shell and last-known pages. Network first for pages; the store is only for when the network is not there. Also sends what waits
// in the phone's outbox, woken by a page or by the browser (R2).
import { draftOf, isOfWizard, mayKeepPage, stamp, standIn, surplus } from "./lib/offline";
import { leave } from "./lib/outbox/db";
import { sendAll, teller, wake } from "./lib/outbox/send";

declare const SHELL_VERSION: string;
declare const SHELL_FILES: string[];
declare const OFFLINE_PAGE: string;
/** Pages of nobody that every phone keeps: the report without a network, the outbox. */
declare const SHELL_PAGES: string[];
declare const STATIC_PREFIX: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const SHELL = `shell-${SHELL_VERSION}`;
const PAGES = "pages-1";
const MOST_PAGES = 12;
const PATIENCE_MS = 12_000; // then the kept copy is better than a white screen
const KEPT_AT = "X-Kept-At";
const DAY_MS = 86_400_000;

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll(SHELL_FILES.map(ofNobody)))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== SHELL && name !== PAGES).map((name) => caches.delete(name))))
      .then(() => worker.clients.claim()),
  );
});

const ofNobody = (url: string): Request => new Request(url, { credentials: "omit", cache: SHELL_PAGES.includes(url) ? "reload" : "default" });

worker.addEventListener("message", (event) => {
  const { type, owner } = (event.data ?? {}) as { type?: string; owner?: string | null };
  if (type === "forget") event.waitUntil(Promise.all([caches.delete(PAGES), leave(owner ?? null).then(() => teller()(), () => {})]));
  if (type === "send") event.waitUntil(Promise.all([send().catch(() => {}), refreshShell().catch(() => {})]));
});

// Background Sync: a rejected promise makes the browser wake us again later.
worker.addEventListener("sync", (event) => {
  (event as ExtendableEvent).waitUntil(
    send().then((waits) => {
      if (waits) throw new Error("still no network");
    }),
  );
});

async function send(): Promise<boolean> {
  const waits = await sendAll(teller());
  if (waits) await wake(worker.registration);
  return waits;
}

/** Categories and communes change without a new version of the scripts: once a day the kept pages are fetched anew. */
async function refreshShell(): Promise<void> {
  const cache = await caches.open(SHELL);
  const kept = await cache.match(OFFLINE_PAGE);
  if (!kept || Date.now() - Date.parse(kept.headers.get("Date") ?? "") < DAY_MS) return;
  await cache.addAll(SHELL_PAGES.map(ofNobody));
}

worker.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (url.origin !== worker.location.origin) return;
  if (request.method === "POST" && request.mode === "navigate" && isOfWizard(url.pathname)) event.respondWith(step(request, url));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (url.pathname.startsWith(STATIC_PREFIX)) event.respondWith(asset(request));
});

/** Files with a hash in their name never change: the store first. */
async function asset(request: Request): Promise<Response> {
  const kept = await caches.match(request, { cacheName: SHELL });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && answer.type === "basic") await (await caches.open(SHELL)).put(request, answer.clone());
  return answer;
}

async function page(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const kept = await caches.match(request.url, { cacheName: PAGES, ignoreVary: true });
  const network = fetch(request);
  // Registered first, so the copy is made before the page reads the body; a refused copy is no reason to fail.
  event.waitUntil(network.then((answer) => remember(request, answer.clone())).catch(() => {}));
  try {
    return await (kept ? Promise.race([network, late()]) : network);
  } catch {
    return kept ? aged(kept) : ((await caches.match(standIn(new URL(request.url).pathname, OFFLINE_PAGE), { cacheName: SHELL })) ?? Response.error());
  }
}

/** A step of the wizard that cannot be sent: the page has written it down on the phone, where it can be finished. */
async function step(request: Request, url: URL): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return Response.redirect(`/phan-anh/ngoai-tuyen?ban=${draftOf(url.pathname)}`, 303);
  }
}

const late = (): Promise<never> => new Promise((_, reject) => setTimeout(() => reject(new Error("late")), PATIENCE_MS));

async function remember(request: Request, answer: Response): Promise<void> {
  if (answer.headers.get("X-Offline-Copy") === "forget") await caches.delete(PAGES);
  const facts = { ok: answer.ok, type: answer.type, redirected: answer.redirected, header: (name: string) => answer.headers.get(name) };
  if (!mayKeepPage(request, facts, worker.location.origin)) return;
  const headers = new Headers(answer.headers);
  headers.set(KEPT_AT, new Date().toISOString());
  const cache = await caches.open(PAGES);
  await cache.delete(request.url); // so that it becomes the newest
  await cache.put(request.url, new Response(await answer.blob(), { status: answer.status, headers }));
  for (const old of surplus(await cache.keys(), MOST_PAGES)) await cache.delete(old);
}

async function aged(kept: Response): Promise<Response> {
  const headers = new Headers(kept.headers);
  headers.delete("Content-Length");
  return new Response(stamp(await kept.text(), headers.get(KEPT_AT) ?? ""), { status: kept.status, headers });
}

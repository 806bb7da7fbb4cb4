// Offline shell and last-known pages. Network first for pages; the store is only for when the network is not there.
import { mayKeepPage, stamp, surplus } from "./lib/offline";

declare const SHELL_VERSION: string;
declare const SHELL_FILES: string[];
declare const OFFLINE_PAGE: string;
declare const STATIC_PREFIX: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const SHELL = `shell-${SHELL_VERSION}`;
const PAGES = "pages-1";
const MOST_PAGES = 12;
const PATIENCE_MS = 12_000; // then the kept copy is better than a white screen
const KEPT_AT = "X-Kept-At";

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll(SHELL_FILES.map((url) => new Request(url, { credentials: "omit", cache: url === OFFLINE_PAGE ? "reload" : "default" }))))
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

worker.addEventListener("message", (event) => {
  if ((event.data as { type?: string } | null)?.type === "forget") event.waitUntil(caches.delete(PAGES));
});

worker.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
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
    return kept ? aged(kept) : ((await caches.match(OFFLINE_PAGE, { cacheName: SHELL })) ?? Response.error());
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

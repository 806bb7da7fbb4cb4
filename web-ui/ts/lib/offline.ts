// Rules of the service worker that need no browser.

/** Only GET, only our own origin; a page is kept only when the server says so. */
export function mayKeepPage(request: { method: string; mode: string; url: string }, response: { ok: boolean; type: string; redirected: boolean; header(name: string): string | null }, origin: string): boolean {
  return (
    request.method === "GET" && request.mode === "navigate" && new URL(request.url).origin === origin && response.ok && response.type === "basic" && !response.redirected &&
    response.header("X-Offline-Copy") === "keep" && (response.header("Content-Type") ?? "").startsWith("text/html")
  );
}

/** A page of the wizard, which the phone can finish by itself. Throwing a draft away is not such a step. */
export const isOfWizard = (path: string): boolean => /^\/phan-anh\/moi(\/|$)/.test(path) && !path.endsWith("/xoa");

/** The server's draft in an address of the wizard; "moi" on its first page. */
export const draftOf = (path: string): string => /\/phan-anh\/moi\/([0-9a-f-]{36})(?:\/|$)/.exec(path)?.[1] ?? "moi";

/** Which kept page stands in for one that cannot be reached. */
export function standIn(path: string, otherwise: string): string {
  if (path === "/phan-anh/hop-gui-di") return path;
  return isOfWizard(path) || path === "/phan-anh/ngoai-tuyen" ? "/phan-anh/ngoai-tuyen" : otherwise;
}

/** Tells the page how old it is: the worker cannot add a script, but it can add an attribute. */
export const stamp = (html: string, at: string): string => html.replace(/<html(?=[\s>])/i, `<html data-cached-at="${at.replace(/[^0-9TZ:.+-]/g, "")}"`);

/** Which keys to drop when more than `most` pages are kept; keys come oldest first. */
export const surplus = <T>(keys: readonly T[], most: number): T[] => keys.slice(0, Math.max(0, keys.length - most));

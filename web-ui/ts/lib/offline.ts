// Rules of the service worker that need no browser.

/** Only GET, only our own origin; a page is kept only when the server says so. */
export function mayKeepPage(request: { method: string; mode: string; url: string }, response: { ok: boolean; type: string; redirected: boolean; header(name: string): string | null }, origin: string): boolean {
  return (
    request.method === "GET" && request.mode === "navigate" && new URL(request.url).origin === origin && response.ok && response.type === "basic" && !response.redirected &&
    response.header("X-Offline-Copy") === "keep" && (response.header("Content-Type") ?? "").startsWith("text/html")
  );
}

/** Tells the page how old it is: the worker cannot add a script, but it can add an attribute. */
export const stamp = (html: string, at: string): string => html.replace(/<html(?=[\s>])/i, `<html data-cached-at="${at.replace(/[^0-9TZ:.+-]/g, "")}"`);

/** Which keys to drop when more than `most` pages are kept; keys come oldest first. */
export const surplus = <T>(keys: readonly T[], most: number): T[] => keys.slice(0, Math.max(0, keys.length - most));

import { all, one, show, words } from "../lib/dom";
import { items } from "../lib/outbox/db";
import { rememberOwner } from "../lib/outbox/owner";
import { fill } from "../lib/text";

/** Wakes the worker, which sends what waits; and says on the page how much that is. */
export function outbox(): void {
  if (!("serviceWorker" in navigator) || !("indexedDB" in window)) return;
  rememberOwner(one<HTMLMetaElement & HTMLElement>('meta[name="owner"]')?.content ?? "");
  const send = (): void => navigator.serviceWorker.controller?.postMessage({ type: "send" });
  addEventListener("load", send);
  addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send());
  const links = all("[data-outbox]");
  if (links.length === 0) return;
  void items()
    .then((kept) => {
      const n = kept.filter((one) => one.state !== "sent").length;
      for (const link of links) {
        words(link).textContent = fill(link.dataset.text ?? "", { n });
        show(link, n > 0);
      }
    })
    .catch(() => {}); // private windows keep nothing
}

import { all, one, show, words } from "../lib/dom";
import { close, erase, items } from "../lib/outbox/db";
import { rememberOwner } from "../lib/outbox/owner";
import { isGuest } from "../lib/outbox/rules";
import { fill } from "../lib/text";

/** Not while something is being sent. */
const alone = (work: () => Promise<void>): Promise<void> => (navigator.locks ? navigator.locks.request("hop-gui-di", work) : work());

/** Whose data are asked to be deleted is written down for the page that says it is done, which knows nobody any more. */
function deleted(owner: string): void {
  const ASKED = "outbox-erase";
  try {
    for (const form of all<HTMLFormElement>("form[data-erases]")) form.addEventListener("submit", () => sessionStorage.setItem(ASKED, owner));
    const gone = one("[data-erased]") && sessionStorage.getItem(ASKED);
    if (!gone) return;
    sessionStorage.removeItem(ASKED);
    void alone(() => erase(gone)).catch(() => {});
  } catch {
    /* no memory */
  }
}

/** Wakes the worker, which sends what waits; and says on the page how much that is. */
export function outbox(): void {
  if (!("serviceWorker" in navigator) || !("indexedDB" in window)) return;
  const owner = one<HTMLMetaElement & HTMLElement>('meta[name="owner"]')?.content ?? "";
  rememberOwner(owner);
  if (isGuest(owner)) void alone(() => close(Date.now())).catch(() => {});
  deleted(owner);
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

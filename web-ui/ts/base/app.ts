import { all, one, show } from "../lib/dom";
import { offerInstall } from "../lib/decide";
import { forgetOwner, knownOwner } from "../lib/outbox/owner";
import { clockAndDay, fill } from "../lib/text";

interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

/** Private mode and full disks make storage throw; then there is simply no memory. */
const memory = {
  get: (key: string): number => {
    try {
      return Number(localStorage.getItem(key) ?? 0);
    } catch {
      return 0;
    }
  },
  set: (key: string, value: number): void => {
    try {
      localStorage.setItem(key, String(value));
    } catch {
      /* no memory */
    }
  },
};

function serviceWorker(): void {
  const url = document.body.dataset.sw;
  if (!url || !("serviceWorker" in navigator)) return;
  addEventListener("load", () => navigator.serviceWorker.register(url).catch(() => {})); // an app without offline shell still works
  for (const form of all<HTMLFormElement>("form[data-logout]"))
    form.addEventListener("submit", () => {
      const owner = knownOwner();
      forgetOwner();
      navigator.serviceWorker.controller?.postMessage({ type: "forget", owner });
    });
}

function offlineBar(): void {
  const bar = one("[data-offline]");
  if (!bar) return;
  const cachedAt = document.documentElement.dataset.cachedAt;
  const loaded = new Date();
  const update = (): void => {
    const text = one("span", bar);
    const since = cachedAt ? new Date(cachedAt) : navigator.onLine ? null : loaded;
    show(bar, since !== null);
    if (text && since) text.textContent = fill(bar.dataset.text ?? "", { time: clockAndDay(since) });
  };
  addEventListener("online", update);
  addEventListener("offline", update);
  update();
}

function installCard(): void {
  const card = one("[data-install]");
  if (!card || matchMedia("(display-mode: standalone)").matches) return;
  // One visit a day, not one a page.
  const today = Math.floor(Date.now() / 86_400_000);
  if (memory.get("visit-day") !== today) {
    memory.set("visit-day", today);
    memory.set("visits", memory.get("visits") + 1);
  }
  if (!offerInstall(memory.get("visits"), memory.get("install-later"), Date.now(), "installNow" in card.dataset)) return;
  one("[data-install-later]", card)?.addEventListener("click", () => {
    memory.set("install-later", Date.now());
    show(card, false);
  });
  const go = one("[data-install-go]", card);
  if (/iPhone|iPad/.test(navigator.userAgent)) {
    show(one("[data-install-ios]", card));
    show(one("[data-install-android]", card), false);
    show(go, false);
    show(card);
    return;
  }
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    show(card);
    go?.addEventListener("click", () => void (event as InstallPrompt).prompt().then(() => show(card, false)), { once: true });
  });
}

export function app(): void {
  serviceWorker();
  offlineBar();
  installCard();
}

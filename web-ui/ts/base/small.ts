import { all, show, words } from "../lib/dom";

/** Buttons that only a script can offer, hidden until it runs; and tabs where the one that is open may stand outside the view. */
export function small(): void {
  for (const here of all(".tabs [aria-current]")) {
    const list = here.closest("ul");
    if (list && list.scrollWidth > list.clientWidth) list.scrollLeft = here.offsetLeft - list.offsetLeft - (list.clientWidth - here.offsetWidth) / 2;
  }
  for (const button of all("[data-copy], [data-copy-text]")) {
    if (!navigator.clipboard) continue;
    show(button);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copyText ?? document.getElementById(button.dataset.copy ?? "")?.textContent?.trim() ?? "");
      words(button).textContent = button.dataset.copied ?? "";
    });
  }
  for (const button of all("[data-print]")) {
    show(button);
    button.addEventListener("click", () => print());
  }
  for (const button of all("[data-reload]")) {
    show(button);
    button.addEventListener("click", () => location.reload());
  }
  for (const button of all("[data-share]")) {
    show(button, "share" in navigator);
    button.addEventListener("click", () => {
      navigator.share({ title: button.dataset.shareTitle ?? document.title, url: new URL(button.dataset.shareUrl ?? "", location.href).href }).catch(() => {}); // closed by the person
    });
  }
}

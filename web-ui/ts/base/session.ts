import { csrf, one } from "../lib/dom";
import { fill } from "../lib/text";

/** Warns before the session ends, and lets it go on with one press. */
export function session(): void {
  const dialog = one<HTMLDialogElement>("dialog[data-session]");
  if (!dialog?.showModal) return;
  const warnBefore = Number(dialog.dataset.warnBefore ?? 120);
  const text = one("[data-text]", dialog);
  let end = 0;
  const restart = (seconds: number): void => {
    end = Date.now() + seconds * 1000;
  };
  restart(Number(dialog.dataset.expiresIn));
  // A clock on the wall, looked at now and then: timers stand still while a phone sleeps.
  setInterval(() => {
    const left = (end - Date.now()) / 1000;
    if (left <= 0) return location.reload();
    if (left > warnBefore) return;
    if (text) text.textContent = fill(text.dataset.text ?? "", { n: Math.max(1, Math.ceil(left / 60)) });
    if (!dialog.open) dialog.showModal();
  }, 5000);
  one("[data-extend]", dialog)?.addEventListener("click", async () => {
    const answer = await fetch(dialog.dataset.extendUrl ?? "", { method: "POST", headers: csrf(), credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) return location.reload();
    restart(((await answer.json()) as { expires_in: number }).expires_in);
    dialog.close();
  });
}

// Staff pages: rows and keys, «Có 5 mục mới», selecting many. Lists never move by themselves.
import { all, one, show } from "../lib/dom";
import { nextRow } from "../lib/decide";
import { fill } from "../lib/text";

function selection(): void {
  const master = one<HTMLInputElement>("[data-check-all]");
  const bar = one("[data-bulk]");
  const boxes = (): HTMLInputElement[] => all<HTMLInputElement>('[data-row] input[type="checkbox"]');
  const refresh = (): void => {
    const chosen = boxes().filter((box) => box.checked).length;
    const count = one("[data-check-count]");
    if (count) count.textContent = String(chosen);
    show(bar, chosen > 0);
    if (master) {
      master.checked = chosen > 0 && chosen === boxes().length;
      master.indeterminate = chosen > 0 && !master.checked;
    }
  };
  if (!boxes().length) return;
  if (master) {
    show(master);
    master.addEventListener("change", () => {
      for (const box of boxes()) box.checked = master.checked;
      refresh();
    });
  }
  document.addEventListener("change", (event) => (event.target as HTMLElement).closest("[data-row]") && refresh());
  refresh();
}

function poll(): void {
  for (const line of all("[data-poll]")) {
    const every = Math.max(15, Number(line.dataset.every ?? 60)) * 1000;
    const said = one('[role="status"]', line);
    setInterval(async () => {
      if (document.hidden || !navigator.onLine) return;
      const answer = await fetch(line.dataset.pollUrl ?? "", { headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
      if (!answer?.ok) return;
      const { count } = (await answer.json()) as { count: number };
      const sentence = count > 0 ? fill(line.dataset.text ?? "", { n: count }) : "";
      show(line, count > 0);
      if (said && said.textContent !== sentence) said.textContent = sentence;
    }, every);
  }
}

function keys(): void {
  if (document.body.dataset.keys !== "on") return;
  const rows = all("[data-row]");
  const help = one<HTMLDialogElement>("dialog[data-keys-help]");
  let at = -1;
  let afterG = 0;
  const go = (to: number): void => {
    rows[at]?.classList.remove("is-at");
    at = to;
    const row = rows[at];
    if (!row) return;
    row.classList.add("is-at");
    one("a", row)?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const actions: Record<string, () => void> = {
    j: () => go(nextRow(at, 1, rows.length)),
    k: () => go(nextRow(at, -1, rows.length)),
    x: () => one<HTMLInputElement>('input[type="checkbox"]', rows[at] ?? document.createElement("i"))?.click(),
    f: () => one("[data-filters] select, [data-filters] input")?.focus(),
    "/": () => one("[data-search]")?.focus(),
    "?": () => help?.showModal(),
    g: () => (afterG = Date.now()),
  };
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || target.closest("dialog[open], [contenteditable], textarea, select, input:not([type=checkbox], [type=radio])")) return;
    if (Date.now() - afterG < 1500 && event.key !== "g") {
      afterG = 0;
      const link = one<HTMLAnchorElement>(`a[data-key="${CSS.escape(event.key)}"]`);
      if (link) {
        event.preventDefault();
        link.click();
      }
      return;
    }
    const action = actions[event.key];
    if (!action) return; // Enter works by itself: the row's link has the focus
    event.preventDefault();
    action();
  });
}

/** «Chèn»: a standard text goes into its field at once; without a script the button sends the form for it. */
function insertText(): void {
  for (const button of all<HTMLButtonElement>("[data-insert]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const select = document.getElementById(button.dataset.insert ?? "") as HTMLSelectElement | null;
      const area = document.getElementById(button.dataset.into ?? "") as HTMLTextAreaElement | null;
      const text = select?.selectedOptions[0]?.dataset.words;
      if (!area || !text) return select?.focus();
      const written = area.value.trimEnd();
      area.value = written ? `${written}\n\n${text}` : text;
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.focus();
    });
  }
}

selection();
poll();
insertText();
keys();

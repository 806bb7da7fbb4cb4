// Commune picker as a combobox (ARIA 1.2, list autocomplete, manual selection). The server folds tones and knows old names.
import { all, one, show } from "../lib/dom";
import { fill } from "../lib/text";

interface Commune {
  code: string;
  name: string;
  hint?: string;
}

let boxes = 0;
function combobox(root: HTMLElement): void {
  const input = one<HTMLInputElement>("input:not([type=hidden])", root);
  const code = one<HTMLInputElement>("[data-code]", root);
  const status = one("[data-status]", root);
  if (!input || !code) return;
  const list = document.createElement("ul");
  list.className = "options";
  list.id = `communes-${++boxes}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels?.[0]?.textContent ?? "");
  list.hidden = true;
  (one(".combo", root) ?? root).append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) input.setAttribute(name, value);
  all("[data-nojs]", root).forEach((element) => show(element, false));

  let found: Commune[] = [];
  let at = -1;
  let timer = 0;
  let asking: AbortController | null = null;

  const open = (yes: boolean): void => {
    list.hidden = !yes;
    input.setAttribute("aria-expanded", String(yes));
    if (!yes) move(-1);
  };
  const move = (to: number): void => {
    at = to;
    [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    const option = list.children[at];
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const choose = (commune: Commune | undefined): void => {
    if (!commune) return;
    input.value = commune.name;
    code.value = commune.code;
    open(false);
    code.dispatchEvent(new Event("input", { bubbles: true })); // autosave listens
    root.dispatchEvent(new CustomEvent("commune", { bubbles: true, detail: commune }));
  };
  const draw = (): void => {
    list.replaceChildren(
      ...found.map((commune, i) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${i}`;
        option.setAttribute("role", "option");
        option.textContent = commune.name;
        if (commune.hint) option.append(Object.assign(document.createElement("small"), { textContent: commune.hint }));
        // mousedown, so that the field keeps the focus
        option.addEventListener("mousedown", (event) => {
          event.preventDefault();
          choose(commune);
        });
        return option;
      }),
    );
    open(found.length > 0);
    if (status) status.textContent = found.length ? fill(root.dataset.textCount ?? "", { n: found.length }) : (root.dataset.textNone ?? "");
  };
  const search = async (): Promise<void> => {
    asking?.abort();
    const text = input.value.trim();
    if (text.length < 2) return open(false);
    asking = new AbortController();
    try {
      const url = new URL(root.dataset.searchUrl ?? "", location.href);
      url.searchParams.set("q", text);
      const answer = await fetch(url, { signal: asking.signal, headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!answer.ok) throw new Error();
      found = ((await answer.json()) as Commune[]).slice(0, 8);
      if (document.activeElement === input) draw();
    } catch (error) {
      if ((error as Error).name === "AbortError") return;
      all("[data-nojs]", root).forEach((element) => show(element)); // no network: the button and the server's own search remain
      open(false);
    }
  };

  input.addEventListener("input", () => {
    code.value = ""; // typed text is not a choice
    clearTimeout(timer);
    timer = window.setTimeout(search, 200);
  });
  input.addEventListener("keydown", (event) => {
    const opened = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!opened) return void search();
      const step = event.key === "ArrowDown" ? 1 : -1;
      move((at + step + found.length) % found.length);
    } else if (event.key === "Enter" && opened && at >= 0) {
      event.preventDefault();
      choose(found[at]);
    } else if (event.key === "Escape" && opened) {
      event.preventDefault();
      open(false);
    }
  });
  input.addEventListener("blur", () => {
    open(false);
    // Typed to the end and only one fits: that is the choice.
    if (!code.value && found.length === 1 && found[0]?.name.toLocaleLowerCase("vi") === input.value.trim().toLocaleLowerCase("vi")) choose(found[0]);
  });
}

all("[data-commune]").forEach(combobox);

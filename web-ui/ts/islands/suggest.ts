// «Chuyển sang …» while one types: asked after a pause, shown once for each category, never in the way.
import { all, csrf, one, show } from "../lib/dom";
import { fill } from "../lib/text";

const PAUSE = 900;
const LEAST = 12; // letters; less says nothing

function suggest(root: HTMLElement): void {
  const form = root.closest("form");
  const content = form && one<HTMLTextAreaElement>("[name=content]", form);
  const chosen = form && one<HTMLInputElement>("[name=chuyen]", form);
  const go = one("[data-go]", root);
  const text = one("p[data-text]", root);
  if (!form || !content || !chosen || !go || !text) return;
  const kept = new Set<string>();
  let timer = 0;
  let asked = "";
  let offered = "";

  const ask = async (): Promise<void> => {
    const typed = content.value.trim();
    if (typed.length < LEAST || typed === asked) return;
    asked = typed;
    const title = one<HTMLInputElement>("[name=title]", form)?.value ?? "";
    const answer = await fetch(root.dataset.suggest ?? "", { method: "POST", credentials: "same-origin", headers: { ...csrf(), Accept: "application/json" }, body: new URLSearchParams({ content: typed, title }) }).catch(() => null);
    if (!answer?.ok || content.value.trim() !== typed) return; // typed on meanwhile: asked again soon
    if (answer.status === 204) return show(root, false);
    const { code, name } = (await answer.json()) as { code: string; name: string };
    if (kept.has(code)) return show(root, false);
    offered = code;
    text.textContent = fill(text.dataset.text ?? "", { name });
    go.textContent = fill(go.dataset.text ?? "", { name });
    show(root);
  };
  content.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), PAUSE);
  });
  go.addEventListener("click", () => {
    chosen.value = offered;
    form.requestSubmit();
  });
  one("[data-keep]", root)?.addEventListener("click", () => {
    kept.add(offered);
    show(root, false);
    content.focus();
  });
  void ask();
}

for (const root of all("[data-suggest]")) suggest(root);

// On every page of the wizard: keeps a copy of what is written on the phone, so that it can be finished without a network (R2).
import { all, one } from "../lib/dom";
import { answersOf, drafts, removeDraft } from "../lib/outbox/db";
import { draftOf } from "../lib/offline";
import { adopt, change } from "../lib/outbox/keep";

const here = draftOf(location.pathname);

const fieldOf: Record<string, "category" | "content" | "title" | "address" | "commune"> = { category: "category", content: "content", title: "title", words: "address", commune: "commune", pick: "commune" };

/** What the fields of this step say. An empty commune field leaves the radio's word. */
const take = (form: HTMLFormElement, pressed = false): Promise<void> =>
  change(here, (draft) => {
    const data = new FormData(form);
    for (const [name, field] of Object.entries(fieldOf)) {
      const value = data.get(name);
      if (typeof value === "string" && (value !== "" || !["commune", "pick"].includes(name))) draft[field] = value;
    }
    if (one("[name=content]", form)) draft.answers = answersOf(data);
    if (data.has("lat")) {
      const [lat, lon] = [Number(data.get("lat") || NaN), Number(data.get("lon") || NaN)];
      [draft.lat, draft.lon] = Number.isFinite(lat) && Number.isFinite(lon) ? [lat, lon] : [null, null];
    }
    if (one("[name=anonymous]", form)) draft.anonymous = data.has("anonymous");
    if (pressed && location.pathname.endsWith("/kiem-tra")) draft.pressed = true;
  });

function wizard(form: HTMLFormElement): void {
  adopt(here);
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void take(form), 300);
  });
  let kept = false;
  form.addEventListener(
    "submit",
    (event) => {
      if (kept || event.defaultPrevented) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter as HTMLButtonElement | null;
      void Promise.race([take(form, true), new Promise((done) => setTimeout(done, 1000))]).then(() => {
        kept = true;
        form.requestSubmit(submitter);
        kept = false;
      });
    },
    { capture: true },
  );
}

const done = one("[data-keep-done]");
if (done) void drafts().then((kept) => Promise.all(kept.filter((draft) => draft.pressed).map((draft) => removeDraft(draft.id)))).catch(() => {});
else for (const form of all<HTMLFormElement>("main form[action^='/phan-anh/moi']")) if (!form.action.endsWith("/xoa") && !("keepDrop" in form.dataset)) wizard(form);
// Thrown away on the server: thrown away here.
for (const form of all<HTMLFormElement>("main form[action$='/xoa'], form[data-keep-drop]")) form.addEventListener("submit", () => void removeDraft(here));

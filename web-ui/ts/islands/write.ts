// The five questions on one page, for a phone without a network: what is written here goes into the phone's outbox (R2).
import { all, one, show } from "../lib/dom";
import { answersOf, drafts, empty, item, putDraft, putItem, removeDraft, type Content, type Draft, type Photo } from "../lib/outbox/db";
import { draftOf } from "../lib/offline";
import { ownerHere } from "../lib/outbox/here";
import { rememberOwner } from "../lib/outbox/owner";
import { isShown } from "../lib/outbox/rules";
import { session, wake } from "../lib/outbox/send";
import { shrink } from "../lib/shrink";
import { bytes, fill } from "../lib/text";
import { length } from "../lib/decide";

const BOX = "/phan-anh/hop-gui-di";

async function write(form: HTMLFormElement): Promise<void> {
  const asked = new URLSearchParams(location.search);
  const text = form.dataset;
  const list = one("[data-list]", form);
  const template = one<HTMLTemplateElement & HTMLElement>("template[data-row]", form);
  const input = one<HTMLInputElement>('input[type="file"]', form);
  const said = one("[data-photo-status]", form);
  const most = Number(text.max ?? 5);
  const field = <T extends HTMLElement = HTMLInputElement>(name: string): T | null => one<T>(`[name="${name}"]`, form);

  /** Each category asks its own; what belongs to another one is neither shown nor sent. */
  const questions = (): void => {
    const chosen = one<HTMLInputElement>('[name="category"]:checked', form)?.value;
    for (const part of all<HTMLFieldSetElement>("[data-questions]", form)) {
      part.disabled = part.dataset.questions !== chosen;
      show(part, !part.disabled);
    }
  };
  form.addEventListener("change", questions);

  let owner = await ownerHere();
  // A refused report is mended; else the draft of the step that broke off; else the last one that was being written.
  const mended = asked.get("sua") ? await item(asked.get("sua") ?? "").catch(() => undefined) : undefined;
  const photos: Photo[] = [];
  let draft = empty("moi", owner);
  let key: string | null = null;
  const begin = (found: Draft): void => {
    draft = found;
    fillIn(found);
    photos.splice(0, photos.length, ...found.photos);
    list?.replaceChildren();
    photos.forEach(show1);
  };

  function fillIn(content: Content): void {
    for (const radio of all<HTMLInputElement>('[name="category"]', form)) radio.checked = radio.value === content.category;
    const more = one<HTMLDetailsElement>("details", form);
    if (more?.querySelector(":checked")) more.open = true;
    const set = (name: string, value: string): void => {
      const at = field(name);
      if (at) at.value = value;
    };
    set("content", [content.title, content.content].filter(Boolean).join("\n"));
    set("commune", content.commune);
    set("words", content.address);
    set("lat", content.lat === null ? "" : String(content.lat));
    set("lon", content.lon === null ? "" : String(content.lon));
    const anonymous = field("anonymous");
    if (anonymous) anonymous.checked = content.anonymous;
    show(one("[data-has-point]", form), content.lat !== null);
    form.dispatchEvent(new Event("change", { bubbles: true }));
    // After the change: only the questions of the chosen category take answers.
    for (const at of all<HTMLInputElement>('[data-questions]:not([hidden]) [name^="a-"]', form)) {
      const values = content.answers?.[at.name.slice(2)] ?? [];
      if (at.type === "radio" || at.type === "checkbox") at.checked = values.includes(at.value);
      else at.value = values[0] ?? "";
    }
    field("content")?.dispatchEvent(new Event("input", { bubbles: true })); // the counter
  }

  function read(): Content {
    const data = new FormData(form);
    const value = (name: string): string => String(data.get(name) ?? "").trim();
    const [lat, lon] = [parseFloat(value("lat")), parseFloat(value("lon"))];
    const has = Number.isFinite(lat) && Number.isFinite(lon);
    return { category: value("category"), title: "", content: value("content"), commune: value("commune"), address: value("words"), lat: has ? lat : null, lon: has ? lon : null, anonymous: data.has("anonymous"), answers: answersOf(data) };
  }

  /** A report that is being mended lies in the outbox already. */
  const save = async (): Promise<void> => void (key ?? (await putDraft({ ...draft, ...read(), owner, photos, savedAt: Date.now() }).catch(() => {})));

  function show1(photo: Photo): void {
    const row = template ? ((template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement) : null;
    if (!row) return;
    for (const slot of all("[data-name]", row)) slot.textContent = slot.classList.contains("vh") ? ` ${photo.name}` : photo.name;
    const size = one("[data-size]", row);
    if (size) size.textContent = bytes(photo.blob.size, document.documentElement.lang);
    const thumb = one<HTMLImageElement>("[data-thumb]", row);
    if (thumb) {
      thumb.onload = () => URL.revokeObjectURL(thumb.src);
      thumb.src = URL.createObjectURL(photo.blob);
    }
    one("[data-remove]", row)?.addEventListener("click", () => {
      photos.splice(photos.indexOf(photo), 1);
      row.remove();
      if (said) said.textContent = fill(text.textRemoved ?? "", { name: photo.name });
      input?.focus();
      full();
      void save();
    });
    list?.append(row);
  }
  const full = (): void => void one(".upload", form)?.classList.toggle("upload--full", photos.length >= most);

  input?.addEventListener("change", async () => {
    const files = [...(input.files ?? [])];
    input.value = "";
    for (const file of files) {
      if (photos.length >= most) {
        if (said) said.textContent = fill(text.textFull ?? "", { n: most });
        break;
      }
      if (file.type !== "" && !file.type.startsWith("image/")) continue;
      const small = await shrink(file, 1600);
      const photo = { name: file.name, blob: new Blob([await small.arrayBuffer()], { type: small.type }) };
      photos.push(photo);
      show1(photo);
      full();
    }
    await save();
  });

  if (mended && mended.state !== "sent" && isShown(mended, owner)) {
    key = mended.id;
    begin({ ...empty(mended.draft ?? "moi", mended.owner), ...mended.report, photos: mended.photos });
  } else {
    const named = asked.get("ban") ?? draftOf(location.pathname);
    const own = (await drafts().catch(() => [])).filter((found) => isShown(found, owner)).sort((a, b) => b.savedAt - a.savedAt);
    const found = asked.has("moi") ? undefined : (own.find(({ id }) => id === named) ?? own.find(({ content, photos: kept }) => content.trim() !== "" || kept.length > 0));
    if (found) begin(found);
    show(one("[data-found]", form), found !== undefined && (found.content !== "" || found.photos.length > 0));
  }
  full();
  show(form); // not before: what is found would overwrite what is typed

  // Urgent kinds: a report is no emergency call.
  const urgent = (): void => show(one("[data-urgent-note]", form), one<HTMLInputElement>('[name="category"]:checked', form)?.dataset.urgent === "true");
  form.addEventListener("change", urgent);
  urgent();
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void save(), 300);
  });

  /** What is missing, each with its field; the server looks at everything again. */
  function wrong(content: Content): [string, string][] {
    const list: [string, string][] = [];
    if (!content.category) list.push(["w-category", text.errorCategory ?? ""]);
    if (!content.content) list.push(["w-content", text.errorContent ?? ""]);
    else if (length(content.content) > Number(text.most)) list.push(["w-content", text.errorLong ?? ""]);
    for (const asked of all("[data-questions]:not([hidden]) [data-required]", form)) {
      if (!content.answers[(asked.dataset.name ?? "").slice(2)]) list.push([asked.dataset.required ?? "", asked.dataset.errorMissing ?? ""]);
    }
    if (!content.commune && content.lat === null) list.push(["w-commune", text.errorPlace ?? ""]);
    else if (content.lat === null && !content.address) list.push(["w-words", text.errorAddress ?? ""]);
    return list;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const report = read();
    const missing = wrong(report);
    const summary = one("[data-wrong]", form.parentElement ?? document);
    const lines = summary && one("ul", summary);
    for (const old of all("[data-error]", form)) show(old, false);
    for (const old of all("[aria-invalid]", form)) old.removeAttribute("aria-invalid");
    if (missing.length > 0 && summary && lines) {
      lines.replaceChildren(
        ...missing.map(([id, sentence]) => {
          const line = document.createElement("li");
          const link = document.createElement("a");
          link.href = `#${id}`;
          link.textContent = sentence;
          link.addEventListener("click", (click) => {
            click.preventDefault();
            document.getElementById(id)?.focus();
          });
          line.append(link);
          const beside = one(`[data-error="${id}"]`, form);
          if (beside) one("span", beside)!.textContent = sentence;
          show(beside);
          document.getElementById(id)?.setAttribute("aria-invalid", "true");
          return line;
        }),
      );
      show(summary);
      summary.focus();
      return;
    }
    clearTimeout(timer);
    const id = key ?? crypto.randomUUID();
    const from = draft.id === "moi" ? null : draft.id;
    try {
      await putItem({ id, owner, draft: from, report, photos, savedAt: Date.now(), state: "waiting", notBefore: 0 });
    } catch {
      show(one("[data-full]", form)); // the phone has no room, or keeps nothing in this window
      one("[data-full]", form)?.focus();
      return;
    }
    if (!key) await removeDraft(draft.id).catch(() => {});
    if ("serviceWorker" in navigator) void navigator.serviceWorker.ready.then(wake);
    location.assign(BOX);
  });

  for (const button of all("[data-new]", form))
    button.addEventListener("click", () => {
      begin(empty("moi", owner));
      show(one("[data-found]", form), false);
      field("content")?.focus();
    });

  // With a network the phone learns whose it is, and where that person lives.
  const who = await session().catch(() => null);
  if (who?.signed) {
    rememberOwner(who.owner);
    owner = who.owner;
    const commune = field<HTMLSelectElement>("commune");
    if (commune && !commune.value && who.commune) commune.value = who.commune;
  }
}

for (const form of all<HTMLFormElement>("form[data-write]")) void write(form);

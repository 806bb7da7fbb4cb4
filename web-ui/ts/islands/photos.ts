// Photos: shrunk and re-encoded on the phone, sent one by one and in pieces. What cannot be sent goes back into the file input and travels
// with the form; the phone keeps each for times without a network. A video (data-kind="video") is neither shrunk nor kept: it is too heavy.
import { all, csrf, one, show } from "../lib/dom";
import { keepPhoto, dropPhoto } from "../lib/outbox/keep";
import type { Photo as Kept } from "../lib/outbox/db";
import { explain, isFinal, upload as push } from "../lib/outbox/send";
import { shrink } from "../lib/shrink";
import { bytes, fill } from "../lib/text";

interface Photo {
  row: HTMLElement;
  file: File;
  name: string;
  id: string | null; // given by the server once it has the photo
  failed: boolean;
  refused?: boolean; // the server has looked and said no: it does not go with the form
  kept: Kept; // what the phone keeps of it, and where its upload goes on
}

/** In pieces, so that a broken network costs one piece: an attempt that failed goes on where it broke (R2). */
async function send(url: string, photo: Photo, onProgress: (percent: number) => void): Promise<{ id: string }> {
  const token = csrf()["X-CSRF-Token"] ?? "";
  photo.kept.blob = photo.file;
  const upload = await push(photo.kept, { csrf: token }, async () => {}, (done) => onProgress(Math.round((100 * done) / Math.max(photo.file.size, 1))));
  const answer = await fetch(url, { method: "POST", headers: { ...csrf(), Accept: "application/json" }, body: new URLSearchParams({ upload }), credentials: "same-origin" });
  const said = (await answer.json().catch(() => ({}))) as { id?: string; detail?: string };
  if (!answer.ok || !said.id) throw new Error(said.detail ?? "");
  return { id: said.id };
}

function photos(root: HTMLElement): void {
  const input = one<HTMLInputElement>('input[type="file"]', root);
  const wrong = one("[data-error]", root);
  const list = one("[data-list]", root);
  const template = one<HTMLTemplateElement & HTMLElement>("template[data-row]", root);
  const status = one("[data-status]", root);
  if (!input || !list || !template) return;
  const text = root.dataset;
  const isVideo = text.kind === "video";
  const most = Number(text.max ?? 5);
  const mine: Photo[] = [];
  let queue = Promise.resolve();

  const say = (sentence: string | undefined, values = {}): void => {
    if (status) status.textContent = fill(sentence ?? "", values);
  };
  const count = (): number => list.children.length;
  const refresh = (): void => {
    root.classList.toggle("upload--full", count() >= most);
    // Whatever the server has not got yet goes along with the form.
    const rest = new DataTransfer();
    for (const photo of mine) if (photo.failed && !photo.refused) rest.items.add(photo.file);
    input.files = rest.files;
  };

  const remove = async (row: HTMLElement, id: string | null, name: string): Promise<void> => {
    const at = mine.findIndex((photo) => photo.row === row);
    if (at >= 0) mine.splice(at, 1);
    if (!isVideo) void dropPhoto(text.uploadUrl ?? "", name, id);
    row.remove();
    refresh();
    say(text.textRemoved, { name });
    input.focus();
    if (id && text.removeUrl) await fetch(text.removeUrl, { method: "POST", headers: csrf(), body: new URLSearchParams({ id }), credentials: "same-origin" }).catch(() => {}); // the server drops orphans
  };

  const upload = async (photo: Photo): Promise<void> => {
    if (!photo.row.isConnected) return; // removed while it waited
    const state = one("[data-state]", photo.row);
    const bar = one<HTMLProgressElement>("[data-progress]", photo.row);
    const retry = one("[data-retry]", photo.row);
    const tell = (sentence: string | undefined, values = {}): void => {
      if (state) state.textContent = fill(sentence ?? "", values);
    };
    photo.failed = false;
    photo.row.classList.remove("upload__item--error");
    show(retry, false);
    show(bar);
    try {
      photo.id = (
        await send(text.uploadUrl ?? "", photo, (n) => {
          if (bar) bar.value = n;
          tell(text.textSending, { n });
        })
      ).id;
      photo.kept.remote = photo.id;
      if (!isVideo) void keepPhoto(text.uploadUrl ?? "", photo.kept);
      tell(text.textDone, { size: bytes(photo.file.size, document.documentElement.lang) });
      say(`${photo.name}: ${fill(text.textDone ?? "", { size: bytes(photo.file.size, document.documentElement.lang) })}`);
      if (!photo.row.isConnected) await remove(photo.row, photo.id, photo.name);
    } catch (error) {
      photo.failed = true;
      photo.refused = isVideo && isFinal(error);
      photo.row.classList.add("upload__item--error");
      tell(explain(error) || text.textFailed);
      say(`${photo.name}: ${explain(error) || text.textFailed}`);
      show(retry, !photo.refused);
    }
    show(bar, false);
    refresh();
  };

  const add = async (original: File): Promise<void> => {
    const row = (template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
    for (const slot of all("[data-name]", row)) slot.textContent = slot.classList.contains("vh") ? ` ${original.name}` : original.name;
    const state = one("[data-state]", row);
    if (state) state.textContent = text.textShrinking ?? fill(text.textSending ?? "", { n: 0 });
    one("[data-progress]", row)?.setAttribute("aria-label", original.name);
    list.append(row);
    const photo: Photo = { row, file: original, name: original.name, id: null, failed: false, kept: { name: original.name, blob: original } };
    mine.push(photo);
    one("[data-remove]", row)?.addEventListener("click", () => void remove(row, photo.id, photo.name));
    one("[data-retry]", row)?.addEventListener("click", () => (queue = queue.then(() => upload(photo))));
    refresh();
    queue = queue.then(async () => {
      if (isVideo) {
        photo.kept.type = original.type.startsWith("video/") ? original.type : "video/mp4";
        return upload(photo);
      }
      photo.file = await shrink(original, Number(text.maxPx ?? 1600));
      photo.kept = { name: photo.name, blob: photo.file };
      await keepPhoto(text.uploadUrl ?? "", photo.kept);
      const thumb = one<HTMLImageElement>("[data-thumb]", row);
      if (thumb) {
        thumb.onload = () => URL.revokeObjectURL(thumb.src);
        thumb.src = URL.createObjectURL(photo.file);
      }
      await upload(photo);
    });
  };

  const take = (files: Iterable<File>): void => {
    for (const file of files) {
      if (count() >= most) {
        say(text.textFull, { n: most });
        break;
      }
      if (isVideo && file.size > Number(text.maxBytes)) {
        // Not sent at all: minutes of network for a no.
        if (wrong) one("span", wrong)!.textContent = `${file.name}: ${text.textHeavy}`;
        say(`${file.name}: ${text.textHeavy}`);
        show(wrong);
        continue;
      }
      show(wrong, false);
      if (file.type === "" || file.type.startsWith(isVideo ? "video/" : "image/")) void add(file);
    }
    refresh();
  };

  input.addEventListener("change", () => take([...(input.files ?? [])]));
  root.addEventListener("dragover", (event) => {
    event.preventDefault();
    root.classList.add("upload--drop");
  });
  root.addEventListener("dragleave", () => root.classList.remove("upload--drop"));
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    root.classList.remove("upload--drop");
    take([...(event.dataTransfer?.files ?? [])]);
  });
  for (const row of all("[data-photo]", list))
    one("[data-remove]", row)?.addEventListener("click", (event) => {
      event.preventDefault(); // without a script this button sends the form
      void remove(row, row.dataset.photo ?? null, one(".upload__name", row)?.textContent ?? "");
    });
  // «Tiếp tục» while something is still on its way: wait for it, then go.
  let waiting = true;
  input.form?.addEventListener("submit", (event) => {
    if (!waiting || !mine.some((photo) => photo.id === null && !photo.failed)) return;
    event.preventDefault();
    const submitter = event.submitter as HTMLButtonElement | null;
    submitter?.setAttribute("aria-busy", "true");
    void queue.then(() => {
      if (!waiting) return;
      waiting = false;
      input.form?.requestSubmit(submitter);
    });
  });
  refresh();
}

all("[data-photos]").forEach(photos);

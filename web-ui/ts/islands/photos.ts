// Photos: shrunk and re-encoded on the phone, sent one by one. What cannot be sent goes back into the file input and travels with the form.
import { all, csrf, one, show } from "../lib/dom";
import { fit } from "../lib/decide";
import { bytes, fill } from "../lib/text";

interface Photo {
  row: HTMLElement;
  file: File;
  name: string;
  id: string | null; // given by the server once it has the photo
  failed: boolean;
}

async function bitmap(file: File): Promise<ImageBitmap | HTMLImageElement> {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    const image = new Image();
    image.src = URL.createObjectURL(file);
    await image.decode(); // <img> turns by EXIF itself
    return image;
  }
}

/** JPEG of at most `most` pixels a side; drawing it anew drops EXIF. A file the browser cannot read goes as it is: the server decides. */
async function shrink(file: File, most: number): Promise<File> {
  try {
    const picture = await bitmap(file);
    const [width, height] = fit(picture.width, picture.height, most);
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext("2d");
    if (!pen) return file;
    pen.fillStyle = "#fff"; // transparent PNGs would turn black
    pen.fillRect(0, 0, width, height);
    pen.drawImage(picture, 0, 0, width, height);
    if ("close" in picture) picture.close();
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    return blob ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

/** XMLHttpRequest, because fetch cannot tell how much has been sent. */
function send(url: string, file: File, onProgress: (percent: number) => void): Promise<{ id: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "json";
    request.timeout = 120_000;
    for (const [name, value] of Object.entries(csrf())) request.setRequestHeader(name, value);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(Math.round((100 * event.loaded) / event.total));
    request.onload = () => (request.status >= 200 && request.status < 300 && request.response?.id ? resolve(request.response) : reject(new Error(request.response?.detail ?? "")));
    request.onerror = request.ontimeout = () => reject(new Error(""));
    const body = new FormData();
    body.append("photo", file, file.name);
    request.send(body);
  });
}

function photos(root: HTMLElement): void {
  const input = one<HTMLInputElement>('input[type="file"]', root);
  const list = one("[data-list]", root);
  const template = one<HTMLTemplateElement & HTMLElement>("template[data-row]", root);
  const status = one("[data-status]", root);
  if (!input || !list || !template) return;
  const text = root.dataset;
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
    for (const photo of mine) if (photo.failed) rest.items.add(photo.file);
    input.files = rest.files;
  };

  const remove = async (row: HTMLElement, id: string | null, name: string): Promise<void> => {
    const at = mine.findIndex((photo) => photo.row === row);
    if (at >= 0) mine.splice(at, 1);
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
        await send(text.uploadUrl ?? "", photo.file, (n) => {
          if (bar) bar.value = n;
          tell(text.textSending, { n });
        })
      ).id;
      tell(text.textDone, { size: bytes(photo.file.size, document.documentElement.lang) });
      say(`${photo.name}: ${fill(text.textDone ?? "", { size: bytes(photo.file.size, document.documentElement.lang) })}`);
      if (!photo.row.isConnected) await remove(photo.row, photo.id, photo.name);
    } catch (error) {
      photo.failed = true;
      photo.row.classList.add("upload__item--error");
      tell((error as Error).message || text.textFailed);
      say(`${photo.name}: ${(error as Error).message || text.textFailed}`);
      show(retry);
    }
    show(bar, false);
    refresh();
  };

  const add = async (original: File): Promise<void> => {
    const row = (template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
    for (const slot of all("[data-name]", row)) slot.textContent = slot.classList.contains("vh") ? ` ${original.name}` : original.name;
    const state = one("[data-state]", row);
    if (state) state.textContent = text.textShrinking ?? "";
    one("[data-progress]", row)?.setAttribute("aria-label", original.name);
    list.append(row);
    const photo: Photo = { row, file: original, name: original.name, id: null, failed: false };
    mine.push(photo);
    one("[data-remove]", row)?.addEventListener("click", () => void remove(row, photo.id, photo.name));
    one("[data-retry]", row)?.addEventListener("click", () => (queue = queue.then(() => upload(photo))));
    refresh();
    queue = queue.then(async () => {
      photo.file = await shrink(original, Number(text.maxPx ?? 1600));
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
      if (file.type === "" || file.type.startsWith("image/")) void add(file);
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
      waiting = false;
      input.form?.requestSubmit(submitter);
    });
  });
  refresh();
}

all("[data-photos]").forEach(photos);

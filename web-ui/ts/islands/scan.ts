// The code of an identity card: from the camera, asked for only after a press, or from a photo, which then never leaves the phone. What was
// read goes out with the page's own form.
import { one, show } from "../lib/dom";
import { isCard, read } from "../lib/code";

const LONG_AFTER = 15_000;
const PAUSE = 150; // a phone reads six pictures a second without getting warm

function scan(root: HTMLElement): void {
  const form = one<HTMLFormElement & HTMLElement>("[data-scan-form]", root);
  const code = form ? one<HTMLInputElement>("input[name=code]", form) : null;
  const video = one<HTMLVideoElement>("[data-scan-video]", root);
  const status = one("[data-status]", root);
  const open = one<HTMLButtonElement>("[data-scan-open]", root);
  const stop = one<HTMLButtonElement>("[data-scan-stop]", root);
  if (!form || !code || !video || !open || !stop) return;

  const say = (name: string): void => {
    const words = name ? one<HTMLTemplateElement & HTMLElement>(`template[data-say=${name}]`, root) : null;
    const text = words?.content.textContent ?? "";
    if (status && status.textContent !== text) status.textContent = text;
  };
  const send = (text: string): void => {
    code.value = text;
    form.submit();
  };

  let stream: MediaStream | null = null;
  let turn = 0;
  const close = (): void => {
    turn++;
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    show(one("[data-scan-view]", root), false);
    show(stop, false);
    show(open);
  };

  const look = async (mine: number, since: number): Promise<void> => {
    while (mine === turn) {
      if (video.videoWidth) {
        const text = await read(video, video.videoWidth, video.videoHeight, [1000]);
        if (mine !== turn) return;
        if (isCard(text)) {
          say("found");
          close();
          return send(text);
        }
        say(text ? "other" : Date.now() - since > LONG_AFTER ? "long" : "seeking");
      }
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  };

  const start = async (): Promise<void> => {
    const mine = ++turn;
    open.setAttribute("aria-busy", "true");
    try {
      const picture = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
      const opened = await navigator.mediaDevices.getUserMedia({ video: picture, audio: false });
      if (mine !== turn) return opened.getTracks().forEach((track) => track.stop());
      stream = opened;
      video.srcObject = opened;
      await video.play();
      show(one("[data-scan-view]", root));
      show(stop);
      show(open, false);
      stop.focus();
      say("seeking");
      void look(mine, Date.now());
    } catch (error) {
      close();
      const name = (error as Error).name;
      say(name === "NotAllowedError" || name === "SecurityError" ? "denied" : name === "NotReadableError" || name === "AbortError" ? "taken" : "none");
    } finally {
      open.removeAttribute("aria-busy");
    }
  };

  if ("mediaDevices" in navigator) {
    show(root);
    open.addEventListener("click", () => void start());
    stop.addEventListener("click", () => {
      close();
      say("");
      open.focus();
    });
    // The camera's light must not stay on behind another page.
    addEventListener("pagehide", close);
    document.addEventListener("visibilitychange", () => document.hidden && stream && close());
  }

  const photo = one<HTMLFormElement & HTMLElement>("[data-scan-photo]");
  photo?.addEventListener("submit", (event) => {
    const file = one<HTMLInputElement>("input[type=file]", photo)?.files?.[0];
    if (!file || event.defaultPrevented) return;
    event.preventDefault();
    const button = one<HTMLButtonElement>("button[data-loading]", photo);
    if (button?.getAttribute("aria-busy")) return;
    button?.setAttribute("aria-busy", "true");
    if (button) button.textContent = button.dataset.loading ?? "";
    void (async () => {
      try {
        const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
        const text = await read(picture, picture.width, picture.height, [1400, 2400, 800]);
        picture.close();
        if (isCard(text)) return send(text);
      } catch {
        // The browser cannot read the file: the server says what is wrong with it.
      }
      photo.submit();
    })();
  });
}

const root = one("[data-scan]");
if (root) scan(root);

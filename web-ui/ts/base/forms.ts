import { all, csrf, one, show, words } from "../lib/dom";
import { clock, fill } from "../lib/text";
import { length } from "../lib/decide";

const sent = new WeakSet<HTMLFormElement>();
const before = new Map<HTMLElement, string>();

/** A form is sent once; the pressed button says so. The server refuses duplicates anyway. */
function sendOnce(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (sent.has(form)) return event.preventDefault();
    sent.add(form);
    const button = (event.submitter as HTMLElement | null) ?? one("button[data-loading]", form);
    if (!button?.dataset.loading) return;
    before.set(button, words(button).textContent ?? "");
    // After the browser has read the form: a disabled button would drop its own name and value.
    setTimeout(() => {
      words(button).textContent = button.dataset.loading ?? "";
      button.setAttribute("aria-disabled", "true");
      button.setAttribute("aria-busy", "true");
    });
  });
  // Back from the next page: everything can be used again.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    all<HTMLFormElement>("form").forEach((form) => sent.delete(form));
    for (const [button, text] of before) {
      words(button).textContent = text;
      button.removeAttribute("aria-disabled");
      button.removeAttribute("aria-busy");
    }
    before.clear();
  });
}

function errorSummary(): void {
  const summary = one("[data-error-summary]");
  if (!summary) return;
  summary.focus();
  summary.addEventListener("click", (event) => {
    const id = (event.target as HTMLElement).closest("a")?.hash.slice(1);
    const field = id ? document.getElementById(id) : null;
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });
}

function reveal(): void {
  for (const button of all("[data-reveal]")) {
    const input = document.getElementById(button.dataset.reveal ?? "") as HTMLInputElement | null;
    if (!input) continue;
    show(button);
    button.setAttribute("aria-controls", input.id);
    button.addEventListener("click", () => {
      const hidden = input.type === "password";
      input.type = hidden ? "text" : "password";
      words(button).textContent = (hidden ? button.dataset.hide : button.dataset.show) ?? "";
    });
    // Never leave a password readable in the field that is sent and remembered by the browser.
    input.form?.addEventListener("submit", () => (input.type = "password"));
  }
}

function counters(): void {
  for (const output of all("[data-count]")) {
    const area = document.getElementById(output.dataset.count ?? "") as HTMLTextAreaElement | null;
    if (!area) continue;
    const write = (): void => {
      const left = Number(output.dataset.max) - length(area.value);
      output.classList.toggle("over", left < 0);
      output.textContent = fill((left < 0 ? output.dataset.textOver : output.dataset.text) ?? "", { n: Math.abs(left).toLocaleString(document.documentElement.lang) });
    };
    area.addEventListener("input", write);
    write();
  }
}

/** Saves a step a second and a half after the last key, and when the page is left. */
function autosave(): void {
  for (const form of all<HTMLFormElement>("form[data-autosave]")) {
    const status = one("[data-autosave-status]", form);
    const say = (text: string | undefined): void => {
      if (status && text !== undefined) status.textContent = fill(text, { time: clock(new Date()) });
    };
    let timer = 0;
    let dirty = false;
    const body = (): URLSearchParams => {
      const fields = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
      return fields;
    };
    const save = async (): Promise<void> => {
      clearTimeout(timer);
      if (!dirty || sent.has(form)) return;
      dirty = false;
      say(status?.dataset.saving);
      try {
        const answer = await fetch(form.dataset.autosave ?? "", { method: "POST", body: body(), headers: csrf(), credentials: "same-origin", keepalive: true });
        if (!answer.ok) throw new Error();
        say(status?.dataset.saved);
      } catch {
        dirty = true;
        say(status?.dataset.failed);
      }
    };
    form.addEventListener("input", () => {
      dirty = true;
      clearTimeout(timer);
      timer = window.setTimeout(save, 1500);
    });
    addEventListener("online", save);
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void save());
  }
}

/** «Gửi lại sau 50 giây»: shows what the server enforces; spoken only once, at the end. */
function countdowns(): void {
  for (const form of all("[data-resend-in]")) {
    const button = one<HTMLButtonElement>("[data-resend]", form);
    const shown = one("[data-countdown]", form);
    const ready = one("[data-ready]", form);
    const waits = Number(form.dataset.resendIn) > 0;
    const end = performance.now() + Number(form.dataset.resendIn) * 1000;
    const tick = (): void => {
      const left = Math.ceil((end - performance.now()) / 1000);
      if (left > 0) {
        if (shown) shown.textContent = fill(shown.dataset.text ?? "", { s: left });
        setTimeout(tick, 1000);
        return;
      }
      shown?.remove();
      button?.removeAttribute("aria-disabled");
      if (ready && waits) ready.textContent = ready.dataset.ready ?? "";
    };
    if (waits) {
      button?.setAttribute("aria-disabled", "true");
      form.addEventListener("submit", (event) => {
        if (button?.getAttribute("aria-disabled") === "true" && !sent.has(form as HTMLFormElement)) event.preventDefault();
      });
    }
    tick();
  }
}

export function forms(): void {
  countdowns(); // before sendOnce: a press that comes too early must not count as sent
  sendOnce();
  errorSummary();
  reveal();
  counters();
  autosave();
}

// Proof of work before a text message is sent. This one file is the page's part and, loaded again as a worker, the worker's part.
import { payload, solve, type Challenge, type Solution } from "../lib/pow";

if (typeof document === "undefined") {
  const worker = self as unknown as { onmessage: ((event: MessageEvent<Challenge>) => void) | null; postMessage(message: unknown): void };
  worker.onmessage = (event) => void solve(event.data).then((solution) => worker.postMessage({ solution }), () => worker.postMessage({ failed: true }));
} else {
  document.querySelectorAll<HTMLFormElement>("form[data-altcha]").forEach(prove);
}

const breathe = (): Promise<void> => new Promise((done) => setTimeout(done));

/** In a worker; where there is none, in slices on the page. */
function work(challenge: Challenge): Promise<Solution> {
  return new Promise<Solution>((resolve, reject) => {
    const worker = new Worker(import.meta.url, { type: "module" });
    const end = (then: () => void): void => {
      worker.terminate();
      then();
    };
    worker.onmessage = (event: MessageEvent<{ solution?: Solution }>) => end(() => (event.data.solution ? resolve(event.data.solution) : reject(new Error())));
    worker.onerror = () => end(() => reject(new Error()));
    worker.postMessage(challenge);
  }).catch(() => solve(challenge, breathe));
}

function prove(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>('input[name="altcha"]');
  if (!field) return;
  let task: Promise<void> | null = null;

  const begin = (): Promise<void> =>
    (task ??= (async () => {
      const ready = form.dataset.challenge;
      const challenge = (ready ? JSON.parse(ready) : await (await fetch(form.dataset.challengeUrl ?? "", { headers: { Accept: "application/json" }, credentials: "same-origin" })).json()) as Challenge;
      field.value = payload(challenge, await work(challenge));
    })().catch(() => {
      // No proof: the server's stricter limits apply. A second press may try again.
      task = null;
    }));

  form.addEventListener("focusin", () => void begin(), { once: true });
  let waited = false;
  form.addEventListener("submit", (event) => {
    if (field.value || waited) return;
    event.preventDefault();
    const submitter = event.submitter as HTMLButtonElement | null;
    submitter?.setAttribute("aria-busy", "true");
    void begin().then(() => {
      waited = true;
      form.requestSubmit(submitter);
    });
  });
}

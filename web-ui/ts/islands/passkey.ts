// Passkeys: create one, or sign in with one. Where the browser can, it also offers them in the autofill of the name field.
import { all, csrf, one, postJson, show } from "../lib/dom";
import { creationOptions, credentialJson, requestOptions } from "../lib/webauthn";

type Json = Record<string, unknown>;

/** What our own server said, in the visitor's language. Messages of the browser are in its language and in its terms: they are not shown. */
class Refused extends Error {}

function passkey(root: HTMLElement): void {
  if (!("PublicKeyCredential" in window)) return;
  const button = one("[data-passkey-go]", root);
  const message = one("[data-error]", root);
  const { passkey: kind, optionsUrl = "", finishUrl = "" } = root.dataset;
  show(root);
  let pending: AbortController | null = null;

  const fail = (error: unknown): void => {
    const name = (error as Error).name;
    if (name === "AbortError" || !message) return;
    const text = message.dataset;
    message.textContent = ((name === "NotAllowedError" ? text.textCancelled : name === "InvalidStateError" ? text.textExists : error instanceof Refused ? error.message : "") || text.textFailed) ?? "";
    show(message);
  };

  const run = async (conditional: boolean): Promise<void> => {
    pending?.abort(); // only one request at a time is allowed
    const abort = (pending = new AbortController());
    const answer = await fetch(optionsUrl, { method: "POST", headers: { ...csrf(), Accept: "application/json" }, credentials: "same-origin", signal: abort.signal });
    if (!answer.ok) throw new Refused();
    const { publicKey } = (await answer.json()) as { publicKey: Json };
    const credential = await (kind === "create"
      ? navigator.credentials.create({ publicKey: creationOptions(publicKey), signal: abort.signal })
      : navigator.credentials.get({ publicKey: requestOptions(publicKey), signal: abort.signal, ...(conditional ? { mediation: "conditional" as const } : {}) }));
    if (!credential) return;
    const body = credentialJson(credential as PublicKeyCredential);
    const label = one<HTMLInputElement>('input[name="label"]', root)?.value;
    const done = await postJson(finishUrl, label ? { ...body, label } : body);
    const result = (await done.json().catch(() => ({}))) as { location?: string; detail?: string };
    if (!done.ok) throw new Refused(result.detail ?? "");
    location.assign(result.location?.startsWith("/") && !result.location.startsWith("//") ? result.location : location.pathname);
  };

  button?.addEventListener("click", async () => {
    show(message, false);
    button.setAttribute("aria-busy", "true");
    await run(false).catch(fail);
    button.removeAttribute("aria-busy");
  });

  // Nobody asked for this one yet, so nobody is told when it cannot be offered.
  if (kind === "get" && "conditional" in root.dataset) void PublicKeyCredential.isConditionalMediationAvailable?.().then((can) => (can ? run(true).catch(() => undefined) : undefined));
}

all("[data-passkey]").forEach(passkey);

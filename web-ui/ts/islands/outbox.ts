// «Hộp gửi đi»: what waits on this phone, why, and what to do. Every word stands in the page.
import { all, one, show } from "../lib/dom";
import { item, items, putItem, removeItem, tidy, type Item, type Waiting, type Why } from "../lib/outbox/db";
import { ownerHere } from "../lib/outbox/here";
import { guestIsGone, knownOwner, rememberOwner } from "../lib/outbox/owner";
import { isGuest, isOfThisHand, isShown, missing } from "../lib/outbox/rules";
import { sendAll, session, wake, type Progress } from "../lib/outbox/send";
import { writer } from "../lib/outbox/writer";
import { clockAndDay, fill } from "../lib/text";

const AGAIN_MS = 15_000;

function box(root: HTMLElement): void {
  const list = one("[data-list]", root);
  const status = one("[data-status]", root);
  const text = root.dataset;
  let owner = isGuest(knownOwner()) ? null : knownOwner();

  const part = (name: string): HTMLElement | null => {
    const template = one<HTMLTemplateElement & HTMLElement>(`template[data-part="${name}"]`, root);
    return template ? ((template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement) : null;
  };
  const put = (row: HTMLElement, slot: string, words: string): void => {
    for (const element of all(`[data-${slot}]`, row)) element.textContent = words;
  };

  /** Why it does not go, for who looks now. */
  function reason(kept: Waiting, mine: boolean): Why | "other-phone" | "same-hand" | "closed" {
    // Nobody is here: whoever wrote it must come back first.
    if (!mine && owner === null) return missing(kept.owner);
    if (!mine) return isGuest(kept.owner) ? "other-phone" : "other";
    if (kept.owner !== null) return kept.why ?? "refused";
    if (owner === null) return kept.sealed ? "sign-in" : "anyone";
    if (!isGuest(owner)) return "nobody";
    return isShown(kept, owner) ? "same-hand" : "closed";
  }

  function row(kept: Item): HTMLElement | null {
    // What another person sent is not for this one, not even its code.
    if (kept.state === "sent" && kept.owner !== owner) return null;
    const element = part(kept.state);
    if (!element) return null;
    element.dataset.id = kept.id;
    const time = clockAndDay(new Date(kept.savedAt));
    if (kept.state === "sent") {
      put(element, "saved", fill(text.textSaved ?? "", { time }));
      put(element, "code", kept.sent.code);
      put(element, "until", fill(text.textUntil ?? "", { until: kept.sent.until }));
      one<HTMLAnchorElement>("[data-open]", element)?.setAttribute("href", kept.sent.href);
      one("[data-remove]", element)?.addEventListener("click", () => void remove(kept.id));
      return element;
    }
    const shown = isShown(kept, owner);
    const mine = kept.owner === null || kept.owner === owner;
    const guests = isGuest(kept.owner);
    const title = shown ? kept.report.title || (kept.report.content.trim().split("\n")[0] ?? "") : ((kept.owner === null ? text.textNobody : guests ? text.textGuest : text.textOther) ?? "");
    put(element, "title", title);
    put(element, "saved", fill((kept.photos.length > 0 ? text.textSavedPhotos : text.textSaved) ?? "", { time, n: kept.photos.length }));
    const why = reason(kept, mine);
    for (const hint of all("[data-why]", element)) show(hint, hint.dataset.why === why);
    for (const way of all<HTMLAnchorElement>("[data-prove]", element)) {
      show(way, way.dataset.prove === why);
      if (why !== "anyone") continue;
      // What nobody known wrote is named on the way, so that it goes out after the code that was asked for here, and after no other one.
      way.href = `${way.getAttribute("href")?.split("?")[0] ?? ""}?next=${encodeURIComponent(`/phan-anh/hop-gui-di?gui=${kept.id}`)}`;
      way.addEventListener("click", (event) => {
        event.preventDefault();
        void putItem({ ...kept, asked: Date.now(), writer: writer() }).then(() => location.assign(way.href));
      });
    }
    put(element, "detail", kept.detail ?? "");
    show(one("[data-edit]", element), shown && kept.why === "refused");
    one<HTMLAnchorElement>("[data-edit]", element)?.setAttribute("href", `/phan-anh/ngoai-tuyen?sua=${kept.id}`);
    // Somebody else's report can neither be sent nor thrown away from here.
    show(one("[data-again]", element), mine && (kept.state !== "failed" || !["code", "anyone", "closed"].includes(why)));
    show(one("[data-remove]", element), mine);
    one("[data-again]", element)?.addEventListener("click", () => void again(kept.id));
    one("[data-remove]", element)?.addEventListener("click", () => ask(element, title, kept.id));
    return element;
  }

  let drawn = "";
  async function draw(): Promise<void> {
    const kept = (await items()).sort((a, b) => b.savedAt - a.savedAt);
    const rows = kept.map(row).filter((element) => element !== null);
    const now = JSON.stringify(kept.map((one) => [one.id, one.state, "why" in one && one.why, "detail" in one && one.detail, one.sealed, owner]));
    if (now === drawn) return; // nothing moves under the finger
    if (status && drawn) status.textContent = fill(text.textCount ?? "", { n: kept.filter((k) => k.state !== "sent").length });
    drawn = now;
    list?.replaceChildren(...rows);
    show(list, rows.length > 0);
    show(one("[data-empty]", root), rows.length === 0);
  }

  /** «Xóa» asks once: what is thrown away here is nowhere else. */
  function ask(element: HTMLElement, title: string, id: string): void {
    const dialog = one<HTMLDialogElement>("dialog[data-sure]", root);
    if (!dialog?.showModal) return void remove(id);
    put(dialog, "title", title);
    dialog.returnValue = "";
    dialog.addEventListener("close", () => (dialog.returnValue === "yes" ? void remove(id) : one("[data-remove]", element)?.focus()), { once: true });
    dialog.showModal();
  }
  async function remove(id: string): Promise<void> {
    await removeItem(id);
    await draw();
    root.focus();
  }
  async function again(id: string): Promise<void> {
    const kept = (await items()).find((other) => other.id === id);
    if (!kept || kept.state === "sent") return;
    if (kept.state === "failed" && kept.why === "sign-in") {
      const who = await session().catch(() => null);
      if (who && !who.signed) return location.assign(text.signIn ?? "/dang-nhap");
    }
    await putItem({ ...kept, state: "waiting", notBefore: 0 });
    await run(id);
  }

  // Somebody comes back from the code that was asked for on this report, in this window; a network that breaks meanwhile changes nothing.
  let asked = new URLSearchParams(location.search).get("gui") ?? undefined;
  async function askedFor(): Promise<string | undefined> {
    const kept = asked ? await item(asked) : undefined;
    if (kept && kept.state !== "sent" && isOfThisHand(kept, Date.now())) return asked;
    if (asked) history.replaceState(null, "", location.pathname);
    return (asked = undefined);
  }

  // What the phone knew of its owner does not hold any more once the server has said who is here; without a network it is asked again.
  let isKnown = false;
  async function learn(): Promise<void> {
    const who = isKnown ? null : await session().catch(() => null);
    if (!who) return;
    isKnown = true;
    owner = who.signed ? who.owner : null;
    if (who.signed) rememberOwner(who.owner);
    else guestIsGone();
  }

  async function run(forced?: string): Promise<void> {
    await draw();
    await learn();
    await draw();
    const waits = await sendAll((progress) => (progress ? percent(progress) : void draw()), forced ?? (await askedFor()));
    if (waits) void navigator.serviceWorker?.ready.then(wake);
    await draw();
  }
  function percent({ id, percent: n }: NonNullable<Progress>): void {
    const element = one(`[data-id="${id}"]`, root);
    const bar = element && one<HTMLProgressElement>("progress", element);
    if (bar) bar.value = n;
  }

  if ("BroadcastChannel" in window) new BroadcastChannel("hop-gui-di").addEventListener("message", ({ data }) => (data ? percent(data as NonNullable<Progress>) : void draw()));
  addEventListener("online", () => void run());
  setInterval(() => document.visibilityState === "visible" && void run(), AGAIN_MS);
  void tidy(Date.now());
  void ownerHere().then((here) => {
    owner = here;
    return run();
  });
}

all("[data-outbox-page]").forEach((root) => {
  show(root);
  box(root);
});

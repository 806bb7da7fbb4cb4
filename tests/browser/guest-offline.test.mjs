// Weak networks for guests (R2, R3): what somebody without an account writes without a network arrives once, under the phone it was written
// with or confirmed for, and is neither read nor sent by the next person on that phone.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { assertAccessible } from "./lib/axe.mjs";
import { assertFits, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { press } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { newPhone, photo } from "./lib/steps.mjs";
import { startNetwork } from "./lib/weaknet.mjs";
import { pickCommune } from "./screens/newcomer.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const WROTE = "Nắp cống vỡ trước cổng trường";
const BOX = "/phan-anh/hop-gui-di";
const BREAKS = [/ERR_/, /Failed to load resource/, /Failed to fetch/, /NetworkError/];

/** A phone with its own network and a service worker that is ready. */
async function somebody() {
  const net = await startNetwork(demo.url);
  const page = await openPage(browser, { size: PHONE, base: net.url, serviceWorkers: "allow", allow: BREAKS });
  await page.goto("/");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  const done = async () => {
    await page.done();
    await net.stop();
  };
  return { net, page, done };
}

// A phone gets a new code a minute after the last one.
const asked = new Map();
async function mayAsk(phone) {
  const wait = (asked.get(phone) ?? 0) + 61_000 - Date.now();
  if (wait > 0) await new Promise((soon) => setTimeout(soon, wait));
  asked.set(phone, Date.now());
  return demo.smsCount(phone);
}

/** The phone's number and the code, on the pages that are there now. */
async function types(page, phone, between = async () => {}) {
  await page.locator("input[name=phone]").waitFor();
  const had = await mayAsk(phone);
  await page.fill("input[name=phone]", phone);
  if (await page.locator("input[name=agreed]").count()) await page.check("input[name=agreed]");
  await press(page, "main form[data-altcha]");
  await page.locator("input[name=code]").waitFor();
  const code = await demo.otp(phone, { after: had });
  await between();
  await page.fill("input[name=code]", code);
  await press(page, "main form:not(.resend)");
}
async function proves(page, phone, next = BOX) {
  await page.goto(`/phan-anh/khach?next=${next}`);
  await types(page, phone);
  await page.waitForURL((url) => url.pathname === next);
}

/** What the server has of the phone that is proven in this browser: the codes on its own page, asked around the broken network. */
async function arrived(page) {
  const cookies = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const answer = await fetch(`${demo.url}/khach/du-lieu`, { headers: { cookie: cookies }, redirect: "manual" });
  assert.equal(answer.status, 200, "a phone is proven");
  return new Set([...(await answer.text()).matchAll(/href="\/phan-anh\/(\d{10})"/g)].map(([, code]) => code)).size;
}

const row = (page) => page.locator("[data-outbox-page] li");
const says = (page, words) => row(page).locator(".tag", { hasText: words }).first().waitFor({ timeout: 40_000 });

async function write(page, words = WROTE) {
  await page.goto("/phan-anh/ngoai-tuyen?moi");
  await page.locator("form[data-write]").waitFor();
  await page.locator("[name=category][value=ha-tang]").check();
  await page.fill("[name=content]", words);
  await page.locator("#w-photo").setInputFiles([photo({ name: "mot.png" })]);
  await page.locator(".upload__item").waitFor();
  await page.selectOption("[name=commune]", { index: 1 });
  await page.fill("[name=words]", "Trước cổng trường");
  await intoTheBox(page);
}
async function intoTheBox(page) {
  await page.locator("form[data-write] button.btn:not([type=button])").click();
  await page.waitForURL(/\/phan-anh\/hop-gui-di/);
  await row(page).first().waitFor();
}
/** Everything that lies in the phone's memory, as text. */
const memory = (page) =>
  page.evaluate(
    () =>
      new Promise((found) => {
        const ask = indexedDB.open("hop-gui-di");
        ask.onsuccess = () => (ask.result.transaction("items").objectStore("items").getAll().onsuccess = (event) => (ask.result.close(), found(JSON.stringify(event.target.result))));
      }),
  );
async function leave(page) {
  await page.goto("/khach/du-lieu");
  await page.locator("form[action='/khach/thoat'] button").click();
  await page.waitForURL((url) => url.pathname === "/");
}

// Beside each other: most of the time is waiting for codes and for the box to look at the network again.
describe("a guest without a network", { concurrency: 3 }, () => {
  test("a guest writes without a network, reloads, and it is sent by itself once the network is back (R2, R3)", async () => {
    const { net, page, done } = await somebody();
    await proves(page, newPhone(), "/phan-anh/moi");
    net.down();
    await write(page);
    await says(page, "Chờ gửi");
    await page.reload();
    await says(page, "Chờ gửi");
    assert.equal(await page.getByText(WROTE).count() > 0, true, "its author reads it");
    assert.equal(await arrived(page), 0);
    const second = await page.context().newPage();
    await second.goto(`${net.url}${BOX}`);
    await says(second, "Chờ gửi");
    net.up();
    const poke = (tab) => tab.evaluate(() => (dispatchEvent(new Event("online")), navigator.serviceWorker.controller.postMessage({ type: "send" }), document.querySelector("[data-again]")?.click()));
    await Promise.all([poke(page), poke(second)]);
    await says(page, "Đã gửi");
    await says(second, "Đã gửi");
    assert.equal(await arrived(page), 1, "two tabs and the worker: one report");
    assert.ok(!(await memory(page)).includes(WROTE), "its words are with the server, and no longer here");
    await row(page).locator("[data-open]").click();
    await page.waitForURL(/\/phan-anh\/\d{10}/);
    await done();
  });

  test("the network is gone in a guest's wizard: it is finished without one, its answer is lost, and one report arrives (R2, R3)", async () => {
    const { net, page, done } = await somebody();
    await proves(page, newPhone(), "/phan-anh/moi");
    await page.locator("input[name=category][value=ha-tang]").check();
    await press(page);
    await page.waitForURL(/\/noi-dung/);
    await page.fill("textarea[name=content]", WROTE);
    await press(page);
    await page.waitForURL(/\/anh/);
    await press(page);
    await page.waitForURL(/\/noi-xay-ra/);
    await pickCommune(page);
    await page.fill("input[name=words]", "Trước cổng trường");
    net.down();
    await page.locator("main form:not([data-x]) button.btn:not([type=button]):not([name]):visible").last().click();
    await page.waitForURL(/\/phan-anh\/ngoai-tuyen/);
    await page.locator("form[data-write]").waitFor();
    assert.equal(await page.locator("[name=content]").inputValue(), WROTE, "nothing is asked again");
    assert.equal(await page.locator("[name=words]").inputValue(), "Trước cổng trường");
    if (!(await page.locator("[name=commune]").inputValue())) await page.selectOption("[name=commune]", { index: 1 });
    await intoTheBox(page);
    await says(page, "Chờ gửi");
    net.loseAnswerOf(/POST \/phan-anh\/hop-gui-di/);
    net.up();
    await until(() => !net.isUp(), { what: "the break", timeout: 40_000 });
    assert.equal(await arrived(page), 1, "it is with the server");
    await page.reload();
    await says(page, "Chờ gửi");
    net.up();
    await says(page, "Đã gửi");
    assert.equal(await arrived(page), 1, "and is not sent twice");
    await done();
  });

  test("the proof is over: the outbox says that a code is needed, leads to it, and sends once after it (R2, R3)", async () => {
    const { net, page, done } = await somebody();
    const phone = newPhone();
    await proves(page, phone, "/phan-anh/moi");
    net.down();
    await write(page);
    await says(page, "Chờ gửi");
    await page.context().clearCookies(); // as if its time were over
    net.up();
    await says(page, "Chưa gửi được");
    await page.getByText("Cần xác nhận số điện thoại để gửi").waitFor();
    await page.reload();
    await page.getByText("Phản ánh gửi bằng số điện thoại", { exact: true }).first().waitFor();
    assert.equal(await page.getByText(WROTE).count(), 0, "nobody reads it before the phone is proven");
    assert.equal(await page.locator("[data-remove]:visible").count(), 0, "nor throws it away");
    await assertAccessible(page);
    await assertFits(page);
    // The network breaks on the way to the code, and the page is loaded anew.
    await page.locator("[data-prove=code]").click();
    await types(page, phone, async () => {
      net.down();
      await page.reload().catch(() => {});
      net.up();
      await page.goto("/phan-anh/khach/ma?next=/phan-anh/hop-gui-di");
      await page.locator("input[name=code]").waitFor();
    });
    await page.waitForURL(/\/phan-anh\/hop-gui-di/);
    await says(page, "Đã gửi");
    assert.equal(await arrived(page), 1);
    await done();
  });

  test("on a phone of several people a guest's report is neither read nor sent by the next guest, and waits for its own (R2, R3)", async () => {
    const { net, page, done } = await somebody();
    const [mine, theirs] = [newPhone(), newPhone()];
    await proves(page, mine, "/phan-anh/moi");
    net.down();
    await write(page);
    await says(page, "Chờ gửi");
    await page.context().clearCookies();
    net.up();
    await proves(page, theirs);
    await page.getByText("Phản ánh gửi bằng số điện thoại", { exact: true }).first().waitFor();
    await page.getByText("Của số điện thoại khác trên máy này").waitFor();
    assert.equal(await page.getByText(WROTE).count(), 0);
    for (const way of ["again", "remove", "edit", "prove"]) assert.equal(await page.locator(`[data-${way}]:visible`).count(), 0, way);
    await assertAccessible(page);
    await assertFits(page);
    await page.evaluate(() => (dispatchEvent(new Event("online")), navigator.serviceWorker.controller.postMessage({ type: "send" })));
    // Neither by the form that is kept for writing.
    await page.goto("/phan-anh/ngoai-tuyen");
    await page.locator("form[data-write]").waitFor();
    assert.equal(await page.locator("[name=content]").inputValue(), "");
    assert.equal(await arrived(page), 0, "nothing left under the other phone");
    await leave(page);
    await page.goto(BOX);
    await page.locator("[data-prove=code]").click();
    await types(page, mine);
    await page.waitForURL(/\/phan-anh\/hop-gui-di/);
    await says(page, "Đã gửi");
    assert.equal(await arrived(page), 1);
    await done();
  });

  test("who has proven no phone yet writes without a network, is led to a code, and it goes out after it, once (R2, R3)", async () => {
    const { net, page, done } = await somebody();
    net.down();
    await write(page);
    await says(page, "Chờ gửi");
    net.up();
    await says(page, "Chưa gửi được");
    await page.getByText("Cần xác nhận số điện thoại hoặc đăng nhập để gửi").waitFor();
    await assertAccessible(page);
    await assertFits(page);
    await page.locator("[data-prove=anyone]").click();
    await page.waitForURL(/\/phan-anh\/cach-gui/);
    await page.locator("[data-outbox]:not([hidden])").waitFor();
    await page.locator("a[href^='/phan-anh/khach']").click();
    await types(page, newPhone(), async () => {
      await page.reload();
      net.loseAnswerOf(/POST \/phan-anh\/hop-gui-di/);
    });
    await page.waitForURL(/\/phan-anh\/hop-gui-di/);
    await until(() => !net.isUp(), { what: "the break", timeout: 40_000 });
    await page.reload();
    net.up();
    await says(page, "Đã gửi");
    assert.equal(await arrived(page), 1, "what it was led to, and once");
    await done();
  });

  test("what nobody known wrote is closed to the next guest for good (R2, R3)", async () => {
    const { net, page, done } = await somebody();
    net.down();
    await write(page);
    await says(page, "Chờ gửi");
    const next = await page.context().newPage(); // another window, another day
    next.setDefaultTimeout(40_000);
    await page.goto("about:blank");
    net.up();
    const at = (path) => next.goto(`${net.url}${path}`);
    await at("/phan-anh/khach?next=/phan-anh/moi");
    await types(next, newPhone());
    await next.waitForURL(/\/phan-anh\/moi/);
    await at(BOX);
    await next.getByText("Phản ánh viết khi chưa đăng nhập", { exact: true }).first().waitFor();
    await next.getByText("trước khi có người dùng số điện thoại khác").waitFor();
    assert.equal(await next.getByText(WROTE).count(), 0);
    assert.equal(await next.locator("[data-again]:visible").count(), 0, "a guest takes over nothing unread");
    assert.equal(await arrived(next), 0);
    // Naming it in the address is not having asked for it.
    const [{ id }] = JSON.parse(await memory(next));
    await at(`${BOX}?gui=${id}`);
    await next.getByText("trước khi có người dùng số điện thoại khác").waitFor();
    await next.waitForURL((url) => url.search === "");
    assert.equal(await arrived(next), 0);
    await next.context().clearCookies(); // that proof is over, nobody left
    await at(BOX);
    await row(next).first().waitFor();
    await until(async () => (await next.getByText(WROTE).count()) === 0, { what: "the words to stay closed" });
    assert.equal(await next.locator("[data-prove]:visible").count(), 0, "no code of anybody opens it");
    await done();
  });

  test("who makes an account with the phone sends what the guest had kept (R2, R3)", async () => {
    const { net, page, done } = await somebody();
    const phone = newPhone();
    await proves(page, phone, "/phan-anh/moi");
    net.down();
    await write(page);
    await says(page, "Chờ gửi");
    net.refuse(/^POST \/phan-anh\/hop-gui-di /m);
    net.up();
    await page.goto("/dang-ky");
    await types(page, phone);
    await page.waitForURL(/\/dang-ky\/thong-tin/);
    await page.fill("input[name=full_name]", "Người Thử Nghiệm");
    await pickCommune(page);
    await page.fill("input[name=address]", "Thôn Thử");
    await page.fill("input[name=password]", "mot-mat-khau-that-dai");
    await press(page);
    await page.waitForURL((url) => !url.pathname.startsWith("/dang-ky/thong-tin"));
    await page.goto(BOX);
    await says(page, "Chờ gửi");
    net.refuse(null);
    await says(page, "Đã gửi");
    await page.goto("/phan-anh/cua-toi");
    await page.getByText(WROTE).first().waitFor();
    await done();
  });

  test("who deletes the own data leaves nothing on the phone, and another one's report stays (A12, R2, R3)", async () => {
    const { net, page, done } = await somebody();
    const [mine, theirs] = [newPhone(), newPhone()];
    await proves(page, theirs, "/phan-anh/moi");
    net.down();
    await write(page, "Rác đổ trộm sau nhà ông Tư");
    await says(page, "Chờ gửi");
    await page.context().clearCookies();
    net.up();
    await proves(page, mine, "/phan-anh/moi");
    net.refuse(/^POST \/phan-anh\/hop-gui-di /m);
    await write(page);
    await page.goto("/khach/du-lieu");
    await assertAccessible(page);
    await assertFits(page);
    const file = page.waitForEvent("download");
    await page.locator("button[value=json]").click();
    assert.match((await file).suggestedFilename(), /^du-lieu-ca-nhan-.*\.json$/);
    await page.locator("a[href='/khach/xoa']").click();
    await page.waitForURL(/\/khach\/xoa/);
    await page.check("input[name=sure]");
    await press(page);
    await page.waitForURL((url) => url.pathname === "/");
    await until(async () => !(await memory(page)).includes(WROTE), { what: "what was kept here to go" });
    assert.ok((await memory(page)).includes("ông Tư"), "another one's waits for its author");
    await done();
  });
});

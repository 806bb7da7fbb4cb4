// A phone that several people use: what one of them wrote and sent is no other one's business (R2).
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertAccessible } from "./lib/axe.mjs";
import { assertFits, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { startNetwork } from "./lib/weaknet.mjs";
import { newPerson } from "./screens/newcomer.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const SENT = "Đèn đường trước nhà bà Sáu không sáng";
const WAITS = "Rác đổ trộm sau nhà ông Tư";

/** Everything that lies in the phone's memory, as text. */
const memory = (page) =>
  page.evaluate(
    () =>
      new Promise((found) => {
        const ask = indexedDB.open("hop-gui-di");
        ask.onsuccess = () => (ask.result.transaction("items").objectStore("items").getAll().onsuccess = (event) => found(JSON.stringify(event.target.result)));
      }),
  );

async function write(page, words) {
  await page.goto("/phan-anh/ngoai-tuyen?moi");
  await page.locator("form[data-write]").waitFor();
  await page.locator("[name=category][value=ha-tang]").check();
  await page.fill("[name=content]", words);
  await page.selectOption("[name=commune]", { index: 1 });
  await page.fill("[name=words]", "Đầu ngõ");
  await page.locator("form[data-write] button.btn:not([type=button])").click();
  await page.waitForURL(/\/phan-anh\/hop-gui-di/);
  await page.locator("[data-outbox-page] li").first().waitFor();
}

async function signOut(page) {
  await page.goto("/dang-xuat");
  await page.locator("main form button.btn:not([name])").click();
  await page.waitForURL(/\/tai-khoan/);
}

test("of what was sent only its code stays; who signs out leaves nothing readable behind (R2)", async () => {
  const net = await startNetwork(demo.url);
  const page = await openPage(browser, { size: PHONE, base: net.url, serviceWorkers: "allow", allow: [/ERR_/, /Failed to load resource/, /Failed to fetch/] });
  await newPerson(demo)(page);
  await page.goto("/");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller);

  await write(page, SENT);
  const row = page.locator("[data-outbox-page] li");
  await row.locator(".tag", { hasText: "Đã gửi" }).waitFor({ timeout: 40_000 });
  assert.match(await page.locator("[data-code]").first().innerText(), /^PA-/);
  assert.ok(!(await memory(page)).includes("bà Sáu"), "the words are with the server, and no longer here");
  await assertAccessible(page);

  await page.goto("/phan-anh/ngoai-tuyen?moi");
  net.down();
  await write(page, WAITS);
  await row.locator(".tag", { hasText: "Chờ gửi" }).waitFor();
  // The page of signing out says what still waits; here nothing can be sent.
  net.refuse(/^(GET \/phan-anh\/hop-gui-di\/phien|POST \/phan-anh\/hop-gui-di) /m);
  net.up();
  await page.goto("/dang-xuat");
  await page.locator("[data-outbox]:not([hidden])").waitFor();
  assert.match(await page.locator("[data-outbox]").innerText(), /Còn 1 phản ánh chưa gửi[\s\S]*Hộp gửi đi/);
  await assertAccessible(page);
  await assertFits(page);
  await signOut(page);
  net.refuse(null);
  await page.goto("/phan-anh/hop-gui-di");
  await page.getByText("Phản ánh của tài khoản khác", { exact: true }).first().waitFor();
  const words = await page.locator("main").innerText();
  assert.ok(!words.includes("ông Tư") && !words.includes("PA-"), `neither what waits nor what was sent: ${words}`);
  await until(async () => JSON.parse(await memory(page)).length === 1, { what: "what was sent to go" });
  const left = JSON.parse(await memory(page));
  assert.deepEqual(left.map((item) => item.state), ["failed"], "what was sent has gone, what waits is still there for its author");
  await page.done();
  await net.stop();
});

test("what somebody wrote before signing in is not read by the next person who does (R2)", async () => {
  const page = await openPage(browser, { size: PHONE, base: demo.url, serviceWorkers: "allow" });
  await write(page, WAITS);
  await page.getByText(WAITS).first().waitFor();
  const next = await page.context().newPage(); // another window, another day
  await page.close();
  await newPerson(demo)(next);
  await next.goto("/phan-anh/hop-gui-di");
  await next.getByText("Phản ánh viết khi chưa đăng nhập", { exact: true }).first().waitFor();
  await next.locator("[data-why]:visible", { hasText: "Nếu là của Ông/Bà" }).first().waitFor();
  assert.equal(await next.getByText(WAITS).count(), 0);
  assert.equal(await next.locator("[data-again]:visible").count(), 1, "its author can still send it");
  await signOut(next);
  await next.goto("/phan-anh/hop-gui-di");
  await next.locator("[data-outbox-page] li").first().waitFor();
  await until(async () => (await next.getByText(WAITS).count()) === 0, { what: "the words to go; whoever comes after that does not read them either" });
  await next.context().close();
});

// Weak networks (R2): a report that is written without a network, or whose network breaks before, during or after sending, arrives, and
// arrives once; whatever is reloaded in between, in however many tabs, signed in or not.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { deflateSync } from "node:zlib";
import { after, describe, test } from "node:test";
import { assertAccessible } from "./lib/axe.mjs";
import { assertFits, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { press } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { newPhone, photo } from "./lib/steps.mjs";
import { startNetwork } from "./lib/weaknet.mjs";
import { newPerson, pickCommune } from "./screens/newcomer.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const WROTE = "Nắp cống vỡ trước cổng trường";
/** What a browser says about a network that breaks. */
const BREAKS = [/ERR_/, /Failed to load resource/, /Failed to fetch/, /NetworkError/];

/** A picture that does not shrink to nothing: noise, about a megabyte as JPEG. */
function heavyPhoto() {
  const plain = photo({ name: "nang.png", width: 1200, height: 900 });
  const [width, height] = [1200, 900];
  const rows = Buffer.concat(Array.from({ length: height }, () => Buffer.concat([Buffer.from([0]), randomBytes(width * 3)])));
  const data = deflateSync(rows, { level: 1 });
  // The same file with other pixels: its header is kept, the checksum is that of the new data.
  const body = Buffer.concat([Buffer.from("IDAT"), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return { ...plain, buffer: Buffer.concat([plain.buffer.subarray(0, 33), chunk, plain.buffer.subarray(-12)]) };
}
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

/** Somebody who registered a moment ago, on a phone whose service worker is ready, behind a network of its own. */
async function somebody(phone = newPhone()) {
  const net = await startNetwork(demo.url);
  const page = await openPage(browser, { size: PHONE, base: net.url, serviceWorkers: "allow", allow: BREAKS });
  await newPerson(demo, phone)(page);
  await page.goto("/");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  const done = async () => {
    await page.done();
    await net.stop();
  };
  return { net, page, done };
}

/** What the server has of this person: titles and photos, asked around the broken network. */
async function arrived(page) {
  const cookies = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const ask = async (path) => (await fetch(`${demo.url}${path}`, { headers: { cookie: cookies } })).json();
  const mine = await ask("/api/v1/me/reports");
  return Promise.all(mine.map(async ({ code }) => ask(`/api/v1/reports/${code}`)));
}
async function assertOne(page, photos) {
  const reports = await arrived(page);
  assert.deepEqual(reports.map((r) => [r.title, r.photos.length]), [[WROTE, photos]], "exactly one report arrived, whole");
}

const tag = (page, words) => page.locator("[data-outbox-page] .tag", { hasText: words });
/** Waits until the outbox says so; it looks at the network by itself every quarter of a minute. */
const says = (page, words) => tag(page, words).first().waitFor({ timeout: 40_000 });

/** The five questions on one page. */
async function writeWithout(page, { files = [photo({ name: "mot.png" })] } = {}) {
  await page.locator("form[data-write]").waitFor();
  if (!(await page.locator("[name=category]:checked").count())) await page.locator("[name=category][value=ha-tang]").check();
  if (!(await page.locator("[name=content]").inputValue())) await page.fill("[name=content]", WROTE);
  if (files.length > 0 && (await page.locator(".upload__item").count()) === 0) {
    await page.locator("#w-photo").setInputFiles(files);
    await page.waitForFunction((n) => document.querySelectorAll(".upload__item").length === n, files.length);
  }
  if (!(await page.locator("[name=commune]").inputValue())) await page.selectOption("[name=commune]", { index: 1 });
  if (!(await page.locator("[name=words]").inputValue())) await page.fill("[name=words]", "Trước cổng trường");
}
async function intoTheBox(page) {
  await page.locator("form[data-write] button.btn:not([type=button])").click();
  await page.waitForURL(/\/phan-anh\/hop-gui-di/);
  await page.locator("[data-outbox-page] li").first().waitFor();
}

/** Waits until the phone has a copy of what is written for which this holds. */
async function written(page, holds) {
  const kept = () =>
    page.evaluate(async () => {
      if (!(await indexedDB.databases()).some(({ name }) => name === "hop-gui-di")) return [];
      return new Promise((found) => {
        const ask = indexedDB.open("hop-gui-di");
        ask.onsuccess = () => {
          const all = ask.result.transaction("drafts").objectStore("drafts").getAll();
          all.onsuccess = () => (ask.result.close(), found(all.result.map((draft) => ({ ...draft, photos: draft.photos.length }))));
        };
      });
    });
  await until(async () => (await kept()).some(holds), { what: "the phone's copy" });
}
const KEPT = {
  category: (draft) => draft.category === "ha-tang",
  content: (draft) => draft.content === WROTE,
  photos: (draft) => draft.photos === 1,
  place: (draft) => draft.address === "Trước cổng trường" && draft.commune !== "",
  check: () => true,
};

/** The wizard, step by step, until `breaks`, where the network is gone. */
const STEPS = {
  category: async (page) => page.locator("input[name=category][value=ha-tang]").check(),
  content: async (page) => page.fill("textarea[name=content]", WROTE),
  photos: async (page) => {
    await page.locator("#f-photo").setInputFiles([photo({ name: "mot.png" })]);
    await page.waitForFunction(() => document.querySelectorAll(".upload__item progress:not([hidden])").length === 0 && document.querySelectorAll(".upload__item").length === 1);
  },
  place: async (page) => {
    await pickCommune(page);
    await page.fill("input[name=words]", "Trước cổng trường");
  },
  check: async () => {},
};

// Each waits a quarter of a minute for the box to look at the network again: beside each other.
describe("the network is gone in the wizard", { concurrency: 3 }, () => {
  for (const breaks of Object.keys(STEPS)) {
    test(`the network is gone at the step "${breaks}" of the wizard: it is finished without one and sent later (R2)`, async () => {
      const { net, page, done } = await somebody();
      await page.goto("/phan-anh/moi");
      for (const [name, fill] of Object.entries(STEPS)) {
        if (name === breaks && name !== "place") net.down();
        await fill(page);
        if (name === breaks) {
          await written(page, KEPT[breaks]); // a moment later
          net.down();
          await page.locator("main form:not([data-x]) button.btn:not([type=button]):not([name]):visible").last().click();
          break;
        }
        // The next step is there before the network goes: else it is this step that breaks.
        const here = page.url();
        await press(page);
        await page.waitForURL((url) => url.href !== here);
      }
      await page.waitForURL(/\/phan-anh\/ngoai-tuyen/);
      await page.locator("form[data-write]").waitFor(); // shown once it knows what was written
      const known = Object.keys(STEPS).indexOf(breaks);
      assert.equal(await page.locator("[name=category][value=ha-tang]").isChecked(), true, "the category is not asked again");
      if (known >= 1) assert.equal(await page.locator("[name=content]").inputValue(), WROTE, "nor what happened");
      if (known >= 2) await page.locator(".upload__item").waitFor();
      if (known >= 3) assert.equal(await page.locator("[name=words]").inputValue(), "Trước cổng trường");
      await assertAccessible(page);
      await assertFits(page);
      await writeWithout(page);
      await written(page, (draft) => [KEPT.category, KEPT.content, KEPT.photos, KEPT.place].every((holds) => holds(draft)));
      await page.reload();
      await page.locator("form[data-write]").waitFor();
      assert.equal(await page.locator("[name=category][value=ha-tang]").isChecked(), true, "nothing is lost by it");
      assert.equal(await page.locator("[name=content]").inputValue(), WROTE);
      assert.equal(await page.locator(".upload__item").count(), 1);
      assert.notEqual(await page.locator("[name=commune]").inputValue(), "");
      assert.equal(await page.locator("[name=words]").inputValue(), "Trước cổng trường");
      await intoTheBox(page);
      await says(page, "Chờ gửi");
      await page.reload();
      await says(page, "Chờ gửi");
      await assertAccessible(page);
      await assertFits(page);
      assert.equal((await arrived(page)).length, 0);
      net.up();
      await says(page, "Đã gửi");
      assert.match(await page.locator("[data-code]").first().innerText(), /^PA-/);
      await assertOne(page, 1);
      await done();
    });
  }
});

test("the network breaks in the middle of a photo: it goes on where it broke (R2)", async () => {
  const { net, page, done } = await somebody();
  await page.goto("/phan-anh/ngoai-tuyen");
  await writeWithout(page, { files: [heavyPhoto()] });
  const size = await page.evaluate(
    () => new Promise((found) => {
      const ask = indexedDB.open("hop-gui-di");
      ask.onsuccess = () => (ask.result.transaction("drafts").objectStore("drafts").getAll().onsuccess = (event) => found(event.target.result[0]?.photos[0]?.blob.size ?? 0));
    }),
  );
  assert.ok(size > 300_000, `the photo is heavy: ${size} bytes`);
  net.cutIn(/^upload-offset: 262144/im, 60_000);
  await intoTheBox(page);
  await until(() => !net.isUp(), { what: "the break" });
  await says(page, "Chờ gửi");
  await page.reload();
  net.count();
  net.up();
  await says(page, "Đã gửi");
  assert.ok(net.counted() < size - 262_144 + 40_000, `only the rest was sent: ${net.counted()} of ${size} bytes`);
  await assertOne(page, 1);
  await done();
});

test("the report arrives and the answer is lost: it is not sent twice (R2)", async () => {
  const { net, page, done } = await somebody();
  await page.goto("/phan-anh/ngoai-tuyen");
  await writeWithout(page);
  net.loseAnswerOf(/POST \/phan-anh\/hop-gui-di/);
  await intoTheBox(page);
  await until(() => !net.isUp(), { what: "the break" });
  await says(page, "Chờ gửi");
  await assertOne(page, 1);
  await page.reload();
  net.up();
  await says(page, "Đã gửi");
  await assertOne(page, 1);
  await done();
});

test("the wizard's last step arrives and its answer is lost: finishing without a network is the same report (R2)", async () => {
  const { net, page, done } = await somebody();
  await page.goto("/phan-anh/moi");
  for (const [name, fill] of Object.entries(STEPS)) {
    await fill(page);
    if (name !== "check") await press(page);
  }
  await page.waitForURL(/\/kiem-tra/);
  net.loseAnswerOf(/POST \S+\/kiem-tra/);
  await page.locator("main form button.btn:visible").last().click();
  await page.waitForURL(/\/phan-anh\/ngoai-tuyen/);
  await assertOne(page, 1);
  await writeWithout(page);
  await intoTheBox(page);
  net.up();
  await says(page, "Đã gửi");
  await assertOne(page, 1);
  await done();
});

test("two tabs and the worker send what waits at one moment: one report arrives (R2)", async () => {
  const { net, page, done } = await somebody();
  net.down();
  await page.goto("/phan-anh/moi");
  await writeWithout(page);
  await intoTheBox(page);
  const second = await page.context().newPage();
  await second.goto(`${net.url}/phan-anh/hop-gui-di`);
  await says(page, "Chờ gửi");
  await says(second, "Chờ gửi");
  net.up();
  const poke = (tab) => tab.evaluate(() => (dispatchEvent(new Event("online")), navigator.serviceWorker.controller.postMessage({ type: "send" }), document.querySelector("[data-again]")?.click()));
  await Promise.all([poke(page), poke(second)]);
  await says(page, "Đã gửi");
  await says(second, "Đã gửi");
  await assertOne(page, 1);
  await done();
});

test("signing out keeps the report; it leaves under its author's name and no other (R2)", async () => {
  const phone = newPhone();
  const { net, page, done } = await somebody(phone);
  await page.goto("/phan-anh/ngoai-tuyen");
  net.down();
  await writeWithout(page);
  await intoTheBox(page);
  await says(page, "Chờ gửi");
  // The browser forgets the session as if its time were over; then somebody else uses the phone.
  await page.context().clearCookies();
  net.up();
  await says(page, "Chưa gửi được");
  await page.getByText("Cần đăng nhập để gửi").waitFor();
  await assertAccessible(page);
  await newPerson(demo)(page);
  await page.goto("/phan-anh/hop-gui-di");
  await page.getByText("Phản ánh của tài khoản khác", { exact: true }).first().waitFor();
  assert.equal(await page.getByText(WROTE).count(), 0, "the other person does not read it");
  assert.equal((await arrived(page)).length, 0);
  await page.goto("/dang-xuat");
  await page.locator("main form button.btn:not([name])").click();
  await page.waitForURL(/\/tai-khoan/);
  await page.goto("/phan-anh/hop-gui-di");
  await says(page, "Chưa gửi được");
  // The author comes back: now it goes by itself.
  await page.goto("/dang-nhap?next=/phan-anh/hop-gui-di");
  await page.fill("input[name=login]", phone);
  await page.fill("input[name=password]", "mot-mat-khau-that-dai");
  await press(page);
  await page.waitForURL(/\/phan-anh\/hop-gui-di/);
  await says(page, "Đã gửi");
  assert.match(await page.locator("[data-code]").first().innerText(), /^PA-/);
  await assertOne(page, 1);
  await done();
});

test("what is not filled in is said beside its field, without a network too (R2)", async () => {
  const { net, page, done } = await somebody();
  await page.goto("/phan-anh/ngoai-tuyen");
  net.down();
  await page.locator("form[data-write] button.btn:not([type=button])").click();
  const summary = page.getByRole("alert").first();
  await summary.waitFor();
  assert.match(await summary.innerText(), /Chọn loại sự việc[\s\S]*chuyện gì xảy ra/);
  await assertAccessible(page);
  // What a category asks and must know is asked here, too, and only for that category.
  await page.locator("[name=category][value=thu-tuc-hanh-chinh]").check();
  await page.locator("[name=a-khau]").first().waitFor();
  await page.locator("form[data-write] button.btn:not([type=button])").click();
  assert.match(await summary.innerText(), /Hãy trả lời: Ông\/Bà gặp khó ở khâu nào/);
  await page.locator("[name=category][value=ha-tang]").check();
  assert.equal(await page.locator("[name=a-khau]:visible").count(), 0);
  await page.fill("[name=content]", "<img src=x onerror=alert(1)> & \"'");
  await page.locator("[name=category][value=ha-tang]").check();
  await page.selectOption("[name=commune]", { index: 2 });
  await page.fill("[name=words]", "<b>đậm</b>");
  await intoTheBox(page);
  assert.equal(await page.locator("[data-outbox-page] img, [data-outbox-page] li b b").count(), 0, "text stays text");
  // Thrown away after being asked once.
  await page.locator("[data-remove]").click();
  await page.locator("dialog button[value=no]").click();
  assert.equal(await page.locator("[data-outbox-page] li").count(), 1);
  await page.locator("[data-remove]").click();
  await page.locator("dialog button[value=yes]").click();
  await page.locator("[data-empty]:visible").waitFor();
  await done();
});

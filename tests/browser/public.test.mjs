// What only a script can show: an open map that follows what the desk does, the place that a person watches, and a photo that is
// covered by keyboard. Each is looked at from the other side: what the public sees afterwards.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible } from "./lib/axe.mjs";
import { assertFits, DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { citizen, PASSWORD, press, staff } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
let desk;

before(async () => {
  desk = await openPage(browser, { size: DESKTOP, base: demo.url });
  await staff("lanhdao")(desk);
});
after(() => desk?.context().close());

/** A report with a place, sent by a program; its code. */
async function sent(content) {
  const post = (path, body, headers) => fetch(`${demo.url}${path}`, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
  const session = await post("/api/v1/sessions", { login: "0999000001", password: PASSWORD });
  const { token } = await session.json();
  const answer = await post("/api/v1/reports", { category: "ha-tang", title: "", content, commune: "18880", address: "Trước cổng trường", lat: 17.45269, lon: 106.63123 }, { Authorization: `Bearer ${token}` });
  assert.equal(answer.status, 201, await answer.clone().text());
  return (await answer.json()).code;
}

/** The page learns that somebody looks at it again, as after a change of the window. */
const lookedAt = (page) => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));

test("an open map shows what was accepted at the desk a moment ago, and how it went on (R10)", async () => {
  const code = await sent("Nắp cống vỡ, bản đồ phải thấy");
  const page = await openPage(browser, { size: DESKTOP, base: demo.url });
  await page.goto("/phan-anh/ban-do?loai=ha-tang&trang-thai=dang");
  await page.waitForSelector("[data-map=live] .leaflet-marker-icon");
  const shown = async () => Number((await page.locator("[data-map=live] [data-status]").innerText()).replace(/\D/g, ""));
  await until(shown, { what: "the number of reports in view" });
  const before = await shown();
  const asked = page.waitForResponse(/phan-anh\.geojson/);
  await lookedAt(page);
  assert.equal((await asked).status(), 304, "an unchanged picture is not sent again");
  assert.equal(await shown(), before);

  await desk.goto(`/can-bo/phan-anh/${code}`);
  const act = async (name, words) => {
    const form = desk.locator(`#lam-${name}`);
    if ((await form.getAttribute("open")) === null) await form.locator("summary").click();
    if (words) await form.locator("textarea").first().fill(words);
    await form.locator("button.btn:not([name])").click();
    await desk.waitForLoadState("load");
  };
  await act("accept");
  await lookedAt(page);
  await until(async () => (await shown()) === before + 1, { what: "the new report on the map" });
  await assertAccessible(page);
  await assertFits(page);
  await act("resolve", "Đã thay nắp cống.");
  await lookedAt(page);
  await until(async () => (await shown()) === before, { what: "the finished report off the map of what is open" });
  await page.done();
});

test("a place is chosen on the map by keyboard and watched (R10)", async () => {
  const page = await openPage(browser, { size: PHONE, base: demo.url });
  await citizen("0999000002")(page);
  await page.goto("/tai-khoan/quanh-day/moi?loai=ha-tang");
  await page.getByRole("link", { name: "Quanh một điểm" }).press("Enter");
  await page.waitForURL(/noi=diem/);
  assert.equal(await page.locator("select[name=loai]").inputValue(), "ha-tang", "what was chosen goes along");
  assert.equal(await page.locator("[name=commune_text]").count(), 0, "one kind of place at a time");
  await page.waitForSelector("[data-canvas].leaflet-container");
  await page.locator("[data-pin-here]").press("Enter");
  await page.waitForSelector(".map-pin");
  await until(async () => Number(await page.inputValue("input[name=lat]")) > 16, { what: "the chosen place" });
  await page.selectOption("select[name=radius]", "500");
  await assertAccessible(page);
  await assertFits(page);
  await press(page);
  await page.waitForURL(/\/tai-khoan\/quanh-day$/);
  assert.match(await page.locator("main").innerText(), /500 m quanh một điểm/);
  await page.getByRole("button", { name: /Thôi theo dõi 500 m/ }).first().press("Enter");
  await page.waitForLoadState("load");
  assert.doesNotMatch(await page.locator("main").innerText(), /500 m quanh một điểm/);
  await page.done();
});

/** Red, green and blue of a picture in its middle, as everybody gets it. */
const middle = (page, source) =>
  page.evaluate(async (source) => {
    const picture = await createImageBitmap(await (await fetch(source, { cache: "no-store" })).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    canvas.drawImage(picture, 0, 0);
    return [...canvas.getImageData(Math.floor(picture.width / 2), Math.floor(picture.height * 0.45), 1, 1).data.slice(0, 3)];
  }, source);

test("a part of a photo is covered by keyboard alone, and everybody sees it covered at the same address (R10)", async () => {
  await desk.goto("/can-bo/phan-anh?muc=bi-bao");
  await desk.goto(await desk.locator("main tbody a[href^='/can-bo/phan-anh/']").first().getAttribute("href"));
  const editor = await desk.locator("main a[href*='/anh/'][href^='/can-bo/phan-anh/']").first().getAttribute("href");
  const [, code, photo] = /\/phan-anh\/(\d{10})\/anh\/([0-9a-f-]{36})/.exec(editor);
  const page = await openPage(browser, { size: PHONE, base: demo.url });
  await page.goto(`/phan-anh/${code}`);
  const source = await page.locator(`.photos img[src*="${photo}"]`).first().getAttribute("src");
  const plain = await middle(page, source);
  assert.ok(Math.max(...plain) > 40, `the middle of the photo is not black before: ${plain}`);

  await desk.goto(editor);
  await desk.locator("[data-add]").press("Enter");
  const box = desk.locator(".cover__box").last();
  await until(() => box.evaluate((element) => element === document.activeElement), { what: "the focus on the new box" });
  const numbers = () => Promise.all(["x", "y", "w", "h"].map((name) => desk.locator(`[data-row] [name=${name}]`).last().inputValue().then(Number)));
  assert.deepEqual(await numbers(), [40, 40, 20, 15]);
  await desk.keyboard.press("ArrowLeft");
  await desk.keyboard.press("ArrowUp");
  for (let n = 0; n < 3; n++) await desk.keyboard.press("Shift+ArrowRight");
  assert.deepEqual(await numbers(), [39, 39, 23, 15], "the keys move it and make it wider, the numbers say so");
  await assertAccessible(desk);
  await assertFits(desk);
  await desk.locator("form[data-cover] .actions button.btn:not([name]):not([type=button])").press("Enter");
  await desk.waitForURL(new RegExp(`/can-bo/phan-anh/${code}(\\?|#|$)`));

  assert.ok(Math.max(...(await middle(page, source))) < 25, "black where the box was, under the address that people have");
  await page.reload();
  await page.locator(`.photos img[src*="${photo}"]`).first().waitFor();
  await page.done();
});

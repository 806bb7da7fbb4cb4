// A video from the file input to the player (R1): a film that plays is sent in pieces, plays on the author's page and at the desk, has lost
// its place, and is nobody else's. With scripts and without.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible } from "./lib/axe.mjs";
import { assertFits, DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { film, PLACE } from "./lib/film.mjs";
import { citizen, press, staff } from "./lib/people.mjs";
import { useDemo } from "./lib/server.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
let recorded;

before(async () => {
  const page = await openPage(browser, { size: DESKTOP, base: demo.url });
  await page.goto("/");
  recorded = await film(page);
  await page.done();
});

async function good(page) {
  await assertAccessible(page);
  await assertFits(page);
}

/** The wizard up to its third step. */
async function toPhotos(page) {
  await page.goto("/phan-anh/moi?viet-moi=1");
  await page.locator("input[name=category][value=ha-tang]").check();
  await press(page);
  await page.waitForURL(/\/noi-dung/);
  await page.fill("textarea[name=content]", "Nắp cống vỡ trước cổng trường\nNước chảy xiết, xem video.");
  await press(page);
  await page.waitForURL(/\/anh/);
}

/** The rest of the wizard; answers the report's code. */
async function send(page) {
  await press(page);
  await page.waitForURL(/\/noi-xay-ra/);
  const offered = page.locator("input[name=pick]");
  if ((await offered.count()) > 0) await offered.first().check();
  await page.fill("input[name=words]", "Trước cổng trường tiểu học");
  await press(page);
  await page.waitForURL(/\/kiem-tra/);
  assert.match(await page.locator("main").innerText(), /duong\.mp4/);
  await good(page);
  await press(page);
  await page.waitForURL(/\/da-gui/);
  return /\d{10}/.exec(page.url())[0];
}

/** Presses play, as a person would, and waits until pictures come. */
async function plays(page) {
  const video = page.locator("video");
  await video.evaluate((player) => { player.muted = true; return player.play(); });
  await page.waitForFunction(() => document.querySelector("video").currentTime > 0.3);
  assert.deepEqual(await video.evaluate((player) => [player.videoWidth, player.videoHeight, player.error]), [320, 180, null]);
}

test("a video goes up in pieces, plays for its author and at the desk, and says no place (R1 R2)", async () => {
  assert.ok(recorded.buffer.includes(PLACE), "the phone wrote where it was");
  const page = await openPage(browser, { size: PHONE, base: demo.url });
  await citizen("0999000002")(page);
  await toPhotos(page);
  const asked = [];
  page.on("request", (request) => request.method() === "GET" || asked.push(`${request.method()} ${new URL(request.url()).pathname.slice(0, 9)}`));
  await page.locator("#f-video").setInputFiles({ name: "nang.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(30 * 1024 * 1024 + 1) });
  await page.locator("#f-video-e").waitFor();
  assert.match(await page.locator("#f-video-e").innerText(), /nang\.mp4: video nặng quá 30 MB/);
  assert.deepEqual(asked, [], "what is too heavy is not sent");
  await page.locator("#f-video").setInputFiles({ name: "chu.mp4", mimeType: "video/mp4", buffer: Buffer.from("không phải video") });
  await page.locator(".upload__item--error").waitFor();
  assert.match(await page.locator(".upload__item--error").innerText(), /Không phải video MP4/);
  await good(page);
  await page.locator(".upload__item--error [data-remove]").click();
  await page.locator("#f-video").setInputFiles(recorded);
  await page.waitForFunction(() => document.querySelectorAll(".upload__item").length === 1 && document.querySelectorAll(".upload__item progress:not([hidden])").length === 0);
  assert.ok(asked.includes("PATCH /tai-len/"), asked.join());
  await good(page);
  const code = await send(page);
  await page.goto(`/phan-anh/${code}`);
  await good(page);
  await plays(page);
  const address = await page.locator("video").getAttribute("src");
  const stored = await page.evaluate(async (address) => [...new Uint8Array(await (await fetch(address)).arrayBuffer())], address);
  assert.equal(stored.length, recorded.buffer.length);
  assert.ok(!Buffer.from(stored).includes(PLACE), "the place is gone");
  assert.equal((await fetch(demo.url + address)).status, 404, "nobody else's");
  await page.done();

  const desk = await openPage(browser, { size: DESKTOP, base: demo.url });
  await staff("dieuphoi")(desk);
  await desk.goto(`/can-bo/phan-anh/${code}`);
  await good(desk);
  await plays(desk);
  await desk.done();
});

test("without scripts a video travels with the form (R1 X2)", async () => {
  const page = await openPage(browser, { size: PHONE, js: false, base: demo.url });
  await citizen("0999000002")(page);
  await toPhotos(page);
  await page.locator("#f-video").setInputFiles({ name: "chu.mp4", mimeType: "video/mp4", buffer: Buffer.from("không phải video") });
  await press(page);
  assert.match(await page.locator("[data-error-summary]").innerText(), /chu\.mp4: không phải video MP4/);
  await page.locator("#f-video").setInputFiles(recorded);
  const code = await send(page);
  await page.goto(`/phan-anh/${code}`);
  assert.match(await page.locator(".film").innerText(), /Chỉ cán bộ xử lý và Ông\/Bà xem được/);
  await page.done();
});

// «Xác thực thông tin cá nhân» (A7): the code of a card by camera, photo and typing, with scripts and without; and whatever may go wrong.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import { CHROMIUM_FLAGS, DESKTOP, findChromium, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { codeFilm, codePhoto } from "./lib/code.mjs";
import { good, strangers } from "./lib/elsewhere.mjs";
import { press } from "./lib/people.mjs";
import { useDemo } from "./lib/server.mjs";
import { photo } from "./lib/steps.mjs";
import { newPerson } from "./screens/newcomer.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const PAGE = "/tai-khoan/xac-thuc";
const PHOTO = `form[action="${PAGE}/anh"]`;
const NAME = "Nguyễn Thị Ví Dụ";

// Real numbers begin with a province's code and never with 000.
let count = 900_000 + Math.floor(Math.random() * 90_000);
const stranger = () => ({ number: `000189${++count}`, name: NAME, birth: "21/03/1989", sex: "Nữ" });
const codeOf = ({ number, name, birth, sex }) => `${number}||${name}|${birth.replaceAll("/", "")}|${sex}|Thôn 3, Xã Ví Dụ|10052021||||`;

async function newcomer(options, on = browser) {
  const first = await openPage(on, { base: demo.url });
  await newPerson(demo)(first);
  const storageState = await first.context().storageState();
  await first.done();
  const page = await openPage(on, { base: demo.url, storageState, ...options });
  await page.goto("/tai-khoan");
  await page.getByRole("link", { name: "Xác thực thông tin cá nhân" }).click();
  await page.waitForURL(`**${PAGE}`);
  return page;
}

async function sendPhoto(page, file) {
  await page.setInputFiles(`${PHOTO} input[type=file]`, file);
  await page.locator(`${PHOTO} button`).click();
}

const words = (page) => page.locator("main").innerText();

for (const { js, size } of [{ js: true, size: PHONE }, { js: false, size: PHONE }, { js: false, size: DESKTOP }]) {
  test(`a photo of the code is read, checked and answered: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (A7)`, async () => {
    const page = await newcomer({ js, size });
    await good(page);
    assert.equal(await page.locator("[data-scan]").isVisible(), js, "the camera needs a script");
    const sent = [];
    page.on("request", (request) => request.url().endsWith("/anh") && sent.push(request.url()));
    const person = stranger();
    await sendPhoto(page, codePhoto(codeOf(person)));
    await page.waitForURL(/\/kiem-tra/);
    assert.equal(sent.length, js ? 0 : 1, "with a script the photo stays on the phone");
    const shown = await words(page);
    for (const word of [NAME, `000***${person.number.slice(9)}`, person.birth, "Nữ", "10/05/2021"]) assert.ok(shown.includes(word), `${word}: ${shown}`);
    assert.ok(!(await page.content()).includes(person.number), "masked");
    await good(page);
    await press(page);
    await page.waitForURL(/\/ket-qua/);
    await good(page);
    assert.match(await words(page), demo.registry ? /Không có số định danh này/ : /Đã đối chiếu mã QR/);
    await page.goto(PAGE);
    await good(page);
    assert.match(await words(page), demo.registry ? /Chưa xác thực/ : /Thông tin đọc từ thẻ/);
    await page.done();
  });
}

test("what is no card is refused with what to do now (A7)", async () => {
  for (const js of [true, false]) {
    const page = await newcomer({ js });
    const refused = async (file, said) => {
      await sendPhoto(page, file);
      // The page before may still show its own fault.
      await page.locator("[data-error-summary]").filter({ hasText: said }).waitFor();
      await good(page);
    };
    await refused(codePhoto("https://example.vn/thuc-don"), /không phải mã QR của thẻ Căn cước/);
    await refused(photo(), /Không đọc được mã QR nào/);
    await refused({ name: "the.jpg", mimeType: "image/jpeg", buffer: Buffer.from("%PDF-1.7") }, /không phải ảnh JPEG/);
    await refused(codePhoto(codeOf(stranger()).slice(0, 40)), /bị mất một phần/);
    await refused(codePhoto(codeOf({ ...stranger(), birth: "21/03/1990" })), /Năm sinh không khớp/);
    await page.goto(`${PAGE}/kiem-tra`);
    await page.waitForURL(/het-han/);
    assert.match(await words(page), /Hãy quét lại thẻ/);
    await page.done();
  }
});

test("typed fields are named one by one when they are wrong (A7)", async () => {
  const page = await newcomer({ js: false });
  await page.goto(`${PAGE}/nhap`);
  await good(page);
  await page.fill("input[name=number]", "191234567");
  await page.fill("input[name=birth]", "31/02/1989");
  await press(page, "main form");
  assert.match(await words(page), /chứng minh nhân dân cũ[\s\S]*Ngày sinh chưa đúng[\s\S]*Chọn Nam hoặc Nữ/);
  await good(page);
  const person = stranger();
  await page.fill("input[name=number]", person.number);
  await page.fill("input[name=full_name]", person.name);
  await page.fill("input[name=birth]", "21.3.1989");
  await page.locator("input[name=sex][value=female]").check();
  await page.fill("input[name=issued]", "10/05/2021");
  await press(page, "main form");
  await page.waitForURL(/\/kiem-tra/);
  await press(page);
  await page.waitForURL(/\/ket-qua/);
  assert.match(await words(page), demo.registry ? /Không có số định danh này/ : /Chưa xác thực được ở đây/);
  await good(page);
  await page.done();
});

test("the camera is asked for after a press, reads the code, and is let go (A7)", async () => {
  const folder = await mkdtemp(join(tmpdir(), "card-"));
  after(() => rm(folder, { recursive: true, force: true }));
  const film = join(folder, "card.y4m");
  await writeFile(film, codeFilm(codeOf(stranger())));
  const flags = ["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`];
  const own = await chromium.launch({ executablePath: findChromium({ camera: true }), headless: true, args: [...CHROMIUM_FLAGS, ...flags] });
  after(() => own.close());
  for (const builtIn of [false, true]) {
    const page = await newcomer({ permissions: ["camera"] }, own); // the only one that may
    // Linux has no detector of codes; phones do. This one stands for theirs and says what it was shown once.
    const text = codeOf(stranger());
    if (builtIn)
      await page.addInitScript((text) => {
        window.BarcodeDetector = class {
          static getSupportedFormats = async () => ["qr_code"];
          detect = async (source) => (source.videoWidth ? [{ rawValue: text }] : []);
        };
      }, text);
    await page.addInitScript(() => {
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wanted) => {
        const stream = await open(wanted);
        const tracks = stream.getTracks();
        addEventListener("pagehide", () => localStorage.setItem("ended", String(tracks.every((track) => track.readyState === "ended"))));
        return stream;
      };
    });
    await page.reload();
    assert.equal(await page.locator("video").isVisible(), false, "not before a press");
    await page.locator("[data-scan-open]").click();
    await page.waitForURL(/\/kiem-tra/, { timeout: 30_000 });
    assert.match(await words(page), new RegExp(NAME));
    assert.equal(await page.evaluate(() => localStorage.getItem("ended")), "true", "the camera's light is off");
    await page.done();
  }
});

test("who says no to the camera is told what else there is (A7)", async () => {
  const page = await newcomer({});
  await page.locator("[data-scan-open]").click();
  await page.locator("[data-scan] [role=status]").filter({ hasText: /ảnh chụp ở dưới/ }).waitFor();
  assert.equal(await page.locator("video").isVisible(), false);
  await good(page);
  await page.done();
});

test("the registry's word verifies an account, and its card is nobody else's (A7, A18)", { skip: !demo.registry && "no registry in this demo" }, async () => {
  // The registry knows the people of VNeID.
  const { number, name, born } = (await strangers(demo, "card"))();
  const person = { number, name, birth: born, sex: Number(number[3]) % 2 ? "Nữ" : "Nam" };
  const page = await newcomer({});
  await sendPhoto(page, codePhoto(codeOf({ ...person, name: `${person.name} Khác` })));
  await page.waitForURL(/\/kiem-tra/);
  await press(page);
  await page.waitForURL(/\/ket-qua/);
  assert.match(await words(page), /Thông tin chưa khớp[\s\S]*Họ và tên\s+Không khớp/);
  await good(page);
  await page.goto(PAGE);
  await sendPhoto(page, codePhoto(codeOf(person)));
  await page.waitForURL(/\/kiem-tra/);
  assert.match(await words(page), /Họ tên trên thẻ khác/);
  await press(page);
  await page.waitForURL(/\/ket-qua/);
  assert.match(await words(page), /Đã xác thực thông tin cá nhân/);
  await good(page);
  await page.goto("/tai-khoan");
  assert.match(await words(page), /Đã xác thực danh tính/);
  await page.goto(PAGE);
  await good(page);
  assert.match(await words(page), /Cơ sở dữ liệu quốc gia về dân cư xác nhận lúc/);
  await page.goto("/tai-khoan/hoat-dong");
  assert.match(await words(page), /Trả lời: khớp/);
  await good(page);
  await page.done();

  const other = await newcomer({ js: false, size: DESKTOP });
  await sendPhoto(other, codePhoto(codeOf(person)));
  await other.waitForURL(/\/kiem-tra/);
  await press(other);
  assert.match(await words(other), /đã thuộc về một tài khoản khác/);
  await good(other);
  await other.done();
});

// What several journeys do, by the names that people see on the page. Written for forms that work without JavaScript: fill, choose, press,
// and the next page comes. Where a page's wording changes, it changes here once.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { deflateSync } from "node:zlib";
import { totp } from "./totp.mjs";

export { totp };

/** Names on the pages, in both languages. */
const WORDS = {
  phone: /Số điện thoại|Phone number|Mobile number/,
  name: /Họ và tên|Full name/,
  password: /^(Mật khẩu|Password)/,
  commune: /Xã, phường|Nơi ở|Commune/,
  otp: /Mã xác thực|Mã xác nhận|Verification code/,
  username: /Tên đăng nhập|Username/,
  totp: /Mã xác thực|Mã ứng dụng|Authentication code/,
  next: /^(Tiếp tục|Continue|Next)/,
  register: /^(Đăng ký|Tạo tài khoản|Register|Create account)/,
  signIn: /^(Đăng nhập|Sign in)/,
  signOut: /^(Đăng xuất|Sign out)/,
  send: /^(Gửi|Send)/,
};
const PATHS = { register: "/dang-ky", signIn: "/dang-nhap", staffSignIn: "/can-bo/dang-nhap", newReport: "/phan-anh/moi" };

/** A mobile number nobody else in this run has; 09 and eight digits, like real ones, inside the sandbox only. */
export const newPhone = () => `09${String(randomInt(100_000_000)).padStart(8, "0")}`;

export async function pressButton(page, name) {
  await page.getByRole("button", { name }).first().click();
  await page.waitForLoadState("load");
}

/** The page said no: the error summary is there and names every fault in `messages`. */
export async function assertRefused(page, ...messages) {
  const summary = page.getByRole("alert").first();
  await summary.waitFor();
  const text = await summary.innerText();
  for (const message of messages) assert.match(text, message instanceof RegExp ? message : new RegExp(message));
}

/** Types part of a commune's name, sends it where that is a step of its own, and picks the answer. */
export async function pickCommune(page, commune) {
  await page.getByLabel(WORDS.commune).first().fill(commune);
  const choice = page.getByRole("radio", { name: new RegExp(commune) });
  if ((await choice.count()) === 0) await pressButton(page, /Tìm|Search|Find/);
  await choice.first().check();
}

/** Types the six digits of the message that came after `after` others. */
export async function enterOtp(page, demo, phone, after) {
  await page.getByLabel(WORDS.otp).fill(await demo.otp(phone, { after }));
  await pressButton(page, WORDS.next);
}

export async function register(page, demo, { phone = newPhone(), name = "Người Thử Nghiệm", commune, password = "mot-mat-khau-that-dai" } = {}) {
  const after = await demo.smsCount(phone);
  await page.goto(`${demo.url}${PATHS.register}`);
  await page.getByLabel(WORDS.phone).fill(phone);
  await pressButton(page, WORDS.next);
  await enterOtp(page, demo, phone, after);
  await page.getByLabel(WORDS.name).fill(name);
  if (commune) await pickCommune(page, commune);
  for (const field of await page.getByLabel(WORDS.password).all()) await field.fill(password);
  await pressButton(page, WORDS.register);
  return { phone, name, commune, password };
}

export async function signIn(page, demo, { phone, password }) {
  await page.goto(`${demo.url}${PATHS.signIn}`);
  await page.getByLabel(WORDS.phone).fill(phone);
  await page.getByLabel(WORDS.password).fill(password);
  await pressButton(page, WORDS.signIn);
}

export async function signOut(page) {
  await pressButton(page, WORDS.signOut);
}

export async function signInStaff(page, demo, { username, password, totpSecret }) {
  await page.goto(`${demo.url}${PATHS.staffSignIn}`);
  await page.getByLabel(WORDS.username).fill(username);
  await page.getByLabel(WORDS.password).fill(password);
  await pressButton(page, WORDS.signIn);
  await page.getByLabel(WORDS.totp).fill(totp(totpSecret));
  await pressButton(page, WORDS.next);
}

/** The wizard from the first step to the code that it ends with. */
export async function sendReport(page, demo, { category, text, photos = [], commune, place }) {
  await page.goto(`${demo.url}${PATHS.newReport}`);
  await page.getByRole("radio", { name: category }).check();
  await pressButton(page, WORDS.next);
  await page.getByRole("textbox").first().fill(text);
  await pressButton(page, WORDS.next);
  if (photos.length > 0) await page.locator("#f-photo").setInputFiles(photos);
  await pressButton(page, WORDS.next);
  if (commune) await pickCommune(page, commune);
  if (place) await page.getByLabel(/Mô tả|Describe/).first().fill(place);
  await pressButton(page, WORDS.next);
  await pressButton(page, WORDS.send);
  return { code: await reportCode(page), text };
}

/** The code that the confirmation shows, by the attribute data-code that no translation changes. */
export const reportCode = async (page) => (await page.locator("[data-code]").first().getAttribute("data-code")) ?? assert.fail("no report code on the page");

/** A photo as a phone would send one, for `setInputFiles`: a PNG of one colour. */
export function photo({ name = "anh.png", width = 640, height = 480, colour = [120, 90, 60] } = {}) {
  const row = Buffer.concat([Buffer.from([0]), ...Array.from({ length: width }, () => Buffer.from(colour))]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  return { name, mimeType: "image/png", buffer: chunks([["IHDR", header], ["IDAT", pixels], ["IEND", Buffer.alloc(0)]]) };
}

/** A PNG of its parts. */
export function chunks(parts) {
  const chunk = ([type, data]) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), ...parts.map(chunk)]);
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

/** «dong hoi» without marks: a list that opens with scripts, a question and an answer without. */
export async function findCommune(page) {
  await page.fill("input[name=commune_text]", "");
  if (page.hasScripts) {
    await page.locator("input[name=commune_text]").pressSequentially("dong hoi");
    await page.getByRole("option", { name: /Đồng Hới/ }).first().click();
  } else {
    await page.fill("input[name=commune_text]", "dong hoi");
    await page.click("button[name=find]");
    await page.waitForLoadState("load");
    await page.getByRole("radio", { name: /Đồng Hới/ }).first().check();
  }
}

// The source's three cases of linking (N10, N11, N12) and the national catalogue (N14, N15), whole, in real browsers over four origins: who
// has no account anywhere, who has one at the portal, and who has one in the province.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openPage, DESKTOP, PHONE, useBrowser } from "./lib/browser.mjs";
import { arrive, at, compareOnce, firstTimeAtPortal, good, named, strangers } from "./lib/elsewhere.mjs";
import { press } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { newPhone } from "./lib/steps.mjs";
import { newPerson } from "./screens/newcomer.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const home = named(demo.url);
const portal = named(demo.portal);
const someone = await strangers(demo, "catalogue");
const PROCEDURE = "/thu-tuc/1.001193";

/** The portal reads the provinces' lists soon after the start. */
async function openCatalogue(page) {
  await until(async () => {
    await page.goto(`${portal}/thu-tuc`);
    return /nơi nhận hồ sơ/.test(await page.locator("main").innerText());
  }, { timeout: 30_000, every: 500, what: "the catalogue" });
}

/** Into the province through the portal's consent, and registered there. */
async function settle(page, js, person) {
  await compareOnce(page);
  await page.waitForURL(at(`${portal}/oauth2/interaction/`));
  await good(page);
  await page.locator("button[name=answer][value=allow]").click();
  await page.waitForURL(at(`${home}/lan-dau`));
  assert.match(await page.locator("main").innerText(), new RegExp(person.name));
  await arrive(page, demo, { js });
  await page.locator(`main a[href='${PROCEDURE}']`).first().click();
}

/** The procedure is open in the province, and the two accounts know each other. */
async function assertOpen(page, person) {
  await page.waitForURL(`${home}${PROCEDURE}`);
  const text = await page.locator("main").innerText();
  assert.match(text, /Đăng ký khai sinh/);
  assert.match(text, new RegExp(`Tài khoản của ${person.name}`));
  await good(page);
  await page.goto(`${home}/tai-khoan/lien-ket`);
  assert.match(await page.locator("main").innerText(), /Cổng Dịch vụ công quốc gia[\s\S]*Đã liên kết/);
  await good(page);
  await page.goto(`${portal}/tai-khoan/lien-ket`);
  assert.match(await page.locator("main").innerText(), /Quảng Trị/);
  await good(page);
}

for (const { js, size } of [{ js: true, size: PHONE }, { js: false, size: DESKTOP }]) {
  const how = `${js ? "JavaScript" : "no JavaScript"}, ${size.width} px`;

  test(`case 1, no account anywhere: a procedure is chosen, both accounts are made and linked, and it opens: ${how} (N10 N14 N15)`, async () => {
    const person = someone();
    const page = await openPage(browser, { js, size, base: portal });
    await openCatalogue(page);
    await good(page);
    for (const path of ["/", "/gioi-thieu", "/dich-vu", "/phan-anh-kien-nghi", "/thu-tuc?nang-cao=1", "/thu-tuc?q=zzz", "/tro-giup"]) {
      await page.goto(path);
      await good(page);
    }
    await page.goto("/");
    await page.fill("main input[name=q]", "khai sinh");
    await press(page, "main form[action='/thu-tuc']");
    await page.locator(`main a[href='${PROCEDURE}']`).click();
    await good(page);
    await page.getByRole("link", { name: /Nộp tại .*Quảng Trị/ }).click();
    await page.waitForURL(at(`${portal}/dang-nhap`));
    await firstTimeAtPortal(page, demo, person);
    await settle(page, js, person);
    await assertOpen(page, person);
    await page.done();
  });

  test(`case 2, an account at the portal alone: it opens after registering in the province: ${how} (N11)`, async () => {
    const person = someone();
    const page = await openPage(browser, { js, size, base: portal });
    await openCatalogue(page);
    await page.goto("/dang-nhap");
    await firstTimeAtPortal(page, demo, person);
    await page.goto(PROCEDURE);
    assert.doesNotMatch(await page.locator("main").innerText(), /đăng nhập hoặc đăng ký ở đây trước/);
    await page.getByRole("link", { name: /Nộp tại .*Quảng Trị/ }).click();
    await settle(page, js, person);
    await assertOpen(page, person);
    // The next one opens at once: both sides know the person.
    await page.goto(`${portal}/thu-tuc/2.000815`);
    await page.getByRole("link", { name: /Nộp tại .*Quảng Trị/ }).click();
    await page.waitForURL(`${home}/thu-tuc/2.000815`);
    await page.done();
  });

  test(`case 3, an account in the province alone: chosen from the list, signed in there, linked, taken away: ${how} (N12)`, async () => {
    const person = someone();
    const phone = newPhone();
    const password = "mot-mat-khau-that-dai"; // as newPerson chooses it
    const before = await openPage(browser, { base: home });
    await newPerson(demo, phone)(before);
    await before.done();

    const page = await openPage(browser, { js, size, base: portal });
    const seen = [];
    page.on("request", (request) => seen.push(request.url()));
    await page.goto("/dang-nhap");
    await firstTimeAtPortal(page, demo, person);
    await page.goto("/tai-khoan/lien-ket");
    await page.locator("a[href='/tai-khoan/he-thong/moi']").click();
    await good(page);
    await page.fill("input[name=q]", "quang");
    await press(page, "main form[role=search]");
    await page.getByRole("link", { name: /Quảng Trị/ }).click();
    await good(page);
    await page.fill("input[name=login_hint]", phone);
    await page.locator("main form button").first().click();

    await page.waitForURL(at(`${home}/dang-nhap`));
    assert.equal(await page.inputValue("input[name=login]"), phone);
    await good(page);
    await page.fill("input[name=password]", password);
    await press(page, "main form[action='/dang-nhap']");
    await page.waitForURL(at(`${home}/lien-ket-tai-khoan/dvcqg`));
    await good(page);
    await press(page, "main form[action='/tai-khoan/lien-ket/dvcqg']");
    await compareOnce(page);
    await page.waitForURL(at(`${portal}/oauth2/interaction/`));
    await page.locator("button[name=answer][value=allow]").click();
    await page.waitForURL(`${home}/tai-khoan/lien-ket`);
    assert.match(await page.locator("main").innerText(), /Cổng Dịch vụ công quốc gia[\s\S]*Đã liên kết/);
    await good(page);
    await page.getByRole("link", { name: /^Mở Cổng Dịch vụ công quốc gia/ }).click();
    await page.waitForURL(at(portal));
    await page.goto(`${portal}/tai-khoan/lien-ket`);
    assert.match(await page.locator("main").innerText(), /Quảng Trị[\s\S]*Hủy liên kết/);
    // «Hủy liên kết» on both sides.
    await page.locator("form[action^='/tai-khoan/he-thong/'] button").first().click();
    await until(async () => /Chưa liên kết hệ thống nào/.test(await page.locator("main").innerText()), { what: "no system" });
    await page.goto(`${home}/dang-nhap`);
    if (new URL(page.url()).pathname === "/dang-nhap") {
      await page.fill("input[name=login]", phone);
      await page.fill("input[name=password]", password);
      await press(page, "main form[action='/dang-nhap']");
    }
    await page.goto(`${home}/tai-khoan/lien-ket`);
    await press(page, "form[action='/tai-khoan/lien-ket/dvcqg/huy']");
    assert.match(await page.locator("main").innerText(), /Chưa liên kết/);
    assert.ok(seen.every((url) => !url.includes(phone) && !url.includes(person.number)), "nothing of the person in an address");
    await page.done();
  });
}


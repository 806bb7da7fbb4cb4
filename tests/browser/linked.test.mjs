// Coming in from another's provider (A2, N9) through the demo's VNeID sandbox: the real pages of both sides, redirects and cookies between
// two origins, with a script and without.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { agreeAtVneid, arrive, at, good, named, strangers } from "./lib/elsewhere.mjs";
import { PASSWORD, press } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { newPhone } from "./lib/steps.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const home = named(demo.url);

/** There and back. */
async function agree(page, person, asked = true) {
  await agreeAtVneid(page, demo, person, asked);
  await page.waitForURL(at(home));
}

const someone = await strangers(demo, "linked");
for (const { js, size } of [{ js: true, size: PHONE }, { js: false, size: PHONE }, { js: true, size: DESKTOP }]) {
  test(`somebody comes from VNeID, gets an account and comes back into it: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (A2 A3 N9)`, async () => {
    const person = someone();
    const page = await openPage(browser, { js, size, base: home });
    await page.goto("/dang-nhap?next=/phan-anh/cua-toi");
    await good(page);
    await page.locator("form[action='/dang-nhap/lien-thong/vneid'] button").first().click();
    await agree(page, person);
    await page.waitForURL(/\/lan-dau/);
    assert.match(await page.locator("main").innerText(), new RegExp(person.name));
    await arrive(page, demo, { js });
    await page.goto("/tai-khoan/lien-ket");
    assert.match(await page.locator("main").innerText(), /000\*\*\*\d{3}/);
    await good(page);

    // Signing out on both sides; then another account is one click.
    await page.goto("/dang-xuat");
    await good(page);
    await page.check("input[name=noi-cap]");
    await page.locator("main form button.btn:not([name])").click();
    await page.waitForURL((url) => url.href.startsWith(home) && url.pathname === "/tai-khoan");
    await page.goto("/dang-nhap?next=/phan-anh/cua-toi");
    await page.locator("form[action='/dang-nhap/lien-thong/vneid'] button").first().click();
    await agree(page, person, false);
    await page.waitForURL(/\/phan-anh\/cua-toi/);
    await page.done();
  });
}

test("who says no at VNeID, or comes back twice, is told what to do now (N9)", async () => {
  const page = await openPage(browser, { base: home });
  await page.goto("/dang-nhap");
  await page.locator("form[action='/dang-nhap/lien-thong/vneid'] button[name=khac]").click();
  await page.waitForURL(at(named(demo.vneid)));
  await page.getByRole("button", { name: /Quay lại|Hủy|Không/ }).first().click();
  await page.waitForURL(/\/dang-nhap\/lien-thong\/vneid\/ve/);
  assert.match(await page.locator("h1").innerText(), /Chưa đăng nhập được/);
  await good(page);
  await page.reload();
  assert.match(await page.locator("main").innerText(), /đã dùng rồi/);
  await good(page);
  await page.done();
});

test("a citizen links VNeID to the own account and takes the link away (N12)", async () => {
  const person = someone();
  const page = await openPage(browser, { base: home });
  const phone = newPhone();
  const { newPerson } = await import("./screens/newcomer.mjs");
  await newPerson(demo, phone)(page);
  await page.goto("/tai-khoan/lien-ket");
  await good(page);
  await page.locator("form[action='/tai-khoan/lien-ket/vneid'] button").click();
  await agree(page, person);
  await page.waitForURL(/\/tai-khoan\/lien-ket$/);
  await until(async () => /Đã liên kết/.test(await page.locator("main").innerText()), { what: "the link" });
  assert.match(await page.locator("main").innerText(), /Họ và tên trong tài khoản ở đây: Người Thử Nghiệm/);
  await good(page);
  await page.locator("form[action='/tai-khoan/lien-ket/vneid/huy'] button").click();
  await page.waitForURL(/\/tai-khoan\/lien-ket$/);
  await until(async () => /Chưa liên kết/.test(await page.locator("main").innerText()), { what: "no link" });
  await page.done();
});

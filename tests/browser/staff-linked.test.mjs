// Staff over the national portal (A16) in real browsers: linking the own account there after signing in with password and factor, coming back in
// another browser over the portal with the factor, seeing how one came in, and taking the link away. With a script and without.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { acquainted, agreeAtVneid, at, compareOnce, firstTimeAtPortal, good, named } from "./lib/elsewhere.mjs";
import { giveFactor, press, staff } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const home = named(demo.url);
const portal = named(demo.portal);
// Known at the sandbox for Cao Bằng, where no other file signs in with them.
const someone = await acquainted(demo, "Cao Bằng");
const SECURITY = "/can-bo/bao-mat";
const START = "form[action='/can-bo/dang-nhap/lien-thong/dvcqg'] button";

const text = (page) => page.locator("main").innerText();

for (const { js, size, who } of [{ js: true, size: PHONE, who: "kiemtra" }, { js: false, size: DESKTOP, who: "quantri" }]) {
  test(`staff link the portal and come in over it: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (A16 A17)`, async () => {
    const person = someone();
    const desk = await openPage(browser, { js, size, base: home });
    await desk.goto("/can-bo/dang-nhap");
    assert.match(await text(desk), /Đăng nhập bằng Cổng Dịch vụ công quốc gia/);
    await good(desk);
    await staff(who)(desk);
    await desk.goto(SECURITY);
    await good(desk);
    await desk.getByRole("button", { name: /Liên kết tài khoản Cổng Dịch vụ công quốc gia/ }).click();
    await desk.waitForURL(at(portal));
    await firstTimeAtPortal(desk, demo, person);
    await compareOnce(desk);
    await desk.waitForURL(at(`${portal}/oauth2/interaction/`));
    await desk.locator("button[name=answer][value=allow]").click();
    await desk.waitForURL(`${home}${SECURITY}`);
    assert.match(await text(desk), /Liên kết lúc[\s\S]*Hủy liên kết/);
    await good(desk);

    // Another browser: over the portal, and the second factor all the same.
    const page = await openPage(browser, { js, size, base: home });
    await page.goto("/can-bo/dang-nhap");
    await page.locator(START).click();
    await page.waitForURL(at(portal));
    await page.locator("form[action='/dang-nhap/lien-thong/vneid'] button").first().click();
    await agreeAtVneid(page, demo, person, false);
    await page.waitForURL(/\/can-bo\/dang-nhap\/ma/);
    assert.ok(page.url().startsWith(home));
    await good(page);
    await giveFactor(page);
    await page.waitForURL(/\/can-bo(\/phan-anh)?(\?|$)/);
    await page.goto("/can-bo/toi");
    assert.match(await text(page), /Vào bằng: Cổng Dịch vụ công quốc gia, Đã xác thực danh tính, ứng dụng tạo mã/);
    await good(page);

    // The desk is shared: whoever is signed in at the portal already proves themselves there once more.
    await page.goto("/can-bo/dang-xuat");
    await press(page, "main form");
    await page.goto("/can-bo/dang-nhap");
    await page.locator(START).click();
    await page.waitForURL(at(`${portal}/oauth2/interaction/`));
    await good(page);
    await page.locator("main .btn", { hasText: /^\s*Xác nhận lại\s*$/ }).click();
    await page.waitForURL(at(`${portal}/xac-nhan`));
    await good(page);
    await page.locator("a[href^='/xac-nhan/lien-thong/vneid']").click();
    await agreeAtVneid(page, demo, person, false);
    await page.waitForURL(/\/can-bo\/dang-nhap\/ma/);
    await giveFactor(page);
    await page.waitForURL(/\/can-bo(\/phan-anh)?(\?|$)/);

    // The link goes, and what began over it.
    await desk.goto(SECURITY);
    await desk.locator(`form[action='${SECURITY}/lien-ket/dvcqg/huy'] button`).click();
    await until(async () => /Đã hủy liên kết/.test(await text(desk)), { what: "no link" });
    assert.match(await text(desk), /Liên kết tài khoản Cổng Dịch vụ công quốc gia/);
    await page.goto("/can-bo/toi");
    await page.waitForURL(/\/can-bo\/dang-nhap/);
    await page.done();
    await desk.done();
  });
}

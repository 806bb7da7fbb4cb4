// Bank accounts at the national portal (N13) in real browsers: to the bank and back, asked again, ended at the bank, removed; with a script and
// without, over two origins. What a bank in trouble does is said.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { at, atPortal, good, named, strangers } from "./lib/elsewhere.mjs";
import { press } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { goToBank, signInAtBank } from "./screens/banks.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const portal = named(demo.portal);
const bank = named(demo.bank);
const someone = await strangers(demo, "banks");
const LINKED = "/tai-khoan/lien-ket";

/** Breaks the bank, or mends it. */
async function bankIs(fault) {
  const answer = await fetch(`${demo.bank}/loi`, { method: "POST", body: new URLSearchParams({ fault }), redirect: "manual" });
  assert.equal(answer.status, 303);
}

const text = (page) => page.locator("main").innerText();

for (const { js, size } of [{ js: true, size: PHONE }, { js: false, size: DESKTOP }]) {
  test(`a bank account is linked, asked about, ended at the bank, linked again and removed: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (N13)`, async () => {
    const person = someone();
    // The 502 is what this journey asks for.
    const page = await openPage(browser, { js, size, base: portal, allow: [/\b502\b/] });
    const seen = [];
    page.on("request", (request) => seen.push(request.url()));
    await atPortal(page, demo, person);
    await page.goto(LINKED);
    assert.match(await text(page), /Chưa liên kết tài khoản ngân hàng nào/);
    await good(page);
    await page.locator("a[href='/tai-khoan/ngan-hang/moi']").click();
    await good(page);
    await page.getByRole("link", { name: /Ngân hàng Hư Cấu/ }).click();
    assert.match(await text(page), /không biết số dư/);
    await good(page);
    const start = page.url();

    // The bank is away: that is said, with what to do.
    await bankIs("down");
    await press(page, "main form[action$='/them']");
    assert.match(await text(page), /không trả lời[\s\S]*Hãy thử lại sau/);
    await good(page);
    await bankIs("none");
    await page.getByRole("link", { name: "Thử lại" }).click();

    // Accounts of somebody else's name are refused.
    await bankIs("holder");
    await goToBank(page, demo, person.number);
    assert.match(await page.locator(".ribbon").innerText(), /không phải ngân hàng thật/);
    await good(page);
    await page.locator("button[name=answer][value=allow]").click();
    await page.waitForURL(at(`${portal}/tai-khoan/ngan-hang/`));
    assert.match(await text(page), /khác họ tên đã xác thực[\s\S]*Không có gì được lưu/);
    await good(page);
    await bankIs("none");

    await page.goto(start);
    await goToBank(page, demo, person.number);
    await page.locator("button[name=answer][value=allow]").click();
    await page.waitForURL(`${portal}${LINKED}`);
    const linked = await text(page);
    assert.match(linked, /Ngân hàng Hư Cấu \(thử nghiệm\) \*{4}\s\d{4}[\s\S]*Đang liên kết[\s\S]*Chủ tài khoản: [A-Z ]+/);
    await good(page);
    await page.locator("form[action$='/kiem-tra'] button").first().click();
    await until(async () => /xác nhận vẫn đang liên kết/.test(await page.locator("body").innerText()), { what: "the bank's answer" });

    // The person ends it at the bank.
    await page.goto(`${bank}/dong-y`);
    if (new URL(page.url()).pathname === "/dang-nhap") await signInAtBank(page, person.number);
    await good(page);
    await page.getByRole("button", { name: "Chấm dứt đồng ý" }).click();
    assert.match(await text(page), /Chưa nơi nào được xem/);
    await page.goto(`${portal}${LINKED}`);
    await page.locator("form[action$='/kiem-tra'] button").first().click();
    await until(async () => /Ngân hàng đã ngừng liên kết[\s\S]*liên kết lại/.test(await text(page)), { what: "the end" });
    await good(page);

    await page.goto(start);
    await goToBank(page, demo, person.number);
    await page.locator("button[name=answer][value=allow]").click();
    await page.waitForURL(`${portal}${LINKED}`);
    assert.doesNotMatch(await text(page), /đã ngừng/);
    const remove = page.locator("li form[action*='/tai-khoan/ngan-hang/'][action$='/huy'] button");
    while (await remove.count()) {
      await remove.first().click();
      await page.locator(".btn--danger").waitFor();
      await good(page);
      await press(page, "main form[action$='/huy']");
      await page.waitForURL(`${portal}${LINKED}`);
    }
    assert.match(await text(page), /Chưa liên kết tài khoản ngân hàng nào/);
    // The bank hears of it soon.
    await until(async () => {
      await page.goto(`${bank}/dong-y`);
      return /Chưa nơi nào được xem/.test(await text(page));
    }, { timeout: 20_000, every: 500, what: "the end at the bank" });
    assert.ok(seen.every((url) => !url.includes(person.number)), "nothing of the person in an address");
    assert.ok(seen.every((url) => !/token=|verifier/.test(url)), "no token in an address");
    await page.done();
  });
}

// Organisations at the national portal (A11, N1): somebody registers on the way, stands for a business with its token, invites a second person
// and hands it over.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { good, named } from "./lib/elsewhere.mjs";
import { press } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { handIn, holders, registerWithToken, signedFile } from "./lib/tokens.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const portal = named(demo.portal);
// Nobody but this file takes those who have nothing but a token.
const people = (await holders(demo, "Cá nhân")).slice(-4);
const organizations = await holders(demo, "Tổ chức");
const LIST = "/tai-khoan/to-chuc";
const SIGN = "/tai-khoan/to-chuc/them";

for (const [at, { js, size }] of [{ js: true, size: PHONE }, { js: false, size: DESKTOP }].entries()) {
  test(`somebody stands for a business, invites another and leaves: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (A11 N1)`, async () => {
    const [manager, invited] = people.slice(at * 2);
    const company = organizations[at];
    const page = await openPage(browser, { js, size, base: portal });
    await page.goto("/dang-ky");
    await good(page);
    await page.locator("nav.tabs a[href='/dang-ky/co-quan-nha-nuoc']").click();
    await good(page);
    await page.locator("nav.tabs a[href='/dang-ky/doanh-nghiep']").click();
    await good(page);
    assert.match(await page.locator("main").innerText(), /USB ký số của doanh nghiệp/);
    await page.locator("main .actions a[href^='/dang-ky?next=']").click();
    const usb = await page.locator("main a[href^='/dang-ky/usb?next=']").getAttribute("href");
    await registerWithToken(page, demo, usb, manager.number);
    await page.locator("main .actions a.btn").first().click();
    await page.waitForURL((url) => url.pathname === SIGN);

    // The person's own token stands for nobody, then the organisation's.
    await handIn(page, await signedFile(page, demo, SIGN, manager.number));
    assert.match(await page.locator("main").innerText(), /Đây là chứng thư số cá nhân/);
    await good(page);
    await handIn(page, await signedFile(page, demo, SIGN, company.number));
    await page.waitForURL((url) => url.pathname.startsWith(`${LIST}/`) && url.pathname !== SIGN);
    await good(page);
    const own = page.url();
    const text = await page.locator("main").innerText();
    for (const words of [company.name.toUpperCase(), company.number, "Chứng thực thử nghiệm", "Người quản lý"]) assert.ok(text.includes(words), `${words}: ${text}`);

    // A second person, who registers with a token of their own.
    const other = await openPage(browser, { js, size, base: portal });
    const phone = await registerWithToken(other, demo, "/dang-ky/usb", invited.number);
    await other.goto(LIST);
    await good(other);
    assert.match(await other.locator("main").innerText(), /chưa thay mặt tổ chức nào/);

    const had = await demo.smsCount(phone);
    await page.locator("main a", { hasText: "Mời người" }).click();
    await good(page);
    await press(page, "main form");
    await good(page);
    assert.ok((await page.locator("main .error").count()) > 0, "a phone is missing");
    await page.fill("input[name=phone]", phone);
    await page.check("input[name=role][value=manager]");
    await press(page, "main form");
    await page.waitForURL(own);
    await good(page);
    assert.match(await page.locator("main").innerText(), /Đã mời, chưa trả lời/);
    const [message] = await until(async () => ((await demo.smsCount(phone)) > had ? demo.sms(phone) : undefined), { what: "the invitation" });
    assert.ok(message.text.includes(company.name.toUpperCase()) && !message.text.includes(manager.name), message.text);

    await other.goto(LIST);
    await good(other);
    await other.locator("button[name=answer][value=yes]").click();
    await other.waitForURL(own);
    await good(other);

    // One manager always stays: who hands over may go.
    await page.reload();
    await page.locator("main .rows a").last().click();
    await page.waitForURL(/\/thanh-vien\//);
    await good(page);
    await page.goto(`${own}/roi`);
    await good(page);
    await press(page, "main form");
    await page.waitForURL(`${portal}${LIST}`);
    await good(page);
    assert.match(await page.locator("main").innerText(), /Đã rời tổ chức/);
    await other.goto(`${own}/roi`);
    await good(other);
    assert.match(await other.locator("main").innerText(), /người quản lý duy nhất/);
    await other.done();
    await page.done();
  });
}

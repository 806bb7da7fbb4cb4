// An officer writes a report down for who comes to the desk (A19): for a phone that reads its code aloud, and for somebody without a phone, whose
// report the page lays out for paper. With a script and without.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { good } from "./lib/elsewhere.mjs";
import { press, staff } from "./lib/people.mjs";
import { useDemo } from "./lib/server.mjs";
import { newPhone } from "./lib/steps.mjs";
import { sendReport } from "./lib/wizard.mjs";
import { begin } from "./screens/intake.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const START = "/can-bo/ghi-giup";
const text = (page) => page.locator("main").innerText();

for (const { js, size, who } of [{ js: true, size: DESKTOP, who: "canbo" }, { js: false, size: PHONE, who: "lanhdao" }]) {
  test(`an officer writes down what people tell: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (A19)`, async () => {
    const page = await openPage(browser, { js, size, base: demo.url });
    await page.goto("/can-bo/dang-nhap");
    await staff(who)(page);
    await page.goto(START);
    await good(page);
    const phone = newPhone();
    const had = await demo.smsCount(phone);
    await page.fill("input[name=phone]", phone);
    await page.check("input[name=agreed]");
    await press(page, "form[action$='/dien-thoai']");
    await page.waitForURL((url) => url.pathname === `${START}/ma`);
    await good(page);
    await page.fill("input[name=code]", await demo.otp(phone, { after: had }));
    const [message] = await demo.sms(phone);
    assert.match(message.text, /ghi phan anh giup Ong\/Ba/);
    await press(page, "form[action$='/ma']");
    await page.waitForURL((url) => url.pathname === "/phan-anh/moi");
    assert.match(await page.locator(".acting").innerText(), /Đang ghi phản ánh giúp người dân/);
    const code = await sendReport(page, "Cột điện nghiêng sau bão");
    assert.match(await text(page), new RegExp(`Giao cho người dân[\\s\\S]*/phan-anh/${code}`));
    await page.goto("/tai-khoan");
    await good(page);
    assert.doesNotMatch(await text(page), /Cột điện/);

    // The next one has no phone; the page of the one before is over.
    await page.goto(START);
    assert.match(await text(page), /Đang ghi phản ánh giúp người dân/);
    await good(page);
    await begin(page);
    await page.goto(`/phan-anh/${code}`);
    assert.doesNotMatch(await text(page), /Cột điện/, "another person's");
    await sendReport(page, "Cây gãy chắn lối vào xóm");
    await page.locator("main form[action='/giup/thoi'] button").click();
    await page.waitForURL((url) => url.pathname === START);
    assert.match(await text(page), /Đã kết thúc/);
    assert.equal(await page.locator(".acting").count(), 0);

    // Who gave the phone follows with it.
    const visitor = await openPage(browser, { js, size, base: demo.url });
    const [told] = await demo.sms(phone);
    const link = /\/theo-doi\?ma=\d+/.exec(told.text);
    assert.ok(link, told.text);
    await visitor.goto(link[0]);
    await good(visitor);
    await visitor.done();
    await page.done();
  });
}

// Helping (A19): a parent asks, a child accepts, acts and sends a report; the parent reads who did it and ends it.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { good } from "./lib/elsewhere.mjs";
import { press } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { newPhone, findCommune } from "./lib/steps.mjs";
import { sendReport } from "./lib/wizard.mjs";
import { askForDetails } from "./screens/newcomer.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const HELPERS = "/tai-khoan/nguoi-giup";
const HELPING = "/tai-khoan/giup-nguoi";

async function registered(options, name) {
  const page = await openPage(browser, { ...options, base: demo.url });
  const phone = newPhone();
  await askForDetails(page, demo, phone);
  await page.fill("input[name=full_name]", name);
  await findCommune(page);
  await page.fill("input[name=address]", "Thôn Thử");
  await page.fill("input[name=password]", "mot-mat-khau-that-dai");
  await press(page, "main form");
  await page.waitForURL((url) => !url.pathname.startsWith("/dang-ky/thong-tin"));
  return { page, phone };
}

for (const options of [{ js: true, size: PHONE }, { js: false, size: DESKTOP }]) {
  test(`a parent is helped by a child: ${options.js ? "JavaScript" : "no JavaScript"}, ${options.size.width} px (A19)`, async () => {
    const parent = await registered(options, "Bà Nghĩ Ra");
    const child = await registered(options, "Con Nghĩ Ra");
    const had = await demo.smsCount(child.phone);
    await parent.page.goto(`${HELPERS}/moi`);
    await good(parent.page);
    await parent.page.fill("input[name=phone]", child.phone);
    await press(parent.page, "main form");
    await parent.page.waitForURL((url) => url.pathname === HELPERS);
    await good(parent.page);
    const [message] = await until(async () => ((await demo.smsCount(child.phone)) > had ? demo.sms(child.phone) : undefined), { what: "the request" });
    assert.ok(message.text.includes("Bà Nghĩ Ra"), message.text);

    await child.page.goto(HELPING);
    await good(child.page);
    await child.page.locator("button[name=answer][value=yes]").click();
    await child.page.waitForURL((url) => url.pathname === HELPING);
    await good(child.page);
    await child.page.locator("form[action$='/lam-thay'] button").first().click();
    await child.page.waitForURL((url) => url.pathname === "/");
    await good(child.page);
    assert.match(await child.page.locator(".acting").innerText(), /Đang làm thay cho Bà Nghĩ Ra/);
    const code = await sendReport(child.page, "Nắp cống vỡ trước cổng trường");
    await child.page.goto("/tai-khoan");
    await good(child.page);
    assert.match(await child.page.locator("main").innerText(), /chỉ chính Bà Nghĩ Ra làm được/);

    await parent.page.goto(`/phan-anh/${code}`);
    await good(parent.page);
    assert.match(await parent.page.locator("main").innerText(), /Con Nghĩ Ra làm giúp/);
    await parent.page.goto("/tai-khoan/hoat-dong");
    await good(parent.page);
    assert.match(await parent.page.locator("main").innerText(), /Người giúp làm thay/);
    await parent.page.goto(HELPERS);
    await parent.page.locator("form[action$='/huy'] button").first().click();
    await parent.page.waitForURL((url) => url.pathname === HELPERS);
    assert.match(await parent.page.locator("main").innerText(), /Chưa có ai giúp/);

    await child.page.goto("/");
    assert.equal(await child.page.locator(".acting").count(), 0, "at once");
    await child.page.goto(`/phan-anh/${code}`);
    assert.doesNotMatch(await child.page.locator("main").innerText(), /Nắp cống vỡ/, "not public, and no longer to be seen");
    await child.page.done();
    await parent.page.done();
  });
}

// «Thanh toán trực tuyến» (N15, P2) in real browsers: from the list over the payment gateway and back, with a script and without; what failed, what is not
// decided yet because the notice was lost, and what was paid short.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { at, atPortal, good, named, strangers } from "./lib/elsewhere.mjs";
import { press } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { asked, fee, PAY } from "./screens/payments.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const portal = named(demo.portal);
const till = named(demo.till);
// Four fees are due for this person: each journey pays two.
const person = (await strangers(demo, "payments"))();

/** Breaks the gateway, or mends it. */
async function tillIs(fault) {
  const answer = await fetch(`${demo.till}/loi`, { method: "POST", body: new URLSearchParams({ fault, seconds: "0" }), redirect: "manual" });
  assert.equal(answer.status, 303);
}

const text = (page) => page.locator("main").innerText();

/** From the fee's page to the gateway's, and what the person does there; back at the portal it is the payment's page. */
async function answers(page, answer) {
  await press(page, "main form[action$='/tra']");
  await page.waitForURL(at(till));
  await page.locator(`button[name=answer][value=${answer}]`).click();
  await page.waitForURL(at(`${portal}${PAY}/lan/`));
}

for (const { js, size } of [{ js: true, size: PHONE }, { js: false, size: DESKTOP }]) {
  test(`a fee is paid at the gateway and the confirmation printed: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (N15, P2)`, async () => {
    // The 400 is what this journey asks for.
    const page = await openPage(browser, { js, size, base: portal, allow: [/\b400\b/] });
    const seen = [];
    page.on("request", (request) => seen.push(request.url()));
    await page.goto(PAY);
    assert.match(await text(page), /Ông\/Bà hãy đăng nhập/);
    await good(page);
    await atPortal(page, demo, person);
    await asked(portal)(page);
    assert.match(await text(page), /Khoản phải nộp[\s\S]*Phải nộp[\s\S]*Tổng cộng/);
    await good(page);
    await fee(portal)(page);
    const own = page.url();
    assert.match(await text(page), /Số tiền[\s\S]*đ[\s\S]*Thanh toán [\d.]+\sđ/);
    await good(page);

    // The bank says no: nothing was paid, and it can be tried again.
    await answers(page, "decline");
    assert.match(await text(page), /Chưa thanh toán được[\s\S]*Thử lại/);
    await good(page);
    await page.getByRole("link", { name: "Thử lại" }).click();

    await answers(page, "pay");
    await until(async () => { await page.reload(); return /Đã thanh toán/.test(await text(page)); }, { what: "the payment", timeout: 30_000, every: 500 });
    await good(page);
    await page.getByRole("link", { name: "Xác nhận đã thanh toán" }).click();
    assert.match(await text(page), /không phải biên lai/);
    await good(page);
    const file = await page.request.get(await page.locator("a[href$='.pdf']").getAttribute("href"));
    assert.equal(file.headers()["content-type"], "application/pdf");
    await page.goto(own);
    assert.match(await text(page), /Đã nộp[\s\S]*Các lần thanh toán/);
    await good(page);
    await page.goto("/thong-bao?muc=thanh-toan");
    assert.match(await text(page), /Đã nhận [\d.]+\sđ/);

    // The notice is lost: who comes back has the gateway asked, and the payment is known at once.
    await tillIs("lost");
    await fee(portal)(page);
    await answers(page, "pay");
    assert.match(await text(page), /Đã thanh toán/);
    await tillIs("none");
    await page.goto(`${PAY}/tro-ve?vnp_TxnRef=X&vnp_SecureHash=0`);
    assert.match(await text(page), /Chưa đọc được lời báo[\s\S]*thì không mất/);
    await good(page);
    for (const what of [person.number, encodeURIComponent(person.name), person.phone.replaceAll(" ", "")]) {
      assert.ok(!seen.some((url) => url.startsWith(till) && url.includes(what)), "nothing of the person goes to the gateway");
    }
    await page.context().close();
  });
}

// Organisations at the national portal (A11, N1): somebody registers on the way, stands for a business with its token, invites a second person
// and hands it over, who then enters a province for it and sends a report.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { arrive, at, good, named } from "./lib/elsewhere.mjs";
import { press } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { sendReport } from "./lib/wizard.mjs";
import { handIn, holders, registerWithToken, signedFile } from "./lib/tokens.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const home = named(demo.url);
const portal = named(demo.portal);
// Nobody but this file takes those who have nothing but a token.
const people = (await holders(demo, "Cá nhân")).slice(-4);
const organizations = await holders(demo, "Tổ chức");
/** From a province's door over the portal, as the organisation; a report that says so; and on as oneself (A11, N8, N9). */
async function entersForIt(page, name, js) {
  await page.goto(`${home}/dang-nhap?next=/phan-anh/cua-toi`);
  await page.locator("form[action='/dang-nhap/lien-thong/dvcqg'] button").first().click();
  await page.waitForURL(at(`${portal}/oauth2/interaction/`));
  assert.match(await page.locator("main").innerText(), /với tư cách nào\?[\s\S]*Bản thân/);
  await good(page);
  await page.locator("label.choice", { hasText: name }).locator("input[name=for]").check();
  await page.locator("button[name=answer][value=acting]").click();
  await page.locator("button[name=answer][value=allow]").waitFor();
  const asked = await page.locator("main").innerText();
  assert.ok(asked.includes(`Vào thay mặt ${name}.`) && asked.includes("Tên tổ chức (bắt buộc)"), asked);
  await good(page);
  await page.locator("button[name=answer][value=allow]").click();
  await page.waitForURL(at(`${home}/lan-dau`));
  await arrive(page, demo, { js });
  const banner = async () => ((await page.locator(".acting--behalf").count()) > 0 ? page.locator(".acting--behalf p").innerText() : "");
  assert.equal(await banner(), `Đang làm việc cho ${name}`);
  for (const path of ["/", "/tai-khoan", "/tai-khoan/tu-cach"]) {
    await page.goto(home + path);
    await good(page);
  }
  const code = await sendReport(page, "Nắp cống vỡ trước cổng công ty", good, home);
  await page.goto(`${home}/phan-anh/${code}`);
  await good(page);
  assert.ok((await page.locator("main").innerText()).includes(name));
  // One press, and the way back is the provider's question.
  await page.locator(".acting--behalf button").click();
  await page.waitForURL(at(`${home}/phan-anh/${code}`));
  await page.locator(".acting--behalf").waitFor({ state: "detached" });
  await good(page);
  await page.goto(`${home}/tai-khoan/tu-cach`);
  await good(page);
  await page.locator("form[action='/tai-khoan/tu-cach/dvcqg'] button").click();
  await page.locator("label.choice", { hasText: name }).locator("input[name=for]").check();
  await page.locator("button[name=answer][value=acting]").click();
  await page.waitForURL(at(`${home}/tai-khoan/tu-cach`));
  assert.equal(await banner(), `Đang làm việc cho ${name}`);
  await good(page);
}

const LIST = "/tai-khoan/to-chuc";
const SIGN = "/tai-khoan/to-chuc/them";

for (const [turn, { js, size }] of [{ js: true, size: PHONE }, { js: false, size: DESKTOP }].entries()) {
  test(`somebody stands for a business, invites another and leaves: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (A11 N1)`, async () => {
    const [manager, invited] = people.slice(turn * 2);
    const company = organizations[turn];
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
    await entersForIt(other, company.name.toUpperCase(), js);
    await other.done();
    await page.done();
  });
}

// Registering and signing in at the national portal with a USB signature (N4): the file goes to the sandbox's token and comes back signed.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { assertFits, DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { choosePassword, good, named, OWN, strangers } from "./lib/elsewhere.mjs";
import { press } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { handIn, registerWithInsurance, registerWithToken, signedFile } from "./lib/tokens.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const someone = await strangers(demo, "signature");
const portal = named(demo.portal);
const tokens = named(demo.tokens);

// Each waits a quarter of a minute for a list to end, or for a phone: beside each other.
describe("digital signatures", { concurrency: true }, () => {
  const unregistered = someone();
  test("whose number somebody took with the printed data goes on in that account alone: JavaScript, 360 px (N4 A7)", async () => {
    const person = (await strangers(demo, "taken"))();
    const other = await openPage(browser, { js: false, size: DESKTOP, base: portal });
    const phone = await registerWithInsurance(other, demo, person);
    const page = await openPage(browser, { size: PHONE, base: portal });
    await handIn(page, await signedFile(page, demo, "/dang-nhap/usb", person.number));
    await page.waitForURL(/\/dang-ky\/chu-ky-so/);
    const told = await page.locator("main").innerText();
    assert.match(told, /Một tài khoản ở đây đang giữ số định danh của Ông\/Bà/);
    assert.ok(told.includes(`0${phone.slice(1, 4)}***${phone.slice(-3)}`) && !told.includes(person.number), told);
    await good(page);
    await other.goto("/tai-khoan/dinh-danh");
    assert.match(await other.locator("main").innerText(), /Bảo hiểm xã hội Việt Nam xác nhận lúc/, "nothing happened yet");
    await page.fill("input[name=phone]", phone);
    await page.check("input[name=agreed]");
    const before = await demo.smsCount(phone);
    await press(page);
    await page.waitForURL(/\/dang-ky\/chu-ky-so\/ma/);
    // The code of the other browser is younger than 50 seconds.
    await until(async () => {
      if ((await demo.smsCount(phone)) > before) return true;
      await page.locator("form.resend button").click({ timeout: 2_000 }).catch(() => {});
      return false;
    }, { timeout: 90_000, every: 4_000, what: "another code" });
    await page.fill("input[name=code]", await demo.otp(phone, { after: before }));
    await press(page, "main form:not(.resend)");
    await choosePassword(page, `${OWN}-mới`);
    await page.waitForURL(/\/dang-ky\/xong/);
    await good(page);
    await page.goto("/tai-khoan/dinh-danh");
    assert.match(await page.locator("main").innerText(), /Chứng thư số của Ông\/Bà xác nhận lúc/);
    await page.goto("/thong-bao");
    assert.match(await page.locator("main").innerText(), /vừa dùng tiếp tài khoản này bằng chữ ký số/);
    await good(page);
    await other.goto("/tai-khoan/dinh-danh");
    await other.waitForURL(/\/dang-nhap/);
    await other.done();
    await page.done();
  });

  for (const { js, size } of [{ js: true, size: PHONE }, { js: false, size: DESKTOP }]) {
    test(`somebody registers and signs in with a USB signature: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (N1 N4 N5)`, async () => {
      const person = someone();
      const page = await openPage(browser, { js, size, base: portal });
      await page.goto("/dang-ky");
      await good(page);
      await page.locator("a[href='/dang-ky/usb']").click();
      await registerWithToken(page, demo, "/dang-ky/usb", person.number);
      await page.goto("/tai-khoan/dinh-danh");
      assert.match(await page.locator("main").innerText(), /Chứng thư số của Ông\/Bà xác nhận lúc/);
      await good(page);
      await page.goto("/dang-xuat");
      await press(page, "main form");

      // Another's signature, the text itself, then the right one.
      await page.goto("/dang-nhap");
      await good(page);
      await page.locator("nav.tabs a[href='/dang-nhap/usb']").click();
      const file = await signedFile(page, demo, "/dang-nhap/usb", person.number);
      await handIn(page, { ...file, buffer: Buffer.from("không phải chữ ký") });
      assert.match(await page.locator("main").innerText(), /Không đọc được tệp chữ ký/);
      await good(page);
      await handIn(page, file);
      await page.waitForURL(`${portal}/`);
      await page.goto("/tai-khoan/thiet-bi");
      assert.match(await page.locator("main").innerText(), /chữ ký số/);
      await page.goto("/dang-xuat");
      await press(page, "main form");

      // Revoked at the authority: refused at the portal, with what to do.
      const shop = await page.context().newPage();
      await shop.goto(tokens);
      await good(shop);
      const issued = shop.locator("main .card", { hasText: person.number });
      await issued.locator("button").click();
      await issued.getByText("đã thu hồi").waitFor();
      // The variant beside this one may have made the portal fetch a list a moment ago.
      const revoked = Date.now();
      await shop.close();
      await until(async () => Date.now() - revoked > 16_000, { timeout: 30_000, what: "the end of a list that was fetched just before, 15 seconds" });
      await handIn(page, await signedFile(page, demo, "/dang-nhap/usb", person.number));
      assert.match(await page.locator("main").innerText(), /đã bị thu hồi/);
      await good(page);
      await page.done();
    });

    test(`somebody signs in on the phone: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (N4 N5)`, async () => {
      const page = await openPage(browser, { js, size, base: portal });
      const phone = await page.context().newPage();
      const ask = async () => {
        await page.goto("/dang-nhap/sim");
        await good(page);
        await page.fill("input[name=number]", unregistered.number);
        await press(page);
        await page.waitForURL(/\/dang-nhap\/sim\/cho/);
        const digits = await page.locator("main .card strong").innerText();
        assert.match(digits, /^\d{4}$/);
        await phone.goto(`${tokens}/dien-thoai`);
        await assertFits(phone);
        const card = phone.locator("main .card", { hasText: `mã đối chiếu ${digits}` });
        await card.waitFor();
        return card;
      };
      const refused = await ask();
      await good(page, { reloads: true });
      await refused.locator("button[value=false]").click();
      await page.locator("text=bị từ chối trên điện thoại").first().waitFor({ timeout: 20_000 });
      await good(page);
      await (await ask()).locator("button[value=true]").click();
      await page.waitForURL(/\/dang-ky\/chu-ky-so/, { timeout: 20_000 });
      await page.done();
    });
  }
});

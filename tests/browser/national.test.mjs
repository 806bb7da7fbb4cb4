// The national portal (S5) in real browsers: from a province over the portal to VNeID and back, with a script and without; registering and
// signing in with number and phone; taking the link away; signing out on both sides. Three origins on one host, told apart by their ports.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertAccessible } from "./lib/axe.mjs";
import { assertFits, DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { PASSWORD, press } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { newPhone } from "./lib/steps.mjs";
import { pickCommune } from "./screens/newcomer.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
// All sides know each other by this name; cookies do not go from 127.0.0.1 to it.
const named = (address) => address.replace("127.0.0.1", "localhost");
const home = named(demo.url);
const portal = named(demo.portal);
const vneid = named(demo.vneid);
const OWN = "Trâu-trắng-số-9";

/** The people of the sandbox who have no account anywhere. */
async function people() {
  const html = await (await fetch(vneid)).text();
  const cards = html.slice(html.indexOf("Người chưa có tài khoản")).split('<li class="card">').slice(1);
  return cards.map((card) => ({
    number: /<code>(\d{12})<\/code>/.exec(card)[1],
    name: /<strong>([^<]+)<\/strong>/.exec(card)[1],
    phone: /Điện thoại<\/dt><dd>([\d ]+)</.exec(card)[1],
    born: /Sinh ngày<\/dt><dd>([\d/]+),/.exec(card)[1],
  }));
}
// From the end: other files take them from the beginning.
const everybody = (await people()).reverse();

const good = async (page) => {
  await assertAccessible(page);
  await assertFits(page);
};
const at = (origin) => (url) => url.href.startsWith(origin);

/** Signs in at the sandbox and says yes, where it asks: it does so once. */
async function agreeAtVneid(page, { number, phone }, asked = true) {
  await page.waitForURL(at(vneid));
  const had = await demo.smsCount(phone);
  await page.fill("input[name=number]", number);
  await page.fill("input[name=password]", PASSWORD);
  await page.locator("main form button, form.form button").first().click();
  await page.locator("input[name=code]").waitFor();
  await page.fill("input[name=code]", await demo.otp(phone, { after: had }));
  await page.locator("form.form button").first().click();
  if (asked) await page.locator("button[name=answer][value=allow]").click();
}

let turn = 0;
for (const { js, size } of [{ js: true, size: PHONE }, { js: false, size: PHONE }, { js: false, size: DESKTOP }]) {
  test(`from a province over the portal to VNeID and back: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (N8 N9 N11)`, async () => {
    const person = everybody[turn++];
    const page = await openPage(browser, { js, size, base: home });
    const seen = [];
    page.on("request", (request) => seen.push(request.url()));
    await page.goto("/dang-nhap?next=/phan-anh/cua-toi");
    await good(page);
    await page.locator("form[action='/dang-nhap/lien-thong/dvcqg'] button").first().click();

    await page.waitForURL(at(portal));
    assert.match(await page.locator("main").innerText(), /Để tiếp tục vào .*Quảng Trị/);
    assert.match(await page.locator(".demo").innerText(), /Môi trường thử nghiệm/);
    await good(page);
    await page.locator("form[action='/dang-nhap/lien-thong/vneid'] button").first().click();
    await agreeAtVneid(page, person);
    await page.waitForURL(at(`${portal}/lan-dau`));
    assert.match(await page.locator("main").innerText(), new RegExp(person.name));
    await good(page);
    const own = newPhone();
    await page.fill("input[name=phone]", own);
    await page.check("input[name=agreed]");
    await press(page, "main form[action='/lan-dau']");
    await page.waitForURL(/\/lan-dau\/ma/);
    await good(page);
    await page.fill("input[name=code]", await demo.otp(own));
    await press(page, "main form:not(.resend)");
    await page.waitForURL(/\/lan-dau\/thong-tin/);
    await good(page);
    await press(page);
    await page.waitForURL(/\/dang-ky\/xong/);
    await good(page);
    await page.locator("main .actions a.btn").first().click();

    await page.waitForURL(at(`${portal}/oauth2/interaction/`));
    assert.match(await page.locator("main").innerText(), /Quảng Trị.* muốn biết thông tin/);
    await good(page);
    await page.locator("button[name=answer][value=allow]").click();

    await page.waitForURL(at(`${home}/lan-dau`));
    assert.match(await page.locator("main").innerText(), new RegExp(person.name));
    await good(page);
    await page.check("input[name=agreed]");
    await page.fill("input[name=phone]", newPhone());
    const here = await page.inputValue("input[name=phone]");
    await press(page, "main form[action='/lan-dau']");
    await page.fill("input[name=code]", await demo.otp(here));
    await press(page, "main form:not(.resend)");
    await page.waitForURL(/\/lan-dau\/thong-tin/);
    if (js) await pickCommune(page);
    else {
      await page.fill("input[name=commune_text]", "dong hoi");
      await page.locator("button[name=find]").click();
      await page.locator("input[name=pick]").first().check();
    }
    await press(page);
    await page.waitForURL(at(`${home}/dang-ky/xong`));
    await page.goto("/tai-khoan/lien-ket");
    assert.match(await page.locator("main").innerText(), /Cổng Dịch vụ công quốc gia/);
    assert.match(await page.locator("main").innerText(), /000\*\*\*\d{3}/);

    // The portal's own pages of the person.
    for (const path of ["/", "/tai-khoan", "/tai-khoan/dinh-danh", "/tai-khoan/lien-ket", "/tai-khoan/bao-mat", "/tai-khoan/thong-tin"]) {
      await page.goto(portal + path);
      await good(page);
    }
    await page.goto(`${portal}/tai-khoan/dinh-danh`);
    const known = await page.locator("main").innerText();
    assert.match(known, /000\*\*\*\d{3}[\s\S]*Đã xác thực/);
    assert.match(known, /VNeID thử nghiệm xác nhận lúc/);
    await page.goto(`${portal}/tai-khoan/lien-ket`);
    assert.match(await page.locator("main").innerText(), /Quảng Trị/);
    await page.locator("form[action^='/tai-khoan/he-thong/'] button").first().click();
    await until(async () => /Chưa liên kết hệ thống nào/.test(await page.locator("main").innerText()), { what: "no system" });

    // Signing out at the portal signs out at the province, too.
    await page.goto("/tai-khoan");
    await page.goto("/dang-xuat");
    await page.check("input[name=noi-cap]");
    await page.locator("main form button.btn:not([name])").click();
    await page.waitForURL((url) => url.href.startsWith(home) && url.pathname === "/tai-khoan");
    await page.goto(`${portal}/tai-khoan`);
    await page.waitForURL(at(`${portal}/dang-nhap`));
    // Coming again: known at both, asked for consent anew because it was taken back.
    await page.goto("/dang-nhap?next=/phan-anh/cua-toi");
    await page.locator("form[action='/dang-nhap/lien-thong/dvcqg'] button[name=khac]").click();
    await page.waitForURL(at(portal));
    await page.locator("form[action='/dang-nhap/lien-thong/vneid'] button[name=khac]").first().click();
    await agreeAtVneid(page, person, false);
    await page.waitForURL(at(`${portal}/oauth2/interaction/`));
    await page.locator("button[name=answer][value=allow]").click();
    await page.waitForURL(/\/phan-anh\/cua-toi/);
    assert.ok(seen.length > 20 && seen.every((url) => !url.includes(person.number)), "no personal number in an address");
    await page.done();
  });

  test(`somebody registers with number and phone and signs in again: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (N2 N5)`, async () => {
    const person = everybody[turn++];
    const page = await openPage(browser, { js, size, base: portal });
    await page.goto("/");
    await good(page);
    await page.goto("/dang-ky");
    await good(page);
    await page.locator("a[href='/dang-ky/thue-bao']").click();
    await good(page);
    const fill = async () => {
      await page.fill("input[name=number]", person.number);
      await page.fill("input[name=full_name]", person.name);
      await page.fill("input[name=birth_date]", person.born);
      await page.fill("input[name=phone]", person.phone);
      await page.check("input[name=agreed]");
    };
    await fill();
    const had = await demo.smsCount(person.phone);
    await press(page);
    await page.waitForURL(/\/dang-ky\/thue-bao\/ma/);
    await good(page);
    await page.fill("input[name=code]", await demo.otp(person.phone, { after: had }));
    await press(page, "main form:not(.resend)");
    await page.waitForURL(/\/mat-khau/);
    await good(page);
    await page.fill("input[name=password]", "toàn chữ thường");
    await page.fill("input[name=again]", "toàn chữ thường");
    await press(page);
    assert.match(await page.locator("main").innerText(), /chữ thường, chữ hoa, chữ số và ký tự đặc biệt/);
    await good(page);
    await page.fill("input[name=password]", OWN);
    await page.fill("input[name=again]", OWN);
    await press(page);
    await page.waitForURL(/\/dang-ky\/xong/);
    await page.goto("/tai-khoan/dinh-danh");
    assert.match(await page.locator("main").innerText(), /Nhà mạng xác nhận lúc/);
    await page.goto("/dang-xuat");
    await press(page, "main form");

    // The same number again is told so, and led on.
    await page.goto("/dang-ky/thue-bao");
    await fill();
    await press(page);
    assert.match(await page.locator("main").innerText(), /đã có tài khoản/);
    await good(page);

    await page.goto("/dang-nhap/so?next=/tai-khoan/dinh-danh");
    await good(page);
    await page.fill("input[name=number]", person.number);
    await page.fill("input[name=password]", "Không-đúng-1");
    await press(page);
    assert.match(await page.locator("main").innerText(), /Số định danh hoặc mật khẩu chưa đúng/);
    await good(page);
    await page.fill("input[name=password]", OWN);
    const before = await demo.smsCount(person.phone);
    await press(page);
    await page.waitForURL(/\/dang-nhap\/so\/ma/);
    assert.match(await page.locator("main").innerText(), /Chọn phương thức xác thực khác/);
    await good(page);
    // The last code is younger than 50 seconds: «Gửi lại OTP» as soon as it may be pressed.
    await until(async () => {
      if ((await demo.smsCount(person.phone)) > before) return true;
      await page.locator("form.resend button").click({ timeout: 2_000 }).catch(() => {});
      return false;
    }, { timeout: 90_000, every: 4_000, what: "another code" });
    await page.fill("input[name=code]", await demo.otp(person.phone, { after: before }));
    await press(page, "main form:not(.resend)");
    await page.waitForURL(/\/tai-khoan\/dinh-danh/);
    await page.done();
  });
}

test("who is signed in at a province is nobody at the portal, and the other way round (S5)", async () => {
  const page = await openPage(browser, { base: home });
  await page.goto("/dang-nhap");
  await page.fill("input[name=login]", "0999000001");
  await page.fill("input[name=password]", PASSWORD);
  await press(page);
  await page.waitForURL((url) => !url.pathname.startsWith("/dang-nhap"));
  await page.goto(`${portal}/tai-khoan`);
  await page.waitForURL(at(`${portal}/dang-nhap`));
  // Even the province's own token under the portal's name.
  const cookies = await page.context().cookies();
  const own = cookies.find((cookie) => cookie.name === "phien-quang-tri");
  await page.context().addCookies([{ ...own, name: "phien-national" }]);
  await page.goto(`${portal}/tai-khoan`);
  await page.waitForURL(at(`${portal}/dang-nhap`));
  for (const path of ["/phan-anh", "/can-bo", "/open311/v2/requests.json", "/so-lieu"]) {
    assert.equal((await page.request.get(portal + path)).status(), 404, path);
  }
  await page.done();
});

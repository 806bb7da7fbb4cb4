// The national portal (S5) in real browsers: from a province over the portal to VNeID and back, with a script and without; registering and
// signing in with number and phone; taking the link away; signing out on both sides. Three origins on one host, told apart by their ports.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { agreeAtVneid, arrive, ASK_REGISTRY, at, choosePassword, firstTimeAtPortal, good, named, OWN, POPULATION, strangers } from "./lib/elsewhere.mjs";
import { PASSWORD, press } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { newPhone } from "./lib/steps.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const home = named(demo.url);
const portal = named(demo.portal);
const someone = await strangers(demo, "national");

/** Breaks the registry's sandbox, or mends it. */
async function registryIs(fault) {
  const answer = await fetch(`${demo.registry}/loi`, { method: "POST", body: new URLSearchParams({ fault }), redirect: "manual" });
  assert.equal(answer.status, 303);
}

const WAYS = [{ js: true, size: PHONE }, { js: false, size: DESKTOP }];
for (const { js, size } of WAYS) {
  test(`from a province over the portal to VNeID and back: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (N8 N9 N11)`, async () => {
    const person = someone();
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
    await firstTimeAtPortal(page, demo, person);

    // Once, before the province: the population registry ticks what the portal holds (N7).
    await page.waitForURL(at(`${portal}${POPULATION}?next=`));
    assert.match(await page.locator("main").innerText(), /Còn một bước trước khi đi tiếp/);
    await good(page);
    if (!js && size === DESKTOP) {
      // It is away: that is said, and keeps nobody from going on or from asking again.
      await registryIs("down");
      await press(page, ASK_REGISTRY);
      assert.match(await page.locator("main").innerText(), /Chưa hỏi được[\s\S]*Lỗi không phải do Ông\/Bà/);
      await good(page);
      assert.ok(await page.locator("main .actions a.btn").isVisible());
      await registryIs("none");
    }
    await press(page, ASK_REGISTRY);
    const ticked = await page.locator("main").innerText();
    assert.match(ticked, /Đã cập nhật, thông tin khớp/);
    assert.equal(ticked.match(/CSDL Quốc gia về Dân cư: khớp/g).length, 4);
    await good(page);
    await page.locator("main .actions a.btn").first().click();

    await page.waitForURL(at(`${portal}/oauth2/interaction/`));
    assert.match(await page.locator("main").innerText(), /Quảng Trị.* muốn biết thông tin/);
    await good(page);
    await page.locator("button[name=answer][value=allow]").click();

    await page.waitForURL(at(`${home}/lan-dau`));
    assert.match(await page.locator("main").innerText(), new RegExp(person.name));
    await arrive(page, demo, { js });
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
    assert.match(known, /Đã cập nhật từ CSDL Quốc gia về Dân cư lúc/);
    await page.goto(`${portal}/tai-khoan/hoat-dong`);
    assert.match(await page.locator("main").innerText(), /Hỏi Cơ sở dữ liệu quốc gia về dân cư/);
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
    await agreeAtVneid(page, demo, person, false);
    await page.waitForURL(at(`${portal}/oauth2/interaction/`));
    await page.locator("button[name=answer][value=allow]").click();
    await page.waitForURL(/\/phan-anh\/cua-toi/);
    assert.ok(seen.length > 20 && seen.every((url) => !url.includes(person.number)), "no personal number in an address");
    await page.done();
  });
}

// Both wait most of a minute for «Gửi lại OTP»: beside each other.
describe("number and phone", { concurrency: true }, () => {
  for (const { js, size } of WAYS) {
    test(`somebody registers with number and phone and signs in again: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (N2 N5)`, async () => {
      const person = someone();
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
      await choosePassword(page, "toàn chữ thường");
      assert.match(await page.locator("main").innerText(), /chữ thường, chữ hoa, chữ số và ký tự đặc biệt/);
      await choosePassword(page);
      await page.waitForURL(/\/dang-ky\/xong/);
      await page.goto("/tai-khoan/dinh-danh");
      assert.match(await page.locator("main").innerText(), /Nhà mạng xác nhận lúc/);
      // Nobody needs to, and anybody may (N7): the operator said nothing of the sex, the registry confirms what the number says.
      await page.locator(`main a[href='${POPULATION}']`).click();
      await press(page, ASK_REGISTRY);
      assert.match(await page.locator("main").innerText(), /Nữ|Nam[\s\S]*CSDL Quốc gia về Dân cư: khớp/);
      await good(page);
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
});

test("somebody registers with a social insurance number, and with a code of the post that is good once (N3)", async () => {
  const listed = await (await fetch(`${demo.sandbox}/dang-ky-thu`)).text();
  for (const [path, name, label] of [
    ["/dang-ky/bao-hiem-xa-hoi", "insurance", "Mã số BHXH"],
    ["/dang-ky/buu-dien", "post_code", "Mã bưu điện"],
  ]) {
    const person = someone();
    const card = listed.slice(listed.indexOf(`<code>${person.number}</code>`));
    const own = new RegExp(`${label}</dt><dd><code>([^<]+)<`).exec(card)[1];
    const page = await openPage(browser, { size: PHONE, base: portal });
    await page.goto("/dang-ky");
    await page.locator(`a[href='${path}']`).click();
    await good(page);
    await page.fill("input[name=number]", person.number);
    await page.fill("input[name=full_name]", person.name);
    await page.fill("input[name=birth_date]", person.born);
    await page.fill(`input[name=${name}]`, own);
    const phone = newPhone();
    await page.fill("input[name=phone]", phone);
    await page.check("input[name=agreed]");
    await press(page);
    await page.waitForURL(/\/ma$/);
    await page.fill("input[name=code]", await demo.otp(phone));
    await press(page, "main form:not(.resend)");
    await choosePassword(page);
    await page.waitForURL(/\/dang-ky\/xong/);
    await page.goto("/tai-khoan/dinh-danh");
    assert.match(await page.locator("main").innerText(), /(Bảo hiểm xã hội|Bưu điện) Việt Nam xác nhận lúc/);
    await page.done();
  }
  assert.match(await (await fetch(`${demo.sandbox}/dang-ky-thu`)).text(), /\(đã dùng\)/);
});

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

// The platform's main job in a browser, as people do it: register, send a report in five steps, the unit works on it, the citizen rates it.
// With scripts and without, on a phone and on a desk, in both languages; every page on the way is accessible and fits its screen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible } from "./lib/axe.mjs";
import { assertFits, DESKTOP, openPage, PHONE, useBrowser, VARIANTS } from "./lib/browser.mjs";
import { useDemo } from "./lib/server.mjs";
import { newPhone, photo, findCommune, totp } from "./lib/steps.mjs";

const PASSWORD = "hoa-phuong-do-2026";
const TOTP = "MNXW4Z3EMFXHG3ZNMRSW23ZNGIYDENRB";

const demo = await useDemo(after);
const browser = await useBrowser(after);
let desk;

/** The page as it stands is good for everybody. */
async function good(page) {
  await assertAccessible(page);
  await assertFits(page);
}

/** Presses the form's own button and waits for the next page. */
async function press(page, form) {
  const here = page.url();
  const own = page.locator('form:not([action*="/lien-thong/"]) button'); // not those that lead to other providers
  await page.locator(`${form} button.btn:not([type=button]):not([name]):visible`).and(own).last().click();
  await page.waitForLoadState("load");
  return here;
}

async function signInStaff(page, username) {
  await page.goto("/can-bo/dang-nhap");
  await good(page);
  await page.fill("input[name=username]", username);
  await page.fill("input[name=password]", PASSWORD);
  await press(page, "main form");
  await good(page);
  await page.fill("input[name=code]", totp(TOTP));
  await press(page, "main form");
  await page.waitForURL(/\/can-bo(\/phan-anh)?(\?|$)/);
}

before(async () => {
  desk = await openPage(browser, { size: DESKTOP, base: demo.url });
  await signInStaff(desk, "dieuphoi");
});
after(() => desk?.context().close());

/** Registers through the pages; the code comes out of the sandbox's phone. */
async function register(page, phone) {
  const had = await demo.smsCount(phone);
  await page.goto("/dang-ky");
  await good(page);
  await page.fill("input[name=phone]", phone);
  await page.check("input[name=agreed]");
  await press(page, "main form[action='/dang-ky']");
  await page.waitForURL(/\/dang-ky\/ma/);
  await good(page);
  await page.fill("input[name=code]", await demo.otp(phone, { after: had }));
  await press(page, "main form:not(.resend)");
  await page.waitForURL(/\/dang-ky\/thong-tin/);
  await page.fill("input[name=full_name]", "Người Thử Nghiệm");
  await findCommune(page);
  await page.fill("input[name=address]", "Thôn Thử");
  await page.fill("input[name=password]", "mot-mat-khau-that-dai");
  await good(page);
  await press(page, "main form");
  await page.waitForURL((url) => !url.pathname.startsWith("/dang-ky/thong-tin"));
  await good(page);
}

async function sendReport(page) {
  await page.goto("/phan-anh/moi");
  await good(page);
  await page.locator("input[name=category][value=ha-tang]").check();
  await press(page, "main form");
  await page.waitForURL(/\/noi-dung/);
  await page.fill("textarea[name=content]", "Nắp cống vỡ trước cổng trường\nTrẻ em đi học phải đi vòng xuống lòng đường.");
  await good(page);
  await press(page, "main form");
  await page.waitForURL(/\/anh/);
  await page.locator("#f-photo").setInputFiles([photo({ name: "mot.png" }), photo({ name: "hai.png", colour: [40, 90, 160] })]);
  // With scripts each photo goes up by itself; its bar disappears when it is there.
  if (page.hasScripts) await page.waitForFunction(() => document.querySelectorAll(".upload__item").length === 2 && document.querySelectorAll(".upload__item progress:not([hidden])").length === 0);
  await good(page);
  await press(page, "main form");
  await page.waitForURL(/\/noi-xay-ra/);
  if ((await page.locator("input[name=pick]").count()) > 0 && !page.hasScripts) await page.locator("input[name=pick]").first().check();
  else await findCommune(page);
  await page.fill("input[name=words]", "Trước cổng trường tiểu học");
  await good(page);
  await press(page, "main form");
  await page.waitForURL(/\/kiem-tra/);
  assert.equal(await page.locator(".photos img").count(), 2, "both photos arrived");
  await good(page);
  await press(page, "main form");
  await page.waitForURL(/\/xong|\/phan-anh\/\d{10}/);
  await good(page);
  const code = (await page.locator("#code").innerText()).replace(/\D/g, "");
  assert.match(code, /^\d{10}$/);
  return code;
}

/** One act of the officer at the desk. */
async function act(name, fill = {}) {
  const form = desk.locator(`#lam-${name}`);
  if (!(await form.getAttribute("open").then((open) => open !== null))) await form.locator("summary").click();
  for (const [field, value] of Object.entries(fill)) await form.locator(`[name=${field}]`).fill(value);
  await form.locator("button.btn:not([name])").click();
  await desk.waitForLoadState("load");
}

for (const variant of VARIANTS) {
  test(`a citizen reports, the unit mends it, the citizen rates it: ${variant.name} (R1 R6 R7 R9 A1 X2 X4 X5)`, async () => {
    const page = await openPage(browser, { ...variant, base: demo.url });
    const phone = newPhone();
    await register(page, phone);
    const code = await sendReport(page);
    assert.equal((await fetch(`${demo.url}/phan-anh/${code}`)).status, 404, "not public before it is accepted");

    await desk.goto(`/can-bo/phan-anh/${code}`);
    await good(desk);
    await act("accept");
    assert.equal((await fetch(`${demo.url}/phan-anh/${code}`)).status, 200, "public once accepted");
    await act("start");
    await act("resolve", { text: "Đã thay nắp cống mới." });
    await good(desk);

    await page.goto("/thong-bao");
    await good(page);
    assert.match(await page.locator("main").innerText(), new RegExp(code.slice(-4)));
    await page.goto(`/phan-anh/${code}`);
    await good(page);
    assert.match(await page.locator("main").innerText(), /Đã thay nắp cống mới/);
    await page.goto(`/phan-anh/${code}/danh-gia`);
    await page.locator("input[type=radio][value='5']").check();
    await good(page);
    await press(page, "main form");
    await page.goto(`/phan-anh/${code}`);
    assert.ok((await page.locator(".stars").count()) > 0, "the rating is shown");
    await page.done();
  });
}

test("every page that needs no account is accessible and fits, in both languages (X5)", async () => {
  for (const language of ["vi", "en"]) {
    const page = await openPage(browser, { size: PHONE, language, base: demo.url });
    for (const path of ["/phan-anh", "/dang-nhap", "/quen-mat-khau", "/tai-khoan", "/thong-bao", "/xa", "/tro-giup", "/dieu-khoan", "/quyen-rieng-tu", "/kha-nang-tiep-can", "/ngoai-tuyen", "/khong-co-trang-nay"]) {
      await page.goto(path);
      await good(page);
    }
    await page.done();
  }
});

test("every page of the account and of the console is accessible and fits (X5)", async () => {
  const page = await openPage(browser, { size: PHONE, base: demo.url });
  await page.goto("/dang-nhap");
  await page.fill("input[name=login]", "0999000001");
  await page.fill("input[name=password]", PASSWORD);
  await press(page, "main form");
  await page.waitForURL((url) => !url.pathname.startsWith("/dang-nhap"));
  for (const path of ["/", "/phan-anh/cua-toi", "/thong-bao", "/tai-khoan", "/tai-khoan/thong-tin", "/tai-khoan/kenh-nhan", "/tai-khoan/thiet-bi", "/tai-khoan/hoat-dong", "/tai-khoan/dong-y", "/tai-khoan/du-lieu", "/tai-khoan/bao-mat", "/dang-xuat"]) {
    const answer = await page.goto(path);
    assert.equal(answer.status(), 200, path);
    await good(page);
  }
  await page.done();
  for (const path of ["/can-bo/phan-anh", "/can-bo/quan-ly/can-bo", "/can-bo/quan-ly/phan-tuyen", "/can-bo/quan-ly/nhat-ky", "/can-bo/quan-ly/tin-nhan"]) {
    const answer = await desk.goto(path);
    assert.equal(answer.status(), 200, path);
    await good(desk);
  }
  assert.deepEqual(desk.problems, []);
});

test("the wizard works by keyboard alone (X5)", async () => {
  const page = await openPage(browser, { size: DESKTOP, base: demo.url });
  await page.goto("/dang-nhap");
  await page.focus("input[name=login]");
  await page.keyboard.type("0999000002");
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/dang-nhap"));
  await page.goto("/phan-anh/moi?viet-moi=1");
  await page.focus("input[name=category]");
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/noi-dung/);
  await page.focus("textarea[name=content]");
  await page.keyboard.type("Đèn đường hỏng ba tối liền");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/anh/);
  await page.done();
});

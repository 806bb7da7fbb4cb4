// Registering with the full form of a province's portal (A10), whole, in real browsers: with a script and without, mistakes included.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { good } from "./lib/elsewhere.mjs";
import { press } from "./lib/people.mjs";
import { useDemo } from "./lib/server.mjs";
import { newPhone } from "./lib/steps.mjs";
import { pickCommune } from "./screens/newcomer.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const FORM = "main form[action='/dang-ky/mau-day-du']";
const PASSWORD = "mot-mat-khau-that-dai";

for (const [n, { js, size }] of [{ js: true, size: PHONE }, { js: false, size: DESKTOP }].entries()) {
  test(`somebody fills in the full form, mends it and has an account: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (A10)`, async () => {
    const page = await openPage(browser, { js, size, base: demo.url });
    await page.goto("/dang-ky");
    await page.locator("main a[href='/dang-ky/mau-day-du']").click();
    await good(page);
    const phone = newPhone();
    const typed = {
      full_name: "Người Điền Mẫu", number: "044 189 001 234", issued_on: "05/07/1980", issued_at: "Bộ Công an", address: "Số 1, thôn Thử",
      phone, email: "thu@vidu.vn", organization: "Hợp tác xã Ví Dụ", website: "vidu.vn", fax: "0233 3852 529", username: `mau.${phone.replace(/\D/g, "")}`,
    };
    for (const [name, value] of Object.entries(typed)) await page.fill(`input[name=${name}]`, value);
    if (js) await pickCommune(page);
    else {
      await page.fill("input[name=commune_text]", "dong hoi");
      await page.locator("button[name=find]").click();
      await page.locator("input[name=pick]").first().check();
    }
    await page.fill("input[name=password]", PASSWORD);
    await page.fill("input[name=again]", PASSWORD);
    await page.check("input[name=agreed]");
    await press(page, FORM);
    // The card would be older than its holder; everything else stands as it was typed.
    assert.match(await page.locator("#f-issued_on-e").innerText(), /trước năm sinh/);
    assert.equal(await page.locator("input[name=organization]").inputValue(), typed.organization);
    await good(page);
    await page.fill("input[name=issued_on]", "05/07/2021");
    await page.fill("input[name=password]", PASSWORD);
    await page.fill("input[name=again]", PASSWORD);
    await press(page, FORM);
    await page.waitForURL(/\/dang-ky\/mau-day-du\/ma/);
    await good(page);
    await page.fill("input[name=code]", await demo.otp(phone));
    await press(page, "main form:not(.resend)");
    await page.waitForURL(/\/dang-ky\/xong/);
    await page.goto("/tai-khoan/thong-tin");
    const known = await page.locator("main").innerText();
    for (const said of ["044***234", "05/07/2021", typed.organization, typed.username, typed.email]) assert.ok(known.includes(said), said);
    await good(page);
    if (n === 0) {
      // «Làm mới» empties the page; who lives elsewhere is asked where.
      await page.goto("/dang-xuat");
      await press(page, "main form");
      await page.goto("/dang-ky/mau-day-du");
      await page.fill("input[name=full_name]", "Ai Đó");
      await page.getByRole("link", { name: "Làm mới" }).click();
      assert.equal(await page.locator("input[name=full_name]").inputValue(), "");
      assert.equal(await page.locator("input[name=elsewhere]").isVisible(), false);
      await page.locator("input[value=khac]").check();
      assert.equal(await page.locator("input[name=elsewhere]").isVisible(), true);
      assert.equal(await page.locator("input[name=commune_text]").isVisible(), false);
      await good(page);
    }
    await page.done();
  });
}

// A child came of age (A19): the guardian makes a code, the young adult takes the account over with a phone of their own, the guardian is out. With a
// script and without.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { good } from "./lib/elsewhere.mjs";
import { citizen, press } from "./lib/people.mjs";
import { useDemo } from "./lib/server.mjs";
import { newPhone } from "./lib/steps.mjs";
import { GROWN } from "./screens/helping.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const HELPING = "/tai-khoan/giup-nguoi";
const text = (page) => page.locator("main").innerText();

// The demo knows two who came of age a few days ago.
for (const { js, size, name } of [{ js: true, size: PHONE, name: "Trần Hư Cấu Lớn" }, { js: false, size: DESKTOP, name: "Trần Hư Cấu Nhỡ" }]) {
  test(`an account is handed over at 18: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (A19)`, async () => {
    const guardian = await openPage(browser, { js, size, base: demo.url });
    await citizen("0999000002")(guardian);
    await guardian.goto(HELPING);
    await good(guardian);
    const card = guardian.locator("section.card").filter({ hasText: name });
    assert.match(await card.innerText(), /đã đủ 18 tuổi từ ngày[\s\S]*bị xóa sau ngày/);
    await card.locator("a[href$='/giao']").click();
    await guardian.waitForURL(/\/giao$/);
    await good(guardian);
    await press(guardian);
    await guardian.locator(".codes").waitFor();
    await good(guardian);
    const code = (await guardian.locator(".codes li").innerText()).trim();
    assert.match(code, /^[A-HJ-NP-Z2-9]{4}(-[A-HJ-NP-Z2-9]{4}){2}$/);

    const owner = await openPage(browser, { js, size, base: demo.url });
    await owner.goto("/dang-ky");
    await owner.locator(`a[href^='${GROWN}']`).click();
    await owner.waitForURL((url) => url.pathname === GROWN);
    await good(owner);
    const phone = newPhone();
    const type = async (typed) => {
      await owner.fill("input[name=hand_over]", typed);
      await owner.fill("input[name=phone]", phone);
      if (!(await owner.isChecked("input[name=agreed]"))) await owner.check("input[name=agreed]");
      await press(owner, `main form[action='${GROWN}']`);
    };
    await type("ABCD-EFGH-JKLM");
    await owner.locator("[data-error-summary]").waitFor();
    assert.match(await text(owner), /Mã không dùng được/);
    await good(owner);
    await type(code.toLowerCase().replaceAll("-", " "));
    await owner.waitForURL((url) => url.pathname === `${GROWN}/ma`);
    await good(owner);
    await owner.fill("input[name=code]", await demo.otp(phone));
    await press(owner, "main form:not(.resend)");
    await owner.waitForURL((url) => url.pathname === `${GROWN}/mat-khau`);
    await good(owner);
    assert.match(await text(owner), new RegExp(`Tài khoản của ${name}`));
    await owner.fill("input[name=password]", "mot-mat-khau-that-dai");
    await press(owner);
    await owner.waitForURL((url) => url.pathname === "/tai-khoan");
    await good(owner);
    assert.match(await text(owner), new RegExp(name));

    await guardian.goto(HELPING);
    assert.doesNotMatch(await text(guardian), new RegExp(name));
    await guardian.goto("/thong-bao");
    assert.match(await text(guardian), /Một người con đã nhận tài khoản/);
    await owner.done();
    await guardian.done();
  });
}

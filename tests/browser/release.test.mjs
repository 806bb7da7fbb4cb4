// Somebody took a number with a photo of its card; the owner comes to the desk, an officer releases it, the owner verifies (A7). With a script and
// without.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { good, strangers } from "./lib/elsewhere.mjs";
import { press, staff } from "./lib/people.mjs";
import { useDemo } from "./lib/server.mjs";
import { newPerson } from "./screens/newcomer.mjs";
import { look, RELEASE, verifyTyped } from "./screens/release.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const text = (page) => page.locator("main").innerText();
const next = demo.registry ? await strangers(demo, "release") : undefined;
const WHY = "Xem thẻ Căn cước bản gốc, ảnh đúng người";

async function newcomer(options) {
  const first = await openPage(browser, { base: demo.url });
  await newPerson(demo)(first);
  const storageState = await first.context().storageState();
  await first.done();
  return openPage(browser, { base: demo.url, storageState, ...options });
}

for (const { js, size, who } of [{ js: true, size: DESKTOP, who: "lanhdao" }, { js: false, size: PHONE, who: "dieuphoi" }]) {
  test(`an officer releases a number that another account holds: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (A7)`, { skip: !demo.registry && "no registry in this demo" }, async () => {
    const person = next();
    const [holder, owner] = [await newcomer({ js, size }), await newcomer({ js, size })];
    await verifyTyped(holder, person);
    await holder.waitForURL(/\/ket-qua/);
    await verifyTyped(owner, person);
    assert.match(await text(owner), /đã thuộc về một tài khoản khác[\s\S]*mang thẻ đến Ủy ban/);

    const desk = await openPage(browser, { js, size, base: demo.url });
    await desk.goto("/can-bo/dang-nhap");
    await staff(who)(desk);
    await desk.goto(RELEASE);
    await good(desk);
    await look(desk, "000189999999");
    assert.match(await text(desk), /Không ai giữ số này/);
    await good(desk);
    await look(desk, person.number);
    await desk.waitForURL((url) => url.pathname === `${RELEASE}/dang-giu`);
    await good(desk);
    assert.match(await text(desk), /Có người giữ số này[\s\S]*Cơ sở dữ liệu quốc gia về dân cư/);
    assert.doesNotMatch(await desk.content(), new RegExp(`${person.number}|${person.name}|Người Thử Nghiệm`));
    const form = `main form[action='${RELEASE}/dang-giu']`;
    await desk.fill("textarea[name=reason]", "ngắn");
    await press(desk, form);
    await desk.locator("[data-error-summary]").waitFor();
    await good(desk);
    await desk.selectOption("select[name=paper]", "can-cuoc");
    await desk.fill("textarea[name=reason]", WHY);
    await desk.check("input[name=compared]");
    await press(desk, form);
    await desk.waitForURL((url) => url.pathname === RELEASE);
    assert.match(await text(desk), /Đã gỡ số/);
    await good(desk);

    await holder.goto("/tai-khoan/hoat-dong");
    await holder.waitForURL(/\/dang-nhap/);
    await verifyTyped(owner, person);
    await owner.waitForURL(/\/ket-qua/);
    assert.match(await text(owner), /Đã xác thực thông tin cá nhân/);
    for (const page of [holder, owner, desk]) await page.done();
  });
}

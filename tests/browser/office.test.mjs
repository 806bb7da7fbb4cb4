// Another system of the province (S2) in real browsers: a tile of the console opens it, it knows who works where, and it knows them no longer
// once they signed out at the console. With a script and without.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { at, good, named } from "./lib/elsewhere.mjs";
import { press, staff } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const home = named(demo.url);
const office = named(demo.office);
const TILES = "/can-bo/he-thong";

const text = (page) => page.locator("main").innerText();
const tile = (page) => page.getByRole("link", { name: /Sổ văn bản \(thử nghiệm\)/ });

for (const { js, size, who, leads } of [{ js: true, size: DESKTOP, who: "lanhdao", leads: true }, { js: false, size: PHONE, who: "canbo", leads: false }]) {
  test(`a tile opens another system, which ends with the work at the console: ${js ? "JavaScript" : "no JavaScript"}, ${size.width} px (S2 A16)`, async () => {
    const page = await openPage(browser, { js, size, base: home });
    const seen = [];
    page.on("request", (request) => seen.push(request.url()));
    await page.goto(office);
    assert.match(await text(page), /Chưa có ai đăng nhập/);
    assert.match(await page.locator(".ribbon").innerText(), /thử nghiệm/);
    await good(page);

    await staff(who)(page);
    await page.goto("/can-bo/toi");
    const own = await text(page);
    await page.goto(TILES);
    await good(page);
    await tile(page).click();
    await page.waitForURL(`${office}/`);
    const told = await text(page);
    const [name, unit, roles] = await page.locator("dl.facts dd").allInnerTexts();
    assert.ok(name.length > 3 && own.includes(name), `${name} in ${own}`);
    assert.match(unit, /(UBND|Sở|Trung tâm|Ban) .+/);
    assert.match(roles, leads ? /lãnh đạo đơn vị/ : /cán bộ/);
    assert.equal(/Chờ lãnh đạo ký/.test(told), leads, "what the roles mean there, that system decides");
    await good(page);

    // Out of that system alone: the console goes on, and one press leads in again.
    await page.getByRole("button", { name: "Ra khỏi sổ văn bản" }).click();
    await page.getByRole("link", { name: /Đăng nhập bằng tài khoản bàn làm việc/ }).click();
    await page.waitForURL(`${office}/`);
    assert.match(await text(page), /Họ tên/);

    // Out at the console: the other system hears of it by itself.
    await page.goto(`${home}/can-bo/dang-xuat`);
    await press(page, "main form");
    await until(async () => {
      await page.goto(office);
      return /Chưa có ai đăng nhập/.test(await text(page));
    }, { timeout: 20_000, every: 300, what: "the end of the session in the other system" });
    assert.doesNotMatch(await text(page), /Họ tên/);
    // Nobody comes in again without the console's door.
    await page.getByRole("link", { name: /Đăng nhập bằng tài khoản bàn làm việc/ }).click();
    await page.waitForURL(at(`${home}/can-bo/dang-nhap`));
    assert.ok(seen.every((url) => !url.includes(encodeURIComponent(name)) && !url.includes(who)), "nothing of the person in an address");
    await page.done();
  });
}

test("who is sent there by somebody else, or comes back twice, is told what to do (S2)", async () => {
  const page = await openPage(browser, { js: false, size: PHONE, base: office });
  for (const path of ["/dang-nhap?iss=https://evil.example", "/ve", "/ve?code=x&state=y"]) {
    const answer = await page.goto(path);
    assert.equal(answer.status(), 400, path);
    assert.match(await text(page), /Chưa vào được sổ văn bản[\s\S]*Về bàn làm việc/);
    await good(page);
  }
  await page.done();
});

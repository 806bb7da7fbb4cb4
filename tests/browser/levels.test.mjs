// The account that a procedure needs (A13) in real browsers: a guest signs in and is back, an account below the level is raised over VNeID or by
// a card, and each time the very procedure says that it is enough. With a script and without.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { acquainted, agreeAtVneid, at, good, named } from "./lib/elsewhere.mjs";
import { press } from "./lib/people.mjs";
import { useDemo } from "./lib/server.mjs";
import { newPhone } from "./lib/steps.mjs";
import { newPerson } from "./screens/newcomer.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const home = named(demo.url);
const portal = named(demo.portal);
// Known at the sandbox for Quảng Trị, where no other file comes in with them.
const someone = await acquainted(demo, "Quảng Trị");
const PROCEDURE = "/thu-tuc/1.000894";
const HIGH = "/thu-tuc/1.012783";
const STEPS = "/tai-khoan/nang-muc";

const text = (page) => page.locator("main").innerText();
const onProcedure = (page, path = PROCEDURE) => page.waitForURL(`${home}${path}`);

/** Registered with a phone and nothing more, and signed out again. */
async function registered() {
  const phone = newPhone();
  const page = await openPage(browser, { base: home });
  await newPerson(demo, phone)(page);
  await page.done();
  return phone;
}

/** From the procedure as a guest over the door, to what says that the account is not enough. */
async function comesToTheProcedure(page, phone) {
  await page.goto(PROCEDURE);
  assert.match(await text(page), /Cần tài khoản đã xác thực danh tính/);
  await good(page);
  await page.locator("main").getByRole("link", { name: "Đăng nhập" }).click();
  await page.fill("input[name=login]", phone);
  await page.fill("input[name=password]", "mot-mat-khau-that-dai");
  await press(page, "main form[action='/dang-nhap']");
  await onProcedure(page);
  assert.match(await text(page), /Tài khoản chưa đủ mức/);
  await good(page);
  assert.equal(await page.locator("main .btn").count(), 1, "one button");
  await page.getByRole("link", { name: "Nâng mức tài khoản" }).click();
  await page.waitForURL(at(`${home}${STEPS}`));
  await good(page);
}

async function isEnough(page) {
  await onProcedure(page);
  assert.match(await text(page), /Tài khoản đủ mức/);
  assert.doesNotMatch(await text(page), /Nâng mức/);
  await good(page);
}

/** Somebody of the population registry whom the VNeID sandbox does not know. */
async function citizenWithCard() {
  const taken = await (await fetch(named(demo.vneid))).text();
  const body = new URLSearchParams({ wanted: ["Trần", "Lê", "Phạm", "Hoàng"][Date.now() % 4] });
  const html = await (await fetch(`${demo.registry}/tim`, { method: "POST", body })).text();
  const people = html.split('<li class="card">').slice(1).map((card) => ({
    number: /<code>(\d{12})<\/code>/.exec(card)[1],
    name: /<strong>([^<]+)<\/strong>/.exec(card)[1],
    birth: /sinh<\/dt><dd>([\d/]+)/.exec(card)[1],
    sex: /Giới tính<\/dt><dd>([^<]+)/.exec(card)[1],
  }));
  const free = people.filter(({ number, birth }) => birth.length === 10 && !taken.includes(number));
  return free[Math.floor(Math.random() * free.length)] ?? assert.fail("nobody with a card");
}

for (const { js, size } of [{ js: true, size: PHONE }, { js: false, size: DESKTOP }]) {
  const how = `${js ? "JavaScript" : "no JavaScript"}, ${size.width} px`;

  test(`an account is raised over VNeID for a procedure, which then says that it is enough: ${how} (A13)`, async () => {
    const phone = await registered();
    const page = await openPage(browser, { js, size, base: home });
    await comesToTheProcedure(page, phone);
    await page.getByRole("button", { name: /^Liên kết VNeID thử nghiệm/ }).click();
    await agreeAtVneid(page, demo, someone());
    await isEnough(page);
    // What VNeID cannot say is not offered there; the portal could.
    await page.goto(HIGH);
    await page.getByRole("link", { name: "Nâng mức tài khoản" }).click();
    await page.waitForURL(at(`${home}${STEPS}`));
    assert.doesNotMatch(await text(page), /VNeID|thẻ Căn cước/);
    assert.match(await text(page), /Cổng Dịch vụ công quốc gia/);
    await good(page);
    await page.done();
  });
}

test("a card that the registry confirms raises the account, and its answer leads back: no JavaScript (A13 A7)", async () => {
  const phone = await registered();
  const person = await citizenWithCard();
  const page = await openPage(browser, { js: false, size: PHONE, base: home });
  await comesToTheProcedure(page, phone);
  await page.getByRole("link", { name: "Xác thực thông tin cá nhân" }).click();
  await page.goto("/tai-khoan/xac-thuc/nhap");
  await page.fill("input[name=number]", person.number);
  await page.fill("input[name=full_name]", person.name);
  await page.fill("input[name=birth]", person.birth);
  await page.locator(`input[name=sex][value=${person.sex === "Nam" ? "male" : "female"}]`).check();
  await page.fill("input[name=issued]", "10/05/2021");
  await press(page, "main form");
  await page.waitForURL(/\/kiem-tra/);
  await press(page);
  await page.waitForURL(/\/ket-qua/);
  await good(page);
  await page.getByRole("link", { name: "Trở lại thủ tục" }).click();
  await isEnough(page);
  await page.done();
});

test("the portal says beside each province which account is asked for there (A13 N14)", async () => {
  const page = await openPage(browser, { js: false, size: PHONE, base: portal });
  for (const [path, words] of [[PROCEDURE, /Cần tài khoản đã xác thực danh tính/], [HIGH, /Cần tài khoản đã xác thực ở mức cao/]]) {
    await page.goto(path);
    assert.match(await text(page), words);
    await good(page);
  }
  await page.done();
});

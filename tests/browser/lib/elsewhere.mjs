// Coming in from another's provider: the people of the VNeID sandbox, its pages, and the first arrival at a site that did not know them.
import assert from "node:assert/strict";
import { pickCommune } from "../screens/newcomer.mjs";
import { assertAccessible } from "./axe.mjs";
import { assertFits } from "./browser.mjs";
import { PASSWORD, press } from "./people.mjs";
import { newPhone } from "./steps.mjs";

/** All sides of a demo know each other by this name; cookies do not go from 127.0.0.1 to it. */
export const named = (address) => address.replace("127.0.0.1", "localhost");

export const at = (origin) => (url) => url.href.startsWith(origin);

/** `reloads`: the page loads itself again while it is looked at. */
export const good = async (page, options) => {
  await assertAccessible(page, options);
  await assertFits(page);
};

/** Who signs in at the portal in `banks`, `screens`, `dossiers` and `payments` is known to provinces alone in `linked`. Who signs at the portal in `signature` shows a card to the province in `release` and `held`. Whose number is taken at the portal in `taken` and `screens-taken` is known to provinces alone in `card` and `linked`. Whom each file takes of the sandbox's twenty, from and to: all of them share one demo, and a person has one account; `dossiers` and `screens-taken` take the same one and are files of different demos; `banks` and `payments` share one and get on with each other; `documents` and `dossiers` take the same one, who has both and can tell them apart. */
const SHARES = { linked: [0, 4], catalogue: [4, 10], card: [10, 11], national: [11, 17], signature: [17, 20], banks: [0, 2], screens: [2, 3], dossiers: [3, 4], documents: [3, 4], payments: [0, 1], taken: [10, 11], "screens-taken": [3, 4], peers: [0, 2], release: [17, 19], held: [19, 20] }; // peers.test.mjs has a demo of its own

/** The people of the sandbox's own page, in the order in which it names them: who has an account somewhere, and who has none. */
async function cards(demo) {
  const html = await (await fetch(named(demo.vneid))).text();
  return html.split("Người chưa có tài khoản").map((part) => part.split('<li class="card">').slice(1));
}

/** Asks for one of these after the other. */
const oneByOne = (share, file) => () => {
  const card = share.shift() ?? assert.fail(`${file} takes more people than its share`);
  return {
    number: /<code>(\d{12})<\/code>/.exec(card)[1],
    name: /<strong>([^<]+)<\/strong>/.exec(card)[1],
    phone: /Điện thoại<\/dt><dd>([\d ]+)</.exec(card)[1],
    born: /Sinh ngày<\/dt><dd>([\d/]+),/.exec(card)[1],
  };
};

/** Asks for one person after the other who has no account anywhere, of those that `file` may take. */
export async function strangers(demo, file) {
  const unknown = (await cards(demo)).at(-1);
  assert.ok(unknown.length >= 20, `${unknown.length} people`);
  return oneByOne(unknown.slice(...SHARES[file]), file);
}

/** The same of the two who have an account in this province. */
export async function acquainted(demo, place) {
  const known = (await cards(demo))[0].filter((card) => card.includes(place));
  assert.equal(known.length, 2, `${known.length} people of ${place}`);
  return oneByOne(known, place);
}

/** Signs in at the sandbox and says yes, where it asks: it does so once. */
export async function agreeAtVneid(page, demo, { number, phone }, asked = true) {
  await page.waitForURL(at(named(demo.vneid)));
  const had = await demo.smsCount(phone);
  await page.fill("input[name=number]", number);
  await page.fill("input[name=password]", PASSWORD);
  await page.locator("main form button, form.form button").first().click();
  await page.locator("input[name=code]").waitFor();
  await page.fill("input[name=code]", await demo.otp(phone, { after: had }));
  await page.locator("form.form button").first().click();
  if (asked) await page.locator("button[name=answer][value=allow]").click();
}

/** From «Số điện thoại của Ông/Bà» to the welcome: a phone with its code and, in a province, where one lives. */
export async function arrive(page, demo, { js, phone = newPhone(), residence = true }) {
  await page.waitForURL(/\/lan-dau(\?|$)/);
  await good(page);
  await page.fill("input[name=phone]", phone);
  await page.check("input[name=agreed]");
  await press(page, "main form[action='/lan-dau']");
  await page.waitForURL(/\/lan-dau\/ma/);
  await good(page);
  await page.fill("input[name=code]", await demo.otp(phone));
  await press(page, "main form:not(.resend)");
  await page.waitForURL(/\/lan-dau\/thong-tin/);
  await good(page);
  if (residence && js) await pickCommune(page);
  else if (residence) {
    await page.fill("input[name=commune_text]", "dong hoi");
    await page.locator("button[name=find]").click();
    await page.locator("input[name=pick]").first().check();
  }
  await press(page);
  await page.waitForURL(/\/dang-ky\/xong/);
  await good(page);
  return phone;
}

/** A password as the portal wants it. */
export const OWN = "Trâu-trắng-số-9";

/** «Mật khẩu» twice, the last step of registering at the portal. */
export async function choosePassword(page, password = OWN) {
  await page.waitForURL(/\/mat-khau/);
  await good(page);
  await page.fill("input[name=password]", password);
  await page.fill("input[name=again]", password);
  await press(page);
}

/** Where the portal compares what it holds with the population registry, and the form that asks. */
export const POPULATION = "/tai-khoan/dinh-danh/dan-cu";
export const ASK_REGISTRY = `main form[action='${POPULATION}']`;

/** Once, before the portal tells a province anything of who came through VNeID (N7). */
export async function compareOnce(page) {
  await page.waitForURL((url) => url.pathname === POPULATION);
  await press(page, ASK_REGISTRY);
  await page.locator("main .actions a.btn").first().click();
}

/** At the portal, for the first time or again. */
export async function atPortal(page, demo, person) {
  await page.goto(`${named(demo.portal)}/dang-nhap`);
  await page.locator("form[action='/dang-nhap/lien-thong/vneid'] button").first().click();
  await agreeAtVneid(page, demo, person, false);
  const home = at(named(demo.portal));
  const agree = page.locator("button[name=answer][value=allow]");
  await Promise.race([page.waitForURL(home), agree.waitFor().then(() => agree.click())]);
  await page.waitForURL(home);
  if (new URL(page.url()).pathname === "/lan-dau") await arrive(page, demo, { residence: false });
}

/** From the portal's sign-in page over VNeID to a new account there, and on to where the person came for. */
export async function firstTimeAtPortal(page, demo, person) {
  await page.locator("form[action='/dang-nhap/lien-thong/vneid'] button").first().click();
  await agreeAtVneid(page, demo, person);
  await page.waitForURL(at(`${named(demo.portal)}/lan-dau`));
  assert.match(await page.locator("main").innerText(), new RegExp(person.name));
  await arrive(page, demo, { residence: false });
  await page.locator("main .actions a.btn").first().click();
}

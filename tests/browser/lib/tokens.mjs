// USB tokens of the sandbox: the file that a page gives out goes to its software and comes back signed; and registering with one.
import assert from "node:assert/strict";
import { choosePassword, good, named } from "./elsewhere.mjs";
import { press } from "./people.mjs";
import { newPhone } from "./steps.mjs";

/** What a click saves, as a file of its name. */
export async function saved(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  const parts = [];
  for await (const part of await download.createReadStream()) parts.push(part);
  return { name: download.suggestedFilename(), mimeType: "application/octet-stream", buffer: Buffer.concat(parts) };
}

/** The file that this browser is given at `path`, signed by the token of whom `number` names. */
export async function signedFile(page, demo, path, number) {
  const portal = named(demo.portal);
  await page.goto(portal + path);
  await good(page);
  await press(page, `main form[action='${path.split("?")[0]}']`);
  await page.locator("input[name=file]").waitFor();
  await good(page);
  const text = await saved(page, page.locator(`main a[href='${path.split("?")[0]}/tep']`));
  assert.match(text.name, /^ky-so-[0-9a-f]{6}\.txt$/);
  assert.match(text.buffer.toString(), /Mã thử thách: \S{43}/);
  const other = await page.context().newPage();
  await other.goto(named(demo.tokens));
  const theirs = await other.locator("select[name=nguoi] option", { hasText: number }).getAttribute("value");
  await other.locator("select[name=nguoi]").selectOption(theirs);
  await other.setInputFiles("input[name=tep]", text);
  const signed = await saved(other, other.locator("form[action='/ky'] button"));
  await other.close();
  assert.match(signed.name, /\.p7s$/);
  return signed;
}

export async function handIn(page, file) {
  await page.setInputFiles("input[name=file]", file);
  await press(page, "main form[enctype]");
}

/** From a page of «Đăng ký bằng USB ký số» to the welcome; the phone that was proven. */
export async function registerWithToken(page, demo, path, number) {
  await handIn(page, await signedFile(page, demo, path, number));
  await page.waitForURL(/\/dang-ky\/chu-ky-so(\?|$)/);
  await good(page);
  assert.match(await page.locator("main").innerText(), /000\*\*\*\d{3}/);
  const phone = newPhone();
  await page.fill("input[name=phone]", phone);
  await page.check("input[name=agreed]");
  await press(page);
  await page.fill("input[name=code]", await demo.otp(phone));
  await press(page, "main form:not(.resend)");
  await choosePassword(page);
  await page.waitForURL(/\/dang-ky\/xong/);
  return phone;
}

/** Somebody who knows what is printed on the card of this person registers at the portal with their social insurance number and a phone of their own. */
export async function registerWithInsurance(page, demo, person, phone = newPhone()) {
  const listed = await (await fetch(`${demo.sandbox}/dang-ky-thu`)).text();
  const card = listed.slice(listed.indexOf(`<code>${person.number}</code>`));
  await page.goto(`${named(demo.portal)}/dang-ky/bao-hiem-xa-hoi`);
  await page.fill("input[name=number]", person.number);
  await page.fill("input[name=full_name]", person.name);
  await page.fill("input[name=birth_date]", person.born);
  await page.fill("input[name=insurance]", /Mã số BHXH<\/dt><dd><code>([^<]+)</.exec(card)[1]);
  await page.fill("input[name=phone]", phone);
  await page.check("input[name=agreed]");
  await press(page);
  await page.waitForURL(/\/ma$/);
  await page.fill("input[name=code]", await demo.otp(phone));
  await press(page, "main form:not(.resend)");
  await choosePassword(page);
  await page.waitForURL(/\/dang-ky\/xong/);
  return phone;
}

/** Whoever has a token and no account elsewhere, and the organisations, as the sandbox's page names them: `{name, number}`. */
export async function holders(demo, group) {
  const html = await (await fetch(named(demo.tokens))).text();
  const from = html.indexOf(`<optgroup label="${group}">`);
  const options = html.slice(from, html.indexOf("</optgroup>", from));
  return [...options.matchAll(/<option value="\d+">([^<]+) – ([^<]+)<\/option>/g)].map(([, name, number]) => ({ name, number }));
}

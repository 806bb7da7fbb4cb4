// «Dịch vụ công của tôi» (N6, N14) in real browsers: a one-stop system tells a province over its API, the province tells the portal, and the person reads
// it there; with a script and without.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { atPortal, good, named, strangers } from "./lib/elsewhere.mjs";
import { press, staff } from "./lib/people.mjs";
import { until, useDemo } from "./lib/server.mjs";
import { told } from "./screens/dossiers.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const portal = named(demo.portal);
const person = (await strangers(demo, "dossiers"))();
const PAGE = "/tai-khoan/ho-so";
const KEYS = "/can-bo/quan-ly/khoa-ket-noi";

const text = (page) => page.locator("main").innerText();

/** A key that may tell states of dossiers, made by staff in the console. */
async function key() {
  const page = await openPage(browser, { size: DESKTOP, base: demo.url });
  await staff("dieuphoi")(page);
  await page.goto(`${KEYS}/moi`);
  await page.fill("input[name=name]", "Một cửa điện tử");
  await page.selectOption("select[name=right]", { label: "Báo tình trạng và phí, lệ phí của hồ sơ thủ tục hành chính" });
  await press(page, "main form");
  const made = (await page.locator("#khoa").innerText()).trim();
  await page.context().close();
  return made;
}

const tell = async (made, state) => {
  const answer = await fetch(`${demo.url}/api/v1/dossier-states`, {
    method: "POST", headers: { authorization: `Bearer ${made}`, "content-type": "application/json" }, body: JSON.stringify({ states: [state] }),
  });
  return { status: answer.status, body: await answer.json() };
};

test("a one-stop system tells a state, and the person reads it at the portal, with a script and without (N6, N14)", async () => {
  const page = await openPage(browser, { size: PHONE, base: portal });
  await atPortal(page, demo, person);
  await told(portal)(page);
  await good(page);
  const made = await key();
  const procedure = (await (await fetch(`${demo.url}/api/v1/procedures`)).json())[0];
  const state = { event: `thu-${Date.now()}`, dossier: "THU-2026-0001", procedure: procedure.code, number: person.number, state: "5", at: new Date().toISOString(), note: "Xin bổ sung giấy chứng sinh" };
  assert.equal((await tell("cds_sai", state)).status, 403);
  const taken = await tell(made, state);
  assert.deepEqual(taken, { status: 200, body: { results: [{ event: state.event, outcome: "taken" }] } });
  assert.deepEqual(await tell(made, state), taken, "told again, answered the same");
  await until(async () => { await page.goto(PAGE); return /THU-2026-0001/.test(await text(page)); }, { what: "the dossier at the portal", timeout: 30_000, every: 500 });
  await page.goto("/tai-khoan");
  assert.match(await text(page), /Dịch vụ công của tôi\s+\d+ đang xử lý, \d+ đã hoàn thành/);

  const plain = await openPage(browser, { js: false, size: DESKTOP, base: portal });
  await plain.context().addCookies(await page.context().cookies());
  await plain.goto("/thong-bao?muc=ho-so");
  await plain.getByRole("link", { name: /THU-2026-0001 cần bổ sung giấy tờ/ }).click();
  assert.match(await text(plain), /Đến lượt Ông\/Bà[\s\S]*THU-2026-0001[\s\S]*Xin bổ sung giấy chứng sinh/);
  assert.ok(!(await plain.content()).includes(person.number), "the number is not on the page");
  await good(plain);
  await plain.goto(`${PAGE}?muc=hoan-thanh`);
  assert.ok(!/THU-2026-0001/.test(await text(plain)));
  await good(plain);
  for (const one of [page, plain]) await one.context().close();
});

// The harness itself, against a tiny server: it must see what it is there to see. Needs no binary.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { assertAccessible, violations } from "./axe.mjs";
import { assertFits, openPage, PHONE, tabOrder, useBrowser } from "./browser.mjs";
import { assertFast, audit } from "./lighthouse.mjs";
import { international, PORTS, startDemo } from "./server.mjs";
import { takeShots } from "./shots.mjs";
import { photo } from "./steps.mjs";
import { totp } from "./totp.mjs";

const GOOD = `<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Trang thử</title><link rel="stylesheet" href="/style.css"><link rel="icon" href="data:,"></head>
  <body><main><h1>Xin chào</h1><p>Đường hỏng, <a href="/done">báo ngay</a>.</p>
  <form method="post" action="/done"><label for="t">Nội dung</label> <input id="t" name="t"> <button>Gửi</button></form>
  <noscript><p id="nojs">Không có JavaScript</p></noscript></main></body></html>`;
const PAGES = {
  "/": GOOD,
  "/done": GOOD.replace("Xin chào", "Đã gửi"),
  "/style.css": "button, input { min-height: 48px; min-width: 48px } a { display: inline-block; padding: 16px }",
  "/bad": GOOD.replace("<label for=\"t\">Nội dung</label>", "").replace("<h1>", '<h1 style="color:#ccc">'),
  "/inline": GOOD.replace("</main>", "<script>document.title = 'inline ran'</script></main>"),
  "/wide": GOOD.replace("</main>", '<p id="wide">x</p></main>').replace("/style.css", "/wide.css"),
  "/wide.css": "#wide { width: 900px }",
};
const server = createServer((request, response) => {
  const body = PAGES[request.url];
  response.writeHead(request.url === "/broken" ? 500 : body === undefined ? 404 : 200, {
    "content-type": request.url.endsWith(".css") ? "text/css" : "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'",
  });
  response.end(body ?? "no");
});
let base;
before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());
const browser = await useBrowser(after);

for (const js of [true, false]) {
  const how = js ? "with JavaScript" : "without JavaScript";
  test(`axe passes a good page under a strict CSP and names the faults of a bad one, ${how}`, async () => {
    const page = await openPage(browser, { base, js });
    await page.goto("/");
    await assertAccessible(page);
    assert.equal(await page.locator("#nojs").count(), js ? 0 : 1);
    await page.goto("/bad");
    assert.ok((await violations(page)).some(({ id }) => id === "label"));
    await assert.rejects(assertAccessible(page), /label \(critical\): Form elements must have labels/);
    await page.context().close();
  });

  test(`a form is sent and the focus is seen, ${how}`, async () => {
    const page = await openPage(browser, { base, js, language: "en" });
    await page.goto("/");
    assert.deepEqual(await tabOrder(page), ["a: báo ngay", "input: Nội dung", "button: Gửi"]);
    await page.getByLabel("Nội dung").fill("ổ gà");
    await page.getByRole("button", { name: "Gửi" }).click();
    await page.getByRole("heading", { name: "Đã gửi" }).waitFor();
    await page.done();
  });
}

test("inline code, answers of 500 and other hosts are noticed", async () => {
  const page = await openPage(browser, { base });
  await page.goto("/inline");
  assert.match(page.problems.join("\n"), /Content Security Policy/);
  await page.goto("/broken");
  assert.match(page.problems.join("\n"), /500 from/);
  await assert.rejects(page.done(), /pages misbehaved/);
});

test("sideways scrolling is noticed, with the element that causes it", async () => {
  const page = await openPage(browser, { base, size: PHONE });
  await page.goto("/");
  await assertFits(page);
  await page.goto("/wide");
  await assert.rejects(assertFits(page), /<p class="">/);
  await page.done();
});

test("Lighthouse scores a page and counts its bytes", async () => {
  const result = await assertFast(base, { bestPractices: 0, maxBytes: 4096 });
  assert.ok(result.bytes > 500, String(result.bytes));
  await assert.rejects(assertFast(`${base}/bad`, { bestPractices: 0, runs: 1 }), /accessibility below 100/);
  assert.ok((await audit(`${base}/bad`, { runs: 1 })).faults.some((fault) => fault.startsWith("accessibility")));
});

test("shots become pictures and contact sheets", async () => {
  const folder = mkdtempSync(join(tmpdir(), "congdanso-shots-"));
  const screens = [{ name: "home", path: "/" }, { name: "sent", path: "/", as: "somebody", go: (page) => page.getByRole("button", { name: "Gửi" }).click() }];
  const { pictures, sheets, problems } = await takeShots(browser, { base, screens, folder, people: { somebody: (page) => page.goto("/") } });
  assert.deepEqual(problems, []);
  assert.equal(pictures, 4);
  assert.equal(sheets.length, 2);
  for (const sheet of sheets) assert.ok(statSync(sheet).size > 2000);
  rmSync(folder, { recursive: true });
});

test("one-time codes are those of RFC 6238, appendix B", () => {
  const secret = Buffer.from("12345678901234567890");
  for (const [seconds, code] of [[59, "94287082"], [1111111109, "07081804"], [1234567890, "89005924"], [20000000000, "65353130"]]) {
    assert.equal(totp(secret, { at: seconds * 1000, digits: 8 }), code);
  }
  assert.equal(totp("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ", { at: 59_000 }), "287082");
});

test("phone numbers are asked for as the sandbox keys them, photos are PNG", () => {
  assert.equal(international("0912 345 678"), "+84912345678");
  assert.equal(international("+84912345678"), "+84912345678");
  assert.deepEqual([...photo().buffer.subarray(0, 4)], [137, 80, 78, 71]);
});

test("a demo is started on free ports, waited for, asked for codes and ended", async () => {
  const folder = mkdtempSync(join(tmpdir(), "congdanso-fake-"));
  const fake = join(folder, "fake.mjs");
  writeFileSync(
    fake,
    `import { createServer } from "node:http";
     const word = (name) => process.argv[process.argv.indexOf(name) + 1];
     for (let offset = 0; offset < ${PORTS}; offset++) createServer((request, response) => response.end(request.url.startsWith("/sms")
       ? JSON.stringify([{ to: "+84912345678", from: "x", text: "Ma xac thuc: 123456. Het han sau 5 phut", at: "2026-01-01T00:00:00Z" }]) : "ok"))
       .listen(Number(word("--port-base")) + offset, "127.0.0.1");`,
  );
  const { demo, pid, stop } = await startDemo({ command: [process.execPath, fake] });
  assert.equal(await demo.otp("0912 345 678"), "123456");
  await stop();
  assert.equal(existsSync(`/proc/${pid}`), false);
  writeFileSync(fake, "console.error('port taken'); process.exit(3)");
  await assert.rejects(startDemo({ command: [process.execPath, fake] }), /exit code 3\nport taken/);
  rmSync(folder, { recursive: true });
});

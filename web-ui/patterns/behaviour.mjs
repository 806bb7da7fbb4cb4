// Drives the islands in a real browser, under the production CSP.  node patterns/behaviour.mjs
import { chromium } from "playwright-core";
import assert from "node:assert/strict";
import { serve } from "./server.mjs";

const site = await serve();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
const home = site.url.replace("127.0.0.1", "localhost"); // passkeys need a name, not an address
const check = async (name, path, run, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, ...options });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (m) => m.type() === "error" && /Content Security/.test(m.text()) && errors.push(m.text()));
  try {
    await page.goto(`${home}${path}`, { waitUntil: "load" });
    await run(page, context);
    assert.deepEqual(errors, []);
    console.log(`ok    ${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`FAIL  ${name}: ${error.message.split("\n").slice(0, 6).join(" ")}`);
  } finally {
    await context.close();
  }
};
/** A picture made in the page: 3000 × 2000 noise-free PNG. */
const bigPicture = (page) => page.evaluate(async () => { const c = document.createElement("canvas"); c.width = 3000; c.height = 2000; c.getContext("2d").fillRect(0, 0, 1500, 2000); const b = await new Promise((d) => c.toBlob(d)); return [...new Uint8Array(await b.arrayBuffer())]; });

await check("a form is sent once and says so", "/bieu-mau", async (page) => {
  let posts = 0;
  await page.route("**/gui", async (route) => { posts++; await new Promise((d) => setTimeout(d, 600)); await route.fulfill({ body: "ok" }); });
  // Everything inside the page: Playwright itself waits while a navigation is on its way.
  const state = await page.locator("#send").evaluate((b) => { b.click(); setTimeout(() => b.click(), 50); return new Promise((d) => setTimeout(() => d([b.getAttribute("aria-disabled"), b.textContent]), 150)); });
  assert.deepEqual(state, ["true", "Đang gửi…"]);
  await page.waitForURL("**/gui");
  assert.equal(posts, 1);
});
await check("resend counts down, is refused before, allowed after", "/bieu-mau", async (page) => {
  assert.match(await page.locator("[data-countdown]").textContent(), /Gửi lại sau [12] giây/);
  await page.locator("[data-resend]").evaluate((b) => b.click());
  await page.waitForTimeout(200);
  assert.match(page.url(), /bieu-mau$/);
  await page.waitForFunction(() => document.querySelector("[data-ready]").textContent === "Đã có thể gửi lại mã");
  await page.route("**/lai", (route) => route.fulfill({ body: "ok" }));
  await Promise.all([page.waitForURL("**/lai"), page.locator("[data-resend]").click()]);
});
await check("show password, hidden again before sending", "/bieu-mau", async (page) => {
  await page.locator("[data-reveal]").click();
  assert.equal(await page.locator("#pw").getAttribute("type"), "text");
  assert.match(await page.locator("[data-reveal]").textContent(), /Ẩn/);
});
await check("autosave sends the fields and says when", "/components", async (page) => {
  await page.route("**/phan-anh/moi/luu", (route) => route.fulfill({ status: 204 }));
  const saved = page.waitForRequest("**/phan-anh/moi/luu");
  await page.locator("#f-text").fill("Hố sâu");
  assert.match((await saved).postData(), /content=H%E1%BB%91/);
  await page.waitForFunction(() => /^Đã lưu lúc \d\d:\d\d$/.test(document.querySelector("[data-autosave-status]").textContent));
});
await check("photos: shrunk to JPEG, sent in pieces; a failed one stays in the input and goes on where it broke", "/components", async (page) => {
  const buffer = Buffer.from(await bigPicture(page));
  let fail = false;
  let first = null;
  const asked = [];
  await page.route("**/tai-len**", (route) => {
    const request = route.request();
    asked.push(request.method());
    if (fail && request.method() === "PATCH") return route.abort();
    if (request.method() === "POST") return route.fulfill({ status: 201, headers: { Location: "/tai-len/u1" } });
    if (request.method() === "HEAD") return route.fulfill({ status: 200, headers: { "Upload-Offset": "0" } });
    first ??= request.postDataBuffer();
    return route.fulfill({ status: 204, headers: { "Upload-Offset": String(Number(request.headers()["upload-offset"]) + request.postDataBuffer().length) } });
  });
  await page.route("**/phan-anh/moi/anh", (route) => (assert.equal(route.request().postData(), "upload=u1"), route.fulfill({ status: 201, json: { id: "n1" } })));
  await page.locator("#u-1").setInputFiles({ name: "a.png", mimeType: "image/png", buffer });
  await page.waitForFunction(() => /Đã tải lên/.test(document.querySelector("[data-list]").lastElementChild.textContent));
  assert.deepEqual([first[0], first[1], first[2]], [0xff, 0xd8, 0xff], "a JPEG");
  assert.equal(await page.evaluate(() => document.querySelector("[data-list]").lastElementChild.querySelector("img").naturalWidth), 1600);
  assert.equal(await page.evaluate(() => document.querySelector("#u-1").files.length), 0);
  fail = true;
  await page.locator("#u-1").setInputFiles({ name: "b.png", mimeType: "image/png", buffer });
  await page.waitForFunction(() => document.querySelector("[data-list]").lastElementChild.classList.contains("upload__item--error"));
  assert.equal(await page.evaluate(() => document.querySelector("#u-1").files[0].name), "b.jpg");
  fail = false;
  asked.length = 0;
  await page.locator("[data-list] > li:last-child [data-retry]").click();
  await page.waitForFunction(() => document.querySelector("#u-1").files.length === 0);
  assert.deepEqual(asked.slice(0, 2), ["HEAD", "PATCH"], "asked where to go on, not begun anew");
});
await check("location: allowed, then the map follows", "/wizard-place", async (page) => {
  await page.locator("[data-locate-button]").click();
  await page.getByText("Đã có vị trí: Phường Đồng Hới, sai số khoảng 12 m.").waitFor();
  assert.equal(await page.locator("input[name=lat]").inputValue(), "17.460000");
  await page.locator(".map-pin").waitFor();
}, { permissions: ["geolocation"], geolocation: { latitude: 17.46, longitude: 106.62, accuracy: 12 } });
await check("location: denied has its own words", "/wizard-place", async (page) => {
  await page.locator("[data-locate-button]").click();
  await page.getByText("Điện thoại chưa cho phép dùng vị trí").waitFor();
}, { permissions: [] });
await check("map: pin by keyboard alone fills the fields", "/wizard-place", async (page) => {
  await page.locator(".leaflet-overlay-pane path").first().waitFor();
  await page.locator("[data-pin-here]").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("input[name=lat]").value.startsWith("17.47"));
  assert.match(await page.locator("[data-map] [data-status]").textContent(), /Đã đặt ghim tại 17\.47/);
});
await check("commune: suggestions by keyboard", "/wizard-place", async (page) => {
  const input = page.locator("#c-in");
  assert.equal(await page.locator("[data-nojs]").isVisible(), false);
  await input.fill("dong");
  await page.locator("[role=option]").first().waitFor();
  await input.press("ArrowDown");
  assert.equal(await input.getAttribute("aria-activedescendant"), await page.locator("[role=option]").first().getAttribute("id"));
  await input.press("Enter");
  assert.equal(await input.inputValue(), "Phường Đồng Hới");
  assert.equal(await page.locator("[data-code]").inputValue(), "18880");
});
await check("staff: j, x, bulk bar, f; not while typing", "/staff-queue", async (page) => {
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "QT-9C2D-7P");
  await page.keyboard.press("k");
  await page.keyboard.press("x");
  assert.equal(await page.locator("[data-check-count]").textContent(), "3");
  await page.keyboard.press("/");
  await page.keyboard.type("jx");
  assert.equal(await page.locator("[data-search]").inputValue(), "jx");
  assert.equal(await page.locator("[data-check-count]").textContent(), "3");
}, { viewport: { width: 1366, height: 768 } });
await check("proof of work in a worker; the form waits for it", "/bieu-mau", async (page) => {
  await page.route("**/xin-ma", (route) => route.fulfill({ body: "ok" }));
  const sent = page.waitForRequest("**/xin-ma");
  await page.locator("#ask").click();
  const { challenge, solution } = JSON.parse(Buffer.from(new URLSearchParams((await sent).postData()).get("altcha"), "base64").toString());
  assert.equal(challenge.signature, "aa");
  assert.ok(solution.derivedKey.startsWith("000"));
});
await check("passkey: created and used with a virtual authenticator", "/bieu-mau", async (page, context) => {
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  await cdp.send("WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  await page.route("**/pk/bat-dau", (route) => route.fulfill({ json: { publicKey: { challenge: "AAAA", rp: { id: "localhost", name: "Thử" }, user: { id: "AQ", name: "a", displayName: "A" }, pubKeyCredParams: [{ type: "public-key", alg: -7 }], authenticatorSelection: { residentKey: "required" } } } }));
  await page.route("**/pk/xong", (route) => route.fulfill({ json: { location: "/login" } }));
  const finish = page.waitForRequest("**/pk/xong");
  await page.locator("[data-passkey-go]").click();
  const body = (await finish).postDataJSON();
  assert.ok(body.response.attestationObject && body.rawId === body.id);
  await page.waitForURL("**/login");
});
await check("service worker: keeps what the server allows, offline page for the rest, forgets", "/giu", async (page, context) => {
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await page.goto(`${home}/giu`);
  await page.goto(`${home}/login`);
  await page.waitForTimeout(300);
  await context.setOffline(true);
  await page.goto(`${home}/giu`);
  assert.match(await page.locator("[data-offline]").textContent(), /Dữ liệu lúc \d\d:\d\d \d\d\/\d\d\/\d{4}/);
  await page.goto(`${home}/login`);
  assert.match(await page.textContent("body"), /Trang ngoại tuyến/);
  await page.evaluate(() => navigator.serviceWorker.controller.postMessage({ type: "forget" }));
  await page.waitForTimeout(200);
  await page.goto(`${home}/giu`);
  assert.match(await page.textContent("body"), /Trang ngoại tuyến/);
});
await browser.close();
site.close();

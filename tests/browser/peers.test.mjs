// Sites made with libraries that others wrote let people sign in through the national portal (N8): Authlib and idpyoidc, unchanged, as
// sites of their own (tests/peers/oidc-python), and a person who walks through the portal's real pages in Chromium.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { DESKTOP, openPage, PHONE, useBrowser } from "./lib/browser.mjs";
import { compareOnce, firstTimeAtPortal, named, strangers } from "./lib/elsewhere.mjs";
import { freePortBlock, startDemo, until } from "./lib/server.mjs";

const skip = process.env.CONGDANSO_NO_PYTHON === "1" ? "CONGDANSO_NO_PYTHON=1" : false;
const PEERS = fileURLToPath(new URL("../peers/oidc-python/", import.meta.url));
const PYTHON = join(PEERS, "venv/bin/python");
const CLAIMS = ["GioiTinh", "HoVaTen", "LoaiTaiKhoan", "NgaySinh", "SoDienThoai", "SoDinhDanh", "TechID", "sub"];

/** How each library's site proves itself and what is put down of it with the portal. */
const LIBRARIES = {
  authlib: { size: PHONE, proof: () => ({ token_endpoint_auth_method: "client_secret_basic" }) },
  // It publishes its key itself, and knows no signature of ours but the old one.
  idpyoidc: { size: DESKTOP, proof: (base) => ({ token_endpoint_auth_method: "private_key_jwt", jwks_uri: `${base}/jwks.json`, id_token_signed_response_alg: "RS256" }) },
};

/** A demo whose portal knows both sites. Ends with the file. */
async function portalWithSites() {
  assert.ok(existsSync(PYTHON), "the PyPI packages are missing: run  make tools");
  const folder = await mkdtemp(join(tmpdir(), "congdanso-peers-"));
  after(() => rm(folder, { recursive: true }));
  const first = await freePortBlock(Object.keys(LIBRARIES).length);
  const sites = {};
  const words = [];
  for (const [at, [library, { proof }]] of Object.entries(LIBRARIES).entries()) {
    const base = `http://localhost:${first + at}`;
    const site = (sites[library] = { id: `peer-${library}`, base, port: first + at });
    const file = join(folder, `${library}.json`);
    const put = { client_id: site.id, client_name: `Trang thử ${library}`, redirect_uris: [`${base}/ve`], post_logout_redirect_uris: [`${base}/xong`], grant_types: ["authorization_code", "refresh_token"], ...proof(base) };
    await writeFile(file, JSON.stringify(put));
    words.push("--client", file);
  }
  const running = await startDemo({ extra: words });
  after(() => running.stop());
  const said = (id) => new RegExp(`^${id}: .*thử nghiệm, (?:khóa (\\S+)|bằng khóa riêng)`, "m").exec(running.logs());
  for (const site of Object.values(sites)) site.secret = (await until(() => said(site.id), { what: `the portal's word on ${site.id}` }))[1];
  return { demo: running.demo, sites, someone: await strangers(running.demo, "peers") };
}

/** The library's own web site, until the file ends. */
async function start(library, { id, base, port, secret }, issuer) {
  const child = spawn(PYTHON, [`${library}_client.py`, issuer, id, String(port), ...(secret ? [secret] : [])], {
    cwd: PEERS,
    env: { ...process.env, no_proxy: "*", PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (part) => (said = (said + part).slice(-8_000)));
  after(() => child.kill());
  const answers = () => fetch(base).then((answer) => answer.ok, () => false);
  await until(async () => {
    assert.equal(child.exitCode, null, `${library} ended:\n${said}`);
    return answers();
  }, { timeout: 60_000, what: `${library}'s site` });
  return () => said;
}

const world = skip ? undefined : await portalWithSites();
const browser = skip ? undefined : await useBrowser(after);

for (const [library, { size }] of Object.entries(LIBRARIES)) {
  test(`a site made with ${library} signs somebody in over the portal's real pages, renews and signs out (N8)`, { skip }, async () => {
    const { demo, sites } = world;
    const site = sites[library];
    const portal = named(demo.portal);
    const said = await start(library, site, portal);
    const person = world.someone();
    const page = await openPage(browser, { base: site.base, size });
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    const json = async (path) => {
      const text = await page.locator("body").innerText();
      assert.ok(page.url().startsWith(site.base + path), `${page.url()}: ${text}\n${said()}`);
      return JSON.parse(text.startsWith("{") ? text : assert.fail(`${text}\n${said()}`));
    };

    await page.goto("/vao");
    await page.waitForURL((url) => url.href.startsWith(portal));
    assert.match(await page.locator("main").innerText(), new RegExp(`Để tiếp tục vào .*Trang thử ${library}`));
    await firstTimeAtPortal(page, demo, person);
    await compareOnce(page);
    await page.waitForURL((url) => url.href.startsWith(`${portal}/oauth2/interaction/`));
    assert.match(await page.locator("main").innerText(), new RegExp(`Trang thử ${library}.* muốn biết thông tin`));
    await page.locator("button[name=answer][value=allow]").click();
    await page.waitForURL((url) => url.href.startsWith(`${site.base}/ve`));
    const { claims, userinfo } = await json("/ve");
    assert.equal(claims.iss, portal);
    assert.equal([claims.aud].flat().join(), site.id);
    assert.match(claims.acr, /^LoA[23]$/);
    assert.equal(userinfo.sub, claims.sub);
    assert.deepEqual(Object.keys(userinfo).sort(), CLAIMS);
    assert.equal(userinfo.SoDinhDanh, person.number);
    assert.equal(userinfo.HoVaTen, person.name);
    assert.ok(!claims.sub.includes(person.number));

    await page.goto("/gia-han");
    const renewed = await json("/gia-han");
    assert.equal(renewed.new, true);
    assert.deepEqual([renewed.claims.sub, renewed.userinfo], [claims.sub, userinfo]);

    // Signed in at the portal already: nothing is asked again.
    await page.goto("/vao");
    await page.waitForURL((url) => url.href.startsWith(`${site.base}/ve`));
    assert.equal((await json("/ve")).claims.sub, claims.sub);

    await page.goto("/ra");
    await page.waitForURL((url) => url.href.startsWith(`${site.base}/xong`));
    const { left, query } = await json("/xong");
    assert.ok(left === true || left === `${site.base}/xong`, String(left));
    assert.deepEqual(query, ["state"]);
    await page.goto(`${portal}/tai-khoan`);
    await page.waitForURL((url) => url.href.startsWith(`${portal}/dang-nhap`));
    // What it was given is worth nothing now.
    assert.equal((await page.goto(`${site.base}/gia-han`)).status(), 500);
    page.problems.length = 0;
    await page.goto("/vao");
    assert.match(await page.locator("main").innerText(), new RegExp(`Để tiếp tục vào .*Trang thử ${library}`));
    // VNeID still knows the browser.
    await page.locator("form[action='/dang-nhap/lien-thong/vneid'] button:not([name])").click();
    await page.waitForURL((url) => url.href.startsWith(`${site.base}/ve`));
    assert.equal((await json("/ve")).claims.sub, claims.sub, "the same person");
    assert.ok(asked.length > 20 && asked.every((url) => !url.includes(person.number)), "no personal number in an address");
    await page.done();
  });
}

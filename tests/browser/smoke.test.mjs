// The floor under every journey: the first page answers, is well-behaved and accessible, in every way people open it.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertAccessible } from "./lib/axe.mjs";
import { assertFits, DESKTOP, openPage, SMALLEST, useBrowser, VARIANTS } from "./lib/browser.mjs";
import { useDemo } from "./lib/server.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);

for (const variant of VARIANTS) {
  test(`home is accessible and without errors: ${variant.name} (X5)`, async () => {
    const page = await openPage(browser, { ...variant, base: demo.url });
    const answer = await page.goto("/");
    assert.equal(answer.status(), 200);
    assert.equal(await page.locator("html").getAttribute("lang"), variant.language);
    await assertAccessible(page);
    await assertFits(page);
    await page.done();
  });
}

test("home fits the smallest phone and twice the text size", async () => {
  for (const size of [SMALLEST, { width: DESKTOP.width / 2, height: DESKTOP.height / 2 }]) {
    const page = await openPage(browser, { size, base: demo.url });
    await page.goto("/");
    await assertFits(page);
    await page.done();
  }
});

test("pages forbid inline code, framing and guessing of types (X4)", async () => {
  const headers = (await fetch(demo.url)).headers;
  const csp = headers.get("content-security-policy") ?? "";
  assert.match(csp, /default-src '(self|none)'/);
  assert.match(csp, /frame-ancestors 'none'/);
  assert.doesNotMatch(csp, /unsafe-inline|unsafe-eval/);
  assert.equal(headers.get("x-content-type-options"), "nosniff");
});

test("every province and both sandboxes answer", async () => {
  for (const url of [demo.url, demo.second, demo.vneid, demo.sandbox, demo.registry]) assert.equal((await fetch(`${url}/healthz`)).status, 200, url);
});

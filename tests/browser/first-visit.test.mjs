// What a cheap phone on a slow network gets: Lighthouse's mobile settings, and the bytes of the first visit. Files run in the order of their
// names, and this one measures: so it is first, before dozens of browsers have made the machine warm.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openPage, useBrowser } from "./lib/browser.mjs";
import { assertFast } from "./lib/lighthouse.mjs";
import { citizen } from "./lib/people.mjs";
import { useDemo } from "./lib/server.mjs";

const demo = await useDemo(after);
const browser = await useBrowser(after);
const FIRST_VISIT = 60 * 1024;

const cookies = async (page) => (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");

test("home is fast and its first visit costs at most 60 KB (C1)", async () => {
  await assertFast(`${demo.url}/`, { maxBytes: FIRST_VISIT });
});

test("the report wizard's first page is fast (R1)", async () => {
  const page = await openPage(browser, { base: demo.url });
  await citizen("0999000001")(page);
  const result = await assertFast(`${demo.url}/phan-anh/moi?viet-moi=1`, { cookie: await cookies(page), maxBytes: FIRST_VISIT });
  assert.match(result.url, /\/phan-anh\/moi/, "measured behind the door, not the door");
  await page.done();
});

test("a public report with photos is fast (R6 R10)", async () => {
  const page = await openPage(browser, { base: demo.url });
  await page.goto("/phan-anh");
  const addresses = await page.locator("main a[href^='/phan-anh/']").evaluateAll((links) => links.filter((a) => /^\/phan-anh\/\d{10}$/.test(a.getAttribute("href"))).map((a) => a.getAttribute("href")));
  for (const address of addresses) {
    await page.goto(address);
    if ((await page.locator("ul.photos img, .pair img").count()) > 0) {
      await page.done();
      await assertFast(`${demo.url}${address}`);
      return;
    }
  }
  assert.fail("no public report with a photo");
});

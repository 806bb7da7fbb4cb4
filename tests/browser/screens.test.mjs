// Every screen of `screens/`, the list that is also photographed, by axe (WCAG 2.2 AA), with nothing wider than the window: a page that is
// shown to somebody cannot be forgotten here. Citizens' pages as on a phone, the staff console as on a desk.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible } from "./lib/axe.mjs";
import { assertFits, DESKTOP, launch, openPage, PHONE } from "./lib/browser.mjs";
import { useDemo } from "./lib/server.mjs";
import { peopleOf, screensOf } from "./screens.mjs";

const demo = await useDemo(after);
// A browser that has shown dozens of pages to dozens of people grows slow: every so often a new one.
const AT_ONCE = 30;
let browser = await launch();
let shown = 0;
after(() => browser.close());
async function aBrowser() {
  shown += 1;
  if (shown % AT_ONCE === 0) {
    await Promise.race([browser.close(), new Promise((done) => setTimeout(done, 5_000))]);
    browser = await launch();
  }
  return browser;
}
const people = peopleOf(demo);
const states = new Map();
const isDesk = ({ path, name }) => name.startsWith("desk-") || path.startsWith("/can-bo");
const sizeOf = (screen) => (isDesk(screen) ? DESKTOP : PHONE);
const keyOf = ({ as, language = "vi" }, size) => `${as} ${language} ${size.width}`;
// The sandbox is a tool for developers, not a page of the platform.
const screens = screensOf(demo).filter(({ name }) => !name.startsWith("sandbox"));

// Everybody signs in once; a code of the authenticator counts once, so one after the other.
before(async () => {
  for (const screen of screens.filter(({ as }) => as)) {
    const size = sizeOf(screen);
    const key = keyOf(screen, size);
    if (states.has(key)) continue;
    const page = await openPage(browser, { base: demo.url, size, language: screen.language ?? "vi" });
    await people[screen.as](page);
    states.set(key, await page.context().storageState());
    await page.context().close();
  }
});

for (const screen of screens) {
  test(`${screen.name} is accessible and fits (X5)`, { timeout: 90_000 }, async () => {
    const size = sizeOf(screen);
    const { language = "vi", js = true } = screen;
    const storageState = screen.as ? states.get(keyOf(screen, size)) : undefined;
    const page = await openPage(await aBrowser(), { base: screen.base ?? demo.url, size, language, js, storageState });
    try {
      await page.goto(screen.path);
      await screen.go?.(page);
      await assertAccessible(page);
      await assertFits(page);
      assert.deepEqual(page.problems, []);
    } finally {
      await page.context().close();
    }
  });
}

test("every page of the staff console that its navigation leads to is among the screens", async () => {
  const known = new Set(screens.map(({ path }) => path.split("?")[0]));
  for (const as of ["officer", "dispatcher", "leader", "inspector", "administrator"]) {
    const page = await openPage(browser, { base: demo.url, size: DESKTOP, storageState: states.get(keyOf({ as }, DESKTOP)) });
    try {
      await page.goto("/can-bo");
      const links = await page.locator(".snav a, .top__tools a").evaluateAll((all) => all.map((a) => new URL(a.href)).filter((u) => u.origin === location.origin).map((u) => u.pathname));
      for (const path of links.filter((p) => p.startsWith("/can-bo"))) assert.ok(known.has(path), `${path}, shown to ${as}, is not in screens/`);
    } finally {
      await page.context().close();
    }
  }
});

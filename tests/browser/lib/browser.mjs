// Debian's Chromium, in the build without a window where there is one, and pages in the sizes, languages and with the abilities that people have.
import assert from "node:assert/strict";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";
import { record } from "./server.mjs";

export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1366, height: 768 };
export const SMALLEST = { width: 320, height: 640 };

const LOCALES = { vi: "vi-VN", en: "en-GB" };

/** Every way in which a journey must work: with and without JavaScript, phone and desktop, both languages. */
export const VARIANTS = [true, false].flatMap((js) =>
  [PHONE, DESKTOP].flatMap((size) =>
    ["vi", "en"].map((language) => ({ js, size, language, name: `${js ? "JavaScript" : "no JavaScript"}, ${size.width} px, ${language}` })),
  ),
);

const WITH_WINDOW = ["chromium", "chromium-browser", "google-chrome"];
/** The build without a window needs less than half of the processor: the other one loads a window's own pages for every person. */
const PREFERRED = ["chromium-headless-shell", ...WITH_WINDOW];

/** `camera`: only the build with a window has one. */
export function findChromium({ camera = false } = {}) {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of camera ? WITH_WINDOW : PREFERRED) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not in this folder
      }
    }
  }
  throw new Error("no Chromium: on Debian  apt-get install chromium chromium-headless-shell , elsewhere set CHROMIUM to the program");
}

/** It talks to nobody but the pages it is sent to. Root has no user namespace to build the sandbox from. */
export const CHROMIUM_FLAGS = [
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-default-apps",
  "--force-color-profile=srgb",
  "--font-render-hinting=none",
];

export const launch = () => chromium.launch({ executablePath: findChromium(), headless: true, args: CHROMIUM_FLAGS });

/** One browser for a test file, ended with it. */
export async function useBrowser(after) {
  const browser = await launch();
  after(() => browser.close());
  return browser;
}

/**
 * A fresh person: no cookies, one page. `page.problems` collects what no page of ours may do: script errors, console errors and warnings
 * (a breach of the CSP is one), answers of 500 and above, and requests to another host.
 * @returns {Promise<import("playwright-core").Page & {problems: string[], done: () => Promise<void>}>}
 */
export async function openPage(browser, { js = true, size = PHONE, language = "vi", base, allow = [], ...more } = {}) {
  const context = await browser.newContext({
    baseURL: base,
    javaScriptEnabled: js,
    viewport: size,
    deviceScaleFactor: 1,
    hasTouch: size.width < 700,
    locale: LOCALES[language],
    timezoneId: "Asia/Ho_Chi_Minh",
    reducedMotion: "reduce",
    serviceWorkers: "block",
    ...more,
  });
  context.setDefaultTimeout(45_000); // a busy machine is no fault
  const page = await context.newPage();
  const problems = [];
  const allowed = (text) => allow.some((pattern) => (pattern instanceof RegExp ? pattern.test(text) : text.includes(pattern)));
  const note = (text) => allowed(text) || problems.push(text);
  page.on("pageerror", (error) => note(`script error: ${error.message}`));
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    const text = message.text();
    // An answer of 4xx is noted by the browser as an error; whether it was meant is the test's business.
    if (/Failed to load resource: .*status of 4\d\d/.test(text)) return;
    if (text.includes("Service Worker registration blocked by Playwright")) return; // our own `serviceWorkers: "block"`
    note(`console ${message.type()}: ${text} (${message.location().url})`);
  });
  page.on("response", (response) => response.status() >= 500 && note(`${response.status()} from ${response.url()}`));
  // Of every page of this person, with what was asked for before.
  context.on("request", (request) => record(`addresses-${process.pid}.log`, `${request.method()} ${request.url()} (from ${request.headers().referer ?? "nowhere"})`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (base && url.protocol.startsWith("http") && url.hostname !== new URL(base).hostname) note(`request to another host: ${request.url()}`);
  });
  page.problems = problems;
  page.hasScripts = js;
  /** Ends the person's visit; fails when a page misbehaved. */
  page.done = async () => {
    await context.close();
    assert.deepEqual(problems, [], "pages misbehaved");
  };
  return page;
}

/** No page scrolls sideways; names what sticks out. */
export async function assertFits(page) {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.body.querySelectorAll("*")]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .slice(0, 5)
      .map((element) => `<${element.tagName.toLowerCase()} class="${element.className}"> ${Math.round(element.getBoundingClientRect().right)} px`);
  });
  assert.deepEqual(wide, [], `${page.url()} scrolls sideways at ${page.viewportSize()?.width} px`);
}

/** Walks through the page with the Tab key; the visible names of what gets the focus, in order. */
export async function tabOrder(page, limit = 200) {
  const names = [];
  await page.evaluate(() => document.activeElement?.blur?.());
  for (let i = 0; i < limit; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const label = element.labels?.[0]?.textContent ?? element.getAttribute("aria-label") ?? element.textContent;
      const style = getComputedStyle(element);
      const shown = style.outlineStyle !== "none" || style.boxShadow !== "none" || element.matches("input[type=radio],input[type=checkbox]");
      return { name: `${element.tagName.toLowerCase()}: ${label.trim().replace(/\s+/g, " ").slice(0, 60)}`, shown };
    });
    if (!at) break;
    assert.equal(at.shown, true, `the focus is not visible on ${at.name}`);
    names.push(at.name);
  }
  return names;
}

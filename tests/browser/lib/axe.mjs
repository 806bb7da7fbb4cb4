// WCAG 2.2 AA by axe-core. A failure lists rule, what to do, and the elements.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/**
 * The violations on the page as it is now. The source goes in over the debugging protocol, which the page's CSP does not restrict, so that
 * the page is tested as it is served.
 */
export async function violations(page, { reloads = false, ...options } = {}) {
  if (page.hasScripts && !reloads) return run(page, options);
  // Without JavaScript axe cannot run either, and a page that loads itself again may do so under it: what the person saw is shown again,
  // without our scripts, where axe may run.
  const copy = await stillCopy(page);
  try {
    return await run(copy, options);
  } finally {
    await copy.unrouteAll();
    await copy.goto("about:blank"); // a page that loads itself again must not do so as the person
  }
}

/** The second window of each person without scripts. It is kept, so that styles and fonts come out of its cache. */
const copies = new WeakMap();

async function copyOf(person) {
  const known = copies.get(person);
  if (known) return known;
  const context = await person.browser().newContext();
  const copy = await context.newPage();
  person.once("close", () => context.close().catch(() => {})); // the browser may be gone already
  copies.set(person, copy);
  return copy;
}

/** What `read` finds on the page, asked again when the page loaded itself again just then. */
async function lasting(page, read) {
  for (let tries = 3; ; tries--) {
    try {
      return await page.evaluate(read);
    } catch (error) {
      if (tries === 0 || !/context was destroyed|because of a navigation/.test(error.message)) throw error;
      await page.waitForLoadState("load");
    }
  }
}

async function stillCopy(page) {
  const html = await lasting(page, () => {
    const root = document.documentElement.cloneNode(true);
    for (const script of root.querySelectorAll("script")) script.remove();
    for (const noscript of root.querySelectorAll("noscript")) noscript.replaceWith(...noscript.childNodes);
    return `<!doctype html>${root.outerHTML}`;
  });
  const copy = await copyOf(page.context());
  await copy.setViewportSize(page.viewportSize());
  await copy.context().clearCookies();
  await copy.context().addCookies(await page.context().cookies());
  const [body, url] = [html, page.url().split("#")[0]];
  await copy.route(url, (route) => (route.request().resourceType() === "document" ? route.fulfill({ body, contentType: "text/html; charset=utf-8" }) : route.continue()));
  await copy.goto(url);
  return copy;
}

async function run(page, { exclude = [], disable = [] } = {}) {
  await page.evaluate(source);
  const { violations } = await page.evaluate(
    ([tags, exclude, disable]) =>
      globalThis.axe.run(
        { exclude: exclude.map((selector) => [selector]) },
        { runOnly: tags, resultTypes: ["violations"], rules: Object.fromEntries(disable.map((id) => [id, { enabled: false }])) },
      ),
    [TAGS, exclude, disable],
  );
  // Signs on a map stand where things are, close together or not: 2.5.8 exempts what is essential, and every one of them is also a line
  // of the list that the same page leads to.
  // By its own tag: axe names an element by its title where that is shorter.
  const isSign = (node) => /^<[^>]*\bclass="[^"]*(leaflet-marker-icon|desk-sign)/.test(node.html);
  return violations
    .map((found) => (found.id === "target-size" ? { ...found, nodes: found.nodes.filter((node) => !isSign(node)) } : found))
    .filter(({ nodes }) => nodes.length > 0);
}

export function readable(violations) {
  return violations
    .map(({ id, impact, help, helpUrl, nodes }) => {
      const places = nodes.slice(0, 5).map((node) => `    ${node.target.join(" ")}\n      ${node.html.slice(0, 160)}\n      ${node.failureSummary.replace(/\n\s*/g, " ")}`);
      if (nodes.length > 5) places.push(`    … and ${nodes.length - 5} more`);
      return `  ${id} (${impact}): ${help}  ${helpUrl}\n${places.join("\n")}`;
    })
    .join("\n");
}

export async function assertAccessible(page, options) {
  const found = await violations(page, options);
  assert.equal(found.length, 0, `${page.url()} at ${page.viewportSize()?.width} px breaks WCAG 2.2 AA:\n${readable(found)}`);
}

// Renders every pattern page at 360 and 1366 px into patterns/out/, and fails on: an axe violation (WCAG 2.2 AA), a CSP or script error, or
// horizontal scroll (also at 320 px, and at 200 % text).  node patterns/shots.mjs [name…]
import { chromium } from "playwright-core";
import { mkdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { screenNames, serve } from "./server.mjs";

const OUT = join(dirname(fileURLToPath(import.meta.url)), "out");
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const only = process.argv.slice(2);
const pages = [...(await screenNames()), "components", "components?staff"].filter((name) => !only.length || only.includes(name));
if (!only.length) await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });

const site = await serve();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
const problems = [];
for (const name of pages) {
  for (const [width, height] of [[360, 740], [1366, 768]]) {
    const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: 1, reducedMotion: "reduce", bypassCSP: false });
    const page = await context.newPage();
    const here = `${name} @${width}`;
    page.on("pageerror", (error) => problems.push(`${here}: script error ${error}`));
    page.on("console", (message) => message.type() === "error" && !/404/.test(message.text()) && problems.push(`${here}: ${message.text()}`));
    await page.goto(`${site.url}/${name}`, { waitUntil: "networkidle" });
    const file = join(OUT, `${name.replace("?", "-")}-${width}`);
    if (width === 1366) await page.screenshot({ path: `${file}-fold.png` });
    // A fixed tab bar would cover content in a full-page picture: make the window as tall as the page.
    const tall = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.min(Math.max(height, tall), 12000) });
    await page.screenshot({ path: `${file}.png`, fullPage: true });
    const results = await page.evaluate(`(() => { const module = undefined, exports = undefined, define = undefined; ${axe}; return window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }); })()`);
    for (const v of results.violations) problems.push(`${here}: axe ${v.id} (${v.impact}): ${v.nodes.slice(0, 4).map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join(" | ")}`);
    const overflow = () => page.evaluate(() => { const w = document.documentElement.clientWidth; if (document.documentElement.scrollWidth <= w) return ""; return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > w + 1 && !e.closest(".table-wrap, .tabs ul, .vh, .skip")).slice(0, 4).map((e) => e.tagName + "." + e.className).join(" ") || "?"; });
    if (width === 360) {
      for (const [w, text] of [[360, ""], [320, ""], [320, "150"], [360, "200"]]) {
        await page.setViewportSize({ width: w, height });
        await page.evaluate((t) => (t === "200" ? (document.documentElement.style.fontSize = "200%") : document.documentElement.setAttribute("data-text", t)), text);
        const wide = await overflow();
        if (wide) problems.push(`${name}: horizontal scroll at ${w} px, text ${text || 100} %: ${wide}`);
        if (text === "150") await page.screenshot({ path: `${file}-text150.png`, fullPage: true });
      }
    } else if (await overflow()) problems.push(`${here}: horizontal scroll ${await overflow()}`);
    await context.close();
  }
}
await browser.close();
site.close();
console.log(problems.length ? problems.join("\n") : `${pages.length} pages: no axe violation, no CSP or script error, no horizontal scroll`);
process.exitCode = problems.length ? 1 : 0;

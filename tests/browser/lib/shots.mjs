// Pictures of screens, and contact sheets: pages of pictures, rendered by the same browser, to be looked at one after the other.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { DESKTOP, openPage, PHONE } from "./browser.mjs";

const SHEETS = {
  [PHONE.width]: { columns: 5, rows: 2, picture: 300, tall: 900 },
  [DESKTOP.width]: { columns: 2, rows: 3, picture: 760, tall: 560 },
};

/**
 * Takes each screen at both widths and lays them out.
 * A screen is `{name, path, as?, language?, js?, sizes?, go?(page)}`: `path` is opened, then `go` does the rest. `people` maps the names used
 * in `as` to functions that sign a page in; each person signs in once for each width.
 * @returns {Promise<{pictures: number, sheets: string[], problems: string[]}>}
 */
export async function takeShots(browser, { base, screens, folder, people = {}, say = () => {} }) {
  await rm(folder, { recursive: true, force: true });
  const problems = [];
  const sheets = [];
  let pictures = 0;
  for (const size of [PHONE, DESKTOP]) {
    const taken = [];
    const states = new Map();
    await mkdir(join(folder, String(size.width)), { recursive: true });
    for (const screen of screens) {
      if (screen.sizes && !screen.sizes.includes(size.width)) continue;
      const { language = "vi", js = true } = screen;
      let storageState;
      if (screen.as) {
        const key = `${screen.as} ${language}`;
        try {
          if (!states.has(key)) states.set(key, await signedIn(browser, people[screen.as], { base, size, language, who: screen.as }));
          storageState = states.get(key);
        } catch (error) {
          problems.push(`${screen.name} at ${size.width} px: ${screen.as} cannot sign in: ${error.message.split("\n")[0]}`);
          continue;
        }
      }
      const page = await openPage(browser, { base: screen.base ?? base, size, language, js, storageState });
      const file = join(folder, String(size.width), `${String(taken.length + 1).padStart(3, "0")}-${screen.name}.png`);
      try {
        await page.goto(screen.path ?? "/");
        await screen.go?.(page);
        await page.screenshot({ path: file, fullPage: true, animations: "disabled" });
        taken.push({ name: screen.name, file });
        pictures++;
      } catch (error) {
        problems.push(`${screen.name} at ${size.width} px: ${error.message.split("\n")[0]}`);
      }
      problems.push(...page.problems.map((problem) => `${screen.name} at ${size.width} px: ${problem}`));
      await page.context().close();
      say(`${size.width} px ${screen.name}`);
    }
    sheets.push(...(await contactSheets(browser, { taken, folder, size })));
  }
  return { pictures, sheets, problems };
}

async function signedIn(browser, signIn, { base, size, language, who }) {
  if (!signIn) throw new Error(`nobody is called ${who}`);
  const page = await openPage(browser, { base, size, language });
  await signIn(page);
  const state = await page.context().storageState();
  await page.context().close();
  return state;
}

const escape = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

async function contactSheets(browser, { taken, folder, size }) {
  const { columns, rows, picture, tall } = SHEETS[size.width];
  const each = columns * rows;
  const sheets = [];
  for (let start = 0; start < taken.length; start += each) {
    const name = `sheet-${size.width}-${String(start / each + 1).padStart(2, "0")}`;
    const figures = taken
      .slice(start, start + each)
      .map(({ name, file }) => `<figure><figcaption>${escape(name)}</figcaption><div><img src="${pathToFileURL(file)}"></div></figure>`);
    const html = `<!doctype html><meta charset="utf-8"><title>${name}</title><style>
      body { margin: 12px; background: #888; font: 600 14px sans-serif; display: grid; grid-template-columns: repeat(${columns}, ${picture}px); gap: 12px; width: max-content }
      figure { margin: 0 } figcaption { padding: 2px 0; color: #fff } div { max-height: ${tall}px; overflow: hidden; border-bottom: 3px dotted #fff } img { display: block; width: ${picture}px }
    </style>${figures.join("")}`;
    const page = join(folder, `${name}.html`);
    await writeFile(page, html);
    const context = await browser.newContext({ viewport: { width: columns * (picture + 12) + 12, height: 400 } });
    const sheet = await context.newPage();
    await sheet.goto(pathToFileURL(page).href);
    const file = join(folder, `${name}.png`);
    await sheet.screenshot({ path: file, fullPage: true });
    await context.close();
    sheets.push(file);
  }
  return sheets;
}

import { launch } from "./lib/browser.mjs";
import { citizen, staff } from "./lib/people.mjs";
import { staffScreens } from "./screens/staff.mjs";
import * as axe from "./lib/axe.mjs";
const base = "http://localhost:9100";
const want = process.argv.slice(2);
const browser = await launch();
for (const [who, login] of [["officer", "canbo"], ["dispatcher", "dieuphoi"]]) {
  const state = await browser.newContext({ baseURL: base, locale: "vi-VN" });
  const p0 = await state.newPage(); await staff(login)(p0); const cookies = await state.storageState(); await state.close();
  for (const width of [1366, 360]) {
    const ctx = await browser.newContext({ baseURL: base, locale: "vi-VN", storageState: cookies, viewport: { width, height: 800 } });
    for (const s of staffScreens().filter((s) => s.as === who && want.includes(s.name))) {
      const page = await ctx.newPage();
      page.setDefaultTimeout(15000);
      try {
        await page.goto(s.path); if (s.go) await s.go(page);
        await page.waitForTimeout(300);
        const over = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        await page.screenshot({ path: `/tmp/h/officers-shots/${s.name}-${width}.png`, fullPage: true });
        console.log(s.name, width, page.url(), over ? "OVERFLOW" : "");
      } catch (e) { console.log(s.name, width, "FAILED", String(e).slice(0, 300)); }
      await page.close();
    }
    await ctx.close();
  }
}
await browser.close();

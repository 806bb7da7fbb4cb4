// Sending a report, where a journey is about something else.
import { good } from "./elsewhere.mjs";
import { press } from "./people.mjs";
import { findCommune } from "./steps.mjs";

/** Sends a report through the whole wizard, looking at its pages; its code. `home`: where the page is not at home at the province. */
export async function sendReport(page, content, look = good, home = "") {
  await page.goto(`${home}/phan-anh/moi?viet-moi=1`);
  await look(page);
  await page.locator("input[name=category][value=ha-tang]").check();
  await press(page, "main form");
  await page.waitForURL(/\/noi-dung/);
  await page.fill("textarea[name=content]", content);
  await look(page);
  await press(page, "main form");
  await page.waitForURL(/\/anh/);
  await press(page, "main form");
  await page.waitForURL(/\/noi-xay-ra/);
  if ((await page.locator("input[name=pick]").count()) > 0 && !page.hasScripts) await page.locator("input[name=pick]").first().check();
  else await findCommune(page);
  await page.fill("input[name=words]", "Trước cổng trường tiểu học");
  await press(page, "main form");
  await page.waitForURL(/\/kiem-tra/);
  await look(page);
  await press(page, "main form");
  await page.waitForURL(/\/da-gui/);
  await look(page);
  return new URL(page.url()).pathname.split("/")[2];
}

// Signing in as the people that the demo tells its visitors of.
import { until } from "./server.mjs";
import { totp } from "./totp.mjs";

export const PASSWORD = "hoa-phuong-do-2026";
export const TOTP = "MNXW4Z3EMFXHG3ZNMRSW23ZNGIYDENRB";

/** The form's own button; the next page is there when this returns. */
export async function press(page, form = "main form") {
  // Begun before the click: the page that is there has been loaded already. Where a script keeps the form, nothing comes; what is on its
  // way may take a busy machine long.
  const left = page.waitForRequest((request) => request.isNavigationRequest() && request.frame() === page.mainFrame(), { timeout: 5_000 }).catch(() => {});
  const next = page.waitForEvent("load", { timeout: 45_000 }).catch(() => {});
  // The buttons that lead to other providers are no page's own.
  const own = page.locator('form:not([action*="/lien-thong/"]) button');
  await page.locator(`${form} button.btn:not([type=button]):not([name]):visible`).and(own).last().click();
  if (await left) await next;
}

export const citizen = (phone) => async (page) => {
  await page.goto("/dang-nhap");
  await page.fill("input[name=login]", phone);
  await page.fill("input[name=password]", PASSWORD);
  await press(page);
  await page.waitForURL((url) => !url.pathname.startsWith("/dang-nhap"));
};

/** The code of the demo's staff, where it is asked for. A code counts once: who signed in a moment ago waits for the next one. */
export async function giveFactor(page) {
  for (let left = 2; left > 0 && (await page.locator("input[name=code]").count()) > 0; left--) {
    const code = totp(TOTP);
    await page.fill("input[name=code]", code);
    await press(page);
    if (left === 2 && (await page.locator("input[name=code]").count()) > 0) await until(() => totp(TOTP) !== code, { what: "the next code", timeout: 31_000 });
  }
}

export const staff = (username) => async (page) => {
  await page.goto("/can-bo/dang-nhap");
  await page.fill("input[name=username]", username);
  await page.fill("input[name=password]", PASSWORD);
  await press(page);
  await giveFactor(page);
  await page.waitForURL(/\/can-bo(\/phan-anh)?(\?|$)/);
};

// Somebody who registered a moment ago and has nothing yet: empty states.
import { press } from "../lib/people.mjs";
import { newPhone } from "../lib/steps.mjs";

/** Chooses «Đồng Hới» as somebody with scripts does. */
export async function pickCommune(page) {
  await page.fill("input[name=commune_text]", "");
  await page.locator("input[name=commune_text]").pressSequentially("dong hoi");
  await page.getByRole("option", { name: /Đồng Hới/ }).first().click();
}

/** Up to the page that asks for the code. */
export async function askForCode(page, phone = newPhone()) {
  await page.goto("/dang-ky");
  await page.fill("input[name=phone]", phone);
  await page.check("input[name=agreed]");
  await press(page, "main form[action='/dang-ky']");
  await page.waitForURL(/\/dang-ky\/ma/);
  return phone;
}

/** Up to the page that asks for name and residence. */
export async function askForDetails(page, demo, number) {
  const phone = await askForCode(page, number);
  await page.fill("input[name=code]", await demo.otp(phone));
  await press(page, "main form:not(.resend)");
  await page.waitForURL(/\/dang-ky\/thong-tin/);
}

export const newPerson = (demo, phone) => async (page) => {
  await askForDetails(page, demo, phone);
  await page.fill("input[name=full_name]", "Người Thử Nghiệm");
  await pickCommune(page);
  await page.fill("input[name=address]", "Thôn Thử");
  await page.fill("input[name=password]", "mot-mat-khau-that-dai");
  await press(page);
  await page.waitForURL((url) => !url.pathname.startsWith("/dang-ky/thong-tin"));
};

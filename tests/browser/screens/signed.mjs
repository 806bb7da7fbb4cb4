// Who signs at the national portal and whose number another account there holds (N4, A7).
import { named, strangers } from "../lib/elsewhere.mjs";
import { handIn, registerWithInsurance, signedFile } from "../lib/tokens.mjs";
import { press } from "../lib/people.mjs";

let taken;
/** Once for all sizes: somebody else has the number. */
const person = (demo, page) => (taken ??= take(demo, page));

async function take(demo, page) {
  const who = (await strangers(demo, "screens-taken"))();
  await registerWithInsurance(page, demo, who);
  await page.goto(`${named(demo.portal)}/dang-xuat`);
  await press(page, "main form");
  return who;
}

const sign = (demo) => async (page) => {
  const { number } = await person(demo, page);
  await handIn(page, await signedFile(page, demo, "/dang-nhap/usb", number));
  await page.waitForURL(/\/dang-ky\/chu-ky-so/);
};

export const signedScreens = (demo) => {
  const portal = named(demo.portal);
  const start = `${portal}/dang-nhap/usb`;
  return [
    { name: "portal-signed-held", path: start, go: sign(demo) },
    { name: "portal-signed-held-error", path: start, go: async (page) => { await sign(demo)(page); await page.fill("input[name=phone]", "12"); await press(page); } },
  ].map((screen) => ({ ...screen, base: portal }));
};

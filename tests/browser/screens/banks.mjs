// Bank accounts at the national portal, and the stand-in for a bank (N13).
import { atPortal, named, strangers } from "../lib/elsewhere.mjs";
import { PASSWORD, press } from "../lib/people.mjs";

const LINKED = "/tai-khoan/lien-ket";
const BANK = "/tai-khoan/ngan-hang/ngan-hang-hu-cau";

let someone;
/** One person for all screens of the portal. */
const person = async (demo) => (someone ??= (await strangers(demo, "screens"))());

export const portalPerson = (demo) => async (page) => atPortal(page, demo, await person(demo));

/** Number and password at the bank, wherever its form stands. */
export async function signInAtBank(page, number, password = PASSWORD) {
  await page.fill("input[name=number]", number);
  await page.fill("input[name=password]", password);
  await press(page, "main form.form");
}

/** From the portal's page of the bank to where accounts are picked there. */
export async function goToBank(page, demo, number) {
  await press(page, `main form[action='${BANK}/them']`);
  await page.waitForURL((url) => url.href.startsWith(named(demo.bank)));
  await signInAtBank(page, number);
  await page.locator("button[name=answer][value=allow]").waitFor();
}

const link = (demo) => async (page) => {
  await goToBank(page, demo, (await person(demo)).number);
  await page.locator("button[name=answer][value=allow]").click();
  await page.waitForURL((url) => url.pathname === LINKED);
};

export const bankScreens = (demo) => {
  const portal = named(demo.portal);
  const linked = async (page) => {
    await page.goto(`${portal}${BANK}/them`);
    await link(demo)(page);
  };
  // `base`: all sides of a demo know each other by another name than the provinces of the other screens.
  return [
    { name: "portal-banks", as: "portal", path: `${portal}${LINKED}` },
    { name: "portal-bank-choose", as: "portal", path: `${portal}/tai-khoan/ngan-hang/moi` },
    { name: "portal-bank-link", as: "portal", path: `${portal}${BANK}/them` },
    { name: "portal-bank-trouble", as: "portal", path: `${portal}${BANK}/ve?code=x&state=y` },
    { name: "portal-bank-linked", as: "portal", path: `${portal}${BANK}/them`, go: link(demo) },
    { name: "portal-bank-remove", as: "portal", path: `${portal}${LINKED}`, go: async (page) => { await linked(page); await page.locator("li form[action*='/tai-khoan/ngan-hang/'][action$='/huy'] button").first().click(); await page.locator(".btn--danger").waitFor(); } },
  ].map((screen) => ({ ...screen, base: portal }));
};

export const sandboxBankScreens = (demo) => {
  const bank = named(demo.bank);
  const portal = named(demo.portal);
  return [
    { name: "sandbox-bank", path: bank },
    { name: "sandbox-bank-login", path: `${bank}/dang-nhap` },
    { name: "sandbox-bank-login-error", path: `${bank}/dang-nhap`, go: async (page) => signInAtBank(page, (await person(demo)).number, "sai") },
    { name: "sandbox-bank-consents", path: `${bank}/dang-nhap`, go: async (page) => signInAtBank(page, (await person(demo)).number) },
    { name: "sandbox-bank-consent", as: "portal", path: `${portal}${BANK}/them`, go: async (page) => goToBank(page, demo, (await person(demo)).number) },
    { name: "sandbox-bank-faults", path: `${bank}/loi` },
  ].map((screen) => ({ ...screen, base: bank }));
};

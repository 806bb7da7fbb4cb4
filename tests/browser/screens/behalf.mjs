// For whom somebody works (A11): the province's page of it, and the portal's question on the way in.
import { ASK_REGISTRY, compareOnce, named } from "../lib/elsewhere.mjs";
import { handIn, holders, signedFile } from "../lib/tokens.mjs";

const SIGN = "/tai-khoan/to-chuc/them";

/** Stands for an organisation at the portal and goes to a province from there. */
const asked = (demo) => async (page) => {
  const [, , company] = await holders(demo, "Tổ chức");
  await handIn(page, await signedFile(page, demo, SIGN, company.number));
  await page.goto(`${named(demo.url)}/dang-nhap`);
  await page.locator("form[action='/dang-nhap/lien-thong/dvcqg'] button").first().click();
  const choice = page.locator("input[name=for]").first();
  await choice.or(page.locator(ASK_REGISTRY)).first().waitFor();
  if ((await page.locator(ASK_REGISTRY).count()) > 0) await compareOnce(page);
  await choice.waitFor();
};

/** The same, and what the province wants to know of the organisation. */
const consented = (demo) => async (page) => {
  await asked(demo)(page);
  await page.locator("input[name=for]").nth(1).check();
  await page.locator("button[name=answer][value=acting]").click();
  await page.locator("button[name=answer][value=allow]").waitFor();
};

export const behalfScreens = (demo) => [
  { name: "behalf-oneself", as: "newcomer", path: "/tai-khoan/tu-cach" },
  { name: "portal-acting", as: "portal", base: named(demo.portal), path: `${named(demo.portal)}${SIGN}`, go: asked(demo) },
  { name: "portal-acting-consent", as: "portal", base: named(demo.portal), path: `${named(demo.portal)}${SIGN}`, go: consented(demo) },
];

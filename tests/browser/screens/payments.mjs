// «Thanh toán trực tuyến» at the national portal (N15, P2): what the demo's provinces ask for in the dossiers of one person.
import { named } from "../lib/elsewhere.mjs";
import { until } from "../lib/server.mjs";

export const PAY = "/thanh-toan";

/** Until the provinces' workers have told the portal. */
export const asked = (portal) => async (page) => {
  await until(async () => { await page.goto(`${portal}${PAY}`); return (await page.locator(`a[href^='${PAY}/khoan/']`).count()) > 0; }, { what: "fees of the demo", timeout: 60_000 });
};

/** The page of the first fee that is due. */
export const fee = (portal) => async (page) => {
  await asked(portal)(page);
  await page.locator("[aria-labelledby=due] li a").first().click();
  await page.locator(".sum").waitFor();
};

export const paymentScreens = (demo) => {
  const portal = named(demo.portal);
  return [
    { name: "portal-payments-door", path: `${portal}${PAY}` },
    { name: "portal-payments", as: "portal", path: `${portal}${PAY}`, go: asked(portal) },
    { name: "portal-fee", as: "portal", path: `${portal}${PAY}`, go: fee(portal) },
  ].map((screen) => ({ ...screen, base: portal }));
};

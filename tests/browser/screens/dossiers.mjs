// «Dịch vụ công của tôi» at the national portal: what the demo's provinces told of the dossiers of one person (N6, N14).
import { named } from "../lib/elsewhere.mjs";
import { until } from "../lib/server.mjs";

const PAGE = "/tai-khoan/ho-so";

/** Until the provinces' workers have told the portal. */
export const told = (portal) => async (page) => {
  await until(async () => { await page.goto(`${portal}${PAGE}`); return (await page.locator(`a[href^='${PAGE}/']`).count()) > 0; }, { what: "dossiers of the demo", timeout: 60_000 });
};

export const dossierScreens = (demo) => {
  const portal = named(demo.portal);
  return [
    { name: "portal-dossiers", as: "portal", path: `${portal}${PAGE}`, go: told(portal) },
    { name: "portal-dossiers-over", as: "portal", path: `${portal}${PAGE}?muc=hoan-thanh`, go: async (page) => { await told(portal)(page); await page.goto(`${portal}${PAGE}?muc=hoan-thanh`); } },
    { name: "portal-dossier", as: "portal", path: `${portal}${PAGE}`, go: async (page) => { await told(portal)(page); await page.locator("li", { hasText: "Cần bổ sung giấy tờ" }).getByRole("link").first().click(); await page.locator(".timeline").waitFor(); } },
  ].map((screen) => ({ ...screen, base: portal }));
};

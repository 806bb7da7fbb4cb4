// The stand-in for a payment gateway (P2), as people see it who pay for a dossier at the national portal.
import { at, named } from "../lib/elsewhere.mjs";
import { press } from "../lib/people.mjs";
import { fee } from "./payments.mjs";

export const tillScreens = (demo) => {
  const [till, portal] = [named(demo.till), named(demo.portal)];
  const found = async (page, state) => {
    await page.goto(till);
    const cards = page.locator("a.card", { hasText: state });
    if ((await cards.count()) === 0) return false;
    await cards.first().click();
    return true;
  };
  /** An order that waits: one from before, or a new one over the portal. */
  const waiting = async (page) => {
    if (!(await found(page, "Đang chờ"))) {
      await fee(portal)(page);
      await press(page, "main form[action$='/tra']");
      await page.waitForURL(at(till));
    }
    await page.locator("button[name=answer][value=pay]").waitFor();
  };
  const paid = async (page) => {
    if (await found(page, "Đã thanh toán")) return;
    await waiting(page);
    await page.locator("button[name=answer][value=pay]").click();
    await page.waitForURL(at(portal));
    await found(page, "Đã thanh toán");
  };
  return [
    { name: "sandbox-till", path: till },
    { name: "sandbox-till-order", as: "portal", path: till, go: waiting },
    { name: "sandbox-till-paid", as: "portal", path: till, go: paid },
    { name: "sandbox-till-refused", path: `${till}/paymentv2/vpcpay.html` },
    { name: "sandbox-till-refused-en", path: `${till}/paymentv2/vpcpay.html?vnp_Locale=en` },
    { name: "sandbox-till-faults", path: `${till}/loi` },
  ].map((screen) => ({ ...screen, base: till }));
};

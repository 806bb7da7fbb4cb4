// Helping others: asking, answering, acting, children (A19).
import { press } from "../lib/people.mjs";
import { newPhone } from "../lib/steps.mjs";

const HELPERS = "/tai-khoan/nguoi-giup";
const HELPING = "/tai-khoan/giup-nguoi";

export const addChild = async (page, name = "Bé Nghĩ Ra") => {
  await page.goto(`${HELPING}/con`);
  await page.fill("input[name=full_name]", name);
  await page.fill("input[name=born]", "21/03/2019");
  await press(page);
  await page.waitForURL((url) => url.pathname === HELPING);
};

/** Acts for a child of one's own. */
const acts = async (page) => {
  await addChild(page);
  await page.locator("form[action$='/lam-thay'] button").first().click();
  await page.waitForURL((url) => url.pathname === "/");
};

const asks = async (page) => {
  await page.goto(`${HELPERS}/moi`);
  await page.fill("input[name=phone]", newPhone());
  await press(page);
  await page.waitForURL((url) => url.pathname === HELPERS);
};

export const helpingScreens = () => [
  { name: "helpers-empty", as: "newcomer", path: HELPERS },
  { name: "helpers-ask", as: "newcomer", path: `${HELPERS}/moi` },
  { name: "helpers-ask-error", as: "newcomer", path: `${HELPERS}/moi`, go: async (page) => { await page.uncheck("input[name=scope_report]"); await page.uncheck("input[name=scope_follow]"); await page.fill("input[name=phone]", newPhone()); await press(page); await page.locator("[data-error-summary]").waitFor(); } },
  { name: "helpers-waiting", as: "newcomer", path: HELPERS, go: asks },
  { name: "helping-empty", as: "newcomer", path: HELPING },
  { name: "helping-by-code", as: "newcomer", path: `${HELPING}/doc-ma` },
  { name: "child-add", as: "newcomer", path: `${HELPING}/con` },
  { name: "helping-child", as: "newcomer", path: HELPING, go: (page) => addChild(page) },
  { name: "acting-home", as: "newcomer", path: HELPING, go: acts },
  { name: "acting-shut", as: "newcomer", path: HELPING, go: async (page) => { await acts(page); await page.goto("/tai-khoan/du-lieu"); } },
];

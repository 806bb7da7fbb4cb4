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

/** A child who is of age in a month. */
export const addGrowing = async (page) => {
  await page.goto(`${HELPING}/con`);
  await page.fill("input[name=full_name]", "Con Sắp Lớn");
  const day = new Date(Date.now() + 30 * 86_400_000);
  await page.fill("input[name=born]", [String(day.getDate()).padStart(2, "0"), String(day.getMonth() + 1).padStart(2, "0"), day.getFullYear() - 18].join("/"));
  await press(page);
  await page.waitForURL((url) => url.pathname === HELPING);
};

const handOver = async (page) => {
  await addGrowing(page);
  await page.locator("a[href$='/giao']").first().click();
  await page.waitForURL(/\/giao$/);
};

export const GROWN = "/nhan-tai-khoan";

export const helpingScreens = () => [
  { name: "helpers-empty", as: "newcomer", path: HELPERS },
  { name: "helpers-ask", as: "newcomer", path: `${HELPERS}/moi` },
  { name: "helpers-ask-error", as: "newcomer", path: `${HELPERS}/moi`, go: async (page) => { await page.uncheck("input[name=scope_report]"); await page.uncheck("input[name=scope_follow]"); await page.fill("input[name=phone]", newPhone()); await press(page); await page.locator("[data-error-summary]").waitFor(); } },
  { name: "helpers-waiting", as: "newcomer", path: HELPERS, go: asks },
  { name: "helping-empty", as: "newcomer", path: HELPING },
  { name: "helping-by-code", as: "newcomer", path: `${HELPING}/doc-ma` },
  { name: "child-add", as: "newcomer", path: `${HELPING}/con` },
  { name: "helping-child", as: "newcomer", path: HELPING, go: (page) => addChild(page) },
  { name: "helping-growing", as: "newcomer", path: HELPING, go: addGrowing },
  { name: "helping-grown", as: "second", path: HELPING },
  { name: "hand-over", as: "newcomer", path: HELPING, go: handOver },
  { name: "hand-over-code", as: "newcomer", path: HELPING, go: async (page) => { await handOver(page); await press(page); } },
  { name: "grown", path: GROWN },
  { name: "grown-error", path: GROWN, go: async (page) => { await page.fill("input[name=hand_over]", "ABCD-EFGH-JKLM"); await page.fill("input[name=phone]", newPhone()); await page.check("input[name=agreed]"); await press(page); } },
  { name: "acting-home", as: "newcomer", path: HELPING, go: acts },
  { name: "acting-shut", as: "newcomer", path: HELPING, go: async (page) => { await acts(page); await page.goto("/tai-khoan/du-lieu"); } },
];

// Reports that an officer writes down for somebody (A19).
import { press } from "../lib/people.mjs";
import { newPhone } from "../lib/steps.mjs";
import { sendReport } from "../lib/wizard.mjs";

const START = "/can-bo/ghi-giup";

const typed = async (page) => {
  await page.fill("input[name=phone]", newPhone());
  await page.check("input[name=agreed]");
  await press(page, "form[action$='/dien-thoai']");
  await page.waitForURL((url) => url.pathname === `${START}/ma`);
};

/** Somebody without a phone. */
export const begin = async (page, name = "Cụ Nghĩ Ra") => {
  await page.locator("details.act summary").click();
  await page.fill("input[name=name]", name);
  await press(page, "form[action$='/khong-dien-thoai']");
  await page.waitForURL((url) => url.pathname === "/phan-anh/moi");
};

export const intakeScreens = () => [
  { name: "desk-intake", as: "officer", path: START },
  { name: "desk-intake-error", as: "officer", path: START, go: async (page) => { await press(page, "form[action$='/dien-thoai']"); await page.locator("[data-error-summary]").waitFor(); } },
  { name: "desk-intake-code", as: "officer", path: START, go: typed },
  { name: "desk-intake-code-wrong", as: "officer", path: START, go: async (page) => { await typed(page); await page.fill("input[name=code]", "12"); await press(page, "form[action$='/ma']"); } },
  { name: "desk-intake-without", as: "officer", path: START, go: async (page) => page.locator("details.act summary").click() },
  { name: "desk-intake-going-on", as: "officer", path: START, go: async (page) => { await begin(page); await page.goto(START); } },
  { name: "intake-wizard", as: "officer", path: START, go: begin },
  { name: "intake-done", as: "officer", path: START, go: async (page) => { await begin(page); await sendReport(page, "Cây gãy chắn lối vào xóm", async () => {}); } },
  { name: "intake-shut", as: "officer", path: START, go: async (page) => { await begin(page); await page.goto("/tai-khoan"); } },
];

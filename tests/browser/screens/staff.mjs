// The staff console's screens.
import { press } from "../lib/people.mjs";

/** The first report of the queue at this address. */
const firstOf = (query, act) => async (page) => {
  await page.goto(`/can-bo/phan-anh${query}`);
  const address = await page.locator("main a[href^='/can-bo/phan-anh/']").evaluateAll((links) => links.map((a) => a.getAttribute("href")).find((h) => /\/phan-anh\/\d{10}/.test(h)));
  if (!address) throw new Error(`nothing in the queue ${query}`);
  await page.goto(address);
  if (act) await page.locator(`#lam-${act} summary`).click();
};

const desk = (as, list) => list.map(([name, path, go]) => ({ name: `desk-${name}`, path, as, ...(go && { go }) }));
const first = (selector) => async (page) => page.goto(await page.locator(selector).first().getAttribute("href"));

export const staffScreens = () => [
  { name: "desk-sign-in", path: "/can-bo/dang-nhap" },
  { name: "desk-sign-in-wrong", path: "/can-bo/dang-nhap", go: async (page) => { await page.fill("input[name=username]", "khong-co-ai"); await page.fill("input[name=password]", "khong-phai-mat-khau"); await press(page); } },
  ...desk("officer", [
    ["queue", "/can-bo/phan-anh"],
    ["queue-mine", "/can-bo/phan-anh?muc=cua-toi"],
    ["queue-late", "/can-bo/phan-anh?muc=qua-han"],
    ["queue-none", "/can-bo/phan-anh?q=khongcotunaonhuvay"],
    ["report", "/can-bo/phan-anh", firstOf("")],
    ["report-received", "/can-bo/phan-anh", firstOf("?tinh-trang=received&state=received")],
    ["report-ask", "/can-bo/phan-anh", firstOf("", "ask")],
    ["report-act-error", "/can-bo/phan-anh", async (page) => { await firstOf("", "ask")(page); await press(page, "#lam-ask"); }],
    ["forbidden", "/can-bo/quan-ly/nhat-ky"],
    ["me", "/can-bo/toi"],
    ["security", "/can-bo/bao-mat"],
    ["sign-out", "/can-bo/dang-xuat"],
  ]),
  ...desk("dispatcher", [
    ["dispatch", "/can-bo/phan-anh"],
    ["dispatch-unassigned", "/can-bo/phan-anh?muc=cho-phan-cong"],
    ["dispatch-report", "/can-bo/phan-anh", firstOf("")],
    ["dispatch-transfer", "/can-bo/phan-anh", firstOf("", "transfer")],
    ["rules", "/can-bo/quan-ly/phan-tuyen"],
    ["rule-new", "/can-bo/quan-ly/phan-tuyen/quy-tac/moi"],
    ["rule", "/can-bo/quan-ly/phan-tuyen", first("main a[href^='/can-bo/quan-ly/phan-tuyen/quy-tac/']")],
    ["categories", "/can-bo/quan-ly/phan-tuyen/linh-vuc"],
    ["category", "/can-bo/quan-ly/phan-tuyen/linh-vuc", first("main tbody a[href^='/can-bo/quan-ly/phan-tuyen/linh-vuc/']")],
    ["versions", "/can-bo/quan-ly/phan-tuyen/lich-su"],
    ["version", "/can-bo/quan-ly/phan-tuyen/lich-su", first("main a[href^='/can-bo/quan-ly/phan-tuyen/lich-su/']")],
  ]),
  ...desk("leader", [
    ["flagged", "/can-bo/phan-anh?muc=bi-bao"],
    ["flagged-report", "/can-bo/phan-anh", firstOf("?muc=bi-bao")],
    ["moderate", "/can-bo/phan-anh", firstOf("?muc=bi-bao", "moderate")],
    ["cover", "/can-bo/phan-anh", async (page) => { await firstOf("?muc=bi-bao")(page); await page.goto(await page.locator("main a[href*='/anh/'][href^='/can-bo/phan-anh/']").first().getAttribute("href")); await page.locator("[data-add]").click(); }],
  ]),
  ...desk("inspector", [["audit", "/can-bo/quan-ly/nhat-ky"], ["inspector-queue", "/can-bo/phan-anh"]]),
  ...desk("administrator", [
    ["people", "/can-bo/quan-ly/can-bo"],
    ["person-new", "/can-bo/quan-ly/can-bo/moi"],
    ["person", "/can-bo/quan-ly/can-bo", first("main tbody a[href^='/can-bo/quan-ly/can-bo/']")],
    ["people-sheet", "/can-bo/quan-ly/can-bo/nhap"],
    ["units", "/can-bo/quan-ly/don-vi"],
    ["units-sheet", "/can-bo/quan-ly/bang/xa/nhap"],
    ["messages", "/can-bo/quan-ly/tin-nhan"],
    ["citizens", "/can-bo/quan-ly/nguoi-dan"],
  ]),
];

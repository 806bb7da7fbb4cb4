// The staff console's screens.
import { press } from "../lib/people.mjs";

/** The first report of the queue at this address; with an act, the first in which it can be done: which stands on top depends on the hour. */
const firstOf = (query, act) => async (page) => {
  await page.goto(`/can-bo/phan-anh${query}`);
  const links = await page.locator("main a[href^='/can-bo/phan-anh/']").evaluateAll((links) => links.map((a) => a.getAttribute("href")));
  const reports = [...new Set(links.filter((h) => /\/phan-anh\/\d{10}/.test(h)))];
  for (const address of reports) {
    await page.goto(address);
    if (!act) return;
    const summary = page.locator(`#lam-${act} summary`);
    if ((await summary.count()) > 0) return summary.click();
  }
  throw new Error(`nothing in the queue ${query}${act ? ` for ${act}` : ""}`);
};

const mapReady = (page) => page.waitForSelector("[data-map=desk] .leaflet-marker-icon.desk-sign");

/** Asks somebody outside about a report: the page that shows the link once. */
const askOutside = async (page) => {
  await firstOf("?muc=cua-toi", "consult")(page);
  await page.fill("#lam-consult [name=outside]", "Công ty Môi trường");
  await page.fill("#lam-consult [name=phone]", "0999000001");
  await page.fill("#lam-consult [name=question]", "Khi nào dọn được?");
  await page.locator("#lam-consult button.btn:not([name])").last().click();
  await page.waitForLoadState();
};

const desk = (as, list) => list.map(([name, path, go]) => ({ name: `desk-${name}`, path, as, ...(go && { go }) }));
const first = (selector) => async (page) => page.goto(await page.locator(selector).first().getAttribute("href"));

/** A system of the province that signs staff in through the console. */
const connectSystem = async (page) => {
  const fields = { name: "Quản lý văn bản", about: "Văn bản đến, văn bản đi của đơn vị.", start: "https://van-ban.example.vn/vao", redirect: "https://van-ban.example.vn/ve" };
  for (const [name, value] of Object.entries(fields)) await page.fill(`main [name=${name}]`, value);
  await press(page);
};

export const staffScreens = () => [
  { name: "desk-sign-in", path: "/can-bo/dang-nhap" },
  { name: "desk-sign-in-wrong", path: "/can-bo/dang-nhap", go: async (page) => { await page.fill("input[name=username]", "khong-co-ai"); await page.fill("input[name=password]", "khong-phai-mat-khau"); await press(page); } },
  ...desk("officer", [
    ["queue", "/can-bo/phan-anh"],
    ["queue-mine", "/can-bo/phan-anh?muc=cua-toi"],
    ["queue-late", "/can-bo/phan-anh?muc=qua-han"],
    ["queue-none", "/can-bo/phan-anh?q=khongcotunaonhuvay"],
    ["map", "/can-bo/phan-anh/ban-do", mapReady],
    ["map-chosen", "/can-bo/phan-anh/ban-do?xong=1", async (page) => { await mapReady(page); const answer = "[data-map-list] a:focus"; for (let n = 0; n < 12 && (await page.locator(answer).count()) === 0; n++) { await page.locator("[data-canvas] .desk-sign").first().dispatchEvent("click"); await page.waitForTimeout(250); } }],
    ["map-none", "/can-bo/phan-anh/ban-do?q=khongcotunaonhuvay"],
    ["report", "/can-bo/phan-anh", firstOf("")],
    ["report-received", "/can-bo/phan-anh", firstOf("?trang-thai=received")],
    ["report-ask", "/can-bo/phan-anh", firstOf("", "ask")],
    ["report-guest", "/can-bo/phan-anh", firstOf("?q=tram+xe+buyt")],
    ["report-unmerge", "/can-bo/phan-anh", async (page) => { await firstOf("?q=toi+cung+gap+viec+nay&trang-thai=closed")(page); await page.locator("#lam-unmerge summary").click(); }],
    ["report-act-error", "/can-bo/phan-anh", async (page) => { await firstOf("", "ask")(page); await press(page, "#lam-ask"); }],
    ["report-revealed", "/can-bo/phan-anh", async (page) => { await firstOf("")(page); await page.locator("#nguoi-gui summary").click(); await page.fill("#f-reveal-reason", "Gọi hỏi vị trí chính xác"); await page.locator("#nguoi-gui button").click(); await page.waitForLoadState(); }],
    ["report-consult", "/can-bo/phan-anh", firstOf("", "consult")],
    ["report-preview", "/can-bo/phan-anh", async (page) => { await firstOf("?muc=cua-toi", "reply")(page); await page.fill("#lam-reply textarea", "Tổ duy tu sẽ đến sáng mai."); await page.locator("#lam-reply button[name=xem]").click(); await page.waitForLoadState(); }],
    ["split", "/can-bo/phan-anh", async (page) => { await firstOf("?muc=cua-toi")(page); await page.goto(`${new URL(page.url()).pathname}/tach`); }],
    ["split-error", "/can-bo/phan-anh", async (page) => { await firstOf("?muc=cua-toi")(page); await page.goto(`${new URL(page.url()).pathname}/tach`); await press(page); }],
    ["consult-link", "/can-bo/phan-anh", askOutside],
    ["consult-page", "/can-bo/phan-anh", async (page) => { await askOutside(page); await page.goto(new URL(/http\S*\/tra-loi\/\S+/.exec(await page.locator("main").innerText())[0]).pathname); }],
    ["asked", "/can-bo/phan-anh?muc=duoc-hoi"],
    ["asked-report", "/can-bo/phan-anh?muc=duoc-hoi", firstOf("?muc=duoc-hoi")],
    ["notices", "/can-bo/thong-bao"],
    ["hand-over", "/can-bo/ban-giao"],
    ["systems-none", "/can-bo/he-thong"],
    ["forbidden", "/can-bo/quan-ly/nhat-ky"],
    ["me", "/can-bo/toi"],
    ["security", "/can-bo/bao-mat"],
    ["step-up", "/can-bo/xac-nhan"],
    ["totp", "/can-bo/bao-mat/ma"],
    ["sign-out", "/can-bo/dang-xuat"],
  ]),
  ...desk("dispatcher", [
    ["dispatch", "/can-bo/phan-anh"],
    ["dispatch-unassigned", "/can-bo/phan-anh?muc=cho-phan-cong"],
    ["dispatch-map", "/can-bo/phan-anh/ban-do", mapReady],
    ["bulk", "/can-bo/phan-anh?trang-thai=received", async (page) => { await page.locator("input[name=chon]").first().check(); await page.locator("button[name=lam][value=accept]").click(); await page.waitForLoadState(); }],
    ["dispatch-report", "/can-bo/phan-anh", firstOf("")],
    ["dispatch-transfer", "/can-bo/phan-anh", firstOf("", "transfer")],
    ["rules", "/can-bo/quan-ly/phan-tuyen"],
    ["rules-tried", "/can-bo/quan-ly/phan-tuyen?linh-vuc=ha-tang&xa=18880"],
    ["standard-texts", "/can-bo/quan-ly/van-ban-mau"],
    ["standard-text-new", "/can-bo/quan-ly/van-ban-mau/moi"],
    ["standard-text-error", "/can-bo/quan-ly/van-ban-mau/moi", (page) => press(page)],
    ["rule-new", "/can-bo/quan-ly/phan-tuyen/quy-tac/moi"],
    ["rule-error", "/can-bo/quan-ly/phan-tuyen/quy-tac/moi", (page) => press(page)],
    ["rule", "/can-bo/quan-ly/phan-tuyen", first("main tbody a[href^='/can-bo/quan-ly/phan-tuyen/quy-tac/']")],
    ["categories", "/can-bo/quan-ly/phan-tuyen/linh-vuc"],
    ["category", "/can-bo/quan-ly/phan-tuyen/linh-vuc", first("main tbody a[href^='/can-bo/quan-ly/phan-tuyen/linh-vuc/']")],
    ["question", "/can-bo/quan-ly/phan-tuyen/linh-vuc/ha-tang/cau-hoi/hang-muc"],
    ["question-new", "/can-bo/quan-ly/phan-tuyen/linh-vuc/khac/cau-hoi/moi"],
    ["question-error", "/can-bo/quan-ly/phan-tuyen/linh-vuc/khac/cau-hoi/moi", async (page) => press(page)],
    ["citizens", "/can-bo/quan-ly/nguoi-dan"],
    ["citizens-found", "/can-bo/quan-ly/nguoi-dan", async (page) => { await page.fill("main input[name=phone]", "0999000002"); await page.fill("main input[name=reason]", "Người dân nhờ kiểm tra"); await press(page); }],
    ["versions", "/can-bo/quan-ly/phan-tuyen/lich-su"],
    ["version", "/can-bo/quan-ly/phan-tuyen/lich-su", first("main a[href^='/can-bo/quan-ly/phan-tuyen/lich-su/']")],
  ]),
  ...desk("leader", [
    ["flagged", "/can-bo/phan-anh?muc=bi-bao"],
    ["flagged-report", "/can-bo/phan-anh", firstOf("?muc=bi-bao")],
    ["moderate", "/can-bo/phan-anh", firstOf("?muc=bi-bao", "moderate")],
    ["cover", "/can-bo/phan-anh", async (page) => { await firstOf("?muc=bi-bao")(page); await page.goto(await page.locator("main a[href*='/anh/'][href^='/can-bo/phan-anh/']").first().getAttribute("href")); await page.locator("[data-add]").click(); }],
  ]),
  { name: "desk-map-no-js", path: "/can-bo/phan-anh/ban-do?xong=1", as: "officer", js: false },
  ...desk("inspector", [["audit", "/can-bo/quan-ly/nhat-ky"], ["inspector-queue", "/can-bo/phan-anh"]]),
  ...desk("administrator", [
    ["people", "/can-bo/quan-ly/can-bo"],
    ["person-new", "/can-bo/quan-ly/can-bo/moi"],
    ["person-error", "/can-bo/quan-ly/can-bo/moi", (page) => press(page)],
    ["person", "/can-bo/quan-ly/can-bo", first("main tbody a[href^='/can-bo/quan-ly/can-bo/']")],
    ["people-sheet", "/can-bo/quan-ly/can-bo/nhap"],
    ["units", "/can-bo/quan-ly/don-vi"],
    ["units-sheet", "/can-bo/quan-ly/bang/xa/nhap"],
    ["messages", "/can-bo/quan-ly/tin-nhan"],
    ["keys", "/can-bo/quan-ly/khoa-ket-noi"],
    ["key-new", "/can-bo/quan-ly/khoa-ket-noi/moi"],
    ["key-error", "/can-bo/quan-ly/khoa-ket-noi/moi", async (page) => press(page)],
    ["key-made", "/can-bo/quan-ly/khoa-ket-noi/moi", async (page) => { await page.fill("input[name=name]", "Cổng dịch vụ công"); await press(page); }],
    ["system-new", "/can-bo/quan-ly/he-thong/moi"],
    ["system-error", "/can-bo/quan-ly/he-thong/moi", (page) => press(page)],
    ["system-made", "/can-bo/quan-ly/he-thong/moi", connectSystem],
    ["systems-manage", "/can-bo/quan-ly/he-thong"],
    ["system", "/can-bo/quan-ly/he-thong", first("main td a[href^='/can-bo/quan-ly/he-thong/']")],
    ["systems", "/can-bo/he-thong"],
    ["key-revoke", "/can-bo/quan-ly/khoa-ket-noi", first("main td a[href^='/can-bo/quan-ly/khoa-ket-noi/']")],
  ]),
];

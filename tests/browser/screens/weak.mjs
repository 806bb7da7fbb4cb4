// Screens of weak networks and of «Tôi cũng gặp».
import { press } from "../lib/people.mjs";

/** Puts reports into the phone's outbox, one in each state. */
const inTheBox = async (page) => {
  await page.goto("/phan-anh/hop-gui-di");
  await page.evaluate(async () => {
    const who = await (await fetch("/phan-anh/hop-gui-di/phien")).json();
    const db = await new Promise((done) => {
      const ask = indexedDB.open("hop-gui-di", 1);
      ask.onsuccess = () => done(ask.result);
    });
    const report = { category: "ha-tang", title: "", commune: "", address: "", lat: null, lon: null, anonymous: true };
    const at = db.transaction("items", "readwrite").objectStore("items");
    const put = (id, content, more) => at.put({ id, owner: who.owner, draft: null, report: { ...report, content }, photos: [], savedAt: Date.now() - 60_000 * id, notBefore: Date.now() + 1e9, ...more });
    put("1", "Nắp cống vỡ trước cổng trường", { state: "waiting" });
    put("2", "Đèn đường thôn 3 không sáng", { state: "failed", why: "refused", detail: "Tả nơi xảy ra, hoặc chọn vị trí trên bản đồ" });
    put("3", "Rác ở bờ kênh", { state: "failed", why: "other", owner: "nguoi-khac" });
    put("4", "Cây đổ chắn đường", { state: "sent", sent: { code: "PA-123-456-7890", href: "/phan-anh", until: "17:00, thứ Năm 02/04/2026" } });
    await new Promise((done) => (at.transaction.oncomplete = done));
  });
  await page.reload();
  await page.locator("[data-outbox-page] li").first().waitFor();
};

/** A report of the same kind at the place of an open public one. */
const near = (sure) => async (page) => {
  await page.goto("/phan-anh?trang-thai=dang");
  const codes = await page.locator("main a[href^='/phan-anh/']").evaluateAll((links) => [...new Set(links.map((a) => a.getAttribute("href")).filter((h) => /^\/phan-anh\/\d{10}$/.test(h)))]);
  for (const path of codes) {
    const report = await page.evaluate(async (code) => (await fetch(`/api/v1/reports/${code}`)).json(), path.split("/")[2]);
    if (report.lat === null) continue;
    await page.goto("/phan-anh/moi?viet-moi=1");
    await page.locator(`input[name=category][value=${report.category}]`).evaluate((radio) => radio.click());
    await press(page);
    await page.waitForURL(/\/khan-cap|\/noi-dung/);
    if (page.url().includes("/khan-cap")) await press(page);
    await page.waitForURL(/\/noi-dung/);
    await page.fill("textarea[name=content]", "Hỏng nặng, cần sửa sớm");
    await press(page);
    await page.waitForURL(/\/anh/);
    await press(page);
    await page.waitForURL(/\/noi-xay-ra/);
    await page.evaluate(({ lat, lon }) => {
      document.querySelector("input[name=lat]").value = lat;
      document.querySelector("input[name=lon]").value = lon;
    }, report);
    await press(page);
    await page.waitForURL(/\/trung|\/kiem-tra/);
    if (!page.url().includes("/trung")) continue; // the person's own
    if (sure) await page.goto(await page.locator("main a[href*='/trung/']").first().getAttribute("href"));
    return;
  }
  throw new Error("no open public report with a place");
};

export const weakScreens = () => [
  { name: "outbox-empty", path: "/phan-anh/hop-gui-di" },
  { name: "outbox", path: "/phan-anh/hop-gui-di", as: "newcomer", go: inTheBox },
  { name: "outbox-no-js", path: "/phan-anh/hop-gui-di", js: false },
  { name: "write", path: "/phan-anh/ngoai-tuyen" },
  { name: "write-error", path: "/phan-anh/ngoai-tuyen", go: (page) => page.locator("form[data-write] button.btn:not([type=button])").click() },
  { name: "write-en", path: "/phan-anh/ngoai-tuyen", language: "en" },
  { name: "near", path: "/", as: "newcomer", go: near(false) },
  { name: "near-sure", path: "/", as: "newcomer", go: near(true) },
];

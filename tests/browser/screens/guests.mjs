// Somebody without an account: which way to send, the proof of the phone, the report, following it with its code (R3).
import { press } from "../lib/people.mjs";
import { newPhone } from "../lib/steps.mjs";
import { pickCommune } from "./newcomer.mjs";

const askForCode = async (page, phone = newPhone()) => {
  await page.goto("/phan-anh/khach");
  await page.fill("input[name=phone]", phone);
  await page.check("input[name=agreed]");
  await press(page, "main form[action='/phan-anh/khach']");
  await page.waitForURL(/\/phan-anh\/khach\/ma/);
  return phone;
};

/** A report of a guest up to a step; answers phone and code. */
const sends = async (page, demo, until) => {
  const phone = await askForCode(page);
  await page.fill("input[name=code]", await demo.otp(phone));
  await press(page, "main form:not(.resend)");
  await page.waitForURL(/\/phan-anh\/moi/);
  await page.locator("input[name=category][value=ha-tang]").check();
  await press(page);
  await page.waitForURL(/\/noi-dung/);
  await page.fill("textarea[name=content]", "Nắp cống vỡ trước cổng trường\nBuổi tối rất khó thấy.");
  await press(page);
  await page.waitForURL(/\/anh/);
  await press(page);
  await page.waitForURL(/\/noi-xay-ra/);
  await pickCommune(page);
  await page.fill("input[name=words]", "Trước cổng trường tiểu học");
  await press(page);
  await page.waitForURL(/\/kiem-tra/);
  if (until === "check") return {};
  await press(page);
  await page.waitForURL(/\/da-gui/);
  return { phone, code: new URL(page.url()).pathname.split("/")[2] };
};

/** Code and phone typed; with `otp` also proven. */
const tracks = async (page, demo, code, phone, otp) => {
  await page.goto(`/theo-doi?ma=${code}`);
  await page.fill("input[name=phone]", phone);
  await press(page);
  await page.waitForURL(/\/theo-doi\/ma/);
  if (!otp) return;
  await page.fill("input[name=code]", await demo.otp(phone));
  await press(page, "main form:not(.resend)");
};

/** Reports of guests in the phone's outbox, in each state that is theirs alone. */
const inTheBox = async (page) => {
  await page.goto("/phan-anh/hop-gui-di");
  await page.evaluate(async () => {
    const who = await (await fetch("/phan-anh/hop-gui-di/phien")).json();
    const db = await new Promise((done) => {
      const ask = indexedDB.open("hop-gui-di", 1);
      ask.onsuccess = () => done(ask.result);
    });
    const at = db.transaction("items", "readwrite").objectStore("items");
    const report = { category: "ha-tang", title: "", content: "Nắp cống vỡ trước cổng trường", commune: "", address: "", lat: null, lon: null, anonymous: true };
    const put = (id, owner, more) => at.put({ id, owner, draft: null, report, photos: [], savedAt: Date.now() - 60_000 * id, state: "failed", notBefore: 0, ...more });
    put("1", "g.so-dien-thoai-khac", { why: "code" });
    if (who.signed) put("2", who.owner, { state: "waiting", notBefore: Date.now() + 1e9 });
    put("3", null, { why: "anyone", writer: sessionStorage.getItem("outbox-writer") ?? "" });
    put("4", null, { why: "anyone", sealed: true });
    await new Promise((done) => (at.transaction.oncomplete = done));
  });
  await page.reload();
  await page.locator("[data-outbox-page] li").first().waitFor();
};

export const guestScreens = (demo) => [
  { name: "guest-how", path: "/phan-anh/moi" },
  { name: "guest-how-en", path: "/phan-anh/moi", language: "en" },
  { name: "guest-phone", path: "/phan-anh/khach" },
  { name: "guest-phone-error", path: "/phan-anh/khach", go: async (page) => { await page.fill("input[name=phone]", "02323851234"); await press(page, "main form[action='/phan-anh/khach']"); } },
  { name: "guest-code", path: "/phan-anh/khach", go: (page) => askForCode(page) },
  { name: "guest-check", path: "/phan-anh/khach", go: (page) => sends(page, demo, "check") },
  { name: "guest-done", path: "/phan-anh/khach", go: (page) => sends(page, demo) },
  { name: "guest-report", path: "/phan-anh/khach", go: async (page) => { const { code } = await sends(page, demo); await page.goto(`/phan-anh/${code}`); } },
  { name: "guest-delete", path: "/phan-anh/khach", go: async (page) => { await sends(page, demo, "check"); await page.goto("/khach/xoa"); } },
  { name: "guest-data", path: "/phan-anh/khach", go: async (page) => { await sends(page, demo); await page.goto("/khach/du-lieu"); } },
  { name: "guest-data-prove", path: "/khach/xac-nhan?cu=1" },
  { name: "guest-data-prove-error", path: "/khach/xac-nhan", go: async (page) => { await page.fill("input[name=phone]", "1"); await press(page); await page.locator("[data-error-summary]").waitFor(); } },
  { name: "guest-data-correct", path: "/phan-anh/khach", go: async (page) => { await sends(page, demo, "check"); await page.goto("/khach/du-lieu/chinh-sua"); } },
  { name: "guest-outbox-nobody", path: "/phan-anh/hop-gui-di", go: inTheBox },
  { name: "guest-outbox", path: "/phan-anh/khach", go: async (page) => { await sends(page, demo, "check"); await inTheBox(page); } },
  { name: "guest-outbox-en", path: "/phan-anh/hop-gui-di", language: "en", go: inTheBox },
  { name: "track", path: "/theo-doi" },
  { name: "track-error", path: "/theo-doi", go: async (page) => { await press(page); await page.locator("[data-error-summary]").waitFor(); } },
  { name: "track-nothing", path: "/theo-doi", go: (page) => tracks(page, demo, "1234567894", newPhone(), true) },
  { name: "track-no-js", path: "/theo-doi", js: false },
];

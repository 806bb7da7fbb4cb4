// The citizen's screens.
import { film } from "../lib/film.mjs";
import { press } from "../lib/people.mjs";
import { photo } from "../lib/steps.mjs";
import { publicScreens } from "./public.mjs";
import { askForCode, askForDetails, pickCommune } from "./newcomer.mjs";

/** Follows the first link whose address matches. */
export const follow = (selector) => async (page) => {
  const address = await page.locator(selector).first().getAttribute("href");
  await page.goto(address);
};

/** The first report in the person's list that offers this page. */
const ownReport = (act) => async (page) => {
  const codes = await page.locator("main a[href^='/phan-anh/']").evaluateAll((links) => [...new Set(links.map((a) => a.getAttribute("href")).filter((h) => /^\/phan-anh\/\d{10}$/.test(h)))]);
  for (const code of codes) {
    await page.goto(code);
    const href = act?.startsWith("#") ? act : `${code}/${act}`;
    if (!act || (await page.locator(`main a[href='${href}']`).count()) > 0) {
      if (act) await page.goto(act.startsWith("#") ? code + act : href);
      return;
    }
  }
  throw new Error(`no own report offers ${act}`);
};

/** Presses on and waits for the page that says what is missing. */
const refused = async (page) => {
  await press(page);
  await page.locator("[data-error-summary]").waitFor();
};

/** The report wizard up to a step. */
const wizard = (until) => async (page) => {
  await page.goto("/phan-anh/moi?viet-moi=1");
  await page.locator("input[name=category][value=ha-tang]").check();
  await press(page);
  await page.waitForURL(/\/noi-dung/);
  if (until === "content") return;
  if (until === "content-error") return refused(page);
  await page.fill("textarea[name=content]", "Nắp cống vỡ trước cổng trường\nTrẻ em đi học phải đi vòng xuống lòng đường, buổi tối rất khó thấy.");
  await press(page);
  await page.waitForURL(/\/anh/);
  if (until === "photos") return;
  await page.locator("#f-photo").setInputFiles([photo({ name: "mot.png" }), photo({ name: "hai.png", colour: [40, 90, 160] })]);
  await page.waitForFunction(() => document.querySelectorAll(".upload__item").length === 2 && document.querySelectorAll(".upload__item progress:not([hidden])").length === 0);
  if (until === "photos-filled") return;
  if (until === "video-refused") {
    await page.locator("#f-video").setInputFiles({ name: "chu.mp4", mimeType: "video/mp4", buffer: Buffer.from("không phải video") });
    return page.locator(".upload__item--error").waitFor();
  }
  if (until.startsWith("video")) {
    await page.locator("#f-video").setInputFiles(await film(page));
    await page.waitForFunction(() => document.querySelectorAll(".upload__item").length === 3 && document.querySelectorAll(".upload__item progress:not([hidden])").length === 0);
  }
  if (until === "video") return;
  await press(page);
  await page.waitForURL(/\/noi-xay-ra/);
  if (until === "place") return;
  if (until === "place-error") return refused(page);
  await pickCommune(page);
  await page.fill("input[name=words]", "Trước cổng trường tiểu học");
  if (until === "place-filled") return;
  await press(page);
  await page.waitForURL(/\/kiem-tra/);
  if (until === "check" || until === "video-check") return;
  await press(page);
  await page.waitForURL(/\/xong|\/da-gui|\/phan-anh\/\d{10}/);
};

/** The content step of a category, with what it asks. */
const questions = (category) => async (page) => {
  const choice = page.locator(`input[name=category][value=${category}]`);
  if (!(await choice.isVisible())) await page.locator("main details summary").first().click();
  await choice.check();
  await press(page);
  await page.waitForURL(/\/noi-dung/);
};

const typed = (fields, form) => async (page) => {
  for (const [name, text] of Object.entries(fields)) await page.fill(`main [name=${name}]`, text);
  await press(page, form);
};

export const citizenScreens = (demo) => [
  { name: "home", path: "/" },
  { name: "home-en", path: "/", language: "en" },
  { name: "home-no-js", path: "/", js: false },
  { name: "home-signed-in", path: "/", as: "citizen" },
  { name: "home-newcomer", path: "/", as: "newcomer" },
  { name: "home-second-province", path: demo.second },

  { name: "register", path: "/dang-ky" },
  { name: "register-error", path: "/dang-ky", go: typed({ phone: "02323851234" }, "main form[action='/dang-ky']") },
  { name: "register-code", path: "/dang-ky", go: (page) => askForCode(page) },
  { name: "register-code-wrong", path: "/dang-ky", go: async (page) => { await askForCode(page); await page.fill("input[name=code]", "000000"); await press(page, "main form:not(.resend)"); } },
  { name: "register-details", path: "/dang-ky", go: (page) => askForDetails(page, demo) },
  { name: "register-details-error", path: "/dang-ky", go: async (page) => { await askForDetails(page, demo); await press(page); } },
  { name: "register-form", path: "/dang-ky/mau-day-du" },
  { name: "register-form-error", path: "/dang-ky/mau-day-du", go: (page) => press(page, "main form[action='/dang-ky/mau-day-du']") },
  { name: "register-form-en", path: "/dang-ky/mau-day-du", language: "en" },
  { name: "declared", path: "/tai-khoan/thong-tin/tu-khai", as: "citizen" },
  { name: "sign-in", path: "/dang-nhap" },
  { name: "sign-in-wrong", path: "/dang-nhap", go: typed({ login: "0999000009", password: "khong-phai-mat-khau" }) },
  { name: "forgotten", path: "/quen-mat-khau" },
  { name: "forgotten-code", path: "/quen-mat-khau", go: async (page) => { await typed({ phone: "0999000009" })(page); await page.waitForURL(/\/quen-mat-khau\/ma/); } },
  { name: "welcome", path: "/dang-ky/xong", as: "newcomer" },

  { name: "procedure", path: "/thu-tuc/1.000894" },
  { name: "procedure-enough", path: "/thu-tuc/1.001193", as: "citizen" },
  { name: "procedure-below", path: "/thu-tuc/1.000894", as: "newcomer" },
  { name: "level-raise", path: "/tai-khoan/nang-muc?thu-tuc=1.000894", as: "newcomer" },
  { name: "level-raise-high", path: "/tai-khoan/nang-muc?thu-tuc=1.012783", as: "newcomer", js: false },

  { name: "reports", path: "/phan-anh" },
  { name: "reports-none", path: "/phan-anh?loai=vien-thong&xa=18880&trang-thai=xong&truoc=1" },
  ...publicScreens,
  { name: "report", path: "/phan-anh", go: follow("main a[href^='/phan-anh/0'], main a[href^='/phan-anh/1'], main a[href^='/phan-anh/2'], main a[href^='/phan-anh/3']") },
  { name: "report-done", path: "/phan-anh?trang-thai=xong", go: follow("main .rows a[href^='/phan-anh/']") },
  { name: "report-en", path: "/phan-anh", language: "en", go: follow("main a[href^='/phan-anh/4'], main a[href^='/phan-anh/5'], main a[href^='/phan-anh/6'], main a[href^='/phan-anh/7']") },
  { name: "open-data", path: "/du-lieu-mo" },
  { name: "open-data-en", path: "/du-lieu-mo", language: "en" },
  { name: "by-code-wrong", path: "/phan-anh/tim?ma=123" },
  { name: "not-found", path: "/phan-anh/0000000000" },

  { name: "wizard-category", path: "/phan-anh/moi?viet-moi=1", as: "citizen" },
  { name: "wizard-drafts", path: "/phan-anh/moi", as: "citizen" },
  { name: "wizard-emergency", path: "/phan-anh/moi?viet-moi=1", as: "newcomer", go: async (page) => { await page.locator("input[name=category]").last().scrollIntoViewIfNeeded(); await page.locator("main input[name=category][value='thien-tai']").check(); await press(page); } },
  ...["content", "content-error", "photos", "photos-filled", "video", "video-refused", "video-check", "place", "place-error", "place-filled", "check", "done"].map((step) => ({ name: `wizard-${step}`, path: "/", as: "newcomer", go: wizard(step) })),
  { name: "own-report-video", path: "/", as: "newcomer", go: async (page) => { await wizard("video-sent")(page); await page.goto(page.url().replace("/da-gui", "")); } },
  { name: "wizard-questions", path: "/phan-anh/moi?viet-moi=1", as: "newcomer", go: questions("moi-truong") },
  { name: "wizard-questions-error", path: "/phan-anh/moi?viet-moi=1", as: "newcomer", go: async (page) => { await questions("thu-tuc-hanh-chinh")(page); await press(page); } },
  { name: "wizard-no-js", path: "/phan-anh/moi?viet-moi=1", as: "citizen", js: false },

  { name: "mine", path: "/phan-anh/cua-toi", as: "citizen" },
  { name: "own-report", path: "/phan-anh/cua-toi", as: "citizen", go: ownReport() },
  { name: "own-answer", path: "/phan-anh/cua-toi", as: "citizen", go: ownReport("bo-sung") },
  { name: "own-redact", path: "/phan-anh/cua-toi", as: "citizen", go: async (page) => { await ownReport()(page); await page.goto(page.url() + "/an-bot"); } },
  { name: "flag", path: "/phan-anh", as: "newcomer", go: async (page) => { await follow("main a[href^='/phan-anh/0'], main a[href^='/phan-anh/1'], main a[href^='/phan-anh/2'], main a[href^='/phan-anh/3']")(page); await page.goto(page.url() + "/khong-phu-hop"); } },
  { name: "own-withdraw", path: "/phan-anh/cua-toi", as: "citizen", go: ownReport("rut") },
  { name: "own-rate", path: "/phan-anh/cua-toi", as: "citizen", go: ownReport("#danh-gia") },
  { name: "own-reopen", path: "/phan-anh/cua-toi", as: "second", go: ownReport("xu-ly-lai") },
  { name: "inbox", path: "/thong-bao", as: "citizen" },
  { name: "inbox-newcomer", path: "/thong-bao", as: "newcomer" },
  { name: "inbox-one", path: "/thong-bao", as: "citizen", go: follow("main a[href^='/thong-bao/']") },

  ...[
    ["account", "/tai-khoan"],
    ["profile", "/tai-khoan/thong-tin"],
    ["name", "/tai-khoan/thong-tin/ho-ten"],
    ["residence", "/tai-khoan/thong-tin/noi-o"],
    ["email", "/tai-khoan/thong-tin/thu-dien-tu"],
    ["username", "/tai-khoan/thong-tin/ten-dang-nhap"],
    ["phone", "/tai-khoan/so-dien-thoai"],
    ["password", "/tai-khoan/mat-khau"],
    ["devices", "/tai-khoan/thiet-bi"],
    ["activity", "/tai-khoan/hoat-dong"],
    ["consents", "/tai-khoan/dong-y"],
    ["data", "/tai-khoan/du-lieu"],
    ["correction", "/tai-khoan/du-lieu/chinh-sua"],
    ["delete", "/tai-khoan/du-lieu/xoa"],
    ["channels", "/tai-khoan/kenh-nhan"],
    ["security", "/tai-khoan/bao-mat"],
    ["linked", "/tai-khoan/lien-ket"],
    ["verify", "/tai-khoan/xac-thuc"],
    ["verify-typed", "/tai-khoan/xac-thuc/nhap"],
    ["authenticator", "/tai-khoan/bao-mat/ung-dung"],
    ["passkey-new", "/tai-khoan/bao-mat/khoa/moi"],
    ["step-up", "/xac-nhan"],
    ["sign-out", "/dang-xuat"],
  ].map(([name, path]) => ({ name: `account-${name}`, path, as: "citizen" })),
  { name: "account-password-error", path: "/tai-khoan/mat-khau", as: "citizen", go: (page) => press(page) },

  { name: "help", path: "/tro-giup" },
  { name: "terms", path: "/dieu-khoan" },
  { name: "privacy", path: "/quyen-rieng-tu" },
  { name: "accessibility", path: "/kha-nang-tiep-can" },
  { name: "communes", path: "/xa" },
  { name: "offline", path: "/ngoai-tuyen" },
];

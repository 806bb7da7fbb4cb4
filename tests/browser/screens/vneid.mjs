// The stand-in for VNeID: the people to try, number and password, code, consent, refusals, signing out (S4).
import { createHash, randomBytes } from "node:crypto";
import { PASSWORD, press } from "../lib/people.mjs";

const FORM = "main form.form";

/** A province's request, as its relying party sends a browser here; nobody comes back from it. */
const ask = (demo) => {
  const parameters = new URLSearchParams({
    response_type: "code",
    client_id: "congdanso-quang-tri",
    redirect_uri: `${demo.url.replace("127.0.0.1", "localhost")}/dang-nhap/lien-thong/vneid/ve`,
    scope: "openid citizen",
    state: randomBytes(16).toString("hex"),
    code_challenge: createHash("sha256").update(randomBytes(32)).digest("base64url"),
    code_challenge_method: "S256",
  });
  return `${demo.vneid}/oauth2/authorize?${parameters}`;
};

/** Somebody without an account, from the list of the first page: number and phone. */
const somebody = async (page, demo, at) => {
  await page.goto(demo.vneid);
  const card = page.locator("main .card").nth(at);
  const number = await card.locator("code").innerText();
  const phone = await card.locator("dd").last().innerText();
  await page.goto(ask(demo));
  return { number, phone };
};

/** Number and password are typed; answers the phone and how many messages it had before. */
const password = async (page, demo, at, typed = PASSWORD) => {
  const { number, phone } = await somebody(page, demo, at);
  const after = await demo.smsCount(phone);
  await page.fill("input[name=number]", number);
  await page.fill("input[name=password]", typed);
  await press(page, FORM);
  return { phone, after };
};

const code = async (page, demo, at) => {
  const { phone, after } = await password(page, demo, at);
  await page.fill("input[name=code]", await demo.otp(phone, { after }));
  await press(page, FORM);
  await page.locator("input[name=claim]").first().waitFor();
};

const wrongCode = async (page) => {
  await page.fill("input[name=code]", "000000");
  await press(page, FORM);
};

export const vneidScreens = (demo) => [
  { name: "sandbox-vneid", path: demo.vneid },
  { name: "sandbox-vneid-login", path: ask(demo) },
  { name: "sandbox-vneid-login-error", path: demo.vneid, go: (page) => password(page, demo, 5, "sai") },
  { name: "sandbox-vneid-code", path: demo.vneid, js: false, go: (page) => password(page, demo, 6) },
  { name: "sandbox-vneid-code-error", path: demo.vneid, go: async (page) => { await password(page, demo, 7); await wrongCode(page); } },
  { name: "sandbox-vneid-over", path: demo.vneid, go: async (page) => { await password(page, demo, 8); for (let n = 0; n < 5; n++) await wrongCode(page); } },
  { name: "sandbox-vneid-consent", path: demo.vneid, js: false, go: (page) => code(page, demo, 9) },
  { name: "sandbox-vneid-logout", path: demo.vneid, go: async (page) => { await code(page, demo, 10); await page.goto(`${demo.vneid}/oauth2/logout`); } },
  { name: "sandbox-vneid-ended", path: `${demo.vneid}/dang-nhap/khong-co` },
  { name: "sandbox-vneid-refused", path: `${demo.vneid}/oauth2/authorize?client_id=khong-co` },
];

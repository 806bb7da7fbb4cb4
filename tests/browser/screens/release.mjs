// A personal number that another account holds, released at the desk (A7).
import { openPage } from "../lib/browser.mjs";
import { strangers } from "../lib/elsewhere.mjs";
import { press } from "../lib/people.mjs";
import { newPerson } from "./newcomer.mjs";

export const RELEASE = "/can-bo/quan-ly/so-dinh-danh";
const CARD = "/tai-khoan/xac-thuc";

/** Types somebody's card into the account of who is signed in, and says yes to it. */
export async function verifyTyped(page, { number, name, born }) {
  await page.goto(`${CARD}/nhap`);
  await page.fill("input[name=number]", number);
  await page.fill("input[name=full_name]", name);
  await page.fill("input[name=birth]", born);
  await page.locator(`input[name=sex][value=${Number(number[3]) % 2 ? "female" : "male"}]`).check();
  await page.fill("input[name=issued]", "10/05/2024");
  await press(page);
  await page.waitForURL(/\/kiem-tra/);
  await press(page);
}

let held;
/** A number that somebody's account holds, because they had its card. */
async function heldNumber(page, demo) {
  held ??= (async () => {
    const person = (await strangers(demo, "held"))();
    const other = await openPage(page.context().browser(), { base: demo.url });
    await newPerson(demo)(other);
    await verifyTyped(other, person);
    await other.context().close();
    return person.number;
  })();
  return held;
}

export async function look(page, number) {
  await page.fill("input[name=number]", number);
  await press(page);
}

const looks = (demo) => async (page) => {
  await look(page, await heldNumber(page, demo));
  await page.waitForURL(/\/dang-giu/);
};

export const releaseScreens = (demo) => [
  { name: "desk-release", as: "leader", path: RELEASE },
  { name: "desk-release-error", as: "leader", path: RELEASE, go: (page) => press(page) },
  { name: "desk-release-nobody", as: "leader", path: RELEASE, go: (page) => look(page, "000189999999") },
  ...(demo.registry
    ? [
        { name: "desk-release-held", as: "leader", path: RELEASE, go: looks(demo) },
        { name: "desk-release-held-error", as: "leader", path: RELEASE, go: async (page) => { await looks(demo)(page); await press(page, `main form[action='${RELEASE}/dang-giu']`); } },
      ]
    : []),
];

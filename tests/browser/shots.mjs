// `make shots`: every screen of the demo at 360 and 1366 px into shots/, and contact sheets beside them. Words after it choose screens by name.
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "./lib/browser.mjs";
import { Demo, startDemo } from "./lib/server.mjs";
import { takeShots } from "./lib/shots.mjs";
import { peopleOf, screensOf } from "./screens.mjs";

const folder = fileURLToPath(new URL("../../shots/", import.meta.url));
const wanted = process.argv.slice(2);
const running = process.env.CONGDANSO_URL ? undefined : await startDemo();
const demo = running?.demo ?? new Demo(process.env.CONGDANSO_URL);
const browser = await launch();
let failed = false;
try {
  const screens = screensOf(demo).filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
  const { pictures, sheets, problems } = await takeShots(browser, { base: demo.url, screens, folder, people: peopleOf(demo), say: console.log });
  console.log(`${pictures} pictures; look at:\n${sheets.map((file) => `  ${relative(process.cwd(), file)}`).join("\n")}`);
  failed = problems.length > 0;
  if (failed) console.error(`Problems:\n  ${problems.join("\n  ")}`);
} finally {
  await browser.close();
  await running?.stop();
}
process.exit(failed ? 1 : 0);

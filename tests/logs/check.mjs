// Usage: check.mjs FOLDER…   The last step of `make test`: no log of the whole suite and no address that a browser asked for may hold a
// personal number (N8, X10). A folder without a line is a failure too: then somebody forgot to write.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { look, numbersInTests, pattern } from "./numbers.mjs";

const folders = process.argv.slice(2);
if (folders.length === 0) throw new Error("Usage: check.mjs FOLDER…");
const found = pattern(numbersInTests(fileURLToPath(new URL("../../", import.meta.url))));
let failed = false;
for (const folder of folders) {
  const { files, lines, told } = existsSync(folder) ? await look(folder, found) : { files: 0, lines: 0, told: [] };
  console.log(`${folder}: ${lines} lines in ${files} files`);
  if (lines === 0) {
    console.error(`${folder}: nothing was written here; were the tests run?`);
    failed = true;
  }
  for (const place of told.slice(0, 50)) console.error(`a personal number: ${place}`);
  if (told.length > 50) console.error(`… and ${told.length - 50} more`);
  failed ||= told.length > 0;
}
process.exit(failed ? 1 : 0);

// Personal numbers in what programs wrote: of the invented people, who all begin with 000 (crates/sandbox/src/people.rs), and every number
// that stands in a test. With and without separators. What is found is named by file and line, never by the number.
import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** What people put between the groups of a number, also as it stands in an address. */
const SEPARATOR = String.raw`(?:[ .\-+_\u00a0]|%20|%C2%A0|%2D|%2E)`;
const GROUPS = [[12], [3, 3, 3, 3], [4, 4, 4], [3, 3, 6], [3, 9], [1, 2, 3, 6], [3, 1, 2, 6]];
/** Their digits may stand in a row by chance. */
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** One number, or all of the invented people's, in every way of writing it. `digits`: a pattern for each of the twelve. */
function ways(digits) {
  return GROUPS.map((sizes) => {
    let at = 0;
    const groups = sizes.map((size) => digits.slice(at, (at += size)).join(""));
    // The same separator throughout.
    return groups.length === 1 ? groups[0] : groups.map((group, i) => (i === 0 ? group : `${i === 1 ? `(${SEPARATOR})` : "\\SAME"}${group}`)).join("");
  });
}

/** The expression that finds any of them. `written`: numbers of twelve digits, beside those of the invented people. */
export function pattern(written) {
  const invented = [..."000"].concat(Array.from({ length: 9 }, () => "\\d"));
  let group = 0;
  const all = [invented, ...written.map((number) => [...number])].flatMap(ways).map((way) => {
    if (!way.includes("\\SAME")) return way.includes("(") ? (group++, way) : way;
    group++;
    return way.replaceAll("\\SAME", `(?:\\${group})`);
  });
  // Not a piece of something longer: a digest in hexadecimal, a time in nanoseconds.
  return new RegExp(String.raw`(?<![0-9A-Fa-f]|\d[.,])(?:${all.join("|")})(?![0-9A-Fa-f]|[.,]\d)`);
}

/** Every number of twelve digits that a test of this repository uses. */
export function numbersInTests(root) {
  const files = execFileSync("git", ["grep", "-hoE", String.raw`\b0[0-9]{11}\b`, "--", "crates", "tests"], { cwd: root, encoding: "utf8" });
  // Twelve times one digit is nobody's.
  return [...new Set(files.split("\n").filter((number) => number && !number.startsWith("000") && !/^(\d)\1+$/.test(number)))];
}

export const isTold = (line, found) => found.test(line.replace(UUID, " "));

/** Files of a folder and of those in it. */
async function files(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Looks through every line; `{lines, told: ["file:line", …]}`. */
export async function look(folder, found) {
  const result = { files: 0, lines: 0, told: [] };
  for (const file of (await files(folder)).sort()) {
    result.files++;
    let number = 0;
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      number++;
      if (isTold(line, found)) result.told.push(`${file}:${number}`);
    }
    result.lines += number;
  }
  return result;
}

// The checker of logs: it must see what it is there to see, and must not tell it on.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { isTold, numbersInTests, pattern } from "./numbers.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CHECK = fileURLToPath(new URL("check.mjs", import.meta.url));
const OF_A_TEST = "044189001234";
const INVENTED = "000190123456";
const found = pattern([OF_A_TEST]);

test("numbers of tests and of invented people are found however they are written", () => {
  for (const number of [OF_A_TEST, INVENTED]) {
    const [a, b, c, d] = [number.slice(0, 3), number.slice(3, 6), number.slice(6, 9), number.slice(9)];
    for (const written of [
      number,
      [a, b, c, d].join(" "),
      [a, b, c, d].join("."),
      [a, b, c, d].join("-"),
      [a, b, c + d].join(" "),
      [a, b + c + d].join(" "),
      [number.slice(0, 4), number.slice(4, 8), number.slice(8)].join(" "),
      [a, b, c, d].join("%20"),
      [a, b, c, d].join("+"),
      [a, b, c, d].join("\u00a0"),
    ]) {
      for (const line of [written, `GET /x/${written}?a=1`, `{"so":"${written}"}`, `so=${written}&x`, `nhầm số ${written}.`, `${written},`]) {
        assert.ok(isTold(line, found), line);
      }
    }
  }
});

test("what only looks like a number is none", () => {
  for (const line of [
    "01a201c4-0001-7345-9012-000190123456", // an id
    "trace=00019012345600019012345600ab", // a digest
    "at 1774833300000, 20261122000190123456",
    "took 0.000190123456 s",
    "000***456",
    "0912345678",
    "044189001235", // nobody's here
    "000 190.123-456",
  ]) {
    assert.ok(!isTold(line, found), line);
  }
});

test("every number that a test uses is looked for", () => {
  const numbers = numbersInTests(ROOT);
  assert.ok(numbers.length > 10 && numbers.every((number) => /^0\d{11}$/.test(number)), String(numbers.length));
  assert.ok(numbers.includes(OF_A_TEST), "the number of this file, which stands in others too");
});

test("a log with a number fails the run by file and line and does not repeat it; a clean one passes; an empty folder fails", () => {
  const folder = mkdtempSync(join(tmpdir(), "congdanso-logs-"));
  const check = (...folders) => spawnSync(process.execPath, [CHECK, ...folders], { encoding: "utf8" });
  mkdirSync(join(folder, "a"));
  mkdirSync(join(folder, "b"));
  assert.equal(check(join(folder, "a")).status, 1, "nothing was written");
  assert.equal(check(join(folder, "none")).status, 1, "not even a folder");
  writeFileSync(join(folder, "a/server.log"), "started\nfine\n");
  assert.equal(check(join(folder, "a")).status, 0);
  writeFileSync(join(folder, "b/server.log"), `started\nfine\nsigned in 000 190 123 456\n`);
  const { status, stdout, stderr } = check(join(folder, "a"), join(folder, "b"));
  assert.equal(status, 1);
  assert.match(stderr, /a personal number: .*b\/server\.log:3\n/);
  assert.ok(!/190.?123/.test(stdout + stderr), "the number is not told on");
  rmSync(folder, { recursive: true });
});

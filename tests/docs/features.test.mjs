// docs/FEATURES.md stays true: every requirement has one row with a known state, and every test that a row names exists.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/FEATURES.md", root), "utf8");
const rows = [...text.matchAll(/^\| ([A-Z]\d{1,2}) \| (.+?) \| (.+?) \| (.*?) \|$/gm)].map(([, id, what, state, proof]) => ({
  id, what, state: state.trim(), proof: proof.trim(),
}));
const counts = { S: 16, A: 19, N: 16, R: 15, W: 12, D: 18, P: 6, C: 8, U: 10, X: 17 };

test("every requirement has exactly one row", () => {
  const expected = Object.entries(counts).flatMap(([letter, most]) => Array.from({ length: most }, (_, i) => `${letter}${i + 1}`));
  assert.deepEqual(rows.map((r) => r.id).sort(), expected.sort());
});

test("a row is done, partly or not yet, and what is done names its test", () => {
  for (const row of rows) {
    assert.match(row.state, /^(done|partly|not yet)$/, row.id);
    if (row.state === "done") assert.match(row.proof, /`[a-z0-9_]+`/, `${row.id} names no test`);
  }
});

test("every test that is named exists", () => {
  const files = execFileSync("git", ["-C", root.pathname, "grep", "-hoE", "(fn|test\\()[^(]{0,3}[a-zA-Z0-9_]+|test\\(\"[^\"]+", "--", "*.rs", "*.mjs", "*.ts"], {
    encoding: "utf8", maxBuffer: 64 << 20,
  });
  const names = new Set(files.split("\n").map((l) => l.replace(/^(fn |test\("?)/, "").trim()));
  for (const row of rows) {
    for (const [, name] of row.proof.matchAll(/`([a-z0-9_]+)`/g)) assert.ok(names.has(name), `${row.id}: no test named ${name}`);
  }
});

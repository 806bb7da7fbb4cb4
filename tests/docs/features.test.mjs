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

const files = (...patterns) =>
  execFileSync("git", ["-C", root.pathname, "ls-files", "-co", "--exclude-standard", "--", ...patterns], { encoding: "utf8" })
    .split("\n").filter(Boolean).map((name) => ({ name, text: readFileSync(new URL(name, root), "utf8") }));

/** Functions that a test runner runs: marked as tests, or inside a `proptest!` block. Helpers and ordinary functions are none. */
export function rustTests(text) {
  // Between the mark and the name: other marks, comments, `async`.
  const marked = [...text.matchAll(/#\[(?:tokio::)?test(?:\([^)]*\))?\]\s*(?:(?:#\[[^\n]*\]|\/\/[^\n]*)\s*)*(?:async )?fn ([a-z0-9_]+)/g)];
  return marked.map(([, name]) => name);
}

test("a test is told from what only looks like one", () => {
  const text = `
    /// r1_in_a_comment
    fn r1_a_helper() {}
    #[test]
    fn r1_one() { r1_called() }
    #[tokio::test(flavor = "multi_thread")]
    #[allow(dead_code)] // why
    async fn r1_two() {}
    #[cfg(test)]
    fn r1_not() {}`;
  assert.deepEqual(rustTests(text), ["r1_one", "r1_two"]);
});

test("every test that is named exists", () => {
  const names = new Set(files("*.rs").flatMap(({ text }) => rustTests(text)));
  const browser = new Map(files("*.test.mjs").flatMap(({ name, text }) => [name, name.split("/").pop()].map((as) => [as, /^\s*test\(["`]/m.test(text)])));
  for (const row of rows) {
    for (const [, name] of row.proof.matchAll(/`([^`]*)`/g)) {
      if (name.endsWith(".test.mjs")) assert.ok(browser.get(name), `${row.id}: no file with tests named ${name}`);
      else assert.ok(names.has(name), `${row.id}: no test named ${name}`);
    }
  }
});

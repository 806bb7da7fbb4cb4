// docs/OIDC.md stays true: every test that it names exists.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);

test("every test named in docs/OIDC.md exists", () => {
  const text = readFileSync(new URL("docs/OIDC.md", root), "utf8");
  const found = execFileSync("git", ["-C", root.pathname, "grep", "-hoE", "fn n[89]_[a-z0-9_]+", "--", "crates/identity"], { encoding: "utf8" });
  const names = new Set(found.split("\n").map((line) => line.replace("fn ", "")));
  const named = [...text.matchAll(/`(n[89]_[a-z0-9_]+)`/g)].map(([, name]) => name);
  assert.ok(named.length > 40);
  for (const name of named) assert.ok(names.has(name), `no test named ${name}`);
});

// A class that a template names has a rule or a script: a name that nobody knows is a page that does not look as it was meant to.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const files = (folder, ending) =>
  readdirSync(join(ROOT, folder), { recursive: true })
    .filter((name) => name.endsWith(ending) && !name.includes("node_modules"))
    .map((name) => join(ROOT, folder, name));
const text = (file) => readFileSync(file, "utf8");

/** `card__in`, `btn--sec`; what is put together from a value (`tag--{{ x }}`) is left out. */
export function classesOf(template) {
  const plain = template.replace(/\{%[^]*?%\}/g, " ").replace(/[\w-]*\{\{[^]*?\}\}[\w-]*/g, " ");
  return [...plain.matchAll(/class="([^"]*)"/g)].flatMap(([, names]) => names.split(/\s+/).filter((name) => /^[a-z][\w-]*$/.test(name)));
}

test("a class is told from what only looks like one", () => {
  assert.deepEqual(classesOf('<p class="a{% if b %} c--d{% endif %} tag--{{ x }}">class</p>'), ["a", "c--d"]);
});

test("every class that a page names has its rule or its script", () => {
  const sheets = [...files("web-ui/css", ".css"), ...files("web-ui/ts", ".ts")].map(text).join("\n");
  const known = new Set([...sheets.matchAll(/\.([a-zA-Z][\w-]*)/g)].map(([, name]) => name));
  const templates = files("crates/web/templates", ".html");
  assert.ok(templates.length > 100, `${templates.length} templates`);
  const unknown = templates.flatMap((file) => classesOf(text(file)).filter((name) => !known.has(name)).map((name) => `${file.slice(ROOT.length)}: ${name}`));
  assert.deepEqual(unknown, []);
});

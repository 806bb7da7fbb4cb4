// Builds web-ui/dist: everything the server embeds. One command, no watch mode, no configuration file.
//   node build.mjs            → dist/ (content-hashed files, sw.js, manifest.json, .br and .gz siblings)
//   node build.mjs --tests    → .test/ (unit tests of the parts that need no browser)
import { build } from "esbuild";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import subsetFont from "subset-font";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "dist");
const WORK = join(HERE, ".build");
const PUBLIC = "/static/"; // where the server serves dist/, except the files marked "root"
const OFFLINE_PAGE = "/ngoai-tuyen";
/** Pages of nobody that the service worker keeps from the first moment, and the islands that work on them without a network. */
const SHELL_PAGES = [OFFLINE_PAGE, "/phan-anh/ngoai-tuyen", "/phan-anh/hop-gui-di"];
const SHELL_ISLANDS = ["write", "outbox", "locate"];
const require = createRequire(import.meta.url);
const at = (...parts) => join(HERE, ...parts);
const hash = (data) => createHash("sha256").update(data).digest("base64url").replace(/[-_]/g, "").slice(0, 8).toUpperCase();

const TARGET = ["chrome99", "safari15.4", "firefox101"]; // the first versions with cascade layers
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};
const COMPRESS = new Set([".css", ".js", ".svg"]);

const span = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join("");
/** The letters that Vietnamese and English headings use; everything else falls to the body font. Two files, as the source has them. */
const FONT_LETTERS = {
  latin: span(0x20, 0x7e) + "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúý\u00a0«»·°–—‘’“”…",
  vietnamese: "ĂăĐđĨĩŨũƠơƯư" + span(0x1ea0, 0x1ef9) + "₫",
};
const unicodeRange = (letters) =>
  [...new Set(letters)]
    .map((letter) => letter.codePointAt(0))
    .sort((a, b) => a - b)
    .reduce((runs, code) => {
      const last = runs.at(-1);
      if (last && last[1] === code - 1) last[1] = code;
      else runs.push([code, code]);
      return runs;
    }, [])
    .map(([from, to]) => `U+${from.toString(16)}${to > from ? `-${to.toString(16)}` : ""}`)
    .join(",");

async function fonts() {
  const source = dirname(require.resolve("@fontsource/be-vietnam-pro/package.json"));
  let css = "";
  for (const [name, letters] of Object.entries(FONT_LETTERS)) {
    const whole = await readFile(join(source, `files/be-vietnam-pro-${name}-600-normal.woff2`));
    const part = await subsetFont(whole, letters, { targetFormat: "woff2", keepFeatures: ["kern"], noLayoutClosure: true, noHinting: true });
    await writeFile(join(WORK, `heading-${name}.woff2`), part);
    css += `@font-face{font-family:"Be Vietnam Pro";font-weight:600;font-display:optional;src:url(./heading-${name}.woff2) format("woff2");unicode-range:${unicodeRange(letters)}}\n`;
  }
  await writeFile(join(WORK, "fonts.css"), css);
}

/** The sprite: one <symbol> per line of icons.txt, from Lucide, or from icon/ when the line starts with "own:". */
async function sprite() {
  const names = (await readFile(at("icons.txt"), "utf8")).split("\n").map((l) => l.replace(/#.*/, "").trim()).filter(Boolean);
  const lucide = dirname(require.resolve("lucide-static/package.json"));
  const symbols = await Promise.all(
    names.map(async (line) => {
      const own = line.startsWith("own:");
      const name = own ? line.slice(4) : line;
      const svg = await readFile(own ? at("icon", `${name}.svg`) : join(lucide, "icons", `${name}.svg`), "utf8");
      const inner = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "").replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
      return `<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

async function appIcons() {
  await initWasm(await readFile(require.resolve("@resvg/resvg-wasm/index_bg.wasm")));
  const svg = (await readFile(at("icon/app.svg"), "utf8")).replace(/<!--[\s\S]*?-->/, "");
  const draw = (values) => svg.replace(/\{(\w+)\}/g, (_, key) => values[key]).trim();
  const png = (source, width) => new Resvg(source, { fitTo: { mode: "width", value: width } }).render().asPng();
  const rounded = draw({ bg: "#0A4F8F", fg: "#FFFFFF", radius: "112" });
  const square = draw({ bg: "#0A4F8F", fg: "#FFFFFF", radius: "0" });
  return {
    "icon.svg": Buffer.from(rounded.replace(/\n\s*/g, "")),
    "icon-192.png": png(rounded, 192),
    "icon-512.png": png(rounded, 512),
    "icon-maskable-512.png": png(square, 512),
    "apple-touch-icon.png": png(square, 180),
  };
}

const common = { bundle: true, minify: true, target: TARGET, legalComments: "none", logLevel: "warning", charset: "utf8", absWorkingDir: HERE };

/** Bundles CSS and scripts; returns logical name → file name in dist. */
async function bundles() {
  const islands = (await readdir(at("ts/islands"))).filter((f) => f.endsWith(".ts"));
  const shared = { ...common, outdir: DIST, metafile: true, entryNames: "[dir]/[name]-[hash]", assetNames: "fonts/[name]-[hash]" };
  const [css, js] = await Promise.all([
    build({ ...shared, entryPoints: { app: at("css/app.css"), map: at("css/map.css") }, loader: { ".woff2": "file" } }),
    build({
      ...shared,
      format: "esm",
      entryPoints: { base: at("ts/base.ts"), ...Object.fromEntries(islands.map((f) => [`islands/${f.slice(0, -3)}`, at("ts/islands", f)])) },
    }),
  ]);
  const names = {};
  for (const [out, info] of [...Object.entries(css.metafile.outputs), ...Object.entries(js.metafile.outputs)]) {
    const file = out.replace(/^dist\//, "");
    const logical = file.replace(/-[A-Z0-9]{8}(\.\w+)$/, "$1");
    if (info.entryPoint || extname(file) === ".woff2") names[logical] = file;
  }
  return names;
}

async function serviceWorker(names) {
  const url = (logical) => PUBLIC + names[logical];
  const shell = ["app.css", "base.js", "icons.svg", "icon.svg", "fonts/heading-latin.woff2", "fonts/heading-vietnamese.woff2", ...SHELL_ISLANDS.map((name) => `islands/${name}.js`)].map(url);
  const own = ["sw.ts", "lib/offline.ts", ...["db", "keep", "owner", "rules", "send"].map((name) => `lib/outbox/${name}.ts`)];
  const version = hash(JSON.stringify(names) + (await Promise.all(own.map((file) => readFile(at("ts", file), "utf8")))).join(""));
  await build({
    ...common,
    format: "iife",
    entryPoints: [at("ts/sw.ts")],
    outfile: join(DIST, "sw.js"),
    define: { SHELL_VERSION: JSON.stringify(version), SHELL_FILES: JSON.stringify([...SHELL_PAGES, ...shell]), SHELL_PAGES: JSON.stringify(SHELL_PAGES), OFFLINE_PAGE: JSON.stringify(OFFLINE_PAGE), STATIC_PREFIX: JSON.stringify(PUBLIC) },
  });
  names["sw.js"] = "sw.js";
}

async function compressed(file) {
  const data = await readFile(join(DIST, file));
  const entry = { path: file, type: TYPES[extname(file)], size: data.length, encodings: [] };
  if (COMPRESS.has(extname(file))) {
    const [br, gz] = await Promise.all([
      promisify(brotliCompress)(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length } }),
      promisify(gzip)(data, { level: 9 }),
    ]);
    await Promise.all([writeFile(join(DIST, `${file}.br`), br), writeFile(join(DIST, `${file}.gz`), gz)]);
    Object.assign(entry, { encodings: ["br", "gzip"], br: br.length, gzip: gz.length });
  }
  return entry;
}

async function site() {
  await Promise.all([rm(DIST, { recursive: true, force: true }), rm(WORK, { recursive: true, force: true })]);
  await Promise.all([mkdir(DIST, { recursive: true }), mkdir(WORK, { recursive: true })]);
  const [, icons, pngs] = await Promise.all([fonts(), sprite(), appIcons()]);
  const names = await bundles();
  const plain = { "icons.svg": Buffer.from(icons), ...pngs };
  for (const [logical, data] of Object.entries(plain)) {
    const dot = logical.lastIndexOf(".");
    names[logical] = `${logical.slice(0, dot)}-${hash(data)}${logical.slice(dot)}`;
    await writeFile(join(DIST, names[logical]), data);
  }
  await serviceWorker(names);
  const files = {};
  for (const logical of Object.keys(names).sort()) {
    files[logical] = await compressed(names[logical]);
    if (logical === "sw.js") files[logical].root = true;
  }
  await writeFile(join(DIST, "manifest.json"), JSON.stringify({ prefix: PUBLIC, files }, null, 1) + "\n");
  return files;
}

async function tests() {
  await rm(at(".test"), { recursive: true, force: true });
  const entries = (await readdir(at("ts/test"))).filter((f) => f.endsWith(".test.ts")).map((f) => at("ts/test", f));
  await build({ ...common, minify: false, platform: "node", format: "esm", target: "node20", entryPoints: entries, outdir: at(".test"), outExtension: { ".js": ".mjs" } });
}

if (process.argv.includes("--tests")) {
  await tests();
} else {
  const started = performance.now();
  const files = await site();
  const kb = (n) => (n / 1024).toFixed(1).padStart(7);
  console.log("     raw  brotli KB");
  for (const [logical, f] of Object.entries(files)) console.log(`${kb(f.size)} ${kb(f.br ?? f.size)}  ${logical}`);
  console.log(`web-ui built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

// Runs the test files named on the command line (all when none is) against demos of its own.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDemo } from "./lib/server.mjs";

const only = process.env.CONGDANSO_ONLY;
const here = dirname(fileURLToPath(import.meta.url));
const files =
  process.argv.length > 2
    ? process.argv.slice(2)
    : readdirSync(here, { recursive: true })
        .filter((name) => name.endsWith(".test.mjs") && !name.startsWith("node_modules"))
        .sort();

// Everything comes from one address here, and an address may ask for 60 codes an hour (A4). So each demo serves a part of the files only.
const FILES_A_DEMO = 9;
const jobs = process.env.CONGDANSO_BROWSER_JOBS ?? "1"; // Lighthouse measures: other files must not run beside it
const args = ["--test", "--test-reporter=spec", "--test-timeout=900000", "--test-force-exit", ...(only ? ["--test-name-pattern", only] : []), `--test-concurrency=${jobs}`];
let tests;
let isOver = false;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    isOver = true;
    tests?.kill(signal);
  });
}

async function run(some, url) {
  tests = spawn(process.execPath, [...args, ...some], { cwd: here, env: { ...process.env, CONGDANSO_URL: url }, stdio: "inherit" });
  return new Promise((resolve) => tests.on("close", (code) => resolve(code ?? 1)));
}

async function runWithDemo(some) {
  const started = Date.now();
  const running = await startDemo();
  console.log(`demo on ${running.demo.url} after ${Date.now() - started} ms`);
  const code = await run(some, running.demo.url);
  if (code !== 0) console.error(`── last lines of the demo\n${running.logs().split("\n").slice(-30).join("\n")}\n──`);
  await running.stop();
  return code;
}

let worst = 0;
if (process.env.CONGDANSO_URL) {
  worst = await run(files, process.env.CONGDANSO_URL);
} else {
  for (let from = 0; from < files.length && !isOver; from += FILES_A_DEMO) {
    worst = Math.max(worst, await runWithDemo(files.slice(from, from + FILES_A_DEMO)));
  }
}
process.exit(worst);

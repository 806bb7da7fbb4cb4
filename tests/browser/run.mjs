// Starts the demo once, runs the test files named on the command line (all when none is), ends the demo.
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

let running;
if (!process.env.CONGDANSO_URL) {
  const started = Date.now();
  running = await startDemo();
  console.log(`demo on ${running.demo.url} after ${Date.now() - started} ms`);
}
const jobs = process.env.CONGDANSO_BROWSER_JOBS ?? "1"; // Lighthouse measures: other files must not run beside it
const tests = spawn(process.execPath, ["--test", "--test-reporter=spec", "--test-timeout=900000", "--test-force-exit", ...(only ? ["--test-name-pattern", only] : []), `--test-concurrency=${jobs}`, ...files], {
  cwd: here,
  env: { ...process.env, CONGDANSO_URL: process.env.CONGDANSO_URL ?? running.demo.url },
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => tests.kill(signal));
const code = await new Promise((resolve) => tests.on("close", (code) => resolve(code ?? 1)));
if (running) {
  if (code !== 0) console.error(`── last lines of the demo\n${running.logs().split("\n").slice(-30).join("\n")}\n──`);
  await running.stop();
}
process.exit(code);

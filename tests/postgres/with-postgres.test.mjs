// tools/with-postgres.sh gives tests and benchmarks a database server and leaves nothing behind. These tests end it in every way that a
// terminal, a CI system or a crash can.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../tools/with-postgres.sh", import.meta.url));
// Reached by the server's unprivileged user too, unlike a folder made with mkdtemp's own rights.
const scratch = mkdtempSync(join(tmpdir(), "congdanso-test-"));
execFileSync("chmod", ["755", scratch]);
after(() => rmSync(scratch, { recursive: true, force: true }));

function start(...command) {
  const child = spawn(script, ["--fast", ...command], { env: { ...process.env, TMPDIR: scratch }, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part) => (text += part));
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, text })));
  const says = (pattern) =>
    new Promise((resolve, reject) => {
      const look = () => pattern.exec(text) && resolve(pattern.exec(text));
      child.stdout.on("data", look);
      child.on("close", () => reject(new Error(`ended without saying ${pattern}: ${text}`)));
      look();
    });
  return { child, ended, says };
}

const serverOf = (text) => Number(/127\.0\.0\.1:(\d+)/.exec(text)[1]);
const listens = (port) => execFileSync("cat", ["/proc/net/tcp"], { encoding: "utf8" }).includes(`:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`);

async function nothingLeft(port, { folder = true } = {}) {
  for (let i = 0; i < 100 && listens(port); i++) await new Promise((r) => setTimeout(r, 50));
  assert.equal(listens(port), false, "the server still listens");
  if (folder) assert.deepEqual(readdirSync(scratch), [], "its folder is still there");
}

test("the command sees a database, and its exit code is passed on", async () => {
  const run = start("bash", "-c", 'echo "url=$CONGDANSO_TEST_POSTGRES"; exit 7');
  const { code, text } = await run.ended;
  assert.equal(code, 7);
  assert.match(text, /url=postgres:\/\/congdanso:[0-9a-f]{32}@127\.0\.0\.1:\d+\/congdanso_test/);
  await nothingLeft(serverOf(text));
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  test(`${signal} ends command and server`, async () => {
    const run = start("sleep", "600");
    const port = serverOf((await run.says(/127\.0\.0\.1:\d+, ready/))[0]);
    assert.equal(listens(port), true);
    run.child.kill(signal);
    const { code } = await run.ended;
    assert.equal(code, signal === "SIGINT" ? 130 : 143);
    await nothingLeft(port);
  });
}

test("killed outright, the server still ends", async () => {
  const run = start("bash", "-c", 'echo "command=$$"; exec sleep 600');
  const port = serverOf((await run.says(/127\.0\.0\.1:\d+, ready/))[0]);
  const command = Number((await run.says(/command=(\d+)/))[1]);
  run.child.kill("SIGKILL");
  await nothingLeft(port, { folder: false }); // nobody is left to remove the folder
  process.kill(command);
  await run.ended;
  for (const name of readdirSync(scratch)) rmSync(join(scratch, name), { recursive: true, force: true });
  assert.equal(existsSync(scratch), true);
});

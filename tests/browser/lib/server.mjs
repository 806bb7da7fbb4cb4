// The whole binary in demo mode, for as long as the tests run.
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
export const PORTS = 10; // Quảng Trị, Cao Bằng, the national portal, the VNeID sandbox, the sandbox of phones, the population registry, USB tokens, a bank, another system, a payment gateway

/** The binary under test: CONGDANSO_BIN, else the newest of the debug and release builds. */
export function findBinary() {
  if (process.env.CONGDANSO_BIN) return process.env.CONGDANSO_BIN;
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const built = ["debug", "release"].map((profile) => join(target, profile, "congdanso")).filter((path) => existsSync(path));
  if (built.length === 0) throw new Error("no binary to test: run  cargo build  or set CONGDANSO_BIN");
  return built.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

/** Keeps what a program wrote or a browser asked for where the last step of `make test` looks for personal numbers (tests/logs). */
export function record(name, text) {
  const folder = process.env.CONGDANSO_RUN_LOGS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, name), text.endsWith("\n") ? text : `${text}\n`);
}

const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });

/** The first of `count` free ports in a row on loopback, below the range that outgoing connections take theirs from. */
export async function freePortBlock(count = PORTS) {
  for (let tries = 0; tries < 200; tries++) {
    const base = 10_000 + Math.floor(Math.random() * 2_000) * 10;
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(base + i)));
    if (free.every(Boolean)) return base;
  }
  throw new Error(`found no ${count} free ports in a row`);
}

async function answers(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

export class Demo {
  /** @param {string} url base address of the first province, without a slash at the end */
  constructor(url) {
    const { protocol, hostname, port } = new URL(url);
    const at = (offset) => `${protocol}//${hostname}:${Number(port) + offset}`;
    /** Quảng Trị. */
    this.url = at(0);
    /** Cao Bằng. */
    this.second = at(1);
    /** The stand-in for the national portal. */
    this.portal = at(2);
    /** The stand-in for VNeID. */
    this.vneid = at(3);
    /** The other side of every gateway, with the inbox of every invented phone. */
    this.sandbox = at(4);
    /** The stand-in for the population registry. */
    this.registry = at(5);
    /** The stand-in for the software of USB tokens, with their authority. */
    this.tokens = at(6);
    /** The stand-in for a bank. */
    this.bank = at(7);
    /** The other system that staff open by a tile. */
    this.office = at(8);
    /** The stand-in for a payment gateway. */
    this.till = at(9);
  }

  /** Messages that the sandbox's phones got: `{to, from, text, at}`, newest first. */
  async sms(to) {
    const answer = await fetch(`${this.sandbox}/sms?to=${encodeURIComponent(international(to))}`);
    if (!answer.ok) throw new Error(`GET /sms: ${answer.status}`);
    return answer.json();
  }

  /** How many messages the phone has now. Ask before the step that sends one, and hand it to `otp`. */
  async smsCount(to) {
    return (await this.sms(to)).length;
  }

  /** The six digits of the newest message, once the phone has more than `after` of them. */
  async otp(to, { after = 0, timeout = 15_000 } = {}) {
    const message = await until(async () => {
      const messages = await this.sms(to);
      return messages.length > after ? messages[0] : undefined;
    }, { timeout, what: `a message to ${to}` });
    const code = /(?<!\d)\d{6}(?!\d)/.exec(message.text)?.[0];
    if (!code) throw new Error(`no six-digit code in: ${message.text}`);
    return code;
  }
}

/** 0912 345 678 → +84912345678, as the sandbox keys its inboxes. */
export const international = (phone) => phone.replace(/[ .()-]/g, "").replace(/^0/, "+84");

/** Asks again until the answer is something. */
export async function until(ask, { timeout = 15_000, every = 50, what = "it" } = {}) {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${timeout / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/**
 * Starts `congdanso demo --fresh` with data in a temporary folder on free ports and waits until both provinces answer.
 * `command` replaces the binary and its words, for tests of this file.
 * @returns {Promise<{demo: Demo, pid: number, logs: () => string, stop: () => Promise<void>}>}
 */
export async function startDemo({ timeout = 120_000, command, extra = [] } = {}) {
  const data = await mkdtemp(join(tmpdir(), "congdanso-demo-"));
  const base = await freePortBlock();
  const demo = new Demo(`http://127.0.0.1:${base}`);
  const [program, ...words] = command ?? [findBinary(), "demo"];
  const child = spawn(program, [...words, "--data", data, "--port-base", String(base), "--fresh", ...extra], { stdio: ["ignore", "pipe", "pipe"] });
  const lines = [];
  // Whole lines: a number must not be cut in two.
  const recorder = () => {
    let rest = "";
    return (part) => {
      const whole = (rest + part).split("\n");
      rest = whole.pop();
      if (whole.length > 0) record(`demo-${base}.log`, whole.join("\n"));
    };
  };
  const keep = (part) => {
    lines.push(...part.split("\n").filter(Boolean));
    lines.splice(0, Math.max(0, lines.length - 200));
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", keep).on("data", recorder());
  const ended = new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    child.once("error", (error) => resolve(error.message));
  });
  let gone;
  ended.then((how) => (gone = how));

  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill); // never outlive the tests
  const stop = async () => {
    process.off("exit", kill);
    if (gone === undefined) {
      child.kill("SIGTERM");
      const hard = setTimeout(kill, 10_000);
      await ended;
      clearTimeout(hard);
    }
    await rm(data, { recursive: true, force: true });
  };
  try {
    for (const url of [demo.url, demo.second, demo.portal, demo.vneid, demo.sandbox, demo.registry, demo.tokens, demo.bank, demo.office, demo.till]) {
      await until(async () => {
        if (gone !== undefined) throw new Error(`${program} ended: ${gone}\n${lines.slice(-20).join("\n")}`);
        return answers(`${url}/healthz`);
      }, { timeout, what: `${url}/healthz` });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { demo, pid: child.pid, logs: () => lines.join("\n"), stop };
}

/** The demo that run.mjs started for all test files, else one of this file's own, ended with it. For use at the top of a test file. */
export async function useDemo(after) {
  if (process.env.CONGDANSO_URL) return new Demo(process.env.CONGDANSO_URL);
  const running = await startDemo();
  after(() => running.stop());
  return running.demo;
}

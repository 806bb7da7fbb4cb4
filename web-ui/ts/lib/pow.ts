// ALTCHA proof of work, version 2, as the Rust crate `altcha` 1.1 defines it: find the counter whose derived key starts with `keyPrefix`.
//   password = nonce ‖ counter (4 bytes, big-endian)
//   SHA-*        : hash(salt ‖ password), then hash the result, `cost` hashes in all, cut to keyLength
//   PBKDF2/SHA-* : PBKDF2-HMAC(password, salt, cost rounds, keyLength bytes)
import { sha256 } from "./sha256";

export interface Parameters {
  algorithm: string;
  cost: number;
  keyLength: number;
  keyPrefix: string;
  nonce: string;
  salt: string;
  [more: string]: unknown;
}
export interface Challenge {
  parameters: Parameters;
  signature?: string;
}
export interface Solution {
  counter: number;
  derivedKey: string;
  time: number;
}

export const fromHex = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
export const toHex = (data: Uint8Array): string => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");

type Derive = (salt: Uint8Array, password: Uint8Array, p: Parameters) => Uint8Array | Promise<Uint8Array>;

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

const iterated256: Derive = (salt, password, p) => {
  let data: Uint8Array = joined(salt, password);
  for (let i = Math.max(p.cost, 1); i > 0; i--) data = sha256(data);
  return data.subarray(0, p.keyLength);
};
const iterated = (hash: string): Derive => async (salt, password, p) => {
  let data = joined(salt, password);
  for (let i = Math.max(p.cost, 1); i > 0; i--) data = new Uint8Array(await crypto.subtle.digest(hash, data));
  return data.subarray(0, p.keyLength);
};
const pbkdf2 = (hash: string): Derive => async (salt, password, p) => {
  const key = await crypto.subtle.importKey("raw", password as BufferSource, "PBKDF2", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash, salt: salt as BufferSource, iterations: p.cost }, key, p.keyLength * 8));
};

function derivation(algorithm: string): Derive {
  const name = algorithm.toUpperCase();
  if (name === "SHA-256") return iterated256;
  if (name === "SHA-384" || name === "SHA-512") return iterated(name);
  if (/^PBKDF2\/SHA-(256|384|512)$/.test(name)) return pbkdf2(name.slice(7));
  throw new Error(`unsupported algorithm ${algorithm}`);
}

/** Tries counters from 0 on. `pause` runs about every 20 ms of work, so that a page without workers stays alive. */
export async function solve(challenge: Challenge, pause?: () => Promise<void>): Promise<Solution> {
  const p = challenge.parameters;
  const derive = derivation(p.algorithm);
  const salt = fromHex(p.salt);
  const nonce = fromHex(p.nonce);
  const password = joined(nonce, new Uint8Array(4));
  const counterView = new DataView(password.buffer, nonce.length);
  const prefix = p.keyPrefix.toLowerCase();
  // Cheap check on the first byte, before writing hex.
  const first = prefix.length >= 2 ? parseInt(prefix.slice(0, 2), 16) : -1;
  const started = performance.now();
  let rested = started;
  for (let counter = 0; counter <= 0xffff_ffff; counter++) {
    counterView.setUint32(0, counter);
    const result = derive(salt, password, p);
    const key = result instanceof Uint8Array ? result : await result;
    if ((first < 0 || key[0] === first) && toHex(key).startsWith(prefix)) return { counter, derivedKey: toHex(key), time: Math.floor((performance.now() - started) * 10) / 10 };
    if (pause && (counter & 63) === 0 && performance.now() - rested > 20) {
      await pause();
      rested = performance.now();
    }
  }
  throw new Error("no solution");
}

/** What goes into the form: standard base64 of the payload as JSON. */
export function payload(challenge: Challenge, solution: Solution): string {
  const utf8 = new TextEncoder().encode(JSON.stringify({ challenge, solution }));
  return btoa(Array.from(utf8, (byte) => String.fromCharCode(byte)).join(""));
}

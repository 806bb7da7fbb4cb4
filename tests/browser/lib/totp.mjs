// The one-time code of an authenticator app (RFC 6238: HMAC-SHA-1, 30 s, 6 digits).
import { createHmac } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Base32 (RFC 4648), as in otpauth:// links and under QR codes; spaces and padding are ignored. */
export function decodeBase32(text) {
  let bits = 0;
  let value = 0;
  const bytes = [];
  for (const letter of text.toUpperCase().replace(/[\s=-]/g, "")) {
    const index = ALPHABET.indexOf(letter);
    if (index < 0) throw new Error(`not base32: ${letter}`);
    value = ((value << 5) | index) & 0xffff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 0xff);
    }
  }
  return Buffer.from(bytes);
}

export function totp(secret, { at = Date.now(), digits = 6, period = 30 } = {}) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 1000 / period)));
  const digest = createHmac("sha1", Buffer.isBuffer(secret) ? secret : decodeBase32(secret)).update(counter).digest();
  const offset = digest[digest.length - 1] & 0xf;
  const number = digest.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

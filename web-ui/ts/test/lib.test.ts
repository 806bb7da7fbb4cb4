import assert from "node:assert/strict";
import { createHash, pbkdf2Sync } from "node:crypto";
import { test } from "node:test";
import { at, clampBox, freePlace } from "../lib/box";
import { fit, length, nextRow, offerInstall } from "../lib/decide";
import { draftOf, isOfWizard, mayKeepPage, stamp, standIn, surplus } from "../lib/offline";
import type { Waiting } from "../lib/outbox/db";
import { closed, isDue, isGuest, isOfThisHand, isShown, left, missing, next, obstacle, receipt } from "../lib/outbox/rules";
import { fromHex, payload, solve, toHex, type Challenge } from "../lib/pow";
import { sha256 } from "../lib/sha256";
import { bytes, clockAndDay, fill } from "../lib/text";
import { creationOptions, credentialJson, requestOptions, toBuffer, toText } from "../lib/webauthn";

const NONCE = "000102030405060708090a0b0c0d0e0f";
const SALT = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
const challenge = (algorithm: string, cost: number, keyPrefix: string, keyLength = 32): Challenge => ({ parameters: { algorithm, cost, keyLength, keyPrefix, nonce: NONCE, salt: SALT }, signature: "aa" });
const password = (counter: number): Buffer => {
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(counter);
  return Buffer.concat([Buffer.from(NONCE, "hex"), tail]);
};
const node = (name: string, data: Uint8Array): Buffer => createHash(name).update(data).digest();

test("SHA-256 agrees with OpenSSL at every length around a block", () => {
  for (let n = 0; n < 200; n++) {
    const data = Uint8Array.from({ length: n }, (_, i) => (i * 7 + n) & 255);
    assert.equal(toHex(sha256(data)), node("sha256", data).toString("hex"), `length ${n}`);
  }
});

test("proof of work: SHA-256 finds the first counter whose key has the prefix", async () => {
  const found = await solve(challenge("SHA-256", 3, "00a"));
  const derive = (counter: number): string => {
    let data: Buffer = Buffer.concat([Buffer.from(SALT, "hex"), password(counter)]);
    for (let i = 0; i < 3; i++) data = node("sha256", data);
    return data.toString("hex");
  };
  let first = 0;
  while (!derive(first).startsWith("00a")) first++;
  assert.equal(found.counter, first);
  assert.equal(found.derivedKey, derive(first));
});

test("proof of work: prefix may be upper case, odd or empty; key is cut to keyLength; cost 0 hashes once", async () => {
  assert.ok((await solve(challenge("sha-256", 1, "A"))).derivedKey.startsWith("a"));
  const none = await solve(challenge("SHA-256", 0, "", 16));
  assert.equal(none.counter, 0);
  assert.equal(none.derivedKey, node("sha256", Buffer.concat([Buffer.from(SALT, "hex"), password(0)])).toString("hex").slice(0, 32));
});

test("proof of work: SHA-512 and PBKDF2 agree with OpenSSL", async () => {
  const long = await solve(challenge("SHA-512", 2, "0"));
  assert.equal(long.derivedKey, node("sha512", node("sha512", Buffer.concat([Buffer.from(SALT, "hex"), password(long.counter)]))).toString("hex").slice(0, 64));
  const slow = await solve(challenge("PBKDF2/SHA-256", 50, "1"));
  assert.equal(slow.derivedKey, pbkdf2Sync(password(slow.counter), Buffer.from(SALT, "hex"), 50, 32, "sha256").toString("hex"));
  await assert.rejects(solve(challenge("MD5", 1, "0")));
});

test("proof of work: pauses on the page, and keeps unknown parameters in the payload", async () => {
  const asked = challenge("SHA-256", 1, "0000");
  asked.parameters.data = { người: "Hòa" };
  let pauses = 0;
  const solution = await solve(asked, async () => void pauses++);
  assert.ok(pauses > 0);
  const sent = JSON.parse(Buffer.from(payload(asked, solution), "base64").toString("utf8"));
  assert.deepEqual(sent, { challenge: asked, solution });
});

test("hex goes both ways", () => assert.equal(toHex(fromHex("00ff10")), "00ff10"));

test("sentences are filled, unknown names stay", () => assert.equal(fill("Còn {n} ký tự {x}", { n: 5 }), "Còn 5 ký tự {x}"));
test("sizes and times in Vietnamese form", () => {
  assert.equal(bytes(312_400, "vi"), "312 KB");
  assert.equal(bytes(1_440_000, "vi"), "1,4 MB");
  assert.equal(bytes(3, "vi"), "1 KB");
  assert.equal(clockAndDay(new Date(2026, 2, 30, 8, 5)), "08:05 30/03/2026");
});
test("letters are counted as people see them", () => {
  assert.equal(length("Việt".normalize("NFD")), 4);
  assert.equal(length("a\r\nb"), 3);
  assert.equal(length("😀"), 1);
});
test("photos shrink and never grow", () => {
  assert.deepEqual(fit(4000, 3000, 1600), [1600, 1200]);
  assert.deepEqual(fit(3000, 4000, 1600), [1200, 1600]);
  assert.deepEqual(fit(800, 600, 1600), [800, 600]);
  assert.deepEqual(fit(9000, 2, 1600), [1600, 1]);
});
test("rows: j and k stop at the ends", () => {
  assert.equal(nextRow(-1, 1, 3), 0);
  assert.equal(nextRow(-1, -1, 3), 0);
  assert.equal(nextRow(2, 1, 3), 2);
  assert.equal(nextRow(-1, 1, 0), -1);
});
test("the install card waits for the second visit and 30 days after «Để sau»", () => {
  const now = 100 * 86_400_000;
  assert.equal(offerInstall(1, 0, now, false), false);
  assert.equal(offerInstall(2, 0, now, false), true);
  assert.equal(offerInstall(1, 0, now, true), true);
  assert.equal(offerInstall(9, now - 29 * 86_400_000, now, true), false);
});

const page = { method: "GET", mode: "navigate", url: "https://a.vn/" };
const answer = (headers: Record<string, string>, more = {}) => ({ ok: true, type: "basic", redirected: false, header: (name: string) => headers[name] ?? null, ...more });
const keep = { "X-Offline-Copy": "keep", "Content-Type": "text/html; charset=utf-8" };
test("a page is kept offline only when the server says so", () => {
  assert.equal(mayKeepPage(page, answer(keep), "https://a.vn"), true);
  assert.equal(mayKeepPage(page, answer({ "Content-Type": "text/html" }), "https://a.vn"), false);
  assert.equal(mayKeepPage({ ...page, method: "POST" }, answer(keep), "https://a.vn"), false);
  assert.equal(mayKeepPage({ ...page, mode: "cors" }, answer(keep), "https://a.vn"), false);
  assert.equal(mayKeepPage({ ...page, url: "https://b.vn/" }, answer(keep), "https://a.vn"), false);
  assert.equal(mayKeepPage(page, answer(keep, { ok: false }), "https://a.vn"), false);
  assert.equal(mayKeepPage(page, answer(keep, { redirected: true }), "https://a.vn"), false);
  assert.equal(mayKeepPage(page, answer({ ...keep, "Content-Type": "application/json" }), "https://a.vn"), false);
});
test("a kept page says how old it is, and nothing can be slipped in", () => {
  assert.equal(stamp('<!doctype html><html lang="vi">', "2026-03-30T01:15:00.000Z"), '<!doctype html><html data-cached-at="2026-03-30T01:15:00.000Z" lang="vi">');
  assert.equal(stamp("<html>", '"><script>'), '<html data-cached-at="">');
});
test("the oldest pages make room", () => assert.deepEqual(surplus([1, 2, 3, 4], 2), [1, 2]));

test("passkey options and answers in the wire form of webauthn-rs", () => {
  assert.equal(toText(toBuffer("-_8")), "-_8");
  const created = creationOptions({ challenge: "AQI", user: { id: "AwQ", name: "a", displayName: "A" }, rp: { name: "x" }, pubKeyCredParams: [], excludeCredentials: [{ type: "public-key", id: "BQ" }] });
  assert.deepEqual(new Uint8Array(created.challenge as ArrayBuffer), Uint8Array.of(1, 2));
  assert.deepEqual(new Uint8Array(created.user.id as ArrayBuffer), Uint8Array.of(3, 4));
  assert.deepEqual(new Uint8Array(created.excludeCredentials![0]!.id as ArrayBuffer), Uint8Array.of(5));
  assert.equal("allowCredentials" in requestOptions({ challenge: "AQI" }), false);
  const buffer = (...all: number[]): ArrayBuffer => Uint8Array.from(all).buffer;
  const json = credentialJson({ id: "x", rawId: buffer(1), type: "public-key", getClientExtensionResults: () => ({}), response: { clientDataJSON: buffer(2), authenticatorData: buffer(3), signature: buffer(255), userHandle: null } } as unknown as PublicKeyCredential);
  assert.deepEqual(json, { id: "x", rawId: "AQ", type: "public-key", clientExtensionResults: {}, response: { clientDataJSON: "Ag", authenticatorData: "Aw", signature: "_w", userHandle: null } });
});

test("offline: which kept page stands in, whose draft a page is", () => {
  const id = "0198a2b0-0000-7000-8000-000000000001";
  assert.equal(standIn(`/phan-anh/moi/${id}/anh`, "/x"), "/phan-anh/ngoai-tuyen");
  assert.equal(standIn("/phan-anh/moi", "/x"), "/phan-anh/ngoai-tuyen");
  assert.equal(standIn("/phan-anh/hop-gui-di", "/x"), "/phan-anh/hop-gui-di");
  assert.equal(standIn("/phan-anh/moire", "/x"), "/x");
  assert.equal(isOfWizard(`/phan-anh/moi/${id}/xoa`), false);
  assert.equal(draftOf(`/phan-anh/moi/${id}/anh`), id);
  assert.equal(draftOf("/phan-anh/moi"), "moi");
});

test("outbox: what passes by itself is tried again, what a person must do is said", () => {
  assert.deepEqual(next(201, [], 0), { to: "sent" });
  assert.deepEqual(next(0, [], 0), { to: "later", ms: 0 });
  assert.deepEqual(next(502, [], 0), { to: "later", ms: 0 });
  assert.deepEqual(next(429, [], 90), { to: "later", ms: 90_000 });
  assert.deepEqual(next(503, [], 0), { to: "later", ms: 5000 });
  assert.deepEqual(next(401, [], 0), { to: "failed", why: "sign-in" });
  assert.deepEqual(next(403, [], 0), { to: "new-session" });
  assert.deepEqual(next(422, ["photo-gone"], 0), { to: "upload-again" });
  assert.deepEqual(next(422, ["report-category-missing"], 0), { to: "failed", why: "refused" });
});

test("outbox: a report leaves under nobody else's name", () => {
  const me = { signed: true, owner: "me" };
  assert.equal(obstacle("me", me), null);
  assert.equal(obstacle("you", me), "other");
  assert.equal(obstacle(null, me), "nobody");
  assert.equal(obstacle("me", { signed: false, owner: "" }), "sign-in");
  assert.equal(isShown({ owner: "you" }, "me"), false);
  assert.equal(isShown({ owner: "you" }, null), false);
  assert.equal(isShown({ owner: "me" }, "me"), true);
  assert.equal(isShown({ owner: null, writer: "a" }, null, "b"), true, "nobody is known here: an own phone");
  assert.equal(isShown({ owner: null, writer: "a" }, "me", "b"), false, "the next person");
  assert.equal(isShown({ owner: null, writer: "a" }, "me", "a"), true, "who wrote it, and signed in to send it");
  assert.equal(isShown({ owner: null }, "me", ""), false);
  assert.equal(isShown({ owner: null, writer: "a", sealed: true }, "me", "a"), false, "somebody has signed out since");
  assert.equal(isShown({ owner: null, writer: "a", sealed: true }, null, "a"), false);
  assert.equal(isDue({ state: "failed", why: "refused", notBefore: 0 }, 1), false);
  assert.equal(isDue({ state: "failed", why: "sign-in", notBefore: 0 }, 1), true);
  assert.equal(isDue({ state: "waiting", notBefore: 5 }, 1), false);
  assert.equal(isDue({ state: "sending", notBefore: 0 }, 1), true, "a tab that was closed while sending");
});

const waiting: Waiting = {
  id: "1", owner: "me", draft: null, savedAt: 5, state: "waiting", notBefore: 0,
  photos: [{ name: "anh.jpg", blob: new Blob(["x"]) }],
  report: { category: "ha-tang", title: "", content: "Ổ gà trước nhà ông Thử", commune: "18880", address: "Ngõ 5", lat: 1, lon: 2, anonymous: true, answers: {} },
};
const code = { code: "PA-1", href: "/phan-anh/1", until: "17:00" };

test("outbox: a guest's report needs the guest's phone, and a guest takes over only what is of the same hand", () => {
  const [A, B, now, HOUR] = ["g.a", "g.b", 1e12, 3_600_000];
  assert.deepEqual([isGuest(A), isGuest("abc"), isGuest(null)], [true, false, false]);
  assert.deepEqual([missing(A), missing("abc"), missing(null)], ["code", "sign-in", "anyone"]);
  assert.equal(obstacle(A, { signed: false, owner: "" }), "code");
  assert.equal(obstacle(A, { signed: true, owner: A }), null);
  assert.equal(obstacle(A, { signed: true, owner: B }), "other");
  assert.equal(isShown({ owner: A }, B), false);
  assert.equal(isShown({ owner: A }, null), false, "once the proof is over nobody reads it");
  const written = { owner: null, writer: "w", savedAt: now - 60_000 };
  assert.equal(isShown(written, null, "x", now), true, "nobody is known here");
  assert.equal(isShown(written, B, "w", now), true, "the window it was written in, a moment ago");
  assert.equal(isShown(written, B, "x", now), false, "another window: maybe another person's");
  assert.equal(isShown({ ...written, savedAt: now - HOUR }, B, "w", now), false, "the window stood open");
  assert.equal(isShown({ ...written, savedAt: now - HOUR, asked: now }, B, "w", now), true, "its button was pressed here");
  assert.equal(isOfThisHand({ ...written, sealed: true }, now, "w"), false);
  assert.equal(isOfThisHand(written, now, ""), false, "the worker is nobody's window");
  assert.equal(closed(written, now, "w"), written);
  const shut = closed(written, now, "x");
  assert.equal(shut.sealed, true);
  assert.equal(isShown(shut, null, "x", now), false, "not even after that guest's proof is over");
  const owned = { ...written, owner: A };
  assert.equal(closed(owned, now, "x"), owned);
});

test("outbox: of a report that has arrived only the way to it stays", () => {
  assert.deepEqual(receipt(waiting, code), { id: "1", owner: "me", savedAt: 5, state: "sent", sent: code });
});

test("outbox: who signs out leaves no trace of what was sent, and what waits is read by nobody else", () => {
  assert.equal(left(receipt(waiting, code), "me"), null);
  assert.deepEqual(left(receipt(waiting, code), "you"), receipt(waiting, code), "another person's is theirs");
  assert.equal(left(waiting, "me"), waiting, "it is still sent when its author comes back");
  const nobodys = left({ ...waiting, owner: null }, "me");
  assert.equal(nobodys !== null && isShown(nobodys, null, ""), false);
});

test("a new box does not hide behind an older one (R10)", () => {
  const size = { w: 20, h: 15 };
  const first = freePlace(size, []);
  assert.deepEqual(first, { x: 40, y: 40, ...size });
  const second = freePlace(size, [first, { x: 5, y: 5, w: 10, h: 10 }]);
  assert.deepEqual(second, { x: 40, y: 10, ...size });
  assert.deepEqual(freePlace(size, [{ x: 0, y: 0, w: 100, h: 100 }]), first);
});

test("a box stays on its picture whatever is dragged", () => {
  assert.deepEqual(clampBox({ x: -5, y: 95, w: 20, h: 20 }), { x: 0, y: 80, w: 20, h: 20 });
  assert.deepEqual(clampBox({ x: 50, y: 50, w: -3, h: 400 }), { x: 50, y: 0, w: 0.5, h: 100 });
  assert.deepEqual(at({ left: 10, top: 10, width: 200, height: 100 }, 110, 500), { x: 50, y: 100 });
  assert.deepEqual(at({ left: 0, top: 0, width: 0, height: 0 }, 0, 0), { x: 0, y: 0 });
});

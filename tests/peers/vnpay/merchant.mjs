// A merchant made with a library that we did not write (npm "vnpay"), for crates/sandbox/tests/foreign_merchant.rs: node merchant.mjs
//
// It prints where its server listens, reads one line of JSON {at, terminal, secret, started} from its input, walks through a whole
// payment at the gateway at `at` (pays one order, cancels another, has the first one's money sent back), says whether it believes `started`, an
// address that our client signed, and prints what it saw as one JSON object. It speaks with this machine alone.
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { dateFormat, getDateInGMT7, InpOrderAlreadyConfirmed, IpnFailChecksum, IpnSuccess, ProductCode, VNPay, VnpLocale, VnpTransactionType } from "vnpay";

const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);
setTimeout(() => process.exit(1), 50_000).unref();

let vnpay;
const notices = [];
const server = createServer((request, response) => {
  const query = Object.fromEntries(new URL(request.url, "http://localhost").searchParams);
  const word = vnpay.verifyIpnCall(query);
  const answer = !word.isVerified ? IpnFailChecksum : notices.some((n) => n.reference === word.vnp_TxnRef) ? InpOrderAlreadyConfirmed : IpnSuccess;
  notices.push({ reference: word.vnp_TxnRef, verified: word.isVerified, success: word.isSuccess, amount: word.vnp_Amount, answer: answer.RspCode });
  response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const port = server.address().port;
say({ port });

const line = await new Promise((done) => createInterface({ input: process.stdin }).once("line", done));
const { at, terminal, secret, started } = JSON.parse(line);
vnpay = new VNPay({ tmnCode: terminal, secureSecret: secret, vnpayHost: at, queryDrAndRefundHost: at });
const later = (minutes) => dateFormat(getDateInGMT7(new Date(Date.now() + minutes * 60_000)));

const order = (reference, amount, locale) => ({
  vnp_Amount: amount,
  vnp_IpAddr: "127.0.0.1",
  vnp_TxnRef: reference,
  vnp_OrderInfo: `Phi ho so ${reference}: 1/2`,
  vnp_OrderType: ProductCode.Other,
  vnp_ReturnUrl: `http://localhost:${port}/ve?tu=1`,
  vnp_Locale: locale,
  vnp_CreateDate: later(0),
  vnp_ExpireDate: later(15),
});

/** As a browser goes: to the gateway, to the order's page, and back with what was chosen. */
async function walk(asked, answer) {
  const first = await fetch(vnpay.buildPaymentUrl(asked), { redirect: "manual" });
  if (first.status !== 303) return { status: first.status, page: await first.text() };
  const page = new URL(first.headers.get("location"), at);
  const html = await (await fetch(page)).text();
  const pressed = await fetch(page, { method: "POST", body: new URLSearchParams({ answer }), redirect: "manual" });
  const back = new URL(pressed.headers.get("location"));
  const { tu, ...query } = Object.fromEntries(back.searchParams);
  const word = vnpay.verifyReturnUrl(query);
  return { html, port: back.port, path: back.pathname, tu, verified: word.isVerified, success: word.isSuccess, amount: word.vnp_Amount, code: word.vnp_ResponseCode };
}

async function heard(reference) {
  for (let tries = 0; tries < 200 && !notices.some((n) => n.reference === reference); tries++) await new Promise((done) => setTimeout(done, 25));
}

const paid = order("DON1", 135_000, VnpLocale.VN);
const cancelled = order("DON2", 50_000, VnpLocale.EN);
const seen = { paid: await walk(paid, "pay"), cancelled: await walk(cancelled, "cancel") };
await heard("DON1");
await heard("DON2");

let requests = 0;
const ask = ({ vnp_TxnRef, vnp_CreateDate }) =>
  vnpay.queryDr({ vnp_RequestId: `H${process.pid}${(requests += 1)}`, vnp_IpAddr: "127.0.0.1", vnp_TxnRef, vnp_OrderInfo: "Hoi ket qua", vnp_TransactionDate: vnp_CreateDate, vnp_CreateDate: later(0), vnp_TransactionNo: 1 });
const told = ({ isVerified, vnp_ResponseCode, vnp_TransactionStatus, vnp_TransactionType, vnp_Amount }) => ({ verified: isVerified, code: vnp_ResponseCode, status: vnp_TransactionStatus, type: vnp_TransactionType, amount: vnp_Amount });
const first = await ask(paid);
seen.asked = [told(first), told(await ask(cancelled)), told(await ask({ ...paid, vnp_TxnRef: "DON3" }))];

const wanted = { vnp_Amount: 135_000, vnp_CreateBy: "nguoi thu", vnp_IpAddr: "127.0.0.1", vnp_OrderInfo: "Hoan tien DON1", vnp_TransactionDate: paid.vnp_CreateDate, vnp_TransactionType: VnpTransactionType.FULL_REFUND, vnp_TxnRef: "DON1", vnp_TransactionNo: Number(first.vnp_TransactionNo) };
// This library divides the amount of the answer by 100 before it checks the signature, and so believes no refund; what was signed is
// looked at here in its place.
let raw;
const real = globalThis.fetch;
globalThis.fetch = async (...words) => {
  const answer = await real(...words);
  raw = await answer.clone().json();
  return answer;
};
const refund = async () => {
  const answer = await vnpay.refund({ ...wanted, vnp_RequestId: `R${process.pid}${(requests += 1)}`, vnp_CreateDate: later(0) });
  const names = ["ResponseId", "Command", "ResponseCode", "Message", "TmnCode", "TxnRef", "Amount", "BankCode", "PayDate", "TransactionNo", "TransactionType", "TransactionStatus", "OrderInfo"];
  const signed = createHmac("sha512", secret).update(names.map((name) => raw[`vnp_${name}`] ?? "").join("|")).digest("hex") === raw.vnp_SecureHash;
  return { signed, code: answer.vnp_ResponseCode, status: answer.vnp_TransactionStatus, amount: answer.vnp_Amount };
};
seen.refunds = [await refund(), await refund()];
globalThis.fetch = real;
seen.after = told(await ask(paid));
seen.notices = notices;
seen.again = (await walk(paid, "pay")).status;
seen.started = vnpay.verifyReturnUrl(Object.fromEntries(new URL(started).searchParams)).isVerified;
say(seen);
server.close();
process.exit(0);

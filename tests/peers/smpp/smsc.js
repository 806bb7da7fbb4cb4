// An SMSC that we did not write (npm "smpp"), for crates/gateways/tests/foreign_smsc.rs.
//
// Prints one JSON object a line: {"event":"listening","port":…}, "bound", "message", "enquire_answered", "closed".
// Reads one JSON object a line: {"throttle":n} answers the next n submits with ESME_RTHROTTLED, {"enquire":true} tests the link,
// {"unbind":true} asks the client to leave. Ends when its input ends.
'use strict';

const readline = require('node:readline');
const smpp = require('smpp');

const say = (event, more = {}) => process.stdout.write(JSON.stringify({ event, ...more }) + '\n');

const sessions = new Set();
const unfinished = new Map();
let throttle = 0;
let nextId = 1;

/** The whole text when this was its last missing part, else undefined. */
function join(pdu) {
  const payload = pdu.message_payload;
  const { message, udh } = payload && payload.message ? payload : pdu.short_message;
  const place = udh && udh.find((element) => element[0] === 0 && element[1] === 3);
  if (!place) return { text: message, parts: 1 };
  const [, , reference, total, number] = place;
  const key = `${pdu.destination_addr} ${reference} ${total}`;
  const parts = unfinished.get(key) || new Map();
  parts.set(number, message);
  unfinished.set(key, parts);
  if (parts.size < total) return undefined;
  unfinished.delete(key);
  return { text: Array.from({ length: total }, (_, at) => parts.get(at + 1)).join(''), parts: total };
}

function sendReceipt(session, pdu, id) {
  const text = `id:${id} sub:001 dlvrd:001 submit date:2611211230 done date:2611211231 stat:DELIVRD err:000 text:`;
  const receipt = {
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
    short_message: text,
    receipted_message_id: id,
    message_state: smpp.MESSAGE_STATE.DELIVERED,
  };
  if (pdu.user_message_reference !== undefined) receipt.user_message_reference = pdu.user_message_reference;
  session.deliver_sm(receipt, (answer) => {
    if (answer.command_status === 0) session.receiptsAnswered = (session.receiptsAnswered || 0) + 1;
  });
}

const server = smpp.createServer((session) => {
  sessions.add(session);
  session.on('bind_transceiver', (pdu) => {
    const known = pdu.system_id === 'quangtri' && pdu.password === 'secret';
    session.send(pdu.response(known ? {} : { command_status: smpp.ESME_RINVPASWD }));
    if (known) say('bound', { version: pdu.interface_version });
    else session.close();
  });
  session.on('submit_sm', (pdu) => {
    if (throttle > 0) {
      throttle -= 1;
      session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
      say('throttled');
      return;
    }
    const id = (nextId++).toString(16).padStart(8, 'a');
    session.send(pdu.response({ message_id: id }));
    const whole = join(pdu);
    if (whole) {
      say('message', { to: pdu.destination_addr, from: pdu.source_addr, coding: pdu.data_coding, ...whole });
    }
    if (pdu.registered_delivery & 1) sendReceipt(session, pdu, id);
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on('close', () => {
    sessions.delete(session);
    say('closed', { receipts_answered: session.receiptsAnswered || 0 });
  });
  session.on('error', (error) => say('error', { code: error.code }));
});

server.listen(0, '127.0.0.1', () => say('listening', { port: server.address().port }));

readline
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line);
    if (order.throttle) throttle = order.throttle;
    for (const session of sessions) {
      if (order.enquire) {
        session.enquire_link((answer) => say('enquire_answered', { status: answer.command_status }));
      }
      if (order.unbind) session.unbind(() => session.close());
    }
  })
  .on('close', () => process.exit(0));

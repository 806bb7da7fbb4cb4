// An ESME that we did not write (npm "smpp"), for crates/sandbox/tests/foreign_client.rs: node client.js PORT.
//
// Binds, sends a short GSM text, a UCS-2 text and a long one with message_payload, answers its receipts, tests the link, unbinds, and
// prints what it saw as one JSON object.
'use strict';

const smpp = require('smpp');

const texts = ['Ma xac nhan: {123456} 5€', 'Mã xác nhận: 123456 🚧', 'Đường ngập sâu. '.repeat(30).trim()];
const seen = { bind: null, wrongPassword: null, ids: [], receipts: [], enquire: null, unbind: null };
const port = Number(process.argv[2]);

const finish = () => {
  process.stdout.write(JSON.stringify({ texts, ...seen }) + '\n');
  process.exit(0);
};
setTimeout(finish, 20_000);

const stranger = smpp.connect({ host: '127.0.0.1', port }, () => {
  stranger.bind_transceiver({ system_id: 'quangtri', password: 'wrong' }, (answer) => {
    seen.wrongPassword = answer.command_status;
    bind();
  });
});
stranger.on('error', () => {});

function bind() {
  const session = smpp.connect({ host: '127.0.0.1', port }, () => {
    session.bind_transceiver({ system_id: 'quangtri', password: 'secret' }, (answer) => {
      seen.bind = answer.command_status;
      for (const text of texts) {
        const message = { source_addr: 'QUANGTRI', dest_addr_ton: 1, destination_addr: '84914402045', registered_delivery: 1 };
        if (text.length > 70) Object.assign(message, { data_coding: 8, message_payload: text });
        else message.short_message = text;
        // By itself the package labels its GSM octets as IA5 (1), which is another alphabet; 0 is the operator's default, GSM.
        if (text === texts[0]) message.data_coding = 0;
        session.submit_sm(message, (submitted) => seen.ids.push(submitted.message_id));
      }
    });
  });
  session.on('deliver_sm', (pdu) => {
    session.send(pdu.response());
    seen.receipts.push({ id: pdu.receipted_message_id, state: pdu.message_state, text: pdu.short_message.message });
    if (seen.receipts.length < texts.length) return;
    session.enquire_link((answer) => {
      seen.enquire = answer.command_status;
      session.unbind((left) => {
        seen.unbind = left.command_status;
        finish();
      });
    });
  });
  session.on('error', finish);
}

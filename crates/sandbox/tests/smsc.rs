//! The sandbox SMSC by the letter: separate binds, refused ones, requests out of order.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

use std::time::Duration;

use base::clock::Clock;
use futures_util::{SinkExt, StreamExt};
use rusmpp::{
    Command, CommandId, CommandStatus, Pdu,
    pdus::{BindReceiver, BindTransceiver, BindTransmitter, SubmitSm},
    tokio_codec::CommandCodec,
    types::{COctetString, OctetString},
    values::{EsmClass, RegisteredDelivery},
};
use sandbox::smsc::{Smsc, SmscOptions};
use tokio::{
    io::{AsyncWriteExt, DuplexStream, duplex},
    time::timeout,
};
use tokio_util::codec::Framed;

type Wire = Framed<DuplexStream, CommandCodec>;

fn smsc() -> Smsc {
    Smsc::new(SmscOptions { receipt_delay: Duration::ZERO, ..SmscOptions::default() }, Clock::fixed(0))
}

fn connect(smsc: &Smsc) -> Wire {
    let (ours, theirs) = duplex(1 << 16);
    smsc.serve(theirs);
    Framed::new(ours, CommandCodec::new())
}

async fn next(wire: &mut Wire) -> Option<Command> {
    timeout(Duration::from_secs(30), wire.next()).await.expect("an answer or the end").map(Result::unwrap)
}

async fn ask(wire: &mut Wire, pdu: impl Into<Pdu>) -> Command {
    wire.send(Command::new(CommandStatus::EsmeRok, 1, pdu)).await.unwrap();
    next(wire).await.expect("an answer")
}

fn text<const MAX: usize>(text: &str) -> COctetString<1, MAX> {
    COctetString::from_string(text.into()).unwrap()
}

fn submit(to: &str) -> SubmitSm {
    SubmitSm::builder()
        .source_addr(text("TEST"))
        .destination_addr(text(to))
        .esm_class(EsmClass::from(0))
        .registered_delivery(RegisteredDelivery::from(1))
        .short_message(OctetString::from_slice(b"Xin").unwrap())
        .build()
}

#[tokio::test]
async fn s9_a_transmitter_sends_and_a_receiver_gets_the_receipt_also_when_it_binds_later() {
    let smsc = smsc();
    let mut sender = connect(&smsc);
    let bind = BindTransmitter::builder().system_id(text("sandbox")).password(text("sandbox")).build();
    assert_eq!(ask(&mut sender, bind).await.status(), CommandStatus::EsmeRok);
    assert_eq!(ask(&mut sender, submit("0914402045")).await.status(), CommandStatus::EsmeRok);
    assert_eq!(smsc.messages(Some("+84914402045"))[0].text, "Xin");

    let mut receiver = connect(&smsc);
    let bind = BindReceiver::builder().system_id(text("sandbox")).password(text("sandbox")).build();
    assert_eq!(ask(&mut receiver, bind).await.id(), CommandId::BindReceiverResp);
    assert_eq!(next(&mut receiver).await.unwrap().id(), CommandId::DeliverSm);
    assert_eq!(ask(&mut receiver, submit("0914402045")).await.status(), CommandStatus::EsmeRinvbndsts);
    assert_eq!(ask(&mut sender, submit("not a number")).await.status(), CommandStatus::EsmeRinvdstadr);

    assert_eq!(ask(&mut sender, Pdu::Unbind).await.id(), CommandId::UnbindResp);
    assert!(next(&mut sender).await.is_none(), "the connection is closed");
}

#[tokio::test]
async fn strangers_and_garbage_are_turned_away() {
    let smsc = smsc();
    for (system_id, password, status) in
        [("nobody", "sandbox", CommandStatus::EsmeRinvsysid), ("sandbox", "wrong", CommandStatus::EsmeRinvpaswd)]
    {
        let mut wire = connect(&smsc);
        let bind = BindTransceiver::builder().system_id(text(system_id)).password(text(password)).build();
        assert_eq!(ask(&mut wire, bind).await.status(), status);
        assert!(next(&mut wire).await.is_none());
    }
    let mut unbound = connect(&smsc);
    assert_eq!(ask(&mut unbound, submit("0914402045")).await.status(), CommandStatus::EsmeRinvbndsts);
    assert!(next(&mut unbound).await.is_none());

    let mut garbage = connect(&smsc);
    garbage.get_mut().write_all(b"GET / HTTP/1.1\r\nHost: sandbox\r\n\r\n").await.unwrap();
    assert!(next(&mut garbage).await.is_none());
    assert_eq!((smsc.status().bound, smsc.status().binds), (0, 0));
}

//! What holds for any octets of a client. The fuzzer (`fuzz/`, `make fuzz`) looks for those for which it does not; a test runs
//! the seeds.

use super::{
    Smsc, SmscOptions, connection,
    text::{Reassembly, decode, split_header},
};
use base::clock::Clock;
use rusmpp::{Command, CommandStatus, pdus::BindTransceiver, tokio_codec::CommandCodec, types::COctetString};
use std::{io::Cursor, time::Duration};
use tokio_util::{bytes::BytesMut, codec::Encoder};

type Property = fn(&[u8]);

/// By the name of its target.
pub const TARGETS: [(&str, Property); 1] = [("smsc", smsc)];

/// A connection ends by itself when its octets are used up, before a bind and after one; and any octets are some text.
pub fn smsc(data: &[u8]) {
    for coding in [0, 3, 8] {
        assert!(decode(data, coding).chars().count() <= data.len());
    }
    if let Some((Some(place), body)) = split_header(data) {
        assert!((1..=place.total).contains(&place.number));
        let whole = Reassembly::default().add("a", "b", place, body);
        assert_eq!(whole.is_some(), place.total == 1);
    }
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else { return };
    let bound = [&bind()[..], data].concat();
    for octets in [data.to_vec(), bound] {
        let smsc = Smsc::new(SmscOptions::default(), Clock::fixed(0));
        let stream = tokio::io::join(Cursor::new(octets), tokio::io::sink());
        let served = runtime.block_on(async {
            tokio::time::timeout(Duration::from_secs(5), connection::serve(smsc.clone(), stream)).await
        });
        assert!(served.is_ok(), "the connection does not end");
        assert_eq!(smsc.status().bound, 0);
        for message in smsc.messages(None) {
            assert!(message.to.starts_with('+') && message.to[1..].bytes().all(|b| b.is_ascii_digit()));
        }
    }
}

/// With the name and the password of the sandbox.
fn bind() -> Vec<u8> {
    let system_id = COctetString::from_string("sandbox".to_owned()).unwrap_or_default();
    let password = COctetString::from_string("sandbox".to_owned()).unwrap_or_default();
    let pdu = BindTransceiver::builder().system_id(system_id).password(password).build();
    let mut octets = BytesMut::new();
    let encoded = CommandCodec::new().encode(Command::new(CommandStatus::EsmeRok, 1, pdu), &mut octets);
    assert!(encoded.is_ok());
    octets.to_vec()
}

#[test]
fn x8_the_seeds_of_the_fuzzer_hold() {
    crate::replay::replay(&TARGETS);
}

//! What holds for any octets of an operator and any text that is sent. The fuzzer (`fuzz/`, `make fuzz`) looks for those for which
//! it does not; a test runs the seeds.

use super::{
    count_parts,
    gsm::{self, Septets},
    receipts::parse_receipt,
    smpp::codec::{FrameCodec, MAX_PDU},
    text::{Encoding, encode, unaccented},
};
use rusmpp::{Pdu, pdus::DeliverSm, types::OctetString, values::EsmClass};
use tokio_util::{bytes::BytesMut, codec::Decoder};
use unicode_normalization::UnicodeNormalization;

type Property = fn(&[u8]);

/// By the name of its target.
pub const TARGETS: [(&str, Property); 2] = [("smpp", smpp), ("sms_text", sms_text)];

/// A stream is read to its end or its first impossible length, frame by frame, none of them too large; the same octets are a
/// receipt's text besides.
pub fn smpp(data: &[u8]) {
    let mut stream = BytesMut::from(data);
    let mut left = stream.len();
    while let Ok(Some(frame)) = FrameCodec.decode(&mut stream) {
        assert!(frame.body.len() + 16 <= MAX_PDU);
        assert_eq!(left - stream.len(), frame.body.len() + 16);
        left = stream.len();
        if let Some(Pdu::DeliverSm(deliver)) = &frame.pdu {
            receipt(deliver);
        }
    }
    for class in [0, 4] {
        if let Ok(text) = OctetString::from_slice(data.get(..255).unwrap_or(data)) {
            receipt(&DeliverSm::builder().esm_class(EsmClass::from(class)).short_message(text).build());
        }
    }
}

fn receipt(deliver: &DeliverSm) {
    let Some(receipt) = parse_receipt(deliver) else { return };
    assert!(receipt.done_at.is_none_or(|at| at.len() == 19 && at.is_ascii()));
    assert!(!receipt.message_id.contains(char::is_whitespace) || !deliver.tlvs().is_empty());
}

/// Parts fit, none cuts a character in two, and together they are the text.
pub fn sms_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let composed: String = text.nfc().collect();
    let encoded = encode(&text);
    let (limit, size) = match (encoded.parts.len(), encoded.encoding) {
        (1, encoding) => (encoding.single(), if encoding == Encoding::Gsm { 1 } else { 2 }),
        (_, encoding) => (encoding.joined(), if encoding == Encoding::Gsm { 1 } else { 2 }),
    };
    assert!(encoded.parts.iter().all(|part| part.len() <= limit * size && (!part.is_empty() || text.is_empty())));
    match encoded.encoding {
        Encoding::Ucs2 => {
            let read = |part: &Vec<u8>| {
                let units: Vec<u16> = part.chunks(2).map(|u| u16::from_be_bytes([u[0], u[1]])).collect();
                String::from_utf16_lossy(&units)
            };
            assert_eq!(encoded.parts.iter().map(read).collect::<String>(), composed);
        }
        Encoding::Gsm => {
            assert!(encoded.parts.iter().all(|part| part.last() != Some(&gsm::ESCAPE)));
            let septets = composed.chars().flat_map(|c| match gsm::encode(c) {
                Some(Septets::One(code)) => vec![code],
                Some(Septets::Extended(code)) => vec![gsm::ESCAPE, code],
                None => vec![0xff],
            });
            assert_eq!(encoded.parts.concat(), septets.collect::<Vec<u8>>());
        }
    }
    let counted = count_parts(&text);
    assert!(counted.parts == encoded.parts.len() && counted.units <= counted.capacity);
    let plain = unaccented(&text);
    assert_eq!(unaccented(&plain), plain);
}

#[test]
fn x8_the_seeds_of_the_fuzzer_hold() {
    crate::replay::replay(&TARGETS);
}

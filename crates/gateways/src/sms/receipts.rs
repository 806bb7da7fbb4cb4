//! What operators say afterwards about a message, read as leniently as they write it.
//!
//! SMPP 3.4 gives two forms: optional parameters (`receipted_message_id`, `message_state`; section 5.3.2) and a text (appendix B):
//! `id:0A1F sub:001 dlvrd:001 submit date:2611211230 done date:2611211231 stat:DELIVRD err:000 text:…`. Most operators send both, some
//! one of them, with their own spelling. Parameters win, the text fills the gaps.

use rusmpp::{
    pdus::DeliverSm,
    tlvs::TlvValue,
    values::{DataCoding, MessageState},
};

use super::{Receipt, ReceiptState};

/// The receipt in a deliver_sm; `None` for a message that a person wrote.
pub fn parse_receipt(deliver: &DeliverSm) -> Option<Receipt> {
    let mut id = None;
    let mut state = None;
    let mut network_error = None;
    let mut reference = None;
    let mut payload = None;
    for value in deliver.tlvs().iter().filter_map(|tlv| tlv.value()) {
        match value {
            TlvValue::ReceiptedMessageId(text) => id = Some(text.as_str().to_owned()),
            TlvValue::MessageState(known) => state = Some(state_of(*known)),
            TlvValue::NetworkErrorCode(error) => {
                network_error = Some(format!("{}:{}", u8::from(error.network_type), error.error_code));
            }
            TlvValue::UserMessageReference(number) => reference = Some(number.value),
            TlvValue::MessagePayload(text) => payload = Some(text.value.clone().into_vec()),
            _ => {}
        }
    }
    let octets = payload.unwrap_or_else(|| deliver.short_message().clone().into_vec());
    let text = ReceiptText::parse(&read(&octets, deliver.data_coding));

    // Bits 5 to 2 of esm_class: 1 is a receipt, 8 an intermediate notice (section 5.2.12).
    let marked = matches!((u8::from(deliver.esm_class) >> 2) & 0x0F, 1 | 8);
    if !(marked || id.is_some() || text.looks_like_one()) {
        return None;
    }
    Some(Receipt {
        message_id: id.filter(|id| !id.is_empty()).or(text.id).unwrap_or_default(),
        reference,
        phone: deliver.source_addr.as_str().trim_start_matches('+').to_owned(),
        state: state.or(text.state).unwrap_or(ReceiptState::Unknown),
        error_code: text.error.or(network_error),
        done_at: text.done_at,
    })
}

fn state_of(state: MessageState) -> ReceiptState {
    match state {
        MessageState::Delivered => ReceiptState::Delivered,
        MessageState::Expired => ReceiptState::Expired,
        MessageState::Undeliverable | MessageState::Deleted => ReceiptState::Undeliverable,
        MessageState::Rejected | MessageState::Skipped => ReceiptState::Rejected,
        // "Accepted" is meant as "read by the operator's staff", but operators use it for "taken": not a delivery either way.
        MessageState::Scheduled | MessageState::Enroute | MessageState::Accepted => ReceiptState::Accepted,
        _ => ReceiptState::Unknown,
    }
}

/// Receipt texts are ASCII whatever the coding says, except where an operator really sends UCS-2.
fn read(octets: &[u8], coding: DataCoding) -> String {
    if coding == DataCoding::Ucs2 && octets.first() == Some(&0) {
        let units = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        return char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    }
    String::from_utf8_lossy(octets).into_owned()
}

#[derive(Debug, Default, PartialEq, Eq)]
struct ReceiptText {
    id: Option<String>,
    state: Option<ReceiptState>,
    error: Option<String>,
    done_at: Option<String>,
}

impl ReceiptText {
    fn parse(text: &str) -> Self {
        // `to_ascii_lowercase` keeps every octet in its place, so positions found in one hold in the other.
        let lower = text.to_ascii_lowercase();
        // What follows "text:" was written by a person and may look like anything.
        let end = find_key(&lower, "text:").map_or(text.len(), |at| at - "text:".len());
        let field = |key: &str| -> Option<&str> {
            let at = find_key(lower.get(..end)?, key)?;
            text.get(at..end)?.split_whitespace().next()
        };
        Self {
            id: field("id:").map(str::to_owned),
            state: field("stat:").map(parse_state),
            error: field("err:").map(str::to_owned),
            done_at: field("done date:").or_else(|| field("done_date:")).and_then(parse_date),
        }
    }

    fn looks_like_one(&self) -> bool {
        self.id.is_some() && self.state.is_some()
    }
}

/// Where the value of a key begins. A key stands at the start or after a space.
fn find_key(lower: &str, key: &str) -> Option<usize> {
    lower
        .match_indices(key)
        .find(|(at, _)| lower[..*at].chars().next_back().is_none_or(char::is_whitespace))
        .map(|(at, _)| at + key.len())
}

/// The seven-letter words of appendix B and what operators make of them.
fn parse_state(word: &str) -> ReceiptState {
    let word = word.to_ascii_uppercase();
    let known = [
        ("DELIV", ReceiptState::Delivered),
        ("EXPIR", ReceiptState::Expired),
        ("UNDEL", ReceiptState::Undeliverable),
        ("DELET", ReceiptState::Undeliverable),
        ("FAIL", ReceiptState::Undeliverable),
        ("REJEC", ReceiptState::Rejected),
        ("SKIP", ReceiptState::Rejected),
        ("ACCEP", ReceiptState::Accepted),
        ("ENROU", ReceiptState::Accepted),
        ("SCHED", ReceiptState::Accepted),
        ("BUFF", ReceiptState::Accepted),
    ];
    known.iter().find(|(start, _)| word.starts_with(start)).map_or(ReceiptState::Unknown, |(_, state)| *state)
}

/// `YYMMDDhhmm`, `YYMMDDhhmmss` or `YYYYMMDDhhmmss`.
fn parse_date(digits: &str) -> Option<String> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let full = match digits.len() {
        10 => format!("20{digits}00"),
        12 => format!("20{digits}"),
        14 => digits.to_owned(),
        _ => return None,
    };
    let at = |from: usize, to: usize| full.get(from..to).unwrap_or_default();
    let number = |from, to| at(from, to).parse::<u8>().unwrap_or(u8::MAX);
    let real = (1..=12).contains(&number(4, 6))
        && (1..=31).contains(&number(6, 8))
        && number(8, 10) < 24
        && number(10, 12) < 60
        && number(12, 14) < 60;
    real.then(|| format!("{}-{}-{}T{}:{}:{}", at(0, 4), at(4, 6), at(6, 8), at(8, 10), at(10, 12), at(12, 14)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rusmpp::{
        tlvs::MessageDeliveryRequestTlvValue as Parameter,
        types::{COctetString, OctetString},
        values::{EsmClass, UserMessageReference},
    };

    fn deliver(esm_class: u8, text: &[u8], parameters: Vec<Parameter>) -> DeliverSm {
        DeliverSm::builder()
            .source_addr(COctetString::from_string("84914402045".into()).unwrap())
            .esm_class(EsmClass::from(esm_class))
            .short_message(OctetString::from_slice(text).unwrap())
            .tlvs(parameters)
            .build()
    }

    fn parse(text: &str) -> Receipt {
        parse_receipt(&deliver(4, text.as_bytes(), vec![])).unwrap()
    }

    #[test]
    fn the_text_of_the_standard_is_read() {
        let receipt = parse(
            "id:0A1F sub:001 dlvrd:001 submit date:2611211230 done date:2611211231 stat:DELIVRD err:000 text:Ma xac nhan",
        );
        assert_eq!(
            receipt,
            Receipt {
                message_id: "0A1F".into(),
                reference: None,
                phone: "84914402045".into(),
                state: ReceiptState::Delivered,
                error_code: Some("000".into()),
                done_at: Some("2026-11-21T12:31:00".into()),
            }
        );
        assert!(!format!("{receipt:?}").contains("4402045"));
    }

    #[test]
    fn operators_spellings_are_understood() {
        use ReceiptState::{Accepted, Delivered, Expired, Rejected, Undeliverable, Unknown};
        for (text, id, state) in [
            ("ID:77 STAT:Delivered DONE DATE:20261121123100", "77", Delivered),
            ("id:77 stat:UNDELIV err:1b", "77", Undeliverable),
            ("id:77 stat:EXPIRED", "77", Expired),
            ("id:77 stat:REJECTD text:id:88 stat:DELIVRD", "77", Rejected),
            ("id:77 stat:ENROUTE", "77", Accepted),
            ("id:77 stat:???", "77", Unknown),
            ("id: 77 stat: DELIVRD", "77", Delivered),
            ("dlvrd:001 stat:DELIVRD", "", Delivered),
            ("", "", Unknown),
        ] {
            let receipt = parse(text);
            assert_eq!((receipt.message_id.as_str(), receipt.state), (id, state), "{text}");
        }
    }

    #[test]
    fn parameters_win_over_the_text() {
        let receipt = parse_receipt(&deliver(
            4,
            b"id:999 stat:UNDELIV err:012",
            vec![
                Parameter::ReceiptedMessageId(COctetString::from_static_slice(b"abc\0").unwrap()),
                Parameter::MessageState(MessageState::Delivered),
                Parameter::UserMessageReference(UserMessageReference::new(513)),
            ],
        ))
        .unwrap();
        assert_eq!((receipt.message_id.as_str(), receipt.state), ("abc", ReceiptState::Delivered));
        assert_eq!((receipt.reference, receipt.error_code.as_deref()), (Some(513), Some("012")));
    }

    #[test]
    fn a_receipt_without_its_mark_is_still_one_and_a_persons_message_is_none() {
        assert!(parse_receipt(&deliver(0, b"id:5 sub:001 stat:DELIVRD", vec![])).is_some());
        for text in ["Cam on", "my id: 5", "stat:DELIVRD", ""] {
            assert_eq!(parse_receipt(&deliver(0, text.as_bytes(), vec![])), None, "{text}");
        }
    }

    #[test]
    fn dates_that_cannot_be_are_left_out() {
        for bad in ["2613211231", "2611321231", "2611212531", "26112112", "abcdefghij", "٢٦١١٢١١٢٣١"] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_receipt_makes_it_panic(esm: u8, coding: u8, octets in prop::collection::vec(any::<u8>(), 0..250)) {
            let mut message = deliver(esm, &octets, vec![]);
            message.data_coding = DataCoding::from(coding);
            let _ = parse_receipt(&message);
        }

        #[test]
        fn no_text_makes_it_panic(text in "(id:|stat:|err:|done date:|text:| |[0-9A-Zế]{1,6}){0,20}") {
            let parsed = ReceiptText::parse(&text);
            prop_assert!(parsed.id.is_none_or(|id| !id.contains(char::is_whitespace)));
        }
    }
}

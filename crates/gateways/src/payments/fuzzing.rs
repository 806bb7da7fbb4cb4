//! What holds for any bytes that come as a notice or a return. The fuzzer (`fuzz/`, `make fuzz`) looks for those for which it does not; a test
//! runs the seeds.

use super::{Config, Vnpay, wire};
use base::{
    clock::{Clock, Entropy},
    keys::Secret,
};
use std::collections::BTreeMap;

type Property = fn(&[u8]);

/// By the name of its target.
pub const TARGETS: [(&str, Property); 1] = [("payment", payment)];

const KEY: &str = "khong-ai-biet-khoa-nay-0123456789";

/// A query is believed with a good signature alone, and then it is believed again when it is written anew; with a good signature under the
/// same fields whatever comes out is whole.
pub fn payment(data: &[u8]) {
    let Ok(query) = std::str::from_utf8(data) else { return };
    let config = Config {
        pay: "http://localhost:9/pay".into(),
        api: "http://localhost:9/api".into(),
        terminal: "CONGDS01".into(),
        secret: Secret::new(KEY),
        local: true,
    };
    let Ok(vnpay) = Vnpay::new(config, Clock::fixed(0), Entropy::seeded(1)) else { return };
    if wire::read(query, KEY).is_ok() {
        assert!(wire::read(query, "another-secret-0123456789").is_err(), "believed under two keys");
    }
    // The fuzzer cannot sign; so its fields are signed for it.
    let mut fields = BTreeMap::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !value.is_empty() && name.starts_with("vnp_") && !name.starts_with("vnp_SecureHash") {
            fields.insert(name.replace(['%', '+'], "_"), value.replace(['%', '+'], "_"));
        }
    }
    let written = wire::form(fields.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    let signed = format!("{written}&vnp_SecureHash={}", wire::sign(KEY, &written));
    if let Ok(read) = wire::read(&signed, KEY) {
        assert_eq!(read, fields, "what was signed is what is read");
    }
    if let Ok(word) = vnpay.read(&signed) {
        assert!((1..=super::MOST).contains(&word.amount) && super::is_reference(&word.reference));
        assert!(word.verdict != super::Verdict::Paid || !word.transaction.is_empty());
    }
}

#[test]
fn x8_the_seeds_of_the_fuzzer_hold() {
    crate::replay::replay(&TARGETS);
}

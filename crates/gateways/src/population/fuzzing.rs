//! What holds for any bytes of a registry. The fuzzer (`fuzz/`, `make fuzz`) looks for those for which it does not; a test runs the
//! seeds.

use super::{Compared, Question, Verdict, answer};
use base::{
    ids::Uuid,
    personal_number::{PersonalNumber, Sex},
};

type Property = fn(&[u8]);

/// By the name of its target.
pub const TARGETS: [(&str, Property); 1] = [("population", population)];

/// Whatever is believed names our question and came as an answer; nothing is said of what was not asked.
pub fn population(data: &[u8]) {
    let Ok(number) = PersonalNumber::parse("000148000001") else { return };
    let question = |request, sex| Question {
        request: Uuid::from_u128(request),
        procedure: "1.004222".into(),
        officer: "QTRI-TUDONG".into(),
        number: number.clone(),
        full_name: "HỒ THỊ HƯ CẤU".into(),
        birth_date: "1948".into(),
        sex,
    };
    let told = answer::read(data, true, &question(7, Some(Sex::Female)));
    if told.is_ok() {
        assert!(answer::read(data, true, &question(8, Some(Sex::Female))).is_err(), "ours and another's at once");
        assert!(answer::read(data, false, &question(7, Some(Sex::Female))).is_err(), "an answer with a fault's status");
    }
    if let Ok(Compared::Known { sex, .. }) = answer::read(data, true, &question(7, None)) {
        assert_eq!(sex, Verdict::Silent);
    }
}

#[test]
fn x8_the_seeds_of_the_fuzzer_hold() {
    crate::replay::replay(&TARGETS);
}

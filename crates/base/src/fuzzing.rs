//! What holds for any bytes of a stranger. The fuzzer (`fuzz/`, `make fuzz`) looks for bytes for which it does not; a test runs
//! the seeds.

use crate::{
    card::{self, Card},
    code::Code,
    fold::{fold, vi_sort_key},
    personal_number::PersonalNumber,
    phone::PhoneNumber,
    text,
};

type Property = fn(&[u8]);

/// By the name of its target.
pub const TARGETS: [(&str, Property); 3] = [("numbers", numbers), ("folding", folding), ("card", card)];

/// A phone, a report's code or a personal number is read as it is shown, and hides itself.
pub fn numbers(data: &[u8]) {
    let typed = String::from_utf8_lossy(data);
    if let Ok(phone) = PhoneNumber::parse(&typed) {
        assert_eq!(PhoneNumber::parse(phone.as_e164()).as_ref(), Ok(&phone));
        assert_eq!(PhoneNumber::parse(&phone.national()).as_ref(), Ok(&phone));
        assert!(PhoneNumber::parse(&phone.masked()).is_err());
        assert_eq!(format!("{phone:?}"), phone.masked());
    }
    if let Ok(code) = Code::parse(&typed) {
        assert_eq!(Code::parse(&code.to_string()).as_ref(), Ok(&code));
        assert_eq!(Code::parse(code.as_str()).as_ref(), Ok(&code));
        assert!(code.as_str().len() == 10 && code.as_str().bytes().all(|b| b.is_ascii_digit()));
    }
    if let Ok(number) = PersonalNumber::parse(&typed) {
        assert_eq!(PersonalNumber::parse(number.expose()).as_ref(), Ok(&number));
        assert!((1900..2100).contains(&number.birth_year()));
        number.sex();
        assert!(!format!("{number:?}").contains(&number.expose()[3..9]));
    }
}

/// What is taken for a card agrees with itself, hides itself, and reads the same when it was written down.
pub fn card(data: &[u8]) {
    let said = String::from_utf8_lossy(data);
    let today = jiff::civil::date(2026, 3, 30);
    if let Ok(card) = Card::parse(&said, today) {
        assert_eq!(card.birth.year(), card.number.birth_year());
        assert_eq!(card.sex, card.number.sex());
        assert!(card.issued <= today && said.len() <= card::MOST_BYTES);
        assert!(!card.full_name.contains(['<', '|', '\n']) && !format!("{card:?}").contains(&card.full_name));
        let again = Card { layout: Some(card::Layout::Cccd), ..card };
        assert_eq!(Card::parse(&again.written(), today).as_ref(), Ok(&again));
    }
    let mut fields = said.split('|');
    let mut next = || fields.next().unwrap_or_default();
    let typed = card::Typed { number: next(), full_name: next(), birth: next(), sex: next(), issued: next() };
    if let Ok(card) = Card::typed(typed, today) {
        assert_eq!((card.birth.year(), card.sex), (card.number.birth_year(), card.number.sex()));
    }
}

/// What is folded or tidied stays as it is, and nothing that hides in a line is left in it.
pub fn folding(data: &[u8]) {
    let typed = String::from_utf8_lossy(data);
    let folded = fold(&typed);
    assert_eq!(fold(&folded), folded);
    assert!(!folded.starts_with(' ') && !folded.ends_with(' ') && !folded.contains("  "), "{folded:?}");
    let line = text::one_line(&typed);
    assert_eq!(text::one_line(&line), line);
    assert!(!line.contains(char::is_control) && !line.contains("  "), "{line:?}");
    let lines = text::lines(&typed);
    assert_eq!(text::lines(&lines), lines);
    assert!(!lines.contains(|c: char| c.is_control() && c != '\n') && !lines.contains("\n\n\n"), "{lines:?}");
    let key = vi_sort_key(&typed);
    assert!(key.ends_with(typed.as_ref()));
}

#[test]
fn x8_the_seeds_of_the_fuzzer_hold() {
    replay::replay(&TARGETS);
}

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

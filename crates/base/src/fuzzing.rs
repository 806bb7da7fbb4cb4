//! What holds for any bytes of a stranger. The fuzzer (`fuzz/`, `make fuzz`) looks for bytes for which it does not; a test runs
//! the seeds.

use crate::{
    code::Code,
    fold::{fold, vi_sort_key},
    personal_number::PersonalNumber,
    phone::PhoneNumber,
    text,
};

type Property = fn(&[u8]);

/// By the name of its target.
pub const TARGETS: [(&str, Property); 2] = [("numbers", numbers), ("folding", folding)];

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

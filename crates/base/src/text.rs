//! What people type, made safe to keep: NFC, no control characters, trimmed, limited.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

/// One line: NFC, control characters and line breaks become spaces, runs of spaces one space, trimmed.
pub fn one_line(typed: &str) -> String {
    let mut out = String::with_capacity(typed.len());
    for c in typed.nfc() {
        let c = if c.is_control() || c.is_whitespace() || is_invisible(c) { ' ' } else { c };
        if c != ' ' || !out.ends_with(' ') {
            out.push(c);
        }
    }
    out.trim().to_owned()
}

/// Several lines: NFC, line ends become `\n`, other control characters vanish, at most two line ends in a row, trimmed.
pub fn lines(typed: &str) -> String {
    let mut out = String::with_capacity(typed.len());
    let unix = typed.replace("\r\n", "\n").replace('\r', "\n");
    // Before composing: a mark behind what vanishes belongs to the letter before it.
    let seen = unix.chars().filter(|c| matches!(c, '\n' | '\t') || !(c.is_control() || is_invisible(*c)));
    for c in seen.nfc() {
        match c {
            '\n' if out.ends_with("\n\n") => {}
            '\n' => out.push('\n'),
            '\t' => out.push(' '),
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

/// A day as people type it: `21/03/1989`, also with dots, dashes or spaces. `None` for days that there never were and years that nobody means.
pub fn day(typed: &str) -> Option<Date> {
    let parts: Vec<i16> = typed.trim().split(['/', '-', '.', ' ']).filter_map(|part| part.parse().ok()).collect();
    let [day, month, year @ 1900..2100] = parts[..] else { return None };
    if typed.len() > 20 {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Characters that reorder or hide text: bidirectional overrides and zero-width fillers (not the joiners that scripts need).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_and_sloppy_text_is_tidied() {
        assert_eq!(one_line("  Ổ\u{0}  gà \n lớn\u{202e} "), "Ổ gà lớn");
        assert_eq!(lines("o\u{15}\u{31b}\u{300}\u{200b}\u{323}"), "\u{1ee3}\u{300}", "marks find their letter");
        assert_eq!(lines("a\r\n\r\n\r\n\r\nb\u{7}"), "a\n\nb");
        assert_eq!(one_line("Đu\u{031b}o\u{031b}\u{0300}ng"), "Đưo\u{031b}\u{0300}ng".nfc().collect::<String>());
    }

    proptest! {
        #[test]
        fn tidying_twice_changes_nothing(typed in "\\PC{0,60}") {
            let once = one_line(&typed);
            prop_assert_eq!(one_line(&once), once);
            let once = lines(&typed);
            prop_assert_eq!(lines(&once), once);
        }
    }
}

//! The GSM default alphabet (3GPP TS 23.038, section 6.2.1) and its extension table.
//!
//! One septet is carried in one octet, high bit clear: that is how SMPP operators take `data_coding` 0.

/// The octet that announces a character of the extension table.
pub(super) const ESCAPE: u8 = 0x1B;

/// Position = code. The escape itself stands at 0x1B as U+001B and is never encoded.
const BASIC: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1b}', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

const EXTENSION: [(char, u8); 10] = [
    ('\u{c}', 0x0A),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2F),
    ('[', 0x3C),
    ('~', 0x3D),
    (']', 0x3E),
    ('|', 0x40),
    ('€', 0x65),
];

/// How one character is written in septets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Septets {
    One(u8),
    /// After [`ESCAPE`].
    Extended(u8),
}

/// The septets of a character; `None` if the alphabet lacks it (then the whole message goes as UCS-2).
pub(super) fn encode(c: char) -> Option<Septets> {
    if c.is_ascii_alphanumeric() || c == ' ' {
        return Some(Septets::One(c as u8)); // the same codes as ASCII, and most of every message
    }
    if let Some(at) = BASIC.iter().position(|&known| known == c && known != '\u{1b}') {
        return u8::try_from(at).ok().map(Septets::One);
    }
    EXTENSION.iter().find(|(known, _)| *known == c).map(|&(_, code)| Septets::Extended(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_character_and_every_character_one_code() {
        for (code, &c) in BASIC.iter().enumerate() {
            let expected = (code != 0x1B).then(|| Septets::One(u8::try_from(code).unwrap()));
            assert_eq!(encode(c), expected, "{code:#04x}");
        }
        for (c, code) in EXTENSION {
            assert_eq!(encode(c), Some(Septets::Extended(code)));
        }
    }

    #[test]
    fn vietnamese_letters_with_marks_are_not_in_the_alphabet_but_a_few_foreign_ones_are() {
        assert_eq!(encode('à'), Some(Septets::One(0x7F)));
        for c in ['ạ', 'ă', 'đ', 'ư', 'ế', 'Á', '“', '–', '`'] {
            assert_eq!(encode(c), None, "{c}");
        }
    }
}

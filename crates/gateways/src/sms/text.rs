//! From a text to the parts that travel: which alphabet, how many parts, where to cut.
//!
//! | alphabet | one part | each part of several |
//! |---|---|---|
//! | GSM default | 160 septets | 153 septets |
//! | UCS-2 (UTF-16BE) | 70 units | 67 units |
//!
//! Sources: 3GPP TS 23.038 (alphabets), TS 23.040 section 9.2.3.24.1 (concatenation).

use serde::Serialize;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::gsm::{self, Septets};

/// The alphabet a whole message is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// GSM 03.38 default alphabet with its extension table; a unit is a septet.
    Gsm,
    /// UTF-16BE; a unit is two octets.
    Ucs2,
}

impl Encoding {
    /// Units that fit when the message is one part.
    pub const fn single(self) -> usize {
        match self {
            Self::Gsm => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Units that fit into each part of several: six octets go to the header that joins them.
    pub const fn joined(self) -> usize {
        match self {
            Self::Gsm => 153,
            Self::Ucs2 => 67,
        }
    }
}

/// What a text costs, for the composer's screen (W4): "2 tin nhắn, 91/134 ký tự".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Parts {
    pub encoding: Encoding,
    /// Messages the operator counts and bills; 1 for an empty text.
    pub parts: usize,
    /// Septets or UTF-16 units of the whole text.
    pub units: usize,
    /// Units of all parts together: `units ≤ capacity`. Cuts that spare a character may leave some unused.
    pub capacity: usize,
}

/// A text in its alphabet, cut into the parts that travel.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Encoded {
    pub encoding: Encoding,
    /// Octets of each part, without header: one per septet, two per UTF-16 unit.
    pub parts: Vec<Vec<u8>>,
}

/// Counts without sending. The text is taken in its composed form (NFC), as it is sent.
pub fn count_parts(text: &str) -> Parts {
    let Encoded { encoding, parts } = encode(text);
    let octets: usize = parts.iter().map(Vec::len).sum();
    let units = match encoding {
        Encoding::Gsm => octets,
        Encoding::Ucs2 => octets / 2,
    };
    let capacity = if parts.len() == 1 { encoding.single() } else { encoding.joined() * parts.len() };
    Parts { encoding, parts: parts.len(), units, capacity }
}

/// Vietnamese without its marks: `Đường ngập` → `Duong ngap`. Case, digits and punctuation stay; typographic quotes and dashes become
/// plain ones, so that the result fits the GSM alphabet wherever the text is Vietnamese (a third of the parts, and accepted by
/// operators that refuse UCS-2).
pub fn unaccented(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfd() {
        match c {
            'đ' => out.push('d'),
            'Đ' => out.push('D'),
            '“' | '”' | '„' | '«' | '»' => out.push('"'),
            '‘' | '’' | '`' | '´' => out.push('\''),
            '–' | '—' | '‑' | '−' => out.push('-'),
            '…' => out.push_str("..."),
            '•' | '·' => out.push('-'),
            '₫' => out.push('d'),
            '\u{a0}' | '\u{202f}' | '\t' => out.push(' '),
            c if is_combining_mark(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Chooses the alphabet and cuts. Composes first (NFC): a decomposed `ế` would cost three units and look broken on old phones.
pub(super) fn encode(text: &str) -> Encoded {
    let text: String = text.nfc().collect();
    match encode_gsm(&text) {
        Some(characters) => Encoded { encoding: Encoding::Gsm, parts: pack(Encoding::Gsm, &characters) },
        None => Encoded { encoding: Encoding::Ucs2, parts: pack(Encoding::Ucs2, &encode_ucs2(&text)) },
    }
}

/// Octets of each character, an extended one with its escape; `None` as soon as one is missing in the alphabet.
fn encode_gsm(text: &str) -> Option<Vec<Vec<u8>>> {
    text.chars()
        .map(|c| {
            Some(match gsm::encode(c)? {
                Septets::One(code) => vec![code],
                Septets::Extended(code) => vec![gsm::ESCAPE, code],
            })
        })
        .collect()
}

/// Octets of each cluster that should stay in one part.
fn encode_ucs2(text: &str) -> Vec<Vec<u8>> {
    let mut clusters: Vec<String> = Vec::new();
    let mut joined = false;
    for c in text.chars() {
        match clusters.last_mut() {
            Some(last) if joined || extends(c) => last.push(c),
            _ => clusters.push(c.to_string()),
        }
        joined = c == ZERO_WIDTH_JOINER;
    }
    let limit = Encoding::Ucs2.joined();
    clusters
        .iter()
        // A cluster longer than a part cannot stay whole: then its characters are the smallest pieces.
        .flat_map(|cluster| match cluster.encode_utf16().count() {
            units if units <= limit => vec![utf16_be(cluster)],
            _ => cluster.chars().map(|c| utf16_be(c.encode_utf8(&mut [0; 4]))).collect(),
        })
        .collect()
}

const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// Whether a character changes the one before it: combining marks, emoji variants, skin tones, joiners.
fn extends(c: char) -> bool {
    is_combining_mark(c) || matches!(c, ZERO_WIDTH_JOINER | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

fn utf16_be(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Fills parts with whole pieces, in order.
fn pack(encoding: Encoding, pieces: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let octets_per_unit = match encoding {
        Encoding::Gsm => 1,
        Encoding::Ucs2 => 2,
    };
    let total: usize = pieces.iter().map(Vec::len).sum();
    if total <= encoding.single() * octets_per_unit {
        return vec![pieces.concat()];
    }
    let limit = encoding.joined() * octets_per_unit;
    let mut parts = vec![Vec::with_capacity(limit)];
    for piece in pieces {
        match parts.last_mut() {
            Some(last) if last.len() + piece.len() <= limit => last.extend_from_slice(piece),
            _ => parts.push(piece.clone()),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn count(text: &str) -> (Encoding, usize, usize) {
        let Parts { encoding, parts, units, capacity } = count_parts(text);
        assert!(units <= capacity);
        (encoding, parts, units)
    }

    #[test]
    fn w4_parts_are_counted_as_operators_bill_them() {
        use Encoding::{Gsm, Ucs2};
        let cases = [
            (String::new(), (Gsm, 1, 0)),
            ("a".repeat(160), (Gsm, 1, 160)),
            ("a".repeat(161), (Gsm, 2, 161)),
            ("a".repeat(306), (Gsm, 2, 306)),
            ("a".repeat(307), (Gsm, 3, 307)),
            ("€".repeat(80), (Gsm, 1, 160)),
            ("€".repeat(81), (Gsm, 2, 162)),
            ("ạ".repeat(70), (Ucs2, 1, 70)),
            ("ạ".repeat(71), (Ucs2, 2, 71)),
            ("ạ".repeat(134), (Ucs2, 2, 134)),
            ("ạ".repeat(135), (Ucs2, 3, 135)),
            ("🚧".repeat(35), (Ucs2, 1, 70)),
            ("🚧".repeat(36), (Ucs2, 2, 72)),
        ];
        for (text, expected) in cases {
            assert_eq!(count(&text), expected, "{} characters of {:?}", text.chars().count(), text.chars().next());
        }
    }

    #[test]
    fn an_escape_and_its_character_stay_in_one_part() {
        let encoded = encode(&format!("{}€{}", "a".repeat(152), "b".repeat(20)));
        assert_eq!(encoded.parts[0].len(), 152);
        assert_eq!(encoded.parts[1][..2], [gsm::ESCAPE, 0x65]);
    }

    #[test]
    fn a_surrogate_pair_a_family_and_a_marked_letter_stay_in_one_part() {
        for whole in ["🚧", "👨\u{200d}👩\u{200d}👧", "x\u{323}\u{302}", "👍🏽"] {
            for before in 60..67 {
                let text = format!("{}{whole}{}", "ạ".repeat(before), "ạ".repeat(20));
                let octets = utf16_be(whole);
                let inside =
                    encode(&text).parts.iter().filter(|part| part.windows(octets.len()).any(|w| w == octets)).count();
                assert_eq!(inside, 1, "{whole} after {before}");
            }
        }
    }

    #[test]
    fn decomposed_text_is_composed_before_it_is_counted() {
        assert_eq!(count("Tiê\u{301}ng Viê\u{323}t"), count("Tiếng Việt"));
    }

    #[test]
    fn w4_the_unaccented_variant_of_vietnamese_is_plain_and_cheap() {
        let text = "Khẩn: “Đường Lê Duẩn” ngập 0,5 m – đi lối khác… phí 5.000₫";
        assert_eq!(unaccented(text), "Khan: \"Duong Le Duan\" ngap 0,5 m - di loi khac... phi 5.000d");
        assert_eq!(count_parts(&unaccented(text)).encoding, Encoding::Gsm);
        let every = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ";
        assert!(unaccented(every).is_ascii() && unaccented(&every.to_uppercase()).is_ascii());
    }

    proptest! {
        #[test]
        fn no_part_is_too_long_and_nothing_is_lost(text in "(\\PC|[ạếđơ€{}\\[\\]a-z🚧👨\u{200d}\u{301}]){0,400}") {
            let Encoded { encoding, parts } = encode(&text);
            let unit = if encoding == Encoding::Gsm { 1 } else { 2 };
            let limit = if parts.len() == 1 { encoding.single() } else { encoding.joined() } * unit;
            prop_assert!(parts.iter().all(|part| part.len() <= limit));
            prop_assert!(parts.len() == 1 || parts.iter().all(|part| !part.is_empty()));
            if encoding == Encoding::Ucs2 {
                let mut back = String::new();
                for part in &parts {
                    let units: Vec<u16> = part.chunks(2).map(|b| u16::from_be_bytes([b[0], b[1]])).collect();
                    back += &String::from_utf16(&units).expect("each part is whole by itself");
                }
                prop_assert_eq!(back, text.nfc().collect::<String>());
            }
        }

        #[test]
        fn removing_marks_twice_changes_nothing(text in "\\PC{0,80}") {
            let once = unaccented(&text);
            prop_assert_eq!(unaccented(&once), once);
        }
    }
}

//! From octets to the text a phone would show. Written apart from the gateway's encoder, so that one checks the other.

use std::collections::VecDeque;

/// GSM 03.38, in the order of its codes.
const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                        ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Messages of which some parts are missing; the oldest goes when there are more.
const UNFINISHED: usize = 1_000;

/// Reads octets by their `data_coding` (SMPP 3.4, section 5.2.19). What cannot be read becomes U+FFFD.
pub fn decode(octets: &[u8], data_coding: u8) -> String {
    match data_coding {
        0 => decode_gsm(octets),
        8 => {
            let units = octets.chunks(2).map(|pair| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0xFFFD,
            });
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => octets.iter().map(|&octet| char::from(octet)).collect(), // ASCII, Latin 1
    }
}

fn decode_gsm(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    let mut rest = octets.iter();
    while let Some(&code) = rest.next() {
        text.push(match code {
            0x1b => rest.next().map_or(char::REPLACEMENT_CHARACTER, |&code| extended(code)),
            code => ALPHABET.chars().nth(code.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
        });
    }
    text
}

fn extended(code: u8) -> char {
    match code {
        0x0a => '\u{c}',
        0x14 => '^',
        0x28 => '{',
        0x29 => '}',
        0x2f => '\\',
        0x3c => '[',
        0x3d => '~',
        0x3e => ']',
        0x40 => '|',
        0x65 => '€',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// Which part of which message (3GPP TS 23.040, sections 9.2.3.24.1 and 9.2.3.24.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub reference: u16,
    pub total: u8,
    /// From 1.
    pub number: u8,
}

/// Splits a message with UDH indicator into its place and the octets behind the header. `None` if the header contradicts itself.
pub fn split_header(octets: &[u8]) -> Option<(Option<Place>, &[u8])> {
    let (&length, rest) = octets.split_first()?;
    let (mut header, body) = rest.split_at_checked(length.into())?;
    let mut place = None;
    while let [kind, length, rest @ ..] = header {
        let (value, after) = rest.split_at_checked((*length).into())?;
        match (kind, value) {
            (0x00, [reference, total, number]) => {
                place = Some(Place { reference: (*reference).into(), total: *total, number: *number });
            }
            (0x08, [high, low, total, number]) => {
                place = Some(Place { reference: u16::from_be_bytes([*high, *low]), total: *total, number: *number });
            }
            _ => {} // ports, languages and others do not matter here
        }
        header = after;
    }
    if !header.is_empty() || place.is_some_and(|p| p.number == 0 || p.number > p.total) {
        return None;
    }
    Some((place, body))
}

/// Parts of long messages until all are there.
#[derive(Default)]
pub struct Reassembly {
    unfinished: VecDeque<Unfinished>,
}

struct Unfinished {
    key: (String, String, u16, u8),
    parts: Vec<Option<Vec<u8>>>,
}

impl Reassembly {
    /// Takes a part; gives all octets in order when it was the last one missing.
    pub fn add(&mut self, account: &str, to: &str, place: Place, octets: &[u8]) -> Option<Vec<u8>> {
        let key = (account.to_owned(), to.to_owned(), place.reference, place.total);
        let at = match self.unfinished.iter().position(|known| known.key == key) {
            Some(at) => at,
            None => {
                if self.unfinished.len() >= UNFINISHED {
                    self.unfinished.pop_front();
                }
                self.unfinished.push_back(Unfinished { key, parts: vec![None; place.total.into()] });
                self.unfinished.len() - 1
            }
        };
        let parts = &mut self.unfinished.get_mut(at)?.parts;
        *parts.get_mut(usize::from(place.number).checked_sub(1)?)? = Some(octets.to_vec());
        if parts.iter().any(Option::is_none) {
            return None;
        }
        let whole = self.unfinished.remove(at)?;
        Some(whole.parts.into_iter().flatten().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_alphabet_has_its_128_codes() {
        assert_eq!(ALPHABET.chars().count(), 128);
        assert_eq!(decode(b"\x00Hello \x1b\x65\x1b\x3c\x1b\x3e \x7f", 0), "@Hello €[] à");
    }

    #[test]
    fn a_long_message_is_whole_in_whatever_order_its_parts_come() {
        let mut reassembly = Reassembly::default();
        let place = |number| Place { reference: 7, total: 3, number };
        assert_eq!(reassembly.add("qt", "+84914402045", place(3), b"c"), None);
        assert_eq!(reassembly.add("qt", "+84914402045", place(1), b"a"), None);
        assert_eq!(reassembly.add("cb", "+84914402045", place(2), b"x"), None, "another account's message");
        assert_eq!(reassembly.add("qt", "+84914402045", place(2), b"b"), Some(b"abc".to_vec()));
        assert_eq!(reassembly.add("qt", "+84914402045", place(2), b"b"), None, "the reference is free again");
    }

    #[test]
    fn parts_that_never_become_whole_do_not_pile_up() {
        let mut reassembly = Reassembly::default();
        for reference in 0..3_000 {
            reassembly.add("qt", "+84914402045", Place { reference, total: 2, number: 1 }, b"a");
        }
        assert_eq!(reassembly.unfinished.len(), UNFINISHED);
    }

    #[test]
    fn a_header_that_contradicts_itself_is_refused() {
        assert_eq!(
            split_header(&[5, 0, 3, 9, 2, 1, b'a']),
            Some((Some(Place { reference: 9, total: 2, number: 1 }), &b"a"[..]))
        );
        assert_eq!(
            split_header(&[6, 8, 4, 1, 0, 2, 2]),
            Some((Some(Place { reference: 256, total: 2, number: 2 }), &[][..]))
        );
        for bad in [&[][..], &[5, 0, 3], &[5, 0, 9, 9, 2, 1], &[5, 0, 3, 9, 2, 3], &[5, 0, 3, 9, 2, 0], &[1, 0]] {
            assert_eq!(split_header(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets in prop::collection::vec(any::<u8>(), 0..200), coding: u8) {
            let _ = decode(&octets, coding);
            if let Some((Some(place), body)) = split_header(&octets) {
                let _ = Reassembly::default().add("a", "b", place, body);
            }
        }
    }
}

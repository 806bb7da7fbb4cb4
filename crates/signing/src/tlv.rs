//! Reading DER piece by piece, without copies: what stands around certificates (CMS, CRL, OCSP). Strict: one way to write each length. What
//! signing software writes with open ends (BER) is first written anew with lengths.

use crate::Refusal;
use base64::{Engine, engine::general_purpose::STANDARD};

pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const OCTET_STRING: u8 = 0x04;
pub const OID: u8 = 0x06;
pub const ENUMERATED: u8 = 0x0a;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;
pub const UTC_TIME: u8 = 0x17;
pub const GENERALIZED_TIME: u8 = 0x18;
/// `[0]` … `[2]`, constructed.
pub const CONTEXT: [u8; 3] = [0xa0, 0xa1, 0xa2];

/// How deep open ends may be nested; CMS needs eight.
const DEEPEST: usize = 24;

/// One element.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    pub tag: u8,
    pub value: &'a [u8],
    /// With tag and length.
    pub raw: &'a [u8],
}

impl<'a> Item<'a> {
    pub fn items(&self) -> Items<'a> {
        Items(self.value)
    }

    /// The one element inside.
    pub fn only(&self) -> Result<Item<'a>, Refusal> {
        let mut items = self.items();
        let one = items.item()?;
        items.end()?;
        Ok(one)
    }
}

/// Elements one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Items<'a>(pub &'a [u8]);

impl<'a> Items<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn item(&mut self) -> Result<Item<'a>, Refusal> {
        let (item, rest) = split(self.0).ok_or(Refusal::Unreadable)?;
        self.0 = rest;
        Ok(item)
    }

    /// The next element, which must be this one.
    pub fn expect(&mut self, tag: u8) -> Result<Item<'a>, Refusal> {
        self.item().and_then(|item| if item.tag == tag { Ok(item) } else { Err(Refusal::Unreadable) })
    }

    /// The next element if it is this one.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Item<'a>>, Refusal> {
        if self.0.first() == Some(&tag) { self.item().map(Some) } else { Ok(None) }
    }

    pub fn end(&self) -> Result<(), Refusal> {
        if self.is_empty() { Ok(()) } else { Err(Refusal::Unreadable) }
    }
}

/// One element that is everything.
pub fn whole(bytes: &[u8], tag: u8) -> Result<Item<'_>, Refusal> {
    let mut items = Items(bytes);
    let item = items.expect(tag)?;
    items.end()?;
    Ok(item)
}

/// Tag, length of the value, where it begins. `None` in place of the length: an open end.
fn head(bytes: &[u8]) -> Option<(u8, Option<usize>, usize)> {
    let (&tag, &first) = (bytes.first()?, bytes.get(1)?);
    if tag & 0x1f == 0x1f {
        return None; // a tag of several bytes stands in nothing that is read here
    }
    match first {
        0..=0x7f => Some((tag, Some(usize::from(first)), 2)),
        0x80 => Some((tag, None, 2)),
        0x81..=0x84 => {
            let digits = bytes.get(2..2 + usize::from(first & 0x7f))?;
            let length = digits.iter().fold(0usize, |sum, b| sum << 8 | usize::from(*b));
            Some((tag, Some(length), 2 + digits.len()))
        }
        _ => None,
    }
}

fn split(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let (tag, length, at) = head(bytes)?;
    let length = length?;
    // The shortest way to say a length is the only one.
    let shortest = 2 + if length < 0x80 { 0 } else { length.ilog2() as usize / 8 + 1 };
    let end = at.checked_add(length).filter(|end| at == shortest && *end <= bytes.len())?;
    Some((Item { tag, value: &bytes[at..end], raw: &bytes[..end] }, &bytes[end..]))
}

/// One element anew.
pub fn write(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match value.len() {
        short @ 0..=0x7f => out.push(short as u8),
        long => {
            let digits: Vec<u8> = long.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
            out.push(0x80 | digits.len() as u8);
            out.extend(digits);
        }
    }
    out.extend_from_slice(value);
    out
}

/// BER with open ends and strings in pieces, as DER would have it. What is DER already comes out as it was.
pub fn closed(bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let (out, rest) = close(bytes, DEEPEST).ok_or(Refusal::Unreadable)?;
    if rest.is_empty() { Ok(out) } else { Err(Refusal::Unreadable) }
}

fn close(bytes: &[u8], deep: usize) -> Option<(Vec<u8>, &[u8])> {
    let (tag, length, at) = head(bytes)?;
    let is_constructed = tag & 0x20 != 0;
    let rest = bytes.get(at..)?;
    let (mut inside, after) = match length {
        Some(length) => (rest.get(..length)?, rest.get(length..)?),
        None if is_constructed => (rest, rest),
        None => return None,
    };
    if !is_constructed {
        return Some((write(tag, inside), after));
    }
    let deep = deep.checked_sub(1)?;
    let is_open = length.is_none();
    let in_pieces = tag == OCTET_STRING | 0x20;
    let mut value = Vec::new();
    loop {
        if is_open && inside.starts_with(&[0, 0]) {
            inside = &inside[2..];
            break;
        }
        if inside.is_empty() {
            if is_open {
                return None;
            }
            break;
        }
        let (piece, next) = close(inside, deep)?;
        if in_pieces {
            value.extend_from_slice(split(&piece).filter(|(item, _)| item.tag == OCTET_STRING)?.0.value);
        } else {
            value.extend(piece);
        }
        inside = next;
    }
    let out = write(if in_pieces { OCTET_STRING } else { tag }, &value);
    Some((out, if is_open { inside } else { after }))
}

/// The bytes of a file: as they are, or what stands between the lines of PEM, or bare base64. `None`: neither.
pub fn unwrapped(file: &[u8]) -> Option<Vec<u8>> {
    if file.first() == Some(&SEQUENCE) {
        return Some(file.to_vec());
    }
    let text = std::str::from_utf8(file).ok()?.trim_start_matches('\u{feff}').trim();
    let inner = match text.strip_prefix("-----BEGIN ") {
        Some(rest) => rest.split_once("-----")?.1.split_once("-----END ")?.0,
        None => text,
    };
    let letters: String = inner.split_ascii_whitespace().collect();
    STANDARD.decode(letters).ok().filter(|bytes| !bytes.is_empty())
}

/// Every block of a PEM file, or the one thing that a DER file is.
pub fn blocks(file: &[u8]) -> Option<Vec<Vec<u8>>> {
    if file.first() == Some(&SEQUENCE) {
        return Some(vec![file.to_vec()]);
    }
    let text = std::str::from_utf8(file).ok()?;
    let parts: Vec<&str> = text.split("-----BEGIN ").skip(1).collect();
    parts.iter().map(|part| unwrapped(format!("-----BEGIN {part}").as_bytes())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n4_lengths_have_one_way_to_be_written_and_nothing_is_read_past_the_end() {
        assert_eq!(whole(&[0x04, 1, 7], OCTET_STRING).unwrap().value, [7]);
        for bad in [&[0x04, 0x81, 1, 7][..], &[0x04, 2, 7], &[0x04, 0x80, 0, 0], &[0x04], &[], &[0x04, 1, 7, 0]] {
            assert!(whole(bad, OCTET_STRING).is_err(), "{bad:?}");
        }
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let written = write(OCTET_STRING, &vec![9; length]);
            assert_eq!(whole(&written, OCTET_STRING).unwrap().value.len(), length);
        }
    }

    #[test]
    fn n4_open_ends_and_strings_in_pieces_are_written_anew() {
        let open = [0x30, 0x80, 0x24, 0x80, 0x04, 1, 1, 0x04, 1, 2, 0, 0, 0, 0];
        assert_eq!(closed(&open).unwrap(), [0x30, 4, 0x04, 2, 1, 2]);
        let plain = [0x30, 3, 0x02, 1, 5];
        assert_eq!(closed(&plain).unwrap(), plain);
        assert!(closed(&open[..open.len() - 1]).is_err());
        assert!(closed(&[0x30, 0x80].repeat(40)).is_err(), "too deep");
    }

    #[test]
    fn n4_files_come_as_der_as_pem_or_as_bare_letters() {
        for file in
            [&b"-----BEGIN CMS-----\nMAMCAQU=\n-----END CMS-----\n"[..], b"MAMC\r\nAQU=\r\n", &[0x30, 3, 2, 1, 5]]
        {
            assert_eq!(unwrapped(file).unwrap(), [0x30, 3, 2, 1, 5]);
        }
        assert!(unwrapped(b"\xffhello").is_none());
        assert!(unwrapped(b"").is_none());
    }
}

//! How the gateway writes: forms, times, amounts, signatures.

use super::{MOST, Unread};
use base::{clock::Millis, show};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use std::collections::BTreeMap;

pub const VERSION: &str = "2.1.0";
/// A query of a real notice has some 500 bytes.
const LONGEST: usize = 4096;
/// Parameters of it; a real one has twelve.
const MOST_FIELDS: usize = 40;
const LONGEST_NAME: usize = 64;
const LONGEST_VALUE: usize = 1024;
/// Hexadecimal digits of a SHA-512.
const DIGITS: usize = 128;

/// `name=value&…` of the fields that are not empty, in the order given. What stays as it is are letters, digits and `-._*`; the encoders of
/// PHP and Java, which others use, differ in `*` and `~` alone, and values hold neither.
pub fn form<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in fields.filter(|(_, value)| !value.is_empty()) {
        if !text.is_empty() {
            text.push('&');
        }
        encode(name, &mut text);
        text.push('=');
        encode(value, &mut text);
    }
    text
}

fn encode(value: &str, into: &mut String) {
    for byte in value.bytes() {
        match byte {
            b' ' => into.push('+'),
            b'-' | b'.' | b'_' | b'*' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => into.push(char::from(byte)),
            _ => into.push_str(&format!("%{byte:02X}")),
        }
    }
}

fn mac(secret: &str, text: &str) -> Hmac<Sha512> {
    let Ok(mut mac) = Hmac::<Sha512>::new_from_slice(secret.as_bytes()) else {
        unreachable!("HMAC takes keys of any length")
    };
    mac.update(text.as_bytes());
    mac
}

/// HMAC-SHA-512 in lower-case hexadecimal digits.
pub fn sign(secret: &str, text: &str) -> String {
    mac(secret, text).finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
}

/// In constant time; upper or lower case.
pub fn is_signed(secret: &str, text: &str, hash: &str) -> bool {
    if hash.len() != DIGITS || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
        return false;
    }
    let bytes: Vec<u8> =
        (0..DIGITS).step_by(2).filter_map(|at| u8::from_str_radix(&hash[at..at + 2], 16).ok()).collect();
    mac(secret, text).verify_slice(&bytes).is_ok()
}

/// The signed fields of a query. Fields without `vnp_` in front are not the gateway's (an address to come back to may have some) and are passed
/// over, as it says itself; one that stands there twice makes the whole unreadable, because nobody knows which one was meant.
pub fn read(query: &str, secret: &str) -> Result<BTreeMap<String, String>, Unread> {
    if query.len() > LONGEST || query.split('&').count() > MOST_FIELDS {
        return Err(Unread::Malformed);
    }
    let mut fields = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name, LONGEST_NAME)?;
        if !name.starts_with("vnp_") {
            continue;
        }
        if fields.insert(name, decode(value, LONGEST_VALUE)?).is_some() {
            return Err(Unread::Malformed);
        }
    }
    let hash = fields.remove("vnp_SecureHash").ok_or(Unread::Forged)?;
    fields.remove("vnp_SecureHashType");
    let text = form(fields.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    if is_signed(secret, &text, &hash) { Ok(fields) } else { Err(Unread::Forged) }
}

fn decode(text: &str, longest: usize) -> Result<String, Unread> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len().min(longest));
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = bytes.get(at..at + 2).filter(|d| d.iter().all(u8::is_ascii_hexdigit));
                let digits = digits.and_then(|d| std::str::from_utf8(d).ok()).ok_or(Unread::Malformed)?;
                at += 2;
                u8::from_str_radix(digits, 16).map_err(|_| Unread::Malformed)?
            }
            other => *other,
        });
    }
    if out.len() > longest {
        return Err(Unread::Malformed);
    }
    String::from_utf8(out).map_err(|_| Unread::Malformed)
}

/// `yyyyMMddHHmmss` in Vietnam.
pub fn time(at: Millis) -> String {
    show::local(at).strftime("%Y%m%d%H%M%S").to_string()
}

/// Đồng as they are written: two digits more. `None`: none, or more than the protocol carries.
pub fn hundredfold(amount: i64) -> Option<String> {
    (1..=MOST).contains(&amount).then(|| amount.checked_mul(100)).flatten().map(|n| n.to_string())
}

/// And back. `None`: not whole đồng, none, or too much.
pub fn hundredth(text: &str) -> Option<i64> {
    let is_number =
        (3..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    let n: i64 = is_number.then(|| text.parse().ok()).flatten()?;
    (n % 100 == 0).then_some(n / 100)
}

/// Two digits, as codes of answers and states are.
pub fn is_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The gateway's number; of an order that was never paid it is 0 or missing. `None`: this is none.
pub fn transaction(text: &str) -> Option<String> {
    match text {
        "" | "0" => Some(String::new()),
        _ => (text.len() <= 32 && text.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| text.to_owned()),
    }
}

//! Forms, times and signatures, as the gateway writes and reads them.

use base::{clock::Millis, keys::Secret};
use hmac::{Hmac, KeyInit, Mac};
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;

/// Fields by name, in the order in which they are signed.
pub type Fields = BTreeMap<String, String>;

const LONGEST: usize = 4096;

/// `None`: too long, or a field stands there twice.
pub fn fields(query: &str) -> Option<Fields> {
    if query.len() > LONGEST {
        return None;
    }
    let mut fields = Fields::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    Some(fields)
}

/// Takes the signature out. `None`: none, or a wrong one.
pub fn signed(fields: &mut Fields, secret: &Secret) -> Option<String> {
    let hash = fields.remove("vnp_SecureHash")?.to_ascii_lowercase();
    // Version 2.1.0 does not send it.
    if fields.contains_key("vnp_SecureHashType") {
        return None;
    }
    bool::from(sign(secret, &form(fields)).as_bytes().ct_eq(hash.as_bytes())).then_some(hash)
}

pub fn form(fields: &Fields) -> String {
    let filled = fields.iter().filter(|(_, value)| !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(filled).finish()
}

/// With the signature at the end.
pub fn query(fields: &Fields, secret: &Secret) -> String {
    let form = form(fields);
    let hash = sign(secret, &form);
    format!("{form}&vnp_SecureHash={hash}")
}

pub fn sign(secret: &Secret, text: &str) -> String {
    let Ok(mut mac) = Hmac::<sha2::Sha512>::new_from_slice(secret.expose().as_bytes()) else {
        unreachable!("HMAC takes keys of any length")
    };
    mac.update(text.as_bytes());
    crate::vneid::role::hex(&mac.finalize().into_bytes())
}

/// `yyyyMMddHHmmss` in Vietnam.
pub fn time(at: Millis) -> String {
    crate::smsc::local_time(at).strftime("%Y%m%d%H%M%S").to_string()
}

pub fn read_time(text: &str) -> Option<Millis> {
    let is_time = text.len() == 14 && text.bytes().all(|b| b.is_ascii_digit());
    let at = is_time.then(|| jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", text).ok()).flatten()?;
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(7));
    at.to_zoned(zone).ok().map(|zoned| zoned.timestamp().as_millisecond())
}

/// Whole đồng of what is written with two digits more.
pub fn amount(text: &str) -> Option<i64> {
    let n: i64 = (text.len() <= 14 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()?;
    (n % 100 == 0).then_some(n / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p2_times_come_back_as_they_went_and_nonsense_is_none() {
        let at = 1_795_266_000_000;
        assert_eq!(time(at), "20261121200000");
        assert_eq!(read_time("20261121200000"), Some(at));
        for bad in ["", "20261121", "20261321200000", "20260230000000", "2026112120000x", "+2026112120000"] {
            assert_eq!(read_time(bad), None, "{bad}");
        }
    }

    #[test]
    fn p2_amounts_are_whole() {
        assert_eq!(amount("13500000"), Some(135_000));
        for bad in ["", "13500050", "-100", "1e5", "100.00", "999999999999999999999"] {
            assert_eq!(amount(bad).filter(|n| *n > 0), None, "{bad}");
        }
    }
}

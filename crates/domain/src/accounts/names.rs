//! What a person types about themselves, read by constructors: what passes them is fit to be kept.

use crate::error::FieldError;
use base::{fold::fold, text};
use std::fmt;

/// Full name (họ và tên), one field in the order họ – đệm – tên, NFC, 2 to 80 characters. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct FullName(String);

impl FullName {
    pub fn parse(typed: &str) -> Result<Self, FieldError> {
        let wrong = |key| FieldError { field: "full_name", key };
        if typed.len() > 1000 {
            return Err(wrong("name-long"));
        }
        let name = text::one_line(typed);
        match name.chars().count() {
            0 => return Err(wrong("name-empty")),
            1 => return Err(wrong("name-short")),
            81.. => return Err(wrong("name-long")),
            _ => {}
        }
        // Names have letters; digits, links and markup are a mistake or an attack on who reads the list.
        if !name.chars().any(char::is_alphabetic)
            || name.chars().any(|c| c.is_numeric() || "<>@/\\{}[]=;:\"|".contains(c))
        {
            return Err(wrong("name-characters"));
        }
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FullName(…)")
    }
}

/// A username (tên đăng nhập): 4 to 32 of a–z, 0–9, dot, dash and underscore, beginning with a letter; stored in lower case.
/// It can never look like a phone number, so that a sign-in field takes both.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Username(String);

impl Username {
    pub fn parse(typed: &str) -> Result<Self, FieldError> {
        let wrong = |key| FieldError { field: "username", key };
        let name = typed.trim().to_ascii_lowercase();
        if name.is_empty() {
            return Err(wrong("username-empty"));
        }
        if !(4..=32).contains(&name.len()) {
            return Err(wrong("username-length"));
        }
        let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
        if fits { Ok(Self(name)) } else { Err(wrong("username-characters")) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// House number, hamlet (số nhà, thôn xóm): one line, at most 200 characters, may be empty only where the form says so.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Address(String);

impl Address {
    pub fn parse(typed: &str) -> Result<Self, FieldError> {
        let wrong = |key| FieldError { field: "address", key };
        if typed.len() > 4000 {
            return Err(wrong("address-long"));
        }
        let address = text::one_line(typed);
        if address.chars().count() > 200 {
            return Err(wrong("address-long"));
        }
        Ok(Self(address))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

/// An e-mail address as typed; unverified until there is a mail gateway. Only what could never be one is refused.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    pub fn parse(typed: &str) -> Result<Self, FieldError> {
        let wrong = FieldError { field: "email", key: "email-invalid" };
        let email = typed.trim();
        let Some((local, domain)) = email.rsplit_once('@') else { return Err(wrong) };
        let fits = email.len() <= 254
            && (1..=64).contains(&local.len())
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !email.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"(),;:\\[]".contains(c))
            && !local.contains('@');
        if fits { Ok(Self(email.to_owned())) } else { Err(wrong) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// A text for SMS: Latin letters without marks, capitals kept, so that it stays in the 160 characters of one message.
pub fn unaccented(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_alphabetic()) {
        for c in word.chars() {
            match c {
                'Đ' => out.push('D'),
                c if c.is_ascii() => out.push(c),
                c => {
                    let plain = fold(&c.to_string());
                    if c.is_uppercase() { out.push_str(&plain.to_uppercase()) } else { out.push_str(&plain) }
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a1_names_are_kept_as_people_write_them() {
        assert_eq!(FullName::parse("  Nguyễn   Thị\tÁnh ").unwrap().as_str(), "Nguyễn Thị Ánh");
        assert_eq!(FullName::parse("Y Moan Ê-ban").unwrap().as_str(), "Y Moan Ê-ban");
        for bad in ["", " ", "A", "123", "<b>An</b>", "=HYPERLINK(1)", "An 0914402045"] {
            assert!(FullName::parse(bad).is_err(), "{bad}");
        }
        assert!(FullName::parse(&"a".repeat(81)).is_err());
        assert!(!format!("{:?}", FullName::parse("Nguyễn An").unwrap()).contains("An)"));
    }

    #[test]
    fn a3_a_username_never_looks_like_a_phone() {
        assert_eq!(Username::parse(" Lan.Nguyen ").unwrap().as_str(), "lan.nguyen");
        for bad in ["", "abc", "0914402045", "lân.nguyễn", "a b c d", &"a".repeat(33)] {
            assert!(Username::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn emails_that_cannot_be_one_are_refused() {
        assert!(Email::parse("lan@example.vn").is_ok());
        for bad in ["", "lan", "lan@vn", "a b@example.vn", "<lan@example.vn>", "lan@.vn", "x\r\nBcc: y@z.vn"] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sms_texts_lose_their_marks_and_keep_their_capitals() {
        assert_eq!(unaccented("Công dân số Đồng Hới-S"), "Cong dan so Dong Hoi-S");
    }
}

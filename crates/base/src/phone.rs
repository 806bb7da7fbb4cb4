//! Vietnamese mobile numbers (số điện thoại di động), stored as E.164.

use std::fmt;

/// A Vietnamese mobile number, `+84` and nine digits starting with 3, 5, 7, 8 or 9. `Debug` hides the middle.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// Why a typed number is refused; each has its own sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPhone {
    /// Nothing was typed.
    #[error("phone-empty")]
    Empty,
    /// A landline (số máy bàn, 02x): it cannot receive an SMS.
    #[error("phone-landline")]
    Landline,
    /// Another country's number.
    #[error("phone-foreign")]
    Foreign,
    /// Anything else: too short, too long, other characters, no such prefix.
    #[error("phone-invalid")]
    Invalid,
}

impl PhoneNumber {
    /// Accepts `0914 402 045`, `0914.402.045`, `+84914402045`, `84914402045`, `0084…`.
    pub fn parse(typed: &str) -> Result<Self, BadPhone> {
        if typed.len() > 64 {
            return Err(BadPhone::Invalid);
        }
        let mut digits = String::with_capacity(15);
        let mut plus = false;
        for c in typed.trim().chars() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if digits.is_empty() && !plus => plus = true,
                ' ' | '.' | '-' | '(' | ')' | '\u{a0}' | '\u{2011}' => {}
                _ => return Err(BadPhone::Invalid),
            }
        }
        if digits.is_empty() {
            return Err(BadPhone::Empty);
        }
        let national = if let Some(rest) = digits.strip_prefix("0084") {
            rest
        } else if plus || (digits.len() >= 11 && digits.starts_with("84")) {
            digits.strip_prefix("84").ok_or(BadPhone::Foreign)?
        } else {
            digits.strip_prefix('0').ok_or(BadPhone::Invalid)?
        };
        let national = national.strip_prefix('0').unwrap_or(national); // "+84 (0)914…"
        match (national.len(), national.as_bytes().first()) {
            (9..=10, Some(b'2')) => Err(BadPhone::Landline),
            (9, Some(b'3' | b'5' | b'7' | b'8' | b'9')) => Ok(Self(format!("+84{national}"))),
            _ => Err(BadPhone::Invalid),
        }
    }

    /// `+84914402045`
    pub fn as_e164(&self) -> &str {
        &self.0
    }

    /// `0914 402 045`
    pub fn national(&self) -> String {
        format!("0{} {} {}", &self.0[3..6], &self.0[6..9], &self.0[9..])
    }

    /// `0914***045`: enough to recognise one's own number, too little for a stranger (A4).
    pub fn masked(&self) -> String {
        format!("0{}***{}", &self.0[3..6], &self.0[9..])
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = BadPhone;
    fn try_from(s: String) -> Result<Self, BadPhone> {
        Self::parse(&s)
    }
}

impl From<PhoneNumber> for String {
    fn from(phone: PhoneNumber) -> String {
        phone.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_usual_way_of_writing_gives_the_same_number() {
        for typed in
            ["0914 402 045", "0914.402.045", "+84914402045", "84914402045", "0084914402045", "+84 (0)914 402 045"]
        {
            assert_eq!(PhoneNumber::parse(typed).unwrap().as_e164(), "+84914402045", "{typed}");
        }
    }

    #[test]
    fn what_cannot_receive_an_sms_is_refused_with_its_reason() {
        let reasons = [
            ("", BadPhone::Empty),
            ("   ", BadPhone::Empty),
            ("0233 3852 535", BadPhone::Landline),
            ("02333852535", BadPhone::Landline),
            ("+1 202 555 0123", BadPhone::Foreign),
            ("0123456789", BadPhone::Invalid),
            ("091440204", BadPhone::Invalid),
            ("09144020455", BadPhone::Invalid),
            ("0914a02045", BadPhone::Invalid),
            ("٠٩١٤٤٠٢٠٤٥", BadPhone::Invalid),
        ];
        for (typed, reason) in reasons {
            assert_eq!(PhoneNumber::parse(typed), Err(reason), "{typed}");
        }
    }

    #[test]
    fn a_number_is_hidden_in_logs_and_on_pages() {
        let phone = PhoneNumber::parse("0914402045").unwrap();
        assert_eq!(format!("{phone:?}"), "0914***045");
        assert_eq!(phone.national(), "0914 402 045");
    }

    proptest! {
        #[test]
        fn anything_typed_is_read_or_refused_without_panic(typed in ".{0,80}") {
            if let Ok(phone) = PhoneNumber::parse(&typed) {
                prop_assert_eq!(PhoneNumber::parse(phone.as_e164()).unwrap(), phone.clone());
                prop_assert_eq!(phone.as_e164().len(), 12);
            }
        }
    }
}

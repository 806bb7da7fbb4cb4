//! Who confirms somebody who registers at the national portal with a number (N2, N3): the mobile operator, the social insurance or the post.
//! One of them is asked one question and says yes or no; what does not fit is never said. What each needs besides is a type of its own.

use super::FullName;
use crate::error::FieldError;
use base::{ids::Uuid, personal_number::PersonalNumber, phone::PhoneNumber};
use std::fmt;

/// As facts name their source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// Nhà mạng: in whose name a phone is.
    Operator,
    /// Bảo hiểm xã hội Việt Nam: whose a social insurance number is.
    Insurance,
    /// Bưu điện Việt Nam: whom a post office gave a code, after it saw their papers.
    Post,
}

impl Authority {
    pub const ALL: [Self; 3] = [Self::Operator, Self::Insurance, Self::Post];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Insurance => "insurance",
            Self::Post => "post",
        }
    }

    /// Whether facts with this source come from one of them.
    pub fn is_source(name: &str) -> bool {
        Self::ALL.iter().any(|authority| authority.as_str() == name)
    }
}

/// A social insurance number (mã số BHXH): ten digits.
#[derive(Clone, PartialEq, Eq)]
pub struct InsuranceNumber(String);

/// A code that a post office gave: up to twenty letters and digits, hyphens between them. Cần đối chiếu: nothing public says how it looks.
#[derive(Clone, PartialEq, Eq)]
pub struct PostCode(String);

impl InsuranceNumber {
    pub fn parse(typed: &str) -> Result<Self, FieldError> {
        let wrong = |key| Err(FieldError { field: "insurance", key });
        let digits: String = typed.chars().take(64).filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-')).collect();
        match digits.len() {
            0 => wrong("insurance-empty"),
            10 if digits.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(digits)),
            _ => wrong("insurance-invalid"),
        }
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PostCode {
    pub fn parse(typed: &str) -> Result<Self, FieldError> {
        let wrong = |key| Err(FieldError { field: "post_code", key });
        let code: String = typed.chars().take(64).filter(|c| !c.is_whitespace()).collect();
        let code = code.to_ascii_uppercase();
        match code.len() {
            0 => wrong("post-code-empty"),
            4..=20 if code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => Ok(Self(code)),
            _ => wrong("post-code-invalid"),
        }
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for InsuranceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InsuranceNumber(…)")
    }
}

impl fmt::Debug for PostCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostCode(…)")
    }
}

/// Who is to confirm somebody, with what that one needs.
#[derive(Debug, Clone)]
pub enum Vouch {
    /// The phone that the code goes to is in the person's own name.
    Operator,
    Insurance(InsuranceNumber),
    Post(PostCode),
}

impl Vouch {
    /// `typed`: of the authority's own field. Errors: what is wrong with it.
    pub fn parse(authority: Authority, typed: &str) -> Result<Self, FieldError> {
        Ok(match authority {
            Authority::Operator => Self::Operator,
            Authority::Insurance => Self::Insurance(InsuranceNumber::parse(typed)?),
            Authority::Post => Self::Post(PostCode::parse(typed)?),
        })
    }

    pub fn authority(&self) -> Authority {
        match self {
            Self::Operator => Authority::Operator,
            Self::Insurance(_) => Authority::Insurance,
            Self::Post(_) => Authority::Post,
        }
    }

    /// What was typed into the authority's own field.
    pub(super) fn own(&self) -> &str {
        match self {
            Self::Operator => "",
            Self::Insurance(number) => number.expose(),
            Self::Post(code) => code.expose(),
        }
    }
}

/// Somebody who wants an account, as an authority is asked about them.
#[derive(Clone)]
pub struct Candidate {
    pub by: Vouch,
    /// The same for the same registration, however often it is asked: a post office's code is good once.
    pub request: Uuid,
    pub phone: PhoneNumber,
    pub number: PersonalNumber,
    pub full_name: FullName,
    /// `yyyy-mm-dd`.
    pub birth_date: String,
}

/// The authority cannot be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away;

/// Those that can be asked; the wiring puts gateways here.
#[async_trait::async_trait]
pub trait Authorities: Send + Sync {
    fn has(&self, authority: Authority) -> bool;

    /// Whether everything fits. `Away` also for who is not connected.
    async fn confirms(&self, candidate: &Candidate) -> Result<bool, Away>;
}

/// Nobody: a province, and a portal without any.
pub struct Nobody;

#[async_trait::async_trait]
impl Authorities for Nobody {
    fn has(&self, _: Authority) -> bool {
        false
    }

    async fn confirms(&self, _: &Candidate) -> Result<bool, Away> {
        Err(Away)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n3_insurance_numbers_and_codes_of_the_post_are_read_leniently_and_shown_nowhere() {
        for typed in ["0000000003", " 0000 000 003 ", "0000.000.003"] {
            assert_eq!(InsuranceNumber::parse(typed).unwrap().expose(), "0000000003");
        }
        for (typed, key) in [
            ("", "insurance-empty"),
            ("  ", "insurance-empty"),
            ("000000003", "insurance-invalid"),
            ("00000000034", "insurance-invalid"),
            ("٠٠٠٠٠", "insurance-invalid"),
            ("000000000a", "insurance-invalid"),
        ] {
            assert_eq!(InsuranceNumber::parse(typed).unwrap_err().key, key, "{typed}");
        }
        assert_eq!(PostCode::parse(" thu-000 003 ").unwrap().expose(), "THU-000003");
        for (typed, key) in [("", "post-code-empty"), ("abc", "post-code-invalid"), ("mã thư 1", "post-code-invalid")]
        {
            assert_eq!(PostCode::parse(typed).unwrap_err().key, key, "{typed}");
        }
        assert!(PostCode::parse(&"a".repeat(1000)).is_err());
        let shown = format!(
            "{:?} {:?}",
            Vouch::parse(Authority::Insurance, "0000000003"),
            Vouch::parse(Authority::Post, "THU-000003")
        );
        assert!(!shown.contains("000003"), "{shown}");
    }
}

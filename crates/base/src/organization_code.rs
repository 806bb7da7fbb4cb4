//! What names an organisation (tổ chức) for sure: the tax code (mã số thuế) of a business, the electronic identification code (mã định danh
//! điện tử) of a state body. Sources: Circular 86/2024/TT-BTC, Decision 20/2020/QĐ-TTg; the weights of the check digit are those that tax
//! software uses, no text that binds them was found (cần đối chiếu).

use std::fmt;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OrganizationKind {
    /// Doanh nghiệp
    Business,
    /// Cơ quan nhà nước
    StateBody,
}

impl OrganizationKind {
    pub const ALL: [Self; 2] = [Self::Business, Self::StateBody];

    /// As it stands in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::StateBody => "state_body",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The code of one organisation. It is public: registers of businesses and of state bodies print it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrganizationCode {
    kind: OrganizationKind,
    text: String,
}

/// Why a text names no organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCode {
    /// Twelve digits: since 2025-07-01 a household business (hộ kinh doanh) has its owner's personal number as tax code, and is that person.
    #[error("a person's number")]
    Personal,
    #[error("no code of an organisation")]
    Invalid,
}

/// Of the first nine digits.
const WEIGHTS: [u32; 9] = [31, 29, 23, 19, 17, 13, 7, 5, 3];
/// Characters of the longest code of a state body.
const LONGEST: usize = 35;

impl OrganizationCode {
    /// A tax code: ten digits, the last of which checks the others, and for a branch `-` and three more.
    pub fn tax(text: &str) -> Result<Self, BadCode> {
        let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if text.len() == 12 && all_digits(text) {
            return Err(BadCode::Personal);
        }
        let (ten, branch) = match text.split_once('-') {
            Some((ten, branch)) => (ten, Some(branch)),
            None => (text, None),
        };
        let is_code = ten.len() == 10 && all_digits(ten) && is_checked(ten.as_bytes());
        let is_branch = branch.is_none_or(|three| three.len() == 3 && all_digits(three));
        if is_code && is_branch { Ok(Self::of(OrganizationKind::Business, text)) } else { Err(BadCode::Invalid) }
    }

    /// A state body's code: `H50.12`, a letter and two digits and below it numbers, or in the older form the other way round, `000.00.12.H50`.
    /// The two forms are not told to be one body: certificates name it by one of them.
    pub fn agency(text: &str) -> Result<Self, BadCode> {
        let is_number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let is_root = |part: &&str| matches!(part.as_bytes(), [letter, a, b] if letter.is_ascii_uppercase() && a.is_ascii_digit() && b.is_ascii_digit());
        if text.len() > LONGEST {
            return Err(BadCode::Invalid);
        }
        let parts: Vec<&str> = text.split('.').collect();
        let is_new = matches!(&parts[..], [root, below @ ..] if is_root(root) && below.iter().all(is_number));
        let is_old = matches!(&parts[..], [below @ .., root] if below.len() == 3 && is_root(root) && below.iter().all(is_number));
        if is_new || is_old { Ok(Self::of(OrganizationKind::StateBody, text)) } else { Err(BadCode::Invalid) }
    }

    /// A code of either kind. No text is both.
    pub fn parse(text: &str) -> Result<Self, BadCode> {
        Self::tax(text).or_else(|why| Self::agency(text).map_err(|_| why))
    }

    fn of(kind: OrganizationKind, text: &str) -> Self {
        Self { kind, text: text.to_owned() }
    }

    pub fn kind(&self) -> OrganizationKind {
        self.kind
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for OrganizationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether the tenth digit is the one that the nine before it ask for. Nine digits that ask for two are no code at all.
fn is_checked(ten: &[u8]) -> bool {
    let sum: u32 = ten.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    ten.get(9).is_some_and(|last| u32::from(last - b'0') == 10 - sum % 11)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a11_a_tax_code_is_known_by_its_check_digit() {
        for code in ["0100109106", "0300588569", "0000000017", "0100109106-001"] {
            let read = OrganizationCode::tax(code).unwrap();
            assert_eq!((read.as_str(), read.kind()), (code, OrganizationKind::Business));
        }
        for (code, why) in [
            ("0100109107", BadCode::Invalid),
            ("0101234567", BadCode::Invalid),
            ("0100109106-01", BadCode::Invalid),
            ("0100109106-0011", BadCode::Invalid),
            ("0100109106-00a", BadCode::Invalid),
            ("0100109106-001-001", BadCode::Invalid),
            ("0100109106001", BadCode::Invalid),
            (" 0100109106", BadCode::Invalid),
            ("", BadCode::Invalid),
            ("٠١٠٠١٠٩١٠٦", BadCode::Invalid),
            ("044189001234", BadCode::Personal),
        ] {
            assert_eq!(OrganizationCode::tax(code), Err(why), "{code}");
        }
    }

    #[test]
    fn a11_a_state_body_has_a_letter_with_two_digits_and_numbers_below_or_before_it() {
        for code in ["H50", "H50.12", "G22.01.3", "H50.12.30.1", "000.00.12.H50"] {
            let read = OrganizationCode::agency(code).unwrap();
            assert_eq!((read.as_str(), read.kind()), (code, OrganizationKind::StateBody));
        }
        for code in
            ["", "50", "H5", "H501", "h50", "H50.", "H50..1", "H50.1234", "00.12.H50", "000.00.12.H50.1", "Ｈ50"]
        {
            assert_eq!(OrganizationCode::agency(code), Err(BadCode::Invalid), "{code}");
        }
        assert!(OrganizationCode::agency(&format!("H50{}", ".1".repeat(17))).is_err(), "overlong");
    }

    #[test]
    fn a11_kinds_are_read_as_they_are_written() {
        assert!(OrganizationKind::ALL.iter().all(|kind| OrganizationKind::parse(kind.as_str()) == Some(*kind)));
        assert_eq!(OrganizationKind::parse("person"), None);
    }

    proptest! {
        #[test]
        fn a11_a_wrong_digit_is_noticed(nine in "[0-9]{9}", at in 0usize..10, other in 0u8..10) {
            let right: Vec<String> = (0..10).map(|last| format!("{nine}{last}")).filter(|c| OrganizationCode::tax(c).is_ok()).collect();
            prop_assert!(right.len() <= 1, "one check digit at most");
            if let Some(code) = right.first() {
                let mut bent = code.clone().into_bytes();
                bent[at] = b'0' + other;
                let bent = String::from_utf8(bent).unwrap();
                prop_assert_eq!(OrganizationCode::tax(&bent).is_ok(), bent == *code);
            }
        }

        #[test]
        fn a11_any_text_is_read_without_harm(typed in ".{0,60}") {
            for read in [OrganizationCode::tax(&typed), OrganizationCode::agency(&typed)].into_iter().flatten() {
                prop_assert_eq!(read.as_str(), typed.as_str());
                prop_assert_eq!(OrganizationCode::parse(&typed), Ok(read.clone()));
                prop_assert!(typed.is_ascii() && typed.len() <= 35);
            }
        }
    }
}

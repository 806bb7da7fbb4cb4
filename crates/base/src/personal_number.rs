//! Personal identification numbers (số định danh cá nhân): twelve digits, never repeated, on every card since 2016.
//! Source: Decree 137/2015/NĐ-CP art. 13; Law 26/2023/QH15 art. 12. There is no check digit.

use std::fmt;

/// `PPP G YY NNNNNN`: where the birth was registered, century and sex, year of birth, six digits by chance. `Debug` hides it. Where
/// the first three digits lead today is no business of this type: merged provinces took over codes of others.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonalNumber(String);

/// Why a typed number is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadNumber {
    #[error("personal-number-empty")]
    Empty,
    /// Nine digits: the number of an old identity card (CMND), which names nobody for sure.
    #[error("personal-number-old")]
    Old,
    /// Anything else that is not twelve digits of somebody born before 2100.
    #[error("personal-number-invalid")]
    Invalid,
}

/// Sex as registered at birth; it can be changed by law, so a difference is a question and no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    Male,
    Female,
}

impl PersonalNumber {
    /// Accepts spaces and dots between the digits.
    pub fn parse(typed: &str) -> Result<Self, BadNumber> {
        if typed.len() > 64 {
            return Err(BadNumber::Invalid);
        }
        let mut digits = String::with_capacity(12);
        for c in typed.trim().chars() {
            match c {
                '0'..='9' => digits.push(c),
                ' ' | '.' | '\u{a0}' => {}
                _ => return Err(BadNumber::Invalid),
            }
        }
        match (digits.len(), digits.as_bytes().get(3)) {
            (0, _) => Err(BadNumber::Empty),
            (9, _) => Err(BadNumber::Old),
            (12, Some(b'0'..=b'3')) => Ok(Self(digits)),
            _ => Err(BadNumber::Invalid),
        }
    }

    /// All twelve digits. Where it goes must be sealed, hashed or asked for with a reason.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `044***890`: enough to recognise the own one.
    pub fn masked(&self) -> String {
        format!("{}***{}", &self.0[..3], &self.0[9..])
    }

    pub fn birth_year(&self) -> i16 {
        let digit = |at: usize| i16::from(self.0.as_bytes()[at] - b'0');
        1900 + digit(3) / 2 * 100 + digit(4) * 10 + digit(5)
    }

    pub fn sex(&self) -> Sex {
        if (self.0.as_bytes()[3] - b'0').is_multiple_of(2) { Sex::Male } else { Sex::Female }
    }
}

impl fmt::Debug for PersonalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a15_a_number_says_year_and_sex_and_shows_itself_to_nobody() {
        let number = PersonalNumber::parse(" 044 189 001 234 ").unwrap();
        assert_eq!((number.expose(), number.birth_year(), number.sex()), ("044189001234", 1989, Sex::Female));
        assert_eq!(PersonalNumber::parse("045207.000.001").unwrap().birth_year(), 2007);
        assert_eq!(PersonalNumber::parse("045207000001").unwrap().sex(), Sex::Male);
        assert_eq!(format!("{number:?}"), "044***234");
    }

    #[test]
    fn a15_what_is_no_number_is_refused_with_its_reason() {
        for (typed, why) in [
            ("", BadNumber::Empty),
            ("  ", BadNumber::Empty),
            ("191234567", BadNumber::Old),
            ("04418900123", BadNumber::Invalid),
            ("0441890012345", BadNumber::Invalid),
            ("044489001234", BadNumber::Invalid),
            ("04418900123O", BadNumber::Invalid),
            ("٠٤٤١٨٩٠٠١٢٣٤", BadNumber::Invalid),
        ] {
            assert_eq!(PersonalNumber::parse(typed), Err(why), "{typed}");
        }
        assert_eq!(PersonalNumber::parse(&" ".repeat(1_000_000)), Err(BadNumber::Invalid));
    }

    proptest! {
        #[test]
        fn a15_any_text_is_read_without_harm(typed in ".{0,80}") {
            if let Ok(number) = PersonalNumber::parse(&typed) {
                prop_assert_eq!(number.expose().len(), 12);
                prop_assert!((1900..2100).contains(&number.birth_year()));
            }
        }
    }
}

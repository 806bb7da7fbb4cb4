//! Short codes that people read to each other over the phone: ten digits, the last one checks the others (Damm), so that
//! every single wrong digit and every swap of neighbours is noticed.

use crate::clock::Entropy;
use std::fmt;

/// A report's code (mã phản ánh): nine random digits and a check digit; shown as `PA-123-456-7890`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(String);

/// Not a code: wrong length, other characters, or the check digit says that a digit is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid code")]
pub struct BadCode;

impl Code {
    /// A new random code. Random and not counted, so that nobody can walk through all of them.
    pub fn random(entropy: &Entropy) -> Self {
        let body = format!("{:09}", entropy.below(1_000_000_000));
        let check = damm(body.bytes());
        Self(format!("{body}{check}"))
    }

    /// Reads what a person typed: spaces, dots and dashes are passed over, `PA` may stand before it.
    pub fn parse(typed: &str) -> Result<Self, BadCode> {
        if typed.len() > 64 {
            return Err(BadCode);
        }
        let typed = typed.trim();
        let body = typed.strip_prefix("PA").or_else(|| typed.strip_prefix("pa")).unwrap_or(typed);
        let digits: String = body.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '–')).collect();
        if digits.len() != 10 || !digits.bytes().all(|b| b.is_ascii_digit()) || damm(digits.bytes()) != 0 {
            return Err(BadCode);
        }
        Ok(Self(digits))
    }

    /// The ten digits, as they stand in rows and URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PA-{}-{}-{}", &self.0[..3], &self.0[3..6], &self.0[6..])
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl TryFrom<String> for Code {
    type Error = BadCode;
    fn try_from(s: String) -> Result<Self, BadCode> {
        Self::parse(&s)
    }
}

impl From<Code> for String {
    fn from(code: Code) -> String {
        code.0
    }
}

/// Damm's check digit: the interim digit of a totally anti-symmetric quasigroup of order 10 (H. M. Damm, 2004).
fn damm(digits: impl Iterator<Item = u8>) -> u8 {
    const T: [[u8; 10]; 10] = [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ];
    digits.fold(0, |interim, d| T[interim as usize][(d - b'0') as usize])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_published_example_of_damm_holds() {
        assert_eq!(damm("572".bytes()), 4);
        assert_eq!(damm("5724".bytes()), 0);
    }

    #[test]
    fn a_code_is_read_as_it_is_shown() {
        let code = Code::random(&Entropy::seeded(9));
        assert_eq!(Code::parse(&code.to_string()), Ok(code.clone()));
        assert_eq!(Code::parse(code.as_str()), Ok(code));
        assert_eq!(Code::parse("PA-12"), Err(BadCode));
        assert_eq!(Code::parse("１２３４５６７８９０"), Err(BadCode));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_noticed(seed in any::<u64>(), at in 0usize..10, to in 0u8..10) {
            let code = Code::random(&Entropy::seeded(seed));
            let mut wrong = code.as_str().as_bytes().to_vec();
            prop_assume!(wrong[at] != b'0' + to);
            wrong[at] = b'0' + to;
            prop_assert!(Code::parse(std::str::from_utf8(&wrong).unwrap()).is_err());
        }

        #[test]
        fn anything_typed_is_refused_or_read_without_panic(typed in ".{0,80}") {
            let _ = Code::parse(&typed);
        }
    }
}

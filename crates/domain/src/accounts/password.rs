//! What a password must be (A6, OWASP ASVS 5.0 §6.2, NIST 800-63B-4): long enough, any characters, not common, not built from
//! what everybody knows about the person. No composition rule in a province; a realm may switch one on.

use base::{fold::fold, keys::Secret};
use std::collections::HashSet;
use unicode_normalization::UnicodeNormalization;

/// The policy of a realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Characters after NFC, at least.
    pub shortest: usize,
    /// Characters after NFC, at most; longer ones are refused, never cut.
    pub longest: usize,
    /// Lower, upper, digit and special all demanded: only where an authority's document says so (ASVS 6.2.5 forbids it).
    pub composition: bool,
}

impl Policy {
    pub const PROVINCE: Self = Self { shortest: 8, longest: 128, composition: false };
    pub const NATIONAL_PORTAL: Self = Self { composition: true, ..Self::PROVINCE };
}

/// Why a password is refused; each has its own sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Empty,
    TooShort,
    TooLong,
    /// In the list of common and breached ones, or such a word with digits behind it.
    Common,
    /// One character again and again, a keyboard row, counting up or down.
    Pattern,
    /// Built from name, phone, username, province or application.
    Personal,
    /// The realm's composition rule.
    Composition,
}

impl Refusal {
    pub fn key(self) -> &'static str {
        match self {
            Self::Empty => "password-empty",
            Self::TooShort => "password-short",
            Self::TooLong => "password-long",
            Self::Common => "password-common",
            Self::Pattern => "password-pattern",
            Self::Personal => "password-personal",
            Self::Composition => "password-composition",
        }
    }
}

/// The common and breached passwords. File format: one a line, lower case, NFC, `#` begins a comment; at most 100 KB is
/// shipped. An operator who has a longer list (for example the most frequent ones of a breach corpus) appends it in the same
/// format with `and`.
pub struct CommonPasswords(HashSet<String>);

impl CommonPasswords {
    pub fn shipped() -> Self {
        Self(HashSet::new()).and(include_str!("common_passwords.txt"))
    }

    /// Adds the lines of another list.
    pub fn and(mut self, list: &str) -> Self {
        let lines = list.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        self.0.extend(lines.map(|l| l.nfc().collect::<String>().to_lowercase()));
        self
    }

    /// Itself, without marks and look-alike signs, or with up to four digits and signs before or behind it.
    fn contains(&self, password: &str) -> bool {
        let lower = password.to_lowercase();
        let plain: String = fold(&lower).replace(' ', "");
        let straight: String = lower.chars().map(letter_of_sign).collect();
        let forms = [lower.as_str(), plain.as_str(), straight.as_str()];
        forms.iter().any(|form| {
            let core = form.trim_matches(|c: char| !c.is_alphabetic());
            let around = form.chars().count() - core.chars().count();
            self.0.contains(*form) || (around <= 4 && core.chars().count() >= 4 && self.0.contains(core))
        })
    }
}

/// `p@ssw0rd` reads as `password`.
fn letter_of_sign(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        c => c,
    }
}

/// A password that passed. NFC, so that every keyboard gives the same bytes. `Debug` shows nothing.
#[derive(Debug, Clone)]
pub struct Password(Secret);

impl Password {
    /// `about`: words that everybody knows about the person and the place (name, phone, username, province, application).
    pub fn parse(typed: &Secret, policy: Policy, common: &CommonPasswords, about: &[&str]) -> Result<Self, Refusal> {
        let password = normalised(typed);
        let text = password.expose();
        let count = text.chars().count();
        match count {
            0 => return Err(Refusal::Empty),
            n if n < policy.shortest => return Err(Refusal::TooShort),
            n if n > policy.longest => return Err(Refusal::TooLong),
            _ => {}
        }
        if policy.composition && !is_composed(text) {
            return Err(Refusal::Composition);
        }
        if is_pattern(text) {
            return Err(Refusal::Pattern);
        }
        // Before the list: a common name is in the list too, but the other sentence helps more.
        if is_personal(text, about) {
            return Err(Refusal::Personal);
        }
        if common.contains(text) {
            return Err(Refusal::Common);
        }
        Ok(Self(password))
    }

    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

/// NFC of what was typed; nothing else is changed, spaces stay.
pub fn normalised(typed: &Secret) -> Secret {
    // Longer than any policy allows: not worth normalising, and refused by its length anyway.
    if typed.expose().len() > 4096 {
        return typed.clone();
    }
    Secret::new(typed.expose().nfc().collect::<String>())
}

fn is_composed(text: &str) -> bool {
    let has = |f: fn(char) -> bool| text.chars().any(f);
    has(char::is_lowercase) && has(char::is_uppercase) && has(char::is_numeric) && has(|c| !c.is_alphanumeric())
}

/// Few different characters, a short piece repeated, or steps of one along the code points or a keyboard row.
fn is_pattern(text: &str) -> bool {
    let lower: Vec<char> = text.to_lowercase().chars().collect();
    let different: HashSet<&char> = lower.iter().collect();
    if different.len() <= 3 {
        return true;
    }
    for piece in 1..=4 {
        if lower.len() >= piece * 3 && lower.iter().zip(lower.iter().skip(piece)).all(|(a, b)| a == b) {
            return true;
        }
    }
    const ROWS: &str = "`1234567890-= qwertyuiop[] asdfghjkl;' zxcvbnm,./ 1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/";
    let row: Vec<char> = ROWS.chars().collect();
    let next_to = |a: char, b: char| {
        let step = b as i64 - a as i64;
        step.abs() == 1 || a == b || row.windows(2).any(|w| (w[0] == a && w[1] == b) || (w[0] == b && w[1] == a))
    };
    let steps = lower.windows(2).filter(|w| next_to(w[0], w[1])).count();
    // All steps but two: "12345678", "qwerty123", "abcd1234".
    steps + 3 >= lower.len() && steps * 4 >= (lower.len() - 1) * 3
}

/// Whether what remains after taking away the known words is four characters or fewer.
fn is_personal(text: &str, about: &[&str]) -> bool {
    let squeeze = |s: &str| fold(s).replace(' ', "");
    let mut rest = squeeze(text);
    if rest.is_empty() {
        return false;
    }
    let mut words: Vec<String> = Vec::new();
    for known in about {
        let whole = squeeze(known);
        // 0914402045 is also written 914402045 and 84914402045.
        if whole.len() >= 9 && whole.bytes().all(|b| b.is_ascii_digit()) {
            words.push(whole[whole.len() - 9..].to_owned());
        }
        let parts: Vec<String> = fold(known).split(' ').map(str::to_owned).collect();
        // "nguyenan", "annguyen": any two neighbours, in both orders.
        for pair in parts.windows(2) {
            words.push(format!("{}{}", pair[0], pair[1]));
            words.push(format!("{}{}", pair[1], pair[0]));
        }
        words.extend(parts);
        words.push(whole);
    }
    words.retain(|w| w.chars().count() >= 3);
    words.sort_by_key(|w| std::cmp::Reverse(w.len()));
    words.dedup();
    let whole = rest.chars().count();
    for word in &words {
        rest = rest.replace(word.as_str(), "");
    }
    let left = rest.chars().count();
    left < whole && left <= 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(typed: &str) -> Option<Refusal> {
        let about = ["Nguyễn Văn An", "0914402045", "lan.nguyen", "Tỉnh Quảng Trị", "QUANGTRI-S", "Công dân số"];
        Password::parse(&Secret::new(typed), Policy::PROVINCE, &CommonPasswords::shipped(), &about).err()
    }

    #[test]
    fn a6_length_is_counted_in_characters_of_any_script() {
        assert_eq!(refusal(""), Some(Refusal::Empty));
        assert_eq!(refusal("bảy ký1"), Some(Refusal::TooShort));
        assert_eq!(refusal("mưa rào ở Lao Bảo"), None);
        assert_eq!(refusal("дождь над рекой"), None);
        assert_eq!(refusal("🌧🐃🌾🏔🚤🥥🪁🍚"), None);
        let long: String = "sông Bến Hải mùa nước lũ, ".chars().cycle().take(128).collect();
        assert_eq!(refusal(&long), None);
        assert_eq!(refusal(&format!("{long}x")), Some(Refusal::TooLong));
    }

    #[test]
    fn a6_common_and_patterned_ones_are_refused() {
        for common in [
            "password",
            "P@ssw0rd",
            "password2024!",
            "matkhau123",
            "Mật khẩu 1",
            "anhyeuem",
            "AnhYeuEm@1",
            "iloveyou",
            "vietnam1975",
        ] {
            assert_eq!(refusal(common), Some(Refusal::Common), "{common}");
        }
        for pattern in [
            "12345678",
            "87654321",
            "11111111",
            "abababab",
            "qwertyuiop",
            "abcd1234",
            "1qaz2wsx",
            "123123123",
            "asdfghjkl",
        ] {
            assert_eq!(refusal(pattern), Some(Refusal::Pattern), "{pattern}");
        }
    }

    #[test]
    fn a6_what_everybody_knows_about_the_person_is_refused() {
        for known in [
            "nguyenvanan",
            "NguyenVanAn1",
            "An Nguyễn 99",
            "0914402045",
            "84914402045",
            "+84914402045",
            "lannguyen88",
            "QuangTri2026",
            "congdanso@1",
        ] {
            assert_eq!(refusal(known), Some(Refusal::Personal), "{known}");
        }
        assert_eq!(refusal("nguyen bơi qua sông"), None, "a name in a long sentence is fine");
    }

    #[test]
    fn a6_no_composition_rule_in_a_province_but_at_the_national_portal() {
        assert_eq!(refusal("bốn con trâu trắng"), None);
        let portal = |typed: &str| {
            Password::parse(&Secret::new(typed), Policy::NATIONAL_PORTAL, &CommonPasswords::shipped(), &[]).err()
        };
        assert_eq!(portal("bốn con trâu trắng"), Some(Refusal::Composition));
        assert_eq!(portal("Bốn con trâu trắng 4!"), None);
    }

    #[test]
    fn a6_both_ways_of_composing_a_letter_are_one_password() {
        let nfd: String = "trời mưa lớn quá".nfd().collect();
        assert_eq!(normalised(&Secret::new(nfd)).expose(), "trời mưa lớn quá");
    }

    proptest! {
        #[test]
        fn anything_typed_is_taken_or_refused_without_panic(typed in "\\PC{0,140}") {
            static COMMON: std::sync::LazyLock<CommonPasswords> = std::sync::LazyLock::new(CommonPasswords::shipped);
            let _ = Password::parse(&Secret::new(typed), Policy::PROVINCE, &COMMON, &["Nguyễn Văn An", "0914402045"]);
        }
    }
}

//! What the registry says of a question: a verdict a field, never a value.

use crate::people::Invented;
use base::{
    personal_number::{PersonalNumber, Sex},
    text,
};
use jiff::civil::Date;

/// A birth date as papers have it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Born {
    Day(Date),
    Year(i16),
}

/// What is asked about one person.
pub struct Asked {
    /// `None`: by the number of an old identity card, which nobody here has.
    pub number: Option<PersonalNumber>,
    pub name: String,
    pub born: Born,
    pub sex: Option<Sex>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Match,
    Mismatch,
    /// It was not asked, or papers and registry do not know it equally well.
    Silent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    Unknown,
    Known { name: Verdict, born: Verdict, sex: Verdict },
}

impl Compared {
    /// The question fits nobody: what trying numbers or names looks like.
    pub fn is_miss(self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Known { name, born, .. } => name != Verdict::Match && born != Verdict::Match,
        }
    }
}

pub fn compare(asked: &Asked, person: Option<&Invented>) -> Compared {
    let Some(person) = person else { return Compared::Unknown };
    let same = |is_same| if is_same { Verdict::Match } else { Verdict::Mismatch };
    let born = match asked.born {
        Born::Day(day) if !person.only_year => same(day == person.born),
        Born::Year(year) if person.only_year => same(year == person.born.year()),
        // One knows the day and the other does not: another year is a difference, the same one no proof.
        Born::Day(day) if day.year() != person.born.year() => Verdict::Mismatch,
        Born::Year(year) if year != person.born.year() => Verdict::Mismatch,
        Born::Day(_) | Born::Year(_) => Verdict::Silent,
    };
    let sex = asked.sex.map_or(Verdict::Silent, |sex| same(sex == person.number.sex()));
    Compared::Known { name: same(written(&asked.name) == written(&person.name)), born, sex }
}

/// Capital or small letters, composed or not, and more than one space make no difference; marks do.
fn written(name: &str) -> String {
    // Twice: what is a capital of something composed may be composed again.
    text::one_line(&text::one_line(name).to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn person(only_year: bool) -> Invented {
        let number = PersonalNumber::parse("000148000001").unwrap();
        Invented { number, name: "Hồ Thị Hư Cấu".into(), born: date(1948, 3, 9), only_year }
    }

    fn asked(name: &str, born: Born, sex: Option<Sex>) -> Asked {
        Asked { number: None, name: name.into(), born, sex }
    }

    #[test]
    fn n16_each_field_is_judged_by_itself() {
        use Verdict::{Match, Mismatch, Silent};
        let day = Born::Day(date(1948, 3, 9));
        for (name, born, sex, told) in [
            ("Hồ Thị Hư Cấu", day, Some(Sex::Female), (Match, Match, Match)),
            ("HỒ THỊ HƯ CẤU", day, None, (Match, Match, Silent)),
            ("  hồ thị  hư cấu ", day, Some(Sex::Male), (Match, Match, Mismatch)),
            ("Ho\u{302}\u{300} Thi\u{323} Hu\u{31b} Ca\u{302}\u{301}u", day, None, (Match, Match, Silent)),
            ("HO THI HU CAU", day, None, (Mismatch, Match, Silent)),
            ("Hồ Thị Hư Cấu", Born::Day(date(1948, 9, 3)), None, (Match, Mismatch, Silent)),
            ("Hồ Thị Hư Cấu", Born::Year(1948), None, (Match, Silent, Silent)),
            ("Hồ Thị Hư Cấu", Born::Year(1949), None, (Match, Mismatch, Silent)),
        ] {
            let (n, b, s) = told;
            let expected = Compared::Known { name: n, born: b, sex: s };
            assert_eq!(compare(&asked(name, born, sex), Some(&person(false))), expected, "{name}");
        }
        for (born, told) in [
            (Born::Year(1948), Match),
            (Born::Year(1947), Mismatch),
            (Born::Day(date(1948, 3, 9)), Silent),
            (Born::Day(date(1947, 3, 9)), Mismatch),
        ] {
            let Compared::Known { born, .. } = compare(&asked("x", born, None), Some(&person(true))) else { panic!() };
            assert_eq!(born, told, "where the registry knows the year alone");
        }
        assert_eq!(compare(&asked("x", day, None), None), Compared::Unknown);
    }

    #[test]
    fn n16_a_question_that_fits_nobody_counts_as_a_try() {
        let day = Born::Day(date(1948, 3, 9));
        let is_miss = |name: &str, born| compare(&asked(name, born, None), Some(&person(false))).is_miss();
        assert!(!is_miss("Hồ Thị Hư Cấu", Born::Year(1900)) && !is_miss("Ai Đó", day));
        assert!(is_miss("Ai Đó", Born::Year(1948)) && Compared::Unknown.is_miss());
    }
}

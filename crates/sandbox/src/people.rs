//! People who do not exist, always the same ones for the same seed, so that every sandbox tells one story of them. Their names say
//! that they are invented, and their numbers begin with `000`, which is the code of no province (001 to 096) and of no country.

use base::{
    clock::Entropy,
    personal_number::{PersonalNumber, Sex},
    phone::PhoneNumber,
};
use jiff::civil::{Date, date};

const FAMILY: [&str; 10] = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Nông", "Hồ"];
/// Men's and women's; the numbers follow it.
const MIDDLE: [&str; 2] = ["Văn", "Thị"];
const GIVEN: [&str; 4] = ["Hư Cấu", "Nghĩ Ra", "Tạm Gọi", "Đặt Thử"];
/// The first of those without an account are named in turn, so that no two are called the same; the others by chance.
pub(crate) const IN_TURN: usize = 20;
const MORE_FAMILY: [&str; 16] = [
    "Bùi", "Đỗ", "Ngô", "Dương", "Lý", "Mai", "Trương", "Đinh", "Lâm", "Hà", "Bế", "Lương", "Triệu", "Cao", "Võ",
    "Đoàn",
];
const MORE_GIVEN: [&str; 12] = [
    "Ví Dụ",
    "Làm Mẫu",
    "Giả Định",
    "Tưởng Tượng",
    "Không Thật",
    "Thử Nghiệm",
    "Minh Họa",
    "Đặt Tên",
    "Chẳng Có",
    "Cho Vui",
    "Bịa Thêm",
    "Nói Thử",
];

/// Somebody whom the demo knows already and who can therefore be linked to an account.
#[derive(Debug, Clone)]
pub struct Resident {
    pub name: String,
    pub phone: PhoneNumber,
    /// What stands beside the name on the first page: where the account is.
    pub note: String,
}

/// What a card says of one invented person. `Debug` shows nothing of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Invented {
    pub number: PersonalNumber,
    pub name: String,
    pub born: Date,
    /// Old papers know no more than the year: then the rest of `born` is nobody's word.
    pub only_year: bool,
}

impl std::fmt::Debug for Invented {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invented").finish_non_exhaustive()
    }
}

impl Invented {
    /// `Nam` or `Nữ`, as the number says.
    pub fn sex(&self) -> &'static str {
        sex(&self.number)
    }

    /// `05/04/1990`, or `1948`.
    pub fn birthday(&self) -> String {
        if self.only_year { self.born.year().to_string() } else { self.born.strftime("%d/%m/%Y").to_string() }
    }
}

pub(crate) fn sex(number: &PersonalNumber) -> &'static str {
    match number.sex() {
        Sex::Male => "Nam",
        Sex::Female => "Nữ",
    }
}

/// The social insurance number (mã số BHXH) of an invented person: `0000` is no province's. The same for ever.
pub fn insurance(number: &PersonalNumber) -> String {
    format!("0000{}", last_six(number))
}

/// The code that a post office gave an invented person.
pub fn post_code(number: &PersonalNumber) -> String {
    format!("THU-{}", last_six(number))
}

fn last_six(number: &PersonalNumber) -> &str {
    let digits = number.expose();
    &digits[digits.len() - 6..]
}

/// What was invented is no number: a fault of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an invented person is not one")]
pub struct NotInvented;

/// The demo's residents first, then people who have no account anywhere, `others` of them. Whoever asks for more gets the same
/// people and some besides.
pub fn invent(residents: &[Resident], seed: u64, others: usize) -> Result<Vec<Invented>, NotInvented> {
    let dice = Entropy::seeded(seed);
    let mut people = Vec::with_capacity(residents.len() + others);
    for at in 0..residents.len() + others {
        let born = birthday(&dice);
        let other = at.checked_sub(residents.len());
        let name = match (residents.get(at), other) {
            (Some(resident), _) => resident.name.clone(),
            (None, Some(other)) if other >= IN_TURN => by_chance(&dice),
            (None, other) => in_turn(other.unwrap_or_default()),
        };
        let is_old = other.is_some_and(|other| other >= IN_TURN) && born.year() < 1960;
        let only_year = is_old && dice.below(4) == 0;
        people.push(Invented { number: number(at + 1, &name, born)?, name, born, only_year });
    }
    Ok(people)
}

fn in_turn(i: usize) -> String {
    format!("{} {} {}", FAMILY[i % FAMILY.len()], MIDDLE[(i + i / FAMILY.len()) % 2], GIVEN[i % GIVEN.len()])
}

fn by_chance(dice: &Entropy) -> String {
    let pick = |some: &'static [&'static str], more: &'static [&'static str]| {
        let at = dice.below((some.len() + more.len()) as u64) as usize;
        some.get(at).or_else(|| more.get(at - some.len())).copied().unwrap_or_default()
    };
    format!("{} {} {}", pick(&FAMILY, &MORE_FAMILY), pick(&MIDDLE, &[]), pick(&GIVEN, &MORE_GIVEN))
}

/// Grown up in any case: born from 1945 to 2006.
fn birthday(dice: &Entropy) -> Date {
    // Days that every month has; the bounds fit their types.
    date(1945 + dice.below(62) as i16, 1 + dice.below(12) as i8, 1 + dice.below(28) as i8)
}

fn number(at: usize, name: &str, born: Date) -> Result<PersonalNumber, NotInvented> {
    let is_woman = name.split(' ').any(|word| word == "Thị");
    let century = (born.year() / 100 - 19) * 2 + i16::from(is_woman);
    let text = format!("000{century}{:02}{at:06}", born.year() % 100);
    PersonalNumber::parse(&text).map_err(|_| NotInvented)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn residents() -> Vec<Resident> {
        let phone = PhoneNumber::parse("0999000001").unwrap();
        let one = |name: &str| Resident { name: name.into(), phone: phone.clone(), note: "có tài khoản".into() };
        vec![one("Trần Minh Họa"), one("Bế Thị Mẫu")]
    }

    #[test]
    fn n16_thousands_are_the_same_for_a_seed_and_nobody_could_take_them_for_real() {
        let all = invent(&residents(), 1, 3_000).unwrap();
        assert!(all == invent(&residents(), 1, 3_000).unwrap());
        assert!(all != invent(&residents(), 2, 3_000).unwrap(), "birthdays are by chance");
        assert!(all[..22] == invent(&residents(), 1, 20).unwrap(), "who asks for fewer gets the same people");
        let numbers: BTreeSet<&str> = all.iter().map(|p| p.number.expose()).collect();
        assert_eq!(numbers.len(), 3_002);
        let codes: BTreeSet<String> = all.iter().map(|p| insurance(&p.number) + &post_code(&p.number)).collect();
        assert_eq!(codes.len(), 3_002);
        let given: Vec<&str> = GIVEN.into_iter().chain(MORE_GIVEN).collect();
        for person in &all[2..] {
            assert!(person.number.expose().starts_with("000"), "no province and no country");
            assert!(insurance(&person.number).starts_with("0000") && insurance(&person.number).len() == 10);
            assert!(given.iter().any(|g| person.name.ends_with(g)), "{}", person.name);
            assert_eq!(person.sex() == "Nữ", person.name.contains(" Thị "), "{}", person.name);
            assert_eq!(person.number.birth_year(), person.born.year());
            assert!(!format!("{person:?}").contains(person.number.expose()));
        }
        let years = all.iter().filter(|p| p.only_year).count();
        assert!((20..400).contains(&years), "{years} of whom only the year is known");
        assert!(all[..22].iter().all(|p| !p.only_year), "who signs in knows the day");
        let names: BTreeSet<&str> = all.iter().map(|p| p.name.as_str()).collect();
        assert!(names.len() > 500 && names.len() < 3_000, "some share a name: {}", names.len());
    }
}

//! Who signs in at the sandbox: the invented people, each with a phone of the demo's own range.

use crate::people::{self, IN_TURN, NotInvented, Resident};
use base::{
    ids::Uuid,
    keys::{Keys, Purpose},
    personal_number::PersonalNumber,
    phone::PhoneNumber,
};
use jiff::civil::Date;

/// What services may learn of a person, by the national side's names for it.
pub(super) const CLAIMS: [&str; 5] = ["SoDinhDanh", "HoVaTen", "NgayThangNamSinh", "GioiTinh", "SoDienThoai"];

/// People beside those that the demo brings.
const OTHERS: usize = IN_TURN;
/// The phone of the first of them; the demo's citizens have the lower numbers of this range.
const FIRST_PHONE: usize = 801;

/// One invented person. `Debug` shows nothing of them but their id.
#[derive(Clone)]
pub struct Person {
    /// The row id under which consents are kept; it says nothing about the number.
    pub id: Uuid,
    pub number: PersonalNumber,
    pub name: String,
    pub born: Date,
    pub phone: PhoneNumber,
    pub note: Option<String>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Person {
    /// `Nam` or `Nữ`, as the number says.
    pub fn sex(&self) -> &'static str {
        people::sex(&self.number)
    }

    /// `05/04/1990`
    pub fn birthday(&self) -> String {
        self.born.strftime("%d/%m/%Y").to_string()
    }

    /// The value of a claim; `None` for names that are not ours.
    pub(super) fn claim(&self, name: &str) -> Option<String> {
        Some(match name {
            "SoDinhDanh" => self.number.expose().to_owned(),
            "HoVaTen" => self.name.clone(),
            "NgayThangNamSinh" => self.born.to_string(),
            "GioiTinh" => self.sex().to_owned(),
            "SoDienThoai" => self.phone.national().replace(' ', ""),
            _ => return None,
        })
    }

    /// The same as the person is shown it before agreeing: enough to recognise, too little to read over a shoulder.
    pub(super) fn shown(&self, name: &str) -> Option<String> {
        match name {
            "SoDinhDanh" => Some(self.number.masked()),
            "NgayThangNamSinh" => Some(self.birthday()),
            "SoDienThoai" => Some(self.phone.masked()),
            _ => self.claim(name),
        }
    }
}

/// Everybody: the demo's residents first, then people who have no account anywhere.
pub(crate) fn invented(residents: &[Resident], seed: u64, keys: &Keys) -> Result<Vec<Person>, NotInvented> {
    let all = people::invent(residents, seed, OTHERS)?;
    all.into_iter()
        .enumerate()
        .map(|(at, person)| {
            let (phone, note) = match residents.get(at) {
                Some(resident) => (resident.phone.clone(), Some(resident.note.clone())),
                None => {
                    let phone = PhoneNumber::parse(&format!("+84999000{:03}", FIRST_PHONE + at - residents.len()));
                    (phone.map_err(|_| people::NotInvented)?, None)
                }
            };
            let hash = keys.hash(Purpose::PersonalNumberIndex, &[person.number.expose().as_bytes()]);
            let id = Uuid::from_slice(&hash[..16]).map_err(|_| people::NotInvented)?;
            Ok(Person { id, number: person.number, name: person.name, born: person.born, phone, note })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn residents() -> Vec<Resident> {
        let one = |name: &str, phone| Resident {
            name: name.into(),
            phone: PhoneNumber::parse(phone).unwrap(),
            note: "có tài khoản".into(),
        };
        vec![one("Trần Minh Họa", "0999000001"), one("Bế Thị Mẫu", "0999000002")]
    }

    #[test]
    fn s4_people_are_the_same_for_a_seed_and_nobody_could_take_them_for_real() {
        let people = |seed| invented(&residents(), seed, &Keys::new(&[7; 32])).unwrap();
        let told = |people: Vec<Person>| {
            people.iter().map(|p| CLAIMS.map(|name| p.claim(name).unwrap()).join("|")).collect::<Vec<_>>()
        };
        assert_eq!(told(people(1)), told(people(1)));
        assert_ne!(told(people(1)), told(people(2)), "birthdays are by chance");
        let all = people(1);
        assert_eq!(all.len(), 2 + OTHERS);
        for (what, distinct) in [
            ("names", all.iter().map(|p| p.name.clone()).collect::<BTreeSet<_>>().len()),
            ("numbers", all.iter().map(|p| p.number.expose().to_owned()).collect::<BTreeSet<_>>().len()),
            ("phones", all.iter().map(|p| p.phone.clone()).collect::<BTreeSet<_>>().len()),
            ("ids", all.iter().map(|p| p.id).collect::<BTreeSet<_>>().len()),
        ] {
            assert_eq!(distinct, all.len(), "{what}");
        }
        for person in &all {
            assert!(person.number.expose().starts_with("000"), "no province and no country");
            assert!(person.phone.as_e164().starts_with("+84999000"), "the demo's own range");
            assert_eq!(person.number.birth_year(), person.born.year());
            assert_eq!(person.sex() == "Nữ", person.name.contains(" Thị "), "{}", person.name);
            assert!(!format!("{person:?}").contains(person.number.expose()));
        }
        assert_eq!(all[0].name, "Trần Minh Họa");
        assert_eq!(all.iter().filter(|p| p.note.is_none()).count(), OTHERS, "without an account");
    }

    #[test]
    fn s4_claims_have_the_national_sides_names_and_forms() {
        let all = invented(&residents(), 1, &Keys::new(&[7; 32])).unwrap();
        let woman = &all[1];
        assert_eq!(woman.claim("GioiTinh").unwrap(), "Nữ");
        assert_eq!(woman.claim("SoDienThoai").unwrap(), "0999000002");
        let born = woman.claim("NgayThangNamSinh").unwrap();
        assert!(born.len() == 10 && born.as_bytes()[4] == b'-', "{born}");
        assert_eq!(woman.claim("MatKhau"), None);
        assert!(!woman.shown("SoDinhDanh").unwrap().contains(woman.number.expose()));
    }
}

//! Who has accounts there: the invented people, each with none to three, always the same ones for the same seed. Account numbers begin with 000
//! and are nobody's.

use crate::vneid::Person;
use base::clock::Entropy;

/// The names under which a person's accounts are ticked, in their order.
pub const SLOTS: [&str; 3] = ["account_1", "account_2", "account_3"];

const PRODUCTS: [(&str, &str); 3] =
    [("Tài khoản thanh toán", "VND"), ("Tài khoản nhận lương", "VND"), ("Tài khoản ngoại tệ", "USD")];

/// An account of an invented person. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    pub number: String,
    pub product: &'static str,
    pub currency: &'static str,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").finish_non_exhaustive()
    }
}

impl Account {
    /// `**** 1234`
    pub fn masked(&self) -> String {
        format!("**** {}", &self.number[self.number.len() - 4..])
    }
}

/// A person with their accounts.
#[derive(Debug, Clone)]
pub struct Holder {
    pub person: Person,
    pub accounts: Vec<Account>,
}

impl Holder {
    /// As banks write names: in capitals, without marks.
    pub fn name(&self) -> String {
        base::fold::fold(&self.person.name).to_uppercase()
    }

    /// The accounts with the names under which they are ticked.
    pub fn slots(&self) -> impl Iterator<Item = (&'static str, &Account)> {
        SLOTS.into_iter().zip(&self.accounts)
    }
}

/// The demo's residents have one at least; of the others some have none.
pub(super) fn holders(people: Vec<Person>, seed: u64) -> Vec<Holder> {
    let dice = Entropy::seeded(seed ^ 0xba4c);
    let account = |at: usize| {
        let (product, currency) = PRODUCTS[at];
        Account { number: format!("000{:09}", dice.below(1_000_000_000)), product, currency }
    };
    let holder = |person: Person| {
        let n = if person.note.is_some() { 1 + dice.below(3) } else { dice.below(4) };
        Holder { accounts: (0..n as usize).map(account).collect(), person }
    };
    people.into_iter().map(holder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{people::Resident, vneid::people::invented};
    use base::{keys::Keys, phone::PhoneNumber};
    use std::collections::BTreeSet;

    #[test]
    fn n13_accounts_are_the_same_for_a_seed_and_nobodys() {
        let phone = PhoneNumber::parse("0999000001").unwrap();
        let residents = [Resident { name: "Trần Minh Họa".into(), phone, note: "có tài khoản".into() }];
        let all = |seed| holders(invented(&residents, 1, &Keys::new(&[7; 32])).unwrap(), seed);
        let numbers = |seed| -> Vec<String> {
            all(seed).iter().flat_map(|h| h.accounts.iter().map(|a| a.number.clone())).collect()
        };
        assert_eq!(numbers(1), numbers(1));
        assert_ne!(numbers(1), numbers(2));
        assert!(numbers(1).iter().all(|n| n.len() == 12 && n.starts_with("000")));
        assert_eq!(numbers(1).iter().collect::<BTreeSet<_>>().len(), numbers(1).len());
        let how_many: BTreeSet<usize> = all(2026).iter().map(|h| h.accounts.len()).collect();
        assert_eq!(how_many, BTreeSet::from([0, 1, 2, 3]), "some have none");
        assert!(!all(1)[0].accounts.is_empty());
        assert_eq!(all(1)[0].name(), "TRAN MINH HOA");
        assert!(!format!("{:?}", all(1)[0]).contains("000"), "{:?}", all(1)[0]);
    }
}

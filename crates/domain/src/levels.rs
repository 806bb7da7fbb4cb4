//! Which account a service asks for (mức tài khoản, A13), and what raises an account to it. A service names its level with a word in the
//! pack; whoever takes something in for it asks `check` first. What is not known is denied.

use crate::{
    accounts::{Assurance, Kind, Signed},
    packs::Pack,
};

/// The level that a word of a pack or of a list names; an empty one is a phone. `None`: a word that nobody knows.
pub fn parse(word: &str) -> Option<Assurance> {
    match word {
        "" => Some(Assurance::Phone),
        word => Assurance::ALL.into_iter().find(|level| level.as_str() == word),
    }
}

/// What somebody may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service<'a> {
    /// A procedure by its national code.
    Procedure(&'a str),
}

/// The level that a service needs. `None`: this province has no such service, and no account is enough for it.
pub fn needed(pack: &Pack, service: Service<'_>) -> Option<Assurance> {
    match service {
        Service::Procedure(code) => pack.procedure(code).map(|procedure| procedure.account),
    }
}

/// Who comes, held against what a service needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Enough,
    /// Nobody is signed in to an account of their own.
    SignIn,
    /// The account is known less surely than this.
    Raise(Assurance),
    /// There is no such service.
    Denied,
}

/// Whether this person's account is enough. Who acts for another person (`Kind::Helper`) has a session of theirs and none of their proofs; a
/// guest has no account.
pub fn check(needed: Option<Assurance>, who: Option<&Signed>) -> Verdict {
    let own = who.filter(|signed| signed.kind == Kind::Citizen);
    held_against(needed, own.map(|signed| signed.assurance))
}

fn held_against(needed: Option<Assurance>, has: Option<Assurance>) -> Verdict {
    match (needed, has) {
        (None, _) => Verdict::Denied,
        (Some(_), None) => Verdict::SignIn,
        (Some(needed), Some(has)) if has >= needed => Verdict::Enough,
        (Some(needed), Some(_)) => Verdict::Raise(needed),
    }
}

/// What raises an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way<'a> {
    /// Linking with this provider, or coming from it once more, at the level that is needed.
    Provider(&'a str),
    /// «Xác thực thông tin cá nhân» with a card, to which the population registry has the last word (A7).
    Card,
}

/// As far as the registry's word goes: it knows the person, not who holds the phone.
const BY_CARD: Assurance = Assurance::Verified;

/// The ways that lead to `needed` here, the providers in their own order. `providers`: each with the surest level it can say;
/// `has_registry`: without one a card that was read raises nothing.
pub fn ways<'a>(needed: Assurance, providers: &[(&'a str, Assurance)], has_registry: bool) -> Vec<Way<'a>> {
    let there = providers.iter().filter(|(_, reaches)| *reaches >= needed).map(|(name, _)| Way::Provider(name));
    there.chain((has_registry && BY_CARD >= needed).then_some(Way::Card)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Assurance::{High, Phone, Verified};

    #[test]
    fn a13_a_word_that_nobody_knows_is_no_level() {
        assert_eq!(parse(""), Some(Phone));
        for level in Assurance::ALL {
            assert_eq!(parse(level.as_str()), Some(level));
        }
        for word in ["Phone", "verified ", "root", "none", "0", "cao"] {
            assert_eq!(parse(word), None, "{word}");
        }
    }

    #[test]
    fn a13_an_account_is_enough_from_its_level_on_and_nothing_is_enough_for_what_is_not_there() {
        for needed in Assurance::ALL {
            assert_eq!(held_against(Some(needed), None), Verdict::SignIn);
            for has in Assurance::ALL {
                let expected = if has >= needed { Verdict::Enough } else { Verdict::Raise(needed) };
                assert_eq!(held_against(Some(needed), Some(has)), expected, "{needed:?} {has:?}");
                assert_eq!(held_against(None, Some(has)), Verdict::Denied);
            }
        }
        assert_eq!(held_against(None, None), Verdict::Denied);
    }

    #[test]
    fn a13_only_what_reaches_the_level_is_offered_to_raise_it() {
        let two = [("weak", Verified), ("sure", High), ("phones", Phone)];
        assert_eq!(ways(Verified, &two, true), [Way::Provider("weak"), Way::Provider("sure"), Way::Card]);
        assert_eq!(ways(Verified, &two, false), [Way::Provider("weak"), Way::Provider("sure")]);
        assert_eq!(ways(High, &two, true), [Way::Provider("sure")], "a card never raises to the highest");
        assert_eq!(ways(High, &two[..1], true), []);
    }
}

//! For whom somebody acts in a flow (A11): themselves, or an organisation that they belong to. Said at each sign-in and never remembered.

use super::{
    Provider,
    flow::{all_wanted, change},
    request::{Request, WantedClaim},
    settings::Settings,
};
use crate::error::Error;
use base::ids::Uuid;
use store::Tx;

/// For whom the person of a flow may act, and what they said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Capacity {
    /// Empty also where nobody asks.
    pub choices: Vec<Uuid>,
    pub chosen: Option<Option<Uuid>>,
}

impl Capacity {
    /// `None`: it must be said first. What was said of an organisation that the person belongs to no longer is not said.
    pub(crate) fn acting(&self) -> Option<Option<Uuid>> {
        match self.chosen {
            _ if self.choices.is_empty() => Some(None),
            Some(Some(id)) => self.choices.contains(&id).then_some(Some(id)),
            chosen => chosen,
        }
    }
}

/// Whether the client wants to know for whom people act.
pub(crate) fn asks_for_whom(settings: &Settings, request: &Request) -> bool {
    request.userinfo.iter().chain(&request.id_token).any(|w| settings.is_acting_claim(&w.name))
}

/// What of a request is asked of somebody who acts for an organisation, or for nobody: who acts as themselves is not asked for what is said of
/// organisations, and whoever chose one gives all of that or says no.
pub(crate) fn asked_of(settings: &Settings, request: &Request, is_acting: bool) -> (Vec<String>, Vec<WantedClaim>) {
    let Some(acting) = settings.acting else { return (request.scope.clone(), all_wanted(request)) };
    let is_theirs = |name: &String| {
        let claims = settings.claims_of(name);
        !claims.is_empty() && claims.iter().all(|claim| acting.claims.contains(claim))
    };
    let scope = request.scope.iter().filter(|name| is_acting || !is_theirs(name)).cloned().collect();
    let mut wanted = all_wanted(request);
    wanted.retain(|w| is_acting || !settings.is_acting_claim(&w.name));
    for w in wanted.iter_mut().filter(|_| is_acting) {
        w.essential |= settings.is_acting_claim(&w.name) || acting.changed.contains(&w.name.as_str());
    }
    (scope, wanted)
}

impl Provider {
    /// The person said, in this session, for whom they act in this flow; `None`: they are asked again.
    pub(crate) async fn note_acting(&self, id: Uuid, said: Option<(Uuid, Option<Uuid>)>) -> Result<(), Error> {
        let set =
            change().set("chosen_in", said.map(|(session, _)| session)).set("acting", said.and_then(|(_, id)| id));
        self.store
            .write(move |tx: Tx| async move { set.by(vec![("id", id.into()), ("state", "open".into())], &tx).await })
            .await
            .map(|_| ())
            .map_err(Error::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{
        consents::Consent,
        flow::{Flow, Step, decide},
        people::SignedIn,
        request::Prompt,
        settings::{Acting, Scope},
    };

    const NOW: i64 = 1_000_000_000;

    fn code(step: Step) -> &'static str {
        match step {
            Step::Refuse(refusal) => refusal.code,
            Step::Acting => "acting",
            Step::Consent(_) => "consent",
            Step::Login(_) | Step::Answer(_) => "other",
        }
    }

    #[test]
    fn a11_for_whom_somebody_acts_is_said_before_anything_is_given() {
        const NUMBERS: [&str; 1] = ["code"];
        let settings = Settings {
            scopes: vec![
                Scope { name: "profile", claims: &["name", "kind"] },
                Scope { name: "organization", claims: &NUMBERS },
            ],
            acting: Some(Acting { claims: &NUMBERS, changed: &["kind"] }),
            ..Settings::new("https://op.example")
        };
        let (own, foreign) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let names = |names: &[&str]| -> Vec<WantedClaim> {
            names.iter().map(|n| WantedClaim { name: (*n).to_owned(), essential: false }).collect()
        };
        let mut r = Request::default();
        r.scope.extend(["openid", "profile", "organization"].map(str::to_owned));
        r.userinfo = names(&["name", "kind", "code"]);
        assert!(asks_for_whom(&settings, &r));
        let (person, session, amr) = (Uuid::nil(), Uuid::nil(), Vec::new());
        let who = SignedIn { person, session, acr: String::new(), amr, auth_time: NOW, pending: false };
        let flow = |request: Request| {
            let (id, client) = (Uuid::nil(), "c".to_owned());
            Flow { id, client, request, asked_login: false, chosen: None, created_at: NOW }
        };
        let step = |r: &Request, chosen: Option<Option<Uuid>>, choices: &[Uuid], consent: Option<&Consent>| {
            let capacity = Capacity { choices: choices.to_vec(), chosen };
            decide(&settings, &flow(r.clone()), Some((&who, "me")), &capacity, consent, NOW + 1)
        };
        for chosen in [None, Some(Some(foreign))] {
            assert_eq!(code(step(&r, chosen, &[own], None)), "acting");
        }
        let silent = Request { prompt: vec![Prompt::None], ..r.clone() };
        assert_eq!(code(step(&silent, None, &[own], None)), "interaction_required");
        let asked = |step: Step| match step {
            Step::Consent(asked) => asked.into_iter().map(|a| (a.name, a.essential)).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let own_claims = [("name".to_owned(), false), ("kind".to_owned(), false)];
        assert_eq!(asked(step(&r, Some(None), &[own], None)), own_claims, "nothing of organisations");
        assert_eq!(asked(step(&r, None, &[], None)), own_claims, "who belongs to none is not asked");
        assert_eq!(asked(step(&r, Some(Some(own)), &[], None)), own_claims, "nor who belongs to it no longer");
        let acting = asked(step(&r, Some(Some(own)), &[own], None));
        assert_eq!(acting, [("name".into(), false), ("kind".into(), true), ("code".into(), true)]);
        // What was agreed to for oneself is no agreement for an organisation.
        let agreed = |scope: &[&str], claims: &[&str]| Consent {
            scope: scope.iter().map(|s| (*s).to_owned()).collect(),
            claims: claims.iter().map(|s| (*s).to_owned()).collect(),
            refused: Vec::new(),
        };
        let before = agreed(&["openid", "profile"], &["name", "kind"]);
        let answer = step(&r, Some(None), &[own], Some(&before));
        assert!(
            matches!(&answer, Step::Answer(g) if g.acting.is_none() && g.scope == ["openid", "profile"]),
            "{answer:?}"
        );
        assert_eq!(code(step(&r, Some(Some(own)), &[own], Some(&before))), "consent");
        let all = agreed(&["openid", "profile", "organization"], &["name", "kind", "code"]);
        let answer = step(&r, Some(Some(own)), &[own], Some(&all));
        assert!(matches!(&answer, Step::Answer(g) if g.acting == Some(own) && g.claims.len() == 3), "{answer:?}");
        let answer = step(&r, Some(None), &[own], Some(&all));
        assert!(matches!(&answer, Step::Answer(g) if g.acting.is_none() && g.claims == ["name", "kind"]), "{answer:?}");
    }
}

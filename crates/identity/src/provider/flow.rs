//! One row a flow, from the request to the redeemed code, and the table of who may move it. Signing in and consent are no states:
//! what is still needed is decided anew whenever the browser comes by, from who is signed in at that moment.

use super::{
    Provider,
    acting::{Capacity, asked_of},
    clients::Client,
    consents::Consent,
    people::{Asked, LoginReason, SignedIn},
    request::{Prompt, Request, WantedClaim},
    settings::Settings,
};
use crate::{
    error::{Error, Refusal},
    handles::{self, Kind},
};
use base::{
    clock::{Millis, SECOND},
    ids::{Uuid, new_id},
    keys::{Keys, Purpose, Secret},
};
use serde_json::json;
use store::{FromRow, Insert, Sql, Tx, Update, Value};

/// Who moves a flow, and from where to where. Everything else does not happen; every move asks for the state it starts from, so
/// that of two at the same moment one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// The browser brings a pushed request.
    Take,
    /// The person agreed: there is a code.
    Answer,
    /// The person said no, or it cannot be.
    Refuse,
    /// The client showed the code with every proof.
    Redeem,
    /// The client showed the code with a wrong proof: whoever it was, the code is spent.
    Spoil,
    /// The code was shown again.
    Replay,
}

impl Move {
    pub(crate) const fn states(self) -> (&'static str, &'static str) {
        match self {
            Self::Take => ("pushed", "open"),
            Self::Answer => ("open", "answered"),
            Self::Refuse => ("open", "refused"),
            Self::Redeem => ("answered", "redeemed"),
            Self::Spoil => ("answered", "refused"),
            Self::Replay => ("redeemed", "replayed"),
        }
    }
}

/// Moves a flow; false when it stands elsewhere.
pub(crate) async fn advance(tx: &Tx, id: Uuid, by: Move, set: Update) -> Result<bool, store::Error> {
    let (from, to) = by.states();
    Ok(set.set("state", to).by(vec![("id", id.into()), ("state", from.into())], tx).await? > 0)
}

/// Spends the codes that are on their way (condition of our own with its values from `$2`): what they were given for has ended.
pub(crate) async fn spoil_codes(tx: &Tx, which: &str, values: Vec<Value>, now: Millis) -> Result<(), store::Error> {
    let (from, to) = Move::Spoil.states();
    let text = format!("UPDATE oidc_interaction SET state = '{to}', ended_at = $1 WHERE state = '{from}' AND {which}");
    let sql = values.into_iter().fold(Sql::new(text).bind(now), Sql::bind);
    sql.exec(tx).await.map(|_| ())
}

pub(crate) fn change() -> Update {
    Update::table("oidc_interaction")
}

/// A flow that a browser is in.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub id: Uuid,
    pub client: String,
    pub request: Request,
    pub asked_login: bool,
    /// The session in which the person said for whom they act, and for whom.
    pub chosen: Option<(Uuid, Option<Uuid>)>,
    pub created_at: Millis,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    client_id: String,
    request: Vec<u8>,
    asked_login: bool,
    chosen_in: Option<Uuid>,
    acting: Option<Uuid>,
    created_at: Millis,
}

/// A request from its row.
pub(crate) fn unsealed(keys: &Keys, id: Uuid, sealed: &[u8]) -> Result<Request, Error> {
    let plain = keys.open(Purpose::OidcSealed, id.as_bytes(), sealed).map_err(|_| Error::Internal("a flow's row"))?;
    serde_json::from_slice(&plain).map_err(|_| Error::Internal("a flow's row"))
}

impl Row {
    fn flow(self, keys: &Keys) -> Result<Flow, Error> {
        let request = unsealed(keys, self.id, &self.request)?;
        let Self { id, client_id, asked_login, chosen_in, acting, created_at, .. } = self;
        let chosen = chosen_in.map(|session| (session, acting));
        Ok(Flow { id, client: client_id, request, asked_login, chosen, created_at })
    }
}

/// What the person gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Granted {
    pub scope: Vec<String>,
    pub claims: Vec<String>,
    /// For whom the person acts; `None`: themselves.
    pub acting: Option<Uuid>,
}

/// What a flow needs next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Login(LoginReason),
    /// The person is to say for whom they act.
    Acting,
    Consent(Vec<Asked>),
    Answer(Granted),
    Refuse(Refusal),
}

/// Every name asked for, for userinfo or the ID token; essential when it is so in one of them.
pub(crate) fn all_wanted(request: &Request) -> Vec<WantedClaim> {
    let mut all: Vec<WantedClaim> = Vec::new();
    for wanted in request.userinfo.iter().chain(&request.id_token) {
        match all.iter_mut().find(|w| w.name == wanted.name) {
            Some(known) => known.essential |= wanted.essential,
            None => all.push(wanted.clone()),
        }
    }
    all
}

/// What a session's level is worth for a wish: `None` when it is too low.
pub(crate) fn met_acr(settings: &Settings, request: &Request, signed: &SignedIn) -> Option<String> {
    let rank = settings.rank(&signed.acr);
    let wish = &request.acr;
    if wish.values.is_empty() {
        return Some(signed.acr.clone());
    }
    let met = wish.values.iter().filter(|v| settings.rank(v) <= rank).max_by_key(|v| settings.rank(v))?;
    // An essential wish is answered in its own words; else the level is told as it is.
    Some(if wish.essential { met.clone() } else { signed.acr.clone() })
}

/// The next step. `subject`: the client's name for who is signed in.
pub(crate) fn decide(
    settings: &Settings,
    flow: &Flow,
    signed: Option<(&SignedIn, &str)>,
    capacity: &Capacity,
    consent: Option<&Consent>,
    now: Millis,
) -> Step {
    let request = &flow.request;
    let silent = request.prompt.contains(&Prompt::None);
    let login_required = Step::Refuse(Refusal::new("login_required", "nobody fitting is signed in"));
    let Some((signed, subject)) = signed else {
        return if silent { login_required } else { Step::Login(LoginReason::Nobody) };
    };
    let since = signed.auth_time >= flow.created_at;
    if request.prompt.contains(&Prompt::SelectAccount) && !flow.asked_login {
        return Step::Login(LoginReason::OtherAccount);
    }
    if request.subject.as_ref().is_some_and(|wanted| wanted != subject) {
        return if silent || flow.asked_login { login_required } else { Step::Login(LoginReason::OtherAccount) };
    }
    let is_old = request.max_age.is_some_and(|most| (now - signed.auth_time) / SECOND > most);
    if !since && (request.prompt.contains(&Prompt::Login) || is_old) {
        return if silent { login_required } else { Step::Login(LoginReason::Fresh) };
    }
    if met_acr(settings, request, signed).is_none() {
        let unmet = Step::Refuse(Refusal::new("unmet_authentication_requirements", "the acr cannot be met"));
        match (request.acr.essential, silent || flow.asked_login) {
            (_, false) => return Step::Login(LoginReason::Stronger),
            (true, true) => return unmet,
            (false, true) => {} // a wish, and this is what there is
        }
    }
    if signed.pending {
        let refusal = Refusal::new("interaction_required", "something is wanted of the person first");
        return if silent { Step::Refuse(refusal) } else { Step::Login(LoginReason::Pending) };
    }
    let Some(acting) = capacity.acting() else {
        // What was said at another sign-in is not taken for this one (Core §3.1.2.6).
        let refusal = Refusal::new("interaction_required", "the person must say for whom they act");
        return if silent { Step::Refuse(refusal) } else { Step::Acting };
    };
    let (scope, wanted) = asked_of(settings, request, acting.is_some());
    if settings.agreed {
        let claims = wanted.into_iter().map(|w| w.name).collect();
        return Step::Answer(Granted { scope, claims, acting });
    }
    let known = consent.filter(|_| !request.prompt.contains(&Prompt::Consent));
    let covers = known.is_some_and(|c| {
        scope.iter().all(|s| c.scope.contains(s))
            && wanted.iter().all(|w| c.claims.contains(&w.name) || (!w.essential && c.refused.contains(&w.name)))
    });
    if let Some(consent) = known.filter(|_| covers) {
        let claims = wanted.into_iter().map(|w| w.name).filter(|name| consent.claims.contains(name)).collect();
        return Step::Answer(Granted { scope, claims, acting });
    }
    if silent {
        return Step::Refuse(Refusal::new("consent_required", "the person has not agreed to this"));
    }
    let was_refused = |name: &String| consent.is_some_and(|c| c.refused.contains(name));
    let asked = wanted
        .into_iter()
        .map(|w| Asked { ticked: w.essential || !was_refused(&w.name), essential: w.essential, name: w.name })
        .collect();
    Step::Consent(asked)
}

impl Provider {
    /// Keeps a pushed request. The handle is known to the client alone until its browser brings it.
    pub(crate) async fn push(&self, client: &Client, request: &Request) -> Result<Secret, Error> {
        let handle = handles::new(&self.entropy);
        let hash = handles::hash(&self.keys, Kind::Pushed, handle.expose());
        self.keep(client, request, "pushed", hash, None, self.settings.lifetimes.pushed).await?;
        Ok(handle)
    }

    /// Keeps a request that a browser brought itself.
    pub(crate) async fn open_flow(&self, client: &Client, request: Request, mark: &str) -> Result<Flow, Error> {
        let mark = handles::hash(&self.keys, Kind::Browser, mark);
        let (id, created_at) =
            self.keep(client, &request, "open", None, mark, self.settings.lifetimes.interaction).await?;
        Ok(Flow { id, client: client.id.clone(), request, asked_login: false, chosen: None, created_at })
    }

    async fn keep(
        &self,
        client: &Client,
        request: &Request,
        state: &'static str,
        handle: Option<Vec<u8>>,
        mark: Option<Vec<u8>>,
        life: Millis,
    ) -> Result<(Uuid, Millis), Error> {
        let (id, now, client) = (new_id(&self.clock, &self.entropy), self.now(), client.id.clone());
        let plain = json!(request).to_string();
        let request = self.keys.seal(Purpose::OidcSealed, id.as_bytes(), plain.as_bytes(), &self.entropy);
        self.store
            .write(move |tx: Tx| async move {
                Insert::into("oidc_interaction")
                    .set("id", id)
                    .set("client_id", client)
                    .set("state", state)
                    .set("request", request)
                    .set("handle_hash", handle)
                    .set("browser_hash", mark)
                    .set("created_at", now)
                    .set("expires_at", now + life)
                    .exec(&tx)
                    .await
            })
            .await?;
        Ok((id, now))
    }

    /// The flow of a pushed request, for this browser from now on; once. `None`: unknown, of another client, used or too late.
    pub(crate) async fn take_pushed(&self, client: &Client, handle: &str, mark: &str) -> Result<Option<Flow>, Error> {
        let Some(hash) = handles::hash(&self.keys, Kind::Pushed, handle) else { return Ok(None) };
        let mark = handles::hash(&self.keys, Kind::Browser, mark);
        let (client, now, life) = (client.id.clone(), self.now(), self.settings.lifetimes.interaction);
        let keys = self.keys.clone();
        self.store
            .write(move |tx: Tx| async move {
                let row: Option<Row> = Sql::new(
                    "SELECT id, client_id, request, asked_login, chosen_in, acting, created_at FROM oidc_interaction
                     WHERE handle_hash = $1 AND client_id = $2 AND state = 'pushed' AND expires_at > $3",
                )
                .bind(hash)
                .bind(client)
                .bind(now)
                .one(&tx)
                .await?;
                let Some(row) = row else { return Ok(None) };
                let set = change()
                    .set("handle_hash", None::<Vec<u8>>)
                    .set("browser_hash", mark)
                    .set("expires_at", now + life);
                if advance(&tx, row.id, Move::Take, set).await? { row.flow(&keys).map(Some) } else { Ok(None) }
            })
            .await
    }

    /// The open flow that this browser is in. `None` for another browser's, an ended one, or one that took too long.
    pub(crate) async fn flow(&self, id: Uuid, mark: Option<&str>) -> Result<Option<Flow>, Error> {
        let Some(mark) = mark.and_then(|mark| handles::hash(&self.keys, Kind::Browser, mark)) else { return Ok(None) };
        let row: Option<Row> = Sql::new(
            "SELECT id, client_id, request, asked_login, chosen_in, acting, created_at FROM oidc_interaction
             WHERE id = $1 AND browser_hash = $2 AND state = 'open' AND expires_at > $3",
        )
        .bind(id)
        .bind(mark)
        .bind(self.now())
        .one(self.store.read())
        .await?;
        row.map(|row| row.flow(&self.keys)).transpose()
    }

    /// The person was sent to the login page for this flow.
    pub(crate) async fn note_login(&self, id: Uuid) -> Result<(), Error> {
        self.store
            .write(move |tx: Tx| async move { change().set("asked_login", true).by_id(id, &tx).await })
            .await
            .map(|_| ())
            .map_err(Error::from)
    }

    /// Ends a flow without a code; false when it had ended already.
    pub(crate) async fn refuse(&self, id: Uuid) -> Result<bool, Error> {
        let now = self.now();
        let set = change().set("ended_at", now);
        Ok(self.store.write(move |tx: Tx| async move { advance(&tx, id, Move::Refuse, set).await }).await?)
    }

    /// The person agreed: keeps what was given (and the consent, when it is new) and makes the code. `None`: the flow has ended.
    pub(crate) async fn answer(
        &self,
        flow: &Flow,
        signed: &SignedIn,
        granted: &Granted,
        consent: Option<Consent>,
    ) -> Result<Option<Secret>, Error> {
        let code = handles::new(&self.entropy);
        let hash = handles::hash(&self.keys, Kind::Code, code.expose());
        let (now, consent_id, flow_id) = (self.now(), new_id(&self.clock, &self.entropy), flow.id);
        let acr = met_acr(&self.settings, &flow.request, signed).unwrap_or_else(|| signed.acr.clone());
        let set = change()
            .set("person", signed.person)
            .set("session", signed.session)
            .set("acr", acr)
            .set("amr", json!(signed.amr).to_string())
            .set("auth_time", signed.auth_time)
            .set("acting", granted.acting)
            .set("scope", granted.scope.join(" "))
            .set("claims", json!(granted.claims).to_string())
            .set("code_hash", hash)
            .set("code_expires_at", now + self.settings.lifetimes.code);
        let (person, client) = (signed.person, flow.client.clone());
        let answered = self
            .store
            .write(move |tx: Tx| async move {
                if !advance(&tx, flow_id, Move::Answer, set).await? {
                    return Ok::<_, Error>(false);
                }
                if let Some(consent) = consent {
                    consent.put(&tx, consent_id, person, &client, now).await?;
                }
                Ok(true)
            })
            .await?;
        Ok(answered.then_some(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::request::AcrWish;

    const NOW: Millis = 1_000_000_000;

    fn settings() -> Settings {
        Settings { acr: vec!["loa:1", "loa:2", "loa:3"], ..Settings::new("https://op.example") }
    }

    fn flow(request: Request) -> Flow {
        Flow { id: Uuid::nil(), client: "c".into(), request, asked_login: false, chosen: None, created_at: NOW }
    }

    fn signed(acr: &str, auth_time: Millis) -> SignedIn {
        let (person, session, amr) = (Uuid::nil(), Uuid::nil(), vec!["pwd".into()]);
        SignedIn { person, session, acr: acr.into(), amr, auth_time, pending: false }
    }

    fn consent(claims: &[&str], refused: &[&str]) -> Consent {
        let list = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        Consent { scope: list(&["openid"]), claims: list(claims), refused: list(refused) }
    }

    fn request() -> Request {
        Request { scope: vec!["openid".into()], ..Request::default() }
    }

    fn name(essential: bool) -> Vec<WantedClaim> {
        vec![WantedClaim { name: "name".into(), essential }]
    }

    fn next(flow: &Flow, who: Option<&SignedIn>, consent: Option<&Consent>) -> Step {
        decide(&settings(), flow, who.map(|s| (s, "me")), &Capacity::default(), consent, NOW + SECOND)
    }

    fn code(step: Step) -> &'static str {
        match step {
            Step::Refuse(refusal) => refusal.code,
            Step::Login(LoginReason::Nobody) => "login",
            Step::Login(LoginReason::Fresh) => "fresh",
            Step::Login(LoginReason::Stronger) => "stronger",
            Step::Login(LoginReason::OtherAccount) => "other",
            Step::Login(LoginReason::Pending) => "pending",
            Step::Acting => "acting",
            Step::Consent(_) => "consent",
            Step::Answer(_) => "answer",
        }
    }

    #[test]
    fn n8_each_move_starts_from_one_state_and_ended_flows_never_move() {
        let all = [Move::Take, Move::Answer, Move::Refuse, Move::Redeem, Move::Spoil, Move::Replay];
        let ends = ["refused", "replayed"];
        assert!(all.iter().all(|m| !ends.contains(&m.states().0)));
        assert!(all.iter().filter(|m| m.states().1 == "redeemed").count() == 1);
    }

    #[test]
    fn n8_the_next_step_is_decided_from_the_request_and_who_is_here() {
        let (old, fresh) = (signed("loa:1", NOW - 100 * SECOND), signed("loa:1", NOW + 1));
        let agreed = consent(&["name"], &[]);
        let with = |change: &dyn Fn(&mut Request)| {
            let mut r = request();
            change(&mut r);
            flow(r)
        };
        let seen = |mut f: Flow| {
            f.asked_login = true;
            f
        };
        let prompt = |p: Prompt| with(&move |r: &mut Request| r.prompt = vec![p]);
        let max_age = |s: i64| with(&move |r: &mut Request| r.max_age = Some(s));
        let acr = |value: &str, essential: bool| {
            let wish = AcrWish { values: vec![value.into()], essential };
            with(&move |r: &mut Request| r.acr = wish.clone())
        };
        let plain = flow(request());
        let pending = SignedIn { pending: true, ..fresh.clone() };
        for (what, step, expected) in [
            ("nobody", next(&plain, None, None), "login"),
            ("nobody, silent", next(&prompt(Prompt::None), None, None), "login_required"),
            ("no consent", next(&plain, Some(&old), None), "consent"),
            ("no consent, silent", next(&prompt(Prompt::None), Some(&old), None), "consent_required"),
            ("consent", next(&plain, Some(&old), Some(&agreed)), "answer"),
            ("pending", next(&plain, Some(&pending), Some(&agreed)), "pending"),
            ("pending, silent", next(&prompt(Prompt::None), Some(&pending), Some(&agreed)), "interaction_required"),
            ("pending and too weak", next(&acr("loa:2", true), Some(&pending), Some(&agreed)), "stronger"),
            ("silent", next(&prompt(Prompt::None), Some(&old), Some(&agreed)), "answer"),
            ("prompt login", next(&prompt(Prompt::Login), Some(&old), Some(&agreed)), "fresh"),
            ("prompt login done", next(&prompt(Prompt::Login), Some(&fresh), Some(&agreed)), "answer"),
            ("select", next(&prompt(Prompt::SelectAccount), Some(&fresh), Some(&agreed)), "other"),
            ("selected", next(&seen(prompt(Prompt::SelectAccount)), Some(&old), Some(&agreed)), "answer"),
            ("prompt consent", next(&prompt(Prompt::Consent), Some(&old), Some(&agreed)), "consent"),
            ("max_age 1", next(&max_age(1), Some(&old), Some(&agreed)), "fresh"),
            ("max_age 1, fresh", next(&max_age(1), Some(&fresh), Some(&agreed)), "answer"),
            ("max_age 0, fresh", next(&max_age(0), Some(&fresh), Some(&agreed)), "answer"),
            ("max_age 10000", next(&max_age(10_000), Some(&old), Some(&agreed)), "answer"),
            ("acr met", next(&acr("loa:1", true), Some(&old), Some(&agreed)), "answer"),
            ("acr higher", next(&acr("loa:2", false), Some(&old), Some(&agreed)), "stronger"),
            ("acr higher, tried", next(&seen(acr("loa:2", false)), Some(&old), Some(&agreed)), "answer"),
            (
                "acr essential, tried",
                next(&seen(acr("loa:2", true)), Some(&old), Some(&agreed)),
                "unmet_authentication_requirements",
            ),
            ("hint of me", next(&with(&|r| r.subject = Some("me".into())), Some(&old), Some(&agreed)), "answer"),
            ("hint of another", next(&with(&|r| r.subject = Some("x".into())), Some(&old), Some(&agreed)), "other"),
            (
                "hint of another, tried",
                next(&seen(with(&|r| r.subject = Some("x".into()))), Some(&old), Some(&agreed)),
                "login_required",
            ),
            ("claim agreed", next(&with(&|r| r.userinfo = name(true)), Some(&old), Some(&agreed)), "answer"),
            ("claim new", next(&with(&|r| r.userinfo = name(false)), Some(&old), Some(&consent(&[], &[]))), "consent"),
            (
                "claim refused before",
                next(&with(&|r| r.userinfo = name(false)), Some(&old), Some(&consent(&[], &["name"]))),
                "answer",
            ),
            (
                "claim refused before, now essential",
                next(&with(&|r| r.id_token = name(true)), Some(&old), Some(&consent(&[], &["name"]))),
                "consent",
            ),
            (
                "scope new",
                next(&with(&|r| r.scope.push("offline_access".into())), Some(&old), Some(&agreed)),
                "consent",
            ),
        ] {
            assert_eq!(code(step), expected, "{what}");
        }
    }

    #[test]
    fn s2_where_the_role_agreed_for_its_people_nobody_is_asked_for_consent() {
        let settings = Settings { agreed: true, ..settings() };
        let mut r = request();
        r.userinfo = name(false);
        r.prompt = vec![Prompt::Consent];
        let (flow, who) = (flow(r), signed("loa:1", NOW));
        let nobody = Capacity::default();
        let step = |signed: Option<&SignedIn>| {
            decide(&settings, &flow, signed.map(|s| (s, "me")), &nobody, None, NOW + SECOND)
        };
        assert!(matches!(step(Some(&who)), Step::Answer(granted) if granted.claims == ["name"]));
        assert_eq!(code(step(None)), "login");
    }

    #[test]
    fn n8_an_essential_level_is_answered_in_the_clients_words() {
        let mut r = request();
        r.acr = AcrWish { values: vec!["loa:2".into(), "loa:1".into()], essential: true };
        assert_eq!(met_acr(&settings(), &r, &signed("loa:3", 0)).as_deref(), Some("loa:2"));
        r.acr.essential = false;
        assert_eq!(met_acr(&settings(), &r, &signed("loa:3", 0)).as_deref(), Some("loa:3"));
        assert_eq!(met_acr(&settings(), &r, &signed("unknown", 0)), None, "a level that is not ours is below all");
    }
}

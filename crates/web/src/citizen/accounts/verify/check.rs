//! What the card says, «Xác thực thông tin», and what came of it.

use super::{Known, PAGE as START};
use crate::{
    citizen::{
        accounts::{
            form::{Head, shown},
            keep, raise,
            refusal::{Answer, Refused, refused},
        },
        answer::go,
    },
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::{extract::State, response::Response};
use base::{card::Card, personal_number::Sex, show};
use domain::accounts::{
    Error,
    verify::{Outcome, Pending, Step},
};

pub const PAGE: &str = "/tai-khoan/xac-thuc/kiem-tra";
const RESULT: &str = "/tai-khoan/xac-thuc/ket-qua";

#[derive(Template)]
#[template(path = "citizen/accounts/verify_check.html")]
struct CheckPage {
    p: Page,
    h: Head,
    known: Vec<Known>,
    /// Only read here, never kept.
    extra: Vec<Known>,
    typed: bool,
    unlisted: bool,
    other_name: Option<(String, String)>,
    connected: bool,
}

#[derive(Template)]
#[template(path = "citizen/accounts/verify_result.html")]
struct ResultPage {
    p: Page,
    h: Head,
    /// Look and icon of the banner.
    look: &'static str,
    icon: &'static str,
    text: String,
    /// Field by field, where the registry has another word.
    differs: Vec<(String, bool)>,
    again: bool,
    waiting: bool,
    /// Begin anew with another photo or other words.
    anew: bool,
    other_name: Option<(String, String)>,
    /// What the person came here for, and whose account is enough for it now (A13).
    back: Option<raise::Wanted>,
}

fn fields(p: &Page, card: &Card) -> Vec<Known> {
    let sex = match card.sex {
        Sex::Male => "sex-male",
        Sex::Female => "sex-female",
    };
    let line = |key: &str, value: String| Known { label: p.t(key).into_owned(), value };
    vec![
        line("fact-full_name", card.full_name.clone()),
        line("fact-number", card.number.masked()),
        line("fact-birth_date", card.birth.shown()),
        line("fact-sex", p.t(sex).into_owned()),
    ]
}

fn extra(p: &Page, card: &Card) -> Vec<Known> {
    let mut lines = Vec::new();
    if !card.residence.is_empty() {
        lines.push(Known { label: p.t("verify-residence").into_owned(), value: card.residence.clone() });
    }
    let issued = card.issued.strftime("%d/%m/%Y").to_string();
    lines.push(Known { label: p.t("verify-issued").into_owned(), value: issued });
    lines
}

/// The account's name and the card's, where they are not the same but for capitals.
fn other_name(ours: &str, card: &Card) -> Option<(String, String)> {
    let same = ours.to_lowercase() == card.full_name.to_lowercase();
    (!same).then(|| (ours.to_owned(), card.full_name.clone()))
}

async fn pending(web: &Web, by: &Citizen) -> Result<Option<Pending>, crate::error::Problem> {
    match web.accounts.shown_card(&by.signed, &keep::flow(web, &by.visit)).await {
        Ok(pending) => Ok(pending),
        Err(Error::FlowGone) => Ok(None),
        Err(e) => Err(web.account_problem()(e)),
    }
}

fn over() -> Response {
    go(&format!("{START}?het-han=1"))
}

fn check(web: &Web, by: Citizen, card: &Card, refused: Refused) -> Answer {
    let mut p = by.visit.page;
    let (errors, status, seconds) = refused.split();
    let h = Head::own(&mut p, "verify-check-title", START).wrong(errors);
    let page = CheckPage {
        known: fields(&p, card),
        extra: extra(&p, card),
        typed: card.layout.is_none(),
        unlisted: card.from_unlisted_place(),
        other_name: other_name(&by.signed.name, card),
        connected: web.registry.is_some(),
        h,
        p,
    };
    Refused::page(status, seconds, &page)
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    match pending(&web, &by).await? {
        None => Ok(over()),
        Some(Pending { step: Step::Check, card, .. }) => check(&web, by, &card, Refused::none()),
        Some(_) => Ok(go(RESULT)),
    }
}

pub async fn press(State(web): State<Web>, visit::Form { by, .. }: visit::Form<Citizen>) -> Answer {
    let token = keep::flow(&web, &by.visit);
    match web.accounts.verify_card(&by.signed, &token, web.registry.as_ref(), &by.visit.visitor).await {
        Ok(()) => Ok(go(RESULT)),
        Err(Error::FlowGone) => Ok(over()),
        Err(e) => {
            let Some(pending) = pending(&web, &by).await? else { return Ok(over()) };
            let said = refused(&web, &by.visit.page, e, "main", PAGE)?;
            check(&web, by, &pending.card, said)
        }
    }
}

pub async fn result(State(web): State<Web>, by: Citizen) -> Answer {
    let Some(pending) = pending(&web, &by).await? else { return Ok(over()) };
    let back = raise::back(&web, &by);
    let mut p = by.visit.page;
    let (name, outcome) = match pending.step {
        Step::Check => return Ok(go(PAGE)),
        Step::Asked => ("asked", None),
        Step::Answered(outcome) => (outcome.as_str(), Some(outcome)),
    };
    let scanned = pending.card.layout.is_some();
    let (look, icon) = match outcome {
        Some(Outcome::Verified | Outcome::Already) => ("ok", "shield-check"),
        Some(Outcome::Kept) => ("info", "file-text"),
        None => ("info", "hourglass"),
        Some(Outcome::Away | Outcome::Refused | Outcome::Silent | Outcome::NotConnected) => ("warn", "info"),
        Some(Outcome::Differs { .. } | Outcome::Unknown | Outcome::Elsewhere) => ("bad", "triangle-alert"),
    };
    let ending = match outcome {
        Some(Outcome::Away | Outcome::Refused | Outcome::Silent) if !scanned => "-typed",
        _ => "",
    };
    let text = p.t1(&format!("verify-result-{name}-text{ending}"), "time", show::time(pending.expires_at));
    let differs = match outcome {
        Some(Outcome::Differs { full_name, birth_date, sex }) => {
            let line = |key: &str, differs| (p.t(key).into_owned(), differs);
            vec![line("fact-full_name", full_name), line("fact-birth_date", birth_date), line("fact-sex", sex)]
        }
        _ => Vec::new(),
    };
    let settled = matches!(outcome, Some(Outcome::Verified | Outcome::Already | Outcome::Kept));
    let mut h = Head::own(&mut p, "verify-title", START);
    p.t(&format!("verify-result-{name}-title")).as_ref().clone_into(&mut h.title);
    let page = ResultPage {
        look,
        icon,
        text,
        differs,
        again: outcome.is_some_and(Outcome::can_be_tried_again),
        waiting: outcome.is_none(),
        anew: !settled && outcome.is_some_and(|o| !o.can_be_tried_again()),
        back: back.filter(|_| settled),
        other_name: if settled { other_name(&by.signed.name, &pending.card) } else { None },
        h,
        p,
    };
    shown(&page)
}

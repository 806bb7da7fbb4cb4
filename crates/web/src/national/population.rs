//! «Cập nhật từ CSDL Quốc gia về Dân cư» (N7): the registry ticks what it confirms. What it does not confirm stands beside it until the
//! person corrects it or keeps it. Who came from the Ministry's provider passes here once before a province is told anything.

use super::{
    IDENTITY,
    identity::{shown_date, shown_sex},
    register::birth_date,
};
use crate::{
    citizen::{
        accounts::{
            form::{Field, Head},
            keep::{self, carrying},
            refusal::{Answer, Refused, refused},
            verify::source,
        },
        answer::go,
    },
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::extract::{RawQuery, State};
use base::personal_number::{PersonalNumber, Sex};
use domain::accounts::{
    Error, FullName, Signed,
    linked::facts::Fact,
    verify::held::{Correction, Standing},
};

pub const PAGE: &str = "/tai-khoan/dinh-danh/dan-cu";
pub const KEEP: &str = "/tai-khoan/dinh-danh/dan-cu/giu";

/// What is held, with what the registry said of it.
struct Line {
    label: String,
    /// Empty: nothing is held.
    value: String,
    source: String,
    /// `match`, `mismatch`, `silent`; empty: nobody asked.
    verdict: String,
    /// When the registry said so; empty where the sentence above says it already.
    when: String,
}

/// How the last time went, as a banner.
struct Said {
    look: &'static str,
    icon: &'static str,
    title: String,
    text: String,
}

#[derive(Template)]
#[template(path = "national/population.html")]
struct PopulationPage {
    p: Page,
    h: Head,
    said: Option<Said>,
    lines: Vec<Line>,
    /// Fields that may be corrected.
    fields: Vec<Field>,
    /// `male`, `female` or nothing yet; `None`: it is not asked for.
    sex: Option<String>,
    /// Something differs that was brought along.
    is_brought: bool,
    can_be_kept: bool,
    /// It was asked before: the button says so.
    is_again: bool,
    connected: bool,
    /// Where the person was going.
    next: String,
    /// They may go on.
    may_go_on: bool,
}

/// Whether this person passes the page before others are told anything: who came from another's provider, until the registry has answered
/// once, or cannot be asked (docs/adr/0008).
pub(super) async fn is_awaited(web: &Web, signed: &Signed) -> Result<bool, Error> {
    if web.registry.is_none() || !signed.method.split('+').any(|method| method.starts_with("via-")) {
        return Ok(false);
    }
    let standing = web.accounts.held(signed.account).await?;
    Ok(standing.facts.get("number").is_some() && !standing.is_settled(web.core.now()))
}

fn said(p: &Page, standing: &Standing) -> Option<Said> {
    let last = standing.last.as_ref()?;
    let outcome = match last.outcome.as_str() {
        // It was asked before something was brought along.
        "match" if !standing.facts.is_ticked() => return None,
        _ if standing.facts.is_ticked() => "match",
        _ if last.kept_at.is_some() => "kept",
        other => other,
    };
    let (look, icon) = match outcome {
        "match" => ("ok", "shield-check"),
        "kept" => ("info", "info"),
        "asked" => ("info", "hourglass"),
        "mismatch" | "unknown" => ("bad", "triangle-alert"),
        _ => ("warn", "info"),
    };
    let when = last.kept_at.filter(|_| outcome == "kept").or(last.asked_at);
    let time = when.map(|at| p.date_time(&at)).unwrap_or_default();
    let title = p.t(&format!("pop-{outcome}")).into_owned();
    Some(Said { look, icon, title, text: p.t1(&format!("pop-{outcome}-text"), "time", time) })
}

fn line(web: &Web, p: &Page, standing: &Standing, name: &str) -> Line {
    let label = p.t(&format!("fact-{name}")).into_owned();
    let Some(fact) = standing.facts.get(name) else {
        let empty = String::new;
        return Line { label, value: empty(), source: empty(), verdict: empty(), when: empty() };
    };
    let value = match name {
        "number" => standing.facts.masked_number(),
        "birth_date" => shown_date(&fact.value),
        "sex" => shown_sex(p, &fact.value),
        _ => fact.value.clone(),
    };
    let by = p.t2("link-fact-source", "provider", source(web, p, &fact.source), "time", p.date_time(&fact.proved_at));
    let when = fact.registry_at.map(|at| p.date_time(&at)).unwrap_or_default();
    Line { label, value, source: by, verdict: fact.registry.clone().unwrap_or_default(), when }
}

fn is_doubted(fact: Option<&Fact>) -> bool {
    fact.is_some_and(|fact| matches!(fact.registry.as_deref(), Some("mismatch" | "silent")))
}

/// The page; `typed` is a correction that was not confirmed.
async fn show(web: &Web, by: Citizen, next: &str, typed: Option<&Fields>, wrong: Refused) -> Answer {
    let standing = web.accounts.held(by.signed.account).await.map_err(web.account_problem())?;
    let (facts, connected) = (&standing.facts, web.registry.is_some());
    let mut p = by.visit.page;
    let (errors, status, seconds) = wrong.split();
    let h = Head::own(&mut p, "pop-title", IDENTITY).wrong(errors);
    // What somebody typed may be corrected where it is doubted, and what is missing may be said.
    let open = |name: &str| match facts.get(name) {
        Some(fact) => !fact.is_brought() && is_doubted(Some(fact)),
        None => name == "birth_date",
    };
    let value = |name: &str, held: fn(&str) -> String| match typed.filter(|typed| typed.has(name)) {
        Some(typed) => typed.get(name).to_owned(),
        None => facts.get(name).map(|fact| held(&fact.value)).unwrap_or_default(),
    };
    let mut fields = Vec::new();
    if open("full_name") {
        let field = Field::text("full_name", p.t("fact-full_name")).hint(p.t("nat-name-hint"));
        fields.push(field.value(value("full_name", str::to_owned)).autocomplete("name"));
    }
    if open("birth_date") {
        let field = Field::text("birth_date", p.t("fact-birth_date")).hint(p.t("nat-birth-hint"));
        let field = Field { inputmode: "numeric", ..field };
        fields.push(field.value(value("birth_date", shown_date)).autocomplete("bday"));
    }
    let sex = open("sex").then(|| value("sex", str::to_owned));
    let is_brought = facts.0.iter().any(|fact| fact.is_brought() && is_doubted(Some(fact)));
    let said = said(&p, &standing);
    let mut lines = ["full_name", "number", "birth_date", "sex"].map(|name| line(web, &p, &standing, name));
    for line in lines.iter_mut().filter(|line| said.as_ref().is_some_and(|said| said.text.contains(&line.when))) {
        line.when.clear();
    }
    let page = PopulationPage {
        said,
        lines: lines.into(),
        is_brought,
        can_be_kept: standing.can_be_kept(),
        is_again: standing.last.is_some(),
        may_go_on: next != keep::HOME && (!connected || standing.is_settled(p.now)),
        next: next.to_owned(),
        fields: if connected { fields } else { Vec::new() },
        sex: sex.filter(|_| connected),
        connected: connected && facts.get("number").is_some(),
        h,
        p,
    };
    Refused::page(status, seconds, &page)
}

pub async fn page(State(web): State<Web>, RawQuery(raw): RawQuery, by: Citizen) -> Answer {
    let next = keep::next_of(keep::query(&raw).get("next"));
    show(&web, by, &next, None, Refused::none()).await
}

/// What was typed in the place of what is held.
fn correction(by: &Citizen, fields: &Fields, number: Option<&PersonalNumber>) -> Result<Correction, Refused> {
    let name = fields.has("full_name").then(|| FullName::parse(fields.get("full_name"))).transpose();
    let born = fields.has("birth_date").then(|| birth_date(fields.get("birth_date"), number)).transpose();
    let sex = match fields.get("sex") {
        "male" => Some(Sex::Male),
        "female" => Some(Sex::Female),
        _ => None,
    };
    match (name, born) {
        (Ok(full_name), Ok(birth_date)) => Ok(Correction { full_name, birth_date, sex }),
        (name, born) => {
            let wrong: Vec<_> = [name.err(), born.err()].into_iter().flatten().collect();
            Err(Refused::fields(&by.visit.page, &wrong))
        }
    }
}

/// «Cập nhật», as it is held or with a correction.
pub async fn ask(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let next = keep::next_of(fields.get("next"));
    let Some(registry) = web.registry.clone() else { return Err(Problem::NotFound.into()) };
    let facts = web.accounts.facts(by.signed.account).await.map_err(web.account_problem())?;
    let number = facts.get("number").and_then(|fact| PersonalNumber::parse(&fact.value).ok());
    let correction = match correction(&by, &fields, number.as_ref()) {
        Ok(correction) => correction,
        Err(wrong) => return show(&web, by, &next, Some(&fields), wrong).await,
    };
    match web.accounts.compare_held(&by.signed, correction, &registry, &by.visit.visitor).await {
        Ok(rejected) if rejected.is_empty() => Ok(go(&carrying(PAGE, &next))),
        Ok(rejected) => {
            let standing = web.accounts.held(by.signed.account).await.map_err(web.account_problem())?;
            let is_answered = standing.last.is_some_and(|last| !matches!(last.outcome.as_str(), "away" | "refused"));
            let p = &by.visit.page;
            let mut wrong = Refused::none();
            for field in rejected.into_iter().filter(|_| is_answered) {
                let said = Refused::at(field, p.t("pop-still").into_owned());
                wrong.status = said.status;
                wrong.errors.0.extend(said.errors.0);
            }
            show(&web, by, &next, Some(&fields), wrong).await
        }
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "main", PAGE)?;
            show(&web, by, &next, Some(&fields), said).await
        }
    }
}

/// «Giữ như hiện có».
pub async fn keep(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let next = keep::next_of(fields.get("next"));
    match web.accounts.keep_held(&by.signed).await {
        Ok(()) if next != keep::HOME => Ok(go(&next)),
        Ok(()) => Ok(go(PAGE)),
        Err(e) => match web.account_problem()(e) {
            Problem::NotFound => Ok(go(&carrying(PAGE, &next))), // pressed twice
            problem => Err(problem.into()),
        },
    }
}

//! Những điều đã đồng ý (A8, A12): which texts, which version, when; agreeing to a new version; taking a consent back.

use super::{
    form::{Form, Head, form, shown},
    refusal::{Answer, Refused, refused},
};
use crate::{
    citizen::{
        answer::{self, go, go_saying},
        papers,
    },
    error::Problem,
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::extract::{Path, State};
use domain::accounts::profile::Consent;

const PAGE: &str = "/tai-khoan/dong-y";

struct Line {
    name: String,
    given: String,
    withdrawn: Option<String>,
    href: String,
}

#[derive(Template)]
#[template(path = "citizen/accounts/consents.html")]
struct ConsentsPage {
    p: Page,
    h: Head,
    lines: Vec<Line>,
    /// Texts of today that wait for an answer: where they stand, what they are called.
    outstanding: Vec<(String, String)>,
}

pub(super) fn name(p: &Page, kind: &str, version: &str) -> String {
    let key = format!("acc-consent-{kind}");
    let name = if p.l.has(&key) { p.t(&key).into_owned() } else { kind.to_owned() };
    p.t2("acc-consent-version", "name", name, "version", papers::version(p, version))
}

fn text_of(kind: &str) -> &'static str {
    if kind == "terms" { "/dieu-khoan" } else { "/quyen-rieng-tu" }
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    let account = by.signed.account;
    let consents = web.accounts.consents(account).await.map_err(web.account_problem())?;
    let outstanding = web.accounts.outstanding_consents(account).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "acc-consents-title", "/tai-khoan");
    let lines = consents
        .into_iter()
        .map(|c| Line {
            name: name(&p, &c.kind, &c.version),
            given: p.t1("acc-consent-given", "time", p.date_time(&c.given_at)),
            withdrawn: c.withdrawn_at.map(|at| p.t1("acc-consent-withdrawn", "time", p.date_time(&at))),
            href: format!("{PAGE}/{}/rut", c.id),
        })
        .collect();
    let outstanding = outstanding.iter().map(|(kind, v)| (text_of(kind).to_owned(), name(&p, kind, v))).collect();
    shown(&ConsentsPage { p, h, lines, outstanding })
}

pub async fn agree(State(web): State<Web>, visit::Form { by, .. }: visit::Form<Citizen>) -> Answer {
    web.accounts.agree(&by.signed).await.map_err(web.account_problem())?;
    Ok(go_saying(&web, PAGE, "flash-saved"))
}

async fn find(web: &Web, by: &Citizen, consent: &str) -> Result<Consent, Problem> {
    let id = answer::id(consent)?;
    let all = web.accounts.consents(by.signed.account).await.map_err(web.account_problem())?;
    all.into_iter().find(|c| c.id == id).ok_or(Problem::NotFound)
}

/// Says what it means before it is done. Without terms and privacy policy there is no account: that leads to deleting it.
pub async fn withdraw_page(State(web): State<Web>, Path(consent): Path<String>, by: Citizen) -> Answer {
    let found = find(&web, &by, &consent).await?;
    if found.withdrawn_at.is_some() {
        return Ok(go(PAGE));
    }
    withdraw_form(by, &found, Refused::none())
}

fn withdraw_form(by: Citizen, consent: &Consent, refused: Refused) -> Answer {
    let mut p = by.visit.page;
    let mut h = Head::own(&mut p, "acc-withdraw-title", PAGE);
    let name = name(&p, &consent.kind, &consent.version);
    let f = if consent.is_essential() {
        h.warn = p.t1("acc-withdraw-essential", "name", name);
        Form::default().link("/tai-khoan/du-lieu/xoa", p.t("acc-delete-title")).link(PAGE, p.t("acc-keep-consent"))
    } else {
        Form::new(&p, format!("{PAGE}/{}/rut", consent.id), "acc-withdraw")
            .lead(p.t1("acc-withdraw-lead", "name", name))
            .danger()
    };
    form(p, h, f, refused)
}

pub async fn withdraw(
    State(web): State<Web>,
    Path(consent): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    let found = find(&web, &by, &consent).await?;
    match web.accounts.withdraw_consent(&by.signed, found.id).await {
        Ok(()) => Ok(go_saying(&web, PAGE, "flash-acc-withdrawn")),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "main", PAGE)?;
            withdraw_form(by, &found, said)
        }
    }
}

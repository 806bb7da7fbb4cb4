//! «Người giúp tôi» and «Giúp người khác» (A19): who may act for whom, and acting.

mod aloud;
mod children;
mod helpers;
mod others;

pub(super) use children::own as own_child;

use super::{code, form::Head};
use crate::{forms::Fields, page::Page, state::Web};
use askama::Template;
use axum::{
    Router,
    routing::{get, post},
};
use domain::accounts::helping::{HELPERS, HELPING, Scope, Scopes, Term};

pub(super) fn routes() -> Router<Web> {
    let mine = |rest: &str| format!("{HELPERS}{rest}");
    let others = |rest: &str| format!("{HELPING}{rest}");
    Router::new()
        .route(HELPERS, get(helpers::page))
        .route(&mine("/moi"), get(helpers::ask_page).post(helpers::ask))
        .route(&mine("/loi-nho/{offer}/huy"), post(helpers::withdraw))
        .route(&mine("/{mandate}/huy"), post(helpers::end))
        .route(HELPING, get(others::page))
        .route(&others("/loi-nho/{offer}"), get(others::back).post(others::answer))
        .route(&others("/{mandate}/lam-thay"), post(others::act))
        .route(&others("/{mandate}/thoi"), post(others::end))
        .route(aloud::START, get(aloud::page).post(aloud::start))
        .route(&others("/doc-ma/ma"), get(aloud::code_page).post(aloud::confirm))
        .route(&others("/doc-ma/ma/gui-lai"), get(code::back).post(aloud::resend))
        .route(children::ADD, get(children::add_page).post(children::add))
        .route(&others("/con/{child}/giam-ho"), get(children::second_page).post(children::second))
        .route(&others("/con/{child}/xoa"), get(children::delete_page).post(children::delete))
        .route("/giup/thoi", get(others::back).post(others::stop))
}

/// Something to choose.
struct Choice {
    name: &'static str,
    value: String,
    text: String,
    chosen: bool,
}

/// What is asked for, by who wants to be helped or to help.
struct Asked {
    scopes: Scopes,
    term: Option<Term>,
}

impl Asked {
    /// Everything, for a month: what most people need.
    fn usual() -> Self {
        Self { scopes: Scopes::all(), term: Some(Term::Month) }
    }

    fn of(fields: &Fields) -> Self {
        let chosen = |scope: &Scope| fields.has(scope_field(*scope));
        Self { scopes: Scope::GIVEN.into_iter().filter(chosen).collect(), term: Term::parse(fields.get("days")) }
    }

    fn scope_choices(&self, p: &Page) -> Vec<Choice> {
        let one = |scope: Scope| Choice {
            name: scope_field(scope),
            value: "1".into(),
            text: scope_name(p, scope),
            chosen: self.scopes.has(scope),
        };
        Scope::GIVEN.map(one).into()
    }

    fn term_choices(&self, p: &Page) -> Vec<Choice> {
        let one = |term: Term| Choice {
            name: "days",
            value: term.days().to_string(),
            text: days(p, term.days()),
            chosen: self.term == Some(term),
        };
        Term::ALL.map(one).into()
    }
}

fn scope_field(scope: Scope) -> &'static str {
    match scope {
        Scope::Report => "scope_report",
        Scope::Follow => "scope_follow",
        // Nobody is asked for it.
        Scope::Desk => "scope_desk",
    }
}

fn scope_name(p: &Page, scope: Scope) -> String {
    p.t(&format!("help-scope-{}", scope.as_str())).into_owned()
}

/// «Gửi phản ánh…; xem phản ánh…»
fn scope_names(p: &Page, scopes: Scopes) -> String {
    scopes.each().map(|scope| scope_name(p, scope)).collect::<Vec<_>>().join("; ")
}

/// «1 ngày», «30 ngày», «1 năm»; 0: until of age.
fn days(p: &Page, days: i32) -> String {
    match days {
        0 => p.t("help-until-adult").into_owned(),
        365 => p.t("help-days-year").into_owned(),
        days => p.tn("help-days", i64::from(days)),
    }
}

/// A phone, what for, how long.
#[derive(Template)]
#[template(path = "citizen/accounts/help_ask.html")]
struct AskPage {
    p: Page,
    h: Head,
    f: super::form::Form,
    scopes: Vec<Choice>,
    terms: Vec<Choice>,
    /// What happens after the press.
    goes: String,
}

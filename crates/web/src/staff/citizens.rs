//! Citizens' accounts for who must block one (R11): found by the whole phone number alone, each look with a reason in the log.

use super::{
    door::sentence,
    form::{Field, Wrong},
    rules::beside,
    shell::{Shell, go_saying, html_as, id},
};
use crate::{
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Desk, Form},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use base::{ids::Uuid, phone::PhoneNumber};
use domain::{
    accounts::{Error, block::Found},
    error::Error as Shared,
    rights::Right,
};

const PAGE: &str = "/can-bo/quan-ly/nguoi-dan";

#[derive(Template)]
#[template(path = "staff/citizens.html")]
struct CitizensPage {
    p: Page,
    s: Shell,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
    found: Vec<Found>,
    phone: String,
    nobody: bool,
}

fn fields(p: &Page, typed: &Fields) -> Vec<Field> {
    vec![
        Field::new("text", "phone", p.t("desk-citizen-phone"))
            .hint(p.t("desk-citizen-phone-hint"))
            .value(typed.get("phone")),
        Field::new("text", "reason", p.t("desk-citizen-reason"))
            .hint(p.t("desk-citizen-reason-hint"))
            .value(typed.get("reason")),
    ]
}

async fn show(
    web: &Web,
    desk: &Desk,
    typed: &Fields,
    wrong: Vec<Wrong>,
    found: Vec<Found>,
    nobody: bool,
) -> Result<Response, Problem> {
    let s = Shell::load(web, desk, "citizens").await?;
    let p = desk.page.clone();
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut fields = fields(&p, typed);
    beside(&mut fields, &wrong);
    let phone = PhoneNumber::parse(typed.get("phone")).map(|n| n.national()).unwrap_or_default();
    html_as(status, &CitizensPage { s, fields, wrong, found, phone, nobody, p })
}

pub async fn page(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    super::rules::whole_province(&desk, Right::AccountBlock)?;
    show(&web, &desk, &Fields::default(), Vec::new(), Vec::new(), false).await
}

/// By POST: a phone must not stand in an address or in a log of addresses.
pub async fn find(State(web): State<Web>, Form { by: desk, fields: typed }: Form<Desk>) -> Result<Response, Problem> {
    let p = &desk.page;
    let Ok(phone) = PhoneNumber::parse(typed.get("phone")) else {
        let wrong = vec![Wrong { id: "f-phone".into(), text: p.t("staff-phone").into_owned() }];
        return show(&web, &desk, &typed, wrong, Vec::new(), false).await;
    };
    match web.accounts.find_to_block(&desk.officer, &phone, typed.get("reason")).await {
        Ok(found) => {
            let nobody = found.is_empty();
            show(&web, &desk, &typed, Vec::new(), found, nobody).await
        }
        Err(Error::Shared(Shared::Invalid(errors))) => {
            let wrong = errors.iter().map(|e| Wrong { id: format!("f-{}", e.field), text: p.t(e.key).into_owned() });
            show(&web, &desk, &typed, wrong.collect(), Vec::new(), false).await
        }
        Err(e) => Err(web.account_problem()(e)),
    }
}

async fn set(web: &Web, desk: &Desk, who: Uuid, typed: &Fields, blocked: bool) -> Result<Response, Problem> {
    let done = web.accounts.set_blocked(&desk.officer, who, blocked, typed.get("reason")).await;
    let text = match done {
        Ok(()) => {
            let flash = if blocked { "flash-desk-citizen-blocked" } else { "flash-desk-citizen-unblocked" };
            return Ok(go_saying(web, PAGE, flash));
        }
        Err(Error::Shared(Shared::State)) => desk.page.t("desk-person-unchanged").into_owned(),
        Err(e) => sentence(web, &desk.page, e)?,
    };
    show(web, desk, typed, vec![Wrong { id: "f-phone".into(), text }], Vec::new(), false).await
}

pub async fn block(
    State(web): State<Web>,
    Path(who): Path<String>,
    Form { by: desk, fields }: Form<Desk>,
) -> Result<Response, Problem> {
    set(&web, &desk, id(&who)?, &fields, true).await
}

pub async fn unblock(
    State(web): State<Web>,
    Path(who): Path<String>,
    Form { by: desk, fields }: Form<Desk>,
) -> Result<Response, Problem> {
    set(&web, &desk, id(&who)?, &fields, false).await
}

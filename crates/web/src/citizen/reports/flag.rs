//! «Báo nội dung không phù hợp» (R11): for people with an account, because a mark of nobody is worth nothing and costs staff time.

use crate::{
    citizen::{
        answer::{go_saying, html, html_as},
        errors::Errors,
    },
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Citizen, Form},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use domain::{
    error::Error,
    reports::{
        flags::{self, COMMENT_MOST, REASONS},
        views::{self, Reader},
    },
};

struct Reason {
    value: &'static str,
    text: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "citizen/reports/flag.html")]
struct FlagPage {
    p: Page,
    errors: Errors,
    digits: String,
    code: String,
    title: String,
    reasons: Vec<Reason>,
    comment: String,
    most: usize,
}

/// A public report of somebody else, as this person reads it.
async fn view(web: &Web, by: &Citizen, code: &str, typed: &Fields, errors: Errors) -> Result<FlagPage, Problem> {
    let whole = views::find(&web.core, code, &Reader::Citizen(by.signed.account)).await.map_err(web.problem())?;
    if whole.report.reporter == Some(by.signed.account) {
        return Err(Problem::State);
    }
    let p = by.visit.page.clone();
    let reason = |value: &'static str| Reason {
        value,
        text: p.t(&format!("flag-{value}")).into_owned(),
        chosen: typed.get("reason") == value,
    };
    Ok(FlagPage {
        errors,
        code: p.code(&whole.report.code),
        digits: whole.report.code,
        title: whole.report.title,
        reasons: REASONS.into_iter().map(reason).collect(),
        comment: typed.get("comment").to_owned(),
        most: COMMENT_MOST,
        p,
    })
}

pub async fn ask(State(web): State<Web>, Path(code): Path<String>, by: Citizen) -> Result<Response, Problem> {
    html(&view(&web, &by, &code, &Fields::default(), Errors::none()).await?)
}

pub async fn send(State(web): State<Web>, Path(code): Path<String>, form: Form<Citizen>) -> Result<Response, Problem> {
    let (by, fields) = (form.by, form.fields);
    match flags::flag(&web.core, by.signed.account, &code, fields.get("reason"), fields.get("comment")).await {
        Ok(()) => Ok(go_saying(&web, &format!("/phan-anh/{}", crate::middleware::encode(&code)), "flash-flagged")),
        Err(Error::Invalid(wrong)) => {
            let errors = Errors::of(&by.visit.page, &wrong);
            html_as(StatusCode::UNPROCESSABLE_ENTITY, &view(&web, &by, &code, &fields, errors).await?)
        }
        Err(e) => Err(web.problem()(e)),
    }
}

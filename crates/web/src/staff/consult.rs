//! Asking others (R6): the form, the page with the link for somebody outside, and the answer of an asked unit.

use super::{
    form::Field,
    report::{self, Beside},
    shell::{self, Shell, go_saying, html, id},
};
use crate::{
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Desk, Form, UploadForm},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use base::code::Code;
use domain::{
    error::Error,
    reports::{
        Act, Command, NOTE_MOST, ReportRow, act_as_officer,
        consult::{self, Ask, DAYS_MOST},
    },
};

/// Days that a question waits unless told otherwise.
const DAYS: &str = "3";

pub(super) fn fields(desk: &Desk, r: &ReportRow) -> Vec<Field> {
    let p = &desk.page;
    let field = |kind, name: &str, key: &str| Field::new(kind, name, p.t(key)).in_form(Act::Consult.as_str());
    let units = shell::all_units(desk).into_iter().filter(|(code, _)| *code != r.unit);
    let outside = [(String::new(), p.t("desk-consult-outside").into_owned())];
    vec![
        field("select", "unit", "desk-consult-whom").choices(outside).choices(units),
        field("text", "outside", "desk-consult-name").hint(p.t("desk-consult-name-hint")),
        field("tel", "phone", "desk-consult-phone").hint(p.t("desk-consult-phone-hint")),
        field("area", "question", "desk-consult-question").hint(p.t("desk-consult-question-hint")).most(NOTE_MOST),
        field("number", "days", "desk-consult-days")
            .value(DAYS)
            .hint(p.tn("desk-consult-days-hint", i64::from(DAYS_MOST))),
    ]
}

/// The link, shown once: only its hash is kept.
#[derive(Template)]
#[template(path = "staff/consult_link.html")]
struct LinkPage {
    p: Page,
    s: Shell,
    code: String,
    shown: String,
    name: String,
    link: String,
}

pub(super) async fn ask(web: &Web, desk: &Desk, code: &Code, typed: &Fields) -> Result<Response, Problem> {
    let seen: i64 = typed.get("version").parse().map_err(|_| Problem::BadRequest)?;
    let ask = Ask {
        unit: typed.get("unit").to_owned(),
        outside: typed.get("outside").to_owned(),
        phone: typed.get("phone").to_owned(),
        question: typed.get("question").to_owned(),
        days: typed.get("days").trim().parse().unwrap_or(0),
    };
    let p = &desk.page;
    let failed = |status| Beside { act: Some(Act::Consult), typed: typed.clone(), status, ..Beside::default() };
    let beside = match consult::ask(&web.core, &desk.officer, code.as_str(), seen, ask).await {
        Ok(asked) => {
            let Some(link) = asked.link else {
                let to = format!("/can-bo/phan-anh/{}", asked.done.code);
                return Ok(go_saying(web, &to, "flash-desk-act-consult"));
            };
            let s = Shell::load(web, desk, "queue").await?;
            return html(&LinkPage {
                shown: p.code(&asked.done.code),
                code: asked.done.code,
                name: base::text::one_line(typed.get("outside")),
                link: link.expose().to_owned(),
                s,
                p: p.clone(),
            });
        }
        Err(Error::Invalid(errors)) => Beside { errors, ..failed(StatusCode::UNPROCESSABLE_ENTITY) },
        Err(e @ Error::Changed { .. }) => {
            Beside { conflict: Some(super::act::why_not(p, &e)), ..failed(StatusCode::CONFLICT) }
        }
        Err(e @ Error::State) => Beside { refusal: Some(super::act::why_not(p, &e)), ..failed(StatusCode::CONFLICT) },
        Err(e) => return Err(web.problem()(e)),
    };
    report::render(web, desk, code.as_str(), beside).await
}

/// A question is taken back by who may work on the report.
pub async fn recall(
    State(web): State<Web>,
    Path((code, question)): Path<(String, String)>,
    Form { by: desk, fields: typed }: Form<Desk>,
) -> Result<Response, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    let seen: i64 = typed.get("version").parse().map_err(|_| Problem::BadRequest)?;
    let command = Command::Recall { question: id(&question)? };
    let why = match act_as_officer(&web.core, &desk.officer, code.as_str(), seen, command, Vec::new()).await {
        Ok(_) => return Ok(go_saying(&web, &format!("/can-bo/phan-anh/{}", code.as_str()), "flash-desk-recalled")),
        Err(e @ (Error::Changed { .. } | Error::State)) => e,
        Err(e) => return Err(web.problem()(e)),
    };
    let text = Some(super::act::why_not(&desk.page, &why));
    let beside = match why {
        Error::State => Beside { refusal: text, status: StatusCode::CONFLICT, ..Beside::default() },
        _ => Beside { conflict: text, status: StatusCode::CONFLICT, ..Beside::default() },
    };
    report::render(&web, &desk, code.as_str(), beside).await
}

/// The answer of a unit that was asked; after it the report is out of its sight again.
pub async fn answer(
    State(web): State<Web>,
    Path(question): Path<String>,
    UploadForm { by: desk, upload }: UploadForm<Desk>,
) -> Result<Response, Problem> {
    let question = id(&question)?;
    let code = upload.fields.get("ma").to_owned();
    let photos = match super::act::take_in(&upload).await.map_err(web.problem())? {
        Ok(photos) => Ok(photos),
        Err(errors) => Err(Error::Invalid(errors)),
    };
    let answered = match photos {
        Ok(photos) => {
            let text = upload.fields.get("text");
            consult::answer_as_officer(&web.core, &desk.officer, question, text, photos).await
        }
        Err(e) => Err(e),
    };
    match answered {
        Ok(_) => Ok(go_saying(&web, "/can-bo/phan-anh?muc=duoc-hoi", "flash-desk-answered")),
        Err(Error::Invalid(errors)) if Code::parse(&code).is_ok() => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let beside = Beside { answer: Some(question), typed: upload.fields, errors, status, ..Beside::default() };
            report::render(&web, &desk, &code, beside).await
        }
        Err(e) => Err(web.problem()(e)),
    }
}

//! «Gỡ số định danh» (A7): somebody stands at the desk with the card, and another account holds its number. The number comes by POST alone and is
//! kept nowhere; what was found waits in a flow.

use super::{
    form::{self, Field, Wrong, mark},
    shell::{Shell, go, go_saying, html_as},
};
use crate::{
    citizen::accounts::keep,
    cookies,
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Desk, Form},
};
use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use base::personal_number::PersonalNumber;
use domain::{
    accounts::{
        Error,
        declared::number_error,
        release::{Held, Paper, REASON_MOST, Refusal, Seen},
    },
    error::{Error as Shared, FieldError},
};

pub(super) const PAGE: &str = "/can-bo/quan-ly/so-dinh-danh";
pub(super) const HELD: &str = "/can-bo/quan-ly/so-dinh-danh/dang-giu";

/// What the look brought, when there is nothing to go on with.
struct Outcome {
    /// Look and icon of the banner.
    look: &'static str,
    icon: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "staff/release.html")]
struct LookPage {
    p: Page,
    s: Shell,
    fields: Vec<Field>,
    result: Option<Outcome>,
    wrong: Vec<Wrong>,
}

#[derive(Template)]
#[template(path = "staff/release_held.html")]
struct HeldPage {
    p: Page,
    s: Shell,
    held: Held,
    source: String,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
}

/// The field never comes back filled: what was typed stands in no page.
async fn show(
    web: &Web,
    desk: Desk,
    status: StatusCode,
    errors: &[FieldError],
    result: Option<Outcome>,
) -> Result<Response, Problem> {
    let s = Shell::load(web, &desk, "release").await?;
    let p = desk.page;
    let mut fields = vec![Field::new("number", "number", p.t("release-number")).hint(p.t("release-number-hint"))];
    let wrong = mark(&p, &mut fields, errors);
    html_as(status, &LookPage { s, fields, result, wrong, p })
}

pub async fn page(State(web): State<Web>, desk: Desk, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Fields::parse(raw.unwrap_or_default().as_bytes());
    let gone = query.has("het-han").then(|| Outcome {
        look: "banner--warn",
        icon: "clock-alert",
        text: desk.page.t("release-gone").into_owned(),
    });
    show(&web, desk, StatusCode::OK, &[], gone).await
}

/// «Xem có ai giữ»
pub async fn look(State(web): State<Web>, Form { by: desk, fields }: Form<Desk>) -> Result<Response, Problem> {
    let number = match PersonalNumber::parse(fields.get("number")) {
        Ok(number) => number,
        Err(bad) => {
            let wrong = [number_error("number", bad)];
            return show(&web, desk, StatusCode::UNPROCESSABLE_ENTITY, &wrong, None).await;
        }
    };
    match web.accounts.look_for_number(&desk.signed, &number).await {
        Ok(token) => Ok(keep::begin_flow(&web, go(HELD), &token)),
        Err(Error::Number(refusal)) => {
            let (look, icon) = match refusal {
                Refusal::Nobody => ("banner--ok", "circle-check"),
                Refusal::Named | Refusal::Own => ("banner--warn", "triangle-alert"),
            };
            let text = desk.page.t(refusal.key()).into_owned();
            show(&web, desk, StatusCode::OK, &[], Some(Outcome { look, icon, text })).await
        }
        Err(e) => too_often(&web, desk, e).await,
    }
}

/// Who asked too often is told when to come back; everything else is a page of its own.
async fn too_often(web: &Web, desk: Desk, error: Error) -> Result<Response, Problem> {
    if error.again_at().is_none() {
        return Err(web.account_problem()(error));
    }
    let text = desk.page.t("release-too-often").into_owned();
    let result = Outcome { look: "banner--bad", icon: "clock-alert", text };
    show(web, desk, StatusCode::TOO_MANY_REQUESTS, &[], Some(result)).await
}

fn flow(web: &Web, desk: &Desk) -> String {
    cookies::get(web, &desk.headers, cookies::FLOW).unwrap_or_default()
}

/// The steps are over: begin again, and say so.
fn again() -> Response {
    go(&format!("{PAGE}?het-han=1"))
}

async fn show_held(web: &Web, desk: Desk, typed: &Fields, errors: &[FieldError]) -> Result<Response, Problem> {
    let held = match web.accounts.held_number(&desk.signed, &flow(web, &desk)).await {
        Ok(held) => held,
        Err(Error::FlowGone) => return Ok(again()),
        Err(e) => return Err(web.account_problem()(e)),
    };
    let s = Shell::load(web, &desk, "release").await?;
    let p = desk.page;
    let papers = Paper::ALL
        .map(|paper| (paper.as_str().to_owned(), p.t(&format!("release-paper-{}", paper.as_str())).into_owned()));
    let choose = [(String::new(), p.t("release-paper-choose").into_owned())];
    let mut fields = vec![
        Field::new("select", "paper", p.t("release-paper")).choices(choose.into_iter().chain(papers)),
        Field::new("check", "compared", p.t("release-compared")).hint(p.t("release-compared-hint")),
        Field::new("area", "reason", p.t("release-reason")).hint(p.t("release-reason-hint")).most(REASON_MOST),
    ];
    form::fill(&mut fields, typed);
    let wrong = mark(&p, &mut fields, errors);
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let source = p.t(&format!("source-{}", held.source)).into_owned();
    html_as(status, &HeldPage { s, held, source, fields, wrong, p })
}

pub async fn held_page(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    show_held(&web, desk, &Fields::default(), &[]).await
}

/// «Gỡ số khỏi tài khoản đang giữ»
pub async fn release(State(web): State<Web>, Form { by: desk, fields }: Form<Desk>) -> Result<Response, Problem> {
    let seen = Seen {
        paper: Paper::parse(fields.get("paper")),
        compared: fields.has("compared"),
        reason: fields.get("reason").to_owned(),
    };
    match web.accounts.release_number(&desk.signed, &flow(&web, &desk), seen).await {
        Ok(()) => Ok(keep::end_flow(&web, go_saying(&web, PAGE, "flash-number-released"))),
        Err(Error::FlowGone) => Ok(again()),
        Err(Error::Shared(Shared::Invalid(errors))) => show_held(&web, desk, &fields, &errors).await,
        Err(e) => too_often(&web, desk, e).await,
    }
}

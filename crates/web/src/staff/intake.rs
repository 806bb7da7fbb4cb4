//! «Ghi phản ánh giúp» (A19): somebody at the desk or on the telephone tells, an officer writes. Here it is said for whom; the writing is done in the
//! citizens' own wizard, in a session of that person (`accounts::helping`).

use super::{
    form::{self, Field, Wrong},
    shell::{Shell, go, go_saying, html_as, with_cookie},
};
use crate::{
    citizen::accounts::{keep, refusal::waiting},
    cookies,
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Desk, Form, Visit},
};
use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use base::{
    i18n::Lang,
    phone::{BadPhone, PhoneNumber},
};
use domain::{
    accounts::{Error, Flow, FlowKind, FullName, flows, otp::OtpCode},
    error::{Error as Shared, FieldError},
};

pub const START: &str = "/can-bo/ghi-giup";
const CODE: &str = "/can-bo/ghi-giup/ma";
/// Where the officer writes.
const WIZARD: &str = "/phan-anh/moi";

#[derive(Template)]
#[template(path = "staff/intake.html")]
struct IntakePage {
    p: Page,
    s: Shell,
    /// For whom this browser writes already; empty for nobody.
    going_on: String,
    by_phone: Vec<Field>,
    without: Vec<Field>,
    /// The second form stands open.
    nameless: bool,
    /// The steps are over or belong to another browser.
    gone: bool,
    wrong: Vec<Wrong>,
}

#[derive(Template)]
#[template(path = "staff/intake_code.html")]
struct CodePage {
    p: Page,
    s: Shell,
    phone: String,
    fields: Vec<Field>,
    /// Seconds until «Gửi lại mã».
    wait: i64,
    wrong: Vec<Wrong>,
}

/// What is wrong, with the status that says so.
struct Said {
    status: StatusCode,
    wrong: Vec<(&'static str, String)>,
}

impl Said {
    fn nothing() -> Self {
        Self { status: StatusCode::OK, wrong: Vec::new() }
    }

    fn fields(p: &Page, wrong: &[FieldError]) -> Self {
        let wrong = wrong.iter().map(|e| (e.field, p.t(e.key).into_owned())).collect();
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, wrong }
    }

    /// A refusal of the accounts beside `field`; others are pages of their own.
    fn refused(web: &Web, p: &Page, error: Error, field: &'static str) -> Result<Self, Problem> {
        if let Some(at) = error.again_at() {
            return Ok(Self { status: StatusCode::TOO_MANY_REQUESTS, wrong: vec![(field, waiting(p, &error, at))] });
        }
        let text = match &error {
            Error::Shared(Shared::Invalid(fields)) => return Ok(Self::fields(p, fields)),
            Error::Shared(_) | Error::Busy | Error::FlowGone => return Err(web.account_problem()(error)),
            Error::WrongCode { left } => p.t1(error.key(), "left", left),
            // Why somebody is blocked is between them and who did it.
            Error::Blocked { .. } => p.t("intake-blocked").into_owned(),
            other => p.t(other.key()).into_owned(),
        };
        Ok(Self { status: StatusCode::UNPROCESSABLE_ENTITY, wrong: vec![(field, text)] })
    }

    /// Beside their fields and in the summary.
    fn mark(self, fields: &mut [Field]) -> Vec<Wrong> {
        let one = |(name, text): (&'static str, String)| {
            let field = fields.iter_mut().find(|f| f.name == name);
            let id = field.map_or_else(
                || "main".to_owned(),
                |f| {
                    f.error.clone_from(&text);
                    f.id.clone()
                },
            );
            Wrong { id, text }
        };
        self.wrong.into_iter().map(one).collect()
    }
}

async fn show(web: &Web, desk: Desk, visit: Option<Visit>, typed: &Fields, said: Said) -> Result<Response, Problem> {
    let s = Shell::load(web, &desk, "intake").await?;
    let p = desk.page;
    let phone = Field::new("tel", "phone", p.t("intake-phone")).hint(p.t("intake-phone-hint"));
    let agreed = Field::new("check", "agreed", p.t("intake-agreed")).hint(p.t("intake-agreed-hint"));
    let mut all =
        vec![phone, agreed, Field::new("text", "name", p.t("intake-name")).hint(p.t("intake-name-hint")).optional()];
    form::fill(&mut all, typed);
    let status = said.status;
    let wrong = said.mark(&mut all);
    let without = all.split_off(2);
    let acting = visit.and_then(|v| v.page.acting).filter(|by| by.at_desk);
    let page = IntakePage {
        going_on: acting.map_or_else(String::new, |by| by.says(&p)),
        by_phone: all,
        nameless: typed.has("name"),
        without,
        gone: typed.has("het-han"),
        wrong,
        s,
        p,
    };
    html_as(status, &page)
}

pub async fn page(
    State(web): State<Web>,
    desk: Desk,
    visit: Visit,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::parse(raw.unwrap_or_default().as_bytes());
    show(&web, desk, Some(visit), &query, Said::nothing()).await
}

/// Loading the answer to a form again leads back to its page.
pub async fn back() -> Response {
    go(START)
}

pub async fn back_to_code() -> Response {
    go(CODE)
}

fn flow(web: &Web, desk: &Desk) -> String {
    cookies::get(web, &desk.headers, cookies::FLOW).unwrap_or_default()
}

/// The steps are over: begin again, and say so.
fn again() -> Response {
    go(&format!("{START}?het-han=1"))
}

fn bad_phone(bad: BadPhone) -> FieldError {
    let key = match bad {
        BadPhone::Landline => "intake-phone-landline",
        BadPhone::Empty => "intake-phone-empty",
        BadPhone::Foreign => "phone-foreign",
        BadPhone::Invalid => "phone-invalid",
    };
    FieldError { field: "phone", key }
}

/// «Gửi mã»
pub async fn start(State(web): State<Web>, Form { by: desk, fields }: Form<Desk>) -> Result<Response, Problem> {
    let phone = PhoneNumber::parse(fields.get("phone")).map_err(bad_phone);
    let agreed = fields.has("agreed");
    let missing = (!agreed).then_some(FieldError { field: "agreed", key: "intake-agreed-missing" });
    let said = match (phone, missing) {
        (Ok(phone), None) => {
            let before = flow(&web, &desk);
            match web.accounts.start_desk(&desk.signed, phone, agreed, &desk.visitor, Some(&before)).await {
                Ok(started) => return Ok(keep::begin_flow(&web, go(CODE), &started.token)),
                Err(e) => Said::refused(&web, &desk.page, e, "phone")?,
            }
        }
        (phone, missing) => {
            let wrong: Vec<FieldError> = phone.err().into_iter().chain(missing).collect();
            Said::fields(&desk.page, &wrong)
        }
    };
    show(&web, desk, None, &fields, said).await
}

async fn show_code(web: &Web, desk: Desk, said: Said) -> Result<Response, Problem> {
    let found = web.accounts.flow(FlowKind::Desk, &flow(web, &desk)).await.map_err(web.account_problem())?;
    let mine = |f: &Flow| f.step == flows::CODE && f.account == Some(desk.signed.account);
    let Some(found) = found.filter(mine) else { return Ok(again()) };
    let again_at = web.accounts.resend_at(&found).await.map_err(web.account_problem())?;
    let s = Shell::load(web, &desk, "intake").await?;
    let p = desk.page;
    let mut fields =
        vec![Field::new("code", "code", p.t("intake-code")).hint(p.t("intake-code-hint")).autocomplete("off")];
    let status = said.status;
    let wrong = said.mark(&mut fields);
    let phone = found.phone.as_ref().map(PhoneNumber::masked).unwrap_or_default();
    html_as(status, &CodePage { phone, fields, wait: ((again_at - p.now + 999) / 1000).max(0), wrong, s, p })
}

pub async fn code_page(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    show_code(&web, desk, Said::nothing()).await
}

pub async fn confirm(State(web): State<Web>, Form { by: desk, fields }: Form<Desk>) -> Result<Response, Problem> {
    let code = match OtpCode::parse(fields.get("code")) {
        Ok(code) => code,
        Err(e) => {
            let said = Said::fields(&desk.page, &[e]);
            return show_code(&web, desk, said).await;
        }
    };
    match web.accounts.confirm_desk(&desk.signed, &flow(&web, &desk), code, &desk.visitor).await {
        Ok(session) => Ok(keep::enter_for(&web, keep::end_flow(&web, go(WIZARD)), &session)),
        Err(Error::FlowGone) => Ok(again()),
        // The code is used: it is said where one would begin again.
        Err(e @ Error::Blocked { .. }) => {
            let said = Said::refused(&web, &desk.page, e, "phone")?;
            Ok(keep::end_flow(&web, show(&web, desk, None, &Fields::default(), said).await?))
        }
        Err(e) => {
            let said = Said::refused(&web, &desk.page, e, "code")?;
            show_code(&web, desk, said).await
        }
    }
}

/// «Gửi lại mã»
pub async fn resend(State(web): State<Web>, Form { by: desk, .. }: Form<Desk>) -> Result<Response, Problem> {
    let token = flow(&web, &desk);
    // In the language of who gets it, not of the officer: as the first one.
    match web.accounts.resend(FlowKind::Desk, &token, Lang::VI, &desk.visitor, "").await {
        Ok(_) => Ok(go_saying(&web, CODE, "flash-acc-code-sent")),
        Err(Error::FlowGone) => Ok(again()),
        Err(e) => {
            let said = Said::refused(&web, &desk.page, e, "main")?;
            show_code(&web, desk, said).await
        }
    }
}

/// Somebody without a mobile phone.
pub async fn without_phone(State(web): State<Web>, Form { by: desk, fields }: Form<Desk>) -> Result<Response, Problem> {
    let name = match fields.get("name").trim() {
        "" => None,
        typed => match FullName::parse(typed) {
            Ok(name) => Some(name),
            Err(e) => {
                let said = Said::fields(&desk.page, &[FieldError { field: "name", ..e }]);
                return show(&web, desk, None, &fields, said).await;
            }
        },
    };
    match web.accounts.desk_without_phone(&desk.signed, name, &desk.visitor).await {
        Ok(session) => {
            let cookie = cookies::forget(&web, cookies::FLOW);
            Ok(keep::enter_for(&web, with_cookie(go(WIZARD), cookie), &session))
        }
        Err(e) => {
            let said = Said::refused(&web, &desk.page, e, "name")?;
            show(&web, desk, None, &fields, said).await
        }
    }
}

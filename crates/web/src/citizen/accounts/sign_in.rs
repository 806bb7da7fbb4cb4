//! Đăng nhập (A3, A14): phone or username and password, then the second factor; or a passkey, which is both.

use super::{
    factor::{Asked, Key, Question, ask},
    form::{Field, Form, Head},
    keep::{self, Door, Doorway, carrying, next_of, with_cookie},
    linked,
    refusal::{Answer, Out, Refused, refused, sentence},
};
use crate::{citizen::answer::go, cookies, error::Problem, middleware::encode, page::Page, state::Web, visit::Visit};
use askama::Template;
use axum::{
    Json,
    extract::{FromRequestParts, RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use base::keys::Secret;
use domain::{
    accounts::{Error, Flow, FlowKind, Kind, factors::FactorCode, login::Entered},
    error::FieldError,
};

const FACTOR: &str = "/dang-nhap/ma";
/// Bytes of a passkey's answer at most.
const ANSWER_MOST: usize = 64 * 1024;
/// A ceremony's cookie ends with its flow.
const CEREMONY_SECONDS: i64 = 30 * 60;

#[derive(Template)]
#[template(path = "citizen/accounts/sign_in.html")]
struct SignInPage {
    p: Page,
    h: Head,
    f: Form,
    key: Option<Key>,
    register: String,
    reports: bool,
    providers: Vec<linked::Offered>,
    /// Where a provider's way goes on; empty: nowhere in particular.
    next: String,
}

fn key(web: &Web, next: &str) -> Option<Key> {
    web.accounts.has_passkeys().then(|| Key {
        options: "/dang-nhap/khoa/bat-dau".into(),
        finish: format!("/dang-nhap/khoa/xong?next={}", encode(next)),
        button: "acc-key-sign-in",
    })
}

fn show(web: &Web, visit: Visit, next: &str, login: &str, gone: bool, refused: Refused) -> Answer {
    let p = visit.page;
    let (errors, status, seconds) = refused.split();
    let warn = if gone { p.t("acc-steps-over-sign-in").into_owned() } else { String::new() };
    let mut h = Head::door(p.t("acc-sign-in-title"), "/").wide().warn(warn).wrong(errors);
    let key = key(web, next);
    if key.is_some() {
        h = h.island("islands/passkey.js");
    }
    let names = if key.is_some() { "username webauthn" } else { "username" };
    let f = Form::new(&p, "/dang-nhap", "acc-sign-in-button")
        .loading(p.t("acc-signing-in"))
        .next(next)
        .field(Field::text("login", p.t("acc-login")).value(login).autocomplete(names))
        .field(Field::password("password", p.t("acc-password")))
        .link(carrying("/quen-mat-khau", next), p.t("acc-forgot"));
    let (register, reports) = (carrying("/dang-ky", next), p.has_module("reports"));
    let providers = linked::offered(web, &p);
    let next = next.to_owned();
    let response = Refused::page(status, seconds, &SignInPage { p, h, f, key, register, reports, providers, next })?;
    Ok(keep::forgetting(keep::marked(web, visit.mark.is_some(), response)))
}

pub async fn page(State(web): State<Web>, Doorway { visit, asked, next }: Doorway) -> Answer {
    let hint = linked::sent::hint(&web, &visit).unwrap_or_default();
    show(&web, visit, &next, &hint, asked.has("het-han"), Refused::none())
}

pub async fn sign_in(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let login = fields.get("login").trim().to_owned();
    let mut wrong = Vec::new();
    for (field, key) in [("login", "login-empty"), ("password", "password-empty-sign-in")] {
        if fields.get(field).is_empty() {
            wrong.push(FieldError { field, key });
        }
    }
    if !wrong.is_empty() {
        let said = Refused::fields(&visit.page, &wrong);
        return show(&web, visit, &next, &login, false, said);
    }
    let password = Secret::new(fields.get("password"));
    match web.accounts.sign_in(Kind::Citizen, &login, &password, &visit.visitor).await {
        Ok(Entered::In(session)) => Ok(keep::enter(&web, go(&next), &session)),
        Ok(Entered::SecondFactor { token }) => Ok(keep::begin_flow(&web, go(&carrying(FACTOR, &next)), &token)),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "password", "/dang-nhap")?;
            show(&web, visit, &next, &login, false, said)
        }
    }
}

fn again(next: &str) -> Out {
    Out::To(carrying("/dang-nhap?het-han=1", next))
}

async fn waiting(web: &Web, visit: &Visit, next: &str) -> Result<Flow, Out> {
    let token = keep::flow(web, visit);
    let flow = web.accounts.flow(FlowKind::SecondFactor, &token).await.map_err(web.account_problem())?;
    flow.ok_or_else(|| again(next))
}

async fn factor_form(web: &Web, visit: Visit, next: &str, asked: Asked, refused: Refused) -> Answer {
    let flow = waiting(web, &visit, next).await?;
    let Some(account) = flow.account else { return Err(again(next)) };
    let factors = web.accounts.factors(account).await.map_err(web.account_problem())?;
    let key = key(web, next).filter(|_| !factors.passkeys.is_empty());
    let p = visit.page;
    let h = Head::door(p.t("acc-factor-title"), carrying("/dang-nhap", next));
    ask(p, h, Question { page: FACTOR, next, asked, factors: &factors, key }, "acc-factor-lead", refused)
}

pub async fn factor_page(State(web): State<Web>, Doorway { visit, asked, next }: Doorway) -> Answer {
    factor_form(&web, visit, &next, Asked::of(&asked), Refused::none()).await
}

pub async fn factor(State(web): State<Web>, RawQuery(raw): RawQuery, Door { visit, fields, next }: Door) -> Answer {
    let asked = Asked::of(&keep::query(&raw));
    let code = match FactorCode::parse(fields.get("code")) {
        Ok(code) => code,
        Err(e) => {
            let said = Refused::fields(&visit.page, &[e]);
            return factor_form(&web, visit, &next, asked, said).await;
        }
    };
    match web.accounts.finish_second_factor(&keep::flow(&web, &visit), code, &visit.visitor).await {
        Ok(session) => Ok(keep::enter(&web, go(&next), &session)),
        Err(Error::FlowGone) => Err(again(&next)),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "code", "/dang-nhap")?;
            factor_form(&web, visit, &next, asked, said).await
        }
    }
}

/// Who posts JSON, with the token checked where there is a session, and what was posted.
pub async fn json(web: &Web, request: Request) -> Result<(Visit, serde_json::Value), Out> {
    let (mut parts, body) = request.into_parts();
    let visit = Visit::from_request_parts(&mut parts, web).await?;
    visit.as_oneself()?;
    if let Some(signed) = &visit.citizen {
        let token = parts.headers.get("x-csrf-token").and_then(|v| v.to_str().ok()).unwrap_or_default();
        if !web.accounts.csrf_matches(signed.session.as_bytes(), token) {
            return Err(Out::Problem(Problem::Expired));
        }
    }
    let bytes = axum::body::to_bytes(body, ANSWER_MOST).await.map_err(|_| Problem::TooLarge)?;
    let value = if bytes.is_empty() { Ok(serde_json::Value::Null) } else { serde_json::from_slice(&bytes) };
    Ok((visit, value.map_err(|_| Problem::BadRequest)?))
}

/// The options of a ceremony, and its cookie.
pub fn ceremony(web: &Web, (options, token): (serde_json::Value, Secret)) -> Response {
    let cookie = cookies::set(web, cookies::PASSKEY, token.expose(), Some(CEREMONY_SECONDS));
    with_cookie(Json(options).into_response(), cookie)
}

pub fn ceremony_token(web: &Web, visit: &Visit) -> String {
    cookies::get(web, &visit.headers, cookies::PASSKEY).unwrap_or_default()
}

/// Where the page goes after a ceremony.
pub fn ceremony_done(web: &Web, to: &str) -> Response {
    let answer = Json(serde_json::json!({ "location": to })).into_response();
    with_cookie(answer, cookies::forget(web, cookies::PASSKEY))
}

/// A refused ceremony as problem+json with a sentence, which the page shows.
pub fn ceremony_refused(web: &Web, p: &Page, error: Error) -> Answer {
    // The ceremony stood open too long: the page's own «Thử lại» is what helps.
    let error = if matches!(error, Error::FlowGone) { Error::PasskeyRefused } else { error };
    match sentence(web, p, error) {
        Ok(text) => Ok(Problem::BadRequest.json(text)),
        // Scripts cannot follow a way that leads over another page.
        Err(Out::To(_)) => Err(Out::Problem(Problem::StepUp)),
        Err(problem) => Err(problem),
    }
}

pub async fn passkey_start(State(web): State<Web>, request: Request) -> Answer {
    let (visit, _) = json(&web, request).await?;
    match web.accounts.start_passkey_sign_in(Kind::Citizen, &visit.visitor).await {
        Ok(started) => Ok(ceremony(&web, started)),
        Err(e) => ceremony_refused(&web, &visit.page, e),
    }
}

pub async fn passkey_finish(State(web): State<Web>, RawQuery(raw): RawQuery, request: Request) -> Answer {
    let next = next_of(keep::query(&raw).get("next"));
    let (visit, answer) = json(&web, request).await?;
    let token = ceremony_token(&web, &visit);
    match web.accounts.finish_passkey_sign_in(&token, answer, &visit.visitor).await {
        Ok(session) => Ok(keep::enter(&web, ceremony_done(&web, &next), &session)),
        Err(e) => ceremony_refused(&web, &visit.page, e),
    }
}

//! The door of the console (A16, A17): password, then the second factor; or a passkey, which is both.

use super::{
    form::{Field, Wrong},
    linked,
    shell::{go, html_as, with_cookie},
};
use crate::{
    cookies,
    elsewhere::{self, Offered},
    error::Problem,
    middleware::{encode, safe_next},
    page::Page,
    state::Web,
    visit::{Entrance, Form},
};
use askama::Template;
use axum::{
    Json,
    extract::{FromRequestParts, RawQuery, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base::keys::Secret;
use domain::{
    accounts::{Error, Kind, Signed, factors::FactorCode, login::Entered},
    error::Error as Shared,
};

pub(super) const HOME: &str = "/can-bo";
pub(super) const DOOR: &str = "/can-bo/dang-nhap";
/// A flow's cookie ends with its flow.
const FLOW_SECONDS: i64 = 30 * 60;
/// Bytes of a passkey's answer at most.
const ANSWER_MOST: usize = 64 * 1024;

#[derive(Template)]
#[template(path = "staff/sign_in.html")]
struct SignInPage {
    p: Page,
    next: String,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
    passkeys: bool,
    /// Providers that staff may come from.
    elsewhere: Vec<Offered>,
}

#[derive(Template)]
#[template(path = "staff/factor.html")]
struct FactorPage {
    p: Page,
    next: String,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
}

#[derive(Template)]
#[template(path = "staff/sign_out.html")]
struct SignOutPage {
    p: Page,
    /// Where this session began; it can end there, too.
    elsewhere: Option<Offered>,
}

/// The place to come back to, from an address or a form.
pub(super) fn next_of(text: &str) -> String {
    let next = safe_next(text, HOME);
    if next.starts_with("/can-bo") { next } else { HOME.into() }
}

pub(super) fn next_in(raw: Option<&str>) -> String {
    next_of(crate::forms::Fields::parse(raw.unwrap_or_default().as_bytes()).get("next"))
}

/// A refusal as a sentence for the page it happened on; what is no refusal of this step becomes a problem.
pub(super) fn sentence(web: &Web, p: &Page, error: Error) -> Result<String, Problem> {
    if let Some(at) = error.again_at() {
        return Ok(p.tn("desk-too-often", ((at - p.now) / 1000).max(1)));
    }
    match error {
        Error::Shared(Shared::Invalid(fields)) => Ok(fields.iter().map(|f| p.t(f.key)).collect::<Vec<_>>().join(" ")),
        Error::Shared(_) | Error::Busy | Error::FlowGone => Err(web.account_problem()(error)),
        refused => Ok(p.t(refused.key()).into_owned()),
    }
}

/// A field whose error is this sentence.
pub(super) fn wrong(fields: &mut [Field], at: usize, text: String) -> Vec<Wrong> {
    let Some(field) = fields.get_mut(at) else { return vec![Wrong { id: "main".into(), text }] };
    field.error.clone_from(&text);
    vec![Wrong { id: field.id.clone(), text }]
}

pub(super) fn staff_cookie(web: &Web, token: &Secret) -> axum::http::HeaderValue {
    // Until the browser closes: staff sit at shared desks.
    cookies::set(web, cookies::STAFF, token.expose(), None)
}

fn sign_in_form(web: &Web, p: Page, next: String, name: &str, error: Option<String>) -> Result<Response, Problem> {
    let mut fields = vec![
        Field::new("text", "username", p.t("desk-sign-in-name")).value(name).autocomplete("username webauthn"),
        Field::new("password", "password", p.t("desk-sign-in-password")).autocomplete("current-password"),
    ];
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let wrong = error.map(|text| wrong(&mut fields, 0, text)).unwrap_or_default();
    let (passkeys, elsewhere) = (web.accounts.has_passkeys(), linked::offered(web, &p));
    html_as(status, &SignInPage { passkeys, elsewhere, p, next, fields, wrong })
}

pub async fn sign_in_page(
    State(web): State<Web>,
    door: Entrance,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let next = next_in(raw.as_deref());
    if door.signed.as_ref().is_some_and(|s| s.duty().is_none()) {
        return Ok(go(&next));
    }
    let response = sign_in_form(&web, door.page, next, "", None)?;
    Ok(if door.mark.is_some() {
        response
    } else {
        // The browser's own mark: by it a known device is told from a new one (A18).
        let mark: String = web.core.entropy.bytes::<16>().iter().map(|b| format!("{b:02x}")).collect();
        with_cookie(response, cookies::set(&web, cookies::MARK, &mark, Some(400 * 24 * 3600)))
    })
}

pub async fn sign_in(State(web): State<Web>, Form { by: door, fields }: Form<Entrance>) -> Result<Response, Problem> {
    let next = next_of(fields.get("next"));
    let name = fields.get("username").trim().to_owned();
    let password = Secret::new(fields.get("password"));
    match web.accounts.sign_in(Kind::Staff, &name, &password, &door.visitor).await {
        Ok(Entered::In(session)) => Ok(with_cookie(go(&next), staff_cookie(&web, &session.token))),
        Ok(Entered::SecondFactor { token }) => Ok(to_factor(&web, &token, &next)),
        Err(e) => {
            // Staff have no telephone number to sign in with, and nobody resets a password but their administrator.
            let text = match e {
                Error::WrongCredentials => door.page.t("desk-wrong-credentials").into_owned(),
                e => sentence(&web, &door.page, e)?,
            };
            sign_in_form(&web, door.page, next, &name, Some(text))
        }
    }
}

/// The first step was right: on to the second.
pub(super) fn to_factor(web: &Web, token: &Secret, next: &str) -> Response {
    let cookie = cookies::set(web, cookies::STAFF_FLOW, token.expose(), Some(FLOW_SECONDS));
    with_cookie(go(&format!("/can-bo/dang-nhap/ma?next={}", encode(next))), cookie)
}

fn factor_form(p: Page, next: String, error: Option<String>) -> Result<Response, Problem> {
    let mut fields = vec![Field::new("code", "code", p.t("desk-factor-code")).hint(p.t("desk-factor-code-hint"))];
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let wrong = error.map(|text| wrong(&mut fields, 0, text)).unwrap_or_default();
    html_as(status, &FactorPage { p, next, fields, wrong })
}

pub async fn factor_page(State(web): State<Web>, door: Entrance, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    if cookies::get(&web, &door.headers, cookies::STAFF_FLOW).is_none() {
        return Ok(go("/can-bo/dang-nhap"));
    }
    factor_form(door.page, next_in(raw.as_deref()), None)
}

pub async fn factor(State(web): State<Web>, Form { by: door, fields }: Form<Entrance>) -> Result<Response, Problem> {
    let next = next_of(fields.get("next"));
    let token = cookies::get(&web, &door.headers, cookies::STAFF_FLOW).unwrap_or_default();
    let code = match FactorCode::parse(fields.get("code")) {
        Ok(code) => code,
        Err(e) => {
            let text = door.page.t(e.key).into_owned();
            return factor_form(door.page, next, Some(text));
        }
    };
    match web.accounts.finish_second_factor(&token, code, &door.visitor).await {
        Ok(session) => {
            let response = with_cookie(go(&next), staff_cookie(&web, &session.token));
            Ok(with_cookie(response, cookies::forget(&web, cookies::STAFF_FLOW)))
        }
        // The step is over: begin again rather than an error page.
        Err(Error::FlowGone) => Ok(go(&format!("/can-bo/dang-nhap?next={}", encode(&next)))),
        Err(e) => {
            let text = sentence(&web, &door.page, e)?;
            factor_form(door.page, next, Some(text))
        }
    }
}

/// Who posts JSON, with the token checked where there is a session, and what was posted.
pub(super) async fn json(web: &Web, request: Request) -> Result<(Entrance, serde_json::Value), Problem> {
    let (mut parts, body) = request.into_parts();
    let door = Entrance::from_request_parts(&mut parts, web).await?;
    if let Some(signed) = &door.signed {
        let token = parts.headers.get("x-csrf-token").and_then(|v| v.to_str().ok()).unwrap_or_default();
        if !web.accounts.csrf_matches(signed.session.as_bytes(), token) {
            return Err(Problem::Expired);
        }
    }
    let bytes = axum::body::to_bytes(body, ANSWER_MOST).await.map_err(|_| Problem::TooLarge)?;
    let value = if bytes.is_empty() { Ok(serde_json::Value::Null) } else { serde_json::from_slice(&bytes) };
    Ok((door, value.map_err(|_| Problem::BadRequest)?))
}

/// The options of a ceremony, and its cookie.
pub(super) fn ceremony(web: &Web, (options, token): (serde_json::Value, Secret)) -> Response {
    let cookie = cookies::set(web, cookies::STAFF_PASSKEY, token.expose(), Some(FLOW_SECONDS));
    with_cookie(Json(options).into_response(), cookie)
}

pub(super) fn ceremony_token(web: &Web, door: &Entrance) -> String {
    cookies::get(web, &door.headers, cookies::STAFF_PASSKEY).unwrap_or_default()
}

/// Where the page goes after a ceremony.
pub(super) fn ceremony_done(web: &Web, token: &Secret, to: &str) -> Response {
    let answer = Json(serde_json::json!({ "location": to })).into_response();
    let answer = with_cookie(answer, staff_cookie(web, token));
    with_cookie(answer, cookies::forget(web, cookies::STAFF_PASSKEY))
}

/// A refused ceremony as problem+json with a sentence, which the page shows.
pub(super) fn ceremony_refused(web: &Web, p: &Page, error: Error) -> Result<Response, Problem> {
    let text = sentence(web, p, error)?;
    Ok(Problem::BadRequest.json(text))
}

pub async fn passkey_start(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let (door, _) = json(&web, request).await?;
    match web.accounts.start_passkey_sign_in(Kind::Staff, &door.visitor).await {
        Ok(started) => Ok(ceremony(&web, started)),
        Err(e) => ceremony_refused(&web, &door.page, e),
    }
}

pub async fn passkey_finish(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let (door, answer) = json(&web, request).await?;
    let token = ceremony_token(&web, &door);
    match web.accounts.finish_passkey_sign_in(&token, answer, &door.visitor).await {
        Ok(session) => Ok(ceremony_done(&web, &session.token, HOME)),
        Err(e) => ceremony_refused(&web, &door.page, e),
    }
}

pub async fn sign_out_page(State(web): State<Web>, door: Entrance) -> Result<Response, Problem> {
    let Some(signed) = door.signed else { return Ok(go("/can-bo/dang-nhap")) };
    let elsewhere = elsewhere::began_at(&web, &door.page, &signed.method);
    html_as(StatusCode::OK, &SignOutPage { p: door.page, elsewhere })
}

pub async fn sign_out(State(web): State<Web>, Form { by: door, fields }: Form<Entrance>) -> Result<Response, Problem> {
    let mut there = None;
    if let Some(signed) = &door.signed {
        there = elsewhere::ends_at(&web, door.mark.as_deref(), signed.session, fields.get("noi-cap")).await;
        match web.accounts.end_session(signed, signed.session).await {
            Ok(()) | Err(Error::Shared(Shared::NotFound)) => {}
            Err(e) => return Err(web.account_problem()(e)),
        }
    }
    let here = || super::shell::go_saying(&web, "/can-bo/dang-nhap", "flash-desk-signed-out");
    let response = there.unwrap_or_else(here);
    Ok(with_cookie(response, cookies::forget(&web, cookies::STAFF)))
}

/// «Tôi còn ở đây»: using the session is what keeps it; the answer says for how long.
pub async fn still_here(State(web): State<Web>, Form { by: door, .. }: Form<Entrance>) -> Result<Response, Problem> {
    let signed = door.signed.ok_or(Problem::SignIn)?;
    let left = left(&signed, web.core.now());
    Ok(Json(serde_json::json!({ "expires_in": left })).into_response())
}

fn left(signed: &Signed, now: i64) -> i64 {
    (Kind::Staff.idle().min(signed.expires_at - now) / 1000).max(0)
}

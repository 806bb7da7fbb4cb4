//! From the number to the session: number and password, then a code by SMS.

use super::{
    doors::{Checked, Step},
    pages::{self, CodeNote, LoginFault, LoginPage},
    role::Role,
};
use crate::pages::{protect, styles};
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Path, State, rejection::FormRejection},
    http::{HeaderMap, header},
    middleware::map_response,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{ids::Uuid, personal_number::PersonalNumber};
use identity::provider::Provider;
use serde::Deserialize;
use std::sync::Arc;

/// A form of ours is far smaller.
const LONGEST: usize = 8 * 1024;

#[derive(Clone)]
pub(super) struct Site {
    pub role: Arc<Role>,
    pub provider: Provider,
}

pub(super) fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(start))
        .route("/dang-nhap/{id}", get(show).post(take_password))
        .route("/dang-nhap/{id}/ma", post(take_code))
        .route("/sandbox.css", get(styles))
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(LONGEST))
        .layer(map_response(protect))
        .with_state(site)
}

async fn start(State(site): State<Site>, headers: HeaderMap) -> Response {
    pages::start(&site.role, site.role.session(&headers))
}

async fn not_found(State(site): State<Site>) -> Response {
    pages::not_found(&site.role)
}

fn path(id: Uuid) -> String {
    format!("/dang-nhap/{id}")
}

/// `GET /dang-nhap/{id}`: the browser that began the flow; the step it is at.
async fn show(State(site): State<Site>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let role = &site.role;
    let Some((id, door)) = role.door(&id, &headers) else { return pages::ended(role) };
    match door.step {
        Step::Over => pages::over(role, &door),
        Step::Password => Redirect::to(&door.ask.back).into_response(),
        Step::Code(sent) => match role.person(sent.person) {
            Some(person) => pages::code(role, id, &door, person, CodeNote::Asking),
            None => pages::ended(role),
        },
    }
}

#[derive(Deserialize)]
struct PasswordForm {
    token: String,
    number: String,
    password: String,
}

/// `POST /dang-nhap/{id}`: number and password, from our own page in the browser that began the flow.
async fn take_password(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Result<Form<PasswordForm>, FormRejection>,
) -> Response {
    let role = &site.role;
    let (Some((id, door)), Ok(Form(form))) = (role.door(&id, &headers), form) else { return pages::ended(role) };
    if !role.is_own_form(id, &door, &form.token) {
        return pages::ended(role);
    }
    if matches!(door.step, Step::Over) {
        return pages::over(role, &door);
    }
    let refuse = |fault| {
        let number = form.number.chars().take(64).collect();
        pages::door(role, id, &door, LoginPage { fault: Some(fault), number })
    };
    let Ok(number) = PersonalNumber::parse(&form.number) else { return refuse(LoginFault::Number) };
    // Counted for numbers that nobody has, too: neither the answer nor the limit says who exists.
    let counted = role.key("password", number.expose().as_bytes());
    if !role.limits.passwords.take(counted, role.now()) {
        return refuse(LoginFault::TooOften);
    }
    let is_right = role.is_password(&form.password);
    let person = role.people.iter().find(|person| person.number == number);
    let Some(person) = person.filter(|_| is_right) else { return refuse(LoginFault::Wrong) };
    role.limits.passwords.forget(counted);
    if !role.send_code(id, person) {
        return refuse(LoginFault::TooManyMessages);
    }
    Redirect::to(&path(id)).into_response()
}

#[derive(Deserialize)]
struct CodeForm {
    token: String,
    #[serde(default)]
    code: String,
    /// `resend`: another code, please.
    #[serde(default)]
    answer: String,
}

/// `POST /dang-nhap/{id}/ma`: the code, or the wish for another one; as above.
async fn take_code(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Result<Form<CodeForm>, FormRejection>,
) -> Response {
    let role = &site.role;
    let (Some((id, door)), Ok(Form(form))) = (role.door(&id, &headers), form) else { return pages::ended(role) };
    if !role.is_own_form(id, &door, &form.token) {
        return pages::ended(role);
    }
    let Step::Code(sent) = door.step else { return Redirect::to(&path(id)).into_response() };
    let Some(person) = role.person(sent.person) else { return pages::ended(role) };
    let note = if form.answer == "resend" {
        match door.wait(role.now()) {
            0 if role.send_code(id, person) => CodeNote::Again,
            0 => CodeNote::TooManyMessages,
            _ => CodeNote::Wait,
        }
    } else {
        let code: String = form.code.chars().filter(|c| !c.is_whitespace()).take(64).collect();
        if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return pages::code(role, id, &door, person, CodeNote::Shape);
        }
        match check(role, id, person.id, &code) {
            Checked::Right(person) => return signed_in(&site, id, person, &door.ask.back, &headers).await,
            Checked::Wrong { left } => CodeNote::Wrong { left },
            Checked::Old => CodeNote::Old,
            Checked::Over | Checked::Elsewhere => return Redirect::to(&path(id)).into_response(),
        }
    };
    // The door as it is now: a new code has its own time.
    match role.door(&id.to_string(), &headers) {
        Some((id, door)) => pages::code(role, id, &door, person, note),
        None => pages::ended(role),
    }
}

/// Wrong codes are counted across flows too, so that nobody begins again and again.
fn check(role: &Role, id: Uuid, person: Uuid, code: &str) -> Checked {
    let counted = role.key("code", person.as_bytes());
    if !role.limits.codes.take(counted, role.now()) {
        role.doors.shut(id);
        return Checked::Over;
    }
    let checked = role.doors.check(id, role.code_hash(id, code), role.now());
    if matches!(checked, Checked::Right(_)) {
        role.limits.codes.forget(counted);
    }
    checked
}

/// Goes on where the provider asked, in the session that this browser had of the same person: who proves themselves once more is signed out
/// nowhere. Another's session ends, and a new one opens.
async fn signed_in(site: &Site, id: Uuid, person: Uuid, back: &str, headers: &HeaderMap) -> Response {
    let role = &site.role;
    let before = role.session(headers);
    let again = before.as_ref().filter(|before| before.person == person).map(|before| before.session);
    if let (Some(before), None) = (&before, again)
        && let Err(error) = role.end(before.session, site.provider.session_end(before.session)).await
    {
        tracing::error!(%error, "a session of the VNeID sandbox cannot be ended");
        return pages::broken(role);
    }
    role.doors.forget(id);
    let mut response = Redirect::to(back).into_response();
    response.headers_mut().append(header::SET_COOKIE, role.open_session(person, again));
    response
}

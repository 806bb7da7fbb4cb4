//! What the browser keeps between the pages: session, mark, step; and where one came from.

use super::refusal::Out;
use crate::{
    cookies,
    error::Problem,
    forms::{self, Fields},
    middleware::{encode, safe_next},
    state::Web,
    visit::{Citizen, Visit},
};
use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderValue, header, request::Parts},
    response::Response,
};
use base::keys::Secret;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::accounts::NewSession;

/// The step's cookie lives as long as the longest flow.
const FLOW_SECONDS: i64 = 30 * 60;
/// Browsers keep no cookie longer than 400 days.
const MARK_SECONDS: i64 = 400 * 24 * 3600;
/// Where one goes who came from nowhere in particular.
pub const HOME: &str = "/";

pub fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// The session's cookie ends with the session.
fn session_cookie(web: &Web, token: &Secret, expires_at: i64) -> HeaderValue {
    let seconds = ((expires_at - web.core.now()) / 1000).max(1);
    cookies::set(web, cookies::CITIZEN, token.expose(), Some(seconds))
}

/// A session that was just opened; the step that led to it is over.
pub fn enter(web: &Web, response: Response, session: &NewSession) -> Response {
    let response = with_cookie(response, session_cookie(web, &session.token, session.expires_at));
    let response = with_cookie(end_flow(web, response), cookies::forget(web, cookies::GUEST));
    // Nobody who comes to this browser next is shown the name that was typed elsewhere, or what somebody came for.
    with_cookie(with_cookie(response, cookies::forget(web, cookies::HINT)), cookies::forget(web, cookies::SERVICE))
}

/// The same for a guest (R3).
pub fn enter_as_guest(web: &Web, response: Response, session: &NewSession) -> Response {
    let seconds = ((session.expires_at - web.core.now()) / 1000).max(1);
    let cookie = cookies::set(web, cookies::GUEST, session.token.expose(), Some(seconds));
    end_flow(web, with_cookie(response, cookie))
}

pub fn leave_as_guest(web: &Web, response: Response) -> Response {
    end_flow(web, with_cookie(response, cookies::forget(web, cookies::GUEST)))
}

/// Somebody acts for another person from now on, beside the own session (A19). Nothing of the own pages is shown from what the phone keeps.
pub fn enter_for(web: &Web, response: Response, session: &NewSession) -> Response {
    let seconds = ((session.expires_at - web.core.now()) / 1000).max(1);
    forgetting(with_cookie(response, cookies::set(web, cookies::HELPER, session.token.expose(), Some(seconds))))
}

pub fn leave_for(web: &Web, response: Response) -> Response {
    forgetting(with_cookie(response, cookies::forget(web, cookies::HELPER)))
}

/// The new token of the session that goes on.
pub fn renew(web: &Web, response: Response, by: &Citizen, token: &Secret) -> Response {
    with_cookie(response, session_cookie(web, token, by.signed.expires_at))
}

pub fn leave(web: &Web, response: Response) -> Response {
    let response = with_cookie(response, cookies::forget(web, cookies::SERVICE));
    let response = with_cookie(response, cookies::forget(web, cookies::HELPER));
    end_flow(web, with_cookie(response, cookies::forget(web, cookies::CITIZEN)))
}

pub fn begin_flow(web: &Web, response: Response, token: &Secret) -> Response {
    with_cookie(response, cookies::set(web, cookies::FLOW, token.expose(), Some(FLOW_SECONDS)))
}

pub fn end_flow(web: &Web, response: Response) -> Response {
    with_cookie(response, cookies::forget(web, cookies::FLOW))
}

/// The token of the step this browser is in; empty when in none.
pub fn flow(web: &Web, visit: &Visit) -> String {
    cookies::get(web, &visit.headers, cookies::FLOW).unwrap_or_default()
}

/// Gives a browser without one its own mark, by which a known device is told from a new one (A18).
pub fn marked(web: &Web, has_mark: bool, response: Response) -> Response {
    if has_mark {
        return response;
    }
    let mark = URL_SAFE_NO_PAD.encode(web.core.entropy.bytes::<24>());
    with_cookie(response, mark_cookie(web, &mark))
}

pub fn mark_cookie(web: &Web, mark: &str) -> HeaderValue {
    cookies::set(web, cookies::MARK, mark, Some(MARK_SECONDS))
}

/// Pages after which nothing private may stay in the service worker's store.
pub fn forgetting(mut response: Response) -> Response {
    response.headers_mut().insert("x-offline-copy", HeaderValue::from_static("forget"));
    response
}

/// Where to go afterwards: a path of ours that is not itself a door.
pub fn next_of(text: &str) -> String {
    let next = safe_next(text, HOME);
    let doors = [
        "/dang-nhap",
        "/dang-ky",
        "/dang-xuat",
        "/quen-mat-khau",
        "/xac-nhan",
        "/can-bo",
        "/phan-anh/khach",
        "/phan-anh/cach-gui",
        "/theo-doi",
        "/khach",
        "/lan-dau",
        // The provider's own: a flow that waits is the one place of it to come back to.
        "/oauth2/logout",
        "/oauth2/authorize",
    ];
    if doors.iter().any(|d| next.starts_with(d)) { HOME.to_owned() } else { next }
}

pub fn query(raw: &Option<String>) -> Fields {
    Fields::parse(raw.as_deref().unwrap_or_default().as_bytes())
}

/// A page's address that remembers where to go afterwards.
pub fn carrying(path: &str, next: &str) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    if next == HOME { path.to_owned() } else { format!("{path}{sign}next={}", encode(next)) }
}

/// A page of the doors; who is signed in goes where it leads.
pub struct Doorway {
    pub visit: Visit,
    /// What the address asks.
    pub asked: Fields,
    pub next: String,
}

impl FromRequestParts<Web> for Doorway {
    type Rejection = Out;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Out> {
        let visit = Visit::from_request_parts(parts, web).await?;
        let asked = Fields::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let next = next_of(asked.get("next"));
        visit.as_oneself()?;
        if visit.citizen.is_some() { Err(Out::To(next)) } else { Ok(Self { visit, asked, next }) }
    }
}

/// A form of the doors. Nobody is signed in, so there is no token to check (see `headers::same_origin`); who signed in
/// meanwhile in another tab goes where the page leads.
pub struct Door {
    pub visit: Visit,
    pub fields: Fields,
    pub next: String,
}

impl FromRequest<Web> for Door {
    type Rejection = Out;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Out> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, web).await?;
        let fields = forms::read(Request::from_parts(parts, body)).await.map_err(Problem::from)?;
        let next = next_of(fields.get("next"));
        visit.as_oneself()?;
        if visit.citizen.is_some() { Err(Out::To(next)) } else { Ok(Self { visit, fields, next }) }
    }
}

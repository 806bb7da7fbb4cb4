//! The service itself: token, envelope, hash, limits, answer; and its description (WSDL).

use super::{
    Account, Fault, Registry, SERVICE,
    compare::compare,
    journal::{Entry, Outcome},
    soap::{self, ACTION, Refusal, Request},
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base::{keys::keyed_hash, xml::escaped};
use futures_util::{StreamExt, stream};
use std::{io, time::Duration};
use subtle::ConstantTimeEq;

/// A question is far smaller.
const LONGEST: usize = 16 * 1024;
const XML: &str = "text/xml; charset=utf-8";
const WSDL: &str = include_str!("../../assets/registry.wsdl");

pub fn router(registry: Registry) -> Router {
    Router::new().route(SERVICE, get(describe).post(ask)).layer(DefaultBodyLimit::max(LONGEST)).with_state(registry)
}

/// `GET /dich-vu?wsdl`: what the service is, for programs; people go to the first page.
async fn describe(State(registry): State<Registry>, RawQuery(query): RawQuery) -> Response {
    if !query.is_some_and(|query| query.eq_ignore_ascii_case("wsdl")) {
        return Redirect::to("/").into_response();
    }
    let address = format!("{}{SERVICE}", registry.0.address);
    xml(StatusCode::OK, WSDL.replace("{address}", &escaped(&address)))
}

fn xml(status: StatusCode, body: impl Into<Body>) -> Response {
    (status, [(header::CONTENT_TYPE, XML), (header::CACHE_CONTROL, "no-store")], body.into()).into_response()
}

fn refused(refusal: Refusal) -> Response {
    xml(StatusCode::INTERNAL_SERVER_ERROR, soap::fault(refusal)) // SOAP 1.1, 6.2: a fault has the status 500
}

/// `POST /dich-vu`: one question of a system that has a token.
async fn ask(
    State(registry): State<Registry>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    // Nothing is parsed for strangers.
    let Some(account) = account(&registry, &headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return rejection.status().into_response(),
    };
    if !is_xml(&headers) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let is_ours = headers.get("soapaction").map(HeaderValue::as_bytes) == Some(ACTION.as_bytes());
    let request = match soap::read(&body) {
        Ok(request) if is_ours => request,
        other => {
            let refusal = other.err().unwrap_or(Refusal::Unreadable);
            registry.entries().add(entry(&registry, account, None, Outcome::Refused(refusal), false));
            return refused(refusal);
        }
    };
    if let Err(refusal) = admit(&registry, account, &request) {
        registry.entries().add(entry(&registry, account, Some(&request), Outcome::Refused(refusal), false));
        return refused(refusal);
    }
    let found = request.asked.number.as_ref().and_then(|number| registry.find(number.expose()));
    let compared = compare(&request.asked, found);
    let limits = registry.0.limits;
    let slowed = {
        let mut journal = registry.entries();
        let now = registry.0.clock.now();
        let slowed = compared.is_miss() && journal.miss(&account.name, &request.officer, now) > limits.misses;
        journal.add(entry(&registry, account, Some(&request), Outcome::Answered(compared), slowed));
        slowed
    };
    if slowed {
        tokio::time::sleep(limits.slowed).await;
    }
    give(registry.fault(), &request.request, &soap::answer(&request.request, compared)).await
}

fn admit(registry: &Registry, account: &Account, request: &Request) -> Result<(), Refusal> {
    if !request.is_signed_with(&account.key) {
        return Err(Refusal::Hash);
    }
    let now = registry.0.clock.now();
    let counted = |what: &str, of: &str| keyed_hash(&account.key, format!("{what} {of}").as_bytes());
    let number = request.asked.number.as_ref().map(|number| counted("number", number.expose()));
    for (limit, key) in
        [(&registry.0.questions, Some(counted("officer", &request.officer))), (&registry.0.about_one, number)]
    {
        limit.sweep(now);
        if !key.is_none_or(|key| limit.take(key, now)) {
            return Err(Refusal::TooMany);
        }
    }
    if !registry.entries().use_up(&account.name, &request.request) {
        return Err(Refusal::Again);
    }
    Ok(())
}

fn entry(registry: &Registry, account: &Account, request: Option<&Request>, outcome: Outcome, slowed: bool) -> Entry {
    let of = |field: fn(&Request) -> &String| request.map(|r| field(r).clone()).unwrap_or_default();
    let number = request.map(|r| r.asked.number.as_ref().map_or_else(|| "CMND".to_owned(), |number| number.masked()));
    Entry {
        at: registry.0.clock.now(),
        account: account.name.clone(),
        officer: of(|r| &r.officer),
        procedure: of(|r| &r.procedure),
        request: of(|r| &r.request),
        number: number.unwrap_or_default(),
        outcome,
        slowed,
    }
}

fn account<'a>(registry: &'a Registry, headers: &HeaderMap) -> Option<&'a Account> {
    let shown = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    let is_his = |account: &&Account| shown.as_bytes().ct_eq(account.token.expose().as_bytes()).into();
    registry.0.accounts.iter().find(is_his)
}

fn is_xml(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let (kind, rest) = kind.split_once(';').unwrap_or((kind, ""));
    let charset = rest.trim().strip_prefix("charset=").map_or("utf-8", |name| name.trim_matches('"'));
    kind.trim().eq_ignore_ascii_case("text/xml") && charset.eq_ignore_ascii_case("utf-8")
}

/// The answer, or what goes wrong in its place.
async fn give(fault: Fault, request: &str, answer: &str) -> Response {
    match fault {
        Fault::None => xml(StatusCode::OK, answer.to_owned()),
        Fault::Slow(time) => {
            tokio::time::sleep(time.min(Duration::from_secs(60))).await;
            xml(StatusCode::OK, answer.to_owned())
        }
        Fault::Down => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Fault::Half => {
            let half = Bytes::copy_from_slice(&answer.as_bytes()[..answer.len() / 2]);
            let broken = async {
                // What was said before must be on its way, else it would be lost with the connection.
                tokio::time::sleep(Duration::from_millis(100)).await;
                Err(io::Error::from(io::ErrorKind::ConnectionReset))
            };
            let parts = stream::once(async { Ok(half) }).chain(stream::once(broken));
            let mut response = xml(StatusCode::OK, Body::from_stream(parts));
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(answer.len()));
            response
        }
        Fault::Broken => xml(StatusCode::OK, answer.replace("</", "<")),
        Fault::OtherRequest => {
            xml(StatusCode::OK, answer.replace(&escaped(request), "00000000-0000-0000-0000-000000000000"))
        }
    }
}

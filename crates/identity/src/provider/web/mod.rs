//! The endpoints. A handler reads parameters, asks the provider, and answers in the words of the standards.

mod authorize;
mod info;
mod logout;
pub(crate) mod params;
mod tokens;

use super::Provider;
use crate::{
    error::{Error, Refusal, Stop},
    handles,
};
use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use base::i18n::{Lang, Speaker};
use params::LONGEST;
use serde_json::{Value, json};
use store::Trouble;
use url::Url;

const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn router(provider: Provider) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(info::discovery))
        .route("/oauth2/jwks", get(info::jwks))
        .route("/oauth2/authorize", get(authorize::by_query).post(authorize::by_form))
        .route("/oauth2/par", post(authorize::push))
        .route("/oauth2/interaction/{id}", get(authorize::show).post(authorize::answer))
        .route("/oauth2/token", post(tokens::token))
        .route("/oauth2/introspect", post(tokens::introspect))
        .route("/oauth2/revoke", post(tokens::revoke))
        .route("/oauth2/userinfo", get(info::userinfo).post(info::userinfo))
        .route("/oauth2/logout", get(logout::by_query).post(logout::by_form))
        .route("/oauth2/logout/confirm", post(logout::confirmed))
        .layer(DefaultBodyLimit::max(LONGEST))
        .layer(map_response(protect))
        .with_state(provider)
}

/// Headers of every answer: kept nowhere unless a handler says so, told to nobody, framed by nobody.
async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Which of the plain page's sentences.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Plain {
    Request(&'static str),
    Over,
    Broken,
}

/// The one page that is drawn here: where no client can be told, because none is proven.
pub(crate) fn error_page(provider: &Provider, headers: &HeaderMap, what: Plain) -> Response {
    let wishes = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let lang = if wishes.trim_start().to_ascii_lowercase().starts_with("en") { Lang::EN } else { Lang::VI };
    let speaker = Speaker::new(provider.texts.clone(), lang);
    let t = |key: &str| escape(&speaker.t(key));
    let (status, key, code) = match what {
        Plain::Request(code) => (StatusCode::BAD_REQUEST, "identity-error-request", Some(code)),
        Plain::Over => (StatusCode::BAD_REQUEST, "identity-error-over", None),
        Plain::Broken => (StatusCode::SERVICE_UNAVAILABLE, "identity-error-broken", None),
    };
    let code = code.map_or_else(String::new, |code| {
        format!("<p>{}</p>", escape(&speaker.t1("identity-error-code", "code", code)))
    });
    let html = format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{title}</title></head><body><main><h1>{title}</h1>\
         <p>{text}</p>{code}</main></body></html>",
        title = t("identity-error-title"),
        text = t(key),
    );
    (status, [(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Something inside failed while a person waits.
pub(crate) fn broken_page(provider: &Provider, headers: &HeaderMap, error: &Error) -> Response {
    tracing::error!(%error, "the OpenID provider failed");
    error_page(provider, headers, Plain::Broken)
}

pub(crate) fn stop_page(provider: &Provider, headers: &HeaderMap, stop: Stop) -> Response {
    match stop {
        Stop::Refused(refusal) => error_page(provider, headers, Plain::Request(refusal.code)),
        Stop::Broken(error) => broken_page(provider, headers, &error),
    }
}

/// The answer of an endpoint that programs ask.
pub(crate) fn stop_json(headers: &HeaderMap, stop: Stop) -> Response {
    match stop {
        Stop::Refused(refusal) => refusal_json(headers, &refusal),
        Stop::Broken(error) => {
            tracing::error!(%error, "the OpenID provider failed");
            let busy = matches!(&error, Error::Store(e) if e.trouble() == Trouble::Busy);
            let (status, code) = if busy {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable")
            } else {
                (StatusCode::INTERNAL_SERVER_ERROR, "server_error")
            };
            (status, Json(json!({ "error": code }))).into_response()
        }
    }
}

fn refusal_json(headers: &HeaderMap, refusal: &Refusal) -> Response {
    let is_client = refusal.code == "invalid_client";
    let status = if is_client { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    let body = Json(json!({ "error": refusal.code, "error_description": refusal.why }));
    let mut response = (status, body).into_response();
    if is_client && headers.contains_key(header::AUTHORIZATION) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"oauth2\""));
    }
    response
}

pub(crate) fn json_answer(status: StatusCode, value: Value) -> Response {
    (status, Json(value)).into_response()
}

/// Sends the browser on, with a GET whatever it came with.
pub(crate) fn see_other(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A page's `form-action` for an address: its origin, or the scheme of an app.
pub(crate) fn leads_to(address: &str) -> String {
    match Url::parse(address) {
        Ok(url) if url.origin().is_tuple() => url.origin().ascii_serialization(),
        Ok(url) => format!("{}:", url.scheme()),
        Err(_) => "'none'".to_owned(),
    }
}

/// An address with more parameters; what stood there before stays letter by letter.
pub(crate) fn with_query(address: &str, pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    match (query.is_empty(), address.contains('?')) {
        (true, _) => address.to_owned(),
        (false, true) => format!("{address}&{query}"),
        (false, false) => format!("{address}?{query}"),
    }
}

fn cookie_name(provider: &Provider) -> &'static str {
    if provider.settings.is_https() { "__Host-oidc" } else { "oidc" }
}

/// The mark of this browser, if it is one of ours by its looks.
pub(crate) fn mark(provider: &Provider, headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == cookie_name(provider))
        .map(|(_, value)| value.to_owned())
        .filter(|value| value.len() == 43)
}

/// The browser's mark, and the line that gives it one when it has none.
pub(crate) fn mark_or_new(provider: &Provider, headers: &HeaderMap) -> (String, Option<HeaderValue>) {
    if let Some(mark) = mark(provider, headers) {
        return (mark, None);
    }
    let mark = handles::new(&provider.entropy).expose().to_owned();
    let secure = if provider.settings.is_https() { "; Secure" } else { "" };
    let line = format!("{}={mark}; Path=/; HttpOnly; SameSite=Lax{secure}", cookie_name(provider));
    (mark, HeaderValue::from_str(&line).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_lead_to_the_clients_origin_or_app() {
        assert_eq!(leads_to("https://tinh.example.vn/ve?a=1"), "https://tinh.example.vn");
        assert_eq!(leads_to("http://127.0.0.1:9/x"), "http://127.0.0.1:9");
        assert_eq!(leads_to("vn.tinh.app:/ve"), "vn.tinh.app:");
    }

    #[test]
    fn an_address_keeps_its_own_query() {
        assert_eq!(with_query("https://a.vn/cb", &[("state", "x y&")]), "https://a.vn/cb?state=x+y%26");
        assert_eq!(with_query("https://a.vn/cb?k=1", &[("code", "c")]), "https://a.vn/cb?k=1&code=c");
        assert_eq!(with_query("vn.app:/cb", &[]), "vn.app:/cb");
    }
}

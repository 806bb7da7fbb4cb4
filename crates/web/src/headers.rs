//! Headers that every answer carries (X8): no inline code anywhere, no foreign origins, nothing framed.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::state::{Parts, Web};

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What an operator can add: a foreign tile server, providers to whose pages our sign-in forms lead, and those who let people sign in
/// through us (`more`): browsers hold a form against every redirect that follows.
pub(crate) fn policy(parts: &Parts, more: &[String]) -> HeaderValue {
    let mut policy = CSP.to_owned();
    let mut add = |directive: &str, origin: &str| {
        let with = format!("{directive} 'self' {origin}");
        policy = policy.replacen(&format!("{directive} 'self'"), &with, 1);
    };
    if let Some(origin) = parts.http.tiles.as_ref().and_then(|t| t.origin()) {
        add("img-src", origin);
    }
    let banks = parts.banks.iter().flat_map(|bank| &bank.origins);
    let till = parts.till.iter().flat_map(|till| &till.origins);
    for origin in parts.providers.iter().flat_map(|p| &p.origins).chain(banks).chain(till).chain(more) {
        add("form-action", origin);
    }
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(CSP))
}

pub async fn secure(State(web): State<Web>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| web.policy());
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("permissions-policy", "geolocation=(self), camera=(), microphone=(), payment=(), usb=()"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
    ];
    for (name, value) in fixed {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    // Pages may show a person's own things: kept nowhere unless a handler says otherwise.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if web.core.settings.origin.starts_with("https://") {
        headers
            .entry(header::STRICT_TRANSPORT_SECURITY)
            .or_insert(HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    response
}

/// Refuses writes that another site's page started (cross-site request forgery), before anything is parsed. Forms of signed-in
/// people carry a token besides; this also protects signing in itself, where there is no session yet.
pub async fn same_origin(State(web): State<Web>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // Providers send people here by a form; it signs nobody in and changes nothing (OpenID Connect Core 4).
    let is_sent = request.uri().path() == crate::citizen::accounts::linked::sent::START;
    if safe || is_sent || is_own(&web, &request) {
        return next.run(request).await;
    }
    metrics::counter!("http_cross_site_refused_total").increment(1);
    (StatusCode::FORBIDDEN, "cross-site request refused").into_response()
}

fn is_own(web: &Web, request: &Request) -> bool {
    let header = |name| request.headers().get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = header("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match header("origin") {
        // Browsers of the last years send one of the two; what sends neither is no browser and carries no one's cookies.
        None => true,
        Some("null") => false,
        Some(origin) => {
            let host = header("host").unwrap_or_default();
            let own = &web.core.settings.origin;
            origin == own || (!own.starts_with("https://") && origin.split_once("://").is_some_and(|(_, o)| o == host))
        }
    }
}

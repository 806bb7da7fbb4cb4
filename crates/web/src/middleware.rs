//! What happens around every request: language, address, request id, metrics, error pages.

use crate::{
    cookies,
    error::{Pending, Problem},
    state::Web,
    visit::{AskedLang, Visit, client_address, wants_json},
};
use askama::Template;
use axum::{
    body::Body,
    extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};
use base::i18n::Lang;
use std::{net::SocketAddr, time::Instant};

/// Request id, metrics and one log line without personal data: the route's pattern, never the address itself.
pub async fn observe(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0);
    let address = client_address(&web, request.headers(), peer);
    request.extensions_mut().insert(address);
    let id = web.core.new_id().simple().to_string();
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |m| m.as_str().to_owned());
    let method = request.method().clone();
    let start = Instant::now();
    let mut response = next.run(request).await;
    let took = start.elapsed();
    let status = response.status();
    metrics::histogram!("http_request_seconds", "route" => route.clone()).record(took.as_secs_f64());
    metrics::counter!("http_requests_total", "route" => route.clone(), "status" => status.as_u16().to_string())
        .increment(1);
    if status.is_server_error() {
        tracing::error!(%id, %method, route, status = status.as_u16(), ms = took.as_millis() as u64, "request failed");
    } else {
        tracing::debug!(%id, %method, route, status = status.as_u16(), ms = took.as_millis() as u64, "request");
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// `?lang=en` switches the language of this browser.
pub async fn language(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let asked = request
        .uri()
        .query()
        .and_then(|q| q.split('&').find_map(|p| p.strip_prefix("lang=")))
        .and_then(Lang::parse)
        .filter(|l| web.core.texts.languages().contains(l));
    let Some(lang) = asked else { return forget_flash(&web, request, next).await };
    request.extensions_mut().insert(AskedLang(lang));
    let mut response = forget_flash(&web, request, next).await;
    let cookie = cookies::set(&web, cookies::LANGUAGE, lang.as_str(), Some(365 * 24 * 3600));
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// A message for the next page is shown on the first page that is read, once.
async fn forget_flash(web: &Web, request: Request, next: Next) -> Response {
    let had = request.method() == Method::GET && cookies::get(web, request.headers(), cookies::FLASH).is_some();
    let acts = cookies::get(web, request.headers(), cookies::HELPER).is_some();
    let mut response = next.run(request).await;
    // Of what is shown while somebody acts for another person, no phone keeps a copy for later (A19).
    if acts && response.headers().get("x-offline-copy").is_some_and(|how| how == "keep") {
        response.headers_mut().remove("x-offline-copy");
    }
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    if had && is_page && response.status().is_success() {
        response.headers_mut().append(header::SET_COOKIE, cookies::forget(web, cookies::FLASH));
    }
    response
}

/// The same at the console, whose way back is the console.
#[derive(Template)]
#[template(path = "staff/error.html")]
struct StaffErrorPage {
    p: crate::page::Page,
    title: String,
    text: String,
    again: bool,
}

#[derive(Template)]
#[template(path = "citizen/error.html")]
struct ErrorPage {
    p: crate::page::Page,
    title: String,
    text: String,
    again: bool,
}

/// Writes the body of a problem in the visitor's language: a page, or problem+json for programs and scripts.
pub async fn error_pages(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut copy = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(Pending(problem)) = response.extensions().get::<Pending>().cloned() else { return response };
    let path = copy.uri.path().to_owned();
    let is_staff = path.starts_with("/can-bo");
    let as_json = path.starts_with("/api/") || path.starts_with("/tai-len") || wants_json(&copy.headers);
    if !as_json {
        // Who is not signed in is led to the right door and back.
        let door = match problem {
            Problem::SignIn if is_staff => Some("/can-bo/dang-nhap"),
            // Whoever wants to report may do it without an account (R3).
            Problem::SignIn if path.starts_with("/phan-anh/moi") => Some("/phan-anh/cach-gui"),
            Problem::SignIn => Some("/dang-nhap"),
            Problem::StepUp if is_staff => Some("/can-bo/xac-nhan"),
            Problem::StepUp => Some("/xac-nhan"),
            Problem::Duty => Some("/can-bo/bao-mat"),
            _ => None,
        };
        if let Some(door) = door {
            let back =
                if copy.method == Method::GET { copy.uri.path_and_query().map_or("/", |p| p.as_str()) } else { "/" };
            let back = if back == "/" && is_staff { "/can-bo" } else { back };
            return Redirect::to(&format!("{door}?next={}", encode(back))).into_response();
        }
    }
    // Busy may mean that the database is away: looking up the session would only make the person wait once more.
    let visit = match problem {
        Problem::Busy => None,
        _ => Visit::from_request_parts(&mut copy, &web).await.ok(),
    };
    let page = visit.map_or_else(|| crate::visit::stranger(&web, &copy), |visit| visit.page);
    let title = page.t(&format!("error-{}-title", problem.code())).into_owned();
    let text = match &problem {
        Problem::Acting => match &page.acting {
            Some(by) if by.at_desk => page.t("error-acting-desk").into_owned(),
            by => page.t1("error-acting-text", "name", by.as_ref().map_or("", |by| by.name.as_str())),
        },
        Problem::Invalid(fields) if as_json => {
            fields.iter().map(|f| page.t(f.key).into_owned()).collect::<Vec<_>>().join(" ")
        }
        _ => page.t(&format!("error-{}-text", problem.code())).into_owned(),
    };
    if as_json {
        return problem.json(text);
    }
    let again = matches!(problem, Problem::Busy | Problem::Internal | Problem::DiskFull | Problem::TooOften { .. })
        && copy.method == Method::GET;
    let page = if is_staff {
        StaffErrorPage { p: page, title, text, again }.render()
    } else {
        ErrorPage { p: page, title, text, again }.render()
    };
    match page {
        Ok(html) => problem.finish(Html(html).into_response()),
        Err(_) => problem.finish(problem.status().into_response()),
    }
}

/// Percent-encodes a path for a query.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.' | b'~') {
            out.push(b as char);
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

/// A place to come back to: a path of ours, never another site.
pub fn safe_next(next: &str, otherwise: &str) -> String {
    let is_own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.starts_with("/\\")
        && next.len() <= 500
        && next.bytes().all(|b| (0x21..0x7f).contains(&b) && b != b'\\');
    if is_own { next.to_owned() } else { otherwise.to_owned() }
}

pub fn panicked(_: Box<dyn std::any::Any + Send>) -> Response<Body> {
    tracing::error!("a handler panicked");
    metrics::counter!("http_panics_total").increment(1);
    (StatusCode::INTERNAL_SERVER_ERROR, "Có trục trặc ở phía chúng tôi. Hãy thử lại.").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x8_coming_back_never_leads_to_another_site() {
        for bad in ["//evil.example", "https://evil.example", "/\\evil", "javascript:alert(1)", "", "/a b", "/\n"] {
            assert_eq!(safe_next(bad, "/"), "/", "{bad}");
        }
        assert_eq!(safe_next("/phan-anh/1?a=b", "/"), "/phan-anh/1?a=b");
    }
}

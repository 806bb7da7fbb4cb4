//! Open311 GeoReport v2 (R12) under `/open311`: other systems read what is public and, with a key, send reports. XML and JSON
//! come from one tree (`tree`); what may be read is decided in `domain::reports::open`.

pub(crate) mod ask;
mod discovery;
mod fault;
mod requests;
pub(crate) mod send;
mod services;
mod tree;
mod updates;

use crate::{state::Web, visit};
use ask::Ask;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, header},
    response::Response,
    routing::any,
};
use fault::Fault;
use tree::Format;

/// Where the interface is, below the province's address.
pub const BASE: &str = "/open311/v2";

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/open311/{file}", any(door))
        .route("/open311/v2/{file}", any(door))
        .route("/open311/v2/{what}/{file}", any(door))
}

/// Every request: the ending of the address says the format, also of what goes wrong.
async fn door(State(web): State<Web>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches("/open311/").to_owned();
    let (name, format) = match path.rsplit_once('.').map(|(name, ending)| (name, Format::parse(ending))) {
        Some((name, Some(format))) => (name.to_owned(), format),
        _ => (String::new(), Format::Xml),
    };
    let (parts, body) = request.into_parts();
    let lang = visit::language(&web, &parts, None);
    let ask = Ask { web, format, lang };
    let segments: Vec<&str> = name.split('/').collect();
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let answered = match (segments.as_slice(), &parts.method) {
        (["v2", "requests"], &Method::POST) => send::send(&ask, Request::from_parts(parts, body)).await,
        (["v2", "servicerequestupdates"], &Method::POST) => updates::send(&ask, Request::from_parts(parts, body)).await,
        (segments, _) if reads => read(&ask, segments, parts.uri.query().unwrap_or_default()).await,
        _ => Err(Fault::not_found("open311-no-page")),
    };
    let mut response = answered.unwrap_or_else(|fault| fault.answer(&ask));
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    if reads {
        // Public data: pages of other sites may read it.
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        let name = HeaderName::from_static("cross-origin-resource-policy");
        headers.insert(name, HeaderValue::from_static("cross-origin"));
    }
    response
}

async fn read(ask: &Ask, segments: &[&str], query: &str) -> Result<Response, Fault> {
    let query = ask::Query::parse(query)?;
    if segments == ["discovery"] {
        return Ok(discovery::discovery(ask));
    }
    ask.jurisdiction(query.one("jurisdiction_id")?)?;
    if let Some(key) = query.one("api_key")? {
        ask.key(key, false).await?;
    }
    match segments {
        ["v2", "services"] => Ok(services::list(ask)),
        ["v2", "services", code] => services::definition(ask, code),
        ["v2", "requests"] => requests::list(ask, &query).await,
        ["v2", "requests", code] => requests::one(ask, code, &query).await,
        ["v2", "tokens", token] => requests::token(ask, token).await,
        ["v2", "servicerequestupdates"] => updates::list(ask, &query).await,
        _ => Err(Fault::not_found("open311-no-page")),
    }
}

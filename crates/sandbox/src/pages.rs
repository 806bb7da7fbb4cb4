//! The pages: what this is, the phones, one phone's messages, the operator's fault switches; and the messages as JSON.
//!
//! No JavaScript, no inline style: the policy below forbids both.

use std::time::Duration;

use askama::Template;
use axum::{
    Extension, Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use base::{clock::Millis, phone::PhoneNumber};
use serde::{Deserialize, Serialize};

use crate::authorities::Listed;
use crate::smsc::{Faults, Phone, SmsMessage, Smsc, SmscStatus, local_time};

const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) fn router(smsc: Smsc) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/sms", get(inbox))
        .route("/operator", get(operator).post(set_faults))
        .route("/sandbox.css", get(styles))
        .fallback(not_found)
        .layer(map_response(protect))
        .with_state(smsc)
}

/// Headers of every answer: messages must neither run code, nor be framed, kept or told to other sites. A page may have a policy
/// of its own.
pub(crate) async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

pub(crate) async fn styles() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=300")];
    (headers, include_str!("../assets/sandbox.css")).into_response()
}

pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a sandbox page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    /// The authorities that confirm a person are here, too.
    has_authorities: bool,
}

async fn home(listed: Option<Extension<Listed>>) -> Response {
    page(StatusCode::OK, &HomePage { has_authorities: listed.is_some() })
}

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFoundPage;

async fn not_found() -> Response {
    page(StatusCode::NOT_FOUND, &NotFoundPage)
}

#[derive(Deserialize)]
struct InboxQuery {
    to: Option<String>,
    format: Option<String>,
}

/// One message as other programs read it; exactly these keys.
#[derive(Serialize)]
struct JsonMessage {
    to: String,
    from: String,
    text: String,
    /// RFC 3339, UTC.
    at: String,
}

impl From<SmsMessage> for JsonMessage {
    fn from(SmsMessage { to, from, text, at, .. }: SmsMessage) -> Self {
        let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_string();
        Self { to, from, text, at }
    }
}

/// `GET /sms`, `GET /sms?to=+84…`: pages for browsers, JSON for everything else.
async fn inbox(State(smsc): State<Smsc>, Query(query): Query<InboxQuery>, headers: HeaderMap) -> Response {
    let typed = query.to.as_deref().map(str::trim).filter(|typed| !typed.is_empty());
    // A plus in a query string arrives as a space and is gone by now; the parser takes the number without it.
    let phone = typed.map(PhoneNumber::parse).transpose();
    if wants_json(&headers, query.format.as_deref()) {
        return match phone {
            Ok(phone) => {
                let messages = smsc.messages(phone.as_ref().map(PhoneNumber::as_e164));
                Json(messages.into_iter().map(JsonMessage::from).collect::<Vec<_>>()).into_response()
            }
            Err(_) => (StatusCode::BAD_REQUEST, Json(serde_json::json!({ "error": "not a Vietnamese mobile number" })))
                .into_response(),
        };
    }
    match phone {
        Ok(Some(phone)) => {
            let messages = smsc.messages(Some(phone.as_e164())).into_iter().map(Bubble::from).collect();
            page(
                StatusCode::OK,
                &ConversationPage { query: phone.as_e164().replace('+', "%2B"), national: phone.national(), messages },
            )
        }
        Ok(None) => page(StatusCode::OK, &PhonesPage::new(&smsc, None)),
        Err(_) => page(StatusCode::BAD_REQUEST, &PhonesPage::new(&smsc, typed.map(str::to_owned))),
    }
}

fn wants_json(headers: &HeaderMap, format: Option<&str>) -> bool {
    match format {
        Some(format) => format == "json",
        None => {
            let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
            !accept.contains("text/html")
        }
    }
}

#[derive(Template)]
#[template(path = "phones.html")]
struct PhonesPage {
    phones: Vec<PhoneRow>,
    /// What was typed and is no number.
    wrong: Option<String>,
}

struct PhoneRow {
    national: String,
    /// For the link, with the plus escaped.
    query: String,
    messages: usize,
    newest: String,
}

impl PhonesPage {
    fn new(smsc: &Smsc, wrong: Option<String>) -> Self {
        let row = |Phone { number, messages, newest }: Phone| PhoneRow {
            national: PhoneNumber::parse(&number).map_or_else(|_| number.clone(), |phone| phone.national()),
            query: number.replace('+', "%2B"),
            messages,
            newest: show_time(newest),
        };
        Self { phones: smsc.phones().into_iter().map(row).collect(), wrong }
    }
}

#[derive(Template)]
#[template(path = "conversation.html")]
struct ConversationPage {
    national: String,
    query: String,
    messages: Vec<Bubble>,
}

struct Bubble {
    from: String,
    text: String,
    at: String,
    machine_at: String,
    parts: usize,
}

impl From<SmsMessage> for Bubble {
    fn from(SmsMessage { from, text, at, parts, .. }: SmsMessage) -> Self {
        let machine_at = jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_string();
        Self { from, text, at: show_time(at), machine_at, parts }
    }
}

fn show_time(at: Millis) -> String {
    local_time(at).strftime("%H:%M:%S, %d/%m/%Y").to_string()
}

#[derive(Template)]
#[template(path = "operator.html")]
struct OperatorPage {
    status: SmscStatus,
    faults: Faults,
}

async fn operator(State(smsc): State<Smsc>) -> Response {
    page(StatusCode::OK, &OperatorPage { status: smsc.status(), faults: smsc.faults() })
}

/// One switch a form; numbers are bounded so that a demo cannot be blocked for good.
#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
enum FaultForm {
    Throttle { every: Option<String> },
    Delay { seconds: Option<String> },
    DropAnswers { count: Option<String> },
    GoAway { seconds: Option<String> },
    Normal,
}

async fn set_faults(State(smsc): State<Smsc>, headers: HeaderMap, Form(form): Form<FaultForm>) -> Response {
    // Another site's page must not switch a demo's operator off. Browsers tell; programs send no such header.
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let bounded =
        |typed: Option<String>, most: u32| typed.and_then(|typed| typed.trim().parse().ok()).unwrap_or(0).min(most);
    match form {
        FaultForm::Throttle { every } => smsc.set_faults(|f| f.throttle_every = bounded(every, 1_000)),
        FaultForm::Delay { seconds } => {
            smsc.set_faults(|f| f.delay_answers = Duration::from_secs(bounded(seconds, 60).into()));
        }
        FaultForm::DropAnswers { count } => smsc.set_faults(|f| f.drop_answers = bounded(count, 1_000)),
        FaultForm::GoAway { seconds } => smsc.go_away(Duration::from_secs(bounded(seconds, 600).into())),
        FaultForm::Normal => {
            smsc.set_faults(|f| *f = Faults::default());
            smsc.come_back();
        }
    }
    Redirect::to("/operator").into_response()
}

#[cfg(test)]
#[path = "pages_tests.rs"]
mod tests;

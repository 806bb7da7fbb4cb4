//! The pages for people: whom one may try, what was asked, and what shall go wrong. Nothing that is searched for stands in an address.

use super::{
    Fault, Registry, SERVICE,
    journal::{Entry, Suspect},
};
use crate::{
    pages::{page, protect, styles},
    people::Invented,
    smsc::local_time,
};
use askama::Template;
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode},
    middleware::map_response,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::fold::fold;
use serde::Deserialize;
use std::time::Duration;

/// A form of ours is far smaller.
const LONGEST: usize = 8 * 1024;
/// People on the first page besides the demo's residents; they are those of the VNeID sandbox.
const SHOWN: usize = crate::people::IN_TURN;
/// Found people that are shown.
const FOUND: usize = 30;
/// Entries of the journal that are shown.
const ENTRIES: usize = 200;

pub fn router(registry: Registry) -> Router {
    Router::new()
        .route("/", get(start))
        .route("/tim", post(search).get(async || Redirect::to("/")))
        .route("/nhat-ky", get(journal))
        .route("/loi", get(faults).post(set_fault))
        .route("/sandbox.css", get(styles))
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(LONGEST))
        .layer(map_response(protect))
        .with_state(registry)
}

#[derive(Template)]
#[template(path = "registry/start.html")]
struct StartPage<'a> {
    residents: &'a [Invented],
    others: &'a [Invented],
    all: usize,
    service: String,
}

async fn start(State(registry): State<Registry>) -> Response {
    let (residents, others) = registry.people().split_at(registry.0.residents);
    let others = &others[..others.len().min(SHOWN)];
    let service = format!("{}{SERVICE}", registry.0.address);
    page(StatusCode::OK, &StartPage { residents, others, all: registry.people().len(), service })
}

#[derive(Deserialize)]
struct SearchForm {
    wanted: String,
}

#[derive(Template)]
#[template(path = "registry/found.html")]
struct FoundPage<'a> {
    wanted: String,
    found: Vec<&'a Invented>,
    more: bool,
}

/// `POST /tim`: by a part of the name, without marks too, or by the first digits of the number. A form and no address, so that no
/// number comes into a log or a history.
async fn search(State(registry): State<Registry>, form: Result<Form<SearchForm>, FormRejection>) -> Response {
    let wanted: String = form.map(|Form(form)| form.wanted.trim().chars().take(100).collect()).unwrap_or_default();
    let digits: String = wanted.chars().filter(|c| !c.is_whitespace() && *c != '.').collect();
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let folded = fold(&wanted);
    let fits = |person: &&Invented| {
        if is_number {
            person.number.expose().starts_with(&digits)
        } else {
            !folded.is_empty() && fold(&person.name).contains(&folded)
        }
    };
    let mut found: Vec<&Invented> = registry.people().iter().filter(fits).take(FOUND + 1).collect();
    let more = found.len() > FOUND;
    found.truncate(FOUND);
    page(StatusCode::OK, &FoundPage { wanted, found, more })
}

#[derive(Template)]
#[template(path = "registry/journal.html")]
struct JournalPage {
    lines: Vec<Line>,
    suspects: Vec<Suspect>,
    seconds: String,
}

struct Line {
    at: String,
    words: String,
    entry: Entry,
}

async fn journal(State(registry): State<Registry>) -> Response {
    let limits = registry.0.limits;
    let (entries, suspects) = {
        let journal = registry.entries();
        (journal.newest_first(), journal.suspects(limits.misses, registry.0.clock.now()))
    };
    let line = |entry: Entry| Line {
        at: local_time(entry.at).strftime("%H:%M:%S, %d/%m/%Y").to_string(),
        words: entry.outcome.words(),
        entry,
    };
    let lines = entries.into_iter().take(ENTRIES).map(line).collect();
    page(StatusCode::OK, &JournalPage { lines, suspects, seconds: limits.slowed.as_secs().to_string() })
}

#[derive(Template)]
#[template(path = "registry/faults.html")]
struct FaultsPage {
    fault: Fault,
    seconds: u64,
}

async fn faults(State(registry): State<Registry>) -> Response {
    let fault = registry.fault();
    let seconds = if let Fault::Slow(time) = fault { time.as_secs() } else { 10 };
    page(StatusCode::OK, &FaultsPage { fault, seconds })
}

#[derive(Deserialize)]
struct FaultForm {
    #[serde(default)]
    fault: String,
    #[serde(default)]
    seconds: String,
}

async fn set_fault(State(registry): State<Registry>, headers: HeaderMap, Form(form): Form<FaultForm>) -> Response {
    // Another site's page must not switch a demo's registry off. Browsers tell; programs send no such header.
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        return StatusCode::FORBIDDEN.into_response();
    }
    registry.set_fault(match form.fault.as_str() {
        "slow" => Fault::Slow(Duration::from_secs(form.seconds.trim().parse().unwrap_or(0).min(60))),
        "down" => Fault::Down,
        "half" => Fault::Half,
        "broken" => Fault::Broken,
        "other" => Fault::OtherRequest,
        _ => Fault::None,
    });
    Redirect::to("/loi").into_response()
}

#[derive(Template)]
#[template(path = "registry/not_found.html")]
struct NotFoundPage;

async fn not_found() -> Response {
    page(StatusCode::NOT_FOUND, &NotFoundPage)
}

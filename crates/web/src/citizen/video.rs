//! The video of a report (R1): for its author alone on these pages, in parts as players ask for them.

use super::answer::{cached, id};
use crate::{error::Problem, page::Page, state::Web, visit::Visit};
use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::reports::{
    video::{Kind, VideoRow},
    views::{self, Reader},
};
use std::ops::Range;

pub fn routes() -> Router<Web> {
    Router::new().route("/video/{id}", get(video))
}

/// A video on a page.
pub(crate) struct Shown {
    pub url: String,
    pub size: String,
    /// `0:12`
    pub length: String,
    pub width: i32,
    pub height: i32,
}

impl Shown {
    /// `at`: where this reader gets it.
    pub(crate) fn new(p: &Page, row: &VideoRow, at: &str) -> Self {
        Self {
            url: format!("{at}/{}", row.id),
            size: size(p, row.bytes),
            length: length(row.seconds),
            width: row.width,
            height: row.height,
        }
    }
}

pub(super) fn length(seconds: i32) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// `312 KB`, `1,4 MB`
pub(crate) fn size(p: &Page, bytes: i64) -> String {
    let kb = (bytes + 1023) / 1024;
    if kb < 1000 {
        return format!("{kb} KB");
    }
    let tenths = (kb * 10 + 512) / 1024;
    let comma = if p.is_vietnamese() { ',' } else { '.' };
    format!("{}{comma}{} MB", tenths / 10, tenths % 10)
}

async fn video(State(web): State<Web>, Path(video): Path<String>, visit: Visit) -> Result<Response, Problem> {
    let account = visit.sending().ok_or(Problem::NotFound)?;
    let row = views::video(&web.core, id(&video)?, &Reader::Citizen(account)).await.map_err(web.problem())?;
    film(&web, &visit.headers, &row).await
}

/// What is asked for of so many bytes.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    All,
    Part(Range<u64>),
    /// It lies behind the end.
    Beyond,
}

/// `Range: bytes=…` with one part (RFC 9110, 14.2). Several parts, other units and what cannot be read count as not said.
fn asked(headers: &HeaderMap, size: u64) -> Asked {
    let said = headers.get(header::RANGE).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("bytes="));
    // Nothing here has a mark by which a part could be known again.
    let Some((from, to)) = said.and_then(|v| v.split_once('-')).filter(|_| !headers.contains_key(header::IF_RANGE))
    else {
        return Asked::All;
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten()
    };
    let part = match (from, to) {
        ("", last) => match number(last) {
            Some(last) => size.saturating_sub(last)..size,
            None => return Asked::All,
        },
        (from, to) => match (number(from), number(to)) {
            (Some(from), None) if to.is_empty() => from..size,
            (Some(from), Some(to)) if from <= to => from..size.min(to + 1),
            _ => return Asked::All,
        },
    };
    if part.is_empty() { Asked::Beyond } else { Asked::Part(part) }
}

/// The film or the part of it that was asked for. It is kept nowhere: whoever may see it today may not tomorrow.
pub(crate) async fn film(web: &Web, headers: &HeaderMap, row: &VideoRow) -> Result<Response, Problem> {
    let size = row.bytes.max(0) as u64;
    let (status, part) = match asked(headers, size) {
        Asked::All => (StatusCode::OK, 0..size),
        Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Asked::Beyond => {
            let range = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
            return Ok(cached((StatusCode::RANGE_NOT_SATISFIABLE, range).into_response(), "private, no-store"));
        }
    };
    let pieces = web.core.files.part(&row.file, part.clone()).await.map_err(|e| web.problem()(e.into()))?;
    let mut response = (status, Body::from_stream(pieces.ok_or(Problem::NotFound)?)).into_response();
    let kind: Kind = row.kind();
    let set = |response: &mut Response, name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(&mut response, header::CONTENT_TYPE, kind.mime().into());
    set(&mut response, header::CONTENT_DISPOSITION, format!("inline; filename=\"video.{}\"", kind.ending()));
    set(&mut response, header::ACCEPT_RANGES, "bytes".into());
    set(&mut response, header::CONTENT_LENGTH, (part.end - part.start).to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        set(&mut response, header::CONTENT_RANGE, format!("bytes {}-{}/{size}", part.start, part.end - 1));
    }
    Ok(cached(response, "private, no-store"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r1_players_ask_for_parts_and_nonsense_gets_all() {
        let of =
            |said: &str| asked(&HeaderMap::from_iter([(header::RANGE, HeaderValue::from_str(said).unwrap())]), 1_000);
        assert_eq!(asked(&HeaderMap::new(), 1_000), Asked::All);
        assert_eq!(of("bytes=0-"), Asked::Part(0..1_000));
        assert_eq!(of("bytes=10-19"), Asked::Part(10..20));
        assert_eq!(of("bytes=990-5000"), Asked::Part(990..1_000));
        assert_eq!(of("bytes=-5"), Asked::Part(995..1_000));
        assert_eq!(of("bytes=-5000"), Asked::Part(0..1_000));
        for beyond in ["bytes=1000-", "bytes=1000-1001", "bytes=-0"] {
            assert_eq!(of(beyond), Asked::Beyond, "{beyond}");
        }
        for nonsense in
            ["bytes=5-1", "bytes=a-b", "bytes=-", "bytes=0-1,5-6", "items=0-1", "bytes=99999999999999999999-"]
        {
            assert_eq!(of(nonsense), Asked::All, "{nonsense}");
        }
    }
}

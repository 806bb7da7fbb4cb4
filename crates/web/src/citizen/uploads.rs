//! Uploads that go on where they broke (R2): the tus protocol 1.0 (creation, expiration, termination) for photos and videos of the
//! signed-in person or guest. Limits are checked before a byte of the body is read.

use super::answer::id;
use crate::{error::Problem, room::Room, state::Web, visit::ScriptedSender};
use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::{head, post},
};
use base::{clock::Millis, ids::Uuid};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    error::Error,
    reports::{
        uploads::{self, Upload},
        video,
    },
};
use futures_util::StreamExt;
use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex},
    time::Duration,
};

const VERSION: &str = "1.0.0";
const OFFSET_TYPE: &[u8] = b"application/offset+octet-stream";
/// A phone that says nothing for so long has lost its network; what came is kept.
const SILENCE: Duration = Duration::from_secs(30);
/// After this time a piece ends where it is.
const PIECE_TIME: Duration = Duration::from_secs(180);

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/tai-len", post(create).options(able))
        .route("/tai-len/{id}", head(offset).patch(append).delete(stop).options(able))
        .layer(map_response(async |mut response: Response| {
            response.headers_mut().insert("tus-resumable", HeaderValue::from_static(VERSION));
            response
        }))
}

/// What this server can do.
async fn able() -> Response {
    let headers = [
        ("tus-version", VERSION.to_owned()),
        ("tus-extension", "creation,expiration,termination".to_owned()),
        ("tus-max-size", video::MOST_BYTES.to_string()),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Speaks another version, or none.
fn unknown_version(headers: &HeaderMap) -> Option<Response> {
    let known = headers.get("tus-resumable").is_some_and(|v| v == VERSION);
    (!known).then(|| (StatusCode::PRECONDITION_FAILED, [("tus-version", VERSION)]).into_response())
}

/// A number that may not be negative, not more than digits.
pub(crate) fn number(headers: &HeaderMap, name: &str) -> Result<i64, Problem> {
    let text = headers.get(name).and_then(|v| v.to_str().ok()).ok_or(Problem::BadRequest)?;
    if text.is_empty() || text.len() > 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Problem::BadRequest);
    }
    text.parse().map_err(|_| Problem::BadRequest)
}

/// `Upload-Metadata: filename YW5oLmpwZw==,filetype …`: the file's name, its type; whatever cannot be read is not said.
pub(crate) fn metadata(headers: &HeaderMap, name: &str) -> String {
    let said = headers.get("upload-metadata").and_then(|v| v.to_str().ok()).unwrap_or_default();
    said.split(',')
        .filter(|_| said.len() <= 2_000)
        .filter_map(|pair| pair.trim().split_once(' '))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| STANDARD.decode(value.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}

/// As HTTP writes times.
fn http_date(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at)
        .map_or_else(|_| String::new(), |t| t.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

fn described(mut response: Response, upload: &Upload) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        ("upload-offset", upload.received.to_string()),
        ("upload-length", upload.size.to_string()),
        ("upload-expires", http_date(upload.expires_at)),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// The protocol has a status of its own for what is too long.
fn refused(web: &Web) -> impl Fn(Error) -> Problem + use<> {
    let problem = web.problem();
    move |e| match e {
        Error::Invalid(fields) if fields.iter().any(|f| matches!(f.key, "photo-too-large" | "video-too-large")) => {
            Problem::TooLarge
        }
        e => problem(e),
    }
}

async fn create(State(web): State<Web>, by: ScriptedSender, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(refusal) = unknown_version(&headers) {
        return Ok(refusal);
    }
    let size = number(&headers, "upload-length")?;
    let (account, name) = (by.0.account, metadata(&headers, "filename"));
    let upload = match metadata(&headers, "filetype").starts_with("video/") {
        true => uploads::create_video(&web.core, account, &name, size).await,
        false => uploads::create(&web.core, account, &name, size).await,
    };
    let upload = upload.map_err(refused(&web))?;
    let mut response = described(StatusCode::CREATED.into_response(), &upload);
    if let Ok(place) = HeaderValue::from_str(&format!("/tai-len/{}", upload.id)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// Where to go on.
async fn offset(
    State(web): State<Web>,
    Path(upload): Path<String>,
    by: ScriptedSender,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(refusal) = unknown_version(&headers) {
        return Ok(refusal);
    }
    let upload = uploads::find(&web.core, by.0.account, id(&upload)?).await.map_err(web.problem())?;
    Ok(described(StatusCode::OK.into_response(), &upload))
}

async fn append(
    State(web): State<Web>,
    Path(upload): Path<String>,
    by: ScriptedSender,
    request: Request,
) -> Result<Response, Problem> {
    let headers = request.headers();
    if let Some(refusal) = unknown_version(headers) {
        return Ok(refusal);
    }
    if headers.get(header::CONTENT_TYPE).is_none_or(|t| t.as_bytes() != OFFSET_TYPE) {
        return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    }
    let at = number(headers, "upload-offset")?;
    let account = by.0.account;
    let upload = uploads::find(&web.core, account, id(&upload)?).await.map_err(web.problem())?;
    if upload.received != at {
        return Err(Problem::State);
    }
    let room = upload.size - at;
    if headers.contains_key(header::CONTENT_LENGTH) && number(headers, "content-length")? > room {
        return Err(Problem::TooLarge);
    }
    let Some(turn) = Turn::take(upload.id) else { return Err(Problem::State) };
    let (body, web2) = (request.into_body(), web.clone());
    // On its own: the server drops a request whose connection broke, and what had arrived of it must be kept.
    let kept = tokio::spawn(async move {
        let _turn = turn;
        keep(&web2, account, upload.id, at, room, body).await
    });
    let upload = kept.await.map_err(|_| Problem::Internal)??;
    Ok(described(StatusCode::NO_CONTENT.into_response(), &upload))
}

/// One piece of an upload at a time: a second one for the same place would only be thrown away.
struct Turn(Uuid);

/// Uploads of which a piece is being read.
static TAKEN: LazyLock<Mutex<HashSet<Uuid>>> = LazyLock::new(Mutex::default);

impl Turn {
    /// `None` while another piece of this upload is being read.
    fn take(id: Uuid) -> Option<Self> {
        TAKEN.lock().is_ok_and(|mut all| all.insert(id)).then_some(Self(id))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Ok(mut all) = TAKEN.lock() {
            all.remove(&self.0);
        }
    }
}

/// Reads what comes, at most `room` bytes, and stores it, all of it or as much as there was.
async fn keep(web: &Web, account: Uuid, id: Uuid, at: i64, room: i64, body: Body) -> Result<Upload, Problem> {
    let (mut bytes, mut memory): (Vec<u8>, Room) = Default::default();
    let mut parts = body.into_data_stream();
    let end = tokio::time::Instant::now() + PIECE_TIME;
    while let Ok(Some(Ok(part))) =
        tokio::time::timeout_at(end.min(tokio::time::Instant::now() + SILENCE), parts.next()).await
    {
        if (bytes.len() + part.len()) as i64 > room {
            return Err(Problem::TooLarge);
        }
        // No room: what came so far is kept, the rest comes again.
        if memory.hold(bytes.len() + part.len()).await.is_err() {
            break;
        }
        bytes.extend_from_slice(&part);
    }
    uploads::append(&web.core, account, id, at, bytes).await.map_err(refused(web))
}

async fn stop(
    State(web): State<Web>,
    Path(upload): Path<String>,
    by: ScriptedSender,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(refusal) = unknown_version(&headers) {
        return Ok(refusal);
    }
    uploads::stop(&web.core, by.0.account, id(&upload)?).await.map_err(web.problem())?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r2_headers_from_outside_are_numbers_and_names_or_nothing() {
        let with = |name: &'static str, value: &str| {
            HeaderMap::from_iter([(
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("")),
            )])
        };
        assert_eq!(number(&with("upload-offset", "017"), "upload-offset"), Ok(17));
        for bad in ["", "-1", "+1", "1.5", "1e3", "9999999999999", " 1"] {
            assert!(number(&with("upload-offset", bad), "upload-offset").is_err(), "{bad}");
        }
        let both = with("upload-metadata", "filetype aW1hZ2U=,filename YW5oLmpwZw==");
        assert_eq!((metadata(&both, "filename"), metadata(&both, "filetype")), ("anh.jpg".into(), "image".into()));
        for bad in ["filename", "filename !!", "filename /w==", "other YW5oLmpwZw=="] {
            assert_eq!(metadata(&with("upload-metadata", bad), "filename"), "", "{bad}");
        }
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}

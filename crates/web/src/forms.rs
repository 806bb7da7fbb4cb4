//! Forms from outside: limited before they are parsed, NFC and UTF-8 by construction, repeated fields kept.

use crate::{ahead::Progress, room::Room};
use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request},
    http::{StatusCode, header},
};
use std::{collections::HashMap, time::Duration};

/// Bytes of a form without files at most.
pub const FORM_LIMIT: usize = 64 * 1024;
/// Bytes of one photo at most, and of a whole upload.
pub const PHOTO_LIMIT: usize = 12 * 1024 * 1024;
pub const UPLOAD_LIMIT: usize = 5 * PHOTO_LIMIT + FORM_LIMIT;
/// The field of a video, in the one form that takes one, and its bytes at most.
pub const VIDEO: &str = "video";
const VIDEO_LIMIT: usize = domain::reports::video::MOST_BYTES as usize;
/// Files in one upload that are read at all; a rule of the domain allows fewer.
const FILES_READ: usize = 10;

/// What a part takes besides its content and its names, in bytes: about a thousand parts are the most.
const PART_COSTS: usize = 64;

/// The fields of a form, text only. A missing field reads as empty.
#[derive(Debug, Default, Clone)]
pub struct Fields(HashMap<String, Vec<String>>);

impl Fields {
    pub fn parse(body: &[u8]) -> Self {
        let mut fields: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in form_urlencoded(body).take(500) {
            fields.entry(name).or_default().push(value);
        }
        Self(fields)
    }

    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).and_then(|v| v.first()).map_or("", String::as_str)
    }

    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Puts a value in place of what was typed.
    pub fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), vec![value]);
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// `None` when the field is absent or blank.
    pub fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|v| !v.is_empty())
    }
}

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadBody {
    TooLarge,
    NotUtf8,
    Broken,
    /// Others are sending too much at this moment.
    Busy,
}

impl BadBody {
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotUtf8 | Self::Broken => StatusCode::BAD_REQUEST,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// `application/x-www-form-urlencoded`; invalid UTF-8 after decoding is refused by `read`, here replaced.
fn form_urlencoded(body: &[u8]) -> impl Iterator<Item = (String, String)> + '_ {
    body.split(|b| *b == b'&').filter(|p| !p.is_empty()).map(|pair| {
        let (name, value) = match pair.iter().position(|b| *b == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &pair[..0]),
        };
        (String::from_utf8_lossy(&decode(name)).into_owned(), String::from_utf8_lossy(&decode(value)).into_owned())
    })
}

fn decode(text: &[u8]) -> Vec<u8> {
    let hex = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
    let mut out = Vec::with_capacity(text.len());
    let mut i = 0;
    while i < text.len() {
        match text[i] {
            b'+' => out.push(b' '),
            b'%' if i + 2 < text.len() => match (hex(text[i + 1]), hex(text[i + 2])) {
                (Some(a), Some(b)) => {
                    out.push(a * 16 + b);
                    i += 2;
                }
                _ => out.push(b'%'),
            },
            b => out.push(b),
        }
        i += 1;
    }
    out
}

/// Reads a form of at most `FORM_LIMIT` bytes; invalid UTF-8 is refused.
pub async fn read(request: Request) -> Result<Fields, BadBody> {
    let bytes = axum::body::to_bytes(request.into_body(), FORM_LIMIT).await.map_err(|_| BadBody::TooLarge)?;
    check_utf8(&bytes)?;
    Ok(Fields::parse(&bytes))
}

pub fn check_utf8(bytes: &[u8]) -> Result<(), BadBody> {
    std::str::from_utf8(&decode(bytes)).map(|_| ()).map_err(|_| BadBody::NotUtf8)
}

/// A file of an upload; the name is only shown, never used as a path.
#[derive(Debug, Clone)]
pub struct File {
    pub field: String,
    pub name: String,
    pub bytes: Bytes,
}

/// Fields and files of a multipart form (or the fields of a plain form). `too_large` names files that were over the limit and
/// not kept; `more` counts files beyond those read.
#[derive(Debug, Default)]
pub struct Upload {
    pub fields: Fields,
    pub files: Vec<File>,
    pub too_large: Vec<String>,
    /// The same of a video.
    pub video_too_large: Option<String>,
    pub more: usize,
    /// What it takes of the memory for all.
    room: Room,
}

/// An upload of five photos over a weak network takes minutes; one that never ends is an attack.
const UPLOAD_TIME: Duration = Duration::from_secs(10 * 60);

/// What files a form takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    Files,
    /// And one video.
    Video,
}

pub async fn read_upload(request: Request, takes: Takes) -> Result<Upload, BadBody> {
    // What says itself that it is too long is not read at all.
    let said = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if said.is_some_and(|bytes| bytes > UPLOAD_LIMIT * 2) {
        return Err(BadBody::TooLarge);
    }
    tokio::time::timeout(UPLOAD_TIME, read_parts(request, takes)).await.map_err(|_| BadBody::Broken)?
}

async fn read_parts(request: Request, takes: Takes) -> Result<Upload, BadBody> {
    let is_multipart = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.starts_with("multipart/form-data"));
    if !is_multipart {
        return Ok(Upload { fields: read(request).await?, ..Upload::default() });
    }
    let progress = Progress::default();
    let request = request.map(|body| progress.watch(body));
    let mut multipart = Multipart::from_request(request, &()).await.map_err(|_| BadBody::Broken)?;
    let mut upload = Upload::default();
    let (mut total, mut kept, mut named) = (0usize, 0usize, 0usize);
    while let Some(mut field) = multipart.next_field().await.map_err(broken)? {
        progress.step(0);
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        // Empty parts without end are content of nobody's.
        named += PART_COSTS + name.len() + file_name.as_ref().map_or(0, String::len);
        if named > FORM_LIMIT {
            return Err(BadBody::TooLarge);
        }
        let is_video = takes == Takes::Video && name == VIDEO;
        let limit = match file_name {
            None => FORM_LIMIT,
            // The first one; more would only be thrown away.
            Some(_) if is_video && upload.files.iter().all(|f| f.field != VIDEO) => VIDEO_LIMIT,
            Some(_) => PHOTO_LIMIT,
        };
        let mut bytes = Vec::new();
        let mut over = false;
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            progress.step(chunk.len());
            total += chunk.len();
            if total > UPLOAD_LIMIT * 2 {
                return Err(BadBody::TooLarge);
            }
            if over || bytes.len() + chunk.len() > limit {
                over = true; // go on reading, so that the browser gets an answer instead of a broken connection
                bytes = Vec::new();
            } else {
                upload.room.hold(kept + bytes.len() + chunk.len()).await.map_err(|_| BadBody::Busy)?;
                bytes.extend_from_slice(&chunk);
            }
        }
        kept += bytes.len();
        match file_name {
            // A browser sends an empty, nameless file for an input nobody used.
            Some(file) if file.is_empty() && bytes.is_empty() && !over => {}
            Some(file) if over && is_video => upload.video_too_large = Some(file),
            Some(file) if over => upload.too_large.push(file),
            Some(_) if upload.files.len() >= FILES_READ => upload.more += 1,
            Some(file) => upload.files.push(File { field: name, name: file, bytes: bytes.into() }),
            None if over => return Err(BadBody::TooLarge),
            None => {
                let text = String::from_utf8(bytes).map_err(|_| BadBody::NotUtf8)?;
                upload.fields.0.entry(name).or_default().push(text);
            }
        }
    }
    Ok(upload)
}

fn broken(e: axum::extract::multipart::MultipartError) -> BadBody {
    if e.status() == StatusCode::PAYLOAD_TOO_LARGE { BadBody::TooLarge } else { BadBody::Broken }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_repeated_ones_kept() {
        let f = Fields::parse("ten=Nguy%E1%BB%85n+V%C4%83n&a=1&a=2&trong=&la%".as_bytes());
        assert_eq!(f.get("ten"), "Nguyễn Văn");
        assert_eq!(f.all("a"), ["1", "2"]);
        assert_eq!(f.some("trong"), None);
        assert_eq!(f.get("khong"), "");
        assert!(f.has("la%"));
    }

    /// Reads an upload that goes on for 64 MB: its beginning, then the same piece with a number in it again and again. Says what came of it, and how
    /// much of it was read.
    async fn endless(start: &'static str, piece: impl Fn(usize) -> String + Send + 'static) -> (BadBody, usize) {
        use std::sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        };
        let read = Arc::new(AtomicUsize::new(0));
        let count = read.clone();
        let pieces = (0..).map(move |n| if n == 0 { start.to_owned() } else { piece(n) }).map_while(move |piece| {
            let so_far = count.fetch_add(piece.len(), Ordering::Relaxed);
            (so_far < 64 * 1024 * 1024).then_some(Ok::<_, std::io::Error>(piece))
        });
        let request = axum::http::Request::post("/")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=X")
            .body(axum::body::Body::from_stream(futures_util::stream::iter(pieces)))
            .unwrap();
        (read_upload(request, Takes::Files).await.unwrap_err(), read.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn x8_an_upload_without_end_is_refused_before_it_takes_memory() {
        const HEAD: &str = "--X\r\nContent-Disposition: form-data; name=\"a";
        for (start, piece, error) in [
            (HEAD, "a", BadBody::Broken),
            (HEAD, "\"\r\nX-Long: a", BadBody::Broken),
            ("no boundary", "a", BadBody::Broken),
        ] {
            let (refused, read) = endless(start, move |_| piece.repeat(1000)).await;
            assert_eq!(refused, error, "{start}{piece}");
            assert!(read < 1024 * 1024, "{read} bytes of {start}{piece}");
        }
        let part = |n| format!("--X\r\nContent-Disposition: form-data; name=\"a{n}\"\r\n\r\n\r\n");
        let (refused, read) = endless("", part).await;
        assert_eq!(refused, BadBody::TooLarge, "empty parts");
        assert!(read < 1024 * 1024, "{read} bytes of empty parts");
    }

    #[tokio::test]
    async fn x8_an_upload_is_read_alike_in_whatever_pieces_it_comes() {
        let photo = "x".repeat(1_500_000);
        let mut body = String::new();
        for n in 0..50 {
            body += &format!("--X\r\nContent-Disposition: form-data; name=\"f{n}\"\r\n\r\n{n}\r\n");
        }
        body += &format!(
            "--X\r\nContent-Disposition: form-data; name=\"p\"; filename=\"p.jpg\"\r\n\r\n{photo}\r\n--X--\r\n"
        );
        for size in [7_919, 400_000, body.len()] {
            let pieces: Vec<_> =
                body.as_bytes().chunks(size).map(|c| Ok::<_, std::io::Error>(Bytes::copy_from_slice(c))).collect();
            let request = axum::http::Request::post("/")
                .header(header::CONTENT_TYPE, "multipart/form-data; boundary=X")
                .body(axum::body::Body::from_stream(futures_util::stream::iter(pieces)))
                .unwrap();
            let upload = read_upload(request, Takes::Files).await.unwrap();
            assert_eq!(upload.files.iter().map(|f| f.bytes.len()).collect::<Vec<_>>(), [photo.len()], "{size}");
            assert_eq!((upload.fields.get("f0"), upload.fields.get("f49")), ("0", "49"), "{size}");
        }
    }

    #[test]
    fn x8_invalid_utf8_is_refused() {
        assert_eq!(check_utf8(b"a=%ff"), Err(BadBody::NotUtf8));
        assert_eq!(check_utf8("a=%C4%91".as_bytes()), Ok(()));
    }
}

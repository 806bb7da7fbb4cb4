//! The built front end inside the binary: hashed names, compressed beforehand, kept for a year by browsers.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;
use std::{collections::HashMap, sync::LazyLock};

#[derive(RustEmbed)]
#[folder = "../../web-ui/dist"]
struct Dist;

/// Logical name (`app.css`) → hashed file (`app-1a2b3c4d.css`), from `web-ui/dist/manifest.json`.
static MANIFEST: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let json: serde_json::Value =
        Dist::get("manifest.json").and_then(|f| serde_json::from_slice(&f.data).ok()).unwrap_or_default();
    let files = json.get("files").unwrap_or(&json);
    files
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, file)| {
            let file = file.get("path").and_then(|f| f.as_str())?;
            Some((name.clone(), format!("/static/{file}")))
        })
        .collect()
});

/// The address of a file of the front end; a name that does not exist gives an address that answers 404, and a test looks
/// for that.
pub fn url(name: &str) -> &'static str {
    MANIFEST.get(name).map_or("/static/missing", String::as_str)
}

pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/static/{*file}", get(file))
        // The service worker must be at the root to control every page.
        .route("/sw.js", get(async |headers: HeaderMap| serve("sw.js", &headers, "no-cache")))
}

async fn file(Path(file): Path<String>, headers: HeaderMap) -> Response {
    serve(&file, &headers, "public, max-age=31536000, immutable")
}

fn serve(file: &str, headers: &HeaderMap, cache: &'static str) -> Response {
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let compressed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(coding, _)| accepts.split(',').any(|a| a.split(';').next().is_some_and(|a| a.trim() == *coding)))
        .find_map(|(coding, ending)| Dist::get(&format!("{file}.{ending}")).map(|f| (f, coding)));
    let (found, coding) = match compressed {
        Some((f, coding)) => (f, Some(coding)),
        None => match Dist::get(file) {
            Some(f) => (f, None),
            None => return StatusCode::NOT_FOUND.into_response(),
        },
    };
    let mut response = found.data.into_owned().into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(file)));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json" | "webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

//! Photos: taken in from forms, each refused file named with its reason; given out to those who may see the report.

use super::answer::{cached, id};
use crate::{error::Problem, forms::Upload, page::Page, state::Web, visit::Visit};
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use domain::{
    error::Error,
    reports::{
        PhotoRow,
        photos::{self, Photo},
        views::{self, Reader},
    },
};

pub fn routes() -> Router<Web> {
    Router::new().route("/anh/{id}/{size}", get(photo))
}

/// What came with a form: photos of ours, and a sentence for each file that is none.
#[derive(Default)]
pub struct Taken {
    pub photos: Vec<(String, Photo)>,
    pub refused: Vec<String>,
}

/// Takes in the files of an upload, at most `room` of them.
pub async fn take(web: &Web, p: &Page, upload: Upload, room: usize) -> Result<Taken, Problem> {
    let mut taken = Taken::default();
    let refuse = |name: &str, key: &str| p.t2("photo-refused", "name", shown(name), "why", p.t(key));
    for name in &upload.too_large {
        taken.refused.push(refuse(name, "photo-too-large"));
    }
    for file in upload.files {
        if taken.photos.len() >= room {
            taken.refused.push(refuse(&file.name, "photo-too-many"));
            continue;
        }
        match photos::take_in(file.bytes.into()).await.map_err(web.problem())? {
            Ok(photo) => taken.photos.push((file.name, photo)),
            Err(bad) => taken.refused.push(refuse(&file.name, bad.key())),
        }
    }
    if upload.more > 0 {
        taken.refused.push(p.tn("photo-more", upload.more as i64));
    }
    Ok(taken)
}

/// A file's name as it may stand in a sentence.
pub(super) fn shown(name: &str) -> String {
    base::text::one_line(name).chars().take(60).collect()
}

/// `/anh/<id>/l.jpg` and `s.jpg`: kept, but asked for anew each time, because a photo may be covered or hidden at any moment and
/// no old copy must show it then. `goc-l.jpg` and `goc-s.jpg`: the whole photo, for its author alone.
async fn photo(
    State(web): State<Web>,
    Path((photo, size)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, Problem> {
    let (whole, size) = match size.as_str() {
        "l.jpg" => (false, "l"),
        "s.jpg" => (false, "s"),
        "goc-l.jpg" => (true, "l"),
        "goc-s.jpg" => (true, "s"),
        _ => return Err(Problem::NotFound),
    };
    let photo = id(&photo)?;
    if whole {
        let account = visit.sending().ok_or(Problem::NotFound)?;
        let row = views::original(&web.core, photo, &Reader::Citizen(account)).await.map_err(web.problem())?;
        return picture(&web, &visit.headers, &row, size, "private, no-cache").await;
    }
    let (row, cache) = match views::photo(&web.core, photo, &Reader::Public).await {
        Ok(row) => (row, "public, no-cache"),
        Err(Error::NotFound) => {
            let account = visit.sending().ok_or(Problem::NotFound)?;
            let row = views::photo(&web.core, photo, &Reader::Citizen(account)).await.map_err(web.problem())?;
            (row, "private, no-cache")
        }
        Err(e) => return Err(web.problem()(e)),
    };
    picture(&web, &visit.headers, &row, size, cache).await
}

/// A photo of a report in one size, or 304 when the browser has this very file.
pub async fn picture(
    web: &Web,
    headers: &HeaderMap,
    row: &PhotoRow,
    size: &str,
    cache: &'static str,
) -> Result<Response, Problem> {
    let tag = format!("\"{}-{size}\"", row.file.rsplit('/').next().unwrap_or_default());
    let has_it = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains(&tag));
    let mut response = if has_it {
        cached(StatusCode::NOT_MODIFIED.into_response(), cache)
    } else {
        jpeg(web, &format!("{}-{size}.jpg", row.file), cache).await?
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// A stored picture. The name of the file is ours, never from outside.
pub async fn jpeg(web: &Web, file: &str, cache: &'static str) -> Result<Response, Problem> {
    let bytes = web.core.files.get(file).await.map_err(|e| web.problem()(e.into()))?.ok_or(Problem::NotFound)?;
    Ok(cached(([(header::CONTENT_TYPE, "image/jpeg")], bytes).into_response(), cache))
}

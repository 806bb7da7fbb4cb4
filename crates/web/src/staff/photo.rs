//! Photos of reports for staff: the right is that of the report. Files never change, so a browser may keep them.

use super::shell::id;
use crate::{error::Problem, state::Web, visit::Desk};
use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::reports::views::{self, Reader};

pub async fn photo(
    State(web): State<Web>,
    desk: Desk,
    Path((photo, size)): Path<(String, String)>,
) -> Result<Response, Problem> {
    if !matches!(size.as_str(), "l" | "s") {
        return Err(Problem::NotFound);
    }
    let row = views::photo(&web.core, id(&photo)?, &Reader::Staff(&desk.officer)).await.map_err(web.problem())?;
    let key = format!("{}-{size}.jpg", row.file);
    let bytes = web.core.files.get(&key).await.map_err(|e| web.problem()(e.into()))?.ok_or(Problem::NotFound)?;
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    let keep = HeaderValue::from_static("private, max-age=86400, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, keep);
    Ok(response)
}

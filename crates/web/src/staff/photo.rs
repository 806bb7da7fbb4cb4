//! Photos of reports for staff: the right is that of the report. `l` and `s` as everybody sees them once they are covered, `g` the
//! whole photo, for those who may cover it.

use super::shell::id;
use crate::{citizen::picture, error::Problem, state::Web, visit::Desk};
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::reports::views::{self, Reader};

pub async fn photo(
    State(web): State<Web>,
    desk: Desk,
    Path((photo, size)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (photo, reader) = (id(&photo)?, Reader::Staff(&desk.officer));
    let (found, size) = match size.as_str() {
        "l" => (views::photo(&web.core, photo, &reader).await, "l"),
        "s" => (views::photo(&web.core, photo, &reader).await, "s"),
        "g" => (views::original(&web.core, photo, &reader).await, "l"),
        _ => return Err(Problem::NotFound),
    };
    let row = found.map_err(web.problem())?;
    picture(&web, &desk.headers, &row, size, "private, no-cache").await
}

//! Videos of reports for staff: who gets the photos that citizens sent gets these, too.

use super::shell::id;
use crate::{citizen::film, error::Problem, state::Web, visit::Desk};
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::reports::views::{self, Reader};

pub async fn video(State(web): State<Web>, desk: Desk, Path(video): Path<String>) -> Result<Response, Problem> {
    let row = views::video(&web.core, id(&video)?, &Reader::Staff(&desk.officer)).await.map_err(web.problem())?;
    film(&web, &desk.headers, &row).await
}

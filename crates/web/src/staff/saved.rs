//! Saved filters: the queue's address under a name of one's own (R6).

use super::{
    queue,
    shell::{go, go_saying, id},
};
use crate::{
    error::Problem,
    state::Web,
    visit::{Desk, Form},
};
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{error::Error, reports::saved_views};

pub async fn save(State(web): State<Web>, Form { by: desk, fields }: Form<Desk>) -> Result<Response, Problem> {
    // Only what this program would write itself is kept.
    let query = super::ask::Ask { page: 0, ..super::ask::Ask::parse(fields.get("loc")) }.query();
    match saved_views::save(&web.core, desk.officer.account, fields.get("ten"), &query).await {
        Ok(_) => Ok(go_saying(&web, &queue::back(&query), "flash-desk-view-saved")),
        Err(Error::Invalid(_)) => Ok(go(&queue::back_wrong(&query, "ten"))),
        Err(e) => Err(web.problem()(e)),
    }
}

pub async fn remove(
    State(web): State<Web>,
    Path(view): Path<String>,
    Form { by: desk, .. }: Form<Desk>,
) -> Result<Response, Problem> {
    saved_views::remove(&web.core, desk.officer.account, id(&view)?).await.map_err(web.problem())?;
    Ok(go_saying(&web, "/can-bo/phan-anh", "flash-desk-view-removed"))
}

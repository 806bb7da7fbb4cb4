//! «Tôi cũng gặp» for programs (R5): what is reported nearby already.

use crate::{
    error::{Problem, ProblemJson},
    forms::Fields,
    state::Web,
    visit::ApiCitizen,
};
use axum::{
    Json, Router,
    extract::{RawQuery, State},
    routing::get,
};
use base::{geo::Point, show};
use domain::reports::nearby;
use serde::Serialize;
use utoipa::ToSchema;

pub fn routes() -> Router<Web> {
    Router::new().route("/api/v1/reports/nearby", get(near))
}

#[derive(Serialize, ToSchema)]
pub(super) struct NearJson {
    code: String,
    title: String,
    state: String,
    created_at: String,
    /// How many follow it.
    followers: i32,
    metres: i64,
    /// The small picture of its first photo.
    photo: Option<String>,
}

/// Open public reports of a category around a point, nearest first, at most five; ask before sending one more.
#[utoipa::path(get, path = "/api/v1/reports/nearby",
    params(("category" = String, Query), ("lat" = f64, Query), ("lon" = f64, Query)),
    responses((status = 200, body = Vec<NearJson>), (status = 400, body = ProblemJson), (status = 401, body = ProblemJson)),
    security(("bearer" = [])))]
pub(super) async fn near(
    State(web): State<Web>,
    ApiCitizen(signed): ApiCitizen,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<NearJson>>, Problem> {
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    let number = |name: &str| asked.get(name).parse::<f64>().map_err(|_| Problem::BadRequest);
    let point = Point::new(number("lat")?, number("lon")?).ok_or(Problem::BadRequest)?;
    let found = nearby::nearby(&web.core, signed.account, asked.get("category"), point).await.map_err(web.problem())?;
    let json = found.into_iter().map(|n| NearJson {
        code: n.code,
        title: n.title,
        state: n.state.as_str().to_owned(),
        created_at: show::rfc3339(n.created_at),
        followers: n.followers,
        metres: n.metres,
        photo: n.photo.map(|id| format!("/anh/{id}/s.jpg")),
    });
    Ok(Json(json.collect()))
}

//! What the province handles: read by the national portal for its catalogue (N14), open to everybody.

use crate::{citizen::procedures, state::Web};
use axum::{Json, Router, extract::State, routing::get};
use domain::packs::Procedure;
use serde::Serialize;
use utoipa::ToSchema;

pub const PATH: &str = "/api/v1/procedures";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(all))
}

/// An administrative procedure (thủ tục hành chính).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProcedureJson {
    /// National code: `1.001193`.
    pub code: String,
    pub name: String,
    /// Lĩnh vực.
    pub field: String,
    /// `commune`, `province`.
    pub level: &'static str,
    /// The account that handing it in online takes: `phone`, `verified`, `high`.
    pub account: &'static str,
    /// A path of this site.
    pub page: String,
}

/// The procedures of the province.
#[utoipa::path(get, path = "/api/v1/procedures", responses((status = 200, body = Vec<ProcedureJson>)))]
pub(super) async fn all(State(web): State<Web>) -> Json<Vec<ProcedureJson>> {
    let province = web.core.province();
    let one = |p: &Procedure| ProcedureJson {
        code: p.code.clone(),
        name: p.name.clone(),
        field: p.field.clone(),
        level: p.level.as_str(),
        account: p.account.as_str(),
        page: procedures::page_of(&p.code),
    };
    Json(province.pack.procedures.iter().map(one).collect())
}

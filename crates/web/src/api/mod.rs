//! The JSON API, version 1. Problems are problem+json; the document is at `/api/v1/openapi.json`.

pub(crate) mod fees;
mod nearby;
mod places;
mod procedures;
mod reports;
mod sessions;
mod staff;
pub(crate) mod steps;

pub use procedures::PATH as PROCEDURES;

use crate::state::Web;
use axum::{Json, Router, routing::get};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Công dân số – API",
        version = "1",
        description = "Field reports of one province. Times are RFC 3339, codes are strings. \
            Sign in with POST /api/v1/sessions and send the token as `Authorization: Bearer …`. \
            Errors are problem+json (RFC 9457); `429` and `503` carry Retry-After."
    ),
    paths(
        sessions::open,
        sessions::close,
        places::categories,
        places::communes,
        procedures::all,
        steps::create,
        fees::create,
        fees::paid,
        reports::create,
        reports::read,
        reports::mine,
        nearby::near,
        staff::queue,
        staff::act
    ),
    components(schemas(crate::error::ProblemJson, crate::error::FieldJson, steps::StepJson, fees::FeeJson)),
    modifiers(&Bearer)
)]
struct Document;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
        if let Some(components) = document.components.as_mut() {
            let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
            components.add_security_scheme("bearer", bearer);
        }
    }
}

pub fn routes() -> Router<Web> {
    Router::new()
        .merge(sessions::routes())
        .merge(places::routes())
        .merge(procedures::routes())
        .merge(steps::routes())
        .merge(fees::routes())
        .merge(reports::routes())
        .merge(nearby::routes())
        .merge(staff::routes())
        .route("/api/v1/openapi.json", get(async || Json(Document::openapi())))
}

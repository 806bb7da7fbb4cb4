//! What a form needs: categories and communes. Public, and the same for everybody until staff change them.

use crate::state::Web;
use axum::{Json, Router, extract::State, routing::get};
use base::i18n::Lang;
use domain::packs::Question;
use serde::Serialize;
use utoipa::ToSchema;

pub fn routes() -> Router<Web> {
    Router::new().route("/api/v1/categories", get(categories)).route("/api/v1/communes", get(communes))
}

/// A category of reports (lĩnh vực).
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryJson {
    pub code: String,
    pub name: String,
    pub name_en: String,
    pub hint: String,
    /// What is asked besides the free text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<QuestionJson>,
}

/// A question; its answer goes into `answers` of a new report under its code.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionJson {
    pub code: String,
    /// `string`, `number`, `datetime`, `text`, `singlevaluelist`, `multivaluelist`.
    pub datatype: &'static str,
    pub question: String,
    pub hint: String,
    pub required: bool,
    /// What can be chosen: (code, words).
    pub values: Vec<(String, String)>,
}

fn question(q: &Question) -> QuestionJson {
    QuestionJson {
        code: q.code.clone(),
        datatype: q.datatype.as_str(),
        question: q.label.vi.clone(),
        hint: q.hint.vi.clone(),
        required: q.required,
        values: q.values.iter().map(|v| (v.key.clone(), v.name.vi.clone())).collect(),
    }
}

/// Xã, phường, đặc khu.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommuneJson {
    /// Official code.
    pub code: String,
    pub name: String,
    pub lat: f64,
    pub lon: f64,
}

/// The categories a report can have.
#[utoipa::path(get, path = "/api/v1/categories", responses((status = 200, body = Vec<CategoryJson>)))]
pub(super) async fn categories(State(web): State<Web>) -> Json<Vec<CategoryJson>> {
    let province = web.core.province();
    let all = province.pack.categories.iter().map(|c| CategoryJson {
        code: c.code.clone(),
        name: c.name.vi.clone(),
        name_en: c.name.en.clone(),
        hint: c.hint.vi.clone(),
        questions: c.questions.iter().filter(|q| q.variable).map(question).collect(),
    });
    Json(all.collect())
}

/// The communes of the province.
#[utoipa::path(get, path = "/api/v1/communes", responses((status = 200, body = Vec<CommuneJson>)))]
pub(super) async fn communes(State(web): State<Web>) -> Json<Vec<CommuneJson>> {
    let province = web.core.province();
    let all = province.pack.units.iter().map(|u| CommuneJson {
        code: u.code.clone(),
        name: u.full_name(Lang::VI),
        lat: u.lat,
        lon: u.lon,
    });
    Json(all.collect())
}

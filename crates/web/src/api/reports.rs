//! Reports for programs: send, read, list one's own.

use super::sessions::body;
use crate::{
    error::{Problem, ProblemJson},
    forms::FORM_LIMIT,
    state::Web,
    visit::ApiCitizen,
};
use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base::{clock::Millis, code::Code, geo::Point, i18n::Lang, show};
use domain::error::FieldError;
use domain::reports::{
    Answers, Contact, Draft, Place,
    clock::{self, Standing},
    submit,
    views::{self, Line, Reader, Whole},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/api/v1/reports", post(create))
        .route("/api/v1/reports/{code}", get(read))
        .route("/api/v1/me/reports", get(mine))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewReport {
    /// Empty: the first line of the content.
    #[serde(default)]
    title: String,
    content: String,
    /// A code of `/api/v1/categories`.
    category: String,
    #[serde(default)]
    lat: Option<f64>,
    #[serde(default)]
    lon: Option<f64>,
    /// A code of `/api/v1/communes`; without it the point decides.
    #[serde(default)]
    commune: Option<String>,
    /// The place in words.
    #[serde(default)]
    address: String,
    /// Hide my name from the public; the default.
    #[serde(default = "yes")]
    anonymous: bool,
    /// To the category's questions: by code, a text, or texts where several can be chosen.
    #[serde(default)]
    answers: BTreeMap<String, AnswerJson>,
}

/// One answer, or several.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum AnswerJson {
    One(String),
    Many(Vec<String>),
}

/// Errors: a question that this category does not ask.
fn answers(web: &Web, category: &str, given: &BTreeMap<String, AnswerJson>) -> Result<Answers, Problem> {
    let mut answers = Answers::default();
    for (code, answer) in given {
        match answer {
            AnswerJson::One(value) => answers.add(code, value),
            AnswerJson::Many(values) => values.iter().for_each(|value| answers.add(code, value)),
        }
    }
    let unknown = web.core.province().category(category).is_some_and(|c| !answers.unknown(c).is_empty());
    if unknown {
        return Err(Problem::Invalid(vec![FieldError { field: "answers", key: "report-answers-wrong" }]));
    }
    Ok(answers)
}

fn yes() -> bool {
    true
}

#[derive(Serialize, ToSchema)]
pub(super) struct Created {
    code: String,
    /// The unit in charge.
    unit: String,
    due_at: String,
}

/// Sends a report. `Idempotency-Key`: the same key again gives the same report.
#[utoipa::path(post, path = "/api/v1/reports", request_body = NewReport,
    params(("Idempotency-Key" = Option<String>, Header, description = "Up to 100 characters; one a form")),
    responses((status = 201, body = Created), (status = 401, body = ProblemJson), (status = 422, body = ProblemJson), (status = 429, body = ProblemJson)),
    security(("bearer" = [])))]
pub(super) async fn create(
    State(web): State<Web>,
    ApiCitizen(signed): ApiCitizen,
    request: Request,
) -> Result<Response, Problem> {
    let key = match request.headers().get("idempotency-key") {
        None => None,
        Some(key) => {
            let key = key.to_str().ok().filter(|k| !k.is_empty() && k.len() <= 100).ok_or(Problem::BadRequest)?;
            Some(format!("api {key}"))
        }
    };
    let new: NewReport = body(request, FORM_LIMIT).await?;
    let point = match (new.lat, new.lon) {
        (None, None) => None,
        (Some(lat), Some(lon)) => Some(Point::new(lat, lon).ok_or(Problem::BadRequest)?),
        _ => return Err(Problem::BadRequest),
    };
    let answers = answers(&web, &new.category, &new.answers)?;
    let draft = Draft {
        title: new.title,
        content: new.content,
        category: new.category,
        place: Place { point, commune: new.commune, address: new.address },
        anonymous: new.anonymous,
        answers,
        contact: Contact::default(),
    };
    let sent = submit(&web.core, &*signed, &draft, Vec::new(), key, "api").await.map_err(web.problem())?;
    let location = format!("/api/v1/reports/{}", sent.code.as_str());
    let created = Created { code: sent.code.as_str().to_owned(), unit: sent.unit, due_at: show::rfc3339(sent.due_at) };
    let mut response = (StatusCode::CREATED, Json(created)).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

#[derive(Serialize, ToSchema)]
pub(super) struct ReportJson {
    code: String,
    title: String,
    content: String,
    category: String,
    commune: Option<String>,
    address: String,
    lat: Option<f64>,
    lon: Option<f64>,
    state: String,
    unit: String,
    created_at: String,
    updated_at: String,
    due_at: Option<String>,
    /// `left`, `over`, `paused` or null when nothing is waited for.
    deadline: Option<&'static str>,
    rating: Option<i32>,
    /// To the category's questions; for everybody those that may be public, for its author all.
    answers: Vec<AnsweredJson>,
    history: Vec<StepJson>,
    photos: Vec<PhotoJson>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct AnsweredJson {
    code: String,
    question: String,
    answer: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct StepJson {
    no: i32,
    at: String,
    act: String,
    state: String,
    unit: Option<String>,
    note: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct PhotoJson {
    /// Before or after the work.
    side: String,
    large: String,
    small: String,
    width: i32,
    height: i32,
}

/// One report: a public one for everybody, one's own always.
#[utoipa::path(get, path = "/api/v1/reports/{code}", params(("code" = String, Path, description = "Ten digits")),
    responses((status = 200, body = ReportJson), (status = 404, body = ProblemJson)))]
pub(super) async fn read(
    State(web): State<Web>,
    signed: Result<ApiCitizen, Problem>,
    Path(code): Path<String>,
) -> Result<Json<ReportJson>, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    let reader = match &signed {
        Ok(ApiCitizen(signed)) => Reader::Citizen(signed.account),
        Err(Problem::SignIn) => Reader::Public,
        Err(e) => return Err(e.clone()),
    };
    let whole = views::find(&web.core, code.as_str(), &reader).await.map_err(web.problem())?;
    Ok(Json(whole_json(&web, whole)))
}

fn whole_json(web: &Web, whole: Whole) -> ReportJson {
    let province = web.core.province();
    let answers = whole.answers(&province, Lang::VI);
    let Whole { report: r, events, photos, .. } = whole;
    let deadline = match clock::standing(&r, province.calendar(), web.core.now()) {
        Standing::None => None,
        Standing::Paused => Some("paused"),
        Standing::Left { .. } => Some("left"),
        Standing::Over { .. } => Some("over"),
    };
    ReportJson {
        state: r.state().as_str().to_owned(),
        code: r.code,
        title: r.title,
        content: r.content,
        category: r.category,
        commune: r.commune,
        address: r.address,
        lat: r.lat,
        lon: r.lon,
        unit: r.unit,
        created_at: show::rfc3339(r.created_at),
        updated_at: show::rfc3339(r.updated_at),
        due_at: r.due_at.map(show::rfc3339),
        deadline,
        rating: r.rating,
        answers: answers
            .into_iter()
            .map(|a| AnsweredJson { code: a.code, question: a.label, answer: a.text })
            .collect(),
        history: events
            .into_iter()
            .map(|e| StepJson {
                no: e.no,
                at: show::rfc3339(e.at),
                act: e.act,
                state: e.to_state,
                unit: e.unit,
                note: e.public_note,
            })
            .collect(),
        photos: photos
            .into_iter()
            .map(|p| PhotoJson {
                side: p.side,
                large: format!("/anh/{}/l.jpg", p.id),
                small: format!("/anh/{}/s.jpg", p.id),
                width: p.width,
                height: p.height,
            })
            .collect(),
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct LineJson {
    code: String,
    title: String,
    category: String,
    state: String,
    unit: String,
    created_at: String,
    due_at: Option<String>,
}

pub(super) fn line_json(l: Line) -> LineJson {
    LineJson {
        state: l.state().as_str().to_owned(),
        code: l.code,
        title: l.title,
        category: l.category,
        unit: l.unit,
        created_at: show::rfc3339(l.created_at),
        due_at: l.due_at.map(|at: Millis| show::rfc3339(at)),
    }
}

/// My newest fifty reports.
#[utoipa::path(get, path = "/api/v1/me/reports", responses((status = 200, body = Vec<LineJson>)), security(("bearer" = [])))]
pub(super) async fn mine(
    State(web): State<Web>,
    ApiCitizen(signed): ApiCitizen,
) -> Result<Json<Vec<LineJson>>, Problem> {
    let lines = views::mine(&web.core, signed.account, None, 50).await.map_err(web.problem())?;
    Ok(Json(lines.into_iter().map(line_json).collect()))
}

//! The queue and the acts of staff for programs of the province (document management, dashboards). Rights are those of the
//! account behind the token.

use super::sessions::body;
use crate::{
    error::{Problem, ProblemJson},
    forms::FORM_LIMIT,
    state::Web,
    visit::ApiOfficer,
};
use axum::{
    Json, Router,
    extract::{Path, Query, Request, State},
    routing::{get, post},
};
use base::{code::Code, ids::Uuid, show};
use domain::reports::{
    Command, State as ReportState, act_as_officer,
    queue::{self, Assignee, Filter, Order},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub fn routes() -> Router<Web> {
    Router::new().route("/api/v1/staff/reports", get(queue)).route("/api/v1/staff/reports/{code}/acts", post(act))
}

#[derive(Deserialize, IntoParams)]
pub(super) struct QueueQuery {
    state: Option<String>,
    /// `true`: the finished ones too.
    all: Option<bool>,
    category: Option<String>,
    commune: Option<String>,
    unit: Option<String>,
    /// An account's id, or `none`.
    assignee: Option<String>,
    overdue: Option<bool>,
    /// Words to look for, with or without marks.
    q: Option<String>,
    /// `due` (default), `newest` or `oldest`.
    order: Option<String>,
    /// From 0.
    page: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct QueueJson {
    /// How many match, as far as was counted: to 1,000, in a search to the end of this page.
    total: i64,
    /// There are more than `total`.
    more: bool,
    reports: Vec<QueueLine>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct QueueLine {
    code: String,
    title: String,
    category: String,
    commune: Option<String>,
    state: String,
    unit: String,
    assignee: Option<Uuid>,
    created_at: String,
    due_at: Option<String>,
    /// To send along with an act.
    version: i64,
}

/// One page of fifty.
#[utoipa::path(get, path = "/api/v1/staff/reports", params(QueueQuery),
    responses((status = 200, body = QueueJson), (status = 403, body = ProblemJson)), security(("bearer" = [])))]
pub(super) async fn queue(
    State(web): State<Web>,
    ApiOfficer(officer): ApiOfficer,
    Query(q): Query<QueueQuery>,
) -> Result<Json<QueueJson>, Problem> {
    let state = match q.state.as_deref() {
        None => None,
        Some(text) => Some(ReportState::parse(text).ok_or(Problem::BadRequest)?),
    };
    let assignee = match q.assignee.as_deref() {
        None => Assignee::Any,
        Some("none") => Assignee::Nobody,
        Some(id) => Assignee::Account(id.parse().map_err(|_| Problem::BadRequest)?),
    };
    let filter = Filter {
        state,
        everything: q.all.unwrap_or(false),
        category: q.category,
        commune: q.commune,
        unit: q.unit,
        assignee,
        overdue: q.overdue.unwrap_or(false),
        text: q.q.unwrap_or_default(),
        order: Order::parse(q.order.as_deref().unwrap_or_default()),
        page: q.page.unwrap_or(0),
        ..Filter::default()
    };
    let page = queue::page(&web.core, &officer, &filter).await.map_err(web.problem())?;
    let reports = page.rows.into_iter().map(|r| QueueLine {
        state: r.state().as_str().to_owned(),
        code: r.code,
        title: r.title,
        category: r.category,
        commune: r.commune,
        unit: r.unit,
        assignee: r.assignee,
        created_at: show::rfc3339(r.created_at),
        due_at: r.due_at.map(show::rfc3339),
        version: r.version,
    });
    Ok(Json(QueueJson { total: page.total, more: page.more, reports: reports.collect() }))
}

/// What is to be done. `version` is the one of the queue or of the last act: an older one is refused with 409.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ActBody {
    Accept { version: i64 },
    Assign { version: i64, to: Uuid },
    Start { version: i64 },
    Ask { version: i64, text: String },
    Transfer { version: i64, unit: String, text: String },
    Reply { version: i64, text: String },
    Note { version: i64, text: String },
    Resolve { version: i64, text: String },
    Reject { version: i64, text: String },
}

#[derive(Serialize, ToSchema)]
pub(super) struct ActDone {
    code: String,
    state: String,
    version: i64,
}

/// Does something with a report.
#[utoipa::path(post, path = "/api/v1/staff/reports/{code}/acts", request_body = ActBody,
    params(("code" = String, Path, description = "Ten digits")),
    responses((status = 200, body = ActDone), (status = 403, body = ProblemJson), (status = 409, body = ProblemJson), (status = 422, body = ProblemJson)),
    security(("bearer" = [])))]
pub(super) async fn act(
    State(web): State<Web>,
    ApiOfficer(officer): ApiOfficer,
    Path(code): Path<String>,
    request: Request,
) -> Result<Json<ActDone>, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    let (version, command) = match body(request, FORM_LIMIT).await? {
        ActBody::Accept { version } => (version, Command::Accept { note: String::new() }),
        ActBody::Assign { version, to } => (version, Command::Assign { to, note: String::new() }),
        ActBody::Start { version } => (version, Command::Start),
        ActBody::Ask { version, text } => (version, Command::Ask { question: text }),
        ActBody::Transfer { version, unit, text } => (version, Command::Transfer { unit, note: text }),
        ActBody::Reply { version, text } => (version, Command::Reply { text }),
        ActBody::Note { version, text } => (version, Command::Note { text }),
        ActBody::Resolve { version, text } => (version, Command::Resolve { text }),
        ActBody::Reject { version, text } => (version, Command::Reject { reason: text }),
    };
    let done = act_as_officer(&web.core, &officer, code.as_str(), version, command, Vec::new())
        .await
        .map_err(web.problem())?;
    Ok(Json(ActDone { code: done.code, state: done.state.as_str().to_owned(), version: done.version }))
}

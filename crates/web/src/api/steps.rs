//! Steps of dossiers, as a province's one-stop system tells them to the province (N14, D14), and the answers, which are those of the portal too.

use super::sessions::body;
use crate::{
    error::{Problem, ProblemJson},
    state::Web,
};
use axum::{
    Json, Router,
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
    routing::post,
};
use domain::{
    api_keys::{self, Need},
    dossiers::{self, Outcome, Step, tell},
    error::Error,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

const PATH: &str = "/api/v1/dossier-states";
/// A hundred steps with the longest notes.
const LONGEST: usize = 288 * 1024;

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, post(create))
}

/// What came of each step, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answers {
    results: Vec<AnswerJson>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerJson {
    /// The event's id; null where it could not be read.
    event: Option<String>,
    /// `taken` (now or before) or `refused`.
    outcome: &'static str,
    /// Why it was refused: `shape`, `event`, `dossier`, `procedure`, `unknown-procedure`, `number`, `state`, `at`, `future`, `too-old`, `due`, `note`,
    /// `link`, `event-reused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

pub(crate) fn answers(steps: &[Value], outcomes: &[Outcome]) -> Answers {
    let one = |(step, outcome): (&Value, &Outcome)| {
        let (outcome, reason) = match outcome {
            Outcome::Taken => ("taken", None),
            Outcome::Refused(why) => ("refused", Some(why.as_str())),
        };
        AnswerJson { event: Step::event_of(step), outcome, reason }
    };
    Answers { results: steps.iter().zip(outcomes).map(one).collect() }
}

/// A list of steps.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Steps {
    /// 1 to 100.
    #[schema(value_type = Vec<StepJson>)]
    states: Vec<Value>,
}

/// A state that a dossier took. Told twice with the same `event`, it counts once. Of several the one with the latest `at` is where the dossier stands.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is read strictly elsewhere")]
pub(super) struct StepJson {
    /// An id of this step alone: 8 to 64 letters, digits, dashes, dots, underscores.
    event: String,
    /// Mã hồ sơ: 5 to 50 letters, digits, dots, dashes, slashes.
    dossier: String,
    /// A national code of `/api/v1/procedures`: `1.001193`.
    procedure: String,
    /// The applicant's personal number, twelve digits.
    number: String,
    /// The national code, `1` to `10`: 1 new, 2 received, 3 not received, 4 in process, 5 papers needed, 6 fee needed, 7 withdrawn, 8 stopped, 9 processed,
    /// 10 handed over.
    state: String,
    /// When it took that state; RFC 3339 with the zone; not in the future and not older than two years.
    at: String,
    /// Hẹn trả; RFC 3339.
    due: Option<String>,
    /// Plain words to the person, up to 500 characters.
    note: Option<String>,
    /// The dossier's page: https, at this province's own address.
    link: Option<String>,
}

/// Tells states of dossiers, for the national portal's «Dịch vụ công của tôi». Takes a key that may tell them, as `Authorization: Bearer cds_…`. What is
/// taken reaches the portal later, at the latest when it is back.
#[utoipa::path(post, path = "/api/v1/dossier-states", request_body = Steps,
    responses((status = 200, body = Answers), (status = 401, body = ProblemJson), (status = 403, body = ProblemJson),
        (status = 404, body = ProblemJson, description = "This province sends nothing to the portal"),
        (status = 413, body = ProblemJson), (status = 422, body = ProblemJson), (status = 429, body = ProblemJson)),
    security(("bearer" = [])))]
pub(super) async fn create(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    if !web.tells_portal {
        return Err(Problem::NotFound);
    }
    let key = request.headers().get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let key = key.and_then(|v| v.strip_prefix("Bearer ")).ok_or(Problem::SignIn)?.trim().to_owned();
    let caller = api_keys::enter(&web.core, &key, Need::TellDossiers).await.map_err(web.problem())?;
    let steps: Steps = body(request, LONGEST).await?;
    if !(1..=dossiers::MOST).contains(&steps.states.len()) {
        return Err(web.problem()(Error::field("states", "dossier-states-many")));
    }
    let outcomes = tell::tell(&web.core, Some(caller.id), &steps.states).await.map_err(web.problem())?;
    Ok(Json(answers(&steps.states, &outcomes)).into_response())
}

//! Fees of dossiers (P2, D14) at a province: its one-stop system tells which are due and asks which were paid; the national portal says what was paid,
//! signed with the key that it signs people in with.

use super::sessions::body;
use crate::{
    error::{Problem, ProblemJson},
    forms::Fields,
    state::Web,
};
use axum::{
    Json, Router,
    extract::{RawQuery, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base::show;
use domain::{
    api_keys::{self, Caller, Need},
    error::Error,
    payments::{
        self,
        fee::{Fee, Outcome},
        hear::{self, Settled},
        tell,
    },
};
use identity::rp::RpError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

const PATH: &str = "/api/v1/dossier-fees";
/// A hundred fees with the longest names.
const LONGEST: usize = 160 * 1024;

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(paid).post(create)).route(payments::hear::PATH, post(settled))
}

/// What came of each fee, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeeAnswers {
    results: Vec<FeeAnswerJson>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeeAnswerJson {
    /// The fee's id; null where it could not be read.
    fee: Option<String>,
    /// `taken` (now or before) or `refused`.
    outcome: &'static str,
    /// Why it was refused: `shape`, `dossier`, `unknown-dossier`, `fee`, `name`, `amount`, `state`, `at`, `future`, `too-old`, `fee-reused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

pub(crate) fn answers(fees: &[Value], outcomes: &[Outcome]) -> FeeAnswers {
    let one = |(fee, outcome): (&Value, &Outcome)| {
        let (outcome, reason) = match outcome {
            Outcome::Taken => ("taken", None),
            Outcome::Refused(why) => ("refused", Some(why.as_str())),
        };
        FeeAnswerJson { fee: Fee::id_of(fee), outcome, reason }
    };
    FeeAnswers { results: fees.iter().zip(outcomes).map(one).collect() }
}

/// A list of fees.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Fees {
    /// 1 to 100.
    #[schema(value_type = Vec<FeeJson>)]
    fees: Vec<Value>,
}

/// A fee of a dossier. Its name and amount never change; what changes is whether it is to be paid. Told twice it counts once.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is read strictly elsewhere")]
pub(super) struct FeeJson {
    /// Mã hồ sơ, as its states name it (`/api/v1/dossier-states`).
    dossier: String,
    /// The fee's own id at this province, for ever: 8 to 64 letters, digits, dashes, dots, underscores.
    fee: String,
    /// What it is for, in Vietnamese, as the person reads it: up to 200 characters.
    name: String,
    /// Whole đồng, 1000 to 1000000000.
    amount: i64,
    /// `due` or `withdrawn`. What was paid for a fee that is withdrawn goes back to the person.
    state: String,
    /// Since when; RFC 3339 with the zone.
    at: String,
}

async fn caller(web: &Web, headers: &HeaderMap) -> Result<Caller, Problem> {
    if !web.tells_portal {
        return Err(Problem::NotFound);
    }
    let key = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let key = key.and_then(|v| v.strip_prefix("Bearer ")).ok_or(Problem::SignIn)?.trim();
    api_keys::enter(&web.core, key, Need::TellDossiers).await.map_err(web.problem())
}

/// Tells fees of dossiers that people may pay at the national portal. Takes a key that may tell states of dossiers, as `Authorization: Bearer cds_…`. What is
/// taken reaches the portal later, at the latest when it is back.
#[utoipa::path(post, path = "/api/v1/dossier-fees", request_body = Fees,
    responses((status = 200, body = FeeAnswers), (status = 401, body = ProblemJson), (status = 403, body = ProblemJson),
        (status = 404, body = ProblemJson, description = "This province sends nothing to the portal"),
        (status = 413, body = ProblemJson), (status = 422, body = ProblemJson), (status = 429, body = ProblemJson)),
    security(("bearer" = [])))]
pub(super) async fn create(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let caller = caller(&web, request.headers()).await?;
    let typed: Fees = body(request, LONGEST).await?;
    if !(1..=payments::MOST).contains(&typed.fees.len()) {
        return Err(web.problem()(Error::field("fees", "dossier-fees-many")));
    }
    let outcomes = tell::tell(&web.core, Some(caller.id), &typed.fees).await.map_err(web.problem())?;
    Ok(Json(answers(&typed.fees, &outcomes)).into_response())
}

/// Fees of which the portal said that they were paid, or given back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Paid {
    fees: Vec<PaidJson>,
    /// Where to go on, now or later; null: nothing is there yet.
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PaidJson {
    fee: String,
    dossier: String,
    name: String,
    /// Đồng.
    amount: i64,
    /// What this province said last: `due` or `withdrawn`.
    state: String,
    /// The payment's number at the portal.
    payment: String,
    paid_at: Option<String>,
    /// When the person had it back. Null: the province is to have it, unless its fee was withdrawn; then it is on its way back.
    refunded_at: Option<String>,
    /// When this province heard of it.
    heard_at: String,
}

/// What was paid, by the time at which this province heard of it: up to a hundred. Ask again with `next` as it stands.
#[utoipa::path(get, path = "/api/v1/dossier-fees",
    params(("paid_after" = Option<String>, Query, description = "RFC 3339; what was heard of after this. Without it: everything"),
        ("after" = Option<String>, Query, description = "A fee's id: of that very moment only what stands behind it")),
    responses((status = 200, body = Paid), (status = 400, body = ProblemJson), (status = 401, body = ProblemJson), (status = 403, body = ProblemJson),
        (status = 404, body = ProblemJson), (status = 429, body = ProblemJson)),
    security(("bearer" = [])))]
pub(super) async fn paid(
    State(web): State<Web>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Paid>, Problem> {
    caller(&web, &headers).await?;
    let asked = Fields::parse(raw.unwrap_or_default().as_bytes());
    let from = match asked.get("paid_after") {
        "" => 0,
        text => hear::moment(text).ok_or(Problem::BadRequest)?,
    };
    let after = asked.get("after");
    if after.len() > 64 {
        return Err(Problem::BadRequest);
    }
    // Without a fee the moment itself has been read.
    let after = if after.is_empty() { "~" } else { after };
    let lines = hear::lines(&web.core, from, after).await.map_err(web.problem())?;
    let next = lines.last().map(|l| {
        let at = hear::written(l.heard_at);
        format!("{PATH}?paid_after={at}&after={}", l.fee)
    });
    let fee = |l: hear::Line| PaidJson {
        fee: l.fee,
        dossier: l.dossier,
        name: l.name,
        amount: l.amount,
        state: l.state,
        payment: l.payment,
        paid_at: l.paid_at.map(show::rfc3339),
        refunded_at: l.refunded_at.map(show::rfc3339),
        heard_at: hear::written(l.heard_at),
    };
    Ok(Json(Paid { fees: lines.into_iter().map(fee).collect(), next }))
}

/// The portal's token.
const TYP: &str = "fee-payments+jwt";
const LONGEST_TOKEN: usize = 64 * 1024;

/// What the portal says was paid or given back: one token (JWS, compact) of the provider that people of this province come from. Each is answered by itself.
async fn settled(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let provider = web.portal.as_deref().and_then(|name| web.provider(name)).ok_or(Problem::NotFound)?;
    let bytes = axum::body::to_bytes(request.into_body(), LONGEST_TOKEN).await.map_err(|_| Problem::TooLarge)?;
    let token = std::str::from_utf8(&bytes).map_err(|_| Problem::BadRequest)?.trim();
    let claims = match provider.rp.told(token, TYP, LONGEST_TOKEN).await {
        Ok(Some(claims)) => claims,
        Ok(None) => return Ok(not_believed("replayed")),
        Err(RpError::Away(_) | RpError::Broken(_)) => return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        Err(e) => {
            tracing::warn!(error = %e, "what says to be of the portal is not believed");
            metrics::counter!("fee_payments_refused_total").increment(1);
            return Ok(not_believed("signature"));
        }
    };
    let said = claims.get("payments").and_then(Value::as_array);
    let Some(said) = said.filter(|said| (1..=payments::MOST).contains(&said.len())) else {
        return Err(Problem::BadRequest);
    };
    let outcomes = hear::hear(&web.core, said).await.map_err(web.problem())?;
    let one = |(one, outcome): (&Value, &Result<(), hear::Why>)| {
        json!({
            "payment": Settled::payment_of(one), "outcome": if outcome.is_ok() { "taken" } else { "refused" },
            "reason": outcome.err().map(hear::Why::as_str),
        })
    };
    let results: Vec<Value> = said.iter().zip(&outcomes).map(one).collect();
    Ok(Json(json!({ "results": results })).into_response())
}

/// For programs, in one language.
fn not_believed(code: &'static str) -> Response {
    let body = json!({ "type": "urn:congdanso:problem:not-believed", "title": "not-believed", "status": 401, "errors": [{ "field": "token", "code": code }] });
    (StatusCode::UNAUTHORIZED, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

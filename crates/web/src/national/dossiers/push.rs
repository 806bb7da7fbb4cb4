//! A connected province tells which states its dossiers took: one token (JWS, compact), signed with the key that the province proves itself with. Each
//! step is answered by itself, so that one that cannot be taken does not hold up the others.

use crate::{
    api::steps::{Answers, answers},
    error::{FieldJson, Problem, ProblemJson},
    state::Web,
};
use ::identity::provider::{
    Client,
    push::{Unbelieved, Wanted},
};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::dossiers::{
    self, Outcome,
    receive::{self, Sender},
};
use serde_json::Value;

/// The address, which is also the token's audience behind the portal's own.
pub const PATH: &str = "/api/v1/dossier-states";
/// The kind of token, so that no proof for signing in passes for it.
const TYP: &str = "dossier-states+jwt";
/// A hundred steps with the longest notes, in base64.
const LONGEST: usize = 384 * 1024;

fn away(error: &::identity::error::Error) -> Problem {
    tracing::error!(%error, "the provider's rows cannot be read");
    Problem::Busy
}

/// A door at which provinces tell something.
pub(in crate::national) struct Door {
    pub path: &'static str,
    pub typ: &'static str,
    pub longest: usize,
    /// Where its list stands in the token; also the name of the field in answers.
    pub list: &'static str,
    pub many: &'static str,
}

const DOOR: Door = Door { path: PATH, typ: TYP, longest: LONGEST, list: "states", many: "1 to 100 states, please." };

/// Who tells what: the client and its list, counted. The inner error is the answer to who is not believed.
pub(in crate::national) async fn believe(
    web: &Web,
    request: Request,
    door: &Door,
) -> Result<Result<(Client, Vec<Value>), Response>, Problem> {
    let issuer = web.issuer.as_ref().ok_or(Problem::NotFound)?;
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().unwrap_or_default().trim() != "application/jose" {
        return Ok(Err(not_believed(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", "Send application/jose.")));
    }
    let body = axum::body::to_bytes(request.into_body(), door.longest).await.map_err(|_| Problem::TooLarge)?;
    let token = std::str::from_utf8(&body).map_err(|_| Problem::BadRequest)?.trim();
    let audience = format!("{}{}", web.core.settings.origin, door.path);
    let wanted = Wanted { typ: door.typ, audience: &audience, longest: door.longest };
    let pushed = match issuer.pushed(token, wanted).await.map_err(|e| away(&e))? {
        Ok(pushed) => pushed,
        Err(why) => {
            metrics::counter!("dossier_pushes_refused_total", "why" => word(why)).increment(1);
            return Ok(Err(refused(why, door.typ)));
        }
    };
    receive::count(&web.core, &pushed.client.id).await.map_err(web.problem())?;
    let list = pushed.claims.get(door.list).and_then(Value::as_array);
    match list.filter(|list| (1..=dossiers::MOST).contains(&list.len())) {
        Some(list) => Ok(Ok((pushed.client, list.clone()))),
        None => Ok(Err(not_believed(StatusCode::UNPROCESSABLE_ENTITY, door.list, door.many))),
    }
}

pub async fn receive(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let (client, steps) = match believe(&web, request, &DOOR).await? {
        Ok(told) => told,
        Err(answer) => return Ok(answer),
    };
    let sender = Sender { hosts: hosts(&client), client: client.id.clone() };
    let outcomes = receive::receive(&web.core, sender, &steps).await.map_err(web.problem())?;
    for outcome in &outcomes {
        let word = match outcome {
            Outcome::Taken => "taken",
            Outcome::Refused(why) => why.as_str(),
        };
        metrics::counter!("dossier_steps_total", "client" => client.id.clone(), "outcome" => word).increment(1);
    }
    Ok(Json::<Answers>(answers(&steps, &outcomes)).into_response())
}

/// Where its links may lead: to the hosts that people come back to when they sign in.
fn hosts(client: &Client) -> Vec<String> {
    let mut hosts: Vec<String> =
        client.redirect_uris.iter().filter_map(|uri| dossiers::host(uri)).map(str::to_owned).collect();
    hosts.dedup();
    hosts
}

fn word(why: Unbelieved) -> &'static str {
    match why {
        Unbelieved::TooLong => "too-long",
        Unbelieved::Shape => "shape",
        Unbelieved::Signature => "signature",
        Unbelieved::Audience => "audience",
        Unbelieved::Time => "time",
        Unbelieved::Replayed => "replayed",
    }
}

/// Nothing in it says whether there is such a client.
fn refused(why: Unbelieved, typ: &str) -> Response {
    let shape = format!("Send one compact JWS with typ {typ} and a jti.");
    let (status, detail) = match why {
        Unbelieved::TooLong => return Problem::TooLarge.into_response(),
        Unbelieved::Shape => (StatusCode::BAD_REQUEST, shape.as_str()),
        Unbelieved::Signature => (StatusCode::UNAUTHORIZED, "Sign it with a key that your client is registered with."),
        Unbelieved::Audience => (StatusCode::UNAUTHORIZED, "Name this address as aud."),
        Unbelieved::Time => (StatusCode::UNAUTHORIZED, "Give iat and exp of now, at most ten minutes apart."),
        Unbelieved::Replayed => (StatusCode::UNAUTHORIZED, "Sign anew with another jti."),
    };
    not_believed(status, word(why), detail)
}

/// For programmers, so in one language.
fn not_believed(status: StatusCode, code: &'static str, detail: &str) -> Response {
    let title = if status == StatusCode::UNAUTHORIZED { "not-believed" } else { "invalid" };
    let body = ProblemJson {
        kind: format!("urn:congdanso:problem:{title}"),
        title,
        status: status.as_u16(),
        detail: detail.to_owned(),
        errors: vec![FieldJson { field: "token", code }],
    };
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

//! A connected province tells which fees are due for its dossiers: one token of its own kind, believed as that of states is.

use crate::{
    api::fees::answers,
    error::Problem,
    national::dossiers::push::{Door, believe},
    state::Web,
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use domain::payments::{fee::Outcome, receive};

pub(super) const PATH: &str = "/api/v1/dossier-fees";
const DOOR: Door = Door {
    path: PATH,
    typ: "dossier-fees+jwt",
    // A hundred fees with the longest names, in base64.
    longest: 224 * 1024,
    list: "fees",
    many: "1 to 100 fees, please.",
};

pub async fn receive(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let (client, fees) = match believe(&web, request, &DOOR).await? {
        Ok(told) => told,
        Err(answer) => return Ok(answer),
    };
    let outcomes = receive::receive(&web.core, &client.id, &fees).await.map_err(web.problem())?;
    for outcome in &outcomes {
        let word = match outcome {
            Outcome::Taken => "taken",
            Outcome::Refused(why) => why.as_str(),
        };
        metrics::counter!("dossier_fees_total", "client" => client.id.clone(), "outcome" => word).increment(1);
    }
    Ok(Json(answers(&fees, &outcomes)).into_response())
}

//! The gateway's server says how an order ended (IPN). Its signature is all that proves it; whatever it says is answered in its own words, so that it tells
//! again what was not taken.

use crate::{error::Problem, state::Web};
use axum::{
    extract::{RawQuery, State},
    http::header,
    response::{IntoResponse, Response},
};
use domain::payments::{
    self,
    gateway::{Reply, Unread},
};

/// What a gateway sends is a tenth of it.
pub(super) const LONGEST: usize = 4096;

pub async fn hear(State(web): State<Web>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let till = web.till.as_ref().ok_or(Problem::NotFound)?;
    let raw = raw.filter(|raw| raw.len() <= LONGEST);
    let reply = match raw.as_deref().map_or(Err(Unread::Malformed), |raw| till.gateway.read(raw)) {
        Ok(word) => payments::heard(&web.core, &word).await.unwrap_or_else(|error| {
            tracing::error!(%error, "what the gateway says was not written down; it tells it again");
            Reply::Trouble
        }),
        Err(why) => {
            metrics::counter!("payment_notices_refused_total", "why" => if why == Unread::Forged { "forged" } else { "malformed" }).increment(1);
            if why == Unread::Forged { Reply::Forged } else { Reply::Trouble }
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], till.gateway.reply(reply)).into_response())
}

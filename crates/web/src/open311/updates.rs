//! Updates of requests (`servicerequestupdates`, an extension of mySociety): every public step of a time, the oldest first, so
//! that another system can follow along.

use super::{
    ask::{Ask, Query},
    fault::Fault,
    tree::{self, Node},
};
use axum::{http::StatusCode, response::Response};
use base::show;
use domain::reports::{
    State,
    open::{self, StepRow, Wanted},
};

pub async fn list(ask: &Ask, query: &Query) -> Result<Response, Fault> {
    let (skip, most) = query.page()?;
    let (from, until) = query.span(ask.web.core.now())?;
    let codes = query.codes()?;
    let rows = match codes {
        Some(codes) if codes.is_empty() => Vec::new(),
        codes => {
            let wanted = Wanted { codes: codes.unwrap_or_default(), from, until, skip, most, ..Wanted::default() };
            open::steps(&ask.web.core, &wanted).await.map_err(|e| Fault::domain(ask, e))?
        }
    };
    let updates = rows.iter().map(update).collect();
    let tree = Node::List("request_update", updates);
    Ok(tree::answer(ask.format, StatusCode::OK, "service_request_updates", &tree))
}

fn update(s: &StepRow) -> Node {
    let open = State::parse(&s.to_state).is_some_and(State::is_open);
    Node::Map(vec![
        ("update_id", Node::text(s.id.to_string())),
        ("service_request_id", Node::text(s.code.clone())),
        ("status", Node::text(if open { "open" } else { "closed" })),
        ("updated_datetime", Node::text(show::rfc3339(s.at))),
        ("description", Node::maybe(s.note())),
        ("media_url", Node::Nothing),
    ])
}

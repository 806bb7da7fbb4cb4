//! Updates of requests (`servicerequestupdates`, an extension of mySociety): every public step of a time, the oldest first, so
//! that another system can follow along; and what it adds to the reports that it sent.

use super::{
    ask::{self, Ask, Query},
    fault::Fault,
    send,
    tree::{self, Node},
};
use crate::forms;
use axum::{extract::Request, http::StatusCode, response::Response};
use base::{code::Code, show};
use domain::{
    error::Error,
    reports::{
        SenderUpdate, State,
        open::{self, StepRow, Wanted},
        update_by_sender,
    },
};

/// Characters of the other system's own mark of an update.
const MARK_MOST: usize = 60;

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

/// What the key's own system adds: the answer to a question of the unit, or more about the report. Its `status` is passed over:
/// where a report stands is the unit's to say. Its own mark (`update_id`) makes the same update sent twice one step.
pub async fn send(ask: &Ask, request: Request) -> Result<Response, Fault> {
    send::is_form(&request)?;
    let query = Query::of(forms::read(request).await?);
    let key = query.one("api_key")?.ok_or(Fault::forbidden("open311-key-missing"))?;
    let caller = ask.key(key, true).await?;
    ask.jurisdiction(query.one("jurisdiction_id")?)?;
    let mut wrong: Vec<(&'static str, String)> = Vec::new();
    let code = query.one("service_request_id")?.unwrap_or_default();
    let text = query.one("description")?.unwrap_or_default();
    for (name, value) in [("service_request_id", code), ("description", text)] {
        if value.is_empty() {
            wrong.push(("open311-missing", name.into()));
        }
    }
    if query.one("updated_datetime")?.is_some_and(|typed| ask::date(typed).is_none()) {
        wrong.push(("open311-date", "updated_datetime".into()));
    }
    let mark = query.one("update_id")?;
    if mark.is_some_and(|mark| mark.chars().count() > MARK_MOST) {
        wrong.push(("open311-long", "update_id".into()));
    }
    let media = query.one("media_url")?.unwrap_or_default();
    if !send::is_web(media) {
        wrong.push(("open311-media", "media_url".into()));
    } else if media.chars().count() > send::URL_MOST {
        wrong.push(("open311-long", "media_url".into()));
    }
    if !wrong.is_empty() {
        return Err(Fault::all(wrong));
    }
    let update = SenderUpdate {
        code: Code::parse(code).map_err(|_| Fault::not_found("open311-no-request"))?.into(),
        mark: mark.map(str::to_owned),
        text: text.to_owned(),
        media: media.to_owned(),
    };
    let id = update_by_sender(&ask.web.core, caller.account_id, &update).await.map_err(|e| match e {
        Error::NotFound => Fault::not_found("open311-no-request"),
        Error::Forbidden => Fault::forbidden("open311-not-own"),
        Error::State => Fault::ended("open311-ended"),
        e => Fault::domain(ask, e),
    })?;
    let mut item = vec![("update_id", Node::text(id.to_string())), ("service_request_id", Node::text(update.code))];
    let notice = send::of_picture(ask, media, "open311-media-left");
    if !notice.is_empty() {
        item.push(("service_notice", Node::text(notice.trim())));
    }
    let tree = Node::List("request_update", vec![Node::Map(item)]);
    Ok(tree::answer(ask.format, StatusCode::CREATED, "service_request_updates", &tree))
}

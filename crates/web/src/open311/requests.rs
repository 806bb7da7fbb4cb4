//! Requests: public reports, a page of them or one; and tokens, which are never given here, because a report has its number at
//! once.

use super::{
    ask::{Ask, Query},
    fault::Fault,
    tree::{self, Node},
};
use axum::{http::StatusCode, response::Response};
use base::{code::Code, show};
use domain::{
    province::Province,
    reports::open::{self, OpenRow, StepRow, Wanted},
};
use std::collections::HashMap;

fn wanted(ask: &Ask, query: &Query) -> Result<Wanted, Fault> {
    let province = ask.web.core.province();
    let (skip, most) = query.page()?;
    let (from, until) = query.span(ask.web.core.now())?;
    let categories = query.list("service_code")?;
    if categories.iter().any(|code| province.category(code).is_none()) {
        return Err(Fault::not_found("open311-no-service"));
    }
    let (mut open, mut closed) = (false, false);
    for status in query.list("status")? {
        match status.as_str() {
            "open" => open = true,
            "closed" => closed = true,
            _ => return Err(Fault::bad("open311-status", "status")),
        }
    }
    let open = if open == closed { None } else { Some(open) };
    Ok(Wanted { codes: Vec::new(), categories, open, from, until, skip, most })
}

pub async fn list(ask: &Ask, query: &Query) -> Result<Response, Fault> {
    let extensions = query.flag("extensions")?;
    let wanted = match query.codes()? {
        // Numbers override everything else; none that can be one finds nothing.
        Some(codes) if codes.is_empty() => return Ok(answer(ask, Vec::new())),
        Some(codes) => {
            let (skip, most) = query.page()?;
            Wanted { codes, skip, most, ..Wanted::default() }
        }
        None => wanted(ask, query)?,
    };
    let rows = open::page(&ask.web.core, &wanted).await.map_err(|e| Fault::domain(ask, e))?;
    requests(ask, &rows, extensions).await
}

pub async fn one(ask: &Ask, code: &str, query: &Query) -> Result<Response, Fault> {
    let extensions = query.flag("extensions")?;
    let rows = find(ask, code).await?;
    if rows.is_empty() {
        return Err(Fault::not_found("open311-no-request"));
    }
    requests(ask, &rows, extensions).await
}

/// The public report of a number; at most one.
async fn find(ask: &Ask, code: &str) -> Result<Vec<OpenRow>, Fault> {
    let code = Code::parse(code).map_err(|_| Fault::not_found("open311-no-request"))?;
    let wanted = Wanted { codes: vec![code.into()], most: 1, ..Wanted::default() };
    open::page(&ask.web.core, &wanted).await.map_err(|e| Fault::domain(ask, e))
}

/// A number answers for itself, so that a program that asks for tokens in any case goes on.
pub async fn token(ask: &Ask, token: &str) -> Result<Response, Fault> {
    let row = find(ask, token).await?.pop().ok_or(Fault::not_found("open311-no-token"))?;
    let item = Node::Map(vec![("service_request_id", Node::text(row.code)), ("token", Node::text(token))]);
    Ok(answer(ask, vec![item]))
}

async fn requests(ask: &Ask, rows: &[OpenRow], extensions: bool) -> Result<Response, Fault> {
    let province = ask.web.core.province();
    let mut notes: HashMap<String, Vec<Node>> = HashMap::new();
    if extensions {
        let codes: Vec<String> = rows.iter().map(|r| r.code.clone()).collect();
        for step in open::steps_of(&ask.web.core, &codes).await.map_err(|e| Fault::domain(ask, e))? {
            notes.entry(step.code.clone()).or_default().push(note(ask, &step));
        }
    }
    let items = rows.iter().map(|r| {
        let mut fields = fields(ask, &province, r);
        if extensions {
            fields.push(("extended_attributes", extended(ask, &province, r)));
            let notes = notes.remove(&r.code).unwrap_or_default();
            fields.push(("notes", Node::List("note", notes)));
        }
        Node::Map(fields)
    });
    Ok(answer(ask, items.collect()))
}

fn answer(ask: &Ask, items: Vec<Node>) -> Response {
    tree::answer(ask.format, StatusCode::OK, "service_requests", &Node::List("request", items))
}

/// The unit's last words; of a merged report, where it goes on (R5).
fn status_notes(ask: &Ask, r: &OpenRow) -> String {
    match &r.original {
        Some(code) => ask.web.core.speaker(ask.lang).t1("open311-merged", "code", code),
        None => r.note(),
    }
}

fn fields(ask: &Ask, province: &Province, r: &OpenRow) -> Vec<(&'static str, Node)> {
    let commune = province.commune_name(r.commune.as_deref(), ask.lang);
    let address: Vec<String> = [r.address(), commune].into_iter().filter(|s| !s.is_empty()).collect();
    let point = r.point();
    let number = |n: Option<f64>| n.map_or(Node::Nothing, Node::Number);
    let done = r.resolved_at.or(r.closed_at).filter(|_| !r.open);
    let photo = r.photo.map(|id| ask.url(&format!("/anh/{id}/l.jpg")));
    vec![
        ("service_request_id", Node::text(r.code.clone())),
        ("status", Node::text(if r.open { "open" } else { "closed" })),
        ("status_notes", Node::maybe(status_notes(ask, r))),
        ("service_name", Node::text(province.category_name(&r.category, ask.lang))),
        ("service_code", Node::text(r.category.clone())),
        ("description", Node::text(r.text())),
        ("agency_responsible", Node::text(province.unit_name(&r.unit, ask.lang))),
        ("service_notice", Node::Nothing),
        ("requested_datetime", Node::text(show::rfc3339(r.created_at))),
        ("updated_datetime", Node::text(show::rfc3339(done.unwrap_or(r.updated_at)))),
        ("expected_datetime", r.due_at.map_or(Node::Nothing, |at| Node::text(show::rfc3339(at)))),
        ("address", Node::maybe(address.join(", "))),
        ("address_id", Node::maybe(r.commune.clone().unwrap_or_default())),
        ("zipcode", Node::Nothing),
        ("lat", number(point.map(|p| p.0))),
        ("long", number(point.map(|p| p.1))),
        ("media_url", Node::maybe(photo.unwrap_or_default())),
    ]
}

/// `extensions=true`: what GeoReport has no field for.
fn extended(ask: &Ask, province: &Province, r: &OpenRow) -> Node {
    let answers = r.answers(province, ask.lang).into_iter().map(|a| {
        Node::Map(vec![
            ("code", Node::text(a.code)),
            ("description", Node::text(a.label)),
            ("value", Node::text(a.text)),
        ])
    });
    let answers = answers.collect();
    Node::Map(vec![
        ("title", Node::text(r.title())),
        ("state", Node::text(r.state.clone())),
        ("unit", Node::text(r.unit.clone())),
        ("commune", Node::maybe(r.commune.clone().unwrap_or_default())),
        ("photos", Node::Whole(i64::from(r.photos))),
        ("rating", r.rating.map_or(Node::Nothing, |n| Node::Whole(i64::from(n)))),
        ("url", Node::text(ask.url(&format!("/phan-anh/{}", r.code)))),
        ("attributes", Node::List("attribute", answers)),
    ])
}

fn note(ask: &Ask, s: &StepRow) -> Node {
    let state = ask.web.core.speaker(ask.lang).t(&format!("state-{}", s.to_state)).into_owned();
    Node::Map(vec![
        ("datetime", Node::text(show::rfc3339(s.at))),
        ("summary", Node::text(state)),
        ("description", Node::maybe(s.note())),
    ])
}

//! The officer's inbox (R8): reminders, escalations, answers, finished parts. Opening a line marks it as read and leads to its report.

use super::shell::{Shell, go, go_saying, html, id};
use crate::{
    error::Problem,
    forms::Fields,
    middleware::safe_next,
    page::Page,
    state::Web,
    visit::{Desk, Form},
};
use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use base::ids::Uuid;
use domain::notices;

const PATH: &str = "/can-bo/thong-bao";

struct Line {
    id: Uuid,
    text: String,
    at: String,
    iso: String,
    icon: &'static str,
    unread: bool,
}

#[derive(Template)]
#[template(path = "staff/notices.html")]
struct NoticesPage {
    p: Page,
    s: Shell,
    lines: Vec<Line>,
    more: Option<String>,
}

fn icon(key: &str) -> &'static str {
    match key {
        "notice-desk-soon" => "clock",
        "notice-desk-over" | "notice-desk-above" => "clock-alert",
        "notice-desk-part" => "split",
        "notice-desk-answered" => "message-square-text",
        "notice-desk-handed" => "users",
        _ => "bell",
    }
}

pub async fn page(State(web): State<Web>, desk: Desk, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Fields::parse(raw.unwrap_or_default().as_bytes());
    let before = Uuid::parse_str(query.get("truoc")).ok();
    let found = notices::inbox(&web.core, desk.officer.account, before).await.map_err(web.problem())?;
    let s = Shell::load(&web, &desk, "notices").await?;
    let p = desk.page.clone();
    let more = found.last().filter(|_| found.len() == notices::PAGE).map(|l| format!("{PATH}?truoc={}", l.id));
    let line = |l: &notices::Line| Line {
        id: l.id,
        text: l.words(&p.l),
        at: p.date_time(&l.at),
        iso: p.iso(&l.at),
        icon: icon(&l.key),
        unread: l.read_at.is_none(),
    };
    html(&NoticesPage { lines: found.iter().map(line).collect(), more, s, p })
}

pub async fn open(State(web): State<Web>, desk: Desk, Path(notice): Path<String>) -> Result<Response, Problem> {
    let link = notices::open(&web.core, desk.officer.account, id(&notice)?).await.map_err(web.problem())?;
    Ok(go(&safe_next(&link, PATH)))
}

pub async fn read_all(State(web): State<Web>, Form { by: desk, .. }: Form<Desk>) -> Result<Response, Problem> {
    notices::mark_read(&web.core, desk.officer.account, None).await.map_err(web.problem())?;
    Ok(go_saying(&web, PATH, "flash-desk-notices-read"))
}

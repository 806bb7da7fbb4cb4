//! One's own account at the console: devices, what happened to it, keys, language (A8, A16, A18).

use super::{
    linked,
    shell::{Shell, go_saying, html, id, role_key, with_cookie},
};
use crate::{
    cookies,
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
use domain::accounts::{activity, sessions::Device};

const PAGE: &str = "/can-bo/toi";

#[derive(Template)]
#[template(path = "staff/account.html")]
struct AccountPage {
    p: Page,
    s: Shell,
    username: String,
    roles: Vec<(String, String)>,
    /// Each with how it signed in, in words.
    devices: Vec<(Device, String)>,
    this: Uuid,
    lines: Vec<activity::Line>,
    older: Option<String>,
}

pub async fn page(State(web): State<Web>, desk: Desk, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Fields::parse(raw.unwrap_or_default().as_bytes());
    let before = query.some("truoc").map(id).transpose()?;
    let s = Shell::load(&web, &desk, "me").await?;
    let failed = web.account_problem();
    let devices = web.accounts.devices(&desk.signed).await.map_err(&failed)?;
    let lines = web.accounts.activity(desk.signed.account, before).await.map_err(&failed)?;
    let p = desk.page;
    let roles =
        desk.officer.grants.iter().map(|g| (p.t(&role_key(g.role)).into_owned(), p.unit_name(&g.unit))).collect();
    let older = lines.last().filter(|_| lines.len() == 30).map(|l| format!("{PAGE}?truoc={}#hoat-dong", l.id));
    let how = |d: Device| {
        let how = linked::method(&web, &p, &d.method);
        (d, how)
    };
    let devices = devices.into_iter().map(how).collect();
    let username = desk.signed.username.clone().unwrap_or_default();
    html(&AccountPage { s, username, roles, devices, this: desk.signed.session, lines, older, p })
}

pub async fn end_session(
    State(web): State<Web>,
    Path(session): Path<String>,
    Form { by: desk, .. }: Form<Desk>,
) -> Result<Response, Problem> {
    web.accounts.end_session(&desk.signed, id(&session)?).await.map_err(web.account_problem())?;
    Ok(go_saying(&web, PAGE, "flash-desk-session-ended"))
}

pub async fn end_other_sessions(
    State(web): State<Web>,
    Form { by: desk, .. }: Form<Desk>,
) -> Result<Response, Problem> {
    web.accounts.end_sessions(&desk.signed, true).await.map_err(web.account_problem())?;
    Ok(go_saying(&web, PAGE, "flash-desk-session-ended"))
}

/// Keyboard shortcuts on or off, for this browser: they belong to a keyboard, not to a person.
pub async fn keys(State(web): State<Web>, Form { fields, .. }: Form<Desk>) -> Result<Response, Problem> {
    let value = if fields.get("keys") == "off" { "off" } else { "on" };
    let response = go_saying(&web, &safe_next(fields.get("next"), PAGE), "flash-saved");
    Ok(with_cookie(response, cookies::set(&web, cookies::KEYS, value, Some(365 * 24 * 3600))))
}

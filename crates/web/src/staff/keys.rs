//! Keys for other systems (khóa kết nối, R12): who may read and send through Open311, how often, since when; made once, shown
//! once, revoked at once.

use super::{
    edit::MakePage,
    form::{self, Field, Wrong, fill},
    rules::whole_province,
    shell::{Shell, go_saying, html, html_as, id},
};
use crate::{
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Desk, Form},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use base::{ids::Uuid, keys::Secret, show::date_time};
use domain::{
    api_keys::{self, NewKey},
    error::Error,
    rights::Right,
};

const LIST: &str = "/can-bo/quan-ly/khoa-ket-noi";
const MAKE: MakePage = MakePage {
    here: "keys",
    list: LIST,
    list_title: "desk-keys-api-title",
    title: "desk-key-new",
    intro: "desk-key-new-intro",
    button: "desk-key-make",
};

struct Line {
    id: Uuid,
    name: String,
    ending: String,
    /// The text of what it may.
    right: String,
    limits: String,
    made: String,
    used: String,
    reports: String,
    revoked: Option<String>,
}

/// Taking a key away cannot be undone, and looks like it.
#[derive(Template)]
#[template(path = "staff/key_revoke.html")]
struct RevokePage {
    p: Page,
    s: Shell,
    title: String,
    action: String,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
}

#[derive(Template)]
#[template(path = "staff/keys.html")]
struct KeysPage {
    p: Page,
    s: Shell,
    lines: Vec<Line>,
}

pub async fn list(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    whole_province(&desk, Right::KeysManage)?;
    let keys = api_keys::list(&web.core, &desk.officer).await.map_err(web.problem())?;
    let s = Shell::load(&web, &desk, "keys").await?;
    let p = desk.page;
    let number = |n: i32| p.number(i64::from(n));
    let lines = keys
        .into_iter()
        .map(|k| Line {
            id: k.id,
            ending: k.ending,
            right: p.t(right(k.may_create, k.may_tell_dossiers)).into_owned(),
            limits: p.t2("desk-key-limits", "minute", number(k.per_minute), "day", number(k.per_day)),
            made: [date_time(k.created_at), k.by_name.unwrap_or_default()].join(" · "),
            used: k.last_used_at.map_or_else(|| p.t("desk-key-never").into_owned(), date_time),
            reports: p.number(k.reports),
            revoked: k.revoked_at.map(date_time),
            name: k.name,
        })
        .collect();
    html(&KeysPage { s, lines, p })
}

/// The text that names what a key may.
fn right(may_create: bool, may_tell_dossiers: bool) -> &'static str {
    match (may_create, may_tell_dossiers) {
        (_, true) => "desk-key-dossiers",
        (true, false) => "desk-key-create",
        (false, false) => "desk-key-read",
    }
}

fn fields(p: &Page) -> Vec<Field> {
    let rights = [("read", "desk-key-read"), ("create", "desk-key-create"), ("dossiers", "desk-key-dossiers")];
    vec![
        Field::new("text", "name", p.t("desk-field-key-name")).hint(p.t("desk-field-key-name-hint")),
        Field::new("select", "right", p.t("desk-field-key-right"))
            .value("read")
            .choices(rights.map(|(value, key)| (value.to_owned(), p.t(key).into_owned()))),
        Field::new("number", "per_minute", p.t("desk-field-key-minute")).value("60"),
        Field::new("number", "per_day", p.t("desk-field-key-day")).value("2000"),
    ]
}

pub async fn new_page(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    whole_province(&desk, Right::KeysManage)?;
    let fields = fields(&desk.page);
    MAKE.show(&web, &desk, fields, Vec::new()).await
}

/// A number that cannot be read becomes 0, which the service refuses with its own words.
fn read(f: &Fields) -> NewKey {
    let number = |name: &str| f.get(name).trim().replace(['.', ' '], "").parse().unwrap_or(0);
    NewKey {
        name: f.get("name").to_owned(),
        may_create: f.get("right") == "create",
        may_tell_dossiers: f.get("right") == "dossiers",
        per_minute: number("per_minute"),
        per_day: number("per_day"),
    }
}

#[derive(Template)]
#[template(path = "staff/key.html")]
struct KeyPage {
    p: Page,
    s: Shell,
    name: String,
    key: String,
}

pub async fn create(State(web): State<Web>, Form { by: desk, fields: typed }: Form<Desk>) -> Result<Response, Problem> {
    whole_province(&desk, Right::KeysManage)?;
    let new = read(&typed);
    match api_keys::create(&web.core, &desk.officer, &new).await {
        Ok((_, key)) => made(&web, &desk, base::text::one_line(&new.name), &key).await,
        Err(Error::Invalid(errors)) => {
            let mut fields = fields(&desk.page);
            fill(&mut fields, &typed);
            let wrong = form::mark(&desk.page, &mut fields, &errors);
            MAKE.show(&web, &desk, fields, wrong).await
        }
        Err(e) => Err(web.problem()(e)),
    }
}

/// Not after a redirect, because the key is kept nowhere and shown once.
async fn made(web: &Web, desk: &Desk, name: String, key: &Secret) -> Result<Response, Problem> {
    let s = Shell::load(web, desk, "keys").await?;
    html(&KeyPage { s, name, key: key.expose().to_owned(), p: desk.page.clone() })
}

async fn revoke_page(
    web: &Web,
    desk: &Desk,
    key: Uuid,
    wrong: &[domain::error::FieldError],
) -> Result<Response, Problem> {
    let keys = api_keys::list(&web.core, &desk.officer).await.map_err(web.problem())?;
    let line = keys.into_iter().find(|k| k.id == key && k.revoked_at.is_none()).ok_or(Problem::NotFound)?;
    let s = Shell::load(web, desk, "keys").await?;
    let p = desk.page.clone();
    let mut fields = vec![Field::new("text", "reason", p.t("desk-field-reason-own"))];
    let wrong = form::mark(&p, &mut fields, wrong);
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = p.t1("desk-key-revoke-title", "name", line.name);
    html_as(status, &RevokePage { title, action: format!("{LIST}/{key}"), fields, wrong, s, p })
}

pub async fn ask_revoke(State(web): State<Web>, desk: Desk, Path(key): Path<String>) -> Result<Response, Problem> {
    whole_province(&desk, Right::KeysManage)?;
    revoke_page(&web, &desk, id(&key)?, &[]).await
}

pub async fn revoke(
    State(web): State<Web>,
    Path(key): Path<String>,
    Form { by: desk, fields: typed }: Form<Desk>,
) -> Result<Response, Problem> {
    whole_province(&desk, Right::KeysManage)?;
    let key = id(&key)?;
    match api_keys::revoke(&web.core, &desk.officer, key, typed.get("reason")).await {
        Ok(()) => Ok(go_saying(&web, LIST, "flash-desk-key-revoked")),
        Err(Error::Invalid(errors)) => revoke_page(&web, &desk, key, &errors).await,
        Err(e) => Err(web.problem()(e)),
    }
}

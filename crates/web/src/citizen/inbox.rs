//! Thông báo: what happened to one's reports and account, in tabs by kind. Opening a line marks it as read.

use super::answer::{go, go_saying, html, id};
use crate::{
    error::Problem,
    forms::Fields,
    middleware::safe_next,
    page::Page,
    state::Web,
    visit::{Citizen, Form, Owner, Visit},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    response::Response,
    routing::{get, post},
};
use base::ids::Uuid;
use domain::{accounts::helping::Deed, notices};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/thong-bao", get(inbox))
        .route("/thong-bao/da-doc", post(read_all))
        .route("/thong-bao/{id}", get(open))
}

/// A tab: its name in the address, the kind of notice, its text.
const TABS: [(&str, Option<&str>, &str); 5] = [
    ("tat-ca", None, "inbox-tab-all"),
    ("phan-anh", Some("report"), "inbox-tab-report"),
    ("ho-so", Some("dossier"), "inbox-tab-dossier"),
    ("thanh-toan", Some("payment"), "inbox-tab-payment"),
    ("tai-khoan", Some("account"), "inbox-tab-account"),
];

struct TabLink {
    href: String,
    text: String,
    here: bool,
}

struct Row {
    href: String,
    icon: &'static str,
    text: String,
    when: String,
    iso: String,
    unread: bool,
}

#[derive(Template)]
#[template(path = "citizen/inbox.html")]
struct InboxPage {
    p: Page,
    signed_in: bool,
    tabs: Vec<TabLink>,
    rows: Vec<Row>,
    unread: i64,
    /// The address of the next page.
    more: Option<String>,
}

async fn inbox(State(web): State<Web>, RawQuery(query): RawQuery, visit: Visit) -> Result<Response, Problem> {
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    if visit.reading(Deed::Inbox).is_none() {
        visit.as_oneself()?;
    }
    let reader = visit.reading(Deed::Inbox).cloned();
    let mut p = visit.page;
    p.tab = "notices";
    let at = TABS.iter().position(|(name, ..)| *name == asked.get("muc")).unwrap_or(0);
    let (tab, kind, _) = TABS[at];
    let mut page = InboxPage {
        signed_in: reader.is_some(),
        tabs: TABS
            .iter()
            .enumerate()
            .filter(|(_, (_, kind, _))| match kind {
                Some("report") => p.has_module("reports"),
                Some("dossier" | "payment") => p.is_national(),
                _ => true,
            })
            .map(|(i, (name, _, key))| TabLink {
                href: format!("/thong-bao?muc={name}"),
                text: p.t(key).into_owned(),
                here: i == at,
            })
            .collect(),
        rows: Vec::new(),
        unread: p.who.as_ref().map_or(0, |w| w.unread),
        more: None,
        p,
    };
    if let Some(citizen) = &reader {
        let before = Uuid::parse_str(asked.get("truoc")).ok();
        let lines = notices::inbox_of(&web.core, citizen.account, kind, before).await.map_err(web.problem())?;
        if lines.len() == notices::PAGE {
            page.more = lines.last().map(|l| format!("/thong-bao?muc={tab}&truoc={}", l.id));
        }
        let p = &page.p;
        page.rows = lines
            .iter()
            .map(|l| Row {
                href: format!("/thong-bao/{}", l.id),
                icon: match l.kind.as_str() {
                    "report" => "clipboard-list",
                    "dossier" | "payment" => "file-text",
                    _ => "shield-check",
                },
                text: l.words(&p.l),
                when: p.long_time(&l.at),
                iso: p.iso(&l.at),
                unread: l.read_at.is_none(),
            })
            .collect();
    }
    html(&page)
}

/// A link and not a form: reading is no act that anybody else could abuse. What who helps reads (A19), the person has not read.
async fn open(State(web): State<Web>, Path(notice): Path<String>, by: Owner) -> Result<Response, Problem> {
    let (account, notice) = (by.signed.account, id(&notice)?);
    let link = match by.visit.acting {
        Some(_) => notices::link(&web.core, account, notice).await,
        None => notices::open(&web.core, account, notice).await,
    };
    let link = link.map_err(web.problem())?;
    Ok(go(&safe_next(&link, "/thong-bao")))
}

async fn read_all(State(web): State<Web>, form: Form<Citizen>) -> Result<Response, Problem> {
    notices::mark_read(&web.core, form.by.signed.account, None).await.map_err(web.problem())?;
    Ok(go_saying(&web, "/thong-bao", "flash-all-read"))
}

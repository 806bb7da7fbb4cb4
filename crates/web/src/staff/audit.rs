//! The audit log (nhật ký hệ thống, X7): who did what, when and why; a mark on each line says whether it is in the chain yet.

use super::{
    ask::day_start,
    form::Field,
    shell::{Shell, html},
};
use crate::{error::Problem, forms::Fields, middleware::encode, page::Page, state::Web, visit::Desk};
use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use base::ids::Uuid;
use domain::audit::{self, Line as Row, Search};

/// What can be filtered by; an act that is not here still has its line, and its own name when it has no text.
const ACTS: [&str; 29] = [
    "reporter-revealed",
    "reports-exported",
    "report-printed",
    "media-fetched",
    "table-exported",
    "rules-changed",
    "boundaries-imported",
    "staff-create",
    "staff-update",
    "staff-grant",
    "staff-revoke",
    "staff-deactivate",
    "staff-activate",
    "staff-reset-factor",
    "staff-reset-password",
    "staff-link",
    "staff-unlink",
    "staff-sign-in-elsewhere",
    "standard-text-saved",
    "standard-text-removed",
    "system-connect",
    "system-disconnect",
    "account-block",
    "account-unblock",
    "account-look",
    "account-delete",
    "data-request-answer",
    "number-look",
    "number-release",
];

struct Line {
    at: String,
    iso: String,
    who: String,
    unit: String,
    act: String,
    object: String,
    /// The object as its row names it, where people read something shorter.
    row: String,
    /// Where the object can be looked at.
    link: String,
    reason: String,
    data: String,
    sealed: bool,
}

#[derive(Template)]
#[template(path = "staff/audit.html")]
struct AuditPage {
    p: Page,
    s: Shell,
    fields: Vec<Field>,
    lines: Vec<Line>,
    older: Option<String>,
    narrowed: bool,
}

pub async fn page(State(web): State<Web>, desk: Desk, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    super::rules::whole_province(&desk, domain::rights::Right::AuditRead)?;
    let f = Fields::parse(raw.unwrap_or_default().as_bytes());
    let s = Shell::load(&web, &desk, "audit").await?;
    let p = desk.page;
    let id = |name: &str| f.some(name).and_then(|v| Uuid::parse_str(v).ok());
    let object = f.get("doi-tuong").trim().to_owned();
    let search = Search {
        act: f.get("viec").to_owned(),
        object: stored_object(&object),
        actor: id("nguoi"),
        from: day_start(f.get("tu"), 0),
        to: day_start(f.get("den"), 1),
        before: id("truoc"),
    };
    let rows = audit::search(&web.core.store, search).await.map_err(web.problem())?;
    let mut acts: Vec<(String, String)> = vec![(String::new(), p.t("desk-all").into_owned())];
    acts.extend(ACTS.iter().map(|a| ((*a).to_owned(), act_name(&p, a))));
    let fields = vec![
        Field::new("select", "viec", p.t("desk-audit-act")).value(f.get("viec")).choices(acts),
        Field::new("text", "doi-tuong", p.t("desk-audit-object")).value(&*object),
        Field::new("date", "tu", p.t("desk-filter-from")).value(f.get("tu")),
        Field::new("date", "den", p.t("desk-filter-to")).value(f.get("den")),
    ];
    let kept = ["viec", "doi-tuong", "tu", "den", "nguoi"];
    let query: Vec<String> = kept.iter().filter_map(|n| f.some(n).map(|v| format!("{n}={}", encode(v)))).collect();
    let narrowed = !query.is_empty();
    let older = rows.last().filter(|_| rows.len() == 50).map(|l| {
        format!("/can-bo/quan-ly/nhat-ky?truoc={}{}{}", l.id, if narrowed { "&" } else { "" }, query.join("&"))
    });
    let lines = rows.into_iter().map(|r| line(&p, r)).collect();
    html(&AuditPage { s, fields, lines, older, narrowed, p })
}

/// People type a report's code; rows say `report 1234567890`.
fn stored_object(typed: &str) -> String {
    base::code::Code::parse(typed).map_or_else(|_| typed.to_owned(), |code| format!("report {}", code.as_str()))
}

fn act_name(p: &Page, act: &str) -> String {
    let key = format!("desk-audit-act-{act}");
    if p.l.has(&key) { p.t(&key).into_owned() } else { act.to_owned() }
}

fn line(p: &Page, r: Row) -> Line {
    let (kind, rest) = r.object.split_once(' ').unwrap_or((r.object.as_str(), ""));
    let (object, link) = match kind {
        "report" => (p.code(rest), format!("/can-bo/phan-anh/{rest}")),
        "rules" => (p.t1("desk-audit-rules", "n", rest), format!("/can-bo/quan-ly/phan-tuyen/lich-su/{rest}")),
        // The whole number is for machines; it stands below the details.
        _ => {
            let key = format!("desk-audit-object-{kind}");
            let named = |id: &str| p.t1(&key, "id", id.rsplit('-').next().unwrap_or(id));
            (if p.l.has(&key) { named(rest) } else { r.object.clone() }, String::new())
        }
    };
    let who = r.actor_name.unwrap_or_else(|| p.t(&format!("desk-audit-actor-{}", r.actor)).into_owned());
    Line {
        at: base::show::date_time(r.at),
        iso: base::show::rfc3339(r.at),
        who,
        unit: r.unit.as_deref().map(|u| p.unit_name(u)).unwrap_or_default(),
        act: act_name(p, &r.act),
        row: if link.is_empty() && object != r.object { r.object.clone() } else { String::new() },
        object,
        link,
        reason: r.reason,
        data: if r.data == "{}" { String::new() } else { r.data },
        sealed: r.sealed,
    }
}

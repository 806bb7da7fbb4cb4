//! The history of units, categories and rules: who changed what and why; each version can be compared and taken again.

use super::{
    form::Wrong,
    rules::{faults_of_rules, store, whole_province},
    shell::{Shell, go_saying, html, html_as},
};
use crate::{
    error::Problem,
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
use domain::{
    packs::{Change, ChangeKind},
    province::{self, VersionLine},
    rights::Right,
};

const LIST: &str = "/can-bo/quan-ly/phan-tuyen/lich-su";

/// A thing that differs, as the page shows it.
pub(super) struct Shown {
    pub what: String,
    pub how: String,
    /// (field, before, after)
    pub fields: Vec<(String, String, String)>,
}

/// Differences in words.
pub(super) fn shown(p: &Page, changes: &[Change]) -> Vec<Shown> {
    changes
        .iter()
        .map(|c| {
            let part = p.t(&format!("desk-part-{}", c.part)).into_owned();
            let name = match c.part {
                "category" => p.category_name(&c.key),
                "unit" | "agency" => p.unit_name(&c.key),
                _ => c.key.clone(),
            };
            let name = if name == c.key { name } else { format!("{name} ({})", c.key) };
            let (how, fields) = match &c.kind {
                ChangeKind::Added => ("desk-change-added", Vec::new()),
                ChangeKind::Removed => ("desk-change-removed", Vec::new()),
                ChangeKind::Changed(fields) => {
                    let field = |f: &domain::packs::FieldChange| (f.field.clone(), f.from.clone(), f.to.clone());
                    ("desk-change-changed", fields.iter().map(field).collect())
                }
            };
            Shown { what: format!("{part} {name}"), how: p.t(how).into_owned(), fields }
        })
        .collect()
}

#[derive(Template)]
#[template(path = "staff/versions.html")]
struct VersionsPage {
    p: Page,
    s: Shell,
    lines: Vec<VersionLine>,
}

pub async fn list(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    let s = Shell::load(&web, &desk, "rules").await?;
    let lines = province::versions(&web.core.store).await.map_err(web.problem())?;
    html(&VersionsPage { s, lines, p: desk.page })
}

#[derive(Template)]
#[template(path = "staff/version.html")]
struct VersionPage {
    p: Page,
    s: Shell,
    v: VersionLine,
    /// Text key of where it came from.
    source: String,
    /// What this version changed; `None` for the first.
    made: Option<Vec<Shown>>,
    /// What taking it again would change now.
    back: Vec<Shown>,
    is_current: bool,
    wrong: Vec<Wrong>,
    reason: String,
}

async fn show(
    web: &Web,
    desk: &Desk,
    version: i64,
    reason: String,
    mut wrong: Vec<Wrong>,
) -> Result<Response, Problem> {
    let failed = web.problem();
    let s = Shell::load(web, desk, "rules").await?;
    let p = desk.page.clone();
    let lines = province::versions(&web.core.store).await.map_err(&failed)?;
    let line = lines.into_iter().find(|l| l.version == version).ok_or(Problem::NotFound)?;
    let rules = province::rules_of(&web.core.store, version).await.map_err(&failed)?;
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let made = if version > 1 {
        let before = province::rules_of(&web.core.store, version - 1).await.map_err(&failed)?;
        p.province.between(before, rules.clone()).ok().map(|changes| shown(&p, &changes))
    } else {
        None
    };
    let ids: Vec<String> = rules.rules.iter().map(|r| r.id.clone()).collect();
    let back = match p.province.changes(rules) {
        Ok(changes) => shown(&p, &changes),
        Err(faults) => {
            wrong.extend(faults_of_rules(&p, &ids, &faults));
            Vec::new()
        }
    };
    let is_current = version == p.province.version;
    html_as(
        status,
        &VersionPage {
            s,
            source: format!("desk-source-{}", line.source),
            v: line,
            made,
            back,
            is_current,
            wrong,
            reason,
            p,
        },
    )
}

fn number(version: &str) -> Result<i64, Problem> {
    version.parse().map_err(|_| Problem::NotFound)
}

pub async fn one(State(web): State<Web>, desk: Desk, Path(version): Path<String>) -> Result<Response, Problem> {
    show(&web, &desk, number(&version)?, String::new(), Vec::new()).await
}

/// «Quay lại bản này»: the old rules as a new version.
pub async fn revert(
    State(web): State<Web>,
    Path(version): Path<String>,
    Form { by: desk, fields }: Form<Desk>,
) -> Result<Response, Problem> {
    whole_province(&desk, Right::RulesEdit)?;
    whole_province(&desk, Right::UnitsEdit)?;
    let version = number(&version)?;
    let seen: i64 = fields.get("version").parse().map_err(|_| Problem::BadRequest)?;
    let rules = province::rules_of(&web.core.store, version).await.map_err(web.problem())?;
    match store(&web, &desk, seen, rules, "revert", fields.get("reason")).await? {
        Ok(_) => Ok(go_saying(&web, LIST, "flash-desk-rules-saved")),
        Err(wrong) => show(&web, &desk, version, fields.get("reason").to_owned(), wrong).await,
    }
}

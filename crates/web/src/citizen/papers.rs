//! Pages that explain: help, terms, privacy, accessibility.

use super::{answer::html, markdown};
use crate::{error::Problem, page::Page, state::Web, visit::Visit};
use askama::Template;
use axum::{Router, response::Response, routing::get};
use domain::packs::{Emergency, Support};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/tro-giup", get(help))
        .route("/dieu-khoan", get(terms))
        .route("/quyen-rieng-tu", get(privacy))
        .route("/kha-nang-tiep-can", get(accessibility))
}

#[derive(Template)]
#[template(path = "citizen/paper.html")]
struct PaperPage {
    p: Page,
    title: &'static str,
    /// Made by `markdown`, which escapes.
    html: String,
    version: String,
}

async fn terms(visit: Visit) -> Result<Response, Problem> {
    let document = visit.page.province.pack.terms.clone();
    paper(visit.page, "foot-terms", &document)
}

async fn privacy(visit: Visit) -> Result<Response, Problem> {
    let document = visit.page.province.pack.privacy.clone();
    paper(visit.page, "foot-privacy", &document)
}

/// A document's version as people read it: the packs write `2026-11-22`, and `-du-thao` behind it while it is a draft.
pub fn version(p: &Page, version: &str) -> String {
    let (date, rest) = version.split_at_checked(10).unwrap_or((version, ""));
    let Ok(date) = date.parse::<jiff::civil::Date>() else { return version.to_owned() };
    let date = date.strftime("%d/%m/%Y").to_string();
    match rest {
        "" => date,
        "-du-thao" => p.t1("paper-draft", "date", date),
        _ => version.to_owned(),
    }
}

fn paper(p: Page, title: &'static str, document: &domain::packs::Document) -> Result<Response, Problem> {
    let html_text = markdown::to_html(document.text(p.lang()));
    html(&PaperPage { title, html: html_text, version: version(&p, &document.version), p })
}

#[derive(Template)]
#[template(path = "citizen/help.html")]
struct HelpPage {
    p: Page,
    support: Support,
    unit: String,
    unconfirmed: bool,
    emergency: Vec<Emergency>,
}

async fn help(visit: Visit) -> Result<Response, Problem> {
    let p = visit.page;
    let pack = &p.province.pack.province;
    html(&HelpPage {
        support: pack.support.clone(),
        unit: pack.support.unit.get(p.lang()).to_owned(),
        unconfirmed: pack.support.is_unconfirmed(),
        emergency: pack.emergency.clone(),
        p,
    })
}

#[derive(Template)]
#[template(path = "citizen/accessibility.html")]
struct AccessibilityPage {
    p: Page,
    unit: String,
}

async fn accessibility(visit: Visit) -> Result<Response, Problem> {
    let p = visit.page;
    html(&AccessibilityPage { unit: p.province.pack.province.support.unit.get(p.lang()).to_owned(), p })
}

//! Writing to citizens (R6): standard texts that are put into a form, and the preview of what citizens will read. Without a
//! script both are buttons of the form that send it back filled; with one the text is put in on the spot.

use super::report::{self, Beside};
use crate::{error::Problem, forms::Fields, page::Page, state::Web, visit::Desk};
use axum::response::Response;
use domain::{
    error::Error,
    reports::{
        Act, ReportRow, rows,
        standard_texts::{self, ACTS},
    },
};

/// A standard text with its words for this report.
pub(super) struct Standard {
    act: Act,
    id: String,
    title: String,
    words: String,
}

/// An entry of a form's select.
pub(super) struct Ready {
    pub id: String,
    pub title: String,
    pub words: String,
}

/// What citizens will read.
pub(super) struct Preview {
    pub title: String,
    pub unit: String,
    pub text: String,
}

impl Preview {
    pub(super) fn of(p: &Page, r: &ReportRow, act: Act, typed: &Fields) -> Self {
        let text = field(act).map(|f| base::text::lines(typed.get(f))).unwrap_or_default();
        let title = p.t(&format!("desk-step-{}", act.as_str())).into_owned();
        Self { title, unit: p.unit_name(&r.unit), text }
    }
}

/// The field of an act's form that a standard text goes into.
pub(super) fn field(act: Act) -> Option<&'static str> {
    Some(match act {
        Act::Ask => "question",
        Act::Reply | Act::Resolve | Act::Note => "text",
        Act::Extend | Act::Reject | Act::Hide | Act::Unhide => "reason",
        _ => return None,
    })
}

/// Acts whose text citizens read.
pub(super) fn may_preview(act: Act) -> bool {
    field(act).is_some() && !act.is_internal()
}

/// What is kept for this report; nothing is read when no form could use it.
pub(super) async fn texts(web: &Web, report: &ReportRow, possible: &[Act]) -> Result<Vec<Standard>, Problem> {
    if !possible.iter().any(|a| ACTS.contains(a)) {
        return Ok(Vec::new());
    }
    let offered = standard_texts::offered(&web.core, report).await.map_err(web.problem())?;
    let standard = |t: standard_texts::StandardText| {
        let words = t.words(&web.core, report);
        Some(Standard { act: t.act()?, id: t.id.to_string(), title: t.title, words })
    };
    Ok(offered.into_iter().filter_map(standard).collect())
}

pub(super) fn of(act: Act, texts: &[Standard]) -> Vec<Ready> {
    let of_act = texts.iter().filter(|t| t.act == act);
    of_act.map(|t| Ready { id: t.id.clone(), title: t.title.clone(), words: t.words.clone() }).collect()
}

/// «Chèn» or «Xem trước» was pressed: nothing is done yet.
pub(super) fn is_draft(fields: &Fields) -> bool {
    fields.has("chen") || fields.has("xem")
}

/// The page again with the form filled. Somebody who acted meanwhile is named now, not only after sending.
pub(super) async fn draft(
    web: &Web,
    desk: &Desk,
    code: &str,
    seen: i64,
    act: Act,
    mut beside: Beside,
) -> Result<Response, Problem> {
    let report = rows::by_code(web.core.store.read(), code).await.map_err(|e| web.problem()(e.into()))?;
    let report = report.ok_or(Problem::NotFound)?;
    if report.version != seen {
        let why = Error::Changed { by: String::new(), at: report.updated_at };
        beside.conflict = Some(super::act::why_not(&desk.page, &why));
    }
    if beside.typed.has("chen")
        && let Some(name) = field(act)
    {
        let offered = texts(web, &report, &[act]).await?;
        let chosen = beside.typed.get("mau").to_owned();
        if let Some(t) = offered.iter().find(|t| t.act == act && t.id == chosen) {
            let written = beside.typed.get(name).trim_end();
            let joined = if written.is_empty() { t.words.clone() } else { format!("{written}\n\n{}", t.words) };
            beside.typed.set(name, joined);
        }
    }
    beside.preview = beside.typed.has("xem") && may_preview(act);
    report::render(web, desk, code, beside).await
}

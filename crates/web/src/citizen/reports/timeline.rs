//! A report's history in plain words (R9): what happened, when, by which unit; never which officer, never internal notes.

use crate::{citizen::deadline, error::Problem, page::Page, state::Web};
use base::ids::Uuid;
use domain::{
    accounts::helping,
    reports::{Act, EventRow, PhotoRow, ReportRow, State, views::Whole},
};
use serde::Deserialize;

/// A picture of a report.
#[derive(Debug, Clone)]
pub struct Picture {
    pub large: String,
    pub small: String,
    pub alt: String,
    pub width: i32,
    pub height: i32,
    /// That others see less of it; for its author.
    pub note: String,
}

/// What somebody wrote at a step.
#[derive(Debug, Clone)]
pub struct Note {
    pub who: String,
    pub text: String,
    /// The person who reported wrote it.
    pub citizen: bool,
}

#[derive(Debug, Clone)]
pub struct Step {
    pub title: String,
    pub icon: &'static str,
    pub class: &'static str,
    pub current: bool,
    pub iso: String,
    pub when: String,
    pub unit: String,
    /// Who did it for the person, in words; for the author alone (A19).
    pub helper: String,
    helper_id: Option<Uuid>,
    pub note: Option<Note>,
    pub photos: Vec<Picture>,
    /// 1–5 of a rating; 0: none.
    pub stars: i64,
}

/// What the public may know of a step's data; see `views::find`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    to_unit: Option<String>,
    due_at: Option<i64>,
    stars: Option<i64>,
    helper: Option<Uuid>,
    /// The unit of an officer who wrote it down.
    desk: Option<String>,
    /// Codes of the other side of a merge.
    into: Option<String>,
    merged: Option<String>,
    /// And of its undoing.
    out_of: Option<String>,
    released: Option<String>,
}

pub fn steps(p: &Page, whole: &Whole, is_author: bool) -> Vec<Step> {
    let last = whole.events.len().saturating_sub(1);
    whole
        .events
        .iter()
        .enumerate()
        .filter_map(|(i, e)| step(p, &whole.report, e, &whole.photos, i == last, is_author))
        .collect()
}

/// Says beside each step that somebody did for the person who that was, as long as they have an account.
pub async fn name_helpers(web: &Web, p: &Page, whole: &Whole, steps: &mut [Step]) -> Result<(), Problem> {
    let mut ids: Vec<Uuid> = steps.iter().filter_map(|step| step.helper_id).collect();
    ids.sort();
    ids.dedup();
    if whole.events.is_empty() || ids.is_empty() {
        return Ok(());
    }
    let names = helping::names(web.core.store.read(), &ids).await.map_err(|e| web.problem()(e.into()))?;
    for step in steps {
        let Some(id) = step.helper_id.filter(|_| step.helper.is_empty()) else { continue };
        let name = names.iter().find(|(of, _)| *of == id).map_or("", |(_, name)| name.as_str());
        step.helper =
            if name.is_empty() { p.t("help-done-gone").into_owned() } else { p.t1("help-done-by", "name", name) };
    }
    Ok(())
}

fn step(p: &Page, report: &ReportRow, e: &EventRow, photos: &[PhotoRow], last: bool, is_author: bool) -> Option<Step> {
    let act = Act::parse(&e.act).filter(|act| !act.is_internal())?;
    let data: Data = serde_json::from_str(&e.data).unwrap_or_default();
    let by_citizen = e.actor == "citizen";
    let key = format!("act-{}", act.as_str().replace('_', "-"));
    // What the author did is told to the author as «Ông/Bà», to others as «Người gửi».
    let key = if by_citizen && is_author && act != Act::Submit { format!("{key}-own") } else { key };
    let title = match act {
        Act::Transfer => p.t1(&key, "unit", data.to_unit.as_deref().map_or_else(String::new, |u| p.unit_name(u))),
        Act::Extend => p.t1(&key, "until", data.due_at.map_or_else(String::new, |due| deadline::until(p, due))),
        Act::Merge => p.t1(&key, "code", p.code(data.into.as_deref().unwrap_or_default())),
        Act::Absorb => p.t1(&key, "code", p.code(data.merged.as_deref().unwrap_or_default())),
        Act::Unmerge => p.t1(&key, "code", p.code(data.out_of.as_deref().unwrap_or_default())),
        Act::Release => p.t1(&key, "code", p.code(data.released.as_deref().unwrap_or_default())),
        Act::Rate => p.t1(&key, "stars", data.stars.unwrap_or(0)),
        _ => p.t(&key).into_owned(),
    };
    let current = last && report.open;
    let icon = match (act, current) {
        (Act::Reject | Act::Withdraw | Act::Hide, _) => "x",
        (Act::Ask, true) => "message-circle-question-mark",
        (Act::Rate, _) => "star",
        (_, true) => "hourglass",
        _ => "check",
    };
    let class = match (act, current) {
        (Act::Reject | Act::Hide, _) => "is-bad",
        (Act::Ask, true) => "is-wait",
        _ => "",
    };
    let unit = match act {
        Act::Transfer => String::new(),
        _ => e.unit.as_deref().filter(|u| *u != "*").map_or_else(String::new, |u| p.unit_name(u)),
    };
    let note = Some(e.public_note.trim()).filter(|n| !n.is_empty()).map(|text| Note {
        who: p
            .t(match (act, by_citizen, is_author) {
                (Act::Ask, ..) => "note-question",
                (Act::Reject | Act::Hide | Act::Extend | Act::Moderate, ..) => "note-reason",
                (_, true, true) => "note-own",
                (_, true, false) => "note-citizen",
                _ => "note-unit",
            })
            .into_owned(),
        text: text.to_owned(),
        citizen: by_citizen,
    });
    Some(Step {
        title,
        icon,
        class,
        current,
        iso: p.iso(&e.at),
        when: p.long_time(&e.at),
        unit,
        helper: data.desk.as_deref().map_or_else(String::new, |unit| p.t1("help-done-desk", "unit", p.unit_name(unit))),
        helper_id: data.helper,
        note,
        photos: pictures(p, photos.iter().filter(|photo| photo.event_no == e.no && e.no > 1)),
        stars: if act == Act::Rate { data.stars.unwrap_or(0) } else { 0 },
    })
}

/// What is still to come of an open report: the promise.
pub fn promise(p: &Page, report: &ReportRow) -> Option<String> {
    if !report.open {
        return None;
    }
    match (report.state(), report.due_at) {
        (State::NeedInfo, _) => Some(p.t("promise-paused").into_owned()),
        (_, Some(due)) => Some(p.t1("promise-due", "until", deadline::until(p, due))),
        _ => None,
    }
}

pub fn pictures<'a>(p: &Page, photos: impl Iterator<Item = &'a PhotoRow>) -> Vec<Picture> {
    photos
        .enumerate()
        .map(|(i, photo)| {
            // Others were given the covered copy as the file itself, and no hidden ones at all.
            let is_whole = photo.public_file.as_ref().is_some_and(|file| *file != photo.file);
            let original = if is_whole || photo.hidden { "goc-" } else { "" };
            Picture {
                large: format!("/anh/{}/{original}l.jpg", photo.id),
                small: format!("/anh/{}/{original}s.jpg", photo.id),
                note: match (photo.hidden, is_whole) {
                    (true, _) => p.t("photo-note-hidden").into_owned(),
                    (_, true) => p.t("photo-note-covered").into_owned(),
                    _ => String::new(),
                },
                alt: p.tn(if photo.side == "after" { "photo-alt-after" } else { "photo-alt-before" }, i as i64 + 1),
                width: photo.width,
                height: photo.height,
            }
        })
        .collect()
}

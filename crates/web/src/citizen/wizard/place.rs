//! Step 4: where. A point, a commune or words; words with a commune always suffice, without a script and without a map.

use super::{
    Frame, Step,
    content::errors_of,
    near::after_place,
    own::{Own, OwnForm},
    store,
};
use crate::{
    citizen::{
        answer::{html, html_as},
        communes::{self, Found},
        errors::Errors,
    },
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
};
use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use base::{fold::fold, geo::Point};
use domain::{
    error::FieldError,
    packs::Map,
    reports::drafts::{ReportDraft, Saved},
};

#[derive(Template)]
#[template(path = "citizen/wizard/place.html")]
struct PlacePage {
    p: Page,
    f: Frame,
    errors: Errors,
    id: String,
    lat: String,
    lon: String,
    /// The commune of the saved point.
    point: String,
    /// What stands in the field, and what the radios were made for.
    typed: String,
    shown: String,
    radios: Vec<Found>,
    chosen: String,
    words: String,
    map: Map,
    total: usize,
}

/// Zoom of the map over one commune.
const CLOSE: u8 = 13;

struct Asked<'a> {
    typed: &'a str,
    radios: Option<Vec<Found>>,
}

fn view(
    p: Page,
    draft: &ReportDraft,
    home: Option<&str>,
    asked: Asked<'_>,
    editing: bool,
    errors: Errors,
) -> PlacePage {
    let saved = &draft.saved;
    let chosen = saved.commune.clone().unwrap_or_default();
    let searched = asked.radios.is_some();
    let mut radios = asked.radios.unwrap_or_else(|| communes::find(&p, "", home));
    // What was chosen before stands first, and stays a choice beside new results.
    if !radios.iter().any(|r| r.code == chosen)
        && let Some(unit) = p.province.commune(&chosen)
    {
        radios.insert(0, Found { code: chosen.clone(), name: unit.full_name(p.lang()), hint: String::new() });
    }
    let point = point_of(saved);
    let number = |n: Option<f64>| n.map_or_else(String::new, |n| format!("{n:.6}"));
    let mut map = p.province.pack.province.map;
    // The map opens where the person means or lives, close enough to read the names of communes.
    let near = saved.commune.as_deref().or(home).and_then(|code| p.province.commune(code));
    if let Some(unit) = near {
        (map.lat, map.lon, map.zoom) = (unit.lat, unit.lon, CLOSE);
    }
    PlacePage {
        f: Frame::new(&p, Step::Place, Some(draft), editing),
        errors,
        id: draft.id.to_string(),
        lat: number(point.map(|p| p.lat)),
        lon: number(point.map(|p| p.lon)),
        point: point.map_or_else(String::new, |at| p.commune_name(&p.province.locate(at).commune)),
        typed: asked.typed.to_owned(),
        shown: if searched { asked.typed.to_owned() } else { String::new() },
        radios,
        chosen,
        words: saved.address.clone(),
        map,
        total: p.province.pack.units.len(),
        p,
    }
}

fn point_of(saved: &Saved) -> Option<Point> {
    saved.lat.zip(saved.lon).and_then(|(lat, lon)| Point::new(lat, lon))
}

pub async fn page(Own { draft, by, editing }: Own) -> Result<Response, Problem> {
    let asked = Asked { typed: "", radios: None };
    let home = by.signed.commune.as_deref();
    html(&view(by.visit.page, &draft, home, asked, editing, Errors::none()))
}

/// What the fields say about the commune.
enum Choice {
    Code(String),
    None,
    /// The typed name fits several, or «Tìm» was pressed: these are offered.
    Offer(Vec<Found>),
}

fn choice(p: &Page, fields: &Fields, home: Option<&str>) -> Choice {
    let known = |code: &str| Some(code.to_owned()).filter(|c| p.province.commune(c).is_some());
    // The script's choice; without one this field is always empty.
    if let Some(code) = fields.some("commune").and_then(known) {
        return Choice::Code(code);
    }
    let typed = fields.get("commune_text").trim();
    let is_new = fold(typed) != fold(fields.get("shown"));
    if !typed.is_empty() && (is_new || fields.has("find")) {
        let found = communes::find(p, typed, home);
        if fields.has("find") {
            return Choice::Offer(found);
        }
        let whole = |f: &&Found| {
            let own = p.province.commune(&f.code).map(|u| fold(&u.name));
            fold(&f.name) == fold(typed) || own.is_some_and(|own| own == fold(typed))
        };
        let mut fits = found.iter().filter(whole);
        return match (fits.next(), fits.next(), found.as_slice()) {
            (Some(only), None, _) | (None, None, [only]) => Choice::Code(only.code.clone()),
            _ => Choice::Offer(found),
        };
    }
    fields.some("pick").and_then(known).map_or(Choice::None, Choice::Code)
}

pub async fn save(
    State(web): State<Web>,
    OwnForm { mut draft, by, fields, editing }: OwnForm,
) -> Result<Response, Problem> {
    let home = by.signed.commune.as_deref();
    let p = by.visit.page.clone();
    let number = |name: &str| fields.some(name).and_then(|n| n.parse::<f64>().ok()).filter(|n| n.is_finite());
    let clear = fields.has("clear");
    draft.saved.lat = number("lat").filter(|_| !clear);
    draft.saved.lon = number("lon").filter(|_| !clear);
    fields.get("words").clone_into(&mut draft.saved.address);
    let typed = fields.get("commune_text").trim().to_owned();
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut offer = None;
    match choice(&p, &fields, home) {
        Choice::Code(code) => draft.saved.commune = Some(code),
        Choice::None => draft.saved.commune = None,
        Choice::Offer(found) => {
            let key = if found.is_empty() { "commune-none-found" } else { "commune-choose" };
            if found.is_empty() || !fields.has("find") {
                wrong.push(FieldError { field: "commune", key });
            }
            offer = Some(found);
        }
    }
    let asks = fields.has("find") || clear;
    if !asks && wrong.is_empty() {
        wrong = errors_of(&web, &draft.saved, &["place", "address"]);
        // Said where it is put right: a commune is chosen above, the map is nobody's duty.
        for e in wrong.iter_mut().filter(|e| e.key == "report-place-missing") {
            e.field = "commune";
        }
        if wrong.iter().any(|e| e.key == "report-place-outside") {
            // Words can still be sent: the point that does not fit is dropped, and the page says why.
            (draft.saved.lat, draft.saved.lon) = (None, None);
        }
    }
    store(&web, &by, &draft, &draft.saved).await?;
    if !asks && wrong.is_empty() {
        return after_place(&web, &by, &draft, editing).await;
    }
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let errors = Errors::of(&p, &wrong);
    html_as(status, &view(p, &draft, home, Asked { typed: &typed, radios: offer }, editing, errors))
}

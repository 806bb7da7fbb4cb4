//! «Quanh đây» (R10): the places a person watches, begun from the list or the map, ended in one step.

use super::{
    answer::{go_saying, html, html_as, id},
    communes,
    errors::Errors,
    reports::filter::{Asked, Choice},
};
use crate::{
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Citizen, Form},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use base::geo::Point;
use domain::{
    error::Error,
    packs,
    reports::watch::{self, Place, Watch},
};

const PAGE: &str = "/tai-khoan/quanh-day";
const NEW: &str = "/tai-khoan/quanh-day/moi";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PAGE, get(list))
        .route(NEW, get(ask).post(add))
        .route("/tai-khoan/quanh-day/{watch}/thoi", post(stop))
}

struct Line {
    id: String,
    place: String,
    category: String,
    since: String,
}

#[derive(Template)]
#[template(path = "citizen/watches.html")]
struct ListPage {
    p: Page,
    lines: Vec<Line>,
    full: bool,
    most: i64,
    a_day: i64,
}

/// `Phường Đồng Hới`, or `500 m quanh một điểm ở Phường Đồng Hới`.
fn place(p: &Page, place: &Place) -> String {
    match place {
        Place::Commune(code) => p.commune_name(&Some(code.clone())),
        Place::Circle { point, radius } => {
            let commune = p.commune_name(&p.province.locate(*point).commune);
            p.t2("watch-circle", "radius", metres(*radius), "commune", commune)
        }
    }
}

fn metres(radius: i32) -> String {
    if radius >= 1_000 { format!("{} km", radius / 1_000) } else { format!("{radius} m") }
}

async fn list(State(web): State<Web>, by: Citizen) -> Result<Response, Problem> {
    let mut p = by.visit.page;
    p.tab = "account";
    let watches = watch::list(&web.core, by.signed.account).await.map_err(web.problem())?;
    let line = |w: &Watch| Line {
        id: w.id.to_string(),
        place: place(&p, &w.place),
        category: w.category.as_ref().map_or_else(|| p.t("watch-all-categories").into_owned(), |c| p.category_name(c)),
        since: p.t1("watch-since", "date", p.date(&w.created_at)),
    };
    let lines: Vec<Line> = watches.iter().map(line).collect();
    html(&ListPage { full: lines.len() >= watch::MOST, lines, most: watch::MOST as i64, a_day: watch::A_DAY, p })
}

#[derive(Template)]
#[template(path = "citizen/watch_new.html")]
struct NewPage {
    p: Page,
    errors: Errors,
    commune: String,
    typed: String,
    radios: Vec<communes::Found>,
    categories: Vec<Choice>,
    radii: Vec<Choice>,
    around: bool,
    /// The same page for a whole commune, and for a point.
    whole: String,
    near: String,
    lat: String,
    lon: String,
    map: packs::Map,
}

/// What was typed so far.
#[derive(Default)]
struct Typed {
    around: bool,
    commune: String,
    text: String,
    category: String,
    radius: String,
    lat: String,
    lon: String,
}

fn form(p: Page, errors: Errors, t: Typed, radios: Vec<communes::Found>) -> NewPage {
    let choice = |code: String, name: String, chosen: &str| Choice { chosen: code == chosen, code, name };
    let map = p.province.pack.province.map;
    // What was chosen before goes along to the other kind of place.
    let kept = Asked { category: t.category.clone(), commune: t.commune.clone(), ..Asked::default() };
    NewPage {
        categories: p
            .province
            .pack
            .categories
            .iter()
            .filter(|c| c.public)
            .map(|c| choice(c.code.clone(), c.name.get(p.lang()).to_owned(), &t.category))
            .collect(),
        radii: watch::RADII.iter().map(|r| choice(r.to_string(), metres(*r), &t.radius)).collect(),
        map: match p.province.commune(&t.commune) {
            Some(unit) => packs::Map { lat: unit.lat, lon: unit.lon, zoom: 13, ..map },
            None => map,
        },
        typed: if t.text.is_empty() { p.commune_name(&Some(t.commune.clone())) } else { t.text },
        whole: kept.url(NEW),
        near: [format!("{NEW}?noi=diem"), kept.query()].join("&").trim_end_matches('&').to_owned(),
        commune: t.commune,
        radios,
        around: t.around,
        lat: t.lat,
        lon: t.lon,
        errors,
        p,
    }
}

/// Filled with what the list or map shows; without that, with the person's own commune.
async fn ask(RawQuery(query): RawQuery, by: Citizen) -> Result<Response, Problem> {
    let mut p = by.visit.page;
    p.tab = "account";
    let around = Fields::parse(query.as_deref().unwrap_or_default().as_bytes()).get("noi") == "diem";
    let asked = Asked::parse(&p, query);
    let home = by.signed.commune.clone().unwrap_or_default();
    let commune = if asked.commune.is_empty() { home } else { asked.commune };
    let typed = Typed { around, commune, category: asked.category, radius: "1000".into(), ..Typed::default() };
    html(&form(p, Errors::none(), typed, Vec::new()))
}

async fn add(State(web): State<Web>, form_in: Form<Citizen>) -> Result<Response, Problem> {
    let (f, mut p) = (form_in.fields, form_in.by.visit.page);
    p.tab = "account";
    let account = form_in.by.signed.account;
    let mut t = Typed {
        around: f.get("noi") == "diem",
        commune: f.get("pick").to_owned(),
        text: f.get("commune_text").chars().take(100).collect(),
        category: f.get("loai").to_owned(),
        radius: f.get("radius").to_owned(),
        lat: f.get("lat").chars().take(20).collect(),
        lon: f.get("lon").chars().take(20).collect(),
    };
    if t.commune.is_empty() {
        t.commune = f.get("commune").to_owned();
    }
    let known = |code: &str| p.province.commune(code).is_some();
    let mut errors = Errors::none();
    let mut radios = Vec::new();
    let place = if t.around {
        let point = t.lat.parse().ok().zip(t.lon.parse().ok()).and_then(|(lat, lon)| Point::new(lat, lon));
        match (point, t.radius.parse().ok()) {
            (Some(point), Some(radius)) => Some(Place::Circle { point, radius }),
            (None, _) => {
                errors.add("place", "#f-place".into(), p.t("watch-point-missing").into_owned());
                None
            }
            (_, None) => {
                errors.add("radius", "#f-radius".into(), p.t("watch-radius-wrong").into_owned());
                None
            }
        }
    } else {
        // The name that was typed wins over a code that was chosen before, as everywhere.
        let named = base::fold::fold(&p.commune_name(&Some(t.commune.clone())));
        let same = base::fold::fold(&t.text) == named || f.has("pick");
        if !t.text.trim().is_empty() && (!known(&t.commune) || !same) {
            radios = communes::find(&p, &t.text, None);
        }
        match radios.len() {
            0 if known(&t.commune) && (same || t.text.is_empty()) => Some(Place::Commune(t.commune.clone())),
            1 => radios.pop().map(|r| Place::Commune(r.code)),
            0 => {
                errors.add("commune", "#f-commune".into(), p.t("watch-place-missing").into_owned());
                None
            }
            _ => {
                errors.add("commune", "#f-pick".into(), p.t("commune-pick").into_owned());
                None
            }
        }
    };
    if let Some(place) = place {
        let category = Some(t.category.clone()).filter(|c| !c.is_empty());
        match watch::add(&web.core, account, place, category).await {
            Ok(_) => return Ok(go_saying(&web, PAGE, "flash-watch-added")),
            Err(Error::Invalid(fields)) => errors = Errors::of(&p, &fields),
            Err(e) => return Err(web.problem()(e)),
        }
    }
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &form(p, errors, t, radios))
}

async fn stop(State(web): State<Web>, Path(watch): Path<String>, form: Form<Citizen>) -> Result<Response, Problem> {
    match watch::remove(&web.core, form.by.signed.account, id(&watch)?).await {
        // Stopped already, or never one's own: the list shows what there is.
        Ok(()) | Err(Error::NotFound) => Ok(go_saying(&web, PAGE, "flash-watch-stopped")),
        Err(e) => Err(web.problem()(e)),
    }
}

//! The queue as a map (R6): the same reports as the list shows, by place, with the same filter. With a script Leaflet; without one
//! a drawing whose numbers lead nearer (`o`, a box). Staff see exact points.

use super::{
    ask::{Ask, Tab, Way},
    narrow::{self, Narrow, empty},
    queue::{Line, line},
    shell::{Shell, html},
    show::DAY,
};
use crate::{
    drawing::desk::{self, Dot, Mark},
    drawing::parse_box,
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::Desk,
};
use askama::Template;
use axum::{
    Json,
    extract::{RawQuery, State},
    response::Response,
};
use domain::{
    packs::{Bounds, Map},
    reports::{
        clock::{Standing, standing_of},
        consult,
        queue::QueueRow,
        queue_map::{self, Found, LOOKED},
    },
};

/// Reports named under the map.
const NAMED: usize = 50;

struct Sign {
    class: &'static str,
    shape: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "staff/queue_map.html")]
struct MapPage {
    p: Page,
    s: Shell,
    ask: Ask,
    n: Narrow,
    title: String,
    start: Map,
    picture: String,
    signs: Vec<Sign>,
    /// What is on the map and what is not, in sentences.
    said: Vec<String>,
    lines: Vec<Line>,
    /// Not all of them are named here.
    rest: bool,
    /// Back to the whole map, after a look nearer.
    whole: Option<String>,
    query: String,
    points_url: String,
    list: String,
    empty: &'static str,
    empty_do: String,
}

/// A box as the drawing's links carry it.
fn within(raw: &str) -> Option<Bounds> {
    Fields::parse(raw.as_bytes()).some("o").and_then(parse_box)
}

pub async fn page(State(web): State<Web>, desk: Desk, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let raw = raw.unwrap_or_default();
    let ask = Ask { way: Way::Map, page: 0, ..Ask::parse(&raw) };
    let within = within(&raw);
    let found = find(&web, &desk, &ask, within.as_ref());
    let (mut s, found) = tokio::try_join!(Shell::load(&web, &desk, "queue"), found)?;
    let p = desk.page.clone();
    narrow::light(&mut s, &ask);
    let dots: Vec<Dot> = found.rows.iter().filter_map(|r| dot(&p, r)).collect();
    let map = p.province.pack.province.map;
    let seen = within.or_else(|| desk::around(&dots)).unwrap_or(map.bounds());
    let (url, query) = (ask.url(), ask.query());
    let join = if query.is_empty() { "?" } else { "&" };
    let nearer = |b: &Bounds| format!("{url}{join}o={:.5},{:.5},{:.5},{:.5}", b.west, b.south, b.east, b.north);
    let list = Ask { way: Way::List, ..ask.clone() }.url();
    let page = MapPage {
        title: narrow::title(&p, &s),
        n: Narrow::of(&desk, &s, &ask),
        picture: desk::draw(&p, &dots, &seen, &p.t("desk-map-picture"), nearer, "#danh-sach"),
        start: map,
        signs: Mark::ALL
            .into_iter()
            .map(|m| Sign {
                class: m.as_str(),
                shape: m.shape(),
                text: p.t(&format!("desk-mark-{}", m.as_str())).into_owned(),
            })
            .collect(),
        said: said(&p, &found),
        rest: found.inside > NAMED as i64,
        lines: found.rows.iter().take(NAMED).map(|r| line(&p, r, None)).collect(),
        whole: within.is_some().then(|| url.clone()),
        points_url: "/can-bo/phan-anh/ban-do.geojson".into(),
        empty: empty(&ask),
        empty_do: format!("{}-do", empty(&ask)),
        list,
        query,
        ask,
        p,
        s,
    };
    html(&page)
}

/// What the script draws: every report of the box with all that its card says.
pub async fn geojson(
    State(web): State<Web>,
    desk: Desk,
    RawQuery(raw): RawQuery,
) -> Result<Json<serde_json::Value>, Problem> {
    let raw = raw.unwrap_or_default();
    let ask = Ask::parse(&raw);
    let typed = Fields::parse(raw.as_bytes());
    let within = match typed.some("o") {
        None => None,
        Some(typed) => Some(parse_box(typed).ok_or(Problem::BadRequest)?),
    };
    let found = find(&web, &desk, &ask, within.as_ref()).await?;
    let p = &desk.page;
    let features: Vec<serde_json::Value> = found
        .rows
        .iter()
        .filter_map(|r| {
            let (lat, lon) = (r.lat?, r.lon?);
            let l = line(p, r, None);
            let due = l.due.map(|d| d.text).unwrap_or_default();
            Some(serde_json::json!({
                "type": "Feature",
                "geometry": { "type": "Point", "coordinates": [lon, lat] },
                "properties": {
                    "url": format!("/can-bo/phan-anh/{}", r.code), "code": l.shown, "title": l.title, "about": l.about,
                    "unit": l.unit, "due": due, "state": l.tag.text, "mark": mark(p, r).as_str(),
                }
            }))
        })
        .collect();
    let said = said(p, &found).join(" ");
    Ok(Json(serde_json::json!({
        "type": "FeatureCollection", "features": features, "inside": found.inside, "said": said,
    })))
}

async fn find(web: &Web, desk: &Desk, ask: &Ask, within: Option<&Bounds>) -> Result<Found, Problem> {
    if ask.tab != Tab::Asked {
        let filter = ask.filter(&web.core, &desk.officer);
        return queue_map::page(&web.core, &desk.officer, &filter, within).await.map_err(web.problem());
    }
    let mut rows = consult::queue(&web.core, &desk.officer).await.map_err(web.problem())?;
    let total = rows.len() as i64;
    rows.retain(|r| r.lat.is_some());
    let without = total - rows.len() as i64;
    let is_inside = |r: &QueueRow| match (within, r.lat, r.lon) {
        (Some(b), Some(lat), Some(lon)) => (b.south..=b.north).contains(&lat) && (b.west..=b.east).contains(&lon),
        _ => true,
    };
    rows.retain(is_inside);
    Ok(Found { total, without, inside: rows.len() as i64, more: false, rows })
}

fn mark(p: &Page, r: &QueueRow) -> Mark {
    if !r.open {
        return Mark::Done;
    }
    match standing_of(r.due_at, r.paused_at.is_some(), p.province.calendar(), p.now) {
        Standing::Over { .. } => Mark::Late,
        Standing::Left { minutes } if minutes <= DAY => Mark::Soon,
        Standing::Left { .. } | Standing::None => Mark::Time,
        Standing::Paused => Mark::Paused,
    }
}

fn dot(p: &Page, r: &QueueRow) -> Option<Dot> {
    let mark = mark(p, r);
    let standing = p.t(&format!("desk-mark-{}", mark.as_str()));
    Some(Dot {
        lat: r.lat?,
        lon: r.lon?,
        mark,
        title: format!("{} {} ({standing})", p.code(&r.code), r.title),
        url: format!("/can-bo/phan-anh/{}", r.code),
    })
}

/// «500 trong số 3.214 phản ánh», «12 phản ánh không có vị trí».
fn said(p: &Page, found: &Found) -> Vec<String> {
    let shown = found.rows.len() as i64;
    let mut said = Vec::new();
    if shown < found.inside {
        said.push(p.t2("desk-map-some", "shown", p.number(shown), "total", p.number(found.inside)));
    } else {
        said.push(p.tn("desk-map-all", shown));
    }
    if found.without > 0 {
        said.push(p.tn("desk-map-without", found.without));
    }
    if found.more {
        said.push(p.t1("desk-map-beyond", "n", p.number(LOOKED)));
    }
    said
}

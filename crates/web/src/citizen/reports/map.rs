//! «Bản đồ» (R10): what the list shows, by place. Live: every answer knows what was committed before the question. Without a
//! script the province is drawn by communes, with the same numbers in a table.

use super::filter::{Asked, FilterForm};
use crate::{
    citizen::{
        answer::html,
        tags::{self, Tag},
    },
    drawing::{communes, parse_box},
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::Visit,
};
use askama::Template;
use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base::{clock::DAY, code::Code};
use domain::reports::{
    live::{Count, Found, Spot},
    views::{self, Reader},
};
use serde::Serialize;
use std::{collections::HashMap, fmt::Write};

/// Single reports that one answer holds at most.
const POINTS: usize = 2_000;
/// Communes that stand in the table before «Xem thêm».
const FIRST: usize = 12;

pub struct TabLink {
    pub href: String,
    pub icon: &'static str,
    pub text: String,
    pub here: bool,
}

/// List, map and figures: three ways to the same reports.
pub fn tabs(p: &Page, here: &str, asked: &Asked) -> Vec<TabLink> {
    let asked = Asked { before: None, ..asked.clone() };
    let all = [
        ("/phan-anh", "clipboard-list", "tab-list", asked.url("/phan-anh")),
        ("/phan-anh/ban-do", "map", "tab-map", asked.url("/phan-anh/ban-do")),
        ("/so-lieu", "chart-column", "tab-figures", "/so-lieu".to_owned()),
    ];
    let tab = |(page, icon, key, href): (&str, &'static str, &str, String)| TabLink {
        href,
        icon,
        text: p.t(key).into_owned(),
        here: page == here,
    };
    all.into_iter().map(tab).collect()
}

struct Line {
    name: String,
    href: String,
    all: String,
    open: String,
}

struct Shade {
    shade: usize,
    text: String,
}

#[derive(Template)]
#[template(path = "citizen/reports/map.html")]
struct MapPage {
    p: Page,
    tabs: Vec<TabLink>,
    f: FilterForm,
    /// The filter's parameters for the script.
    query: String,
    /// Category → name, as JSON for the script.
    names: String,
    start: domain::packs::Map,
    total: i64,
    picture: String,
    legend: Vec<Shade>,
    first: Vec<Line>,
    others: Vec<Line>,
}

pub async fn page(State(web): State<Web>, RawQuery(query): RawQuery, visit: Visit) -> Result<Response, Problem> {
    let p = visit.page;
    let asked = Asked { before: None, ..Asked::parse(&p, query) };
    let counts = web.core.pictures.live.by_commune(&web.core, &asked.filter(p.now)).await.map_err(web.problem())?;
    let link = |code: &str| Asked { commune: code.to_owned(), ..asked.clone() }.url("/phan-anh");
    let total = counts.iter().map(|(_, n)| i64::from(n.all)).sum();
    let by_code: HashMap<String, u32> = counts.iter().map(|(code, n)| (code.clone(), n.all)).collect();
    let mut lines: Vec<(&String, &Count)> =
        counts.iter().filter(|(code, _)| p.province.commune(code).is_some()).map(|(code, n)| (code, n)).collect();
    lines.sort_by_key(|(code, n)| (std::cmp::Reverse(n.all), (*code).clone()));
    let mut lines: Vec<Line> = lines
        .into_iter()
        .map(|(code, n)| Line {
            name: p.commune_name(&Some(code.clone())),
            href: link(code),
            all: p.number(i64::from(n.all)),
            open: p.number(i64::from(n.open)),
        })
        .collect();
    let others = lines.split_off(FIRST.min(lines.len()));
    let names: HashMap<&str, &str> =
        p.province.pack.categories.iter().map(|c| (c.code.as_str(), c.name.get(p.lang()))).collect();
    let shown = |from: u32, to: u32| match (from, to) {
        (0, 0) => p.t("map-none").into_owned(),
        (from, to) if from == to => p.number(i64::from(from)),
        (from, to) => format!("{}–{}", p.number(i64::from(from)), p.number(i64::from(to))),
    };
    let start = start(&p, &asked);
    html(&MapPage {
        tabs: tabs(&p, "/phan-anh/ban-do", &asked),
        f: asked.form(&p, "/phan-anh/ban-do"),
        query: asked.query(),
        names: serde_json::to_string(&names).unwrap_or_default(),
        picture: communes::draw(&p, &by_code, &p.t("map-picture"), link),
        legend: communes::legend(&by_code)
            .into_iter()
            .map(|(shade, from, to)| Shade { shade, text: shown(from, to) })
            .collect(),
        total,
        start,
        first: lines,
        others,
        p,
    })
}

/// Where the map opens: the province, or the commune that was asked for.
fn start(p: &Page, asked: &Asked) -> domain::packs::Map {
    let map = p.province.pack.province.map;
    match p.province.commune(&asked.commune) {
        Some(unit) => domain::packs::Map { lat: unit.lat, lon: unit.lon, zoom: 13, ..map },
        None => map,
    }
}

/// What the map shows in a box. `gop=khong`: single reports only, at most `POINTS`. `zoom`: how near one looks, for clusters.
/// With `If-None-Match` an unchanged picture is not sent again.
pub async fn geojson(
    State(web): State<Web>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let fields = Fields::parse(query.as_deref().unwrap_or_default().as_bytes());
    let (core, live, now) = (&web.core, &web.core.pictures.live, web.core.now());
    let filter = {
        let some = |name: &str| fields.some(name).map(str::to_owned);
        let asked = Asked {
            category: some("loai").unwrap_or_default(),
            commune: some("xa").unwrap_or_default(),
            unit: some("don-vi").unwrap_or_default(),
            state: fields.get("trang-thai").to_owned(),
            period: fields.get("thoi-gian").to_owned(),
            before: None,
        };
        asked.filter(now)
    };
    let whole = core.province().pack.province.map;
    let asked_bounds = match fields.some("bbox") {
        None => whole.bounds(),
        Some(typed) => parse_box(typed).ok_or(Problem::BadRequest)?,
    };
    let zoom: u8 = match fields.some("zoom") {
        None => whole.zoom,
        Some(zoom) => zoom.parse().map_err(|_| Problem::BadRequest)?,
    };
    let tag = |generation: u64| format!("W/\"{generation:x}-{:x}\"", filter.since.unwrap_or(0) / DAY);
    if let Some(known) = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()) {
        let generation = live.generation(core).await.map_err(web.problem())?;
        if known == tag(generation) {
            return Ok((StatusCode::NOT_MODIFIED, [(header::CACHE_CONTROL, "no-cache")]).into_response());
        }
    }
    let mut body = String::with_capacity(16 * 1024);
    body.push_str("{\"type\":\"FeatureCollection\",\"features\":[");
    let start = body.len();
    let tell = |spot: Spot<'_>| {
        if body.len() > start {
            body.push(',');
        }
        feature(&mut body, spot);
    };
    let found: Found = if fields.get("gop") == "khong" {
        live.points(core, &filter, &asked_bounds, POINTS, tell).await
    } else {
        live.clusters(core, &filter, &asked_bounds, zoom, tell).await
    }
    .map_err(web.problem())?;
    let _ = write!(body, "],\"count\":{},\"open\":{},\"more\":{}}}", found.count.all, found.count.open, found.more);
    let mut response = body.into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/geo+json"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag(found.generation)) {
        out.insert(header::ETAG, tag);
    }
    Ok(response)
}

/// Codes of categories are the pack's (letters, digits, dashes), so that nothing needs escaping; anything else is left out.
fn feature(out: &mut String, spot: Spot<'_>) {
    const HEAD: &str = "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[";
    match spot {
        Spot::One { code, lat, lon, category, open, created_at } => {
            let (year, month, day) = civil(created_at);
            let _ = write!(
                out,
                "{HEAD}{lon},{lat}]}},\"properties\":{{\"code\":\"{code:010}\",\"category\":\"{}\",\"open\":{open},\"sent\":\"{year:04}-{month:02}-{day:02}\"}}}}",
                category.trim_matches(|c: char| !c.is_ascii_alphanumeric())
            );
        }
        Spot::Many { count, lat, lon } => {
            let _ = write!(
                out,
                "{HEAD}{lon:.5},{lat:.5}]}},\"properties\":{{\"count\":{},\"open\":{}}}}}",
                count.all, count.open
            );
        }
    }
}

/// The day in Vietnam. A thousand features need a thousand of them: whole numbers only (days to civil, H. Hinnant).
fn civil(at: i64) -> (i64, i64, i64) {
    let days = (at + 7 * base::clock::HOUR).div_euclid(DAY) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let mp = (5 * day_of_year + 2) / 153;
    let (day, month) = (day_of_year - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// One report, as the map shows it beside the pin.
#[derive(Serialize)]
struct Summary {
    title: String,
    url: String,
    what: String,
    when: String,
    tags: Vec<String>,
}

pub async fn summary(State(web): State<Web>, Path(code): Path<String>, visit: Visit) -> Result<Response, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    let whole = views::find(&web.core, code.as_str(), &Reader::Public).await.map_err(web.problem())?;
    let (p, r) = (&visit.page, &whole.report);
    let (category, commune) = (p.category_name(&r.category), p.commune_name(&r.commune));
    let tags: Vec<Tag> = tags::of_report(p, r);
    Ok(Json(Summary {
        title: r.title.clone(),
        url: format!("/phan-anh/{}", r.code),
        what: if commune.is_empty() { category } else { format!("{category} · {commune}") },
        when: p.t1("line-sent", "date", p.date(&r.created_at)),
        tags: tags.into_iter().map(|t| t.text).collect(),
    })
    .into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r10_days_are_vietnamese_and_true() {
        for (at, day) in [
            (0, (1970, 1, 1)),
            (1_774_833_300_000, (2026, 3, 30)),
            (1_774_976_400_000 - 1, (2026, 3, 31)),
            (1_774_976_400_000, (2026, 4, 1)),
            (1_709_164_800_000, (2024, 2, 29)),
        ] {
            assert_eq!(civil(at), day, "{at}");
            let t = base::show::local(at);
            assert_eq!(civil(at), (i64::from(t.year()), i64::from(t.month()), i64::from(t.day())));
        }
    }
}

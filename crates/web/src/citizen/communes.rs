//! Which commune: the list, the search of the picker, the commune of a point, and the map's ground (R1, R4).

use super::answer::{cached, html};
use crate::{error::Problem, forms::Fields, page::Page, state::Web, visit::Visit};
use askama::Template;
use axum::{
    Json, Router,
    extract::{RawQuery, Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base::{geo::Point, i18n::Lang};
use domain::packs::UnitKind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt::Write;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/xa", get(all))
        .route("/xa/tim", get(search))
        .route("/vi-tri", post(locate))
        .route("/ban-do/xa.geojson", get(map))
}

struct Group {
    title: String,
    communes: Vec<Commune>,
}

struct Commune {
    code: String,
    name: String,
    former: String,
}

#[derive(Template)]
#[template(path = "citizen/communes.html")]
struct CommunesPage {
    p: Page,
    total: usize,
    groups: Vec<Group>,
}

async fn all(visit: Visit) -> Result<Response, Problem> {
    let p = visit.page;
    let lang = p.lang();
    let groups: Vec<Group> = p
        .province
        .picker()
        .all()
        .into_iter()
        .map(|(kind, units)| Group {
            title: p.tn(
                match kind {
                    UnitKind::Ward => "communes-wards",
                    UnitKind::Commune => "communes-communes",
                    UnitKind::SpecialZone => "communes-zones",
                },
                units.len() as i64,
            ),
            communes: units
                .into_iter()
                .map(|u| Commune { code: u.code.clone(), name: u.full_name(lang), former: u.merged_from.join(", ") })
                .collect(),
        })
        .collect();
    html(&CommunesPage { total: p.province.pack.units.len(), groups, p })
}

/// A found commune, as the picker's script and its radios show it.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    pub code: String,
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// At most eight communes for what was typed; with nothing typed, the person's home.
pub fn find(p: &Page, typed: &str, home: Option<&str>) -> Vec<Found> {
    p.province
        .picker()
        .matches(typed, home, &[])
        .into_iter()
        .map(|m| Found {
            code: m.unit.code.clone(),
            name: m.unit.full_name(p.lang()),
            hint: match m.former {
                _ if home == Some(m.unit.code.as_str()) => p.t("commune-home").into_owned(),
                Some(former) => p.t1("commune-former", "name", former),
                None => String::new(),
            },
        })
        .collect()
}

async fn search(RawQuery(query): RawQuery, visit: Visit) -> Response {
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    let home = visit.citizen.as_ref().and_then(|c| c.commune.as_deref());
    Json(find(&visit.page, asked.get("q"), home)).into_response()
}

#[derive(Deserialize)]
struct Where {
    lat: f64,
    lon: f64,
}

/// The commune of a point. Nothing is kept of it.
async fn locate(State(web): State<Web>, visit: Visit, request: Request) -> Result<Response, Problem> {
    const LIMIT: usize = 1024;
    let body = axum::body::to_bytes(request.into_body(), LIMIT).await.map_err(|_| Problem::TooLarge)?;
    let at: Where = serde_json::from_slice(&body).map_err(|_| Problem::BadRequest)?;
    let point = Point::new(at.lat, at.lon).ok_or(Problem::BadRequest)?;
    let commune = web.core.province().locate(point).commune;
    let name = visit.page.commune_name(&commune);
    Ok(Json(json!({ "inside": commune.is_some(), "code": commune, "name": name })).into_response())
}

/// The ground of the map: the communes as they are drawn, coarsely. The official outlines themselves are the province's own.
async fn map(State(web): State<Web>) -> Response {
    let province = web.core.province();
    let mut body = String::with_capacity(64 * 1024);
    let approximate = province.areas().is_approximate();
    let _ = write!(body, "{{\"type\":\"FeatureCollection\",\"approximate\":{approximate},\"features\":[");
    for (n, (shape, unit)) in
        province.areas().shapes().iter().filter_map(|s| Some((s, province.commune(&s.code)?))).enumerate()
    {
        // Each ring a polygon of its own: islands and the mainland alike.
        let rings: Vec<String> = shape.rings.iter().map(|ring| format!("[{}]", corners(ring))).collect();
        let properties = json!({ "code": unit.code, "name": unit.full_name(Lang::VI) });
        let comma = if n > 0 { "," } else { "" };
        let _ = write!(
            body,
            "{comma}{{\"type\":\"Feature\",\"properties\":{properties},\"geometry\":{{\"type\":\"MultiPolygon\",\"coordinates\":[{}]}}}}",
            rings.join(",")
        );
    }
    body.push_str("]}");
    let mut response = cached(body.into_response(), "public, max-age=3600");
    response
        .headers_mut()
        .insert(axum::http::header::CONTENT_TYPE, axum::http::HeaderValue::from_static("application/geo+json"));
    response
}

/// A closed ring, to ten metres.
fn corners(ring: &[[f64; 2]]) -> String {
    let all: Vec<String> = ring.iter().chain(ring.first()).map(|[lon, lat]| format!("[{lon:.4},{lat:.4}]")).collect();
    format!("[{}]", all.join(","))
}

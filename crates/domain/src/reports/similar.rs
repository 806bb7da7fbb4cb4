//! Reports that may tell of the same thing (phản ánh tương tự, R5, R6): same category, near, of the last weeks. For officers, who
//! decide whether to merge.

use super::{rows::ReportRow, states::State};
use crate::{
    core::Core,
    error::Error,
    rights::{Officer, Right},
};
use base::{
    clock::{DAY, Millis},
    geo::Point,
    ids::Uuid,
};
use store::{Engine, FromRow, Sql};

/// Metres around a report.
pub const NEAR: f64 = 300.0;
/// How far back.
pub const SINCE: Millis = 12 * 7 * DAY;
/// Shown at most.
const MOST: usize = 8;
/// Cells of the grid around a report: two rings of resolution 9 hold every point within 300 m.
const RINGS: u32 = 2;

/// A report near another one.
#[derive(Debug, Clone)]
pub struct Similar {
    pub code: String,
    pub title: String,
    pub state: State,
    pub unit: String,
    pub created_at: Millis,
    pub followers: i32,
    /// Metres between the two.
    pub metres: i64,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    code: String,
    title: String,
    state: String,
    unit: String,
    lat: Option<f64>,
    lon: Option<f64>,
    created_at: Millis,
    followers: i32,
}

/// Near reports that this officer may see, open ones first, then the nearest. Without a point nothing is near.
pub async fn of(core: &Core, officer: &Officer, report: &ReportRow) -> Result<Vec<Similar>, Error> {
    let Some(point) = report.point() else { return Ok(Vec::new()) };
    let Ok(place) = h3o::LatLng::new(point.lat, point.lon) else { return Ok(Vec::new()) };
    let cells: Vec<h3o::CellIndex> = place.to_cell(super::submit::CELL).grid_disk(RINGS);
    // Told, because without fresh statistics SQLite would rather read all of a category.
    let index = if core.store.engine() == Engine::Sqlite { " INDEXED BY report_cell" } else { "" };
    let mut sql = Sql::new(format!(
        "SELECT id, code, coalesce(shown_title, title) AS title, state, unit, lat, lon, created_at, followers FROM report{index} WHERE cell IN ("
    ));
    let marks: Vec<String> = cells.into_iter().map(|c| sql.value(u64::from(c) as i64)).collect();
    sql.push(&marks.join(", "));
    let category = sql.value(report.category.clone());
    let since = sql.value(core.now() - SINCE);
    let own = sql.value(report.id);
    sql.push(&format!(
        ") AND category = {category} AND created_at >= {since} AND id <> {own} AND duplicate_of IS NULL
         ORDER BY created_at DESC LIMIT 200"
    ));
    let rows: Vec<Row> = sql.all(core.store.read()).await?;
    let province = core.province();
    let mut found: Vec<Similar> = rows
        .into_iter()
        .filter(|r| officer.may(Right::ReportSee, &r.unit, &province.above(&r.unit)))
        .filter_map(|r| {
            let there = Point::new(r.lat?, r.lon?)?;
            let metres = point.metres_to(&there);
            let state = State::parse(&r.state)?;
            (metres <= NEAR && Some(r.id) != report.duplicate_of).then_some(Similar {
                code: r.code,
                title: r.title,
                state,
                unit: r.unit,
                created_at: r.created_at,
                followers: r.followers,
                metres: metres.round() as i64,
            })
        })
        .collect();
    found.sort_by_key(|s| (!s.state.is_open(), s.metres));
    found.truncate(MOST);
    Ok(found)
}

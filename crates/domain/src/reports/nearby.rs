//! What others have reported already (R5): open public reports of the same category around a point, for who is about to report
//! the same once more. Cells of the map find them in an index alone; metres decide.

use super::{live, redact::Writer, rows::ReportRow, states::State, submit::CELL};
use crate::{core::Core, error::Error};
use base::{clock::Millis, geo::Point, ids::Uuid};
use store::FromRow;
use store::Sql;

/// Shown at most: more would be read by nobody.
pub const MOST: usize = 5;
/// A ring of cells of resolution 9 holds every point so many metres around any point of its middle.
const RING: f64 = 150.0;
/// How far a point may lie from where everybody sees it, at most.
const ROUNDED: f64 = 10.0;
/// Candidates looked at; a place with more has another problem than duplicates.
const LOOKED_AT: usize = 5_000;

/// A report that may tell of the same thing.
#[derive(Debug, Clone)]
pub struct Near {
    pub code: String,
    pub title: String,
    pub state: State,
    pub created_at: Millis,
    pub followers: i32,
    pub metres: i64,
    /// The first photo of the report itself.
    pub photo: Option<Uuid>,
}

#[derive(FromRow)]
struct Candidate {
    seq: i64,
    lat: f64,
    lon: f64,
}

#[derive(FromRow)]
struct Row {
    seq: i64,
    code: String,
    title: String,
    masked: String,
    state: String,
    created_at: Millis,
    followers: i32,
    photo: Option<Uuid>,
}

/// The nearest ones within the category's radius, nearest first; `author`'s own are left out.
pub async fn nearby(core: &Core, author: Uuid, category: &str, point: Point) -> Result<Vec<Near>, Error> {
    let radius = core.province().category(category).map_or(0.0, |c| f64::from(c.near));
    let Ok(place) = h3o::LatLng::new(point.lat, point.lon) else { return Ok(Vec::new()) };
    if radius <= 0.0 {
        return Ok(Vec::new());
    }
    let cells: Vec<h3o::CellIndex> = place.to_cell(CELL).grid_disk(((radius + ROUNDED) / RING).ceil() as u32);
    // The conditions are those of the index `report_near`, word for word: the answer is in it.
    let mut sql = Sql::new("SELECT seq, lat, lon FROM report WHERE category = $1 AND cell IN (").bind(category);
    let marks: Vec<String> = cells.into_iter().map(|c| sql.value(u64::from(c) as i64)).collect();
    sql.push(&marks.join(", "));
    sql.push(&format!(") AND open = TRUE AND public = TRUE AND hidden_why IS NULL LIMIT {LOOKED_AT}"));
    let candidates: Vec<Candidate> = sql.all(core.store.read()).await?;
    let mut near: Vec<(i64, f64)> = candidates
        .into_iter()
        // As everybody sees it: metres to the exact place, asked from three sides, would find a doorbell.
        .filter_map(|c| Some((c.seq, live::public_point(Point::new(c.lat, c.lon)?).metres_to(&point))))
        .filter(|(_, metres)| *metres <= radius)
        .collect();
    near.sort_by(|a, b| a.1.total_cmp(&b.1));
    near.truncate(MOST * 2); // some may be the author's own
    if near.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT r.seq, r.code, coalesce(r.shown_title, r.title) AS title, r.masked, r.state, r.created_at, r.followers,
            (SELECT p.id FROM report_photo p WHERE p.report_id = r.id AND p.event_no = 1 AND p.hidden = FALSE ORDER BY p.position LIMIT 1) AS photo
         FROM report r WHERE (r.reporter IS NULL OR r.reporter <> $1) AND r.seq IN (",
    )
    .bind(author);
    let marks: Vec<String> = near.iter().map(|(seq, _)| sql.value(*seq)).collect();
    sql.push(&marks.join(", "));
    sql.push(")");
    let rows: Vec<Row> = sql.all(core.store.read()).await?;
    let province = core.province();
    let shield = province.shield();
    let found = near.into_iter().filter_map(|(seq, metres)| {
        let row = rows.iter().find(|r| r.seq == seq)?;
        Some(Near {
            code: row.code.clone(),
            title: shield.with_own(&row.masked).hide(&row.title, Writer::Citizen),
            state: State::parse(&row.state)?,
            created_at: row.created_at,
            followers: row.followers,
            metres: metres.round() as i64,
            photo: row.photo,
        })
    });
    Ok(found.take(MOST).collect())
}

/// Whether «Tôi cũng gặp» can be pressed at a report: it is public, still open, and not one's own.
pub fn can_follow(report: &ReportRow, account: Option<Uuid>) -> bool {
    report.is_public() && report.open && (account.is_none() || report.reporter != account)
}

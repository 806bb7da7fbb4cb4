//! The rows of reports, their history and their photos.

use super::{photos::Photo, states::State};
use crate::{audit::By, core::Core, error::Error};
use base::{clock::Millis, geo::Point, ids::Uuid};
use store::FromRow;
use store::{ConnectionTrait, Insert, Sql, Tx};

#[derive(Debug, Clone, FromRow)]
pub struct ReportRow {
    pub id: Uuid,
    pub code: String,
    pub reporter: Option<Uuid>,
    pub anonymous: bool,
    pub title: String,
    pub content: String,
    pub category: String,
    pub commune: Option<String>,
    pub address: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub state: String,
    pub open: bool,
    pub unit: String,
    pub assignee: Option<Uuid>,
    pub route: String,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub state_at: Millis,
    pub term: String,
    pub due_at: Option<Millis>,
    pub paused_at: Option<Millis>,
    pub pauses: String,
    pub resolved_at: Option<Millis>,
    pub closed_at: Option<Millis>,
    pub public: bool,
    pub hidden_why: Option<String>,
    pub photos: i32,
    pub reopened: i32,
    pub rating: Option<i32>,
    pub rating_comment: Option<String>,
    pub version: i64,
    /// The report that tells of the same thing and goes on (R5).
    pub duplicate_of: Option<Uuid>,
    /// The report that this one is a part of (R6).
    pub parent: Option<Uuid>,
    /// People who follow it beside the person who reported.
    pub followers: i32,
    /// JSON; read with `Answers::of_json`.
    pub answers: String,
    /// Staff's wording for the public; `None`: as written.
    pub shown_title: Option<String>,
    pub shown_content: Option<String>,
    /// JSON list of what the author hid.
    pub masked: String,
    /// Open «không phù hợp» marks.
    pub flags: i32,
}

/// The columns of `ReportRow`; named, so that a new column does not make every read larger.
pub const COLUMNS: &str = "id, code, reporter, anonymous, title, content, category, commune, address, lat, lon, state, open, unit, \
     assignee, route, created_at, updated_at, state_at, term, due_at, paused_at, pauses, resolved_at, closed_at, public, \
     hidden_why, photos, reopened, rating, rating_comment, version, duplicate_of, parent, followers, answers, \
     shown_title, shown_content, masked, flags";

impl ReportRow {
    /// A state that is not in the table reads as rejected: nothing can be done with it, and it is in no queue.
    pub fn state(&self) -> State {
        State::parse(&self.state).unwrap_or(State::Rejected)
    }

    pub fn point(&self) -> Option<Point> {
        Point::new(self.lat?, self.lon?)
    }

    /// Shown to everybody: accepted once, and not hidden.
    pub fn is_public(&self) -> bool {
        self.public && self.hidden_why.is_none()
    }
}

#[derive(Debug, Clone, FromRow)]
pub struct EventRow {
    pub id: Uuid,
    pub report_id: Uuid,
    pub no: i32,
    pub at: Millis,
    pub act: String,
    pub from_state: Option<String>,
    pub to_state: String,
    pub actor: String,
    pub actor_id: Option<Uuid>,
    pub unit: Option<String>,
    pub public_note: String,
    pub internal_note: String,
    pub data: String,
}

#[derive(Debug, Clone, FromRow)]
pub struct PhotoRow {
    pub id: Uuid,
    pub report_id: Uuid,
    pub event_no: i32,
    pub side: String,
    pub file: String,
    pub width: i32,
    pub height: i32,
    pub created_at: Millis,
    /// The covered copy that others see; `None`: the photo itself.
    pub public_file: Option<String>,
    /// JSON of what is covered, see `cover`.
    pub boxes: String,
    /// The author took it off the public page.
    pub hidden: bool,
}

/// The columns of `PhotoRow`.
pub const PHOTO_COLUMNS: &str =
    "id, report_id, event_no, side, file, width, height, created_at, public_file, boxes, hidden";

pub async fn by_code(db: &impl ConnectionTrait, code: &str) -> Result<Option<ReportRow>, store::Error> {
    Sql::new(format!("SELECT {COLUMNS} FROM report WHERE code = $1")).bind(code).one(db).await
}

/// A report with its history, in one statement: this is what is read most, and a second statement costs more than all columns.
pub async fn with_events(
    db: &impl ConnectionTrait,
    code: &str,
) -> Result<Option<(ReportRow, Vec<EventRow>)>, store::Error> {
    /// The report stands in every row; it is taken out of the first one only.
    struct Joined(Option<ReportRow>, EventRow);
    impl FromRow for Joined {
        fn from_row(row: &store::Row, _: &'static str) -> Result<Self, store::Error> {
            let event = EventRow::from_row(row, "e_")?;
            let report = if event.no == 1 { Some(ReportRow::from_row(row, "")?) } else { None };
            Ok(Self(report, event))
        }
    }
    let columns = COLUMNS.replace(", ", ", r.");
    let rows: Vec<Joined> = Sql::new(format!(
        "SELECT r.{columns}, e.id AS e_id, e.report_id AS e_report_id, e.no AS e_no, e.at AS e_at, e.act AS e_act,
            e.from_state AS e_from_state, e.to_state AS e_to_state, e.actor AS e_actor, e.actor_id AS e_actor_id, e.unit AS e_unit,
            e.public_note AS e_public_note, e.internal_note AS e_internal_note, e.data AS e_data
         FROM report r JOIN report_event e ON e.report_id = r.id WHERE r.code = $1 ORDER BY e.no"
    ))
    .bind(code)
    .all(db)
    .await?;
    let mut report = None;
    let events = rows.into_iter().map(|Joined(r, event)| {
        report = report.take().or(r);
        event
    });
    let events = events.collect();
    Ok(report.map(|report| (report, events)))
}

pub async fn by_id(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<ReportRow>, store::Error> {
    Sql::new(format!("SELECT {COLUMNS} FROM report WHERE id = $1")).bind(id).one(db).await
}

pub async fn events(db: &impl ConnectionTrait, report: Uuid) -> Result<Vec<EventRow>, store::Error> {
    Sql::new(
        "SELECT id, report_id, no, at, act, from_state, to_state, actor, actor_id, unit, public_note, internal_note, data
         FROM report_event WHERE report_id = $1 ORDER BY no",
    )
    .bind(report)
    .all(db)
    .await
}

pub async fn photos(db: &impl ConnectionTrait, report: Uuid) -> Result<Vec<PhotoRow>, store::Error> {
    Sql::new(format!("SELECT {PHOTO_COLUMNS} FROM report_photo WHERE report_id = $1 ORDER BY event_no, position"))
        .bind(report)
        .all(db)
        .await
}

/// A step to append. `no` is the report's version after the step.
#[derive(Clone)]
pub struct NewEvent {
    pub id: Uuid,
    pub report_id: Uuid,
    pub no: i64,
    pub at: Millis,
    pub act: &'static str,
    pub from_state: Option<&'static str>,
    pub to_state: &'static str,
    pub by: By,
    pub public_note: String,
    pub internal_note: String,
    pub data: String,
}

pub async fn append(tx: &Tx, e: NewEvent) -> Result<(), store::Error> {
    Insert::into("report_event")
        .set("id", e.id)
        .set("report_id", e.report_id)
        .set("no", e.no as i32)
        .set("at", e.at)
        .set("act", e.act)
        .set("from_state", e.from_state)
        .set("to_state", e.to_state)
        .set("actor", e.by.kind())
        .set("actor_id", e.by.account())
        .set("unit", e.by.unit())
        .set("public_note", e.public_note)
        .set("internal_note", e.internal_note)
        .set("data", e.data)
        .exec(tx)
        .await?;
    Ok(())
}

/// A photo whose files are already written; the row that names them is still to come.
#[derive(Debug, Clone)]
pub struct StoredPhoto {
    pub id: Uuid,
    pub file: String,
    pub width: i32,
    pub height: i32,
    pub bytes: i64,
    pub sha256: [u8; 32],
}

pub async fn photo(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<PhotoRow>, store::Error> {
    Sql::new(format!("SELECT {PHOTO_COLUMNS} FROM report_photo WHERE id = $1")).bind(id).one(db).await
}

/// Writes the files of photos. Without a following row they are swept up later.
pub async fn store_photos(core: &Core, photos: Vec<Photo>) -> Result<Vec<StoredPhoto>, Error> {
    use sha2::{Digest, Sha256};
    let mut stored = Vec::with_capacity(photos.len());
    for p in photos {
        let id = core.new_id();
        // Two levels of folders: no folder with a million files.
        let name = id.simple().to_string();
        let file = format!("photos/{}/{name}", &name[..6]);
        let sha256 = Sha256::digest(&p.large).into();
        let bytes = p.large.len() as i64;
        core.files.put(&format!("{file}-l.jpg"), p.large).await?;
        core.files.put(&format!("{file}-s.jpg"), p.small).await?;
        stored.push(StoredPhoto { id, file, width: p.width as i32, height: p.height as i32, bytes, sha256 });
    }
    Ok(stored)
}

pub async fn insert_photos(
    tx: &Tx,
    report: Uuid,
    event_no: i64,
    side: &'static str,
    photos: &[StoredPhoto],
    at: Millis,
) -> Result<(), store::Error> {
    for (position, p) in photos.iter().enumerate() {
        Insert::into("report_photo")
            .set("id", p.id)
            .set("report_id", report)
            .set("event_no", event_no as i32)
            .set("side", side)
            .set("file", p.file.clone())
            .set("width", p.width)
            .set("height", p.height)
            .set("bytes", p.bytes)
            .set("sha256", p.sha256.to_vec())
            .set("position", position as i32)
            .set("created_at", at)
            .exec(tx)
            .await?;
    }
    Ok(())
}

//! What anybody may read in bulk (R12): Open311 and the open data files. Public reports only, without who sent them; points are
//! rounded to about ten metres. The partial indexes of 0004 hold exactly what may be read here, in its order.

use super::{
    answers::{Answers, Shown},
    redact::Writer,
    views::LISTED,
};
use crate::{core::Core, error::Error, province::Province};
use base::{clock::Millis, i18n::Lang, ids::Uuid};
use store::{Engine, FromRow, Sql};

/// Rows a page at most (GeoReport v2).
pub const PAGE_MOST: i64 = 1_000;
/// Rows that can be passed over; beyond that the time asked for must be shorter.
pub const SKIP_MOST: i64 = 100_000;

/// Shown to everybody who asks for its number; lists leave out what was merged (`LISTED`).
const PUBLIC: &str = "public = TRUE AND hidden_why IS NULL";

/// What is asked for; empty lists narrow nothing.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Overrides everything else.
    pub codes: Vec<String>,
    pub categories: Vec<String>,
    pub open: Option<bool>,
    /// Created from this moment up to and with that one.
    pub from: Millis,
    pub until: Millis,
    pub skip: i64,
    pub most: i64,
}

#[derive(Debug, Clone, FromRow)]
pub struct OpenRow {
    pub seq: i64,
    pub code: String,
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
    pub created_at: Millis,
    pub updated_at: Millis,
    pub due_at: Option<Millis>,
    pub resolved_at: Option<Millis>,
    pub closed_at: Option<Millis>,
    pub photos: i32,
    pub rating: Option<i32>,
    pub answers: String,
    /// What the author hid.
    masked: String,
    /// The last answer of a unit.
    pub note: Option<String>,
    /// The first photo of the place.
    pub photo: Option<Uuid>,
    /// The code of the report that it was merged into.
    pub original: Option<String>,
}

/// Two small look-ups in indexes a row; asked only for the rows of the page.
const ROW: &str =
    "SELECT r.seq, r.code, coalesce(r.shown_title, r.title) AS title, coalesce(r.shown_content, r.content) AS content, r.category, r.commune, r.address, r.lat, r.lon, r.state, r.open, r.unit,
        r.created_at, r.updated_at, r.due_at, r.resolved_at, r.closed_at, r.photos, r.rating, r.answers, r.masked,
        (SELECT e.public_note FROM report_event e WHERE e.report_id = r.id AND e.actor = 'staff' AND e.public_note <> ''
            AND e.act NOT IN ('hide', 'unhide', 'moderate') ORDER BY e.no DESC LIMIT 1) AS note,
        CASE WHEN r.photos > 0 THEN (SELECT p.id FROM report_photo p WHERE p.report_id = r.id AND p.side = 'before'
            AND p.hidden = FALSE ORDER BY p.event_no, p.position LIMIT 1) END AS photo,
        CASE WHEN r.duplicate_of IS NOT NULL THEN (SELECT o.code FROM report o WHERE o.id = r.duplicate_of) END AS original
     FROM report r";

impl OpenRow {
    /// What was written, the title first when it is not the first line anyway.
    pub fn text(&self) -> String {
        if self.content.starts_with(self.title.trim_end_matches('…')) {
            self.content.clone()
        } else {
            format!("{}\n{}", self.title, self.content)
        }
    }

    pub fn title(&self) -> String {
        self.title.clone()
    }

    pub fn address(&self) -> String {
        self.address.clone()
    }

    pub fn note(&self) -> String {
        self.note.clone().unwrap_or_default()
    }

    /// Latitude and longitude as they are given out.
    pub fn point(&self) -> Option<(f64, f64)> {
        let rounded = |n: f64| (n * 10_000.0).round() / 10_000.0;
        Some((rounded(self.lat?), rounded(self.lon?)))
    }

    /// The answers that may be public.
    pub fn answers(&self, province: &Province, lang: Lang) -> Vec<Shown> {
        let mut shown = Answers::of_json(&self.answers).shown(province, &self.category, lang);
        shown.retain(|s| s.public);
        let shield = province.shield().with_own(&self.masked);
        shown.iter_mut().for_each(|s| s.text = shield.hide(&s.text, Writer::Citizen));
        shown
    }
}

/// Every text of people passes here on its way out.
fn for_everybody(core: &Core, rows: Vec<OpenRow>) -> Vec<OpenRow> {
    let province = core.province();
    let hidden = |mut row: OpenRow| {
        let shield = province.shield().with_own(&row.masked);
        for text in [&mut row.title, &mut row.content, &mut row.address] {
            shield.cover(text, Writer::Citizen);
        }
        if let Some(note) = &mut row.note {
            shield.cover(note, Writer::Staff);
        }
        row
    };
    rows.into_iter().map(hidden).collect()
}

/// The same for steps.
fn steps_for_everybody(core: &Core, steps: Vec<StepRow>) -> Vec<StepRow> {
    let province = core.province();
    let hidden = |mut step: StepRow| {
        let writer = if step.actor == "staff" { Writer::Staff } else { Writer::Citizen };
        province.shield().with_own(&step.masked).cover(&mut step.public_note, writer);
        step
    };
    steps.into_iter().map(hidden).collect()
}

/// A page of public reports, the newest first.
pub async fn page(core: &Core, w: &Wanted) -> Result<Vec<OpenRow>, Error> {
    // SQLite would take the queue's index of what is open, and pass over all that is not public.
    let index = match (core.store.engine(), w.codes.is_empty(), w.categories.is_empty()) {
        (Engine::Sqlite, true, true) => " INDEXED BY report_public_time",
        (Engine::Sqlite, true, false) => " INDEXED BY report_public_category",
        _ => "",
    };
    let (most, skip) = (w.most.clamp(1, PAGE_MOST), w.skip.clamp(0, SKIP_MOST));
    const NEWEST: &str = "ORDER BY created_at DESC, seq DESC";
    let mut sql = Sql::new(format!("{ROW} JOIN ("));
    if w.codes.is_empty() {
        let (from, until) = (sql.value(w.from), sql.value(w.until));
        let mut rest = format!(" AND created_at >= {from} AND created_at <= {until}");
        if let Some(open) = w.open {
            rest.push_str(if open { " AND open = TRUE" } else { " AND open = FALSE" });
        }
        let of = |rest: &str| format!("SELECT seq, created_at FROM report{index} WHERE {LISTED}{rest} {NEWEST}");
        // The index has each category by time: the newest of each are at hand, while the newest of several would be looked for among all.
        let each: Vec<String> =
            w.categories.iter().map(|code| format!("{rest} AND category = {}", sql.value(code.clone()))).collect();
        match each.as_slice() {
            [] => sql.push(&format!("{} LIMIT {most} OFFSET {skip}", of(&rest))),
            several => {
                let arms = several
                    .iter()
                    .enumerate()
                    .map(|(n, rest)| format!("SELECT * FROM ({} LIMIT {}) c{n}", of(rest), most + skip));
                let arms: Vec<String> = arms.collect();
                sql.push(&format!(
                    "SELECT seq FROM ({}) found {NEWEST} LIMIT {most} OFFSET {skip}",
                    arms.join(" UNION ALL ")
                ))
            }
        };
    } else {
        sql.push(&format!("SELECT seq FROM report WHERE {PUBLIC}"));
        one_of(&mut sql, "code", &w.codes);
        sql.push(&format!(" {NEWEST} LIMIT {most} OFFSET {skip}"));
    }
    sql.push(") page ON page.seq = r.seq ORDER BY r.created_at DESC, r.seq DESC");
    Ok(for_everybody(core, sql.all(core.store.read()).await?))
}

fn one_of(sql: &mut Sql, column: &str, values: &[String]) {
    if values.is_empty() {
        return;
    }
    let marks: Vec<String> = values.iter().map(|v| sql.value(v.clone())).collect();
    sql.push(&format!(" AND {column} IN ({})", marks.join(", ")));
}

/// Public reports of a time, the oldest first, after the one with this time and number: for files that are written as they go.
pub async fn after(core: &Core, from: (Millis, i64), before: Millis, most: i64) -> Result<Vec<OpenRow>, Error> {
    let rows = Sql::new(format!(
        "{ROW} JOIN (SELECT seq FROM report WHERE {LISTED} AND created_at >= $1 AND (created_at, seq) > ($1, $2) AND created_at < $3
            ORDER BY created_at, seq LIMIT {most}) page ON page.seq = r.seq ORDER BY r.created_at, r.seq"
    ))
    .bind(from.0)
    .bind(from.1)
    .bind(before)
    .all(core.store.read())
    .await?;
    Ok(for_everybody(core, rows))
}

/// When the oldest public report was sent.
pub async fn oldest(core: &Core) -> Result<Option<Millis>, Error> {
    let found = Sql::new(format!("SELECT created_at FROM report WHERE {LISTED} ORDER BY created_at, seq LIMIT 1"));
    Ok(found.scalar(core.store.read()).await?)
}

/// A step in the history of a public report; of a merged one too, so that who copied it learns of that.
#[derive(Debug, Clone, FromRow)]
pub struct StepRow {
    pub id: Uuid,
    pub code: String,
    pub at: Millis,
    pub act: String,
    pub to_state: String,
    pub public_note: String,
    actor: String,
    masked: String,
}

impl StepRow {
    pub fn note(&self) -> String {
        self.public_note.clone()
    }
}

const STEP: &str = "SELECT e.id, r.code, e.at, e.act, e.to_state, e.public_note, e.actor, r.masked
     FROM report_event e JOIN report r ON r.id = e.report_id
     WHERE r.public = TRUE AND r.hidden_why IS NULL AND e.act NOT IN ('note', 'hand_over', 'consult', 'consulted', 'recall', 'hide', 'unhide', 'redact', 'moderate')";

/// Steps of a time, the oldest first. Their ids begin with their time, so that the primary key finds them.
pub async fn steps(core: &Core, w: &Wanted) -> Result<Vec<StepRow>, Error> {
    let mut sql = Sql::new(STEP);
    let (from, until) = (sql.value(floor(w.from)), sql.value(floor(w.until + 1)));
    sql.push(&format!(" AND e.id >= {from} AND e.id < {until}"));
    one_of(&mut sql, "r.code", &w.codes);
    let (most, skip) = (w.most.clamp(1, PAGE_MOST), w.skip.clamp(0, SKIP_MOST));
    sql.push(&format!(" ORDER BY e.id LIMIT {most} OFFSET {skip}"));
    Ok(steps_for_everybody(core, sql.all(core.store.read()).await?))
}

/// The steps of these reports, for their notes.
pub async fn steps_of(core: &Core, codes: &[String]) -> Result<Vec<StepRow>, Error> {
    let mut sql = Sql::new(STEP);
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    one_of(&mut sql, "r.code", codes);
    sql.push(" ORDER BY e.report_id, e.no");
    Ok(steps_for_everybody(core, sql.all(core.store.read()).await?))
}

/// The smallest id of a moment.
fn floor(at: Millis) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(at.max(0) as u64, &[0; 10]).into_uuid()
}

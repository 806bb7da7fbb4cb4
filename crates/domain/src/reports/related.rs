//! Reports that belong to one another: the original and what was merged into it (R5), the whole and its parts (R6).

use super::{
    redact::Writer,
    rows::{EventRow, ReportRow},
    states::{Act, State},
};
use crate::{core::Core, error::Error};
use base::{clock::Millis, ids::Uuid};
use store::{FromRow, Sql};

/// A report beside the one that is read.
#[derive(Debug, Clone, FromRow)]
pub struct Other {
    pub id: Uuid,
    pub code: String,
    /// As everybody may read it.
    pub title: String,
    masked: String,
    pub state: String,
    pub unit: String,
    pub category: String,
    pub due_at: Option<Millis>,
    pub reporter: Option<Uuid>,
    pub public: bool,
    pub hidden_why: Option<String>,
    pub duplicate_of: Option<Uuid>,
    pub parent: Option<Uuid>,
    /// What its unit answered at the end, in public.
    pub result: Option<String>,
}

impl Other {
    pub fn state(&self) -> State {
        State::parse(&self.state).unwrap_or(State::Rejected)
    }

    /// Whether its own page may be linked for this reader.
    pub fn is_open_to(&self, account: Option<Uuid>) -> bool {
        (self.public && self.hidden_why.is_none()) || (account.is_some() && self.reporter == account)
    }
}

/// What belongs to a report; empty for nearly all.
#[derive(Debug, Clone, Default)]
pub struct Related {
    /// The one that goes on.
    pub original: Option<Other>,
    pub merged: Vec<Other>,
    pub whole: Option<Other>,
    pub parts: Vec<Other>,
}

impl Related {
    pub fn is_empty(&self) -> bool {
        self.original.is_none() && self.merged.is_empty() && self.whole.is_none() && self.parts.is_empty()
    }
}

/// Most reports in one list.
const MOST: i64 = 50;

/// One read, and none for a report whose history knows of no other.
pub async fn of(core: &Core, report: &ReportRow, events: &[EventRow]) -> Result<Related, Error> {
    let has = |act: Act| events.iter().any(|e| e.act == act.as_str());
    if report.duplicate_of.is_none() && report.parent.is_none() && !has(Act::Absorb) && !has(Act::Split) {
        return Ok(Related::default());
    }
    let rows: Vec<Other> = Sql::new(format!(
        "SELECT r.id, r.code, coalesce(r.shown_title, r.title) AS title, r.masked, r.state, r.unit, r.category, r.due_at, r.reporter, r.public, r.hidden_why, r.duplicate_of, r.parent,
            (SELECT e.public_note FROM report_event e WHERE e.report_id = r.id AND e.act IN ('resolve', 'reject')
             ORDER BY e.no DESC LIMIT 1) AS result
         FROM report r WHERE r.id IN ($1, $2) OR r.duplicate_of = $3 OR r.parent = $3 ORDER BY r.seq LIMIT {MOST}"
    ))
    .bind(report.duplicate_of.unwrap_or(report.id))
    .bind(report.parent.unwrap_or(report.id))
    .bind(report.id)
    .all(core.store.read())
    .await?;
    let mut related = Related::default();
    let province = core.province();
    let shield = province.shield();
    for mut other in rows {
        let shield = shield.with_own(&other.masked);
        other.title = shield.hide(&other.title, Writer::Citizen);
        other.result = other.result.map(|r| shield.hide(&r, Writer::Staff));
        match () {
            () if other.id == report.id => {}
            () if Some(other.id) == report.duplicate_of => related.original = Some(other),
            () if Some(other.id) == report.parent => related.whole = Some(other),
            () if other.duplicate_of == Some(report.id) => related.merged.push(other),
            () => related.parts.push(other),
        }
    }
    Ok(related)
}

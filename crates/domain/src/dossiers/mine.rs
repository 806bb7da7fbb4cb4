//! «Dịch vụ công của tôi»: the dossiers of who is proven to have the number. Nothing is linked to an account: who loses the number sees none from that
//! moment on, and who gets it sees all.

use super::step::State;
use crate::{
    accounts::{Accounts, Error, linked::facts},
    core::Core,
    error::Error as Shared,
};
use base::{clock::Millis, ids::Uuid, keys::Purpose};
use serde::Serialize;
use store::{ConnectionTrait, FromRow, Sql};

/// Dossiers of a page.
pub const PAGE_SIZE: i64 = 20;
/// Steps that are shown of one.
const STEPS_MOST: i64 = 500;

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    #[default]
    All,
    /// «Hồ sơ đang xử lý»
    Open,
    /// «Hồ sơ đã hoàn thành»
    Over,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub open: i64,
    pub over: i64,
}

/// A dossier.
#[derive(Debug, Clone, FromRow, Serialize)]
pub struct Line {
    pub id: Uuid,
    /// The system that handles it, as people know it.
    pub system: String,
    pub code: String,
    pub procedure_code: String,
    /// Empty: the catalogue no longer names it.
    pub procedure: String,
    /// A national code.
    pub state: i32,
    pub state_at: Millis,
    pub due_at: Option<Millis>,
    /// Empty: none, or its province is connected no more.
    pub link: String,
    /// When the province told it.
    pub told_at: Millis,
}

impl Line {
    /// A row of a release that knew more is still shown.
    pub fn state(&self) -> State {
        State::of_code(self.state).unwrap_or(State::Processing)
    }

    /// Late: nobody has ended it and the promised time is over.
    pub fn is_late(&self, now: Millis) -> bool {
        !self.state().is_over() && self.due_at.is_some_and(|due| due < now)
    }
}

/// A step of its history.
#[derive(Debug, Clone, FromRow, Serialize)]
pub struct Past {
    pub state: i32,
    pub at: Millis,
    pub note: String,
}

impl Past {
    pub fn state(&self) -> State {
        State::of_code(self.state).unwrap_or(State::Processing)
    }
}

/// A dossier with all that happened to it, the newest first.
#[derive(Debug, Clone, Serialize)]
pub struct Whole {
    #[serde(flatten)]
    pub line: Line,
    pub history: Vec<Past>,
}

const LINES: &str = "SELECT d.id, coalesce(c.name, d.client_id) AS system, d.code, d.procedure_code, coalesce(p.name, '') AS procedure, d.state,
    d.state_at, d.due_at, CASE WHEN c.disabled_at IS NULL THEN d.link ELSE '' END AS link, d.told_at
    FROM national_dossier d LEFT JOIN oidc_client c ON c.id = d.client_id LEFT JOIN listed_procedure p ON p.code = d.procedure_code";

/// The rows of a person's own number, by every key that it may be found by; `None`: no number is proven.
pub(crate) async fn own(core: &Core, db: &impl ConnectionTrait, account: Uuid) -> Result<Option<(Sql, String)>, Error> {
    let Some(number) = facts::number_of_person(core, db, account).await? else { return Ok(None) };
    let mut sql = Sql::new("");
    let hashes = core.keys.hashes(Purpose::PersonalNumberIndex, &[number.expose().as_bytes()]);
    let marks: Vec<String> = hashes.into_iter().map(|hash| sql.value(hash.to_vec())).collect();
    Ok(Some((sql, format!("d.number_hash IN ({})", marks.join(", ")))))
}

fn over() -> String {
    let codes: Vec<String> =
        State::ALL.into_iter().filter(|state| state.is_over()).map(|state| state.code().to_string()).collect();
    codes.join(", ")
}

impl Accounts {
    /// Whether somebody is proven to have a number, so that dossiers can be theirs.
    pub async fn has_dossiers_door(&self, account: Uuid) -> Result<bool, Error> {
        Ok(facts::number_of_person(&self.core, self.core.store.read(), account).await?.is_some())
    }

    /// The two counters.
    pub async fn dossier_counts(&self, account: Uuid) -> Result<Counts, Error> {
        #[derive(FromRow)]
        struct Row {
            is_over: i32,
            n: i64,
        }
        let db = self.core.store.read();
        let Some((sql, mine)) = own(&self.core, db, account).await? else { return Ok(Counts::default()) };
        let text = format!(
            "SELECT CASE WHEN d.state IN ({}) THEN 1 ELSE 0 END AS is_over, count(*) AS n FROM national_dossier d WHERE {mine} GROUP BY 1",
            over()
        );
        let rows: Vec<Row> = sql.with_text(text).all(db).await?;
        let of = |is_over: i32| rows.iter().find(|row| row.is_over == is_over).map_or(0, |row| row.n);
        Ok(Counts { open: of(0), over: of(1) })
    }

    /// A page of a person's dossiers, those that changed last first. `page` counts from 0.
    pub async fn dossiers(&self, account: Uuid, which: Which, page: i64) -> Result<Vec<Line>, Error> {
        let db = self.core.store.read();
        let Some((mut sql, mine)) = own(&self.core, db, account).await? else { return Ok(Vec::new()) };
        let only = match which {
            Which::All => String::new(),
            Which::Open => format!(" AND d.state NOT IN ({})", over()),
            Which::Over => format!(" AND d.state IN ({})", over()),
        };
        let (most, skip) = (sql.value(PAGE_SIZE), sql.value(page.clamp(0, 1_000) * PAGE_SIZE));
        let text = format!("{LINES} WHERE {mine}{only} ORDER BY d.state_at DESC, d.id DESC LIMIT {most} OFFSET {skip}");
        Ok(sql.with_text(text).all(db).await?)
    }

    /// The newest that came to a result (đã có kết quả, đã trả kết quả), at most `most`.
    pub async fn dossier_results(&self, account: Uuid, most: i64) -> Result<Vec<Line>, Error> {
        let db = self.core.store.read();
        let Some((mut sql, mine)) = own(&self.core, db, account).await? else { return Ok(Vec::new()) };
        let most = sql.value(most);
        let (done, given) = (State::Processed.code(), State::Returned.code());
        let text = format!(
            "{LINES} WHERE {mine} AND d.state IN ({done}, {given}) ORDER BY d.state_at DESC, d.id DESC LIMIT {most}"
        );
        Ok(sql.with_text(text).all(db).await?)
    }

    /// One of them. Errors: `NotFound`, also for somebody else's.
    pub async fn dossier(&self, account: Uuid, id: Uuid) -> Result<Whole, Error> {
        let db = self.core.store.read();
        let Some((mut sql, mine)) = own(&self.core, db, account).await? else { return Err(Shared::NotFound.into()) };
        let mark = sql.value(id);
        let line: Option<Line> = sql.with_text(format!("{LINES} WHERE {mine} AND d.id = {mark}")).one(db).await?;
        let line = line.ok_or(Shared::NotFound)?;
        let history = history(db, line.id).await?;
        Ok(Whole { line, history })
    }
}

async fn history(db: &impl ConnectionTrait, id: Uuid) -> Result<Vec<Past>, Error> {
    let sql = "SELECT state, at, note FROM national_dossier_event WHERE dossier_id = $1 ORDER BY at DESC, state DESC, event DESC LIMIT $2";
    Ok(Sql::new(sql).bind(id).bind(STEPS_MOST).all(db).await?)
}

/// All of a person's dossiers, for their document (A12).
pub(crate) async fn of_account(core: &Core, account: Uuid, most: i64) -> Result<Vec<Whole>, Error> {
    let db = core.store.read();
    let Some((mut sql, mine)) = own(core, db, account).await? else { return Ok(Vec::new()) };
    let most = sql.value(most);
    let text = format!("{LINES} WHERE {mine} ORDER BY d.state_at DESC, d.id DESC LIMIT {most}");
    let lines: Vec<Line> = sql.with_text(text).all(db).await?;
    let mut all = Vec::with_capacity(lines.len());
    for line in lines {
        let history = history(db, line.id).await?;
        all.push(Whole { line, history });
    }
    Ok(all)
}

//! Reminders (nhắc hạn, R8): before the deadline to who has the report, after it to the unit's leaders too, and a working day later
//! to the superior unit. Each once for each deadline: a moved deadline is another one.

use super::{
    people,
    rows::{self, ReportRow},
};
use crate::{core::Core, error::Error};
use base::{
    calendar::Limit,
    clock::{DAY, Millis},
    code::Code,
    i18n::Lang,
    ids::Uuid,
};
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx};

/// What is told when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Within the next working day.
    Soon,
    /// The deadline has passed.
    Over,
    /// A working day has passed since, and the superior unit learns of it.
    Above,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Soon, Self::Over, Self::Above];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Soon => "soon",
            Self::Over => "over",
            Self::Above => "above",
        }
    }
}

/// How long before its deadline a report is reminded of, and how long after it the superior unit learns of it.
const NOTICE: Limit = Limit::WorkingDays(1);
/// Older ones are nobody's news: the first run over an old database must not fill every inbox.
const OLDEST: Millis = 30 * DAY;
/// Reports of one kind a call: a long pause of the worker does not become a long load.
const AT_ONCE: i64 = 200;

/// Reminds of what is due; returns how many reports.
pub async fn remind(core: &Core) -> Result<usize, Error> {
    let mut reminded = 0;
    for kind in Kind::ALL {
        for id in due(core, kind).await? {
            let (core2, now) = (core.clone(), core.now());
            let told = core.store.write(move |tx: Tx| async move { once(&core2, &tx, id, kind, now).await }).await?;
            reminded += usize::from(told);
        }
    }
    Ok(reminded)
}

async fn due(core: &Core, kind: Kind) -> Result<Vec<Uuid>, Error> {
    let now = core.now();
    let (from, to) = match kind {
        Kind::Soon => (now, core.province().calendar().due_at(now, NOTICE, &[]) + 1),
        Kind::Over | Kind::Above => (now - OLDEST, now),
    };
    let mut ids = Vec::new();
    let found: Vec<Due> = Sql::new(format!(
        "SELECT r.id, r.due_at FROM report r WHERE r.open = TRUE AND r.due_at >= $1 AND r.due_at < $2 AND r.paused_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM report_reminder m WHERE m.report_id = r.id AND m.kind = $3 AND m.due_at = r.due_at)
         ORDER BY r.due_at LIMIT {AT_ONCE}"
    ))
    .bind(from)
    .bind(to)
    .bind(kind.as_str())
    .all(core.store.read())
    .await?;
    let province = core.province();
    for d in found {
        // Late by less than the notice: not yet the superior's matter.
        if kind != Kind::Above || province.calendar().due_at(d.due_at, NOTICE, &[]) <= now {
            ids.push(d.id);
        }
    }
    Ok(ids)
}

#[derive(FromRow)]
struct Due {
    id: Uuid,
    due_at: Millis,
}

async fn once(core: &Core, tx: &Tx, id: Uuid, kind: Kind, now: Millis) -> Result<bool, Error> {
    let Some(report) = rows::by_id(tx, id).await? else { return Ok(false) };
    let Some(due_at) = report.due_at.filter(|_| report.open && report.paused_at.is_none()) else { return Ok(false) };
    let first = Insert::into("report_reminder")
        .set("report_id", id)
        .set("kind", kind.as_str())
        .set("due_at", due_at)
        .set("at", now)
        .or_ignore()
        .exec(tx)
        .await?;
    if first == 0 {
        return Ok(false); // another node was quicker
    }
    let code = Code::parse(&report.code).map_or_else(|_| report.code.clone(), |c| c.to_string());
    for account in people_of(core, tx, &report, kind).await? {
        // No title: it may be changed or hidden later, and a notice would keep it.
        let args = vec![
            ("code", code.clone()),
            ("unit", core.province().unit_name(&report.unit, Lang::VI)),
            ("due", base::show::date_time(due_at)),
        ];
        people::tell(core, tx, account, &format!("notice-desk-{}", kind.as_str()), args, &report.code).await?;
    }
    metrics::counter!("report_reminders_total", "kind" => kind.as_str()).increment(1);
    Ok(true)
}

async fn people_of(core: &Core, tx: &Tx, report: &ReportRow, kind: Kind) -> Result<Vec<Uuid>, Error> {
    let mut accounts = match kind {
        Kind::Soon => people::in_charge(core, tx, report).await?,
        Kind::Over => {
            let mut both = people::in_charge(core, tx, report).await?;
            both.extend(people::leaders(tx, &report.unit).await?);
            both
        }
        Kind::Above => people::superiors(core, tx, &report.unit).await?,
    };
    accounts.sort();
    accounts.dedup();
    Ok(accounts)
}

/// What was told of a report, for its page.
#[derive(Debug, Clone, FromRow)]
pub struct Reminded {
    pub kind: String,
    pub at: Millis,
}

pub async fn of_report(db: &impl ConnectionTrait, report: Uuid) -> Result<Vec<Reminded>, store::Error> {
    Sql::new("SELECT kind, at FROM report_reminder WHERE report_id = $1 ORDER BY at, kind DESC LIMIT 20")
        .bind(report)
        .all(db)
        .await
}

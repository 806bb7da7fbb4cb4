//! Puts the invented rows into an empty database: many rows a statement, indexes made afterwards, one thread that invents while
//! another writes.

use super::rows::{Maker, Report};
use anyhow::Context;
use base::{clock::DAY, ids::Uuid, ids::id_at};
use domain::{
    accounts::hasher::Hasher,
    core::Core,
    reports::tally::{Counted, Sums},
    rights::Role,
};
use std::{collections::HashMap, sync::Arc, time::Instant};
use store::{Engine, Sql, bulk::Filler};
use tokio::sync::mpsc;

/// Citizens with an account.
pub const CITIZENS: usize = 200_000;
/// The password of every invented citizen.
pub const PASSWORD: &str = "muoi hai con ga vang";
/// Reports a statement: 36 columns each, and SQLite takes 32,766 values.
const REPORTS: usize = 800;
const EVENTS: usize = 2_000;
/// Statements a transaction.
const STATEMENTS: usize = 25;

const REPORT: &[&str] = &[
    "id",
    "code",
    "reporter",
    "anonymous",
    "title",
    "content",
    "category",
    "commune",
    "address",
    "lat",
    "lon",
    "cell",
    "state",
    "open",
    "unit",
    "assignee",
    "route",
    "source",
    "created_at",
    "updated_at",
    "state_at",
    "term",
    "due_at",
    "paused_at",
    "resolved_at",
    "closed_at",
    "public",
    "photos",
    "reopened",
    "rating",
    "version",
    "folded",
];
const EVENT: &[&str] = &[
    "id",
    "report_id",
    "no",
    "at",
    "act",
    "from_state",
    "to_state",
    "actor",
    "actor_id",
    "unit",
    "public_note",
    "data",
    "sealed",
];

/// The phone of the n-th citizen.
pub fn phone(n: usize) -> String {
    format!("+8498{n:07}")
}

/// `INSERT INTO table (…) VALUES (…), (…) …` whose values are pushed one by one.
pub(super) struct Many {
    engine: Engine,
    head: String,
    columns: usize,
    full: String,
    most: usize,
    pub sql: Sql,
    rows: usize,
    sent: usize,
}

impl Many {
    pub fn into(engine: Engine, table: &str, columns: &[&str], most: usize) -> Self {
        let head = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
        let full = Self::text(engine, &head, columns.len(), most);
        Self { engine, sql: Sql::new(full.clone()), head, columns: columns.len(), full, most, rows: 0, sent: 0 }
    }

    /// SQLite looks numbered marks up one by one, each time among all: thousands of them take seconds. Plain ones it counts.
    fn text(engine: Engine, head: &str, columns: usize, rows: usize) -> String {
        let mark = |n: usize| if engine == Engine::Sqlite { "?".to_owned() } else { format!("${n}") };
        let mut text = head.to_owned();
        for row in 0..rows {
            let marks: Vec<String> = (1..=columns).map(|n| mark(row * columns + n)).collect();
            text.push_str(if row > 0 { ", (" } else { "(" });
            text.push_str(&marks.join(", "));
            text.push(')');
        }
        text
    }

    /// After all values of a row. Sends when there are enough.
    pub async fn row_done(&mut self, db: &Filler) -> Result<(), store::Error> {
        self.rows += 1;
        if self.rows == self.most {
            let sql = std::mem::replace(&mut self.sql, Sql::new(self.full.clone()));
            self.rows = 0;
            self.sent += 1;
            sql.exec(db).await?;
            if self.sent.is_multiple_of(STATEMENTS) {
                Sql::new("COMMIT").exec(db).await?;
                Sql::new("BEGIN").exec(db).await?;
            }
        }
        Ok(())
    }

    /// The rows that are left.
    pub async fn end(self, db: &Filler) -> Result<(), store::Error> {
        if self.rows > 0 {
            let text = Self::text(self.engine, &self.head, self.columns, self.rows);
            self.sql.with_text(text).exec(db).await?;
        }
        Ok(())
    }
}

/// How many reports a database was filled with, if it was.
pub async fn filled(core: &Core) -> anyhow::Result<Option<usize>> {
    let value: Option<String> =
        Sql::new("SELECT value FROM setting WHERE key = 'bench'").scalar(core.store.read()).await?;
    Ok(value.and_then(|v| v.parse().ok()))
}

/// Fills the database that `core` works on. `say` shows progress.
pub async fn fill(core: &Core, db: Filler, reports: usize, say: impl Fn(String)) -> anyhow::Result<()> {
    let start = Instant::now();
    let now = core.now();
    let mut indexes = Vec::new();
    for table in ["report", "report_event", "account", "report_tally"] {
        indexes.extend(db.drop_indexes(table).await?);
    }
    Sql::new("BEGIN").exec(&db).await?;
    let citizens = Arc::new(citizens(core, &db).await.context("citizens")?);
    let staff = Arc::new(staff(core, &db).await.context("staff")?);
    say(format!("{CITIZENS} accounts, {} units with staff, {} s", staff.len(), start.elapsed().as_secs()));

    let mut maker = Maker::new(core.province(), citizens, staff, reports, now);
    let (sender, mut made) = mpsc::channel::<Vec<Report>>(8);
    let making = tokio::task::spawn_blocking(move || {
        for first in (0..reports).step_by(REPORTS) {
            let some = (first..reports.min(first + REPORTS)).map(|n| maker.make(n)).collect();
            if sender.blocking_send(some).is_err() {
                return; // the writer failed and says why
            }
        }
    });
    let (mut rows, mut events) = (
        Many::into(core.store.engine(), "report", REPORT, REPORTS),
        Many::into(core.store.engine(), "report_event", EVENT, EVENTS),
    );
    let (mut done, mut told) = (0, Instant::now());
    let mut sums = Sums::default();
    while let Some(some) = made.recv().await {
        done += some.len();
        for report in some {
            push_events(&mut events, &report, &db).await?;
            sums.count(&counted(&report));
            push_report(&mut rows, report);
            rows.row_done(&db).await?;
        }
        if told.elapsed().as_secs() >= 10 {
            told = Instant::now();
            say(format!("{done} of {reports} reports, {} s", start.elapsed().as_secs()));
        }
    }
    making.await?;
    rows.end(&db).await?;
    events.end(&db).await?;
    push_sums(core, &db, &sums).await?;
    Sql::new("COMMIT").exec(&db).await?;
    say(format!("{done} reports, {} s; indexes follow", start.elapsed().as_secs()));
    for index in indexes {
        Sql::new(index).exec(&db).await?;
    }
    Sql::new("INSERT INTO setting (key, value, updated_at) VALUES ('bench', $1, $2)")
        .bind(reports.to_string())
        .bind(now)
        .exec(&db)
        .await?;
    db.finish().await?;
    say(format!("filled in {} s", start.elapsed().as_secs()));
    Ok(())
}

fn counted(r: &Report) -> Counted {
    Counted {
        created_at: r.created_at,
        unit: r.route.0.unit.clone(),
        category: r.category.clone(),
        state: r.state.as_str().into(),
        due_at: Some(r.due_at),
        resolved_at: r.resolved_at,
        rating: r.rating,
        duplicate_of: None,
    }
}

/// The figures that the acts of these reports would have added up to.
async fn push_sums(core: &Core, db: &Filler, sums: &Sums) -> Result<(), store::Error> {
    let mut rows = Many::into(core.store.engine(), "report_tally", &Sums::COLUMNS, EVENTS);
    for (key, counts) in sums.lines() {
        let sql = &mut rows.sql;
        sql.value(key.month);
        sql.value(key.unit.clone());
        sql.value(key.category.clone());
        for n in counts {
            sql.value(n);
        }
        sql.value(core.now());
        rows.row_done(db).await?;
    }
    rows.end(db).await
}

fn push_report(rows: &mut Many, r: Report) {
    let sql = &mut rows.sql;
    let version = r.events.len() as i64;
    let reopened = i32::from(r.events.iter().any(|e| e.act == "reopen"));
    sql.value(r.id);
    sql.value(r.code);
    sql.value(r.reporter);
    sql.value(true);
    sql.value(r.title);
    sql.value(r.content);
    sql.value(r.category);
    sql.value(r.commune);
    sql.value(r.address);
    sql.value(r.point.map(|p| p.0));
    sql.value(r.point.map(|p| p.1));
    sql.value(r.point.and_then(|p| base::geo::Point::new(p.0, p.1)).and_then(domain::reports::submit::cell));
    sql.value(r.state.as_str());
    sql.value(r.state.is_open());
    sql.value(r.route.0.unit.clone());
    sql.value(r.assignee);
    sql.value(r.route.1.clone());
    sql.value("web");
    sql.value(r.created_at);
    sql.value(r.state_at);
    sql.value(r.state_at);
    sql.value(r.term);
    sql.value(r.due_at);
    sql.value(r.paused_at);
    sql.value(r.resolved_at);
    sql.value(r.closed_at);
    sql.value(r.public);
    sql.value(0i32);
    sql.value(reopened);
    sql.value(r.rating);
    sql.value(version);
    sql.value(r.folded);
}

async fn push_events(events: &mut Many, r: &Report, db: &Filler) -> Result<(), store::Error> {
    for (n, e) in r.events.iter().enumerate() {
        let sql = &mut events.sql;
        sql.value(e.id);
        sql.value(r.id);
        sql.value(n as i32 + 1);
        sql.value(e.at);
        sql.value(e.act);
        sql.value(e.from);
        sql.value(e.to);
        sql.value(e.actor);
        sql.value(e.actor_id);
        sql.value((e.actor == "staff").then(|| r.route.0.unit.clone()));
        sql.value(e.note);
        sql.value("{}");
        // Two years' worth: sealed long ago. The chain itself is not invented.
        sql.value(true);
        events.row_done(db).await?;
    }
    Ok(())
}

/// Accounts of citizens, oldest first.
async fn citizens(core: &Core, db: &Filler) -> anyhow::Result<Vec<Uuid>> {
    const COLUMNS: &[&str] = &[
        "id",
        "kind",
        "phone",
        "full_name",
        "commune",
        "password_hash",
        "assurance",
        "language",
        "notify_sms",
        "created_at",
        "updated_at",
    ];
    // One hash for all: what a sign-in costs does not depend on it.
    let hasher = Hasher::new(&core.settings, &core.entropy).map_err(|e| anyhow::anyhow!("{e}"))?;
    let hash = hasher.hash(&base::keys::Secret::new(PASSWORD)).await.map_err(|e| anyhow::anyhow!("{e}"))?;
    let province = core.province();
    let mut rows = Many::into(core.store.engine(), "account", COLUMNS, EVENTS);
    let mut ids = Vec::with_capacity(CITIZENS);
    for n in 0..CITIZENS {
        let at = core.now() - 800 * DAY + n as i64 * 1_000;
        let id = id_at(at, &core.entropy);
        ids.push(id);
        let sql = &mut rows.sql;
        sql.value(id);
        sql.value("citizen");
        sql.value(phone(n));
        sql.value(format!("Người Thử {n}"));
        sql.value(province.pack.units[n % province.pack.units.len()].code.clone());
        sql.value(hash.clone());
        sql.value("phone");
        sql.value("vi");
        sql.value(n % 10 == 0);
        sql.value(at);
        sql.value(at);
        rows.row_done(db).await?;
    }
    rows.end(db).await?;
    Ok(ids)
}

/// Two officers and a leader in every unit, and one dispatcher for the province. By unit: its officers.
async fn staff(core: &Core, db: &Filler) -> anyhow::Result<HashMap<String, Vec<Uuid>>> {
    let province = core.province();
    let units = province.pack.units.iter().map(|u| u.code.clone());
    let agencies = province.pack.agencies.iter().map(|a| a.code.clone());
    let mut people: Vec<(String, Role)> = vec![("*".into(), Role::ProvinceOperator)];
    for unit in units.chain(agencies) {
        people.extend([(unit.clone(), Role::Officer), (unit.clone(), Role::Officer), (unit, Role::UnitLeader)]);
    }
    let mut by_unit: HashMap<String, Vec<Uuid>> = HashMap::new();
    let at = core.now() - 800 * DAY;
    for (n, (unit, role)) in people.into_iter().enumerate() {
        let id = id_at(at, &core.entropy);
        Sql::new(
            "INSERT INTO account (id, kind, username, full_name, assurance, language, created_at, updated_at)
             VALUES ($1, 'staff', $2, $3, 'high', 'vi', $4, $4)",
        )
        .bind(id)
        .bind(format!("thu{n}"))
        .bind(format!("Cán bộ Thử {n}"))
        .bind(at)
        .exec(db)
        .await?;
        Sql::new("INSERT INTO staff_role (account_id, unit, role, granted_at) VALUES ($1, $2, $3, $4)")
            .bind(id)
            .bind(unit.clone())
            .bind(role.as_str())
            .bind(at)
            .exec(db)
            .await?;
        if role == Role::Officer {
            by_unit.entry(unit).or_default().push(id);
        }
    }
    Ok(by_unit)
}

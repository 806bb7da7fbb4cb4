//! The figures of the public dashboard (R13): what each report counts for is a pure function of its row, and the transaction of
//! every act adds the difference between before and after. `check` computes everything anew and compares; `rebuild` puts it right.

use super::{
    fresh::{Mark, Turn},
    rows::ReportRow,
    states::State,
};
use crate::{core::Core, error::Error};
use base::{
    clock::{MINUTE, Millis},
    ids::Uuid,
    show,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, RwLock},
};
use store::{ConnectionTrait, Engine, FromRow, Insert, Sql, Tx};

/// What of a report decides what it counts for.
#[derive(Debug, Clone, FromRow)]
pub struct Counted {
    pub created_at: Millis,
    pub unit: String,
    pub category: String,
    pub state: String,
    pub due_at: Option<Millis>,
    pub resolved_at: Option<Millis>,
    pub rating: Option<i32>,
    /// Merged into another report, which is counted.
    pub duplicate_of: Option<Uuid>,
}

const COUNTED: &str = "SELECT created_at, unit, category, state, due_at, resolved_at, rating, duplicate_of FROM report";

impl Counted {
    pub fn of(r: &ReportRow) -> Self {
        Self {
            created_at: r.created_at,
            unit: r.unit.clone(),
            category: r.category.clone(),
            state: r.state.clone(),
            due_at: r.due_at,
            resolved_at: r.resolved_at,
            rating: r.rating,
            duplicate_of: r.duplicate_of,
        }
    }
}

/// A line of the tally: month of sending (202603), unit, category.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub month: i32,
    pub unit: String,
    pub category: String,
}

/// What is counted. What is open is what was received and did not end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub received: i64,
    pub resolved: i64,
    /// Of the resolved: not later than promised.
    pub on_time: i64,
    pub late: i64,
    pub rejected: i64,
    pub withdrawn: i64,
    /// From sending to the result, summed.
    pub minutes: i64,
    pub rated: i64,
    pub stars: i64,
}

impl Counts {
    fn values(&self) -> [i64; 9] {
        [
            self.received,
            self.resolved,
            self.on_time,
            self.late,
            self.rejected,
            self.withdrawn,
            self.minutes,
            self.rated,
            self.stars,
        ]
    }

    fn from_values(v: [i64; 9]) -> Self {
        let [received, resolved, on_time, late, rejected, withdrawn, minutes, rated, stars] = v;
        Self { received, resolved, on_time, late, rejected, withdrawn, minutes, rated, stars }
    }

    pub fn add(&mut self, other: &Self) {
        *self = self.plus(other, 1);
    }

    fn plus(&self, other: &Self, sign: i64) -> Self {
        let (a, b) = (self.values(), other.values());
        Self::from_values(std::array::from_fn(|i| a[i] + sign * b[i]))
    }

    pub fn open(&self) -> i64 {
        self.received - self.resolved - self.rejected - self.withdrawn
    }

    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

/// `202603` in Vietnam.
pub fn month(at: Millis) -> i32 {
    let t = show::local(at);
    i32::from(t.year()) * 100 + i32::from(t.month())
}

/// The month so many before another one: `202601` and 2 give `202511`.
pub fn months_before(month: i32, n: i32) -> i32 {
    let all = month / 100 * 12 + month % 100 - 1 - n;
    all.div_euclid(12) * 100 + all.rem_euclid(12) + 1
}

/// What one report counts for, and where. A merged one counts for nothing: its original does; a part is work of its own.
pub fn contribution(r: &Counted) -> (Key, Counts) {
    let key = Key { month: month(r.created_at), unit: r.unit.clone(), category: r.category.clone() };
    if r.duplicate_of.is_some() {
        return (key, Counts::default());
    }
    let state = State::parse(&r.state).unwrap_or(State::Rejected);
    let mut c = Counts { received: 1, ..Counts::default() };
    match (state, r.resolved_at) {
        (State::Resolved | State::Closed, Some(at)) => {
            c.resolved = 1;
            c.minutes = (at - r.created_at).max(0) / MINUTE;
            match r.due_at {
                Some(due) if at <= due => c.on_time = 1,
                Some(_) => c.late = 1,
                None => {}
            }
        }
        (State::Closed, None) => c.withdrawn = 1,
        (State::Rejected, _) => c.rejected = 1,
        _ => {}
    }
    if let Some(stars) = r.rating {
        c.rated = 1;
        c.stars = i64::from(stars);
    }
    (key, c)
}

/// Sums of many reports: for filling and for checking.
#[derive(Default)]
pub struct Sums(BTreeMap<Key, Counts>);

impl Sums {
    pub fn count(&mut self, r: &Counted) {
        let (key, counts) = contribution(r);
        if !counts.is_zero() {
            self.0.entry(key).or_default().add(&counts);
        }
    }

    pub fn lines(&self) -> impl Iterator<Item = (&Key, [i64; 9])> {
        self.0.iter().map(|(key, counts)| (key, counts.values()))
    }

    /// The columns of a line: the key, the counts in the order of `lines`, the time.
    pub const COLUMNS: [&'static str; 13] = [
        "month",
        "unit",
        "category",
        "received",
        "resolved",
        "on_time",
        "late",
        "rejected",
        "withdrawn",
        "minutes",
        "rated",
        "stars",
        "updated_at",
    ];
}

/// A report was sent.
pub async fn added(tx: &Tx, report: &Counted, now: Millis) -> Result<(), store::Error> {
    let (key, counts) = contribution(report);
    upsert(tx, &key, &counts, now).await
}

/// A report changed: `before` is its row at the beginning of this transaction.
pub async fn changed(tx: &Tx, before: &Counted, id: Uuid, now: Millis) -> Result<(), store::Error> {
    let after: Option<Counted> = Sql::new(format!("{COUNTED} WHERE id = $1")).bind(id).one(tx).await?;
    let mut difference: BTreeMap<Key, Counts> = BTreeMap::new();
    let (key, counts) = contribution(before);
    difference.insert(key, Counts::default().plus(&counts, -1));
    if let Some(after) = after {
        let (key, counts) = contribution(&after);
        difference.entry(key).or_default().add(&counts);
    }
    // In the order of the keys: two transactions that change the same two lines never wait for each other in a circle.
    for (key, counts) in difference.iter().filter(|(_, c)| !c.is_zero()) {
        upsert(tx, key, counts, now).await?;
    }
    Ok(())
}

async fn upsert(tx: &Tx, key: &Key, counts: &Counts, now: Millis) -> Result<(), store::Error> {
    const UPSERT: &str =
        "INSERT INTO report_tally (month, unit, category, received, resolved, on_time, late, rejected, withdrawn,
            minutes, rated, stars, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (month, unit, category) DO UPDATE SET received = report_tally.received + excluded.received,
            resolved = report_tally.resolved + excluded.resolved, on_time = report_tally.on_time + excluded.on_time,
            late = report_tally.late + excluded.late, rejected = report_tally.rejected + excluded.rejected,
            withdrawn = report_tally.withdrawn + excluded.withdrawn, minutes = report_tally.minutes + excluded.minutes,
            rated = report_tally.rated + excluded.rated, stars = report_tally.stars + excluded.stars,
            updated_at = excluded.updated_at";
    let mut sql = Sql::new(UPSERT).bind(key.month).bind(key.unit.clone()).bind(key.category.clone());
    for value in counts.values() {
        sql = sql.bind(value);
    }
    sql.bind(now).exec(tx).await?;
    Ok(())
}

#[derive(FromRow)]
struct Line {
    month: i32,
    unit: String,
    category: String,
    received: i64,
    resolved: i64,
    on_time: i64,
    late: i64,
    rejected: i64,
    withdrawn: i64,
    minutes: i64,
    rated: i64,
    stars: i64,
}

const LINE: &str = "SELECT month, unit, category, received, resolved, on_time, late, rejected, withdrawn, minutes, rated, stars \
     FROM report_tally";

impl Line {
    fn split(self) -> (Key, Counts) {
        let counts = Counts {
            received: self.received,
            resolved: self.resolved,
            on_time: self.on_time,
            late: self.late,
            rejected: self.rejected,
            withdrawn: self.withdrawn,
            minutes: self.minutes,
            rated: self.rated,
            stars: self.stars,
        };
        (Key { month: self.month, unit: self.unit, category: self.category }, counts)
    }
}

const BROKEN: Error = Error::Internal("the figures in memory are broken");

/// The whole tally in memory, as fresh as the question: a year has tens of thousands of lines, and every chart sums them.
#[derive(Default)]
pub struct Tallies {
    turn: Turn,
    book: RwLock<Book>,
}

#[derive(Default)]
struct Book {
    lines: HashMap<Key, Counts>,
    mark: Mark,
    /// Sums as they were asked for, true until a line changes.
    sums: HashMap<Narrow, Arc<Figures>>,
    /// Counts the changes.
    generation: u64,
}

/// More questions than this are not remembered at once.
const SUMS_MOST: usize = 256;

/// What the figures may be narrowed to. Months are of sending: 202603.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Narrow {
    pub from: Option<i32>,
    pub to: Option<i32>,
    pub unit: Option<String>,
    pub category: Option<String>,
}

impl Narrow {
    fn takes(&self, key: &Key) -> bool {
        self.from.is_none_or(|m| key.month >= m)
            && self.to.is_none_or(|m| key.month <= m)
            && self.unit.as_ref().is_none_or(|u| *u == key.unit)
            && self.category.as_ref().is_none_or(|c| *c == key.category)
    }
}

/// Figures by everything a reader asks for.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    pub all: Counts,
    pub by_month: BTreeMap<i32, Counts>,
    pub by_unit: BTreeMap<String, Counts>,
    pub by_category: BTreeMap<String, Counts>,
}

impl Tallies {
    async fn bring_up(&self, core: &Core) -> Result<(), Error> {
        let read = async {
            let now = core.now();
            let since = self.book.read().map_err(|_| BROKEN)?.mark.since(now);
            let lines: Vec<Line> =
                Sql::new(format!("{LINE} WHERE updated_at >= $1")).bind(since).all(core.store.read()).await?;
            let mut book = self.book.write().map_err(|_| BROKEN)?;
            for line in lines {
                let (key, counts) = line.split();
                let is_empty = counts.is_zero();
                let before = if is_empty { book.lines.remove(&key) } else { book.lines.insert(key, counts) };
                if before.unwrap_or_default() != counts {
                    book.generation += 1;
                    book.sums.clear();
                }
            }
            book.mark.done(now);
            Ok(())
        };
        self.turn.take(read).await
    }

    /// The figures of now.
    pub async fn figures(&self, core: &Core, narrow: &Narrow) -> Result<Arc<Figures>, Error> {
        self.bring_up(core).await?;
        let (figures, generation) = {
            let book = self.book.read().map_err(|_| BROKEN)?;
            if let Some(known) = book.sums.get(narrow) {
                return Ok(known.clone());
            }
            (Arc::new(book.sum(narrow)), book.generation)
        };
        let mut book = self.book.write().map_err(|_| BROKEN)?;
        if book.generation == generation && book.sums.len() < SUMS_MOST {
            book.sums.insert(narrow.clone(), figures.clone());
        }
        Ok(figures)
    }

    /// Every line, in the order of months: for the download.
    pub async fn lines(&self, core: &Core, narrow: &Narrow) -> Result<Vec<(Key, Counts)>, Error> {
        self.bring_up(core).await?;
        let book = self.book.read().map_err(|_| BROKEN)?;
        let taken = book.lines.iter().filter(|(key, _)| narrow.takes(key));
        let mut lines: Vec<(Key, Counts)> = taken.map(|(k, c)| (k.clone(), *c)).collect();
        lines.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(lines)
    }
}

impl Book {
    fn sum(&self, narrow: &Narrow) -> Figures {
        let mut figures = Figures::default();
        let (mut units, mut categories): (HashMap<&str, Counts>, HashMap<&str, Counts>) = Default::default();
        for (key, counts) in self.lines.iter().filter(|(key, _)| narrow.takes(key)) {
            figures.all.add(counts);
            figures.by_month.entry(key.month).or_default().add(counts);
            units.entry(&key.unit).or_default().add(counts);
            categories.entry(&key.category).or_default().add(counts);
        }
        let owned = |sums: HashMap<&str, Counts>| sums.into_iter().map(|(k, c)| (k.to_owned(), c)).collect();
        (figures.by_unit, figures.by_category) = (owned(units), owned(categories));
        figures
    }
}

/// Lines of the stored tally that differ from what the reports say. While people work, a report between the two readings may
/// count as one.
pub async fn check(store: &store::Store) -> Result<usize, Error> {
    let counted = recount(store.read(), None).await?;
    let stored: Vec<Line> = Sql::new(LINE).all(store.read()).await?;
    let stored: BTreeMap<Key, Counts> =
        stored.into_iter().map(Line::split).filter(|(_, counts)| !counts.is_zero()).collect();
    let missing = counted.0.iter().filter(|(key, counts)| stored.get(key) != Some(counts)).count();
    Ok(missing + stored.keys().filter(|key| !counted.0.contains_key(key)).count())
}

/// Sums all reports, or those sent between two times, page by page.
async fn recount(db: &impl ConnectionTrait, sent: Option<(Millis, Millis)>) -> Result<Sums, store::Error> {
    struct Row(i64, Counted);
    impl FromRow for Row {
        fn from_row(row: &store::Row, prefix: &'static str) -> Result<Self, store::Error> {
            Ok(Self(row.get(prefix, "seq")?, Counted::from_row(row, prefix)?))
        }
    }
    const PAGE: usize = 5_000;
    let mut sums = Sums::default();
    if let Some((from, to)) = sent {
        let rows: Vec<Counted> = Sql::new(format!("{COUNTED} WHERE created_at >= $1 AND created_at < $2"))
            .bind(from)
            .bind(to)
            .all(db)
            .await?;
        rows.iter().for_each(|r| sums.count(r));
        return Ok(sums);
    }
    let mut last = 0i64;
    loop {
        let text = COUNTED.replacen("SELECT ", "SELECT seq, ", 1);
        let rows: Vec<Row> =
            Sql::new(format!("{text} WHERE seq > $1 ORDER BY seq LIMIT {PAGE}")).bind(last).all(db).await?;
        rows.iter().for_each(|r| sums.count(&r.1));
        match rows.last() {
            Some(row) if rows.len() == PAGE => last = row.0,
            _ => return Ok(sums),
        }
        // SQLite answers on this thread: others get their turn between the pages.
        tokio::task::yield_now().await;
    }
}

/// Computes the tally anew, a month a transaction, while people go on working. Returns how many lines were wrong.
pub async fn rebuild(core: &Core) -> Result<usize, Error> {
    let ends = "SELECT min(created_at) AS first, max(created_at) AS last FROM report";
    #[derive(FromRow)]
    struct Ends {
        first: Option<Millis>,
        last: Option<Millis>,
    }
    let ends: Option<Ends> = Sql::new(ends).one(core.store.read()).await?;
    let Some(Ends { first: Some(first), last: Some(last) }) = ends else { return Ok(0) };
    let (mut at, end) = (month(first), month(last.max(core.now())));
    let mut wrong = 0;
    while at <= end {
        let (this, now, locks) = (at, core.now(), core.store.engine() == Engine::Postgres);
        wrong += core.store.write(move |tx: Tx| rebuild_month(tx, this, now, locks)).await?;
        at = months_before(at, -1);
    }
    Ok(wrong)
}

async fn rebuild_month(tx: Tx, month: i32, now: Millis, locks: bool) -> Result<usize, Error> {
    // Who changed a report and not yet the tally waits here and adds the difference afterwards.
    if locks {
        tx.execute_unprepared("LOCK TABLE report_tally IN EXCLUSIVE MODE").await?;
    }
    let counted = recount(&tx, Some((month_start(month), month_start(months_before(month, -1))))).await?;
    let stored: Vec<Line> = Sql::new(format!("{LINE} WHERE month = $1")).bind(month).all(&tx).await?;
    let stored: BTreeMap<Key, Counts> = stored.into_iter().map(Line::split).collect();
    let mut wrong = 0;
    let zero = Counts::default();
    let keys: std::collections::BTreeSet<&Key> = counted.0.keys().chain(stored.keys()).collect();
    for key in keys {
        let (is, shall) = (stored.get(key).unwrap_or(&zero), counted.0.get(key).unwrap_or(&zero));
        if is != shall {
            wrong += 1;
            upsert(&tx, key, &shall.plus(is, -1), now).await?;
        }
    }
    Ok(wrong)
}

/// The first moment of a month in Vietnam.
pub fn month_start(month: i32) -> Millis {
    let day = jiff::civil::Date::new((month / 100) as i16, (month % 100) as i8, 1);
    day.ok().and_then(|d| d.to_zoned(show::vietnam()).ok()).map_or(0, |t| t.timestamp().as_millisecond())
}

/// Fills the tally of a database that is older than it, once.
pub async fn ensure(core: &Core) -> Result<(), Error> {
    const BUILT: &str = "report-tally-built";
    let built: Option<String> =
        Sql::new("SELECT value FROM setting WHERE key = $1").bind(BUILT).scalar(core.store.read()).await?;
    if built.is_some() {
        return Ok(());
    }
    let lines = rebuild(core).await?;
    tracing::info!(lines, "the public figures were counted");
    let now = core.now();
    core.store
        .write(move |tx: Tx| async move {
            Insert::into("setting")
                .set("key", BUILT)
                .set("value", "1")
                .set("updated_at", now)
                .or_ignore()
                .exec(&tx)
                .await
                .map_err(Error::from)
        })
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::clock::{DAY, HOUR};

    fn report(state: &str, resolved_after: Option<Millis>, rating: Option<i32>) -> Counted {
        let created_at = crate::testing::MONDAY_MORNING;
        Counted {
            created_at,
            unit: "18880".into(),
            category: "ha-tang".into(),
            state: state.into(),
            due_at: Some(created_at + 3 * DAY),
            resolved_at: resolved_after.map(|after| created_at + after),
            rating,
            duplicate_of: None,
        }
    }

    #[test]
    fn r13_a_report_counts_for_what_became_of_it() {
        let of = |state, after, rating| contribution(&report(state, after, rating)).1;
        let received = Counts { received: 1, ..Counts::default() };
        assert_eq!(of("in_progress", None, None), received);
        assert_eq!(of("in_progress", None, None).open(), 1);
        let done = Counts { resolved: 1, on_time: 1, minutes: 120, ..received };
        assert_eq!(of("resolved", Some(2 * HOUR), None), done);
        assert_eq!(of("closed", Some(2 * HOUR), Some(4)), Counts { rated: 1, stars: 4, ..done });
        assert_eq!(of("closed", Some(4 * DAY), None).late, 1);
        assert_eq!(of("closed", None, None), Counts { withdrawn: 1, ..received });
        assert_eq!(of("rejected", None, None), Counts { rejected: 1, ..received });
        assert_eq!(of("rejected", None, None).open(), 0);
        let merged = Counted { duplicate_of: Some(Uuid::nil()), ..report("closed", None, None) };
        assert!(contribution(&merged).1.is_zero(), "R5: the original is counted");
        assert_eq!(contribution(&report("closed", None, None)).0.month, 202_603);
    }

    #[test]
    fn r13_months_are_vietnamese() {
        assert_eq!(month(month_start(202_604)), 202_604);
        assert_eq!(month(month_start(202_604) - 1), 202_603);
        assert_eq!(month_start(202_604), 1_774_976_400_000, "midnight in Hà Nội is 17:00 UTC");
        assert_eq!((months_before(202_602, 3), months_before(202_512, -1)), (202_511, 202_601));
    }
}

//! The staff queue (hàng đợi, R6): one page of reports by filter and order, within the units a person may see.

use super::states::State;
use crate::{
    core::Core,
    error::Error,
    rights::{Officer, Reach, Right},
};
use base::{
    clock::{DAY, Millis},
    fold::fold,
    ids::Uuid,
};
use store::FromRow;
use store::{Engine, Sql};

/// Rows a page.
pub const PAGE: i64 = 50;
/// Pages that can be turned to; beyond that the filter must be narrower.
pub const PAGES: i64 = 20;
/// Counts stop here: «hơn 1.000».
pub const COUNT_MOST: i64 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The nearest deadline first.
    #[default]
    Due,
    Newest,
    Oldest,
}

impl Order {
    pub fn parse(text: &str) -> Self {
        match text {
            "newest" => Self::Newest,
            "oldest" => Self::Oldest,
            _ => Self::Due,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Assignee {
    #[default]
    Any,
    Nobody,
    Account(Uuid),
}

/// What the queue is narrowed to; the default is everything open, nearest deadline first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub state: Option<State>,
    /// `None`: open ones unless a state is chosen; `Some(false)`: the finished ones too.
    pub everything: bool,
    pub category: Option<String>,
    pub commune: Option<String>,
    pub unit: Option<String>,
    pub assignee: Assignee,
    pub overdue: bool,
    /// Somebody marked it as not fit for the public, or a word did; the finished ones too.
    pub flagged: bool,
    /// Due before this time and not over yet.
    pub due_before: Option<Millis>,
    pub from: Option<Millis>,
    pub to: Option<Millis>,
    pub text: String,
    pub order: Order,
    /// From 0.
    pub page: i64,
}

#[derive(Debug, Clone, FromRow)]
pub struct QueueRow {
    pub id: Uuid,
    pub code: String,
    pub title: String,
    pub category: String,
    pub commune: Option<String>,
    pub state: String,
    pub open: bool,
    pub unit: String,
    pub assignee: Option<Uuid>,
    pub assignee_name: Option<String>,
    pub created_at: Millis,
    pub due_at: Option<Millis>,
    pub paused_at: Option<Millis>,
    pub photos: i32,
    pub reopened: i32,
    pub version: i64,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
}

/// The columns of `QueueRow`, from `report r` and the assignee's `account a`.
pub(super) const ROW: &str = "r.id, r.code, coalesce(r.shown_title, r.title) AS title, r.category, r.commune, r.state, r.open, r.unit, \
     r.assignee, a.full_name AS assignee_name, r.created_at, r.due_at, r.paused_at, r.photos, r.reopened, r.version, r.lat, r.lon";

impl QueueRow {
    pub fn state(&self) -> State {
        State::parse(&self.state).unwrap_or(State::Rejected)
    }
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<QueueRow>,
    /// How many match, as far as was counted: to `COUNT_MOST`, and in a search to the end of this page, because counting on
    /// would read what nobody looks at.
    pub total: i64,
    /// There are more than `total`.
    pub more: bool,
}

/// The units whose reports this person sees, or `None` for all. Empty means: sees nothing.
fn scope(core: &Core, officer: &Officer, wanted: Option<&str>) -> Result<Option<Vec<String>>, Error> {
    let province = core.province();
    match officer.reach(Right::ReportSee) {
        Reach::Nowhere => Err(Error::Forbidden),
        Reach::Province => Ok(wanted.map(|unit| province.with_below(&[unit.to_owned()]))),
        Reach::Units(units) => {
            let mine = province.with_below(&units);
            Ok(Some(match wanted {
                None => mine,
                Some(unit) => {
                    province.with_below(&[unit.to_owned()]).into_iter().filter(|u| mine.contains(u)).collect()
                }
            }))
        }
    }
}

/// One page of the queue.
pub async fn page(core: &Core, officer: &Officer, filter: &Filter) -> Result<Page, Error> {
    let Some(found) = page_of(core, officer, filter, Last::Whole).await? else {
        return Ok(Page { rows: Vec::new(), total: 0, more: false });
    };
    // Somebody is in the middle of a word: only then is it a beginning, because reading all words that begin so takes long.
    if found.total == 0 && may_begin(&filter.text) {
        return Ok(page_of(core, officer, filter, Last::Beginning).await?.unwrap_or(found));
    }
    Ok(found)
}

async fn page_of(core: &Core, officer: &Officer, filter: &Filter, last: Last) -> Result<Option<Page>, Error> {
    let Some(conditions) = Conditions::of(core, officer, filter, last)? else { return Ok(None) };
    let offset = filter.page.clamp(0, PAGES - 1) * PAGE;
    if conditions.search.is_some() {
        let mut rows = match core.store.engine() {
            // Its index is asked from the newest on.
            Engine::Sqlite => conditions.rows(core, filter, offset, PAGE + 1, None).await?,
            Engine::Postgres => conditions.rows_from_the_newest(core, filter, offset, PAGE + 1).await?,
        };
        let more = rows.len() > PAGE as usize;
        rows.truncate(PAGE as usize);
        // On a page behind the last one nothing is known but that it is empty.
        let total = if rows.is_empty() { 0 } else { offset + rows.len() as i64 };
        return Ok(Some(Page { rows, total, more }));
    }
    let (rows, total) = conditions.rows_and_count(core, filter, offset).await?;
    Ok(Some(Page { rows, total: total.min(COUNT_MOST), more: total > COUNT_MOST }))
}

/// The first photo of each of these reports that has one: (report, photo).
pub async fn thumbs(core: &Core, rows: &[QueueRow]) -> Result<std::collections::HashMap<Uuid, Uuid>, Error> {
    #[derive(FromRow)]
    struct First {
        report_id: Uuid,
        id: Uuid,
    }
    let with: Vec<Uuid> = rows.iter().filter(|r| r.photos > 0).map(|r| r.id).collect();
    if with.is_empty() {
        return Ok(std::collections::HashMap::new());
    }
    let mut sql =
        Sql::new("SELECT report_id, id FROM report_photo WHERE event_no = 1 AND position = 0 AND report_id IN (");
    let marks: Vec<String> = with.into_iter().map(|id| sql.value(id)).collect();
    sql.push(&marks.join(", "));
    sql.push(")");
    let all: Vec<First> = sql.all(core.store.read()).await?;
    Ok(all.into_iter().map(|f| (f.report_id, f.id)).collect())
}

/// How many match, up to `most`.
pub async fn count(core: &Core, officer: &Officer, filter: &Filter, most: i64) -> Result<i64, Error> {
    let mut found = 0;
    if let Some(conditions) = Conditions::of(core, officer, filter, Last::Whole)? {
        found = conditions.count(core, filter, most).await?;
    }
    if found == 0
        && may_begin(&filter.text)
        && let Some(conditions) = Conditions::of(core, officer, filter, Last::Beginning)?
    {
        found = conditions.count(core, filter, most).await?;
    }
    Ok(found)
}

/// A search on PostgreSQL looks at so many of the newest reports first: a few milliseconds.
const NEWEST: i64 = if cfg!(test) { 20 } else { 2_000 };
/// Fewer hits among them say nothing about how many there are.
const FOUND_LEAST: i64 = 5;
/// What is spread thinner than a page in so many reports is found by the index of words.
const NEWEST_MOST: i64 = if cfg!(test) { 100 } else { 40_000 };

/// How the last word of a search is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    Whole,
    Beginning,
}

/// Letters from which on a last word may be the beginning of one; fewer begin half of all words.
const BEGINNING_LEAST: usize = 3;

pub(super) fn may_begin(text: &str) -> bool {
    words(text).last().is_some_and(|w| w.len() >= BEGINNING_LEAST)
}

fn words(text: &str) -> Vec<String> {
    no_marks(fold(text)).split(' ').filter(|w| !w.is_empty()).take(8).map(str::to_owned).collect()
}

/// A window of this many days or less is found by creation time first.
const NARROW_DAYS: i64 = 60;

/// Conditions over `report r`, written into a statement as often as needed.
pub(super) struct Conditions {
    all: Vec<Condition>,
    /// What the search index is asked.
    search: Option<String>,
    /// Open ones only, finished ones only, or both.
    open: Option<bool>,
    by_unit: bool,
}

struct Condition {
    text: String,
    values: Vec<store::Value>,
    /// The search text has it as a word: a search needs no look at the row.
    is_word: bool,
}

impl Conditions {
    /// `None`: nothing can match.
    pub(super) fn of(core: &Core, officer: &Officer, f: &Filter, last: Last) -> Result<Option<Self>, Error> {
        let units = scope(core, officer, f.unit.as_deref())?;
        if units.as_ref().is_some_and(Vec::is_empty) {
            return Ok(None);
        }
        let words = words(&f.text);
        let open = match f.state {
            Some(state) => Some(state.is_open()),
            None if f.overdue || f.due_before.is_some() => Some(true),
            None if f.flagged => None,
            None if !f.everything && words.is_empty() => Some(true),
            None => None,
        };
        let mut all: Vec<Condition> = Vec::new();
        let mut add = |is_word: bool, text: &str, values: Vec<store::Value>| {
            all.push(Condition { text: text.to_owned(), values, is_word });
        };
        if let Some(units) = &units {
            let values = units.iter().map(|u| u.clone().into()).collect();
            match units.len() {
                1 => add(true, "r.unit = ?", values),
                n => add(true, &format!("r.unit IN ({})", vec!["?"; n].join(", ")), values),
            }
        }
        // Written out, not bound: a planner that knows the value knows how many rows have it.
        if let Some(open) = open {
            // Only what is open has a word for it; `state` has one for each.
            add(open || f.state.is_some(), if open { "r.open = TRUE" } else { "r.open = FALSE" }, vec![]);
        }
        if let Some(state) = f.state {
            add(true, &format!("r.state = '{}'", state.as_str()), vec![]);
        }
        if let Some(category) = &f.category {
            add(true, "r.category = ?", vec![category.clone().into()]);
        }
        if let Some(commune) = &f.commune {
            add(true, "r.commune = ?", vec![commune.clone().into()]);
        }
        match f.assignee {
            Assignee::Any => {}
            Assignee::Nobody => add(false, "r.assignee IS NULL", vec![]),
            Assignee::Account(id) => add(false, "r.assignee = ?", vec![id.into()]),
        }
        let now = core.now();
        if f.overdue {
            add(false, "r.due_at < ? AND r.paused_at IS NULL", vec![now.into()]);
        }
        if let Some(before) = f.due_before {
            add(false, "r.due_at >= ? AND r.due_at < ? AND r.paused_at IS NULL", vec![now.into(), before.into()]);
        }
        if f.flagged {
            add(false, "r.flags > 0", vec![]);
        }
        if let Some(from) = f.from {
            add(false, "r.created_at >= ?", vec![from.into()]);
        }
        if let Some(to) = f.to {
            add(false, "r.created_at < ?", vec![to.into()]);
        }
        let search = (!words.is_empty()).then(|| search(core.store.engine(), &words, last, units.as_deref(), f, open));
        Ok(Some(Self { all, search, open, by_unit: units.is_some() }))
    }

    pub(super) fn order(&self, f: &Filter) -> &'static str {
        match (f.order, f.text.trim().is_empty()) {
            // What is finished has no deadline any more: it comes after.
            (Order::Due, true) if self.open.is_none() => "r.open DESC, r.due_at, r.seq",
            (Order::Due, true) => "r.due_at, r.seq",
            (Order::Oldest, true) => "r.created_at, r.seq",
            (Order::Newest, true) => "r.created_at DESC, r.seq DESC",
            // A search walks its index from the newest: any other order would have to read every hit first.
            (_, false) => "r.seq DESC",
        }
    }

    /// The index that finds these rows in this order, or few enough to put in order. SQLite is told, because without fresh
    /// statistics it would guess, and a wrong guess reads a million rows; PostgreSQL knows how the values are spread.
    pub(super) fn index(&self, f: &Filter, order: Order) -> &'static str {
        let is_open = self.open == Some(true);
        let by_due = order == Order::Due || f.overdue || f.due_before.is_some();
        let is_narrow =
            f.from.is_some_and(|from| f.to.unwrap_or(Millis::MAX).saturating_sub(from) <= NARROW_DAYS * DAY);
        match () {
            // Few are marked at a time.
            () if f.flagged => "report_flagged",
            () if matches!(f.assignee, Assignee::Account(_)) => "report_assignee",
            // Only the last days' reports wait for an opinion.
            () if f.state == Some(State::Resolved) && order == Order::Due => "report_state_due",
            () if self.by_unit && (by_due || is_open) => "report_unit_due",
            () if self.by_unit => "report_unit_created",
            () if f.commune.is_some() && (by_due || is_open) => "report_commune_due",
            () if f.commune.is_some() => "report_commune_created",
            () if f.category.is_some() && (by_due || is_open) => "report_category_due",
            () if f.category.is_some() => "report_category_created",
            () if self.open.is_some() && (is_narrow || !by_due) => "report_open_created",
            () if is_narrow || !by_due => "report_created",
            () if f.state.is_some() => "report_state_due",
            () => "report_open_due",
        }
    }

    /// Rows of the list in its order. `after`: only reports whose number is larger.
    async fn rows(
        &self,
        core: &Core,
        f: &Filter,
        offset: i64,
        most: i64,
        after: Option<i64>,
    ) -> Result<Vec<QueueRow>, store::Error> {
        let mut sql = Sql::new(format!("SELECT {ROW} FROM ("));
        self.write_rows(&mut sql, core.store.engine(), f, offset, most, after);
        sql.all(core.store.read()).await
    }

    /// One page and how many there are, in one statement: a second one costs as much as most pages.
    async fn rows_and_count(&self, core: &Core, f: &Filter, offset: i64) -> Result<(Vec<QueueRow>, i64), store::Error> {
        struct Counted(QueueRow, i64);
        impl FromRow for Counted {
            fn from_row(row: &store::Row, prefix: &'static str) -> Result<Self, store::Error> {
                Ok(Self(QueueRow::from_row(row, prefix)?, row.get(prefix, "total")?))
            }
        }
        let mut sql = Sql::new(format!("SELECT {ROW}, ("));
        self.write_count(&mut sql, core.store.engine(), f, COUNT_MOST + 1);
        sql.push(") AS total FROM (");
        self.write_rows(&mut sql, core.store.engine(), f, offset, PAGE, None);
        let rows: Vec<Counted> = sql.all(core.store.read()).await?;
        let total = match rows.first() {
            Some(Counted(_, total)) => *total,
            None if offset == 0 => 0,
            // Behind the last page no row tells it.
            None => self.count(core, f, COUNT_MOST + 1).await?,
        };
        Ok((rows.into_iter().map(|Counted(row, _)| row).collect(), total))
    }

    /// What follows `SELECT … FROM (`. Which rows is decided in the index; only these are read whole.
    fn write_rows(&self, sql: &mut Sql, engine: Engine, f: &Filter, offset: i64, most: i64, after: Option<i64>) {
        let order = self.order(f);
        self.write_after(sql, engine, "SELECT r.seq", self.index(f, f.order), after);
        sql.push(&format!(
            " ORDER BY {order} LIMIT {most} OFFSET {offset}) k JOIN report r ON r.seq = k.seq
             LEFT JOIN account a ON a.id = r.assignee ORDER BY {order}"
        ));
    }

    /// The rows of a search on PostgreSQL: the newest reports are asked first, and what they answer says how far to look. The
    /// planner alone expects words that come together to meet by chance, and reads whole lists to find fifty (docs/adr/0015).
    async fn rows_from_the_newest(
        &self,
        core: &Core,
        f: &Filter,
        offset: i64,
        most: i64,
    ) -> Result<Vec<QueueRow>, store::Error> {
        let newest = Sql::new("SELECT max(seq) FROM report").scalar::<Option<i64>>(core.store.read()).await?.flatten();
        let Some(newest) = newest else { return Ok(Vec::new()) };
        let wanted = offset + most;
        let mut looked = NEWEST;
        loop {
            // From the first row on: how many there are is the measure.
            let mut rows = self.rows(core, f, 0, wanted, Some(newest - looked)).await?;
            let found = rows.len() as i64;
            if found == wanted || newest <= looked {
                return Ok(rows.split_off(rows.len().min(offset as usize)));
            }
            // Half as much again as would do if all were as these.
            let enough = looked.saturating_mul(wanted) / found.max(1) * 3 / 2;
            if found < FOUND_LEAST || enough > NEWEST_MOST || looked > NEWEST {
                return self.rows(core, f, offset, most, None).await;
            }
            looked = enough;
        }
    }

    /// `select FROM … WHERE …`.
    pub(super) fn write(&self, sql: &mut Sql, engine: Engine, select: &str, index: &str) {
        self.write_after(sql, engine, select, index, None);
    }

    /// The same; on PostgreSQL a search can be kept to the reports whose number is larger than `after`.
    fn write_after(&self, sql: &mut Sql, engine: Engine, select: &str, index: &str, after: Option<i64>) {
        sql.push(select);
        let mut joint = " WHERE ";
        let is_whole = self.all.iter().all(|c| c.is_word);
        match (&self.search, engine) {
            (Some(query), Engine::Sqlite) => {
                // The search knows the numbers; rows are looked at only for what it does not know. CROSS keeps SQLite from
                // turning the two around.
                sql.push(if is_whole {
                    " FROM (SELECT rowid AS seq FROM report_search WHERE report_search MATCH "
                } else {
                    " FROM report_search f CROSS JOIN report r ON r.seq = f.rowid WHERE f.report_search MATCH "
                });
                let mark = sql.value(query.clone());
                sql.push(&mark);
                if is_whole {
                    // The newest first without sorting: the order outside is the same, and SQLite sees that.
                    sql.push(") r");
                    return;
                }
                joint = " AND ";
            }
            (Some(query), Engine::Postgres) => {
                // OFFSET 0 keeps the planner from asking the index of words after all: it walks from the newest and stops when it has enough.
                let from = after.map(|after| {
                    let mark = sql.value(after);
                    format!("(SELECT * FROM report WHERE seq > {mark} ORDER BY seq DESC OFFSET 0)")
                });
                let (from, mark) = (from.as_deref().unwrap_or("report"), sql.value(query.clone()));
                sql.push(&format!(" FROM {from} r WHERE r.words @@ to_tsquery('simple', {mark})"));
                joint = " AND ";
            }
            (None, Engine::Sqlite) => _ = sql.push(&format!(" FROM report r INDEXED BY {index}")),
            (None, Engine::Postgres) => _ = sql.push(" FROM report r"),
        }
        for condition in self.all.iter().filter(|c| self.search.is_none() || !c.is_word) {
            let mut text = condition.text.clone();
            for value in &condition.values {
                let mark = sql.value(value.clone());
                text = text.replacen('?', &mark, 1);
            }
            sql.push(joint);
            sql.push(&text);
            joint = " AND ";
        }
    }

    async fn count(&self, core: &Core, f: &Filter, most: i64) -> Result<i64, store::Error> {
        let mut sql = Sql::new("");
        self.write_count(&mut sql, core.store.engine(), f, most);
        Ok(sql.scalar::<i64>(core.store.read()).await?.unwrap_or(0))
    }

    /// `SELECT count(*) …` up to `most`.
    fn write_count(&self, sql: &mut Sql, engine: Engine, f: &Filter, most: i64) {
        // The order does not matter, so take what answers from the index alone: the created ones hold the category.
        let order =
            if self.open.is_none() && (self.by_unit || f.commune.is_some()) { Order::Newest } else { Order::Due };
        sql.push("SELECT count(*) FROM (");
        self.write(sql, engine, "SELECT 1", self.index(f, order));
        sql.push(&format!(" LIMIT {most}) x"));
    }
}

/// All words, and every condition that is a word of the search text too, so that the index finds all of it at once.
fn search(
    engine: Engine,
    words: &[String],
    last: Last,
    units: Option<&[String]>,
    f: &Filter,
    open: Option<bool>,
) -> String {
    let (and, or, begins) = if engine == Engine::Sqlite { (" AND ", " OR ", "*") } else { (" & ", " | ", ":*") };
    let quoted = |w: &str| if engine == Engine::Sqlite { format!("\"{w}\"") } else { w.to_owned() };
    let mut all: Vec<String> = words.iter().map(|w| quoted(w)).collect();
    if let (Last::Beginning, Some(word)) = (last, all.last_mut()) {
        word.push_str(begins);
    }
    all.extend(f.category.iter().map(|c| quoted(&mark("zc", c))));
    all.extend(f.commune.iter().map(|c| quoted(&mark("zx", c))));
    all.extend(f.state.map(|state| quoted(&mark("zs", state.as_str()))));
    if open == Some(true) && f.state.is_none() {
        all.push(quoted(OPEN));
    }
    if let Some(units) = units {
        let units: Vec<String> = units.iter().map(|u| quoted(&mark("zz", u))).collect();
        all.push(format!("({})", units.join(or)));
    }
    all.join(and)
}

/// The word of a report that is open.
const OPEN: &str = "zzzmo";

/// A unit, category or commune as one word of the search text that nobody types.
fn mark(kind: &str, code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{kind}{}", plain.to_lowercase())
}

/// Folded words of people are never such words: `zzzmo` becomes `z z zmo`, in texts as in searches.
fn no_marks(folded: String) -> String {
    let is_mark = |word: &str| matches!(word.as_bytes(), [b'z', b'z' | b'c' | b'x' | b's', ..]);
    if !folded.split(' ').any(is_mark) {
        return folded;
    }
    let mut out = String::with_capacity(folded.len() + 8);
    for mut word in folded.split(' ') {
        while is_mark(word) {
            out.push_str("z ");
            word = &word[1..];
        }
        out.push_str(word);
        out.push(' ');
    }
    out.truncate(out.trim_end().len());
    out
}

/// What the search text is made of.
#[derive(Debug, Clone, Copy)]
pub struct Searched<'a> {
    pub title: &'a str,
    pub content: &'a str,
    pub address: &'a str,
    pub code: &'a str,
    pub unit: &'a str,
    pub category: &'a str,
    pub commune: Option<&'a str>,
    pub state: State,
}

/// Everything people see of a report, folded; and as words of their own what the queue is narrowed by most.
pub fn search_text(s: &Searched<'_>) -> String {
    let mut text = no_marks(fold(&format!("{} {} {} {}", s.title, s.content, s.address, s.code)));
    let marks = [Some(mark("zz", s.unit)), Some(mark("zc", s.category)), s.commune.map(|c| mark("zx", c))];
    for word in marks.into_iter().flatten() {
        text.push(' ');
        text.push_str(&word);
    }
    text.push(' ');
    text.push_str(&mark("zs", s.state.as_str()));
    if s.state.is_open() {
        text.push(' ');
        text.push_str(OPEN);
    }
    text
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;

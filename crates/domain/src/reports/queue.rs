//! The staff queue (hàng đợi, R6): one page of reports by filter and order, within the units a person may see.

use super::states::State;
use crate::{
    core::Core,
    error::Error,
    rights::{Officer, Reach, Right},
};
use base::{clock::Millis, fold::fold, ids::Uuid};
use sea_orm::FromQueryResult;
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
    /// Due before this time and not over yet.
    pub due_before: Option<Millis>,
    pub from: Option<Millis>,
    pub to: Option<Millis>,
    pub text: String,
    pub order: Order,
    /// From 0.
    pub page: i64,
}

#[derive(Debug, Clone, FromQueryResult)]
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
}

impl QueueRow {
    pub fn state(&self) -> State {
        State::parse(&self.state).unwrap_or(State::Rejected)
    }
}

#[derive(Debug, Clone)]
pub struct Page {
    pub rows: Vec<QueueRow>,
    /// At most `COUNT_MOST` + 1.
    pub total: i64,
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
    let Some(conditions) = conditions(core, officer, filter)? else { return Ok(Page { rows: Vec::new(), total: 0 }) };
    let mut sql = Sql::new(
        "SELECT r.id, r.code, r.title, r.category, r.commune, r.state, r.open, r.unit, r.assignee, a.full_name AS assignee_name,
            r.created_at, r.due_at, r.paused_at, r.photos, r.reopened, r.version
         FROM report r LEFT JOIN account a ON a.id = r.assignee WHERE ",
    );
    conditions.write(&mut sql);
    sql.push(match (filter.order, filter.text.trim().is_empty()) {
        (Order::Due, true) => " ORDER BY r.due_at, r.seq",
        (Order::Oldest, true) => " ORDER BY r.created_at, r.seq",
        (Order::Newest, true) => " ORDER BY r.created_at DESC, r.seq DESC",
        // A search walks its index from the newest: any other order would have to read every hit first.
        (_, false) => " ORDER BY r.seq DESC",
    });
    sql.push(&format!(" LIMIT {PAGE} OFFSET {}", filter.page.clamp(0, PAGES - 1) * PAGE));
    let rows = sql.all(core.store.read());
    let (rows, total) = tokio::try_join!(rows, count_most(core, &conditions, COUNT_MOST + 1))?;
    Ok(Page { rows, total })
}

/// The first photo of each of these reports that has one: (report, photo).
pub async fn thumbs(core: &Core, rows: &[QueueRow]) -> Result<std::collections::HashMap<Uuid, Uuid>, Error> {
    #[derive(FromQueryResult)]
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
    match conditions(core, officer, filter)? {
        Some(conditions) => Ok(count_most(core, &conditions, most).await?),
        None => Ok(0),
    }
}

async fn count_most(core: &Core, conditions: &Conditions, most: i64) -> Result<i64, store::Error> {
    let mut sql = Sql::new("SELECT count(*) FROM (SELECT 1 FROM report r WHERE ");
    conditions.write(&mut sql);
    sql.push(&format!(" LIMIT {most}) x"));
    Ok(sql.scalar::<i64>(core.store.read()).await?.unwrap_or(0))
}

/// Conditions over `report r`, written into a statement as often as needed.
struct Conditions(Vec<(String, Vec<sea_orm::Value>)>);

impl Conditions {
    fn write(&self, sql: &mut Sql) {
        for (i, (text, values)) in self.0.iter().enumerate() {
            let mut text = text.clone();
            for value in values {
                let mark = sql.value(value.clone());
                text = text.replacen('?', &mark, 1);
            }
            sql.push(if i > 0 { " AND " } else { "" });
            sql.push(&text);
        }
    }
}

/// `None`: nothing can match.
fn conditions(core: &Core, officer: &Officer, f: &Filter) -> Result<Option<Conditions>, Error> {
    let units = scope(core, officer, f.unit.as_deref())?;
    if units.as_ref().is_some_and(Vec::is_empty) {
        return Ok(None);
    }
    let mut all: Vec<(String, Vec<sea_orm::Value>)> = Vec::new();
    let words: Vec<String> = fold(&f.text).split(' ').filter(|w| !w.is_empty()).take(8).map(str::to_owned).collect();
    if !words.is_empty() {
        all.push(search(core, &words, units.as_deref()));
    }
    if let Some(units) = &units {
        let marks = vec!["?"; units.len()].join(", ");
        let text = if units.len() == 1 { "r.unit = ?".into() } else { format!("r.unit IN ({marks})") };
        all.push((text, units.iter().map(|u| u.clone().into()).collect()));
    }
    match f.state {
        Some(state) => all.push(("r.state = ?".into(), vec![state.as_str().into()])),
        None if !f.everything && words.is_empty() => all.push(("r.open = ?".into(), vec![true.into()])),
        None => {}
    }
    if let Some(category) = &f.category {
        all.push(("r.category = ?".into(), vec![category.clone().into()]));
    }
    if let Some(commune) = &f.commune {
        all.push(("r.commune = ?".into(), vec![commune.clone().into()]));
    }
    match f.assignee {
        Assignee::Any => {}
        Assignee::Nobody => all.push(("r.assignee IS NULL".into(), vec![])),
        Assignee::Account(id) => all.push(("r.assignee = ?".into(), vec![id.into()])),
    }
    let now = core.now();
    if f.overdue {
        all.push(("r.open = ? AND r.due_at < ? AND r.paused_at IS NULL".into(), vec![true.into(), now.into()]));
    }
    if let Some(before) = f.due_before {
        all.push(("r.due_at >= ? AND r.due_at < ? AND r.paused_at IS NULL".into(), vec![now.into(), before.into()]));
    }
    if let Some(from) = f.from {
        all.push(("r.created_at >= ?".into(), vec![from.into()]));
    }
    if let Some(to) = f.to {
        all.push(("r.created_at < ?".into(), vec![to.into()]));
    }
    if all.is_empty() {
        all.push(("r.seq > ?".into(), vec![0i64.into()]));
    }
    Ok(Some(Conditions(all)))
}

/// All words, the last one as a beginning; the units are part of the search text, so that the index finds both at once.
fn search(core: &Core, words: &[String], units: Option<&[String]>) -> (String, Vec<sea_orm::Value>) {
    let units: Option<Vec<String>> = units.map(|u| u.iter().map(|u| unit_word(u)).collect());
    let last = words.len() - 1;
    if core.store.engine() == Engine::Sqlite {
        let mut query: Vec<String> =
            words.iter().enumerate().map(|(i, w)| format!("\"{w}\"{}", if i == last { "*" } else { "" })).collect();
        if let Some(units) = units {
            query.push(format!("({})", units.join(" OR ")));
        }
        (
            "r.seq IN (SELECT rowid FROM report_search WHERE report_search MATCH ?)".into(),
            vec![query.join(" AND ").into()],
        )
    } else {
        let mut query: Vec<String> =
            words.iter().enumerate().map(|(i, w)| format!("{w}{}", if i == last { ":*" } else { "" })).collect();
        if let Some(units) = units {
            query.push(format!("({})", units.join(" | ")));
        }
        ("to_tsvector('simple', r.folded) @@ to_tsquery('simple', ?)".into(), vec![query.join(" & ").into()])
    }
}

/// A unit as one word of the search text.
fn unit_word(unit: &str) -> String {
    let plain: String = unit.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("zz{}", plain.to_lowercase())
}

/// What is searched: everything people see of a report, folded, and the unit as a word.
pub fn search_text(title: &str, content: &str, address: &str, code: &str, unit: &str) -> String {
    format!("{} {}", fold(&format!("{title} {content} {address} {code}")), unit_word(unit))
}

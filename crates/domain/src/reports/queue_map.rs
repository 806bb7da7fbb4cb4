//! The staff queue as a map (R6): the same rows in the same order as the list, those that have a point. Work is bounded: the map
//! looks at the first ten thousand of the list and gives the first five hundred of them that lie in the box, and says both.

use super::queue::{Conditions, Filter, Last, QueueRow, ROW, may_begin};
use crate::{core::Core, error::Error, packs::Bounds, rights::Officer};
use store::{FromRow, Sql};

/// Reports that one map holds.
pub const MOST: i64 = 500;
/// Rows of the list that the map looks at.
pub const LOOKED: i64 = 10_000;

/// What the map shows of a filter.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// All with a point, in the order of the list; at most `MOST`.
    pub rows: Vec<QueueRow>,
    /// How many match the filter, of the first `LOOKED`.
    pub total: i64,
    /// There are more than `total`: they are not on the map.
    pub more: bool,
    /// Of `total`: in the box.
    pub inside: i64,
    /// Of `total`: without a point.
    pub without: i64,
}

#[derive(Debug, Default, FromRow)]
struct Counted {
    n: i64,
    placed: i64,
    inside: i64,
}

/// The map of a filter, in a box or whole. Only what this officer's list would show. Errors: `Forbidden`.
pub async fn page(core: &Core, officer: &Officer, filter: &Filter, within: Option<&Bounds>) -> Result<Found, Error> {
    let found = page_of(core, officer, filter, within, Last::Whole).await?;
    // As in the list: the last word may be the beginning of one.
    if found.total == 0 && may_begin(&filter.text) {
        return page_of(core, officer, filter, within, Last::Beginning).await;
    }
    Ok(found)
}

async fn page_of(
    core: &Core,
    officer: &Officer,
    filter: &Filter,
    within: Option<&Bounds>,
    last: Last,
) -> Result<Found, Error> {
    let Some(conditions) = Conditions::of(core, officer, filter, last)? else { return Ok(Found::default()) };
    let order = conditions.order(filter);
    let index = conditions.index(filter, filter.order);
    let first = |sql: &mut Sql, most: i64| {
        conditions.write(sql, core.store.engine(), "SELECT r.seq", index);
        sql.push(&format!(" ORDER BY {order} LIMIT {most}"));
    };
    let inside = |sql: &mut Sql| match within {
        None => "r.lat IS NOT NULL".to_owned(),
        Some(b) => {
            let marks: Vec<String> = [b.south, b.north, b.west, b.east].into_iter().map(|v| sql.value(v)).collect();
            format!("r.lat BETWEEN {} AND {} AND r.lon BETWEEN {} AND {}", marks[0], marks[1], marks[2], marks[3])
        }
    };
    let mut count = Sql::new(
        "SELECT count(*) AS n, coalesce(sum(CASE WHEN r.lat IS NULL THEN 0 ELSE 1 END), 0) AS placed, coalesce(sum(CASE WHEN ",
    );
    let condition = inside(&mut count);
    count.push(&condition);
    count.push(" THEN 1 ELSE 0 END), 0) AS inside FROM (");
    first(&mut count, LOOKED);
    count.push(") x JOIN report r ON r.seq = x.seq");

    let mut rows = Sql::new(format!("SELECT {ROW} FROM (SELECT r.seq FROM ("));
    first(&mut rows, LOOKED);
    rows.push(") x JOIN report r ON r.seq = x.seq WHERE ");
    let condition = inside(&mut rows);
    rows.push(&condition);
    rows.push(&format!(
        " ORDER BY {order} LIMIT {MOST}) k JOIN report r ON r.seq = k.seq LEFT JOIN account a ON a.id = r.assignee ORDER BY {order}"
    ));

    let mut beyond = Sql::new("SELECT count(*) FROM (");
    first(&mut beyond, LOOKED + 1);
    beyond.push(") x");

    let db = core.store.read();
    let counted = async { Ok::<_, store::Error>(count.one::<Counted>(db).await?.unwrap_or_default()) };
    let (counted, rows, beyond) = tokio::try_join!(counted, rows.all::<QueueRow>(db), beyond.scalar::<i64>(db))?;
    Ok(Found {
        rows,
        total: counted.n,
        more: beyond.unwrap_or(0) > LOOKED,
        inside: counted.inside,
        without: counted.n - counted.placed,
    })
}

//! «Số liệu» (R13): what was received, what became of it, and how people found it; by month, category and unit. Every chart
//! stands above its table, and everything can be downloaded.

use super::{
    answer::{cached, html},
    reports::{
        filter::{Asked, Choice},
        map::{self, TabLink},
    },
};
use crate::{
    drawing::chart::{self, Column},
    error::Problem,
    forms::Fields,
    middleware::encode,
    page::Page,
    state::Web,
    visit::Visit,
};
use askama::Template;
use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base::{clock::DAY, show};
use domain::reports::tally::{self, Counts, Narrow};

pub fn routes() -> Router<Web> {
    Router::new().route("/so-lieu", get(page)).route("/so-lieu.csv", get(csv))
}

/// Fewer ratings than this say more about a person than about a unit.
const FEWEST_RATINGS: i64 = 3;
/// Units that stand in the table before «Xem thêm».
const FIRST: usize = 12;
/// Months of a chart at most.
const MONTHS: i32 = 36;

/// The filter as the address says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Wanted {
    /// Months back from this one, `0`: all.
    months: i32,
    unit: String,
    category: String,
}

/// Months that can be chosen, with their text keys.
const PERIODS: [(i32, &str); 4] =
    [(12, "figures-12-months"), (3, "figures-3-months"), (24, "figures-24-months"), (0, "figures-all-months")];

impl Wanted {
    fn parse(p: &Page, query: Option<String>) -> Self {
        let f = Fields::parse(query.unwrap_or_default().as_bytes());
        let months = f.get("thang").parse().ok().filter(|n| PERIODS.iter().any(|(m, _)| m == n));
        let one_of = |name: &str, known: &dyn Fn(&str) -> bool| {
            Some(f.get(name)).filter(|v| known(v)).unwrap_or_default().to_owned()
        };
        Self {
            months: months.unwrap_or(PERIODS[0].0),
            unit: one_of("don-vi", &|u| p.province.has_unit(u)),
            category: one_of("loai", &|c| p.province.category(c).is_some()),
        }
    }

    fn narrow(&self, p: &Page) -> Narrow {
        let some = |s: &String| Some(s.clone()).filter(|s| !s.is_empty());
        let now = tally::month(p.now);
        Narrow {
            from: (self.months > 0).then(|| tally::months_before(now, self.months - 1)),
            to: None,
            unit: some(&self.unit),
            category: some(&self.category),
        }
    }

    fn url(&self, page: &str) -> String {
        let months = self.months.to_string();
        let parts: Vec<String> = [("thang", months.as_str()), ("don-vi", &self.unit), ("loai", &self.category)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        format!("{page}?{}", parts.join("&"))
    }
}

/// A row of a table.
struct Row {
    name: String,
    href: String,
    bar: String,
    received: String,
    resolved: String,
    open: String,
    on_time: String,
    time: String,
    stars: String,
}

#[derive(Template)]
#[template(path = "citizen/figures.html")]
struct FiguresPage {
    p: Page,
    tabs: Vec<TabLink>,
    periods: Vec<Choice>,
    units: Vec<Choice>,
    categories: Vec<Choice>,
    all: Row,
    ratings: String,
    chart: String,
    months: Vec<Row>,
    by_category: Vec<Row>,
    by_unit: Vec<Row>,
    more_units: Vec<Row>,
    download: String,
    until: String,
}

/// «Chưa có số liệu» where nothing can be divided by, and never 0 %.
fn on_time(p: &Page, c: &Counts) -> String {
    show::percent(c.on_time, c.on_time + c.late, p.lang()).unwrap_or_else(|| p.t("figures-none").into_owned())
}

fn mean_time(p: &Page, c: &Counts) -> String {
    if c.resolved == 0 {
        return p.t("figures-none").into_owned();
    }
    let minutes = c.minutes / c.resolved;
    let day = DAY / base::clock::MINUTE;
    if minutes >= 2 * day {
        let tenths = (minutes * 10 + day / 2) / day;
        p.t1("figures-days", "n", tenth(p, tenths))
    } else {
        p.tn("figures-hours", (minutes + 30) / 60)
    }
}

fn tenth(p: &Page, tenths: i64) -> String {
    let comma = if p.is_vietnamese() { ',' } else { '.' };
    format!("{}{comma}{}", p.number(tenths / 10), tenths % 10)
}

fn stars(p: &Page, c: &Counts) -> String {
    match c.rated {
        0 => p.t("figures-none").into_owned(),
        n if n < FEWEST_RATINGS => p.t("figures-few").into_owned(),
        n => p.t1("figures-stars", "n", tenth(p, (c.stars * 10 + n / 2) / n)),
    }
}

fn row(p: &Page, name: String, href: String, c: &Counts, most: i64) -> Row {
    Row {
        name,
        href,
        bar: chart::bar(c.received, most),
        received: p.number(c.received),
        resolved: p.number(c.resolved),
        open: p.number(c.open()),
        on_time: on_time(p, c),
        time: mean_time(p, c),
        stars: stars(p, c),
    }
}

/// `3/2026`
fn month_name(month: i32) -> String {
    format!("{}/{}", month % 100, month / 100)
}

async fn page(State(web): State<Web>, RawQuery(query): RawQuery, visit: Visit) -> Result<Response, Problem> {
    let p = visit.page;
    let wanted = Wanted::parse(&p, query);
    let figures = web.core.pictures.tallies.figures(&web.core, &wanted.narrow(&p)).await.map_err(web.problem())?;
    let now = tally::month(p.now);
    // Every month has its place, the empty ones too; «all» begins where the numbers begin.
    let begin = match wanted.months {
        0 => figures.by_month.keys().next().copied().unwrap_or(now).max(tally::months_before(now, MONTHS - 1)),
        n => tally::months_before(now, n - 1),
    };
    let months: Vec<(i32, Counts)> = (0..MONTHS)
        .map(|n| tally::months_before(now, n))
        .take_while(|m| *m >= begin)
        .map(|m| (m, figures.by_month.get(&m).copied().unwrap_or_default()))
        .collect();
    let columns: Vec<Column> =
        months.iter().rev().map(|(m, c)| Column { name: month_name(*m), values: [c.received, c.resolved] }).collect();
    let most = months.iter().map(|(_, c)| c.received).max().unwrap_or(0);
    let (by_category, by_unit) = (sorted(&figures.by_category), sorted(&figures.by_unit));
    let top = |all: &[(&String, &Counts)]| all.first().map_or(0, |(_, c)| c.received);
    let with = |change: &dyn Fn(&mut Wanted)| {
        let mut other = wanted.clone();
        change(&mut other);
        other.url("/so-lieu")
    };
    let mut units: Vec<Row> = by_unit
        .iter()
        .map(|(code, c)| row(&p, p.unit_name(code), with(&|w| w.unit.clone_from(code)), c, top(&by_unit)))
        .collect();
    let more_units = units.split_off(FIRST.min(units.len()));
    let choice = |code: &str, name: String, chosen: &str| Choice { code: code.into(), name, chosen: code == chosen };
    let chosen_months = wanted.months.to_string();
    let page = FiguresPage {
        tabs: map::tabs(&p, "/so-lieu", &Asked::default()),
        periods: PERIODS.iter().map(|(n, key)| choice(&n.to_string(), p.t(key).into_owned(), &chosen_months)).collect(),
        units: unit_choices(&p, &wanted.unit),
        categories: p
            .province
            .pack
            .categories
            .iter()
            .map(|c| choice(&c.code, c.name.get(p.lang()).to_owned(), &wanted.category))
            .collect(),
        all: row(&p, String::new(), String::new(), &figures.all, 0),
        ratings: p.tn("figures-ratings", figures.all.rated),
        chart: chart::columns(&p.t("figures-chart"), &columns, |n| p.number(n)),
        months: months.iter().map(|(m, c)| row(&p, month_name(*m), String::new(), c, most)).collect(),
        by_category: by_category
            .iter()
            .map(|(code, c)| {
                row(&p, p.category_name(code), with(&|w| w.category.clone_from(code)), c, top(&by_category))
            })
            .collect(),
        by_unit: units,
        more_units,
        download: wanted.url("/so-lieu.csv"),
        until: p.long_time(&p.now),
        p,
    };
    html(&page)
}

/// Most received first.
fn sorted(by: &std::collections::BTreeMap<String, Counts>) -> Vec<(&String, &Counts)> {
    let mut all: Vec<(&String, &Counts)> = by.iter().collect();
    all.sort_by_key(|(code, c)| (std::cmp::Reverse(c.received), (*code).clone()));
    all
}

/// Departments; a commune's committee is chosen in the table below, and then stands here too.
fn unit_choices(p: &Page, chosen: &str) -> Vec<Choice> {
    let choice = |code: &str, name: String| Choice { code: code.into(), name, chosen: code == chosen };
    let mut units: Vec<Choice> = p.province.pack.agencies.iter().map(|a| choice(&a.code, a.name.clone())).collect();
    if !chosen.is_empty() && units.iter().all(|u| !u.chosen) {
        units.insert(0, choice(chosen, p.unit_name(chosen)));
    }
    units
}

/// The same as a table for spreadsheets: a line a month, unit and category. The byte order mark tells Excel that it is UTF-8.
async fn csv(State(web): State<Web>, RawQuery(query): RawQuery, visit: Visit) -> Result<Response, Problem> {
    const HEAD: [&str; 14] = [
        "csv-month",
        "csv-unit-code",
        "csv-unit",
        "csv-category-code",
        "csv-category",
        "csv-received",
        "csv-resolved",
        "csv-on-time",
        "csv-late",
        "csv-rejected",
        "csv-withdrawn",
        "csv-minutes",
        "csv-rated",
        "csv-stars",
    ];
    let p = visit.page;
    let wanted = Wanted::parse(&p, query);
    let lines = web.core.pictures.tallies.lines(&web.core, &wanted.narrow(&p)).await.map_err(web.problem())?;
    let mut body = String::from("\u{feff}");
    let head: Vec<String> = HEAD.iter().map(|key| cell(&p.t(key))).collect();
    body.push_str(&head.join(","));
    body.push_str("\r\n");
    for (key, c) in lines {
        let few = c.rated < FEWEST_RATINGS;
        let numbers = [c.received, c.resolved, c.on_time, c.late, c.rejected, c.withdrawn, c.minutes, c.rated];
        let mut cells = vec![
            format!("{}-{:02}", key.month / 100, key.month % 100),
            cell(&key.unit),
            cell(&p.unit_name(&key.unit)),
            cell(&key.category),
            cell(&p.category_name(&key.category)),
        ];
        cells.extend(numbers.map(|n| n.to_string()));
        cells.push(if few { String::new() } else { c.stars.to_string() });
        body.push_str(&cells.join(","));
        body.push_str("\r\n");
    }
    let mut response = cached(body.into_response(), "no-cache");
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    let name = format!("attachment; filename=\"so-lieu-{}.csv\"", tally::month(p.now));
    if let Ok(name) = HeaderValue::from_str(&name) {
        out.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// A cell that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let safe = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if safe.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r13_no_cell_is_a_formula() {
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(cell("@SUM(1)"), "'@SUM(1)");
        assert_eq!(cell("UBND xã A, B"), "\"UBND xã A, B\"");
    }
}

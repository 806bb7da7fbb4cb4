//! The queue (hàng đợi phản ánh, R6): tabs, filters, order, fifty rows a page. The address is the view.

use super::{
    ask::{Ask, Tab},
    narrow::{self, Entry, Link, Narrow, empty, option, options, with},
    shell::{self, Shell, go, html, with_cookie},
    show::{self, Due, Tag},
};
use crate::{cookies, error::Problem, forms::Fields, middleware::encode, page::Page, state::Web, visit::Desk};
use askama::Template;
use axum::{
    Json,
    extract::{RawQuery, State},
    response::Response,
};
use base::ids::Uuid;
use domain::{
    reports::{
        clock::standing_of,
        consult,
        queue::{self, Order, PAGE, PAGES, QueueRow},
        views,
    },
    rights::Right,
};

/// A line of the table.
pub(super) struct Line {
    /// `code:version`: what a bulk action sends back.
    pub pick: String,
    pub code: String,
    pub shown: String,
    pub sent: String,
    pub title: String,
    pub about: String,
    pub unit: String,
    pub assignee: String,
    pub due: Option<Due>,
    pub tag: Tag,
    pub reopened: bool,
    pub photos: i32,
    pub thumb: Option<Uuid>,
}

#[derive(Template)]
#[template(path = "staff/queue.html")]
struct QueuePage {
    p: Page,
    s: Shell,
    ask: Ask,
    title: String,
    n: Narrow,
    by_code: Link,
    by_due: Link,
    lines: Vec<Line>,
    range: String,
    pages: Vec<Link>,
    before: Option<String>,
    after: Option<String>,
    dense: bool,
    density: String,
    news_url: String,
    export: Option<String>,
    may_accept: bool,
    may_route: bool,
    people: Vec<Entry>,
    all_units: Vec<Entry>,
    empty: &'static str,
    empty_do: String,
    query: String,
    view_error: bool,
}

/// Where somebody lands: the queue for those who see reports, else what their role is for.
pub async fn home(desk: Desk) -> Response {
    let has = |right| desk.officer.has(right);
    go(match () {
        () if has(Right::ReportSee) => "/can-bo/phan-anh",
        () if has(Right::StaffManage) => "/can-bo/quan-ly/can-bo",
        () => "/can-bo/toi",
    })
}

pub async fn page(State(web): State<Web>, desk: Desk, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let raw = raw.unwrap_or_default();
    let ask = Ask::parse(&raw);
    let other = Fields::parse(raw.as_bytes());
    // A code in the search box opens that report, however it was typed.
    if let Ok(code) = base::code::Code::parse(&ask.q) {
        let reader = views::Reader::Staff(&desk.officer);
        if views::find(&web.core, code.as_str(), &reader).await.is_ok() {
            return Ok(go(&format!("/can-bo/phan-anh/{}", code.as_str())));
        }
    }
    let filter = ask.filter(&web.core, &desk.officer);
    let found = async {
        if ask.tab == Tab::Asked {
            let rows = consult::queue(&web.core, &desk.officer).await.map_err(web.problem())?;
            return Ok(queue::Page { total: rows.len() as i64, rows, more: false });
        }
        queue::page(&web.core, &desk.officer, &filter).await.map_err(web.problem())
    };
    let (mut s, found) = tokio::try_join!(Shell::load(&web, &desk, "queue"), found)?;
    let thumbs = queue::thumbs(&web.core, &found.rows).await.map_err(web.problem())?;
    let p = desk.page.clone();
    narrow::light(&mut s, &ask);
    let query = ask.query();
    let asked_density = Some(other.get("dong")).filter(|d| matches!(*d, "sat" | "thuong"));
    let kept = cookies::get(&web, &desk.headers, cookies::DENSITY);
    let dense = asked_density.map_or(kept.as_deref() == Some("sat"), |d| d == "sat");
    let lines: Vec<Line> = found.rows.iter().map(|r| line(&p, r, thumbs.get(&r.id).copied())).collect();
    let own = ask.tab != Tab::Asked;
    let (may_accept, may_route) =
        (own && desk.officer.has(Right::ReportAccept), own && desk.officer.has(Right::ReportRoute));
    let unit = if ask.unit.is_empty() { desk.officer.home_unit() } else { &ask.unit };
    let people = if may_route && !lines.is_empty() {
        views::assignees(&web.core, unit).await.map_err(web.problem())?
    } else {
        Vec::new()
    };
    let to_self = with(&ask, |a| a.page = 0);
    let join = if query.is_empty() { "?" } else { "&" };
    let page = QueuePage {
        title: narrow::title(&p, &s),
        n: Narrow::of(&desk, &s, &ask),
        by_code: sort(&p, &ask, "desk-queue-code", &[Order::Newest, Order::Oldest]),
        by_due: sort(&p, &ask, "desk-queue-due", &[Order::Due]),
        range: range(&p, ask.page, lines.len(), &found),
        pages: pages(&ask, found.total + i64::from(found.more)),
        before: (ask.page > 0).then(|| with(&ask, |a| a.page -= 1)),
        after: ((found.total + i64::from(found.more)).min(PAGES * PAGE) > (ask.page + 1) * PAGE)
            .then(|| with(&ask, |a| a.page += 1)),
        dense,
        density: format!("{to_self}{join}dong={}", if dense { "thuong" } else { "sat" }),
        news_url: format!("/can-bo/phan-anh/moi?luc={}&{query}", p.now),
        export: s.may.export.then(|| format!("/can-bo/phan-anh/xuat.xlsx?{query}")),
        may_accept,
        may_route,
        people: people.into_iter().map(|(id, name)| option(id.to_string(), name, "")).collect(),
        all_units: if may_route && !lines.is_empty() { options(shell::all_units(&desk), "") } else { Vec::new() },
        empty: empty(&ask),
        empty_do: format!("{}-do", empty(&ask)),
        lines,
        query,
        view_error: other.get("loi") == "ten",
        ask,
        p,
        s,
    };
    let response = html(&page)?;
    Ok(match asked_density {
        Some(density) => with_cookie(response, cookies::set(&web, cookies::DENSITY, density, Some(365 * 24 * 3600))),
        None => response,
    })
}

/// «Có 5 mục mới»: how many came since the page was made. The list itself never moves.
pub async fn news(
    State(web): State<Web>,
    desk: Desk,
    RawQuery(raw): RawQuery,
) -> Result<Json<serde_json::Value>, Problem> {
    let raw = raw.unwrap_or_default();
    let fields = Fields::parse(raw.as_bytes());
    let since: i64 = fields.get("luc").parse().map_err(|_| Problem::BadRequest)?;
    let mut filter = Ask::parse(&raw).filter(&web.core, &desk.officer);
    filter.from = filter.from.max(Some(since + 1));
    let count = queue::count(&web.core, &desk.officer, &filter, 100).await.map_err(web.problem())?;
    Ok(Json(serde_json::json!({ "count": count })))
}

pub(super) fn line(p: &Page, r: &QueueRow, thumb: Option<Uuid>) -> Line {
    let standing = standing_of(r.due_at.filter(|_| r.open), r.paused_at.is_some(), p.province.calendar(), p.now);
    let commune = p.commune_name(&r.commune);
    let about = [p.category_name(&r.category), commune];
    Line {
        pick: format!("{}:{}", r.code, r.version),
        code: r.code.clone(),
        shown: p.code(&r.code),
        sent: p.date_time(&r.created_at),
        title: r.title.clone(),
        about: about.iter().filter(|s| !s.is_empty()).cloned().collect::<Vec<_>>().join(" · "),
        unit: p.unit_name(&r.unit),
        assignee: r.assignee_name.clone().unwrap_or_default(),
        due: show::due(p, r.due_at.filter(|_| r.open), standing),
        tag: show::tag(p, r.state()),
        reopened: r.reopened > 0 && r.state() != domain::reports::State::Reopened,
        photos: r.photos,
        thumb,
    }
}

/// A column's head: its first order, and the other one when it is in use already.
fn sort(p: &Page, ask: &Ask, key: &str, orders: &[Order]) -> Link {
    let at = orders.iter().position(|o| *o == ask.order);
    let next = orders[at.map_or(0, |at| (at + 1) % orders.len())];
    let sort = match (at, ask.order) {
        (None, _) => "",
        (_, Order::Newest) => "descending",
        _ => "ascending",
    };
    let url = with(ask, |a| {
        a.page = 0;
        a.order = next;
    });
    Link { text: p.t(key).into_owned(), url, here: at.is_some(), sort }
}

fn range(p: &Page, page: i64, rows: usize, found: &queue::Page) -> String {
    let first = page * PAGE + 1;
    let last = page * PAGE + rows as i64;
    let span = format!("{}–{}", p.number(first), p.number(last));
    let key = if found.more { "desk-range-more" } else { "desk-range" };
    p.t2(key, "span", span, "total", p.number(found.total))
}

/// The first, the last, and those around the present page.
fn pages(ask: &Ask, total: i64) -> Vec<Link> {
    let last = ((total.min(PAGES * PAGE) - 1) / PAGE).max(0);
    let near = |n: &i64| *n == 0 || *n == last || (n - ask.page).abs() <= 2;
    let link =
        |n: i64| Link { text: (n + 1).to_string(), url: with(ask, |a| a.page = n), here: n == ask.page, sort: "" };
    if last == 0 { Vec::new() } else { (0..=last).filter(near).map(link).collect() }
}

/// Where a form of the queue comes back to: the list as it was.
pub(super) fn back(query: &str) -> String {
    Ask::parse(query).url()
}

/// As `back`, with the name of a field that was wrong.
pub(super) fn back_wrong(query: &str, field: &str) -> String {
    let url = back(query);
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}loi={}", encode(field))
}

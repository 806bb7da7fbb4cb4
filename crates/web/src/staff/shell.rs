//! What every page of the console is given beside `p`: templates call it `s`. Also the ways to answer.

use super::ask::{Ask, Tab};
use crate::{cookies, error::Problem, state::Web, visit::Desk};
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use base::{i18n::Lang, ids::Uuid};
use domain::{
    reports::{consult, queue, saved_views},
    rights::{Officer, Reach, Right, Role},
};

/// What the navigation shows; what is done is decided by the route table and the services.
#[derive(Debug, Clone, Copy, Default)]
pub struct May {
    pub see: bool,
    pub intake: bool,
    pub export: bool,
    pub people: bool,
    pub rules: bool,
    pub units: bool,
    pub audit: bool,
    pub messages: bool,
    pub block: bool,
    pub texts: bool,
    pub release: bool,
    pub route: bool,
    pub keys: bool,
}

/// How many reports each tab holds; at most `queue::COUNT_MOST` + 1.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub mine: i64,
    pub soon: i64,
    pub overdue: i64,
    pub waiting: i64,
    pub flagged: i64,
    pub all: i64,
    /// Questions of other units.
    pub asked: i64,
}

/// The frame of a page: navigation, search, keys.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The entry of the navigation that is lit.
    pub here: &'static str,
    pub name: String,
    /// Text key of the first role.
    pub role: String,
    /// Where this person works, in words.
    pub unit: String,
    pub keys: bool,
    pub may: May,
    pub counts: Counts,
    pub saved: Vec<saved_views::View>,
    /// Unread lines of the officer's inbox.
    pub unread: i64,
    /// The saved view that is open.
    pub view: Option<Uuid>,
    /// What stands in the search box.
    pub q: String,
    /// Minutes until a session without use ends.
    pub idle_seconds: i64,
}

impl Shell {
    pub async fn load(web: &Web, desk: &Desk, here: &'static str) -> Result<Self, Problem> {
        let officer = &desk.officer;
        let has = |right| officer.has(right);
        let may = May {
            see: has(Right::ReportSee),
            intake: has(Right::ReportIntake),
            export: has(Right::ReportExport),
            people: has(Right::StaffManage),
            rules: has(Right::RulesEdit),
            units: has(Right::UnitsEdit),
            audit: has(Right::AuditRead),
            messages: has(Right::GatewaysSee),
            block: has(Right::AccountBlock),
            texts: has(Right::TextsEdit),
            release: has(Right::NumberRelease),
            // Colleagues are those of a unit; the whole province has none.
            route: has(Right::ReportRoute) && officer.home_unit() != "*",
            keys: has(Right::KeysManage),
        };
        let (counts, saved) = if may.see {
            let counts = counts(web, officer);
            let saved = async { saved_views::list(&web.core, officer.account).await.map_err(web.problem()) };
            tokio::try_join!(counts, saved)?
        } else {
            (Counts::default(), Vec::new())
        };
        let unread = domain::notices::unread(web.core.store.read(), officer.account);
        let unread = unread.await.map_err(|e| web.problem()(e.into()))?;
        let role = officer.grants.first().map_or(Role::Editor, |g| g.role);
        Ok(Self {
            here,
            name: officer.name.clone(),
            role: role_key(role),
            unit: desk.page.unit_name(officer.home_unit()),
            keys: cookies::get(web, &desk.headers, cookies::KEYS).as_deref() != Some("off"),
            may,
            counts,
            saved,
            unread,
            view: None,
            q: String::new(),
            idle_seconds: domain::accounts::Kind::Staff.idle() / 1000,
        })
    }

    /// `128`, or `hơn 1.000` where counting stopped.
    pub fn count(&self, n: &i64, lang: Lang) -> String {
        count(*n, lang)
    }
}

/// A count that was stopped at `COUNT_MOST` says so.
pub fn count(n: i64, lang: Lang) -> String {
    let shown = base::show::number(n.min(queue::COUNT_MOST), lang);
    if n > queue::COUNT_MOST { format!("{shown}+") } else { shown }
}

/// The text of a role.
pub fn role_key(role: Role) -> String {
    format!("role-{}", role.as_str())
}

async fn counts(web: &Web, officer: &Officer) -> Result<Counts, Problem> {
    let of = |tab: Tab| {
        let filter = Ask { tab, ..Ask::default() }.filter(&web.core, officer);
        async move { queue::count(&web.core, officer, &filter, queue::COUNT_MOST + 1).await.map_err(web.problem()) }
    };
    let asked = async { consult::count(&web.core, officer).await.map_err(web.problem()) };
    let (mine, soon, overdue, waiting, flagged, all, asked) = tokio::try_join!(
        of(Tab::Mine),
        of(Tab::Soon),
        of(Tab::Overdue),
        of(Tab::Waiting),
        of(Tab::Flagged),
        of(Tab::All),
        asked
    )?;
    Ok(Counts { mine, soon, overdue, waiting, flagged, all, asked })
}

/// Units that this person may choose from: those of a right and what is below them, as (code, name).
pub fn units_of(desk: &Desk, right: Right) -> Vec<(String, String)> {
    let province = &desk.page.province;
    let codes = match desk.officer.reach(right) {
        Reach::Nowhere => Vec::new(),
        Reach::Units(units) => province.with_below(&units),
        Reach::Province => all_units(desk).into_iter().map(|(code, _)| code).collect(),
    };
    codes.into_iter().map(|code| (code.clone(), desk.page.unit_name(&code))).collect()
}

/// Every unit that can work on reports: agencies first, then the communes' committees.
pub fn all_units(desk: &Desk) -> Vec<(String, String)> {
    let pack = &desk.page.province.pack;
    let agencies = pack.agencies.iter().map(|a| a.code.clone());
    let communes = pack.units.iter().map(|u| u.code.clone());
    agencies.chain(communes).map(|code| (code.clone(), desk.page.unit_name(&code))).collect()
}

/// Communes as (code, name), in the pack's order.
pub fn communes(desk: &Desk) -> Vec<(String, String)> {
    let lang = desk.page.lang();
    desk.page.province.pack.units.iter().map(|u| (u.code.clone(), u.full_name(lang))).collect()
}

pub fn categories(desk: &Desk) -> Vec<(String, String)> {
    let lang = desk.page.lang();
    desk.page.province.pack.categories.iter().map(|c| (c.code.clone(), c.name.get(lang).to_owned())).collect()
}

/// A rendered page.
pub fn html(template: &impl Template) -> Result<Response, Problem> {
    html_as(StatusCode::OK, template)
}

pub fn html_as(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    let body = template.render().map_err(|e| {
        tracing::error!(error = %e, "a template failed");
        Problem::Internal
    })?;
    Ok((status, Html(body)).into_response())
}

/// To another page, after a form.
pub fn go(to: &str) -> Response {
    Redirect::to(to).into_response()
}

/// To another page, which says that it worked. `flash` is a text key that begins with `flash-`.
pub fn go_saying(web: &Web, to: &str, flash: &str) -> Response {
    let mut response = go(to);
    response.headers_mut().append(header::SET_COOKIE, cookies::set(web, cookies::FLASH, flash, Some(60)));
    response
}

pub fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// An answer to save as a file. `name` is ASCII of our own.
pub fn download(name: &str, content_type: &'static str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    let disposition = format!("attachment; filename=\"{name}\"");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// An id in an address; anything else is no such page.
pub fn id(text: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(text).map_err(|_| Problem::NotFound)
}

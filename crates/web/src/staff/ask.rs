//! The address of the queue is its filter: read here, written here, kept as a saved view as it stands.

use crate::{forms::Fields, middleware::encode};
use base::clock::Millis;
use domain::{
    core::Core,
    reports::{
        State,
        queue::{Assignee, Filter, Order},
    },
    rights::Officer,
};
use jiff::civil::Date;

/// The ready-made filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    Mine,
    Soon,
    Overdue,
    Waiting,
    /// Reports of other units that this one is asked about.
    Asked,
    /// Marked by readers or by a word (R11).
    Flagged,
    #[default]
    All,
}

impl Tab {
    pub const ALL: [Self; 7] =
        [Self::Mine, Self::Soon, Self::Overdue, Self::Waiting, Self::Asked, Self::Flagged, Self::All];

    /// As in the address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mine => "cua-toi",
            Self::Soon => "sap-den-han",
            Self::Overdue => "qua-han",
            Self::Waiting => "cho-phan-cong",
            Self::Asked => "duoc-hoi",
            Self::Flagged => "bi-bao",
            Self::All => "tat-ca",
        }
    }

    fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|t| t.as_str() == text).unwrap_or_default()
    }
}

/// How the reports are shown. The address's path, not a part of its query: a saved filter fits both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    #[default]
    List,
    Map,
}

impl Way {
    pub fn path(self) -> &'static str {
        match self {
            Self::List => "/can-bo/phan-anh",
            Self::Map => "/can-bo/phan-anh/ban-do",
        }
    }
}

/// What the address asks for, as typed; codes that do not exist simply match nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    pub way: Way,
    pub tab: Tab,
    pub q: String,
    pub category: String,
    pub commune: String,
    pub unit: String,
    pub state: String,
    pub from: String,
    pub to: String,
    pub order: Order,
    /// The finished ones too.
    pub finished: bool,
    /// From 0.
    pub page: i64,
}

/// Characters of a search that are looked at.
const SEARCH_MOST: usize = 200;

impl Ask {
    pub fn parse(query: &str) -> Self {
        let f = Fields::parse(query.as_bytes());
        let text = |name: &str| f.get(name).trim().chars().take(SEARCH_MOST).collect::<String>();
        Self {
            way: Way::List,
            tab: Tab::parse(f.get("muc")),
            q: text("q"),
            category: text("linh-vuc"),
            commune: text("xa"),
            unit: text("don-vi"),
            state: text("trang-thai"),
            from: text("tu"),
            to: text("den"),
            order: Order::parse(f.get("xep")),
            finished: f.get("xong") == "1",
            page: f.get("trang").parse::<i64>().unwrap_or(1).clamp(1, domain::reports::queue::PAGES) - 1,
        }
    }

    /// The address's query without the page: what a saved view keeps.
    pub fn query(&self) -> String {
        let mut parts = Vec::new();
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                parts.push(format!("{name}={}", encode(value)));
            }
        };
        add("muc", if self.tab == Tab::default() { "" } else { self.tab.as_str() });
        add("q", &self.q);
        add("linh-vuc", &self.category);
        add("xa", &self.commune);
        add("don-vi", &self.unit);
        add("trang-thai", &self.state);
        add("tu", &self.from);
        add("den", &self.to);
        add("xep", if self.order == Order::default() { "" } else { self.order.as_str() });
        add("xong", if self.finished { "1" } else { "" });
        parts.join("&")
    }

    pub fn url(&self) -> String {
        let query = self.query();
        let page = if self.page > 0 { format!("trang={}", self.page + 1) } else { String::new() };
        let all: Vec<&str> = [query.as_str(), page.as_str()].into_iter().filter(|s| !s.is_empty()).collect();
        let path = self.way.path();
        if all.is_empty() { path.into() } else { format!("{path}?{}", all.join("&")) }
    }

    /// Whether anything beyond the tab is narrowed.
    pub fn is_narrowed(&self) -> bool {
        let Self { q, category, commune, unit, state, from, to, finished, .. } = self;
        *finished || [q, category, commune, unit, state, from, to].iter().any(|s| !s.is_empty())
    }

    pub fn filter(&self, core: &Core, officer: &Officer) -> Filter {
        let some = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
        let mut filter = Filter {
            state: State::parse(&self.state),
            everything: self.finished,
            category: some(&self.category),
            commune: some(&self.commune),
            unit: some(&self.unit),
            from: day_start(&self.from, 0),
            to: day_start(&self.to, 1),
            text: self.q.clone(),
            order: self.order,
            page: self.page,
            ..Filter::default()
        };
        match self.tab {
            Tab::Mine => filter.assignee = Assignee::Account(officer.account),
            // Until the end of the next working day: what must be thought of today.
            Tab::Soon => {
                let (now, province) = (core.now(), core.province());
                let limit = base::calendar::Limit::WorkingDays(1);
                filter.due_before = Some(province.calendar().due_at(now, limit, &[]) + 1);
            }
            Tab::Overdue => filter.overdue = true,
            Tab::Waiting => filter.assignee = Assignee::Nobody,
            Tab::Flagged => filter.flagged = true,
            // Has a list of its own: they are in nobody's queue here.
            Tab::Asked | Tab::All => {}
        }
        filter
    }
}

/// `2026-03-30` as the start of that day (or so many days later) in Vietnam; `None` for anything else.
pub fn day_start(text: &str, days: i64) -> Option<Millis> {
    let date: Date = text.parse().ok()?;
    let date = date.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    Some(date.to_zoned(base::show::vietnam()).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6_the_address_of_the_queue_is_read_as_it_is_written() {
        let ask = Ask {
            way: Way::List,
            tab: Tab::Overdue,
            q: "ổ gà & <b>".into(),
            category: "ha-tang".into(),
            commune: "18880".into(),
            unit: "so-xay-dung".into(),
            state: "accepted".into(),
            from: "2026-03-01".into(),
            to: "2026-03-31".into(),
            order: Order::Newest,
            finished: true,
            page: 3,
        };
        let url = ask.url();
        assert_eq!(Ask::parse(url.split_once('?').unwrap().1), ask);
        assert_eq!(Ask::default().url(), "/can-bo/phan-anh");
        let map = Ask { way: Way::Map, page: 0, ..ask.clone() }.url();
        assert_eq!(map, Ask { page: 0, ..ask }.url().replace("/can-bo/phan-anh?", "/can-bo/phan-anh/ban-do?"));
    }

    #[test]
    fn a_day_begins_at_midnight_in_vietnam() {
        assert_eq!(day_start("1970-01-02", 0), Some(17 * 3_600_000));
        assert_eq!(day_start("1970-01-01", 1), Some(17 * 3_600_000));
        assert_eq!(day_start("hôm nay", 0), None);
    }
}

//! What the queue is narrowed to, the same over its list and its map (R6): tabs, filters, what is chosen, and the switch between
//! the two ways to look.

use super::{
    ask::{Ask, Tab, Way},
    shell::{self, Shell},
    show,
};
use crate::{page::Page, visit::Desk};
use domain::{reports::State as ReportState, rights::Right};

/// A link with words.
pub(super) struct Link {
    pub text: String,
    pub url: String,
    pub here: bool,
    /// `ascending`, `descending` or empty.
    pub sort: &'static str,
}

pub(super) struct TabLink {
    pub text: String,
    pub url: String,
    pub here: bool,
    pub late: bool,
    pub count: String,
}

pub(super) struct Entry {
    pub value: String,
    pub text: String,
    pub chosen: bool,
}

/// One of the ways to look at the same reports.
pub(super) struct WayLink {
    pub icon: &'static str,
    pub text: String,
    pub url: String,
    pub here: bool,
}

pub(super) struct Narrow {
    pub action: &'static str,
    pub ways: Vec<WayLink>,
    pub tabs: Vec<TabLink>,
    pub categories: Vec<Entry>,
    pub communes: Vec<Entry>,
    pub states: Vec<Entry>,
    pub units: Vec<Entry>,
    pub chips: Vec<Link>,
    /// The tab without a filter.
    pub clear: String,
}

impl Narrow {
    pub fn of(desk: &Desk, s: &Shell, ask: &Ask) -> Self {
        let p = &desk.page;
        let way = |way: Way, icon, key: &str| WayLink {
            icon,
            text: p.t(key).into_owned(),
            url: Ask { way, page: 0, ..ask.clone() }.url(),
            here: ask.way == way,
        };
        Self {
            action: ask.way.path(),
            ways: vec![way(Way::List, "clipboard-list", "desk-way-list"), way(Way::Map, "map", "desk-way-map")],
            tabs: tabs(p, s, ask),
            categories: options(shell::categories(desk), &ask.category),
            communes: options(shell::communes(desk), &ask.commune),
            states: states(p, ask),
            units: options(shell::units_of(desk, Right::ReportSee), &ask.unit),
            chips: chips(p, ask),
            clear: Ask { way: ask.way, tab: ask.tab, ..Ask::default() }.url(),
        }
    }
}

/// Lights what the navigation has for this filter.
pub(super) fn light(s: &mut Shell, ask: &Ask) {
    s.q.clone_from(&ask.q);
    s.here = match ask.tab {
        _ if ask.is_narrowed() => "queue",
        Tab::Mine => "mine",
        Tab::Overdue => "overdue",
        Tab::Waiting => "waiting",
        Tab::Asked => "asked",
        _ => "queue",
    };
    let query = ask.query();
    s.view = s.saved.iter().find(|v| v.query == query).map(|v| v.id);
}

/// The name of the saved filter that is open, else the queue's.
pub(super) fn title(p: &Page, s: &Shell) -> String {
    let saved = s.saved.iter().find(|v| Some(v.id) == s.view);
    saved.map_or_else(|| p.t("desk-queue-title").into_owned(), |v| v.name.clone())
}

pub(super) fn with(ask: &Ask, change: impl FnOnce(&mut Ask)) -> String {
    let mut ask = ask.clone();
    change(&mut ask);
    ask.url()
}

pub(super) fn option(value: String, text: String, chosen: &str) -> Entry {
    Entry { chosen: value == chosen, value, text }
}

pub(super) fn options(entries: Vec<(String, String)>, chosen: &str) -> Vec<Entry> {
    entries.into_iter().map(|(value, text)| option(value, text, chosen)).collect()
}

fn states(p: &Page, ask: &Ask) -> Vec<Entry> {
    let state = |s: ReportState| (s.as_str().to_owned(), show::tag(p, s).text);
    options(ReportState::ALL.into_iter().map(state).collect(), &ask.state)
}

fn tabs(p: &Page, s: &Shell, ask: &Ask) -> Vec<TabLink> {
    let tab = |tab: Tab| {
        let (key, n) = match tab {
            Tab::Mine => ("desk-tab-mine", s.counts.mine),
            Tab::Soon => ("desk-tab-soon", s.counts.soon),
            Tab::Overdue => ("desk-tab-overdue", s.counts.overdue),
            Tab::Waiting => ("desk-tab-waiting", s.counts.waiting),
            Tab::Asked => ("desk-tab-asked", s.counts.asked),
            Tab::Flagged => ("desk-tab-flagged", s.counts.flagged),
            Tab::All => ("desk-tab-all", s.counts.all),
        };
        TabLink {
            text: p.t(key).into_owned(),
            url: Ask { way: ask.way, tab, ..Ask::default() }.url(),
            here: ask.tab == tab,
            late: tab == Tab::Overdue && n > 0,
            count: shell::count(n, p.lang()),
        }
    };
    // Who is asked nothing needs no place to look for it.
    Tab::ALL.into_iter().filter(|t| *t != Tab::Asked || s.counts.asked > 0 || ask.tab == Tab::Asked).map(tab).collect()
}

/// What the list is narrowed to, each with a link that takes it off.
fn chips(p: &Page, ask: &Ask) -> Vec<Link> {
    let mut chips = Vec::new();
    let mut add = |text: String, change: fn(&mut Ask)| {
        if !text.is_empty() {
            let url = with(ask, |a| {
                a.page = 0;
                change(a);
            });
            chips.push(Link { text, url, here: false, sort: "" });
        }
    };
    let quoted = if ask.q.is_empty() { String::new() } else { format!("«{}»", ask.q) };
    add(quoted, |a| a.q.clear());
    let name = |code: &str, name: String| if code.is_empty() { String::new() } else { name };
    add(name(&ask.category, p.category_name(&ask.category)), |a| a.category.clear());
    let commune = p.commune_name(&Some(ask.commune.clone()));
    add(if commune.is_empty() { ask.commune.clone() } else { commune }, |a| a.commune.clear());
    add(name(&ask.unit, p.unit_name(&ask.unit)), |a| a.unit.clear());
    let state = ReportState::parse(&ask.state).map_or_else(|| ask.state.clone(), |s| show::tag(p, s).text);
    add(state, |a| a.state.clear());
    let day = |key: &str, day: &str| if day.is_empty() { String::new() } else { p.t1(key, "day", shown_day(day)) };
    add(day("desk-chip-from", &ask.from), |a| a.from.clear());
    add(day("desk-chip-to", &ask.to), |a| a.to.clear());
    add(if ask.finished { p.t("desk-chip-finished").into_owned() } else { String::new() }, |a| a.finished = false);
    chips
}

/// `2026-03-30` as `30/03/2026`.
fn shown_day(day: &str) -> String {
    super::ask::day_start(day, 0).map_or_else(|| day.to_owned(), base::show::date)
}

/// What an empty list says.
pub(super) fn empty(ask: &Ask) -> &'static str {
    match ask.tab {
        _ if ask.is_narrowed() => "desk-empty-filter",
        Tab::Mine => "desk-empty-mine",
        Tab::Soon => "desk-empty-soon",
        Tab::Overdue => "desk-empty-overdue",
        Tab::Waiting => "desk-empty-waiting",
        Tab::Asked => "desk-empty-asked",
        Tab::Flagged => "desk-empty-flagged",
        Tab::All => "desk-empty-all",
    }
}

//! «Dịch vụ công của tôi»: the two counters, the list and one dossier with all that happened to it. Read-only: everything is done at the province.

use crate::{
    citizen::{
        accounts::{
            form::{Head, shown},
            keep,
            refusal::Answer,
        },
        answer,
    },
    error::Problem,
    national::payments::{FeeRow, fee_row},
    page::Page,
    state::Web,
    visit::Citizen,
};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use base::ids::Uuid;
use domain::dossiers::{
    State as Stand,
    mine::{self, Counts, Which},
};

pub(crate) const LIST: &str = domain::dossiers::receive::PAGE;

/// Colour and icon of a state; the words say the same.
struct Tag {
    class: &'static str,
    icon: &'static str,
    text: String,
}

fn tag(p: &Page, state: Stand) -> Tag {
    let (class, icon) = match state {
        Stand::New | Stand::Received | Stand::Processing => ("tag--info", "hourglass"),
        Stand::Supplement | Stand::Payment => ("tag--warn", "triangle-alert"),
        Stand::NotReceived | Stand::Stopped => ("tag--bad", "x"),
        Stand::Withdrawn => ("", "info"),
        Stand::Processed | Stand::Returned => ("tag--ok", "circle-check"),
    };
    Tag { class, icon, text: p.t(&format!("dossier-state-{}", state.code())).into_owned() }
}

struct Row {
    href: String,
    name: String,
    tag: Tag,
    system: String,
    code: String,
    when: String,
    due: String,
    is_late: bool,
}

struct Tab {
    href: String,
    text: String,
    here: bool,
}

#[derive(Template)]
#[template(path = "national/dossiers.html")]
struct ListPage {
    p: Page,
    h: Head,
    open: String,
    over: String,
    is_empty: bool,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    /// The address of the next page.
    more: Option<String>,
    /// Somebody whose number is known for sure; without it nothing can be theirs.
    is_known: bool,
}

/// How many are in process and done; nothing for a person whose number is not known.
pub(crate) async fn counted(web: &Web, account: Uuid) -> Result<Counts, Problem> {
    web.accounts.dossier_counts(account).await.map_err(web.account_problem())
}

fn row(p: &Page, one: &mine::Line) -> Row {
    Row {
        href: format!("{LIST}/{}", one.id),
        name: name(p, one),
        tag: tag(p, one.state()),
        system: one.system.clone(),
        code: one.code.clone(),
        when: p.t1("dos-since", "time", p.date_time(&one.state_at)),
        due: due(p, one),
        is_late: one.is_late(p.now),
    }
}

/// What the catalogue calls it, else its code.
pub(crate) fn name(p: &Page, one: &mine::Line) -> String {
    if one.procedure.is_empty() { p.t1("dos-procedure", "code", &one.procedure_code) } else { one.procedure.clone() }
}

/// The promised day; nothing once nobody works on it.
fn due(p: &Page, one: &mine::Line) -> String {
    match one.due_at {
        Some(due) if !one.state().is_over() => {
            p.t1(if one.is_late(p.now) { "dos-late" } else { "dos-due" }, "time", p.date_time(&due))
        }
        _ => String::new(),
    }
}

pub async fn list(State(web): State<Web>, RawQuery(raw): RawQuery, by: Citizen) -> Answer {
    let asked = keep::query(&raw);
    let account = by.signed.account;
    let which = match asked.get("muc") {
        "dang-xu-ly" => Which::Open,
        "hoan-thanh" => Which::Over,
        _ => Which::All,
    };
    let n = asked.get("trang").parse::<i64>().unwrap_or(1).clamp(1, 1_000) - 1;
    let is_known = web.accounts.has_dossiers_door(account).await.map_err(web.account_problem())?;
    let counts = counted(&web, account).await?;
    let lines = web.accounts.dossiers(account, which, n).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "dos-title", "/tai-khoan");
    let tab = |word: &str, of: Which, key: &str| Tab {
        href: if word.is_empty() { LIST.to_owned() } else { format!("{LIST}?muc={word}") },
        text: p.t(key).into_owned(),
        here: which == of,
    };
    let tabs = vec![
        tab("", Which::All, "dos-tab-all"),
        tab("dang-xu-ly", Which::Open, "dos-tab-open"),
        tab("hoan-thanh", Which::Over, "dos-tab-over"),
    ];
    let total = match which {
        Which::All => counts.open + counts.over,
        Which::Open => counts.open,
        Which::Over => counts.over,
    };
    let word = match which {
        Which::All => "",
        Which::Open => "muc=dang-xu-ly&",
        Which::Over => "muc=hoan-thanh&",
    };
    let more = (total > (n + 1) * mine::PAGE_SIZE).then(|| format!("{LIST}?{word}trang={}", n + 2));
    let rows = lines.iter().map(|one| row(&p, one)).collect();
    let (open, over, is_empty) = (p.number(counts.open), p.number(counts.over), counts.open + counts.over == 0);
    shown(&ListPage { open, over, is_empty, tabs, rows, more, is_known, h, p })
}

struct Event {
    tag: Tag,
    when: String,
    iso: String,
    note: String,
}

#[derive(Template)]
#[template(path = "national/dossier.html")]
struct OnePage {
    p: Page,
    h: Head,
    row: Row,
    procedure_code: String,
    is_turn: bool,
    /// The promised day, to be put into a calendar; empty: there is none.
    calendar: String,
    link: String,
    told: String,
    events: Vec<Event>,
    /// What the province asks for in it, due or paid (P2).
    fees: Vec<FeeRow>,
}

pub async fn one(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let whole = web.accounts.dossier(by.signed.account, answer::id(&id)?).await.map_err(web.account_problem())?;
    let fees = web.accounts.fees_of_dossier(by.signed.account, whole.line.id).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let mut h = Head::own(&mut p, "dos-title", LIST);
    let one = &whole.line;
    h.title = name(&p, one);
    let event = |past: &mine::Past| Event {
        tag: tag(&p, past.state()),
        when: p.long_time(&past.at),
        iso: p.iso(&past.at),
        note: past.note.clone(),
    };
    shown(&OnePage {
        row: row(&p, one),
        events: whole.history.iter().map(event).collect(),
        fees: fees.iter().map(|fee| fee_row(&p, fee)).collect(),
        procedure_code: one.procedure_code.clone(),
        is_turn: one.state().is_turn_of_person(),
        calendar: match super::calendar::has_day(one) {
            true => format!("{LIST}/{}/hen-tra.ics", one.id),
            false => String::new(),
        },
        link: one.link.clone(),
        told: p.t2("dos-told", "system", &one.system, "time", p.date_time(&one.told_at)),
        h,
        p,
    })
}

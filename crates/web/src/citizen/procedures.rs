//! Thủ tục hành chính (N10, N14): what the province handles, by name. Dossiers cannot be handed in here yet, and each page says where instead.

use super::{
    accounts::{
        keep::{self, with_cookie},
        raise,
    },
    answer::{cached, html},
};
use crate::{cookies, error::Problem, page::Page, state::Web, visit::Visit};
use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    response::Response,
    routing::get,
};
use base::fold::fold;
use domain::{
    accounts::Assurance,
    levels::{self, Service, Verdict},
    packs::{Procedure, procedures::Level},
};

pub fn routes() -> Router<Web> {
    Router::new().route(LIST, get(list)).route("/thu-tuc/{code}", get(page))
}

pub const LIST: &str = "/thu-tuc";
/// Procedures on one page of the list.
pub const AT_ONCE: usize = 30;

/// The page of a procedure.
pub fn page_of(code: &str) -> String {
    format!("{LIST}/{code}")
}

/// One procedure in a list, here and in the national catalogue.
pub struct Row {
    pub href: String,
    pub name: String,
    pub code: String,
    pub field: String,
    /// One line more; may be empty.
    pub note: String,
}

/// A page of a list: which one, and where the next is.
pub struct Paged {
    pub total: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Paged {
    /// `query`: what is searched for, without the page, as it stands in addresses; `n` counts from 0.
    pub fn new(total: String, query: &str, n: usize, all: usize) -> Self {
        let at = |n: usize| format!("{LIST}?{query}{}trang={}", if query.is_empty() { "" } else { "&" }, n + 1);
        Self { total, before: n.checked_sub(1).map(at), after: ((n + 1) * AT_ONCE < all).then(|| at(n + 1)) }
    }

    /// Which page is asked for, from 0.
    pub fn asked(text: &str) -> usize {
        text.parse::<usize>().unwrap_or(1).clamp(1, 1_000) - 1
    }
}

#[derive(Template)]
#[template(path = "citizen/procedures.html")]
struct ListPage {
    p: Page,
    typed: String,
    rows: Vec<Row>,
    paged: Paged,
}

#[derive(Template)]
#[template(path = "citizen/procedure.html")]
struct ProcedurePage {
    p: Page,
    name: String,
    code: String,
    field: String,
    is_commune: bool,
    is_unconfirmed: bool,
    /// Which account handing it in online takes (A13).
    needs: String,
    /// That is more than every account has.
    is_sure: bool,
    /// Who is signed in; whether the account is enough, and how surely it is known.
    who: Option<String>,
    is_enough: bool,
    has: String,
    /// To what raises the account, or for somebody who is not signed in to the door; empty for who acts for another person.
    on: String,
    /// The commune's committee that handles it, where the person's commune is known.
    office: String,
}

fn is_wanted(one: &Procedure, words: &[String]) -> bool {
    let text = format!("{} {} {}", fold(&one.code), fold(&one.name), fold(&one.field));
    words.iter().all(|word| text.contains(word.as_str()))
}

async fn list(RawQuery(raw): RawQuery, visit: Visit) -> Result<Response, Problem> {
    let p = visit.page;
    let asked = keep::query(&raw);
    let typed: String = asked.get("q").trim().chars().take(100).collect();
    let words: Vec<String> = fold(&typed).split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect();
    let found: Vec<&Procedure> = p.province.pack.procedures.iter().filter(|one| is_wanted(one, &words)).collect();
    let n = Paged::asked(asked.get("trang"));
    let query = if typed.is_empty() { String::new() } else { format!("q={}", crate::middleware::encode(&typed)) };
    let paged = Paged::new(p.tn("proc-found", found.len() as i64), &query, n, found.len());
    let row = |one: &&Procedure| Row {
        href: page_of(&one.code),
        name: one.name.clone(),
        code: one.code.clone(),
        field: one.field.clone(),
        note: String::new(),
    };
    let rows = found.iter().skip(n * AT_ONCE).take(AT_ONCE).map(row).collect();
    html(&ListPage { typed, rows, paged, p })
}

async fn page(State(web): State<Web>, Path(code): Path<String>, visit: Visit) -> Result<Response, Problem> {
    let province = web.core.province();
    let one = province.pack.procedure(&code).ok_or(Problem::NotFound)?;
    let p = visit.page;
    let commune = visit.citizen.as_ref().and_then(|c| c.commune.clone());
    let is_commune = one.level == Level::Commune;
    let office = match (&commune, is_commune) {
        (Some(_), true) => p.commune_name(&commune),
        _ => String::new(),
    };
    let needed = levels::needed(&province.pack, Service::Procedure(&code));
    let verdict = levels::check(needed, visit.citizen.as_deref());
    let on = match verdict {
        Verdict::Raise(_) => raise::steps(&code),
        Verdict::SignIn if visit.acting.is_none() => keep::carrying("/dang-nhap", &page_of(&code)),
        _ => String::new(),
    };
    let is_enough = verdict == Verdict::Enough;
    let has = visit.citizen.as_ref().map(|c| p.t(c.assurance.key()).into_owned()).unwrap_or_default();
    let shown = html(&ProcedurePage {
        needs: raise::sentence(&p, one.account),
        is_sure: one.account > Assurance::Phone,
        is_enough,
        has,
        on,
        name: one.name.clone(),
        code: one.code.clone(),
        field: one.field.clone(),
        is_commune,
        is_unconfirmed: one.is_unconfirmed(),
        who: visit.citizen.as_ref().map(|c| c.name.clone()),
        office,
        p,
    })?;
    let shown = cached(shown, "no-store");
    // Nothing is left to come back to.
    Ok(if is_enough { with_cookie(shown, cookies::forget(&web, cookies::SERVICE)) } else { shown })
}

//! All papers of a person, and dossiers that came to a result.

use super::{Shown, shown};
use crate::{
    citizen::{
        accounts::{
            form::{Head, shown as page_of},
            refusal::Answer,
        },
        video::size,
    },
    page::Page,
    state::Web,
    visit::Citizen,
};
use askama::Template;
use axum::extract::State;
use domain::documents::{MOST, MOST_BYTES_TOGETHER};

/// Results that are shown here; the others stand among the dossiers that are done.
const RESULTS: i64 = 10;

/// A dossier that came to a result.
struct Outcome {
    href: String,
    name: String,
    state: String,
    system: String,
    code: String,
    when: String,
}

#[derive(Template)]
#[template(path = "national/documents.html")]
struct ListPage {
    p: Page,
    h: Head,
    rows: Vec<Shown>,
    used: String,
    is_full: bool,
    results: Vec<Outcome>,
    /// Some are not shown.
    more: bool,
    /// Somebody whose number is known for sure; without it no dossier can be theirs.
    is_known: bool,
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    let account = by.signed.account;
    let lines = web.accounts.documents(account).await.map_err(web.account_problem())?;
    let is_known = web.accounts.has_dossiers_door(account).await.map_err(web.account_problem())?;
    let mut done = web.accounts.dossier_results(account, RESULTS + 1).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "docs-title", "/tai-khoan");
    let more = done.len() as i64 > RESULTS;
    done.truncate(RESULTS as usize);
    let (count, bytes) = (lines.len() as i64, lines.iter().map(|line| line.bytes).sum::<i64>());
    let used = p.t2("docs-used", "papers", p.number(count), "room", size(&p, bytes));
    let result = |one: &domain::dossiers::mine::Line| Outcome {
        href: format!("{}/{}", crate::national::DOSSIERS, one.id),
        name: crate::national::dossier_name(&p, one),
        state: p.t(&format!("dossier-state-{}", one.state)).into_owned(),
        system: one.system.clone(),
        code: one.code.clone(),
        when: p.t1("dos-since", "time", p.date_time(&one.state_at)),
    };
    let results = done.iter().map(result).collect();
    let rows = lines.iter().map(|line| shown(&p, line)).collect();
    let is_full = count >= MOST || bytes >= MOST_BYTES_TOGETHER;
    page_of(&ListPage { rows, used, is_full, results, more, is_known, h, p })
}

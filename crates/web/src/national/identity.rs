//! «Thông tin định danh» (N6): each thing that is known for sure, with its tick, who says so and since when.

use crate::{
    citizen::accounts::{
        form::{Head, shown},
        refusal::Answer,
        verify::source,
    },
    page::Page,
    state::Web,
    visit::Citizen,
};
use askama::Template;
use axum::extract::State;
use domain::accounts::Assurance;

struct Line {
    label: String,
    /// Empty: not known.
    value: String,
    /// Who confirmed it, since when; empty: nobody.
    source: String,
    /// What the population registry said of it (N7): `match`, `mismatch`, `silent`; empty: it was not asked.
    verdict: String,
}

#[derive(Template)]
#[template(path = "national/identity.html")]
struct IdentityPage {
    p: Page,
    h: Head,
    lines: Vec<Line>,
    assurance: Assurance,
    /// Where more can be proven: names of providers not linked yet.
    more: bool,
    /// The population registry can be asked.
    connected: bool,
    /// When it said yes to everything; empty: it has not.
    ticked: String,
}

/// `1989-03-21` as people write it; a year alone stays one.
pub(super) fn shown_date(date: &str) -> String {
    let parts: Vec<&str> = date.split('-').collect();
    match parts[..] {
        [year, month, day] => format!("{day}/{month}/{year}"),
        _ => date.to_owned(),
    }
}

pub(super) fn shown_sex(p: &Page, sex: &str) -> String {
    match sex {
        "male" => p.t("sex-male").into_owned(),
        "female" => p.t("sex-female").into_owned(),
        _ => String::new(),
    }
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    let account = by.signed.account;
    let facts = web.accounts.facts(account).await.map_err(web.account_problem())?;
    let links = web.accounts.links(account).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "nat-identity-title", "/tai-khoan");
    let line = |name: &str| {
        let fact = facts.get(name);
        let value = match (name, fact) {
            (_, None) => String::new(),
            ("number", _) => facts.masked_number(),
            ("birth_date", Some(fact)) => shown_date(&fact.value),
            ("sex", Some(fact)) => shown_sex(&p, &fact.value),
            (_, Some(fact)) => fact.value.clone(),
        };
        let by = fact.map_or_else(String::new, |fact| {
            p.t2("link-fact-source", "provider", source(&web, &p, &fact.source), "time", p.date_time(&fact.proved_at))
        });
        let verdict = fact.and_then(|fact| fact.registry.clone()).unwrap_or_default();
        Line { label: p.t(&format!("fact-{name}")).into_owned(), value, source: by, verdict }
    };
    let mut lines: Vec<Line> = ["full_name", "number", "birth_date", "sex"].into_iter().map(line).collect();
    lines.push(Line {
        label: p.t("acc-phone").into_owned(),
        value: by.signed.phone.as_ref().map(|n| n.national()).unwrap_or_default(),
        source: p.t("nat-phone-source").into_owned(),
        verdict: String::new(),
    });
    let ticked = facts.get("number").filter(|_| facts.is_ticked()).and_then(|fact| fact.registry_at);
    let ticked = ticked.map_or_else(String::new, |at| p.t1("pop-row", "time", p.date_time(&at)));
    let connected = web.registry.is_some();
    let more = web.providers.iter().any(|provider| links.iter().all(|link| link.provider != provider.name));
    shown(&IdentityPage { assurance: by.signed.assurance, lines, more, connected, ticked, h, p })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n6_dates_are_shown_as_people_write_them() {
        assert_eq!(shown_date("1989-03-21"), "21/03/1989");
        assert_eq!(shown_date("1950"), "1950");
        assert_eq!(shown_date(""), "");
    }
}

//! «Tài khoản liên kết» (A8, N12): what is linked, what is known for sure, one more, one less.

use super::{account_trouble, depart, provider_of, trouble, waiting};
use crate::{
    citizen::{
        accounts::{
            behalf,
            form::{Head, shown},
            keep, raise,
            refusal::{Answer, Out, refused, step_up},
            verify,
        },
        answer::{go, go_saying},
    },
    cookies,
    elsewhere::{Aim, Purpose, Trouble, remember_anew},
    error::Problem,
    middleware::safe_next,
    page::Page,
    state::{Provider, Web},
    visit::{self, Citizen, Visit},
};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use base::ids::Uuid;
use domain::accounts::{Error, linked::Arrival};
use identity::rp::Arrived;

pub const PAGE: &str = "/tai-khoan/lien-ket";

/// One provider and how it stands with this account.
struct Line {
    name: String,
    label: String,
    /// Since when; empty: not linked.
    since: String,
    used: String,
    /// Its own pages; empty when it is no longer configured.
    home: String,
}

struct Known {
    label: String,
    value: String,
    /// Who says so, since when.
    source: String,
}

#[derive(Template)]
#[template(path = "citizen/accounts/linked.html")]
struct ListPage {
    p: Page,
    h: Head,
    lines: Vec<Line>,
    known: Vec<Known>,
    /// The name proven elsewhere, where the account has another.
    other_name: String,
    /// Systems that this person signs in to through us, at the national portal (N12).
    systems: Vec<crate::national::System>,
    /// Bank accounts, there too (N13).
    banks: crate::national::Banks,
}

#[derive(Template)]
#[template(path = "citizen/accounts/linked_confirm.html")]
struct ConfirmPage {
    p: Page,
    h: Head,
    provider: String,
    theirs: String,
    ours: String,
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    let links = web.accounts.links(by.signed.account).await.map_err(web.account_problem())?;
    // What was only read from a card has a page of its own.
    let facts = web.accounts.facts(by.signed.account).await.map_err(web.account_problem())?.proven();
    let mut p = by.visit.page;
    let systems = crate::national::systems(&web, &p, by.signed.account).await?;
    let banks = crate::national::banks(&web, &p, by.signed.account).await?;
    let h = Head::own(&mut p, "link-title", "/tai-khoan");
    let label = |name: &str| match web.provider(name) {
        Some(provider) => provider.label.get(p.lang()).to_owned(),
        None => name.to_owned(), // linked once, no longer configured
    };
    let line = |name: &str| {
        let link = links.iter().find(|l| l.provider == name);
        Line {
            name: name.to_owned(),
            label: label(name),
            since: link.map_or_else(String::new, |l| p.date_time(&l.linked_at)),
            used: link.map_or_else(String::new, |l| p.date_time(&l.used_at)),
            home: web.provider(name).map(|provider| provider.rp.issuer().to_owned()).unwrap_or_default(),
        }
    };
    let gone = links.iter().map(|l| l.provider.as_str()).filter(|name| web.provider(name).is_none());
    let lines = web.providers.iter().map(|provider| provider.name.as_str()).chain(gone).map(line).collect();
    let value = |name: &str, value: &str| match (name, value) {
        ("number", _) => facts.masked_number(),
        ("sex", "male") => p.t("sex-male").into_owned(),
        ("sex", _) => p.t("sex-female").into_owned(),
        ("birth_date", date) => shown_date(date),
        _ => value.to_owned(),
    };
    let known = ["full_name", "number", "birth_date", "sex"]
        .into_iter()
        .filter_map(|name| facts.get(name))
        .map(|fact| Known {
            label: p.t(&format!("fact-{}", fact.name)).into_owned(),
            value: value(&fact.name, &fact.value),
            source: p.t2(
                "link-fact-source",
                "provider",
                verify::source(&web, &p, &fact.source),
                "time",
                p.date_time(&fact.proved_at),
            ),
        })
        .collect();
    let proven = facts.get("full_name").map(|fact| fact.value.clone()).unwrap_or_default();
    let other_name = if proven.is_empty() || proven == by.signed.name { String::new() } else { by.signed.name.clone() };
    shown(&ListPage { lines, known, other_name, systems, banks, h, p })
}

/// `1989-03-21` as people write it.
pub fn shown_date(date: &str) -> String {
    let parts: Vec<&str> = date.split('-').collect();
    match parts[..] {
        [year, month, day] => format!("{day}/{month}/{year}"),
        _ => date.to_owned(),
    }
}

/// To the provider, to come back linked. Whoever holds the phone for a moment cannot do it.
pub async fn add(
    State(web): State<Web>,
    Path(name): Path<String>,
    visit::Form { by, fields }: visit::Form<Citizen>,
) -> Answer {
    let provider = provider_of(&web, &name)?;
    let service = raise::Wanted::named(&web, fields.get(raise::FIELD));
    if by.signed.require_fresh(web.core.now()).is_err() {
        return Err(step_up(&service.map_or_else(|| PAGE.to_owned(), |s| s.steps())));
    }
    let aim = Aim::new(Purpose::Link(by.signed.account), PAGE);
    let aim = match service {
        Some(service) => Aim { next: service.page(), ..aim }.at(service.level),
        None => aim,
    };
    depart(&web, provider, by.visit, aim, fields.has("khac")).await
}

/// The person comes back from the provider, to link it to the account they left.
pub(super) async fn linked(
    web: &Web,
    provider: &Provider,
    visit: Visit,
    account: Uuid,
    arrival: Arrival,
    next: &str,
) -> Answer {
    let Some(signed) = visit.citizen.clone().filter(|s| s.account == account) else {
        return trouble(web, provider, visit, Trouble::Over, None);
    };
    match web.accounts.link(&signed, arrival, None).await {
        Ok(()) => Ok(go_saying(web, &safe_next(next, PAGE), "flash-linked")),
        Err(e) => account_trouble(web, provider, visit, e),
    }
}

/// To the provider, to prove oneself again. Nothing comes of it but a younger proof of the same person, so a link suffices.
pub async fn prove(State(web): State<Web>, Path(name): Path<String>, RawQuery(raw): RawQuery, by: Citizen) -> Answer {
    let provider = provider_of(&web, &name)?;
    let next = safe_next(keep::query(&raw).get("next"), "/tai-khoan");
    let aim = Aim::new(Purpose::Prove(by.signed.account), next);
    depart(&web, provider, by.visit, aim, false).await
}

/// The person comes back from the provider with a proof of this moment.
pub(super) async fn proved(
    web: &Web,
    provider: &Provider,
    visit: Visit,
    account: Uuid,
    (arrival, arrived): (Arrival, &Arrived),
    next: &str,
) -> Answer {
    let Some(signed) = visit.citizen.clone().filter(|s| s.account == account) else {
        return trouble(web, provider, visit, Trouble::Over, None);
    };
    match web.accounts.step_up_elsewhere(&signed, &arrival).await {
        Ok(token) => {
            remember_anew(web, provider, signed.session, arrived).await?;
            let on = super::go_on(web, visit.clone(), &safe_next(next, "/tai-khoan"))?;
            Ok(keep::renew(web, on, &Citizen { visit, signed }, &token))
        }
        Err(e) => account_trouble(web, provider, visit, e),
    }
}

/// «Đổi tư cách»: to the provider, to say for whom one works from now on.
pub async fn change_behalf(
    State(web): State<Web>,
    Path(name): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    let provider = provider_of(&web, &name)?;
    if !provider.knows_organizations() {
        return Err(Problem::NotFound.into());
    }
    let aim = Aim::new(Purpose::Behalf(by.signed.account), behalf::PAGE);
    depart(&web, provider, by.visit, aim, false).await
}

/// The person comes back from there, into the session that they left.
pub(super) async fn changed(
    web: &Web,
    provider: &Provider,
    visit: Visit,
    account: Uuid,
    (arrival, arrived): (Arrival, &Arrived),
    next: &str,
) -> Answer {
    visit.as_oneself()?;
    let Some(signed) = visit.citizen.clone().filter(|s| s.account == account) else {
        return trouble(web, provider, visit, Trouble::Over, None);
    };
    match web.accounts.change_behalf(&signed, &arrival).await {
        Ok(()) => {
            // Who may act for it no longer is told of there: that ends this session.
            remember_anew(web, provider, signed.session, arrived).await?;
            let flash = if arrival.behalf.is_some() { "flash-behalf" } else { "flash-behalf-oneself" };
            Ok(keep::forgetting(go_saying(web, &safe_next(next, behalf::PAGE), flash)))
        }
        Err(e) => account_trouble(web, provider, visit, e),
    }
}

pub async fn confirm_page(State(web): State<Web>, by: Citizen) -> Answer {
    let Some((_, flow, _, arrival)) = waiting(&web, &by.visit).await? else { return Ok(go(PAGE)) };
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "link-confirm-title", PAGE);
    let provider = provider_of(&web, flow.text("provider"))?.label.get(p.lang()).to_owned();
    let phone = by.signed.phone.as_ref().map(|n| n.masked()).unwrap_or_default();
    let ours = [by.signed.name.as_str(), &phone].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(", ");
    shown(&ConfirmPage { provider, theirs: arrival.full_name.as_str().to_owned(), ours, h, p })
}

pub async fn confirm(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let forget = |response| keep::with_cookie(response, cookies::forget(&web, cookies::ARRIVAL));
    let Some((token, flow, _, arrival)) = waiting(&web, &by.visit).await? else { return Ok(go(PAGE)) };
    if fields.has("thoi") {
        return Ok(forget(go(PAGE)));
    }
    if by.signed.require_fresh(web.core.now()).is_err() {
        return Err(step_up("/tai-khoan/lien-ket/xac-nhan"));
    }
    let provider = provider_of(&web, flow.text("provider"))?;
    match web.accounts.link(&by.signed, arrival, Some(&token)).await {
        Ok(()) => Ok(forget(go_saying(&web, PAGE, "flash-linked"))),
        Err(Error::FlowGone) => Ok(forget(go(PAGE))),
        Err(e) => account_trouble(&web, provider, by.visit, e).map(forget),
    }
}

pub async fn remove(
    State(web): State<Web>,
    Path(name): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    match web.accounts.unlink(&by.signed, &name).await {
        Ok(()) => Ok(go_saying(&web, PAGE, "flash-unlinked")),
        Err(e) => match refused(&web, &by.visit.page, e, "main", PAGE) {
            Err(out) => Err(out),
            Ok(_) => Err(Out::Problem(Problem::Internal)),
        },
    }
}

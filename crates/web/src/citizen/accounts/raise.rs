//! «Nâng mức tài khoản» (A13): from a service whose level an account does not reach, to what raises it, and back. The address names the
//! service by its code and never a path: what is not in the pack leads nowhere, and which level is needed the pack says alone.

use super::{
    form::{Head, shown},
    keep::{self, with_cookie},
    refusal::Answer,
    verify,
};
use crate::{
    citizen::{answer::go, procedures},
    cookies,
    elsewhere::Offered,
    error::Problem,
    page::Page,
    state::Web,
    visit::{Citizen, Visit},
};
use askama::Template;
use axum::extract::{RawQuery, State};
use domain::{
    accounts::Assurance,
    levels::{self, Service, Verdict, Way},
};

pub const PAGE: &str = "/tai-khoan/nang-muc";
/// The code of a procedure, in the address and in forms.
pub const FIELD: &str = "thu-tuc";
/// How long it is known what the account is raised for: as long as a step of signing in.
const SECONDS: i64 = 30 * 60;

/// The service that somebody came for.
pub struct Wanted {
    code: String,
    pub name: String,
    pub level: Assurance,
}

impl Wanted {
    /// `None`: nothing of this province is called so.
    pub fn named(web: &Web, code: &str) -> Option<Self> {
        let province = web.core.province();
        let level = levels::needed(&province.pack, Service::Procedure(code))?;
        let name = province.pack.procedure(code)?.name.clone();
        Some(Self { code: code.to_owned(), name, level })
    }

    /// Its own page.
    pub fn page(&self) -> String {
        procedures::page_of(&self.code)
    }

    /// What raises an account for it.
    pub fn steps(&self) -> String {
        steps(&self.code)
    }
}

pub fn steps(code: &str) -> String {
    format!("{PAGE}?{FIELD}={code}")
}

/// What this browser's person was raising the account for.
pub fn service(web: &Web, visit: &Visit) -> Option<Wanted> {
    Wanted::named(web, &cookies::get(web, &visit.headers, cookies::SERVICE)?)
}

/// The same, once the account is enough for it.
pub fn back(web: &Web, by: &Citizen) -> Option<Wanted> {
    let service = service(web, &by.visit)?;
    (levels::check(Some(service.level), Some(&by.signed)) == Verdict::Enough).then_some(service)
}

/// The sentence that says which account a service needs, and the words for a list.
pub fn sentence(p: &Page, level: Assurance) -> String {
    p.t(&format!("level-need-{}", level.as_str())).into_owned()
}

pub fn words(p: &Page, level: Assurance) -> String {
    p.t(&format!("level-short-{}", level.as_str())).into_owned()
}

/// A provider as one of the ways.
struct There {
    offered: Offered,
    /// It is linked, and says more by now, or can.
    again: bool,
}

#[derive(Template)]
#[template(path = "citizen/accounts/raise.html")]
struct RaisePage {
    p: Page,
    h: Head,
    service: Wanted,
    sentence: String,
    has: String,
    there: Vec<There>,
    by_card: bool,
}

pub async fn page(State(web): State<Web>, RawQuery(raw): RawQuery, by: Citizen) -> Answer {
    let service = Wanted::named(&web, keep::query(&raw).get(FIELD)).ok_or(Problem::NotFound)?;
    if levels::check(Some(service.level), Some(&by.signed)) == Verdict::Enough {
        return Ok(go(&service.page()));
    }
    let links = web.accounts.links(by.signed.account).await.map_err(web.account_problem())?;
    let surest = |rp: &identity::rp::Rp| rp.levels().into_iter().filter_map(levels::parse).max();
    let providers: Vec<_> = web.providers.iter().filter_map(|p| Some((p.name.as_str(), surest(&p.rp)?))).collect();
    let ways = levels::ways(service.level, &providers, web.registry.is_some());
    let mut p = by.visit.page;
    let mut h = Head::own(&mut p, "raise-title", "");
    h.back = service.page();
    let there = |way: &Way<'_>| match way {
        Way::Provider(name) => {
            let offered = Offered::new(&p, web.provider(name)?);
            Some(There { again: links.iter().any(|l| l.provider == *name), offered })
        }
        Way::Card => None,
    };
    let page = RaisePage {
        sentence: sentence(&p, service.level),
        has: p.t(by.signed.assurance.key()).into_owned(),
        there: ways.iter().filter_map(there).collect(),
        by_card: ways.contains(&Way::Card),
        h,
        p,
        service,
    };
    let remembered = cookies::set(&web, cookies::SERVICE, &page.service.code, Some(SECONDS));
    Ok(with_cookie(shown(&page)?, remembered))
}

/// Where the card is shown.
const CARD: &str = verify::PAGE;

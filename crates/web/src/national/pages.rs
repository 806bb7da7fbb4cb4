//! The pages that the provider asks for: signing in, consent with each item named, signing out.

use super::{
    door,
    organizations::{code_words, icon, role_name},
    people, population,
};
use crate::{
    citizen::{
        accounts::{
            form::{Head, shown},
            keep::carrying,
        },
        answer::go,
    },
    error::Problem,
    page::Page,
    state::{WeakWeb, Web},
    visit::Visit,
};
use ::identity::provider::{ActingAsk, ConsentAsk, LoginAsk, LoginReason, LogoutAsk, Pages};
use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Request, StatusCode},
    response::{IntoResponse, Response},
};
use base::phone::PhoneNumber;
use domain::{
    accounts::{Accounts, linked::Facts},
    organizations::Mine,
};
use std::sync::OnceLock;

/// The portal as its provider knows it.
pub struct Role {
    pub(super) accounts: Accounts,
    site: OnceLock<WeakWeb>,
}

impl Role {
    pub(super) fn new(accounts: Accounts) -> Self {
        Self { accounts, site: OnceLock::new() }
    }

    /// From now on its pages are this site's; said once.
    pub(super) fn serves(&self, web: &Web) {
        let _ = self.site.set(web.weak()); // the first word stays
    }

    pub(super) fn site(&self) -> Option<Web> {
        self.site.get().and_then(WeakWeb::get)
    }

    /// Whose browser this is, for a page at `path`.
    async fn visit(&self, path: &str, headers: &HeaderMap) -> Result<(Web, Visit), Response> {
        let Some(web) = self.site() else { return Err(StatusCode::SERVICE_UNAVAILABLE.into_response()) };
        let mut parts = Request::builder().uri(path).body(()).unwrap_or_default().into_parts().0;
        parts.headers = headers.clone();
        match Visit::from_request_parts(&mut parts, &web).await {
            Ok(visit) => Ok((web, visit)),
            Err(problem) => Err(problem.status().into_response()),
        }
    }
}

/// A form that leads back to who asked, with nothing.
pub(super) struct Cancel {
    pub action: String,
    pub token: String,
}

#[derive(Template)]
#[template(path = "national/choose.html")]
struct ChoosePage {
    p: Page,
    h: Head,
    client: String,
    name: String,
    /// Where it goes on: a path of the provider.
    back: String,
    cancel: Cancel,
    /// What the page is for: `other`, `fresh`, `stronger`.
    why: &'static str,
}

/// One item on the consent page.
struct Item {
    name: String,
    label: String,
    value: String,
    essential: bool,
    ticked: bool,
}

#[derive(Template)]
#[template(path = "national/consent.html")]
struct ConsentPage {
    p: Page,
    h: Head,
    ask: ConsentAsk,
    name: String,
    items: Vec<Item>,
    /// For whom the person acts: in words; empty where there was nothing to choose.
    capacity: String,
}

/// One answer to «với tư cách nào».
struct Capacity {
    value: String,
    icon: &'static str,
    name: String,
    hint: String,
}

#[derive(Template)]
#[template(path = "national/acting.html")]
struct ActingPage {
    p: Page,
    h: Head,
    ask: ActingAsk,
    choices: Vec<Capacity>,
}

#[derive(Template)]
#[template(path = "national/leave.html")]
struct LeavePage {
    p: Page,
    h: Head,
    ask: LogoutAsk,
}

#[derive(Template)]
#[template(path = "national/left.html")]
struct LeftPage {
    p: Page,
    h: Head,
    left: bool,
}

/// What the person sees of a claim before agreeing: enough to recognise, too little to read over a shoulder.
fn preview(p: &Page, facts: &Facts, phone: Option<&PhoneNumber>, acting: Option<&Mine>, claim: &str) -> String {
    let fact = |name: &str| facts.get(name).map(|f| f.value.clone()).unwrap_or_default();
    match claim {
        "SoDinhDanh" => facts.masked_number(),
        "HoVaTen" => fact("full_name"),
        "NgaySinh" => super::identity::shown_date(&fact("birth_date")),
        "GioiTinh" => super::identity::shown_sex(p, &fact("sex")),
        people::KIND => p.t(if acting.is_some() { "nat-kind-organization" } else { "nat-kind-citizen" }).into_owned(),
        "MaToChuc" => acting.map(|one| one.code.clone()).unwrap_or_default(),
        "TenToChuc" => acting.map(|one| one.name.clone()).unwrap_or_default(),
        "SoDienThoai" => phone.map(PhoneNumber::masked).unwrap_or_default(),
        _ => String::new(),
    }
}

fn drawn(answer: crate::citizen::accounts::refusal::Answer) -> Response {
    answer.unwrap_or_else(IntoResponse::into_response)
}

#[async_trait::async_trait]
impl Pages for Role {
    async fn login(&self, ask: LoginAsk, headers: &HeaderMap) -> Response {
        let (web, visit) = match self.visit(&ask.back, headers).await {
            Ok(found) => found,
            Err(response) => return response,
        };
        if ask.reason == LoginReason::Pending {
            return go(&carrying(population::PAGE, &ask.back));
        }
        let cancel = Cancel { action: ask.cancel, token: ask.token };
        let Some(signed) = visit.citizen.clone() else {
            return drawn(door::waiting(&web, visit, ask.client, cancel, &ask.back));
        };
        let (why, title) = match ask.reason {
            LoginReason::Fresh => ("fresh", "nat-fresh-title"),
            LoginReason::Stronger => ("stronger", "nat-stronger-title"),
            LoginReason::OtherAccount | LoginReason::Nobody | LoginReason::Pending => ("other", "nat-choose-title"),
        };
        let p = visit.page;
        let h = Head::door(p.t(title), "");
        drawn(shown(&ChoosePage { client: ask.client, name: signed.name.clone(), back: ask.back, cancel, why, h, p }))
    }

    async fn acting(&self, ask: ActingAsk, headers: &HeaderMap) -> Response {
        let (web, visit) = match self.visit(&ask.action, headers).await {
            Ok(found) => found,
            Err(response) => return response,
        };
        let mine = match web.accounts.organizations(ask.signed_in.person).await {
            Ok(mine) => mine,
            Err(e) => return web.account_problem()(e).into_response(),
        };
        let Some(signed) = visit.citizen.clone() else { return Problem::Busy.status().into_response() };
        let p = visit.page;
        let oneself = Capacity {
            value: String::new(),
            icon: "user",
            name: p.t("nat-acting-oneself").into_owned(),
            hint: signed.name.clone(),
        };
        let one = |one: &Mine| Capacity {
            value: one.id.to_string(),
            icon: icon(&one.kind),
            name: one.name.clone(),
            hint: format!("{} · {}", code_words(&p, &one.kind, &one.code), role_name(&p, &one.role)),
        };
        let offered = mine.iter().filter(|one| ask.choices.contains(&one.id)).map(one);
        let choices = std::iter::once(oneself).chain(offered).collect();
        let h = Head::door(p.t1("nat-acting-title", "client", &ask.client), "");
        drawn(shown(&ActingPage { choices, ask, h, p }))
    }

    async fn consent(&self, ask: ConsentAsk, headers: &HeaderMap) -> Response {
        let (web, visit) = match self.visit(&ask.action, headers).await {
            Ok(found) => found,
            Err(response) => return response,
        };
        let facts = match web.accounts.facts(ask.signed_in.person).await {
            Ok(facts) => facts,
            Err(e) => return web.account_problem()(e).into_response(),
        };
        let mine = match web.accounts.organizations(ask.signed_in.person).await {
            Ok(mine) => mine,
            Err(e) => return web.account_problem()(e).into_response(),
        };
        let acting = mine.iter().find(|one| ask.acting == Some(one.id));
        let Some(signed) = visit.citizen.clone() else { return Problem::Busy.status().into_response() };
        let p = visit.page;
        let capacity = match acting {
            Some(one) => p.t1("nat-consent-acting", "name", &one.name),
            None if ask.had_choice => p.t("nat-consent-oneself").into_owned(),
            None => String::new(),
        };
        let item = |asked: &::identity::provider::Asked| Item {
            name: asked.name.clone(),
            label: p.t(&format!("claim-{}", asked.name)).into_owned(),
            value: preview(&p, &facts, signed.phone.as_ref(), acting, &asked.name),
            essential: asked.essential,
            ticked: asked.ticked,
        };
        let items = ask.claims.iter().map(item).collect();
        let h = Head::door(p.t1("nat-consent-title", "client", &ask.client), "");
        drawn(shown(&ConsentPage { name: signed.name.clone(), items, capacity, ask, h, p }))
    }

    async fn logout(&self, ask: LogoutAsk, headers: &HeaderMap) -> Response {
        let (_, visit) = match self.visit("/dang-xuat", headers).await {
            Ok(found) => found,
            Err(response) => return response,
        };
        let p = visit.page;
        let h = Head::door(p.t("nat-leave-title"), "");
        drawn(shown(&LeavePage { ask, h, p }))
    }

    async fn signed_out(&self, left: bool, headers: &HeaderMap) -> Response {
        let (_, visit) = match self.visit("/", headers).await {
            Ok(found) => found,
            Err(response) => return response,
        };
        let p = visit.page;
        let h = Head::door(p.t(if left { "nat-left-title" } else { "nat-stayed-title" }), "");
        drawn(shown(&LeftPage { left, h, p }))
    }
}

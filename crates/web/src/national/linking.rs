//! «+ Thêm mới» (N12, the source's third case): who has an account in a province and one here chooses the system, types the name they have
//! there and signs in there; the two are linked from then on.

use super::systems::{self, Connected};
use crate::{
    citizen::accounts::{
        form::{Head, shown},
        keep, linked,
        refusal::Answer,
    },
    error::Problem,
    page::Page,
    state::Web,
    visit::Citizen,
};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use base::fold::fold;

/// The path at a system where the account there is linked: no system of ours sees a name of a provider in it.
const TARGET: &str = "/lien-ket-tai-khoan";

#[derive(Template)]
#[template(path = "national/system_choice.html")]
struct ChoicePage {
    p: Page,
    h: Head,
    typed: String,
    systems: Vec<Connected>,
    is_empty: bool,
}

#[derive(Template)]
#[template(path = "national/system_link.html")]
struct LinkPage {
    p: Page,
    h: Head,
    system: Connected,
    takes_in: String,
    issuer: String,
    target: String,
    is_linked: bool,
}

/// Chọn hệ thống cần liên kết.
pub async fn choose(State(web): State<Web>, RawQuery(raw): RawQuery, by: Citizen) -> Answer {
    let mut systems = systems::connected(&web).await?;
    systems.retain(|system| system.takes_in.is_some());
    let is_empty = systems.is_empty();
    let typed: String = keep::query(&raw).get("q").trim().chars().take(100).collect();
    let wanted = fold(&typed);
    systems.retain(|system| fold(&system.name).contains(&wanted));
    systems.sort_by_cached_key(|system| base::fold::vi_sort_key(&system.name));
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "nat-add-title", linked::own::PAGE);
    shown(&ChoicePage { typed, systems, is_empty, h, p })
}

/// The name there, and on to it.
pub async fn page(State(web): State<Web>, Path(client): Path<String>, by: Citizen) -> Answer {
    let systems = systems::connected(&web).await?;
    let system = systems.into_iter().find(|s| s.id == client).ok_or(Problem::NotFound)?;
    let takes_in = system.takes_in.clone().ok_or(Problem::NotFound)?;
    let given = systems::listed(&web, &by.visit.page, by.signed.account).await?;
    let mut p = by.visit.page;
    let mut h = Head::own(&mut p, "nat-add-title", systems::ADD);
    h.title = p.t1("nat-add-to", "system", &system.name);
    let (issuer, target) = (web.core.settings.origin.clone(), format!("{}{TARGET}", system.home));
    let is_linked = given.iter().any(|one| one.id == system.id);
    shown(&LinkPage { takes_in, issuer, target, is_linked, system, h, p })
}

//! «Doanh nghiệp» and «Cơ quan nhà nước» among the ways to register (N1): an organisation signs in by nobody's name but its people's, so the
//! way leads to a person's account and then to the organisation's token.

use super::{BUSINESS, SIGN, STATE_BODY};
use crate::{
    citizen::{
        accounts::{
            form::{Head, shown},
            keep::{carrying, forgetting},
            refusal::Answer,
        },
        answer::go,
    },
    error::Problem,
    national::door::Tab,
    page::Page,
    state::Web,
    visit::Visit,
};
use askama::Template;
use axum::extract::State;
use base::organization_code::OrganizationKind;

#[derive(Template)]
#[template(path = "national/org_register.html")]
struct RegisterPage {
    p: Page,
    h: Head,
    tabs: Vec<Tab>,
    title: String,
    lead: String,
    sign_in: String,
    register: String,
    /// A household business is asked about here; a state body is none.
    is_business: bool,
}

/// Who registers; empty where no authority is configured that could confirm an organisation. `here`: the address that is open.
pub fn tabs(web: &Web, p: &Page, next: &str, here: &str) -> Vec<Tab> {
    if web.signatures.is_none() {
        return Vec::new();
    }
    let all = [
        ("/dang-ky", carrying("/dang-ky", next), "org-tab-citizen"),
        (BUSINESS, BUSINESS.to_owned(), "organization-business"),
        (STATE_BODY, STATE_BODY.to_owned(), "organization-state_body"),
    ];
    all.map(|(path, href, key)| Tab { href, label: p.t(key).into_owned(), is_here: path == here }).into()
}

fn page(web: &Web, visit: Visit, kind: OrganizationKind, here: &'static str) -> Answer {
    if web.signatures.is_none() {
        return Err(Problem::NotFound.into());
    }
    if visit.citizen.is_some() {
        return Ok(go(SIGN));
    }
    let p = visit.page;
    let words = |what: &str| p.t(&format!("org-door-{}-{what}", kind.as_str())).into_owned();
    let page = RegisterPage {
        tabs: tabs(web, &p, "/", here),
        title: words("title"),
        lead: words("lead"),
        is_business: kind == OrganizationKind::Business,
        sign_in: carrying("/dang-nhap", SIGN),
        register: carrying("/dang-ky", SIGN),
        h: Head::door(p.t("nat-register-title"), "/"),
        p,
    };
    Ok(forgetting(shown(&page)?))
}

pub async fn business(State(web): State<Web>, visit: Visit) -> Answer {
    page(&web, visit, OrganizationKind::Business, BUSINESS)
}

pub async fn state_body(State(web): State<Web>, visit: Visit) -> Answer {
    page(&web, visit, OrganizationKind::StateBody, STATE_BODY)
}

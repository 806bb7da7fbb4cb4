//! The organisations of a person, and invitations to answer.

use super::{SIGN, code_words, icon, role_name};
use crate::{
    citizen::{
        accounts::{
            form::Head,
            refusal::{Answer, Refused, refused},
        },
        answer::{self, go, go_saying},
    },
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::organizations::PAGE;

struct Line {
    href: String,
    icon: &'static str,
    name: String,
    code: String,
    role: String,
}

struct Offer {
    action: String,
    name: String,
    code: String,
    role: String,
    until: String,
}

#[derive(Template)]
#[template(path = "national/org_list.html")]
struct ListPage {
    p: Page,
    h: Head,
    lines: Vec<Line>,
    offers: Vec<Offer>,
    /// Where to stand for another one; empty where no authority is configured.
    add: &'static str,
}

async fn show(web: &Web, by: Citizen, said: Refused) -> Answer {
    let mine = web.accounts.organizations(by.signed.account).await.map_err(web.account_problem())?;
    let invited = web.accounts.invitations(&by.signed).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let (errors, status, seconds) = said.split();
    let h = Head::own(&mut p, "org-title", "/tai-khoan").wrong(errors);
    let line = |one: domain::organizations::Mine| Line {
        href: format!("{PAGE}/{}", one.id),
        icon: icon(&one.kind),
        code: code_words(&p, &one.kind, &one.code),
        role: role_name(&p, &one.role),
        name: one.name,
    };
    let offer = |one: domain::organizations::Invited| Offer {
        action: format!("{PAGE}/loi-moi/{}", one.id),
        code: code_words(&p, &one.kind, &one.code),
        role: role_name(&p, &one.role),
        until: p.date_time(&one.expires_at),
        name: one.name,
    };
    let (lines, offers) = (mine.into_iter().map(line).collect(), invited.into_iter().map(offer).collect());
    let add = if web.signatures.is_some() { SIGN } else { "" };
    Refused::page(status, seconds, &ListPage { lines, offers, add, h, p })
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    show(&web, by, Refused::none()).await
}

/// Reloading the answer to a form leads back to the page.
pub async fn back() -> Response {
    go(PAGE)
}

/// «Nhận lời» or «Từ chối»
pub async fn answer(
    State(web): State<Web>,
    Path(invitation): Path<String>,
    visit::Form { by, fields }: visit::Form<Citizen>,
) -> Answer {
    let id = answer::id(&invitation)?;
    let said = match fields.get("answer") {
        "yes" => web.accounts.accept_invitation(&by.signed, id).await.map(Some),
        _ => web.accounts.decline_invitation(&by.signed, id).await.map(|()| None),
    };
    match said {
        Ok(Some(organization)) => Ok(go_saying(&web, &format!("{PAGE}/{organization}"), "flash-org-joined")),
        Ok(None) => Ok(go_saying(&web, PAGE, "flash-org-declined")),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "main", PAGE)?;
            show(&web, by, said).await
        }
    }
}

//! One organisation: what its certificate says, who acts for it, who was invited; and leaving it.

use super::{code_words, icon, role_name};
use crate::{
    citizen::{
        accounts::{
            form::{Form, Head, form, shown},
            refusal::{Answer, Refused, refused},
        },
        answer::{self, go_saying},
    },
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::extract::{Path, State};
use domain::organizations::{Deed, Member, Open, PAGE, Role, View};

struct Person {
    name: String,
    role: String,
    is_manager: bool,
    is_me: bool,
    since: String,
    /// Where a manager changes it; empty for others.
    href: String,
}

struct Waiting {
    phone: String,
    role: String,
    until: String,
    withdraw: String,
}

#[derive(Template)]
#[template(path = "national/org.html")]
struct OnePage {
    p: Page,
    h: Head,
    icon: &'static str,
    kind: String,
    code: String,
    confirmed: String,
    people: Vec<Person>,
    waiting: Vec<Waiting>,
    /// Empty for who may not.
    invite: String,
    leave: String,
}

/// The page of an organisation in an address.
pub(super) fn page_of(view: &View) -> String {
    format!("{PAGE}/{}", view.mine.id)
}

pub async fn page(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let view = web.accounts.organization(&by.signed, answer::id(&id)?).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let here = page_of(&view);
    let h = Head { title: view.mine.name.clone(), ..Head::own(&mut p, "org-title", PAGE) };
    let may = |deed, path: String| if view.role.may(deed) { path } else { String::new() };
    let person = |m: &Member| Person {
        name: m.name.clone(),
        role: role_name(&p, m.role.as_str()),
        is_manager: m.role == Role::Manager,
        is_me: m.is_me,
        since: p.t1("org-since", "time", p.date(&m.since)),
        href: may(Deed::ChangeRole, format!("{here}/thanh-vien/{}", m.id)),
    };
    let waiting = |open: &Open| Waiting {
        phone: open.phone.clone(),
        role: role_name(&p, open.role.as_str()),
        until: p.t1("org-until", "time", p.date_time(&open.expires_at)),
        withdraw: may(Deed::Withdraw, format!("{here}/loi-moi/{}/huy", open.id)),
    };
    let page = OnePage {
        icon: icon(&view.mine.kind),
        kind: p.t(&format!("organization-{}", view.mine.kind)).into_owned(),
        code: code_words(&p, &view.mine.kind, &view.mine.code),
        confirmed: p.t2("org-confirmed", "by", &view.confirmed_by, "time", p.date_time(&view.confirmed_at)),
        people: view.members.iter().map(person).collect(),
        waiting: view.invited.iter().map(waiting).collect(),
        invite: may(Deed::Invite, format!("{here}/moi")),
        leave: may(Deed::Leave, format!("{here}/roi")),
        h,
        p,
    };
    shown(&page)
}

fn leaving(by: Citizen, view: &View, said: Refused) -> Answer {
    let mut p = by.visit.page;
    let back = page_of(view);
    let h = Head::own(&mut p, "org-leave-title", &back);
    let lead = p.t1("org-leave-lead", "name", &view.mine.name);
    let f = Form::new(&p, format!("{back}/roi"), "org-leave-button").lead(lead).danger();
    form(p, h, f, said)
}

pub async fn leave_page(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let view = web.accounts.organization(&by.signed, answer::id(&id)?).await.map_err(web.account_problem())?;
    // Said at once, and not only after the press.
    match view.may_leave() {
        Ok(()) => leaving(by, &view, Refused::none()),
        Err(e) => {
            let mut p = by.visit.page;
            let why = p.t(if e.key() == "org-last-manager" { "org-leave-alone" } else { e.key() }).into_owned();
            let h = Head::own(&mut p, "org-leave-title", &page_of(&view)).warn(why);
            let f = Form::default().link(format!("{}/moi", page_of(&view)), p.t("org-invite"));
            form(p, h, f, Refused::none())
        }
    }
}

pub async fn leave(
    State(web): State<Web>,
    Path(id): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    let id = answer::id(&id)?;
    match web.accounts.leave_organization(&by.signed, id).await {
        Ok(()) => Ok(go_saying(&web, PAGE, "flash-org-left")),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "main", PAGE)?;
            let view = web.accounts.organization(&by.signed, id).await.map_err(web.account_problem())?;
            leaving(by, &view, said)
        }
    }
}

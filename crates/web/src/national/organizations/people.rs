//! What a manager does: inviting by phone, taking an invitation back, another role, taking somebody out.

use super::{Choice, choices, one::page_of, role_name};
use crate::{
    citizen::{
        accounts::{
            form::{Field, Form, Head, form},
            refusal::{Answer, Refused, bad_phone, refused, step_up},
        },
        answer::{self, go_saying},
    },
    error::Problem,
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::extract::{Path, State};
use base::{ids::Uuid, phone::PhoneNumber};
use domain::organizations::{Deed, PAGE, Role, View};

#[derive(Template)]
#[template(path = "national/org_invite.html")]
struct InvitePage {
    p: Page,
    h: Head,
    f: Form,
    choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "national/org_member.html")]
struct MemberPage {
    p: Page,
    h: Head,
    f: Form,
    choices: Vec<Choice>,
    name: String,
    role: String,
    remove: String,
}

/// The organisation, for somebody who may do this and proved a moment ago who they are. `page`: where to come back to after proving it.
async fn view(
    web: &Web,
    by: &Citizen,
    id: Uuid,
    deed: Deed,
    page: &str,
) -> Result<View, crate::citizen::accounts::refusal::Out> {
    let view = web.accounts.organization_for(&by.signed, id, deed).await.map_err(web.account_problem())?;
    if by.signed.require_fresh(web.core.now()).is_err() { Err(step_up(page)) } else { Ok(view) }
}

fn inviting(by: Citizen, view: &View, typed: &str, role: Role, said: Refused) -> Answer {
    let mut p = by.visit.page;
    let (errors, status, seconds) = said.split();
    let back = page_of(view);
    let h = Head::own(&mut p, "org-invite-title", &back).wrong(errors);
    let f = Form::new(&p, format!("{back}/moi"), "org-invite-button")
        .lead(p.t1("org-invite-lead", "name", &view.mine.name))
        .field(
            Field::phone(&p, "org-invite-phone").hint(p.t("org-invite-phone-hint")).autocomplete("off").value(typed),
        );
    Refused::page(status, seconds, &InvitePage { choices: choices(&p, role), f, h, p })
}

pub async fn invite_page(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let id = answer::id(&id)?;
    let view = view(&web, &by, id, Deed::Invite, &format!("{PAGE}/{id}/moi")).await?;
    inviting(by, &view, "", Role::Member, Refused::none())
}

pub async fn invite(
    State(web): State<Web>,
    Path(id): Path<String>,
    visit::Form { by, fields }: visit::Form<Citizen>,
) -> Answer {
    let id = answer::id(&id)?;
    let role = Role::parse(fields.get("role")).ok_or(Problem::BadRequest)?;
    let typed = fields.get("phone");
    let said = match PhoneNumber::parse(typed) {
        Err(bad) => bad_phone(&by.visit.page, bad),
        Ok(phone) => match web.accounts.invite(&by.signed, id, phone, role).await {
            Ok(()) => return Ok(go_saying(&web, &format!("{PAGE}/{id}"), "flash-org-invited")),
            Err(e) => refused(&web, &by.visit.page, e, "phone", &format!("{PAGE}/{id}/moi"))?,
        },
    };
    let view = web.accounts.organization_for(&by.signed, id, Deed::Invite).await.map_err(web.account_problem())?;
    inviting(by, &view, typed, role, said)
}

pub async fn withdraw(
    State(web): State<Web>,
    Path((id, invitation)): Path<(String, String)>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    use domain::{accounts::Error, organizations::Refusal};
    let (id, invitation) = (answer::id(&id)?, answer::id(&invitation)?);
    let here = format!("{PAGE}/{id}");
    match web.accounts.withdraw_invitation(&by.signed, id, invitation).await {
        // Answered meanwhile: the page shows what there is.
        Ok(()) | Err(Error::Organization(Refusal::InvitationGone)) => Ok(go_saying(&web, &here, "flash-org-withdrawn")),
        Err(e) => Err(web.account_problem()(e).into()),
    }
}

fn changing(by: Citizen, view: &View, member: Uuid, web: &Web, said: Refused) -> Answer {
    let who = view.member(member).map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let (errors, status, seconds) = said.split();
    let back = page_of(view);
    let here = format!("{back}/thanh-vien/{member}");
    let h = Head { title: who.name.clone(), ..Head::own(&mut p, "org-title", &back).wrong(errors) };
    let page = MemberPage {
        f: Form::new(&p, here.as_str(), "org-role-save"),
        choices: choices(&p, who.role),
        name: view.mine.name.clone(),
        role: role_name(&p, who.role.as_str()),
        // Who goes by themselves leaves.
        remove: if who.is_me { format!("{back}/roi") } else { format!("{here}/dua-ra") },
        h,
        p,
    };
    Refused::page(status, seconds, &page)
}

pub async fn member_page(State(web): State<Web>, Path((id, member)): Path<(String, String)>, by: Citizen) -> Answer {
    let (id, member) = (answer::id(&id)?, answer::id(&member)?);
    let view = view(&web, &by, id, Deed::ChangeRole, &format!("{PAGE}/{id}/thanh-vien/{member}")).await?;
    changing(by, &view, member, &web, Refused::none())
}

pub async fn change_role(
    State(web): State<Web>,
    Path((id, member)): Path<(String, String)>,
    visit::Form { by, fields }: visit::Form<Citizen>,
) -> Answer {
    let (id, member) = (answer::id(&id)?, answer::id(&member)?);
    let role = Role::parse(fields.get("role")).ok_or(Problem::BadRequest)?;
    match web.accounts.change_member_role(&by.signed, id, member, role).await {
        Ok(()) => Ok(go_saying(&web, &format!("{PAGE}/{id}"), "flash-org-role")),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "role", &format!("{PAGE}/{id}/thanh-vien/{member}"))?;
            let view = web.accounts.organization(&by.signed, id).await.map_err(web.account_problem())?;
            changing(by, &view, member, &web, said)
        }
    }
}

fn removing(by: Citizen, view: &View, member: Uuid, web: &Web, said: Refused) -> Answer {
    let who = view.member(member).map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let here = format!("{}/thanh-vien/{member}", page_of(view));
    let h = Head::own(&mut p, "org-remove-title", &here);
    let lead = p.t2("org-remove-lead", "who", &who.name, "name", &view.mine.name);
    let f = Form::new(&p, format!("{here}/dua-ra"), "org-remove-button").lead(lead).danger();
    form(p, h, f, said)
}

pub async fn remove_page(State(web): State<Web>, Path((id, member)): Path<(String, String)>, by: Citizen) -> Answer {
    let (id, member) = (answer::id(&id)?, answer::id(&member)?);
    let here = format!("{PAGE}/{id}/thanh-vien/{member}/dua-ra");
    let view = view(&web, &by, id, Deed::Remove, &here).await?;
    removing(by, &view, member, &web, Refused::none())
}

pub async fn remove(
    State(web): State<Web>,
    Path((id, member)): Path<(String, String)>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    let (id, member) = (answer::id(&id)?, answer::id(&member)?);
    match web.accounts.remove_member(&by.signed, id, member).await {
        Ok(()) => Ok(go_saying(&web, &format!("{PAGE}/{id}"), "flash-org-removed")),
        Err(e) => {
            let here = format!("{PAGE}/{id}/thanh-vien/{member}/dua-ra");
            let said = refused(&web, &by.visit.page, e, "main", &here)?;
            let view = web.accounts.organization(&by.signed, id).await.map_err(web.account_problem())?;
            removing(by, &view, member, &web, said)
        }
    }
}

//! Children: adding one, a second guardian, deleting what is known of it.

use crate::{
    citizen::{
        accounts::{
            form::{Field, Form, Head, form},
            refusal::{Answer, Out, Refused, bad_phone, refused, step_up},
        },
        answer::{self, go_saying},
    },
    error::Problem,
    forms::Fields,
    state::Web,
    visit::{self, Citizen},
};
use axum::extract::{Path, State};
use base::{ids::Uuid, personal_number::PersonalNumber, phone::PhoneNumber, text};
use domain::{
    accounts::{
        FullName,
        declared::number_error,
        helping::{Child, HELPING, NewChild},
    },
    error::FieldError,
};

pub const ADD: &str = "/tai-khoan/giup-nguoi/con";

fn adding(by: Citizen, typed: &Fields, said: Refused) -> Answer {
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "child-add-title", HELPING);
    let born = Field { inputmode: "numeric", ..Field::text("born", p.t("child-born")) };
    let number = Field { inputmode: "numeric", ..Field::text("number", p.t("child-number")) };
    let f = Form::new(&p, ADD, "child-add-button")
        .lead(p.t("child-add-lead"))
        .field(Field::text("full_name", p.t("child-name")).value(typed.get("full_name")))
        .field(born.hint(p.t("child-born-hint")).value(typed.get("born")))
        .field(number.hint(p.t("child-number-hint")).optional().value(typed.get("number")));
    form(p, h, f, said)
}

pub async fn add_page(by: Citizen) -> Answer {
    adding(by, &Fields::default(), Refused::none())
}

/// Errors: each field that is wrong.
fn read(fields: &Fields) -> Result<NewChild, Vec<FieldError>> {
    let name = FullName::parse(fields.get("full_name"));
    let born = text::day(fields.get("born")).ok_or(FieldError { field: "born", key: "child-born-invalid" });
    let number = match fields.get("number").trim() {
        "" => Ok(None),
        typed => PersonalNumber::parse(typed).map(Some).map_err(|bad| number_error("number", bad)),
    };
    match (name, born, number) {
        (Ok(full_name), Ok(born), Ok(number)) => Ok(NewChild { full_name, born, number }),
        (name, born, number) => Err([name.err(), born.err(), number.err()].into_iter().flatten().collect()),
    }
}

pub async fn add(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let said = match read(&fields) {
        Err(wrong) => Refused::fields(&by.visit.page, &wrong),
        Ok(child) => match web.accounts.add_child(&by.signed, child).await {
            Ok(_) => return Ok(go_saying(&web, HELPING, "flash-child-added")),
            Err(e) => refused(&web, &by.visit.page, e, "born", ADD)?,
        },
    };
    adding(by, &fields, said)
}

/// The reader's own child, after a proof of this moment. `page`: where to come back to.
pub(in crate::citizen::accounts) async fn own(web: &Web, by: &Citizen, child: Uuid, page: &str) -> Result<Child, Out> {
    let me = by.signed.account;
    let all = web.accounts.children(me).await.map_err(web.account_problem())?;
    let child = all.into_iter().find(|one| one.id == child && one.guardian == me).ok_or(Problem::NotFound)?;
    if by.signed.require_fresh(web.core.now()).is_err() { Err(step_up(page)) } else { Ok(child) }
}

fn asking(by: Citizen, child: &Child, typed: &str, said: Refused) -> Answer {
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "child-second-title", HELPING);
    let phone = Field::phone(&p, "helpers-ask-phone").hint(p.t("helpers-ask-phone-hint"));
    let f = Form::new(&p, format!("{HELPING}/con/{}/giam-ho", child.id), "helpers-ask-button")
        .lead(p.t1("child-second-lead", "name", &child.name))
        .field(phone.autocomplete("off").value(typed));
    form(p, h, f, said)
}

pub async fn second_page(State(web): State<Web>, Path(child): Path<String>, by: Citizen) -> Answer {
    let id = answer::id(&child)?;
    let child = own(&web, &by, id, &format!("{HELPING}/con/{id}/giam-ho")).await?;
    asking(by, &child, "", Refused::none())
}

pub async fn second(
    State(web): State<Web>,
    Path(child): Path<String>,
    visit::Form { by, fields }: visit::Form<Citizen>,
) -> Answer {
    let id = answer::id(&child)?;
    let (here, typed) = (format!("{HELPING}/con/{id}/giam-ho"), fields.get("phone"));
    let child = own(&web, &by, id, &here).await?;
    let said = match PhoneNumber::parse(typed) {
        Err(bad) => bad_phone(&by.visit.page, bad),
        Ok(phone) => match web.accounts.ask_guardian(&by.signed, id, phone).await {
            Ok(()) => return Ok(go_saying(&web, HELPING, "flash-help-asked")),
            Err(e) => refused(&web, &by.visit.page, e, "phone", &here)?,
        },
    };
    asking(by, &child, typed, said)
}

fn deleting(by: Citizen, child: &Child, said: Refused) -> Answer {
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "child-delete-title", HELPING);
    let f = Form::new(&p, format!("{HELPING}/con/{}/xoa", child.id), "child-delete-button")
        .lead(p.t1("child-delete-lead", "name", &child.name))
        .danger();
    form(p, h, f, said)
}

pub async fn delete_page(State(web): State<Web>, Path(child): Path<String>, by: Citizen) -> Answer {
    let id = answer::id(&child)?;
    let child = own(&web, &by, id, &format!("{HELPING}/con/{id}/xoa")).await?;
    deleting(by, &child, Refused::none())
}

pub async fn delete(
    State(web): State<Web>,
    Path(child): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    let id = answer::id(&child)?;
    let here = format!("{HELPING}/con/{id}/xoa");
    own(&web, &by, id, &here).await?;
    web.accounts.delete_child(&by.signed, id).await.map_err(web.account_problem())?;
    Ok(go_saying(&web, HELPING, "flash-child-deleted"))
}

//! Where there is no camera and no photo: what stands on the card, typed.

use super::{PAGE as START, check};
use crate::{
    citizen::{
        accounts::{
            form::{Field, Head},
            keep,
            refusal::{Answer, Refused, refused},
        },
        answer::go,
    },
    forms::Fields,
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::extract::State;
use base::card::Typed;
use domain::accounts::verify::Said;

#[derive(Template)]
#[template(path = "citizen/accounts/verify_typed.html")]
struct TypedPage {
    p: Page,
    h: Head,
    before: Vec<Field>,
    sex: String,
    after: Vec<Field>,
    connected: bool,
}

fn form(web: &Web, by: Citizen, typed: &Fields, refused: Refused) -> Answer {
    let mut p = by.visit.page;
    let (errors, status, seconds) = refused.split();
    let h = Head::own(&mut p, "verify-typed-title", START).wrong(errors);
    let field = |name: &'static str, label: &str, hint: &str| {
        Field::text(name, p.t(label)).hint(p.t(hint)).value(typed.get(name))
    };
    let digits = |field: Field| Field { inputmode: "numeric", ..field };
    let before = vec![
        digits(field("number", "fact-number", "verify-number-hint")),
        field("full_name", "fact-full_name", "verify-name-hint").autocomplete("name"),
        field("birth", "fact-birth_date", "verify-birth-hint").autocomplete("bday"),
    ];
    let after = vec![field("issued", "verify-issued", "verify-issued-hint")];
    let sex = typed.get("sex").to_owned();
    Refused::page(status, seconds, &TypedPage { before, sex, after, connected: web.registry.is_some(), h, p })
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    form(&web, by, &Fields::default(), Refused::none())
}

pub async fn send(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let typed = Typed {
        number: fields.get("number"),
        full_name: fields.get("full_name"),
        birth: fields.get("birth"),
        sex: fields.get("sex"),
        issued: fields.get("issued"),
    };
    match web.accounts.show_card(&by.signed, Said::Typed(typed), &by.visit.visitor).await {
        Ok(token) => Ok(keep::begin_flow(&web, go(check::PAGE), &token)),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "main", START)?;
            form(&web, by, &fields, said)
        }
    }
}

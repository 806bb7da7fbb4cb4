//! The other one reads a code aloud: their phone, what is asked, the code.

use super::{AskPage, Asked};
use crate::{
    citizen::{
        accounts::{
            code::Way,
            form::{Field, Form, Head},
            keep,
            refusal::{Answer, Refused, bad_phone, refused},
        },
        answer::go_saying,
    },
    error::Problem,
    state::Web,
    visit::{self, Citizen},
};
use axum::extract::{RawQuery, State};
use base::phone::PhoneNumber;
use domain::accounts::{Error, FlowKind, helping::HELPING};

pub const START: &str = "/tai-khoan/giup-nguoi/doc-ma";
const WAY: Way = Way { kind: FlowKind::Help, start: START, after: None, title: "helping-code-title", tabs: true };

fn start_page(by: Citizen, typed: &str, asked: &Asked, gone: bool, said: Refused) -> Answer {
    let mut p = by.visit.page;
    let (errors, status, seconds) = said.split();
    let warn = if gone { p.t("acc-steps-over").into_owned() } else { String::new() };
    let h = Head::own(&mut p, "helping-by-code", HELPING).island("islands/altcha.js").warn(warn).wrong(errors);
    let phone = Field::phone(&p, "helping-by-code-phone").autocomplete("off").value(typed);
    let f = Form::new(&p, START, "helping-by-code-button")
        .lead(p.t("helping-by-code-lead"))
        .loading(p.t("acc-sending-code"))
        .proof()
        .field(phone);
    let (scopes, terms) = (asked.scope_choices(&p), asked.term_choices(&p));
    let goes = p.t("helping-by-code-goes").into_owned();
    Refused::page(status, seconds, &AskPage { scopes, terms, goes, f, h, p })
}

pub async fn page(State(web): State<Web>, RawQuery(raw): RawQuery, by: Citizen) -> Answer {
    let has_mark = by.visit.mark.is_some();
    let gone = keep::query(&raw).has("het-han");
    Ok(keep::marked(&web, has_mark, start_page(by, "", &Asked::usual(), gone, Refused::none())?))
}

pub async fn start(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let (typed, asked) = (fields.get("phone"), Asked::of(&fields));
    let term = asked.term.ok_or(Problem::BadRequest)?;
    let phone = match PhoneNumber::parse(typed) {
        Ok(phone) => phone,
        Err(bad) => {
            let said = bad_phone(&by.visit.page, bad);
            return start_page(by, typed, &asked, false, said);
        }
    };
    let (before, lang, proof) = (keep::flow(&web, &by.visit), by.visit.page.lang(), fields.get("altcha"));
    let what = (phone, asked.scopes, term);
    let started = web.accounts.start_help_by_code(&by.signed, what, lang, &by.visit.visitor, proof, Some(&before));
    match started.await {
        Ok(started) => WAY.started(&web, by.visit.mark.is_some(), keep::HOME, &started.token),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "phone", START)?;
            start_page(by, typed, &asked, false, said)
        }
    }
}

pub async fn code_page(State(web): State<Web>, by: Citizen) -> Answer {
    WAY.show(&web, by.visit, keep::HOME, Refused::none()).await
}

pub async fn confirm(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let code = WAY.typed(&web, &by.visit, keep::HOME, &fields).await?;
    match web.accounts.confirm_help_by_code(&by.signed, &keep::flow(&web, &by.visit), code).await {
        Ok(()) => Ok(keep::end_flow(&web, go_saying(&web, HELPING, "flash-helping-begun"))),
        // The code is used: what is in the way is said where one would begin again.
        Err(e @ Error::Helping(_)) => {
            let said = refused(&web, &by.visit.page, e, "phone", START)?;
            Ok(keep::end_flow(&web, start_page(by, "", &Asked::usual(), false, said)?))
        }
        Err(e) => WAY.refuse(&web, by.visit, keep::HOME, e, "code").await,
    }
}

pub async fn resend(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    WAY.resend(&web, by.visit, keep::HOME, fields.get("altcha")).await
}

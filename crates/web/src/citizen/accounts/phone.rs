//! Đổi số điện thoại (A8): proof of oneself, a code to the new phone, word to the old one.

use super::{
    code::Way,
    form::{Field, Form, Head, form},
    keep,
    refusal::{Answer, Refused, bad_phone, refused, step_up},
};
use crate::{
    citizen::answer::go_saying,
    state::Web,
    visit::{self, Citizen},
};
use axum::extract::RawQuery;
use axum::extract::State;
use base::phone::PhoneNumber;
use domain::accounts::{Error, FlowKind};

const START: &str = "/tai-khoan/so-dien-thoai";
const WAY: Way =
    Way { kind: FlowKind::ChangePhone, start: START, after: None, title: "acc-phone-code-title", tabs: true };

fn start_page(by: Citizen, typed: &str, gone: bool, refused: Refused) -> Answer {
    let mut p = by.visit.page;
    let warn = if gone { p.t("acc-steps-over").into_owned() } else { String::new() };
    let h = Head::own(&mut p, "acc-phone-change", "/tai-khoan/thong-tin").island("islands/altcha.js").warn(warn);
    let now = by.signed.phone.as_ref().map(|n| n.national()).unwrap_or_default();
    let f = Form::new(&p, START, "continue")
        .lead(p.t1("acc-phone-change-lead", "phone", now))
        .loading(p.t("acc-sending-code"))
        .proof()
        .field(Field::phone(&p, "acc-phone-new").value(typed));
    form(p, h, f, refused)
}

pub async fn page(State(web): State<Web>, RawQuery(raw): RawQuery, by: Citizen) -> Answer {
    by.signed.require_fresh(web.core.now()).map_err(|_| step_up(START))?;
    let has_mark = by.visit.mark.is_some();
    let response = start_page(by, "", keep::query(&raw).has("het-han"), Refused::none())?;
    Ok(keep::marked(&web, has_mark, response))
}

pub async fn start(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let typed = fields.get("phone");
    let phone = match PhoneNumber::parse(typed) {
        Ok(phone) => phone,
        Err(bad) => {
            let said = bad_phone(&by.visit.page, bad);
            return start_page(by, typed, false, said);
        }
    };
    let before = keep::flow(&web, &by.visit);
    let (lang, proof) = (by.visit.page.lang(), fields.get("altcha"));
    let visitor = &by.visit.visitor;
    match web.accounts.start_phone_change(&by.signed, phone, lang, visitor, proof, Some(&before)).await {
        Ok(started) => WAY.started(&web, by.visit.mark.is_some(), keep::HOME, &started.token),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "phone", START)?;
            start_page(by, typed, false, said)
        }
    }
}

pub async fn code_page(State(web): State<Web>, by: Citizen) -> Answer {
    WAY.show(&web, by.visit, keep::HOME, Refused::none()).await
}

pub async fn confirm(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let code = WAY.typed(&web, &by.visit, keep::HOME, &fields).await?;
    match web.accounts.confirm_phone_change(&by.signed, &keep::flow(&web, &by.visit), code).await {
        Ok(token) => {
            let response = go_saying(&web, "/tai-khoan/thong-tin", "flash-acc-phone-changed");
            Ok(keep::end_flow(&web, keep::renew(&web, response, &by, &token)))
        }
        // Somebody took the phone meanwhile: another one is needed, not another code.
        Err(e @ Error::PhoneTaken) => {
            let said = refused(&web, &by.visit.page, e, "phone", START)?;
            start_page(by, "", false, said)
        }
        Err(e) => WAY.refuse(&web, by.visit, keep::HOME, e, "code").await,
    }
}

pub async fn resend(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    WAY.resend(&web, by.visit, keep::HOME, fields.get("altcha")).await
}

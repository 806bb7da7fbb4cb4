//! Quên mật khẩu (A5): phone → code → second factor where there is one → new password; every other session ends. Known and
//! unknown phones look the same until the code is right.

use super::{
    code::Way,
    factor::{Asked, Question, ask},
    form::{Field, Form, Head, form},
    keep::{self, carrying, next_of},
    refusal::{Answer, Out, Refused, bad_phone, refused},
};
use crate::{
    citizen::answer::{go, go_saying},
    forms::Fields,
    state::Web,
    visit::{self, Alone, Visit},
};
use axum::extract::{RawQuery, State};
use base::{keys::Secret, phone::PhoneNumber};
use domain::accounts::{Error, FlowKind, factors::FactorCode, flows, recover::Next};

const START: &str = "/quen-mat-khau";
const FACTOR: &str = "/quen-mat-khau/xac-thuc";
const PASSWORD: &str = "/quen-mat-khau/mat-khau";
const WAY: Way =
    Way { kind: FlowKind::Recover, start: START, after: Some(PASSWORD), title: "acc-recover-code-title", tabs: false };

fn start_page(visit: Visit, next: &str, typed: &Fields, gone: bool, refused: Refused) -> Answer {
    let p = visit.page;
    let warn = if gone { p.t("acc-steps-over-recover").into_owned() } else { String::new() };
    let h = Head::door(p.t("acc-recover-title"), carrying("/dang-nhap", next)).island("islands/altcha.js").warn(warn);
    let f = Form::new(&p, START, "continue")
        .lead(p.t("acc-recover-lead"))
        .loading(p.t("acc-sending-code"))
        .next(next)
        .proof()
        .field(Field::phone(&p, "acc-phone-of-account").value(typed.get("phone")));
    form(p, h, f, refused)
}

pub async fn page(State(web): State<Web>, RawQuery(raw): RawQuery, Alone(visit): Alone) -> Answer {
    let asked = keep::query(&raw);
    let has_mark = visit.mark.is_some();
    let next = next_of(asked.get("next"));
    let response = start_page(visit, &next, &Fields::default(), asked.has("het-han"), Refused::none())?;
    Ok(keep::marked(&web, has_mark, response))
}

pub async fn start(State(web): State<Web>, visit::Form { by: Alone(visit), fields }: visit::Form<Alone>) -> Answer {
    let next = next_of(fields.get("next"));
    let phone = match PhoneNumber::parse(fields.get("phone")) {
        Ok(phone) => phone,
        Err(bad) => {
            let said = bad_phone(&visit.page, bad);
            return start_page(visit, &next, &fields, false, said);
        }
    };
    let before = keep::flow(&web, &visit);
    let (lang, proof) = (visit.page.lang(), fields.get("altcha"));
    match web.accounts.start_recovery(phone, lang, &visit.visitor, proof, Some(&before)).await {
        Ok(started) => WAY.started(&web, visit.mark.is_some(), &next, &started.token),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "phone", START)?;
            start_page(visit, &next, &fields, false, said)
        }
    }
}

pub async fn code_page(State(web): State<Web>, RawQuery(raw): RawQuery, Alone(visit): Alone) -> Answer {
    WAY.show(&web, visit, &next_of(keep::query(&raw).get("next")), Refused::none()).await
}

pub async fn confirm(State(web): State<Web>, visit::Form { by: Alone(visit), fields }: visit::Form<Alone>) -> Answer {
    let next = next_of(fields.get("next"));
    let code = WAY.typed(&web, &visit, &next, &fields).await?;
    match web.accounts.confirm_recovery(&keep::flow(&web, &visit), code).await {
        Ok(Next::Factor) => Ok(go(&carrying(FACTOR, &next))),
        Ok(Next::Password) => Ok(go(&carrying(PASSWORD, &next))),
        // The flow is closed: its own page cannot say why, the first one can.
        Err(e @ Error::Blocked { .. }) => {
            let said = refused(&web, &visit.page, e, "phone", START)?;
            start_page(visit, &next, &Fields::default(), false, said)
        }
        Err(e) => WAY.refuse(&web, visit, &next, e, "code").await,
    }
}

pub async fn resend(State(web): State<Web>, visit::Form { by: Alone(visit), fields }: visit::Form<Alone>) -> Answer {
    WAY.resend(&web, visit, &next_of(fields.get("next")), fields.get("altcha")).await
}

async fn factor_form(web: &Web, visit: Visit, next: &str, asked: Asked, refused: Refused) -> Answer {
    let flow = WAY.at(web, &visit, flows::FACTOR, next).await?;
    let Some(account) = flow.account else { return Err(WAY.again(next)) };
    let factors = web.accounts.factors(account).await.map_err(web.account_problem())?;
    let p = visit.page;
    let h = Head::door(p.t("acc-factor-title"), carrying(START, next));
    ask(p, h, Question { page: FACTOR, next, asked, factors: &factors, key: None }, "acc-recover-factor-lead", refused)
}

pub async fn factor_page(State(web): State<Web>, RawQuery(raw): RawQuery, Alone(visit): Alone) -> Answer {
    let asked = keep::query(&raw);
    factor_form(&web, visit, &next_of(asked.get("next")), Asked::of(&asked), Refused::none()).await
}

pub async fn factor(
    State(web): State<Web>,
    RawQuery(raw): RawQuery,
    visit::Form { by: Alone(visit), fields }: visit::Form<Alone>,
) -> Answer {
    let (asked, next) = (Asked::of(&keep::query(&raw)), next_of(fields.get("next")));
    let code = match FactorCode::parse(fields.get("code")) {
        Ok(code) => code,
        Err(e) => {
            let said = Refused::fields(&visit.page, &[e]);
            return factor_form(&web, visit, &next, asked, said).await;
        }
    };
    match web.accounts.confirm_recovery_factor(&keep::flow(&web, &visit), code).await {
        Ok(()) => Ok(go(&carrying(PASSWORD, &next))),
        Err(Error::FlowGone) => Err(gone(&web, &visit, flows::FACTOR, &next).await),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "code", START)?;
            factor_form(&web, visit, &next, asked, said).await
        }
    }
}

/// Where a step that is over leads.
async fn gone(web: &Web, visit: &Visit, step: &str, next: &str) -> Out {
    WAY.at(web, visit, step, next).await.err().unwrap_or_else(|| WAY.again(next))
}

async fn password_form(web: &Web, visit: Visit, next: &str, refused: Refused) -> Answer {
    WAY.at(web, &visit, flows::PASSWORD, next).await?;
    let p = visit.page;
    let h = Head::door(p.t("acc-recover-password-title"), "");
    let f = Form::new(&p, PASSWORD, "acc-recover-password-button")
        .lead(p.t("acc-recover-password-lead"))
        .next(next)
        .field(Field::new_password(&p, "acc-password-new"));
    form(p, h, f, refused)
}

pub async fn password_page(State(web): State<Web>, RawQuery(raw): RawQuery, Alone(visit): Alone) -> Answer {
    password_form(&web, visit, &next_of(keep::query(&raw).get("next")), Refused::none()).await
}

pub async fn complete(State(web): State<Web>, visit::Form { by: Alone(visit), fields }: visit::Form<Alone>) -> Answer {
    let next = next_of(fields.get("next"));
    let typed = Secret::new(fields.get("password"));
    match web.accounts.complete_recovery(&keep::flow(&web, &visit), &typed, &visit.visitor).await {
        Ok(session) => {
            let to = if next == keep::HOME { "/tai-khoan" } else { next.as_str() };
            Ok(keep::enter(&web, go_saying(&web, to, "flash-acc-recovered"), &session))
        }
        Err(Error::FlowGone) => Err(gone(&web, &visit, flows::PASSWORD, &next).await),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "password", START)?;
            password_form(&web, visit, &next, said).await
        }
    }
}

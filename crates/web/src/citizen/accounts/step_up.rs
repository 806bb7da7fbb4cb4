//! Xác nhận lại (A17): the password, or with a second factor that factor; then back to where one was.

use super::{
    factor::{Asked, Key, Question, ask},
    form::{Field, Form, Head, form},
    keep::{self, carrying},
    linked,
    refusal::{Answer, Out, Refused, refused},
    sign_in::{ceremony, ceremony_done, ceremony_refused, ceremony_token, json},
};
use crate::{
    citizen::answer::go,
    error::Problem,
    middleware::{encode, safe_next},
    state::Web,
    visit::{self, Citizen},
};
use axum::extract::{RawQuery, Request, State};
use base::keys::Secret;
use domain::accounts::{factors::FactorCode, step_up::Needed};

const PAGE: &str = "/xac-nhan";

fn next_of(text: &str) -> String {
    let next = safe_next(text, "/tai-khoan");
    if next.starts_with(PAGE) { "/tai-khoan".into() } else { next }
}

async fn show(web: &Web, by: Citizen, next: &str, asked: Asked, refused: Refused) -> Answer {
    let needed = web.accounts.needed_to_step_up(&by.signed).await.map_err(web.account_problem())?;
    let p = by.visit.page;
    // Back to the page one came from would only lead here again.
    let h = Head::door(p.t("acc-step-up-title"), "/tai-khoan");
    if needed == Needed::Factor {
        let factors = web.accounts.factors(by.signed.account).await.map_err(web.account_problem())?;
        let has_key = web.accounts.has_passkeys() && !factors.passkeys.is_empty();
        let key = has_key.then(|| Key {
            options: "/xac-nhan/khoa/bat-dau".into(),
            finish: format!("/xac-nhan/khoa/xong?next={}", encode(next)),
            button: "acc-key-confirm",
        });
        return ask(p, h, Question { page: PAGE, next, asked, factors: &factors, key }, "acc-step-up-lead", refused);
    }
    let links = web.accounts.links(by.signed.account).await.map_err(web.account_problem())?;
    let there = linked::offered(web, &p).into_iter().filter(|o| links.iter().any(|l| l.provider == o.name));
    let there = there.map(|o| {
        (carrying(&format!("/xac-nhan/lien-thong/{}", o.name), next), p.t1("link-confirm-with", "provider", o.label))
    });
    if needed == Needed::Elsewhere {
        let f = there.fold(Form::default().lead(p.t("link-step-up-lead")), |f, (href, text)| f.link(href, text));
        return form(p, h, f, refused);
    }
    let f = Form::new(&p, PAGE, "acc-confirm")
        .lead(p.t("acc-step-up-lead"))
        .loading(p.t("acc-checking"))
        .next(next)
        .field(Field::password("password", p.t("acc-password")))
        .link(carrying("/quen-mat-khau", next), p.t("acc-forgot"));
    let f = there.fold(f, |f, (href, text)| f.link(href, text));
    form(p, h, f, refused)
}

pub async fn page(State(web): State<Web>, RawQuery(raw): RawQuery, by: Citizen) -> Answer {
    let fields = keep::query(&raw);
    show(&web, by, &next_of(fields.get("next")), Asked::of(&fields), Refused::none()).await
}

pub async fn prove(
    State(web): State<Web>,
    RawQuery(raw): RawQuery,
    visit::Form { by, fields }: visit::Form<Citizen>,
) -> Answer {
    let (asked, next) = (Asked::of(&keep::query(&raw)), next_of(fields.get("next")));
    let (field, proved) = if fields.has("code") {
        match FactorCode::parse(fields.get("code")) {
            Ok(code) => ("code", web.accounts.step_up_by_factor(&by.signed, code).await),
            Err(e) => {
                let said = Refused::fields(&by.visit.page, &[e]);
                return show(&web, by, &next, asked, said).await;
            }
        }
    } else {
        let password = Secret::new(fields.get("password"));
        ("password", web.accounts.step_up_by_password(&by.signed, &password).await)
    };
    match proved {
        Ok(token) => Ok(keep::renew(&web, go(&next), &by, &token)),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, field, &next)?;
            show(&web, by, &next, asked, said).await
        }
    }
}

/// The person behind a script's request.
pub async fn citizen(web: &Web, request: Request) -> Result<(Citizen, serde_json::Value), Out> {
    let (visit, answer) = json(web, request).await?;
    let signed = visit.citizen.clone().ok_or(Problem::SignIn)?;
    Ok((Citizen { visit, signed }, answer))
}

pub async fn passkey_start(State(web): State<Web>, request: Request) -> Answer {
    let (by, _) = citizen(&web, request).await?;
    match web.accounts.start_passkey_step_up(&by.signed).await {
        Ok(started) => Ok(ceremony(&web, started)),
        Err(e) => ceremony_refused(&web, &by.visit.page, e),
    }
}

pub async fn passkey_finish(State(web): State<Web>, RawQuery(raw): RawQuery, request: Request) -> Answer {
    let next = next_of(keep::query(&raw).get("next"));
    let (by, answer) = citizen(&web, request).await?;
    let token = ceremony_token(&web, &by.visit);
    match web.accounts.finish_passkey_step_up(&by.signed, &token, answer).await {
        Ok(token) => Ok(keep::renew(&web, ceremony_done(&web, &next), &by, &token)),
        Err(e) => ceremony_refused(&web, &by.visit.page, e),
    }
}

//! Đổi mật khẩu (A8): the current one is asked, every other session ends.

use super::{
    form::{Field, Form, Head, form},
    keep,
    refusal::{Answer, Out, Refused, refused, step_up},
};
use crate::{
    citizen::answer::go_saying,
    error::Problem,
    state::Web,
    visit::{self, Citizen},
};
use axum::extract::State;
use base::keys::Secret;
use domain::{
    accounts::{Error, step_up::Needed},
    error::FieldError,
};

const PAGE: &str = "/tai-khoan/mat-khau";

async fn password_form(web: &Web, by: Citizen, refused: Refused) -> Answer {
    let has_one = web.accounts.has_password(by.signed.account).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    if !has_one {
        let h = Head::own(&mut p, "acc-password-set", "/tai-khoan/bao-mat");
        let f = Form::new(&p, PAGE, "acc-password-set")
            .lead(p.t("acc-password-set-lead"))
            .field(Field::new_password(&p, "acc-password-choose"));
        return form(p, h, f, refused);
    }
    let h = Head::own(&mut p, "acc-password-change", "/tai-khoan/bao-mat");
    let f = Form::new(&p, PAGE, "acc-password-change")
        .lead(p.t("acc-password-change-lead"))
        .field(Field::password("current", p.t("acc-password-current")))
        .field(Field::new_password(&p, "acc-password-new"))
        .link(keep::carrying("/quen-mat-khau", PAGE), p.t("acc-forgot-current"));
    form(p, h, f, refused)
}

/// Who has a second factor proves it before; else the current password, which is asked anyway, is the proof.
async fn must_step_up(web: &Web, by: &Citizen) -> Result<bool, Out> {
    if by.signed.require_fresh(web.core.now()).is_ok() {
        return Ok(false);
    }
    let needed = web.accounts.needed_to_step_up(&by.signed).await.map_err(web.account_problem())?;
    if needed == Needed::Password { Ok(true) } else { Err(step_up(PAGE)) }
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    must_step_up(&web, &by).await?;
    password_form(&web, by, Refused::none()).await
}

pub async fn change(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let (current, new) = (Secret::new(fields.get("current")), Secret::new(fields.get("password")));
    let mut by = by;
    let mut proved = None;
    // Who left both empty is told of both.
    if current.expose().is_empty()
        && web.accounts.has_password(by.signed.account).await.map_err(web.account_problem())?
    {
        let mut wrong = vec![FieldError { field: "current", key: "acc-password-current-empty" }];
        if new.expose().is_empty() {
            wrong.push(FieldError { field: "password", key: "password-short" });
        }
        let said = Refused::fields(&by.visit.page, &wrong);
        return password_form(&web, by, said).await;
    }
    if must_step_up(&web, &by).await? {
        match web.accounts.step_up_by_password(&by.signed, &current).await {
            Ok(token) => {
                let found = web.accounts.session(token.expose()).await.map_err(web.account_problem())?;
                by.signed = found.ok_or(Problem::SignIn)?;
                proved = Some(token);
            }
            Err(e) => {
                let said = refused(&web, &by.visit.page, e, "current", PAGE)?;
                return password_form(&web, by, said).await;
            }
        }
    }
    match web.accounts.change_password(&by.signed, &current, &new).await {
        Ok(token) => {
            let response = go_saying(&web, "/tai-khoan/bao-mat", "flash-acc-password-changed");
            Ok(keep::renew(&web, response, &by, &token))
        }
        Err(e) => {
            let at = if matches!(e, Error::WrongPassword) || e.again_at().is_some() { "current" } else { "password" };
            let said = refused(&web, &by.visit.page, e, at, PAGE)?;
            // The session has another token since the proof, whatever became of the new password.
            let response = password_form(&web, by.clone(), said).await?;
            Ok(match proved {
                Some(token) => keep::renew(&web, response, &by, &token),
                None => response,
            })
        }
    }
}

//! Password and second factors of a member of staff (A16, A17). Who still owes one of them sees nothing else until it is done.

use super::{
    door::{self, next_in, next_of, sentence, staff_cookie, wrong},
    form::{Field, Wrong},
    linked,
    shell::{go, go_saying, html_as, id, with_cookie},
};
use crate::{
    error::Problem,
    page::Page,
    state::Web,
    visit::{Entrance, Form},
};
use askama::Template;
use axum::{
    extract::{Path, RawQuery, Request, State},
    http::StatusCode,
    response::Response,
};
use base::keys::Secret;
use domain::{
    accounts::{
        Error, Signed,
        factors::{FactorCode, Factors},
        sessions::Duty,
        step_up::Needed,
    },
    error::Error as Shared,
};
use std::sync::Arc;

pub(super) const PAGE: &str = "/can-bo/bao-mat";
pub(super) const STEP_UP: &str = "/can-bo/xac-nhan";

/// Markup that this program made: the QR code of a TOTP secret, squares without styles or scripts.
struct Svg(Secret);

impl std::fmt::Display for Svg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.expose())
    }
}

#[derive(Template)]
#[template(path = "staff/security.html")]
struct SecurityPage {
    p: Page,
    name: String,
    duty: &'static str,
    factors: Factors,
    passkeys: bool,
    /// Providers that this account may be linked with.
    links: Vec<linked::Row>,
    password: Vec<Field>,
    wrong: Vec<Wrong>,
}

#[derive(Template)]
#[template(path = "staff/totp.html")]
struct TotpPage {
    p: Page,
    svg: Svg,
    secret: String,
    link: String,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
}

#[derive(Template)]
#[template(path = "staff/codes.html")]
struct CodesPage {
    p: Page,
    codes: Vec<String>,
    joined: String,
}

#[derive(Template)]
#[template(path = "staff/step_up.html")]
struct StepUpPage {
    p: Page,
    next: String,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
    by_factor: bool,
    passkeys: bool,
}

/// What the second steps have in common: somebody is signed in, in whatever state.
fn signed(door: &Entrance) -> Result<Arc<Signed>, Problem> {
    door.signed.clone().ok_or(Problem::SignIn)
}

/// A refusal of this page: who must first prove themselves comes back here afterwards.
fn refused(web: &Web, p: &Page, error: Error) -> Result<Result<String, Response>, Problem> {
    match error {
        Error::Shared(Shared::StepUp) => Ok(Err(step_up_first())),
        e => Ok(Ok(sentence(web, p, e)?)),
    }
}

/// To prove that it is oneself, and back to this page.
pub(super) fn step_up_first() -> Response {
    go(&format!("{STEP_UP}?next={PAGE}"))
}

fn password_fields(p: &Page) -> Vec<Field> {
    vec![
        Field::new("password", "current", p.t("desk-password-current")).autocomplete("current-password"),
        Field::new("password", "password", p.t("desk-password-new"))
            .hint(p.t("desk-password-new-hint"))
            .autocomplete("new-password"),
    ]
}

async fn show(
    web: &Web,
    door: Entrance,
    status: StatusCode,
    password: Vec<Field>,
    wrong: Vec<Wrong>,
) -> Result<Response, Problem> {
    let signed = signed(&door)?;
    let factors = web.accounts.factors(signed.account).await.map_err(web.account_problem())?;
    let duty = match signed.duty() {
        Some(Duty::ChangePassword) => "password",
        Some(Duty::EnrolFactor) => "factor",
        None => "",
    };
    let links = if duty.is_empty() { linked::rows(web, &door.page, signed.account).await? } else { Vec::new() };
    let (name, passkeys) = (signed.name.clone(), web.accounts.has_passkeys());
    html_as(status, &SecurityPage { p: door.page, name, duty, factors, passkeys, links, password, wrong })
}

pub async fn page(State(web): State<Web>, door: Entrance) -> Result<Response, Problem> {
    let fields = password_fields(&door.page);
    show(&web, door, StatusCode::OK, fields, Vec::new()).await
}

pub async fn change_password(
    State(web): State<Web>,
    Form { by: door, fields }: Form<Entrance>,
) -> Result<Response, Problem> {
    let who = signed(&door)?;
    let (current, new) = (Secret::new(fields.get("current")), Secret::new(fields.get("password")));
    match web.accounts.change_password(&who, &current, &new).await {
        Ok(token) => Ok(with_cookie(go_saying(&web, PAGE, "flash-desk-password-changed"), staff_cookie(&web, &token))),
        Err(e) => {
            let at = usize::from(!matches!(e, Error::WrongPassword));
            let text = match refused(&web, &door.page, e)? {
                Ok(text) => text,
                Err(response) => return Ok(response),
            };
            let mut form = password_fields(&door.page);
            let wrong = wrong(&mut form, at, text);
            show(&web, door, StatusCode::UNPROCESSABLE_ENTITY, form, wrong).await
        }
    }
}

async fn totp_form(web: &Web, door: Entrance, error: Option<String>) -> Result<Response, Problem> {
    let who = signed(&door)?;
    let enrolment = match web.accounts.begin_totp(&who).await {
        Ok(enrolment) => enrolment,
        Err(Error::Shared(Shared::State)) => return Ok(go(PAGE)),
        Err(e) => {
            return match refused(web, &door.page, e)? {
                Ok(_) => Err(Problem::BadRequest),
                Err(response) => Ok(response),
            };
        }
    };
    let p = door.page;
    let mut fields = vec![Field::new("code", "code", p.t("desk-totp-code")).hint(p.t("desk-totp-code-hint"))];
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let wrong = error.map(|text| wrong(&mut fields, 0, text)).unwrap_or_default();
    let (secret, link) = (enrolment.secret.expose().to_owned(), enrolment.link.expose().to_owned());
    html_as(status, &TotpPage { p, svg: Svg(enrolment.svg), secret, link, fields, wrong })
}

pub async fn totp_page(State(web): State<Web>, door: Entrance) -> Result<Response, Problem> {
    totp_form(&web, door, None).await
}

pub async fn confirm_totp(
    State(web): State<Web>,
    Form { by: door, fields }: Form<Entrance>,
) -> Result<Response, Problem> {
    let who = signed(&door)?;
    let code = match FactorCode::parse(fields.get("code")) {
        Ok(code) => code,
        Err(e) => {
            let text = door.page.t(e.key).into_owned();
            return totp_form(&web, door, Some(text)).await;
        }
    };
    match web.accounts.confirm_totp(&who, code).await {
        Ok((token, codes)) if codes.is_empty() => {
            Ok(with_cookie(go_saying(&web, PAGE, "flash-desk-factor-added"), staff_cookie(&web, &token)))
        }
        // The codes stand on this answer alone and are kept nowhere readable: a redirect would lose them.
        Ok((token, codes)) => Ok(with_cookie(show_codes(door.page, &codes)?, staff_cookie(&web, &token))),
        Err(e) => match refused(&web, &door.page, e)? {
            Ok(text) => totp_form(&web, door, Some(text)).await,
            Err(response) => Ok(response),
        },
    }
}

fn show_codes(p: Page, codes: &[Secret]) -> Result<Response, Problem> {
    let codes: Vec<String> = codes.iter().map(|c| c.expose().to_owned()).collect();
    let joined = codes.join(" ");
    html_as(StatusCode::OK, &CodesPage { p, codes, joined })
}

/// What a button of this page did: a word on success, a word on refusal.
pub(super) async fn after(
    web: &Web,
    door: Entrance,
    done: Result<(), Error>,
    flash: &str,
) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(go_saying(web, PAGE, flash)),
        Err(e) => match refused(web, &door.page, e)? {
            Ok(text) => {
                let fields = password_fields(&door.page);
                let wrong = vec![Wrong { id: "main".into(), text }];
                show(web, door, StatusCode::UNPROCESSABLE_ENTITY, fields, wrong).await
            }
            Err(response) => Ok(response),
        },
    }
}

pub async fn remove_totp(State(web): State<Web>, Form { by: door, .. }: Form<Entrance>) -> Result<Response, Problem> {
    let done = web.accounts.remove_totp(&*signed(&door)?).await;
    after(&web, door, done, "flash-desk-factor-removed").await
}

pub async fn remove_passkey(
    State(web): State<Web>,
    Path(passkey): Path<String>,
    Form { by: door, .. }: Form<Entrance>,
) -> Result<Response, Problem> {
    let done = web.accounts.remove_passkey(&*signed(&door)?, id(&passkey)?).await;
    after(&web, door, done, "flash-desk-factor-removed").await
}

pub async fn new_backup_codes(
    State(web): State<Web>,
    Form { by: door, .. }: Form<Entrance>,
) -> Result<Response, Problem> {
    match web.accounts.renew_backup_codes(&*signed(&door)?).await {
        Ok(codes) => show_codes(door.page, &codes),
        Err(e) => after(&web, door, Err(e), "").await,
    }
}

pub async fn passkey_start(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let (door, _) = door::json(&web, request).await?;
    match web.accounts.start_passkey(&*signed(&door)?).await {
        Ok(started) => Ok(door::ceremony(&web, started)),
        Err(e) => door::ceremony_refused(&web, &door.page, e),
    }
}

pub async fn passkey_finish(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let (door, answer) = door::json(&web, request).await?;
    let who = signed(&door)?;
    let name = answer.get("label").and_then(|l| l.as_str()).unwrap_or_default().to_owned();
    let token = door::ceremony_token(&web, &door);
    match web.accounts.finish_passkey(&who, &token, answer, &name).await {
        // A script reads this answer and shows nothing of it: backup codes are made anew on the page it goes to.
        Ok((token, _)) => Ok(door::ceremony_done(&web, &token, PAGE)),
        Err(e) => door::ceremony_refused(&web, &door.page, e),
    }
}

async fn step_up_form(web: &Web, door: Entrance, next: String, error: Option<String>) -> Result<Response, Problem> {
    let who = signed(&door)?;
    let needed = web.accounts.needed_to_step_up(&who).await.map_err(web.account_problem())?;
    let by_factor = matches!(needed, Needed::Factor);
    let p = door.page;
    let mut fields = vec![if by_factor {
        Field::new("code", "code", p.t("desk-factor-code")).hint(p.t("desk-factor-code-hint"))
    } else {
        Field::new("password", "password", p.t("desk-sign-in-password")).autocomplete("current-password")
    }];
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let wrong = error.map(|text| wrong(&mut fields, 0, text)).unwrap_or_default();
    let passkeys = web.accounts.has_passkeys() && by_factor;
    html_as(status, &StepUpPage { p, next, fields, wrong, by_factor, passkeys })
}

pub async fn step_up_page(
    State(web): State<Web>,
    door: Entrance,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    step_up_form(&web, door, next_in(raw.as_deref()), None).await
}

pub async fn step_up(State(web): State<Web>, Form { by: door, fields }: Form<Entrance>) -> Result<Response, Problem> {
    let who = signed(&door)?;
    let next = next_of(fields.get("next"));
    let proved = if fields.has("code") {
        match FactorCode::parse(fields.get("code")) {
            Ok(code) => web.accounts.step_up_by_factor(&who, code).await,
            Err(e) => {
                let text = door.page.t(e.key).into_owned();
                return step_up_form(&web, door, next, Some(text)).await;
            }
        }
    } else {
        web.accounts.step_up_by_password(&who, &Secret::new(fields.get("password"))).await
    };
    match proved {
        Ok(token) => Ok(with_cookie(go(&next), staff_cookie(&web, &token))),
        Err(e) => match refused(&web, &door.page, e)? {
            Ok(text) => step_up_form(&web, door, next, Some(text)).await,
            Err(response) => Ok(response),
        },
    }
}

pub async fn step_up_passkey_start(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let (door, _) = door::json(&web, request).await?;
    match web.accounts.start_passkey_step_up(&*signed(&door)?).await {
        Ok(started) => Ok(door::ceremony(&web, started)),
        Err(e) => door::ceremony_refused(&web, &door.page, e),
    }
}

pub async fn step_up_passkey_finish(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let (door, answer) = door::json(&web, request).await?;
    let who = signed(&door)?;
    let token = door::ceremony_token(&web, &door);
    match web.accounts.finish_passkey_step_up(&who, &token, answer).await {
        Ok(token) => Ok(door::ceremony_done(&web, &token, "/can-bo")),
        Err(e) => door::ceremony_refused(&web, &door.page, e),
    }
}

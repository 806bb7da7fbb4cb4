//! Ứng dụng tạo mã (TOTP, A17): set up with a QR code or by hand, confirmed by its first code, switched off again.

use super::{
    form::{Field, Form, Head, form},
    keep,
    refusal::{Answer, Refused, refused, step_up},
    security::{self, show_codes},
};
use crate::{
    citizen::answer::{go, go_saying},
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::{FastWritable, Template};
use axum::extract::State;
use base::keys::Secret;
use domain::{
    accounts::{Error, factors::FactorCode},
    error::Error as Shared,
};
use std::fmt;

const PAGE: &str = "/tai-khoan/bao-mat/ung-dung";
const REMOVE: &str = "/tai-khoan/bao-mat/ung-dung/tat";

/// Markup that this program made: squares without styles or scripts, not escaped.
struct Svg(Secret);

impl FastWritable for Svg {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        // The picture's name stands on the element around it.
        let svg = self.0.expose().replacen(" role=\"img\"", " aria-hidden=\"true\"", 1);
        // Its size is the style sheet's.
        write!(dest, "{}", svg.replacen(" width=\"240\" height=\"240\"", " class=\"qr\"", 1)).map_err(Into::into)
    }
}

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.expose())
    }
}

impl askama::filters::HtmlSafe for Svg {}

#[derive(Template)]
#[template(path = "citizen/accounts/totp.html")]
struct TotpPage {
    p: Page,
    h: Head,
    f: Form,
    svg: Svg,
    secret: String,
    link: String,
}

async fn show(web: &Web, by: Citizen, refused: Refused) -> Answer {
    let enrolment = match web.accounts.begin_totp(&by.signed).await {
        Ok(enrolment) => enrolment,
        // It is set up already.
        Err(Error::Shared(Shared::State)) => return Ok(go(security::PAGE)),
        Err(Error::Shared(Shared::StepUp)) => return Err(step_up(PAGE)),
        Err(e) => return Err(web.account_problem()(e).into()),
    };
    let mut p = by.visit.page;
    let (errors, status, seconds) = refused.split();
    let h = Head::own(&mut p, "acc-app-title", security::PAGE).wrong(errors);
    let f = Form::new(&p, PAGE, "acc-app-confirm")
        .loading(p.t("acc-checking"))
        .field(Field::digits(p.t("acc-app-code")).hint(p.t("acc-app-first-hint")));
    let (secret, link) = (enrolment.secret.expose().to_owned(), enrolment.link.expose().to_owned());
    Refused::page(status, seconds, &TotpPage { p, h, f, svg: Svg(enrolment.svg), secret, link })
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    show(&web, by, Refused::none()).await
}

pub async fn confirm(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let code = match FactorCode::parse(fields.get("code")) {
        Ok(code) => code,
        Err(e) => {
            let said = Refused::fields(&by.visit.page, &[e]);
            return show(&web, by, said).await;
        }
    };
    match web.accounts.confirm_totp(&by.signed, code).await {
        Ok((token, codes)) => {
            let response = if codes.is_empty() {
                go_saying(&web, security::PAGE, "flash-acc-factor-added")
            } else {
                show_codes(by.visit.page.clone(), &codes)?
            };
            Ok(keep::renew(&web, response, &by, &token))
        }
        // Sent twice: the first one switched it on.
        Err(Error::Shared(Shared::State)) => Ok(go(security::PAGE)),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "code", PAGE)?;
            show(&web, by, said).await
        }
    }
}

fn remove_form(by: Citizen, refused: Refused) -> Answer {
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "acc-app-off-title", security::PAGE);
    let f = Form::new(&p, REMOVE, "acc-app-off").lead(p.t("acc-app-off-lead")).danger();
    form(p, h, f, refused)
}

pub async fn remove_page(State(web): State<Web>, by: Citizen) -> Answer {
    by.signed.require_fresh(web.core.now()).map_err(|_| step_up(REMOVE))?;
    remove_form(by, Refused::none())
}

pub async fn remove(State(web): State<Web>, visit::Form { by, .. }: visit::Form<Citizen>) -> Answer {
    match web.accounts.remove_totp(&by.signed).await {
        Ok(()) | Err(Error::Shared(Shared::State)) => Ok(go_saying(&web, security::PAGE, "flash-acc-factor-removed")),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "main", REMOVE)?;
            remove_form(by, said)
        }
    }
}

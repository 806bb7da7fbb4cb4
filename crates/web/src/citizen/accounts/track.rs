//! Theo dõi bằng mã (R3): a guest opens the own report again with its code and an SMS code to the phone. What is wrong is said
//! after the phone was proven, and alike for an unknown code and another person's (A14).

use super::{
    code::Way,
    form::{Field, Form, FormPage, Head},
    keep::{self, Door, HOME},
    refusal::{Answer, Refused, bad_phone, refused},
};
use crate::{
    citizen::answer::go,
    forms::Fields,
    state::Web,
    visit::{Alone, Visit},
};
use axum::extract::{RawQuery, State};
use base::{code::Code, phone::PhoneNumber};
use domain::{
    accounts::{Error, FlowKind},
    error::{Error as Shared, FieldError},
};

const START: &str = "/theo-doi";
const WAY: Way =
    Way { kind: FlowKind::Track, start: START, after: None, title: "acc-register-code-title", tabs: false };

fn start_page(visit: Visit, code: &str, phone: &str, gone: bool, refused: Refused) -> Answer {
    let p = visit.page;
    let (errors, status, seconds) = refused.split();
    let warn = if gone { p.t("guest-steps-over").into_owned() } else { String::new() };
    let h = Head::door(p.t("track-title"), "/phan-anh").island("islands/altcha.js").warn(warn).wrong(errors);
    let shown = Code::parse(code).map_or_else(|_| code.to_owned(), |c| c.to_string());
    let f = Form::new(&p, START, "continue")
        .lead(p.t("track-lead"))
        .loading(p.t("acc-sending-code"))
        .proof()
        .field(Field::text("ma", p.t("track-code")).hint(p.t("track-code-hint")).value(shown))
        .field(Field::phone(&p, "track-phone").value(phone))
        .link("/dang-nhap?next=/phan-anh/cua-toi", p.t("track-sign-in"))
        .link("/khach/du-lieu", p.t("guest-data-link"));
    Refused::page(status, seconds, &FormPage { p, h, f })
}

/// What was typed as a code, cut to what one can be.
fn typed(fields: &Fields) -> String {
    fields.get("ma").trim().chars().take(40).collect()
}

pub async fn page(State(web): State<Web>, RawQuery(raw): RawQuery, visit: Visit) -> Answer {
    let asked = keep::query(&raw);
    let code = typed(&asked);
    // Whose session this is may read it at once; nobody else learns here whether there is such a report.
    if let (Some(who), Ok(code)) = (visit.sending(), Code::parse(&code))
        && is_own(&web, who, &code).await?
    {
        return Ok(go(&format!("/phan-anh/{}", code.as_str())));
    }
    visit.as_oneself()?;
    // An account has its own list, and the search for what is public.
    if visit.citizen.is_some() {
        return Ok(go(if code.is_empty() { "/phan-anh/cua-toi" } else { "/phan-anh" }));
    }
    let has_mark = visit.mark.is_some();
    let response = start_page(visit, &code, "", asked.has("het-han"), Refused::none())?;
    Ok(keep::marked(&web, has_mark, response))
}

async fn is_own(web: &Web, who: base::ids::Uuid, code: &Code) -> Result<bool, crate::error::Problem> {
    use domain::reports::views::{Reader, find};
    match find(&web.core, code.as_str(), &Reader::Citizen(who)).await {
        Ok(whole) => Ok(whole.report.reporter == Some(who)),
        Err(Shared::NotFound) => Ok(false),
        Err(e) => Err(web.problem()(e)),
    }
}

pub async fn start(State(web): State<Web>, Door { visit, fields, .. }: Door) -> Answer {
    let (code, phone) = (typed(&fields), fields.get("phone").to_owned());
    let (read, number) = match (Code::parse(&code), PhoneNumber::parse(&phone)) {
        (Ok(read), Ok(number)) => (read, number),
        (read, number) => {
            let wrong: Vec<FieldError> =
                read.is_err().then_some(FieldError { field: "ma", key: "code-wrong" }).into_iter().collect();
            let mut said = Refused::fields(&visit.page, &wrong);
            if let Err(bad) = number {
                said.errors.0.extend(bad_phone(&visit.page, bad).errors.0);
            }
            return start_page(visit, &code, &phone, false, said);
        }
    };
    let (before, lang, proof) = (keep::flow(&web, &visit), visit.page.lang(), fields.get("altcha"));
    match web.accounts.start_tracking(&read, number, lang, &visit.visitor, proof, Some(&before)).await {
        Ok(started) => WAY.started(&web, visit.mark.is_some(), HOME, &started.token),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "phone", START)?;
            start_page(visit, &code, &phone, false, said)
        }
    }
}

pub async fn code_page(State(web): State<Web>, Alone(visit): Alone) -> Answer {
    WAY.show(&web, visit, HOME, Refused::none()).await
}

pub async fn confirm(State(web): State<Web>, Door { visit, fields, .. }: Door) -> Answer {
    let code = WAY.typed(&web, &visit, HOME, &fields).await?;
    match web.accounts.confirm_tracking(&keep::flow(&web, &visit), code, &visit.visitor).await {
        Ok((session, report)) => Ok(keep::enter_as_guest(&web, go(&format!("/phan-anh/{report}")), &session)),
        Err(Error::Shared(Shared::NotFound)) => {
            let said = Refused::at("ma", visit.page.t("track-nothing").into_owned());
            start_page(visit, "", "", false, said)
        }
        Err(e @ Error::Blocked { .. }) => {
            let said = refused(&web, &visit.page, e, "phone", START)?;
            start_page(visit, "", "", false, said)
        }
        Err(e) => WAY.refuse(&web, visit, HOME, e, "code").await,
    }
}

pub async fn resend(State(web): State<Web>, Door { visit, fields, .. }: Door) -> Answer {
    WAY.resend(&web, visit, HOME, fields.get("altcha")).await
}

//! Đăng ký (A1): phone and consent → code → name, residence, password → welcome. A phone that has an account gets the same
//! pages; only its SMS differs (A14).

use super::{
    code::Way,
    commune::{Choice, Picker, choice},
    form::{Field, Form, Head, shown},
    keep::{self, Door, Doorway, HOME, carrying, next_of},
    phone_page::{PhonePage, read_phone},
    refusal::{Answer, Refused, refused},
};
use crate::{
    citizen::{answer::go, errors::Errors},
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Citizen, Visit},
};
use askama::Template;
use axum::extract::{RawQuery, State};
use base::keys::Secret;
use domain::{
    accounts::{Address, Error, FlowKind, FullName, flows, register::Details},
    error::FieldError,
};

const WAY: Way = Way {
    kind: FlowKind::Register,
    start: "/dang-ky",
    after: Some(DETAILS),
    title: "acc-register-code-title",
    tabs: false,
};
const DETAILS: &str = "/dang-ky/thong-tin";

const PAGE: PhonePage = PhonePage {
    action: "/dang-ky",
    title: "acc-register-title",
    lead: "acc-register-lead",
    steps_over: "acc-steps-over-register",
    for_guests: false,
};

#[derive(Template)]
#[template(path = "citizen/accounts/details.html")]
struct DetailsPage {
    p: Page,
    h: Head,
    f: Form,
    picker: Picker,
}

#[derive(Template)]
#[template(path = "citizen/accounts/welcome.html")]
struct WelcomePage {
    p: Page,
    h: Head,
    name: String,
    next: String,
    reports: bool,
}

fn start_page(visit: Visit, next: &str, typed: &Fields, gone: bool, refused: Refused) -> Answer {
    PAGE.show(visit, carrying("/tai-khoan", HOME), next, typed, gone, refused)
}

pub async fn page(State(web): State<Web>, Doorway { visit, asked, next }: Doorway) -> Answer {
    let has_mark = visit.mark.is_some();
    let response = start_page(visit, &next, &Fields::default(), asked.has("het-han"), Refused::none())?;
    Ok(keep::marked(&web, has_mark, response))
}

pub async fn start(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let phone = match read_phone(&visit, &fields) {
        Ok(phone) => phone,
        Err(said) => return start_page(visit, &next, &fields, false, said),
    };
    let before = keep::flow(&web, &visit);
    let (lang, proof) = (visit.page.lang(), fields.get("altcha"));
    let started =
        web.accounts.start_registration(phone, fields.has("agreed"), lang, &visit.visitor, proof, Some(&before)).await;
    match started {
        Ok(started) => WAY.started(&web, visit.mark.is_some(), &next, &started.token),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "phone", "/dang-ky")?;
            start_page(visit, &next, &fields, false, said)
        }
    }
}

pub async fn code_page(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    WAY.show(&web, visit, &next, Refused::none()).await
}

pub async fn confirm(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let code = WAY.typed(&web, &visit, &next, &fields).await?;
    let checked = web.accounts.confirm_registration(&keep::flow(&web, &visit), code).await;
    WAY.go_on(&web, visit, &next, DETAILS, checked).await
}

pub async fn resend(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    WAY.resend(&web, visit, &next, fields.get("altcha")).await
}

fn details_form(visit: Visit, next: &str, typed: &Fields, picker: Picker, refused: Refused) -> Answer {
    let p = visit.page;
    let (errors, status, seconds) = refused.split();
    let h = Head::door(p.t("acc-details-title"), "").island("islands/commune.js").wrong(errors);
    let f = Form::new(&p, DETAILS, "acc-details-button")
        .lead(p.t("acc-details-lead"))
        .next(next)
        .field(
            Field::text("full_name", p.t("acc-name"))
                .hint(p.t("acc-name-hint"))
                .value(typed.get("full_name"))
                .autocomplete("name"),
        )
        .field(Field::address(&p, typed.get("address")))
        .field(Field::new_password(&p, "acc-password-choose"));
    Refused::page(status, seconds, &DetailsPage { p, h, f, picker })
}

pub async fn details_page(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    WAY.at(&web, &visit, flows::DETAILS, &next).await?;
    let picker = Picker::empty(&visit.page, None);
    details_form(visit, &next, &Fields::default(), picker, Refused::none())
}

pub async fn complete(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    WAY.at(&web, &visit, flows::DETAILS, &next).await?;
    let p = &visit.page;
    let chosen = choice(p, &fields, None);
    let picker = Picker::after(p, &fields, &chosen, None);
    // «Tìm» only asks: nothing else on the page is judged yet.
    if fields.has("find") && !matches!(chosen, Choice::Code(_)) {
        let said = match chosen.error() {
            Some(e) if picker.radios.is_empty() => Refused::fields(p, &[e]),
            _ => Refused::none(),
        };
        return details_form(visit, &next, &fields, picker, said);
    }
    let (name, address) = (FullName::parse(fields.get("full_name")), Address::parse(fields.get("address")));
    let typed = Secret::new(fields.get("password"));
    let (full_name, address, commune) = match (name, address, chosen) {
        (Ok(name), Ok(address), Choice::Code(commune)) => (name, address, commune),
        (name, address, chosen) => {
            let mut wrong: Vec<FieldError> =
                [name.err(), chosen.error(), address.err()].into_iter().flatten().collect();
            if typed.expose().is_empty() {
                wrong.push(FieldError { field: "password", key: "password-empty" });
            }
            let said = Refused::fields(p, &wrong);
            return details_form(visit, &next, &fields, picker, said);
        }
    };
    let details = Details { full_name, commune, address, password: typed };
    let token = keep::flow(&web, &visit);
    match web.accounts.complete_registration(&token, details, &visit.visitor).await {
        Ok(session) => Ok(keep::enter(&web, go(&carrying("/dang-ky/xong", &next)), &session)),
        Err(Error::FlowGone) => Err(WAY.again(&next)),
        Err(e) => {
            let said = refused(&web, p, e, "password", DETAILS)?;
            details_form(visit, &next, &fields, picker, said)
        }
    }
}

pub async fn welcome(RawQuery(raw): RawQuery, by: Citizen) -> Answer {
    let next = next_of(keep::query(&raw).get("next"));
    let mut p = by.visit.page;
    let title = p.t1("acc-welcome-title", "app", p.app_name());
    p.tab = "account";
    let h = Head { title, tabs: true, errors: Errors::none(), ..Head::default() };
    let reports = p.has_module("reports");
    let next = if next == HOME { String::new() } else { next };
    shown(&WelcomePage { name: by.signed.name.clone(), next, reports, h, p })
}

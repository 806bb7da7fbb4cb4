//! Thông tin cá nhân (A8): each thing on a page of its own.

use super::{
    commune::{Choice, Picker, choice},
    form::{Field, Form, Head, form, shown},
    refusal::{Answer, Refused, refused, step_up},
    register_form,
};
use crate::{
    citizen::answer::go_saying,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::extract::State;
use domain::accounts::{Address, Email, FullName, Username, declared::Declared, rows::Profile};

const PAGE: &str = "/tai-khoan/thong-tin";
const NAME: &str = "/tai-khoan/thong-tin/ho-ten";
const RESIDENCE: &str = "/tai-khoan/thong-tin/noi-o";
const EMAIL: &str = "/tai-khoan/thong-tin/thu-dien-tu";
const DECLARED: &str = "/tai-khoan/thong-tin/tu-khai";
const USERNAME: &str = "/tai-khoan/thong-tin/ten-dang-nhap";

struct Fact {
    name: String,
    value: String,
    note: String,
    href: &'static str,
}

#[derive(Template)]
#[template(path = "citizen/accounts/profile.html")]
struct ProfilePage {
    p: Page,
    h: Head,
    facts: Vec<Fact>,
}

#[derive(Template)]
#[template(path = "citizen/accounts/residence.html")]
struct ResidencePage {
    p: Page,
    h: Head,
    f: Form,
    picker: Picker,
}

async fn profile_of(web: &Web, by: &Citizen) -> Result<Profile, crate::error::Problem> {
    web.accounts.profile(by.signed.account).await.map_err(web.account_problem())
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    let profile = profile_of(&web, &by).await?;
    let declared = declared_of(&web, &by).await?;
    let mut p = by.visit.page;
    let title = if web.is_national() { "nat-row-more" } else { "acc-profile-title" };
    let h = Head::own(&mut p, title, "/tai-khoan");
    let phone = profile.phone_number().map(|n| n.national()).unwrap_or_default();
    let home = declared.home.clone().filter(|_| profile.commune.is_none());
    let residence = [profile.address.as_str(), &home.unwrap_or_else(|| p.commune_name(&profile.commune))]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    let none = |value: Option<String>| value.filter(|v| !v.is_empty()).unwrap_or_else(|| p.t("acc-not-given").into());
    let email_note = if profile.email.is_some() { p.t("acc-email-unverified").into_owned() } else { String::new() };
    let said = summary(&p, &declared);
    let declared_note = if said.is_empty() { String::new() } else { p.t("form-declared-note").into_owned() };
    let fact = |key: &str, value: String, note: String, href| Fact { name: p.t(key).into_owned(), value, note, href };
    let mut facts = vec![
        fact("acc-name", profile.full_name.clone(), String::new(), NAME),
        fact("acc-residence", none(Some(residence)), String::new(), RESIDENCE),
        fact("acc-phone", phone, String::new(), "/tai-khoan/so-dien-thoai"),
        fact("acc-email", none(profile.email.clone()), email_note, EMAIL),
        fact("form-declared", none(Some(said.clone())), declared_note, DECLARED),
        fact("acc-username", none(profile.username.clone()), p.t("acc-username-note").into_owned(), USERNAME),
    ];
    if web.is_national() {
        // Name and number are what was proven: «Thông tin định danh».
        facts.retain(|fact| ["/tai-khoan/so-dien-thoai", EMAIL].contains(&fact.href));
    }
    shown(&ProfilePage { facts, h, p })
}

async fn declared_of(web: &Web, by: &Citizen) -> Result<Declared, crate::error::Problem> {
    web.accounts.declared(by.signed.account).await.map_err(web.account_problem())
}

/// `yyyy-mm-dd` as people write it.
fn day(date: &str) -> String {
    date.rsplit('-').collect::<Vec<_>>().join("/")
}

fn summary(p: &Page, declared: &Declared) -> String {
    let papers = declared.papers.as_ref().map(|papers| {
        let said = p.t2("form-papers-are", "number", papers.number.masked(), "on", day(&papers.issued_on));
        format!("{said}, {}", papers.issued_at)
    });
    let said = [&declared.organization, &declared.website, &declared.fax];
    let said = said.into_iter().filter(|value| !value.is_empty()).cloned();
    papers.into_iter().chain(said).collect::<Vec<_>>().join("; ")
}

fn declared_form(by: Citizen, typed: &Fields, refused: Refused) -> Answer {
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "form-declared", PAGE);
    let fields = register_form::papers(&p, typed).into_iter().map(Field::optional);
    let fields = fields.chain(register_form::organization(&p, typed));
    let f = fields.fold(Form::new(&p, DECLARED, "save").lead(p.t("form-declared-lead")), Form::field);
    form(p, h, f, refused)
}

pub async fn declared_page(State(web): State<Web>, by: Citizen) -> Answer {
    let declared = declared_of(&web, &by).await?;
    let papers = declared.papers.as_ref();
    let mut typed = Fields::default();
    for (name, value) in [
        ("number", papers.map(|papers| papers.number.expose().to_owned()).unwrap_or_default()),
        ("issued_on", papers.map(|papers| day(&papers.issued_on)).unwrap_or_default()),
        ("issued_at", papers.map(|papers| papers.issued_at.clone()).unwrap_or_default()),
        ("organization", declared.organization),
        ("website", declared.website),
        ("fax", declared.fax),
    ] {
        typed.set(name, value);
    }
    declared_form(by, &typed, Refused::none())
}

pub async fn declared(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let get = |name: &str| fields.get(name);
    let declared = match Declared::parse(&get, false, &web.core) {
        Ok(declared) => declared,
        Err(wrong) => {
            let said = Refused::fields(&by.visit.page, &wrong);
            return declared_form(by, &fields, said);
        }
    };
    web.accounts.set_declared(&by.signed, declared).await.map_err(web.account_problem())?;
    Ok(go_saying(&web, PAGE, "flash-saved"))
}

fn name_form(by: Citizen, value: &str, refused: Refused) -> Answer {
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "acc-name", PAGE);
    let field = Field::text("full_name", p.t("acc-name")).hint(p.t("acc-name-hint")).autocomplete("name").value(value);
    let f = Form::new(&p, NAME, "save").field(field);
    form(p, h, f, refused)
}

pub async fn name_page(by: Citizen) -> Answer {
    let value = by.signed.name.clone();
    name_form(by, &value, Refused::none())
}

pub async fn name(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let typed = fields.get("full_name");
    let name = match FullName::parse(typed) {
        Ok(name) => name,
        Err(e) => {
            let said = Refused::fields(&by.visit.page, &[e]);
            return name_form(by, typed, said);
        }
    };
    web.accounts.set_name(&by.signed, name).await.map_err(web.account_problem())?;
    Ok(go_saying(&web, PAGE, "flash-saved"))
}

fn residence_form(by: Citizen, picker: Picker, address: &str, refused: Refused) -> Answer {
    let mut p = by.visit.page;
    let (errors, status, seconds) = refused.split();
    let h = Head::own(&mut p, "acc-residence", PAGE).island("islands/commune.js").wrong(errors);
    let f = Form::new(&p, RESIDENCE, "save").lead(p.t("acc-residence-lead")).field(Field::address(&p, address));
    Refused::page(status, seconds, &ResidencePage { p, h, f, picker })
}

pub async fn residence_page(State(web): State<Web>, by: Citizen) -> Answer {
    let profile = profile_of(&web, &by).await?;
    let picker = Picker::empty(&by.visit.page, profile.commune.as_deref());
    residence_form(by, picker, &profile.address, Refused::none())
}

pub async fn residence(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let p = &by.visit.page;
    let home = by.signed.commune.as_deref();
    let chosen = choice(p, &fields, home);
    let picker = Picker::after(p, &fields, &chosen, home);
    let typed = fields.get("address");
    if fields.has("find") && !picker.radios.is_empty() && !matches!(chosen, Choice::Code(_)) {
        return residence_form(by, picker, typed, Refused::none());
    }
    let (commune, address) = match (chosen, Address::parse(typed)) {
        (Choice::Code(commune), Ok(address)) => (commune, address),
        (chosen, address) => {
            let wrong: Vec<_> = [chosen.error(), address.err()].into_iter().flatten().collect();
            let said = Refused::fields(p, &wrong);
            return residence_form(by, picker, typed, said);
        }
    };
    match web.accounts.set_residence(&by.signed, &commune, address).await {
        Ok(()) => Ok(go_saying(&web, PAGE, "flash-saved")),
        Err(e) => {
            let said = refused(&web, p, e, "commune", RESIDENCE)?;
            residence_form(by, picker, typed, said)
        }
    }
}

fn email_form(by: Citizen, value: &str, refused: Refused) -> Answer {
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "acc-email", PAGE);
    let field = Field { kind: "email", inputmode: "email", ..Field::text("email", p.t("acc-email")) };
    let field = field.hint(p.t("acc-email-hint")).autocomplete("email").value(value).optional();
    let f = Form::new(&p, EMAIL, "save").field(field);
    form(p, h, f, refused)
}

pub async fn email_page(State(web): State<Web>, by: Citizen) -> Answer {
    let profile = profile_of(&web, &by).await?;
    email_form(by, profile.email.as_deref().unwrap_or_default(), Refused::none())
}

pub async fn email(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let typed = fields.get("email");
    let email = match fields.some("email").map(Email::parse).transpose() {
        Ok(email) => email,
        Err(e) => {
            let said = Refused::fields(&by.visit.page, &[e]);
            return email_form(by, typed, said);
        }
    };
    web.accounts.set_email(&by.signed, email).await.map_err(web.account_problem())?;
    Ok(go_saying(&web, PAGE, "flash-saved"))
}

fn username_form(by: Citizen, value: &str, refused: Refused) -> Answer {
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "acc-username", PAGE);
    let field = Field::text("username", p.t("acc-username")).hint(p.t("acc-username-hint")).autocomplete("username");
    let f = Form::new(&p, USERNAME, "save").lead(p.t("acc-username-lead")).field(field.value(value));
    form(p, h, f, refused)
}

pub async fn username_page(State(web): State<Web>, by: Citizen) -> Answer {
    by.signed.require_fresh(web.core.now()).map_err(|_| step_up(USERNAME))?;
    let value = by.signed.username.clone().unwrap_or_default();
    username_form(by, &value, Refused::none())
}

pub async fn username(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let typed = fields.get("username");
    let username = match Username::parse(typed) {
        Ok(username) => username,
        Err(e) => {
            let said = Refused::fields(&by.visit.page, &[e]);
            return username_form(by, typed, said);
        }
    };
    match web.accounts.set_username(&by.signed, username).await {
        Ok(()) => Ok(go_saying(&web, PAGE, "flash-saved")),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "username", USERNAME)?;
            username_form(by, typed, said)
        }
    }
}

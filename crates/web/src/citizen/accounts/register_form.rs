//! Đăng ký bằng mẫu đầy đủ (A10): the long page that portals of provinces have, then the code. Nobody needs it; who knows it finds it.

use super::{
    code::Way,
    commune::{Choice, Picker, choice},
    form::{Field, Form, Head, form},
    keep::{self, Door, Doorway, carrying},
    phone_page::phone_form,
    refusal::{Answer, Refused, bad_phone, refused},
};
use crate::{
    citizen::{answer::go, errors::Errors},
    forms::Fields,
    page::Page,
    state::Web,
    visit::Visit,
};
use askama::Template;
use axum::extract::State;
use base::{keys::Secret, phone::PhoneNumber};
use domain::{
    accounts::{
        Address, Email, Error, FlowKind, FullName, Username,
        by_form::{Filled, Home},
        declared::{self, Declared},
        flows,
    },
    error::FieldError,
};

pub(super) const START: &str = "/dang-ky/mau-day-du";
const NAME: &str = "/dang-ky/mau-day-du/ten";

const WAY: Way = Way {
    kind: FlowKind::RegisterForm,
    start: START,
    after: Some(NAME),
    title: "acc-register-code-title",
    tabs: false,
};

/// Fields that stand behind the phone on the page.
const AFTER_PHONE: [&str; 8] = ["email", "organization", "website", "fax", "username", "password", "again", "agreed"];

/// Questions of one kind under one heading.
struct Group {
    title: String,
    hint: String,
    fields: Vec<Field>,
    /// Where one lives stands before its fields.
    has_home: bool,
}

#[derive(Template)]
#[template(path = "citizen/accounts/register_form.html")]
struct LongPage {
    p: Page,
    h: Head,
    f: Form,
    groups: Vec<Group>,
    picker: Picker,
    is_elsewhere: bool,
    elsewhere: Field,
    agreed: bool,
    sign_in: String,
}

/// What is declared and never confirmed: the same fields for registering and for changing it later.
pub(super) fn papers(p: &Page, typed: &Fields) -> Vec<Field> {
    let text = |name: &'static str, key: &str| Field::text(name, p.t(key)).value(typed.get(name));
    vec![
        Field { inputmode: "numeric", ..text("number", "form-number").hint(p.t("form-number-hint")) },
        Field { inputmode: "numeric", ..text("issued_on", "form-issued-on").hint(p.t("form-issued-on-hint")) },
        text("issued_at", "form-issued-at").hint(p.t("form-issued-at-hint")),
    ]
}

pub(super) fn organization(p: &Page, typed: &Fields) -> Vec<Field> {
    let text = |name: &'static str, key: &str| Field::text(name, p.t(key)).value(typed.get(name)).optional();
    vec![
        text("organization", "form-organization").autocomplete("organization"),
        Field {
            inputmode: "url",
            ..text("website", "form-website").hint(p.t("form-website-hint")).autocomplete("url")
        },
        Field { inputmode: "tel", ..text("fax", "form-fax") },
    ]
}

fn groups(p: &Page, typed: &Fields) -> Vec<Group> {
    let group =
        |key: &str, fields| Group { title: p.t(key).into_owned(), hint: String::new(), fields, has_home: false };
    let email = Field { kind: "email", inputmode: "email", ..Field::text("email", p.t("acc-email")) };
    let name = Field::text("full_name", p.t("acc-name")).hint(p.t("acc-name-hint")).autocomplete("name");
    let username = Field::text("username", p.t("acc-username")).hint(p.t("acc-username-hint")).autocomplete("username");
    let mut who = vec![name.value(typed.get("full_name"))];
    who.extend(papers(p, typed));
    let address = Field { optional: false, ..Field::address(p, typed.get("address")) };
    let papers_note = p.t("form-papers-note").into_owned();
    vec![
        Group { hint: papers_note, ..group("form-who", who) },
        Group { has_home: true, ..group("acc-residence", vec![address]) },
        group(
            "form-contact",
            vec![
                Field::phone(p, "acc-phone").value(typed.get("phone")),
                email.hint(p.t("acc-email-hint")).autocomplete("email").value(typed.get("email")).optional(),
            ],
        ),
        group("form-organization-title", organization(p, typed)),
        group(
            "form-account",
            vec![
                username.value(typed.get("username")),
                Field::new_password(p, "acc-password"),
                Field::password("again", p.t("nat-password-again")).autocomplete("new-password"),
            ],
        ),
    ]
}

fn long_page(visit: Visit, next: &str, typed: &Fields, picker: Picker, is_gone: bool, refused: Refused) -> Answer {
    let p = visit.page;
    let (errors, status, seconds) = refused.split();
    let warn = if is_gone { p.t("acc-steps-over-register").into_owned() } else { String::new() };
    let h = Head::door(p.t("form-title"), carrying("/dang-ky", next)).warn(warn).wrong(errors);
    let h = h.island("islands/altcha.js").island("islands/commune.js");
    let f = Form::new(&p, START, "form-button")
        .lead(p.t("form-lead"))
        .loading(p.t("acc-sending-code"))
        .next(next)
        .proof()
        .link(carrying(START, next), p.t("form-clear"));
    let elsewhere = Field::text("elsewhere", p.t("form-elsewhere")).hint(p.t("form-elsewhere-hint"));
    let page = LongPage {
        groups: groups(&p, typed),
        is_elsewhere: typed.get("province") == "khac",
        elsewhere: elsewhere.value(typed.get("elsewhere")),
        agreed: typed.has("agreed"),
        sign_in: carrying("/dang-nhap", next),
        picker,
        f,
        h,
        p,
    };
    Refused::page(status, seconds, &page)
}

pub async fn page(State(web): State<Web>, Doorway { visit, asked, next }: Doorway) -> Answer {
    let has_mark = visit.mark.is_some();
    let picker = Picker::empty(&visit.page, None);
    let response = long_page(visit, &next, &Fields::default(), picker, asked.has("het-han"), Refused::none())?;
    Ok(keep::marked(&web, has_mark, response))
}

/// The page without its errors, or all of them.
fn read(web: &Web, p: &Page, typed: &Fields, chosen: Choice) -> Result<(Filled, PhoneNumber), Refused> {
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut said = Refused::fields(p, &[]);
    let mut note = |e: FieldError| wrong.push(e);
    let full_name = FullName::parse(typed.get("full_name")).map_err(&mut note);
    let get = |name: &str| typed.get(name);
    let declared = Declared::parse(&get, true, &web.core).map_err(|all| all.into_iter().for_each(&mut note));
    let home = if typed.get("province") == "khac" {
        declared::home(typed.get("elsewhere")).map(Home::Elsewhere).map_err(&mut note)
    } else {
        match chosen {
            Choice::Code(code) => Ok(Home::Here(code)),
            other => other.error().map_or(Err(()), |e| {
                note(e);
                Err(())
            }),
        }
    };
    let address = Address::parse(typed.get("address")).map_err(&mut note).and_then(|address| {
        if address.as_str().is_empty() {
            note(FieldError { field: "address", key: "address-empty" });
            return Err(());
        }
        Ok(address)
    });
    let phone = PhoneNumber::parse(typed.get("phone"));
    let email = typed.some("email").map(Email::parse).transpose().map_err(&mut note);
    let username = Username::parse(typed.get("username")).map_err(&mut note);
    let password = typed.get("password");
    if password.is_empty() {
        note(FieldError { field: "password", key: "password-empty" });
    } else if password != typed.get("again") {
        note(FieldError { field: "again", key: "password-differ" });
    }
    if !typed.has("agreed") {
        note(FieldError { field: "agreed", key: "consent-missing" });
    }
    if let (Ok(full_name), Ok(declared), Ok(home), Ok(address), Ok(phone), Ok(email), Ok(username)) =
        (full_name, declared, home, address, &phone, email, username)
        && wrong.is_empty()
    {
        let password = Secret::new(password);
        return Ok((Filled { full_name, username, email, home, address, declared, password }, phone.clone()));
    }
    // In the order of the page: the phone stands before the e-mail.
    let first_after = wrong.iter().position(|e| AFTER_PHONE.contains(&e.field)).unwrap_or(wrong.len());
    let behind = wrong.split_off(first_after);
    said.errors = Errors::of(p, &wrong);
    if let Err(bad) = phone {
        said.errors.0.extend(bad_phone(p, bad).errors.0);
    }
    said.errors.0.extend(Errors::of(p, &behind).0);
    Err(said)
}

pub async fn start(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let p = &visit.page;
    let chosen = choice(p, &fields, None);
    let picker = Picker::after(p, &fields, &chosen, None);
    // «Tìm» only asks: nothing else on the page is judged yet.
    if fields.has("find") && !matches!(chosen, Choice::Code(_)) {
        let said = chosen.error().filter(|_| picker.radios.is_empty());
        let said = said.map_or_else(Refused::none, |e| Refused::fields(p, &[e]));
        return long_page(visit, &next, &fields, picker, false, said);
    }
    let (filled, phone) = match read(&web, p, &fields, chosen) {
        Ok(read) => read,
        Err(said) => return long_page(visit, &next, &fields, picker, false, said),
    };
    let before = keep::flow(&web, &visit);
    let form = phone_form(&visit, &fields, phone);
    match web.accounts.start_form_registration(filled, form, Some(&before)).await {
        Ok(started) => WAY.started(&web, visit.mark.is_some(), &next, &started.token),
        Err(e) => {
            let field = match e {
                Error::UsernameTaken => "username",
                Error::Password(_) => "password",
                _ => "phone",
            };
            let said = refused(&web, &visit.page, e, field, START)?;
            long_page(visit, &next, &fields, picker, false, said)
        }
    }
}

pub async fn code_page(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    WAY.show(&web, visit, &next, Refused::none()).await
}

/// The code ends the way; only a name that somebody took meanwhile is asked for once more.
pub async fn confirm(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let code = WAY.typed(&web, &visit, &next, &fields).await?;
    match web.accounts.confirm_form_registration(&keep::flow(&web, &visit), code).await {
        Ok(()) => complete(web, visit, &next, "", None).await,
        Err(e) => WAY.refuse(&web, visit, &next, e, "code").await,
    }
}

pub async fn resend(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    WAY.resend(&web, visit, &next, fields.get("altcha")).await
}

fn name_form(visit: Visit, next: &str, typed: &str, refused: Refused) -> Answer {
    let p = visit.page;
    let h = Head::door(p.t("form-name-title"), "");
    let field = Field::text("username", p.t("acc-username")).hint(p.t("acc-username-hint")).autocomplete("username");
    let f = Form::new(&p, NAME, "form-name-button").lead(p.t("form-name-lead")).next(next).field(field.value(typed));
    form(p, h, f, refused)
}

pub async fn name_page(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    WAY.at(&web, &visit, flows::DETAILS, &next).await?;
    name_form(visit, &next, "", Refused::none())
}

/// Left empty, the name that was typed first is tried again: it may be free by now.
pub async fn name(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    WAY.at(&web, &visit, flows::DETAILS, &next).await?;
    let typed = fields.get("username");
    match fields.some("username").map(Username::parse).transpose() {
        Ok(username) => complete(web, visit, &next, typed, username).await,
        Err(e) => {
            let said = Refused::fields(&visit.page, &[e]);
            name_form(visit, &next, typed, said)
        }
    }
}

async fn complete(web: Web, visit: Visit, next: &str, typed: &str, username: Option<Username>) -> Answer {
    let token = keep::flow(&web, &visit);
    match web.accounts.complete_form_registration(&token, username, &visit.visitor).await {
        Ok(session) => Ok(keep::enter(&web, go(&carrying("/dang-ky/xong", next)), &session)),
        Err(Error::FlowGone) => Err(WAY.again(next)),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "username", NAME)?;
            name_form(visit, next, typed, said)
        }
    }
}

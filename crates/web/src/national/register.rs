//! Đăng ký (N1, N2): the ways that work, and the one by mobile subscriber: number, name, birth date and a phone in one's own name.

use crate::{
    citizen::{
        accounts::{
            code::Way,
            form::{Field, Form, Head, form, shown},
            keep::{self, Door, carrying, next_of},
            linked,
            refusal::{Answer, Refused, bad_phone, refused},
        },
        answer::go,
    },
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::Visit,
};
use askama::Template;
use axum::extract::{RawQuery, State};
use base::{keys::Secret, personal_number::PersonalNumber, phone::PhoneNumber};
use domain::{
    accounts::{Email, Error, FlowKind, FullName, by_number::Claimed, flows, otp::OtpCode},
    error::FieldError,
};

const START: &str = "/dang-ky/thue-bao";
const PASSWORD: &str = "/dang-ky/thue-bao/mat-khau";
const WAY: Way =
    Way { kind: FlowKind::RegisterNumber, start: START, after: Some(PASSWORD), title: "nat-code-title", tabs: false };

#[derive(Template)]
#[template(path = "national/ways.html")]
struct WaysPage {
    p: Page,
    h: Head,
    providers: Vec<linked::Offered>,
    next: String,
    /// Where the mobile operators can be asked; empty: they cannot.
    by_phone: String,
    sign_in: String,
}

#[derive(Template)]
#[template(path = "national/subscriber.html")]
struct SubscriberPage {
    p: Page,
    h: Head,
    f: Form,
    agreed: bool,
    sign_in: String,
    recover: String,
    /// The number has an account: its owner signs in or recovers it.
    is_taken: bool,
}

pub async fn ways(State(web): State<Web>, RawQuery(raw): RawQuery, visit: Visit) -> Answer {
    let next = next_of(keep::query(&raw).get("next"));
    if visit.citizen.is_some() {
        return Ok(go(&next));
    }
    let mark = visit.mark.is_some();
    let p = visit.page;
    let by_phone = if web.core.operators.is_some() { carrying(START, &next) } else { String::new() };
    let h = Head::door(p.t("nat-register-title"), "/");
    let (providers, sign_in) = (linked::offered(&web, &p), carrying("/dang-nhap", &next));
    let response = shown(&WaysPage { providers, next, by_phone, sign_in, h, p })?;
    Ok(keep::marked(&web, mark, response))
}

fn subscriber(visit: Visit, next: &str, typed: &Fields, gone: bool, is_taken: bool, said: Refused) -> Answer {
    let p = visit.page;
    let (errors, status, seconds) = said.split();
    let warn = if gone { p.t("acc-steps-over").into_owned() } else { String::new() };
    let h = Head::door(p.t("nat-subscriber-title"), carrying("/dang-ky", next));
    let h = h.island("islands/altcha.js").warn(warn).wrong(errors);
    let text = |name: &'static str, label: &str, hint: &str| {
        Field::text(name, p.t(label)).hint(p.t(hint)).value(typed.get(name))
    };
    let number = Field { inputmode: "numeric", ..text("number", "nat-number", "nat-number-hint") };
    let birth = Field { inputmode: "numeric", ..text("birth_date", "fact-birth_date", "nat-birth-hint") };
    let phone = Field::phone(&p, "acc-phone").hint(p.t("nat-phone-hint")).value(typed.get("phone"));
    let email = Field { kind: "email", ..Field::text("email", p.t("acc-email")).value(typed.get("email")) };
    let f = Form::new(&p, START, "nat-register-button")
        .loading(p.t("acc-sending-code"))
        .next(next)
        .proof()
        .field(number)
        .field(text("full_name", "acc-name", "nat-name-hint").autocomplete("name"))
        .field(birth.autocomplete("bday"))
        .field(phone)
        .field(email.autocomplete("email").optional());
    let page = SubscriberPage {
        agreed: typed.has("agreed"),
        sign_in: carrying("/dang-nhap/so", next),
        recover: carrying("/quen-mat-khau", next),
        is_taken,
        f,
        h,
        p,
    };
    Refused::page(status, seconds, &page)
}

pub async fn page(State(web): State<Web>, RawQuery(raw): RawQuery, visit: Visit) -> Answer {
    if web.core.operators.is_none() {
        return Err(Problem::NotFound.into());
    }
    let asked = keep::query(&raw);
    let next = next_of(asked.get("next"));
    if visit.citizen.is_some() {
        return Ok(go(&next));
    }
    subscriber(visit, &next, &Fields::default(), asked.has("het-han"), false, Refused::none())
}

/// `21/03/1989` (or with dots, dashes, spaces) as `1989-03-21`; only days that there were.
fn birth_date(typed: &str, number: Option<&PersonalNumber>) -> Result<String, FieldError> {
    let wrong = |key| Err(FieldError { field: "birth_date", key });
    if typed.trim().is_empty() {
        return wrong("birth-empty");
    }
    let parts: Vec<u16> = typed.trim().split(['/', '-', '.', ' ']).filter_map(|part| part.parse().ok()).collect();
    let [day, month, year] = parts[..] else { return wrong("birth-invalid") };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    if !(1..=days).contains(&day) || !(1900..2100).contains(&year) || typed.len() > 20 {
        return wrong("birth-invalid");
    }
    // The number holds the year of birth: whoever mistyped one of the two learns it here.
    if number.is_some_and(|n| n.birth_year() != year as i16) {
        return wrong("birth-number");
    }
    Ok(format!("{year:04}-{month:02}-{day:02}"))
}

fn number_key(bad: base::personal_number::BadNumber) -> FieldError {
    use base::personal_number::BadNumber;
    let key = match bad {
        BadNumber::Empty => "personal-number-empty",
        BadNumber::Old => "personal-number-old",
        BadNumber::Invalid => "personal-number-invalid",
    };
    FieldError { field: "number", key }
}

/// What was typed, or everything that is wrong with it.
fn read(p: &Page, typed: &Fields) -> Result<(Claimed, PhoneNumber), Refused> {
    let number = PersonalNumber::parse(typed.get("number")).map_err(number_key);
    let name = FullName::parse(typed.get("full_name"));
    let birth = birth_date(typed.get("birth_date"), number.as_ref().ok());
    let phone = PhoneNumber::parse(typed.get("phone"));
    let email = Some(typed.get("email").trim()).filter(|e| !e.is_empty()).map(Email::parse).transpose();
    match (number, name, birth, phone, email) {
        (Ok(number), Ok(full_name), Ok(birth_date), Ok(phone), Ok(email)) if typed.has("agreed") => {
            Ok((Claimed { number, full_name, birth_date, email }, phone))
        }
        (number, name, birth, phone, email) => {
            let wrong: Vec<FieldError> =
                [number.err(), name.err(), birth.err(), email.err()].into_iter().flatten().collect();
            let mut said = Refused::fields(p, &wrong);
            if let Err(bad) = phone {
                said.errors.0.extend(bad_phone(p, bad).errors.0);
            }
            if !typed.has("agreed") {
                said.errors.add("agreed", "#f-agreed".into(), p.t("consent-missing").into_owned());
            }
            Err(said)
        }
    }
}

pub async fn start(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let (claimed, phone) = match read(&visit.page, &fields) {
        Ok(read) => read,
        Err(said) => return subscriber(visit, &next, &fields, false, false, said),
    };
    let (lang, proof, before) = (visit.page.lang(), fields.get("altcha"), keep::flow(&web, &visit));
    let started =
        web.accounts.start_number_registration(claimed, phone, true, lang, &visit.visitor, proof, Some(&before)).await;
    match started {
        Ok(started) => WAY.started(&web, visit.mark.is_some(), &next, &started.token),
        Err(e) => {
            let is_taken = matches!(e, Error::NumberTaken);
            let field = if is_taken { "number" } else { "phone" };
            let said = refused(&web, &visit.page, e, field, START)?;
            subscriber(visit, &next, &fields, false, is_taken, said)
        }
    }
}

pub async fn code_page(State(web): State<Web>, RawQuery(raw): RawQuery, visit: Visit) -> Answer {
    let next = next_of(keep::query(&raw).get("next"));
    if visit.citizen.is_some() {
        return Ok(go(&next));
    }
    WAY.show(&web, visit, &next, Refused::none()).await
}

pub async fn confirm(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let code = match OtpCode::parse(fields.get("code")) {
        Ok(code) => code,
        Err(e) => {
            let said = Refused::fields(&visit.page, &[e]);
            return WAY.show(&web, visit, &next, said).await;
        }
    };
    match web.accounts.confirm_number_registration(&keep::flow(&web, &visit), code).await {
        // Who cannot be asked now is asked again with the password.
        Ok(()) | Err(Error::OperatorAway) => Ok(go(&carrying(PASSWORD, &next))),
        Err(e @ Error::NotOwnPhone) => not_own(&web, visit, &next, e),
        Err(e) => WAY.refuse(&web, visit, &next, e, "code").await,
    }
}

/// The operator said no: the form anew, with the reason.
fn not_own(web: &Web, visit: Visit, next: &str, e: Error) -> Answer {
    let said = refused(web, &visit.page, e, "phone", START)?;
    subscriber(visit, next, &Fields::default(), false, false, said)
}

pub async fn resend(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    WAY.resend(&web, visit, &next, fields.get("altcha")).await
}

fn password_form(visit: Visit, next: &str, said: Refused) -> Answer {
    let p = visit.page;
    let h = Head::door(p.t("nat-password-title"), "");
    let f = Form::new(&p, PASSWORD, "nat-register-button")
        .next(next)
        .field(Field::new_password(&p, "acc-password"))
        .field(Field::password("again", p.t("nat-password-again")).autocomplete("new-password"));
    form(p, h, f, said)
}

pub async fn password_page(State(web): State<Web>, RawQuery(raw): RawQuery, visit: Visit) -> Answer {
    let next = next_of(keep::query(&raw).get("next"));
    if visit.citizen.is_some() {
        return Ok(go(&next));
    }
    WAY.at(&web, &visit, flows::PASSWORD, &next).await?;
    password_form(visit, &next, Refused::none())
}

pub async fn complete(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    WAY.at(&web, &visit, flows::PASSWORD, &next).await?;
    let typed = fields.get("password");
    if typed != fields.get("again") {
        let said = Refused::fields(&visit.page, &[FieldError { field: "again", key: "password-differ" }]);
        return password_form(visit, &next, said);
    }
    let token = keep::flow(&web, &visit);
    match web.accounts.complete_number_registration(&token, &Secret::new(typed), &visit.visitor).await {
        Ok(session) => Ok(keep::enter(&web, go(&carrying("/dang-ky/xong", &next)), &session)),
        Err(Error::FlowGone) => Err(WAY.again(&next)),
        Err(e @ Error::NotOwnPhone) => not_own(&web, visit, &next, e),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "password", PASSWORD)?;
            password_form(visit, &next, said)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n2_a_birth_date_is_a_day_that_there_was_and_fits_the_number() {
        for (typed, date) in [("21/03/1989", "1989-03-21"), ("1-2-2000", "2000-02-01"), (" 29.02.2004 ", "2004-02-29")]
        {
            assert_eq!(birth_date(typed, None).unwrap(), date);
        }
        for bad in ["", "29/02/1900", "31/04/1990", "0/1/1990", "1990", "1/13/1990", "a/b/c", "1/1/90"] {
            assert!(birth_date(bad, None).is_err(), "{bad}");
        }
        let number = PersonalNumber::parse("044189001234").unwrap();
        assert!(birth_date("21/03/1989", Some(&number)).is_ok());
        assert_eq!(birth_date("21/03/1988", Some(&number)).unwrap_err().key, "birth-number");
    }
}

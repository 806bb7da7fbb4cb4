//! Đăng ký (N1–N3): the ways that work, and those over an authority that confirms number, name and birth date: the mobile operator by a phone
//! in one's own name, the social insurance by its number, the post by a code that a post office gave.

use super::{door::Tab, organizations, signature};
use crate::{
    citizen::{
        accounts::{
            code::{self, Way},
            form::{Field, Form, Head, form, shown},
            keep::{self, Door, Doorway, carrying},
            linked,
            phone_page::phone_form,
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
use axum::{
    Router,
    extract::{FromRequestParts, State},
    http::request::Parts,
    routing::get,
};
use base::{keys::Secret, personal_number::PersonalNumber, phone::PhoneNumber};
use domain::{
    accounts::{
        Email, Error, FlowKind, FullName,
        authority::{Authority, Vouch},
        by_number::Claimed,
        declared::number_error,
        flows,
    },
    error::FieldError,
};

/// One authority's way. Its texts are `reg-`, the authority's name, and what they say.
pub struct Desk {
    authority: Authority,
    way: Way,
    password: &'static str,
    icon: &'static str,
    /// What it needs besides: the field's name; empty: the phone is it.
    own: &'static str,
}

const fn way(start: &'static str, password: &'static str) -> Way {
    Way { kind: FlowKind::RegisterNumber, start, after: Some(password), title: "nat-code-title", tabs: false }
}

static DESKS: [Desk; 3] = [
    Desk {
        authority: Authority::Operator,
        way: way("/dang-ky/thue-bao", "/dang-ky/thue-bao/mat-khau"),
        password: "/dang-ky/thue-bao/mat-khau",
        icon: "smartphone",
        own: "",
    },
    Desk {
        authority: Authority::Insurance,
        way: way("/dang-ky/bao-hiem-xa-hoi", "/dang-ky/bao-hiem-xa-hoi/mat-khau"),
        password: "/dang-ky/bao-hiem-xa-hoi/mat-khau",
        icon: "heart-pulse",
        own: "insurance",
    },
    Desk {
        authority: Authority::Post,
        way: way("/dang-ky/buu-dien", "/dang-ky/buu-dien/mat-khau"),
        password: "/dang-ky/buu-dien/mat-khau",
        icon: "send",
        own: "post_code",
    },
];

impl Desk {
    fn text(&self, p: &Page, what: &str) -> String {
        p.t(&format!("reg-{}-{what}", self.authority.as_str())).into_owned()
    }

    /// Where a no stands.
    fn field(&self) -> &'static str {
        if self.own.is_empty() { "phone" } else { self.own }
    }
}

/// Whose page this is; one that is not connected has none.
pub struct At(&'static Desk);

impl FromRequestParts<Web> for At {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let path = parts.uri.path();
        let is_here = |desk: &&Desk| {
            path.strip_prefix(desk.way.start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let desk = DESKS.iter().find(is_here).filter(|desk| web.core.authorities.has(desk.authority));
        desk.map(Self).ok_or(Problem::NotFound)
    }
}

pub fn routes() -> Router<Web> {
    let mut router = Router::new().route("/dang-ky", get(ways));
    for desk in &DESKS {
        let start = desk.way.start;
        router = router
            .route(start, get(page).post(self::start))
            .route(&format!("{start}/ma"), get(code_page).post(confirm))
            .route(&format!("{start}/ma/gui-lai"), get(code::back).post(resend))
            .route(desk.password, get(password_page).post(complete));
    }
    router
}

/// A way as the page of ways shows it.
struct Offered {
    title: String,
    text: String,
    button: String,
    icon: &'static str,
    href: String,
}

#[derive(Template)]
#[template(path = "national/ways.html")]
struct WaysPage {
    p: Page,
    h: Head,
    /// Who registers: a person, or somebody for an organisation (N1).
    tabs: Vec<Tab>,
    providers: Vec<linked::Offered>,
    next: String,
    /// Over the authorities that can be asked.
    desks: Vec<Offered>,
    /// Where certificates of persons are believed (IAL3); empty: none are.
    by_usb: String,
    by_sim: String,
    sign_in: String,
}

#[derive(Template)]
#[template(path = "national/register.html")]
struct RegisterPage {
    p: Page,
    h: Head,
    f: Form,
    lead: String,
    agreed: bool,
    sign_in: String,
    recover: String,
    /// The number has an account: its owner signs in or recovers it.
    is_taken: bool,
}

async fn ways(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    let mark = visit.mark.is_some();
    let p = visit.page;
    let offered = |desk: &Desk| Offered {
        title: desk.text(&p, "title"),
        text: desk.text(&p, "text"),
        button: desk.text(&p, "button"),
        icon: desk.icon,
        href: carrying(desk.way.start, &next),
    };
    let desks = DESKS.iter().filter(|desk| web.core.authorities.has(desk.authority)).map(offered).collect();
    let by_usb = if web.signatures.is_some() { carrying(signature::USB_REGISTER, &next) } else { String::new() };
    let by_sim = if signature::has_sim(&web) { carrying(signature::SIM_REGISTER, &next) } else { String::new() };
    let h = Head::door(p.t("nat-register-title"), "/");
    let (providers, sign_in) = (linked::offered(&web, &p), carrying("/dang-nhap", &next));
    let tabs = organizations::tabs(&web, &p, &next, "/dang-ky");
    let response = shown(&WaysPage { tabs, providers, next, desks, by_usb, by_sim, sign_in, h, p })?;
    Ok(keep::marked(&web, mark, response))
}

/// What the form shows besides what was typed.
#[derive(Default)]
struct Beside {
    gone: bool,
    is_taken: bool,
}

fn registering(desk: &Desk, visit: Visit, next: &str, typed: &Fields, beside: Beside, said: Refused) -> Answer {
    let p = visit.page;
    let (errors, status, seconds) = said.split();
    let warn = if beside.gone { p.t("acc-steps-over").into_owned() } else { String::new() };
    let h = Head::door(desk.text(&p, "button"), carrying("/dang-ky", next));
    let h = h.island("islands/altcha.js").warn(warn).wrong(errors);
    let text = |name: &'static str, label: &str, hint: &str| {
        Field::text(name, p.t(label)).hint(p.t(hint)).value(typed.get(name))
    };
    let number = Field { inputmode: "numeric", ..text("number", "nat-number", "nat-number-hint") };
    let birth = Field { inputmode: "numeric", ..text("birth_date", "fact-birth_date", "nat-birth-hint") };
    let phone = Field::phone(&p, "acc-phone").hint(desk.text(&p, "phone-hint")).value(typed.get("phone"));
    let email = Field { kind: "email", ..Field::text("email", p.t("acc-email")).value(typed.get("email")) };
    let mut f = Form::new(&p, desk.way.start, "nat-register-button")
        .loading(p.t("acc-sending-code"))
        .next(next)
        .proof()
        .field(number)
        .field(text("full_name", "acc-name", "nat-name-hint").autocomplete("name"))
        .field(birth.autocomplete("bday"));
    if !desk.own.is_empty() {
        let own = Field::text(desk.own, desk.text(&p, "own")).hint(desk.text(&p, "own-hint"));
        let inputmode = if desk.authority == Authority::Insurance { "numeric" } else { "" };
        f = f.field(Field { inputmode, ..own.value(typed.get(desk.own)) });
    }
    let page = RegisterPage {
        lead: desk.text(&p, "lead"),
        agreed: typed.has("agreed"),
        sign_in: carrying("/dang-nhap/so", next),
        recover: carrying("/quen-mat-khau", next),
        is_taken: beside.is_taken,
        f: f.field(phone).field(email.autocomplete("email").optional()),
        h,
        p,
    };
    Refused::page(status, seconds, &page)
}

async fn page(at: At, Doorway { visit, asked, next }: Doorway) -> Answer {
    let beside = Beside { gone: asked.has("het-han"), ..Beside::default() };
    registering(at.0, visit, &next, &Fields::default(), beside, Refused::none())
}

/// `21/03/1989` (or with dots, dashes, spaces) as `1989-03-21`; only days that there were.
pub(super) fn birth_date(typed: &str, number: Option<&PersonalNumber>) -> Result<String, FieldError> {
    let wrong = |key| Err(FieldError { field: "birth_date", key });
    if typed.trim().is_empty() {
        return wrong("birth-empty");
    }
    let Some(day) = base::text::day(typed) else { return wrong("birth-invalid") };
    // The number holds the year of birth: whoever mistyped one of the two learns it here.
    if number.is_some_and(|n| n.birth_year() != day.year()) {
        return wrong("birth-number");
    }
    Ok(day.to_string())
}

/// What was typed, or everything that is wrong with it.
fn read(desk: &Desk, p: &Page, typed: &Fields) -> Result<(Claimed, PhoneNumber), Refused> {
    let number = PersonalNumber::parse(typed.get("number")).map_err(|bad| number_error("number", bad));
    let name = FullName::parse(typed.get("full_name"));
    let birth = birth_date(typed.get("birth_date"), number.as_ref().ok());
    let by = Vouch::parse(desk.authority, typed.get(desk.own));
    let phone = PhoneNumber::parse(typed.get("phone"));
    let email = Some(typed.get("email").trim()).filter(|e| !e.is_empty()).map(Email::parse).transpose();
    match (number, name, birth, by, phone, email) {
        (Ok(number), Ok(full_name), Ok(birth_date), Ok(by), Ok(phone), Ok(email)) if typed.has("agreed") => {
            Ok((Claimed { by, number, full_name, birth_date, email }, phone))
        }
        (number, name, birth, by, phone, email) => {
            let wrong = [number.err(), name.err(), birth.err(), by.err(), email.err()];
            let wrong: Vec<FieldError> = wrong.into_iter().flatten().collect();
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

async fn start(State(web): State<Web>, at: At, Door { visit, fields, next }: Door) -> Answer {
    let desk = at.0;
    let (claimed, phone) = match read(desk, &visit.page, &fields) {
        Ok(read) => read,
        Err(said) => return registering(desk, visit, &next, &fields, Beside::default(), said),
    };
    let before = keep::flow(&web, &visit);
    let form = phone_form(&visit, &fields, phone);
    match web.accounts.start_number_registration(claimed, form, Some(&before)).await {
        Ok(started) => desk.way.started(&web, visit.mark.is_some(), &next, &started.token),
        Err(e) => {
            let is_taken = matches!(e, Error::NumberTaken);
            let field = if is_taken { "number" } else { "phone" };
            let said = refused(&web, &visit.page, e, field, desk.way.start)?;
            registering(desk, visit, &next, &fields, Beside { is_taken, ..Beside::default() }, said)
        }
    }
}

async fn code_page(State(web): State<Web>, at: At, Doorway { visit, next, .. }: Doorway) -> Answer {
    at.0.way.show(&web, visit, &next, Refused::none()).await
}

async fn confirm(State(web): State<Web>, at: At, Door { visit, fields, next }: Door) -> Answer {
    let code = at.0.way.typed(&web, &visit, &next, &fields).await?;
    match web.accounts.confirm_number_registration(&keep::flow(&web, &visit), code).await {
        // Who cannot be asked now is asked again with the password.
        Ok(()) | Err(Error::AuthorityAway(_)) => Ok(go(&carrying(at.0.password, &next))),
        Err(e @ Error::NotConfirmed(_)) => not_confirmed(&web, at.0, visit, &next, e),
        Err(e) => at.0.way.refuse(&web, visit, &next, e, "code").await,
    }
}

/// The authority said no: the form anew, with the reason.
fn not_confirmed(web: &Web, desk: &Desk, visit: Visit, next: &str, e: Error) -> Answer {
    let said = refused(web, &visit.page, e, desk.field(), desk.way.start)?;
    registering(desk, visit, next, &Fields::default(), Beside::default(), said)
}

async fn resend(State(web): State<Web>, at: At, Door { visit, fields, next }: Door) -> Answer {
    at.0.way.resend(&web, visit, &next, fields.get("altcha")).await
}

/// The last page of registering: the password twice. `action`: where it goes. `warn`: what it ends in an account that there is already.
pub(super) fn password_form(
    visit: Visit,
    action: &'static str,
    next: &str,
    warn: Option<&str>,
    said: Refused,
) -> Answer {
    let p = visit.page;
    let h = Head::door(p.t("nat-password-title"), "").warn(warn.map_or_else(String::new, |key| p.t(key).into_owned()));
    let f = Form::new(&p, action, if warn.is_some() { "sign-over-button" } else { "nat-register-button" })
        .next(next)
        .field(Field::new_password(&p, "acc-password"))
        .field(Field::password("again", p.t("nat-password-again")).autocomplete("new-password"));
    form(p, h, f, said)
}

async fn password_page(State(web): State<Web>, at: At, Doorway { visit, next, .. }: Doorway) -> Answer {
    at.0.way.at(&web, &visit, flows::PASSWORD, &next).await?;
    password_form(visit, at.0.password, &next, None, Refused::none())
}

/// The password that was typed twice. Errors: two different ones.
pub(super) fn typed_password<'a>(p: &Page, fields: &'a Fields) -> Result<&'a str, Refused> {
    let typed = fields.get("password");
    let is_same = typed == fields.get("again");
    if is_same { Ok(typed) } else { Err(Refused::fields(p, &[FieldError { field: "again", key: "password-differ" }])) }
}

async fn complete(State(web): State<Web>, at: At, Door { visit, fields, next }: Door) -> Answer {
    let desk = at.0;
    desk.way.at(&web, &visit, flows::PASSWORD, &next).await?;
    let typed = match typed_password(&visit.page, &fields) {
        Ok(typed) => typed,
        Err(said) => return password_form(visit, desk.password, &next, None, said),
    };
    let token = keep::flow(&web, &visit);
    match web.accounts.complete_number_registration(&token, &Secret::new(typed), &visit.visitor).await {
        Ok(session) => Ok(keep::enter(&web, go(&carrying("/dang-ky/xong", &next)), &session)),
        Err(Error::FlowGone) => Err(desk.way.again(&next)),
        Err(e @ Error::NotConfirmed(_)) => not_confirmed(&web, desk, visit, &next, e),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "password", desk.password)?;
            password_form(visit, desk.password, &next, None, said)
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

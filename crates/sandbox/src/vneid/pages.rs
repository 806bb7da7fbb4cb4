//! The pages. Each says on top that this is a test and not VNeID, works without JavaScript, and names in its policy where its
//! forms lead.

use super::{
    doors::{CODE, Door, Step},
    people::Person,
    role::Role,
};
use crate::pages::page;
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use base::{
    clock::{MINUTE, Millis, SECOND},
    ids::Uuid,
};
use identity::provider::{ConsentAsk, LoginAsk, LoginReason, LogoutAsk, SignedIn};

/// A page with its policy. `leads_to`: where its forms may lead beside here.
pub(super) fn show(status: StatusCode, template: &impl Template, leads_to: Option<&str>) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        leads_to.unwrap_or_default()
    );
    let mut response = page(status, template);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A service on the first page.
pub(super) struct ServiceLink {
    pub name: String,
    pub home: String,
}

#[derive(Template)]
#[template(path = "vneid/start.html")]
pub(super) struct StartPage<'a> {
    inbox: Option<String>,
    services: &'a [ServiceLink],
    known: Vec<&'a Person>,
    others: Vec<&'a Person>,
    password: &'a str,
    signed_in: Option<&'a Person>,
}

pub(super) fn start(role: &Role, signed: Option<SignedIn>) -> Response {
    let (known, others) = role.people.iter().partition(|person| person.note.is_some());
    let start = StartPage {
        inbox: role.inbox.clone(),
        services: &role.services,
        known,
        others,
        password: role.password.expose(),
        signed_in: signed.and_then(|signed| role.person(signed.person)),
    };
    show(StatusCode::OK, &start, None)
}

/// What was wrong with a number and a password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LoginFault {
    /// Not twelve digits.
    Number,
    /// Which of the two is not said.
    Wrong,
    TooOften,
    TooManyMessages,
}

/// What the page for number and password says besides.
pub(super) struct LoginPage {
    pub fault: Option<LoginFault>,
    /// As typed.
    pub number: String,
}

impl LoginPage {
    pub fn asking() -> Self {
        Self { fault: None, number: String::new() }
    }
}

#[derive(Template)]
#[template(path = "vneid/login.html")]
struct LoginTemplate<'a> {
    inbox: Option<String>,
    id: Uuid,
    token: String,
    ask: &'a LoginAsk,
    is_other: bool,
    is_again: bool,
    fault: Option<LoginFault>,
    number: String,
}

/// What the page for the code says besides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CodeNote {
    Asking,
    /// A new code was sent.
    Again,
    /// Not six digits.
    Shape,
    Wrong {
        left: u8,
    },
    Old,
    /// Another message only then.
    Wait,
    TooManyMessages,
}

impl CodeNote {
    fn is_fault(self) -> bool {
        !matches!(self, Self::Asking | Self::Again)
    }
}

#[derive(Template)]
#[template(path = "vneid/code.html")]
struct CodeTemplate<'a> {
    inbox: Option<String>,
    id: Uuid,
    token: String,
    ask: &'a LoginAsk,
    phone: String,
    minutes: Millis,
    /// Seconds until another message may be sent.
    wait: Millis,
    note: CodeNote,
}

#[derive(Template)]
#[template(path = "vneid/over.html")]
struct OverTemplate<'a> {
    inbox: Option<String>,
    ask: &'a LoginAsk,
}

/// The page of somebody who is asked for number and password.
pub(super) fn door(role: &Role, id: Uuid, door: &Door, page: LoginPage) -> Response {
    if matches!(door.step, Step::Over) {
        return over(role, door);
    }
    let status = if page.fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let template = LoginTemplate {
        inbox: role.inbox.clone(),
        id,
        token: role.form_token(id, door),
        ask: &door.ask,
        is_other: door.ask.reason == LoginReason::OtherAccount,
        is_again: matches!(door.ask.reason, LoginReason::Fresh | LoginReason::Stronger),
        fault: page.fault,
        number: page.number,
    };
    show(status, &template, Some(&door.ask.leads_to))
}

/// The page of somebody who waits for a code.
pub(super) fn code(role: &Role, id: Uuid, door: &Door, person: &Person, note: CodeNote) -> Response {
    let status = if note.is_fault() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let template = CodeTemplate {
        inbox: role.inbox.clone(),
        id,
        token: role.form_token(id, door),
        ask: &door.ask,
        phone: person.phone.masked(),
        minutes: CODE / MINUTE,
        wait: (door.wait(role.now()) + SECOND - 1) / SECOND,
        note,
    };
    show(status, &template, Some(&door.ask.leads_to))
}

/// Too many wrong codes: the only way on is back to the service.
pub(super) fn over(role: &Role, door: &Door) -> Response {
    let template = OverTemplate { inbox: role.inbox.clone(), ask: &door.ask };
    show(StatusCode::FORBIDDEN, &template, Some(&door.ask.leads_to))
}

#[derive(Template)]
#[template(path = "vneid/ended.html")]
struct EndedTemplate {
    inbox: Option<String>,
}

/// No such door in this browser: another browser's, an old one, a form that is not ours.
pub(super) fn ended(role: &Role) -> Response {
    show(StatusCode::BAD_REQUEST, &EndedTemplate { inbox: role.inbox.clone() }, None)
}

#[derive(Template)]
#[template(path = "vneid/broken.html")]
struct BrokenTemplate {
    inbox: Option<String>,
}

pub(super) fn broken(role: &Role) -> Response {
    show(StatusCode::SERVICE_UNAVAILABLE, &BrokenTemplate { inbox: role.inbox.clone() }, None)
}

#[derive(Template)]
#[template(path = "vneid/not_found.html")]
struct NotFoundTemplate {
    inbox: Option<String>,
}

pub(super) fn not_found(role: &Role) -> Response {
    show(StatusCode::NOT_FOUND, &NotFoundTemplate { inbox: role.inbox.clone() }, None)
}

/// A line of the consent page.
struct Line {
    name: String,
    essential: bool,
    ticked: bool,
    value: String,
}

#[derive(Template)]
#[template(path = "vneid/consent.html")]
pub(super) struct ConsentPage {
    inbox: Option<String>,
    person: String,
    lines: Vec<Line>,
    ask: ConsentAsk,
}

impl ConsentPage {
    pub fn new(role: &Role, person: &Person, ask: ConsentAsk) -> Self {
        let lines = ask.claims.iter().map(|asked| Line {
            name: asked.name.clone(),
            essential: asked.essential,
            ticked: asked.ticked,
            value: person.shown(&asked.name).unwrap_or_default(),
        });
        Self { inbox: role.inbox.clone(), person: person.name.clone(), lines: lines.collect(), ask }
    }
}

#[derive(Template)]
#[template(path = "vneid/logout.html")]
pub(super) struct LogoutPage {
    pub inbox: Option<String>,
    pub ask: LogoutAsk,
}

#[derive(Template)]
#[template(path = "vneid/signed_out.html")]
pub(super) struct SignedOutPage {
    pub inbox: Option<String>,
    pub left: bool,
}

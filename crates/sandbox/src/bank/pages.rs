//! The pages: whom one may try, signing in, picking accounts, what was agreed to and ending it, and what shall go wrong. Each says on top that
//! this is no real bank, and works without JavaScript.

use super::{Account, Fault, Holder, Site, role::Role, role::with_cookie};
use crate::{
    pages::{page, protect, styles},
    smsc::local_time,
};
use askama::Template;
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base::{ids::Uuid, personal_number::PersonalNumber};
use identity::provider::{ConsentAsk, LoginAsk, LogoutAsk};
use serde::Deserialize;
use std::time::Duration;

/// A form of ours is far smaller.
const LONGEST: usize = 8 * 1024;
/// What a person agreed to.
const CONSENTS: &str = "/dong-y";

pub(super) fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(start))
        .route("/dang-nhap", get(door).post(take_password))
        .route(CONSENTS, get(consents).post(end_consent))
        .route("/loi", get(faults).post(set_fault))
        .route("/sandbox.css", get(styles))
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(LONGEST))
        .layer(map_response(protect))
        .with_state(site)
}

/// A page with its policy. `leads_to`: where its forms may lead beside here.
fn show(status: StatusCode, template: &impl Template, leads_to: &str) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {leads_to}; base-uri 'none'; frame-ancestors 'none'"
    );
    let mut response = page(status, template);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[derive(Template)]
#[template(path = "bank/start.html")]
struct StartPage<'a> {
    service: &'a super::Service,
    holders: &'a [Holder],
    password: &'a str,
}

async fn start(State(site): State<Site>) -> Response {
    let role = &site.role;
    page(
        StatusCode::OK,
        &StartPage { service: &role.service, holders: &role.holders, password: role.password.expose() },
    )
}

/// What was wrong with a number and a password.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    /// Not twelve digits.
    Number,
    /// Which of the two is not said.
    Credentials,
    TooOften,
}

/// What the page for number and password says.
pub(super) struct Login {
    /// The flow that waits; `None`: the person came by themselves.
    flow: Option<Uuid>,
    /// As the provider asks.
    ask: Option<LoginAsk>,
    number: String,
    wrong: Option<Wrong>,
}

impl Login {
    pub fn of(ask: LoginAsk) -> Self {
        let flow = ask.back.rsplit('/').next().and_then(|id| Uuid::parse_str(id).ok());
        Self { flow, ask: Some(ask), number: String::new(), wrong: None }
    }
}

#[derive(Template)]
#[template(path = "bank/login.html")]
struct LoginPage {
    token: String,
    login: Login,
}

pub(super) fn login(role: &Role, headers: &HeaderMap, login: Login) -> Response {
    let (mark, line) = role.mark(headers);
    let status = if login.wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let leads_to = login.ask.as_ref().map(|ask| ask.leads_to.clone()).unwrap_or_default();
    with_cookie(show(status, &LoginPage { token: role.form_token(&mark), login }, &leads_to), line)
}

async fn door(State(site): State<Site>, headers: HeaderMap) -> Response {
    login(&site.role, &headers, Login { flow: None, ask: None, number: String::new(), wrong: None })
}

#[derive(Deserialize)]
struct PasswordForm {
    token: String,
    /// The flow that waits; empty for none.
    #[serde(default)]
    flow: String,
    number: String,
    password: String,
}

/// `POST /dang-nhap`: number and password, from our own page in this browser.
async fn take_password(
    State(site): State<Site>,
    headers: HeaderMap,
    form: Result<Form<PasswordForm>, FormRejection>,
) -> Response {
    let role = &site.role;
    let Ok(Form(form)) = form else { return ended() };
    let flow = Uuid::parse_str(&form.flow).ok();
    if !role.is_own_form(&headers, &form.token) || (flow.is_none() && !form.flow.is_empty()) {
        return ended();
    }
    let refuse = |wrong| {
        let number = form.number.chars().take(64).collect();
        login(role, &headers, Login { flow, ask: None, number, wrong: Some(wrong) })
    };
    let Ok(number) = PersonalNumber::parse(&form.number) else { return refuse(Wrong::Number) };
    // Counted for numbers that nobody has, too: neither the answer nor the limit says who exists.
    let counted = role.key(number.expose().as_bytes());
    if !role.passwords.take(counted, role.clock.now()) {
        return refuse(Wrong::TooOften);
    }
    let holder = role.holders.iter().find(|holder| holder.person.number == number);
    let Some(holder) = holder.filter(|_| role.is_password(&form.password)) else { return refuse(Wrong::Credentials) };
    role.passwords.forget(counted);
    let on = flow.map_or(CONSENTS.to_owned(), |flow| format!("/oauth2/interaction/{flow}"));
    with_cookie(Redirect::to(&on).into_response(), Some(role.open_session(holder.person.id)))
}

#[derive(Template)]
#[template(path = "bank/consent.html")]
struct ConsentPage<'a> {
    ask: ConsentAsk,
    name: &'a str,
    lines: Vec<(&'static str, &'a Account)>,
}

pub(super) fn consent(role: &Role, ask: ConsentAsk) -> Response {
    let Some(holder) = role.holder(ask.signed_in.person) else { return ended() };
    let asked = |slot: &str| ask.claims.iter().any(|claim| claim.name == slot);
    let lines = holder.slots().filter(|(slot, _)| asked(slot)).collect();
    let leads_to = ask.leads_to.clone();
    show(StatusCode::OK, &ConsentPage { name: &holder.person.name, lines, ask }, &leads_to)
}

#[derive(Template)]
#[template(path = "bank/consents.html")]
struct ConsentsPage<'a> {
    token: String,
    name: &'a str,
    lines: Vec<Given>,
}

/// A system that was let see accounts.
struct Given {
    client: String,
    name: String,
    since: String,
    accounts: String,
}

/// What systems hold now: who gave a consent back holds nothing, whoever agreed.
async fn standing(site: &Site, person: Uuid) -> Result<Vec<identity::provider::Given>, identity::error::Error> {
    let mut standing = Vec::new();
    for given in site.provider.consents(person).await? {
        if site.provider.is_held(person, &given.client).await? {
            standing.push(given);
        }
    }
    Ok(standing)
}

async fn consents(State(site): State<Site>, headers: HeaderMap) -> Response {
    let role = &site.role;
    let holder = role.session(&headers).and_then(|signed| role.holder(signed.person));
    let Some(holder) = holder else { return Redirect::to("/dang-nhap").into_response() };
    let given = match standing(&site, holder.person.id).await {
        Ok(given) => given,
        Err(error) => {
            tracing::error!(%error, "consents of the bank sandbox cannot be read");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let words = |claims: &[String]| {
        let ticked = holder.slots().filter(|(slot, _)| claims.iter().any(|claim| claim == slot));
        ticked.map(|(_, account)| account.masked()).collect::<Vec<_>>().join(", ")
    };
    let line = |given: identity::provider::Given| Given {
        accounts: words(&given.claims),
        since: local_time(given.given_at).strftime("%H:%M, %d/%m/%Y").to_string(),
        name: given.name,
        client: given.client,
    };
    let (mark, line_of_mark) = role.mark(&headers);
    let lines = given.into_iter().map(line).collect();
    let shown = ConsentsPage { token: role.form_token(&mark), name: &holder.person.name, lines };
    with_cookie(page(StatusCode::OK, &shown), line_of_mark)
}

#[derive(Deserialize)]
struct EndForm {
    token: String,
    client: String,
}

/// `POST /dong-y`: what the system was given ends at once.
async fn end_consent(
    State(site): State<Site>,
    headers: HeaderMap,
    form: Result<Form<EndForm>, FormRejection>,
) -> Response {
    let role = &site.role;
    let Ok(Form(form)) = form else { return ended() };
    let Some(signed) = role.session(&headers).filter(|_| role.is_own_form(&headers, &form.token)) else {
        return ended();
    };
    match site.provider.withdraw_consent(signed.person, &form.client).await {
        Ok(_) => Redirect::to(CONSENTS).into_response(),
        Err(error) => {
            tracing::error!(%error, "a consent of the bank sandbox cannot be ended");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

#[derive(Template)]
#[template(path = "bank/faults.html")]
struct FaultsPage {
    fault: Fault,
    seconds: u64,
}

async fn faults(State(site): State<Site>) -> Response {
    let fault = site.role.fault();
    let seconds = if let Fault::Slow(time) = fault { time.as_secs() } else { 10 };
    page(StatusCode::OK, &FaultsPage { fault, seconds })
}

#[derive(Deserialize)]
struct FaultForm {
    #[serde(default)]
    fault: String,
    #[serde(default)]
    seconds: String,
}

async fn set_fault(State(site): State<Site>, headers: HeaderMap, Form(form): Form<FaultForm>) -> Response {
    // Another site's page must not switch a demo's bank off. Browsers tell; programs send no such header.
    let from = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if !matches!(from, None | Some(b"same-origin" | b"none")) {
        return StatusCode::FORBIDDEN.into_response();
    }
    site.role.set_fault(match form.fault.as_str() {
        "slow" => Fault::Slow(Duration::from_secs(form.seconds.trim().parse().unwrap_or(0).min(60))),
        "down" => Fault::Down,
        "holder" => Fault::OtherHolder,
        "blocked" => Fault::Blocked,
        _ => Fault::None,
    });
    Redirect::to("/loi").into_response()
}

#[derive(Template)]
#[template(path = "bank/logout.html")]
struct LogoutPage {
    ask: LogoutAsk,
}

pub(super) fn logout(ask: LogoutAsk) -> Response {
    let leads_to = ask.leads_to.clone().unwrap_or_default();
    show(StatusCode::OK, &LogoutPage { ask }, &leads_to)
}

/// A page of one sentence.
#[derive(Template)]
#[template(path = "bank/said.html")]
struct SaidPage {
    title: &'static str,
    text: &'static str,
}

pub(super) fn signed_out(left: bool) -> Response {
    let title = if left { "Đã đăng xuất" } else { "Vẫn đang đăng nhập" };
    page(StatusCode::OK, &SaidPage { title, text: "" })
}

/// Another browser's page, an old one, a form that is not ours.
fn ended() -> Response {
    let text = "Trang này đã cũ, hoặc được mở từ một trình duyệt khác. Hãy quay lại nơi đã đưa Ông/Bà đến đây và làm lại. Trình duyệt cần \
                cho phép cookie.";
    page(StatusCode::BAD_REQUEST, &SaidPage { title: "Lần này đã kết thúc", text })
}

async fn not_found() -> Response {
    let text = "Địa chỉ này không có ở ngân hàng thử nghiệm.";
    page(StatusCode::NOT_FOUND, &SaidPage { title: "Không có trang này", text })
}

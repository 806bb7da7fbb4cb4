//! The pages: paying, what became of an order, what there is to try, and what shall go wrong. Each says on top that no money moves, and works
//! without JavaScript; what a payer reads is in the language that the merchant asked for.

use super::{Fault, LEAST, MOST, Merchant, NAME, Order, RefundState, State, Till, notices::seconds, wire};
use crate::{
    pages::{page, protect, styles},
    smsc::local_time,
};
use askama::Template;
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Path, RawQuery, Request, State as Given, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state, map_response},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base::{clock::Millis, i18n::Lang, show};
use serde::Deserialize;
use std::time::Duration;

/// Where browsers come with an order, under its origin.
pub const PAY: &str = "/paymentv2/vpcpay.html";
const LONGEST: usize = 8 * 1024;
/// Orders on the first page.
const LISTED: usize = 30;

pub(super) fn router(till: Till) -> Router {
    let payers = Router::new()
        .route(PAY, get(door))
        .route("/giao-dich/{id}", get(order).post(choose))
        .layer(from_fn_with_state(till.clone(), fault));
    Router::new()
        .route("/", get(start))
        .route("/loi", get(faults).post(set_fault))
        .route("/sandbox.css", get(styles))
        .fallback(not_found)
        .merge(payers)
        .layer(DefaultBodyLimit::max(LONGEST))
        .layer(map_response(protect))
        .with_state(till)
}

/// Nobody pays at a gateway that is out of order.
async fn fault(Given(till): Given<Till>, request: Request, next: Next) -> Response {
    match till.fault() {
        Fault::Down => return refused(&till, false, Refusal::Down),
        Fault::Slow(time) => tokio::time::sleep(time).await,
        _ => {}
    }
    next.run(request).await
}

/// A page whose forms lead back to the merchant beside here.
fn show_page(status: StatusCode, template: &impl Template, home: &str) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {home}; base-uri 'none'; frame-ancestors 'none'"
    );
    let mut response = page(status, template);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn time(at: Millis) -> String {
    local_time(at).strftime("%H:%M:%S, %d/%m/%Y").to_string()
}

fn money(amount: i64, en: bool) -> String {
    let number = show::number(amount, if en { Lang::EN } else { Lang::VI });
    if en { format!("VND {number}") } else { format!("{number} đồng") }
}

/// Why an order is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Signature,
    Form,
    Amount,
    Expired,
    Reused,
    Down,
    Gone,
}

#[derive(Template)]
#[template(path = "till/refused.html")]
struct RefusedPage<'a> {
    en: bool,
    why: Refusal,
    merchant: &'a Merchant,
}

fn refused(till: &Till, en: bool, why: Refusal) -> Response {
    let status = match why {
        Refusal::Down => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Gone => StatusCode::NOT_FOUND,
        Refusal::Reused => StatusCode::CONFLICT,
        _ => StatusCode::BAD_REQUEST,
    };
    page(status, &RefusedPage { en, why, merchant: &till.0.merchant })
}

/// `GET PAY`: a browser comes with a signed order. It goes on to a page of its own, so that nothing is sent a second time by looking again.
async fn door(Given(till): Given<Till>, RawQuery(query): RawQuery) -> Response {
    let mut fields = wire::fields(&query.unwrap_or_default()).unwrap_or_default();
    let en = fields.get("vnp_Locale").is_some_and(|l| l == "en");
    let Some(hash) = wire::signed(&mut fields, &till.0.merchant.secret) else {
        return refused(&till, en, Refusal::Signature);
    };
    match till.take(&fields, hash) {
        Ok(id) => Redirect::to(&format!("/giao-dich/{id}")).into_response(),
        Err(why) => refused(&till, en, why),
    }
}

impl Till {
    /// A signed order. Answers the id of its page.
    fn take(&self, fields: &wire::Fields, hash: String) -> Result<String, Refusal> {
        let get = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let fixed = [
            ("vnp_Version", "2.1.0"),
            ("vnp_Command", "pay"),
            ("vnp_CurrCode", "VND"),
            ("vnp_TmnCode", self.0.merchant.terminal.as_str()),
        ];
        let (reference, purpose, return_to) = (get("vnp_TxnRef"), get("vnp_OrderInfo"), get("vnp_ReturnUrl"));
        let is_reference = (1..=100).contains(&reference.len()) && reference.bytes().all(|b| b.is_ascii_alphanumeric());
        let is_purpose =
            (1..=255).contains(&purpose.len()) && purpose.is_ascii() && !purpose.contains(['<', '>', '&', '|']);
        // No other site is ever led to from here.
        let is_home = return_to.strip_prefix(&self.0.merchant.home).is_some_and(|rest| rest.starts_with('/'));
        let is_whole = fixed.iter().all(|(name, value)| get(name) == *value)
            && ["vn", "en"].contains(&get("vnp_Locale"))
            && (7..=45).contains(&get("vnp_IpAddr").len())
            && !get("vnp_OrderType").is_empty()
            && return_to.len() <= 255;
        let created_at = wire::read_time(get("vnp_CreateDate"));
        let expires_at = wire::read_time(get("vnp_ExpireDate"));
        let (Some(created_at), Some(expires_at)) = (created_at, expires_at) else { return Err(Refusal::Form) };
        if !is_whole || !is_reference || !is_purpose || !is_home || expires_at <= created_at {
            return Err(Refusal::Form);
        }
        let amount = wire::amount(get("vnp_Amount")).ok_or(Refusal::Form)?;
        if !(LEAST..=MOST).contains(&amount) {
            return Err(Refusal::Amount);
        }
        if let Some(known) = self.find(|order| order.reference == reference) {
            // The browser's way back and forth is the same order; anything else under its name is none.
            return if known.hash == hash && known.state == State::Open { Ok(known.id) } else { Err(Refusal::Reused) };
        }
        if self.now() >= expires_at {
            return Err(Refusal::Expired);
        }
        let id = crate::vneid::role::hex(&self.0.entropy.bytes::<16>());
        self.keep(Order {
            id: id.clone(),
            number: self.number(),
            reference: reference.to_owned(),
            asked: amount,
            amount,
            purpose: purpose.to_owned(),
            is_english: get("vnp_Locale") == "en",
            return_to: return_to.to_owned(),
            created: get("vnp_CreateDate").to_owned(),
            expires_at,
            hash,
            state: State::Open,
            decided_at: 0,
            notices: Vec::new(),
            refund: None,
        });
        Ok(id)
    }
}

#[derive(Template)]
#[template(path = "till/order.html")]
struct OrderPage<'a> {
    en: bool,
    merchant: &'a Merchant,
    order: &'a Order,
    amount: String,
    until: String,
    back: String,
    refund: Option<RefundState>,
    notices: Vec<(String, &'a str)>,
}

async fn order(Given(till): Given<Till>, Path(id): Path<String>) -> Response {
    let Some(order) = till.by_id(&id) else { return refused(&till, false, Refusal::Gone) };
    let en = order.is_english;
    let shown = OrderPage {
        en,
        merchant: &till.0.merchant,
        amount: money(order.amount, en),
        until: time(order.expires_at),
        back: till.way_back(&order),
        refund: order.refund.as_ref().map(|refund| till.refund_state(refund)),
        notices: order.notices.iter().map(|notice| (time(notice.at), notice.said.as_str())).collect(),
        order: &order,
    };
    show_page(StatusCode::OK, &shown, &till.0.merchant.home)
}

#[derive(Deserialize)]
struct ChoiceForm {
    answer: String,
}

/// Another site's page presses nothing here. Browsers tell; programs send no such header.
fn is_own(headers: &HeaderMap) -> bool {
    matches!(headers.get("sec-fetch-site").map(HeaderValue::as_bytes), None | Some(b"same-origin" | b"none"))
}

/// The person's choice; a second press finds the order over and goes back all the same.
async fn choose(
    Given(till): Given<Till>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Result<Form<ChoiceForm>, FormRejection>,
) -> Response {
    if !is_own(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let state = match form.as_ref().map(|Form(form)| form.answer.as_str()) {
        Ok("pay") => State::Paid,
        Ok("decline") => State::Declined,
        Ok("cancel") => State::Cancelled,
        _ => return Redirect::to(&format!("/giao-dich/{id}")).into_response(),
    };
    match till.decide(&id, state).or_else(|| till.by_id(&id)) {
        Some(order) => Redirect::to(&till.way_back(&order)).into_response(),
        None => refused(&till, false, Refusal::Gone),
    }
}

struct Line {
    id: String,
    reference: String,
    amount: String,
    purpose: String,
    state: State,
    refund: Option<RefundState>,
}

#[derive(Template)]
#[template(path = "till/start.html")]
struct StartPage<'a> {
    merchant: &'a Merchant,
    lines: Vec<Line>,
}

async fn start(Given(till): Given<Till>) -> Response {
    let line = |order: Order| Line {
        refund: order.refund.as_ref().map(|refund| till.refund_state(refund)),
        amount: money(order.amount, false),
        id: order.id,
        reference: order.reference,
        purpose: order.purpose,
        state: order.state,
    };
    let lines = till.all().into_iter().take(LISTED).map(line).collect();
    page(StatusCode::OK, &StartPage { merchant: &till.0.merchant, lines })
}

#[derive(Template)]
#[template(path = "till/faults.html")]
struct FaultsPage {
    fault: Fault,
    seconds: u64,
}

async fn faults(Given(till): Given<Till>) -> Response {
    let fault = till.fault();
    let seconds = if let Fault::Slow(time) | Fault::NoticesLate(time) = fault { time.as_secs() } else { 10 };
    page(StatusCode::OK, &FaultsPage { fault, seconds })
}

#[derive(Deserialize)]
struct FaultForm {
    #[serde(default)]
    fault: String,
    #[serde(default)]
    seconds: String,
}

async fn set_fault(Given(till): Given<Till>, headers: HeaderMap, Form(form): Form<FaultForm>) -> Response {
    if !is_own(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    till.set_fault(match form.fault.as_str() {
        "lost" => Fault::NoticesLost,
        "late" => Fault::NoticesLate(seconds(&form.seconds)),
        "twice" => Fault::NoticesTwice,
        "forged" => Fault::NoticesForged,
        "amount" => Fault::OtherAmount,
        "held" => Fault::RefundsHeld,
        "refused" => Fault::RefundsRefused,
        "slow" => Fault::Slow(seconds(&form.seconds).min(Duration::from_secs(60))),
        "down" => Fault::Down,
        _ => Fault::None,
    });
    Redirect::to("/loi").into_response()
}

async fn not_found(Given(till): Given<Till>) -> Response {
    refused(&till, false, Refusal::Gone)
}

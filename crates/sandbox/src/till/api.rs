//! What the merchant's server asks: what became of an order, and the money back.

use super::{Fault, Order, Refund, State, Till, notices::BANK, wire};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State as Given},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;

/// Where it is asked, under its origin.
pub const API: &str = "/merchant_webapi/api/transaction";
const LONGEST: usize = 8 * 1024;

const ASK: &str = "vnp_RequestId vnp_Version vnp_Command vnp_TmnCode vnp_TxnRef vnp_TransactionDate vnp_CreateDate vnp_IpAddr vnp_OrderInfo";
const REFUND: &str = "vnp_RequestId vnp_Version vnp_Command vnp_TmnCode vnp_TransactionType vnp_TxnRef vnp_Amount vnp_TransactionNo \
                      vnp_TransactionDate vnp_CreateBy vnp_CreateDate vnp_IpAddr vnp_OrderInfo";
const ANSWER: &str = "vnp_ResponseId vnp_Command vnp_ResponseCode vnp_Message vnp_TmnCode vnp_TxnRef vnp_Amount vnp_BankCode vnp_PayDate \
                      vnp_TransactionNo vnp_TransactionType vnp_TransactionStatus vnp_OrderInfo";
const PROMOTION: &str = " vnp_PromotionCode vnp_PromotionAmount";

type Asked = BTreeMap<String, String>;

pub(super) fn router(till: Till) -> Router {
    Router::new().route(API, post(asked)).layer(DefaultBodyLimit::max(LONGEST)).with_state(till)
}

async fn asked(Given(till): Given<Till>, body: Bytes) -> Response {
    match till.fault() {
        Fault::Down => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Fault::Slow(time) => tokio::time::sleep(time).await,
        _ => {}
    }
    Json(till.answer(&body)).into_response()
}

/// Text and whole numbers alone; each client writes amounts its own way.
fn read(body: &[u8]) -> Option<Asked> {
    let map: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let text = |value: Value| match value {
        Value::String(text) if text.len() <= 255 => Some(text),
        Value::Number(n) if n.is_i64() => Some(n.to_string()),
        _ => None,
    };
    map.into_iter().map(|(name, value)| Some((name, text(value)?))).collect()
}

fn joined(fields: &Asked, names: &str) -> String {
    let value = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    names.split_whitespace().map(value).collect::<Vec<_>>().join("|")
}

impl Till {
    fn answer(&self, body: &[u8]) -> Value {
        let Some(asked) = read(body) else { return unsigned("99", "Invalid request") };
        let get = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
        let (command, names) = match get("vnp_Command") {
            "querydr" => ("querydr", ASK),
            "refund" => ("refund", REFUND),
            _ => return unsigned("03", "Invalid command"),
        };
        // Nothing is signed for somebody who cannot sign: it would be signed in their words.
        let hash = wire::sign(&self.0.merchant.secret, &joined(&asked, names));
        if !bool::from(hash.as_bytes().ct_eq(get("vnp_SecureHash").to_ascii_lowercase().as_bytes())) {
            return unsigned("97", "Invalid signature");
        }
        if get("vnp_TmnCode") != self.0.merchant.terminal {
            return unsigned("02", "Invalid terminal");
        }
        let id = get("vnp_RequestId");
        let is_id = (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
        if !is_id || get("vnp_Version") != "2.1.0" {
            return self.signed(command, &asked, "03", "Invalid data format", None);
        }
        let order = self.find(|o| o.reference == get("vnp_TxnRef") && o.created == get("vnp_TransactionDate"));
        let Some(order) = order else {
            return self.signed(command, &asked, "91", "Transaction not found", None);
        };
        if !self.is_new_request(id) {
            return self.signed(command, &asked, "94", "Request is duplicated", None);
        }
        if command == "querydr" {
            return self.signed(command, &asked, "00", "QueryDR Success", Some(&order));
        }
        let is_whole = get("vnp_TransactionType") == "02" && wire::amount(get("vnp_Amount")) == Some(order.amount);
        if order.state != State::Paid {
            self.signed(command, &asked, "95", "Transaction is not successful", None)
        } else if !is_whole {
            self.signed(command, &asked, "03", "Only the whole amount", None)
        } else {
            match self.refund(&order) {
                Some(order) => self.signed(command, &asked, "00", "Refund Success", Some(&order)),
                None => self.signed(command, &asked, "94", "Refund was requested before", None),
            }
        }
    }

    /// `None`: it went back already, or is about to.
    fn refund(&self, order: &Order) -> Option<Order> {
        let refund =
            Refund { number: self.number(), at: self.now(), is_refused: self.fault() == Fault::RefundsRefused };
        let is_first = self.change(&order.id, |order| {
            let is_first = order.refund.is_none();
            order.refund.get_or_insert(refund);
            is_first
        })?;
        is_first.then(|| self.by_id(&order.id)).flatten()
    }

    fn signed(&self, command: &str, asked: &Asked, code: &str, message: &str, order: Option<&Order>) -> Value {
        let mut said = Asked::new();
        let mut put = |name: &str, value: String| {
            said.insert(name.to_owned(), value);
        };
        put("vnp_ResponseId", crate::vneid::role::hex(&self.0.entropy.bytes::<16>()));
        put("vnp_Command", command.to_owned());
        put("vnp_ResponseCode", code.to_owned());
        put("vnp_Message", message.to_owned());
        put("vnp_TmnCode", self.0.merchant.terminal.clone());
        put("vnp_TxnRef", asked.get("vnp_TxnRef").cloned().unwrap_or_default());
        if let Some(order) = order {
            put("vnp_Amount", (order.amount * 100).to_string());
            put("vnp_OrderInfo", order.purpose.clone());
            put("vnp_BankCode", BANK.to_owned());
            let (kind, status, number, at) = match &order.refund {
                Some(refund) => ("02", self.refund_state(refund).status(), refund.number, refund.at),
                None => ("01", order.state.status(), order.number, order.decided_at),
            };
            put("vnp_TransactionType", kind.to_owned());
            put("vnp_TransactionStatus", status.to_owned());
            put("vnp_TransactionNo", number.to_string());
            put("vnp_PayDate", if order.state == State::Open { String::new() } else { wire::time(at) });
        }
        let names = if command == "querydr" { ANSWER.to_owned() + PROMOTION } else { ANSWER.to_owned() };
        let hash = wire::sign(&self.0.merchant.secret, &joined(&said, &names));
        said.insert("vnp_SecureHash".into(), hash);
        json!(said)
    }
}

fn unsigned(code: &str, message: &str) -> Value {
    json!({ "vnp_ResponseCode": code, "vnp_Message": message })
}

//! The payment gateway (cổng thanh toán; P2, P6): VNPAY's redirect protocol, version 2.1.0. The browser goes to the gateway with a signed address
//! and comes back with a signed query; the gateway's server tells the same to ours (IPN); and we ask its merchant API what became of an
//! order, or send the money back.
//!
//! How sure this is:
//! * the parameters, the signature of addresses and notices, and the order in which a notice is answered: VNPAY's public documents;
//! * the order of the fields under the signatures of the merchant API: VNPAY's public examples, and two clients that others wrote;
//! * **cần đối chiếu** with the contract before the first payment: whether a request id may come again on another day, what
//!   `querydr` says of an order with a refund (here: the refund, by `vnp_TransactionType` 02 or 03), and which answers it leaves unsigned.
//!
//! Nothing of a person goes out beside the address of their browser, which the protocol wants. Money is whole đồng.

mod api;
mod breaker;
/// For the fuzzer and the replay of its seeds.
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
mod wire;

use crate::http;
use base::{
    clock::{Clock, Entropy, Millis},
    keys::Secret,
};
use breaker::Breaker;
use std::{
    collections::{BTreeMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

/// A person may wait for it, who came back before the notice.
const TIME: Duration = Duration::from_secs(6);
/// The gateway's most: twelve digits with two behind the comma.
pub const MOST: i64 = 9_999_999_999;
/// Names that begin so are the sandbox's.
pub const SANDBOX: &str = "SANDBOX";

/// Where and as whom is paid.
#[derive(Clone)]
pub struct Config {
    /// Where browsers are sent: `https://…`
    pub pay: String,
    /// Where the server is asked: `https://…`
    pub api: String,
    /// `vnp_TmnCode`, eight capital letters and digits.
    pub terminal: String,
    pub secret: Secret,
    /// Plain HTTP to this machine: the sandbox.
    pub local: bool,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("pay", &self.pay).field("terminal", &self.terminal).finish_non_exhaustive()
    }
}

/// What is wrong with a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("pay must be an https:// address without user, query or fragment")]
    Pay,
    #[error("api must be an https:// address without user, query or fragment")]
    Api,
    #[error("terminal is the gateway's code (vnp_TmnCode): 8 capital letters and digits")]
    Terminal,
    #[error("terminal is that of the sandbox: enter the one that your gateway gave")]
    Sandbox,
    #[error("the secret is one line of 16 to 128 visible characters")]
    Secret,
    #[error("no HTTPS here: the system has no CA certificates (Debian: the package ca-certificates)")]
    NoRoots,
}

impl Config {
    /// Every fault.
    pub fn faults(&self) -> Vec<Fault> {
        let fits = |address: &str| {
            let bare = reqwest::Url::parse(address).is_ok_and(|url| {
                let is_bare = url.username().is_empty() && url.password().is_none();
                is_bare && url.query().is_none() && url.fragment().is_none() && url.host_str().is_some()
            });
            bare && http::may_ask(address, self.local)
        };
        let is_code = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        let secret = self.secret.expose();
        let found = [
            (!fits(&self.pay), Fault::Pay),
            (!fits(&self.api), Fault::Api),
            (self.terminal.len() != 8 || !self.terminal.bytes().all(is_code), Fault::Terminal),
            (self.terminal.to_uppercase().starts_with(SANDBOX) && !self.local, Fault::Sandbox),
            (!(16..=128).contains(&secret.len()) || !secret.bytes().all(|b| b.is_ascii_graphic()), Fault::Secret),
        ];
        found.into_iter().filter_map(|(is_wrong, fault)| is_wrong.then_some(fault)).collect()
    }
}

/// What is to be paid.
#[derive(Debug, Clone)]
pub struct Order {
    /// `[A-Z0-9]{1,24}`, used once for ever.
    pub reference: String,
    /// Whole đồng.
    pub amount: i64,
    /// `[A-Za-z0-9 ._:/-]`, at most 200: the gateway wants no accents, and what encoders treat alike.
    pub purpose: String,
    pub is_vietnamese: bool,
    /// Where the browser comes back to.
    pub return_to: String,
    pub from: IpAddr,
    pub created_at: Millis,
    pub expires_at: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Paid,
    Failed,
    Waiting,
}

/// What the gateway says of an order; its signature was good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub reference: String,
    pub amount: i64,
    pub verdict: Verdict,
    /// The gateway's own number; may be empty unless paid.
    pub transaction: String,
}

/// Why a query says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    #[error("no or a wrong signature")]
    Forged,
    #[error("not what was agreed")]
    Malformed,
}

/// Why there is no word of an order; names nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// No answer that can be used: again later.
    #[error("away: {0}")]
    Away(&'static str),
    #[error("no such order there")]
    Unknown,
}

/// What the gateway's server is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    Confirmed,
    Forged,
    UnknownOrder,
    OtherAmount,
    AlreadyConfirmed,
    Trouble,
}

/// An order of which something is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub reference: String,
    pub amount: i64,
    pub transaction: String,
    pub created_at: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refunded {
    Done,
    /// Taken, comes later: ask again.
    Pending,
    Refused,
}

/// An order that the protocol cannot carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the gateway cannot be given such an order: {0}")]
pub struct BadOrder(pub &'static str);

/// The gateway, asked as one terminal. Cheap to clone.
#[derive(Clone)]
pub struct Vnpay {
    config: Config,
    client: reqwest::Client,
    clock: Clock,
    entropy: Entropy,
    breaker: Breaker,
    /// Ids of the newest answers: one that comes again is an old one.
    heard: Arc<Mutex<VecDeque<String>>>,
}

impl Vnpay {
    /// Errors: the first fault.
    pub fn new(config: Config, clock: Clock, entropy: Entropy) -> Result<Self, Fault> {
        Self::within(config, clock, entropy, TIME)
    }

    /// With another time for an answer.
    pub fn within(config: Config, clock: Clock, entropy: Entropy, time: Duration) -> Result<Self, Fault> {
        if let Some(fault) = config.faults().first() {
            return Err(*fault);
        }
        let client = http::client(time, http::is_here(&config.api, config.local)).map_err(|_| Fault::NoRoots)?;
        Ok(Self { config, client, clock, entropy, breaker: Breaker::default(), heard: Arc::default() })
    }

    /// The signed address to which the browser goes. Errors: the protocol cannot carry the order.
    pub fn start(&self, order: &Order) -> Result<String, BadOrder> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b" ._:/-".contains(&b);
        if !is_reference(&order.reference) {
            return Err(BadOrder("reference"));
        }
        if !(1..=200).contains(&order.purpose.len()) || !order.purpose.bytes().all(is_plain) {
            return Err(BadOrder("purpose"));
        }
        if !(10..=255).contains(&order.return_to.len()) || !order.return_to.is_ascii() {
            return Err(BadOrder("return_to"));
        }
        if order.expires_at <= order.created_at {
            return Err(BadOrder("expires_at"));
        }
        let fields = BTreeMap::from([
            ("vnp_Version", wire::VERSION.to_owned()),
            ("vnp_Command", "pay".into()),
            ("vnp_TmnCode", self.config.terminal.clone()),
            ("vnp_Amount", wire::hundredfold(order.amount).ok_or(BadOrder("amount"))?),
            ("vnp_CurrCode", "VND".into()),
            ("vnp_TxnRef", order.reference.clone()),
            ("vnp_OrderInfo", order.purpose.clone()),
            ("vnp_OrderType", "other".into()),
            ("vnp_Locale", if order.is_vietnamese { "vn" } else { "en" }.into()),
            ("vnp_IpAddr", order.from.to_canonical().to_string()),
            ("vnp_CreateDate", wire::time(order.created_at)),
            ("vnp_ExpireDate", wire::time(order.expires_at)),
            ("vnp_ReturnUrl", order.return_to.clone()),
        ]);
        let query = wire::form(fields.iter().map(|(k, v)| (*k, v.as_str())));
        let hash = wire::sign(self.config.secret.expose(), &query);
        Ok(format!("{}?{query}&vnp_SecureHash={hash}", self.config.pay))
    }

    /// Reads the query of a browser that came back, or of a notice from server to server.
    pub fn read(&self, raw_query: &str) -> Result<Word, Unread> {
        let fields = wire::read(raw_query, self.config.secret.expose())?;
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        // The secret belongs to one terminal; a good signature for another's is none of ours.
        if field("vnp_TmnCode") != self.config.terminal {
            return Err(Unread::Forged);
        }
        let amount = wire::hundredth(field("vnp_Amount")).ok_or(Unread::Malformed)?;
        let reference = field("vnp_TxnRef");
        let codes = [field("vnp_ResponseCode"), field("vnp_TransactionStatus")];
        if !is_reference(reference) || !codes.iter().all(|code| wire::is_code(code)) {
            return Err(Unread::Malformed);
        }
        let verdict = match codes {
            ["00", "00"] => Verdict::Paid,
            // The two contradict each other: whoever asks later hears which is true.
            ["00", _] | [_, "00"] => Verdict::Waiting,
            [_, status] => of_status(status),
        };
        let transaction = wire::transaction(field("vnp_TransactionNo")).ok_or(Unread::Malformed)?;
        word(reference, amount, verdict, transaction).ok_or(Unread::Malformed)
    }

    /// What the gateway's server is answered; anything but 00 and 02 makes it tell again.
    pub fn reply(&self, reply: Reply) -> String {
        let (code, message) = match reply {
            Reply::Confirmed => ("00", "Confirm Success"),
            Reply::UnknownOrder => ("01", "Order not found"),
            Reply::AlreadyConfirmed => ("02", "Order already confirmed"),
            Reply::OtherAmount => ("04", "Invalid amount"),
            Reply::Forged => ("97", "Invalid signature"),
            Reply::Trouble => ("99", "Unknown error"),
        };
        format!(r#"{{"RspCode":"{code}","Message":"{message}"}}"#)
    }
}

/// Ours, as it goes out and comes back.
fn is_reference(text: &str) -> bool {
    (1..=24).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Of a payment, by `vnp_TransactionStatus`. What took money and is not decided (reversed, suspected) is not called failed: people would
/// pay a second time.
fn of_status(status: &str) -> Verdict {
    match status {
        "00" => Verdict::Paid,
        "01" | "04" | "05" | "06" | "07" => Verdict::Waiting,
        _ => Verdict::Failed,
    }
}

/// `None`: paid, and the gateway has no number for it.
fn word(reference: &str, amount: i64, verdict: Verdict, transaction: String) -> Option<Word> {
    let whole = verdict != Verdict::Paid || !transaction.is_empty();
    whole.then(|| Word { reference: reference.to_owned(), amount, verdict, transaction })
}

#[cfg(test)]
mod tests;

//! Cổng thanh toán (P2): what the rules ask of a payment gateway. Implemented over its real protocol by the binary (`gateways::payments`); tests have
//! their own.

use base::clock::Millis;

/// What is to be paid.
#[derive(Debug, Clone)]
pub struct Order {
    /// `[A-Z0-9]{1,24}`, used once for ever.
    pub reference: String,
    /// Whole đồng, above 0.
    pub amount: i64,
    /// `[A-Za-z0-9 ._:/-]`, at most 200.
    pub purpose: String,
    pub is_vietnamese: bool,
    /// Where the browser comes back to.
    pub return_to: String,
    pub from: std::net::IpAddr,
    pub created_at: Millis,
    pub expires_at: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Paid,
    Failed,
    Waiting,
}

/// What the gateway says of an order, believed (its signature was good).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub reference: String,
    pub amount: i64,
    pub verdict: Verdict,
    /// The gateway's own number; may be empty unless paid.
    pub transaction: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// No or a wrong signature.
    #[error("not signed by the gateway")]
    Forged,
    #[error("not of the agreed form")]
    Malformed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// No answer that can be used: again later.
    #[error("the gateway does not answer, or not as agreed")]
    Away,
    /// It knows no such order.
    #[error("the gateway knows no such order")]
    Unknown,
}

/// What its server is answered (VNPAY: 00, 97, 01, 04, 02, 99).
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

#[async_trait::async_trait]
pub trait Gateway: Send + Sync {
    /// The address at the gateway to which the browser goes.
    fn start(&self, order: &Order) -> String;
    /// Reads the raw query of a return or of a notice from server to server (IPN).
    fn read(&self, raw_query: &str) -> Result<Word, Unread>;
    /// The body (JSON) of the answer to a notice.
    fn reply(&self, reply: Reply) -> String;
    async fn ask(&self, of: &Asked) -> Result<Word, Unheard>;
    /// The whole amount back. Asked again with the same order it must not pay twice.
    async fn refund(&self, of: &Asked) -> Result<Refunded, Unheard>;
}

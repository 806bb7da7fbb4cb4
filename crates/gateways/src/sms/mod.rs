//! SMS: one trait, and the operator's side of it over SMPP 3.4 ([`smpp::Session`]).
//!
//! # What an outbox must know
//!
//! A gateway never sends one message twice by itself, and it never says "accepted" without the operator's answer. What it cannot know
//! is the fate of a message whose answer was lost with the connection. So the rule "every message is delivered, none twice where the
//! peer confirmed it" needs both sides:
//!
//! | `send` returns | what is true | what the outbox does |
//! |---|---|---|
//! | `Ok(Accepted)` | the operator confirmed every part | store `message_ids`, never send again, wait for receipts |
//! | `Permanent` | the operator (or we) refused; no later attempt can succeed | mark failed, tell whoever must know |
//! | `Retry { after }` | no part was accepted | send again after that time, same `id` |
//! | `NotConnected` | nothing left this machine | wait for [`SmsGateway::ready`], then send again, same `id` |
//! | `Unknown` | submitted, no answer; some parts may be confirmed | mark *unknown*; see below |
//! | future dropped, process killed | as `Unknown` | as `Unknown` |
//!
//! An *unknown* message is not sent again at once. Every submit carries [`message_reference`]`(id)`, which operators give back in
//! receipts; so a [`Receipt`] with that reference and number settles it ([`ReceiptState::Accepted`] is an answer that came late, a state
//! such as `Delivered` is the phone's). If nothing came after a waiting time of the outbox's choice (a few minutes), it sends again with
//! the same `id`: the peer did not confirm the first attempt, so the rule holds. One-time codes are not sent again: the person asks for
//! another.

use std::time::Duration;

use base::{clock::Millis, phone::PhoneNumber};
use serde::Serialize;

/// For the fuzzer and the replay of its seeds.
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
mod gsm;
pub mod receipts;
pub mod smpp;
mod text;

pub use text::{Encoding, Parts, count_parts, unaccented};

/// Sends text messages. One implementation talks to an operator ([`smpp::Session`]), one says that none is configured ([`NoSms`]).
#[async_trait::async_trait]
pub trait SmsGateway: Send + Sync {
    /// Sends one message and waits for the operator's answer to every part, in the order of lanes. See the module's table.
    async fn send(&self, sms: OutgoingSms) -> Result<Accepted, SmsError>;

    /// Waits until messages can be sent. Pending while there is no connection.
    async fn ready(&self);

    /// For the queue page, the health check and tests.
    fn status(&self) -> GatewayStatus;
}

/// One text to one phone.
#[derive(Clone)]
pub struct OutgoingSms {
    /// The outbox row: the same for every attempt. Its hash travels along, see [`message_reference`].
    pub id: String,
    pub to: PhoneNumber,
    /// Any Unicode text; alphabet and parts are chosen from it, see [`count_parts`].
    pub text: String,
    pub lane: Lane,
    /// After this time the message is worthless (a one-time code): it is not submitted any more, and the operator is told to stop trying.
    pub deliver_by: Option<Millis>,
}

/// `Debug` shows neither number nor text.
impl std::fmt::Debug for OutgoingSms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutgoingSms")
            .field("id", &self.id)
            .field("to", &self.to)
            .field("lane", &self.lane)
            .finish_non_exhaustive()
    }
}

/// Who goes first (W5): a lane is served only when those before it are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// One-time codes, critical alerts.
    Urgent,
    /// Notices about somebody's own affairs.
    Normal,
    /// Newsletters, campaigns.
    Bulk,
}

impl Lane {
    pub const ALL: [Self; 3] = [Self::Urgent, Self::Normal, Self::Bulk];

    /// The word in metrics and on the queue page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Normal => "normal",
            Self::Bulk => "bulk",
        }
    }
}

/// The operator took the whole message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The operator's id of each submitted part, in order; receipts name them. Empty strings where the operator gave none. One id for
    /// the whole message when long ones travel as `message_payload`.
    pub message_ids: Vec<String>,
    /// Parts billed.
    pub parts: u8,
}

/// Why a message was not accepted. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmsError {
    /// Do not try again.
    #[error("the message is refused for good: {0}")]
    Permanent(Refusal),
    /// Nothing was accepted; try the same message again after this time.
    #[error("the operator cannot take the message now, try again in {after:?}")]
    Retry { after: Duration },
    /// Submitted without a (complete) answer. Do not blindly send again: see the module's documentation.
    #[error("submitted, but the answer was lost")]
    Unknown {
        /// Ids of the parts that the operator did confirm.
        accepted: Vec<String>,
    },
    /// No connection to the operator; nothing was submitted.
    #[error("no connection to the SMS operator")]
    NotConnected,
}

/// The reason of a permanent refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// This installation has no SMS operator ([`NoSms`]).
    #[error("no SMS operator is configured")]
    NotConfigured,
    #[error("the text is empty")]
    Empty,
    /// More parts than the configuration allows.
    #[error("the text needs {parts} parts, {max} are allowed")]
    TooLong { parts: usize, max: u8 },
    /// `deliver_by` passed before the message could be submitted.
    #[error("the time to deliver it has passed")]
    Expired,
    /// The operator's `command_status` (SMPP 3.4, section 5.1.3).
    #[error("the operator answered {:#010x} {}", .0, smpp::status_name(*.0))]
    Operator(u32),
}

impl Refusal {
    /// A stable word for rows, metrics and translations: `not_configured`, `empty`, `too_long`, `expired`, `smpp_0000000b`.
    pub fn code(&self) -> String {
        match self {
            Self::NotConfigured => "not_configured".into(),
            Self::Empty => "empty".into(),
            Self::TooLong { .. } => "too_long".into(),
            Self::Expired => "expired".into(),
            Self::Operator(status) => format!("smpp_{status:08x}"),
        }
    }
}

/// What became of a part, told by the operator afterwards.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// As in [`Accepted::message_ids`]; compare with [`same_message_id`]. Empty if the operator named none.
    pub message_id: String,
    /// [`message_reference`] of the message, where the operator gives it back.
    pub reference: Option<u16>,
    /// The phone the message went to, digits with country code; for matching with `reference` only.
    pub phone: String,
    pub state: ReceiptState,
    /// The network's error, as the operator writes it (`000`, `1:36`), if any.
    pub error_code: Option<String>,
    /// `2026-11-21T12:34:56`, the operator's local time: SMPP receipts carry no zone.
    pub done_at: Option<String>,
}

/// `Debug` hides the phone.
impl std::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receipt")
            .field("message_id", &self.message_id)
            .field("reference", &self.reference)
            .field("state", &self.state)
            .field("error_code", &self.error_code)
            .field("done_at", &self.done_at)
            .finish_non_exhaustive()
    }
}

/// The last known state of a part. `Accepted` is not final, the others are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    /// The operator has it: an answer that came after its time-out, or an intermediate notice.
    Accepted,
    Delivered,
    /// The phone was not reached in time.
    Expired,
    Rejected,
    Undeliverable,
    /// The operator does not know, or says something we do not understand. Not a delivery.
    Unknown,
}

impl ReceiptState {
    /// The word in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
            Self::Undeliverable => "undeliverable",
            Self::Unknown => "unknown",
        }
    }
}

/// Sixteen bits of an outbox id: the same for every attempt and after every restart. Travels as `user_message_reference`. Together with
/// the phone number it finds an unknown message; alone it does not (FNV-1a, folded: 65,536 values).
pub fn message_reference(id: &str) -> u16 {
    let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [a, b, c, d] = hash.to_be_bytes();
    u16::from_be_bytes([a ^ c, b ^ d])
}

/// Operators write one id as `0A1F` in the answer and `0a1f` in the receipt; nothing else is assumed.
pub fn same_message_id(left: &str, right: &str) -> bool {
    left.trim().eq_ignore_ascii_case(right.trim())
}

/// What the gateway is doing, for the queue page (JSON) and health checks. No personal data.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct GatewayStatus {
    /// `false` with [`NoSms`].
    pub configured: bool,
    pub connected: bool,
    /// When `connected` last changed.
    pub since: Option<Millis>,
    /// Parts submitted and not yet answered.
    pub in_flight: usize,
    /// Parts waiting for their turn.
    pub queued: Queued,
    /// Parts a second at present: the configured rate, or less while the operator throttles.
    pub rate: f64,
    /// Why the last connection ended or could not be made, or that the operator throttles.
    pub last_error: Option<String>,
    /// Parts since the start.
    pub accepted_total: u64,
    pub refused_total: u64,
    pub throttled_total: u64,
    pub unknown_total: u64,
    pub receipts_total: u64,
    /// Messages from phones: answered and dropped.
    pub incoming_total: u64,
    pub reconnects_total: u64,
}

/// Parts waiting, by lane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Queued {
    pub urgent: usize,
    pub normal: usize,
    pub bulk: usize,
}

/// The gateway of an installation without an operator: every message is refused for good, and says why.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSms;

#[async_trait::async_trait]
impl SmsGateway for NoSms {
    async fn send(&self, _: OutgoingSms) -> Result<Accepted, SmsError> {
        Err(SmsError::Permanent(Refusal::NotConfigured))
    }

    async fn ready(&self) {}

    fn status(&self) -> GatewayStatus {
        GatewayStatus { last_error: Some(Refusal::NotConfigured.to_string()), ..GatewayStatus::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sms() -> OutgoingSms {
        OutgoingSms {
            id: "0192f0c1-0000-7000-8000-000000000001".into(),
            to: PhoneNumber::parse("0914402045").unwrap(),
            text: "Mã 123456".into(),
            lane: Lane::Urgent,
            deliver_by: None,
        }
    }

    #[tokio::test]
    async fn s9_without_an_operator_the_answer_says_so() {
        let refused = NoSms.send(sms()).await;
        assert_eq!(refused, Err(SmsError::Permanent(Refusal::NotConfigured)));
        assert!(!NoSms.status().configured);
        NoSms.ready().await;
    }

    #[test]
    fn a_message_in_a_log_shows_neither_number_nor_text() {
        let shown = format!("{:?}", sms());
        assert!(shown.contains("0914***045") && !shown.contains("402045") && !shown.contains("123456"), "{shown}");
    }

    #[test]
    fn a_reference_is_the_same_for_every_attempt() {
        assert_eq!(message_reference("a"), message_reference("a"));
        assert_ne!(message_reference(&sms().id), message_reference("0192f0c1-0000-7000-8000-000000000002"));
    }

    #[test]
    fn ids_are_compared_as_operators_write_them() {
        assert!(same_message_id("0A1F", "0a1f "));
        assert!(!same_message_id("0A1F", "2591"));
    }
}

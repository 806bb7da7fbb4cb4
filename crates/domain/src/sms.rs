//! Messages to phones: put sealed into the outbox, sent by the worker (S9).

use crate::core::Core;
use base::{
    clock::{MINUTE, Millis},
    ids::Uuid,
    keys::Purpose,
    phone::PhoneNumber,
};
use serde::{Deserialize, Serialize};
use store::{Tx, outbox};

/// The outbox channel of SMS.
pub const CHANNEL: &str = "sms";

/// How urgent; an OTP never waits behind anything (W5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Urgent = 0,
    Normal = 1,
    Bulk = 2,
}

/// What the worker opens from an outbox row.
#[derive(Clone, Serialize, Deserialize)]
pub struct Sms {
    pub to: PhoneNumber,
    pub text: String,
}

/// Seals and puts one message. `dedupe`: the same cause told twice sends one SMS.
pub async fn put(
    core: &Core,
    tx: &Tx,
    sms: &Sms,
    lane: Lane,
    dedupe: Option<String>,
    lives: Millis,
) -> Result<(), store::Error> {
    let id = core.new_id();
    let plain = serde_json::to_vec(sms).map_err(|e| store::Error::Other(e.to_string()))?;
    let message = outbox::Message {
        id,
        channel: CHANNEL,
        lane: lane as i32,
        dedupe,
        payload: core.keys.seal(Purpose::Outbox, id.as_bytes(), &plain, &core.entropy),
        now: core.now(),
        expires_at: core.now() + lives.max(MINUTE),
    };
    outbox::put(tx, message).await?;
    Ok(())
}

/// Opens what `put` sealed; `None` when it was sealed with other keys.
pub fn open(core: &Core, id: Uuid, payload: &[u8]) -> Option<Sms> {
    let plain = core.keys.open(Purpose::Outbox, id.as_bytes(), payload).ok()?;
    serde_json::from_slice(&plain).ok()
}

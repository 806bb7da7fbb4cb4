//! The province's side: a one-stop system tells which state a dossier took; that is written down, and with it a message to the national portal, in one
//! transaction. The worker sends what waits, signed with the province's key, until the portal has confirmed it.

use super::{
    Outcome, own_host,
    step::{Frame, Step, Why},
};
use crate::{core::Core, error::Error};
use base::{
    clock::{DAY, MINUTE, Millis, SECOND},
    ids::Uuid,
    keys::Purpose,
};
use serde_json::Value;
use store::{
    FromRow, Insert, Sql, Tx,
    outbox::{self, Message},
};

/// The outbox's channel to the national portal.
pub const CHANNEL: &str = "portal";
/// So long the portal may be away.
pub const GIVEN_UP: Millis = 90 * DAY;
/// Before it is tried again: this, then twice as long each time, up to the other, so that all goes soon after the portal is back.
const FIRST_PAUSE: Millis = 5 * SECOND;
const LAST_PAUSE: Millis = 5 * MINUTE;

/// When a message is tried again that was tried so often.
pub fn pause(tries: i32) -> Millis {
    let doubled = u32::try_from(tries - 1).unwrap_or(0).min(20);
    (FIRST_PAUSE << doubled).min(LAST_PAUSE)
}

#[derive(FromRow)]
struct Told {
    code: String,
    state: i32,
    at: Millis,
}

/// Takes each step that can be taken, all in one transaction; the answers stand in their order. `by`: the API key whose word it is. The caller has
/// counted them.
pub async fn tell(core: &Core, by: Option<Uuid>, steps: &[Value]) -> Result<Vec<Outcome>, Error> {
    let frame = Frame { now: core.now(), hosts: own_host(core), plain: core.settings.demo };
    let province = core.province();
    let listed = |code: &str| province.pack.procedures.iter().any(|procedure| procedure.code == code);
    let read = |value: &Value| match Step::read(value, &frame) {
        Ok(step) if !listed(&step.procedure) => Err(Why::UnknownProcedure),
        read => read,
    };
    let read: Vec<Result<Step, Why>> = steps.iter().map(read).collect();
    let core2 = core.clone();
    core.store
        .write(move |tx: Tx| async move {
            let mut out = Vec::with_capacity(read.len());
            for step in read {
                out.push(match step {
                    Ok(step) => take(&core2, &tx, by, &step).await?,
                    Err(why) => Outcome::Refused(why),
                });
            }
            Ok(out)
        })
        .await
}

async fn take(core: &Core, tx: &Tx, by: Option<Uuid>, step: &Step) -> Result<Outcome, Error> {
    let sql = "SELECT code, state, at FROM told_dossier_event WHERE event = $1";
    if let Some(told) = Sql::new(sql).bind(step.event.as_str()).one::<Told>(tx).await? {
        let same = (told.code.as_str(), told.state, told.at) == (step.dossier.as_str(), step.state.code(), step.at);
        return Ok(if same { Outcome::Taken } else { Outcome::Refused(Why::EventReused) });
    }
    let inserted = Insert::into("told_dossier")
        .set("code", step.dossier.as_str())
        .set("procedure_code", step.procedure.as_str())
        .set("state", step.state.code())
        .set("state_at", step.at)
        .set("event", step.event.as_str())
        .set("due_at", step.due)
        .or_ignore()
        .exec(tx)
        .await?;
    if inserted == 0 {
        // Looked at and changed in one statement: of two steps told at once the newer one stays.
        Sql::new(
            "UPDATE told_dossier SET procedure_code = $1, state = $2, state_at = $3, event = $4, due_at = $5
             WHERE code = $6 AND (state_at < $3 OR (state_at = $3 AND (state < $2 OR (state = $2 AND event < $4))))",
        )
        .bind(step.procedure.as_str())
        .bind(step.state.code())
        .bind(step.at)
        .bind(step.event.as_str())
        .bind(step.due)
        .bind(step.dossier.as_str())
        .exec(tx)
        .await?;
    }
    let written = Insert::into("told_dossier_event")
        .set("event", step.event.as_str())
        .set("code", step.dossier.as_str())
        .set("state", step.state.code())
        .set("at", step.at)
        .set("api_key_id", by)
        .set("told_at", core.now())
        .or_ignore()
        .exec(tx)
        .await?;
    if written == 0 {
        return Ok(Outcome::Taken); // told by two at once: the other one put the message
    }
    let (id, now) = (core.new_id(), core.now());
    let payload = core.keys.seal(Purpose::Outbox, id.as_bytes(), step.json().to_string().as_bytes(), &core.entropy);
    let message = Message {
        id,
        channel: CHANNEL,
        lane: 1,
        dedupe: Some(format!("dossier {}", step.event)),
        payload,
        now,
        expires_at: now + GIVEN_UP,
    };
    outbox::put(tx, message).await?;
    Ok(Outcome::Taken)
}

/// What a message of the outbox says. `None`: no key opens it.
pub fn open(core: &Core, id: Uuid, payload: &[u8]) -> Option<Value> {
    let plain = core.keys.open(Purpose::Outbox, id.as_bytes(), payload).ok()?;
    serde_json::from_slice(&plain).ok()
}

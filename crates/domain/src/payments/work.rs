//! What the worker does: it asks the gateway for each order that is not decided, later and later, so that a lost notice loses nothing; and it has money given
//! back, again and again until the gateway has answered. Every turn may be cut off anywhere and is done again.

use super::{
    FORGOTTEN,
    gateway::{Asked, Gateway, Refunded, Unheard, Verdict},
    heard,
    settle::{self, PAYMENT, Payment},
    state::{Event, State},
};
use crate::{core::Core, error::Error};
use base::{
    clock::{DAY, HOUR, MINUTE, Millis, SECOND},
    ids::Uuid,
};
use store::{FromRow, Sql, Tx};

/// After starting an order it is asked for after this, and then twice as late each time, up to the other.
pub const FIRST_PAUSE: Millis = 5 * MINUTE;
const LAST_PAUSE: Millis = 6 * HOUR;
/// An order that the gateway calls open for so long is over here.
const LEFT_ALONE: Millis = 7 * DAY;
/// Refunds are tried sooner.
const REFUND_PAUSE: Millis = MINUTE;
/// Orders of one turn.
const AT_ONCE: i64 = 20;
/// Whoever looks again and again has the gateway asked so often.
const ASKED_AGAIN: Millis = 10 * SECOND;

/// When it is tried again after so many tries.
fn pause(first: Millis, tries: i32) -> Millis {
    (first << u32::try_from(tries).unwrap_or(0).min(20)).min(LAST_PAUSE)
}

/// One turn: everything that is due. Answers how many orders were taken up.
pub async fn run(core: &Core, gateway: &dyn Gateway) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        let sql = format!("{PAYMENT} WHERE due_at <= $1 ORDER BY due_at LIMIT {AT_ONCE}");
        let due: Vec<Payment> = Sql::new(sql).bind(core.now()).all(core.store.read()).await?;
        if due.is_empty() {
            return Ok(done);
        }
        for payment in due {
            if claim(core, &payment).await? {
                done += 1;
                turn(core, gateway, &payment).await?;
            }
        }
    }
}

/// Takes an order for this turn: of two workers one does it, and if that one dies it is done at the next time.
async fn claim(core: &Core, payment: &Payment) -> Result<bool, Error> {
    let first = if payment.state()? == State::RefundDue { REFUND_PAUSE } else { FIRST_PAUSE };
    // After the first try one pause has passed already.
    let tries = payment.tries.saturating_add(i32::from(payment.state()? != State::RefundDue));
    let (now, next, id, before) = (core.now(), core.now() + pause(first, tries), payment.id, payment.due_at);
    let sql = "UPDATE payment SET due_at = $1, tries = tries + 1, asked_at = $2 WHERE id = $3 AND due_at = $4";
    let sql = Sql::new(sql).bind(next).bind(now).bind(id).bind(before);
    core.store.write(move |tx: Tx| async move { Ok(sql.exec(&tx).await? == 1) }).await
}

fn asked(payment: &Payment) -> Asked {
    Asked {
        reference: payment.reference.clone(),
        // What is given back is what came, whatever was asked for.
        amount: if payment.received > 0 { payment.received } else { payment.amount },
        transaction: payment.gateway_no.clone(),
        created_at: payment.created_at,
    }
}

async fn turn(core: &Core, gateway: &dyn Gateway, payment: &Payment) -> Result<(), Error> {
    match payment.state()? {
        State::Started => ask(core, gateway, payment).await,
        State::RefundDue => match gateway.refund(&asked(payment)).await {
            Ok(Refunded::Done) => settle::refunded(core, payment.id, Event::Refunded).await,
            Ok(Refunded::Refused) => {
                tracing::error!(reference = %payment.reference, "the gateway refuses a refund; give the money back by hand");
                settle::refunded(core, payment.id, Event::RefundRefused).await
            }
            Ok(Refunded::Pending) => Ok(()),
            Err(why) => {
                tracing::warn!(reference = %payment.reference, %why, "money was not given back yet");
                Ok(())
            }
        },
        _ => Ok(()),
    }
}

async fn ask(core: &Core, gateway: &dyn Gateway, payment: &Payment) -> Result<(), Error> {
    match gateway.ask(&asked(payment)).await {
        Ok(word) if word.reference == payment.reference => {
            heard(core, &word).await?;
            // «Not yet» for days is a page that somebody left; money that comes after all still counts.
            if word.verdict == Verdict::Waiting && core.now() >= payment.created_at + LEFT_ALONE {
                settle::forgotten(core, payment.id).await?;
            }
            Ok(())
        }
        Ok(_) => {
            tracing::warn!(reference = %payment.reference, "the gateway answered about another order");
            Ok(())
        }
        Err(Unheard::Unknown) if core.now() >= payment.created_at + FORGOTTEN => {
            settle::forgotten(core, payment.id).await
        }
        Err(Unheard::Unknown) => Ok(()),
        Err(Unheard::Away) => {
            tracing::warn!(reference = %payment.reference, "the gateway did not say how an order ended; it is asked again");
            Ok(())
        }
    }
}

/// Somebody came back from the gateway, or looks again: it is asked at once, but not all the time.
pub async fn ask_now(core: &Core, gateway: &dyn Gateway, id: Uuid) -> Result<(), Error> {
    let now = core.now();
    let sql =
        "UPDATE payment SET asked_at = $1 WHERE id = $2 AND state = 'started' AND (asked_at IS NULL OR asked_at <= $3)";
    let sql = Sql::new(sql).bind(now).bind(id).bind(now - ASKED_AGAIN);
    let is_first = core.store.write(move |tx: Tx| async move { Ok::<_, Error>(sql.exec(&tx).await? == 1) }).await?;
    if !is_first {
        return Ok(());
    }
    let payment: Option<Payment> = Sql::new(format!("{PAYMENT} WHERE id = $1")).bind(id).one(core.store.read()).await?;
    match payment {
        Some(payment) => ask(core, gateway, &payment).await,
        None => Ok(()),
    }
}

/// How many payments are in a state, for the operator's gauges.
#[derive(Debug, Clone, FromRow)]
pub struct Count {
    pub state: String,
    pub n: i64,
}

pub async fn counts(core: &Core) -> Result<Vec<Count>, Error> {
    Ok(Sql::new("SELECT state, count(*) AS n FROM payment GROUP BY state").all(core.store.read()).await?)
}

//! What leaves the house: put in the same transaction as its cause, claimed by a worker after the commit, at least once.
//! A row says `sending` while a worker has it; a worker that dies loses its claim after `CLAIM`, and the row is sent again
//! unless the peer's answer was recorded.

use crate::{Engine, Error, Insert, Sql, Store, Tx};
use base::{
    clock::{MINUTE, Millis, SECOND},
    ids::Uuid,
};
use std::ops::RangeInclusive;
use store::FromRow;

/// How long a worker may hold a message before another may take it.
pub const CLAIM: Millis = 2 * MINUTE;

/// A message to put. `payload` is sealed by the caller: it holds phones and texts.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: Uuid,
    pub channel: &'static str,
    /// 0 urgent (OTP), 1 normal, 2 bulk: a lower lane always goes first.
    pub lane: i32,
    /// The same cause told twice puts one message.
    pub dedupe: Option<String>,
    pub payload: Vec<u8>,
    pub now: Millis,
    /// After this the message is worthless and is not sent.
    pub expires_at: Millis,
}

/// A message that this worker holds.
#[derive(Debug, Clone, FromRow)]
pub struct Claimed {
    pub id: Uuid,
    pub lane: i32,
    pub payload: Vec<u8>,
    pub created_at: Millis,
    pub expires_at: Millis,
    pub tries: i32,
}

/// How a sending ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The peer took it, with its ids for the parts.
    Sent { peer_ids: Vec<String> },
    /// Try again at this time.
    Later { at: Millis, error: String },
    /// Submitted, but the answer was lost: the peer may have it. Sent again at this time unless a receipt settles it before.
    Unknown { at: Millis },
    /// Never.
    Failed { error: String },
}

pub async fn put(tx: &Tx, m: Message) -> Result<bool, Error> {
    let put = Insert::into("outbox")
        .set("id", m.id)
        .set("channel", m.channel)
        .set("lane", m.lane)
        .set("dedupe", m.dedupe)
        .set("payload", m.payload)
        .set("state", "queued")
        .set("created_at", m.now)
        .set("next_at", m.now)
        .set("expires_at", m.expires_at)
        .or_ignore()
        .exec(tx)
        .await?;
    Ok(put > 0)
}

impl Store {
    /// Claims up to `most` messages of a channel that are due, urgent lanes first; takes over what dead workers left.
    pub async fn claim_outbox(
        &self,
        channel: &str,
        worker: &str,
        most: i64,
        now: Millis,
    ) -> Result<Vec<Claimed>, Error> {
        self.claim_outbox_lanes(channel, 0..=i32::MAX, worker, most, now).await
    }

    /// The same for some lanes only: who sends urgent messages does not wait for those that are not.
    pub async fn claim_outbox_lanes(
        &self,
        channel: &str,
        lanes: RangeInclusive<i32>,
        worker: &str,
        most: i64,
        now: Millis,
    ) -> Result<Vec<Claimed>, Error> {
        let skip = if self.engine == Engine::Postgres { " FOR UPDATE SKIP LOCKED" } else { "" };
        let text = format!(
            "UPDATE outbox SET state = 'sending', claimed_by = $1, claimed_until = $2, tries = tries + 1 WHERE id IN (
                SELECT id FROM outbox WHERE channel = $3 AND lane BETWEEN $6 AND $7 AND (
                    (state IN ('queued', 'unknown') AND next_at <= $4) OR (state = 'sending' AND claimed_until <= $4))
                ORDER BY lane, next_at LIMIT $5{skip})
             RETURNING id, lane, payload, created_at, expires_at, tries"
        );
        let (first, last) = (*lanes.start(), *lanes.end());
        // A glance on a reading connection keeps an idle worker from taking the writer's turn.
        if !self.is_outbox_due(channel, lanes, now).await? {
            return Ok(Vec::new());
        }
        let (channel, worker) = (channel.to_owned(), worker.to_owned());
        let mut claimed = self
            .write(move |tx: Tx| async move {
                Sql::new(text)
                    .bind(worker)
                    .bind(now + CLAIM)
                    .bind(channel)
                    .bind(now)
                    .bind(most)
                    .bind(first)
                    .bind(last)
                    .all::<Claimed>(&tx)
                    .await
            })
            .await?;
        claimed.sort_by_key(|c| (c.lane, c.created_at, c.id));
        Ok(claimed)
    }

    /// Whether a message of these lanes could be claimed now.
    pub async fn is_outbox_due(&self, channel: &str, lanes: RangeInclusive<i32>, now: Millis) -> Result<bool, Error> {
        let due: Option<i32> = Sql::new(
            "SELECT 1 FROM outbox WHERE channel = $1 AND lane BETWEEN $3 AND $4
               AND ((state IN ('queued', 'unknown') AND next_at <= $2) OR (state = 'sending' AND claimed_until <= $2)) LIMIT 1",
        )
        .bind(channel)
        .bind(now)
        .bind(*lanes.start())
        .bind(*lanes.end())
        .scalar(self.read())
        .await?;
        Ok(due.is_some())
    }

    /// Records how a sending ended. `worker` must still hold the message; a late answer of a worker that lost its claim is kept
    /// too when it says that the peer took it, because that must never be sent again.
    pub async fn settle_outbox(
        &self,
        channel: &'static str,
        id: Uuid,
        worker: &str,
        outcome: Outcome,
        now: Millis,
    ) -> Result<(), Error> {
        let worker = worker.to_owned();
        self.write(move |tx: Tx| async move {
            match outcome {
                Outcome::Sent { peer_ids } => {
                    Sql::new(
                        "UPDATE outbox SET state = 'sent', sent_at = $1, peer_ids = $2, parts = $3, error = '', claimed_by = NULL
                         WHERE id = $4 AND state IN ('sending', 'queued', 'unknown')",
                    )
                    .bind(now)
                    .bind(peer_ids.join(" "))
                    .bind(peer_ids.len() as i32)
                    .bind(id)
                    .exec(&tx)
                    .await?;
                    for peer_id in peer_ids {
                        Insert::into("outbox_peer")
                            .set("peer_id", peer_id.to_lowercase())
                            .set("channel", channel)
                            .set("outbox_id", id)
                            .set("at", now)
                            .or_ignore()
                            .exec(&tx)
                            .await?;
                    }
                }
                Outcome::Later { at, error } => {
                    Sql::new(
                        "UPDATE outbox SET state = 'queued', next_at = $1, error = $2, claimed_by = NULL
                         WHERE id = $3 AND state = 'sending' AND claimed_by = $4",
                    )
                    .bind(at.max(now + SECOND))
                    .bind(error)
                    .bind(id)
                    .bind(worker)
                    .exec(&tx)
                    .await?;
                }
                Outcome::Unknown { at } => {
                    Sql::new(
                        "UPDATE outbox SET state = 'unknown', next_at = $1, error = 'answer lost', claimed_by = NULL
                         WHERE id = $2 AND state = 'sending' AND claimed_by = $3",
                    )
                    .bind(at)
                    .bind(id)
                    .bind(worker)
                    .exec(&tx)
                    .await?;
                }
                Outcome::Failed { error } => {
                    Sql::new(
                        "UPDATE outbox SET state = 'failed', done_at = $1, error = $2, claimed_by = NULL
                         WHERE id = $3 AND state = 'sending' AND claimed_by = $4",
                    )
                    .bind(now)
                    .bind(error)
                    .bind(id)
                    .bind(worker)
                    .exec(&tx)
                    .await?;
                }
            }
            Ok(())
        })
        .await
    }

    /// A receipt of the peer. Delivered parts are counted; the last one makes the message `delivered`. Receipts repeat and come
    /// late: each part counts once. Returns false when the id is not ours.
    pub async fn receive_receipt(
        &self,
        channel: &'static str,
        peer_id: &str,
        delivered: bool,
        error: String,
        now: Millis,
    ) -> Result<bool, Error> {
        let peer_id = peer_id.to_lowercase();
        self.write(move |tx: Tx| async move {
            let id: Option<Uuid> = Sql::new("SELECT outbox_id FROM outbox_peer WHERE channel = $1 AND peer_id = $2")
                .bind(channel)
                .bind(peer_id.clone())
                .scalar(&tx)
                .await?;
            let Some(id) = id else { return Ok(false) };
            Sql::new("DELETE FROM outbox_peer WHERE channel = $1 AND peer_id = $2")
                .bind(channel)
                .bind(peer_id)
                .exec(&tx)
                .await?;
            let text = if delivered {
                "UPDATE outbox SET parts_delivered = parts_delivered + 1,
                    state = CASE WHEN parts_delivered + 1 >= parts AND state = 'sent' THEN 'delivered' ELSE state END,
                    done_at = $1, error = CASE WHEN state = 'sent' THEN $2 ELSE error END WHERE id = $3"
            } else {
                "UPDATE outbox SET state = 'failed', done_at = $1, error = $2 WHERE id = $3 AND state = 'sent'"
            };
            Sql::new(text).bind(now).bind(if delivered { String::new() } else { error }).bind(id).exec(&tx).await?;
            Ok(true)
        })
        .await
    }

    /// Messages whose answer was lost, newest first: of a broken connection, or of a worker that died with it. `worker` is the
    /// one who asks; its own messages are under way. A receipt with their reference settles them.
    pub async fn unknown_outbox(&self, channel: &str, worker: &str) -> Result<Vec<Claimed>, Error> {
        Sql::new(
            "SELECT id, lane, payload, created_at, expires_at, tries FROM outbox
             WHERE channel = $1 AND (state = 'unknown' OR (state = 'sending' AND claimed_by <> $2))
             ORDER BY next_at DESC LIMIT 1000",
        )
        .bind(channel)
        .bind(worker)
        .all(self.read())
        .await
    }

    /// A receipt proves that the peer has one part of a message whose answer was lost. With the last of its `parts` the message
    /// counts as sent and is not sent again.
    pub async fn prove_part(
        &self,
        channel: &str,
        id: Uuid,
        peer_id: &str,
        parts: usize,
        now: Millis,
    ) -> Result<(), Error> {
        let (channel, peer_id) = (channel.to_owned(), peer_id.to_lowercase());
        self.write(move |tx: Tx| async move {
            let known: Option<String> =
                Sql::new("SELECT peer_ids FROM outbox WHERE id = $1 AND channel = $2 AND state IN ('unknown', 'sending')")
                    .bind(id)
                    .bind(channel)
                    .scalar(&tx)
                    .await?;
            let Some(known) = known else { return Ok(()) };
            let mut ids: Vec<&str> = known.split_whitespace().filter(|known| *known != peer_id).collect();
            ids.push(&peer_id);
            let text = if ids.len() < parts {
                "UPDATE outbox SET peer_ids = $1 WHERE id = $2"
            } else {
                "UPDATE outbox SET peer_ids = $1, state = 'sent', sent_at = $3, parts = $4, error = '', claimed_by = NULL WHERE id = $2"
            };
            let mut update = Sql::new(text).bind(ids.join(" ")).bind(id);
            if ids.len() >= parts {
                update = update.bind(now).bind(parts as i32);
            }
            update.exec(&tx).await?;
            Ok(())
        })
        .await
    }

    /// What waits to be sent, by lane, with the oldest: for gauges.
    pub async fn outbox_waiting(&self, channel: &str) -> Result<Vec<OutboxWaiting>, Error> {
        Sql::new(
            "SELECT lane, count(*) AS n, min(created_at) AS oldest FROM outbox
             WHERE channel = $1 AND state IN ('queued', 'sending', 'unknown') GROUP BY lane",
        )
        .bind(channel)
        .all(self.read())
        .await
    }

    /// How many messages of a channel are in each state and lane, with the oldest waiting: the visible queue.
    pub async fn outbox_counts(&self, channel: &str) -> Result<Vec<OutboxCount>, Error> {
        Sql::new("SELECT state, lane, count(*) AS n, min(created_at) AS oldest FROM outbox WHERE channel = $1 GROUP BY state, lane ORDER BY lane, state")
            .bind(channel)
            .all(self.read())
            .await
    }
}

#[derive(Debug, Clone, FromRow, serde::Serialize)]
pub struct OutboxCount {
    pub state: String,
    pub lane: i32,
    pub n: i64,
    pub oldest: Option<Millis>,
}

/// A message that was given up, without whom it was for and what it said.
#[derive(Debug, Clone, FromRow)]
pub struct FailedMessage {
    pub id: Uuid,
    pub lane: i32,
    pub created_at: Millis,
    pub done_at: Option<Millis>,
    pub tries: i32,
    pub error: String,
}

impl Store {
    /// The last messages of a channel that failed, newest first.
    pub async fn outbox_failures(&self, channel: &str, most: i64) -> Result<Vec<FailedMessage>, Error> {
        Sql::new(
            "SELECT id, lane, created_at, done_at, tries, error FROM outbox
             WHERE channel = $1 AND state = 'failed' ORDER BY next_at DESC LIMIT $2",
        )
        .bind(channel)
        .bind(most)
        .all(self.read())
        .await
    }
}

#[derive(Debug, Clone, FromRow)]
pub struct OutboxWaiting {
    pub lane: i32,
    pub n: i64,
    pub oldest: Option<Millis>,
}

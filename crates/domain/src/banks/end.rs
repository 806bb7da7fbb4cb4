//! Telling a bank that a consent is over: the row stays, as nobody's, until the bank has heard it.

use super::rows::open_token;
use crate::core::Core;
use base::{
    clock::{DAY, Millis},
    ids::Uuid,
    keys::{Purpose, Secret},
};
use store::{FromRow, Sql, Tx, outbox};

/// The outbox channel of consents to be ended at banks.
pub const CHANNEL: &str = "bank";
/// No bank's consent that nobody renews is worth anything after this.
pub const GIVEN_UP_AFTER: Millis = 30 * DAY;

/// What the worker tells a bank.
#[derive(Debug, Clone)]
pub struct Ending {
    pub grant: Uuid,
    pub bank: String,
    pub token: Secret,
    /// Somebody renews the token at this moment: the next one is to be ended.
    pub wait_until: Option<Millis>,
}

#[derive(FromRow)]
struct Row {
    bank: String,
    sealed: Vec<u8>,
    asking_until: Option<Millis>,
}

/// The grant is nobody's from now on, and the bank is told after the commit.
pub(super) async fn end(core: &Core, tx: &Tx, grant: Uuid) -> Result<(), store::Error> {
    Sql::new("UPDATE bank_grant SET account_id = NULL WHERE id = $1").bind(grant).exec(tx).await?;
    let (id, now) = (core.new_id(), core.now());
    let message = outbox::Message {
        id,
        channel: CHANNEL,
        lane: 1,
        dedupe: Some(format!("bank-end {grant}")),
        payload: core.keys.seal(Purpose::Outbox, id.as_bytes(), grant.as_bytes(), &core.entropy),
        now,
        expires_at: now + GIVEN_UP_AFTER,
    };
    outbox::put(tx, message).await.map(|_| ())
}

/// Ends the grants of a person under which nothing is linked any more.
pub(super) async fn end_unused(core: &Core, tx: &Tx, account: Uuid) -> Result<(), store::Error> {
    let unused: Vec<Uuid> = Sql::new(
        "SELECT id FROM bank_grant WHERE account_id = $1
           AND NOT EXISTS (SELECT 1 FROM bank_link WHERE bank_link.grant_id = bank_grant.id)",
    )
    .bind(account)
    .scalars(tx)
    .await?;
    for grant in unused {
        end(core, tx, grant).await?;
    }
    Ok(())
}

/// The account is deleted (A12).
pub(crate) async fn forget(core: &Core, tx: &Tx, account: Uuid) -> Result<(), store::Error> {
    Sql::new("DELETE FROM bank_link WHERE account_id = $1").bind(account).exec(tx).await?;
    end_unused(core, tx, account).await
}

/// What a message of the outbox is about. `None`: the bank has heard it already, or no key opens it.
pub async fn ending(core: &Core, message: Uuid, payload: &[u8]) -> Result<Option<Ending>, store::Error> {
    let opened = core.keys.open(Purpose::Outbox, message.as_bytes(), payload).ok();
    let Some(grant) = opened.and_then(|plain| Uuid::from_slice(&plain).ok()) else { return Ok(None) };
    let sql = "SELECT bank, sealed, asking_until FROM bank_grant WHERE id = $1 AND account_id IS NULL";
    let row: Option<Row> = Sql::new(sql).bind(grant).one(core.store.read()).await?;
    let Some(row) = row else { return Ok(None) };
    let Some(token) = open_token(core, grant, &row.sealed) else {
        tracing::error!(%grant, "no key opens what a bank gave; it cannot be ended there");
        ended(core, grant).await?;
        return Ok(None);
    };
    let wait_until = row.asking_until.filter(|until| *until > core.now());
    Ok(Some(Ending { grant, bank: row.bank, token, wait_until }))
}

/// The bank has heard it, or never will.
pub async fn ended(core: &Core, grant: Uuid) -> Result<(), store::Error> {
    core.store
        .write(move |tx: Tx| async move {
            Sql::new("DELETE FROM bank_grant WHERE id = $1 AND account_id IS NULL").bind(grant).exec(&tx).await
        })
        .await
        .map(|_| ())
}

//! The province's side: a one-stop system tells which fee is due for a dossier, or that it is not any more; that is written down, and with it a message to
//! the national portal, in one transaction.

use super::fee::{Fee, Outcome, Why};
use crate::{core::Core, error::Error};
use base::{
    clock::{DAY, Millis},
    ids::Uuid,
    keys::Purpose,
};
use serde_json::Value;
use store::{
    FromRow, Insert, Sql, Tx,
    outbox::{self, Message},
};

/// The outbox's channel of fees to the national portal.
pub const CHANNEL: &str = "portal-fees";
/// So long the portal may be away.
pub const GIVEN_UP: Millis = 90 * DAY;

#[derive(FromRow)]
struct Told {
    dossier: String,
    name: String,
    amount: i64,
}

/// Takes each fee that can be taken, all in one transaction; the answers stand in their order. `by`: the API key whose word it is. The caller has
/// counted them.
pub async fn tell(core: &Core, by: Option<Uuid>, fees: &[Value]) -> Result<Vec<Outcome>, Error> {
    let now = core.now();
    let read: Vec<Result<Fee, Why>> = fees.iter().map(|fee| Fee::read(fee, now)).collect();
    let core2 = core.clone();
    core.store
        .write(move |tx: Tx| async move {
            let mut out = Vec::with_capacity(read.len());
            for fee in read {
                out.push(match fee {
                    Ok(fee) => take(&core2, &tx, by, &fee).await?,
                    Err(why) => Outcome::Refused(why),
                });
            }
            Ok(out)
        })
        .await
}

async fn take(core: &Core, tx: &Tx, by: Option<Uuid>, fee: &Fee) -> Result<Outcome, Error> {
    let inserted = Insert::into("told_fee")
        .set("fee", fee.fee.as_str())
        .set("dossier", fee.dossier.as_str())
        .set("name", fee.name.as_str())
        .set("amount", fee.amount)
        .set("state", fee.ask.as_str())
        .set("state_at", fee.at)
        .set("api_key_id", by)
        .set("told_at", core.now())
        .set("payment", "")
        .or_ignore()
        .exec(tx)
        .await?;
    if inserted == 0 {
        let sql = "SELECT dossier, name, amount FROM told_fee WHERE fee = $1";
        let told: Option<Told> = Sql::new(sql).bind(fee.fee.as_str()).one(tx).await?;
        let told = told.ok_or(Error::Internal("a fee that was told is gone"))?;
        if !fee.is_same(&told.dossier, &told.name, told.amount) {
            return Ok(Outcome::Refused(Why::FeeReused));
        }
        // Looked at and changed in one statement: of two told at once the newer one stays. «withdrawn» sorts behind «due».
        let changed = Sql::new(
            "UPDATE told_fee SET state = $1, state_at = $2, api_key_id = $3, told_at = $4
             WHERE fee = $5 AND (state_at < $2 OR (state_at = $2 AND state < $1))",
        )
        .bind(fee.ask.as_str())
        .bind(fee.at)
        .bind(by)
        .bind(core.now())
        .bind(fee.fee.as_str())
        .exec(tx)
        .await?;
        if changed == 0 {
            return Ok(Outcome::Taken); // known, or older than what is known
        }
    }
    let (id, now) = (core.new_id(), core.now());
    let payload = core.keys.seal(Purpose::Outbox, id.as_bytes(), fee.json().to_string().as_bytes(), &core.entropy);
    let message = Message {
        id,
        channel: CHANNEL,
        lane: 1,
        dedupe: Some(format!("fee {} {} {}", fee.fee, fee.ask.as_str(), fee.at)),
        payload,
        now,
        expires_at: now + GIVEN_UP,
    };
    outbox::put(tx, message).await?;
    Ok(Outcome::Taken)
}

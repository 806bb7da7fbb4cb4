//! The province's side again: the portal says which of its fees were paid, and which money went back; its one-stop system asks for it.

use crate::{core::Core, dossiers::words::is_event, error::Error};
use base::clock::{MINUTE, Millis, SECOND};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{FromRow, Sql, Tx};

pub use crate::dossiers::words::{moment, written};

/// Where the portal says it, at the address that the province lists its procedures at.
pub const PATH: &str = "/api/v1/fee-payments";

/// What is answered at once.
pub const PAGE_SIZE: i64 = 100;
/// What is younger is not told yet: writes that began before it may still end, and whoever reads on from the last one would never see them.
const SETTLED: Millis = 5 * SECOND;

/// Why one is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Shape,
    Time,
    /// The province told no such fee.
    UnknownFee,
    /// The fee has another amount.
    Amount,
}

impl Why {
    pub const ALL: [Self; 4] = [Self::Shape, Self::Time, Self::UnknownFee, Self::Amount];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Time => "time",
            Self::UnknownFee => "unknown-fee",
            Self::Amount => "amount",
        }
    }
}

/// What the portal says of one payment. Each message says all of it, so that their order does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub payment: String,
    pub fee: String,
    pub amount: i64,
    pub paid_at: Millis,
    pub refunded_at: Option<Millis>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    payment: String,
    fee: String,
    amount: i64,
    paid_at: String,
    #[serde(default)]
    refunded_at: Option<String>,
}

impl Settled {
    pub fn payment_of(value: &Value) -> Option<String> {
        value.get("payment").and_then(Value::as_str).filter(|text| is_reference(text)).map(str::to_owned)
    }

    pub fn read(value: &Value, now: Millis) -> Result<Self, Why> {
        let raw = Raw::deserialize(value).map_err(|_| Why::Shape)?;
        if !is_reference(&raw.payment) || !is_event(&raw.fee) {
            return Err(Why::Shape);
        }
        let time = |text: &str| moment(text).filter(|at| *at <= now + MINUTE).ok_or(Why::Time);
        let (paid_at, refunded_at) = (time(&raw.paid_at)?, raw.refunded_at.as_deref().map(time).transpose()?);
        Ok(Self { payment: raw.payment, fee: raw.fee, amount: raw.amount, paid_at, refunded_at })
    }

    pub fn json(&self) -> Value {
        let mut out = json!({ "payment": self.payment, "fee": self.fee, "amount": self.amount, "paid_at": written(self.paid_at) });
        if let Some(at) = self.refunded_at {
            out["refunded_at"] = written(at).into();
        }
        out
    }
}

fn is_reference(text: &str) -> bool {
    (1..=24).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

#[derive(FromRow)]
struct Known {
    amount: i64,
    payment: String,
    paid_at: Option<Millis>,
    refunded_at: Option<Millis>,
}

/// Takes what the portal says; it was believed before. The answers stand in their order.
pub async fn hear(core: &Core, said: &[Value]) -> Result<Vec<Result<(), Why>>, Error> {
    let now = core.now();
    let read: Vec<Result<Settled, Why>> = said.iter().map(|one| Settled::read(one, now)).collect();
    let core2 = core.clone();
    core.store
        .write(move |tx: Tx| async move {
            // The time of this very unit, which may have waited: readers go on from the last that they saw.
            let now = core2.now();
            let mut out = Vec::with_capacity(read.len());
            for one in read {
                out.push(match one {
                    Ok(one) => take(&tx, &one, now).await?,
                    Err(why) => Err(why),
                });
            }
            Ok(out)
        })
        .await
}

async fn take(tx: &Tx, said: &Settled, now: Millis) -> Result<Result<(), Why>, Error> {
    // Changed first, so that of two messages about one fee the second waits here for the first.
    let sql = "UPDATE told_fee SET fee = fee WHERE fee = $1";
    if Sql::new(sql).bind(said.fee.as_str()).exec(tx).await? == 0 {
        return Ok(Err(Why::UnknownFee));
    }
    let sql = "SELECT amount, payment, paid_at, refunded_at FROM told_fee WHERE fee = $1";
    let Some(known) = Sql::new(sql).bind(said.fee.as_str()).one::<Known>(tx).await? else {
        return Ok(Err(Why::UnknownFee));
    };
    if known.amount != said.amount {
        return Ok(Err(Why::Amount));
    }
    let is_news = match known.payment == said.payment {
        true => known.refunded_at.is_none() && said.refunded_at.is_some(),
        false => known.paid_at.is_none_or(|at| at < said.paid_at),
    };
    if is_news {
        Sql::new("UPDATE told_fee SET payment = $1, paid_at = $2, refunded_at = $3, heard_at = $4 WHERE fee = $5")
            .bind(said.payment.as_str())
            .bind(said.paid_at)
            .bind(said.refunded_at)
            .bind(now)
            .bind(said.fee.as_str())
            .exec(tx)
            .await?;
    }
    Ok(Ok(()))
}

/// A fee of which the portal said something.
#[derive(Debug, Clone, FromRow)]
pub struct Line {
    pub fee: String,
    pub dossier: String,
    pub name: String,
    pub amount: i64,
    pub state: String,
    pub payment: String,
    pub paid_at: Option<Millis>,
    pub refunded_at: Option<Millis>,
    pub heard_at: Millis,
}

/// Those that were heard of after this moment; of the moment itself those behind the fee `after`.
pub async fn lines(core: &Core, from: Millis, after: &str) -> Result<Vec<Line>, Error> {
    let sql = format!(
        "SELECT fee, dossier, name, amount, state, payment, paid_at, refunded_at, heard_at FROM told_fee
         WHERE heard_at IS NOT NULL AND heard_at <= $1 AND (heard_at > $2 OR (heard_at = $2 AND fee > $3)) ORDER BY heard_at, fee LIMIT {PAGE_SIZE}"
    );
    let sql = Sql::new(sql).bind(core.now() - SETTLED).bind(from).bind(after);
    Ok(sql.all(core.store.read()).await?)
}

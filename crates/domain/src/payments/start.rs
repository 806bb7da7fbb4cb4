//! «Thanh toán»: an order at the gateway for one fee. Pressed twice, or begun again within its quarter of an hour, it is the same order.

use super::{
    OPEN,
    settle::{PAYMENT, Payment, locked_fee},
    state::State,
    work,
};
use crate::{
    accounts::{
        Accounts, Error, Kind, Signed,
        activity::{self, Act, Happened},
    },
    dossiers::mine,
    error::Error as Shared,
    limits,
};
use base::{clock::Millis, ids::Uuid};
use store::{Insert, Sql, Tx};

/// An order that may be paid now.
#[derive(Debug, Clone)]
pub struct Begun {
    pub payment: Uuid,
    pub reference: String,
    pub amount: i64,
    pub created_at: Millis,
    pub expires_at: Millis,
}

impl Begun {
    /// What the gateway shows; it says nothing of the person.
    pub fn purpose(&self) -> String {
        format!("Phi ho so {}", self.reference)
    }
}

/// 115 bits that nobody guesses, as the gateway takes them.
fn new_reference(core: &crate::core::Core) -> String {
    const SIGNS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    core.entropy.bytes::<23>().iter().map(|byte| char::from(SIGNS[usize::from(byte % 32)])).collect()
}

impl Accounts {
    /// Begins to pay a fee, or goes on with what was begun. Errors: `NotFound` for a fee that this person does not see; `State` when there is nothing to pay
    /// any more; `TooOften`; `Forbidden` for who acts for somebody.
    pub async fn start_payment(&self, signed: &Signed, fee: Uuid) -> Result<Begun, Error> {
        if signed.kind != Kind::Citizen || signed.acting.is_some() {
            return Err(Shared::Forbidden.into());
        }
        let (core, account) = (self.core.clone(), signed.account);
        let (id, reference, now) = (core.new_id(), new_reference(&core), core.now());
        let begun = self.core.store.write(move |tx: Tx| async move {
            if !super::mine::sees(&core, &tx, account, fee).await? {
                return Err(Error::from(Shared::NotFound));
            }
            let fee = locked_fee(&tx, fee).await?;
            if !fee.is_open() {
                return Err(Shared::State.into());
            }
            let sql =
                format!("{PAYMENT} WHERE fee_id = $1 AND state = $2 AND created_at > $3 ORDER BY created_at DESC");
            let open = Sql::new(sql).bind(fee.id).bind(State::Started.as_str()).bind(now - OPEN);
            let open: Option<Payment> = open.one(&tx).await?;
            if let Some(open) = open {
                // Whose number it was before may have begun it: then this person waits until it is over.
                if open.account_id != Some(account) {
                    return Err(Shared::State.into());
                }
                return Ok(Ok(Begun {
                    payment: open.id,
                    reference: open.reference,
                    amount: open.amount,
                    created_at: open.created_at,
                    expires_at: open.expires_at,
                }));
            }
            // A counted refusal answers `Ok`, else its count would be rolled back.
            let limit = limits::PAYMENTS_PER_PERSON_HOUR;
            if let Err(over) = limits::hit(&tx, &core.keys, limit, account.as_bytes(), now).await? {
                return Ok(Err(over));
            }
            Insert::into("payment")
                .set("id", id)
                .set("reference", reference.as_str())
                .set("fee_id", fee.id)
                .set("account_id", account)
                .set("amount", fee.amount)
                .set("received", 0i64)
                .set("state", State::Started.as_str())
                .set("why", "")
                .set("gateway_no", "")
                .set("created_at", now)
                .set("expires_at", now + OPEN)
                .set("due_at", now + work::FIRST_PAUSE)
                .set("tries", 0)
                .exec(&tx)
                .await?;
            let act = Act::own(account, Happened::FeePayStarted).detail(&reference);
            activity::write(&core, &tx, act).await?;
            Ok(Ok(Begun { payment: id, reference, amount: fee.amount, created_at: now, expires_at: now + OPEN }))
        });
        begun.await?.map_err(|over| Shared::TooOften { again_at: over.again_at }.into())
    }

    /// Goes on with an order that is open, and begins none. Errors: `NotFound`; `State` when it is over, too old, or another's.
    pub async fn resume_payment(&self, signed: &Signed, fee: Uuid, payment: Uuid) -> Result<Begun, Error> {
        if signed.kind != Kind::Citizen || signed.acting.is_some() {
            return Err(Shared::Forbidden.into());
        }
        let db = self.core.store.read();
        if !super::mine::sees(&self.core, db, signed.account, fee).await? {
            return Err(Shared::NotFound.into());
        }
        let sql = format!(
            "{PAYMENT} WHERE id = $1 AND fee_id = $2 AND account_id = $3 AND state = $4 AND created_at > $5
             AND EXISTS (SELECT 1 FROM national_fee f WHERE f.id = fee_id AND f.state = 'due' AND f.paid_by IS NULL)"
        );
        let sql = Sql::new(sql).bind(payment).bind(fee).bind(signed.account).bind(State::Started.as_str());
        let open: Option<Payment> = sql.bind(self.core.now() - OPEN).one(db).await?;
        let open = open.ok_or(Shared::State)?;
        Ok(Begun {
            payment: open.id,
            reference: open.reference,
            amount: open.amount,
            created_at: open.created_at,
            expires_at: open.expires_at,
        })
    }

    /// Whether somebody can have fees at all.
    pub async fn has_fees_door(&self, account: Uuid) -> Result<bool, Error> {
        Ok(mine::own(&self.core, self.core.store.read(), account).await?.is_some())
    }
}

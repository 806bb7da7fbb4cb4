//! What somebody is to pay and has paid. Fees are seen by who sees the dossier, by the very same rule; a payment by who made it.

use super::state::State;
use crate::{
    accounts::{Accounts, Error},
    core::Core,
    dossiers::mine::own,
    error::Error as Shared,
};
use base::{clock::Millis, ids::Uuid};
use serde::Serialize;
use store::{ConnectionTrait, FromRow, Sql};

/// Fees of a page.
pub const PAGE_SIZE: i64 = 20;

/// Where a fee stands for who is to pay it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Due,
    /// The gateway was opened and has not said how it ended.
    Waiting,
    Paid,
    /// The province does not ask for it any more.
    Withdrawn,
}

/// A fee.
#[derive(Debug, Clone, FromRow)]
pub struct Fee {
    pub id: Uuid,
    /// The system that asks for it, as people know it.
    pub system: String,
    pub dossier_id: Uuid,
    pub dossier: String,
    pub procedure_code: String,
    /// Empty: the catalogue no longer names it.
    pub procedure: String,
    pub name: String,
    pub amount: i64,
    pub state: String,
    pub state_at: Millis,
    pub paid_by: Option<Uuid>,
    pub paid_at: Option<Millis>,
    /// The newest try that the gateway has not decided.
    pub begun_at: Option<Millis>,
}

impl Fee {
    pub fn standing(&self) -> Standing {
        if self.state != "due" {
            Standing::Withdrawn
        } else if self.paid_by.is_some() {
            Standing::Paid
        } else if self.begun_at.is_some() {
            Standing::Waiting
        } else {
            Standing::Due
        }
    }
}

/// A try to pay one.
#[derive(Debug, Clone, FromRow, Serialize)]
pub struct Payment {
    pub id: Uuid,
    pub reference: String,
    pub state: String,
    /// Why it goes back: `twice`, `gone`, `amount`, `withdrawn`; empty: it does not.
    pub why: String,
    pub amount: i64,
    pub received: i64,
    pub gateway_no: String,
    pub created_at: Millis,
    pub paid_at: Option<Millis>,
    pub refunded_at: Option<Millis>,
    #[serde(skip)]
    pub asked_at: Option<Millis>,
    #[serde(skip)]
    pub fee_id: Uuid,
    pub fee: String,
    pub dossier: String,
    pub system: String,
}

impl Payment {
    /// A row of a release that knew more waits.
    pub fn state(&self) -> State {
        State::parse(&self.state).unwrap_or(State::Started)
    }
}

const FEES: &str = "SELECT f.id, coalesce(c.name, f.client_id) AS system, d.id AS dossier_id, f.dossier_code AS dossier, d.procedure_code,
    coalesce(p.name, '') AS procedure, f.name, f.amount, f.state, f.state_at, f.paid_by, f.paid_at,
    (SELECT max(t.created_at) FROM payment t WHERE t.fee_id = f.id AND t.state = 'started') AS begun_at
    FROM national_dossier d JOIN national_fee f ON f.client_id = d.client_id AND f.dossier_code = d.code
    LEFT JOIN oidc_client c ON c.id = f.client_id LEFT JOIN listed_procedure p ON p.code = d.procedure_code";

const PAYMENTS: &str = "SELECT p.id, p.reference, p.state, p.why, p.amount, p.received, p.gateway_no, p.created_at, p.paid_at, p.refunded_at, p.asked_at, p.fee_id,
    f.name AS fee, f.dossier_code AS dossier, coalesce(c.name, f.client_id) AS system
    FROM payment p JOIN national_fee f ON f.id = p.fee_id LEFT JOIN oidc_client c ON c.id = f.client_id";

/// Whether this person sees the dossier of a fee.
pub(super) async fn sees(core: &Core, db: &impl ConnectionTrait, account: Uuid, fee: Uuid) -> Result<bool, Error> {
    let Some((mut sql, mine)) = own(core, db, account).await? else { return Ok(false) };
    let mark = sql.value(fee);
    let text = format!(
        "SELECT 1 FROM national_dossier d JOIN national_fee f ON f.client_id = d.client_id AND f.dossier_code = d.code WHERE {mine} AND f.id = {mark}"
    );
    Ok(sql.with_text(text).scalar::<i32>(db).await?.is_some())
}

impl Accounts {
    /// What is to be paid, the oldest first.
    pub async fn fees_due(&self, account: Uuid) -> Result<Vec<Fee>, Error> {
        self.fees_where(account, "f.state = 'due' AND f.paid_by IS NULL ORDER BY f.state_at, f.id LIMIT 200", &[]).await
    }

    /// What is settled or not asked for any more, the newest first. `page` counts from 0.
    pub async fn fees_over(&self, account: Uuid, page: i64) -> Result<Vec<Fee>, Error> {
        let skip = page.clamp(0, 1_000) * PAGE_SIZE;
        let most = PAGE_SIZE + 1; // one more says whether there is a next page
        let over = format!(
            "(f.state <> 'due' OR f.paid_by IS NOT NULL) ORDER BY coalesce(f.paid_at, f.state_at) DESC, f.id LIMIT {most} OFFSET {skip}"
        );
        self.fees_where(account, &over, &[]).await
    }

    /// Those of one dossier, which are due or paid.
    pub async fn fees_of_dossier(&self, account: Uuid, dossier: Uuid) -> Result<Vec<Fee>, Error> {
        self.fees_where(account, "f.state = 'due' AND d.id = ? ORDER BY f.state_at, f.id LIMIT 50", &[dossier]).await
    }

    /// One of them. Errors: `NotFound`, also for somebody else's.
    pub async fn fee(&self, account: Uuid, id: Uuid) -> Result<Fee, Error> {
        let one = self.fees_where(account, "f.id = ?", &[id]).await?;
        Ok(one.into_iter().next().ok_or(Shared::NotFound)?)
    }

    /// `rest`: a text of ours, in which each `?` is one of `ids`.
    async fn fees_where(&self, account: Uuid, rest: &str, ids: &[Uuid]) -> Result<Vec<Fee>, Error> {
        let db = self.core.store.read();
        let Some((mut sql, mine)) = own(&self.core, db, account).await? else { return Ok(Vec::new()) };
        let mut rest = rest.to_owned();
        for id in ids {
            rest = rest.replacen('?', &sql.value(*id), 1);
        }
        Ok(sql.with_text(format!("{FEES} WHERE {mine} AND {rest}")).all(db).await?)
    }

    /// A payment of this person. Errors: `NotFound`, also for somebody else's.
    pub async fn payment(&self, account: Uuid, id: Uuid) -> Result<Payment, Error> {
        let sql = Sql::new(format!("{PAYMENTS} WHERE p.id = $1 AND p.account_id = $2")).bind(id).bind(account);
        let one: Option<Payment> = sql.one(self.core.store.read()).await?;
        Ok(one.ok_or(Shared::NotFound)?)
    }

    /// The tries of this person to pay a fee, the newest first.
    pub async fn payments_of_fee(&self, account: Uuid, fee: Uuid) -> Result<Vec<Payment>, Error> {
        let text = format!("{PAYMENTS} WHERE p.fee_id = $1 AND p.account_id = $2 ORDER BY p.created_at DESC LIMIT 20");
        Ok(Sql::new(text).bind(fee).bind(account).all(self.core.store.read()).await?)
    }
}

/// Which payment an order is. `None`: none of ours.
pub async fn of_reference(core: &Core, reference: &str) -> Result<Option<Uuid>, crate::error::Error> {
    Ok(Sql::new("SELECT id FROM payment WHERE reference = $1").bind(reference).scalar(core.store.read()).await?)
}

/// All of a person's payments, for their document (A12).
pub(crate) async fn of_account(core: &Core, account: Uuid, most: i64) -> Result<Vec<Payment>, Error> {
    let text = format!("{PAYMENTS} WHERE p.account_id = $1 ORDER BY p.created_at DESC LIMIT $2");
    Ok(Sql::new(text).bind(account).bind(most).all(core.store.read()).await?)
}

/// An account is deleted: what was paid stays in the books, by whom does not.
pub(crate) async fn forget(tx: &store::Tx, account: Uuid) -> Result<(), store::Error> {
    let sql = "UPDATE payment SET account_id = NULL WHERE account_id = $1";
    Sql::new(sql).bind(account).exec(tx).await.map(|_| ())
}

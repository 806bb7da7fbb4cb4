//! The rows: what is sealed in them, and what a person sees of the own ones.

use super::{Account, account_hash};
use crate::{
    accounts::{Accounts, Error},
    core::Core,
    error::Error as Shared,
};
use base::{
    clock::Millis,
    ids::Uuid,
    keys::{Purpose, Secret},
};
use serde::{Deserialize, Serialize};
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx};

/// How a linked account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// «Đang liên kết»
    Linked,
    /// «Ngân hàng đã ngừng liên kết»
    Ended,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Ended => "ended",
        }
    }
}

/// One linked account, as its owner sees it and as it stands in the export.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    pub id: Uuid,
    pub bank: String,
    pub masked: String,
    pub holder: String,
    pub product: String,
    pub currency: String,
    pub state: State,
    pub linked_at: Millis,
    /// When the bank last said so.
    pub checked_at: Millis,
    /// Accounts of the same consent at the bank, this one among them.
    #[serde(skip)]
    pub together: i64,
}

/// What is sealed of an account.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    pub id: String,
    pub holder: String,
    pub product: String,
    pub currency: String,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    bank: String,
    masked: String,
    sealed: Vec<u8>,
    state: String,
    linked_at: Millis,
    checked_at: Millis,
    together: i64,
}

/// A linked account as acts need one.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Link {
    pub id: Uuid,
    pub account_id: Uuid,
    pub grant_id: Option<Uuid>,
    pub state: String,
}

impl Link {
    pub fn is_linked(&self) -> bool {
        self.state == State::Linked.as_str()
    }
}

pub(super) const LINK: &str = "SELECT id, account_id, grant_id, state FROM bank_link WHERE ";

pub(super) fn seal(core: &Core, id: Uuid, plain: &[u8]) -> Vec<u8> {
    core.keys.seal(Purpose::Bank, id.as_bytes(), plain, &core.entropy)
}

fn seal_account(core: &Core, id: Uuid, account: &Account) -> Result<Vec<u8>, Error> {
    let sealed = Sealed {
        id: account.id.clone(),
        holder: account.holder.clone(),
        product: account.product.clone(),
        currency: account.currency.clone(),
    };
    let plain = serde_json::to_vec(&sealed).map_err(|_| Shared::Internal("a bank account cannot be written"))?;
    Ok(seal(core, id, &plain))
}

/// Who has this bank account here.
pub(super) async fn link_of(core: &Core, tx: &Tx, bank: &str, id: &str) -> Result<Option<Link>, store::Error> {
    // While the key is turned an account may stand there under the previous one, which the unique index cannot see.
    let mut sql = Sql::new(format!("{LINK} bank = $1 AND account_hash IN (")).bind(bank);
    let hashes = core.keys.hashes(Purpose::BankIndex, &[bank.as_bytes(), id.as_bytes()]);
    let marks: Vec<String> = hashes.into_iter().map(|hash| sql.value(hash.to_vec())).collect();
    sql.push(&marks.join(", "));
    sql.push(")");
    sql.one(tx).await
}

/// Puts a link; false when somebody was faster.
pub(super) async fn put(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    grant: Uuid,
    (bank, told): (&str, &Account),
) -> Result<bool, Error> {
    let (id, now) = (core.new_id(), core.now());
    let put = Insert::into("bank_link")
        .set("id", id)
        .set("account_id", account)
        .set("grant_id", grant)
        .set("bank", bank)
        .set("account_hash", account_hash(core, bank, &told.id))
        .set("masked", told.masked.as_str())
        .set("sealed", seal_account(core, id, told)?)
        .set("key_id", core.keys.turn())
        .set("state", State::Linked.as_str())
        .set("linked_at", now)
        .set("checked_at", now)
        .or_ignore()
        .exec(tx)
        .await?;
    Ok(put > 0)
}

/// The same account anew, under a new consent.
pub(super) async fn renew(
    core: &Core,
    tx: &Tx,
    link: &Link,
    grant: Uuid,
    (bank, told): (&str, &Account),
) -> Result<(), Error> {
    Sql::new(
        "UPDATE bank_link SET grant_id = $1, account_hash = $2, masked = $3, sealed = $4, key_id = $5, state = 'linked', checked_at = $6
         WHERE id = $7",
    )
    .bind(grant)
    .bind(account_hash(core, bank, &told.id))
    .bind(told.masked.as_str())
    .bind(seal_account(core, link.id, told)?)
    .bind(core.keys.turn())
    .bind(core.now())
    .bind(link.id)
    .exec(tx)
    .await?;
    Ok(())
}

/// Keeps what the bank gave. `account`: whose; `None` when it is only to be ended.
pub(super) async fn put_grant(
    core: &Core,
    tx: &Tx,
    account: Option<Uuid>,
    bank: &str,
    refresh: &Secret,
) -> Result<Uuid, store::Error> {
    let id = core.new_id();
    Insert::into("bank_grant")
        .set("id", id)
        .set("account_id", account)
        .set("bank", bank)
        .set("sealed", seal(core, id, refresh.expose().as_bytes()))
        .set("key_id", core.keys.turn())
        .set("created_at", core.now())
        .exec(tx)
        .await?;
    Ok(id)
}

/// `None`: no key opens it.
pub(super) fn open_token(core: &Core, grant: Uuid, sealed: &[u8]) -> Option<Secret> {
    let plain = core.keys.open(Purpose::Bank, grant.as_bytes(), sealed).ok()?;
    String::from_utf8(plain).ok().map(Secret::new)
}

/// Those of an account, oldest first.
pub(crate) async fn lines(core: &Core, db: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Line>, Error> {
    let rows: Vec<Row> = Sql::new(
        "SELECT l.id, l.bank, l.masked, l.sealed, l.state, l.linked_at, l.checked_at,
            (SELECT count(*) FROM bank_link o WHERE o.grant_id = l.grant_id) AS together
         FROM bank_link l WHERE l.account_id = $1 ORDER BY l.linked_at, l.id",
    )
    .bind(account)
    .all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let broken = || Error::from(Shared::Internal("a linked bank account cannot be opened"));
            let plain = core.keys.open(Purpose::Bank, row.id.as_bytes(), &row.sealed).map_err(|_| broken())?;
            let sealed: Sealed = serde_json::from_slice(&plain).map_err(|_| broken())?;
            Ok(Line {
                id: row.id,
                bank: row.bank,
                masked: row.masked,
                holder: sealed.holder,
                product: sealed.product,
                currency: sealed.currency,
                state: if row.state == State::Linked.as_str() { State::Linked } else { State::Ended },
                linked_at: row.linked_at,
                checked_at: row.checked_at,
                together: row.together,
            })
        })
        .collect()
}

impl Accounts {
    /// «Tài khoản ngân hàng» of a person, oldest first.
    pub async fn banks(&self, account: Uuid) -> Result<Vec<Line>, Error> {
        lines(&self.core, self.core.store.read(), account).await
    }

    /// One of them. Errors: `NotFound`.
    pub async fn bank(&self, account: Uuid, id: Uuid) -> Result<Line, Error> {
        let mine = self.banks(account).await?;
        mine.into_iter().find(|line| line.id == id).ok_or_else(|| Shared::NotFound.into())
    }
}

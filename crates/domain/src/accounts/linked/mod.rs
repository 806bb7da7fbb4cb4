//! Accounts elsewhere that lead to an account here (liên kết tài khoản: VNeID, Cổng Dịch vụ công quốc gia; A2, N9–N12).
//!
//! ```text
//! somebody arrives ─┬─ this account elsewhere is linked ──▶ signed in
//!                   └─ it is not: flow `arrive` ─┬─ number unknown: phone, code, residence ─▶ a new account, linked
//!                                                └─ signs in as usual ──────────────────────▶ asked once, linked
//! ```
//!
//! What the provider said was believed before it comes here (signature, level, browser: `identity::rp`). One personal number
//! leads to one account, one account elsewhere to one account here; the indexes hold it where two requests race.

mod arrive;
pub mod facts;
mod own;
pub mod staff;
pub mod turn;

pub use arrive::Welcome;
pub(crate) use arrive::alive;
pub use facts::{Facts, Standing};
pub use own::Line;

use super::{Assurance, FullName};
use crate::{core::Core, organizations::Behalf};
use base::{
    ids::Uuid,
    keys::Purpose,
    personal_number::{PersonalNumber, Sex},
    phone::PhoneNumber,
};
use store::{FromRow, Insert, Sql, Tx};

/// Somebody whom a provider sent, and what it says of them. The level is never below `Verified`, and there is always a number: without
/// it two accounts could be one person's.
#[derive(Clone)]
pub struct Arrival {
    /// As it is named in the configuration; the namespace of `subject`.
    pub provider: String,
    pub subject: String,
    pub level: Assurance,
    pub number: PersonalNumber,
    pub full_name: FullName,
    /// `yyyy-mm-dd`, or the year alone.
    pub birth_date: Option<String>,
    pub sex: Option<Sex>,
    /// A suggestion: it is proven here.
    pub phone: Option<PhoneNumber>,
    /// For which organisation the person comes (A11): of this sign-in, not of the person.
    pub behalf: Option<Behalf>,
}

impl std::fmt::Debug for Arrival {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Arrival({}, {})", self.provider, self.level.as_str())
    }
}

impl Arrival {
    /// How a session that began so is called.
    pub(crate) fn method(&self) -> String {
        format!("via-{}", self.provider)
    }
}

#[derive(FromRow)]
struct Link {
    id: Uuid,
    account_id: Uuid,
}

/// Takes the link of this account to a provider away. `table`: of citizens or of staff. Errors: `NotFound`.
async fn cut(tx: &Tx, table: &'static str, account: Uuid, provider: &str) -> Result<(), super::Error> {
    let gone = Sql::new(format!("DELETE FROM {table} WHERE account_id = $1 AND provider = $2"))
        .bind(account)
        .bind(provider)
        .exec(tx)
        .await?;
    if gone == 0 { Err(crate::error::Error::NotFound.into()) } else { Ok(()) }
}

/// The account that is proven to have this number.
pub async fn with_number(core: &Core, number: &PersonalNumber) -> Result<Option<Uuid>, store::Error> {
    facts::proven_account_of(core, core.store.read(), number).await
}

/// `realm`: whose links these are, so that the rows of two tables cannot be compared.
fn hash_of(core: &Core, realm: &str, provider: &str, subject: &str) -> Vec<u8> {
    core.keys.hash(Purpose::Oidc, &[realm.as_bytes(), provider.as_bytes(), subject.as_bytes()]).to_vec()
}

fn subject_hash(core: &Core, arrival: &Arrival) -> Vec<u8> {
    hash_of(core, "linked", &arrival.provider, &arrival.subject)
}

async fn link_of(core: &Core, tx: &Tx, arrival: &Arrival) -> Result<Option<Link>, store::Error> {
    Sql::new("SELECT id, account_id FROM linked_account WHERE provider = $1 AND subject_hash = $2")
        .bind(arrival.provider.as_str())
        .bind(subject_hash(core, arrival))
        .one(tx)
        .await
}

/// The account here that this one elsewhere is linked to.
pub(crate) async fn leads_to(core: &Core, tx: &Tx, arrival: &Arrival) -> Result<Option<Uuid>, store::Error> {
    Ok(link_of(core, tx, arrival).await?.map(|link| link.account_id))
}

/// Writes link, facts and level into the caller's transaction. Errors: `LinkedElsewhere` when the account elsewhere or its person has
/// another account here, `OtherPerson` when this account is proven to be somebody else's, `LinkedAlready` when it has another link to
/// this provider.
pub(super) async fn join(core: &Core, tx: &Tx, account: Uuid, arrival: &Arrival) -> Result<(), super::Error> {
    let now = core.now();
    if facts::proven_number(core, tx, account).await?.is_some_and(|own| own != arrival.number) {
        return Err(super::Error::OtherPerson);
    }
    match link_of(core, tx, arrival).await? {
        Some(link) if link.account_id == account => {
            Sql::new("UPDATE linked_account SET used_at = $1, level = $2 WHERE id = $3")
                .bind(now)
                .bind(arrival.level.as_str())
                .bind(link.id)
                .exec(tx)
                .await?;
        }
        Some(_) => return Err(super::Error::LinkedElsewhere),
        None => {
            let inserted = Insert::into("linked_account")
                .set("id", core.new_id())
                .set("account_id", account)
                .set("provider", arrival.provider.as_str())
                .set("subject_hash", subject_hash(core, arrival))
                .set("level", arrival.level.as_str())
                .set("linked_at", now)
                .set("used_at", now)
                .or_ignore()
                .exec(tx)
                .await?;
            if inserted == 0 {
                // Who came first at this very moment: the same account elsewhere, or another one of this person.
                let taken = link_of(core, tx, arrival).await?.is_some();
                return Err(if taken { super::Error::LinkedElsewhere } else { super::Error::LinkedAlready });
            }
        }
    }
    facts::put(core, tx, account, arrival).await?;
    raise(tx, account, arrival.level).await?;
    Ok(())
}

/// An account is known as surely as the surest proof of it; it never sinks by a weaker one.
pub(crate) async fn raise(tx: &Tx, account: Uuid, level: Assurance) -> Result<(), store::Error> {
    let lower: Vec<&str> = Assurance::ALL.iter().filter(|a| **a < level).map(|a| a.as_str()).collect();
    for below in lower {
        Sql::new("UPDATE account SET assurance = $1 WHERE id = $2 AND assurance = $3")
            .bind(level.as_str())
            .bind(account)
            .bind(below)
            .exec(tx)
            .await?;
    }
    Ok(())
}

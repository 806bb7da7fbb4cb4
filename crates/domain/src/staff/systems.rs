//! Other systems that staff sign in to through the console (hệ thống khác, S2): what each is for and who connected it. Addresses and secrets
//! are the provider's (`identity::provider::clients`).

use super::{Staff, change::by_officer, list};
use crate::{
    accounts::Error,
    audit::{self, Entry},
    core::Core,
    error::{Error as Shared, FieldError},
    rights::{Grant, Officer, Reach, Right},
};
use base::{clock::Millis, ids::Uuid, text::one_line};
use store::{FromRow, Insert, Sql, Tx};

/// Characters of «Dùng để làm gì» at most: a tile has three lines.
pub const ABOUT_MOST: usize = 160;
const NAME_MOST: usize = 80;

/// A connected system as its tile says it.
#[derive(Debug, Clone, FromRow)]
pub struct System {
    pub client_id: String,
    pub about: String,
    pub connected_at: Millis,
}

/// What an administrator types of a system, read.
#[derive(Debug, Clone)]
pub struct About {
    pub name: String,
    pub about: String,
}

impl About {
    /// Errors: every fault.
    pub fn parse(name: &str, about: &str) -> Result<Self, Vec<FieldError>> {
        let (name, about) = (one_line(name), one_line(about));
        let mut wrong = Vec::new();
        if !(3..=NAME_MOST).contains(&name.chars().count()) {
            wrong.push(FieldError { field: "name", key: "system-name" });
        }
        if !(3..=ABOUT_MOST).contains(&about.chars().count()) {
            wrong.push(FieldError { field: "about", key: "system-about" });
        }
        if wrong.is_empty() { Ok(Self { name, about }) } else { Err(wrong) }
    }
}

/// A member of staff as other systems are told of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub name: String,
    pub grants: Vec<Grant>,
    /// Since when there is such an account.
    pub since: Millis,
}

/// Errors: `Forbidden`.
pub fn may_connect(by: &Officer) -> Result<(), Error> {
    if by.reach(Right::KeysManage) == Reach::Province { Ok(()) } else { Err(Shared::Forbidden.into()) }
}

impl Staff {
    /// Connected systems, in the order in which they were connected.
    pub async fn systems(&self) -> Result<Vec<System>, Error> {
        let sql = "SELECT client_id, about, connected_at FROM staff_system ORDER BY connected_at, client_id";
        Ok(Sql::new(sql).all(self.accounts.core().store.read()).await?)
    }

    /// Who somebody is to another system; `None` for nobody, and for who may not work here any more.
    pub async fn told(&self, account: Uuid) -> Result<Option<Told>, Error> {
        let member = list::member(self.accounts.core().store.read(), account).await?;
        Ok(member.filter(|m| m.active).map(|m| Told { name: m.full_name, grants: m.grants, since: m.created_at }))
    }
}

/// Notes a system, in the transaction that makes it a client of the provider. Errors: `Forbidden`.
pub async fn connect(core: &Core, tx: &Tx, by: &Officer, client: &str, what: &About) -> Result<(), Error> {
    may_connect(by)?;
    Insert::into("staff_system")
        .set("client_id", client)
        .set("about", what.about.as_str())
        .set("connected_by", by.account)
        .set("connected_at", core.now())
        .exec(tx)
        .await?;
    note(core, tx, by, "system-connect", client, serde_json::json!({ "name": what.name })).await
}

/// Takes a system's tile away, in the transaction that takes the client away. Errors: `Forbidden`, `NotFound`.
pub async fn disconnect(core: &Core, tx: &Tx, by: &Officer, client: &str) -> Result<(), Error> {
    may_connect(by)?;
    let gone = Sql::new("DELETE FROM staff_system WHERE client_id = $1").bind(client).exec(tx).await?;
    if gone == 0 {
        return Err(Shared::NotFound.into());
    }
    note(core, tx, by, "system-disconnect", client, serde_json::json!({})).await
}

async fn note(
    core: &Core,
    tx: &Tx,
    by: &Officer,
    act: &'static str,
    client: &str,
    data: serde_json::Value,
) -> Result<(), Error> {
    let (by, object) = (by_officer(by), format!("system {client}"));
    let entry = Entry { by, act, object, reason: String::new(), data };
    Ok(audit::write(tx, &core.clock, &core.entropy, entry).await?)
}

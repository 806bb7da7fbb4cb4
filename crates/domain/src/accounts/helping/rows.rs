//! What each side sees: who helps me, whom I help, what was offered.

use super::{
    Given, Scopes,
    invite::{open_phone, phone_hash},
};
use crate::accounts::{Accounts, Error, Signed};
use base::{clock::Millis, ids::Uuid};
use serde::Serialize;
use store::{ConnectionTrait, FromRow, Sql};

/// A mandate as one side sees it.
#[derive(Debug, Clone, FromRow, Serialize)]
pub struct Line {
    pub id: Uuid,
    /// The other one; empty when their account is gone, and of staff, who are never named.
    pub name: String,
    /// The unit of an officer who helps.
    pub unit: Option<String>,
    /// `given`, `aloud`, `guardian` or `desk`
    pub kind: String,
    pub scope: String,
    pub since: Millis,
    pub until: Millis,
    pub ended_at: Option<Millis>,
    pub ended_why: Option<String>,
    /// The reader is who helps.
    pub helps: bool,
    /// Who is helped.
    #[serde(skip)]
    pub principal: Uuid,
}

impl Line {
    pub fn scopes(&self) -> Scopes {
        Scopes::parse(&self.scope)
    }

    pub fn is_guardian(&self) -> bool {
        Given::parse(&self.kind) == Some(Given::Guardian)
    }
}

/// An offer to the reader.
#[derive(Debug, Clone)]
pub struct Offer {
    pub id: Uuid,
    /// Who asks.
    pub name: String,
    /// The child; empty for who asks for themselves.
    pub child: String,
    pub scopes: Scopes,
    /// 0: until the child is of age.
    pub days: i32,
    pub expires_at: Millis,
}

/// An offer that the reader made and nobody answered.
#[derive(Debug, Clone)]
pub struct Offered {
    pub id: Uuid,
    /// Masked.
    pub phone: String,
    pub child: Uuid,
    pub scopes: Scopes,
    pub days: i32,
    pub expires_at: Millis,
}

/// An offer that was taken off the table.
#[derive(FromRow)]
pub(super) struct Open {
    pub principal: Uuid,
    pub offered_by: Uuid,
    pub kind: String,
    pub scope: String,
    pub days: i32,
}

#[derive(FromRow)]
struct OfferRow {
    id: Uuid,
    name: String,
    child: String,
    kind: String,
    scope: String,
    days: i32,
    expires_at: Millis,
}

#[derive(FromRow)]
struct OfferedRow {
    id: Uuid,
    principal: Uuid,
    phone_sealed: Vec<u8>,
    scope: String,
    days: i32,
    expires_at: Millis,
}

/// Both sides of a person, newest first, ended ones too.
pub(crate) async fn of_account(db: &impl ConnectionTrait, account: Uuid, most: i64) -> Result<Vec<Line>, store::Error> {
    Sql::new(
        "SELECT m.id, CASE WHEN m.unit IS NULL THEN a.full_name ELSE '' END AS name, m.unit, m.kind, m.scope, m.since, m.until, m.ended_at, m.ended_why, m.principal,
            CASE WHEN m.helper = $1 THEN TRUE ELSE FALSE END AS helps
         FROM mandate m JOIN account a ON a.id = CASE WHEN m.helper = $1 THEN m.principal ELSE m.helper END
         WHERE m.principal = $1 OR m.helper = $1 ORDER BY m.since DESC, m.id DESC LIMIT $2",
    )
    .bind(account)
    .bind(most)
    .all(db)
    .await
}

/// The names of people who helped, by account; who is gone has none.
pub async fn names(db: &impl ConnectionTrait, accounts: &[Uuid]) -> Result<Vec<(Uuid, String)>, store::Error> {
    #[derive(FromRow)]
    struct Name {
        id: Uuid,
        full_name: String,
    }
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT id, full_name FROM account WHERE kind = 'citizen' AND id IN (");
    let marks: Vec<String> = accounts.iter().map(|id| sql.value(*id)).collect();
    sql.push(&marks.join(", "));
    sql.push(")");
    let names: Vec<Name> = sql.all(db).await?;
    Ok(names.into_iter().map(|n| (n.id, n.full_name)).collect())
}

impl Accounts {
    /// Every mandate of a person, as who is helped and as who helps.
    pub async fn mandates(&self, account: Uuid) -> Result<Vec<Line>, Error> {
        Ok(of_account(self.core.store.read(), account, 100).await?)
    }

    /// Those that stand now.
    pub async fn standing_mandates(&self, account: Uuid) -> Result<Vec<Line>, Error> {
        let now = self.core.now();
        let all = self.mandates(account).await?;
        Ok(all.into_iter().filter(|line| line.ended_at.is_none() && line.until > now).collect())
    }

    /// Offers to this person's phone that may still be answered.
    pub async fn help_offers(&self, signed: &Signed) -> Result<Vec<Offer>, Error> {
        let Some(phone) = &signed.phone else { return Ok(Vec::new()) };
        let sql = "SELECT o.id, b.full_name AS name, p.full_name AS child, o.kind, o.scope, o.days, o.expires_at FROM mandate_offer o
             JOIN account b ON b.id = o.offered_by JOIN account p ON p.id = o.principal
             WHERE o.phone_hash = $1 AND o.expires_at > $2 ORDER BY o.created_at, o.id LIMIT 50";
        let sql = Sql::new(sql).bind(phone_hash(&self.core, phone)).bind(self.core.now());
        let rows: Vec<OfferRow> = sql.all(self.core.store.read()).await?;
        let offer = |row: OfferRow| Offer {
            id: row.id,
            name: row.name,
            child: if Given::parse(&row.kind) == Some(Given::Guardian) { row.child } else { String::new() },
            scopes: Scopes::parse(&row.scope),
            days: row.days,
            expires_at: row.expires_at,
        };
        Ok(rows.into_iter().map(offer).collect())
    }

    /// What this person offered and nobody answered yet.
    pub async fn offered_help(&self, account: Uuid) -> Result<Vec<Offered>, Error> {
        let rows: Vec<OfferedRow> = Sql::new(
            "SELECT id, principal, phone_sealed, scope, days, expires_at FROM mandate_offer
             WHERE offered_by = $1 AND expires_at > $2 ORDER BY created_at, id LIMIT 100",
        )
        .bind(account)
        .bind(self.core.now())
        .all(self.core.store.read())
        .await?;
        let open = |row: OfferedRow| {
            let phone = open_phone(&self.core, row.id, &row.phone_sealed)?.masked();
            let OfferedRow { id, principal, days, expires_at, .. } = row;
            Some(Offered { id, phone, child: principal, scopes: Scopes::parse(&row.scope), days, expires_at })
        };
        Ok(rows.into_iter().filter_map(open).collect())
    }
}

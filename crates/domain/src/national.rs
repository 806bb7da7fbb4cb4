//! What only the national portal does (S5): the rest are accounts.

pub mod catalogue;

use crate::{
    accounts::{Accounts, Error, activity},
    core::Core,
};
use base::ids::Uuid;
use store::{FromRow, Sql, Tx};

/// Ended sessions looked at once.
const AT_ONCE: i64 = 200;

/// Sessions that ended, by whatever way, while something that a province was given in them is still good. Reads the provider's rows: both
/// are of one database. For the worker, which ends it and tells the provinces (docs/adr/0008).
pub async fn ended_sessions(core: &Core) -> Result<Vec<Uuid>, store::Error> {
    let now = core.now();
    Sql::new(
        "SELECT DISTINCT f.session FROM oidc_family f LEFT JOIN session s ON s.id = f.session
         LEFT JOIN account a ON a.id = s.account_id
         WHERE f.revoked_at IS NULL AND f.expires_at > $1 AND NOT f.offline
           AND (s.id IS NULL OR s.ended_at IS NOT NULL OR s.expires_at <= $1 OR s.last_seen_at < CASE a.kind WHEN 'staff' THEN $4 ELSE $2 END
                OR a.id IS NULL OR a.blocked_at IS NOT NULL OR a.deleted_at IS NOT NULL)
         LIMIT $3",
    )
    .bind(now)
    .bind(now - crate::accounts::Kind::Citizen.idle())
    .bind(AT_ONCE)
    .bind(now - crate::accounts::Kind::Staff.idle())
    .scalars(core.store.read())
    .await
}

/// Persons and organisations for whom a province was told that they act, while they belong to them no longer (A11): taken out, left, or the
/// organisation is gone. Looked for like ended sessions and for the same reason.
pub async fn ended_acting(core: &Core) -> Result<Vec<(Uuid, Uuid)>, store::Error> {
    #[derive(FromRow)]
    struct Row {
        person: Uuid,
        acting: Uuid,
    }
    let rows: Vec<Row> = Sql::new(
        "SELECT DISTINCT f.person, f.acting FROM oidc_family f
         LEFT JOIN organization_member m ON m.organization_id = f.acting AND m.account_id = f.person
         WHERE f.acting IS NOT NULL AND f.revoked_at IS NULL AND f.expires_at > $1 AND m.id IS NULL LIMIT $2",
    )
    .bind(core.now())
    .bind(AT_ONCE)
    .all(core.store.read())
    .await?;
    Ok(rows.into_iter().map(|row| (row.person, row.acting)).collect())
}

impl Accounts {
    /// Ends a session in the caller's transaction, because a province asked for it in the person's name.
    pub async fn sign_out_in(&self, tx: &Tx, session: Uuid) -> Result<(), Error> {
        let account: Option<Uuid> = Sql::new(
            "UPDATE session SET ended_at = $1, ended_why = 'signed-out' WHERE id = $2 AND ended_at IS NULL RETURNING account_id",
        )
        .bind(self.core.now())
        .bind(session)
        .scalar(tx)
        .await?;
        if let Some(account) = account {
            let act = activity::Act::own(account, activity::Happened::SignedOut);
            activity::write(&self.core, tx, act).await?;
            self.cache.forget(account);
        }
        Ok(())
    }

    /// Whether an account may still be used.
    pub async fn is_active(&self, account: Uuid) -> Result<bool, Error> {
        let sql =
            "SELECT 1 FROM account WHERE id = $1 AND kind = 'citizen' AND blocked_at IS NULL AND deleted_at IS NULL";
        Ok(Sql::new(sql).bind(account).scalar::<i32>(self.core.store.read()).await?.is_some())
    }
}

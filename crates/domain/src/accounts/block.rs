//! Blocking a citizen's account or a guest's phone (R11): with a reason, audited, told to the person; the sign-in door then looks as to a stranger.

use super::{
    Accounts, Error, Kind,
    activity::{self, Act, Happened},
    sessions,
};
use crate::{
    audit::{self, By, Entry},
    error::Error as Shared,
    notices::{self, Notice},
    rights::{Officer, Right},
};
use base::{ids::Uuid, text::one_line};
use store::{Sql, Tx};

impl Accounts {
    /// Blocks or unblocks. Errors: `Forbidden`, `Invalid` without a reason, `NotFound`, `State` when it is so already.
    pub async fn set_blocked(&self, by: &Officer, account: Uuid, blocked: bool, reason: &str) -> Result<(), Error> {
        if !by.may(Right::AccountBlock, "*", &[]) {
            return Err(Shared::Forbidden.into());
        }
        let reason = one_line(reason);
        if reason.is_empty() {
            return Err(Error::field("reason", "reason-missing"));
        }
        if reason.chars().count() > 500 {
            return Err(Error::field("reason", "reason-long"));
        }
        let by = By::Staff { account: by.account, unit: by.home_unit().to_owned() };
        let core = self.core.clone();
        self.core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                let exists: Option<i32> =
                    Sql::new("SELECT 1 FROM account WHERE id = $1 AND kind IN ($2, $3) AND deleted_at IS NULL")
                        .bind(account)
                        .bind(Kind::Citizen.as_str())
                        .bind(Kind::Guest.as_str())
                        .scalar(&tx)
                        .await?;
                if exists.is_none() {
                    return Err(Error::from(Shared::NotFound));
                }
                let was = if blocked { "IS NULL" } else { "IS NOT NULL" };
                let changed = Sql::new(format!(
                    "UPDATE account SET blocked_at = $1, block_reason = $2, updated_at = $3 WHERE id = $4 AND blocked_at {was}"
                ))
                .bind(blocked.then_some(now))
                .bind(blocked.then(|| reason.clone()))
                .bind(now)
                .bind(account)
                .exec(&tx)
                .await?;
                if changed == 0 {
                    return Err(Shared::State.into());
                }
                let (what, act, key) = if blocked {
                    (Happened::Blocked, "account-block", "notice-blocked")
                } else {
                    (Happened::Unblocked, "account-unblock", "notice-unblocked")
                };
                if blocked {
                    sessions::end(&core, &tx, account, None, "blocked").await?;
                }
                activity::write(&core, &tx, Act::staff(account, what, &by, &reason)).await?;
                let notice = Notice {
                    account,
                    kind: "account",
                    key: key.into(),
                    args: vec![("reason", reason.clone())],
                    link: "/tai-khoan/hoat-dong".into(),
                    sms: None,
                };
                notices::tell(&core, &tx, notice).await?;
                let entry =
                    Entry { by, act, object: format!("account {account}"), reason, data: serde_json::json!({}) };
                Ok(audit::write(&tx, &core.clock, &core.entropy, entry).await?)
            })
            .await?;
        self.cache.forget(account);
        Ok(())
    }
}

/// An account that somebody thinks of blocking.
#[derive(Debug, Clone, store::FromRow)]
pub struct Found {
    pub id: base::ids::Uuid,
    /// `citizen` or `guest`.
    pub kind: String,
    pub full_name: String,
    pub created_at: base::clock::Millis,
    pub blocked_at: Option<base::clock::Millis>,
    pub block_reason: Option<String>,
    pub reports: i64,
}

impl Accounts {
    /// Who has this whole phone number: the citizen's account, and who reported with it as a guest, the last one first; usually one.
    /// The look is written into the log and into the person's own activity before anything is shown (A15, A18). Errors: `Forbidden`, `Invalid` without a reason.
    pub async fn find_to_block(
        &self,
        by: &Officer,
        phone: &base::phone::PhoneNumber,
        reason: &str,
    ) -> Result<Vec<Found>, Error> {
        if !by.may(Right::AccountBlock, "*", &[]) {
            return Err(Shared::Forbidden.into());
        }
        let reason = one_line(reason);
        if !(5..=300).contains(&reason.chars().count()) {
            return Err(Error::field("reason", "reason-missing"));
        }
        let found: Vec<Found> = Sql::new(
            "SELECT a.id, a.kind, a.full_name, a.created_at, a.blocked_at, a.block_reason,
                (SELECT count(*) FROM report r WHERE r.reporter = a.id) AS reports
             FROM account a LEFT JOIN guest g ON g.account_id = a.id
             WHERE a.id IN (SELECT id FROM account WHERE kind = $1 AND phone = $2 UNION SELECT account_id FROM guest WHERE phone_key = $3)
                AND a.deleted_at IS NULL ORDER BY CASE WHEN g.account_id IS NULL THEN 0 ELSE 1 END, g.proved_at DESC LIMIT 10",
        )
        .bind(Kind::Citizen.as_str())
        .bind(phone.as_e164())
        .bind(super::guests::phone_key(&self.core, phone))
        .all(self.core.store.read())
        .await?;
        let by = By::Staff { account: by.account, unit: by.home_unit().to_owned() };
        let (core, accounts): (_, Vec<_>) = (self.core.clone(), found.iter().map(|f| f.id).collect());
        self.core
            .store
            .write(move |tx: Tx| async move {
                for account in accounts {
                    activity::look(&core, &tx, &by, account, &format!("account {account}"), &reason).await?;
                }
                Ok::<_, Error>(())
            })
            .await?;
        Ok(found)
    }
}

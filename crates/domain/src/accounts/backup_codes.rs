//! Backup codes (mã dự phòng, A17): ten, each good once, shown once, kept as keyed hashes.

use super::{
    Accounts, Error, Signed,
    activity::{self, Act, Happened},
};
use crate::core::Core;
use base::{
    ids::Uuid,
    keys::{Purpose, Secret},
};
use store::{Insert, Sql, Tx};

/// How many are made at once.
pub const MANY: usize = 10;
/// No 0 O, 1 I L: people copy these by hand.
const LETTERS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

fn hash(core: &Core, account: Uuid, code: &str) -> Vec<u8> {
    core.keys.hash(Purpose::BackupCode, &[account.as_bytes(), code.as_bytes()]).to_vec()
}

/// Eight letters and digits (about 40 bits): `7K2M94QX`.
fn random(core: &Core) -> String {
    (0..8).map(|_| LETTERS[core.entropy.below(LETTERS.len() as u64) as usize] as char).collect()
}

/// `7K2M-94QX`
fn shown(code: &str) -> String {
    format!("{}-{}", &code[..4], &code[4..])
}

/// Replaces all codes of an account. Returns the new ones for the one page that shows them.
pub(crate) async fn make(core: &Core, tx: &Tx, account: Uuid) -> Result<Vec<Secret>, store::Error> {
    Sql::new("DELETE FROM backup_code WHERE account_id = $1").bind(account).exec(tx).await?;
    let mut codes = Vec::with_capacity(MANY);
    while codes.len() < MANY {
        let code = random(core);
        let new = Insert::into("backup_code")
            .set("account_id", account)
            .set("code_hash", hash(core, account, &code))
            .set("created_at", core.now())
            .or_ignore()
            .exec(tx)
            .await?;
        if new == 1 {
            codes.push(Secret::new(shown(&code)));
        }
    }
    activity::write(core, tx, Act::own(account, Happened::BackupCodesMade)).await?;
    Ok(codes)
}

/// Makes codes when the account has none yet: with its first second factor.
pub(crate) async fn make_first(core: &Core, tx: &Tx, account: Uuid) -> Result<Vec<Secret>, store::Error> {
    let any: Option<i32> =
        Sql::new("SELECT 1 FROM backup_code WHERE account_id = $1 LIMIT 1").bind(account).scalar(tx).await?;
    if any.is_some() { Ok(Vec::new()) } else { make(core, tx, account).await }
}

/// Uses a code up; of two same tries at one moment one is right.
pub(crate) async fn check(core: &Core, tx: &Tx, account: Uuid, code: &Secret) -> Result<bool, store::Error> {
    let used =
        Sql::new("UPDATE backup_code SET used_at = $1 WHERE account_id = $2 AND code_hash = $3 AND used_at IS NULL")
            .bind(core.now())
            .bind(account)
            .bind(hash(core, account, code.expose()))
            .exec(tx)
            .await?;
    if used == 1 {
        activity::write(core, tx, Act::own(account, Happened::BackupCodeUsed)).await?;
    }
    Ok(used == 1)
}

impl Accounts {
    /// Ten new codes; the old ones are worthless. Errors: `StepUp`, `State` without a second factor.
    pub async fn renew_backup_codes(&self, signed: &Signed) -> Result<Vec<Secret>, Error> {
        signed.require_fresh(self.core.now())?;
        if !self.factors(signed.account).await?.any() {
            return Err(crate::error::Error::State.into());
        }
        let (core, account) = (self.core.clone(), signed.account);
        self.core.store.write(move |tx: Tx| async move { Ok(make(&core, &tx, account).await?) }).await
    }
}

//! The second factor (A16, A17): what an account has set up, and one place where a TOTP or backup code is checked, counted and
//! used up.

use super::{Accounts, Error, backup_codes, flows, passkeys, totp};
use crate::{
    core::Core,
    error::{Error as Shared, FieldError},
    limits::{self, WRONG_FACTOR},
};
use base::{clock::Millis, ids::Uuid, keys::Secret};
use store::{Sql, Tx};

/// A second factor as typed: six digits of an app, or a backup code.
#[derive(Clone)]
pub enum FactorCode {
    Totp(Secret),
    Backup(Secret),
}

impl FactorCode {
    pub fn parse(typed: &str) -> Result<Self, FieldError> {
        let wrong = |key| FieldError { field: "code", key };
        if typed.len() > 64 {
            return Err(wrong("factor-format"));
        }
        let plain: String = typed.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        match plain.len() {
            0 => Err(wrong("factor-empty")),
            6 if plain.bytes().all(|b| b.is_ascii_digit()) => Ok(Self::Totp(Secret::new(plain))),
            8 => Ok(Self::Backup(Secret::new(plain.to_ascii_uppercase()))),
            _ => Err(wrong("factor-format")),
        }
    }
}

/// How a check ended; a wrong one commits its count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    /// With the word for the session's method: `totp` or `backup`.
    Right(&'static str),
    Wrong,
    TooOften {
        again_at: Millis,
    },
}

impl Checked {
    pub fn into_error(self) -> Error {
        match self {
            Self::TooOften { again_at } => Shared::TooOften { again_at }.into(),
            Self::Right(_) | Self::Wrong => Error::WrongFactor,
        }
    }
}

/// Checks and uses up. Counted before it is compared.
pub(crate) async fn check(core: &Core, tx: &Tx, account: Uuid, code: &FactorCode) -> Result<Checked, store::Error> {
    let now = core.now();
    if let Err(over) = limits::hit(tx, &core.keys, WRONG_FACTOR, account.as_bytes(), now).await? {
        return Ok(Checked::TooOften { again_at: over.again_at });
    }
    let right = match code {
        FactorCode::Totp(code) => totp::check(core, tx, account, code).await?.then_some("totp"),
        FactorCode::Backup(code) => backup_codes::check(core, tx, account, code).await?.then_some("backup"),
    };
    let Some(method) = right else { return Ok(Checked::Wrong) };
    limits::give_back(tx, &core.keys, WRONG_FACTOR, account.as_bytes(), now).await?;
    Ok(Checked::Right(method))
}

/// What an account has set up: the security page.
#[derive(Debug, Clone)]
pub struct Factors {
    pub totp_since: Option<Millis>,
    pub passkeys: Vec<passkeys::Line>,
    pub backup_codes_left: i64,
}

impl Factors {
    pub fn any(&self) -> bool {
        self.totp_since.is_some() || !self.passkeys.is_empty()
    }
}

impl Accounts {
    pub async fn factors(&self, account: Uuid) -> Result<Factors, Error> {
        let db = self.core.store.read();
        let totp_since: Option<Option<Millis>> =
            Sql::new("SELECT totp_confirmed_at FROM account WHERE id = $1").bind(account).scalar(db).await?;
        let left: Option<i64> = Sql::new("SELECT count(*) FROM backup_code WHERE account_id = $1 AND used_at IS NULL")
            .bind(account)
            .scalar(db)
            .await?;
        Ok(Factors {
            totp_since: totp_since.flatten(),
            passkeys: passkeys::list(db, account).await?,
            backup_codes_left: left.unwrap_or(0),
        })
    }

    /// Takes every second factor away and ends all sessions: for staff who lost theirs, by an administrator; the caller has
    /// checked the right and writes the audit entry in the same transaction.
    pub(crate) async fn clear_factors(tx: &Tx, account: Uuid) -> Result<(), store::Error> {
        Sql::new("UPDATE account SET totp_sealed = NULL, totp_confirmed_at = NULL, totp_last_step = 0 WHERE id = $1")
            .bind(account)
            .exec(tx)
            .await?;
        for table in ["passkey", "backup_code"] {
            Sql::new(format!("DELETE FROM {table} WHERE account_id = $1")).bind(account).exec(tx).await?;
        }
        // A sign-in that waits for the lost factor is over too.
        Sql::new("DELETE FROM flow WHERE account_id = $1 AND kind = $2")
            .bind(account)
            .bind(flows::FlowKind::SecondFactor.as_str())
            .exec(tx)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a17_one_field_takes_both_kinds_of_code() {
        assert!(matches!(FactorCode::parse("123 456"), Ok(FactorCode::Totp(_))));
        assert!(matches!(FactorCode::parse("7k2m-94qx"), Ok(FactorCode::Backup(c)) if c.expose() == "7K2M94QX"));
        for bad in ["", "12345", "abcdef", &"1".repeat(100)] {
            assert!(FactorCode::parse(bad).is_err(), "{bad}");
        }
    }
}

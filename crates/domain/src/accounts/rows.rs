//! Rows of accounts, read into types.

use base::{clock::Millis, i18n::Lang, ids::Uuid, phone::PhoneNumber};
use serde::{Deserialize, Serialize};
use store::FromRow;
use store::{ConnectionTrait, Sql};

/// The realms. A citizen's door never opens for staff, nor the other way round; a guest has no door, only a proven phone (R3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Citizen,
    Staff,
    Guest,
    /// No account is of this kind: a session in which somebody acts for the account's owner (A19).
    Helper,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Staff => "staff",
            Self::Guest => "guest",
            Self::Helper => "helper",
        }
    }

    /// Of an account.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Citizen, Self::Staff, Self::Guest].into_iter().find(|k| k.as_str() == text)
    }
}

/// How surely a person is known (mức định danh, A13), in rising order. A service names the level it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Assurance {
    /// The phone was proven.
    Phone,
    /// The personal number was matched (IAL2).
    Verified,
    /// A signature or a visit in person (IAL3).
    High,
}

impl Assurance {
    pub const ALL: [Self; 3] = [Self::Phone, Self::Verified, Self::High];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Verified => "verified",
            Self::High => "high",
        }
    }

    /// What a row says; anything unknown proves no more than a phone.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|a| a.as_str() == text).unwrap_or(Self::Phone)
    }

    /// The text key of its name.
    pub fn key(self) -> &'static str {
        match self {
            Self::Phone => "assurance-phone",
            Self::Verified => "assurance-verified",
            Self::High => "assurance-high",
        }
    }
}

/// What sign-in needs to know of an account.
#[derive(Clone, FromRow)]
pub(crate) struct Credentials {
    pub id: Uuid,
    pub password_hash: Option<String>,
    pub totp_confirmed_at: Option<Millis>,
    pub blocked_at: Option<Millis>,
    pub block_reason: Option<String>,
    pub passkeys: i64,
}

impl Credentials {
    /// TOTP or a passkey is set up: the password alone does not suffice.
    pub fn has_factor(&self) -> bool {
        self.totp_confirmed_at.is_some() || self.passkeys > 0
    }
}

const CREDENTIALS: &str = "SELECT a.id, a.password_hash, a.totp_confirmed_at, a.blocked_at, a.block_reason,
    (SELECT count(*) FROM passkey p WHERE p.account_id = a.id) AS passkeys FROM account a WHERE a.deleted_at IS NULL AND ";

pub(crate) async fn by_phone(
    db: &impl ConnectionTrait,
    kind: Kind,
    phone: &PhoneNumber,
) -> Result<Option<Credentials>, store::Error> {
    Sql::new(format!("{CREDENTIALS} a.kind = $1 AND a.phone = $2"))
        .bind(kind.as_str())
        .bind(phone.as_e164())
        .one(db)
        .await
}

pub(crate) async fn by_username(
    db: &impl ConnectionTrait,
    kind: Kind,
    username: &str,
) -> Result<Option<Credentials>, store::Error> {
    Sql::new(format!("{CREDENTIALS} a.kind = $1 AND a.username = $2")).bind(kind.as_str()).bind(username).one(db).await
}

/// Whether anybody, citizen or staff, has this name.
pub(crate) async fn has_username(db: &impl ConnectionTrait, username: &str) -> Result<bool, store::Error> {
    let found: Option<Uuid> = Sql::new("SELECT id FROM account WHERE username = $1").bind(username).scalar(db).await?;
    Ok(found.is_some())
}

pub(crate) async fn by_id(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Credentials>, store::Error> {
    Sql::new(format!("{CREDENTIALS} a.id = $1")).bind(id).one(db).await
}

/// What the account pages show and what the password policy must know.
#[derive(Clone, FromRow)]
pub struct Profile {
    pub id: Uuid,
    pub kind: String,
    pub phone: Option<String>,
    pub username: Option<String>,
    pub full_name: String,
    pub title: String,
    pub commune: Option<String>,
    pub address: String,
    pub email: Option<String>,
    pub assurance: String,
    pub language: String,
    pub text_size: i32,
    pub notify_sms: bool,
    pub must_change_password: bool,
    pub totp_confirmed_at: Option<Millis>,
    pub created_at: Millis,
    pub updated_at: Millis,
}

impl Profile {
    pub fn phone_number(&self) -> Option<PhoneNumber> {
        self.phone.as_deref().and_then(|p| PhoneNumber::parse(p).ok())
    }

    pub fn assurance(&self) -> Assurance {
        Assurance::parse(&self.assurance)
    }

    pub fn lang(&self) -> Lang {
        Lang::parse(&self.language).unwrap_or(Lang::VI)
    }
}

pub(crate) async fn profile(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Profile>, store::Error> {
    Sql::new(
        "SELECT id, kind, phone, username, full_name, title, commune, address, email, assurance, language, text_size,
            notify_sms, must_change_password, totp_confirmed_at, created_at, updated_at
         FROM account WHERE id = $1 AND deleted_at IS NULL",
    )
    .bind(id)
    .one(db)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a13_levels_are_ordered_and_unknown_ones_prove_least() {
        assert!(Assurance::Phone < Assurance::Verified && Assurance::Verified < Assurance::High);
        for level in Assurance::ALL {
            assert_eq!(Assurance::parse(level.as_str()), level);
        }
        assert_eq!(Assurance::parse("root"), Assurance::Phone);
    }
}

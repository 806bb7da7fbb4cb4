//! «Thông tin cá nhân» (A8): what a person may change about themselves. Every change is one line of their activity.

use super::{
    Accounts, Address, Email, Error, FullName, Kind, Signed, Username,
    activity::{self, Act, Happened},
    recover::{password_notice, profile_words},
    register::give_consent,
    rows::{self, Profile},
    sessions,
};
use crate::{error::Error as Shared, notices};
use base::{clock::Millis, i18n::Lang, ids::Uuid, keys::Secret};
use store::FromRow;
use store::{Sql, Trouble, Tx, Update};

/// «Cỡ chữ: Thường / Lớn / Rất lớn», in percent.
pub const TEXT_SIZES: [i32; 3] = [100, 125, 150];

/// A consent as the person reads it.
#[derive(Debug, Clone, FromRow, serde::Serialize)]
pub struct Consent {
    pub id: Uuid,
    /// `terms`, `privacy` …
    pub kind: String,
    pub version: String,
    pub given_at: Millis,
    pub withdrawn_at: Option<Millis>,
}

impl Consent {
    /// Without it there can be no account: taking it back means deleting the account, and the page says so.
    pub fn is_essential(&self) -> bool {
        matches!(self.kind.as_str(), "terms" | "privacy")
    }
}

impl Accounts {
    pub async fn profile(&self, account: Uuid) -> Result<Profile, Error> {
        rows::profile(self.core.store.read(), account).await?.ok_or_else(|| Shared::NotFound.into())
    }

    async fn change(&self, signed: &Signed, update: Update, what: Happened, detail: &'static str) -> Result<(), Error> {
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                let changed = update.set("updated_at", core.now()).by_id(account, &tx).await?;
                if changed == 0 {
                    return Err(Shared::NotFound.into());
                }
                Ok::<_, Error>(activity::write(&core, &tx, Act::own(account, what).detail(detail)).await?)
            })
            .await?;
        self.cache.forget(account);
        Ok(())
    }

    pub async fn set_name(&self, signed: &Signed, name: FullName) -> Result<(), Error> {
        let update = Update::table("account").set("full_name", name.as_str());
        self.change(signed, update, Happened::ProfileChanged, "full_name").await
    }

    /// Errors: `Invalid` for a commune the province does not have.
    pub async fn set_residence(&self, signed: &Signed, commune: &str, address: Address) -> Result<(), Error> {
        if self.core.province().commune(commune).is_none() {
            return Err(Error::field("commune", "commune-unknown"));
        }
        let update = Update::table("account").set("commune", commune).set("address", address.as_str());
        self.change(signed, update, Happened::ProfileChanged, "residence").await
    }

    /// Unverified until there is a mail gateway; nothing is sent to it and nobody signs in with it. `None` takes it away.
    pub async fn set_email(&self, signed: &Signed, email: Option<Email>) -> Result<(), Error> {
        let update = Update::table("account").set("email", email.map(|e| e.as_str().to_owned()));
        self.change(signed, update, Happened::ProfileChanged, "email").await
    }

    /// Errors: `Invalid` for a language without texts.
    pub async fn set_language(&self, signed: &Signed, lang: Lang) -> Result<(), Error> {
        if !self.core.texts.languages().contains(&lang) {
            return Err(Error::field("language", "language-unknown"));
        }
        let update = Update::table("account").set("language", lang.as_str());
        self.change(signed, update, Happened::SettingsChanged, "language").await
    }

    /// Errors: `Invalid` for another size than 100, 125, 150.
    pub async fn set_text_size(&self, signed: &Signed, size: i32) -> Result<(), Error> {
        if !TEXT_SIZES.contains(&size) {
            return Err(Error::field("text_size", "text-size-unknown"));
        }
        self.change(signed, Update::table("account").set("text_size", size), Happened::SettingsChanged, "text_size")
            .await
    }

    pub async fn set_notify_sms(&self, signed: &Signed, on: bool) -> Result<(), Error> {
        let update = Update::table("account").set("notify_sms", on);
        self.change(signed, update, Happened::SettingsChanged, "notify_sms").await
    }

    /// Sets or changes the username. Errors: `StepUp`, `UsernameTaken`.
    pub async fn set_username(&self, signed: &Signed, username: Username) -> Result<(), Error> {
        signed.require_fresh(self.core.now())?;
        let update = Update::table("account").set("username", username.as_str());
        self.change(signed, update, Happened::UsernameChanged, "").await.map_err(|e| match &e {
            Error::Shared(Shared::Store(s)) if s.trouble() == Trouble::Exists => Error::UsernameTaken,
            _ => e,
        })
    }

    /// Changes the password; the current one is asked, all other sessions end. Returns the session's new token.
    /// Errors: `WrongPassword`, `TooOften`, `Password`, `StepUp` (second factor older than ten minutes), `Busy`.
    pub async fn change_password(&self, signed: &Signed, current: &Secret, new: &Secret) -> Result<Secret, Error> {
        self.require_fresh_or_duty(signed)?;
        let profile = self.profile(signed.account).await?;
        // The policy first: a refused new password must not cost a try of the current one.
        let password = self.parse_password(new, &profile_words(&profile))?;
        // Who came from elsewhere has none yet; the fresh proof above is what lets them choose one.
        if self.has_password(signed.account).await? {
            self.check_own_password(signed, current).await?;
        }
        if password.secret() == &super::password::normalised(current) {
            return Err(Error::field("password", "password-same"));
        }
        let hash = self.hasher.hash(password.secret()).await?;
        let (core, account, session, method) =
            (self.core.clone(), signed.account, signed.session, signed.method.clone());
        let citizen = signed.kind == Kind::Citizen;
        let token = self
            .core
            .store
            .write(move |tx: Tx| async move {
                Sql::new("UPDATE account SET password_hash = $1, must_change_password = FALSE, updated_at = $2 WHERE id = $3")
                    .bind(hash)
                    .bind(core.now())
                    .bind(account)
                    .exec(&tx)
                    .await?;
                sessions::end(&core, &tx, account, Some(session), "password-changed").await?;
                activity::write(&core, &tx, Act::own(account, Happened::PasswordChanged)).await?;
                if citizen {
                    notices::tell(&core, &tx, password_notice(account)).await?;
                }
                Ok::<_, Error>(sessions::rotate(&core, &tx, session, &method).await?)
            })
            .await?;
        self.cache.forget(account);
        token.ok_or_else(|| Shared::NotFound.into())
    }

    pub async fn has_password(&self, account: Uuid) -> Result<bool, Error> {
        let account = super::rows::by_id(self.core.store.read(), account).await?.ok_or(Shared::NotFound)?;
        Ok(account.password_hash.is_some())
    }

    /// All consents, newest first.
    pub async fn consents(&self, account: Uuid) -> Result<Vec<Consent>, Error> {
        Ok(Sql::new(
            "SELECT id, kind, version, given_at, withdrawn_at FROM consent WHERE account_id = $1 ORDER BY id DESC",
        )
        .bind(account)
        .all(self.core.store.read())
        .await?)
    }

    /// Texts whose version of today this person has not agreed to: (kind, version). The web asks at the next visit.
    pub async fn outstanding_consents(&self, account: Uuid) -> Result<Vec<(&'static str, String)>, Error> {
        let given = self.consents(account).await?;
        let province = self.core.province();
        let p = &province.pack.province;
        let now = [("terms", p.terms_version.clone()), ("privacy", p.privacy_version.clone())];
        let has = |kind: &str, version: &str| {
            given.iter().any(|c| c.kind == kind && c.version == version && c.withdrawn_at.is_none())
        };
        Ok(now.into_iter().filter(|(kind, version)| !has(kind, version)).collect())
    }

    /// Agrees to the versions of today.
    pub async fn agree(&self, signed: &Signed) -> Result<(), Error> {
        let missing = self.outstanding_consents(signed.account).await?;
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                for (kind, version) in missing {
                    give_consent(&core, &tx, account, kind, &version).await?;
                }
                Ok(())
            })
            .await
    }

    /// Takes a consent back. Errors: `Conflict("consent-essential")` for terms and privacy: that is deleting the account.
    pub async fn withdraw_consent(&self, signed: &Signed, id: Uuid) -> Result<(), Error> {
        let all = self.consents(signed.account).await?;
        let consent = all.into_iter().find(|c| c.id == id).ok_or(Shared::NotFound)?;
        if consent.is_essential() {
            return Err(Error::Conflict("consent-essential"));
        }
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                let changed = Sql::new("UPDATE consent SET withdrawn_at = $1 WHERE id = $2 AND withdrawn_at IS NULL")
                    .bind(core.now())
                    .bind(id)
                    .exec(&tx)
                    .await?;
                if changed == 1 {
                    let act = Act::own(account, Happened::ConsentWithdrawn).detail(&consent.kind);
                    activity::write(&core, &tx, act).await?;
                }
                Ok(())
            })
            .await
    }
}

//! Proving oneself again before a sensitive act (A17): with the strongest that the account has. A stolen cookie alone changes
//! no phone, downloads nothing and deletes nothing.

use super::{
    Accounts, Error, Signed,
    factors::{self, Checked, FactorCode},
    linked::{self, Arrival},
    login::{count_try, forgive},
    rows, sessions,
    totp::with_method,
};
use crate::error::Error as Shared;
use base::keys::Secret;
use store::Tx;

/// What the page asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    Password,
    /// A code of the app, a backup code or a passkey.
    Factor,
    /// There is no password: the account elsewhere that one came in with.
    Elsewhere,
}

impl Accounts {
    pub async fn needed_to_step_up(&self, signed: &Signed) -> Result<Needed, Error> {
        let account = rows::by_id(self.core.store.read(), signed.account).await?.ok_or(Shared::NotFound)?;
        Ok(match account.password_hash {
            _ if account.has_factor() => Needed::Factor,
            Some(_) => Needed::Password,
            None => Needed::Elsewhere,
        })
    }

    /// With the password, where the account has nothing stronger. Returns the session's new token; the old one is dead.
    /// Errors: `WrongPassword`, `TooOften`, `StepUp` when a factor is needed instead, `Busy`.
    pub async fn step_up_by_password(&self, signed: &Signed, password: &Secret) -> Result<Secret, Error> {
        if self.needed_to_step_up(signed).await? != Needed::Password {
            return Err(Shared::StepUp.into());
        }
        self.check_own_password(signed, password).await?;
        self.proved(signed, signed.method.clone()).await
    }

    /// With a TOTP or backup code. Errors: `WrongFactor`, `TooOften`.
    pub async fn step_up_by_factor(&self, signed: &Signed, code: FactorCode) -> Result<Secret, Error> {
        let (core, account, session, method) =
            (self.core.clone(), signed.account, signed.session, signed.method.clone());
        let done = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let how = match factors::check(&core, &tx, account, &code).await? {
                    Checked::Right(how) => how,
                    refused => return Ok(Err(refused)),
                };
                let token = sessions::rotate(&core, &tx, session, &with_method(&method, how)).await?;
                Ok::<_, Error>(Ok(token.ok_or(Error::from(Shared::NotFound))?))
            })
            .await?;
        self.cache.forget(account);
        done.map_err(Checked::into_error)
    }

    /// With the account elsewhere, in which the person signed in anew. Errors: `OtherPerson` when it does not lead to this account.
    pub async fn step_up_elsewhere(&self, signed: &Signed, arrival: &Arrival) -> Result<Secret, Error> {
        let (core, arrival) = (self.core.clone(), arrival.clone());
        let (account, session) = (signed.account, signed.session);
        let method = with_method(&signed.method, &arrival.method());
        let token = self
            .core
            .store
            .write(move |tx: Tx| async move {
                if linked::leads_to(&core, &tx, &arrival).await? != Some(account) {
                    return Err(Error::OtherPerson);
                }
                Ok::<_, Error>(sessions::rotate(&core, &tx, session, &method).await?)
            })
            .await?;
        self.cache.forget(account);
        token.ok_or_else(|| Shared::NotFound.into())
    }

    /// Whether the signed-in person knows the password; wrong ones are counted and slow down like at the door.
    pub(crate) async fn check_own_password(&self, signed: &Signed, password: &Secret) -> Result<(), Error> {
        let (core, account) = (self.core.clone(), signed.account);
        let counted = self
            .core
            .store
            .write(move |tx: Tx| async move {
                Ok::<_, Error>(count_try(&core, &tx, &[b"own-password", account.as_bytes()]).await?)
            })
            .await?
            .map_err(|again_at| Error::from(Shared::TooOften { again_at }))?;
        let hash = rows::by_id(self.core.store.read(), account).await?.and_then(|a| a.password_hash);
        if !self.hasher.verify(password, hash.as_deref()).await?.right {
            return Err(Error::WrongPassword);
        }
        self.core.store.write(move |tx: Tx| async move { Ok::<_, Error>(forgive(&tx, &counted).await?) }).await
    }

    async fn proved(&self, signed: &Signed, method: String) -> Result<Secret, Error> {
        let (core, session) = (self.core.clone(), signed.session);
        let token = self
            .core
            .store
            .write(move |tx: Tx| async move { Ok::<_, Error>(sessions::rotate(&core, &tx, session, &method).await?) })
            .await?;
        self.cache.forget(signed.account);
        token.ok_or_else(|| Shared::NotFound.into())
    }
}

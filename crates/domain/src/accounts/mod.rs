//! Accounts (tài khoản) of citizens and of staff: how a person gets one, proves to be its owner, stays signed in, changes it
//! and leaves (A1–A18). Everything secret is stored as a keyed hash or sealed; every refusal that a guesser must pay for is
//! counted in a transaction that commits.

pub mod activity;
mod answer;
pub mod authority;
pub mod backup_codes;
pub mod block;
pub mod by_form;
pub mod by_number;
pub mod by_signature;
pub mod data_rights;
pub mod declared;
pub mod device;
pub mod export;
pub mod factors;
pub mod flows;
pub mod guests;
pub mod hasher;
pub mod helping;
pub mod linked;
pub mod login;
pub mod names;
pub mod otp;
pub mod passkeys;
pub mod password;
pub mod phone_change;
pub mod profile;
pub mod proof;
pub mod recover;
pub mod register;
pub mod release;
pub mod rows;
pub mod sessions;
mod signed_over;
pub mod step_up;
pub mod totp;
pub mod verify;

#[cfg(test)]
pub(crate) mod tests;

pub use answer::Error;
pub use device::Visitor;
pub use flows::{Flow, FlowKind};
pub use names::{Address, Email, FullName, Username};
pub use register::PhoneForm;
pub use rows::{Assurance, Kind};
pub use sessions::{Duty, NewSession, Signed};

use crate::core::Core;
use base::{
    ids::Uuid,
    keys::{Purpose, Secret},
};
use std::sync::Arc;

/// The door to accounts: the core, the password hasher, the cache of sessions and the passkey rules. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    pub(crate) core: Core,
    pub(crate) hasher: hasher::Hasher,
    pub(crate) cache: sessions::Cache,
    pub(crate) passkeys: Option<Arc<webauthn_rs::Webauthn>>,
    pub(crate) common: Arc<password::CommonPasswords>,
}

impl Accounts {
    /// Errors: the Argon2 settings are below what OWASP allows, or unusable.
    pub fn new(core: Core) -> Result<Self, Error> {
        let hasher = hasher::Hasher::new(&core.settings, &core.entropy)?;
        let passkeys =
            passkeys::rules(&core.settings.origin, core.province().pack.province.app_name.get(base::i18n::Lang::VI));
        if passkeys.is_none() {
            tracing::warn!("passkeys are off: the public address is neither https with a host name nor localhost");
        }
        Ok(Self {
            core,
            hasher,
            cache: sessions::Cache::new(),
            passkeys: passkeys.map(Arc::new),
            common: Arc::new(password::CommonPasswords::shipped()),
        })
    }

    pub fn core(&self) -> &Core {
        &self.core
    }

    /// The stored form of a password, for the invented people of the demo, who are written as rows. Errors: `Forbidden` where
    /// demo data is not allowed.
    pub async fn hash_for_demo(&self, password: &Secret) -> Result<String, Error> {
        if !self.core.settings.demo {
            return Err(crate::error::Error::Forbidden.into());
        }
        self.hasher.hash(password).await
    }

    /// The stored form of an app's secret (column `totp_sealed`), for the demo's staff. `None` outside the demo.
    pub fn seal_totp_for_demo(&self, account: Uuid, secret: &[u8; 20]) -> Option<Vec<u8>> {
        let keys = &self.core.keys;
        self.core.settings.demo.then(|| keys.seal(Purpose::Totp, account.as_bytes(), secret, &self.core.entropy))
    }

    /// The anti-forgery token of a form, bound to a session id or to the mark of a browser that is not signed in.
    pub fn csrf_token(&self, bound: &[u8]) -> String {
        encode(&self.core.keys.hash(Purpose::Csrf, &[bound]))
    }

    /// Whether a form's token is the one bound to `bound`; takes the same time for every wrong one.
    pub fn csrf_matches(&self, bound: &[u8], token: &str) -> bool {
        same(self.csrf_token(bound).as_bytes(), token.as_bytes())
    }
}

/// URL-safe Base64 without padding: tokens in cookies and links.
pub(crate) fn encode(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    if text.len() > 4096 {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// What waits sealed in a flow: ours, and longer than anything that comes from outside.
pub(crate) fn kept(flow: &Flow) -> Result<Vec<u8>, Error> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.decode(flow.text("kept")).map_err(|_| Error::FlowGone)
}

/// Compares without telling by time where the difference is.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    a.ct_eq(b).into()
}

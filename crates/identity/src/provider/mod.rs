//! The provider: other systems let people sign in through us.

mod acting;
pub(crate) mod auth;
pub mod clients;
mod consents;
mod dpop;
mod flow;
mod keys;
pub mod logout;
pub mod people;
pub mod push;
pub(crate) mod request;
pub mod settings;
mod tell;
mod tokens;
pub(crate) mod web;

use crate::{
    error::Error,
    outgoing::{Outgoing, Trouble},
};
use base::{
    clock::{Clock, DAY, Entropy, Millis},
    i18n::Texts,
    keys::Keys,
};
pub use clients::{Auth, BadClient, Client, NewClient, ReadyClient};
pub use consents::Given;
pub use logout::{ActingEnd, SessionEnd};
pub use people::{ActingAsk, Asked, Claim, ConsentAsk, LoginAsk, LoginReason, LogoutAsk, Pages, People, SignedIn};
pub use settings::{Acting, Lifetimes, Scope, Settings};
use std::sync::Arc;
use store::{Sql, Store, Tx};
pub use tokens::Holder;

/// What a provider is made of.
pub struct Parts {
    pub store: Store,
    pub clock: Clock,
    pub entropy: Entropy,
    pub keys: Keys,
    /// With `identity::text_sources()` among them.
    pub texts: Arc<Texts>,
    pub settings: Settings,
    pub people: Arc<dyn People>,
    pub pages: Arc<dyn Pages>,
}

/// An OpenID provider. Cheap to clone.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

/// The parts with what this process keeps beside them.
pub struct Inner {
    parts: Parts,
    pub(crate) outgoing: Outgoing,
    pub(crate) kept: keys::Kept,
    pub(crate) clients_keys: auth::ClientsKeys,
}

impl std::ops::Deref for Inner {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl std::ops::Deref for Provider {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Provider {
    /// Errors: the HTTP client cannot be made.
    pub fn new(parts: Parts) -> Result<Self, Trouble> {
        let outgoing = Outgoing::new(parts.settings.allow_private)?;
        Ok(Self(Arc::new(Inner {
            parts,
            outgoing,
            kept: keys::Kept::default(),
            clients_keys: auth::ClientsKeys::default(),
        })))
    }

    /// The endpoints, to be merged at the root of the role's origin, or nested where its issuer's path is.
    pub fn router(&self) -> axum::Router {
        web::router(self.clone())
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// Forgets what has ended; for the worker, every minute or so: anybody can begin a flow. A redeemed code is remembered for a
    /// day, to notice that it is shown again.
    pub async fn sweep(&self) -> Result<(), Error> {
        let now = self.now();
        self.store
            .write(move |tx: Tx| async move {
                for (text, before) in [
                    (
                        "DELETE FROM oidc_interaction WHERE expires_at < $1 AND state IN ('pushed', 'open', 'refused')",
                        now,
                    ),
                    ("DELETE FROM oidc_interaction WHERE expires_at < $1", now - DAY),
                    ("DELETE FROM oidc_token WHERE expires_at < $1", now - DAY),
                    ("DELETE FROM oidc_family WHERE expires_at < $1", now - DAY),
                    ("DELETE FROM oidc_seen WHERE expires_at < $1", now),
                ] {
                    Sql::new(text).bind(before).exec(&tx).await?;
                }
                Ok(())
            })
            .await
    }
}

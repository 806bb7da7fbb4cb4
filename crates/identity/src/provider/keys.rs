//! Signing keys. One is published and does not sign yet (`next`), one signs (`active`), some stay published until everything they
//! signed has ended (`retired`): whoever holds our key set of yesterday still understands us today.

use super::Provider;
use crate::{error::Error, jws::Signer};
use base::{
    clock::{Millis, SECOND},
    keys::Purpose,
};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx, Update};

/// How old this node's copy of the keys may be; much less than the time between publishing a key and signing with it.
const FRESH: Millis = 5 * SECOND;

#[derive(FromRow)]
struct Row {
    kid: String,
    state: String,
    public: String,
    sealed: Vec<u8>,
    published_at: Millis,
    active_at: Option<Millis>,
}

/// The keys as this node knows them.
#[derive(Debug)]
struct Ring {
    read_at: Millis,
    active: Signer,
    public: Arc<Vec<Value>>,
}

/// This node's copy.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Option<Ring>>);

impl Kept {
    fn fresh<T>(&self, now: Millis, take: impl FnOnce(&Ring) -> T) -> Option<T> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|ring| (0..FRESH).contains(&(now - ring.read_at))).map(take)
    }

    fn put(&self, ring: Option<Ring>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = ring;
    }
}

async fn rows(db: &impl ConnectionTrait) -> Result<Vec<Row>, store::Error> {
    Sql::new("SELECT kid, state, public, sealed, published_at, active_at FROM oidc_key ORDER BY published_at, kid")
        .all(db)
        .await
}

impl Provider {
    /// The key that signs now.
    pub(crate) async fn signer(&self) -> Result<Signer, Error> {
        match self.kept.fresh(self.now(), |ring| ring.active.clone()) {
            Some(signer) => Ok(signer),
            None => Ok(self.load_keys().await?.0),
        }
    }

    /// All published keys, as in the JWK set.
    pub(crate) async fn public_keys(&self) -> Result<Arc<Vec<Value>>, Error> {
        match self.kept.fresh(self.now(), |ring| ring.public.clone()) {
            Some(keys) => Ok(keys),
            None => Ok(self.load_keys().await?.1),
        }
    }

    async fn load_keys(&self) -> Result<(Signer, Arc<Vec<Value>>), Error> {
        let mut found = rows(self.store.read()).await?;
        if !found.iter().any(|row| row.state == "active") {
            self.turn_keys(false).await?;
            found = rows(self.store.read()).await?;
        }
        let active = found.iter().find(|row| row.state == "active").ok_or(Error::Internal("no signing key"))?;
        let broken = Error::Internal("a signing key cannot be opened; was the master secret changed?");
        let Ok(der) = self.keys.open(Purpose::OidcSealed, active.kid.as_bytes(), &active.sealed) else {
            return Err(broken);
        };
        let signer = Signer::from_pkcs8(&der).map_err(|_| Error::Internal("a signing key is broken"))?;
        let public: Vec<Value> = found.iter().filter_map(|row| serde_json::from_str(&row.public).ok()).collect();
        let public = Arc::new(public);
        self.kept.put(Some(Ring { read_at: self.now(), active: signer.clone(), public: public.clone() }));
        Ok((signer, public))
    }

    /// Makes the first keys, turns them when it is time, forgets the oldest; for the worker, every minute. True when the signing
    /// key changed.
    pub async fn rotate_keys(&self) -> Result<bool, Error> {
        self.turn_keys(false).await
    }

    /// Turns the keys before their time, because the signing key may have leaked: it is no longer published either, so that
    /// nothing signed with it is believed from now on.
    pub async fn replace_leaked_key(&self) -> Result<(), Error> {
        self.turn_keys(true).await.map(|_| ())
    }

    async fn turn_keys(&self, leaked: bool) -> Result<bool, Error> {
        let broken = |_| Error::Internal("no key could be made");
        let (now, life) = (self.now(), self.settings.lifetimes.clone());
        // Made outside: PostgreSQL may run the unit again.
        let mut spare = Vec::new();
        for _ in 0..2 {
            let (signer, der) = Signer::generate(&self.entropy).map_err(broken)?;
            let sealed = self.keys.seal(Purpose::OidcSealed, signer.kid().as_bytes(), &der, &self.entropy);
            spare.push((signer.kid().to_owned(), signer.public().to_string(), sealed));
        }
        let turned = self
            .store
            .write(move |tx: Tx| async move {
                let found = rows(&tx).await?;
                let next = found.iter().find(|row| row.state == "next");
                let mut turned = false;
                match found.iter().find(|row| row.state == "active") {
                    None => {
                        // The very first key signs at once: nobody has an older set.
                        turned = put(&tx, spare.pop(), "active", now).await?;
                        if next.is_none() {
                            put(&tx, spare.pop(), "next", now).await?;
                        }
                    }
                    Some(active) => {
                        let used_up = active.active_at.is_some_and(|at| now - at >= life.key_use);
                        let known = next.is_some_and(|next| now - next.published_at >= life.key_lead);
                        if let Some(next) = next.filter(|_| leaked || (used_up && known)) {
                            if leaked {
                                Sql::new("DELETE FROM oidc_key WHERE kid = $1")
                                    .bind(active.kid.clone())
                                    .exec(&tx)
                                    .await?;
                            } else {
                                Update::table("oidc_key")
                                    .set("state", "retired")
                                    .set("retired_at", now)
                                    .by(vec![("kid", active.kid.clone().into())], &tx)
                                    .await?;
                            }
                            Update::table("oidc_key")
                                .set("state", "active")
                                .set("active_at", now)
                                .by(vec![("kid", next.kid.clone().into())], &tx)
                                .await?;
                            turned = put(&tx, spare.pop(), "next", now).await?;
                        } else if next.is_none() {
                            put(&tx, spare.pop(), "next", now).await?;
                        }
                    }
                }
                Sql::new("DELETE FROM oidc_key WHERE state = 'retired' AND retired_at <= $1")
                    .bind(now - life.key_overlap)
                    .exec(&tx)
                    .await?;
                Ok::<_, Error>(turned)
            })
            .await?;
        self.kept.put(None);
        if turned {
            tracing::info!(leaked, "the signing key of the OpenID provider changed");
        }
        Ok(turned)
    }
}

/// A key in its row; another node may have been first.
async fn put(
    tx: &Tx,
    key: Option<(String, String, Vec<u8>)>,
    state: &'static str,
    now: Millis,
) -> Result<bool, store::Error> {
    let Some((kid, public, sealed)) = key else { return Ok(false) };
    let put = Insert::into("oidc_key")
        .set("kid", kid)
        .set("state", state)
        .set("public", public)
        .set("sealed", sealed)
        .set("published_at", now)
        .set("active_at", (state == "active").then_some(now))
        .or_ignore()
        .exec(tx)
        .await?;
    Ok(put > 0)
}

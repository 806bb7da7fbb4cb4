//! Signing keys. One is published and does not sign yet (`next`), one signs (`active`), some stay published until everything they
//! signed has ended (`retired`): whoever holds our key set of yesterday still understands us today. So it goes for ES256, and beside it for
//! RS256 as soon as a client wants that.

use super::{Provider, settings::Lifetimes};
use crate::{
    error::Error,
    jws::{Alg, Signer},
};
use base::{
    clock::{Millis, SECOND},
    keys::Purpose,
};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx, Update};

/// How old this node's copy of the keys may be; much less than the time between publishing a key and signing with it.
const FRESH: Millis = 5 * SECOND;

/// What an ID token and a logout token may be signed with.
pub(crate) const SIGNED_WITH: [Alg; 2] = [Alg::ES256, Alg::RS256];

#[derive(FromRow)]
struct Row {
    kid: String,
    alg: String,
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
    active: Vec<Signer>,
    public: Arc<Vec<Value>>,
}

impl Ring {
    fn signer(&self, alg: Alg) -> Option<Signer> {
        self.active.iter().find(|signer| signer.alg() == alg).cloned()
    }
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
    Sql::new("SELECT kid, alg, state, public, sealed, published_at, active_at FROM oidc_key ORDER BY published_at, kid")
        .all(db)
        .await
}

/// The keys of one algorithm, and what is to be made of them now.
struct Turn<'a> {
    active: Option<&'a Row>,
    next: Option<&'a Row>,
    /// The next one signs from now on.
    is_due: bool,
}

impl<'a> Turn<'a> {
    fn of(found: &'a [Row], alg: Alg, life: &Lifetimes, now: Millis, leaked: bool) -> Self {
        let in_state = |state: &str| found.iter().find(|row| row.alg == alg.as_str() && row.state == state);
        let (active, next) = (in_state("active"), in_state("next"));
        let used_up = active.and_then(|row| row.active_at).is_some_and(|at| now - at >= life.key_use);
        let known = next.is_some_and(|next| now - next.published_at >= life.key_lead);
        Self { active, next, is_due: active.is_some() && next.is_some() && (leaked || (used_up && known)) }
    }

    /// How many new keys that takes.
    fn needs(&self) -> usize {
        usize::from(self.active.is_none()) + usize::from(self.next.is_none() || self.is_due)
    }
}

/// A new key in its sealed form.
type Spare = (String, String, Vec<u8>);

impl Provider {
    /// The key that signs now with this algorithm.
    pub(crate) async fn signer(&self, alg: Alg) -> Result<Signer, Error> {
        if let Some(signer) = self.kept.fresh(self.now(), |ring| ring.signer(alg)).flatten() {
            return Ok(signer);
        }
        self.load_keys().await?;
        if let Some(signer) = self.kept.fresh(self.now(), |ring| ring.signer(alg)).flatten() {
            return Ok(signer);
        }
        // The first that is ever signed with it.
        self.turn_keys(alg, false).await?;
        self.load_keys().await?;
        let made = self.kept.fresh(self.now(), |ring| ring.signer(alg)).flatten();
        made.ok_or(Error::Internal("no signing key"))
    }

    /// All published keys, as in the JWK set.
    pub(crate) async fn public_keys(&self) -> Result<Arc<Vec<Value>>, Error> {
        match self.kept.fresh(self.now(), |ring| ring.public.clone()) {
            Some(keys) => Ok(keys),
            None => self.load_keys().await,
        }
    }

    async fn load_keys(&self) -> Result<Arc<Vec<Value>>, Error> {
        let mut found = rows(self.store.read()).await?;
        if !found.iter().any(|row| row.state == "active") {
            self.turn_keys(Alg::ES256, false).await?;
            found = rows(self.store.read()).await?;
        }
        let mut active = Vec::new();
        for row in found.iter().filter(|row| row.state == "active") {
            let Ok(der) = self.keys.open(Purpose::OidcSealed, row.kid.as_bytes(), &row.sealed) else {
                return Err(Error::Internal("a signing key cannot be opened; was the master secret changed?"));
            };
            active.push(Signer::from_pkcs8(&der).map_err(|_| Error::Internal("a signing key is broken"))?);
        }
        let public: Vec<Value> = found.iter().filter_map(|row| serde_json::from_str(&row.public).ok()).collect();
        let public = Arc::new(public);
        self.kept.put(Some(Ring { read_at: self.now(), active, public: public.clone() }));
        Ok(public)
    }

    /// Makes the first keys, turns them when it is time, forgets the oldest; for the worker, every minute. True when a signing key
    /// changed.
    pub async fn rotate_keys(&self) -> Result<bool, Error> {
        self.turn_all(false).await
    }

    /// Turns the keys before their time, because the signing keys may have leaked: they are no longer published either, so that
    /// nothing signed with them is believed from now on.
    pub async fn replace_leaked_key(&self) -> Result<(), Error> {
        self.turn_all(true).await.map(|_| ())
    }

    async fn turn_all(&self, leaked: bool) -> Result<bool, Error> {
        let mut turned = self.turn_keys(Alg::ES256, leaked).await?;
        if self.wants_rsa().await? {
            turned |= self.turn_keys(Alg::RS256, leaked).await?;
        }
        Ok(turned)
    }

    /// Whether a client was made for it, or ever was: then its keys are published before anybody needs them.
    async fn wants_rsa(&self) -> Result<bool, Error> {
        let found: Option<String> =
            Sql::new("SELECT id FROM oidc_client WHERE id_token_alg = 'RS256' UNION ALL SELECT kid FROM oidc_key WHERE alg = 'RS256' LIMIT 1")
                .scalar(self.store.read())
                .await?;
        Ok(found.is_some())
    }

    /// As many new keys as the turn takes. An RSA key is a second's work, which no other request waits for.
    async fn new_keys(&self, alg: Alg, count: usize) -> Result<Vec<Spare>, Error> {
        let broken = |_| Error::Internal("no key could be made");
        let mut spare = Vec::new();
        for _ in 0..count {
            let (signer, der) = match alg {
                Alg::RS256 => tokio::task::spawn_blocking(Signer::generate_rsa)
                    .await
                    .map_err(|_| Error::Internal("making a key broke off"))?
                    .map_err(broken)?,
                _ => Signer::generate(&self.entropy).map_err(broken)?,
            };
            let sealed = self.keys.seal(Purpose::OidcSealed, signer.kid().as_bytes(), &der, &self.entropy);
            spare.push((signer.kid().to_owned(), signer.public().to_string(), sealed));
        }
        Ok(spare)
    }

    async fn turn_keys(&self, alg: Alg, leaked: bool) -> Result<bool, Error> {
        let (now, life) = (self.now(), self.settings.lifetimes.clone());
        // Made outside: PostgreSQL may run the unit again.
        let needed = Turn::of(&rows(self.store.read()).await?, alg, &life, now, leaked).needs();
        let mut spare = self.new_keys(alg, needed).await?;
        let turned = self
            .store
            .write(move |tx: Tx| async move {
                let found = rows(&tx).await?;
                let turn = Turn::of(&found, alg, &life, now, leaked);
                let mut turned = false;
                if turn.active.is_none() {
                    // The very first key signs at once: nobody has an older set.
                    turned = put(&tx, alg, spare.pop(), "active", now).await?;
                }
                if let (Some(active), Some(next), true) = (turn.active, turn.next, turn.is_due) {
                    if leaked {
                        Sql::new("DELETE FROM oidc_key WHERE kid = $1").bind(active.kid.clone()).exec(&tx).await?;
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
                    turned = true;
                }
                if turn.next.is_none() || turn.is_due {
                    put(&tx, alg, spare.pop(), "next", now).await?;
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
            tracing::info!(leaked, alg = alg.as_str(), "the signing key of the OpenID provider changed");
        }
        Ok(turned)
    }
}

/// A key in its row; another node may have been first.
async fn put(tx: &Tx, alg: Alg, key: Option<Spare>, state: &'static str, now: Millis) -> Result<bool, store::Error> {
    let Some((kid, public, sealed)) = key else { return Ok(false) };
    let put = Insert::into("oidc_key")
        .set("kid", kid)
        .set("alg", alg.as_str())
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

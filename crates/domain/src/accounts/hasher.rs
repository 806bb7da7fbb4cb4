//! Argon2id apart from the request threads (A6): as many at once as the settings say, a bounded queue behind them, and a hash
//! to compare with when there is no account, so that the time tells nothing (A14).

use super::{Error, password};
use crate::{core::Settings, error::Error as Shared};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use base::{clock::Entropy, keys::Secret};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Semaphore;

/// Callers that may wait for each hasher; at about 30 ms a hash that is two seconds.
const QUEUE_PER_HASHER: usize = 64;

#[derive(Clone)]
pub struct Hasher {
    params: Params,
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    most: usize,
    entropy: Entropy,
    /// The hash of a random password nobody knows.
    nobody: Arc<str>,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    pub right: bool,
    /// The hash was made with other settings: hash again now that the password is known.
    pub outdated: bool,
}

impl Hasher {
    /// Errors: settings that Argon2 refuses, or that are below OWASP's least unless demo data or tests ask for it.
    pub fn new(settings: &Settings, entropy: &Entropy) -> Result<Self, Error> {
        let (memory, passes, lanes) = settings.argon2;
        let params =
            Params::new(memory, passes, lanes, None).map_err(|_| Shared::Internal("Argon2 settings are unusable"))?;
        let hashers = settings.hashers.max(1);
        let password = super::encode(&entropy.bytes::<32>());
        let nobody =
            hash_now(&params, &password, &entropy.bytes::<16>()).ok_or(Shared::Internal("Argon2 does not work"))?;
        Ok(Self {
            params,
            permits: Arc::new(Semaphore::new(hashers)),
            waiting: Arc::new(AtomicUsize::new(0)),
            most: hashers * QUEUE_PER_HASHER,
            entropy: entropy.clone(),
            nobody: nobody.into(),
        })
    }

    /// The PHC text of a password that passed the policy. Errors: `Busy` when too many wait.
    pub async fn hash(&self, password: &Secret) -> Result<String, Error> {
        let (params, password, salt) =
            (self.params.clone(), password::normalised(password), self.entropy.bytes::<16>());
        self.run(move || hash_now(&params, password.expose(), &salt))
            .await?
            .ok_or_else(|| Shared::Internal("a password could not be hashed").into())
    }

    /// Whether a password fits. `None` for the hash takes as long as a real one and is never right.
    pub async fn verify(&self, password: &Secret, hash: Option<&str>) -> Result<Verified, Error> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let (params, password) = (self.params.clone(), password::normalised(password));
        let found = self
            .run(move || {
                let Ok(parsed) = PasswordHash::new(&hash) else { return Verified { right: false, outdated: false } };
                let right = Argon2::default().verify_password(password.expose().as_bytes(), &parsed).is_ok();
                let same = Params::try_from(&parsed).is_ok_and(|p| {
                    (p.m_cost(), p.t_cost(), p.p_cost()) == (params.m_cost(), params.t_cost(), params.p_cost())
                });
                Verified { right, outdated: !same }
            })
            .await?;
        Ok(Verified { right: found.right && known, ..found })
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let place = Place::take(&self.waiting, self.most).ok_or(Error::Busy)?;
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| Error::Busy)?;
        let out = tokio::task::spawn_blocking(move || {
            // Kept until the work is done, even when the caller went away: else the bound would not hold.
            let _kept = (permit, place);
            work()
        })
        .await;
        out.map_err(|_| Shared::Internal("a password hasher ended early").into())
    }
}

/// A place in the queue, given back when dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(waiting: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        if waiting.fetch_add(1, Ordering::AcqRel) >= most {
            waiting.fetch_sub(1, Ordering::AcqRel);
            metrics::counter!("password_hasher_busy_total").increment(1);
            return None;
        }
        Some(Self(waiting.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn hash_now(params: &Params, password: &str, salt: &[u8]) -> Option<String> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon2.hash_password_with_salt(password.as_bytes(), salt).ok().map(|hash| hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(argon2: (u32, u32, u32)) -> Hasher {
        Hasher::new(&Settings { argon2, hashers: 1, ..Settings::default() }, &Entropy::seeded(5)).unwrap()
    }

    #[tokio::test]
    async fn a6_a_hash_is_argon2id_and_fits_only_its_password() {
        let hasher = hasher((64, 1, 1));
        let hash = hasher.hash(&Secret::new("bốn con trâu trắng")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        let right = hasher.verify(&Secret::new("bốn con trâu trắng"), Some(&hash)).await.unwrap();
        assert_eq!(right, Verified { right: true, outdated: false });
        assert!(!hasher.verify(&Secret::new("bốn con trâu đen"), Some(&hash)).await.unwrap().right);
        assert!(!hasher.verify(&Secret::new("bốn con trâu trắng"), None).await.unwrap().right);
        assert!(!hasher.verify(&Secret::new("x"), Some("no PHC")).await.unwrap().right);
    }

    #[tokio::test]
    async fn a6_a_weaker_hash_asks_to_be_made_again() {
        let old = hasher((64, 1, 1)).hash(&Secret::new("p")).await.unwrap();
        let now = hasher((128, 2, 1)).verify(&Secret::new("p"), Some(&old)).await.unwrap();
        assert_eq!(now, Verified { right: true, outdated: true });
    }

    #[tokio::test]
    async fn a6_a_full_queue_says_so_instead_of_growing() {
        let hasher = hasher((8 * 1024, 2, 1));
        let many = (0..QUEUE_PER_HASHER + 20).map(|_| {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.hash(&Secret::new("p")).await })
        });
        let mut busy = 0;
        for one in many.collect::<Vec<_>>() {
            busy += usize::from(matches!(one.await.unwrap(), Err(Error::Busy)));
        }
        assert!((1..=20).contains(&busy), "{busy}");
        assert!(hasher.hash(&Secret::new("p")).await.is_ok(), "places are given back");
    }
}

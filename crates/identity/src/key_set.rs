//! The public keys that another side publishes at an address: asked seldom, kept, and asked again for a key that is not among them.

use crate::{
    jws,
    outgoing::{Outgoing, Trouble},
};
use base::clock::{Clock, DAY, HOUR, Millis, SECOND};
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use url::Url;

/// Keys are asked for again after this time.
const KEPT: Millis = HOUR;
/// While the other side is away its old keys are believed this long: what was true yesterday is better than turning people away, and
/// who keeps us from asking must not keep a withdrawn key alive.
const AWAY: Millis = DAY;
/// A key that we do not know makes us ask again, but not more often than this: who forges key ids must not be able to make us hammer
/// the other side.
pub(crate) const PAUSE: Millis = 10 * SECOND;
/// Keys that are kept of one set: a side that turns them has two or three.
const MOST: usize = 32;

pub(crate) type Found = Arc<Vec<Value>>;

#[derive(Default)]
struct Kept {
    keys: Option<(Millis, Found)>,
    /// When nothing came, or a key was looked for in vain.
    asked_at: Option<Millis>,
}

/// One such set.
#[derive(Default)]
pub(crate) struct KeySet {
    kept: Mutex<Kept>,
    /// One asks, the others wait for its answer. Whoever finds a key in what is kept waits for nobody.
    asking: tokio::sync::Mutex<()>,
}

impl KeySet {
    /// What `verify` makes of a token with the keys at `address`; they are asked for again when it says that they do not fit it.
    pub async fn believe<T, E: From<Trouble>>(
        &self,
        (outgoing, clock): (&Outgoing, &Clock),
        address: &Url,
        verify: impl Fn(&[Value]) -> Result<T, E>,
        is_stranger: impl Fn(&E) -> bool,
    ) -> Result<T, E> {
        let keys = self.get(outgoing, clock, address, None).await?;
        match verify(&keys) {
            Err(error) if is_stranger(&error) => {
                let again = self.get(outgoing, clock, address, Some(&keys)).await?;
                // The same set says the same again.
                if Arc::ptr_eq(&again, &keys) { Err(error) } else { verify(&again) }
            }
            decided => decided,
        }
    }

    /// `not`: a set that did not have the key.
    async fn get(
        &self,
        outgoing: &Outgoing,
        clock: &Clock,
        address: &Url,
        not: Option<&Found>,
    ) -> Result<Found, Trouble> {
        if let Some(known) = self.known(clock.now(), not) {
            return known;
        }
        let _turn = self.asking.lock().await;
        let now = clock.now();
        // Somebody else asked meanwhile.
        if let Some(known) = self.known(now, not) {
            return known;
        }
        // The first look for a new key is free, so that the other side may turn its key right after we read the set.
        if not.is_some() {
            self.lock().asked_at = Some(now);
        }
        let answer = outgoing.json(address).await.and_then(|set| public_keys(&set));
        let mut kept = self.lock();
        match answer {
            Ok(keys) => {
                let keys = Arc::new(keys);
                kept.keys = Some((now, keys.clone()));
                Ok(keys)
            }
            Err(trouble) => {
                kept.asked_at = Some(now);
                let old = kept.keys.as_ref().filter(|(at, _)| now - at < AWAY);
                old.map(|(_, keys)| keys.clone()).ok_or(trouble)
            }
        }
    }

    /// What needs no asking, or must do because it is too early to ask.
    fn known(&self, now: Millis, not: Option<&Found>) -> Option<Result<Found, Trouble>> {
        let kept = self.lock();
        let too_early = kept.asked_at.is_some_and(|at| now - at < PAUSE);
        match kept.keys.as_ref().filter(|(at, _)| now - at < AWAY) {
            Some((at, keys)) => {
                let is_new = not.is_none_or(|old| !Arc::ptr_eq(old, keys)) && now - at < KEPT;
                (is_new || too_early).then(|| Ok(keys.clone()))
            }
            None => too_early.then_some(Err(Trouble::Away)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The keys of a set that may prove something. One whose private half is published with it proves nothing. Errors: it is no set.
fn public_keys(set: &Value) -> Result<Vec<Value>, Trouble> {
    let keys = set.get("keys").and_then(Value::as_array).ok_or(Trouble::NoKeys)?;
    Ok(keys.iter().filter(|key| jws::is_public(key)).take(MOST).cloned().collect())
}

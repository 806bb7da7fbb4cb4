//! Who is signed in. In memory, like everything of a sandbox that need not outlive it.

use base::{
    clock::{HOUR, Millis},
    ids::Uuid,
};
use identity::provider::SignedIn;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// From signing in, however much it is used.
pub(super) const LIFE: Millis = HOUR;
/// More are not kept: who signed in first is signed out.
const KEPT: usize = 10_000;

/// By the keyed hash of the cookie.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<[u8; 32], SignedIn>>);

impl Sessions {
    pub fn open(&self, key: [u8; 32], signed: SignedIn) {
        self.sessions().insert(key, signed);
    }

    pub fn find(&self, key: &[u8; 32], now: Millis) -> Option<SignedIn> {
        self.sessions().get(key).filter(|signed| is_open(signed, now)).cloned()
    }

    /// Those whose time is over or for whom there is no room. Each is forgotten once it has ended for the clients too.
    pub fn ending(&self, now: Millis) -> Vec<Uuid> {
        let sessions = self.sessions();
        let mut open: Vec<&SignedIn> = sessions.values().collect();
        open.sort_by_key(|signed| std::cmp::Reverse(signed.auth_time));
        let room = open.iter().take(KEPT).filter(|signed| is_open(signed, now)).count();
        open[room..].iter().map(|signed| signed.session).collect()
    }

    pub fn forget(&self, session: Uuid) {
        self.sessions().retain(|_, signed| signed.session != session);
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<[u8; 32], SignedIn>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_open(signed: &SignedIn, now: Millis) -> bool {
    now - signed.auth_time < LIFE
}

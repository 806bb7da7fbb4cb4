//! How often something may be tried within a time. In memory: a sandbox forgets when it ends.

use base::clock::Millis;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// More are not kept; who comes then must wait for others' time to pass.
const KEPT: usize = 10_000;

/// A keyed hash of whom or what is counted.
pub(crate) type Key = [u8; 32];

pub(crate) struct Limit {
    most: usize,
    within: Millis,
    seen: Mutex<HashMap<Key, Vec<Millis>>>,
}

impl Limit {
    pub fn new(most: usize, within: Millis) -> Self {
        Self { most, within, seen: Mutex::default() }
    }

    /// Counts one try; false when there were too many, and then it is not counted.
    pub fn take(&self, key: Key, now: Millis) -> bool {
        let mut seen = self.seen();
        if seen.len() >= KEPT && !seen.contains_key(&key) {
            return false;
        }
        let tries = seen.entry(key).or_default();
        tries.retain(|at| now - at < self.within);
        let free = tries.len() < self.most;
        if free {
            tries.push(now);
        }
        free
    }

    /// It went well: the tries before do not count any more.
    pub fn forget(&self, key: Key) {
        self.seen().remove(&key);
    }

    pub fn sweep(&self, now: Millis) {
        self.seen().retain(|_, tries| tries.iter().any(|at| now - at < self.within));
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<Key, Vec<Millis>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_count_within_their_time_and_are_forgiven_when_it_went_well() {
        let limit = Limit::new(2, 1_000);
        let key = [1; 32];
        assert!(limit.take(key, 0) && limit.take(key, 1) && !limit.take(key, 2));
        assert!(limit.take([2; 32], 2), "somebody else");
        assert!(limit.take(key, 1_000) && !limit.take(key, 1_000), "the first is over, the second not yet");
        limit.forget(key);
        assert!(limit.take(key, 1_000));
        limit.sweep(9_000);
        assert!(limit.seen().is_empty());
    }

    #[test]
    fn memory_has_a_bound() {
        let limit = Limit::new(2, 1_000);
        let key = |n: usize| std::array::from_fn(|i| (n >> (8 * (i % 4))) as u8);
        assert!((0..KEPT).all(|n| limit.take(key(n), 0)));
        assert!(!limit.take(key(KEPT), 0) && limit.take(key(0), 0));
    }
}

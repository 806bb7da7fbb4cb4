//! Texts in which nothing had to be hidden. Lists for everybody show the same texts again and again, and looking through one costs more than
//! all else that is done with it.

use super::Writer;
use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Half a megabyte, taken when the first text comes. Must be a power of two.
const SLOTS: usize = 1 << 16;

/// Remembers texts by a hash whose key nobody knows: a text that has something to hide is taken for a clean one once in 2⁶⁴ looks. A newer
/// text takes the place of an older one.
pub(super) struct Clean {
    slots: OnceLock<Box<[AtomicU64]>>,
    key: RandomState,
}

impl Clean {
    pub fn new() -> Self {
        Self { slots: OnceLock::new(), key: RandomState::new() }
    }

    fn slot(&self, text: &str, writer: Writer) -> (&AtomicU64, u64) {
        let hash = self.key.hash_one((text, writer == Writer::Staff)).max(1);
        let slots = self.slots.get_or_init(|| (0..SLOTS).map(|_| AtomicU64::new(0)).collect());
        (&slots[hash as usize % SLOTS], hash)
    }

    pub fn knows(&self, text: &str, writer: Writer) -> bool {
        let (slot, hash) = self.slot(text, writer);
        slot.load(Ordering::Relaxed) == hash
    }

    pub fn learn(&self, text: &str, writer: Writer) {
        let (slot, hash) = self.slot(text, writer);
        slot.store(hash, Ordering::Relaxed);
    }
}

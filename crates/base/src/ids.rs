//! Row ids: UUIDv7, so that they sort by the time they were made and keep indexes dense.

use crate::clock::{Clock, Entropy};
pub use uuid::Uuid;

/// Makes ids from the injected clock and randomness.
pub fn new_id(clock: &Clock, entropy: &Entropy) -> Uuid {
    id_at(clock.now(), entropy)
}

/// An id as if made at `at` (UTC milliseconds); demo data and imports have a past.
pub fn id_at(at: i64, entropy: &Entropy) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(at.max(0) as u64, &entropy.bytes::<10>()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ids_sort_later() {
        let entropy = Entropy::seeded(3);
        assert!(id_at(1_000, &entropy) < id_at(1_001, &entropy));
    }
}

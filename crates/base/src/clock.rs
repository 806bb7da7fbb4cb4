//! Time and randomness come from outside, so that a test decides both (enforced by `clippy.toml`).

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

/// A point in time: UTC, milliseconds since 1970-01-01T00:00:00Z. The form of every time in rows and in the domain.
pub type Millis = i64;

pub const SECOND: Millis = 1_000;
pub const MINUTE: Millis = 60 * SECOND;
pub const HOUR: Millis = 60 * MINUTE;
pub const DAY: Millis = 24 * HOUR;

/// Tells the time. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is moved; for tests and for making demo data.
    pub fn fixed(at: Millis) -> Self {
        Self(Source::Set(Arc::new(AtomicI64::new(at))))
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Millis {
        match &self.0 {
            Source::System => jiff::Timestamp::now().as_millisecond(),
            Source::Set(at) => at.load(Ordering::SeqCst),
        }
    }

    /// Moves a fixed clock; a system clock stays what it is.
    pub fn advance(&self, by: Millis) {
        if let Source::Set(at) = &self.0 {
            at.fetch_add(by, Ordering::SeqCst);
        }
    }

    /// Puts a fixed clock to a time; a system clock stays what it is.
    pub fn set(&self, to: Millis) {
        if let Source::Set(at) = &self.0 {
            at.store(to, Ordering::SeqCst);
        }
    }
}

/// Random bytes: the operating system's, or a seeded sequence in tests and demo data.
#[derive(Clone)]
pub struct Entropy(Arc<Mutex<Option<rand::rngs::StdRng>>>);

impl Entropy {
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    /// A repeatable sequence. Never for production: everything secret would be guessable.
    pub fn seeded(seed: u64) -> Self {
        use rand::SeedableRng;
        Self(Arc::new(Mutex::new(Some(rand::rngs::StdRng::seed_from_u64(seed)))))
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for randomness")]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        use rand::Rng;
        let mut out = [0; N];
        match self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).as_mut() {
            Some(seeded) => seeded.fill_bytes(&mut out),
            None => rand::rng().fill_bytes(&mut out),
        }
        out
    }

    /// A number from 0 to `below` − 1, evenly (rejection sampling). `below` must be positive; 0 gives 0.
    pub fn below(&self, below: u64) -> u64 {
        if below < 2 {
            return 0;
        }
        let limit = u64::MAX - u64::MAX % below;
        loop {
            let n = u64::from_le_bytes(self.bytes());
            if n < limit {
                return n % below;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = Clock::fixed(5);
        let copy = clock.clone();
        clock.advance(10);
        assert_eq!(copy.now(), 15);
    }

    #[test]
    fn numbers_stay_below_their_limit() {
        let entropy = Entropy::seeded(1);
        assert!((0..1000).all(|_| entropy.below(7) < 7));
        assert_eq!(entropy.below(0), 0);
    }
}

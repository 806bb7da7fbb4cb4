//! A gateway that is away is not asked by everybody: after some failures in a row nobody waits for it for a while, then one tries.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Failures in a row before it opens.
const MOST: u32 = 5;
/// How long nobody asks then.
const PAUSE: Duration = Duration::from_secs(30);

#[derive(Clone, Default)]
pub struct Breaker(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    failures: u32,
    /// Nobody asks before.
    until: Option<Instant>,
}

impl Breaker {
    /// Whether one may ask now. While it is open, one may after each pause.
    pub fn is_free(&self, now: Instant) -> bool {
        let mut state = self.state();
        match state.until {
            Some(until) if now < until => false,
            Some(_) => {
                state.until = Some(now + PAUSE);
                true
            }
            None => true,
        }
    }

    /// There was an answer, whatever it said.
    pub fn close(&self) {
        *self.state() = State::default();
    }

    /// There was none.
    pub fn fail(&self, now: Instant) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= MOST {
            state.until = Some(now + PAUSE);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p6_after_five_failures_nobody_asks_then_one_tries_and_an_answer_frees_all() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        let fails = |times: usize, at| (0..times).for_each(|_| breaker.fail(at));
        fails(4, start);
        assert!(breaker.is_free(start), "four may be chance");
        fails(1, start);
        assert!(!breaker.is_free(start));
        let later = start + PAUSE;
        assert!(breaker.is_free(later) && !breaker.is_free(later), "one, and not the next");
        breaker.fail(later);
        assert!(!breaker.is_free(later + PAUSE - Duration::from_millis(1)));
        assert!(breaker.is_free(later + PAUSE));
        breaker.close();
        assert!(breaker.is_free(later) && breaker.is_free(later));
        fails(4, later);
        breaker.close();
        fails(1, later);
        assert!(breaker.is_free(later), "failures in a row count");
    }
}

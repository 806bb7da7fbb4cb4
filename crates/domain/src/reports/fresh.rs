//! Pictures in memory that are never older than the question: before each answer what changed since is read. Questions that
//! come while somebody reads wait for the next reading and share it, so that a crowd costs as much as one.

use base::clock::{MINUTE, Millis, SECOND};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Mutex;

/// Who reads, one after the other.
#[derive(Default)]
pub struct Turn {
    asked: AtomicU64,
    /// The newest question that the last reading answers.
    answered: Mutex<u64>,
}

impl Turn {
    /// Answers when a reading that began after this call has ended. `read` is dropped unused where another's suffices.
    pub async fn take<E>(&self, read: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut answered = self.answered.lock().await;
        if *answered >= mine {
            return Ok(());
        }
        let upto = self.asked.load(Ordering::SeqCst);
        read.await?;
        *answered = upto;
        Ok(())
    }
}

/// From which time on rows have to be read again. A row carries the time at which its unit of work began, so that it may
/// appear after a later one: every look goes back a little, and once a minute far, for nodes whose clocks differ.
#[derive(Debug, Default, Clone, Copy)]
pub struct Mark {
    newest: Millis,
    far: Millis,
}

const BACK: Millis = 10 * SECOND;
const FAR_BACK: Millis = 15 * MINUTE;

impl Mark {
    /// Since when to read now; 0 the first time.
    pub fn since(&mut self, now: Millis) -> Millis {
        let from = self.newest.min(now);
        if now >= self.far + MINUTE {
            self.far = now;
            return (from - FAR_BACK).max(0);
        }
        (from - BACK).max(0)
    }

    pub fn saw(&mut self, updated_at: Millis) {
        self.newest = self.newest.max(updated_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn r10_a_crowd_shares_readings_and_none_is_answered_by_one_that_began_before_it_asked() {
        let (turn, changed, seen) = (Turn::default(), AtomicU64::new(0), Arc::new(AtomicU64::new(0)));
        let readings = AtomicU64::new(0);
        let ask = async || {
            let mine = changed.fetch_add(1, Ordering::SeqCst) + 1;
            let read = async {
                readings.fetch_add(1, Ordering::SeqCst);
                let now = changed.load(Ordering::SeqCst);
                tokio::task::yield_now().await;
                seen.store(now, Ordering::SeqCst);
                Ok::<_, ()>(())
            };
            turn.take(read).await.unwrap();
            assert!(seen.load(Ordering::SeqCst) >= mine, "the answer is older than the question");
        };
        futures_util::future::join_all((0..200).map(|_| ask())).await;
        assert!(readings.load(Ordering::SeqCst) < 10, "{readings:?}");
    }

    #[test]
    fn r10_a_clock_that_runs_ahead_hides_nothing_of_the_others() {
        let mut mark = Mark::default();
        assert_eq!(mark.since(1_000_000_000), 0);
        mark.saw(1_000_000_000 + 3_600_000);
        assert_eq!(mark.since(1_000_001_000), 1_000_001_000 - BACK);
        assert_eq!(mark.since(1_000_061_000), 1_000_061_000 - FAR_BACK);
    }
}

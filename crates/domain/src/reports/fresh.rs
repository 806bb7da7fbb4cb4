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

/// From which time on rows have to be read again: from the last reading that was carried through. A row carries the time at which
/// its unit of work began, so that it may appear after that: every reading goes back a little, and once a minute far, for nodes
/// whose clocks differ.
#[derive(Debug, Default, Clone, Copy)]
pub struct Mark {
    /// When the last reading began; 0 before the first.
    read: Millis,
    far: Millis,
}

const BACK: Millis = 10 * SECOND;
const FAR_BACK: Millis = 15 * MINUTE;

impl Mark {
    /// Since when to read now; 0 the first time.
    pub fn since(&self, now: Millis) -> Millis {
        let back = if now >= self.far + MINUTE { FAR_BACK } else { BACK };
        (self.read.min(now) - back).max(0)
    }

    /// A reading that began at `now` was carried through.
    pub fn done(&mut self, now: Millis) {
        if now >= self.far + MINUTE {
            self.far = now;
        }
        self.read = now;
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
    fn r10_readings_begin_where_the_last_one_that_was_carried_through_began() {
        let mut mark = Mark::default();
        let start = 1_000_000_000;
        assert_eq!(mark.since(start), 0);
        mark.done(start);
        // What was written meanwhile by units of work that began before.
        assert_eq!(mark.since(start + 1_000), start - BACK);
        // That reading failed: nothing is passed over.
        assert_eq!(mark.since(start + 40_000), start - BACK);
        mark.done(start + 40_000);
        assert_eq!(mark.since(start + 41_000), start + 40_000 - BACK);
        // Once a minute far back: another node's clock may be behind.
        assert_eq!(mark.since(start + MINUTE), start + 40_000 - FAR_BACK);
        mark.done(start + MINUTE);
        assert_eq!(mark.since(start + MINUTE + 1), start + MINUTE - BACK);
        // The clock was put back.
        assert_eq!(mark.since(start - 5_000), start - 5_000 - BACK);
    }
}

//! Memory for bodies that are being read: all together at most `MOST`, whoever sends them. Who finds no room waits a little and is
//! then told to come again.

use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// What one permit stands for.
const PART: usize = 256 * 1024;
/// Of memory, in parts: 160 MB.
const MOST: usize = 640;
static ROOM: Semaphore = Semaphore::const_new(MOST);
/// A phone on a weak network sends on meanwhile: what is not read waits in the connection.
const PATIENCE: Duration = Duration::from_secs(20);

/// Room that one body takes, given back with it.
#[derive(Debug, Default)]
pub struct Room(Option<SemaphorePermit<'static>>);

/// There is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Room {
    /// Makes sure of so many bytes in all.
    pub async fn hold(&mut self, bytes: usize) -> Result<(), Full> {
        self.hold_within(PATIENCE, bytes).await
    }

    async fn hold_within(&mut self, patience: Duration, bytes: usize) -> Result<(), Full> {
        let held = self.0.as_ref().map_or(0, SemaphorePermit::num_permits);
        let more = bytes.div_ceil(PART).saturating_sub(held);
        if more == 0 {
            return Ok(());
        }
        let more = u32::try_from(more).map_err(|_| Full)?;
        match tokio::time::timeout(patience, ROOM.acquire_many(more)).await {
            Ok(Ok(permit)) => {
                match &mut self.0 {
                    Some(have) => have.merge(permit),
                    none => *none = Some(permit),
                }
                Ok(())
            }
            _ => Err(Full),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn r1_bodies_share_their_memory_and_who_finds_none_is_told() {
        let mut first = Room::default();
        first.hold(MOST * PART - PART).await.unwrap();
        first.hold(10).await.unwrap();
        let mut second = Room::default();
        second.hold(PART).await.unwrap();
        assert_eq!(second.hold_within(Duration::from_millis(20), PART + 1).await, Err(Full), "all of it is taken");
        drop(first);
        second.hold(2 * PART).await.unwrap();
        assert_eq!(Room::default().hold(usize::MAX).await, Err(Full));
    }
}

//! Reports that are asked for at the same moment are asked of PostgreSQL in one statement. Its protocol takes most of what such a
//! question costs, on both sides; the rows themselves are cheap. Nothing is kept: who asks joins a statement that has not begun, so
//! the answer is never older than the question (docs/adr/0019).

use super::rows::{self, EventRow, ReportRow};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use store::{Engine, Read, Store};
use tokio::sync::oneshot;

/// Statements under way at once; who comes meanwhile waits for the next one.
const AT_ONCE: usize = 2;
/// Reports that one statement asks for at most.
const MOST: usize = 32;

/// A report and its steps, in order.
pub type Found = (ReportRow, Vec<EventRow>);

/// The one place where reports are asked for together. Cheap to clone.
#[derive(Clone)]
pub struct Together {
    db: Read,
    /// SQLite answers where it is asked; there is no way to save.
    is_direct: bool,
    waiting: Arc<Mutex<Waiting>>,
}

/// A code, and where its answer goes.
type Asked = (String, oneshot::Sender<Option<Found>>);

#[derive(Default)]
struct Waiting {
    asked: Vec<Asked>,
    running: usize,
}

impl Together {
    pub fn on(store: &Store) -> Self {
        Self { db: store.read().clone(), is_direct: store.engine() == Engine::Sqlite, waiting: Arc::default() }
    }

    /// The report of this code with its history. `None`: there is none.
    pub async fn find(&self, code: &str) -> Result<Option<Found>, store::Error> {
        if self.is_direct {
            return rows::with_events(&self.db, code).await;
        }
        let (reply, answer) = oneshot::channel();
        let begins = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.asked.push((code.to_owned(), reply));
            let begins = waiting.running < AT_ONCE;
            waiting.running += usize::from(begins);
            begins
        };
        if begins {
            // A task of its own: others wait for it too, whatever becomes of who began.
            tokio::spawn(Turn { of: self.clone(), is_over: false }.work());
        }
        match answer.await {
            Ok(found) => Ok(found),
            // The statement failed: each learns by itself why, and one bad question spoils no other.
            Err(_) => rows::with_events(&self.db, code).await,
        }
    }
}

/// The right to have one statement under way.
struct Turn {
    of: Together,
    is_over: bool,
}

impl Turn {
    async fn work(mut self) {
        while let Some(asked) = self.next() {
            let codes: Vec<&str> = asked.iter().map(|(code, _)| code.as_str()).collect();
            // Without an answer the replies drop, and who waits asks by itself.
            let Ok(found) = rows::many_with_events(&self.of.db, &codes).await else { continue };
            let found: HashMap<String, Found> = found.into_iter().map(|f| (f.0.code.clone(), f)).collect();
            for (code, reply) in asked {
                let _ = reply.send(found.get(&code).cloned()); // who went away needs none
            }
        }
    }

    /// Who waits, as far as one statement goes. `None`: nobody, and the turn is over; who comes from now on begins another.
    fn next(&mut self) -> Option<Vec<Asked>> {
        let mut waiting = self.of.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.asked.retain(|(_, reply)| !reply.is_closed());
        let most = waiting.asked.len().min(MOST);
        if most == 0 {
            waiting.running -= 1;
            self.is_over = true;
            return None;
        }
        Some(waiting.asked.drain(..most).collect())
    }
}

impl Drop for Turn {
    /// Only a panic or the end of the runtime comes here with a turn that is not over: nobody may wait for it.
    fn drop(&mut self) {
        if !self.is_over {
            let mut waiting = self.of.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.running -= 1;
            waiting.asked.clear();
        }
    }
}

#[cfg(test)]
#[path = "together_tests.rs"]
mod tests;

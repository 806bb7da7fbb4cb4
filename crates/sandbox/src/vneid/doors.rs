//! People on their way in: one door for each flow of the provider, from the password to the right code. In memory: a sandbox that
//! is started anew asks everybody to begin again.
//!
//! ```text
//!  password ──right──▶ code ──right──▶ (signed in, the door is gone)
//!      ▲                │ └──resend──▶ code
//!      └──asked again───┘
//!  any, after five wrong codes ──▶ over
//! ```

use base::{
    clock::{MINUTE, Millis, SECOND},
    ids::Uuid,
};
use identity::provider::LoginAsk;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How long a code is good.
pub(super) const CODE: Millis = 5 * MINUTE;
/// Wrong codes in one flow, whatever codes were sent in it.
const TRIES: u8 = 5;
/// Between two messages.
const PAUSE: Millis = 50 * SECOND;
/// As long as the provider keeps a flow.
const LIFE: Millis = 30 * MINUTE;
/// More are not kept: the oldest goes.
const KEPT: usize = 10_000;

/// A code that was sent.
#[derive(Clone, Copy)]
pub(super) struct Sent {
    pub person: Uuid,
    /// Keyed, with the door's id.
    pub hash: [u8; 32],
    pub at: Millis,
}

#[derive(Clone, Copy)]
pub(super) enum Step {
    Password,
    Code(Sent),
    Over,
}

#[derive(Clone)]
pub(super) struct Door {
    pub ask: LoginAsk,
    /// Keyed hash of the browser's mark.
    pub mark: [u8; 32],
    pub step: Step,
    wrong: u8,
    opened_at: Millis,
}

/// What came of a typed code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checked {
    Right(Uuid),
    Wrong {
        left: u8,
    },
    Old,
    Over,
    /// No code is waited for.
    Elsewhere,
}

impl Door {
    /// How long until another message may be sent.
    pub fn wait(&self, now: Millis) -> Millis {
        match self.step {
            Step::Code(sent) => (sent.at + PAUSE - now).max(0),
            Step::Password | Step::Over => 0,
        }
    }

    fn check(&mut self, hash: [u8; 32], now: Millis) -> Checked {
        let sent = match self.step {
            Step::Code(sent) => sent,
            Step::Over => return Checked::Over,
            Step::Password => return Checked::Elsewhere,
        };
        if now - sent.at >= CODE {
            return Checked::Old;
        }
        if sent.hash == hash {
            self.step = Step::Password; // a code counts once
            return Checked::Right(sent.person);
        }
        self.wrong += 1;
        if self.wrong >= TRIES {
            self.step = Step::Over;
            return Checked::Over;
        }
        Checked::Wrong { left: TRIES - self.wrong }
    }
}

/// By the flow's id, which sorts by time.
#[derive(Default)]
pub(super) struct Doors(Mutex<BTreeMap<Uuid, Door>>);

impl Doors {
    /// The password is asked for: a new door, or one that somebody came back to. Its wrong codes stay counted, and one that is over
    /// stays over.
    pub fn open(&self, id: Uuid, ask: LoginAsk, mark: [u8; 32], now: Millis) -> Door {
        let mut doors = self.doors();
        if doors.len() >= KEPT {
            doors.pop_first();
        }
        let fresh = Door { ask: ask.clone(), mark, step: Step::Password, wrong: 0, opened_at: now };
        let door = doors.entry(id).or_insert(fresh);
        door.ask = ask;
        // The provider shows its pages to the flow's own browser only, so a new mark is that browser's too.
        door.mark = mark;
        if !matches!(door.step, Step::Over) {
            door.step = Step::Password;
        }
        door.clone()
    }

    /// The door of this browser; `None` for another's, and for one that was open for too long.
    pub fn find(&self, id: Uuid, mark: [u8; 32], now: Millis) -> Option<Door> {
        self.doors().get(&id).filter(|door| door.mark == mark && now - door.opened_at < LIFE).cloned()
    }

    /// A code is on its way; the one before is worth nothing.
    pub fn sent(&self, id: Uuid, sent: Sent) {
        if let Some(door) = self.doors().get_mut(&id).filter(|door| !matches!(door.step, Step::Over)) {
            door.step = Step::Code(sent);
        }
    }

    /// Tries a code; under one lock, so that of many tries at the same moment each is counted.
    pub fn check(&self, id: Uuid, hash: [u8; 32], now: Millis) -> Checked {
        self.doors().get_mut(&id).map_or(Checked::Elsewhere, |door| door.check(hash, now))
    }

    /// Nobody gets in through this door any more.
    pub fn shut(&self, id: Uuid) {
        if let Some(door) = self.doors().get_mut(&id) {
            door.step = Step::Over;
        }
    }

    pub fn forget(&self, id: Uuid) {
        self.doors().remove(&id);
    }

    pub fn sweep(&self, now: Millis) {
        self.doors().retain(|_, door| now - door.opened_at < LIFE);
    }

    fn doors(&self) -> MutexGuard<'_, BTreeMap<Uuid, Door>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Who is signed in here. In memory: a test that is started anew asks everybody to come again.

use base::{
    clock::{HOUR, Millis},
    ids::Uuid,
};
use identity::{
    error::Error,
    rp::{Arrived, Sessions},
};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use store::Tx;

/// From coming in, however much it is used; the console ends it before.
const LIFE: Millis = 8 * HOUR;
/// More are not kept: who came first is forgotten.
const KEPT: usize = 1_000;
/// What the console says of somebody is shown, so that it has an end; characters.
const LONGEST: usize = 120;
const ROLES: usize = 20;

/// A role in a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub role: String,
    pub unit: String,
}

/// Somebody at work, as the console said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Worker {
    pub session: Uuid,
    pub name: String,
    pub unit: String,
    pub unit_name: String,
    pub roles: Vec<Role>,
    pub since: Millis,
}

impl Worker {
    /// `None`: it did not say who.
    pub fn of(session: Uuid, arrived: &Arrived, since: Millis) -> Option<Self> {
        let short = |text: &str| text.chars().take(LONGEST).collect::<String>();
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(short).unwrap_or_default();
        let claim = |name: &str| arrived.claims.get(name);
        let roles = claim("roles").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let role = |one: &Value| Role { role: text(one.get("role")), unit: text(one.get("unit")) };
        Some(Self {
            session,
            name: Some(text(claim("name"))).filter(|name| !name.is_empty())?,
            unit: text(claim("unit")),
            unit_name: text(claim("unit_name")),
            roles: roles.iter().take(ROLES).map(role).collect(),
            since,
        })
    }

    /// What the console's roles mean here, this system decides: who leads a unit sees what waits for a signature.
    pub fn leads(&self) -> bool {
        self.roles.iter().any(|one| one.role == "unit_leader")
    }
}

/// Open sessions by the keyed hash of their cookie.
#[derive(Default)]
pub(super) struct Open(Mutex<HashMap<[u8; 32], Worker>>);

impl Open {
    pub fn begin(&self, key: [u8; 32], worker: Worker) {
        let mut open = self.all();
        if open.len() >= KEPT
            && let Some(first) = open.iter().min_by_key(|(_, worker)| worker.since).map(|(key, _)| *key)
        {
            open.remove(&first);
        }
        open.insert(key, worker);
    }

    pub fn find(&self, key: &[u8; 32], now: Millis) -> Option<Worker> {
        self.all().get(key).filter(|worker| now - worker.since < LIFE).cloned()
    }

    pub fn leave(&self, key: &[u8; 32]) -> Option<Worker> {
        self.all().remove(key)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<[u8; 32], Worker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl Sessions for Open {
    async fn end(&self, _: &Tx, sessions: &[Uuid]) -> Result<(), Error> {
        self.all().retain(|_, worker| !sessions.contains(&worker.session));
        Ok(())
    }
}

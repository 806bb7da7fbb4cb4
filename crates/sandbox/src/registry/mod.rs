//! A stand-in for the population registry (CSDL quốc gia về dân cư; S6, N16): invented people, asked over SOAP 1.1 as provinces ask
//! the real one. It compares what is asked with what it knows and says match or mismatch a field; no value of its own ever leaves.
//!
//! ```text
//! let registry = Registry::start(options)?;
//! axum::serve(listener, registry.router()).await
//! ```
//!
//! Operation, namespace and the names and order of the fields are those of the real service (`TraCuuThongTinCongDan`). **Cần đối
//! chiếu**, because nothing public says it: where the hash stands and what it is made of, the words of the answer, the codes of
//! faults, and `GioiTinh` in a question. Here it is:
//!
//! * `Authorization: Bearer …` is the token of the integration platform (LGSP), one for each system that asks;
//! * `AuthHash`, a header block of the envelope, is HMAC-SHA-256 in lower-case hexadecimal digits, under the key that the system was
//!   given, over the fields as they are sent, joined by line feeds: `MaYeuCau`, `MaDVC`, `MaTichHop`, `MaCanBo`, the number, `HoVaTen`, the
//!   birth date, `GioiTinh` (empty when it is not asked). The officer's code is in it, so it stands for that officer and that question alone.
//!
//! Everything is in memory and forgotten at the end.

mod compare;
/// For the fuzzer and the replay of its seeds.
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
mod journal;
mod pages;
mod service;
mod soap;

use crate::{
    limits::Limit,
    people::{self, Invented, NotInvented, Resident},
};
use base::{
    clock::{Clock, HOUR, MINUTE},
    keys::Secret,
};
use journal::Journal;
pub use journal::{Entry, Outcome};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Where the service is, under its origin.
pub const SERVICE: &str = "/dich-vu";

/// What the sandbox takes from outside.
pub struct RegistryOptions {
    /// Its own address, without a slash at the end.
    pub address: String,
    /// People whom the demo knows already; the same residents and seed make the same people as in the VNeID sandbox.
    pub residents: Vec<Resident>,
    pub seed: u64,
    /// How many are invented besides.
    pub others: usize,
    pub accounts: Vec<Account>,
    pub limits: Limits,
    pub clock: Clock,
}

/// How often may be asked.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Questions of one officer a minute.
    pub questions: usize,
    /// Questions about one number an hour: who knows somebody's number must not find their birthday by trying.
    pub about_one: usize,
    /// Questions of one officer about nobody, within ten minutes, before answers are slowed: that is what trying numbers looks like.
    pub misses: usize,
    /// By so much, then.
    pub slowed: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { questions: 60, about_one: 20, misses: 10, slowed: Duration::from_secs(2) }
    }
}

/// A system that may ask.
#[derive(Clone)]
pub struct Account {
    /// As the journal shows it.
    pub name: String,
    pub token: Secret,
    /// Under which its officers' hashes are made.
    pub key: [u8; 32],
}

/// What goes wrong at present, in the place of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// Answers come so much later.
    Slow(Duration),
    /// Nobody is there behind the platform.
    Down,
    /// The connection breaks in the middle of the answer.
    Half,
    /// An answer that is no XML.
    Broken,
    /// An answer to another question.
    OtherRequest,
}

/// A running sandbox. Clones are the same one.
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

struct Inner {
    address: String,
    people: Vec<Invented>,
    by_number: HashMap<String, usize>,
    residents: usize,
    accounts: Vec<Account>,
    limits: Limits,
    questions: Limit,
    about_one: Limit,
    clock: Clock,
    journal: Mutex<Journal>,
    fault: Mutex<Fault>,
}

impl Registry {
    pub fn start(options: RegistryOptions) -> Result<Self, NotInvented> {
        let people = people::invent(&options.residents, options.seed, options.others)?;
        let by_number = people.iter().enumerate().map(|(at, p)| (p.number.expose().to_owned(), at)).collect();
        Ok(Self(Arc::new(Inner {
            address: options.address,
            people,
            by_number,
            residents: options.residents.len(),
            accounts: options.accounts,
            limits: options.limits,
            questions: Limit::new(options.limits.questions, MINUTE),
            about_one: Limit::new(options.limits.about_one, HOUR),
            clock: options.clock,
            journal: Mutex::default(),
            fault: Mutex::default(),
        })))
    }

    /// Everything, to be mounted at the root of its own origin.
    pub fn router(&self) -> axum::Router {
        pages::router(self.clone()).merge(service::router(self.clone()))
    }

    /// Everybody whom it knows, the demo's residents first.
    pub fn people(&self) -> &[Invented] {
        &self.0.people
    }

    /// The newest questions, newest first.
    pub fn journal(&self) -> Vec<Entry> {
        self.entries().newest_first()
    }

    pub fn fault(&self) -> Fault {
        *self.0.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set_fault(&self, fault: Fault) {
        *self.0.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn find(&self, number: &str) -> Option<&Invented> {
        self.0.by_number.get(number).and_then(|at| self.0.people.get(*at))
    }

    fn entries(&self) -> MutexGuard<'_, Journal> {
        self.0.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

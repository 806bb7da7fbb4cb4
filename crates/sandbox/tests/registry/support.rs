//! A registry with invented people, and a province that asks it.

use base::{
    clock::Clock,
    ids::Uuid,
    keys::Secret,
    personal_number::{PersonalNumber, Sex},
    phone::PhoneNumber,
};
use gateways::population::{Compared, Population, Question, Settings, Unanswered, Verdict};
use sandbox::{
    people::{Invented, Resident},
    registry::{Account, Limits, Registry, RegistryOptions, SERVICE},
};
use std::{
    sync::{Arc, Mutex, atomic::AtomicU64, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::net::TcpListener;

pub const NOW: i64 = 1_795_266_000_000;
pub const TOKEN: &str = "token-cua-quang-tri";
pub const KEY: [u8; 32] = [7; 32];
/// Tests that count on time running out wait no longer.
pub const PATIENCE: Duration = Duration::from_secs(5);

pub struct World {
    pub registry: Registry,
    pub clock: Clock,
    pub url: String,
    /// Every address that was asked for.
    pub seen: Arc<Mutex<Vec<String>>>,
    next: AtomicU64,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn account(name: &str, token: &str, key: [u8; 32]) -> Account {
    Account { name: name.into(), token: Secret::new(token), key }
}

impl World {
    pub async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let clock = Clock::fixed(NOW);
        let phone = PhoneNumber::parse("0999000001").unwrap();
        let registry = Registry::start(RegistryOptions {
            address: url.clone(),
            residents: vec![Resident { name: "Trần Minh Họa".into(), phone, note: "Có tài khoản".into() }],
            seed: 1,
            others: 3_000,
            accounts: vec![
                account("Tỉnh Quảng Trị", TOKEN, KEY),
                account("Tỉnh Cao Bằng", "token-cua-cao-bang", [8; 32]),
            ],
            limits,
            clock: clock.clone(),
        })
        .unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let heard = seen.clone();
        let hear = move |request: axum::extract::Request| {
            heard.lock().unwrap().push(request.uri().to_string());
            request
        };
        let router =
            registry.router().layer(axum::middleware::map_request(move |request| std::future::ready(hear(request))));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { registry, clock, url, seen, next: AtomicU64::new(1), server }
    }

    pub fn service(&self) -> String {
        format!("{}{SERVICE}", self.url)
    }

    pub fn client(&self) -> Population {
        self.client_with(TOKEN, KEY)
    }

    pub fn client_with(&self, token: &str, key: [u8; 32]) -> Population {
        let settings =
            Settings { plain: true, time: PATIENCE, ..Settings::new(&self.service(), Secret::new(token), key) };
        Population::new(settings).unwrap()
    }

    /// What this person's card says, under an id of its own.
    pub fn question(&self, person: &Invented) -> Question {
        let born = person.born;
        Question {
            request: Uuid::from_u128(self.next.fetch_add(1, Relaxed).into()),
            procedure: "1.004222".into(),
            officer: "QTRI-TUDONG".into(),
            number: person.number.clone(),
            full_name: person.name.clone(),
            birth_date: if person.only_year { born.year().to_string() } else { born.to_string() },
            sex: None,
        }
    }

    pub async fn ask(&self, question: Question) -> Result<Compared, Unanswered> {
        self.client().ask(&question).await
    }

    /// Somebody of whom the day is known, or the year alone.
    pub fn somebody(&self, only_year: bool) -> &Invented {
        self.registry.people().iter().rfind(|p| p.only_year == only_year).unwrap()
    }
}

/// A number that nobody has.
pub fn nobody(at: u32) -> PersonalNumber {
    PersonalNumber::parse(&format!("000190{:06}", 900_000 + at)).unwrap()
}

pub fn known(full_name: Verdict, birth_date: Verdict, sex: Verdict) -> Result<Compared, Unanswered> {
    Ok(Compared::Known { full_name, birth_date, sex })
}

pub fn other(sex: Sex) -> Sex {
    if sex == Sex::Male { Sex::Female } else { Sex::Male }
}

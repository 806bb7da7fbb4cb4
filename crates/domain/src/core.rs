//! What every service is given: database, files, clock, keys, texts and the province's rules of this moment.

use crate::{
    province::Province,
    reports::{Pictures, media::Sources},
};
use arc_swap::ArcSwap;
use base::{
    clock::{Clock, Entropy, Millis},
    i18n::{Lang, Speaker, Texts},
    ids::{Uuid, new_id},
    keys::Keys,
};
use std::sync::Arc;
use store::{Files, Store};

/// Settings of the services that an operator may change; everything has a safe default.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The public address, `https://congdan.example.vn`: for links in SMS, passkeys and the `@domain #code` line.
    pub origin: String,
    /// SMS that may be sent in a day before the circuit breaker opens (A4).
    pub sms_budget_day: i64,
    /// Demo data and sandbox peers are allowed; never in production.
    pub demo: bool,
    /// Password hashing: memory in KiB, passes, lanes (OWASP: at least 19 MiB, 2, 1).
    pub argon2: (u32, u32, u32),
    /// How many password hashes may be computed at once.
    pub hashers: usize,
    /// Where pictures that other systems name may be fetched from (R12).
    pub media: Sources,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            origin: "http://localhost:8080".into(),
            sms_budget_day: 20_000,
            demo: false,
            argon2: (19 * 1024, 2, 1),
            hashers: 2,
            media: Sources::default(),
        }
    }
}

/// Shared by all services. Cheap to clone: every request does, several times.
#[derive(Clone)]
pub struct Core(Arc<Parts>);

/// What a `Core` gives.
#[derive(Clone)]
pub struct Parts {
    pub store: Store,
    pub files: Files,
    pub clock: Clock,
    pub entropy: Entropy,
    pub keys: Keys,
    pub texts: Arc<Texts>,
    pub settings: Arc<Settings>,
    /// What everybody sees of all reports, in memory.
    pub pictures: Arc<Pictures>,
    /// Who confirms people at the national portal (N2, N3).
    pub authorities: Arc<dyn crate::accounts::authority::Authorities>,
    pub(crate) province: Arc<ArcSwap<Province>>,
}

impl Core {
    #[expect(clippy::too_many_arguments, reason = "the one place where all parts come together")]
    pub fn new(
        store: Store,
        files: Files,
        clock: Clock,
        entropy: Entropy,
        keys: Keys,
        texts: Arc<Texts>,
        settings: Settings,
        province: Province,
    ) -> Self {
        let settings = Arc::new(settings);
        let province = Arc::new(ArcSwap::from_pointee(province));
        Self(Arc::new(Parts {
            store,
            files,
            clock,
            entropy,
            keys,
            texts,
            settings,
            pictures: Arc::default(),
            authorities: Arc::new(crate::accounts::authority::Nobody),
            province,
        }))
    }

    /// The same with one part changed; for tests.
    #[must_use]
    pub fn with(&self, change: impl FnOnce(&mut Parts)) -> Self {
        let mut parts = Parts::clone(&self.0);
        change(&mut parts);
        Self(Arc::new(parts))
    }

    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    pub fn new_id(&self) -> Uuid {
        new_id(&self.clock, &self.entropy)
    }

    /// Units, categories and rules as they are now. Keep it for one request, not longer: staff change them.
    pub fn province(&self) -> Arc<Province> {
        self.province.load_full()
    }

    pub fn speaker(&self, lang: Lang) -> Speaker {
        Speaker::new(self.texts.clone(), lang)
    }
}

impl std::ops::Deref for Core {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The Fluent sources of messages that the services themselves write (SMS, notices).
pub fn text_sources() -> Vec<(Lang, &'static str, &'static str)> {
    vec![
        (Lang::VI, "domain/vi/messages.ftl", include_str!("../texts/vi/messages.ftl")),
        (Lang::EN, "domain/en/messages.ftl", include_str!("../texts/en/messages.ftl")),
        (Lang::VI, "domain/vi/accounts.ftl", include_str!("../texts/vi/accounts.ftl")),
        (Lang::EN, "domain/en/accounts.ftl", include_str!("../texts/en/accounts.ftl")),
        (Lang::VI, "domain/vi/organizations.ftl", include_str!("../texts/vi/organizations.ftl")),
        (Lang::EN, "domain/en/organizations.ftl", include_str!("../texts/en/organizations.ftl")),
        (Lang::VI, "domain/vi/banks.ftl", include_str!("../texts/vi/banks.ftl")),
        (Lang::EN, "domain/en/banks.ftl", include_str!("../texts/en/banks.ftl")),
        (Lang::VI, "domain/vi/documents.ftl", include_str!("../texts/vi/documents.ftl")),
        (Lang::EN, "domain/en/documents.ftl", include_str!("../texts/en/documents.ftl")),
        (Lang::VI, "domain/vi/dossiers.ftl", include_str!("../texts/vi/dossiers.ftl")),
        (Lang::EN, "domain/en/dossiers.ftl", include_str!("../texts/en/dossiers.ftl")),
        (Lang::VI, "domain/vi/payments.ftl", include_str!("../texts/vi/payments.ftl")),
        (Lang::EN, "domain/en/payments.ftl", include_str!("../texts/en/payments.ftl")),
        (Lang::VI, "domain/vi/helping.ftl", include_str!("../texts/vi/helping.ftl")),
        (Lang::EN, "domain/en/helping.ftl", include_str!("../texts/en/helping.ftl")),
    ]
}

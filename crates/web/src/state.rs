//! What every handler shares.

use axum::http::HeaderValue;
use domain::{
    accounts::{Accounts, Assurance, verify::registry::Registry},
    banks::Desk,
    core::Core,
    packs::Text,
    payments::gateway::Gateway,
};
use identity::{outgoing::Trouble, provider, rp::Rp};
use std::{
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock, Weak},
};

/// Settings of the HTTP side.
#[derive(Debug, Clone, Default)]
pub struct HttpSettings {
    /// Proxies whose `X-Forwarded-For` is believed; empty: nobody's.
    pub trusted_proxies: Vec<IpAddr>,
    /// Where the sandbox's phone inbox is; only in the demo, where its link stands beside every SMS.
    pub sandbox_inbox: Option<String>,
    /// Pictures of streets and fields under the maps; `None`: only the communes.
    pub tiles: Option<Arc<Tiles>>,
}

/// Where the ground of the maps comes from.
#[derive(Debug, Clone)]
pub struct Tiles {
    /// `https://…/{z}/{x}/{y}.png`, or a path of ours.
    pub url: String,
    pub attribution: String,
    /// A file that we serve ourselves, under `/ban-do/nen/{z}/{x}/{y}`.
    pub archive: Option<Arc<crate::tiles::Archive>>,
}

impl Tiles {
    /// A tile server of others. Errors: what is wrong with the address, for the operator.
    pub fn remote(url: &str, attribution: &str) -> Result<Self, String> {
        let host = url.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':');
        if host.is_empty() || !host.bytes().all(plain) {
            return Err("map.tiles must be an https:// address with a plain host name".into());
        }
        if !["{z}", "{x}", "{y}"].iter().all(|mark| url.contains(mark)) {
            return Err("map.tiles must contain {z}, {x} and {y}".into());
        }
        Ok(Self { url: url.to_owned(), attribution: attribution.to_owned(), archive: None })
    }

    /// A PMTiles file of pictures. Errors: it cannot be read or holds no pictures.
    pub fn local(file: &std::path::Path, attribution: &str) -> Result<Self, String> {
        let archive = crate::tiles::Archive::open(file)?;
        let attribution = attribution.to_owned();
        Ok(Self { url: "/ban-do/nen/{z}/{x}/{y}".into(), attribution, archive: Some(Arc::new(archive)) })
    }

    /// The foreign origin that pages must be allowed to load pictures from.
    pub fn origin(&self) -> Option<&str> {
        let after_scheme = self.url.strip_prefix("https://")?;
        Some(&self.url[..self.url.len() - after_scheme.len() + after_scheme.find('/').unwrap_or(after_scheme.len())])
    }
}

/// A gateway's state for the staff page, as JSON made by the binary (the web knows no gateway).
pub type GatewayStatus = Arc<dyn Fn() -> serde_json::Value + Send + Sync>;

/// A provider that people may come from (A2, N9), as configured.
#[derive(Clone)]
pub struct Provider {
    pub rp: Rp,
    /// Part of addresses: lower-case letters, digits, hyphens.
    pub name: String,
    /// As people call it.
    pub label: Text,
    /// Where its pages are: forms that lead there are let through.
    pub origins: Vec<String>,
    /// Staff may sign in over it, too, once they linked it themselves (A16).
    pub staff: bool,
    /// From this level on its word is the second factor of staff; `None`: they are always asked for their own.
    pub two_factor: Option<Assurance>,
    /// Scopes by which it is asked for which organisation somebody comes (A11); empty: it is not asked.
    pub organizations: Vec<String>,
}

impl Provider {
    pub fn knows_organizations(&self) -> bool {
        !self.organizations.is_empty()
    }
}

/// A bank whose accounts people may link (N13), as configured.
#[derive(Clone)]
pub struct Bank {
    pub rp: Rp,
    /// Part of addresses and of what is stored: lower-case letters, digits, hyphens.
    pub name: String,
    /// As people call it.
    pub label: Text,
    /// Where its pages are: forms that lead there are let through.
    pub origins: Vec<String>,
    /// Its open API.
    pub desk: Arc<dyn Desk>,
}

/// Where fees of dossiers are paid (N15, P2), as configured.
#[derive(Clone)]
pub struct Till {
    pub gateway: Arc<dyn Gateway>,
    /// Where its pages are: forms that lead there are let through.
    pub origins: Vec<String>,
}

/// One pointer: the router copies it many times for each request.
#[derive(Clone)]
pub struct Web(Arc<Shared>);

struct Shared {
    parts: Parts,
    policy: RwLock<HeaderValue>,
}

/// As `Web`, but without keeping it: for what `Web` itself keeps.
#[derive(Clone, Default)]
pub(crate) struct WeakWeb(Weak<Shared>);

impl WeakWeb {
    pub fn get(&self) -> Option<Web> {
        self.0.upgrade().map(Web)
    }
}

pub struct Parts {
    pub core: Core,
    pub accounts: Accounts,
    /// In the order in which they are offered.
    pub providers: Vec<Provider>,
    /// Banks whose accounts people may link at the national portal (N13), in the order in which they are offered.
    pub banks: Vec<Bank>,
    /// Where fees of dossiers are paid at the national portal; `None`: they are shown, and paid at the one-stop office.
    pub till: Option<Till>,
    /// Who compares what people say of themselves (N7, N16); `None` where no registry is configured.
    pub registry: Option<Arc<dyn Registry>>,
    /// Who believes digital signatures (N4); `None` where no authority is configured.
    pub signatures: Option<Arc<signing::Verifier>>,
    /// Who signs far away (N4); of use only with `signatures`.
    pub remote: Option<Arc<dyn signing::remote::Remote>>,
    /// What others let people sign in through: citizens at the national portal, staff in a province.
    pub issuer: Option<provider::Provider>,
    pub http: HttpSettings,
    /// A province that tells the national portal of its dossiers (N14).
    pub tells_portal: bool,
    /// Which of the providers that portal is: it tells what was paid for them (P2), and nobody else may. `None`: nobody is believed.
    pub portal: Option<String>,
    /// `None` where no gateway is configured.
    pub sms_status: Option<GatewayStatus>,
    pub metrics: metrics_exporter_prometheus::PrometheusHandle,
    /// Set while shutting down: readiness says no, so that a balancer looks elsewhere.
    pub closing: Arc<std::sync::atomic::AtomicBool>,
}

impl Parts {
    /// Opens a role that others let people sign in through; `role` knows the people and draws the pages. Errors: the HTTP client cannot be
    /// made.
    pub(crate) fn with_issuer<R>(mut self, settings: provider::Settings, role: &Arc<R>) -> Result<Web, Trouble>
    where
        R: provider::People + provider::Pages + 'static,
    {
        let core = &self.core;
        self.issuer = Some(provider::Provider::new(provider::Parts {
            store: core.store.clone(),
            clock: core.clock.clone(),
            entropy: core.entropy.clone(),
            keys: core.keys.clone(),
            texts: core.texts.clone(),
            settings,
            people: role.clone(),
            pages: role.clone(),
        })?);
        Ok(Web::from(self))
    }
}

impl From<Parts> for Web {
    fn from(parts: Parts) -> Self {
        let policy = RwLock::new(crate::headers::policy(&parts, &[]));
        Self(Arc::new(Shared { parts, policy }))
    }
}

impl std::ops::Deref for Web {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}

impl Web {
    /// Cookies of an https address carry the `__Host-` prefix; on plain http (demo, tests) browsers would refuse that. The
    /// province's name keeps two demos on one host apart.
    pub fn cookie_name(&self, what: &str) -> String {
        if self.is_https() {
            format!("__Host-{what}")
        } else {
            format!("{what}-{}", self.core.province().pack.province.slug)
        }
    }

    pub fn provider(&self, name: &str) -> Option<&Provider> {
        self.providers.iter().find(|p| p.name == name)
    }

    pub fn bank(&self, name: &str) -> Option<&Bank> {
        self.banks.iter().find(|bank| bank.name == name)
    }

    /// The content security policy of every page.
    pub(crate) fn policy(&self) -> HeaderValue {
        self.0.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on forms may lead to these origins, too.
    pub(crate) fn let_lead_to(&self, origins: &[String]) {
        let policy = crate::headers::policy(&self.0.parts, origins);
        *self.0.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
    }

    pub(crate) fn weak(&self) -> WeakWeb {
        WeakWeb(Arc::downgrade(&self.0))
    }

    pub fn is_national(&self) -> bool {
        self.core.province().pack.province.is_national()
    }

    pub fn is_https(&self) -> bool {
        self.core.settings.origin.starts_with("https://")
    }
}

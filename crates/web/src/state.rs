//! What every handler shares.

use domain::{accounts::Accounts, core::Core};
use std::{net::IpAddr, sync::Arc};

/// Settings of the HTTP side.
#[derive(Debug, Clone, Default)]
pub struct HttpSettings {
    /// Proxies whose `X-Forwarded-For` is believed; empty: nobody's.
    pub trusted_proxies: Vec<IpAddr>,
    /// Where the sandbox's phone inbox is; only in the demo, where its link stands beside every SMS.
    pub sandbox_inbox: Option<String>,
}

/// A gateway's state for the staff page, as JSON made by the binary (the web knows no gateway).
pub type GatewayStatus = Arc<dyn Fn() -> serde_json::Value + Send + Sync>;

#[derive(Clone)]
pub struct Web {
    pub core: Core,
    pub accounts: Accounts,
    pub http: Arc<HttpSettings>,
    /// `None` where no gateway is configured.
    pub sms_status: Option<GatewayStatus>,
    pub metrics: metrics_exporter_prometheus::PrometheusHandle,
    /// Set while shutting down: readiness says no, so that a balancer looks elsewhere.
    pub closing: Arc<std::sync::atomic::AtomicBool>,
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

    pub fn is_https(&self) -> bool {
        self.core.settings.origin.starts_with("https://")
    }
}

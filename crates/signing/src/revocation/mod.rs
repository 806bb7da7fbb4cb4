//! Whether a certificate was revoked (thu hồi): its authority is asked (OCSP), else its list is read (CRL). What neither says is refused: a
//! lost token must not open a door because a server is away.
//!
//! Addresses stand in certificates that strangers send, so only places that the operator named for this authority are asked.

mod crl;
mod ocsp;

pub use crl::List;

use crate::{Authority, Refusal, certificate::Certificate};
use base::clock::{Entropy, HOUR, MINUTE, Millis};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Bytes of a list; the largest public ones hold some tens of thousands of certificates.
pub const MAX_LIST: usize = 5 * 1024 * 1024;
/// Bytes of an answer about one certificate.
pub const MAX_ANSWER: usize = 32 * 1024;
/// Addresses of each kind that are tried for one certificate.
const MOST_PLACES: usize = 2;
/// Clocks differ.
const SKEW: Millis = 5 * MINUTE;
/// A list that is valid for weeks is fetched anew after this time.
const KEPT: Millis = HOUR;
/// Lists kept at once.
const MOST_KEPT: usize = 16;

/// Nobody answered, or too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreachable;

/// Fetches what authorities publish. `longest`: bytes that are read of an answer.
#[async_trait::async_trait]
pub trait Fetch: Send + Sync {
    async fn list(&self, address: &str, longest: usize) -> Result<Vec<u8>, Unreachable>;
    /// An OCSP request.
    async fn ask(&self, address: &str, question: Vec<u8>, longest: usize) -> Result<Vec<u8>, Unreachable>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Good,
    Revoked,
}

/// Asks, and keeps lists for a while.
pub struct Revocation {
    fetch: Arc<dyn Fetch>,
    entropy: Entropy,
    lists: Mutex<HashMap<String, (Millis, Arc<List>)>>,
}

impl Revocation {
    pub fn new(fetch: Arc<dyn Fetch>, entropy: Entropy) -> Self {
        Self { fetch, entropy, lists: Mutex::new(HashMap::new()) }
    }

    /// Every certificate of a path below its root. Errors: `Revoked`, `Unchecked`.
    pub async fn check(&self, steps: &[Certificate], authority: &Authority, now: Millis) -> Result<(), Refusal> {
        for pair in steps.windows(2) {
            let [certificate, issuer] = pair else { continue };
            match self.status(certificate, issuer, authority, now).await {
                Some(Status::Good) => {}
                Some(Status::Revoked) => return Err(Refusal::Revoked),
                None => return Err(Refusal::Unchecked),
            }
        }
        Ok(())
    }

    async fn status(&self, own: &Certificate, issuer: &Certificate, by: &Authority, now: Millis) -> Option<Status> {
        for address in places(by, by.ocsp.as_ref(), own.responders()) {
            let nonce = self.entropy.bytes::<16>();
            let Ok(question) = ocsp::question(own, issuer, &nonce) else { continue };
            let Ok(answer) = self.fetch.ask(&address, question, MAX_ANSWER).await else { continue };
            if let Ok(status) = ocsp::read(&answer, own, issuer, &nonce, now) {
                return Some(status);
            }
        }
        for address in places(by, by.crl.as_ref(), own.lists()) {
            let Some(list) = self.list(&address, issuer, now).await else { continue };
            return Some(if list.names(&own.serial) { Status::Revoked } else { Status::Good });
        }
        None
    }

    /// The list at an address, if it is this issuer's and of now.
    async fn list(&self, address: &str, issuer: &Certificate, now: Millis) -> Option<Arc<List>> {
        // Two authorities may share an address by mistake; what was checked with one key is nothing to another.
        let name = format!("{address} {:02x?}", issuer.fingerprint());
        let kept = self.lists.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        if let Some((at, list)) = kept
            && now - at < KEPT
            && list.until > now
        {
            return Some(list);
        }
        let bytes = self.fetch.list(address, MAX_LIST).await.ok()?;
        let list = Arc::new(List::read(&bytes, issuer, address, now).ok()?);
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= MOST_KEPT {
            lists.clear();
        }
        lists.insert(name, (now, list.clone()));
        Some(list)
    }
}

/// Where this authority may be asked: the configured place first, then those of the certificate at the operator's origins.
fn places(by: &Authority, configured: Option<&String>, named: Vec<String>) -> Vec<String> {
    let named = named.into_iter().filter(|address| by.origins.iter().any(|origin| is_at(address, origin)));
    let mut all: Vec<String> = configured.cloned().into_iter().chain(named).collect();
    all.dedup();
    all.truncate(MOST_PLACES);
    all
}

/// Whether an address is at an origin such as `http://crl.example.vn`: exactly that host and port, with nothing before it.
fn is_at(address: &str, origin: &str) -> bool {
    let is_plain = address.bytes().all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'@');
    let rest = address.strip_prefix(origin);
    is_plain && address.len() <= 512 && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n4_only_places_that_the_operator_named_are_asked() {
        let origin = "http://crl.example.vn";
        assert!(is_at("http://crl.example.vn/ca/list.crl", origin));
        for other in [
            "http://crl.example.vn.evil.example/x",
            "http://crl.example.vn@evil.example/",
            "http://crl.example.vn:81/",
            "https://crl.example.vn/",
            "http://127.0.0.1/",
            "file:///etc/passwd",
            "http://crl.example.vn/a b",
            "http://crl.example.vn/\\evil",
        ] {
            assert!(!is_at(other, origin), "{other}");
        }
    }
}

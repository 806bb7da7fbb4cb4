//! HTTP to addresses that others named: limits in time, size and redirects, and no private address unless configured, so that
//! nobody makes this server ask machines of the house (server-side request forgery).

use reqwest::{
    Client, Method, RequestBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use serde_json::Value;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use url::{Host, Url};

/// How long a whole answer may take.
const TIME: Duration = Duration::from_secs(8);
const CONNECT: Duration = Duration::from_secs(3);
/// How long an answer may be.
const SIZE: usize = 256 * 1024;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("this address may not be asked")]
    Address,
    #[error("no answer")]
    Away,
    #[error("no HTTPS here: the system has no CA certificates (Debian: the package ca-certificates)")]
    NoRoots,
    #[error("the answer is too long")]
    TooLong,
    #[error("the answer is not JSON")]
    NotJson,
    #[error("the answer is no set of keys")]
    NoKeys,
    #[error("the answer has the status {0}")]
    Status(u16),
}

/// An answer read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub is_json: bool,
    pub is_jwt: bool,
    body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Result<Value, Trouble> {
        serde_json::from_slice(&self.body).map_err(|_| Trouble::NotJson)
    }
}

/// The one client for what goes out. Cheap to clone.
#[derive(Clone)]
pub struct Outgoing {
    client: Client,
    allow_private: bool,
    /// Bytes of an answer at most.
    longest: usize,
}

impl Outgoing {
    /// Whom TLS trusts is the system's store, so that an operator can add the State's own roots. Errors: `NoRoots`.
    /// `allow_private`: plain HTTP and addresses of the house or of this machine are allowed (demo, tests, a provider inside).
    pub fn new(allow_private: bool) -> Result<Self, Trouble> {
        let builder = || {
            Client::builder()
                .timeout(TIME)
                .connect_timeout(CONNECT)
                .redirect(redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .user_agent("congdanso")
                .dns_resolver(Arc::new(Guard { allow_private }))
        };
        let client = match builder().build() {
            // A demo speaks plain HTTP with itself and must start on a bare machine too.
            Err(_) if allow_private => builder().tls_certs_only([]).build(),
            built => built,
        };
        Ok(Self { client: client.map_err(|_| Trouble::NoRoots)?, allow_private, longest: SIZE })
    }

    /// The same for answers of up to so many bytes.
    pub fn up_to(self, longest: usize) -> Self {
        Self { longest, ..self }
    }

    /// Whether an address may be asked at all; names are looked at again when they are resolved.
    pub fn may_ask(&self, url: &Url) -> bool {
        let host_is_fine = match url.host() {
            None => false,
            Some(_) if self.allow_private => true,
            Some(Host::Domain(name)) => !name.is_empty(),
            Some(Host::Ipv4(ip)) => is_public(ip.into()),
            Some(Host::Ipv6(ip)) => is_public(ip.into()),
        };
        let is_scheme_fine = url.scheme() == "https" || (self.allow_private && url.scheme() == "http");
        host_is_fine && is_scheme_fine && url.username().is_empty() && url.password().is_none()
    }

    pub fn get(&self, url: &Url) -> Result<RequestBuilder, Trouble> {
        self.ask(Method::GET, url)
    }

    pub fn post(&self, url: &Url) -> Result<RequestBuilder, Trouble> {
        self.ask(Method::POST, url)
    }

    fn ask(&self, method: Method, url: &Url) -> Result<RequestBuilder, Trouble> {
        if !self.may_ask(url) {
            return Err(Trouble::Address);
        }
        Ok(self.client.request(method, url.clone()).header("accept", "application/json"))
    }

    /// Sends and reads the answer up to the limit. The error says nothing of the address: it may hold a code.
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer, Trouble> {
        let mut response = request.send().await.map_err(|_| Trouble::Away)?;
        let status = response.status().as_u16();
        let kind = response.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if response.content_length().is_some_and(|n| n > self.longest as u64) {
            return Err(Trouble::TooLong);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| Trouble::Away)? {
            if body.len() + chunk.len() > self.longest {
                return Err(Trouble::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let is_json = kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"));
        Ok(Answer { status, is_json, is_jwt: kind == "application/jwt", body })
    }

    /// A JSON document, or why there is none.
    pub async fn json(&self, url: &Url) -> Result<Value, Trouble> {
        let answer = self.send(self.get(url)?).await?;
        if answer.status != 200 {
            return Err(Trouble::Status(answer.status));
        }
        answer.json()
    }
}

/// Looks names up and drops addresses that must not be asked; what is checked is what is connected to.
struct Guard {
    allow_private: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let allow = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.filter(|at| allow || is_public(at.ip())).collect();
            if found.is_empty() {
                return Err(Box::from(Trouble::Address));
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// An address of the open internet.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(v4) => is_public_v4(v4),
            None => is_public_v6(ip),
        },
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let special = a == 0 || a >= 240 || (a == 192 && b == 0 && c == 0) || (a == 198 && (18..20).contains(&b));
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || shared
        || special)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    // Global unicast without documentation, and without the tunnels (6to4, Teredo) that carry a hidden IPv4 address.
    (s[0] & 0xe000) == 0x2000 && !(s[0] == 0x2001 && (s[1] == 0xdb8 || s[1] == 0)) && s[0] != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n8_addresses_of_the_house_are_not_asked() {
        let outside = Outgoing::new(false).unwrap();
        let may = |url: &str| outside.may_ask(&Url::parse(url).unwrap());
        for inside in [
            "https://127.0.0.1/",
            "https://10.1.2.3/",
            "https://192.168.1.1/",
            "https://172.16.0.1/",
            "https://169.254.169.254/",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[2002:7f00:1::]/",
            "https://2130706433/",
            "http://example.vn/",
            "ftp://example.vn/",
            "https://user@example.vn/",
        ] {
            assert!(!may(inside), "{inside}");
        }
        assert!(may("https://example.vn/jwks"));
        assert!(may("https://203.162.0.1/"));
        assert!(Outgoing::new(true).unwrap().may_ask(&Url::parse("http://127.0.0.1:9/").unwrap()));
    }

    #[tokio::test]
    async fn n8_a_name_of_this_machine_is_not_asked_either() {
        let outside = Outgoing::new(false).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
        assert_eq!(outside.json(&Url::parse(&url).unwrap()).await.unwrap_err(), Trouble::Away);
        let accepted = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(accepted.is_err(), "nobody connected");
    }
}

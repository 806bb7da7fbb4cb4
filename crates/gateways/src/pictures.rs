//! Pictures that other systems name by their address (Open311, R12). The address is a stranger's: the name must be one that the
//! operator allows, every address behind it must be public, the connection goes to the very address that was checked, and no
//! redirect is followed. What comes is bounded in time and size; whether it is a picture, the caller decides.

use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    Request, StatusCode, Uri,
    body::Bytes,
    header::{ACCEPT, CONNECTION, HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::ServerName},
};

/// Why nothing came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfetched {
    /// It will not come later either.
    Never(&'static str),
    /// The other side may have it another time.
    Later(&'static str),
}

#[derive(Clone)]
pub struct Pictures {
    /// Names of hosts.
    hosts: Vec<String>,
    /// Without TLS and from this machine, for tests.
    local: bool,
    /// For one picture, from the look-up of the name to the last byte.
    time: Duration,
    bytes: usize,
    tls: Option<TlsConnector>,
}

impl Pictures {
    pub fn new(hosts: &[String], local: bool) -> Self {
        let tls = connector(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
        // As much as an upload may have.
        Self { hosts: hosts.to_vec(), local, time: Duration::from_secs(20), bytes: 12 * 1024 * 1024, tls }
    }

    /// Other roots than the world's; everything else of a connection is as always.
    #[cfg(test)]
    fn trusting(mut self, roots: RootCertStore) -> Self {
        self.tls = connector(roots);
        self
    }

    /// Stricter limits, for tests.
    #[must_use]
    pub fn within(mut self, time: Duration, bytes: usize) -> Self {
        (self.time, self.bytes) = (time, bytes);
        self
    }

    /// The bytes at an address. Errors: see `Unfetched`; they name no address.
    pub async fn fetch(&self, url: &str) -> Result<Vec<u8>, Unfetched> {
        let uri: Uri = url.parse().map_err(|_| Unfetched::Never("address"))?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if self.local => false,
            _ => return Err(Unfetched::Never("scheme")),
        };
        let authority = uri.authority().ok_or(Unfetched::Never("address"))?;
        let (host, port) = (authority.host(), authority.port_u16().unwrap_or(if secure { 443 } else { 80 }));
        let is_allowed = self.hosts.iter().any(|h| h.eq_ignore_ascii_case(host));
        if !is_allowed || authority.as_str().contains('@') || (!self.local && port != 443) {
            return Err(Unfetched::Never("host"));
        }
        timeout(self.time, self.get(&uri, host, port, secure)).await.map_err(|_| Unfetched::Later("time"))?
    }

    async fn get(&self, uri: &Uri, host: &str, port: u16, secure: bool) -> Result<Vec<u8>, Unfetched> {
        let found: Vec<SocketAddr> =
            lookup_host((host, port)).await.map_err(|_| Unfetched::Later("name"))?.take(16).collect();
        // One inner address among them is enough: a name that answers with both is up to something.
        if !self.local && !found.iter().all(|a| is_public(a.ip())) {
            return Err(Unfetched::Never("inner address"));
        }
        let mut stream = Err(Unfetched::Later("connection"));
        for at in found {
            if let Ok(connected) = TcpStream::connect(at).await {
                stream = Ok(connected);
                break;
            }
        }
        let stream = stream?;
        if !secure {
            return self.ask(stream, uri, host).await;
        }
        let tls = self.tls.as_ref().ok_or(Unfetched::Never("tls"))?;
        let name = ServerName::try_from(host.to_owned()).map_err(|_| Unfetched::Never("host"))?;
        self.ask(tls.connect(name, stream).await.map_err(|_| Unfetched::Later("tls"))?, uri, host).await
    }

    async fn ask(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        uri: &Uri,
        host: &str,
    ) -> Result<Vec<u8>, Unfetched> {
        const LOST: Unfetched = Unfetched::Later("answer");
        let path = uri.path_and_query().map_or("/", |p| p.as_str());
        let request = Request::get(path)
            .header(HOST, host)
            .header(ACCEPT, "image/jpeg, image/png, image/webp")
            .header(USER_AGENT, "congdanso")
            .header(CONNECTION, "close")
            .body(Empty::<Bytes>::new())
            .map_err(|_| Unfetched::Never("address"))?;
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_buf_size(64 * 1024)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|_| LOST)?;
        // Ends with this future: nothing goes on behind a time that has run out.
        let mut running = tokio::task::JoinSet::new();
        running.spawn(connection);
        let answer = sender.send_request(request).await.map_err(|_| LOST)?;
        match answer.status() {
            StatusCode::OK => {}
            s if s.is_redirection() => return Err(Unfetched::Never("redirect")),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => return Err(Unfetched::Later("busy")),
            s if s.is_server_error() => return Err(Unfetched::Later("busy")),
            _ => return Err(Unfetched::Never("status")),
        }
        match Limited::new(answer.into_body(), self.bytes).collect().await {
            Ok(body) => Ok(body.to_bytes().to_vec()),
            Err(e) if e.is::<http_body_util::LengthLimitError>() => Err(Unfetched::Never("size")),
            Err(_) => Err(LOST),
        }
    }
}

/// Who shows a certificate of these roots, for the very name that was asked for and valid now, is believed.
fn connector(roots: RootCertStore) -> Option<TlsConnector> {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().ok()?;
    Some(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
}

/// An address that everybody can reach: none of this machine, of the house, of a provider, or one that stands for such.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = matches!(
        (a, b, c),
        (0 | 10 | 127, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=255, ..)
    );
    !is_special
}

/// Only what is given out to the world (2000::/3), without the parts that carry another address inside or are for books.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let carries = matches!((a, b), (0x2001, 0..=0x01ff | 0x0db8) | (0x2002, _)) || a == 0x3fff;
    (0x2000..=0x3fff).contains(&a) && !carries
}

#[cfg(test)]
mod tls_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    /// A server that answers everything with these bytes, and keeps the connection open when told so.
    async fn server(answer: Vec<u8>, hold: bool) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut asked = [0u8; 2048];
                    let _ = stream.read(&mut asked).await;
                    let _ = stream.write_all(&answer).await;
                    if hold {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        at
    }

    fn local() -> Pictures {
        Pictures::new(&["127.0.0.1".into(), "localhost".into()], true).within(Duration::from_secs(2), 10_000)
    }

    async fn answered(answer: impl Into<Vec<u8>>) -> Result<Vec<u8>, Unfetched> {
        let at = server(answer.into(), false).await;
        local().fetch(&format!("http://{at}/anh.jpg?x=1")).await
    }

    #[tokio::test]
    async fn r12_a_picture_comes_and_what_is_none_is_told_apart() {
        let ok = answered("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nJPEG").await;
        assert_eq!(ok.unwrap(), b"JPEG");
        for (answer, why) in [
            ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Unfetched::Never("status")),
            ("HTTP/1.1 204 No Content\r\n\r\n", Unfetched::Never("status")),
            ("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", Unfetched::Later("busy")),
            ("HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n", Unfetched::Later("busy")),
            ("nonsense\r\n\r\n", Unfetched::Later("answer")),
            ("", Unfetched::Later("answer")),
            ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", Unfetched::Later("answer")),
        ] {
            assert_eq!(answered(answer).await, Err(why), "{answer}");
        }
    }

    #[tokio::test]
    async fn r12_no_redirect_is_followed() {
        let inside = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = inside.local_addr().unwrap();
        for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
            let answer = format!("HTTP/1.1 {status}\r\nLocation: http://{to}/\r\nContent-Length: 0\r\n\r\n");
            assert_eq!(answered(answer).await, Err(Unfetched::Never("redirect")));
        }
        let knocked = timeout(Duration::from_millis(200), inside.accept()).await;
        assert!(knocked.is_err(), "nobody came to where the redirect pointed");
    }

    #[tokio::test]
    async fn r12_too_much_and_too_slow_end() {
        let mut declared = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n".to_vec();
        declared.extend(vec![b'x'; 50_000]);
        assert_eq!(answered(declared).await, Err(Unfetched::Never("size")));
        let mut endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        endless.extend(vec![b'x'; 50_000]);
        assert_eq!(answered(endless).await, Err(Unfetched::Never("size")));
        let mut headers = b"HTTP/1.1 200 OK\r\n".to_vec();
        headers.extend(b"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(5_000));
        assert!(answered(headers).await.is_err());
        let slow = server(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec(), true).await;
        let quick = local().within(Duration::from_millis(200), 10_000);
        assert_eq!(quick.fetch(&format!("http://{slow}/")).await, Err(Unfetched::Later("time")));
        let silent = server(Vec::new(), true).await;
        assert_eq!(quick.fetch(&format!("http://{silent}/")).await, Err(Unfetched::Later("time")));
    }

    #[tokio::test]
    async fn r12_names_that_lead_inside_are_refused_before_anything_is_sent() {
        let inside = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = inside.local_addr().unwrap().port();
        let strict = Pictures::new(&["localhost".into(), "127.0.0.1".into()], false);
        assert_eq!(strict.fetch("https://localhost/a.jpg").await, Err(Unfetched::Never("inner address")));
        assert_eq!(strict.fetch("https://127.0.0.1/a.jpg").await, Err(Unfetched::Never("inner address")));
        for (url, why) in [
            (format!("https://localhost:{port}/"), "host"),
            (format!("http://localhost:{port}/"), "scheme"),
            ("https://evil.example/".into(), "host"),
            ("https://localhost@evil.example/".into(), "host"),
            ("https://evil@localhost/".into(), "host"),
            ("file:///etc/passwd".into(), "address"),
            ("gopher://localhost/".into(), "scheme"),
            ("/etc/passwd".into(), "scheme"),
            ("https://local host/".into(), "address"),
        ] {
            assert_eq!(strict.fetch(&url).await, Err(Unfetched::Never(why)), "{url}");
        }
        assert!(timeout(Duration::from_millis(100), inside.accept()).await.is_err());
    }

    #[test]
    fn r12_inner_addresses_are_known_in_every_dress() {
        for inner in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(inner.parse().unwrap()), "{inner}");
        }
        for outer in ["8.8.8.8", "203.162.4.190", "172.32.0.1", "100.128.0.1", "2405:4800::1", "2001:4860:4860::8888"] {
            assert!(is_public(outer.parse().unwrap()), "{outer}");
        }
    }
}

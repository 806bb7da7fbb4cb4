//! Whom the fetching of pictures believes (R12): real TLS on this machine, with an authority made for each test. Loopback is reached by the
//! switch for tests alone; what is looked at in a certificate is what is looked at everywhere.

use super::*;
use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer},
    pkcs8::EncodePrivateKey,
};
use signing::tlv::{self, BIT_STRING, CONTEXT, INTEGER, OCTET_STRING, OID, SEQUENCE, SET};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const UTF8: u8 = 0x0c;
const GENERALIZED_TIME: u8 = 0x18;
const PICTURE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nJPEG";
/// From when until when; the test does not know what day it is.
const VALID: (&str, &str) = ("20200101000000Z", "21200101000000Z");
const OVER: (&str, &str) = ("20200101000000Z", "20210101000000Z");
const NOT_YET: (&str, &str) = ("21100101000000Z", "21200101000000Z");

fn seq(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv::write(SEQUENCE, &parts.concat())
}

fn bits(value: &[u8]) -> Vec<u8> {
    tlv::write(BIT_STRING, &[&[0], value].concat())
}

fn named(name: &str) -> Vec<u8> {
    seq(&[tlv::write(SET, &seq(&[tlv::write(OID, COMMON_NAME), tlv::write(UTF8, name.as_bytes())]))])
}

fn extension(id: u8, value: Vec<u8>) -> Vec<u8> {
    seq(&[tlv::write(OID, &[0x55, 0x1d, id]), tlv::write(OCTET_STRING, &value)])
}

fn key(n: u8) -> SigningKey {
    SigningKey::from_slice(&[n; 32]).unwrap()
}

/// Who signs: a name and its key.
struct Authority {
    name: &'static str,
    key: SigningKey,
}

impl Authority {
    fn new(name: &'static str, n: u8) -> Self {
        Self { name, key: key(n) }
    }

    fn certificate(&self, own: &SigningKey, subject: &str, (from, until): (&str, &str), extension: Vec<u8>) -> Vec<u8> {
        let time = |at: &str| tlv::write(GENERALIZED_TIME, at.as_bytes());
        let what = seq(&[
            tlv::write(CONTEXT[0], &tlv::write(INTEGER, &[2])),
            tlv::write(INTEGER, &[7]),
            seq(&[tlv::write(OID, ECDSA_SHA256)]),
            named(self.name),
            seq(&[time(from), time(until)]),
            named(subject),
            seq(&[
                seq(&[tlv::write(OID, EC), tlv::write(OID, P256)]),
                bits(own.verifying_key().to_sec1_point(false).as_bytes()),
            ]),
            tlv::write(0xa3, &seq(&[extension])),
        ]);
        let signature: Signature = self.key.sign(&what);
        seq(&[what, seq(&[tlv::write(OID, ECDSA_SHA256)]), bits(signature.to_der().as_bytes())])
    }

    /// Its own certificate, as those who trust it have it.
    fn roots(&self) -> RootCertStore {
        let may_sign = extension(0x13, seq(&[tlv::write(0x01, &[0xff])]));
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(self.certificate(&self.key, self.name, VALID, may_sign))).unwrap();
        roots
    }

    /// A host's certificate and key; `name` is one in the DNS, or the bytes of an address.
    fn host(&self, name: Result<&str, [u8; 4]>, when: (&str, &str)) -> (Vec<u8>, SigningKey) {
        let own = key(99);
        let alternative = match name {
            Ok(name) => tlv::write(0x82, name.as_bytes()),
            Err(address) => tlv::write(0x87, &address),
        };
        (self.certificate(&own, "may chu", when, extension(0x11, seq(&[alternative]))), own)
    }
}

/// A server with this certificate; it counts the requests that reached it.
async fn server((certificate, own): (Vec<u8>, SigningKey)) -> (SocketAddr, Arc<AtomicUsize>) {
    let pkcs8 = own.to_pkcs8_der().unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.as_bytes().to_vec()));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = config.with_single_cert(vec![CertificateDer::from(certificate)], private).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, counted) = (acceptor.clone(), counted.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut request = [0u8; 2048];
                if stream.read(&mut request).await.is_ok_and(|n| n > 0) {
                    counted.fetch_add(1, Ordering::SeqCst);
                    let _ = stream.write_all(PICTURE).await;
                    let _ = stream.shutdown().await;
                }
            });
        }
    });
    (at, asked)
}

fn pictures(roots: RootCertStore) -> Pictures {
    let hosts = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    Pictures::new(&hosts, true).within(Duration::from_secs(5), 10_000).trusting(roots)
}

/// What comes of asking for a picture, and how many requests reached the server.
async fn asked(roots: RootCertStore, host: &str, shown: (Vec<u8>, SigningKey)) -> (Result<Vec<u8>, Unfetched>, usize) {
    let (at, asked) = server(shown).await;
    let answer = pictures(roots).fetch(&format!("https://{host}:{}/anh.jpg", at.port())).await;
    (answer, asked.load(Ordering::SeqCst))
}

#[tokio::test]
async fn r12_a_certificate_of_a_trusted_root_for_the_very_host_is_believed() {
    let root = Authority::new("goc", 1);
    let (answer, requests) = asked(root.roots(), "localhost", root.host(Ok("localhost"), VALID)).await;
    assert_eq!((answer.as_deref(), requests), (Ok(&b"JPEG"[..]), 1));
    let (answer, _) = asked(root.roots(), "127.0.0.1", root.host(Err([127, 0, 0, 1]), VALID)).await;
    assert_eq!(answer.as_deref(), Ok(&b"JPEG"[..]), "an address that the certificate names");
}

#[tokio::test]
async fn r12_any_other_certificate_is_refused_and_the_server_is_asked_for_nothing() {
    let root = Authority::new("goc", 1);
    // The same name on another key: what counts is who signed.
    let (stranger, twin) = (Authority::new("nguoi la", 2), Authority::new("goc", 3));
    let itself = Authority { name: "may chu", key: key(99) };
    for (why, host, shown) in [
        ("of an authority that is not known", "localhost", stranger.host(Ok("localhost"), VALID)),
        ("of one that calls itself as ours", "localhost", twin.host(Ok("localhost"), VALID)),
        ("signed by itself", "localhost", itself.host(Ok("localhost"), VALID)),
        ("for another host", "localhost", root.host(Ok("elsewhere.example"), VALID)),
        ("for hosts below this one", "localhost", root.host(Ok("*.localhost"), VALID)),
        ("for a name, where an address was asked", "127.0.0.1", root.host(Ok("localhost"), VALID)),
        ("for another address", "127.0.0.1", root.host(Err([127, 0, 0, 2]), VALID)),
        ("that is over", "localhost", root.host(Ok("localhost"), OVER)),
        ("that is not valid yet", "localhost", root.host(Ok("localhost"), NOT_YET)),
    ] {
        let (answer, requests) = asked(root.roots(), host, shown).await;
        assert_eq!((answer, requests), (Err(Unfetched::Later("tls")), 0), "{why}");
    }
    // What is used outside of tests believes the world's roots and no others.
    let (at, requests) = server(root.host(Ok("localhost"), VALID)).await;
    let outside = Pictures::new(&["localhost".into()], true).within(Duration::from_secs(5), 10_000);
    assert_eq!(outside.fetch(&format!("https://localhost:{}/", at.port())).await, Err(Unfetched::Later("tls")));
    assert_eq!(requests.load(Ordering::SeqCst), 0);
}

/// A server that speaks no TLS to the end: `first`, and then `piece` again and again, each after a pause.
async fn babbling(first: &'static [u8], piece: &'static [u8], pause: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut hello = [0u8; 2048];
                let _ = stream.read(&mut hello).await;
                let _ = stream.write_all(first).await;
                while !piece.is_empty() && stream.write_all(piece).await.is_ok() {
                    tokio::time::sleep(pause).await;
                }
                std::future::pending::<()>().await;
            });
        }
    });
    at
}

#[tokio::test]
async fn r12_a_handshake_without_an_end_costs_a_bounded_time() {
    let root = Authority::new("goc", 1);
    let quick = pictures(root.roots()).within(Duration::from_millis(400), 10_000);
    // A record of a handshake that announces 256 bytes, and one that announces a message of 16 MB.
    const BEGUN: &[u8] = &[0x16, 3, 3, 1, 0, 2, 0, 0, 0xfc];
    const HUGE: &[u8] = &[0x16, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff];
    const MORE: &[u8] = &[0x16, 3, 3, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0];
    let slow = Duration::from_millis(20);
    for (what, at, why) in [
        ("nothing is said", babbling(&[], &[], slow).await, "time"),
        ("the first message never ends", babbling(BEGUN, &[], slow).await, "time"),
        ("a byte now and then", babbling(BEGUN, &[0], slow).await, "time"),
        ("a message that is too large", babbling(HUGE, MORE, Duration::ZERO).await, "tls"),
        ("no TLS at all", babbling(PICTURE, &[], slow).await, "tls"),
    ] {
        let begun = Instant::now();
        let answer = quick.fetch(&format!("https://localhost:{}/", at.port())).await;
        assert_eq!(answer, Err(Unfetched::Later(why)), "{what}");
        assert!(begun.elapsed() < Duration::from_secs(4), "{what}: {:?}", begun.elapsed());
    }
}

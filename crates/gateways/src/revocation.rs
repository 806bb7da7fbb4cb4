//! What certificate authorities publish about revoked certificates (N4): lists (CRL) and answers (OCSP), over plain HTTP as their addresses
//! are, because both are signed. Which addresses may be asked is decided by the verifier, from the operator's configuration.

use crate::http;
use reqwest::{Client, RequestBuilder};
use signing::{Fetch, Unreachable};
use std::time::Duration;

/// A person waits for it.
const TIME: Duration = Duration::from_secs(8);

/// The authorities' servers. Cheap to clone.
#[derive(Clone)]
pub struct Published(Client);

/// The HTTP client cannot be made: the system has no CA certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no HTTPS here: the system has no CA certificates (Debian: the package ca-certificates)")]
pub struct NoRoots;

impl Published {
    /// `local`: the sandbox on this machine, which speaks plain HTTP and must start on a bare one too.
    pub fn new(local: bool) -> Result<Self, NoRoots> {
        http::client(TIME, local).map(Self).map_err(|_| NoRoots)
    }

    async fn read(&self, request: RequestBuilder, longest: usize) -> Result<Vec<u8>, Unreachable> {
        http::body(request, longest).await.map_err(|why| {
            tracing::warn!(%why, "a certificate authority could not be asked");
            Unreachable
        })
    }
}

#[async_trait::async_trait]
impl Fetch for Published {
    async fn list(&self, address: &str, longest: usize) -> Result<Vec<u8>, Unreachable> {
        self.read(self.0.get(address), longest).await
    }

    async fn ask(&self, address: &str, question: Vec<u8>, longest: usize) -> Result<Vec<u8>, Unreachable> {
        let request = self.0.post(address).header("content-type", "application/ocsp-request").body(question);
        self.read(request, longest).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    /// A server that answers one request with these bytes.
    async fn answering(bytes: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = format!("http://{}/list", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).await.unwrap();
            stream.write_all(bytes).await.unwrap();
        });
        at
    }

    #[tokio::test]
    async fn n4_lists_are_read_within_their_limit_and_nobody_is_led_elsewhere() {
        let published = Published::new(true).unwrap();
        let whole = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlist").await;
        assert_eq!(published.list(&whole, 4).await, Ok(b"list".to_vec()));
        let long = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nlists").await;
        assert_eq!(published.list(&long, 4).await, Err(Unreachable));
        let moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(published.ask(&answering(moved).await, vec![1], 4).await, Err(Unreachable));
        assert_eq!(published.list("http://127.0.0.1:1/", 4).await, Err(Unreachable));
    }
}

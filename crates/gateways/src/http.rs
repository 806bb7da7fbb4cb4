//! Asking an authority over HTTP while a person waits: no redirects, no proxy, a time and a length that an answer may have.

use reqwest::{Client, RequestBuilder, redirect};
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(3);

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Lost {
    #[error("no answer in time")]
    Away,
    #[error("the status {0}")]
    Status(u16),
    #[error("the answer is too long")]
    TooLong,
}

/// Whether an address is https or, where `local` is, the sandbox's on this machine.
pub(crate) fn may_ask(url: &str, local: bool) -> bool {
    url.starts_with("https://") || is_here(url, local)
}

pub(crate) fn is_here(url: &str, local: bool) -> bool {
    local && url.starts_with("http://localhost:")
}

/// Whom TLS trusts is the system's store, so that an operator can add the State's own roots. `local`: plain HTTP with the sandbox; a demo
/// must start on a machine without a store, too. Errors: there is no store.
pub(crate) fn client(time: Duration, local: bool) -> Result<Client, reqwest::Error> {
    let builder = || {
        Client::builder()
            .timeout(time)
            .connect_timeout(CONNECT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .user_agent("congdanso")
    };
    match builder().build() {
        Err(_) if local => builder().tls_certs_only([]).build(),
        built => built,
    }
}

/// The body of an answer with the status 200, of at most `longest` bytes. What a library says of an error may hold an address: it is not
/// handed on.
pub(crate) async fn body(request: RequestBuilder, longest: usize) -> Result<Vec<u8>, Lost> {
    let mut response = request.send().await.map_err(|_| Lost::Away)?;
    if response.status().as_u16() != 200 {
        return Err(Lost::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|_| Lost::Away)? {
        if body.len() + part.len() > longest {
            return Err(Lost::TooLong);
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

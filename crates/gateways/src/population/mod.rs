//! The population registry (CSDL quốc gia về dân cư; S6, N16) asked over SOAP 1.1 through the integration platform: one question, one
//! answer, within five seconds, and no second try: whether to ask again, the caller decides. It is the operator's own address, inside
//! the State's network or on this machine in a demo, so only a redirect and a foreign answer are distrusted, not the address.
//!
//! What was asked about whom stands in no error, no log line and no metric. **Cần đối chiếu:** what nothing public says of the real
//! service (the hash, the words of the answer, the codes of faults) is as the sandbox describes it, in `envelope` and `answer` alone.

mod answer;
mod envelope;
/// For the fuzzer and the replay of its seeds.
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;

use base::{
    ids::Uuid,
    keys::Secret,
    personal_number::{PersonalNumber, Sex},
};
use reqwest::{Client, StatusCode, header, redirect};
use std::time::Duration;

/// From the connection to the last byte of the answer.
const TIME: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(3);
/// A longer answer is none.
const SIZE: usize = 64 * 1024;

/// Where and as whom is asked.
#[derive(Clone)]
pub struct Settings {
    /// `https://…`
    pub address: String,
    /// The token of the integration platform.
    pub token: Secret,
    /// Under which officers' hashes are made.
    pub key: [u8; 32],
    /// Plain http may be spoken: a demo or a test on this machine.
    pub plain: bool,
    pub time: Duration,
}

impl Settings {
    pub fn new(address: &str, token: Secret, key: [u8; 32]) -> Self {
        Self { address: address.into(), token, key, plain: false, time: TIME }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("address", &self.address).finish_non_exhaustive()
    }
}

/// One question about one person. `Debug` shows its id alone.
#[derive(Clone)]
pub struct Question {
    pub request: Uuid,
    /// The code of the procedure that it is asked for.
    pub procedure: String,
    /// The code of whoever asks.
    pub officer: String,
    pub number: PersonalNumber,
    pub full_name: String,
    /// `YYYY-MM-DD` or `YYYY`.
    pub birth_date: String,
    pub sex: Option<Sex>,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Question").field("request", &self.request).finish_non_exhaustive()
    }
}

/// What is said of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Match,
    Mismatch,
    Silent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Nobody has this number.
    Unknown,
    Known {
        full_name: Verdict,
        birth_date: Verdict,
        sex: Verdict,
    },
}

/// Why there is no answer, in fixed words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Worth another try later.
    #[error("away: {0}")]
    Away(&'static str),
    /// It would be refused again.
    #[error("refused: {0}")]
    Refused(&'static str),
}

/// Why it cannot be asked at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSettings {
    #[error("the address must begin with https:// and name a host")]
    Address,
    #[error("the token holds characters that no header can carry")]
    Token,
    #[error("no HTTPS here: the system has no CA certificates (Debian: the package ca-certificates)")]
    NoRoots,
}

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Population {
    client: Client,
    address: reqwest::Url,
    token: header::HeaderValue,
    key: [u8; 32],
}

impl Population {
    /// Whom TLS trusts is the system's store, so that an operator can add the State's own roots.
    pub fn new(settings: Settings) -> Result<Self, BadSettings> {
        let address = address(&settings.address, settings.plain)?;
        let mut token = header::HeaderValue::from_str(&format!("Bearer {}", settings.token.expose()))
            .map_err(|_| BadSettings::Token)?;
        token.set_sensitive(true);
        let builder = || {
            Client::builder()
                .timeout(settings.time)
                .connect_timeout(CONNECT)
                .redirect(redirect::Policy::none())
                .retry(reqwest::retry::never())
                // A kept connection that has died would look like a registry that is away.
                .pool_max_idle_per_host(0)
                .no_proxy()
                .referer(false)
                .http1_only()
                .https_only(!settings.plain)
                .user_agent("congdanso")
        };
        let client = match builder().build() {
            // A demo speaks plain HTTP with itself and must start on a bare machine too.
            Err(_) if settings.plain => builder().tls_certs_only([]).build(),
            built => built,
        };
        Ok(Self { client: client.map_err(|_| BadSettings::NoRoots)?, address, token, key: settings.key })
    }

    /// One question, one answer. Errors: `Unanswered`.
    pub async fn ask(&self, question: &Question) -> Result<Compared, Unanswered> {
        let told = self.exchange(question).await;
        let outcome = match told {
            Ok(Compared::Unknown) => "unknown",
            Ok(Compared::Known { .. }) => "known",
            Err(Unanswered::Away(_)) => "away",
            Err(Unanswered::Refused(_)) => "refused",
        };
        metrics::counter!("population_asked_total", "outcome" => outcome).increment(1);
        if let Err(why) = told {
            tracing::warn!(%why, request = %question.request, "the population registry did not answer");
        }
        told
    }

    async fn exchange(&self, question: &Question) -> Result<Compared, Unanswered> {
        let body = envelope::write(question, &self.key).ok_or(Unanswered::Refused("question"))?;
        let request = self
            .client
            .post(self.address.clone())
            .header(header::AUTHORIZATION, self.token.clone())
            .header(header::CONTENT_TYPE, "text/xml; charset=utf-8")
            .header(header::ACCEPT, "text/xml")
            .header("soapaction", envelope::ACTION)
            .body(body);
        // What went wrong is told in our words: those of a library may hold an address.
        let mut response =
            request.send().await.map_err(|e| Unanswered::Away(if e.is_timeout() { "time" } else { "connection" }))?;
        let status = response.status();
        match status {
            StatusCode::OK | StatusCode::INTERNAL_SERVER_ERROR => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(Unanswered::Refused("token")),
            StatusCode::TOO_MANY_REQUESTS => return Err(Unanswered::Refused("too many questions")),
            StatusCode::REQUEST_TIMEOUT => return Err(Unanswered::Away("busy")),
            s if s.is_redirection() => return Err(Unanswered::Away("redirect")),
            s if s.is_client_error() => return Err(Unanswered::Refused("status")),
            _ => return Err(Unanswered::Away("busy")),
        }
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/xml") {
            return Err(Unanswered::Away("not XML"));
        }
        if response.content_length().is_some_and(|length| length > SIZE as u64) {
            return Err(Unanswered::Away("size"));
        }
        let mut body = Vec::new();
        let lost = |e: reqwest::Error| Unanswered::Away(if e.is_timeout() { "time" } else { "answer" });
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > SIZE {
                return Err(Unanswered::Away("size"));
            }
            body.extend_from_slice(&chunk);
        }
        answer::read(&body, status == StatusCode::OK, question)
    }
}

/// An address that may be asked: https, or plain http where that is allowed; no user in it.
fn address(written: &str, plain: bool) -> Result<reqwest::Url, BadSettings> {
    let url = reqwest::Url::parse(written).map_err(|_| BadSettings::Address)?;
    let is_scheme = url.scheme() == "https" || (plain && url.scheme() == "http");
    let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if is_scheme && is_bare && url.host_str().is_some_and(|host| !host.is_empty()) {
        Ok(url)
    } else {
        Err(BadSettings::Address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n16_only_https_is_asked_outside_a_demo_and_nothing_shows_a_secret() {
        let with = |address: &str, plain| {
            let settings = Settings { plain, ..Settings::new(address, Secret::new("t0ken-cua-tinh"), [7; 32]) };
            assert!(!format!("{settings:?}").contains("t0ken"));
            Population::new(settings).map(|_| ())
        };
        assert_eq!(with("https://lgsp.example.vn/dan-cu", false), Ok(()));
        assert_eq!(with("http://localhost:8085/dich-vu", true), Ok(()));
        for bad in
            ["http://lgsp.example.vn/", "ftp://a/", "lgsp.example.vn", "https://", "https://u:p@lgsp.example.vn/", ""]
        {
            assert_eq!(with(bad, false), Err(BadSettings::Address), "{bad}");
        }
        let settings = Settings::new("https://a.vn/", Secret::new("a\nb"), [7; 32]);
        assert_eq!(Population::new(settings).err(), Some(BadSettings::Token));
    }

    #[tokio::test]
    async fn n16_plain_http_is_not_spoken_even_if_somebody_listens() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        assert!(Population::new(Settings::new(&address, Secret::new("t"), [7; 32])).is_err());
    }
}

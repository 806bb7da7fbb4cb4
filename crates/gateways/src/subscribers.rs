//! Mobile operators (nhà mạng): whether a phone is registered in a person's own name (N2). One question, one answer: a match or none;
//! what does not fit is never said. No operator's interface is public, so this is ours: JSON over https with a token that an operator gives.
//!
//! ```text
//! POST …/thue-bao/doi-chieu   {"so_dien_thoai":"0912345678","so_dinh_danh":"…","ho_ten":"…","ngay_sinh":"1989-03-21"}
//! 200                         {"khop":true}
//! ```

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A person waits for it.
const TIME: Duration = Duration::from_secs(6);
const CONNECT: Duration = Duration::from_secs(3);
/// The answer is one word.
const LONGEST: usize = 4 * 1024;

/// Where the operators are asked.
#[derive(Clone)]
pub struct Config {
    pub url: String,
    pub token: String,
    /// Plain HTTP to this machine: the sandbox.
    pub local: bool,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Config({})", self.url)
    }
}

/// What is asked; nothing of it stays here.
#[derive(Serialize)]
pub struct Question<'a> {
    /// `0912345678`
    #[serde(rename = "so_dien_thoai")]
    pub phone: &'a str,
    #[serde(rename = "so_dinh_danh")]
    pub number: &'a str,
    #[serde(rename = "ho_ten")]
    pub full_name: &'a str,
    /// `1989-03-21`
    #[serde(rename = "ngay_sinh")]
    pub birth_date: &'a str,
}

#[derive(Deserialize)]
struct Told {
    khop: bool,
}

/// Why there is no answer; names nothing of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    #[error("the address of the operators is not https")]
    Address,
    #[error("the HTTP client cannot be made")]
    Client,
    #[error("no answer in time")]
    Away,
    #[error("the status {0}")]
    Status(u16),
    #[error("the answer is not what was agreed")]
    Answer,
}

/// The operators, asked over one client. Cheap to clone.
#[derive(Clone)]
pub struct Subscribers {
    client: reqwest::Client,
    config: Config,
}

impl Subscribers {
    /// Errors: `Address`, `Client`.
    pub fn new(config: Config) -> Result<Self, Unanswered> {
        let is_local = config.local && config.url.starts_with("http://localhost:");
        if !config.url.starts_with("https://") && !is_local {
            return Err(Unanswered::Address);
        }
        let builder = || {
            reqwest::Client::builder()
                .timeout(TIME)
                .connect_timeout(CONNECT)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .user_agent("congdanso")
        };
        let client = match builder().build() {
            // A demo speaks plain HTTP with itself and must start on a bare machine too.
            Err(_) if is_local => builder().tls_certs_only([]).build(),
            built => built,
        };
        Ok(Self { client: client.map_err(|_| Unanswered::Client)?, config })
    }

    /// Whether the phone is this person's own.
    pub async fn is_own(&self, question: &Question<'_>) -> Result<bool, Unanswered> {
        let request = self.client.post(&self.config.url).bearer_auth(&self.config.token).json(question);
        let mut response = request.send().await.map_err(|_| Unanswered::Away)?;
        if response.status().as_u16() != 200 {
            return Err(Unanswered::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|_| Unanswered::Away)? {
            if body.len() + part.len() > LONGEST {
                return Err(Unanswered::Answer);
            }
            body.extend_from_slice(&part);
        }
        serde_json::from_slice::<Told>(&body).map(|told| told.khop).map_err(|_| Unanswered::Answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n2_operators_are_asked_over_https_or_on_this_machine_in_the_demo() {
        let config = |url: &str, local| Config { url: url.into(), token: "t".into(), local };
        for (url, local, fine) in [
            ("https://nha-mang.example.vn/thue-bao/doi-chieu", false, true),
            ("http://nha-mang.example.vn/thue-bao/doi-chieu", false, false),
            ("http://localhost:9/thue-bao/doi-chieu", false, false),
            ("http://localhost:9/thue-bao/doi-chieu", true, true),
            ("http://localhost.evil.example/x", true, false),
        ] {
            let made = Subscribers::new(config(url, local));
            assert_eq!(made.map(|_| ()).err() != Some(Unanswered::Address), fine, "{url}");
        }
        let shown = format!("{:?}", config("https://a.vn", false));
        assert!(!shown.contains("\"t\""), "{shown}");
    }
}

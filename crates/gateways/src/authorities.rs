//! Authorities that know a person and say whether what somebody typed is right (N2, N3): mobile operators (nhà mạng), the social insurance
//! (Bảo hiểm xã hội), the post (Bưu điện Việt Nam). One question, one answer: a match or none; what does not fit is never said.
//!
//! **Cần đối chiếu**: none of their interfaces is public, so this one is ours: JSON over https with a token that each gives. `ma_yeu_cau` names
//! the question, so that one that is asked again after a lost answer is the same question: a post office's code is worth one.
//!
//! ```text
//! POST …   {"ma_yeu_cau":"…","so_dinh_danh":"…","ho_ten":"…","ngay_sinh":"1989-03-21", and of these what the authority needs:
//!           "so_dien_thoai":"0912345678" (operator), "ma_so_bhxh":"0123456789" (insurance), "ma_buu_dien":"…" (post)}
//! 200      {"khop":true}
//! ```

use crate::http::{self, Lost};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A person waits for it.
const TIME: Duration = Duration::from_secs(6);
/// The answer is one word.
const LONGEST: usize = 4 * 1024;

/// Where an authority is asked.
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
    #[serde(rename = "ma_yeu_cau")]
    pub request: &'a str,
    #[serde(rename = "so_dinh_danh")]
    pub number: &'a str,
    #[serde(rename = "ho_ten")]
    pub full_name: &'a str,
    /// `1989-03-21`
    #[serde(rename = "ngay_sinh")]
    pub birth_date: &'a str,
    #[serde(flatten)]
    pub own: Own<'a>,
}

/// What one of them needs besides; the others are not told.
#[derive(Serialize)]
pub enum Own<'a> {
    /// `0912345678`
    #[serde(rename = "so_dien_thoai")]
    Phone(&'a str),
    #[serde(rename = "ma_so_bhxh")]
    Insurance(&'a str),
    #[serde(rename = "ma_buu_dien")]
    Post(&'a str),
}

#[derive(Deserialize)]
struct Told {
    khop: bool,
}

/// Why there is no answer; names nothing of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    #[error("the address is not https")]
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

/// One authority, asked over one client. Cheap to clone.
#[derive(Clone)]
pub struct Authority {
    client: reqwest::Client,
    config: Config,
}

impl Authority {
    /// Errors: `Address`, `Client`.
    pub fn new(config: Config) -> Result<Self, Unanswered> {
        if !http::may_ask(&config.url, config.local) {
            return Err(Unanswered::Address);
        }
        let client = http::client(TIME, http::is_here(&config.url, config.local)).map_err(|_| Unanswered::Client)?;
        Ok(Self { client, config })
    }

    /// Whether all of it is this person's.
    pub async fn confirms(&self, question: &Question<'_>) -> Result<bool, Unanswered> {
        let request = self.client.post(&self.config.url).bearer_auth(&self.config.token).json(question);
        let body = http::body(request, LONGEST).await.map_err(|lost| match lost {
            Lost::Away => Unanswered::Away,
            Lost::Status(status) => Unanswered::Status(status),
            Lost::TooLong => Unanswered::Answer,
        })?;
        serde_json::from_slice::<Told>(&body).map(|told| told.khop).map_err(|_| Unanswered::Answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n2_n3_authorities_are_asked_over_https_or_on_this_machine_in_the_demo() {
        let config = |url: &str, local| Config { url: url.into(), token: "t".into(), local };
        for (url, local, fine) in [
            ("https://nha-mang.example.vn/thue-bao/doi-chieu", false, true),
            ("http://nha-mang.example.vn/thue-bao/doi-chieu", false, false),
            ("http://localhost:9/thue-bao/doi-chieu", false, false),
            ("http://localhost:9/thue-bao/doi-chieu", true, true),
            ("http://localhost.evil.example/x", true, false),
        ] {
            let made = Authority::new(config(url, local));
            assert_eq!(made.map(|_| ()).err() != Some(Unanswered::Address), fine, "{url}");
        }
        let shown = format!("{:?}", config("https://a.vn", false));
        assert!(!shown.contains("\"t\""), "{shown}");
    }

    #[test]
    fn n3_each_is_told_what_it_needs_and_nothing_else() {
        let question = |own| {
            let question = Question { request: "r", number: "n", full_name: "Ai Đó", birth_date: "1989-03-21", own };
            serde_json::to_value(question).unwrap()
        };
        for (own, name) in
            [(Own::Phone("x"), "so_dien_thoai"), (Own::Insurance("x"), "ma_so_bhxh"), (Own::Post("x"), "ma_buu_dien")]
        {
            let sent = question(own);
            let names: Vec<&String> = sent.as_object().unwrap().keys().collect();
            assert_eq!((names.len(), sent[name].as_str()), (5, Some("x")), "{names:?}");
        }
    }
}

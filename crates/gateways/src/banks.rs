//! A bank's open API (N13): the accounts that a person agreed to, asked with the access token of that consent. Signing in, consent and ending it
//! are OAuth 2.0 and OpenID Connect (`identity::rp`); this is the one call behind them.
//!
//! **Cần đối chiếu**: Circular 64/2024/TT-NHNN is the frame of open APIs in banking; what its annexes lay down for this call could not be
//! checked, so the names below are ours, after the usual ones of open banking. Nothing else of the bank is ever asked: no balance, no movement.
//!
//! ```text
//! GET …  Authorization: Bearer …
//! 200    {"accounts":[{"id":"…","number":"…1234","holder":"NGUYEN VAN A","product":"…","currency":"VND","state":"active"}]}
//! 401    the consent is over
//! ```

use crate::http::{self, Lost};
use serde::Deserialize;
use std::time::Duration;

/// A person waits for it.
const TIME: Duration = Duration::from_secs(6);
/// Far more than the accounts below need.
const LONGEST: usize = 64 * 1024;
/// Nobody has more in one consent.
const MOST: usize = 20;

/// Where a bank is asked.
#[derive(Debug, Clone)]
pub struct Config {
    pub url: String,
    /// Plain HTTP to this machine, and a bank that says to be a test: the sandbox.
    pub local: bool,
}

/// One account. The number is masked here, whatever was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    pub id: String,
    /// `**** 1234`
    pub masked: String,
    pub holder: String,
    pub product: String,
    pub currency: String,
    pub is_active: bool,
}

/// Says nothing of whose it is.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("is_active", &self.is_active).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Told {
    accounts: Vec<One>,
    /// The sandbox says that it is one.
    #[serde(default)]
    environment: String,
}

#[derive(Deserialize)]
struct One {
    id: String,
    number: String,
    holder: String,
    #[serde(default)]
    product: String,
    currency: String,
    state: String,
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
    /// The token is good no longer.
    #[error("the consent is over")]
    Ended,
    #[error("the status {0}")]
    Status(u16),
    #[error("the answer is not what was agreed")]
    Answer,
    #[error("a bank of a test environment")]
    Sandbox,
}

/// One bank, asked over one client. Cheap to clone.
#[derive(Clone)]
pub struct Bank {
    client: reqwest::Client,
    config: Config,
}

impl Bank {
    /// Errors: `Address`, `Client`.
    pub fn new(config: Config) -> Result<Self, Unanswered> {
        Self::within(config, TIME)
    }

    /// With another time for an answer.
    pub fn within(config: Config, time: Duration) -> Result<Self, Unanswered> {
        if !http::may_ask(&config.url, config.local) {
            return Err(Unanswered::Address);
        }
        let client = http::client(time, http::is_here(&config.url, config.local)).map_err(|_| Unanswered::Client)?;
        Ok(Self { client, config })
    }

    /// What the holder of this token agreed to; nothing of an answer is believed in part.
    pub async fn accounts(&self, access: &str) -> Result<Vec<Account>, Unanswered> {
        let request = self.client.get(&self.config.url).header("accept", "application/json").bearer_auth(access);
        let body = http::body(request, LONGEST).await.map_err(|lost| match lost {
            Lost::Away => Unanswered::Away,
            Lost::Status(401) => Unanswered::Ended,
            Lost::Status(status) => Unanswered::Status(status),
            Lost::TooLong => Unanswered::Answer,
        })?;
        understood(&body, self.config.local)
    }
}

/// `local`: it may say to be a test.
fn understood(body: &[u8], local: bool) -> Result<Vec<Account>, Unanswered> {
    let told: Told = serde_json::from_slice(body).map_err(|_| Unanswered::Answer)?;
    if !told.environment.is_empty() && !local {
        return Err(Unanswered::Sandbox);
    }
    if told.accounts.len() > MOST {
        return Err(Unanswered::Answer);
    }
    let accounts: Option<Vec<Account>> = told.accounts.into_iter().map(read).collect();
    let accounts = accounts.ok_or(Unanswered::Answer)?;
    // The same account twice would be two links of one.
    let twice = |at: usize| accounts[..at].iter().any(|other| other.id == accounts[at].id);
    if (0..accounts.len()).any(twice) { Err(Unanswered::Answer) } else { Ok(accounts) }
}

/// `None`: this is no account.
fn read(one: One) -> Option<Account> {
    let is_id = (1..=128).contains(&one.id.len()) && one.id.bytes().all(|b| b.is_ascii_graphic());
    let is_currency = one.currency.len() == 3 && one.currency.bytes().all(|b| b.is_ascii_uppercase());
    if !is_id || !is_currency {
        return None;
    }
    Some(Account {
        masked: masked(&one.number)?,
        holder: line(&one.holder, 120)?,
        product: line(&one.product, 80)?,
        is_active: match one.state.as_str() {
            "active" => true,
            "blocked" | "closed" => false,
            _ => return None,
        },
        id: one.id,
        currency: one.currency,
    })
}

/// The last four digits and nothing else of a number.
fn masked(number: &str) -> Option<String> {
    let last: Vec<char> = number.chars().rev().filter(char::is_ascii_digit).take(4).collect();
    let fits = last.len() == 4 && number.len() <= 64;
    fits.then(|| format!("**** {}", last.into_iter().rev().collect::<String>()))
}

/// One line of at most so many characters, without signs that lead a page astray.
fn line(text: &str, most: usize) -> Option<String> {
    let line = base::text::one_line(text.get(..text.len().min(4 * most))?);
    let fits = line.chars().count() <= most && !line.chars().any(|c| c.is_control() || "<>".contains(c));
    fits.then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n13_banks_are_asked_over_https_or_on_this_machine_in_the_demo() {
        for (url, local, fine) in [
            ("https://api.ngan-hang.example.vn/accounts", false, true),
            ("http://api.ngan-hang.example.vn/accounts", false, false),
            ("http://localhost:9/accounts", false, false),
            ("http://localhost:9/accounts", true, true),
            ("http://localhost.evil.example/accounts", true, false),
        ] {
            let made = Bank::new(Config { url: url.into(), local });
            assert_eq!(made.map(|_| ()).err() != Some(Unanswered::Address), fine, "{url}");
        }
    }

    #[test]
    fn n13_a_bank_that_says_to_be_a_test_is_none_where_none_is_configured() {
        let body = br#"{"environment":"thu-nghiem","accounts":[]}"#;
        assert_eq!(understood(body, true), Ok(vec![]));
        assert_eq!(understood(body, false), Err(Unanswered::Sandbox));
        assert_eq!(understood(br#"{"accounts":[]}"#, false), Ok(vec![]));
    }

    #[test]
    fn n13_of_a_number_the_last_four_digits_stay_whatever_the_bank_sent() {
        for (number, shown) in [
            ("…1234", Some("**** 1234")),
            ("**** 1234", Some("**** 1234")),
            ("0123456789012", Some("**** 9012")),
            ("VN-0123 4567", Some("**** 4567")),
            ("123", None),
            ("", None),
        ] {
            assert_eq!(masked(number).as_deref(), shown, "{number}");
        }
        assert_eq!(masked(&"1".repeat(65)), None);
    }
}

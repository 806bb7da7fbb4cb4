//! Signing far away in the shape of VNPT SmartCA: JSON over https, a digest out, a signature back when the person said yes on the phone.
//!
//! ```text
//! POST …/v1/credentials/get_certificate      sp_id, sp_password, user_id, transaction_id → user_certificates
//! POST …/v1/signatures/sign                  … transaction_desc, serial_number, sign_files[hash] → tran_code
//! POST …/v1/signatures/sign/{code}/status    → 200 with signature_value, 4000 waiting, 4001 too late, 4002 refused
//! ```
//!
//! Paths and names are those of public integrations; the numbers of the states apart from 4002, how a digest is written (here hexadecimal
//! digits) and `chain_data` are **cần đối chiếu** with the authority's own document.

use crate::http;
use base::personal_number::PersonalNumber;
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use signing::remote::{Away, Credential, Progress, Remote, Request};
use std::time::Duration;

/// A person waits for it.
const TIME: Duration = Duration::from_secs(8);
/// Some certificates of two kilobytes each.
const LONGEST: usize = 128 * 1024;
const MOST_CREDENTIALS: usize = 8;

/// Where and as whom the authority is asked.
#[derive(Clone)]
pub struct Config {
    /// `https://gwsca.example.vn/sca/sp769`, without a slash at its end.
    pub url: String,
    pub sp_id: String,
    pub sp_password: String,
    /// Plain HTTP to this machine: the sandbox.
    pub local: bool,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Config({})", self.url)
    }
}

/// Why it cannot be asked at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadConfig {
    #[error("the address is not https, or ends with a slash")]
    Address,
    #[error("no HTTPS here: the system has no CA certificates (Debian: the package ca-certificates)")]
    NoRoots,
}

#[derive(Deserialize)]
struct Answer<T> {
    status_code: i64,
    data: Option<T>,
}

#[derive(Deserialize)]
struct Credentials {
    #[serde(default)]
    user_certificates: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    serial_number: String,
    cert_data: String,
    chain_data: Option<Chain>,
}

#[derive(Deserialize)]
struct Chain {
    ca_cert: Option<String>,
}

#[derive(Deserialize)]
struct Taken {
    tran_code: String,
}

#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    signatures: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    signature_value: String,
}

/// The authority, asked over one client. Cheap to clone.
#[derive(Clone)]
pub struct SmartCa {
    client: Client,
    config: Config,
}

impl SmartCa {
    /// Errors: as `BadConfig`.
    pub fn new(config: Config) -> Result<Self, BadConfig> {
        if !http::may_ask(&config.url, config.local) || config.url.ends_with('/') {
            return Err(BadConfig::Address);
        }
        let client = http::client(TIME, http::is_here(&config.url, config.local)).map_err(|_| BadConfig::NoRoots)?;
        Ok(Self { client, config })
    }

    async fn post<T: serde::de::DeserializeOwned>(&self, path: &str, more: Value) -> Result<Answer<T>, Away> {
        let away = |why: String| {
            tracing::warn!(why, "the authority for signing far away could not be asked");
            Away
        };
        let mut body = json!({ "sp_id": self.config.sp_id, "sp_password": self.config.sp_password });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        let request = self.client.post(format!("{}{path}", self.config.url)).json(&body);
        let bytes = http::body(request, LONGEST).await.map_err(|lost| away(lost.to_string()))?;
        serde_json::from_slice(&bytes).map_err(|_| away("the answer is not what was agreed".to_owned()))
    }
}

/// A code of theirs that stands in an address.
fn is_code(code: &str) -> bool {
    (1..=100).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn certificate(text: &str) -> Option<Vec<u8>> {
    let letters: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(letters).ok().filter(|der| !der.is_empty())
}

#[async_trait::async_trait]
impl Remote for SmartCa {
    async fn credentials(&self, number: &PersonalNumber, id: &str) -> Result<Vec<Credential>, Away> {
        let asked = json!({ "user_id": number.expose(), "serial_number": "", "transaction_id": id });
        let answer: Answer<Credentials> = self.post("/v1/credentials/get_certificate", asked).await?;
        let known = answer.data.map(|data| data.user_certificates).unwrap_or_default();
        let credential = |known: Known| {
            let above = known.chain_data.and_then(|chain| chain.ca_cert);
            let chain = [Some(known.cert_data), above].into_iter().flatten();
            let chain = chain.map(|text| certificate(&text)).collect::<Option<Vec<_>>>()?;
            Some(Credential { serial: known.serial_number, chain })
        };
        Ok(known.into_iter().take(MOST_CREDENTIALS).filter_map(credential).collect())
    }

    async fn ask(&self, request: &Request<'_>) -> Result<String, Away> {
        let digest: String = request.digest.iter().map(|b| format!("{b:02x}")).collect();
        let asked = json!({
            "user_id": request.number.expose(),
            "transaction_id": request.id,
            "transaction_desc": request.words,
            "serial_number": request.serial,
            "sign_files": [{ "doc_id": request.id, "file_type": "txt", "sign_type": "hash", "data_to_be_signed": digest }],
        });
        let answer: Answer<Taken> = self.post("/v1/signatures/sign", asked).await?;
        let code = answer.data.filter(|_| answer.status_code == 200).map(|data| data.tran_code);
        code.filter(|code| is_code(code)).ok_or(Away)
    }

    async fn progress(&self, code: &str) -> Result<Progress, Away> {
        if !is_code(code) {
            return Err(Away);
        }
        let answer: Answer<Done> = self.post(&format!("/v1/signatures/sign/{code}/status"), json!({})).await?;
        match answer.status_code {
            4000 => Ok(Progress::Waiting),
            4001 => Ok(Progress::Over),
            4002 => Ok(Progress::Refused),
            200 => {
                let done = answer.data.and_then(|data| data.signatures.into_iter().next()).ok_or(Away)?;
                STANDARD.decode(done.signature_value.trim()).map(Progress::Signed).map_err(|_| Away)
            }
            _ => Err(Away),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n4_signing_far_away_is_asked_over_https_or_on_this_machine_in_the_demo() {
        let config =
            |url: &str, local| Config { url: url.into(), sp_id: "a".into(), sp_password: "bi-mat".into(), local };
        for (url, local, fine) in [
            ("https://ca.example.vn/sca", false, true),
            ("https://ca.example.vn/sca/", false, false),
            ("http://ca.example.vn/sca", false, false),
            ("http://localhost:9", false, false),
            ("http://localhost:9", true, true),
            ("http://localhost.evil.example", true, false),
        ] {
            let made = SmartCa::new(config(url, local));
            assert_eq!(made.map(|_| ()).err() != Some(BadConfig::Address), fine, "{url}");
        }
        assert!(!format!("{:?}", config("https://a.vn", false)).contains("bi-mat"));
        assert!(is_code("a1-B2") && !is_code("../x") && !is_code(""));
    }
}

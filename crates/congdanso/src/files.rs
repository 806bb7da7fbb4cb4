//! `[files]`: where photos, videos and papers lie. Without it they lie in the data folder; with several nodes in a bucket that all of them reach (X1).

use base::keys::Secret;
use serde::Deserialize;
use std::path::PathBuf;
use store::{Bucket, Files};

/// A bucket of an S3 service, as the operator writes it down.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// `https://s3.example.vn`, without the bucket. Plain http only on this machine.
    pub endpoint: String,
    #[serde(default = "region")]
    pub region: String,
    pub bucket: String,
    /// A folder inside the bucket, for several provinces in one; none by default.
    #[serde(default)]
    pub prefix: String,
    pub access_key_id: String,
    /// A file with the key's secret.
    pub secret_key_file: PathBuf,
    /// The bucket is part of the host's name, as with Amazon's own service.
    #[serde(default)]
    pub bucket_in_host: bool,
}

fn region() -> String {
    "us-east-1".into()
}

/// Where a node keeps its files.
#[derive(Debug, Clone)]
pub enum Place {
    Folder(PathBuf),
    Bucket(Bucket),
}

impl Place {
    /// Errors: the folder cannot be made, or an address that is none.
    pub fn open(&self) -> Result<Files, store::Error> {
        match self {
            Self::Folder(folder) => Files::folder(folder),
            Self::Bucket(bucket) => Files::bucket(bucket),
        }
    }
}

impl Section {
    /// Errors: every fault, in words for an operator.
    pub fn read(&self) -> Result<Bucket, Vec<String>> {
        let mut faults = Vec::new();
        let rest = self.endpoint.strip_prefix("https://").or_else(|| {
            let rest = self.endpoint.strip_prefix("http://")?;
            ["localhost", "127.0.0.1"].contains(&rest.split(':').next().unwrap_or_default()).then_some(rest)
        });
        if rest.is_none_or(|host| host.is_empty() || host.contains(['/', '?', '#', '@', ' '])) {
            faults.push("files.endpoint must be an https:// address: a host alone, without bucket and path".to_owned());
        }
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
        if !(3..=63).contains(&self.bucket.len()) || !self.bucket.bytes().all(plain) {
            faults.push("files.bucket is 3 to 63 lower-case letters, digits, dots and hyphens".into());
        }
        let is_part = |part: &str| !part.is_empty() && part.bytes().all(|b| plain(b) && b != b'.');
        if self.prefix.len() > 100 || !self.prefix.is_empty() && !self.prefix.split('/').all(is_part) {
            faults.push(
                "files.prefix is lower-case letters, digits and hyphens, with / between and none at its ends".into(),
            );
        }
        if self.region.is_empty() || self.access_key_id.is_empty() {
            faults.push("files.region and files.access_key_id must not be empty".into());
        }
        let file = self.secret_key_file.display();
        let secret = match std::fs::read_to_string(&self.secret_key_file) {
            Ok(text) if text.trim().is_empty() => Err(format!("files.secret_key_file {file} is empty")),
            Ok(text) => Ok(Secret::new(text.trim())),
            Err(e) => Err(format!("files.secret_key_file {file}: {e}")),
        };
        match secret {
            Ok(secret_access_key) if faults.is_empty() => Ok(Bucket {
                endpoint: self.endpoint.clone(),
                region: self.region.clone(),
                name: self.bucket.clone(),
                prefix: self.prefix.clone(),
                access_key_id: self.access_key_id.clone(),
                secret_access_key,
                is_in_host: self.bucket_in_host,
            }),
            Ok(_) => Err(faults),
            Err(e) => {
                faults.push(e);
                Err(faults)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn section(endpoint: &str, bucket: &str, prefix: &str, secret: &str) -> Section {
        let text = format!(
            "endpoint = {endpoint:?}\nbucket = {bucket:?}\nprefix = {prefix:?}\naccess_key_id = \"a\"\nsecret_key_file = {secret:?}"
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn x1_a_bucket_is_written_down_whole_or_refused_with_every_fault() {
        let secret = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(secret.path(), "khong-ai-biet\n").unwrap();
        let secret = secret.path().display().to_string();
        for good in ["https://s3.example.vn", "https://s3.example.vn:9000", "http://127.0.0.1:9000"] {
            let bucket = section(good, "congdan", "quang-tri/tep", &secret).read().unwrap();
            assert_eq!((bucket.endpoint.as_str(), bucket.secret_access_key.expose()), (good, "khong-ai-biet"));
            assert!(!format!("{bucket:?}").contains("khong-ai-biet"));
        }
        for endpoint in
            ["http://s3.example.vn", "http://localhost.example.vn", "https://", "https://a/b", "https://a@b", "s3"]
        {
            let faults = section(endpoint, "congdan", "", &secret).read().unwrap_err();
            assert_eq!(faults.len(), 1, "{endpoint}: {faults:?}");
        }
        let faults = section("ftp://a", "AB", "/x/../", "/nowhere/at-all").read().unwrap_err().join("\n");
        for named in ["files.endpoint", "files.bucket", "files.prefix", "files.secret_key_file"] {
            assert!(faults.contains(named), "{named}: {faults}");
        }
    }
}

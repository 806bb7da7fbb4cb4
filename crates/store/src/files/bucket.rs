//! Files in a bucket of an S3 service.

use crate::Error;
use base::keys::Secret;
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, RetryConfig, aws::AmazonS3Builder, path::Path as Key,
    prefix::PrefixStore,
};
use std::{sync::Arc, time::Duration};

/// Before the service must have answered at all.
const CONNECT: Duration = Duration::from_secs(3);
/// Without a word from the service. No limit for a whole file: who reads one over a slow line reads it for minutes.
const SILENCE: Duration = Duration::from_secs(20);
/// Somebody waits meanwhile: what does not heal by then is told to them, and they try again.
const RETRIES: usize = 2;

/// Where, and who we are there.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// `https://s3.example.vn`, without the bucket.
    pub endpoint: String,
    /// What the service calls its place; those with one place alone say `us-east-1`.
    pub region: String,
    pub name: String,
    /// A folder inside it, for several provinces in one bucket; empty: none.
    pub prefix: String,
    pub access_key_id: String,
    pub secret_access_key: Secret,
    /// `https://bucket.s3.example.vn` instead of `https://s3.example.vn/bucket`.
    pub is_in_host: bool,
}

impl Bucket {
    /// Where requests go: with the bucket in the host's name the library wants it there already.
    fn address(&self) -> String {
        match self.endpoint.split_once("://") {
            Some((scheme, host)) if self.is_in_host => format!("{scheme}://{}.{host}", self.name),
            _ => self.endpoint.clone(),
        }
    }

    pub(super) fn open(&self) -> Result<Arc<dyn ObjectStore>, Error> {
        let client = ClientOptions::new()
            .with_connect_timeout(CONNECT)
            .with_timeout_disabled()
            .with_read_timeout(SILENCE)
            .with_allow_http(self.endpoint.starts_with("http://"));
        let pauses = BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(1),
            ..BackoffConfig::default()
        };
        let s3 = AmazonS3Builder::new()
            .with_endpoint(self.address())
            .with_region(&self.region)
            .with_bucket_name(&self.name)
            .with_access_key_id(&self.access_key_id)
            .with_secret_access_key(self.secret_access_key.expose())
            .with_virtual_hosted_style_request(self.is_in_host)
            .with_client_options(client)
            .with_retry(RetryConfig { backoff: pauses, max_retries: RETRIES, retry_timeout: SILENCE })
            .build()?;
        Ok(if self.prefix.is_empty() {
            Arc::new(s3)
        } else {
            Arc::new(PrefixStore::new(s3, Key::from(self.prefix.as_str())))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x1_the_bucket_stands_in_the_path_or_in_the_host() {
        let bucket = |is_in_host| Bucket {
            endpoint: "https://s3.example.vn:9000".into(),
            region: "us-east-1".into(),
            name: "congdan".into(),
            prefix: String::new(),
            access_key_id: "a".into(),
            secret_access_key: Secret::new("b"),
            is_in_host,
        };
        assert_eq!(bucket(false).address(), "https://s3.example.vn:9000");
        assert_eq!(bucket(true).address(), "https://congdan.s3.example.vn:9000");
    }
}

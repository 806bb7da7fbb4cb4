//! What we know of a provider at this moment: its addresses and its keys, asked seldom and kept.

use super::{Config, Endpoints, RpError, id_token::Doubt};
use crate::{
    jws::Bad,
    key_set::{KeySet, PAUSE},
    outgoing::{Outgoing, Trouble},
};
use base::clock::{Clock, HOUR, Millis};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Mutex;
use url::Url;

/// Addresses are asked again after this time.
const KEPT: Millis = HOUR;

#[derive(Debug, Clone, Default)]
pub(crate) struct Metadata {
    pub endpoints: Endpoints,
    /// Its answers say `iss`.
    pub says_iss: bool,
}

#[derive(Default)]
struct Kept {
    metadata: Option<(Millis, Arc<Metadata>)>,
    failed_at: Option<Millis>,
}

/// The other side.
pub(crate) struct Remote {
    pub outgoing: Outgoing,
    clock: Clock,
    kept: Mutex<Kept>,
    keys: KeySet,
}

impl Remote {
    pub fn new(outgoing: Outgoing, clock: Clock) -> Self {
        Self { outgoing, clock, kept: Mutex::default(), keys: KeySet::default() }
    }

    /// Its addresses, as configured or as it publishes them.
    pub async fn metadata(&self, config: &Config) -> Result<Arc<Metadata>, RpError> {
        if let Some(endpoints) = &config.endpoints {
            return Ok(Arc::new(Metadata { endpoints: endpoints.clone(), says_iss: config.needs_iss }));
        }
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        if let Some((at, metadata)) = &kept.metadata
            && now - at < KEPT
        {
            return Ok(metadata.clone());
        }
        // A provider that is down is asked by one person every while; the others do not wait in line for the same answer.
        let found = match kept.failed_at {
            Some(at) if now - at < PAUSE => Err(RpError::Away(Trouble::Away)),
            _ => self.discover(config).await,
        };
        match found {
            Ok(found) => {
                let found = Arc::new(found);
                kept.metadata = Some((now, found.clone()));
                Ok(found)
            }
            Err(error) => {
                if kept.failed_at.is_none_or(|at| now - at >= PAUSE) {
                    kept.failed_at = Some(now);
                }
                // What was true an hour ago is better than turning people away.
                kept.metadata.as_ref().map(|(_, old)| old.clone()).ok_or(error)
            }
        }
    }

    async fn discover(&self, config: &Config) -> Result<Metadata, RpError> {
        let at = format!("{}/.well-known/openid-configuration", config.issuer.trim_end_matches('/'));
        let url = Url::parse(&at).map_err(|_| RpError::Configured("issuer"))?;
        let document = self.outgoing.json(&url).await?;
        let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
        // A document that speaks for another issuer would put that one's keys in the place of this one's.
        if text("issuer").as_deref() != Some(&config.issuer) {
            return Err(RpError::NotBelieved(Doubt::Issuer));
        }
        let needed = |name: &'static str| text(name).ok_or(RpError::Configured(name));
        let endpoints = Endpoints {
            authorization: needed("authorization_endpoint")?,
            token: needed("token_endpoint")?,
            jwks: needed("jwks_uri")?,
            userinfo: text("userinfo_endpoint"),
            end_session: text("end_session_endpoint"),
            pushed: text("pushed_authorization_request_endpoint"),
            revocation: text("revocation_endpoint"),
        };
        let others = [&endpoints.userinfo, &endpoints.end_session, &endpoints.pushed, &endpoints.revocation];
        let others = others.into_iter().flatten();
        for address in [&endpoints.authorization, &endpoints.token, &endpoints.jwks].into_iter().chain(others) {
            self.address(address)?;
        }
        let says_iss = document.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true));
        Ok(Metadata { endpoints, says_iss })
    }

    /// An address that may be asked.
    pub fn address(&self, text: &str) -> Result<Url, RpError> {
        Url::parse(text).ok().filter(|url| self.outgoing.may_ask(url)).ok_or(RpError::Configured("an address"))
    }

    /// Believes a token by the provider's keys; asks for them again when the token names one that we do not have.
    pub async fn believe<T>(
        &self,
        config: &Config,
        verify: impl Fn(&[Value]) -> Result<T, Doubt>,
    ) -> Result<T, RpError> {
        let address = self.address(&self.metadata(config).await?.endpoints.jwks)?;
        let verify = |keys: &[Value]| verify(keys).map_err(RpError::from);
        let is_stranger = |error: &RpError| matches!(error, RpError::NotBelieved(Doubt::Jws(Bad::UnknownKey)));
        self.keys.believe((&self.outgoing, &self.clock), &address, verify, is_stranger).await
    }
}

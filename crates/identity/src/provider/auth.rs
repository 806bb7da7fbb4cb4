//! How a client proves itself (RFC 6749 §2.3, RFC 7523): exactly the way it was registered with, one way at a time.

use super::{
    Provider,
    clients::{ASSERTION_ALGS, Auth, Client, is_first},
    web::params::Params,
};
use crate::{
    error::{Refusal, Stop},
    handles::{self, Kind},
    jws::{self, Bad, Unverified},
    key_set::KeySet,
    outgoing::Trouble,
};
use axum::http::{HeaderMap, header};
use base::clock::{MINUTE, Millis, SECOND};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use store::Tx;
use url::Url;

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// An assertion may be good for so long at most: its id must be remembered until then.
const ASSERTION_MOST: Millis = 10 * MINUTE;

/// Why an assertion is not proven by keys that its client publishes.
enum Unproven {
    Bad(Bad),
    Trouble(Trouble),
}

impl From<Bad> for Unproven {
    fn from(bad: Bad) -> Self {
        Self::Bad(bad)
    }
}

impl From<Trouble> for Unproven {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// The sets of keys that clients publish, as this node knows them. There are as many as clients that were made by hand.
#[derive(Default)]
pub(crate) struct ClientsKeys(Mutex<HashMap<String, (String, Arc<KeySet>)>>);

impl ClientsKeys {
    /// A client that names another address begins anew.
    fn of(&self, client: &str, uri: &str) -> Arc<KeySet> {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match sets.get(client) {
            Some((at, set)) if at == uri => set.clone(),
            _ => {
                let set = Arc::new(KeySet::default());
                sets.insert(client.to_owned(), (uri.to_owned(), set.clone()));
                set
            }
        }
    }
}

/// What a request shows, before it is believed.
pub(crate) enum Shown {
    Nothing(String),
    Secret { id: String, secret: String, way: Auth },
    Assertion(String),
}

impl Provider {
    /// The client that sent a form. Errors: `invalid_client`, the same words for an unknown client and a wrong proof.
    pub(crate) async fn authenticate(&self, headers: &HeaderMap, form: &Params) -> Result<Client, Stop> {
        let wrong = Refusal::client("client authentication failed");
        match shown(headers, form)? {
            Shown::Nothing(id) => {
                let client = self.client(&id).await?.ok_or(wrong.clone())?;
                if client.auth != Auth::None { Err(wrong.into()) } else { Ok(client) }
            }
            Shown::Secret { id, secret, way } => {
                let client = self.client(&id).await?;
                let hash = handles::hash(&self.keys, Kind::ClientSecret, &secret).ok_or(wrong.clone())?;
                let client = client.filter(|c| c.auth == way).ok_or(wrong.clone())?;
                let fits = client.secret_hash.as_ref().is_some_and(|own| jws::same(own, &hash));
                if fits { Ok(client) } else { Err(wrong.into()) }
            }
            Shown::Assertion(token) => self.assertion(&token, form.one("client_id")?).await,
        }
    }

    async fn assertion(&self, token: &str, named: Option<&str>) -> Result<Client, Stop> {
        let wrong = Refusal::client("client assertion refused");
        let unverified = jws::read(token).map_err(|_| wrong.clone())?;
        let id = unverified.peek("sub").unwrap_or_default().to_owned();
        if named.is_some_and(|named| named != id) {
            return Err(wrong.into());
        }
        let client = self.client(&id).await?.filter(|c| c.auth == Auth::PrivateKeyJwt).ok_or(wrong.clone())?;
        let claims = self.proven(&client, &unverified).await.ok_or(wrong.clone())?;
        let now = self.now();
        let expires_at = self.check_assertion(&claims, &id, now).ok_or(wrong.clone())?;
        let jti = claims.get("jti").and_then(Value::as_str).filter(|j| (1..=200).contains(&j.len()));
        let jti = handles::hash_any(&self.keys, Kind::Jti, jti.ok_or(wrong.clone())?.as_bytes());
        let who = format!("client {id}");
        let first =
            self.store.write(move |tx: Tx| async move { is_first(&tx, who, jti, expires_at + MINUTE).await }).await?;
        if first { Ok(client) } else { Err(wrong.into()) }
    }

    /// What an assertion says, once the client's own key proves it: a registered one, or one that it publishes.
    pub(super) async fn proven(&self, client: &Client, assertion: &Unverified<'_>) -> Option<Map<String, Value>> {
        let Some(uri) = &client.jwks_uri else { return assertion.verify(&client.jwks, &ASSERTION_ALGS).ok() };
        let address = Url::parse(uri).ok()?;
        let verify = |keys: &[Value]| Ok(assertion.verify(keys, &ASSERTION_ALGS)?);
        // A client may turn its key and keep its name.
        let is_stranger = |why: &Unproven| matches!(why, Unproven::Bad(Bad::UnknownKey | Bad::Signature));
        let set = self.clients_keys.of(&client.id, uri);
        match set.believe((&self.outgoing, &self.clock), &address, verify, is_stranger).await {
            Ok(claims) => Some(claims),
            Err(Unproven::Bad(_)) => None,
            Err(Unproven::Trouble(trouble)) => {
                tracing::warn!(client = client.id, %trouble, "the client's keys cannot be fetched");
                None
            }
        }
    }

    /// When an assertion ends, if it is from this client, for us and of now.
    fn check_assertion(&self, claims: &Map<String, Value>, id: &str, now: Millis) -> Option<Millis> {
        let skew = self.settings.lifetimes.skew;
        let is = |name: &str, wanted: &str| claims.get(name).and_then(Value::as_str) == Some(wanted);
        let ours = [self.settings.issuer.clone(), self.settings.url("/oauth2/token"), self.settings.url("/oauth2/par")];
        let is_ours = |aud: &Value| aud.as_str().is_some_and(|a| ours.iter().any(|o| o == a));
        let for_us = match claims.get("aud")? {
            Value::Array(several) => several.len() == 1 && several.iter().all(is_ours),
            one => is_ours(one),
        };
        let exp = jws::seconds(claims, "exp")?.checked_mul(SECOND)?;
        let started = |name: &str| jws::seconds(claims, name).is_none_or(|at| at.saturating_mul(SECOND) <= now + skew);
        let in_time = exp > now - skew && exp <= now + ASSERTION_MOST && started("nbf") && started("iat");
        (is("iss", id) && is("sub", id) && for_us && in_time).then_some(exp)
    }
}

pub(crate) fn shown(headers: &HeaderMap, form: &Params) -> Result<Shown, Refusal> {
    let twice = Refusal::request("more than one way of client authentication");
    let assertion = form.one("client_assertion")?;
    let secret = form.one("client_secret")?;
    let id = form.one("client_id")?;
    if let Some(basic) = headers.get(header::AUTHORIZATION) {
        if assertion.is_some() || secret.is_some() {
            return Err(twice);
        }
        let (basic_id, secret) = basic.to_str().ok().and_then(basic_pair).ok_or(Refusal::client("not Basic"))?;
        if id.is_some_and(|id| id != basic_id) {
            return Err(Refusal::client("two different clients are named"));
        }
        return Ok(Shown::Secret { id: basic_id, secret, way: Auth::ClientSecretBasic });
    }
    match (assertion, secret, id) {
        (Some(_), Some(_), _) => Err(twice),
        (Some(token), None, _) if form.one("client_assertion_type")? == Some(ASSERTION) => {
            Ok(Shown::Assertion(token.to_owned()))
        }
        (Some(_), None, _) => Err(Refusal::client("unknown kind of client assertion")),
        (None, Some(secret), Some(id)) => {
            Ok(Shown::Secret { id: id.into(), secret: secret.into(), way: Auth::ClientSecretPost })
        }
        (None, None, Some(id)) => Ok(Shown::Nothing(id.into())),
        (None, _, None) => Err(Refusal::client("no client is named")),
    }
}

/// Both halves are form-encoded inside (RFC 6749 §2.3.1).
fn basic_pair(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > 1024 {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((form_decoded(id), form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    // `&` and `=` cannot stand in an encoded half; whoever sends them raw has no such id.
    form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_halves_are_form_decoded() {
        let encode = |s: &str| format!("Basic {}", STANDARD.encode(s));
        assert_eq!(basic_pair(&encode("a%2Db:c+d%3A")), Some(("a-b".into(), "c d:".into())));
        assert_eq!(basic_pair(&encode("ab")), None);
        assert_eq!(basic_pair("Bearer x"), None);
    }
}

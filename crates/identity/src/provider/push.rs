//! What a client tells us by itself, signed with the key that it proves itself with: one token, good for minutes, taken once. What it may say is the
//! role's business; here stands only who said it.

use super::{
    Provider,
    clients::{Auth, Client, is_first},
};
use crate::{
    error::Error,
    handles::{self, Kind},
    jws,
};
use base::clock::{MINUTE, Millis, SECOND};
use serde_json::{Map, Value};
use store::Tx;

/// What is taken of whom.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The token's kind, so that no other token of the client passes for it (RFC 8725 §3.11).
    pub typ: &'a str,
    /// The address that it was sent to, letter by letter.
    pub audience: &'a str,
    /// Characters at most.
    pub longest: usize,
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbelieved {
    #[error("too long")]
    TooLong,
    #[error("not such a token")]
    Shape,
    /// An unknown client, one that proves itself otherwise, or a signature that is not its own: the same word for all.
    #[error("not signed by a client")]
    Signature,
    #[error("for somebody else")]
    Audience,
    /// Not yet, no longer, or good for too long.
    #[error("not of now")]
    Time,
    #[error("used before")]
    Replayed,
}

/// Who said what.
#[derive(Debug, Clone)]
pub struct Pushed {
    pub client: Client,
    pub claims: Map<String, Value>,
}

/// A token may be good for so long at most: its id must be remembered until then.
const MOST: Millis = 10 * MINUTE;

impl Provider {
    /// Believes a token that a client pushed, once. Errors: the database; the inner ones: it is not believed.
    pub async fn pushed(&self, token: &str, wanted: Wanted<'_>) -> Result<Result<Pushed, Unbelieved>, Error> {
        if token.len() > wanted.longest {
            return Ok(Err(Unbelieved::TooLong));
        }
        let Ok(unverified) = jws::read_up_to(token, wanted.longest) else { return Ok(Err(Unbelieved::Shape)) };
        if unverified.typ.as_deref() != Some(wanted.typ) {
            return Ok(Err(Unbelieved::Shape));
        }
        let id = unverified.peek("iss").unwrap_or_default().to_owned();
        let client = self.client(&id).await?.filter(|client| client.auth == Auth::PrivateKeyJwt);
        let Some(client) = client else { return Ok(Err(Unbelieved::Signature)) };
        let Some(claims) = self.proven(&client, &unverified).await else { return Ok(Err(Unbelieved::Signature)) };
        let is_ours = |aud: &Value| aud.as_str() == Some(wanted.audience);
        let for_us = match claims.get("aud") {
            Some(Value::Array(several)) => several.len() == 1 && several.iter().all(is_ours),
            Some(one) => is_ours(one),
            None => false,
        };
        if !for_us {
            return Ok(Err(Unbelieved::Audience));
        }
        let Some(expires_at) = self.of_now(&claims) else { return Ok(Err(Unbelieved::Time)) };
        let jti = claims.get("jti").and_then(Value::as_str).filter(|jti| (1..=200).contains(&jti.len()));
        let Some(jti) = jti else { return Ok(Err(Unbelieved::Shape)) };
        let jti = handles::hash_any(&self.keys, Kind::Jti, jti.as_bytes());
        let who = format!("push {id}");
        let first =
            self.store.write(move |tx: Tx| async move { is_first(&tx, who, jti, expires_at + MINUTE).await }).await?;
        Ok(if first { Ok(Pushed { client, claims }) } else { Err(Unbelieved::Replayed) })
    }

    /// When it ends, if it is good now; both ends must be said.
    fn of_now(&self, claims: &Map<String, Value>) -> Option<Millis> {
        let (now, skew) = (self.now(), self.settings.lifetimes.skew);
        let at = |name: &str| jws::seconds(claims, name)?.checked_mul(SECOND);
        let (began, ends) = (at("iat")?, at("exp")?);
        let started = |name: &str| at(name).is_none_or(|at| at <= now + skew);
        let in_time = ends > now - skew && ends <= now + MOST && began <= now + skew && began < ends && started("nbf");
        in_time.then_some(ends)
    }
}

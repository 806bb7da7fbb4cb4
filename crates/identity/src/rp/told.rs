//! What a provider tells us by itself (`provider::tell`): believed as a logout token is, by the keys it signs people in with, once, and for minutes only.

use super::{Rp, RpError, id_token::common};
use crate::{
    error::Error,
    handles::{self, Kind},
    jws,
    provider::clients::is_first,
    rp::Doubt,
};
use base::clock::{HOUR, MINUTE, SECOND};
use serde_json::{Map, Value};
use store::Tx;

/// A token may be good for so long at most: its id must be remembered until then.
const MOST: i64 = 10 * MINUTE;

impl Rp {
    /// Believes a token of this kind that the provider sent to us. `None`: it was used before. Errors: it is not believed, or its keys cannot be had.
    pub async fn told(&self, token: &str, typ: &str, longest: usize) -> Result<Option<Map<String, Value>>, RpError> {
        let c = &self.config;
        let now = self.clock.now();
        let verify = |keys: &[Value]| {
            let unverified = jws::read_up_to(token, longest)?;
            // Its own kind and no other, so that neither a logout nor an ID token passes for it (RFC 8725 §3.11).
            if unverified.typ.as_deref() != Some(typ) {
                return Err(Doubt::Kind);
            }
            let claims = unverified.verify(keys, &c.algs)?;
            common(&claims, &c.issuer, &c.client_id, now, c.skew)?;
            let until = jws::seconds(&claims, "exp").map(|s| s.saturating_mul(SECOND));
            if until.is_none_or(|until| until > now + MOST) {
                return Err(Doubt::Expired);
            }
            let jti = claims.get("jti").and_then(Value::as_str);
            if !jti.is_some_and(|jti| (1..=255).contains(&jti.len())) {
                return Err(Doubt::Id);
            }
            Ok(claims)
        };
        let claims = self.remote.believe(c, verify).await?;
        let jti = claims.get("jti").and_then(Value::as_str).unwrap_or_default();
        let jti = handles::hash_any(&self.keys, Kind::Jti, jti.as_bytes());
        let (who, until) = (format!("told {}", c.name), now + MOST + HOUR);
        let first =
            self.store.write(move |tx: Tx| async move { Ok::<_, Error>(is_first(&tx, who, jti, until).await?) });
        Ok(first.await?.then_some(claims))
    }
}

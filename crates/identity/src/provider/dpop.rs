//! Proof of possession (DPoP, RFC 9449): a client that sends a proof gets tokens that are good only together with its key, so that a
//! stolen one is worth nothing. Clients that send none get bearer tokens.

use super::{Provider, clients::is_first};
use crate::{
    error::{Refusal, Stop},
    handles::{self, Kind},
    jws::{self, Alg},
};
use axum::http::HeaderMap;
use base::clock::{Millis, SECOND};
use serde_json::{Map, Value};
use store::Tx;

/// What a proof may be signed with.
pub(crate) const PROOF_ALGS: [Alg; 4] = [Alg::ES256, Alg::PS256, Alg::RS256, Alg::EdDSA];

const WRONG: Refusal = Refusal::new("invalid_dpop_proof", "the DPoP proof does not fit this request");

impl Provider {
    /// The thumbprint of the key whose holder sent this request; `None` when there is no proof. `path` is ours, `access` the token
    /// that comes with it. A proof counts once.
    pub(crate) async fn proof(
        &self,
        headers: &HeaderMap,
        method: &str,
        path: &str,
        access: Option<&str>,
    ) -> Result<Option<String>, Stop> {
        let mut shown = headers.get_all("dpop").iter();
        let proof = match (shown.next(), shown.next()) {
            (None, _) => return Ok(None),
            (Some(one), None) => one.to_str().map_err(|_| WRONG)?,
            (Some(_), Some(_)) => return Err(WRONG.into()),
        };
        let unverified = jws::read(proof).map_err(|_| WRONG)?;
        if unverified.typ.as_deref() != Some("dpop+jwt") {
            return Err(WRONG.into());
        }
        let jwk = unverified.jwk.clone().ok_or(WRONG)?;
        let thumbprint = jws::thumbprint(&jwk).ok_or(WRONG)?;
        let claims = unverified.verify(&[jwk], &PROOF_ALGS).map_err(|_| WRONG)?;
        let jti = self.fits(&claims, method, path, access).ok_or(WRONG)?;
        let jti = handles::hash_any(&self.keys, Kind::Jti, format!("{thumbprint} {jti}").as_bytes());
        // As long as the proof could still be taken for a fresh one.
        let until = self.now() + 3 * self.settings.lifetimes.skew;
        let first =
            self.store.write(move |tx: Tx| async move { is_first(&tx, "dpop".into(), jti, until).await }).await?;
        if first { Ok(Some(thumbprint)) } else { Err(WRONG.into()) }
    }

    /// The proof's id, if it is for this request and of now.
    fn fits<'a>(
        &self,
        claims: &'a Map<String, Value>,
        method: &str,
        path: &str,
        access: Option<&str>,
    ) -> Option<&'a str> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let skew = self.settings.lifetimes.skew;
        let at = jws::seconds(claims, "iat")?.checked_mul(SECOND)?;
        let is_now = is_near(at, self.now(), skew);
        // Query and fragment do not count (§4.3).
        let address = text("htu")?.split(['?', '#']).next()?;
        let is_here = text("htm")? == method && address == self.settings.url(path);
        let is_with = access.is_none_or(|token| text("ath") == Some(&jws::digest_text(token)));
        let jti = claims.get("jti").and_then(Value::as_str).filter(|jti| (1..=200).contains(&jti.len()))?;
        (is_now && is_here && is_with).then_some(jti)
    }
}

/// Also of times that lie as far away as numbers go: a difference of theirs would wrap around.
fn is_near(at: Millis, now: Millis, skew: Millis) -> bool {
    at.abs_diff(now) <= skew.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::clock::MINUTE;

    #[test]
    fn n8_a_proof_is_of_now_or_nothing() {
        let now = 1_774_833_300_000;
        assert!(is_near(now + MINUTE, now, MINUTE) && is_near(now - MINUTE, now, MINUTE));
        for far in [now + MINUTE + 1, now - MINUTE - 1, i64::MAX, i64::MIN, now.wrapping_sub(i64::MIN)] {
            assert!(!is_near(far, now, MINUTE), "{far}");
        }
    }
}

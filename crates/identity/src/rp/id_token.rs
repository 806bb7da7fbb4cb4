//! Whether to believe a provider's tokens (OpenID Connect Core §3.1.3.7, Back-Channel Logout §2.6), decided with nothing but the
//! token, its keys and what we expect.

use crate::jws::{self, Alg, Bad};
use base::clock::{Millis, SECOND};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use sha2::Digest;

/// What an ID token must say.
pub(crate) struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub access_token: Option<&'a str>,
    pub algs: &'a [Alg],
    pub now: Millis,
    pub skew: Millis,
    /// Seconds.
    pub max_age: Option<i64>,
}

/// Why a token is not believed: for the log and for tests; people are told only that it did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error(transparent)]
    Jws(#[from] Bad),
    #[error("another kind of token")]
    Kind,
    #[error("another issuer")]
    Issuer,
    #[error("not for us")]
    Audience,
    #[error("no subject")]
    Subject,
    #[error("expired, or without an end")]
    Expired,
    #[error("from the future, or without a beginning")]
    Future,
    #[error("another nonce")]
    Nonce,
    #[error("another access token")]
    AccessToken,
    #[error("the person signed in too long ago")]
    TooOld,
    #[error("no logout event")]
    Event,
    #[error("no token id")]
    Id,
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// The claims of an ID token that fits in every respect.
pub(crate) fn verify(token: &str, keys: &[Value], expected: &Expected<'_>) -> Result<Map<String, Value>, Doubt> {
    let unverified = jws::read(token)?;
    if unverified.typ.as_deref().is_some_and(|typ| !typ.eq_ignore_ascii_case("jwt")) {
        return Err(Doubt::Kind);
    }
    let alg = unverified.alg.clone();
    let claims = unverified.verify(keys, expected.algs)?;
    common(&claims, expected.issuer, expected.client_id, expected.now, expected.skew)?;
    if !text(&claims, "sub").is_some_and(|sub| (1..=255).contains(&sub.len())) {
        return Err(Doubt::Subject);
    }
    if !text(&claims, "nonce").is_some_and(|nonce| jws::same(nonce.as_bytes(), expected.nonce.as_bytes())) {
        return Err(Doubt::Nonce);
    }
    if let (Some(access), Some(shown)) = (expected.access_token, claims.get("at_hash"))
        && shown.as_str() != Some(&half_digest(&alg, access))
    {
        return Err(Doubt::AccessToken);
    }
    if let Some(most) = expected.max_age {
        let since = jws::seconds(&claims, "auth_time").ok_or(Doubt::TooOld)?;
        // Saturating: a moment before all numbers must not wrap around into the future.
        if (expected.now / SECOND).saturating_sub(since) > most + expected.skew / SECOND {
            return Err(Doubt::TooOld);
        }
    }
    Ok(claims)
}

/// The claims of a logout token; whether its id is new is asked of the rows.
pub(crate) fn verify_logout(
    token: &str,
    keys: &[Value],
    issuer: &str,
    client_id: &str,
    algs: &[Alg],
    (now, skew): (Millis, Millis),
) -> Result<Map<String, Value>, Doubt> {
    let unverified = jws::read(token)?;
    // Older providers still say JWT; the event below tells the kinds apart all the same.
    if unverified.typ.as_deref().is_some_and(|t| !["logout+jwt", "jwt"].contains(&t.to_ascii_lowercase().as_str())) {
        return Err(Doubt::Kind);
    }
    let claims = unverified.verify(keys, algs)?;
    common(&claims, issuer, client_id, now, skew)?;
    let event = claims.get("events").and_then(|e| e.get("http://schemas.openid.net/event/backchannel-logout"));
    if !event.is_some_and(Value::is_object) {
        return Err(Doubt::Event);
    }
    if claims.contains_key("nonce") {
        return Err(Doubt::Nonce);
    }
    if !text(&claims, "jti").is_some_and(|jti| (1..=255).contains(&jti.len())) {
        return Err(Doubt::Id);
    }
    if text(&claims, "sub").is_none_or(str::is_empty) && text(&claims, "sid").is_none_or(str::is_empty) {
        return Err(Doubt::Subject);
    }
    Ok(claims)
}

pub(super) fn common(
    claims: &Map<String, Value>,
    issuer: &str,
    client: &str,
    now: Millis,
    skew: Millis,
) -> Result<(), Doubt> {
    if text(claims, "iss") != Some(issuer) {
        return Err(Doubt::Issuer);
    }
    let for_us = match claims.get("aud") {
        // A second audience is nobody whom we know to trust.
        Some(Value::Array(several)) => several.len() == 1 && several[0].as_str() == Some(client),
        Some(one) => one.as_str() == Some(client),
        None => false,
    };
    if !for_us || claims.get("azp").is_some_and(|azp| azp.as_str() != Some(client)) {
        return Err(Doubt::Audience);
    }
    let at = |name: &str| jws::seconds(claims, name).map(|s| s.saturating_mul(SECOND));
    if at("exp").is_none_or(|exp| exp <= now - skew) {
        return Err(Doubt::Expired);
    }
    if at("iat").is_none_or(|iat| iat > now + skew) || at("nbf").is_some_and(|nbf| nbf > now + skew) {
        return Err(Doubt::Future);
    }
    Ok(())
}

/// `at_hash`: the left half of the digest that goes with the token's algorithm.
fn half_digest(alg: &str, token: &str) -> String {
    let digest = match alg {
        "ES384" => sha2::Sha384::digest(token).to_vec(),
        "EdDSA" => sha2::Sha512::digest(token).to_vec(),
        _ => sha2::Sha256::digest(token).to_vec(),
    };
    URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::clock::{Entropy, MINUTE};
    use serde_json::json;

    const NOW: Millis = 1_774_833_300_000;

    fn signer() -> crate::jws::Signer {
        crate::jws::Signer::generate(&Entropy::seeded(11)).unwrap().0
    }

    fn expected() -> Expected<'static> {
        Expected {
            issuer: "https://op.example",
            client_id: "rp",
            nonce: "n-1",
            access_token: Some("at-1"),
            algs: &[Alg::ES256],
            now: NOW,
            skew: MINUTE,
            max_age: Some(300),
        }
    }

    fn good() -> Value {
        json!({
            "iss": "https://op.example", "sub": "s-1", "aud": "rp", "nonce": "n-1",
            "iat": NOW / 1000, "exp": NOW / 1000 + 600, "auth_time": NOW / 1000 - 10,
            "at_hash": half_digest("ES256", "at-1"),
        })
    }

    fn check(typ: &str, claims: &Value) -> Result<(), Doubt> {
        let signer = signer();
        let token = signer.sign(typ, claims).unwrap();
        verify(&token, &[signer.public().clone()], &expected()).map(|_| ())
    }

    #[test]
    fn n8_an_id_token_is_believed_only_when_everything_fits() {
        assert_eq!(check("JWT", &good()), Ok(()));
        let now = NOW / 1000;
        for (case, name, value, doubt) in [
            ("oidcc-client-test-invalid-iss", "iss", json!("https://op.example/"), Doubt::Issuer),
            ("oidcc-client-test-missing-iss", "iss", Value::Null, Doubt::Issuer),
            ("oidcc-client-test-invalid-aud", "aud", json!("other"), Doubt::Audience),
            ("oidcc-client-test-missing-aud", "aud", Value::Null, Doubt::Audience),
            ("a second audience", "aud", json!(["rp", "other"]), Doubt::Audience),
            ("an audience of another type", "aud", json!({ "rp": 1 }), Doubt::Audience),
            ("another azp", "azp", json!("other"), Doubt::Audience),
            ("oidcc-client-test-missing-sub", "sub", Value::Null, Doubt::Subject),
            ("an empty sub", "sub", json!(""), Doubt::Subject),
            ("a long sub", "sub", json!("s".repeat(256)), Doubt::Subject),
            ("oidcc-client-test-nonce-invalid", "nonce", json!("n-2"), Doubt::Nonce),
            ("no nonce", "nonce", Value::Null, Doubt::Nonce),
            ("expired", "exp", json!(now - 61), Doubt::Expired),
            ("no exp", "exp", Value::Null, Doubt::Expired),
            ("exp as a text", "exp", json!("9999999999"), Doubt::Expired),
            ("oidcc-client-test-missing-iat", "iat", Value::Null, Doubt::Future),
            ("iat in the future", "iat", json!(now + 61), Doubt::Future),
            ("nbf in the future", "nbf", json!(now + 61), Doubt::Future),
            ("another access token", "at_hash", json!(half_digest("ES256", "at-2")), Doubt::AccessToken),
            ("signed in long ago", "auth_time", json!(now - 361), Doubt::TooOld),
            ("signed in before all numbers", "auth_time", json!(i64::MIN), Doubt::TooOld),
            ("no auth_time though asked", "auth_time", Value::Null, Doubt::TooOld),
        ] {
            let mut claims = good();
            match value {
                Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
                value => claims[name] = value,
            }
            assert_eq!(check("JWT", &claims), Err(doubt), "{case}");
        }
        assert_eq!(check("logout+jwt", &good()), Err(Doubt::Kind));
        assert_eq!(check("at+jwt", &good()), Err(Doubt::Kind));
        let mut within = good();
        within["exp"] = json!(now - 59);
        within["iat"] = json!(now + 59);
        assert_eq!(check("JWT", &within), Ok(()), "clocks may differ a little");
        let mut listed = good();
        listed["aud"] = json!(["rp"]);
        assert_eq!(check("JWT", &listed), Ok(()));
    }

    #[test]
    fn n8_a_logout_token_is_believed_only_when_everything_fits() {
        let signer = signer();
        let keys = [signer.public().clone()];
        let now = NOW / 1000;
        let good = json!({
            "iss": "https://op.example", "aud": "rp", "iat": now, "exp": now + 120, "jti": "j", "sub": "s",
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        let check = |typ: &str, claims: &Value| {
            let token = signer.sign(typ, claims).unwrap();
            verify_logout(&token, &keys, "https://op.example", "rp", &[Alg::ES256], (NOW, MINUTE)).map(|_| ())
        };
        assert_eq!(check("logout+jwt", &good), Ok(()));
        for (case, name, value, doubt) in [
            ("oidcc-backchannel-rp-logout-token-no-event", "events", Value::Null, Doubt::Event),
            ("wrong event", "events", json!({ "https://else": {} }), Doubt::Event),
            ("event as a text", "events", json!("http://schemas.openid.net/event/backchannel-logout"), Doubt::Event),
            ("nonce present", "nonce", json!("n"), Doubt::Nonce),
            ("wrong aud", "aud", json!("other"), Doubt::Audience),
            ("wrong iss", "iss", json!("https://else.example"), Doubt::Issuer),
            ("no jti", "jti", Value::Null, Doubt::Id),
            ("neither sub nor sid", "sub", Value::Null, Doubt::Subject),
            ("expired", "exp", json!(now - 61), Doubt::Expired),
        ] {
            let mut claims = good.clone();
            match value {
                Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
                value => claims[name] = value,
            }
            assert_eq!(check("logout+jwt", &claims), Err(doubt), "{case}");
        }
        assert_eq!(check("at+jwt", &good), Err(Doubt::Kind));
    }
}

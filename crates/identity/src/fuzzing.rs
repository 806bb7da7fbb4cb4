//! What holds for any bytes of a client, a browser or a provider. The fuzzer (`fuzz/`, `make fuzz`) looks for bytes for which it
//! does not; a test runs the seeds.

use crate::{
    jws::{self, Alg, Signer},
    provider::{
        auth,
        request::{challenge, prompts, seconds, wanted},
        web::params::Params,
    },
    rp::id_token::{Expected, verify, verify_logout},
};
use axum::http::{HeaderMap, HeaderValue, header};
use base::clock::{Entropy, MINUTE, Millis};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use std::sync::LazyLock;

type Property = fn(&[u8]);

/// By the name of its target.
pub const TARGETS: [(&str, Property); 3] =
    [("tokens", tokens), ("id_token", id_token), ("oauth_parameters", oauth_parameters)];

const NOW: Millis = 1_774_833_300_000;
const ISSUER: &str = "https://op.example";

static SIGNER: LazyLock<Option<Signer>> = LazyLock::new(|| Signer::generate(&Entropy::seeded(5)).ok().map(|s| s.0));

/// No token is believed that nobody signed: neither the bytes as they are, nor a first line as its header and the rest as its
/// claims, also when the header brings a key along.
pub fn tokens(data: &[u8]) {
    let Some(signer) = &*SIGNER else { return };
    let text = String::from_utf8_lossy(data);
    let (head, claims) = text.split_once('\n').unwrap_or((&text, "{}"));
    let encode = |part: &str| URL_SAFE_NO_PAD.encode(part);
    let made = format!("{}.{}.{}", encode(head), encode(claims), encode("a signature of nobody"));
    for token in [text.as_ref(), &made] {
        let Ok(unverified) = jws::read(token) else { continue };
        unverified.peek("sub");
        let mut keys = vec![signer.public().clone()];
        if let Some(jwk) = unverified.jwk.clone() {
            if let Some(name) = jws::thumbprint(&jwk) {
                assert_eq!(name.len(), 43);
                assert!(jwk.get("d").is_none() && jwk.get("k").is_none());
            }
            keys.push(jwk);
        }
        assert!(unverified.verify(&keys, &Alg::ALL).is_err(), "{token}");
    }
    if let Ok(set) = serde_json::from_slice::<Value>(data) {
        jws::keys_of(&set).iter().for_each(|key| _ = jws::thumbprint(key));
    }
}

/// Claims that a provider did sign, with the token's kind in the first line: believed only when they are what we asked for.
pub fn id_token(data: &[u8]) {
    let Some(signer) = &*SIGNER else { return };
    let text = String::from_utf8_lossy(data);
    let (typ, claims) = text.split_once('\n').unwrap_or(("JWT", &text));
    let Ok(claims) = serde_json::from_str::<Value>(claims) else { return };
    let Ok(token) = signer.sign(typ, &claims) else { return };
    let keys = [signer.public().clone()];
    let skew = MINUTE;
    let expected = Expected {
        issuer: ISSUER,
        client_id: "rp",
        nonce: "n-1",
        access_token: Some("at-1"),
        algs: &[Alg::ES256],
        now: NOW,
        skew,
        max_age: Some(300),
    };
    let is = |name: &str, wanted: &str| claims.get(name).and_then(Value::as_str) == Some(wanted);
    let seconds = |name: &str| claims.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let now = NOW as f64 / 1000.0;
    if verify(&token, &keys, &expected).is_ok() {
        assert!(is("iss", ISSUER) && is("nonce", "n-1") && typ.eq_ignore_ascii_case("jwt"), "{claims}");
        assert!(seconds("exp") > now - 61.0 && seconds("iat") < now + 61.0, "{claims}");
        assert!(seconds("auth_time") > now - 362.0, "{claims}");
    }
    if verify_logout(&token, &keys, ISSUER, "rp", &[Alg::ES256], (NOW, skew)).is_ok() {
        assert!(is("iss", ISSUER) && claims.get("nonce").is_none() && claims.get("events").is_some(), "{claims}");
        assert!(seconds("exp") > now - 61.0 && seconds("iat") < now + 61.0, "{claims}");
    }
}

/// A query or a form, after a line that is its `Authorization` header: read or refused, and nothing sent twice is picked from.
pub fn oauth_parameters(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (authorization, form) = text.split_once('\n').unwrap_or(("", &text));
    let params = Params::parse(form);
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(authorization)
        && !authorization.is_empty()
    {
        headers.insert(header::AUTHORIZATION, value);
    }
    if let Ok(shown) = auth::shown(&headers, &params) {
        let named = match &shown {
            auth::Shown::Nothing(id) | auth::Shown::Secret { id, .. } => id,
            auth::Shown::Assertion(token) => token,
        };
        assert!(headers.is_empty() || matches!(shown, auth::Shown::Secret { .. }), "{named}");
    }
    for name in ["client_id", "scope", "state", "claims", "prompt", "max_age", "code_challenge", "redirect_uri"] {
        let several = params.all(name);
        match params.one(name) {
            Ok(one) => assert!(several.len() <= 1 && one.is_none_or(|v| several == [v])),
            Err(_) => assert!(several.len() > 1),
        }
    }
    if let Ok(digest) = challenge(&params) {
        assert_eq!(digest.len(), 43);
    }
    for text in [params.one("prompt").ok().flatten().unwrap_or_default(), form] {
        let _ = prompts(Some(text));
        if let Ok(age) = seconds(text) {
            assert!((0..10_000_000_000).contains(&age));
        }
    }
    for text in [params.one("claims").ok().flatten().unwrap_or_default(), form] {
        if let Ok(wanted) = wanted(text) {
            assert!(wanted.userinfo.len() <= 60 && wanted.id_token.len() <= 60);
        }
    }
}

#[test]
fn x8_the_seeds_of_the_fuzzer_hold() {
    replay::replay(&TARGETS);
}

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

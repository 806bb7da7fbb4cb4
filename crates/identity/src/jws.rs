//! Signed tokens (JWS, RFC 7515) in compact form: which algorithms are let in, reading without trust, verifying, signing. What the
//! claims must say is decided by whoever reads them, with the injected clock.

pub use crate::signer::{BadKey, Signer};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm as Known, DecodingKey, crypto};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The longest token that is read at all.
pub const LONGEST: usize = 16 * 1024;
/// Keys of one set that are tried at most, when the token names none.
const KEYS_TRIED: usize = 16;

/// What may sign. There is no `none` and no shared-key algorithm, so that neither can be let in by a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Alg {
    ES256,
    ES384,
    RS256,
    PS256,
    EdDSA,
}

impl Alg {
    pub const ALL: [Self; 5] = [Self::ES256, Self::ES384, Self::RS256, Self::PS256, Self::EdDSA];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::EdDSA => "EdDSA",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == name)
    }

    pub(crate) fn known(self) -> Known {
        match self {
            Self::ES256 => Known::ES256,
            Self::ES384 => Known::ES384,
            Self::RS256 => Known::RS256,
            Self::PS256 => Known::PS256,
            Self::EdDSA => Known::EdDSA,
        }
    }

    /// The key types (`kty`, `crv`) that fit: a key is never used with an algorithm of another kind.
    fn takes(self, jwk: &Value) -> bool {
        let is = |name: &str, wanted: &str| jwk.get(name).and_then(Value::as_str) == Some(wanted);
        match self {
            Self::ES256 => is("kty", "EC") && is("crv", "P-256"),
            Self::ES384 => is("kty", "EC") && is("crv", "P-384"),
            Self::RS256 | Self::PS256 => is("kty", "RSA"),
            Self::EdDSA => is("kty", "OKP") && is("crv", "Ed25519"),
        }
    }
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    #[error("the token is not a signed token")]
    Shape,
    #[error("the token's algorithm is not allowed")]
    Algorithm,
    #[error("no key with the token's key id")]
    UnknownKey,
    #[error("the signature does not hold")]
    Signature,
}

/// A token that was taken apart and not yet believed.
#[derive(Debug, Clone)]
pub struct Unverified<'a> {
    signed: &'a str,
    signature: &'a str,
    pub alg: String,
    pub kid: Option<String>,
    pub typ: Option<String>,
    /// A key that the token brings along: worth something only where the token is to prove that its sender holds it (DPoP).
    pub jwk: Option<Value>,
    claims: Map<String, Value>,
}

/// Takes a token apart. Errors: `Shape`, also for critical headers that nobody here understands.
pub fn read(token: &str) -> Result<Unverified<'_>, Bad> {
    read_up_to(token, LONGEST)
}

/// The same for a token that may be longer, because it carries more than who somebody is.
pub fn read_up_to(token: &str, longest: usize) -> Result<Unverified<'_>, Bad> {
    if token.len() > longest {
        return Err(Bad::Shape);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Bad::Shape)?;
    let (header, payload) = signed.split_once('.').ok_or(Bad::Shape)?;
    let header: Map<String, Value> = part(header)?;
    if header.contains_key("crit") || header.contains_key("b64") {
        return Err(Bad::Shape);
    }
    let text = |name: &str| header.get(name).and_then(Value::as_str).map(str::to_owned);
    let alg = text("alg").ok_or(Bad::Shape)?;
    let claims = part(payload)?;
    Ok(Unverified {
        signed,
        signature,
        alg,
        kid: text("kid"),
        typ: text("typ"),
        jwk: header.get("jwk").cloned(),
        claims,
    })
}

fn part(text: &str) -> Result<Map<String, Value>, Bad> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Bad::Shape)?;
    serde_json::from_slice(&bytes).map_err(|_| Bad::Shape)
}

impl Unverified<'_> {
    /// What the token says about itself before anybody believed it: only to choose whose keys to ask.
    pub fn peek(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// The claims, once one of `keys` (a JWK set's `keys`) proves them with an algorithm of `allowed`. A token with a key id is
    /// tried with the keys of that id only; one without, with every key that fits.
    pub fn verify(&self, keys: &[Value], allowed: &[Alg]) -> Result<Map<String, Value>, Bad> {
        let alg = Alg::parse(&self.alg).filter(|alg| allowed.contains(alg)).ok_or(Bad::Algorithm)?;
        let text = |jwk: &Value, name: &str| jwk.get(name).and_then(Value::as_str).map(str::to_owned);
        let fits = |jwk: &&Value| {
            alg.takes(jwk)
                && text(jwk, "use").is_none_or(|u| u == "sig")
                && text(jwk, "alg").is_none_or(|a| a == self.alg)
                && self.kid.as_ref().is_none_or(|kid| text(jwk, "kid").as_ref() == Some(kid))
        };
        let mut candidates = keys.iter().filter(fits).take(KEYS_TRIED).peekable();
        if candidates.peek().is_none() {
            return Err(Bad::UnknownKey);
        }
        let holds = candidates
            .filter_map(decoding_key)
            .any(|key| crypto::verify(self.signature, self.signed.as_bytes(), &key, alg.known()).unwrap_or(false));
        if holds { Ok(self.claims.clone()) } else { Err(Bad::Signature) }
    }
}

/// Only public parts are read: a set that names a shared key (`oct`) gives nothing.
fn decoding_key(jwk: &Value) -> Option<DecodingKey> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    match text("kty")? {
        "EC" => DecodingKey::from_ec_components(text("x")?, text("y")?).ok(),
        "RSA" => DecodingKey::from_rsa_components(text("n")?, text("e")?).ok(),
        "OKP" => DecodingKey::from_ed_components(text("x")?).ok(),
        _ => None,
    }
}

/// A public key's name made of nothing but the key (RFC 7638); `None` for keys that nobody here understands, and for private ones.
pub(crate) fn thumbprint(jwk: &Value) -> Option<String> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let members: &[&str] = match text("kty").filter(|_| is_public(jwk))? {
        "EC" => &["crv", "kty", "x", "y"],
        "RSA" => &["e", "kty", "n"],
        "OKP" => &["crv", "kty", "x"],
        _ => return None,
    };
    let parts: Option<Vec<String>> =
        members.iter().map(|name| Some(format!("{}:{}", json!(name), json!(text(name)?)))).collect();
    Some(digest_text(&format!("{{{}}}", parts?.join(","))))
}

/// Whether a key shows nothing but its public half.
pub(crate) fn is_public(jwk: &Value) -> bool {
    jwk.is_object() && ["d", "p", "q", "dp", "dq", "qi", "k"].iter().all(|name| jwk.get(name).is_none())
}

/// The `keys` of a JWK set; empty when it is none.
pub fn keys_of(set: &Value) -> Vec<Value> {
    set.get("keys").and_then(Value::as_array).cloned().unwrap_or_default()
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).into()
}

/// The left half of a token's digest (`at_hash`), and a PKCS challenge in full, are both this digest in base64url.
pub(crate) fn digest_text(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(text.as_bytes()))
}

pub(crate) fn half_digest_text(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&sha256(text.as_bytes())[..16])
}

/// Equal, in a time that does not tell where they differ.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    use subtle::ConstantTimeEq;
    a.ct_eq(b).into()
}

/// A whole number of seconds in a claim; fractions are cut off, as RFC 7519 allows them.
pub(crate) fn seconds(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    value.as_i64().or_else(|| value.as_f64().filter(|x| x.abs() < 1e12).map(|x| x as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::clock::Entropy;
    use jsonwebtoken::EncodingKey;

    fn signer() -> Signer {
        Signer::generate(&Entropy::seeded(5)).unwrap().0
    }

    #[test]
    fn what_was_signed_is_read_again() {
        let signer = signer();
        let token = signer.sign("JWT", &json!({ "sub": "a" })).unwrap();
        let claims = read(&token).unwrap().verify(&[signer.public().clone()], &[Alg::ES256]).unwrap();
        assert_eq!(claims["sub"], "a");
    }

    #[test]
    fn n8_no_token_without_a_real_signature_is_believed() {
        let signer = signer();
        let keys = [signer.public().clone()];
        let token = signer.sign("JWT", &json!({ "sub": "a" })).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let payload = signed.split_once('.').unwrap().1;
        let encode = |v: Value| URL_SAFE_NO_PAD.encode(v.to_string());
        let verify = |token: &str| read(token).and_then(|t| t.verify(&keys, &Alg::ALL));

        let none = format!("{}.{payload}.", encode(json!({ "alg": "none" })));
        assert_eq!(verify(&none), Err(Bad::Algorithm));
        // The public key taken as a shared one.
        let header = encode(json!({ "alg": "HS256", "kid": signer.kid() }));
        let body = format!("{header}.{payload}");
        let shared = EncodingKey::from_secret(signer.public().to_string().as_bytes());
        let forged = format!("{body}.{}", crypto::sign(body.as_bytes(), &shared, Known::HS256).unwrap());
        assert_eq!(verify(&forged), Err(Bad::Algorithm));

        let other = format!("{}.{signature}", signed.replace(payload, &encode(json!({ "sub": "b" }))));
        assert_eq!(verify(&other), Err(Bad::Signature));
        assert_eq!(verify(&format!("{signed}.")), Err(Bad::Signature));
        let stranger = Signer::generate(&Entropy::seeded(7)).unwrap().0;
        let foreign = stranger.sign("JWT", &json!({ "sub": "a" })).unwrap();
        assert_eq!(verify(&foreign), Err(Bad::UnknownKey));
        assert_eq!(read(&token).unwrap().verify(&keys, &[Alg::RS256]), Err(Bad::Algorithm));
        let critical = format!("{}.{payload}.{signature}", encode(json!({ "alg": "ES256", "crit": ["x"] })));
        assert_eq!(verify(&critical), Err(Bad::Shape));
        for junk in ["", ".", "..", "a.b.c", "....", &"a".repeat(LONGEST + 1)] {
            assert_eq!(verify(junk), Err(Bad::Shape), "{junk:.10}");
        }
    }

    #[test]
    fn a_key_has_the_thumbprint_of_the_standard() {
        // The example of RFC 7638 §3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs\
                 tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn\
                 1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let jwk = json!({ "kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29" });
        assert_eq!(thumbprint(&jwk).as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
        let private = json!({ "kty": "EC", "crv": "P-256", "x": "a", "y": "b", "d": "c" });
        assert_eq!(thumbprint(&private), None);
        assert_eq!(thumbprint(&json!({ "kty": "oct", "k": "a" })), None);
    }

    #[test]
    fn n9_rs256_of_others_is_verified_and_a_changed_signature_is_not() {
        // The example of RFC 7515 §A.2.
        let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR\
             T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB\
             dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia\
             GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19\
             yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt\
             _O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb\
             1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI\
             8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        let keys = [json!({ "kty": "RSA", "n": n, "e": "AQAB" })];
        let claims = read(token).unwrap().verify(&keys, &[Alg::RS256]).unwrap();
        assert_eq!(claims["iss"], "joe");
        let changed = token.replace("cC4hiUPoj9", "cC4hiUPoj8");
        assert_eq!(read(&changed).unwrap().verify(&keys, &[Alg::RS256]), Err(Bad::Signature));
        assert_eq!(read(token).unwrap().verify(&keys, &[Alg::ES256, Alg::PS256]), Err(Bad::Algorithm));
    }

    #[test]
    fn a_set_with_a_shared_key_gives_no_key() {
        let token = signer().sign("JWT", &json!({})).unwrap();
        let oct = json!({ "kty": "oct", "k": "AAAA", "kid": signer().kid() });
        assert_eq!(read(&token).unwrap().verify(&[oct], &Alg::ALL), Err(Bad::UnknownKey));
    }
}

//! Our private keys: ES256, and RS256 for clients that know nothing younger.

use crate::jws::{Alg, sha256};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base::clock::Entropy;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, crypto};
use serde_json::{Value, json};
use std::sync::Arc;

/// A private key that signs. `Debug` shows the key's id only.
#[derive(Clone)]
pub struct Signer {
    kid: String,
    key: Key,
    public: Value,
}

#[derive(Clone)]
enum Key {
    P256(EncodingKey),
    Rsa(Arc<KeyPair>),
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.kid)
    }
}

/// The private key cannot be read, made or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a private P-256 or RSA key in PKCS #8")]
pub struct BadKey;

impl Signer {
    /// A fresh key for ES256 and its PKCS #8 form, to be sealed.
    pub fn generate(entropy: &Entropy) -> Result<(Self, Vec<u8>), BadKey> {
        use p256::pkcs8::EncodePrivateKey;
        // A number outside the curve's order comes up once in 2³² draws.
        let secret = (0..8).find_map(|_| p256::SecretKey::from_slice(&entropy.bytes::<32>()).ok()).ok_or(BadKey)?;
        let der = secret.to_pkcs8_der().map_err(|_| BadKey)?.as_bytes().to_vec();
        Ok((Self::from_pkcs8(&der)?, der))
    }

    /// A fresh key of 2,048 bits for RS256 and its PKCS #8 form. Takes a good part of a second; the primes come from the system, not from
    /// an injected source.
    pub fn generate_rsa() -> Result<(Self, Vec<u8>), BadKey> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| BadKey)?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| BadKey)?.as_ref().to_vec();
        Ok((Self::of_rsa(pair), der))
    }

    /// Which kind it is stands in it. The key id is the key's thumbprint (RFC 7638), so that one key has one name everywhere.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, BadKey> {
        use p256::{elliptic_curve::sec1::ToSec1Point, pkcs8::DecodePrivateKey};
        let Ok(secret) = p256::SecretKey::from_pkcs8_der(der) else {
            return KeyPair::from_pkcs8(der).map(Self::of_rsa).map_err(|_| BadKey);
        };
        let point = secret.public_key().to_sec1_point(false);
        let (x, y) = (point.x().map(encode).ok_or(BadKey)?, point.y().map(encode).ok_or(BadKey)?);
        let kid = key_id(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#));
        let public = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": kid });
        Ok(Self { kid, key: Key::P256(EncodingKey::from_ec_der(der)), public })
    }

    fn of_rsa(pair: KeyPair) -> Self {
        let half = pair.public_key();
        let n = encode(half.modulus().big_endian_without_leading_zero());
        let e = encode(half.exponent().big_endian_without_leading_zero());
        let kid = key_id(&format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#));
        let public = json!({ "kty": "RSA", "n": n, "e": e, "use": "sig", "alg": "RS256", "kid": kid });
        Self { kid, key: Key::Rsa(Arc::new(pair)), public }
    }

    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs with.
    pub fn alg(&self) -> Alg {
        match self.key {
            Key::P256(_) => Alg::ES256,
            Key::Rsa(_) => Alg::RS256,
        }
    }

    /// The public half, as it stands in a JWK set.
    pub fn public(&self) -> &Value {
        &self.public
    }

    /// Signs claims; `typ` says what kind of token it is, so that one kind never passes for another.
    pub fn sign(&self, typ: &str, claims: &Value) -> Result<String, BadKey> {
        let header = json!({ "alg": self.alg().as_str(), "typ": typ, "kid": self.kid });
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = match &self.key {
            Key::P256(key) => crypto::sign(signed.as_bytes(), key, Alg::ES256.known()).map_err(|_| BadKey)?,
            Key::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
                    .map_err(|_| BadKey)?;
                encode(signature)
            }
        };
        Ok(format!("{signed}.{signature}"))
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Of the members that the standard puts into a thumbprint, in its order; the half is enough for a name.
fn key_id(members: &str) -> String {
    encode(&sha256(members.as_bytes())[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::{Bad, read};

    #[test]
    fn a_key_made_again_from_its_sealed_form_is_the_same() {
        for (signer, der) in [Signer::generate(&Entropy::seeded(6)).unwrap(), Signer::generate_rsa().unwrap()] {
            let again = Signer::from_pkcs8(&der).unwrap();
            assert_eq!((again.public(), again.alg()), (signer.public(), signer.alg()));
        }
        assert_eq!(Signer::from_pkcs8(b"no key").unwrap_err(), BadKey);
    }

    #[test]
    fn n8_each_kind_of_key_signs_with_its_own_algorithm_and_no_other_is_believed() {
        for signer in [Signer::generate(&Entropy::seeded(7)).unwrap().0, Signer::generate_rsa().unwrap().0] {
            let token = signer.sign("JWT", &json!({ "sub": "a" })).unwrap();
            let keys = [signer.public().clone()];
            for alg in Alg::ALL {
                let found = read(&token).unwrap().verify(&keys, &[alg]);
                if alg == signer.alg() {
                    assert_eq!(found.unwrap()["sub"], "a");
                } else {
                    assert_eq!(found, Err(Bad::Algorithm));
                }
            }
        }
    }
}

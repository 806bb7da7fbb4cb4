//! Which signatures are believed: RSA of at least 2,048 bits (PKCS#1 v1.5 or PSS) and ECDSA over P-256 and P-384, with SHA-256, SHA-384 or
//! SHA-512. What used to be usual and is broken today (SHA-1, MD5, short keys) has a reason of its own, because the person can do something
//! about it: have the certificate renewed.

use crate::{
    Refusal,
    tlv::{self, CONTEXT, INTEGER, Item, OID, SEQUENCE},
};
use aws_lc_rs::{digest, signature};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];

/// `sha…WithRSAEncryption` are this and one byte more.
const RSA_WITH: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
/// `ecdsa-with-SHA2…`
const ECDSA_WITH: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
const ECDSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01];
/// `2.16.840.1.101.3.4.2`
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
const MD5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05];

impl Hash {
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }

    fn length(self) -> u8 {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// An `AlgorithmIdentifier` of a digest.
    pub fn of(algorithm: Item<'_>) -> Result<Self, Refusal> {
        let oid = oid_of(algorithm)?;
        match oid.strip_prefix(SHA2) {
            Some([1]) => Ok(Self::Sha256),
            Some([2]) => Ok(Self::Sha384),
            Some([3]) => Ok(Self::Sha512),
            Some([4]) => Err(Refusal::Weak), // SHA-224
            Some(_) => Err(Refusal::Algorithm),
            None => Err(if oid == SHA1 || oid == MD5 { Refusal::Weak } else { Refusal::Algorithm }),
        }
    }
}

fn oid_of(algorithm: Item<'_>) -> Result<&[u8], Refusal> {
    Ok(algorithm.items().expect(OID)?.value)
}

/// How something was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Pkcs1(Hash),
    Pss(Hash),
    Ecdsa(Hash),
}

impl Scheme {
    /// An `AlgorithmIdentifier` of a signature. `digest`: what stands beside it in a CMS, which must be the same.
    pub fn of(algorithm: Item<'_>, digest: Option<Hash>) -> Result<Self, Refusal> {
        let oid = oid_of(algorithm)?;
        let scheme = match (oid.strip_prefix(RSA_WITH), oid.strip_prefix(ECDSA_WITH)) {
            _ if oid == RSA => Self::Pkcs1(digest.ok_or(Refusal::Algorithm)?),
            _ if oid == PSS => Self::Pss(pss(algorithm)?),
            (Some([0x0b]), _) => Self::Pkcs1(Hash::Sha256),
            (Some([0x0c]), _) => Self::Pkcs1(Hash::Sha384),
            (Some([0x0d]), _) => Self::Pkcs1(Hash::Sha512),
            (Some([0x02..=0x05 | 0x0e]), _) => return Err(Refusal::Weak),
            (_, Some([2])) => Self::Ecdsa(Hash::Sha256),
            (_, Some([3])) => Self::Ecdsa(Hash::Sha384),
            (_, Some([4])) => Self::Ecdsa(Hash::Sha512),
            (_, Some([1])) => return Err(Refusal::Weak),
            _ if oid == ECDSA_SHA1 => return Err(Refusal::Weak),
            // Some tokens name the kind of key in the place of the signature's.
            _ if oid == EC => Self::Ecdsa(digest.ok_or(Refusal::Algorithm)?),
            _ => return Err(Refusal::Algorithm),
        };
        if digest.is_some_and(|digest| digest != scheme.hash()) {
            return Err(Refusal::Algorithm);
        }
        Ok(scheme)
    }

    /// Where nothing says how: SHA-256, and PKCS#1 for RSA.
    pub fn usual(key: &Key) -> Self {
        match key {
            Key::Rsa(_) => Self::Pkcs1(Hash::Sha256),
            Key::P256(_) | Key::P384(_) => Self::Ecdsa(Hash::Sha256),
        }
    }

    fn hash(self) -> Hash {
        match self {
            Self::Pkcs1(hash) | Self::Pss(hash) | Self::Ecdsa(hash) => hash,
        }
    }
}

/// The parameters of RSA-PSS (RFC 4055): one digest for both places, a salt as long as it. Left out they mean SHA-1.
fn pss(algorithm: Item<'_>) -> Result<Hash, Refusal> {
    let mut items = algorithm.items();
    items.expect(OID)?;
    let mut parameters = items.expect(SEQUENCE)?.items();
    let hash = match parameters.optional(CONTEXT[0])? {
        Some(hash) => Hash::of(hash.only()?)?,
        None => return Err(Refusal::Weak),
    };
    let mask = parameters.optional(CONTEXT[1])?.ok_or(Refusal::Weak)?.only()?;
    let mut mask = mask.items();
    if mask.expect(OID)?.value != MGF1 || Hash::of(mask.expect(SEQUENCE)?)? != hash {
        return Err(Refusal::Algorithm);
    }
    let salt = parameters.optional(CONTEXT[2])?.ok_or(Refusal::Algorithm)?.only()?;
    if salt.tag != INTEGER || salt.value != [hash.length()] {
        return Err(Refusal::Algorithm);
    }
    Ok(hash)
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    Rsa(Vec<u8>),
    P256(Vec<u8>),
    P384(Vec<u8>),
}

impl Key {
    /// A `SubjectPublicKeyInfo`. Errors: `Weak` for short RSA keys, `Algorithm` for other kinds.
    pub fn of(info: Item<'_>) -> Result<Self, Refusal> {
        let mut items = info.items();
        let algorithm = items.expect(SEQUENCE)?;
        let bits = items.expect(tlv::BIT_STRING)?.value;
        items.end()?;
        let [0, key @ ..] = bits else { return Err(Refusal::Unreadable) };
        let mut algorithm = algorithm.items();
        match algorithm.expect(OID)?.value {
            RSA | PSS => {
                let mut numbers = tlv::whole(key, SEQUENCE)?.items();
                let modulus = numbers.expect(INTEGER)?.value;
                let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
                let bits = modulus.len() * 8 - modulus.first().map_or(0, |b| b.leading_zeros() as usize);
                match bits {
                    2048..=8192 => Ok(Self::Rsa(key.to_vec())),
                    0..2048 => Err(Refusal::Weak),
                    _ => Err(Refusal::Algorithm),
                }
            }
            EC => match algorithm.expect(OID)?.value {
                P256 => Ok(Self::P256(key.to_vec())),
                P384 => Ok(Self::P384(key.to_vec())),
                _ => Err(Refusal::Algorithm),
            },
            _ => Err(Refusal::Algorithm),
        }
    }

    /// Errors: `Signature`, `Algorithm` when key and scheme are of different kinds.
    pub fn verify(&self, scheme: Scheme, message: &[u8], signed: &[u8]) -> Result<(), Refusal> {
        use Hash::{Sha256, Sha384, Sha512};
        let (algorithm, key): (&dyn signature::VerificationAlgorithm, _) = match (self, scheme) {
            (Self::Rsa(key), Scheme::Pkcs1(hash)) => (
                match hash {
                    Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
                    Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
                    Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
                },
                key,
            ),
            (Self::Rsa(key), Scheme::Pss(hash)) => (
                match hash {
                    Sha256 => &signature::RSA_PSS_2048_8192_SHA256,
                    Sha384 => &signature::RSA_PSS_2048_8192_SHA384,
                    Sha512 => &signature::RSA_PSS_2048_8192_SHA512,
                },
                key,
            ),
            (Self::P256(key), Scheme::Ecdsa(hash)) => (
                match hash {
                    Sha256 => &signature::ECDSA_P256_SHA256_ASN1,
                    Sha384 => &signature::ECDSA_P256_SHA384_ASN1,
                    Sha512 => &signature::ECDSA_P256_SHA512_ASN1,
                },
                key,
            ),
            (Self::P384(key), Scheme::Ecdsa(hash)) => (
                match hash {
                    Sha256 => &signature::ECDSA_P384_SHA256_ASN1,
                    Sha384 => &signature::ECDSA_P384_SHA384_ASN1,
                    Sha512 => &signature::ECDSA_P384_SHA512_ASN1,
                },
                key,
            ),
            _ => return Err(Refusal::Algorithm),
        };
        signature::UnparsedPublicKey::new(algorithm, key).verify(message, signed).map_err(|_| Refusal::Signature)
    }
}

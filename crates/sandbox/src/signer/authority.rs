//! A certificate authority in memory: a root, people's certificates, the list of revoked ones, and files signed in their place. All keys are
//! made at the start and end with the program.

use base::clock::{Clock, DAY, Entropy, MINUTE, Millis, SECOND};
use p256::ecdsa::{
    Signature, SigningKey,
    signature::{Signer as _, hazmat::PrehashSigner as _},
};
use sha2::{Digest, Sha256};
use signing::tlv::{self, BIT_STRING, CONTEXT, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, UTC_TIME};

const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const UID: &[u8] = &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION_NAME: &[u8] = &[0x55, 0x04, 0x0a];
const COUNTRY: &[u8] = &[0x55, 0x04, 0x06];
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
const UTF8: u8 = 0x0c;
const PRINTABLE: u8 = 0x13;
/// How long certificates live.
const YEARS: Millis = 2 * 365 * DAY;

/// No key came out of the randomness; a fault of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key cannot be made")]
pub struct NoKey;

fn seq(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv::write(SEQUENCE, &parts.concat())
}

fn oid(value: &[u8]) -> Vec<u8> {
    tlv::write(OID, value)
}

fn bits(value: &[u8]) -> Vec<u8> {
    tlv::write(BIT_STRING, &[&[0], value].concat())
}

fn time(at: Millis) -> Vec<u8> {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    tlv::write(UTC_TIME, at.strftime("%y%m%d%H%M%SZ").to_string().as_bytes())
}

fn name(parts: &[(&[u8], u8, &str)]) -> Vec<u8> {
    let one = |(kind, tag, value): &(&[u8], u8, &str)| {
        tlv::write(SET, &seq(&[oid(kind), tlv::write(*tag, value.as_bytes())]))
    };
    seq(&parts.iter().map(one).collect::<Vec<_>>())
}

fn extension(id: u8, critical: bool, value: Vec<u8>) -> Vec<u8> {
    let mut parts = vec![oid(&[0x55, 0x1d, id])];
    if critical {
        parts.push(tlv::write(0x01, &[0xff]));
    }
    parts.push(tlv::write(OCTET_STRING, &value));
    seq(&parts)
}

/// A key with its certificate.
pub struct Card {
    key: SigningKey,
    pub certificate: Vec<u8>,
    serial: Vec<u8>,
}

impl Card {
    /// The serial number as hexadecimal digits.
    pub fn name(&self) -> String {
        self.serial.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// A signature alone over a digest that was made elsewhere; `None`: it is no SHA-256.
    pub fn sign_digest(&self, digest: &[u8]) -> Option<Vec<u8>> {
        let signature: Signature = self.key.sign_prehash(digest).ok()?;
        Some(signature.to_der().as_bytes().to_vec())
    }
}

/// The authority.
pub struct Authority {
    root: Card,
    name: Vec<u8>,
    list_at: String,
    entropy: Entropy,
}

impl Authority {
    /// `list_at`: where its list of revoked certificates is. Errors: `NoKey`.
    pub fn new(list_at: String, clock: &Clock, entropy: Entropy) -> Result<Self, NoKey> {
        let name = name(&[(COMMON_NAME, UTF8, "Gốc chứng thực THỬ NGHIỆM"), (COUNTRY, PRINTABLE, "VN")]);
        let key = key(&entropy)?;
        let usages = [
            extension(0x13, true, seq(&[tlv::write(0x01, &[0xff])])),
            extension(0x0f, true, tlv::write(BIT_STRING, &[1, 0b0000_0110])),
        ];
        let serial = serial(&entropy);
        let certificate = certificate(&key, &key, &name, &name, &serial, clock.now(), &usages);
        Ok(Self { root: Card { key, certificate, serial }, name, list_at, entropy })
    }

    pub fn root(&self) -> &[u8] {
        &self.root.certificate
    }

    /// A certificate, laid out as public authorities do. `number`: with its prefix; `above`: the organisation that it stands for or belongs
    /// to; empty for a person. Errors: `NoKey`.
    pub fn issue(&self, number: &str, holder: &str, above: &str, now: Millis) -> Result<Card, NoKey> {
        let key = key(&self.entropy)?;
        let mut parts = vec![(UID, UTF8, number), (COMMON_NAME, UTF8, holder)];
        if !above.is_empty() {
            parts.push((ORGANIZATION_NAME, UTF8, above));
        }
        parts.push((COUNTRY, PRINTABLE, "VN"));
        let subject = name(&parts);
        let purpose = |last: u8| oid(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, last]);
        let place = tlv::write(0x86, self.list_at.as_bytes());
        let point = tlv::write(CONTEXT[0], &tlv::write(CONTEXT[0], &place));
        let extensions = [
            extension(0x0f, true, tlv::write(BIT_STRING, &[6, 0b1100_0000])),
            extension(0x25, false, seq(&[purpose(2), purpose(4)])),
            extension(0x1f, false, seq(&[seq(&[point])])),
        ];
        let serial = serial(&self.entropy);
        let certificate = certificate(&key, &self.root.key, &self.name, &subject, &serial, now, &extensions);
        Ok(Card { key, certificate, serial })
    }

    /// The list of revoked certificates, good for a quarter of a minute, so that revoking shows at once.
    pub fn list<'a>(&self, revoked: impl Iterator<Item = &'a Card>, now: Millis) -> Vec<u8> {
        let entries: Vec<Vec<u8>> =
            revoked.map(|card| seq(&[tlv::write(INTEGER, &card.serial), time(now - MINUTE)])).collect();
        let mut parts = vec![
            tlv::write(INTEGER, &[1]),
            seq(&[oid(ECDSA_SHA256)]),
            self.name.clone(),
            time(now - MINUTE),
            time(now + 15 * SECOND),
        ];
        if !entries.is_empty() {
            parts.push(seq(&entries));
        }
        signed(&self.root.key, seq(&parts))
    }

    /// A detached signature over a file, as a token's software writes it.
    pub fn sign(&self, card: &Card, file: &[u8]) -> Vec<u8> {
        let attribute = |kind: &[u8], value: Vec<u8>| seq(&[oid(kind), tlv::write(SET, &value)]);
        let digest = tlv::write(OCTET_STRING, &Sha256::digest(file));
        let attributes = [attribute(CONTENT_TYPE, oid(DATA)), attribute(MESSAGE_DIGEST, digest)].concat();
        let signature: Signature = card.key.sign(&tlv::write(SET, &attributes));
        let hash = seq(&[oid(SHA256)]);
        let signer = seq(&[
            tlv::write(INTEGER, &[1]),
            seq(&[self.name.clone(), tlv::write(INTEGER, &card.serial)]),
            hash.clone(),
            tlv::write(CONTEXT[0], &attributes),
            seq(&[oid(ECDSA_SHA256)]),
            tlv::write(OCTET_STRING, signature.to_der().as_bytes()),
        ]);
        let data = seq(&[
            tlv::write(INTEGER, &[1]),
            tlv::write(SET, &hash),
            seq(&[oid(DATA)]),
            tlv::write(CONTEXT[0], &card.certificate),
            tlv::write(SET, &signer),
        ]);
        seq(&[oid(SIGNED_DATA), tlv::write(CONTEXT[0], &data)])
    }
}

fn key(entropy: &Entropy) -> Result<SigningKey, NoKey> {
    // A number outside the curve's order comes up once in 2³² draws.
    (0..8).find_map(|_| SigningKey::from_slice(&entropy.bytes::<32>()).ok()).ok_or(NoKey)
}

/// Fifteen random bytes that make a positive number.
fn serial(entropy: &Entropy) -> Vec<u8> {
    [vec![1], entropy.bytes::<15>().to_vec()].concat()
}

fn signed(key: &SigningKey, what: Vec<u8>) -> Vec<u8> {
    let signature: Signature = key.sign(&what);
    seq(&[what, seq(&[oid(ECDSA_SHA256)]), bits(signature.to_der().as_bytes())])
}

fn certificate(
    own: &SigningKey,
    by: &SigningKey,
    issuer: &[u8],
    subject: &[u8],
    serial: &[u8],
    now: Millis,
    extensions: &[Vec<u8>],
) -> Vec<u8> {
    let point = own.verifying_key().to_sec1_point(false);
    let parts = [
        tlv::write(CONTEXT[0], &tlv::write(INTEGER, &[2])),
        tlv::write(INTEGER, serial),
        seq(&[oid(ECDSA_SHA256)]),
        issuer.to_vec(),
        seq(&[time(now - DAY), time(now + YEARS)]),
        subject.to_vec(),
        seq(&[seq(&[oid(EC), oid(P256)]), bits(point.as_bytes())]),
        tlv::write(0xa3, &seq(extensions)),
    ];
    signed(by, seq(&parts))
}

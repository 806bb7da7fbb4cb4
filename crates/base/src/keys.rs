//! Keys derived from the one master secret of an installation, and what is done with them: keyed hashes, sealed fields.

use crate::clock::Entropy;
use aes_gcm_siv::{
    Aes256GcmSiv,
    aead::{Aead, KeyInit, Payload},
};
use hmac::Mac;
use std::fmt;

/// What a keyed hash or a sealed field is for. Each purpose has its own key, so that one can never stand for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Session tokens in cookies and bearer headers.
    Session,
    /// One-time codes sent by SMS.
    Otp,
    /// Counter names that contain a phone or an address.
    Limit,
    /// Anti-forgery tokens in forms.
    Csrf,
    /// Look-up of a personal number without reading it (A15).
    PersonalNumberIndex,
    /// Personal numbers at rest (A15).
    PersonalNumber,
    /// TOTP secrets at rest (A17).
    Totp,
    /// Backup codes (A17).
    BackupCode,
    /// Messages waiting in the outbox: they hold phones and codes.
    Outbox,
    /// Proof-of-work challenges.
    ProofOfWork,
    /// Keys of other systems (R12).
    ApiKey,
    /// How to reach somebody whose report another system sent (R12).
    Contact,
    /// Look-up of a guest's phone without reading it (R3).
    GuestIndex,
    /// Phones of guests at rest (R3).
    Guest,
    /// Look-up of an invited phone without reading it (A11).
    InvitationIndex,
    /// Phones of invited people at rest (A11).
    Invitation,
    /// Look-up of a bank account without reading it (N13).
    BankIndex,
    /// Linked bank accounts and what a bank gave to ask about them, at rest (N13).
    Bank,
    /// What is kept of a person's paper, and the key of its file, at rest (N6).
    Document,
    /// Signed short-lived links and cookies.
    Link,
    /// Codes, tokens, handles and secrets of OpenID Connect (N8).
    Oidc,
    /// Private signing keys and running flows of OpenID Connect at rest (N8).
    OidcSealed,
    /// The name by which one sector knows a person (N8).
    Pairwise,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Otp => "otp",
            Self::Limit => "limit",
            Self::Csrf => "csrf",
            Self::PersonalNumberIndex => "personal-number-index",
            Self::PersonalNumber => "personal-number",
            Self::Totp => "totp",
            Self::BackupCode => "backup-code",
            Self::Outbox => "outbox",
            Self::ProofOfWork => "proof-of-work",
            Self::ApiKey => "api-key",
            Self::Contact => "contact",
            Self::GuestIndex => "guest-index",
            Self::Guest => "guest",
            Self::InvitationIndex => "invitation-index",
            Self::Invitation => "invitation",
            Self::BankIndex => "bank-index",
            Self::Bank => "bank",
            Self::Document => "document",
            Self::Link => "link",
            Self::Oidc => "oidc",
            Self::OidcSealed => "oidc-sealed",
            Self::Pairwise => "pairwise",
        }
    }
}

impl Purpose {
    /// What is kept of persons under a key that can be turned (đổi khóa) while the house is open: everything sealed with it can be
    /// sealed anew, everything looked up by it can be hashed anew. Sessions, pseudonyms and codes are not like that.
    fn turns(self) -> bool {
        matches!(self, Self::PersonalNumber | Self::PersonalNumberIndex | Self::Bank | Self::BankIndex | Self::Document)
    }
}

/// The sealed text was changed, cut, or sealed for something else or with another master secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed field cannot be opened")]
pub struct NotSealedHere;

type Root = hkdf::Hkdf<sha2::Sha256>;

/// All keys of an installation. `Debug` shows nothing.
#[derive(Clone)]
pub struct Keys {
    master: Root,
    /// For what turns, when it has a key of its own.
    own: Option<Own>,
}

#[derive(Clone)]
struct Own {
    root: Root,
    id: i64,
    /// What was sealed and hashed before.
    previous: Root,
}

fn root(bytes: &[u8; 32]) -> Root {
    Root::new(Some(b"congdanso/1"), bytes)
}

/// 32 bytes for what a label names.
fn derived(root: &Root, label: &str) -> [u8; 32] {
    let mut key = [0; 32];
    // 32 bytes are far below HKDF's limit of 255 blocks, so this cannot fail; zero keys would be refused by the caller's tests.
    if root.expand(label.as_bytes(), &mut key).is_err() {
        unreachable!("HKDF gives 32 bytes");
    }
    key
}

/// HMAC-SHA-256 over the parts, each with its length, so that ("ab", "c") and ("a", "bc") differ.
fn hashed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let Ok(mut mac) = hmac::Hmac::<sha2::Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of any length")
    };
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

impl Keys {
    /// From 32 random bytes that the operator keeps in a file or the environment.
    pub fn new(master: &[u8; 32]) -> Self {
        Self { master: root(master), own: None }
    }

    /// With a key of its own for what is kept of persons. `previous` is the one before it; `None`: it was the master's. What the
    /// previous one sealed still opens, and is sealed anew by whoever walks the rows.
    #[must_use]
    pub fn turned(self, key: &[u8; 32], previous: Option<&[u8; 32]>) -> Self {
        let own = root(key);
        let [a, b, c, d, e, f, g, h, ..] = derived(&own, "key-id");
        // Never 0: that is the master's.
        let id = i64::from_le_bytes([a, b, c, d, e, f, g, h]) | 1;
        let previous = previous.map_or_else(|| self.master.clone(), root);
        Self { own: Some(Own { root: own, id, previous }), ..self }
    }

    /// Names the key that persons' data is sealed with now, without saying anything of it; 0: the master's.
    pub fn turn(&self) -> i64 {
        self.own.as_ref().map_or(0, |own| own.id)
    }

    /// The key of a purpose: 32 bytes.
    pub fn key(&self, purpose: Purpose) -> [u8; 32] {
        let root = self.own.as_ref().filter(|_| purpose.turns()).map_or(&self.master, |own| &own.root);
        derived(root, purpose.label())
    }

    fn previous(&self, purpose: Purpose) -> Option<[u8; 32]> {
        let own = self.own.as_ref().filter(|_| purpose.turns())?;
        Some(derived(&own.previous, purpose.label()))
    }

    /// HMAC-SHA-256 over the parts, each with its length, so that ("ab", "c") and ("a", "bc") differ.
    pub fn hash(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        hashed(&self.key(purpose), parts)
    }

    /// The same, and as it was with the previous key: what to look for while rows of both are there.
    pub fn hashes(&self, purpose: Purpose, parts: &[&[u8]]) -> Vec<[u8; 32]> {
        let now = self.hash(purpose, parts);
        std::iter::once(now).chain(self.previous(purpose).map(|key| hashed(&key, parts))).collect()
    }

    /// Seals a field with AES-256-GCM-SIV: 12 bytes nonce, then ciphertext. `bound` is the row it belongs to: a sealed text
    /// moved to another row does not open.
    pub fn seal(&self, purpose: Purpose, bound: &[u8], plain: &[u8], entropy: &Entropy) -> Vec<u8> {
        let nonce: [u8; 12] = entropy.bytes();
        let cipher = Aes256GcmSiv::new(&self.key(purpose).into());
        let Ok(sealed) = cipher.encrypt(&nonce.into(), Payload { msg: plain, aad: bound }) else {
            unreachable!("AES-GCM-SIV seals everything below 64 GiB")
        };
        [nonce.as_slice(), &sealed].concat()
    }

    pub fn open(&self, purpose: Purpose, bound: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotSealedHere> {
        let (nonce, body) = sealed.split_first_chunk::<12>().ok_or(NotSealedHere)?;
        let with = |key: [u8; 32]| {
            Aes256GcmSiv::new(&key.into()).decrypt(&(*nonce).into(), Payload { msg: body, aad: bound }).ok()
        };
        with(self.key(purpose)).or_else(|| with(self.previous(purpose)?)).ok_or(NotSealedHere)
    }
}

/// The key of one file and of nothing else (khóa của một tệp): the file is sealed once and never anew, so that turning the house's keys touches only
/// the row in which this key stands sealed, and a file whose row is gone can be read by nobody. `Debug` shows nothing.
#[derive(Clone)]
pub struct FileKey([u8; 32]);

/// Bytes of a file that are sealed together: a reader holds one piece in memory, not the file.
const PIECE: usize = 64 * 1024;
/// A sealed piece is longer by its tag.
const TAG: usize = 16;

impl FileKey {
    pub fn new(entropy: &Entropy) -> Self {
        Self(entropy.bytes())
    }

    pub fn of(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// To be sealed with a key of the house.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Pieces of a file of so many bytes; an empty one has one, too.
    pub fn pieces(plain: u64) -> u64 {
        plain.div_ceil(PIECE as u64).max(1)
    }

    /// Where piece `n` of a file of `plain` bytes stands in the sealed file.
    pub fn place(plain: u64, n: u64) -> std::ops::Range<u64> {
        let (piece, tag) = (PIECE as u64, TAG as u64);
        let end = ((n + 1) * piece).min(plain) + (n + 1) * tag;
        n * (piece + tag)..end
    }

    /// AES-256-GCM-SIV, piece by piece, without nonces in the file: a key seals one file, so a piece's number is a nonce that never comes twice.
    /// The last piece says that it is the last, so that a file cannot be cut, and none can be moved to another place, file or row (`bound`).
    pub fn seal(&self, bound: &[u8], plain: &[u8]) -> Vec<u8> {
        let count = Self::pieces(plain.len() as u64);
        let mut sealed = Vec::with_capacity(plain.len() + count as usize * TAG);
        for n in 0..count {
            let start = n as usize * PIECE;
            let piece = &plain[start..plain.len().min(start + PIECE)];
            let (nonce, aad) = Self::about(bound, n, n + 1 == count);
            let Ok(bytes) = Aes256GcmSiv::new(&self.0.into()).encrypt(&nonce.into(), Payload { msg: piece, aad: &aad })
            else {
                unreachable!("AES-GCM-SIV seals everything below 64 GiB")
            };
            sealed.extend(bytes);
        }
        sealed
    }

    /// Piece `n`; `last`: nothing comes after it.
    pub fn open(&self, bound: &[u8], n: u64, last: bool, sealed: &[u8]) -> Result<Vec<u8>, NotSealedHere> {
        let (nonce, aad) = Self::about(bound, n, last);
        let payload = Payload { msg: sealed, aad: &aad };
        Aes256GcmSiv::new(&self.0.into()).decrypt(&nonce.into(), payload).map_err(|_| NotSealedHere)
    }

    fn about(bound: &[u8], n: u64, last: bool) -> ([u8; 12], Vec<u8>) {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&n.to_le_bytes());
        nonce[8] = u8::from(last);
        (nonce, [bound, &nonce].concat())
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey(…)")
    }
}

/// HMAC-SHA-256 with a key that another system gave or shares (its rules say over which text).
pub fn keyed_hash(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let Ok(mut mac) = hmac::Hmac::<sha2::Sha256>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of any length")
    };
    mac.update(text);
    mac.finalize().into_bytes().into()
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// A text that must never be shown by accident: passwords, tokens, codes. `Debug` hides it; read it with `expose`.
#[derive(Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new(&[7; 32])
    }

    #[test]
    fn a_sealed_field_opens_only_with_its_purpose_and_its_row() {
        let entropy = Entropy::seeded(1);
        let sealed = keys().seal(Purpose::Totp, b"row 1", "bí mật".as_bytes(), &entropy);
        assert_eq!(keys().open(Purpose::Totp, b"row 1", &sealed).unwrap(), "bí mật".as_bytes());
        assert!(keys().open(Purpose::Totp, b"row 2", &sealed).is_err());
        assert!(keys().open(Purpose::Outbox, b"row 1", &sealed).is_err());
        assert!(Keys::new(&[8; 32]).open(Purpose::Totp, b"row 1", &sealed).is_err());
        assert!(keys().open(Purpose::Totp, b"row 1", &sealed[..5]).is_err());
    }

    #[test]
    fn hashes_depend_on_purpose_and_on_where_a_part_ends() {
        let k = keys();
        assert_ne!(k.hash(Purpose::Otp, &[b"ab", b"c"]), k.hash(Purpose::Otp, &[b"a", b"bc"]));
        assert_ne!(k.hash(Purpose::Otp, &[b"ab"]), k.hash(Purpose::Session, &[b"ab"]));
    }

    #[test]
    fn a15_a_turned_key_opens_what_the_one_before_sealed_and_nothing_older() {
        let entropy = Entropy::seeded(1);
        let (first, second) = (keys().turned(&[1; 32], None), keys().turned(&[2; 32], Some(&[1; 32])));
        let by_master = keys().seal(Purpose::PersonalNumber, b"row", b"1", &entropy);
        let by_first = first.seal(Purpose::PersonalNumber, b"row", b"2", &entropy);
        assert_eq!(first.open(Purpose::PersonalNumber, b"row", &by_master).unwrap(), b"1");
        assert_eq!(second.open(Purpose::PersonalNumber, b"row", &by_first).unwrap(), b"2");
        assert!(second.open(Purpose::PersonalNumber, b"row", &by_master).is_err());
        assert!(keys().open(Purpose::PersonalNumber, b"row", &by_first).is_err());
        let hash = |k: &Keys| k.hash(Purpose::PersonalNumberIndex, &[b"1"]);
        assert_eq!(second.hashes(Purpose::PersonalNumberIndex, &[b"1"]), [hash(&second), hash(&first)]);
        assert_eq!(keys().hashes(Purpose::PersonalNumberIndex, &[b"1"]), [hash(&keys())]);
        // Sessions and pseudonyms live on.
        assert_eq!(second.hash(Purpose::Pairwise, &[b"1"]), keys().hash(Purpose::Pairwise, &[b"1"]));
        assert_eq!(second.hashes(Purpose::Session, &[b"1"]).len(), 1);
        assert!(keys().turn() == 0 && first.turn() != 0 && first.turn() != second.turn());
    }

    #[test]
    fn n6_a_file_opens_piece_by_piece_and_none_of_them_elsewhere() {
        let key = FileKey::new(&Entropy::seeded(1));
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let plain: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
            let (sealed, count) = (key.seal(b"row 1", &plain), FileKey::pieces(size as u64));
            assert_eq!(FileKey::place(size as u64, count - 1).end, sealed.len() as u64, "{size}");
            let piece = |n: u64| {
                let place = FileKey::place(size as u64, n);
                &sealed[place.start as usize..place.end as usize]
            };
            let opened: Result<Vec<_>, _> =
                (0..count).map(|n| key.open(b"row 1", n, n + 1 == count, piece(n))).collect();
            assert_eq!(opened.unwrap().concat(), plain, "{size}");
            assert!(key.open(b"row 2", 0, count == 1, piece(0)).is_err(), "another row");
            assert!(key.open(b"row 1", 0, count != 1, piece(0)).is_err(), "cut, or one more");
            assert!(key.open(b"row 1", 1, count == 1, piece(0)).is_err(), "another place");
            assert!(FileKey::new(&Entropy::seeded(2)).open(b"row 1", 0, count == 1, piece(0)).is_err());
            assert!(size < 8 || !sealed.windows(8).any(|w| w == &plain[..8]), "it can be read");
        }
    }

    #[test]
    fn secrets_do_not_show_in_debug() {
        assert!(!format!("{:?} {:?}", keys(), Secret::new("mat-khau")).contains("mat-khau"));
    }
}

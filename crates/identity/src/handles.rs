//! Random handles (codes, tokens, marks) and the keyed hashes under which they stand in rows.

use base::{
    clock::Entropy,
    keys::{Keys, Purpose, Secret},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Longer ones were never given out by us.
const LONGEST: usize = 128;

/// What a handle is: the same text under another kind has another hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Code,
    Access,
    Refresh,
    Pushed,
    Browser,
    ClientSecret,
    Jti,
    RpState,
    RpBrowser,
    RpSubject,
    RpSid,
}

impl Kind {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Code => b"code",
            Self::Access => b"access",
            Self::Refresh => b"refresh",
            Self::Pushed => b"pushed",
            Self::Browser => b"browser",
            Self::ClientSecret => b"client-secret",
            Self::Jti => b"jti",
            Self::RpState => b"rp-state",
            Self::RpBrowser => b"rp-browser",
            Self::RpSubject => b"rp-subject",
            Self::RpSid => b"rp-sid",
        }
    }
}

/// 256 random bits as text.
pub(crate) fn new(entropy: &Entropy) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(entropy.bytes::<32>()))
}

/// The hash of a handle that was shown to us; `None` for what cannot be one.
pub(crate) fn hash(keys: &Keys, kind: Kind, handle: &str) -> Option<Vec<u8>> {
    (!handle.is_empty() && handle.len() <= LONGEST).then(|| hash_any(keys, kind, handle.as_bytes()))
}

/// The hash of what others made: any length.
pub(crate) fn hash_any(keys: &Keys, kind: Kind, text: &[u8]) -> Vec<u8> {
    keys.hash(Purpose::Oidc, &[kind.label(), text]).to_vec()
}

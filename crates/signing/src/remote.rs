//! Signing far away (ký số từ xa; SIM ký số): the key lies with the authority or in a SIM card, and the person says yes on the own phone. Only
//! the digest of a text leaves; what comes back is believed by the same verifier as any other signature.

use base::personal_number::PersonalNumber;

/// A certificate that a person can sign with.
#[derive(Debug, Clone)]
pub struct Credential {
    /// As its authority calls it.
    pub serial: String,
    /// The person's first, then those above it.
    pub chain: Vec<Vec<u8>>,
}

/// How a request to sign stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    Waiting,
    Signed(Vec<u8>),
    /// The person said no.
    Refused,
    /// Nobody answered in time.
    Over,
}

/// The authority does not answer, or not as was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away;

/// What is asked to be signed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub number: &'a PersonalNumber,
    pub serial: &'a str,
    /// What the person reads on the phone.
    pub words: &'a str,
    /// SHA-256 of the text.
    pub digest: &'a [u8],
    /// Our own name for it, used once.
    pub id: &'a str,
}

/// One authority that signs far away.
#[async_trait::async_trait]
pub trait Remote: Send + Sync {
    /// Nobody with this number: an empty list.
    async fn credentials(&self, number: &PersonalNumber, id: &str) -> Result<Vec<Credential>, Away>;
    /// Answers the name under which `progress` knows it.
    async fn ask(&self, request: &Request<'_>) -> Result<String, Away>;
    async fn progress(&self, code: &str) -> Result<Progress, Away>;
}

//! Digital signatures of persons and of organisations (chữ ký số, N4, A11): who signed a text that was given out a moment ago. One verifier for the token in a USB
//! port, for SIM cards and for signing far away; they differ in how the signature comes here, not in what is believed.
//!
//! ```text
//! text ─▶ signature by that key ─▶ chain to a configured root ─▶ for signing, valid now ─▶ not revoked ─▶ number or code, name
//! ```
//!
//! Whoever calls makes the text: a random number in it, what it is for, at which address, until when. Nothing here opens a socket
//! ([`Fetch`] does) and nothing here remembers a person.

mod algorithm;
mod certificate;
mod chain;
mod cms;
pub mod fuzzing;
mod refusal;
pub mod remote;
/// The seeds of this crate's fuzz target.
#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;
mod revocation;
mod subject;
pub mod tlv;

pub use certificate::Certificate;
pub use refusal::Refusal;
pub use revocation::{Fetch, Unreachable};
pub use subject::{Organization, Person};

use algorithm::Scheme;
use base::clock::{Entropy, Millis};
use revocation::Revocation;
use std::sync::Arc;

/// Bytes of a signature file: certificates of two kilobytes each, a signature, some attributes.
pub const MAX_CMS: usize = 64 * 1024;
/// Bytes of one certificate.
pub const MAX_CERTIFICATE: usize = 16 * 1024;
/// Certificates that may come along.
pub const MAX_CERTIFICATES: usize = 8;
/// Bytes of a signature alone: RSA of 8,192 bits.
const MAX_SIGNATURE: usize = 1024;

/// Whose certificates are believed (tổ chức cung cấp dịch vụ chứng thực chữ ký số), as configured.
#[derive(Debug, Clone)]
pub struct Authority {
    /// As staff know it.
    pub name: String,
    pub root: Certificate,
    /// Those between root and persons, for files that leave them out.
    pub intermediates: Vec<Certificate>,
    /// Where its lists and answers may be fetched: `http://crl.example.vn`.
    pub origins: Vec<String>,
    /// Where to ask instead of, or before, what its certificates say.
    pub crl: Option<String>,
    pub ocsp: Option<String>,
}

impl Authority {
    /// Errors: `NotAuthority` for one that may not issue certificates, `UnknownIssuer` for a root that another one issued.
    pub fn check(&self) -> Result<(), Refusal> {
        if !self.root.is_self_issued() {
            return Err(Refusal::UnknownIssuer);
        }
        self.root.may_issue(0)?;
        self.intermediates.iter().try_for_each(|one| one.may_issue(0))
    }
}

/// A person who signed.
#[derive(Clone)]
pub struct Signer {
    pub person: Person,
    /// Whose root it was.
    pub authority: String,
    /// SHA-256 of the certificate.
    pub fingerprint: [u8; 32],
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.authority)
    }
}

/// An organisation for which somebody signed, with the token that its authority gave it.
#[derive(Debug, Clone)]
pub struct Seal {
    pub organization: Organization,
    /// Whose root it was.
    pub authority: String,
}

/// Believes signatures, or says why not.
pub struct Verifier {
    authorities: Vec<Authority>,
    revocation: Revocation,
}

impl Verifier {
    pub fn new(authorities: Vec<Authority>, fetch: Arc<dyn Fetch>, entropy: Entropy) -> Self {
        Self { authorities, revocation: Revocation::new(fetch, entropy) }
    }

    /// A signature file (CMS) over `text`: DER, PEM or bare base64. Errors: why it is not believed.
    pub async fn file(&self, file: &[u8], text: &[u8], now: Millis) -> Result<Signer, Refusal> {
        let signed = cms::verify(file, text)?;
        self.person(signed.signer, &signed.others, now).await
    }

    /// The same made with an organisation's token. Errors: why it is not believed.
    pub async fn organization(&self, file: &[u8], text: &[u8], now: Millis) -> Result<Seal, Refusal> {
        let signed = cms::verify(file, text)?;
        let (organization, authority) =
            self.believe(&signed.signer, &signed.others, subject::organization, now).await?;
        Ok(Seal { organization, authority })
    }

    /// A signature alone, as signing far away answers it: over the SHA-256 of `text`, with the person's certificate first.
    /// Errors: why it is not believed.
    pub async fn plain(
        &self,
        certificates: &[Vec<u8>],
        signature: &[u8],
        text: &[u8],
        now: Millis,
    ) -> Result<Signer, Refusal> {
        if certificates.len() > MAX_CERTIFICATES || signature.len() > MAX_SIGNATURE {
            return Err(Refusal::TooBig);
        }
        let mut read =
            certificates.iter().map(|der| Certificate::read(der)).collect::<Result<Vec<_>, _>>()?.into_iter();
        let own = read.next().ok_or(Refusal::NoCertificate)?;
        let key = own.public_key()?;
        key.verify(Scheme::usual(&key), text, signature)?;
        self.person(own, &read.collect::<Vec<_>>(), now).await
    }

    async fn person(&self, own: Certificate, others: &[Certificate], now: Millis) -> Result<Signer, Refusal> {
        let (person, authority) = self.believe(&own, others, subject::person, now).await?;
        Ok(Signer { person, authority, fingerprint: own.fingerprint() })
    }

    /// Who stands in the certificate, and whose root it was. `who` is asked before the network is.
    async fn believe<W>(
        &self,
        own: &Certificate,
        others: &[Certificate],
        who: fn(&Certificate) -> Result<W, Refusal>,
        now: Millis,
    ) -> Result<(W, String), Refusal> {
        let path = chain::build(own, others, &self.authorities, now)?;
        let who = who(own)?;
        self.revocation.check(&path.steps, path.authority, now).await?;
        Ok((who, path.authority.name.clone()))
    }
}

//! One certificate (chứng thư số), with the bytes as they were signed.

use crate::{
    MAX_CERTIFICATE, Refusal,
    algorithm::{Key, Scheme},
    tlv::{self, BIT_STRING, CONTEXT, INTEGER, SEQUENCE},
};
use aws_lc_rs::digest;
use base::clock::Millis;
use der::{Decode, oid::AssociatedOid, oid::ObjectIdentifier};
use x509_cert::{
    ext::pkix::{
        AuthorityInfoAccessSyntax, BasicConstraints, CrlDistributionPoints, ExtendedKeyUsage, KeyUsage,
        SubjectKeyIdentifier,
        name::{DistributionPointName, GeneralName},
    },
    time::Time,
};

/// Extensions that are acted on, or that may be critical without changing what is decided here.
const UNDERSTOOD: [ObjectIdentifier; 5] = [
    BasicConstraints::OID,
    KeyUsage::OID,
    ExtendedKeyUsage::OID,
    ObjectIdentifier::new_unwrap("2.5.29.32"), // certificate policies: any is taken
    ObjectIdentifier::new_unwrap("2.5.29.17"), // other names of the subject: none is used
];
const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
/// id-pkix-ocsp-nocheck
const NO_CHECK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.5");
const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");
/// What a person signs with: any purpose, signing in, mail, documents (RFC 9336, and Microsoft's), smart card.
const PERSONAL: [ObjectIdentifier; 6] = [
    ObjectIdentifier::new_unwrap("2.5.29.37.0"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.10.3.12"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.20.2.2"),
];

/// A certificate that could be read; nothing of it is believed yet.
#[derive(Clone)]
pub struct Certificate {
    /// As it came.
    pub der: Vec<u8>,
    parsed: x509_cert::Certificate,
    tbs: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
    /// The number without its tag and length.
    pub serial: Vec<u8>,
    /// Names as they are encoded: two are the same when their bytes are.
    pub issuer: Vec<u8>,
    pub subject: Vec<u8>,
    /// `SubjectPublicKeyInfo`.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}

fn unreadable<E>(_: E) -> Refusal {
    Refusal::Unreadable
}

impl Certificate {
    /// Errors: `TooBig`, `Unreadable`.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > MAX_CERTIFICATE {
            return Err(Refusal::TooBig);
        }
        let parsed = x509_cert::Certificate::from_der(bytes).map_err(unreadable)?;
        let mut parts = tlv::whole(bytes, SEQUENCE)?.items();
        let tbs = parts.expect(SEQUENCE)?;
        let algorithm = parts.expect(SEQUENCE)?;
        let [0, signature @ ..] = parts.expect(BIT_STRING)?.value else { return Err(Refusal::Unreadable) };
        parts.end()?;
        let mut fields = tbs.items();
        fields.optional(CONTEXT[0])?;
        let serial = fields.expect(INTEGER)?;
        let inner = fields.expect(SEQUENCE)?;
        let issuer = fields.expect(SEQUENCE)?;
        fields.expect(SEQUENCE)?;
        let subject = fields.expect(SEQUENCE)?;
        let key = fields.expect(SEQUENCE)?;
        if inner.raw != algorithm.raw {
            return Err(Refusal::Unreadable);
        }
        Ok(Self {
            der: bytes.to_vec(),
            tbs: tbs.raw.to_vec(),
            algorithm: algorithm.raw.to_vec(),
            signature: signature.to_vec(),
            serial: serial.value.to_vec(),
            issuer: issuer.raw.to_vec(),
            subject: subject.raw.to_vec(),
            key: key.raw.to_vec(),
            parsed,
        })
    }

    /// All of a PEM file, or the one of a DER file.
    pub fn read_file(file: &[u8]) -> Result<Vec<Self>, Refusal> {
        tlv::blocks(file).ok_or(Refusal::Unreadable)?.iter().map(|der| Self::read(der)).collect()
    }

    pub fn public_key(&self) -> Result<Key, Refusal> {
        Key::of(tlv::whole(&self.key, SEQUENCE)?)
    }

    /// SHA-256 of it.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(digest::digest(&digest::SHA256, &self.der).as_ref());
        out
    }

    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether this key signed that certificate. Errors as of a signature.
    pub fn signed(&self, other: &Self) -> Result<(), Refusal> {
        let scheme = Scheme::of(tlv::whole(&other.algorithm, SEQUENCE)?, None)?;
        self.public_key()?.verify(scheme, &other.tbs, &other.signature)
    }

    /// Errors: `NotYet`, `Expired`.
    pub fn valid_at(&self, now: Millis) -> Result<(), Refusal> {
        let validity = self.parsed.tbs_certificate().validity();
        if now < millis(validity.not_before) {
            return Err(Refusal::NotYet);
        }
        if now > millis(validity.not_after) { Err(Refusal::Expired) } else { Ok(()) }
    }

    /// Every critical extension is known here. Errors: `Critical`.
    pub fn understood(&self) -> Result<(), Refusal> {
        let extensions = self.parsed.tbs_certificate().extensions().map(Vec::as_slice).unwrap_or_default();
        let all = extensions.iter().all(|e| !e.critical || UNDERSTOOD.contains(&e.extn_id));
        if all { Ok(()) } else { Err(Refusal::Critical) }
    }

    fn extension<'a, T>(&'a self) -> Result<Option<T>, Refusal>
    where
        T: Decode<'a> + AssociatedOid,
    {
        let found = self.parsed.tbs_certificate().get_extension::<T>().map_err(unreadable)?;
        Ok(found.map(|(_, value)| value))
    }

    /// May issue certificates with this many authorities between it and the person. Errors: `NotAuthority`.
    pub fn may_issue(&self, below: usize) -> Result<(), Refusal> {
        let Some(constraints) = self.extension::<BasicConstraints>()? else { return Err(Refusal::NotAuthority) };
        let deep = constraints.path_len_constraint.is_none_or(|most| below <= usize::from(most));
        let may_sign = self.extension::<KeyUsage>()?.is_none_or(|usage| usage.key_cert_sign());
        if constraints.ca && deep && may_sign { Ok(()) } else { Err(Refusal::NotAuthority) }
    }

    pub fn may_sign_lists(&self) -> Result<bool, Refusal> {
        Ok(self.extension::<KeyUsage>()?.is_none_or(|usage| usage.crl_sign()))
    }

    /// Is for signing by a person. Errors: `Usage`.
    pub fn may_sign(&self) -> Result<(), Refusal> {
        let is_authority = self.extension::<BasicConstraints>()?.is_some_and(|c| c.ca);
        let usage = self.extension::<KeyUsage>()?;
        let may_sign = usage.is_some_and(|usage| usage.digital_signature() || usage.non_repudiation());
        let purposes = self.extension::<ExtendedKeyUsage>()?;
        let is_personal = purposes.is_none_or(|all| all.0.iter().any(|one| PERSONAL.contains(one)));
        if !is_authority && may_sign && is_personal { Ok(()) } else { Err(Refusal::Usage) }
    }

    /// Was made by its issuer to answer in its place about revocation (RFC 6960, 4.2.2.2), and is itself never revoked.
    pub fn may_answer(&self) -> Result<bool, Refusal> {
        let purposes = self.extension::<ExtendedKeyUsage>()?;
        let extensions = self.parsed.tbs_certificate().extensions().map(Vec::as_slice).unwrap_or_default();
        let is_never_revoked = extensions.iter().any(|e| e.extn_id == NO_CHECK);
        Ok(is_never_revoked && purposes.is_some_and(|all| all.0.contains(&OCSP_SIGNING)))
    }

    pub fn has_key_id(&self, wanted: &[u8]) -> bool {
        matches!(self.extension::<SubjectKeyIdentifier>(), Ok(Some(id)) if id.0.as_bytes() == wanted)
    }

    /// Where lists of revoked certificates are. One that names another issuer or only some reasons is left out.
    pub fn lists(&self) -> Vec<String> {
        let Ok(Some(points)) = self.extension::<CrlDistributionPoints>() else { return Vec::new() };
        let whole = points.0.into_iter().filter(|point| point.crl_issuer.is_none() && point.reasons.is_none());
        let names = whole.filter_map(|point| match point.distribution_point {
            Some(DistributionPointName::FullName(names)) => Some(names),
            _ => None,
        });
        names.flatten().filter_map(address).collect()
    }

    /// Where one asks about this certificate alone.
    pub fn responders(&self) -> Vec<String> {
        let Ok(Some(ways)) = self.extension::<AuthorityInfoAccessSyntax>() else { return Vec::new() };
        let ocsp = ways.0.into_iter().filter(|way| way.access_method == OCSP);
        ocsp.filter_map(|way| address(way.access_location)).collect()
    }

    /// The bits of the public key, of which OCSP takes a digest.
    pub fn key_bits(&self) -> Result<&[u8], Refusal> {
        let mut items = tlv::whole(&self.key, SEQUENCE)?.items();
        items.expect(SEQUENCE)?;
        match items.expect(BIT_STRING)?.value {
            [0, bits @ ..] => Ok(bits),
            _ => Err(Refusal::Unreadable),
        }
    }
}

fn address(name: GeneralName) -> Option<String> {
    match name {
        GeneralName::UniformResourceIdentifier(address) => Some(address.as_str().to_owned()),
        _ => None,
    }
}

/// UTC milliseconds.
pub fn millis(time: Time) -> Millis {
    Millis::try_from(time.to_unix_duration().as_millis()).unwrap_or(Millis::MAX)
}

/// A time as CRL and OCSP hold it.
pub fn time(raw: &[u8]) -> Result<Millis, Refusal> {
    Time::from_der(raw).map(millis).map_err(unreadable)
}

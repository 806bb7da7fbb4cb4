//! Lists of revoked certificates (CRL, RFC 5280, 5): whole ones, signed by the issuer itself.

use super::SKEW;
use crate::{
    Refusal,
    algorithm::Scheme,
    certificate::{self, Certificate},
    tlv::{self, BIT_STRING, CONTEXT, GENERALIZED_TIME, INTEGER, Items, OCTET_STRING, OID, SEQUENCE, UTC_TIME},
};
use base::clock::Millis;
use std::collections::HashSet;

/// `2.5.29.28`: which certificates a list is about.
const ISSUING_POINT: &[u8] = &[0x55, 0x1d, 0x1c];

/// A list that was checked.
#[derive(Debug)]
pub struct List {
    serials: HashSet<Box<[u8]>>,
    pub until: Millis,
}

impl List {
    pub fn names(&self, serial: &[u8]) -> bool {
        self.serials.contains(serial)
    }

    /// Errors: any that says why it is not believed.
    pub fn read(bytes: &[u8], issuer: &Certificate, address: &str, now: Millis) -> Result<Self, Refusal> {
        if bytes.len() > super::MAX_LIST {
            return Err(Refusal::TooBig);
        }
        let bytes = tlv::unwrapped(bytes).ok_or(Refusal::Unreadable)?;
        let mut parts = tlv::whole(&bytes, SEQUENCE)?.items();
        let (list, algorithm) = (parts.expect(SEQUENCE)?, parts.expect(SEQUENCE)?);
        let [0, signature @ ..] = parts.expect(BIT_STRING)?.value else { return Err(Refusal::Unreadable) };
        parts.end()?;
        let mut fields = list.items();
        fields.optional(INTEGER)?;
        let inner = fields.expect(SEQUENCE)?;
        if inner.raw != algorithm.raw || fields.expect(SEQUENCE)?.raw != issuer.subject || !issuer.may_sign_lists()? {
            return Err(Refusal::NotAuthority);
        }
        issuer.public_key()?.verify(Scheme::of(algorithm, None)?, list.raw, signature)?;
        let from = certificate::time(fields.item()?.raw)?;
        let until = match fields.0.first() {
            Some(&(UTC_TIME | GENERALIZED_TIME)) => certificate::time(fields.item()?.raw)?,
            // Nobody knows how long it may be believed.
            _ => return Err(Refusal::Expired),
        };
        if from > now + SKEW || until <= now {
            return Err(Refusal::Expired);
        }
        let mut serials = HashSet::new();
        if let Some(revoked) = fields.optional(SEQUENCE)? {
            let mut entries = revoked.items();
            while !entries.is_empty() {
                let mut entry = entries.expect(SEQUENCE)?.items();
                serials.insert(entry.expect(INTEGER)?.value.into());
                entry.item()?;
                if let Some(extensions) = entry.optional(SEQUENCE)? {
                    // A critical one names another issuer: the list speaks for others.
                    each(extensions.items(), |_, _| Err(Refusal::Critical))?;
                }
            }
        }
        if let Some(extensions) = fields.optional(CONTEXT[0])? {
            each(extensions.only()?.items(), |name, value| match name {
                ISSUING_POINT => whole(value, address),
                _ => Err(Refusal::Critical), // such as: only the changes since another list
            })?;
        }
        fields.end()?;
        Ok(Self { serials, until })
    }
}

/// Calls `critical` with each critical extension.
fn each(mut extensions: Items<'_>, critical: impl Fn(&[u8], &[u8]) -> Result<(), Refusal>) -> Result<(), Refusal> {
    while !extensions.is_empty() {
        let mut extension = extensions.expect(SEQUENCE)?.items();
        let name = extension.expect(OID)?.value;
        let is_critical = extension.optional(0x01)?.is_some_and(|flag| flag.value != [0]);
        let value = extension.expect(OCTET_STRING)?.value;
        if is_critical {
            critical(name, value)?;
        }
    }
    Ok(())
}

/// A list of part of the certificates is believed only for those that name its own address; one for some reasons, or of others, never.
fn whole(value: &[u8], address: &str) -> Result<(), Refusal> {
    let mut fields = tlv::whole(value, SEQUENCE)?.items();
    while !fields.is_empty() {
        let field = fields.item()?;
        match field.tag {
            0xa0 => {
                let is_here = field.value.windows(address.len().max(1)).any(|part| part == address.as_bytes());
                if !is_here {
                    return Err(Refusal::Critical);
                }
            }
            // Only people's, only authorities': the certificate named the address itself.
            0x81 | 0x82 => {}
            _ => return Err(Refusal::Critical),
        }
    }
    Ok(())
}

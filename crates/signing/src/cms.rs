//! A detached signature as signing software writes it: `SignedData` of CMS (RFC 5652), a `.p7s` or `.p7m` file. One signer; the text may be
//! inside, and must then be the very text that was given out.

use crate::{
    MAX_CERTIFICATES, MAX_CMS, Refusal,
    algorithm::{Hash, Scheme},
    certificate::Certificate,
    tlv::{self, CONTEXT, INTEGER, Item, OCTET_STRING, OID, SEQUENCE, SET},
};

const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];

/// Who signed, by the file's own word, and what came along.
#[derive(Debug)]
pub struct Signed {
    pub signer: Certificate,
    /// Others that may lead to a root.
    pub others: Vec<Certificate>,
}

/// Reads a file and checks that the signer's key signed `text`. Whose key that is, is for the chain to say.
/// Errors: `TooBig`, `Unreadable`, `Signers`, `NoCertificate`, `OtherText`, `Attributes`, `Signature`, `Weak`, `Algorithm`.
pub fn verify(file: &[u8], text: &[u8]) -> Result<Signed, Refusal> {
    if file.len() > MAX_CMS {
        return Err(Refusal::TooBig);
    }
    let bytes = tlv::closed(&tlv::unwrapped(file).ok_or(Refusal::Unreadable)?)?;
    let mut info = tlv::whole(&bytes, SEQUENCE)?.items();
    if info.expect(OID)?.value != SIGNED_DATA {
        return Err(Refusal::Unreadable);
    }
    let signed = info.expect(CONTEXT[0])?.only()?;
    info.end()?;
    if signed.tag != SEQUENCE {
        return Err(Refusal::Unreadable);
    }
    let mut data = signed.items();
    data.expect(INTEGER)?;
    data.expect(SET)?;
    content(data.expect(SEQUENCE)?, text)?;
    let certificates = read_certificates(data.optional(CONTEXT[0])?)?;
    data.optional(CONTEXT[1])?; // lists of revoked certificates that came along: only fetched ones are believed
    let signers = data.expect(SET)?;
    data.end()?;
    let mut signers = signers.items();
    let signer = signers.expect(SEQUENCE).map_err(|_| Refusal::Signers)?;
    signers.end().map_err(|_| Refusal::Signers)?;
    check_signer(signer, certificates, text)
}

/// The text is outside, or the same inside.
fn content(encapsulated: Item<'_>, text: &[u8]) -> Result<(), Refusal> {
    let mut items = encapsulated.items();
    if items.expect(OID)?.value != DATA {
        return Err(Refusal::Unreadable);
    }
    let inside = items.optional(CONTEXT[0])?;
    items.end()?;
    match inside.map(|inside| inside.only()).transpose()? {
        Some(inside) if inside.tag != OCTET_STRING => Err(Refusal::Unreadable),
        Some(inside) if inside.value != text => Err(Refusal::OtherText),
        _ => Ok(()),
    }
}

fn read_certificates(set: Option<Item<'_>>) -> Result<Vec<Certificate>, Refusal> {
    let mut all = Vec::new();
    let Some(set) = set else { return Ok(all) };
    let mut items = set.items();
    while !items.is_empty() {
        let item = items.item()?;
        if all.len() == MAX_CERTIFICATES {
            return Err(Refusal::TooBig);
        }
        // Other kinds of certificates (attributes, ancient ones) prove nothing here.
        if item.tag == SEQUENCE {
            all.push(Certificate::read(item.raw)?);
        }
    }
    Ok(all)
}

fn check_signer(signer: Item<'_>, mut certificates: Vec<Certificate>, text: &[u8]) -> Result<Signed, Refusal> {
    let mut fields = signer.items();
    fields.expect(INTEGER)?;
    let who = fields.item()?;
    let at = match who.tag {
        SEQUENCE => {
            let mut named = who.items();
            let (issuer, serial) = (named.expect(SEQUENCE)?.raw, named.expect(INTEGER)?.value);
            certificates.iter().position(|c| c.issuer == issuer && c.serial == serial)
        }
        0x80 => certificates.iter().position(|c| c.has_key_id(who.value)),
        _ => return Err(Refusal::Unreadable),
    };
    let digest = Hash::of(fields.expect(SEQUENCE)?)?;
    let attributes = fields.optional(CONTEXT[0])?;
    let scheme = Scheme::of(fields.expect(SEQUENCE)?, Some(digest))?;
    let signature = fields.expect(OCTET_STRING)?.value;
    fields.optional(CONTEXT[1])?; // unsigned: time stamps and the like
    fields.end()?;
    let own = certificates.swap_remove(at.ok_or(Refusal::NoCertificate)?);
    let key = own.public_key()?;
    match attributes {
        None => key.verify(scheme, text, signature)?,
        Some(attributes) => {
            // Signed as the SET that it is, not as the field that it stands in (RFC 5652, 5.4).
            key.verify(scheme, &tlv::write(SET, attributes.value), signature)?;
            check_attributes(attributes, digest, text)?;
        }
    }
    Ok(Signed { signer: own, others: certificates })
}

fn check_attributes(attributes: Item<'_>, digest: Hash, text: &[u8]) -> Result<(), Refusal> {
    let (mut kind, mut message) = (None, None);
    let mut items = attributes.items();
    while !items.is_empty() {
        let mut attribute = items.expect(SEQUENCE)?.items();
        let name = attribute.expect(OID)?.value;
        let values = attribute.expect(SET)?;
        attribute.end()?;
        let place = match name {
            CONTENT_TYPE => &mut kind,
            MESSAGE_DIGEST => &mut message,
            _ => continue,
        };
        let value = values.only().map_err(|_| Refusal::Attributes)?;
        if place.replace(value).is_some() {
            return Err(Refusal::Attributes);
        }
    }
    let is_data = kind.is_some_and(|kind| kind.tag == OID && kind.value == DATA);
    let message = message.filter(|m| m.tag == OCTET_STRING && is_data).ok_or(Refusal::Attributes)?;
    if message.value == digest.digest(text) { Ok(()) } else { Err(Refusal::OtherText) }
}

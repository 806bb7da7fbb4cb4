//! Asking about one certificate (OCSP, RFC 6960), with a number of our own in the question so that no older answer fits.

use super::{SKEW, Status};
use crate::{
    Refusal,
    algorithm::Scheme,
    certificate::{self, Certificate},
    tlv::{self, BIT_STRING, CONTEXT, ENUMERATED, GENERALIZED_TIME, INTEGER, Item, OCTET_STRING, OID, SEQUENCE},
};
use aws_lc_rs::digest;
use base::clock::{HOUR, Millis};

/// id-pkix-ocsp-nonce, id-pkix-ocsp-basic
const NONCE: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02];
const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
/// SHA-1 with its NULL: it only names the issuer, nothing rests on it, and it is what every responder knows.
const NAMED_BY: &[u8] = &[0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00];
/// Responders that sign beforehand leave our number out; their answer must be this young.
const FRESH: Millis = 12 * HOUR;
/// Certificates that come along.
const MOST_RESPONDERS: usize = 4;

fn named(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

/// Which certificate is meant: its issuer's name and key, and its number.
fn id(own: &Certificate, issuer: &Certificate) -> Result<Vec<u8>, Refusal> {
    let parts = [
        NAMED_BY.to_vec(),
        tlv::write(OCTET_STRING, &named(&issuer.subject)),
        tlv::write(OCTET_STRING, &named(issuer.key_bits()?)),
        tlv::write(INTEGER, &own.serial),
    ];
    Ok(tlv::write(SEQUENCE, &parts.concat()))
}

pub fn question(own: &Certificate, issuer: &Certificate, nonce: &[u8]) -> Result<Vec<u8>, Refusal> {
    let request = tlv::write(SEQUENCE, &id(own, issuer)?);
    let nonce = tlv::write(OCTET_STRING, &tlv::write(OCTET_STRING, nonce));
    let extension = tlv::write(SEQUENCE, &[tlv::write(OID, NONCE), nonce].concat());
    let extensions = tlv::write(CONTEXT[2], &tlv::write(SEQUENCE, &extension));
    let all = [tlv::write(SEQUENCE, &request), extensions].concat();
    Ok(tlv::write(SEQUENCE, &tlv::write(SEQUENCE, &all)))
}

/// What the answer says of this certificate. Errors: any that says why it is not believed.
pub fn read(
    answer: &[u8],
    own: &Certificate,
    issuer: &Certificate,
    nonce: &[u8],
    now: Millis,
) -> Result<Status, Refusal> {
    if answer.len() > super::MAX_ANSWER {
        return Err(Refusal::TooBig);
    }
    let mut outer = tlv::whole(answer, SEQUENCE)?.items();
    if outer.expect(ENUMERATED)?.value != [0] {
        return Err(Refusal::Unchecked);
    }
    let mut inner = outer.expect(CONTEXT[0])?.only()?.items();
    if inner.expect(OID)?.value != BASIC {
        return Err(Refusal::Unchecked);
    }
    let basic = inner.expect(OCTET_STRING)?.value;
    let mut parts = tlv::whole(basic, SEQUENCE)?.items();
    let (data, algorithm) = (parts.expect(SEQUENCE)?, parts.expect(SEQUENCE)?);
    let [0, signature @ ..] = parts.expect(BIT_STRING)?.value else { return Err(Refusal::Unreadable) };
    let along = parts.optional(CONTEXT[0])?;
    parts.end()?;

    let mut fields = data.items();
    fields.optional(CONTEXT[0])?;
    let responder = fields.item()?;
    fields.expect(GENERALIZED_TIME)?;
    let answers = fields.expect(SEQUENCE)?;
    let extensions = fields.optional(CONTEXT[1])?;
    fields.end()?;

    let signer = responder_of(responder, along, issuer, now)?;
    signer.public_key()?.verify(Scheme::of(algorithm, None)?, data.raw, signature)?;
    let ours = nonce_of(extensions)?;
    if ours.is_some_and(|given| given != nonce) {
        return Err(Refusal::Unchecked);
    }
    status(answers, &id(own, issuer)?, ours.is_some(), now)
}

/// The issuer itself, or whom it made for this.
fn responder_of(
    named_as: Item<'_>,
    along: Option<Item<'_>>,
    issuer: &Certificate,
    now: Millis,
) -> Result<Certificate, Refusal> {
    let name = named_as.only()?;
    let fits = |c: &Certificate| match named_as.tag {
        0xa1 => Ok(name.raw == c.subject),
        0xa2 => Ok(name.value == named(c.key_bits()?)),
        _ => Err(Refusal::Unreadable),
    };
    if fits(issuer)? {
        return Ok(issuer.clone());
    }
    let mut all = along.ok_or(Refusal::NoCertificate)?.only()?.items();
    for _ in 0..MOST_RESPONDERS {
        if all.is_empty() {
            break;
        }
        let one = Certificate::read(all.expect(SEQUENCE)?.raw)?;
        if fits(&one)? && one.issuer == issuer.subject && one.may_answer()? {
            issuer.signed(&one)?;
            one.valid_at(now)?;
            return Ok(one);
        }
    }
    Err(Refusal::NotAuthority)
}

fn nonce_of(extensions: Option<Item<'_>>) -> Result<Option<&[u8]>, Refusal> {
    let Some(extensions) = extensions else { return Ok(None) };
    let mut items = extensions.only()?.items();
    let mut found = None;
    while !items.is_empty() {
        let mut extension = items.expect(SEQUENCE)?.items();
        let name = extension.expect(OID)?.value;
        extension.optional(0x01)?;
        let value = extension.expect(OCTET_STRING)?.value;
        if name == NONCE {
            found = Some(tlv::whole(value, OCTET_STRING)?.value);
        }
    }
    Ok(found)
}

fn status(answers: Item<'_>, wanted: &[u8], is_for_us: bool, now: Millis) -> Result<Status, Refusal> {
    let mut all = answers.items();
    while !all.is_empty() {
        let mut one = all.expect(SEQUENCE)?.items();
        if !same_id(one.expect(SEQUENCE)?, wanted)? {
            continue;
        }
        let said = one.item()?.tag;
        let from = certificate::time(one.expect(GENERALIZED_TIME)?.raw)?;
        let until = match one.optional(CONTEXT[0])? {
            Some(until) => certificate::time(until.only()?.raw)?,
            None => from + FRESH,
        };
        let is_young = is_for_us || now - from <= FRESH;
        if from > now + SKEW || until <= now || !is_young {
            return Err(Refusal::Expired);
        }
        return match said {
            0x80 => Ok(Status::Good),
            0xa1 => Ok(Status::Revoked),
            _ => Err(Refusal::Unchecked),
        };
    }
    Err(Refusal::Unchecked)
}

/// The same certificate; responders write the digest's parameters or leave them out.
fn same_id(given: Item<'_>, wanted: &[u8]) -> Result<bool, Refusal> {
    let (mut given, mut wanted) = (given.items(), tlv::whole(wanted, SEQUENCE)?.items());
    let (a, b) = (given.expect(SEQUENCE)?, wanted.expect(SEQUENCE)?);
    Ok(a.items().expect(OID)?.value == b.items().expect(OID)?.value && given.0 == wanted.0)
}

//! Whose certificate it is: the number or code and the name, as Vietnamese authorities write them into the subject. Never an e-mail address
//! and never a bare serial number, which name nobody for sure.
//!
//! ```text
//! UID=CCCD:034189001234, CN=NGUYỄN VĂN A, …        a person
//! serialNumber=CCCD:034189001234, CN=…             a person
//! UID=MST:0100109106, CN=CÔNG TY …, O=CÔNG TY …    a business, by its tax code; no person, since others than its head hold the token
//! UID=MDD:H50.12, CN=SỞ …, O=TỈNH …                a state body, by its electronic identification code
//! ```
//!
//! The prefixes of persons and businesses are seen in certificates of public authorities; that of state bodies is ours, because the subjects
//! of the government's authority are not public. No document that binds them was found (cần đối chiếu).
//!
//! A certificate that names a person *and* an organisation is somebody's at their work: it opens neither.

use crate::{
    Refusal,
    certificate::Certificate,
    tlv::{self, OID, SEQUENCE, SET},
};
use base::{
    fold::fold,
    organization_code::{BadCode, OrganizationCode, OrganizationKind},
    personal_number::{BadNumber, PersonalNumber},
};

const UID: &[u8] = &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01];
const SERIAL_NUMBER: &[u8] = &[0x55, 0x04, 0x05];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION_NAME: &[u8] = &[0x55, 0x04, 0x0a];
/// Bytes of one text of a name.
const LONGEST: usize = 200;

/// Who a certificate names.
#[derive(Clone)]
pub struct Person {
    pub number: PersonalNumber,
    /// As it stands there, often in capitals.
    pub name: String,
}

/// Which organisation a certificate names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    pub code: OrganizationCode,
    /// As it stands there, often in capitals.
    pub name: String,
}

/// A text of a name: UTF-8, ASCII or the two bytes a letter of old tokens.
fn text(value: tlv::Item<'_>) -> Option<String> {
    if value.value.len() > LONGEST {
        return None;
    }
    match value.tag {
        // UTF8String, NumericString, PrintableString, IA5String
        0x0c | 0x12 | 0x13 | 0x16 => std::str::from_utf8(value.value).ok().map(str::to_owned),
        // BMPString
        0x1e => {
            let pairs = value.value.chunks(2).map(|pair| <[u8; 2]>::try_from(pair).map(u16::from_be_bytes));
            String::from_utf16(&pairs.collect::<Result<Vec<u16>, _>>().ok()?).ok()
        }
        _ => None,
    }
}

/// What is read of a subject. `None`: a value that cannot be read, or is too long.
#[derive(Default)]
struct Attributes {
    /// UID and serialNumber.
    numbers: Vec<Option<String>>,
    names: Vec<Option<String>>,
    organizations: Vec<Option<String>>,
}

impl Attributes {
    fn read(certificate: &Certificate) -> Result<Self, Refusal> {
        let mut all = Self::default();
        let mut relative = tlv::whole(&certificate.subject, SEQUENCE)?.items();
        while !relative.is_empty() {
            let mut attributes = relative.expect(SET)?.items();
            while !attributes.is_empty() {
                let mut attribute = attributes.expect(SEQUENCE)?.items();
                let kind = attribute.expect(OID)?.value;
                let value = text(attribute.item()?);
                match kind {
                    UID | SERIAL_NUMBER => all.numbers.push(value),
                    COMMON_NAME => all.names.push(value),
                    ORGANIZATION_NAME => all.organizations.push(value),
                    _ => {}
                }
            }
        }
        Ok(all)
    }
}

/// `MST:0100109106` as prefix in capitals and what stands behind it; a number without a prefix names nobody.
fn prefixed(value: &str) -> Option<(String, &str)> {
    let (prefix, number) = value.split_once(':')?;
    Some((prefix.trim().to_uppercase(), number.trim()))
}

/// Errors: `NoPerson`, `OldNumber`, `Organisation`.
pub fn person(certificate: &Certificate) -> Result<Person, Refusal> {
    let Attributes { numbers, names, .. } = Attributes::read(certificate)?;
    let mut found: Option<PersonalNumber> = None;
    for (prefix, number) in numbers.iter().flatten().filter_map(|value| prefixed(value)) {
        match prefix.as_str() {
            "MST" | "MNS" | "MDD" => return Err(Refusal::Organisation),
            "CCCD" | "CMND" | "CMT" => {}
            _ => continue,
        }
        let number = PersonalNumber::parse(number).map_err(|bad| match bad {
            BadNumber::Old => Refusal::OldNumber,
            BadNumber::Empty | BadNumber::Invalid => Refusal::NoPerson,
        })?;
        if found.as_ref().is_some_and(|other| *other != number) {
            return Err(Refusal::NoPerson);
        }
        found = Some(number);
    }
    match (found, &names[..]) {
        (Some(number), [Some(name)]) if !name.trim().is_empty() => Ok(Person { number, name: name.trim().to_owned() }),
        _ => Err(Refusal::NoPerson),
    }
}

/// Errors: `Person` for somebody's own, `Household` for a household business, `NoOrganisation` for everything else that names none, or two.
pub fn organization(certificate: &Certificate) -> Result<Organization, Refusal> {
    let Attributes { numbers, names, organizations } = Attributes::read(certificate)?;
    let (mut found, mut is_person): (Option<OrganizationCode>, bool) = (None, false);
    for value in numbers {
        // What cannot be read may name another one.
        let value = value.ok_or(Refusal::NoOrganisation)?;
        let Some((prefix, code)) = prefixed(&value) else { continue };
        let code = match prefix.as_str() {
            "MST" => OrganizationCode::tax(code),
            "MDD" => OrganizationCode::agency(code),
            "CCCD" | "CMND" | "CMT" => {
                is_person = true;
                continue;
            }
            _ => continue,
        };
        let code = code.map_err(|bad| match bad {
            BadCode::Personal => Refusal::Household,
            BadCode::Invalid => Refusal::NoOrganisation,
        })?;
        if found.as_ref().is_some_and(|other| *other != code) {
            return Err(Refusal::NoOrganisation);
        }
        found = Some(code);
    }
    let code = match (found, is_person) {
        (Some(code), false) => code,
        (None, true) => return Err(Refusal::Person),
        _ => return Err(Refusal::NoOrganisation),
    };
    let name = match (&names[..], &organizations[..]) {
        // Above a state body stands another one; in a business's certificate two names are a business and somebody or something in it.
        ([Some(own)], [above]) if code.kind() == OrganizationKind::Business => {
            above.as_ref().filter(|above| fold(above.trim()) == fold(own.trim())).map(|_| own)
        }
        ([Some(own)], _) => Some(own),
        _ => None,
    };
    let name = name.map(|name| name.trim()).filter(|name| is_name(name)).ok_or(Refusal::NoOrganisation)?;
    Ok(Organization { name: name.to_owned(), code })
}

/// Words that stand on a page, in a message and in other systems as they are: nothing that breaks a line or turns the letters round.
fn is_name(name: &str) -> bool {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    name.chars().count() >= 2 && name.chars().any(char::is_alphabetic) && !name.chars().any(is_hidden)
}

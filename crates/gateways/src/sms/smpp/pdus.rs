//! The requests we send.

use base::clock::{Millis, SECOND};
use rusmpp::{
    Command, CommandStatus, Pdu,
    pdus::{BindTransceiver, DeliverSmResp, SubmitSm},
    tlvs::MessageSubmissionRequestTlvValue as Parameter,
    types::{AnyOctetString, COctetString, EmptyOrFullCOctetString, OctetString},
    values::{
        DataCoding, EsmClass, InterfaceVersion, MessagePayload, Npi, RegisteredDelivery, Ton, UserMessageReference,
    },
};

use super::{
    config::SmppConfig,
    queue::{Message, Part},
};
use crate::sms::Encoding;

/// The longest validity asked for; relative times have no room for much more, and a notice older than a week helps nobody.
const LONGEST_VALIDITY: i64 = 7 * 24 * 3_600;

/// A text that a field cannot hold. Cannot happen with a validated configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a value does not fit into its SMPP field")]
pub(super) struct DoesNotFit;

pub(super) fn bind(config: &SmppConfig, sequence: u32) -> Result<Command, DoesNotFit> {
    let pdu = BindTransceiver::builder()
        .system_id(c_string(&config.system_id)?)
        .password(c_string(config.password.reveal())?)
        .system_type(c_string(&config.system_type)?)
        .interface_version(InterfaceVersion::Smpp3_4)
        .build();
    Ok(request(sequence, pdu))
}

/// One part. The number goes without its plus, as TON "international" says it already.
pub(super) fn submit(
    config: &SmppConfig,
    sequence: u32,
    message: &Message,
    part: Part,
    now: Millis,
) -> Result<Command, DoesNotFit> {
    let octets = message.parts.get(part.index).ok_or(DoesNotFit)?;
    let joined = message.parts.len() > 1;
    let mut pdu = SubmitSm::builder()
        .source_addr_ton(Ton::from(config.source_ton))
        .source_addr_npi(Npi::from(config.source_npi))
        .source_addr(c_string(&config.source_addr)?)
        .dest_addr_ton(Ton::International)
        .dest_addr_npi(Npi::Isdn)
        .destination_addr(c_string(message.to.as_e164().trim_start_matches('+'))?)
        // From octets: the codec's `default()` of this field sets a bit of ANSI-41.
        .esm_class(EsmClass::from(if joined { 0x40 } else { 0 }))
        .registered_delivery(RegisteredDelivery::from(1))
        .data_coding(match message.encoding {
            Encoding::Gsm => DataCoding::McSpecific,
            Encoding::Ucs2 => DataCoding::Ucs2,
        })
        .validity_period(validity(message.deliver_by, now)?)
        .build();
    if config.reference {
        pdu.push_tlv(Parameter::UserMessageReference(UserMessageReference::new(message.reference)));
    }
    if joined {
        let header = [5, 0, 3, message.concatenation, octet(message.parts.len())?, octet(part.index + 1)?];
        pdu.set_short_message(short(&[&header[..], octets].concat())?);
    } else if message.billed > 1 {
        pdu.push_tlv(Parameter::MessagePayload(MessagePayload::new(AnyOctetString::from_slice(octets))));
    } else {
        pdu.set_short_message(short(octets)?);
    }
    Ok(request(sequence, pdu))
}

/// The answer to a deliver_sm; its message id stays empty (section 4.6.2).
pub(super) fn delivered(sequence: u32, status: CommandStatus) -> Command {
    Command::new(status, sequence, DeliverSmResp::default())
}

pub(super) fn request(sequence: u32, pdu: impl Into<Pdu>) -> Command {
    Command::new(CommandStatus::EsmeRok, sequence, pdu)
}

/// `YYMMDDhhmmss000R`, a time from now (section 7.1.1); empty: the operator's own default.
fn validity(deliver_by: Option<Millis>, now: Millis) -> Result<EmptyOrFullCOctetString<17>, DoesNotFit> {
    let Some(by) = deliver_by else { return Ok(EmptyOrFullCOctetString::empty()) };
    let seconds = (by.saturating_sub(now) / SECOND).clamp(1, LONGEST_VALIDITY);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let text = format!("0000{days:02}{hours:02}{minutes:02}{:02}000R", seconds % 60);
    EmptyOrFullCOctetString::from_string(text).map_err(|_| DoesNotFit)
}

fn c_string<const MAX: usize>(text: &str) -> Result<COctetString<1, MAX>, DoesNotFit> {
    COctetString::from_string(text.to_owned()).map_err(|_| DoesNotFit)
}

fn short(octets: &[u8]) -> Result<OctetString<0, 255>, DoesNotFit> {
    OctetString::from_slice(octets).map_err(|_| DoesNotFit)
}

fn octet(number: usize) -> Result<u8, DoesNotFit> {
    u8::try_from(number).map_err(|_| DoesNotFit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validity_is_a_time_from_now() {
        let text = |by, now| validity(by, now).unwrap().as_str().to_owned();
        assert_eq!(text(None, 0), "");
        assert_eq!(text(Some(5 * 60 * SECOND + 999), 0), "000000000500000R");
        assert_eq!(text(Some(90_061 * SECOND), 0), "000001010101000R");
        assert_eq!(text(Some(0), SECOND), "000000000001000R", "already late: the shortest there is");
        assert_eq!(text(Some(Millis::MAX), 0), "000007000000000R");
    }
}

//! Frames of SMPP on the wire, each decoded by `rusmpp` inside its own bounds.
//!
//! `rusmpp`'s codec reads some bodies past the end of their PDU, or leaves the rest of one in the buffer; the next PDU would then start
//! in the middle of nowhere. Here a frame is cut out first, so a malformed PDU harms only itself and can be answered by its number.

use std::io;

use rusmpp::{Command, CommandId, Pdu, tokio_codec::CommandCodec};
use tokio_util::{
    bytes::{Bytes, BytesMut},
    codec::{Decoder, Encoder},
};

/// The largest PDU that is read: a `message_payload` of 64 KiB is the largest anyone could mean. Checked before memory is reserved.
pub const MAX_PDU: usize = 65_536;

const HEADER: usize = 16;

/// The header of a PDU (SMPP 3.4, section 3.2), without its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub command_id: CommandId,
    pub status: u32,
    pub sequence: u32,
}

/// One PDU as received.
pub struct Frame {
    pub header: Header,
    /// `None` if there is no body, or one that cannot be decoded.
    pub pdu: Option<Pdu>,
    /// The octets after the header. May hold personal data, so `Debug` shows only their number.
    pub body: Bytes,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { header, pdu, body } = self;
        write!(f, "Frame {{ {header:?}, decoded: {}, {} octets }}", pdu.is_some(), body.len())
    }
}

/// Splits a stream into [`Frame`]s and writes `Command`s.
#[derive(Debug, Default)]
pub struct FrameCodec;

impl Decoder for FrameCodec {
    type Item = Frame;
    /// `InvalidData` for a length that no PDU has: the stream cannot be followed any more.
    type Error = io::Error;

    fn decode(&mut self, src: &mut BytesMut) -> io::Result<Option<Frame>> {
        let Some(length) = src.first_chunk().map(|octets| u32::from_be_bytes(*octets) as usize) else {
            return Ok(None);
        };
        if !(HEADER..=MAX_PDU).contains(&length) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a PDU of {length} octets")));
        }
        if src.len() < length {
            src.reserve(length - src.len());
            return Ok(None);
        }
        let raw = src.split_to(length).freeze();
        let header =
            Header { command_id: CommandId::from(word(&raw, 4)), status: word(&raw, 8), sequence: word(&raw, 12) };
        let pdu = decode_whole(&raw).or_else(|| decode_whole(&without_parameters(&raw)?));
        Ok(Some(Frame { header, pdu, body: raw.slice(HEADER..) }))
    }
}

/// The PDU of exactly these octets. An unread rest means that the lengths inside contradict the length outside.
fn decode_whole(raw: &[u8]) -> Option<Pdu> {
    let mut copy = BytesMut::from(raw);
    let command = CommandCodec::new().with_max_length(MAX_PDU).decode(&mut copy).ok()??;
    if copy.is_empty() { command.pdu().cloned() } else { None }
}

/// A deliver_sm cut before its optional parameters. Operators are known to send broken ones (an id without its final NUL) beside a
/// readable receipt text, and a receipt is worth more than strictness. `None` for other PDUs.
fn without_parameters(raw: &[u8]) -> Option<Vec<u8>> {
    if word(raw, 4) != u32::from(CommandId::DeliverSm) {
        return None;
    }
    let mut at = HEADER;
    // C-octet strings, each with the fixed octets behind it (SMPP 3.4, section 4.6.1): service_type + ton, npi; source + ton, npi;
    // destination + esm_class, protocol_id, priority; schedule; validity + delivery, replace, coding, default id.
    for fixed in [2, 2, 3, 0, 4] {
        at += raw.get(at..)?.iter().position(|&octet| octet == 0)? + 1 + fixed;
    }
    let end = at + 1 + usize::from(*raw.get(at)?);
    let mut cut = raw.get(..end)?.to_vec();
    cut.get_mut(..4)?.copy_from_slice(&u32::try_from(end).ok()?.to_be_bytes());
    Some(cut)
}

fn word(raw: &[u8], at: usize) -> u32 {
    raw.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |octets| u32::from_be_bytes(*octets))
}

impl Encoder<Command> for FrameCodec {
    type Error = io::Error;

    fn encode(&mut self, command: Command, dst: &mut BytesMut) -> io::Result<()> {
        CommandCodec::new().encode(command, dst).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rusmpp::CommandStatus;

    fn decode_all(octets: &[u8]) -> io::Result<Vec<Frame>> {
        let mut buffer = BytesMut::from(octets);
        let mut frames = Vec::new();
        while let Some(frame) = FrameCodec.decode(&mut buffer)? {
            frames.push(frame);
        }
        Ok(frames)
    }

    fn raw(command_id: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(HEADER + body.len()).unwrap();
        [&[length, command_id, 0, sequence].map(u32::to_be_bytes).concat(), body].concat()
    }

    #[test]
    fn a_malformed_pdu_harms_only_itself() {
        let stream = [
            raw(0x15, 1, &[]),
            raw(0x15, 2, b"an enquire_link has no body"),
            raw(0x05, 3, &[0xff; 30]),
            raw(0x09, 4, b"short\0"),
            raw(0x15, 5, &[]),
        ]
        .concat();
        let seen: Vec<_> =
            decode_all(&stream).unwrap().iter().map(|frame| (frame.pdu.is_some(), frame.header.sequence)).collect();
        assert_eq!(seen, [(true, 1), (false, 2), (false, 3), (false, 4), (true, 5)]);
    }

    #[test]
    fn a_length_that_cannot_be_is_an_error_before_memory_is_reserved() {
        for length in [0_u32, 15, 65_537, u32::MAX] {
            let mut buffer = BytesMut::from(&length.to_be_bytes()[..]);
            assert_eq!(FrameCodec.decode(&mut buffer).unwrap_err().kind(), io::ErrorKind::InvalidData);
            assert!(buffer.capacity() < 1_024);
        }
    }

    #[test]
    fn what_is_written_is_read_again_octet_by_octet() {
        let mut wire = BytesMut::new();
        FrameCodec.encode(Command::new(CommandStatus::EsmeRok, 7, Pdu::EnquireLink), &mut wire).unwrap();
        let mut buffer = BytesMut::new();
        let last = wire.len() - 1;
        for (at, octet) in wire.iter().enumerate() {
            buffer.extend_from_slice(&[*octet]);
            assert_eq!(FrameCodec.decode(&mut buffer).unwrap().is_some(), at == last);
        }
    }

    #[test]
    fn a_receipt_survives_its_broken_optional_parameters() {
        let mut body = b"\0\x01\x0184914402045\0\x05\0QUANGTRI\0\x04\0\0\0\0\0\0\0\0\x0cid:1 stat:OK".to_vec();
        body.extend_from_slice(b"\0\x1e\0\x03abc"); // receipted_message_id without NUL
        let frames = decode_all(&raw(0x05, 1, &body)).unwrap();
        let Some(Pdu::DeliverSm(deliver)) = &frames[0].pdu else { panic!("{frames:?}") };
        assert_eq!(deliver.short_message().to_str(), Ok("id:1 stat:OK"));
    }

    proptest! {
        #[test]
        fn no_stream_of_octets_makes_it_panic(
            id in prop::sample::select(vec![0_u32, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xb, 0x15, 0x21, 0x102, 0x103, 0x111, 0x112, 0x113]),
            response: bool,
            body in prop::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 0..120),
            tail in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let id = if response { id | 0x8000_0000 } else { id };
            let stream = [raw(id, 9, &body), tail].concat();
            if let Ok(frames) = decode_all(&stream) {
                prop_assert!(!frames.is_empty());
            }
        }
    }
}

//! One connection of a client: bind, submits, receipts.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use base::phone::PhoneNumber;
use futures_util::{SinkExt, StreamExt};
use rusmpp::{
    Command, CommandId, CommandStatus, Pdu,
    pdus::{BindReceiverResp, BindTransceiverResp, BindTransmitterResp, DeliverSm, SubmitSm, SubmitSmResp},
    tlvs::{MessageDeliveryRequestTlvValue as Parameter, TlvValue},
    tokio_codec::CommandCodec,
    types::{COctetString, OctetString},
    values::{DataCoding, EsmClass, InterfaceVersion, MessageState, Npi, Ton, UserMessageReference},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::codec::Framed;

use super::{
    BoundClient, Smsc,
    inbox::SmsMessage,
    text::{decode, split_header},
};

/// PDUs waiting to be written to one client.
const OUTGOING: usize = 10_000;
const LARGEST_PDU: usize = 65_536;
/// A client that connects and says nothing.
const BIND_TIMEOUT: Duration = Duration::from_secs(30);
/// Before a receipt is sent again to a client that had no room for it.
const BUSY_CLIENT: Duration = Duration::from_millis(500);

/// A client after its bind.
struct Client {
    smsc: Smsc,
    number: u64,
    system_id: String,
    sends: bool,
    outgoing: mpsc::Sender<Command>,
    /// Submits whose answer is still to come.
    unanswered: Arc<AtomicUsize>,
}

/// Serves a connection until either side ends it. Garbage ends it too.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Send + 'static>(smsc: Smsc, stream: S) {
    let framed = Framed::new(Box::pin(stream), CommandCodec::new().with_max_length(LARGEST_PDU));
    let (mut write, mut read) = framed.split();
    let (outgoing, mut waiting) = mpsc::channel::<Command>(OUTGOING);
    let writing = async move {
        while let Some(command) = waiting.recv().await {
            let last = command.id() == CommandId::UnbindResp;
            if write.send(command).await.is_err() || last {
                break;
            }
        }
        let _ = write.close().await; // the connection is over
    };
    let reading = async {
        let Ok(Some(Ok(first))) = timeout(BIND_TIMEOUT, read.next()).await else { return };
        let Some(client) = bind(&smsc, &first, outgoing) else { return };
        while let Some(Ok(command)) = read.next().await {
            if !client.receive(&command) {
                return;
            }
        }
    };
    // The reader drops its sender at the end, so the writer finishes what was said before.
    tokio::join!(writing, reading);
}

/// Checks the first PDU, which must be a bind, and registers the client.
fn bind(smsc: &Smsc, command: &Command, outgoing: mpsc::Sender<Command>) -> Option<Client> {
    let number = command.sequence_number();
    let (system_id, password, sends, receives) = match command.pdu() {
        Some(Pdu::BindTransmitter(bind)) => (&bind.system_id, &bind.password, true, false),
        Some(Pdu::BindReceiver(bind)) => (&bind.system_id, &bind.password, false, true),
        Some(Pdu::BindTransceiver(bind)) => (&bind.system_id, &bind.password, true, true),
        _ => {
            let _ = outgoing.try_send(Command::new(CommandStatus::EsmeRinvbndsts, number, Pdu::GenericNack));
            return None;
        }
    };
    let status = match smsc.0.options.accounts.iter().find(|account| account.system_id == system_id.as_str()) {
        None => CommandStatus::EsmeRinvsysid,
        Some(account) if account.password != password.as_str() => CommandStatus::EsmeRinvpaswd,
        Some(_) => CommandStatus::EsmeRok,
    };
    let ours = c_string("SANDBOX");
    let version = Some(InterfaceVersion::Smpp3_4);
    let answer: Pdu = match (sends, receives) {
        (true, true) => BindTransceiverResp::new(ours, version).into(),
        (true, false) => BindTransmitterResp::new(ours, version).into(),
        _ => BindReceiverResp::new(ours, version).into(),
    };
    outgoing.try_send(Command::new(status, number, answer)).ok()?;
    if status != CommandStatus::EsmeRok {
        return None;
    }
    let system_id = system_id.as_str().to_owned();
    let mut state = smsc.state();
    let number = state.next_id();
    let bound =
        BoundClient { system_id: system_id.clone(), receives, outgoing: outgoing.clone(), unanswered: HashMap::new() };
    state.bound.insert(number, bound);
    state.status.binds += 1;
    if receives {
        state.send_waiting(&system_id);
    }
    drop(state);
    Some(Client { smsc: smsc.clone(), number, system_id, sends, outgoing, unanswered: Arc::default() })
}

impl Drop for Client {
    fn drop(&mut self) {
        self.smsc.state().forget(self.number);
    }
}

impl Client {
    /// Handles one PDU; `false` ends the connection.
    fn receive(&self, command: &Command) -> bool {
        let number = command.sequence_number();
        match (command.id(), command.pdu()) {
            (CommandId::SubmitSm, Some(Pdu::SubmitSm(submit))) => self.receive_submit(number, submit),
            (CommandId::EnquireLink, _) if self.smsc.state().faults.mute_enquire => true,
            (CommandId::EnquireLink, _) => self.send(ok(number, Pdu::EnquireLinkResp)),
            (CommandId::Unbind, _) => {
                self.send(ok(number, Pdu::UnbindResp));
                false
            }
            (CommandId::UnbindResp, _) => false,
            (CommandId::DeliverSmResp, _) => {
                self.receive_receipt_answer(number, command.status());
                true
            }
            (id, _) if id.is_operation() => {
                self.send(Command::new(CommandStatus::EsmeRinvcmdid, number, Pdu::GenericNack))
            }
            _ => true,
        }
    }

    fn send(&self, command: Command) -> bool {
        self.outgoing.try_send(command).is_ok()
    }

    /// A receipt is done when the client took it; a client that is busy gets it again.
    fn receive_receipt_answer(&self, number: u32, status: CommandStatus) {
        let mut state = self.smsc.state();
        state.status.receipts_answered += 1;
        let receipt = state.bound.get_mut(&self.number).and_then(|client| client.unanswered.remove(&number));
        if let (Some(receipt), CommandStatus::EsmeRxTAppn) = (receipt, status) {
            self.plan(BUSY_CLIENT, move |smsc, system_id| smsc.state().send_receipt(system_id, receipt));
        }
    }

    fn receive_submit(&self, number: u32, submit: &SubmitSm) -> bool {
        let (status, message_id) = match self.throttle().and_then(|()| self.take(submit)) {
            Ok(message_id) => (CommandStatus::EsmeRok, message_id),
            Err(status) => (status, String::new()),
        };
        let answer = Command::new(status, number, SubmitSmResp::new(c_string(&message_id), Vec::new()));
        let delay = {
            let mut state = self.smsc.state();
            if status == CommandStatus::EsmeRok && state.faults.drop_answers > 0 {
                state.faults.drop_answers -= 1;
                return true;
            }
            let in_flight = self.unanswered.fetch_add(1, Ordering::Relaxed) + 1;
            state.status.most_in_flight = state.status.most_in_flight.max(in_flight);
            state.faults.delay_answers
        };
        if delay.is_zero() {
            self.unanswered.fetch_sub(1, Ordering::Relaxed);
            return self.send(answer);
        }
        let (outgoing, unanswered) = (self.outgoing.downgrade(), self.unanswered.clone());
        tokio::spawn(async move {
            sleep(delay).await;
            unanswered.fetch_sub(1, Ordering::Relaxed);
            if let Some(outgoing) = outgoing.upgrade() {
                let _ = outgoing.send(answer).await; // the client may be gone
            }
        });
        true
    }

    /// Counts a submit; every n-th comes too fast.
    fn throttle(&self) -> Result<(), CommandStatus> {
        let mut state = self.smsc.state();
        state.status.submits += 1;
        let every = u64::from(state.faults.throttle_every);
        if every == 0 || !state.status.submits.is_multiple_of(every) {
            return Ok(());
        }
        state.status.throttled += 1;
        Err(CommandStatus::EsmeRthrottled)
    }

    /// Delivers a part to the inbox and plans its receipt. Gives the message id.
    fn take(&self, submit: &SubmitSm) -> Result<String, CommandStatus> {
        let to = phone(&submit.destination_addr, submit.dest_addr_ton).ok_or(CommandStatus::EsmeRinvdstadr)?;
        let from = submit.source_addr.as_str().to_owned();
        if !self.sends {
            return Err(CommandStatus::EsmeRinvbndsts);
        }
        let mut payload = None;
        let mut reference = None;
        for value in submit.tlvs().iter().filter_map(|tlv| tlv.value()) {
            match value {
                TlvValue::MessagePayload(text) => payload = Some(text.value.clone().into_vec()),
                TlvValue::UserMessageReference(number) => reference = Some(number.value),
                _ => {}
            }
        }
        let octets = payload.unwrap_or_else(|| submit.short_message().clone().into_vec());
        let coding = u8::from(submit.data_coding);
        let udhi = u8::from(submit.esm_class) & 0x40 != 0;
        let (place, body) =
            if udhi { split_header(&octets).ok_or(CommandStatus::EsmeRinvesmclass)? } else { (None, &octets[..]) };

        let mut state = self.smsc.state();
        if state.faults.rejected.contains(&to) {
            return Err(CommandStatus::EsmeRinvdstadr);
        }
        let whole = match place {
            Some(place) => state.reassembly.add(&self.system_id, &to, place, body),
            None => Some(body.to_vec()),
        };
        if let Some(whole) = whole {
            let at = self.smsc.now();
            let parts = place.map_or(1, |place| place.total.into());
            let text = decode(&whole, coding);
            state.inbox.add(SmsMessage { to: to.clone(), from: from.clone(), text, at, parts, reference });
        }
        let id = state.next_id();
        let reached = !state.faults.unreachable.contains(&to);
        drop(state);

        let wanted = match u8::from(submit.registered_delivery) & 3 {
            1 => true,
            2 => !reached,
            3 => reached,
            _ => false,
        };
        if wanted {
            self.plan_receipt(Receipt { id, to, from, reference, reached });
        }
        Ok(format!("{id:08X}"))
    }

    fn plan_receipt(&self, receipt: Receipt) {
        self.plan(self.smsc.0.options.receipt_delay, move |smsc, system_id| {
            let at = smsc.now();
            let mut state = smsc.state();
            let number = u32::try_from(state.next_id() & 0x7FFF_FFFF).unwrap_or(1);
            state.send_receipt(system_id, receipt.command(number, at));
        });
    }

    /// Does something later for this client's account, whether the client is still there or not.
    fn plan(&self, after: Duration, act: impl FnOnce(&Smsc, &str) + Send + 'static) {
        let (smsc, system_id) = (self.smsc.clone(), self.system_id.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = sleep(after) => act(&smsc, &system_id),
                () = smsc.0.closed.cancelled() => {}
            }
        });
    }
}

struct Receipt {
    id: u64,
    to: String,
    from: String,
    reference: Option<u16>,
    reached: bool,
}

impl Receipt {
    /// Both forms of a receipt. The id is in small letters here and in capitals in the answer, as some operators have it.
    fn command(&self, number: u32, at: base::clock::Millis) -> Command {
        let id = format!("{:08x}", self.id);
        let (state, word, error, delivered) = match self.reached {
            true => (MessageState::Delivered, "DELIVRD", "000", 1),
            false => (MessageState::Undeliverable, "UNDELIV", "001", 0),
        };
        let date = super::local_time(at).strftime("%y%m%d%H%M").to_string();
        let text = format!(
            "id:{id} sub:001 dlvrd:{delivered:03} submit date:{date} done date:{date} stat:{word} err:{error} text:"
        );
        let mut pdu = DeliverSm::builder()
            .source_addr_ton(Ton::International)
            .source_addr_npi(Npi::Isdn)
            .source_addr(c_string(self.to.trim_start_matches('+')))
            .destination_addr(c_string(&self.from))
            .esm_class(EsmClass::from(0x04))
            .short_message(octets(text.as_bytes()))
            .build();
        pdu.push_tlv(Parameter::ReceiptedMessageId(c_string(&id)));
        pdu.push_tlv(Parameter::MessageState(state));
        if let Some(reference) = self.reference {
            pdu.push_tlv(Parameter::UserMessageReference(UserMessageReference::new(reference)));
        }
        ok(number, pdu)
    }
}

/// A request to leave.
pub(super) fn unbind() -> Command {
    ok(0x7000_0000, Pdu::Unbind)
}

/// A message that a person writes back.
pub(super) fn incoming(from: &str, text: &str) -> Command {
    let units: Vec<u8> = text.encode_utf16().take(70).flat_map(u16::to_be_bytes).collect();
    let pdu = DeliverSm::builder()
        .source_addr_ton(Ton::International)
        .source_addr(c_string(from.trim_start_matches('+')))
        .esm_class(EsmClass::from(0))
        .data_coding(DataCoding::Ucs2)
        .short_message(octets(&units))
        .build();
    ok(0x7000_0001, pdu)
}

fn ok(number: u32, pdu: impl Into<Pdu>) -> Command {
    Command::new(CommandStatus::EsmeRok, number, pdu)
}

/// `+84…`: Vietnamese numbers in any form, others if they say that they are international.
fn phone(address: &COctetString<1, 21>, ton: Ton) -> Option<String> {
    let digits = address.as_str().trim_start_matches('+');
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    match PhoneNumber::parse(digits) {
        Ok(phone) => Some(phone.as_e164().to_owned()),
        Err(_) => (ton == Ton::International).then(|| format!("+{digits}")),
    }
}

/// Text that comes from ourselves or from a field of the same size; anything else becomes empty.
fn c_string<const MAX: usize>(text: &str) -> COctetString<1, MAX> {
    COctetString::from_string(text.to_owned()).unwrap_or_default()
}

fn octets(text: &[u8]) -> OctetString<0, 255> {
    OctetString::from_slice(text).unwrap_or_default()
}

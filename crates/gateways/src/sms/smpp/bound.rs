//! The bound session: submits, answers, tests the link.

use std::{
    collections::{HashMap, VecDeque},
    fmt, io,
    time::Duration,
};

use base::phone::PhoneNumber;
use futures_util::StreamExt;
use rusmpp::{Command, CommandId, CommandStatus, Pdu, pdus::DeliverSm};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    time::{Instant, sleep_until},
};

use super::{
    Shared, State,
    answers::{self, Verdict, judge, status_name},
    codec::{Frame, Header},
    driver::Reader,
    pace::Pace,
    pdus,
    queue::Part,
};
use crate::sms::{Receipt, ReceiptState, Refusal, receipts::parse_receipt};

/// The highest number of a request; after it comes 1 again (SMPP 3.4, section 3.2).
const LAST_SEQUENCE: u32 = 0x7FFF_FFFF;
/// How many unanswered submits are remembered in case their answer comes late.
const LATE: usize = 1_000;
/// How long the operator may take to answer our unbind.
const UNBIND: Duration = Duration::from_secs(5);

/// Why a bound session ended; goes to the log and the queue page.
#[derive(Debug)]
pub(super) enum End {
    Shutdown,
    Unbound,
    Closed,
    Silent,
    NotReading,
    NotBound,
    Garbage(io::Error),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shutdown => f.write_str("we closed it"),
            Self::Unbound => f.write_str("the operator unbound"),
            Self::Closed => f.write_str("the operator closed the connection"),
            Self::Silent => f.write_str("the operator does not answer enquire_link"),
            Self::NotReading => f.write_str("the operator does not take what we write"),
            Self::NotBound => f.write_str("the operator says that we are not bound"),
            Self::Garbage(error) => write!(f, "not SMPP: {error}"),
        }
    }
}

struct InFlight {
    part: Part,
    deadline: Instant,
}

/// An answer that may still come.
struct Late {
    sequence: u32,
    reference: u16,
    phone: PhoneNumber,
}

pub(super) struct Bound<'a> {
    shared: &'a Shared,
    receipts: &'a mpsc::Sender<Receipt>,
    pace: &'a mut Pace,
    outgoing: mpsc::Sender<Command>,
    next_sequence: u32,
    in_flight: HashMap<u32, InFlight>,
    late: VecDeque<Late>,
    last_heard: Instant,
    /// An enquire_link is under way; without a sign of life by then the link is dead.
    probe: Option<Instant>,
    /// We are leaving: nothing new is submitted.
    closing: bool,
    /// Our unbind is under way until then.
    unbind: Option<Instant>,
}

impl<'a> Bound<'a> {
    pub fn new(
        shared: &'a Shared,
        receipts: &'a mpsc::Sender<Receipt>,
        pace: &'a mut Pace,
        outgoing: mpsc::Sender<Command>,
        next_sequence: u32,
    ) -> Self {
        Self {
            shared,
            receipts,
            pace,
            outgoing,
            next_sequence,
            in_flight: HashMap::new(),
            late: VecDeque::new(),
            last_heard: Instant::now(),
            probe: None,
            closing: false,
            unbind: None,
        }
    }

    /// Serves until the session ends.
    pub async fn run(mut self, mut reader: Reader) -> End {
        loop {
            match self.step(&mut reader).await {
                Ok(()) => {}
                Err(end) => return end,
            }
        }
    }

    async fn step(&mut self, reader: &mut Reader) -> Result<(), End> {
        let next_turn = self.submit_what_may(Instant::now())?;
        if self.closing && self.in_flight.is_empty() && self.unbind.is_none() {
            self.send_request(Pdu::Unbind)?;
            self.unbind = Some(Instant::now() + UNBIND);
        }
        let wake = self.next_deadline(next_turn);
        let outgoing = self.outgoing.clone();
        let read = async {
            // While answers cannot be written nothing more is read: an operator that floods us must wait.
            let Ok(_room) = outgoing.reserve().await else { return Err(End::NotReading) };
            match reader.next().await {
                Some(Ok(frame)) => Ok(frame),
                Some(Err(error)) => Err(End::Garbage(error)),
                None => Err(End::Closed),
            }
        };
        let shared = self.shared;
        tokio::select! {
            biased;
            () = shared.shutdown.cancelled(), if !self.closing => self.closing = true,
            frame = read => self.receive(frame?)?,
            () = shared.queued.notified(), if !self.closing => {}
            () = sleep_until(wake) => self.check_deadlines(Instant::now())?,
        }
        Ok(())
    }

    /// Submits as long as window, rate and queue allow. Gives the time of the next turn if the rate is what holds us.
    fn submit_what_may(&mut self, now: Instant) -> Result<Option<Instant>, End> {
        let window = self.shared.config.window;
        let mut next_turn = None;
        let mut commands = Vec::new();
        {
            let mut state = self.shared.state();
            let State { queue, status } = &mut *state;
            while !self.closing && self.in_flight.len() < window {
                // With more than one place the last one is kept for what is urgent, else it would wait for slow answers to bulk.
                let urgent_only = window > 1 && self.in_flight.len() + 1 == window;
                let wall = self.shared.clock.now();
                let Some((part, message)) = queue.pop(urgent_only, wall) else { break };
                if let Err(later) = self.pace.take(now) {
                    queue.put_back(part);
                    next_turn = Some(later);
                    break;
                }
                let sequence = take_sequence(&mut self.next_sequence, &self.in_flight);
                match pdus::submit(&self.shared.config, sequence, message, part, wall) {
                    Ok(command) => commands.push(command),
                    Err(error) => {
                        // Only a number or text of impossible length, which their types exclude.
                        tracing::error!(%error, "a message cannot be written");
                        queue.refuse(part, Refusal::Operator(0x01));
                        continue;
                    }
                }
                self.in_flight.insert(sequence, InFlight { part, deadline: now + self.shared.timing.response });
            }
            status.in_flight = self.in_flight.len();
            status.rate = self.pace.rate();
        }
        self.shared.publish();
        commands.into_iter().try_for_each(|command| self.send(command))?;
        Ok(next_turn)
    }

    fn receive(&mut self, frame: Frame) -> Result<(), End> {
        self.last_heard = Instant::now();
        self.probe = None;
        let Frame { header, pdu, body } = frame;
        match (header.command_id, pdu) {
            (CommandId::SubmitSmResp | CommandId::GenericNack, pdu) => {
                let message_id = match pdu {
                    Some(Pdu::SubmitSmResp(answer)) => answer.message_id().as_str().to_owned(),
                    // An id that is no C-octet string: the part is accepted all the same.
                    _ => body
                        .split(|&octet| octet == 0)
                        .next()
                        .map(|id| String::from_utf8_lossy(id).into_owned())
                        .unwrap_or_default(),
                };
                self.receive_answer(header, message_id)
            }
            (CommandId::DeliverSm, Some(Pdu::DeliverSm(deliver))) => self.receive_delivery(header, &deliver),
            (CommandId::EnquireLink, _) => self.send(answer(header, Pdu::EnquireLinkResp)),
            (CommandId::Unbind, _) => {
                self.send(answer(header, Pdu::UnbindResp))?;
                Err(End::Unbound)
            }
            (CommandId::UnbindResp, _) if self.unbind.is_some() => Err(End::Shutdown),
            // Requests we do not know or cannot read; responses and alert_notification get no answer.
            (id, _) if id.is_operation() && id != CommandId::AlertNotification => {
                self.send(nack(header.sequence, CommandStatus::from(answers::UNKNOWN_COMMAND)))
            }
            _ => Ok(()),
        }
    }

    /// An answer to a submit, or a generic_nack.
    fn receive_answer(&mut self, header: Header, message_id: String) -> Result<(), End> {
        let Some(InFlight { part, .. }) = self.in_flight.remove(&header.sequence) else {
            self.receive_late(header, message_id);
            return Ok(());
        };
        let verdict = match judge(header.status) {
            Verdict::Accepted if header.command_id == CommandId::GenericNack => Verdict::Refused,
            verdict => verdict,
        };
        let mut state = self.shared.state();
        let State { queue, status } = &mut *state;
        let result = match verdict {
            Verdict::Accepted => {
                self.pace.recover();
                status.accepted_total += 1;
                queue.accept(part, message_id);
                "accepted"
            }
            Verdict::Throttled => {
                self.pace.throttle(Instant::now());
                status.throttled_total += 1;
                status.last_error = Some(format!("slow down: {}", status_name(header.status)));
                queue.postpone(part, Duration::from_secs(30));
                "throttled"
            }
            Verdict::Later(after) => {
                status.last_error = Some(format!("later: {}", status_name(header.status)));
                if !queue.return_to_sender(part, after) {
                    // Parts of it are accepted: it must be finished here, slowly.
                    self.pace.throttle(Instant::now());
                    queue.postpone(part, after);
                }
                "later"
            }
            Verdict::Refused => {
                status.refused_total += 1;
                queue.refuse(part, Refusal::Operator(header.status));
                "refused"
            }
        };
        metrics::counter!("sms_submitted_total", "result" => result).increment(1);
        if header.status == answers::NOT_BOUND { Err(End::NotBound) } else { Ok(()) }
    }

    /// An answer after its time-out: the sender was told "unknown", the receipts' reader learns that it was accepted.
    fn receive_late(&mut self, header: Header, message_id: String) {
        let Some(at) = self.late.iter().position(|late| late.sequence == header.sequence) else { return };
        let Some(late) = self.late.remove(at) else { return };
        if header.command_id == CommandId::SubmitSmResp && header.status == 0 {
            let receipt = Receipt {
                message_id,
                reference: Some(late.reference),
                phone: late.phone.as_e164().trim_start_matches('+').to_owned(),
                state: ReceiptState::Accepted,
                error_code: None,
                done_at: None,
            };
            // If the reader is that far behind, the message stays unknown, which is true.
            let _ = self.receipts.try_send(receipt);
        }
    }

    /// A receipt, or a message from a phone.
    fn receive_delivery(&mut self, header: Header, deliver: &DeliverSm) -> Result<(), End> {
        let Some(receipt) = parse_receipt(deliver) else {
            self.shared.state().status.incoming_total += 1;
            metrics::counter!("sms_incoming_total").increment(1);
            return self.send(pdus::delivered(header.sequence, CommandStatus::EsmeRok));
        };
        let state = receipt.state;
        match self.receipts.try_send(receipt) {
            Ok(()) => {
                self.shared.state().status.receipts_total += 1;
                metrics::counter!("sms_receipts_total", "state" => state.as_str()).increment(1);
            }
            Err(TrySendError::Full(_)) => {
                return self.send(pdus::delivered(header.sequence, CommandStatus::EsmeRxTAppn));
            }
            Err(TrySendError::Closed(_)) => {} // nobody wants receipts
        }
        self.send(pdus::delivered(header.sequence, CommandStatus::EsmeRok))
    }

    /// The next moment something must be looked at.
    fn next_deadline(&self, next_turn: Option<Instant>) -> Instant {
        let link = self.probe.unwrap_or(self.last_heard + self.shared.timing.enquire);
        let answers = self.in_flight.values().map(|request| request.deadline);
        answers.chain(next_turn).chain(self.unbind).fold(link, Instant::min)
    }

    fn check_deadlines(&mut self, now: Instant) -> Result<(), End> {
        if self.unbind.is_some_and(|until| until <= now) {
            return Err(End::Shutdown);
        }
        if self.probe.is_some_and(|until| until <= now) {
            return Err(End::Silent);
        }
        let overdue: Vec<u32> =
            self.in_flight.iter().filter(|(_, request)| request.deadline <= now).map(|(number, _)| *number).collect();
        for sequence in overdue {
            self.give_up(sequence);
        }
        if self.probe.is_none() && self.last_heard + self.shared.timing.enquire <= now {
            self.send_request(Pdu::EnquireLink)?;
            self.probe = Some(now + self.shared.timing.response);
        }
        Ok(())
    }

    /// No answer in time. The place in the window is free again; the link itself is judged by enquire_link.
    fn give_up(&mut self, sequence: u32) {
        let Some(InFlight { part, .. }) = self.in_flight.remove(&sequence) else { return };
        let mut state = self.shared.state();
        state.status.unknown_total += 1;
        metrics::counter!("sms_submitted_total", "result" => "unknown").increment(1);
        if let Some((reference, phone)) = state.queue.lose(part) {
            if self.late.len() >= LATE {
                self.late.pop_front();
            }
            self.late.push_back(Late { sequence, reference, phone });
        }
    }

    fn send_request(&mut self, pdu: Pdu) -> Result<(), End> {
        let sequence = take_sequence(&mut self.next_sequence, &self.in_flight);
        self.send(pdus::request(sequence, pdu))
    }

    fn send(&self, command: Command) -> Result<(), End> {
        self.outgoing.try_send(command).map_err(|_| End::NotReading)
    }
}

fn take_sequence(next: &mut u32, in_flight: &HashMap<u32, InFlight>) -> u32 {
    loop {
        let sequence = *next;
        *next = if sequence >= LAST_SEQUENCE { 1 } else { sequence + 1 };
        if !in_flight.contains_key(&sequence) {
            return sequence;
        }
    }
}

fn answer(to: Header, pdu: Pdu) -> Command {
    pdus::request(to.sequence, pdu)
}

fn nack(sequence: u32, status: CommandStatus) -> Command {
    Command::new(status, sequence, Pdu::GenericNack)
}

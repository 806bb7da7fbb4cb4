//! Our SMPP session against peers that break the rules: garbage, silence, unknown requests, lost binds.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

use std::{io, sync::Arc, time::Duration};

use base::{
    clock::{Clock, Entropy},
    phone::PhoneNumber,
};
use futures_util::{SinkExt, StreamExt};
use gateways::sms::{
    Lane, OutgoingSms, Refusal, SmsError, SmsGateway,
    smpp::{Connect, Session, SessionOptions, SmppConfig, Stream, Timing},
};
use rusmpp::{
    Command, CommandId, CommandStatus, Pdu,
    pdus::{BindTransceiverResp, SubmitSmResp},
    tokio_codec::CommandCodec,
    types::COctetString,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    sync::mpsc,
    time::timeout,
};
use tokio_util::codec::{Framed, FramedParts};

const PATIENCE: Duration = Duration::from_secs(30);

/// Hands the peer's end of every new connection to the test.
struct Pipes(mpsc::Sender<DuplexStream>);

#[async_trait::async_trait]
impl Connect for Pipes {
    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let (ours, theirs) = duplex(1 << 16);
        self.0.send(theirs).await.map_err(|_| io::ErrorKind::ConnectionRefused)?;
        Ok(Box::new(ours))
    }
}

struct Peer {
    session: Arc<Session>,
    connections: mpsc::Receiver<DuplexStream>,
}

type Wire = Framed<DuplexStream, CommandCodec>;

impl Peer {
    fn start(timing: Timing) -> Self {
        let (pipes, connections) = mpsc::channel(1);
        let options = SessionOptions {
            clock: Clock::fixed(0),
            entropy: Entropy::seeded(1),
            connect: Some(Box::new(Pipes(pipes))),
            timing: Some(timing),
        };
        let config = SmppConfig::new("pipe", 2775, "qt", "secret", "QUANGTRI");
        let (session, _receipts) = Session::start(config, options).unwrap();
        Self { session: Arc::new(session), connections }
    }

    async fn connection(&mut self) -> DuplexStream {
        timeout(PATIENCE, self.connections.recv()).await.expect("the session connects").unwrap()
    }

    /// The next connection, bound.
    async fn bound(&mut self) -> Wire {
        let mut wire = Framed::new(self.connection().await, CommandCodec::new());
        let bind = next(&mut wire).await;
        assert_eq!(bind.id(), CommandId::BindTransceiver);
        wire.send(answer(&bind, CommandStatus::EsmeRok, BindTransceiverResp::default())).await.unwrap();
        timeout(PATIENCE, self.session.ready()).await.unwrap();
        wire
    }

    /// Starts to send one message; its request.
    async fn submit(&self, wire: &mut Wire) -> (Command, tokio::task::JoinHandle<Result<Vec<String>, SmsError>>) {
        let session = self.session.clone();
        let sending = tokio::spawn(async move {
            let sms = OutgoingSms {
                id: "1".into(),
                to: PhoneNumber::parse("0914402045").unwrap(),
                text: "Xin".into(),
                lane: Lane::Urgent,
                deliver_by: None,
            };
            session.send(sms).await.map(|accepted| accepted.message_ids)
        });
        let request = next(wire).await;
        assert_eq!(request.id(), CommandId::SubmitSm);
        (request, sending)
    }
}

async fn next(wire: &mut Wire) -> Command {
    timeout(PATIENCE, wire.next()).await.expect("a PDU").expect("an open connection").unwrap()
}

fn answer(to: &Command, status: CommandStatus, pdu: impl Into<Pdu>) -> Command {
    Command::new(status, to.sequence_number(), pdu)
}

fn patient() -> Timing {
    Timing {
        enquire: PATIENCE,
        response: PATIENCE,
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(20),
        first_pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
    }
}

#[tokio::test]
async fn garbage_and_impossible_lengths_end_the_connection_and_a_new_one_is_made() {
    let mut peer = Peer::start(patient());
    for garbage in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], &[0xff; 64], &[0, 0, 0, 3, 1, 2, 3], &[0; 16]] {
        let FramedParts { mut io, .. } = peer.bound().await.into_parts();
        io.write_all(garbage).await.unwrap();
        let mut rest = Vec::new();
        timeout(PATIENCE, io.read_to_end(&mut rest)).await.expect("the session closes").unwrap();
        assert!(peer.session.status().last_error.unwrap().contains("not SMPP"));
    }
    peer.bound().await;
}

#[tokio::test]
async fn garbage_instead_of_a_bind_answer_is_no_bind() {
    let mut peer = Peer::start(patient());
    peer.connection().await.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await.unwrap();
    peer.connection().await;
    assert!(!peer.session.status().connected);
}

#[tokio::test]
async fn a_silent_peer_is_tested_and_then_left() {
    let mut peer =
        Peer::start(Timing { enquire: Duration::from_millis(50), response: Duration::from_secs(1), ..patient() });
    let mut wire = peer.bound().await;
    for _ in 0..3 {
        let enquire = next(&mut wire).await;
        assert_eq!(enquire.id(), CommandId::EnquireLink);
        wire.send(answer(&enquire, CommandStatus::EsmeRok, Pdu::EnquireLinkResp)).await.unwrap();
    }
    // Now it says nothing more, as a host that lost its power does.
    peer.bound().await;
    assert!(peer.session.status().last_error.unwrap().contains("enquire_link"));
}

#[tokio::test]
async fn a_bind_without_answer_is_tried_again() {
    let mut peer = Peer::start(Timing { response: Duration::from_millis(50), ..patient() });
    let _mute = peer.connection().await;
    let _mute_too = peer.connection().await;
    assert_eq!(peer.session.status().last_error.as_deref(), Some("no answer to bind"));
}

#[tokio::test]
async fn requests_of_the_peer_are_answered_and_unknown_ones_refused() {
    let mut peer = Peer::start(patient());
    let mut wire = peer.bound().await;
    wire.send(Command::new(CommandStatus::EsmeRok, 71, Pdu::EnquireLink)).await.unwrap();
    let resp = next(&mut wire).await;
    assert_eq!((resp.id(), resp.sequence_number()), (CommandId::EnquireLinkResp, 71));
    let unknown = Pdu::Other { command_id: CommandId::Other(0x0000_0199), body: Default::default() };
    wire.send(Command::new(CommandStatus::EsmeRok, 72, unknown)).await.unwrap();
    let nack = next(&mut wire).await;
    assert_eq!(
        (nack.id(), nack.sequence_number(), nack.status()),
        (CommandId::GenericNack, 72, CommandStatus::EsmeRinvcmdid)
    );
    // A response nobody asked for is nothing.
    wire.send(Command::new(CommandStatus::EsmeRok, 4_711, SubmitSmResp::default())).await.unwrap();
    let (request, sending) = peer.submit(&mut wire).await;
    let id = COctetString::from_static_slice(b"A1\0").unwrap();
    wire.send(answer(&request, CommandStatus::EsmeRok, SubmitSmResp::new(id, vec![]))).await.unwrap();
    assert_eq!(sending.await.unwrap(), Ok(vec!["A1".to_owned()]));
}

#[tokio::test]
async fn a_generic_nack_refuses_the_request_it_names() {
    let mut peer = Peer::start(patient());
    let mut wire = peer.bound().await;
    let (request, sending) = peer.submit(&mut wire).await;
    wire.send(answer(&request, CommandStatus::EsmeRinvcmdlen, Pdu::GenericNack)).await.unwrap();
    assert_eq!(sending.await.unwrap(), Err(SmsError::Permanent(Refusal::Operator(0x02))));
}

#[tokio::test]
async fn a_system_error_is_for_later_and_a_lost_bind_is_made_again() {
    let mut peer = Peer::start(patient());
    let mut wire = peer.bound().await;
    let (request, sending) = peer.submit(&mut wire).await;
    wire.send(answer(&request, CommandStatus::EsmeRsyserr, SubmitSmResp::default())).await.unwrap();
    assert_eq!(sending.await.unwrap(), Err(SmsError::Retry { after: Duration::from_secs(60) }));
    let (request, sending) = peer.submit(&mut wire).await;
    wire.send(answer(&request, CommandStatus::EsmeRinvbndsts, SubmitSmResp::default())).await.unwrap();
    assert!(matches!(sending.await.unwrap(), Err(SmsError::Retry { .. })));
    peer.bound().await;
}

#[tokio::test]
async fn a_full_operator_queue_is_tried_again_a_few_times_and_then_given_back() {
    let mut peer = Peer::start(patient());
    let mut wire = peer.bound().await;
    let (mut request, mut sending) = peer.submit(&mut wire).await;
    let mut tries = 1;
    let given_back = loop {
        wire.send(answer(&request, CommandStatus::EsmeRmsgqful, SubmitSmResp::default())).await.unwrap();
        tokio::select! {
            again = next(&mut wire) => request = again,
            result = &mut sending => break result.unwrap(),
        }
        tries += 1;
    };
    assert_eq!(tries, 8);
    assert!(matches!(given_back, Err(SmsError::Retry { .. })));
    assert_eq!(peer.session.status().throttled_total, 8);
}

#[tokio::test]
async fn an_accepted_message_with_an_unreadable_id_is_accepted() {
    let mut peer = Peer::start(patient());
    let mut wire = peer.bound().await;
    let (request, sending) = peer.submit(&mut wire).await;
    // An id with a letter outside ASCII and without its NUL.
    let [a, b, c, d] = request.sequence_number().to_be_bytes();
    let FramedParts { mut io, .. } = wire.into_parts();
    io.write_all(&[0, 0, 0, 18, 0x80, 0, 0, 4, 0, 0, 0, 0, a, b, c, d, b'x', 0xe9]).await.unwrap();
    assert_eq!(sending.await.unwrap().map(|ids| ids.len()), Ok(1));
}

#[tokio::test]
async fn a_peer_that_asks_without_reading_is_left_in_the_end() {
    let mut peer = Peer::start(Timing { response: Duration::from_millis(200), ..patient() });
    let FramedParts { mut io, .. } = peer.bound().await.into_parts();
    // 1 MB of enquire_link; the answers need as much, and nobody takes them.
    let enquire = [[0, 0, 0, 16], [0, 0, 0, 0x15], [0; 4], [0, 0, 0, 9]].concat().repeat(65_536);
    let flooding = timeout(PATIENCE, io.write_all(&enquire)).await.expect("the session ends it");
    assert!(flooding.is_err(), "the session did not read everything into memory");
    peer.bound().await;
}

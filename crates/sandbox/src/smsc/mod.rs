//! An SMSC of SMPP 3.4 that delivers to an inbox instead of phones, with switches for everything that goes wrong at real operators.

mod connection;
/// For the fuzzer and the replay of its seeds.
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
mod inbox;
mod text;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use base::clock::{Clock, Millis};
use rusmpp::Command;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::mpsc,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

pub use inbox::{Phone, SmsMessage};

use inbox::Inbox;
use text::Reassembly;

/// Receipts kept for an account that has no receiver bound.
const WAITING_RECEIPTS: usize = 5_000;

/// Who may bind, and how the SMSC behaves when nothing is wrong.
#[derive(Clone)]
pub struct SmscOptions {
    pub accounts: Vec<Account>,
    /// Between a message and its receipt.
    pub receipt_delay: Duration,
    /// Messages kept in memory.
    pub keep: usize,
}

/// One account that may bind.
#[derive(Clone)]
pub struct Account {
    pub system_id: String,
    pub password: String,
}

impl Default for SmscOptions {
    fn default() -> Self {
        let accounts = vec![Account { system_id: "sandbox".into(), password: "sandbox".into() }];
        Self { accounts, receipt_delay: Duration::from_secs(1), keep: 5_000 }
    }
}

/// What goes wrong at present. All off by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// Every n-th submit is answered ESME_RTHROTTLED; 0: none.
    pub throttle_every: u32,
    /// The answers to so many submits are not sent; the messages are delivered all the same.
    pub drop_answers: u32,
    /// Answers come so much later.
    pub delay_answers: Duration,
    /// Numbers (`+84…`) that are refused with ESME_RINVDSTADR.
    pub rejected: Vec<String>,
    /// Numbers that are taken and then reported undeliverable.
    pub unreachable: Vec<String>,
    /// enquire_link gets no answer: a half-open connection.
    pub mute_enquire: bool,
}

/// What happened since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SmscStatus {
    /// Connections that are bound.
    pub bound: usize,
    /// Binds since the start.
    pub binds: u64,
    /// Whole messages delivered to the inbox.
    pub messages: u64,
    /// Parts submitted, also refused ones.
    pub submits: u64,
    pub throttled: u64,
    pub receipts: u64,
    /// Receipts the client has answered.
    pub receipts_answered: u64,
    /// The most submits of one connection that waited for their answer at the same time.
    pub most_in_flight: usize,
    /// Connections are refused at present.
    pub away: bool,
}

/// The SMSC. Clones are the same one.
#[derive(Clone)]
pub struct Smsc(Arc<Inner>);

struct Inner {
    options: SmscOptions,
    clock: Clock,
    state: Mutex<State>,
    closed: CancellationToken,
}

struct State {
    inbox: Inbox,
    faults: Faults,
    status: SmscStatus,
    reassembly: Reassembly,
    /// Bound connections by number.
    bound: HashMap<u64, BoundClient>,
    /// Receipts of accounts without a receiver.
    waiting: VecDeque<(String, Command)>,
    next_id: u64,
    /// Cancelled to drop every connection; replaced by a fresh one then.
    connections: CancellationToken,
    away_until: Option<Instant>,
}

struct BoundClient {
    system_id: String,
    receives: bool,
    outgoing: mpsc::Sender<Command>,
    /// Receipts it has not answered, by sequence number: sent again elsewhere when it goes.
    unanswered: HashMap<u32, Command>,
}

impl Smsc {
    pub fn new(options: SmscOptions, clock: Clock) -> Self {
        let state = State {
            inbox: Inbox::new(options.keep),
            faults: Faults::default(),
            status: SmscStatus::default(),
            reassembly: Reassembly::default(),
            bound: HashMap::new(),
            waiting: VecDeque::new(),
            // Letters in every id, so that their case can differ between answer and receipt.
            next_id: 0xA000_0000,
            connections: CancellationToken::new(),
            away_until: None,
        };
        Self(Arc::new(Inner { options, clock, state: Mutex::new(state), closed: CancellationToken::new() }))
    }

    /// Accepts connections until [`Smsc::shutdown`].
    pub fn listen(&self, listener: TcpListener) {
        let smsc = self.clone();
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = smsc.0.closed.cancelled() => return,
                };
                match accepted {
                    // Away: the connection is dropped at once, which is what a restarting operator looks like.
                    Ok(_) if smsc.is_away() => {}
                    Ok((stream, _)) => {
                        let _ = stream.set_nodelay(true); // only slower without
                        smsc.serve(stream);
                    }
                    // Out of file descriptors: accepting again at once would only spin.
                    Err(error) => {
                        tracing::warn!(%error, "the sandbox SMSC cannot accept");
                        sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        });
    }

    /// Serves one connection, of whatever kind, in a task of its own.
    pub fn serve<S: AsyncRead + AsyncWrite + Send + 'static>(&self, stream: S) {
        let smsc = self.clone();
        let dropped = self.state().connections.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = connection::serve(smsc.clone(), stream) => {}
                () = dropped.cancelled() => {}
                () = smsc.0.closed.cancelled() => {}
            }
        });
    }

    /// Messages, newest first; of one phone (`+84…`) or of all.
    pub fn messages(&self, to: Option<&str>) -> Vec<SmsMessage> {
        self.state().inbox.newest_first(to)
    }

    /// Phones, the one with the newest message first.
    pub fn phones(&self) -> Vec<Phone> {
        self.state().inbox.phones()
    }

    /// Puts a message into the inbox as if it had come over SMPP.
    pub fn receive(&self, to: &str, from: &str, text: &str) {
        let message = SmsMessage {
            to: to.into(),
            from: from.into(),
            text: text.into(),
            at: self.now(),
            parts: 1,
            reference: None,
        };
        self.state().inbox.add(message);
    }

    /// Forgets all messages.
    pub fn clear(&self) {
        self.state().inbox.clear();
    }

    pub fn status(&self) -> SmscStatus {
        let away = self.is_away();
        let state = self.state();
        SmscStatus { bound: state.bound.len(), messages: state.inbox.received(), away, ..state.status }
    }

    pub fn faults(&self) -> Faults {
        self.state().faults.clone()
    }

    /// Changes the fault switches: `smsc.set_faults(|f| f.throttle_every = 3)`.
    pub fn set_faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.state().faults);
    }

    /// Drops every connection and refuses new ones for a time.
    pub fn go_away(&self, time: Duration) {
        self.state().away_until = Some(Instant::now() + time);
        self.drop_connections();
    }

    /// Ends [`Smsc::go_away`] early.
    pub fn come_back(&self) {
        self.state().away_until = None;
    }

    /// Drops every connection without a word.
    pub fn drop_connections(&self) {
        let mut state = self.state();
        state.connections.cancel();
        state.connections = CancellationToken::new();
    }

    /// Asks every client to leave, as an operator does before maintenance.
    pub fn unbind_all(&self) {
        for client in self.state().bound.values() {
            // A client whose queue is full is not reading; it will notice otherwise.
            let _ = client.outgoing.try_send(connection::unbind());
        }
    }

    /// A message from a phone (`+84…`) to every bound receiver.
    pub fn say(&self, from: &str, text: &str) {
        let command = connection::incoming(from, text);
        for client in self.state().bound.values().filter(|client| client.receives) {
            let _ = client.outgoing.try_send(command.clone()); // as above
        }
    }

    /// Ends everything.
    pub fn shutdown(&self) {
        self.0.closed.cancel();
    }

    fn is_away(&self) -> bool {
        self.state().away_until.is_some_and(|until| Instant::now() < until)
    }

    fn now(&self) -> Millis {
        self.0.clock.now()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl State {
    fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Sends a receipt to a receiver of the account, or keeps it until one binds.
    fn send_receipt(&mut self, system_id: &str, receipt: Command) {
        let mut receivers = self.bound.values_mut().filter(|client| client.receives && client.system_id == system_id);
        if let Some(client) = receivers.find(|client| client.outgoing.try_send(receipt.clone()).is_ok()) {
            client.unanswered.insert(receipt.sequence_number(), receipt);
            self.status.receipts += 1;
            return;
        }
        if self.waiting.len() >= WAITING_RECEIPTS {
            self.waiting.pop_front();
        }
        self.waiting.push_back((system_id.to_owned(), receipt));
    }

    /// A client is gone; what it did not answer goes to another one, or waits.
    fn forget(&mut self, client: u64) {
        let Some(client) = self.bound.remove(&client) else { return };
        for receipt in client.unanswered.into_values() {
            self.send_receipt(&client.system_id, receipt);
        }
    }

    /// Sends what waited for this account.
    fn send_waiting(&mut self, system_id: &str) {
        let (mine, others): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(account, _)| account == system_id);
        self.waiting = others;
        for (account, receipt) in mine {
            self.send_receipt(&account, receipt);
        }
    }
}

/// A time as people in Viet Nam read it (UTC+7, no summer time).
pub(crate) fn local_time(at: Millis) -> jiff::Zoned {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(7));
    jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_zoned(zone)
}

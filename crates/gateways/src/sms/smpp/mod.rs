//! Our session of SMPP 3.4 as ESME, on the codec of `rusmpp`.
//!
//! One task owns the connection: it binds as transceiver, keeps up to `window` requests under way, answers the operator's requests, tests
//! a silent link, slows down when told to, and comes back after a break. (`rusmppc`, the codec's own client, stalls with more than five
//! requests in flight: `facts/alerts.md`, section C.)

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use base::clock::{Clock, Entropy};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{Notify, mpsc, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{
    Accepted, GatewayStatus, OutgoingSms, Receipt, Refusal, SmsError, SmsGateway, count_parts, message_reference, text,
};

mod answers;
mod bound;
pub(super) mod codec;
mod config;
mod driver;
mod pace;
mod pdus;
mod queue;

pub use answers::status_name;
pub use config::{ConfigError, Long, Secret, SmppConfig};

use queue::{Message, Queue};

/// Receipts waiting for the worker. When it is full the operator is asked to repeat them (ESME_RX_T_APPN).
const RECEIPTS: usize = 4_096;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// What a sender is told when a lane is full.
const LANE_FULL: Duration = Duration::from_secs(5);

/// A connection of octets to an operator.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Opens connections: TCP in service, pipes in tests.
#[async_trait::async_trait]
pub trait Connect: Send + Sync + 'static {
    async fn connect(&self) -> io::Result<Box<dyn Stream>>;
}

/// TCP to the configured host and port; names are looked up for every attempt.
struct Tcp {
    host: String,
    port: u16,
}

#[async_trait::async_trait]
impl Connect for Tcp {
    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect((self.host.as_str(), self.port))).await??;
        stream.set_nodelay(true)?;
        Ok(Box::new(stream))
    }
}

/// What a session takes from outside besides its configuration.
pub struct SessionOptions {
    pub clock: Clock,
    pub entropy: Entropy,
    /// `None`: TCP to the configured host.
    pub connect: Option<Box<dyn Connect>>,
    /// `None`: [`Timing::of`] the configuration.
    pub timing: Option<Timing>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self { clock: Clock::system(), entropy: Entropy::system(), connect: None, timing: None }
    }
}

/// Every duration a session waits for; short ones make tests quick.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Silence after which the link is tested.
    pub enquire: Duration,
    /// Time-out of an answer, of the bind, of a write.
    pub response: Duration,
    /// The first wait before connecting again; it doubles up to `longest_wait`. The real one is 50–100 % of it, by chance, so that a
    /// hundred provinces do not come back in the same moment.
    pub first_wait: Duration,
    pub longest_wait: Duration,
    /// The first pause when the operator throttles; it doubles up to `longest_pause`.
    pub first_pause: Duration,
    pub longest_pause: Duration,
}

impl Timing {
    pub fn of(config: &SmppConfig) -> Self {
        Self {
            enquire: Duration::from_secs(config.enquire_seconds),
            response: Duration::from_secs(config.response_seconds),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(60),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
        }
    }
}

/// One bind to one operator, kept alive by its own task until [`Session::shutdown`] or drop.
pub struct Session {
    shared: Arc<Shared>,
    driver: Mutex<Option<JoinHandle<()>>>,
    /// Joins the parts of one message on the phone; consecutive messages differ.
    concatenation: AtomicU8,
}

/// What senders and the driver share.
struct Shared {
    config: SmppConfig,
    timing: Timing,
    clock: Clock,
    state: Mutex<State>,
    /// Something was queued.
    queued: Notify,
    connected: watch::Sender<bool>,
    shutdown: CancellationToken,
}

#[derive(Default)]
struct State {
    queue: Queue,
    status: GatewayStatus,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Records a change of the connection. Without one, everything queued is answered.
    fn set_connected(&self, connected: bool, why: Option<String>) {
        {
            let mut state = self.state();
            if state.status.connected != connected {
                state.status.since = Some(self.clock.now());
            }
            state.status.connected = connected;
            if why.is_some() {
                state.status.last_error = why;
            }
            if !connected {
                state.status.in_flight = 0;
                let unknown = state.queue.fail_all();
                state.status.unknown_total += unknown as u64;
                metrics::counter!("sms_submitted_total", "result" => "unknown").increment(unknown as u64);
            }
        }
        metrics::gauge!("sms_connected").set(f64::from(u8::from(connected)));
        self.connected.send_replace(connected);
        self.publish();
    }

    /// Brings the gauges up to date.
    fn publish(&self) {
        let (waiting, in_flight) = {
            let state = self.state();
            (state.queue.waiting(), state.status.in_flight)
        };
        metrics::gauge!("sms_in_flight").set(in_flight as f64);
        for (lane, parts) in [("urgent", waiting.urgent), ("normal", waiting.normal), ("bulk", waiting.bulk)] {
            metrics::gauge!("sms_queue", "lane" => lane).set(parts as f64);
        }
    }
}

impl Session {
    /// Starts the session; it connects in the background, and again whenever the connection breaks. Receipts arrive in the channel: an
    /// operator is told "received" when one is in it, so a worker should store them promptly.
    ///
    /// # Errors
    /// Every problem of the configuration at once.
    pub fn start(
        config: SmppConfig,
        options: SessionOptions,
    ) -> Result<(Self, mpsc::Receiver<Receipt>), Vec<ConfigError>> {
        config.validate()?;
        let SessionOptions { clock, entropy, connect, timing } = options;
        let timing = timing.unwrap_or_else(|| Timing::of(&config));
        let connect = connect.unwrap_or_else(|| Box::new(Tcp { host: config.host.clone(), port: config.port }));
        let [concatenation] = entropy.bytes::<1>();
        let status = GatewayStatus {
            configured: true,
            rate: f64::from(config.rate_per_second),
            since: Some(clock.now()),
            ..GatewayStatus::default()
        };
        let shared = Arc::new(Shared {
            config,
            timing,
            clock,
            state: Mutex::new(State { queue: Queue::default(), status }),
            queued: Notify::new(),
            connected: watch::Sender::new(false),
            shutdown: CancellationToken::new(),
        });
        let (receipts, received) = mpsc::channel(RECEIPTS);
        let driver = driver::Driver { shared: shared.clone(), connect, entropy, receipts };
        let driver = tokio::spawn(driver.run());
        let session = Self { shared, driver: Mutex::new(Some(driver)), concatenation: AtomicU8::new(concatenation) };
        Ok((session, received))
    }

    /// Submits nothing more, waits for the answers under way, unbinds and closes. What still waited is answered `NotConnected`.
    pub async fn shutdown(&self) {
        self.shared.shutdown.cancel();
        let driver = self.driver.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        if let Some(driver) = driver
            && let Err(error) = driver.await
        {
            tracing::error!(%error, "the SMS session ended badly");
        }
    }

    /// Chooses alphabet and parts.
    fn prepare(&self, sms: OutgoingSms, reply: oneshot::Sender<queue::Answer>) -> Result<Message, SmsError> {
        if sms.text.is_empty() {
            return Err(SmsError::Permanent(Refusal::Empty));
        }
        let max = self.shared.config.max_parts;
        let parts = count_parts(&sms.text).parts;
        let too_long = SmsError::Permanent(Refusal::TooLong { parts, max });
        let billed = u8::try_from(parts).ok().filter(|billed| *billed <= max).ok_or(too_long)?;
        let text::Encoded { encoding, mut parts } = text::encode(&sms.text);
        if self.shared.config.long == Long::Payload && parts.len() > 1 {
            parts = vec![parts.concat()];
        }
        Ok(Message {
            reference: message_reference(&sms.id),
            to: sms.to,
            encoding,
            parts,
            billed,
            concatenation: self.concatenation.fetch_add(1, Ordering::Relaxed),
            lane: sms.lane,
            deliver_by: sms.deliver_by,
            reply,
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.shared.shutdown.cancel();
    }
}

#[async_trait::async_trait]
impl SmsGateway for Session {
    async fn send(&self, sms: OutgoingSms) -> Result<Accepted, SmsError> {
        let (reply, answer) = oneshot::channel();
        let message = self.prepare(sms, reply)?;
        {
            let mut state = self.shared.state();
            // Under the same lock that `set_connected` takes: a message cannot slip in behind the last sweep.
            if !state.status.connected || self.shared.shutdown.is_cancelled() {
                return Err(SmsError::NotConnected);
            }
            state.queue.push(message).map_err(|_| SmsError::Retry { after: LANE_FULL })?;
        }
        self.shared.queued.notify_one();
        // A dropped reply means that the driver died with the message.
        answer.await.unwrap_or(Err(SmsError::Unknown { accepted: Vec::new() }))
    }

    async fn ready(&self) {
        let mut connected = self.shared.connected.subscribe();
        // Fails only when the sender is gone, and `self` holds it.
        let _ = connected.wait_for(|connected| *connected).await;
    }

    fn status(&self) -> GatewayStatus {
        let state = self.shared.state();
        GatewayStatus { queued: state.queue.waiting(), ..state.status.clone() }
    }
}

//! The life of a session: connect, bind, serve, wait, again.

use std::{io, sync::Arc, time::Duration};

use base::clock::Entropy;
use futures_util::{SinkExt, StreamExt};
use rusmpp::{Command, CommandId};
use tokio::{
    io::{ReadHalf, WriteHalf},
    sync::mpsc,
    time::{Instant, sleep, timeout},
};
use tokio_util::codec::{FramedRead, FramedWrite};

use super::{
    Connect, Shared, Stream,
    answers::status_name,
    bound::{Bound, End},
    codec::{Frame, FrameCodec},
    pace::Pace,
    pdus,
};
use crate::sms::Receipt;

/// PDUs waiting to be written. More than any window; only an operator that sends without reading fills it.
const OUTGOING: usize = 2_048;
/// A bind that held this long was a good one: the next wait is the first again.
const GOOD_BIND: Duration = Duration::from_secs(30);

pub(super) type Reader = FramedRead<ReadHalf<Box<dyn Stream>>, FrameCodec>;

pub(super) struct Driver {
    pub shared: Arc<Shared>,
    pub connect: Box<dyn Connect>,
    pub entropy: Entropy,
    pub receipts: mpsc::Sender<Receipt>,
}

impl Driver {
    pub async fn run(self) {
        let shutdown = self.shared.shutdown.clone();
        let timing = self.shared.timing;
        let mut pace = Pace::new(self.shared.config.rate_per_second, timing, Instant::now());
        let mut wait = timing.first_wait;
        while !shutdown.is_cancelled() {
            let opened = tokio::select! {
                opened = self.open() => opened,
                () = shutdown.cancelled() => break,
            };
            match opened {
                Ok(link) => {
                    let since = Instant::now();
                    self.shared.set_connected(true, None);
                    tracing::info!("the SMS operator is connected");
                    let end = self.serve(link, &mut pace).await;
                    tracing::info!(%end, "the SMS operator is disconnected");
                    self.shared.set_connected(false, Some(end.to_string()));
                    self.shared.state().status.reconnects_total += 1;
                    if since.elapsed() >= GOOD_BIND {
                        wait = timing.first_wait;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the SMS operator cannot be reached");
                    self.shared.set_connected(false, Some(error.to_string()));
                }
            }
            tokio::select! {
                () = sleep(self.shorten(wait)) => {}
                () = shutdown.cancelled() => break,
            }
            wait = (wait * 2).min(timing.longest_wait);
        }
        self.shared.set_connected(false, Some(End::Shutdown.to_string()));
    }

    /// Half of a wait and a random share of the other half.
    fn shorten(&self, wait: Duration) -> Duration {
        let share = f64::from(u32::from_be_bytes(self.entropy.bytes())) / f64::from(u32::MAX);
        wait.mul_f64(0.5 + share / 2.0)
    }

    /// Connects and binds.
    async fn open(&self) -> Result<Link, OpenError> {
        let stream = self.connect.connect().await.map_err(OpenError::Connect)?;
        let mut link = Link::new(stream, self.shared.timing.response);
        let request = pdus::bind(&self.shared.config, BIND_SEQUENCE).map_err(|_| OpenError::Configuration)?;
        link.outgoing.try_send(request).map_err(|_| OpenError::Closed)?;
        timeout(self.shared.timing.response, link.bind_answer()).await.map_err(|_| OpenError::Silent)??;
        Ok(link)
    }

    async fn serve(&self, link: Link, pace: &mut Pace) -> End {
        let Link { reader, outgoing, writer } = link;
        let end = Bound::new(&self.shared, &self.receipts, pace, outgoing, BIND_SEQUENCE + 1).run(reader).await;
        // `outgoing` is gone now, so the writer ends when the last answer is on the wire.
        let _ = timeout(self.shared.timing.response, writer).await;
        end
    }
}

const BIND_SEQUENCE: u32 = 1;

/// Why there is no bind. Goes to the log and the queue page.
#[derive(Debug, thiserror::Error)]
enum OpenError {
    #[error("cannot connect: {}", .0.kind())]
    Connect(io::Error),
    #[error("bind refused: {}", status_name(*.0))]
    Refused(u32),
    #[error("no answer to bind")]
    Silent,
    #[error("connection closed while binding")]
    Closed,
    #[error("not SMPP: {0}")]
    Garbage(io::Error),
    #[error("the configuration does not fit into SMPP")]
    Configuration,
}

/// An open connection: reads here, writes through a task of its own, so that neither waits for the other.
struct Link {
    reader: Reader,
    outgoing: mpsc::Sender<Command>,
    writer: tokio::task::JoinHandle<()>,
}

impl Link {
    fn new(stream: Box<dyn Stream>, patience: Duration) -> Self {
        let (read, write) = tokio::io::split(stream);
        let (outgoing, waiting) = mpsc::channel(OUTGOING);
        let writer = tokio::spawn(write_all(FramedWrite::new(write, FrameCodec), waiting, patience));
        Self { reader: FramedRead::new(read, FrameCodec), outgoing, writer }
    }

    async fn bind_answer(&mut self) -> Result<(), OpenError> {
        loop {
            let Frame { header, .. } = match self.reader.next().await {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Err(OpenError::Garbage(error)),
                None => return Err(OpenError::Closed),
            };
            let ours = matches!(header.command_id, CommandId::BindTransceiverResp | CommandId::GenericNack);
            if ours && header.sequence == BIND_SEQUENCE {
                let refused = header.status != 0 || header.command_id == CommandId::GenericNack;
                return if refused { Err(OpenError::Refused(header.status)) } else { Ok(()) };
            }
            // Anything else before the bind is out of order; the answer's time-out ends it.
        }
    }
}

/// Writes what comes, several PDUs at once when they wait. Ends when the operator does not read for too long, or the session is over.
async fn write_all(
    mut wire: FramedWrite<WriteHalf<Box<dyn Stream>>, FrameCodec>,
    mut waiting: mpsc::Receiver<Command>,
    patience: Duration,
) {
    while let Some(command) = waiting.recv().await {
        let write = async {
            wire.feed(command).await?;
            while let Ok(command) = waiting.try_recv() {
                wire.feed(command).await?;
            }
            wire.flush().await
        };
        if !matches!(timeout(patience, write).await, Ok(Ok(()))) {
            return; // dropping the receiver tells the session
        }
    }
    let _ = timeout(patience, wire.close()).await; // the session is over either way
}

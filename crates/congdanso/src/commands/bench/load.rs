//! Clients that ask, and what they saw: every latency is kept, so that percentiles are exact.

use super::http::Conn;
use std::{
    collections::BTreeMap,
    fmt::Write,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// What a run saw.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// Microseconds of each answer that was as expected.
    micros: Vec<u32>,
    /// Other answers by status; 0 is a broken connection.
    pub errors: BTreeMap<u16, u64>,
    pub took: Duration,
    /// All that was asked, warming up included.
    pub asked: u64,
    /// Processor time of the server and of this process for all that was asked; zero where nobody looked.
    pub cpu: (Duration, Duration),
}

impl Seen {
    pub fn good(&mut self, took: Duration) {
        self.micros.push(took.as_micros().min(u128::from(u32::MAX)) as u32);
    }

    pub fn bad(&mut self, status: u16) {
        *self.errors.entry(status).or_default() += 1;
    }

    pub fn add(&mut self, other: Self) {
        self.micros.extend(other.micros);
        for (status, n) in other.errors {
            *self.errors.entry(status).or_default() += n;
        }
        self.took = self.took.max(other.took);
        self.asked += other.asked;
    }

    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Good answers a second.
    pub fn rate(&self) -> f64 {
        if self.took.is_zero() { 0.0 } else { self.micros.len() as f64 / self.took.as_secs_f64() }
    }

    /// Milliseconds that `percent` of the good answers stayed within; 0 when there were none.
    pub fn percentile(&self, percent: f64) -> f64 {
        let mut sorted = self.micros.clone();
        sorted.sort_unstable();
        let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
        let at = ((percent / 100.0) * sorted.len() as f64).ceil() as usize;
        f64::from(sorted[at.saturating_sub(1).min(last)]) / 1000.0
    }

    /// `; server 90 + client 30 µs of processor an answer`
    fn cpu_words(&self) -> String {
        if self.cpu.0.is_zero() || self.asked == 0 {
            return String::new();
        }
        let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / self.asked as f64;
        format!("; server {:.0} + client {:.0} µs of processor an answer", each(self.cpu.0), each(self.cpu.1))
    }

    /// `p50 1.2 · p95 3.4 · p99 5.6 ms`, and the errors if there were any.
    pub fn words(&self) -> String {
        let mut text = format!(
            "p50 {:.1} · p95 {:.1} · p99 {:.1} · max {:.0} ms",
            self.percentile(50.0),
            self.percentile(95.0),
            self.percentile(99.0),
            self.percentile(100.0)
        );
        text.push_str(&self.cpu_words());
        for (status, n) in &self.errors {
            let _ = match status {
                0 => write!(text, "; {n} broken connections"),
                1 => write!(text, "; {n} without what is needed next"),
                2 => write!(text, "; {n} not found again"),
                status => write!(text, "; {n} × {status}"),
            };
        }
        text
    }
}

/// A closed loop: so many clients, each asking again as soon as it is answered.
#[derive(Debug, Clone, Copy)]
pub struct Closed {
    pub to: SocketAddr,
    pub clients: usize,
    /// Not counted: caches and connections warm up.
    pub warm: Duration,
    pub time: Duration,
    /// The status of a good answer.
    pub expect: u16,
}

impl Closed {
    /// `make` gives the n-th request of all.
    pub async fn run(self, make: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> Seen {
        let make = Arc::new(make);
        let next = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let begin = Instant::now() + self.warm;
        let end = begin + self.time;
        let mut clients = JoinSet::new();
        for _ in 0..self.clients {
            let (make, next) = (make.clone(), next.clone());
            clients.spawn(async move {
                let (mut seen, mut conn) = (Seen::default(), Conn::new(self.to));
                loop {
                    let request = make(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
                    let start = Instant::now();
                    if start >= end {
                        return seen;
                    }
                    let answer = conn.ask(&request).await;
                    let took = start.elapsed();
                    seen.asked += 1;
                    let status = answer.map_or(0, |a| a.status);
                    if start < begin {
                        continue;
                    }
                    if status == self.expect {
                        seen.good(took);
                    } else {
                        seen.bad(status);
                    }
                    if status == 0 {
                        tokio::time::sleep(Duration::from_millis(20)).await; // a server that is gone is not hammered
                    }
                }
            });
        }
        let mut all = Seen::default();
        for seen in clients.join_all().await {
            all.add(seen);
        }
        all.took = begin.elapsed();
        all
    }
}

/// An open loop: requests start by the clock, answered or not. Latency counts from when a request was due.
pub async fn open(
    to: SocketAddr,
    rate: f64,
    time: Duration,
    expect: u16,
    make: impl Fn(usize) -> Vec<u8> + Send + Sync,
) -> Seen {
    let begin = Instant::now();
    let mut running: JoinSet<(Conn, u16, Duration)> = JoinSet::new();
    let (mut idle, mut seen) = (Vec::<Conn>::new(), Seen::default());
    let mut take = |idle: &mut Vec<Conn>, (conn, status, took): (Conn, u16, Duration)| {
        idle.push(conn);
        if status == expect { seen.good(took) } else { seen.bad(status) }
    };
    for n in 0.. {
        let due = begin + Duration::from_secs_f64(n as f64 / rate);
        if due >= begin + time {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        while let Some(Ok(done)) = running.try_join_next() {
            take(&mut idle, done);
        }
        let (mut conn, request) = (idle.pop().unwrap_or_else(|| Conn::new(to)), make(n));
        running.spawn(async move {
            let status = conn.ask(&request).await.map_or(0, |a| a.status);
            (conn, status, due.elapsed())
        });
    }
    while let Some(Ok(done)) = running.join_next().await {
        take(&mut idle, done);
    }
    seen.took = begin.elapsed();
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_samples() {
        let mut seen = Seen::default();
        for ms in (1..=100u64).rev() {
            seen.good(Duration::from_millis(ms));
        }
        assert_eq!((seen.percentile(50.0), seen.percentile(99.0), seen.percentile(100.0)), (50.0, 99.0, 100.0));
        assert_eq!(Seen::default().percentile(99.0), 0.0);
        seen.bad(503);
        assert!(seen.words().ends_with("1 × 503"), "{}", seen.words());
    }
}

//! How fast parts may leave: the contract's rate as a token bucket, less while the operator throttles.

use std::time::Duration;

use tokio::time::Instant;

use super::Timing;

/// The slowest we become, as a share of the configured rate.
const SLOWEST: f64 = 0.05;
/// What each accepted part gives back of that share.
const RECOVERY: f64 = 0.01;
/// Seconds of rate that may be saved up while idle.
const BURST: f64 = 0.25;

/// Token bucket with a throttle: halves the rate and pauses the whole bind when the operator says "too fast", recovers with every
/// accepted part.
#[derive(Debug)]
pub(super) struct Pace {
    /// Parts a second of the contract.
    rate: f64,
    share: f64,
    tokens: f64,
    filled: Instant,
    timing: Timing,
    pause: Duration,
    paused_until: Option<Instant>,
}

impl Pace {
    pub fn new(rate_per_second: u32, timing: Timing, now: Instant) -> Self {
        Self {
            rate: f64::from(rate_per_second),
            share: 1.0,
            tokens: 1.0,
            filled: now,
            timing,
            pause: timing.first_pause,
            paused_until: None,
        }
    }

    /// Parts a second at present.
    pub fn rate(&self) -> f64 {
        self.rate * self.share
    }

    /// Takes the right to send one part, or says when to ask again.
    pub fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if let Some(until) = self.paused_until {
            if now < until {
                return Err(until);
            }
            self.paused_until = None;
            self.filled = now; // nothing is saved up during a pause
        }
        let rate = self.rate();
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + elapsed * rate).min((rate * BURST).max(1.0));
        self.filled = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        // A millisecond more than exact, so that rounding cannot wake us a moment too early, again and again.
        Err(now + Duration::from_secs_f64((1.0 - self.tokens) / rate) + Duration::from_millis(1))
    }

    /// The operator said ESME_RTHROTTLED or ESME_RMSGQFUL. Answers to what was already under way count once.
    pub fn throttle(&mut self, now: Instant) {
        if self.paused_until.is_some_and(|until| now < until) {
            return;
        }
        self.share = (self.share / 2.0).max(SLOWEST);
        self.paused_until = Some(now + self.pause);
        self.pause = (self.pause * 2).min(self.timing.longest_pause);
        self.tokens = 0.0;
    }

    /// The operator took a part.
    pub fn recover(&mut self) {
        self.share = (self.share + RECOVERY).min(1.0);
        self.pause = self.timing.first_pause;
    }
}

#[cfg(test)]
mod tests {
    use super::{super::SmppConfig, *};

    fn timing() -> Timing {
        Timing::of(&SmppConfig::new("smsc", 2775, "qt", "secret", "QUANGTRI"))
    }

    /// Parts that leave within a time, asking exactly when told to.
    fn sent(pace: &mut Pace, now: &mut Instant, within: Duration) -> usize {
        let end = *now + within;
        let mut count = 0;
        while *now < end {
            match pace.take(*now) {
                Ok(()) => count += 1,
                Err(later) => *now = later,
            }
        }
        count
    }

    #[tokio::test]
    async fn w12_the_contracts_rate_is_obeyed_and_used() {
        let mut now = Instant::now();
        let mut pace = Pace::new(50, timing(), now);
        let count = sent(&mut pace, &mut now, Duration::from_secs(10));
        assert!((470..=501).contains(&count), "{count}");
        now += Duration::from_secs(3_600);
        let burst = sent(&mut pace, &mut now, Duration::from_millis(1));
        assert!(burst <= 13, "an idle hour saves up no more than a quarter second: {burst}");
    }

    #[tokio::test]
    async fn throttling_pauses_and_slows_and_success_recovers() {
        let mut now = Instant::now();
        let mut pace = Pace::new(100, timing(), now);
        pace.throttle(now);
        pace.throttle(now);
        assert_eq!(pace.rate(), 50.0, "answers of one burst count once");
        assert_eq!(pace.take(now), Err(now + timing().first_pause));
        now += timing().first_pause;
        pace.throttle(now);
        assert_eq!(pace.take(now), Err(now + timing().first_pause * 2), "each pause is longer");
        for _ in 0..20 {
            now += timing().longest_pause;
            pace.throttle(now);
        }
        assert_eq!(pace.rate(), 5.0);
        for _ in 0..100 {
            pace.recover();
        }
        assert_eq!(pace.rate(), 100.0);
    }
}

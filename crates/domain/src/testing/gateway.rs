//! A payment gateway for tests: it does what it is told, remembers each order, and signs by writing so.

use crate::payments::gateway::{Asked, Gateway, Order, Refunded, Reply, Unheard, Unread, Verdict, Word};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// An order at the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    pub amount: i64,
    pub verdict: Verdict,
    pub is_refunded: bool,
}

#[derive(Default)]
pub struct Inner {
    pub orders: BTreeMap<String, Kept>,
    pub is_away: bool,
    /// What is said to who wants money back; `None`: it goes back.
    pub refund: Option<Refunded>,
    pub asked: usize,
    /// What it was started with.
    pub purposes: Vec<String>,
}

#[derive(Default)]
pub struct Fake(Mutex<Inner>);

impl Fake {
    pub fn at(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The person opens the page there.
    pub fn open(&self, reference: &str, amount: i64) {
        let kept = Kept { amount, verdict: Verdict::Waiting, is_refunded: false };
        self.at().orders.entry(reference.to_owned()).or_insert(kept);
    }

    /// It ends there; what ended before stays as it is.
    pub fn ends(&self, reference: &str, verdict: Verdict) {
        if let Some(kept) = self.at().orders.get_mut(reference)
            && kept.verdict == Verdict::Waiting
        {
            kept.verdict = verdict;
        }
    }

    /// What it says of an order.
    pub fn word(&self, reference: &str) -> Option<Word> {
        let kept = *self.at().orders.get(reference)?;
        Some(Word {
            reference: reference.to_owned(),
            amount: kept.amount,
            verdict: kept.verdict,
            transaction: if kept.verdict == Verdict::Paid { format!("no-{reference}") } else { String::new() },
        })
    }

    /// The query of its return and of its notice.
    pub fn query(&self, reference: &str) -> String {
        match self.word(reference) {
            None => format!("ref={reference}&sig=good"),
            Some(word) => {
                let verdict = match word.verdict {
                    Verdict::Paid => "paid",
                    Verdict::Failed => "failed",
                    Verdict::Waiting => "waiting",
                };
                format!(
                    "ref={}&amount={}&verdict={verdict}&no={}&sig=good",
                    word.reference, word.amount, word.transaction
                )
            }
        }
    }

    /// What it has of somebody's money and did not give back.
    pub fn holds(&self, references: &[String]) -> i64 {
        let at = self.at();
        let orders = references.iter().filter_map(|r| at.orders.get(r));
        orders.filter(|kept| kept.verdict == Verdict::Paid && !kept.is_refunded).map(|kept| kept.amount).sum()
    }
}

#[async_trait::async_trait]
impl Gateway for Fake {
    fn start(&self, order: &Order) -> String {
        self.at().purposes.push(format!("{} {}", order.purpose, order.return_to));
        format!("https://pay.example.vn/pay?ref={}&amount={}", order.reference, order.amount)
    }

    fn read(&self, raw_query: &str) -> Result<Word, Unread> {
        let of = |name: &str| raw_query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        if of("sig") != Some("good") {
            return Err(Unread::Forged);
        }
        let verdict = match of("verdict") {
            Some("paid") => Verdict::Paid,
            Some("failed") => Verdict::Failed,
            Some("waiting") => Verdict::Waiting,
            _ => return Err(Unread::Malformed),
        };
        let amount = of("amount").and_then(|amount| amount.parse().ok()).ok_or(Unread::Malformed)?;
        let text = |name: &str| of(name).unwrap_or_default().to_owned();
        Ok(Word { reference: text("ref"), amount, verdict, transaction: text("no") })
    }

    fn reply(&self, reply: Reply) -> String {
        format!("{{\"said\":\"{reply:?}\"}}")
    }

    async fn ask(&self, of: &Asked) -> Result<Word, Unheard> {
        self.at().asked += 1;
        if self.at().is_away {
            return Err(Unheard::Away);
        }
        self.word(&of.reference).ok_or(Unheard::Unknown)
    }

    async fn refund(&self, of: &Asked) -> Result<Refunded, Unheard> {
        let mut at = self.at();
        if at.is_away {
            return Err(Unheard::Away);
        }
        if let Some(said) = at.refund {
            return Ok(said);
        }
        match at.orders.get_mut(&of.reference) {
            Some(kept) if kept.verdict == Verdict::Paid && kept.amount == of.amount => {
                kept.is_refunded = true;
                Ok(Refunded::Done)
            }
            _ => Err(Unheard::Unknown),
        }
    }
}

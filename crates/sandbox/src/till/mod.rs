//! A stand-in for a payment gateway (P2): it speaks VNPAY's redirect protocol 2.1.0 with one merchant, and no money moves. It says on every page
//! that it is none, and looks like none.
//!
//! A browser comes with a signed order, the person presses a button, the merchant's server is told (again and again until it confirms), and
//! the browser goes back with the same words. The merchant may ask what became of an order and have the money sent back. What goes wrong can be
//! chosen (`/loi`). The protocol is written here a second time, apart from the client's, so that a mistake of one does not hide the other's; npm's
//! `vnpay` is the third opinion (`tests/foreign_merchant.rs`).
//!
//! Everything is in memory and forgotten at the end.

mod api;
mod notices;
mod pages;
mod wire;

pub use api::API;
use base::{
    clock::{Clock, Entropy, Millis},
    keys::Secret,
};
use identity::outgoing::{Outgoing, Trouble};
pub use pages::PAY;
use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// As its pages call it.
pub const NAME: &str = "Cổng Thanh Toán Hư Cấu";
/// Real gateways have such bounds; whole đồng.
const LEAST: i64 = 1_000;
const MOST: i64 = 1_000_000_000;
/// Orders that are kept; the oldest is forgotten first.
const KEPT: usize = 2_000;
/// Ids of requests that are remembered.
const REQUESTS: usize = 10_000;
/// Notices of one order that are shown.
const SHOWN: usize = 20;

/// What the sandbox takes from outside.
pub struct TillOptions {
    pub merchant: Merchant,
    /// Between the notices of one order, when the merchant does not confirm: the real one says ten calls, five minutes apart.
    pub pauses: Vec<Duration>,
    /// How long a refund is under way.
    pub refund_takes: Millis,
    pub clock: Clock,
    pub entropy: Entropy,
}

impl TillOptions {
    pub fn new(merchant: Merchant) -> Self {
        let pauses = [5, 15, 30, 60, 120, 300, 300, 300, 300].map(Duration::from_secs).into();
        Self { merchant, pauses, refund_takes: 0, clock: Clock::system(), entropy: Entropy::system() }
    }
}

/// The one to whom is paid.
#[derive(Clone)]
pub struct Merchant {
    /// `vnp_TmnCode`
    pub terminal: String,
    pub secret: Secret,
    /// What people read.
    pub name: String,
    /// Its origin: browsers go back to no other.
    pub home: String,
    /// Where its server is told.
    pub notices: String,
}

/// What goes wrong at present.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// The merchant's server hears nothing.
    NoticesLost,
    /// It hears so much later.
    NoticesLate(Duration),
    /// It hears everything twice.
    NoticesTwice,
    /// It hears from somebody without the key.
    NoticesForged,
    /// Who pays pays less than was asked.
    OtherAmount,
    /// Refunds stay under way.
    RefundsHeld,
    RefundsRefused,
    /// Answers come so much later.
    Slow(Duration),
    /// Neither people nor servers are answered.
    Down,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Open,
    Paid,
    /// The bank said no.
    Declined,
    /// The person went away.
    Cancelled,
    Expired,
}

impl State {
    /// `vnp_ResponseCode`
    fn code(self) -> &'static str {
        match self {
            Self::Open => "99",
            Self::Paid => "00",
            Self::Declined => "51",
            Self::Cancelled => "24",
            Self::Expired => "11",
        }
    }

    /// `vnp_TransactionStatus`
    fn status(self) -> &'static str {
        match self {
            Self::Open => "01",
            Self::Paid => "00",
            Self::Declined | Self::Cancelled | Self::Expired => "02",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundState {
    UnderWay,
    Done,
    Refused,
}

impl RefundState {
    fn status(self) -> &'static str {
        match self {
            Self::UnderWay => "05",
            Self::Done => "00",
            Self::Refused => "09",
        }
    }
}

/// Money that goes back.
#[derive(Debug, Clone)]
struct Refund {
    number: u64,
    at: Millis,
    is_refused: bool,
}

/// One try to tell the merchant.
#[derive(Debug, Clone)]
struct Notice {
    at: Millis,
    /// Its answer, or why there is none.
    said: String,
}

#[derive(Debug, Clone)]
struct Order {
    /// In the address of its page; nobody guesses it.
    id: String,
    number: u64,
    reference: String,
    asked: i64,
    /// What was paid: another amount only where that fault was chosen.
    amount: i64,
    purpose: String,
    is_english: bool,
    return_to: String,
    /// `vnp_CreateDate`, as it came: orders are asked for by it.
    created: String,
    expires_at: Millis,
    /// The signature of the request: the same one again is the same order.
    hash: String,
    state: State,
    decided_at: Millis,
    notices: Vec<Notice>,
    refund: Option<Refund>,
}

/// An order as tests and pages see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub reference: String,
    pub amount: i64,
    pub state: State,
    /// What the merchant answered to each notice.
    pub notices: Vec<String>,
    pub refund: Option<RefundState>,
}

/// A running sandbox; clones are the same one. Ends with [`Till::shutdown`].
#[derive(Clone)]
pub struct Till(Arc<Inner>);

struct Inner {
    merchant: Merchant,
    pauses: Vec<Duration>,
    refund_takes: Millis,
    clock: Clock,
    entropy: Entropy,
    outgoing: Outgoing,
    orders: Mutex<VecDeque<Order>>,
    requests: Mutex<(HashSet<String>, VecDeque<String>)>,
    next: Mutex<u64>,
    fault: Mutex<Fault>,
    stop: CancellationToken,
}

impl Till {
    /// Errors: no HTTP client can be made.
    pub fn start(options: TillOptions) -> Result<Self, Trouble> {
        Ok(Self(Arc::new(Inner {
            // Numbers of two runs do not begin alike.
            next: Mutex::new(14_000_000 + options.entropy.below(80_000_000)),
            merchant: options.merchant,
            pauses: options.pauses,
            refund_takes: options.refund_takes,
            clock: options.clock,
            entropy: options.entropy,
            // The merchant of a demo or of a test is on this machine, over plain HTTP.
            outgoing: Outgoing::new(true)?.up_to(4 * 1024),
            orders: Mutex::default(),
            requests: Mutex::default(),
            fault: Mutex::default(),
            stop: CancellationToken::new(),
        })))
    }

    /// Everything, to be mounted at the root of its own origin.
    pub fn router(&self) -> axum::Router {
        pages::router(self.clone()).merge(api::router(self.clone()))
    }

    pub fn fault(&self) -> Fault {
        *held(&self.0.fault)
    }

    pub fn set_fault(&self, fault: Fault) {
        *held(&self.0.fault) = fault;
    }

    /// Newest first.
    pub fn orders(&self) -> Vec<Seen> {
        self.all().into_iter().map(|order| self.seen(&order)).collect()
    }

    /// Ends the background work.
    pub fn shutdown(&self) {
        self.0.stop.cancel();
    }

    fn now(&self) -> Millis {
        self.0.clock.now()
    }

    fn number(&self) -> u64 {
        let mut next = held(&self.0.next);
        *next += 1;
        *next
    }

    fn all(&self) -> Vec<Order> {
        let now = self.now();
        held(&self.0.orders).iter().rev().map(|order| order.at(now)).collect()
    }

    fn find(&self, fits: impl Fn(&Order) -> bool) -> Option<Order> {
        let now = self.now();
        held(&self.0.orders).iter().find(|order| fits(order)).map(|order| order.at(now))
    }

    fn by_id(&self, id: &str) -> Option<Order> {
        self.find(|order| order.id == id)
    }

    /// Changes an order in its place; answers what `change` says.
    fn change<T>(&self, id: &str, change: impl FnOnce(&mut Order) -> T) -> Option<T> {
        held(&self.0.orders).iter_mut().find(|order| order.id == id).map(change)
    }

    fn keep(&self, order: Order) {
        let mut orders = held(&self.0.orders);
        if orders.len() >= KEPT {
            orders.pop_front();
        }
        orders.push_back(order);
    }

    /// Whether this request is the first with its id.
    fn is_new_request(&self, id: &str) -> bool {
        let mut requests = held(&self.0.requests);
        let (seen, order) = &mut *requests;
        if !seen.insert(id.to_owned()) {
            return false;
        }
        order.push_back(id.to_owned());
        if order.len() > REQUESTS
            && let Some(oldest) = order.pop_front()
        {
            seen.remove(&oldest);
        }
        true
    }

    fn refund_state(&self, refund: &Refund) -> RefundState {
        if refund.is_refused {
            RefundState::Refused
        } else if self.fault() == Fault::RefundsHeld || self.now() < refund.at + self.0.refund_takes {
            RefundState::UnderWay
        } else {
            RefundState::Done
        }
    }

    fn seen(&self, order: &Order) -> Seen {
        Seen {
            reference: order.reference.clone(),
            amount: order.amount,
            state: order.state,
            notices: order.notices.iter().map(|notice| notice.said.clone()).collect(),
            refund: order.refund.as_ref().map(|refund| self.refund_state(refund)),
        }
    }
}

impl Order {
    /// As it stands at a time: what nobody decided runs out.
    fn at(&self, now: Millis) -> Self {
        let mut order = self.clone();
        if order.state == State::Open && now >= order.expires_at {
            order.state = State::Expired;
            order.decided_at = order.expires_at;
        }
        order
    }
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

//! The states of a payment and what leads from one to the next. Nothing else changes one.

/// Where one try to pay a fee stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The person was sent to the gateway.
    Started,
    /// The gateway says that nothing was paid.
    Failed,
    /// The gateway knew no such order until it was a day old.
    Expired,
    /// It settles its fee.
    Paid,
    /// Money came that settles nothing, or nothing any more: it goes back.
    RefundDue,
    Refunded,
    /// The gateway will not give it back: people must.
    RefundRefused,
}

/// What happens to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Money came; `settles`: the fee was open and it is the right amount.
    Paid {
        settles: bool,
    },
    Failed,
    /// The gateway has never heard of it, and its day is over.
    Forgotten,
    /// The province takes the fee back.
    Withdrawn,
    Refunded,
    RefundRefused,
}

impl State {
    pub const ALL: [Self; 7] =
        [Self::Started, Self::Failed, Self::Expired, Self::Paid, Self::RefundDue, Self::Refunded, Self::RefundRefused];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Paid => "paid",
            Self::RefundDue => "refund_due",
            Self::Refunded => "refunded",
            Self::RefundRefused => "refund_refused",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The table. `None`: this changes nothing. Money that came after all counts whatever was said before: it is there.
    pub fn next(self, event: Event) -> Option<Self> {
        match (self, event) {
            (Self::Started | Self::Failed | Self::Expired, Event::Paid { settles: true }) => Some(Self::Paid),
            (Self::Started | Self::Failed | Self::Expired, Event::Paid { settles: false }) => Some(Self::RefundDue),
            (Self::Started, Event::Failed) => Some(Self::Failed),
            (Self::Started, Event::Forgotten) => Some(Self::Expired),
            (Self::Paid, Event::Withdrawn) => Some(Self::RefundDue),
            (Self::RefundDue, Event::Refunded) => Some(Self::Refunded),
            (Self::RefundDue, Event::RefundRefused) => Some(Self::RefundRefused),
            _ => None,
        }
    }

    /// Its money is with us or owed by us.
    pub fn holds_money(self) -> bool {
        matches!(self, Self::Paid | Self::RefundDue | Self::RefundRefused)
    }
}

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Back {
    /// The fee was settled before.
    Twice,
    /// The province did not ask for it any more when the money came.
    Gone,
    /// Another amount came than was asked for.
    Amount,
    /// The province took the fee back after it was paid.
    Withdrawn,
}

impl Back {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Twice => "twice",
            Self::Gone => "gone",
            Self::Amount => "amount",
            Self::Withdrawn => "withdrawn",
        }
    }
}

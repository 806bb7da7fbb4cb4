//! What a one-stop system says of a fee; both doors read it with this.

use crate::dossiers::words::{is_dossier, is_event, moment, written};
use base::{
    clock::{MINUTE, Millis},
    text,
};
use serde::Deserialize;
use serde_json::Value;

/// Whether it is to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    Due,
    /// Taken back; of two words of one moment this is the later one.
    Withdrawn,
}

impl Ask {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Due, Self::Withdrawn].into_iter().find(|ask| ask.as_str() == word)
    }
}

/// Why one is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Shape,
    Dossier,
    /// Heals by itself: the state of the dossier is under way.
    UnknownDossier,
    Fee,
    Name,
    Amount,
    State,
    At,
    Future,
    TooOld,
    /// The id stands for another dossier, name or amount.
    FeeReused,
}

impl Why {
    pub const ALL: [Self; 11] = [
        Self::Shape,
        Self::Dossier,
        Self::UnknownDossier,
        Self::Fee,
        Self::Name,
        Self::Amount,
        Self::State,
        Self::At,
        Self::Future,
        Self::TooOld,
        Self::FeeReused,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Dossier => "dossier",
            Self::UnknownDossier => "unknown-dossier",
            Self::Fee => "fee",
            Self::Name => "name",
            Self::Amount => "amount",
            Self::State => "state",
            Self::At => "at",
            Self::Future => "future",
            Self::TooOld => "too-old",
            Self::FeeReused => "fee-reused",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == word)
    }
}

/// What came of one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Written down, now or before.
    Taken,
    Refused(Why),
}

/// A fee, as it may be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    /// Lasting, one of its province.
    pub fee: String,
    pub dossier: String,
    /// «Lệ phí cấp lại giấy phép lái xe»
    pub name: String,
    /// Đồng.
    pub amount: i64,
    pub ask: Ask,
    /// Since when.
    pub at: Millis,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    dossier: String,
    fee: String,
    name: String,
    /// Read as it stands: 5e4 and "50000" are no amounts.
    amount: Value,
    state: String,
    at: String,
}

const NAME_MOST: usize = 200;
const AMOUNT: std::ops::RangeInclusive<i64> = 1_000..=1_000_000_000;

impl Fee {
    /// The id of whatever this is, to name it in the answer.
    pub fn id_of(value: &Value) -> Option<String> {
        value.get("fee").and_then(Value::as_str).filter(|fee| is_event(fee)).map(str::to_owned)
    }

    /// Errors: the first thing that is wrong with it.
    pub fn read(value: &Value, now: Millis) -> Result<Self, Why> {
        let raw = Raw::deserialize(value).map_err(|_| Why::Shape)?;
        if !is_event(&raw.fee) {
            return Err(Why::Fee);
        }
        if !is_dossier(&raw.dossier) {
            return Err(Why::Dossier);
        }
        let name = text::one_line(&raw.name);
        if !(1..=NAME_MOST).contains(&name.chars().count()) {
            return Err(Why::Name);
        }
        let amount = raw.amount.as_i64().filter(|amount| AMOUNT.contains(amount)).ok_or(Why::Amount)?;
        let ask = Ask::parse(&raw.state).ok_or(Why::State)?;
        let at = moment(&raw.at).ok_or(Why::At)?;
        if at > now + MINUTE {
            return Err(Why::Future);
        }
        if at < now - crate::dossiers::KEPT {
            return Err(Why::TooOld);
        }
        Ok(Self { fee: raw.fee, dossier: raw.dossier, name, amount, ask, at })
    }

    /// As it was read: for what goes on to the portal.
    pub fn json(&self) -> Value {
        serde_json::json!({
            "fee": self.fee, "dossier": self.dossier, "name": self.name, "amount": self.amount, "state": self.ask.as_str(), "at": written(self.at),
        })
    }

    /// The same fee, whatever is said of it now.
    pub fn is_same(&self, dossier: &str, name: &str, amount: i64) -> bool {
        (self.dossier.as_str(), self.name.as_str(), self.amount) == (dossier, name, amount)
    }
}

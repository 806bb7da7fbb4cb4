//! Helping (ủy quyền giúp, A19): a child helps a parent, a guardian acts for a child. One thing stands behind all of it, the mandate: who is
//! helped (`principal`), who helps, in what, until when.
//!
//! ```text
//! the principal offers it to a phone ──▶ who signs in with this phone accepts ─┐
//! the helper types the principal's phone ──▶ a code is read aloud ─────────────┼─▶ mandate ──▶ «Làm thay»: a session of its own
//! a guardian adds a child ─────────────────────────────────────────────────────┤
//! the principal reads a code to an officer, or has no phone (`desk`) ───────────┘
//! ```
//!
//! The session in which somebody acts belongs to the principal's account and is of a kind of its own (`Kind::Helper`), which no account has:
//! whatever asks for a citizen refuses it. It counts while the mandate stands and the helper's own session lives. What is done in it is done by
//! an `Author`, which carries the helper into the row.

mod act;
mod aloud;
mod children;
mod desk;
mod grown;
mod invite;
mod rights;
mod rows;
mod stand;

#[cfg(test)]
mod desk_tests;
#[cfg(test)]
mod grown_tests;
#[cfg(test)]
mod tests;

pub use act::Acting;
pub(crate) use act::{did, may, standing};
pub use children::{Child, NewChild, adult_at};
pub(crate) use desk::{Intake, intake};
pub use grown::{HandOverCode, WAITS, hand_over_from};
pub use rights::{Deed, Scope, Scopes};
pub(crate) use rows::of_account;
pub use rows::{Line, Offer, Offered, names};
pub(crate) use stand::{forget, shut, sweep};

use super::{Error, Signed};
use base::{
    clock::{DAY, Millis},
    ids::Uuid,
};

/// «Người giúp tôi» and «Giúp người khác».
pub const HELPERS: &str = "/tai-khoan/nguoi-giup";
pub const HELPING: &str = "/tai-khoan/giup-nguoi";
/// How long somebody who was asked may think about it.
pub const OFFER_LIVES: Millis = 7 * DAY;
/// Helpers of one person at most, standing and asked; people one person helps at most; guardians of a child at most.
pub const HELPERS_MOST: i64 = 5;
pub const HELPED_MOST: i64 = 10;
pub const GUARDIANS_MOST: i64 = 2;

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    Day,
    Month,
    Year,
}

impl Term {
    pub const ALL: [Self; 3] = [Self::Day, Self::Month, Self::Year];

    pub fn days(self) -> i32 {
        match self {
            Self::Day => 1,
            Self::Month => 30,
            Self::Year => 365,
        }
    }

    /// As a form says it. `None`: any other number of days.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|term| term.days().to_string() == text)
    }
}

/// How a mandate was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// By the principal, signed in.
    Own,
    /// A code to the principal's phone was read aloud.
    Aloud,
    /// By the law, for a child.
    Guardian,
    /// To an officer, at the desk or on the telephone.
    Desk,
}

impl Given {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "given",
            Self::Aloud => "aloud",
            Self::Guardian => "guardian",
            Self::Desk => "desk",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Own, Self::Aloud, Self::Guardian, Self::Desk].into_iter().find(|given| given.as_str() == text)
    }
}

/// Why not, each with a sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody helps themselves.
    Own,
    AlreadyAsked,
    /// Answered, withdrawn, late, or another's.
    OfferGone,
    /// The principal has as many helpers as there may be.
    Full,
    /// The helper helps as many people as there may be.
    TooMany,
    /// The phone was proven and has no account that can be helped.
    NoAccount,
    /// Somebody of age acts for themselves.
    Adult,
    /// A child is never without a guardian.
    LastGuardian,
    /// A code of the hand-over that is wrong, used, replaced or too late; or the account is gone.
    HandOver,
    /// The code is made in the last months before full age.
    HandOverEarly,
    /// The code is right, and its account's owner not of age yet.
    NotOfAge,
    /// Who works for an organisation helps nobody meanwhile (A11).
    Behalf,
}

impl Refusal {
    pub const ALL: [Self; 12] = [
        Self::Own,
        Self::AlreadyAsked,
        Self::OfferGone,
        Self::Full,
        Self::TooMany,
        Self::NoAccount,
        Self::Adult,
        Self::LastGuardian,
        Self::HandOver,
        Self::HandOverEarly,
        Self::NotOfAge,
        Self::Behalf,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Self::Own => "help-own",
            Self::AlreadyAsked => "help-already-asked",
            Self::OfferGone => "help-offer-gone",
            Self::Full => "help-full",
            Self::TooMany => "help-too-many",
            Self::NoAccount => "help-no-account",
            Self::Adult => "help-adult",
            Self::LastGuardian => "help-last-guardian",
            Self::HandOver => "hand-over-wrong",
            Self::HandOverEarly => "hand-over-early",
            Self::NotOfAge => "hand-over-not-yet",
            Self::Behalf => "help-behalf",
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Helping(refusal)
    }
}

/// Who acts under which mandate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Help {
    pub mandate: Uuid,
    pub helper: Uuid,
    /// The helper is an officer.
    pub at_desk: bool,
}

/// For whom something is written or done, and who does it for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author {
    pub account: Uuid,
    pub help: Option<Help>,
    /// The session in which the person works for an organisation (A11); never together with `help`.
    pub behalf: Option<Uuid>,
}

impl Author {
    pub(crate) fn mandate(&self) -> Option<Uuid> {
        self.help.map(|help| help.mandate)
    }

    pub(crate) fn is_at_desk(&self) -> bool {
        self.help.is_some_and(|help| help.at_desk)
    }

    /// As the data of a step carry it.
    pub(crate) fn note(&self, data: &mut serde_json::Map<String, serde_json::Value>) {
        if let Some(help) = self.help {
            data.insert("mandate".into(), help.mandate.to_string().into());
            data.insert("helper".into(), help.helper.to_string().into());
        }
    }
}

/// The person themselves.
impl From<Uuid> for Author {
    fn from(account: Uuid) -> Self {
        Self { account, help: None, behalf: None }
    }
}

impl From<&Signed> for Author {
    fn from(signed: &Signed) -> Self {
        let help =
            |acting: &Acting| Help { mandate: acting.mandate, helper: acting.helper, at_desk: acting.unit.is_some() };
        let help = signed.acting.as_ref().map(help);
        let behalf = signed.behalf.as_ref().filter(|_| help.is_none()).map(|_| signed.session);
        Self { account: signed.account, help, behalf }
    }
}

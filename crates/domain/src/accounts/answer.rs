//! What accounts answer when they refuse; each has a text key for people.

use super::{authority::Authority, password::Refusal};
use crate::error::Error as Shared;
use base::clock::Millis;
use store::Failure;

/// A refusal. What could tell a stranger whether an account exists is one and the same variant (A14).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Shared(Shared),
    /// Phone, username or password do not fit: never says which.
    #[error("wrong credentials")]
    WrongCredentials,
    /// The person proved the phone, and the account is blocked.
    #[error("blocked")]
    Blocked { reason: String },
    /// A wrong SMS code; `left` tries remain for this code.
    #[error("wrong code")]
    WrongCode { left: i32 },
    /// The code is older than five minutes: ask for another.
    #[error("code expired")]
    CodeExpired,
    /// Five wrong tries, or used already: ask for another.
    #[error("code used up")]
    CodeUsedUp,
    /// Ten wrong codes within the hour, over all codes of this phone.
    #[error("too many wrong codes")]
    TooManyCodes { again_at: Millis },
    /// A new code may be asked for at this time (50 s).
    #[error("resend too early")]
    ResendTooEarly { again_at: Millis },
    /// The phone, the address or the device has asked for too many SMS.
    #[error("too many SMS")]
    TooManySms { again_at: Millis },
    /// The day's SMS budget is used up: the circuit breaker is open.
    #[error("SMS are paused")]
    SmsPaused,
    /// The proof of work was wrong, old or used before.
    #[error("bad proof of work")]
    BadProof,
    /// The steps were not followed in order, took too long, or belong to another browser.
    #[error("flow gone")]
    FlowGone,
    #[error("password refused")]
    Password(Refusal),
    /// Somebody's account has this phone (told only to who proved the phone).
    #[error("phone taken")]
    PhoneTaken,
    #[error("username taken")]
    UsernameTaken,
    /// Wrong TOTP or backup code.
    #[error("wrong second factor")]
    WrongFactor,
    /// The wrong current password of a signed-in person.
    #[error("wrong password")]
    WrongPassword,
    /// The passkey was not accepted, or passkeys are off here.
    #[error("passkey refused")]
    PasskeyRefused,
    /// Staff must keep one second factor (A16).
    #[error("last factor")]
    LastFactor,
    /// The account elsewhere, or the person it is proven to be, has another account here.
    #[error("linked elsewhere")]
    LinkedElsewhere,
    /// This account is proven to be another person's than who came.
    #[error("other person")]
    OtherPerson,
    /// This account has another link to this provider.
    #[error("linked already")]
    LinkedAlready,
    /// What was shown is no card, or contradicts itself.
    #[error("bad card")]
    Card(base::card::BadCard),
    /// The card's number belongs to another account. Never says whose.
    #[error("card elsewhere")]
    CardElsewhere,
    /// This card's number was released from this account: it takes a stronger proof than the card.
    #[error("card released")]
    CardReleased,
    /// What an officer may not release at the desk.
    #[error("number: {0:?}")]
    Number(super::release::Refusal),
    /// This account is proven to be another person's than the card's holder.
    #[error("other card")]
    OtherCard,
    /// The personal number has an account (told where the source asks for it, N2).
    #[error("number taken")]
    NumberTaken,
    /// The authority does not know the person by what was typed (the phone is not their own, the code another's).
    #[error("not confirmed")]
    NotConfirmed(Authority),
    /// The authority cannot be asked now.
    #[error("an authority does not answer")]
    AuthorityAway(Authority),
    /// What an organisation's rules do not allow.
    #[error("organisation: {0:?}")]
    Organization(crate::organizations::Refusal),
    /// Why a bank account is not linked.
    #[error("bank account: {0:?}")]
    Bank(crate::banks::Refusal),
    /// What the rules of helping do not allow.
    #[error("helping: {0:?}")]
    Helping(super::helping::Refusal),
    /// A name is not unique or a row cannot be taken, in words for staff.
    #[error("conflict")]
    Conflict(&'static str),
    /// Too many passwords are being checked: come back in a moment (503).
    #[error("busy")]
    Busy,
}

impl Error {
    pub fn field(field: &'static str, key: &'static str) -> Self {
        Self::Shared(Shared::field(field, key))
    }

    /// The key of the text for people. Shared errors have their texts in the web.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Shared(_) => "error-shared",
            Self::WrongCredentials => "account-wrong-credentials",
            Self::Blocked { .. } => "account-blocked",
            Self::LinkedElsewhere => "link-elsewhere",
            Self::OtherPerson => "link-other-person",
            Self::LinkedAlready => "link-already",
            Self::Card(bad) => bad.key(),
            Self::CardElsewhere => "card-elsewhere",
            Self::CardReleased => "card-released",
            Self::Number(refusal) => refusal.key(),
            Self::OtherCard => "card-other",
            Self::WrongCode { .. } => "otp-wrong",
            Self::CodeExpired => "otp-expired",
            Self::CodeUsedUp => "otp-used-up",
            Self::TooManyCodes { .. } => "otp-too-many",
            Self::ResendTooEarly { .. } => "otp-resend-early",
            Self::TooManySms { .. } => "sms-too-many",
            Self::SmsPaused => "sms-paused",
            Self::BadProof => "proof-bad",
            Self::FlowGone => "flow-gone",
            Self::Password(refusal) => refusal.key(),
            Self::PhoneTaken => "phone-taken",
            Self::UsernameTaken => "username-taken",
            Self::NumberTaken => "number-taken",
            Self::NotConfirmed(Authority::Operator) => "phone-not-own",
            Self::NotConfirmed(Authority::Insurance) => "insurance-not-own",
            Self::NotConfirmed(Authority::Post) => "post-not-own",
            Self::AuthorityAway(Authority::Operator) => "operator-away",
            Self::AuthorityAway(Authority::Insurance) => "insurance-away",
            Self::AuthorityAway(Authority::Post) => "post-away",
            Self::WrongFactor => "factor-wrong",
            Self::WrongPassword => "password-wrong",
            Self::PasskeyRefused => "passkey-refused",
            Self::LastFactor => "factor-last",
            Self::Organization(refusal) => refusal.key(),
            Self::Bank(refusal) => refusal.key(),
            Self::Helping(refusal) => refusal.key(),
            Self::Conflict(key) => key,
            Self::Busy => "busy",
        }
    }

    /// When it may be tried again (UTC milliseconds), where that is known.
    pub fn again_at(&self) -> Option<Millis> {
        match self {
            Self::TooManyCodes { again_at }
            | Self::ResendTooEarly { again_at }
            | Self::TooManySms { again_at }
            | Self::Shared(Shared::TooOften { again_at }) => Some(*again_at),
            _ => None,
        }
    }
}

impl From<Shared> for Error {
    fn from(e: Shared) -> Self {
        Self::Shared(e)
    }
}

impl From<crate::error::FieldError> for Error {
    fn from(field: crate::error::FieldError) -> Self {
        Self::Shared(Shared::Invalid(vec![field]))
    }
}

impl From<store::Error> for Error {
    fn from(e: store::Error) -> Self {
        Self::Shared(Shared::Store(e))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Password(refusal)
    }
}

impl Failure for Error {
    fn store(&self) -> Option<&store::Error> {
        match self {
            Self::Shared(e) => e.store(),
            _ => None,
        }
    }
}

//! What can go wrong inside, and what the protocol answers to a client.

use store::Failure;

/// Inside. The web answers 503 or 500; a client learns no more.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The role's own part failed: who is signed in, what is known of a person.
    #[error("people: {0}")]
    People(String),
    #[error("internal: {0}")]
    Internal(&'static str),
}

impl Failure for Error {
    fn store(&self) -> Option<&store::Error> {
        match self {
            Self::Store(e) => Some(e),
            _ => None,
        }
    }
}

/// An error of the protocol: the code of the standards, and a line for the other side's developers (never personal data).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: &'static str,
    pub why: &'static str,
}

impl Refusal {
    pub const fn new(code: &'static str, why: &'static str) -> Self {
        Self { code, why }
    }

    pub const fn request(why: &'static str) -> Self {
        Self::new("invalid_request", why)
    }

    pub const fn grant(why: &'static str) -> Self {
        Self::new("invalid_grant", why)
    }

    pub const fn client(why: &'static str) -> Self {
        Self::new("invalid_client", why)
    }
}

/// Refused by the rules, or broken inside.
#[derive(Debug)]
pub enum Stop {
    Refused(Refusal),
    Broken(Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl From<store::Error> for Stop {
    fn from(error: store::Error) -> Self {
        Self::Broken(error.into())
    }
}

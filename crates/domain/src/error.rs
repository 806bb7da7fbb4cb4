//! What a service answers when it cannot do what was asked. Modules with more to say have their own enum around this one.

use store::Failure;

/// Shared refusals. The web maps each to one status and one text; see `web::error`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database or file store failed; `store::Error::trouble` says how.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// There is no such thing, or this person must not know that there is.
    #[error("not found")]
    NotFound,
    /// The rights table says no.
    #[error("forbidden")]
    Forbidden,
    /// Fields that do not fit: (field name, text key). Shown beside the field.
    #[error("invalid input")]
    Invalid(Vec<FieldError>),
    /// Somebody else acted first: who, when.
    #[error("changed meanwhile")]
    Changed { by: String, at: i64 },
    /// The state does not allow this.
    #[error("not possible in this state")]
    State,
    /// Too often; again after this time (UTC milliseconds).
    #[error("too often")]
    TooOften { again_at: i64 },
    /// A fresh proof of the person is needed first (A17).
    #[error("step-up needed")]
    StepUp,
    /// Something inside is broken; details are in the log.
    #[error("internal: {0}")]
    Internal(&'static str),
}

/// A field and the text key of what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub field: &'static str,
    pub key: &'static str,
}

impl Error {
    pub fn field(field: &'static str, key: &'static str) -> Self {
        Self::Invalid(vec![FieldError { field, key }])
    }
}

impl Failure for Error {
    fn store(&self) -> Option<&store::Error> {
        match self {
            Self::Store(e) => Some(e),
            _ => None,
        }
    }
}

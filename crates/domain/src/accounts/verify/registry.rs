//! The population registry (CSDL quốc gia về dân cư) as this side asks it: does this card say what is registered? It compares and
//! never hands out; who asks names the procedure and the officer, because the registry keeps both. Source: N7, N16, A7.

use base::{
    ids::Uuid,
    personal_number::{PersonalNumber, Sex},
};

/// One question about one person.
#[derive(Debug, Clone)]
pub struct Question {
    /// Ours: the registry keeps it, and so do we, so that both can be put side by side.
    pub request: Uuid,
    /// The code of the procedure that it is asked for (mã dịch vụ công).
    pub procedure: String,
    /// Who asks: an officer, or the system where the person asks about themselves.
    pub officer: String,
    pub number: PersonalNumber,
    pub full_name: String,
    /// `YYYY-MM-DD`, or `YYYY` where only the year is registered.
    pub birth_date: String,
    pub sex: Option<Sex>,
}

/// What the registry says of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Match,
    Mismatch,
    /// It answered without a word about this field.
    Silent,
}

/// Its answer: nothing but verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Nobody has this number.
    Unknown,
    Known { full_name: Verdict, birth_date: Verdict, sex: Verdict },
}

/// Why there is no answer. Never a word of who was asked about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Gone, slow, or it answered something that cannot be understood: worth another try later.
    #[error("the registry cannot be asked now: {0}")]
    Away(String),
    /// It refuses us: wrong credentials, an unknown procedure, too many questions.
    #[error("the registry refuses: {0}")]
    Refused(String),
}

/// Whoever answers for the registry; the wiring puts a gateway here.
#[async_trait::async_trait]
pub trait Registry: Send + Sync {
    /// One question, one answer, within a few seconds.
    async fn compare(&self, question: &Question) -> Result<Compared, Unanswered>;
}

//! Bank accounts linked for payment (liên kết tài khoản ngân hàng, N13).
//!
//! ```text
//! a person, known by number ─▶ the bank: signs in, picks accounts, agrees ─▶ grant ─┬─ linked ─▶ removed: the bank is told by a job
//!                                                                                  └─ ended by the bank: shown, with what to do
//! ```
//!
//! What came from the bank was believed before it comes here (state, PKCE, browser: `identity::rp`); what the accounts are is asked through
//! [`Desk`]. A grant is one consent there and may cover several accounts; it ends at the bank when none of them is linked here any more
//! (docs/adr/0013). Full account numbers and balances never come in.

mod check;
mod end;
mod link;
mod rows;
mod turn;

#[cfg(test)]
mod tests;

pub use check::{Look, Seen};
pub(crate) use end::forget;
pub use end::{CHANNEL, Ending, GIVEN_UP_AFTER, ended, ending};
pub use rows::{Line, State};
pub use turn::{Walk, left, step};

use crate::{
    accounts::{Assurance, Error, Kind, Signed},
    core::Core,
    error::Error as Shared,
};
use base::keys::{Purpose, Secret};

/// Where they are shown: among all that is linked.
pub const PAGE: &str = "/tai-khoan/lien-ket";
/// Accounts of one person at most.
pub const MOST: i64 = 10;

/// One account as the bank tells of it; the number is masked, whatever the bank said.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The bank's own name of it for us, lasting and opaque.
    pub id: String,
    /// The last digits of the number, four at most.
    pub masked: String,
    pub holder: String,
    pub product: String,
    /// ISO 4217.
    pub currency: String,
    /// It may be used now.
    pub is_active: bool,
}

/// Says nothing of whose it is.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("is_active", &self.is_active).finish_non_exhaustive()
    }
}

/// Why a bank did not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// No answer in time, or none that can be used: try again later.
    #[error("the bank does not answer, or not as agreed")]
    Away,
    /// The token is not good any more.
    #[error("the consent has ended")]
    Ended,
}

/// A bank's API: the accounts that a person agreed to.
#[async_trait::async_trait]
pub trait Desk: Send + Sync {
    async fn accounts(&self, access: &Secret) -> Result<Vec<Account>, Unread>;
}

/// Why not, each with a sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Whose account it is can only be compared for who is known by number (A13).
    NotIdentified,
    /// The person agreed to no account at all.
    NoneChosen,
    /// The holder at the bank has another name than the person here.
    OtherHolder,
    /// The bank has blocked or closed it.
    NotActive,
    /// Another account of the portal has it.
    Elsewhere,
    TooMany,
    /// The bank is being asked about it at this moment.
    Asking,
}

impl Refusal {
    pub const ALL: [Self; 7] = [
        Self::NotIdentified,
        Self::NoneChosen,
        Self::OtherHolder,
        Self::NotActive,
        Self::Elsewhere,
        Self::TooMany,
        Self::Asking,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Self::NotIdentified => "bank-not-identified",
            Self::NoneChosen => "bank-none-chosen",
            Self::OtherHolder => "bank-other-holder",
            Self::NotActive => "bank-not-active",
            Self::Elsewhere => "bank-elsewhere",
            Self::TooMany => "bank-too-many",
            Self::Asking => "bank-asking",
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Bank(refusal)
    }
}

/// Who may link a bank account at all. Errors: `Forbidden` for guests, staff and who acts for another, `NotIdentified`.
pub fn require_identified(signed: &Signed) -> Result<(), Error> {
    match signed.kind {
        Kind::Citizen if signed.assurance >= Assurance::Verified => Ok(()),
        Kind::Citizen => Err(Refusal::NotIdentified.into()),
        Kind::Guest | Kind::Staff | Kind::Helper => Err(Shared::Forbidden.into()),
    }
}

/// Whether two names are one person's: banks write them without marks and in capitals.
fn same_name(one: &str, other: &str) -> bool {
    let (one, other) = (base::fold::fold(one), base::fold::fold(other));
    !one.is_empty() && one == other
}

fn account_hash(core: &Core, bank: &str, id: &str) -> Vec<u8> {
    core.keys.hash(Purpose::BankIndex, &[bank.as_bytes(), id.as_bytes()]).to_vec()
}

//! Accounts of staff (tài khoản cán bộ, A16, X6): made by an administrator of the unit, never by oneself; roles per unit; every
//! change audited with its reason.

mod change;
mod list;
pub mod policy;
pub mod sheet;
pub mod systems;
#[cfg(test)]
mod tests;

pub use change::{NewStaff, first_administrator};
pub use list::{Filter, Member, Page};

use crate::accounts::Accounts;

/// The door to staff accounts. Cheap to clone.
#[derive(Clone)]
pub struct Staff {
    accounts: Accounts,
}

impl Staff {
    pub fn new(accounts: Accounts) -> Self {
        Self { accounts }
    }
}

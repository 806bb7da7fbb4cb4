//! Verified persons (xác thực thông tin cá nhân, A7): what a card says, and what the population registry says to it.
//!
//! ```text
//! a card is shown or typed ──▶ flow `verify`: its fields are shown ──▶ «Xác thực thông tin» ─┬─ no registry: kept as read from the card
//!                                                                                         └─ asked ─┬─ all fits: verified
//!                                                                                                   ├─ it differs: nothing is kept
//!                                                                                                   └─ away: kept as read, once more later
//! ```
//!
//! The code on a card is not signed. Who shows it gets «Đã đối chiếu mã QR» and no level; «Đã xác thực» takes the registry's word. A number
//! that was only read from a card never stands in the way of who proves it.

mod ask;
pub mod held;
pub mod picture;
pub mod questions;
pub mod registry;
mod show;

pub use show::{Outcome, Pending, Said, Step};

/// What our log names as the procedure where a person asks about themselves. The registry is told the operator's code for that.
pub const OWN: &str = "xac-thuc-tai-khoan";
/// And as who asks: no officer.
pub const SELF: &str = "self";

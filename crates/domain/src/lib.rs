//! The rules: one module per service. No HTTP, no sockets.

pub mod packs;
pub mod places;

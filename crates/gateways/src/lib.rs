//! Everything outside, each behind one trait.

pub mod authorities;
pub mod banks;
mod http;
pub mod payments;
pub mod pictures;
pub mod population;
pub mod remote_signing;
/// The seeds of this crate's fuzz targets.
#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;
pub mod revocation;
pub mod sms;

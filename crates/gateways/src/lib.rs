//! Everything outside, each behind one trait.

pub mod pictures;
pub mod population;
/// The seeds of this crate's fuzz targets.
#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;
pub mod sms;
pub mod subscribers;

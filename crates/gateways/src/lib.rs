//! Everything outside, each behind one trait.

pub mod pictures;
pub mod sms;
pub mod subscribers;

//! Everything outside, each behind one trait.

pub mod pictures;
pub mod population;
pub mod sms;

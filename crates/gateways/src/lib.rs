//! Everything outside, each behind one trait.

pub mod sms;

//! The vocabulary of the platform: ids, clock, phone numbers, codes, working calendar, text folding, languages.
//! No I/O, nothing that knows a database or HTTP.

pub mod clock;
pub mod code;
pub mod geo;
pub mod i18n;
pub mod ids;
pub mod keys;
pub mod phone;
pub mod show;
pub mod text;

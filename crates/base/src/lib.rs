//! The vocabulary of the platform: ids, clock, phone numbers, codes, working calendar, text folding, languages.
//! No I/O, nothing that knows a database or HTTP.

pub mod calendar;
pub mod card;
pub mod clock;
pub mod code;
pub mod fold;
/// For the fuzzer and the replay of its seeds.
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
pub mod geo;
pub mod i18n;
pub mod ids;
pub mod keys;
pub mod organization_code;
pub mod personal_number;
pub mod phone;
pub mod show;
pub mod text;
pub mod xml;

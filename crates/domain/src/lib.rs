//! The rules: one module per service. No HTTP, no sockets.

pub mod accounts;
pub mod api_keys;
pub mod audit;
pub mod banks;
pub mod core;
pub mod documents;
pub mod dossiers;
pub mod error;
/// For the fuzzer and the replay of its seeds.
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
pub mod levels;
pub mod limits;
pub mod national;
pub mod notices;
pub mod organizations;
pub mod packs;
pub mod payments;
pub mod places;
pub mod province;
pub mod reports;
pub mod rights;
pub mod sheets;
pub mod sms;
pub mod staff;
pub mod testing;

//! The whole binary from outside: a configuration file, a process, HTTP, signals, faults. Each test has a folder, a port and a
//! database of its own. PostgreSQL is tested where `CONGDANSO_TEST_POSTGRES` names one (`make test` always does).
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod bucket;
mod disk;
mod harness;
mod hostile;
mod kill;
mod load;
mod logs;
mod people;
mod postgres;
mod refusals;
mod serve;
mod sms;
mod turn;

//! The population registry's sandbox asked by our gateway and by a client that we did not write, over real sockets (S6, N16).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod answers;
mod foreign;
mod pages;
mod refusals;
mod support;

//! The VNeID sandbox over real HTTP, with our own relying party on the other side (S4, N8, N9).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod flow;
mod refusals;
mod support;

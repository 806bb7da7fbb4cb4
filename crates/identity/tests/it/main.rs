//! The provider and the relying party over real HTTP on loopback, on both engines.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

mod answers;
mod foreign;
mod hostile_clients;
mod hostile_providers;
mod keys;
mod logout;
mod possession;
mod published_keys;
mod together;

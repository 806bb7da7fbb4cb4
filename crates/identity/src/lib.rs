//! OpenID Connect (N8): a provider as a library ([`provider`]), and the relying party ([`rp`]).
//!
//! ```text
//!  client ──push / authorize──▶ oidc_interaction: pushed ▶ open ▶ answered ▶ redeemed        (flow.rs: the table of moves)
//!                                                   │        │         └ shown again ▶ replayed: the family ends
//!  browser ◀─login, consent: the role's pages───────┘        └ refused
//!  client ──code──▶ oidc_family ─┬─ oidc_token (access)       everything that came of one code lives and dies together
//!                                └─ oidc_token (refresh) ▶ used ▶ shown again: the family ends
//!  session ends ──▶ families end, outbox `oidc-logout` ──worker──▶ every client of that session
//! ```
//!
//! * Of codes, tokens, handles, secrets and browser marks only keyed hashes stand in rows; private keys, nonces and verifiers are
//!   sealed. Times and randomness are injected. Each act is one transaction.
//! * The crate draws no page but the plain error page: the role brings who is signed in ([`provider::People`]) and its pages
//!   ([`provider::Pages`]).
//! * A person's `sub` is one per sector of clients, made with a key; it says nothing about them.
//!
//! What of the OpenID Foundation's conformance cases is covered stands in `docs/OIDC.md`.

pub mod error;
/// For the fuzzer and the replay of its seeds.
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
mod handles;
pub mod jws;
mod key_set;
pub mod outgoing;
pub mod provider;
pub mod rp;
mod signer;

use base::i18n::Lang;

/// The Fluent sources of the plain error page.
pub fn text_sources() -> Vec<(Lang, &'static str, &'static str)> {
    vec![
        (Lang::VI, "identity/vi/identity.ftl", include_str!("../texts/vi/identity.ftl")),
        (Lang::EN, "identity/en/identity.ftl", include_str!("../texts/en/identity.ftl")),
    ]
}

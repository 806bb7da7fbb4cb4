//! The other side of every gateway, for development and demos: it says on every page that it is one.
//!
//! ```text
//! let sandbox = Sandbox::start(smpp_listener, SandboxOptions::default());
//! axum::serve(http_listener, sandbox.router()).await
//! ```

pub mod authorities;
pub mod bank;
mod limits;
pub mod office;
mod pages;
pub mod people;
pub mod registry;
/// The seeds of this crate's fuzz targets.
#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;
pub mod signer;
pub mod smsc;
pub mod till;
pub mod vneid;

use base::clock::Clock;
use tokio::net::TcpListener;

use smsc::{Smsc, SmscOptions};

/// What a sandbox takes from outside.
#[derive(Clone)]
pub struct SandboxOptions {
    pub smsc: SmscOptions,
    pub clock: Clock,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self { smsc: SmscOptions::default(), clock: Clock::system() }
    }
}

/// A running sandbox. Clones are the same sandbox.
#[derive(Clone)]
pub struct Sandbox {
    smsc: Smsc,
}

impl Sandbox {
    /// Starts the SMSC on a listener of its own. Ends with [`Sandbox::shutdown`].
    pub fn start(smpp: TcpListener, options: SandboxOptions) -> Self {
        let smsc = Smsc::new(options.smsc, options.clock);
        smsc.listen(smpp);
        Self { smsc }
    }

    /// The pages and the JSON of the phone inbox, to be mounted at the root of a port of its own.
    pub fn router(&self) -> axum::Router {
        pages::router(self.smsc.clone())
    }

    /// The same with the authorities that confirm a person, whose page the first one then names.
    pub fn router_with(&self, authorities: &authorities::Authorities) -> axum::Router {
        self.router().layer(axum::Extension(authorities::Listed)).merge(authorities.router())
    }

    /// The SMSC with its inbox and fault switches.
    pub fn smsc(&self) -> &Smsc {
        &self.smsc
    }

    /// Closes the listener and every connection.
    pub fn shutdown(&self) {
        self.smsc.shutdown();
    }
}

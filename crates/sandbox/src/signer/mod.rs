//! USB ký số to try (N4, A11): an authority that gives each invented person and some invented organisations a certificate, and what the
//! software of a token does: it signs the file that one brings. It says on every page that it is a test, and no real system believes its root.
//!
//! ```text
//! GET  /            people and organisations, each with «Ký tệp» and «Thu hồi»
//! POST /ky          file → file.p7s
//! GET  /dien-thoai  what waits to be signed far away (`remote`)
//! GET  /danh-sach   the list of revoked certificates (CRL)
//! ```

mod authority;
mod organizations;
mod pages;
mod remote;

pub use authority::NoKey;
pub(crate) use authority::{Authority, Card};
pub use organizations::{Organization, invented as organizations};
pub use remote::Service;

use crate::people::Invented;
use axum::Router;
use base::clock::{Clock, Entropy};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

/// Where the list of revoked certificates is.
pub const LIST: &str = "/danh-sach";

/// What it takes from outside.
pub struct SignerOptions {
    /// Its address, without a slash at its end.
    pub address: String,
    pub people: Vec<Invented>,
    pub organizations: Vec<Organization>,
    /// Who may have something signed far away.
    pub service: Service,
    pub clock: Clock,
    pub entropy: Entropy,
}

/// Whose a token is.
enum Holder {
    Person(Invented),
    Organization(Organization),
}

struct Owner {
    holder: Holder,
    card: Card,
    is_revoked: AtomicBool,
}

impl Owner {
    fn name(&self) -> &str {
        match &self.holder {
            Holder::Person(person) => &person.name,
            Holder::Organization(organization) => &organization.name,
        }
    }

    /// Personal number or code, as the page shows it.
    fn number(&self) -> &str {
        match &self.holder {
            Holder::Person(person) => person.number.expose(),
            Holder::Organization(organization) => organization.code.as_str(),
        }
    }

    /// Signing far away is a person's.
    fn has_phone(&self, number: &str) -> bool {
        matches!(&self.holder, Holder::Person(person) if person.number.expose() == number)
    }
}

/// The authority with everybody's tokens. Cheap to clone.
#[derive(Clone)]
pub struct Signer(Arc<Inner>);

struct Inner {
    authority: Authority,
    owners: Vec<Owner>,
    service: Service,
    asked: Mutex<Vec<remote::Asked>>,
    clock: Clock,
    entropy: Entropy,
}

impl Signer {
    /// Errors: `NoKey`.
    pub fn start(options: SignerOptions) -> Result<Self, NoKey> {
        let SignerOptions { address, people, organizations, service, clock, entropy } = options;
        let authority = Authority::new(format!("{address}{LIST}"), &clock, entropy.clone())?;
        let owner = |holder: Holder| {
            // In capitals, as in real certificates.
            let (number, name, above) = match &holder {
                Holder::Person(person) => (format!("CCCD:{}", person.number.expose()), person.name.to_uppercase(), ""),
                Holder::Organization(one) => (one.uid(), one.name.to_uppercase(), one.above.as_str()),
            };
            let card = authority.issue(&number, &name, above, clock.now())?;
            Ok(Owner { holder, card, is_revoked: AtomicBool::new(false) })
        };
        let holders = people.into_iter().map(Holder::Person);
        let holders = holders.chain(organizations.into_iter().map(Holder::Organization));
        let owners = holders.map(owner).collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Inner { authority, owners, service, asked: Mutex::default(), clock, entropy })))
    }

    /// The root, for whoever configures the other side.
    pub fn root(&self) -> &[u8] {
        self.0.authority.root()
    }

    pub fn router(&self) -> Router {
        pages::router(self.clone())
    }

    /// What somebody's token makes of a file; `None`: there is no such token.
    pub fn sign(&self, at: usize, file: &[u8]) -> Option<Vec<u8>> {
        self.0.owners.get(at).map(|owner| self.0.authority.sign(&owner.card, file))
    }

    fn revoke(&self, at: usize, is_revoked: bool) {
        if let Some(owner) = self.0.owners.get(at) {
            owner.is_revoked.store(is_revoked, Ordering::Relaxed);
        }
    }

    fn list(&self) -> Vec<u8> {
        let revoked = self.0.owners.iter().filter(|owner| owner.is_revoked.load(Ordering::Relaxed));
        self.0.authority.list(revoked.map(|owner| &owner.card), self.0.clock.now())
    }
}

//! Hệ thống khác to try (S2): a register of documents of nobody, into which a province's staff sign in through their console. It is a relying
//! party over HTTP like any other system: it begins the sign-in itself, believes what comes back, keeps a session of its own, and ends it when
//! the console says that the work is over. It says on every page that it is a test.
//!
//! ```text
//! GET  /            the documents, for who is signed in; else how to come in
//! GET  /dang-nhap   to the console (the tile leads here, with `iss`)
//! GET  /ve          back from there
//! POST /dang-xuat   out of this system alone
//! POST /ket-thuc    the console: this session is over (back-channel logout)
//! ```

mod pages;
mod sessions;

use axum::Router;
use base::{
    clock::{Clock, Entropy},
    keys::{Keys, Secret},
};
use identity::{
    outgoing::Trouble,
    rp::{ClientAuth, Config, Rp},
};
use sessions::Open;
use std::{path::PathBuf, sync::Arc};
use store::Store;

/// Where the console is told to begin, to come back to, and to say that a session is over; under its own address.
pub const START: &str = "/dang-nhap";
pub const BACK: &str = "/ve";
pub const ENDED: &str = "/ket-thuc";

/// Everybody at the console proved two factors; who did not is not let in here.
const LEVEL: &str = "two-factor";

/// What it takes from outside.
pub struct OfficeOptions {
    /// Its address, without a slash at its end.
    pub address: String,
    /// A folder of its own.
    pub data: PathBuf,
    /// The console's provider, the name and the secret that it was connected with.
    pub issuer: String,
    pub client_id: String,
    pub secret: Secret,
    /// Where the tiles are.
    pub tiles: String,
    pub keys: Keys,
    pub clock: Clock,
    pub entropy: Entropy,
}

#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    #[error("its folder: {0}")]
    Folder(#[from] std::io::Error),
    #[error("its database: {0}")]
    Store(#[from] store::Error),
    #[error("outgoing requests: {0}")]
    Outgoing(#[from] Trouble),
}

/// The system, running. Cheap to clone.
#[derive(Clone)]
pub struct Office(Arc<Inner>);

struct Inner {
    rp: Rp,
    issuer: String,
    tiles: String,
    open: Arc<Open>,
    clock: Clock,
    entropy: Entropy,
    keys: Keys,
    store: Store,
}

impl Office {
    /// Opens its database; the console is asked for the first time when somebody comes.
    pub async fn start(options: OfficeOptions) -> Result<Self, NotStarted> {
        std::fs::create_dir_all(&options.data)?;
        let file = options.data.join("office.sqlite");
        let store = Store::open(&format!("sqlite:{}", file.display()), store::Options::default()).await?;
        let back = format!("{}{BACK}", options.address);
        let own = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), (*name).to_owned())).collect();
        let auth = ClientAuth::SecretBasic(options.secret);
        let config = Config {
            scopes: vec!["staff".into()],
            levels: vec![LEVEL.into()],
            acr_map: own(&[LEVEL]),
            claim_map: own(&["name", "unit", "unit_name", "roles"]),
            // The console of a demo or a test: plain HTTP on this machine.
            allow_private: true,
            ..Config::new("ban-lam-viec", &options.issuer, &options.client_id, auth, &back)
        };
        let (clock, entropy, keys) = (options.clock, options.entropy, options.keys);
        let rp = Rp::new(store.clone(), clock.clone(), entropy.clone(), keys.clone(), config)?;
        let open = Arc::default();
        let (issuer, tiles) = (options.issuer, options.tiles);
        Ok(Self(Arc::new(Inner { rp, issuer, tiles, open, clock, entropy, keys, store })))
    }

    /// To be mounted at the root of its own origin.
    pub fn router(&self) -> Router {
        pages::router(self.clone())
    }
}

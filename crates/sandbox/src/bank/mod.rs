//! A stand-in for a bank with an open API (N13): invented people sign in, pick accounts and agree; whoever asks with the token of that consent is
//! told of those accounts and no others. It says on every page that it is no real bank, and looks like none.
//!
//! Signing in and consent are OAuth 2.0 and OpenID Connect with PKCE and pushed requests, by the same library as every provider here. Each of a
//! person's accounts is a name that is ticked or not ([`SLOTS`]), so that consent, tokens and taking it back are the library's. People sign in
//! with number and password alone: a real bank asks for more, and how is its own to decide.
//!
//! ```text
//! let bank = Bank::start(options).await?;
//! let client = bank.client();                  // for whoever configures the other side
//! axum::serve(listener, bank.router()).await
//! ```

mod api;
mod pages;
mod people;
mod role;

use crate::{
    people::{NotInvented, Resident},
    vneid::{people::invented, sessions::Sessions},
};
pub use api::ACCOUNTS;
use base::{
    clock::{Clock, DAY, Entropy, MINUTE},
    i18n::{Lang, Texts},
    keys::{Keys, Secret},
};
use identity::{
    error::Error,
    outgoing::Trouble,
    provider::{Auth, BadClient, Lifetimes, NewClient, Parts, Provider, Scope, Settings},
};
pub use people::{Account, Holder, SLOTS};
use role::{Drawn, Role};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use store::Store;
use tokio_util::sync::CancellationToken;

/// The scope that stands for a person's accounts.
pub const SCOPE: &str = "accounts";
/// As its pages call it.
pub const NAME: &str = "Ngân hàng Hư Cấu";
const TURN: Duration = Duration::from_secs(1);
/// Every so many turns keys are turned and what is over is forgotten.
const SWEEP: u64 = 60;

/// What the sandbox takes from outside.
pub struct BankOptions {
    /// The address that clients know it by, without a slash at its end.
    pub issuer: String,
    /// The folder of its database.
    pub data: PathBuf,
    pub keys: Keys,
    /// Everybody's.
    pub password: Secret,
    /// People whom the demo knows already; the same residents and seed make the same people as in the VNeID sandbox.
    pub residents: Vec<Resident>,
    pub seed: u64,
    pub service: Service,
    pub clock: Clock,
    pub entropy: Entropy,
}

/// The system that asks for accounts: the national portal.
#[derive(Debug, Clone)]
pub struct Service {
    pub id: String,
    /// What people read when they are asked for consent.
    pub name: String,
    /// Its front page.
    pub home: String,
    pub redirect_uri: String,
}

/// What it needs to know of itself here: a secret that is new at each start.
#[derive(Debug, Clone)]
pub struct Registered {
    pub id: String,
    pub secret: Secret,
}

/// What goes wrong at present, with everything that systems ask; people's pages go on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// Answers come so much later.
    Slow(Duration),
    /// It says to be out of order.
    Down,
    /// Accounts are another holder's.
    OtherHolder,
    /// Accounts are blocked.
    Blocked,
}

/// Why it did not start.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    #[error("its folder: {0}")]
    Folder(#[from] std::io::Error),
    #[error("its database: {0}")]
    Store(#[from] store::Error),
    #[error("the provider: {0}")]
    Provider(#[from] Error),
    #[error("outgoing requests: {0}")]
    Outgoing(#[from] Trouble),
    #[error("its client: {0}")]
    Client(BadClient),
    #[error("its texts: {0}")]
    Texts(String),
    #[error(transparent)]
    People(#[from] NotInvented),
}

/// What every handler shares.
#[derive(Clone)]
struct Site {
    role: Arc<Role>,
    provider: Provider,
}

/// A running bank; ends with [`Bank::shutdown`].
pub struct Bank {
    site: Site,
    client: Registered,
    stop: CancellationToken,
}

impl Bank {
    /// Opens its database, registers the client and begins the background work.
    pub async fn start(options: BankOptions) -> Result<Self, NotStarted> {
        std::fs::create_dir_all(&options.data)?;
        let file = options.data.join("bank.sqlite");
        let store = Store::open(&format!("sqlite:{}", file.display()), store::Options::default()).await?;
        let settings = Settings {
            scopes: vec![Scope { name: SCOPE, claims: &SLOTS }],
            // A consent is for months; who does not use it for that long asks anew.
            lifetimes: Lifetimes { offline: 180 * DAY, access: 5 * MINUTE, ..Lifetimes::default() },
            // The other side of a demo or a test: plain HTTP on this machine.
            allow_private: true,
            ..Settings::new(&options.issuer)
        };
        let is_https = settings.issuer.starts_with("https://");
        let role = Arc::new(Role {
            store: store.clone(),
            clock: options.clock.clone(),
            entropy: options.entropy.clone(),
            holders: people::holders(invented(&options.residents, options.seed, &options.keys)?, options.seed),
            keys: options.keys.clone(),
            password: options.password,
            service: options.service.clone(),
            is_https,
            sessions: Sessions::default(),
            passwords: crate::limits::Limit::new(10, 15 * MINUTE),
            fault: Mutex::default(),
        });
        let provider = Provider::new(Parts {
            store,
            clock: options.clock,
            entropy: options.entropy,
            keys: options.keys,
            texts: Arc::new(texts()?),
            settings,
            people: role.clone(),
            pages: Arc::new(Drawn(role.clone())),
        })?;
        provider.rotate_keys().await?;
        let client = register(&provider, options.service).await?;
        let site = Site { role, provider };
        let stop = CancellationToken::new();
        tokio::spawn(work(site.clone(), stop.clone()));
        Ok(Self { site, client, stop })
    }

    /// Everything, to be mounted at the root of its own origin.
    pub fn router(&self) -> axum::Router {
        let asked = self.site.provider.router().merge(api::router(self.site.clone()));
        let faulty = axum::middleware::from_fn_with_state(self.site.clone(), api::fault);
        asked.layer(faulty).merge(pages::router(self.site.clone()))
    }

    /// Its client with its secret.
    pub fn client(&self) -> &Registered {
        &self.client
    }

    pub fn holders(&self) -> &[Holder] {
        &self.site.role.holders
    }

    pub fn set_fault(&self, fault: Fault) {
        self.site.role.set_fault(fault);
    }

    /// Ends the background work.
    pub fn shutdown(&self) {
        self.stop.cancel();
    }
}

impl Role {
    fn fault(&self) -> Fault {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_fault(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }
}

fn texts() -> Result<Texts, NotStarted> {
    let mut sources = identity::text_sources();
    // The one page that the library draws says what this is, too.
    sources.push((Lang::VI, "sandbox/vi/bank.ftl", include_str!("../../texts/vi/bank.ftl")));
    sources.push((Lang::EN, "sandbox/en/bank.ftl", include_str!("../../texts/en/bank.ftl")));
    Texts::load(sources).map_err(|errors| NotStarted::Texts(errors.join("; ")))
}

async fn register(provider: &Provider, service: Service) -> Result<Registered, NotStarted> {
    let id = service.id;
    let new = NewClient {
        scopes: vec!["openid".into(), "offline_access".into(), SCOPE.into()],
        claims: SLOTS.map(str::to_owned).to_vec(),
        must_push: true,
        may_refresh: true,
        ..NewClient::new(&id, &service.name, Auth::ClientSecretBasic, &service.redirect_uri)
    };
    match provider.put_client(new).await? {
        Ok(Some(secret)) => Ok(Registered { id, secret }),
        Ok(None) => Err(Error::Internal("a client without a secret").into()),
        Err(why) => Err(NotStarted::Client(why)),
    }
}

/// Turns keys and forgets what is over, until told to stop.
async fn work(site: Site, stop: CancellationToken) {
    for turn in 0u64.. {
        if let Err(error) = one_turn(&site, turn.is_multiple_of(SWEEP)).await {
            tracing::error!(%error, "work of the bank sandbox failed; it is tried again");
        }
        tokio::select! {
            () = tokio::time::sleep(TURN) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn one_turn(site: &Site, sweep: bool) -> Result<(), Error> {
    let Site { role, provider } = site;
    for session in role.sessions.ending(role.clock.now()) {
        role.end(session, provider.session_end(session)).await?;
    }
    if sweep {
        provider.rotate_keys().await?;
        provider.sweep().await?;
        role.passwords.sweep(role.clock.now());
    }
    Ok(())
}

//! A stand-in for the national sign-in VNeID (S4): an OpenID provider of its own with invented people, who sign in with number,
//! password and a code by SMS. It speaks the national side's claims and levels, and says on every page that it is not VNeID.
//!
//! ```text
//! let vneid = Vneid::start(options, sandbox.smsc().clone()).await?;
//! let client = vneid.services();               // for whoever configures the other side
//! axum::serve(listener, vneid.router()).await
//! ```
//!
//! Keys, consents and tokens are rows of a database of its own; sessions, codes and limits are in memory.

mod doors;
mod pages;
pub(crate) mod people;
pub(crate) mod role;
pub(crate) mod sessions;
mod sign_in;

use crate::{
    people::{NotInvented, Resident},
    smsc::Smsc,
};
use base::{
    clock::{Clock, Entropy},
    i18n::{Lang, Texts},
    keys::{Keys, Secret},
};
use identity::{
    error::Error,
    outgoing::Trouble,
    provider::{Auth, BadClient, NewClient, Parts, Provider, Scope, Settings},
};
pub use people::Person;
use role::{Drawn, LEVELS, Role};
use sign_in::Site;
use std::{path::PathBuf, sync::Arc, time::Duration};
use store::Store;
use tokio_util::sync::CancellationToken;

/// The scope that stands for all claims.
pub const SCOPE: &str = "citizen";
/// Between two looks for logouts to deliver.
const TURN: Duration = Duration::from_secs(1);
/// Every so many turns keys are turned and what is over is forgotten.
const SWEEP: u64 = 60;

/// What the sandbox takes from outside.
pub struct VneidOptions {
    /// The address that clients know it by, without a slash at its end.
    pub issuer: String,
    /// The folder of its database.
    pub data: PathBuf,
    pub keys: Keys,
    /// Everybody's.
    pub password: Secret,
    /// People whom the demo knows already.
    pub residents: Vec<Resident>,
    /// The same seed and residents invent the same people.
    pub seed: u64,
    pub services: Vec<Service>,
    /// Where the messages of its phones can be read.
    pub inbox: Option<String>,
    pub clock: Clock,
    pub entropy: Entropy,
}

/// A system that people sign in to through this.
#[derive(Debug, Clone)]
pub struct Service {
    pub id: String,
    /// What people read when they are asked for consent.
    pub name: String,
    /// Its front page.
    pub home: String,
    pub redirect_uri: String,
    pub post_logout_uri: Option<String>,
    pub backchannel_logout_uri: Option<String>,
}

/// What a service needs to know of itself here: a secret that is new at each start.
#[derive(Debug, Clone)]
pub struct Registered {
    pub id: String,
    pub secret: Secret,
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
    #[error("the service {id}: {why}")]
    Service { id: String, why: BadClient },
    #[error("its texts: {0}")]
    Texts(String),
    #[error(transparent)]
    People(#[from] NotInvented),
}

/// A running sandbox; ends with [`Vneid::shutdown`].
pub struct Vneid {
    site: Site,
    issuer: String,
    services: Vec<Registered>,
    stop: CancellationToken,
}

impl Vneid {
    /// Opens its database, registers the services and begins the background work.
    pub async fn start(options: VneidOptions, smsc: Smsc) -> Result<Self, NotStarted> {
        std::fs::create_dir_all(&options.data)?;
        let file = options.data.join("vneid.sqlite");
        let store = Store::open(&format!("sqlite:{}", file.display()), store::Options::default()).await?;
        let settings = Settings {
            scopes: vec![Scope { name: SCOPE, claims: &people::CLAIMS }],
            acr: LEVELS.to_vec(),
            // The other side of a demo or a test: plain HTTP on this machine.
            allow_private: true,
            ..Settings::new(&options.issuer)
        };
        let issuer = settings.issuer.clone();
        let role = Arc::new(Role {
            store: store.clone(),
            clock: options.clock.clone(),
            entropy: options.entropy.clone(),
            people: people::invented(&options.residents, options.seed, &options.keys)?,
            services: options.services.iter().map(link).collect(),
            keys: options.keys.clone(),
            password: options.password,
            smsc,
            inbox: options.inbox,
            is_https: issuer.starts_with("https://"),
            since: options.clock.now(),
            doors: doors::Doors::default(),
            sessions: sessions::Sessions::default(),
            limits: role::Limits::default(),
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
        let mut services = Vec::new();
        for service in options.services {
            services.push(register(&provider, service).await?);
        }
        let site = Site { role, provider };
        let stop = CancellationToken::new();
        tokio::spawn(work(site.clone(), stop.clone()));
        Ok(Self { site, issuer, services, stop })
    }

    /// Everything, to be mounted at the root of its own origin.
    pub fn router(&self) -> axum::Router {
        self.site.provider.router().merge(sign_in::router(self.site.clone()))
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The services with their secrets, in the order in which they were given.
    pub fn services(&self) -> &[Registered] {
        &self.services
    }

    pub fn people(&self) -> &[Person] {
        &self.site.role.people
    }

    /// Ends the background work.
    pub fn shutdown(&self) {
        self.stop.cancel();
    }
}

fn link(service: &Service) -> pages::ServiceLink {
    pages::ServiceLink { name: service.name.clone(), home: service.home.clone() }
}

fn texts() -> Result<Texts, NotStarted> {
    let mut sources = identity::text_sources();
    // The one page that the library draws says what this is, too.
    sources.push((Lang::VI, "sandbox/vi/vneid.ftl", include_str!("../../texts/vi/vneid.ftl")));
    sources.push((Lang::EN, "sandbox/en/vneid.ftl", include_str!("../../texts/en/vneid.ftl")));
    Texts::load(sources).map_err(|errors| NotStarted::Texts(errors.join("; ")))
}

async fn register(provider: &Provider, service: Service) -> Result<Registered, NotStarted> {
    let id = service.id;
    let new = NewClient {
        scopes: vec!["openid".into(), SCOPE.into()],
        claims: people::CLAIMS.map(str::to_owned).to_vec(),
        post_logout_uris: service.post_logout_uri.into_iter().collect(),
        backchannel_logout_uri: service.backchannel_logout_uri,
        // Provinces of a demo share a host; each knows a person by a name of its own all the same.
        sector: Some(id.clone()),
        ..NewClient::new(&id, &service.name, Auth::ClientSecretBasic, &service.redirect_uri)
    };
    match provider.put_client(new).await? {
        Ok(Some(secret)) => Ok(Registered { id, secret }),
        Ok(None) => Err(Error::Internal("a client without a secret").into()),
        Err(why) => Err(NotStarted::Service { id, why }),
    }
}

/// Tells clients of ended sessions, turns keys and forgets what is over, until told to stop.
async fn work(site: Site, stop: CancellationToken) {
    let mut failures = 0u32;
    for turn in 0u64.. {
        match one_turn(&site, turn.is_multiple_of(SWEEP)).await {
            Ok(()) => failures = 0,
            Err(error) => {
                failures += 1;
                if failures.is_power_of_two() {
                    tracing::error!(%error, failures, "work of the VNeID sandbox failed; it is tried again");
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(TURN) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn one_turn(site: &Site, sweep: bool) -> Result<(), Error> {
    let Site { role, provider } = site;
    for session in role.sessions.ending(role.now()) {
        role.end(session, provider.session_end(session)).await?;
    }
    provider.deliver_logouts("vneid", 20).await?;
    if sweep {
        provider.rotate_keys().await?;
        provider.sweep().await?;
        let now = role.now();
        role.doors.sweep(now);
        for limit in [&role.limits.passwords, &role.limits.messages, &role.limits.codes] {
            limit.sweep(now);
        }
    }
    Ok(())
}

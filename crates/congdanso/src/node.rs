//! One province of this process: database, files, rules, pages, worker, gateway, put together.

use crate::{
    authorities::{Addresses, Asked},
    banks::Counter,
    dossiers::Portal,
    files::Place,
    payments,
    population::Way,
    sign_in::Door,
    signatures,
    worker::{self, Worker},
};
use anyhow::{Context, bail};
use base::{
    clock::{Clock, Entropy},
    i18n::Texts,
    keys::Keys,
};
use domain::{
    accounts::Accounts,
    core::{Core, Settings},
    packs::Pack,
    province,
};
use gateways::{
    remote_signing,
    sms::{
        NoSms, Receipt, SmsGateway,
        smpp::{Long, Session, SessionOptions, SmppConfig},
    },
};
use metrics_exporter_prometheus::PrometheusHandle;
use std::{
    path::Path,
    sync::{Arc, atomic::AtomicBool},
};
use store::{Options, Sql, Store};
use tokio::sync::mpsc;
use web::{HttpSettings, Parts, Web};

/// What a node is made from; filled from the configuration or by the demo.
pub struct Plan {
    pub database_url: String,
    pub connections: u32,
    pub files: Place,
    pub pack: Pack,
    pub keys: Keys,
    pub settings: Settings,
    pub http: HttpSettings,
    pub sms: Option<SmppConfig>,
    /// Where people may come from.
    pub sign_in: Vec<Door>,
    /// Who compares what people say of themselves.
    pub population: Option<Way>,
    /// Who confirms people at the national portal (N2, N3).
    pub authorities: Addresses,
    /// Whose certificates of persons are believed (N4); none: there is no such way.
    pub signers: Vec<signing::Authority>,
    /// Who signs far away for them.
    pub remote_signing: Option<remote_signing::Config>,
    /// Banks whose accounts people may link at the national portal (N13).
    pub banks: Vec<Counter>,
    /// Over which gateway fees are paid there (P2).
    pub payment: Option<gateways::payments::Config>,
}

/// A province, ready to serve and to work.
pub struct Node {
    pub web: Web,
    gateway: Arc<dyn SmsGateway>,
    session: Option<Arc<Session>>,
    receipts: Option<mpsc::Receiver<Receipt>>,
    /// The operator takes long texts in one submit.
    long_in_one: bool,
    /// Where states of dossiers are told (N14).
    tells: Option<Portal>,
}

/// Reads a pack and lists all its faults.
pub fn load_pack(folder: &Path) -> anyhow::Result<Pack> {
    Pack::load(folder).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(|e| format!("  {e}")).collect();
        anyhow::anyhow!("the province pack {} has {} faults:\n{}", folder.display(), errors.len(), lines.join("\n"))
    })
}

/// Opens database and files and makes the core. `clock`: the machine's, or a fixed one for making demo data.
pub async fn open_core(plan: &Plan, clock: Clock, entropy: Entropy) -> anyhow::Result<Core> {
    let options = Options { connections: plan.connections, ..Options::default() };
    let store = Store::open(&plan.database_url, options).await.context("the database cannot be opened")?;
    core_on(plan, store, clock, entropy).await
}

/// The same on a store that is open already.
pub async fn core_on(plan: &Plan, store: Store, clock: Clock, entropy: Entropy) -> anyhow::Result<Core> {
    let files = plan.files.open()?;
    let mut sources = domain::core::text_sources();
    sources.extend(web::text_sources());
    let own = plan.pack.texts.clone();
    sources.extend(own.iter().map(|(lang, text)| (*lang, "the pack's texts", text.as_str())));
    let texts = Texts::load(sources).map_err(|e| anyhow::anyhow!("texts are broken: {}", e.join("; ")))?;
    let province = province::load(&store, plan.pack.clone(), &clock, &entropy).await?;
    Ok(Core::new(store, files, clock, entropy, plan.keys.clone(), Arc::new(texts), plan.settings.clone(), province))
}

impl Node {
    pub async fn start(plan: Plan, metrics: PrometheusHandle) -> anyhow::Result<Self> {
        let core = open_core(&plan, Clock::system(), Entropy::system()).await?;
        refuse_demo(&core.store, plan.settings.demo).await?;
        Self::on(core, plan, metrics)
    }

    /// On a core that exists already (the demo fills one first).
    pub fn on(core: Core, plan: Plan, metrics: PrometheusHandle) -> anyhow::Result<Self> {
        let asked = Arc::new(Asked::new(plan.authorities)?);
        let core = core.with(|parts| parts.authorities = asked);
        let accounts = Accounts::new(core.clone()).map_err(|e| anyhow::anyhow!("accounts: {e}"))?;
        let long_in_one = plan.sms.as_ref().is_some_and(|sms| sms.long == Long::Payload);
        let (gateway, session, receipts): (Arc<dyn SmsGateway>, _, _) = match plan.sms {
            None => (Arc::new(NoSms), None, None),
            Some(config) => {
                let options =
                    SessionOptions { clock: core.clock.clone(), entropy: core.entropy.clone(), ..Default::default() };
                let (session, receipts) = Session::start(config, options).map_err(|errors| {
                    let all: Vec<String> = errors.iter().map(|e| format!("sms.{}: {}", e.field, e.problem)).collect();
                    anyhow::anyhow!("{}", all.join("\n"))
                })?;
                let session = Arc::new(session);
                (session.clone() as Arc<dyn SmsGateway>, Some(session), Some(receipts))
            }
        };
        let portal = plan.sign_in.iter().find(|door| door.dossier_states.is_some()).map(|door| door.name.clone());
        let tells = plan.sign_in.iter().map(Portal::of).collect::<anyhow::Result<Vec<_>>>()?;
        let tells = tells.into_iter().flatten().next();
        let providers = plan.sign_in.into_iter().map(|door| door.open(&core)).collect::<anyhow::Result<Vec<_>>>()?;
        let is_national = core.province().pack.province.is_national();
        if !is_national && !plan.banks.is_empty() {
            bail!("[[bank]]: accounts at banks are linked at the national portal alone");
        }
        let banks = plan.banks.into_iter().map(|bank| bank.open(&core)).collect::<anyhow::Result<Vec<_>>>()?;
        if !is_national && plan.payment.is_some() {
            bail!("[payment]: fees are paid at the national portal alone");
        }
        let till = plan.payment.map(|config| payments::open(config, &core)).transpose()?;
        let registry = plan.population.map(Way::open).transpose()?;
        let signatures = signatures::verifier(plan.signers, &core)?;
        let remote = signatures::remote(plan.remote_signing)?;
        let shown = gateway.clone();
        let parts = Parts {
            core,
            accounts,
            providers,
            banks,
            till,
            registry,
            signatures,
            remote,
            issuer: None,
            http: plan.http,
            tells_portal: tells.is_some(),
            portal,
            sms_status: Some(Arc::new(move || serde_json::to_value(shown.status()).unwrap_or_default())),
            metrics,
            closing: Arc::new(AtomicBool::new(false)),
        };
        let web = match is_national {
            true => web::national::open(parts).context("the portal's provider cannot be opened")?,
            false => web::open(parts).context("the province's provider cannot be opened")?,
        };
        Ok(Self { web, gateway, session, receipts, long_in_one, tells })
    }

    pub fn router(&self) -> axum::Router {
        match self.web.is_national() {
            true => web::national_router(self.web.clone()),
            false => web::router(self.web.clone()),
        }
    }

    /// Starts the background work; it ends when `stop` is cancelled.
    pub fn work(&mut self, stop: tokio_util::sync::CancellationToken) -> tokio::task::JoinSet<()> {
        let worker = Worker::new(self.web.core.clone(), self.gateway.clone(), self.long_in_one)
            .sweeping(
                self.web.providers.iter().map(|p| &p.rp).chain(self.web.banks.iter().map(|b| &b.rp)).cloned().collect(),
            )
            .providing(self.web.clone())
            .telling(self.tells.clone());
        worker::start(worker, self.receipts.take(), stop)
    }

    /// Unbinds from the operator; what is under way gets its answer.
    pub async fn close(self) {
        if let Some(session) = self.session {
            session.shutdown().await;
        }
    }
}

/// A database with demo data is never served as a real one, nor the other way round.
pub async fn refuse_demo(store: &Store, demo: bool) -> anyhow::Result<()> {
    let marked: Option<String> = Sql::new("SELECT value FROM setting WHERE key = 'demo'").scalar(store.read()).await?;
    match (marked.is_some(), demo) {
        (true, false) => bail!("this database holds demo data; `serve` needs one of its own"),
        (false, true) => bail!("this database holds no demo data; `demo` never touches a real one"),
        _ => Ok(()),
    }
}

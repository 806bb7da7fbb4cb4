//! The server under test: this same binary as a child, with the real router, the worker and fsync; and what it costs.

use super::BenchArgs;
use crate::{
    authorities::Addresses,
    config::{Passwords, read_master_key, write_master_key},
    files::Place,
    node::{self, Node, Plan},
    serve,
};
use anyhow::{Context, bail};
use base::{
    clock::{Clock, Entropy},
    keys::Keys,
};
use domain::core::{Core, Settings};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use store::{Options, Store};
use tokio::process::{Child, Command};
use web::HttpSettings;

/// The child is told its database here and not on its command line, where everybody could read a password.
const DATABASE: &str = "CONGDANSO_BENCH_DATABASE";
const SCHEMA: &str = "CONGDANSO_BENCH_SCHEMA";
/// A server that does not answer by then is broken.
const START: Duration = Duration::from_secs(30);

/// What is measured.
#[derive(Debug, Clone)]
pub struct Subject {
    pub name: &'static str,
    pub url: String,
    pub schema: Option<String>,
    pub data: PathBuf,
    pub pack: PathBuf,
}

impl Subject {
    fn plan(&self, port: u16) -> anyhow::Result<Plan> {
        std::fs::create_dir_all(&self.data).with_context(|| format!("{} cannot be made", self.data.display()))?;
        let key = self.data.join("master-key");
        if !key.exists() {
            write_master_key(&key)?;
        }
        let passwords = Passwords::default();
        Ok(Plan {
            database_url: self.url.clone(),
            connections: 0,
            files: Place::Folder(self.data.join("files")),
            pack: node::load_pack(&self.pack)?,
            keys: Keys::new(&read_master_key(&key).map_err(anyhow::Error::msg)?),
            settings: Settings {
                origin: format!("http://127.0.0.1:{port}"),
                argon2: (passwords.memory_kib, passwords.passes, passwords.lanes),
                hashers: passwords.at_once,
                ..Settings::default()
            },
            // So that log-ins can come from many addresses.
            http: HttpSettings { trusted_proxies: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)], ..HttpSettings::default() },
            sms: None,
            sign_in: Vec::new(),
            population: None,
            authorities: Addresses::default(),
            signers: Vec::new(),
            remote_signing: None,
            banks: Vec::new(),
            payment: None,
        })
    }

    /// A core on this database, for filling it and for opening sessions.
    pub async fn core(&self, port: u16) -> anyhow::Result<(Core, Plan)> {
        let plan = self.plan(port)?;
        let options = Options { schema: self.schema.clone(), ..Options::default() };
        let store = Store::open(&self.url, options).await.with_context(|| format!("{} cannot be opened", self.name))?;
        let core = node::core_on(&plan, store, Clock::system(), Entropy::system()).await?;
        Ok((core, plan))
    }
}

/// The child: serves until it is told to end.
pub async fn run_child(args: &BenchArgs, port: u16) -> anyhow::Result<()> {
    let subject = Subject {
        name: "child",
        url: std::env::var(DATABASE).context(DATABASE)?,
        schema: std::env::var(SCHEMA).ok(),
        data: args.data.clone().context("--data")?,
        pack: args.pack.clone(),
    };
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let stop = serve::stop_signal();
    let (core, plan) = subject.core(port).await?;
    let mut node = Node::on(core, plan, crate::commands::metrics()?)?;
    let mut work = node.work(stop.clone());
    serve::serve(listener, node.router(), stop).await;
    while work.join_next().await.is_some() {}
    node.close().await;
    Ok(())
}

/// A running child.
pub struct Server {
    child: Child,
    pub at: SocketAddr,
    /// From the start of the process to its first answer.
    pub started: Duration,
}

impl Server {
    pub async fn start(subject: &Subject) -> anyhow::Result<Self> {
        // Free a moment ago; nobody else takes ports here.
        let port = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["bench", "--serve-on", &port.to_string(), "--data"])
            .arg(&subject.data)
            .arg("--pack")
            .arg(&subject.pack)
            .env(DATABASE, &subject.url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        match &subject.schema {
            Some(schema) => command.env(SCHEMA, schema),
            None => command.env_remove(SCHEMA),
        };
        let start = Instant::now();
        let mut child = command.spawn().context("the server cannot be started")?;
        let ready = super::http::get("/readyz", super::http::As::Nobody);
        loop {
            let answer = super::http::Conn::new(at).ask(&ready).await.is_ok_and(|a| a.status == 200);
            if answer {
                return Ok(Self { child, at, started: start.elapsed() });
            }
            if let Some(status) = child.try_wait()? {
                bail!("the server ended by itself: {status}");
            }
            if start.elapsed() > START {
                bail!("the server did not answer within {} s", START.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub fn memory(&self) -> Memory {
        self.child.id().map(Memory::of).unwrap_or_default()
    }

    /// Waits until the server has nothing left to do by itself, `most` at the longest.
    pub async fn settle(&self, most: Duration) {
        let end = Instant::now() + most;
        let mut quiet = 0;
        while quiet < 3 && Instant::now() < end {
            let before = self.cpu().0;
            tokio::time::sleep(Duration::from_secs(2)).await;
            quiet = if self.cpu().0.saturating_sub(before) < Duration::from_millis(100) { quiet + 1 } else { 0 };
        }
    }

    /// From now on «most» counts from now.
    pub fn forget_peak(&self) {
        if let Some(id) = self.child.id() {
            let _ = std::fs::write(Path::new("/proc").join(id.to_string()).join("clear_refs"), "5");
        }
    }

    /// Processor time so far: of the server, and of this process.
    pub fn cpu(&self) -> (Duration, Duration) {
        (self.child.id().map(cpu).unwrap_or_default(), cpu(std::process::id()))
    }

    /// Asks it to end and waits.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(id) = self.child.id() {
            Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
        }
        match tokio::time::timeout(Duration::from_secs(20), self.child.wait()).await {
            Ok(ended) => _ = ended?,
            Err(_) => self.child.kill().await?,
        }
        Ok(())
    }
}

/// Processor time of a process, all its threads.
fn cpu(id: u32) -> Duration {
    let text = std::fs::read_to_string(Path::new("/proc").join(id.to_string()).join("stat")).unwrap_or_default();
    // After the name in brackets: user and system time are the 12th and 13th field, in hundredths of a second on Linux.
    let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|f| f.parse::<u64>().ok()).sum::<u64>();
    Duration::from_millis(ticks * 10)
}

/// Memory of a process in MB, as the kernel tells.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    pub now: f64,
    /// The most there ever was.
    pub most: f64,
    /// Of `now`: not backed by files.
    pub own: f64,
}

impl Memory {
    fn of(id: u32) -> Self {
        let text = std::fs::read_to_string(Path::new("/proc").join(id.to_string()).join("status")).unwrap_or_default();
        let mb = |name: &str| {
            let line = text.lines().find_map(|l| l.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().and_then(|n| n.parse::<f64>().ok()).unwrap_or_default() / 1024.0
        };
        Self { now: mb("VmRSS:"), most: mb("VmHWM:"), own: mb("RssAnon:") }
    }
}

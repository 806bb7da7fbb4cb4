//! `congdanso bench`: fills a database, starts the real server beside itself, asks it as its users do, and prints what came
//! out. Nothing here is asserted: figures depend on the machine, and a slow day must not make a test red.
#![expect(clippy::print_stdout, reason = "figures for the person at the terminal")]

mod cards;
mod cases;
mod cases_near;
mod cases_public;
mod fill;
mod flows;
mod http;
mod load;
mod numbers;
mod oidc;
mod open311;
mod people;
mod report;
mod rows;
mod server;
mod soak;
mod uploads;
mod words;

use anyhow::{Context, bail};
use cases::Bench;
use report::{Figure, Setting};
use server::Subject;
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use store::bulk;

/// The case that asks the services themselves, when the server has ended.
const NUMBERS: &str = "numbers";
/// The case that needs neither server nor database.
const CARDS: &str = "cards";
/// The PostgreSQL schema that is filled, and dropped when it does not fit.
const SCHEMA: &str = "bench";

#[derive(clap::Args)]
pub struct BenchArgs {
    /// Reports in the database.
    #[arg(long, default_value_t = 1_000_000)]
    reports: usize,
    /// sqlite, postgres or both. PostgreSQL is the server that CONGDANSO_TEST_POSTGRES names.
    #[arg(long, default_value = "both")]
    database: String,
    /// Seconds a case.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Writes the document, too.
    #[arg(long)]
    write: Option<PathBuf>,
    /// Only this case: start, create, json, html, queue, near, public, open311, flows, log-ins, uploads, numbers, oidc-flow,
    /// oidc-token or cards.
    #[arg(long)]
    only: Option<String>,
    /// Instead of cases: mixed load for `--minutes`, with memory watched.
    #[arg(long)]
    soak: bool,
    /// Pictures of cards of each kind.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    cards: u32,
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Keeps the SQLite file here for the next time.
    #[arg(long)]
    data: Option<PathBuf>,
    /// The province whose units and rules are used.
    #[arg(long, default_value = "packs/quang-tri")]
    pack: PathBuf,
    /// For the benchmark itself: be the server.
    #[arg(long, hide = true)]
    serve_on: Option<u16>,
}

pub async fn run(args: BenchArgs) -> anyhow::Result<()> {
    if let Some(port) = args.serve_on {
        return server::run_child(&args, port).await;
    }
    if args.reports == 0 || args.seconds == 0 {
        bail!("--reports and --seconds must be more than 0");
    }
    if let Some(only) = &args.only
        && only != CARDS
        && only != NUMBERS
        && !cases::NAMES.contains(&only.as_str())
        && !oidc::NAMES.contains(&only.as_str())
    {
        let (names, portal) = (cases::NAMES.join(", "), oidc::NAMES.join(", "));
        bail!("--only takes one of {names}, {NUMBERS}, {portal}, {CARDS}");
    }
    if cfg!(debug_assertions) {
        say("this is a debug build: its figures say nothing".into());
    }
    let setting = setting(&args);
    let folder = Folder::open(args.data.as_deref())?;
    let mut engines: Vec<(String, Vec<Figure>)> = Vec::new();
    let only_cards = args.only.as_deref() == Some(CARDS);
    if !args.soak && (only_cards || args.only.is_none()) {
        let figures = cards::measure(args.cards)?;
        println!("\nWithout a database\n\n{}", report::table(&figures));
        engines.push(("Without a database".into(), figures));
    }
    let subjects = if only_cards { Vec::new() } else { subjects(&args, &folder.0)? };
    for subject in subjects {
        println!("\n{}", subject.name);
        let figures = measure(&args, &subject).await.with_context(|| subject.name)?;
        println!("\n{}\n\n{}", subject.name, report::table(&figures));
        engines.push((subject.name.to_owned(), figures));
    }
    if let (Some(file), false) = (&args.write, args.soak) {
        std::fs::write(file, report::document(&setting, &engines)).with_context(|| format!("{}", file.display()))?;
        println!("written: {}", file.display());
    }
    Ok(())
}

/// The folder for the SQLite file; a temporary one goes when the run ends.
struct Folder(PathBuf, bool);

impl Folder {
    fn open(wanted: Option<&Path>) -> anyhow::Result<Self> {
        let (folder, temporary) = match wanted {
            Some(folder) => (folder.to_owned(), false),
            None => (std::env::temp_dir().join(format!("congdanso-bench-{}", std::process::id())), true),
        };
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self(folder, temporary))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.1 {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

fn subjects(args: &BenchArgs, folder: &Path) -> anyhow::Result<Vec<Subject>> {
    let (data, pack) = (folder.to_owned(), args.pack.clone());
    let file = folder.join("congdanso.sqlite");
    let sqlite = Subject {
        name: "SQLite",
        url: format!("sqlite:{}", file.display()),
        schema: None,
        data: data.clone(),
        pack: pack.clone(),
    };
    let postgres = || {
        let url = std::env::var("CONGDANSO_TEST_POSTGRES").ok().filter(|u| u.starts_with("postgres"));
        url.map(|url| Subject { name: "PostgreSQL", url, schema: Some(SCHEMA.into()), data, pack })
    };
    match args.database.as_str() {
        "sqlite" => Ok(vec![sqlite]),
        "postgres" => Ok(vec![postgres().context("CONGDANSO_TEST_POSTGRES names no PostgreSQL server")?]),
        "both" => Ok(match postgres() {
            Some(postgres) => vec![sqlite, postgres],
            None => {
                say("only SQLite: CONGDANSO_TEST_POSTGRES names no server".into());
                vec![sqlite]
            }
        }),
        other => bail!("--database {other}: sqlite, postgres or both"),
    }
}

async fn measure(args: &BenchArgs, subject: &Subject) -> anyhow::Result<Vec<Figure>> {
    let time = Duration::from_secs(args.seconds);
    let only_portal = args.only.as_deref().filter(|only| oidc::NAMES.contains(only));
    if only_portal.is_some() {
        return oidc::measure(subject, only_portal, time, say).await;
    }
    let people = prepare(args, subject).await?;
    let (server, mut figures) = cases::start(subject).await?;
    for figure in &figures {
        say(format!("{}: {:.0} {}", figure.what, figure.value, figure.unit));
    }
    let bench = Bench { server, people, time, say };
    if args.soak {
        soak::run(&bench, Duration::from_secs(60 * args.minutes)).await?;
    } else {
        for name in cases::NAMES.iter().filter(|n| args.only.as_deref().is_none_or(|only| only == **n)) {
            if *name == "uploads" {
                // Photos in hand are counted by themselves.
                figures.push(bench.memory());
                bench.server.forget_peak();
            }
            figures.extend(bench.run(name).await?);
        }
    }
    if args.soak || args.only.as_ref().is_some_and(|only| only != "uploads") {
        figures.push(bench.memory());
    }
    bench.server.stop().await?;
    if !args.soak && args.only.as_deref().is_none_or(|only| only == NUMBERS) {
        figures.extend(numbers::measure(subject, time, say).await?);
    }
    if !args.soak && args.only.is_none() {
        figures.extend(oidc::measure(subject, None, time, say).await?);
    }
    Ok(figures)
}

/// Fills the database unless it is filled already, and opens sessions. Nothing of it stays in this process.
async fn prepare(args: &BenchArgs, subject: &Subject) -> anyhow::Result<std::sync::Arc<people::People>> {
    if let Some(schema) = &subject.schema {
        // Where another run left something else, or nothing.
        let kept = match subject.core(1).await {
            Ok((core, _)) => fill::filled(&core).await.unwrap_or(None),
            Err(_) => None,
        };
        if kept != Some(args.reports) {
            bulk::fresh_schema(&subject.url, schema).await?;
        }
    }
    let (core, _) = subject.core(1).await?;
    match fill::filled(&core).await? {
        Some(n) if n == args.reports => say(format!("{n} reports are there from an earlier run")),
        Some(n) => bail!("the database holds {n} reports: name another folder with --data, or --reports {n}"),
        None => {
            let db = bulk::Filler::connect(&subject.url, subject.schema.as_deref()).await?;
            fill::fill(&core, db, args.reports, say).await?;
        }
    }
    people::prepare(&core).await
}

fn say(text: String) {
    println!("  {text}");
}

fn setting(args: &BenchArgs) -> Setting {
    let commit =
        Command::new("git").args(["rev-parse", "--short", "HEAD"]).output().ok().filter(|o| o.status.success());
    let commit = commit.and_then(|o| String::from_utf8(o.stdout).ok()).unwrap_or_else(|| "unknown".into());
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let after = |text: &str, name: &str| -> String {
        let line = text.lines().find(|l| l.starts_with(name)).unwrap_or_default();
        line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let memory: u64 =
        after(&read("/proc/meminfo"), "MemTotal").split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = read("/proc/loadavg");
    Setting {
        commit: commit.trim().to_owned(),
        day: base::show::date(base::clock::Clock::system().now()),
        machine: format!(
            "{cores} cores, {} GB, {}",
            memory.div_ceil(1024 * 1024),
            after(&read("/proc/cpuinfo"), "model name")
        ),
        reports: args.reports,
        seconds: args.seconds,
        load_before: load.split(' ').take(2).collect::<Vec<_>>().join(" and "),
    }
}

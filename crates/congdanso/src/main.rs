//! The binary: wiring only. `congdanso demo` shows two provinces at once, `congdanso serve` runs one.

mod authorities;
mod banks;
mod catalogue;
mod client_key;
mod commands;
mod config;
mod demo;
mod dossiers;
mod fees;
mod files;
mod logs;
mod node;
mod payments;
mod population;
mod serve;
mod sign_in;
mod signatures;
mod worker;

use clap::{Args, Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// Gives memory back after password hashes and photos, and costs less than the system's.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Nền tảng Công dân số: nền tảng công dân số mở mà một tỉnh tự vận hành được.
#[derive(Parser)]
#[command(name = "congdanso", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Args, Clone)]
struct ConfigFile {
    /// Configuration file.
    #[arg(long, default_value = config::DEFAULT_FILE, env = "CONGDANSO_CONFIG")]
    config: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Shows two provinces with invented people on this machine.
    Demo(commands::demo::DemoArgs),
    /// Serves one province for real.
    Serve(ConfigFile),
    /// Checks configuration, pack, database and files, and names every fault.
    Check(ConfigFile),
    /// Brings the database's schema up to date.
    Migrate {
        #[command(flatten)]
        config: ConfigFile,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Makes a master key file.
    Secret { file: PathBuf },
    /// Makes the key that a province proves itself with at the national portal, and tells its public half.
    ClientKey { file: PathBuf },
    /// Makes the first administrator; others are made in the console.
    Admin {
        #[command(flatten)]
        config: ConfigFile,
        /// Sign-in name.
        username: String,
        /// Full name.
        name: String,
    },
    /// Connects a system that people sign in to through the national portal, and tells its secret once.
    Client {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        client: commands::client::ClientArgs,
    },
    /// Takes in files.
    Import {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        what: Import,
    },
    /// Writes a copy of database and files while the server works.
    Backup {
        #[command(flatten)]
        config: ConfigFile,
        /// A folder that does not exist yet.
        folder: PathBuf,
    },
    /// Puts a backup into an empty data folder.
    Restore {
        #[command(flatten)]
        config: ConfigFile,
        folder: PathBuf,
    },
    /// Counts the figures of the public dashboard anew.
    Figures(ConfigFile),
    /// The audit log.
    Audit {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        what: Audit,
    },
    /// Measures speed (see `make bench`).
    #[command(hide = true)]
    Bench(commands::bench::BenchArgs),
}

#[derive(Subcommand)]
enum Import {
    /// Official commune boundaries as GeoJSON (WGS 84).
    Boundaries {
        file: PathBuf,
        /// Only check the file.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Subcommand)]
enum Audit {
    /// Reads the whole hash chain and every row under it.
    Verify,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    logs::start();
    // A read of SQLite holds its thread (docs/adr/0004): twice as many threads as cores.
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get) * 2;
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return fail(&e.into()),
    };
    let end = runtime.block_on(run(cli.command));
    // Blocking work that still runs (a photo being decoded) must not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => fail(&e),
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Demo(args) => Box::pin(commands::demo::run(args)).await, // holds every sandbox and province
        Command::Serve(file) => commands::serve(&file.config).await,
        Command::Check(file) => commands::check(&file.config).await,
        Command::Migrate { config, dry_run } => commands::migrate(&config.config, dry_run).await,
        Command::Secret { file } => commands::secret(&file),
        Command::ClientKey { file } => commands::client::make_key(&file),
        Command::Admin { config, username, name } => commands::admin(&config.config, &username, &name).await,
        Command::Client { config, client } => commands::client::add(&config.config, client).await,
        Command::Import { config, what: Import::Boundaries { file, dry_run } } => {
            commands::import_boundaries(&config.config, &file, dry_run).await
        }
        Command::Backup { config, folder } => commands::backup::backup(&config.config, &folder).await,
        Command::Restore { config, folder } => commands::backup::restore(&config.config, &folder).await,
        Command::Figures(file) => commands::figures(&file.config).await,
        Command::Audit { config, what: Audit::Verify } => commands::audit_verify(&config.config).await,
        Command::Bench(args) => commands::bench::run(args).await,
    }
}

#[expect(clippy::print_stderr, reason = "the last word of a command to the person at the terminal")]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("{error:#}");
    ExitCode::FAILURE
}

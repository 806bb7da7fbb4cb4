//! Opening a database: one line of configuration decides the engine.

use crate::{
    ConnectionTrait as _, Error, Read, Store, migrations,
    postgres::{Opener, Sessions},
    sqlite::{self, Readers, Use},
    write::{QUEUE, Write, writer},
};
use std::sync::Arc;
use tokio::sync::mpsc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

#[derive(Debug, Clone, Default)]
pub struct Options {
    /// PostgreSQL only: connections at most.
    pub connections: u32,
    /// PostgreSQL only: the schema to work in; tests use one each.
    pub schema: Option<String>,
    /// PostgreSQL only: SERIALIZABLE instead of READ COMMITTED; for the test of retries.
    pub serializable: bool,
}

impl Store {
    /// Opens `sqlite:PATH` or `postgres://…` and brings the schema up to date. Errors: the database cannot be reached or its
    /// schema is newer than this program.
    pub async fn open(url: &str, options: Options) -> Result<Self, Error> {
        let store = Self::connect(url, options).await?;
        migrations::up(&store).await?;
        Ok(store)
    }

    /// Opens without migrating; for `check` and `migrate --dry-run`.
    pub async fn connect(url: &str, options: Options) -> Result<Self, Error> {
        if url.starts_with("postgres") {
            return open_postgres(url, options).await;
        }
        if !url.starts_with("sqlite:") {
            return Err(Error::Other("a database address starts with sqlite: or postgres://".into()));
        }
        open_sqlite(url)
    }

    /// Migrations that are not applied yet, by name.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, Error> {
        migrations::pending(self).await
    }

    pub async fn migrate(&self) -> Result<(), Error> {
        migrations::up(self).await
    }

    /// Ends the connections; a command does this before it touches the file itself.
    pub async fn close(self) {
        self.read.close();
    }

    /// Answers when the database can be read and, on PostgreSQL, written; for readiness.
    pub async fn ping(&self) -> Result<(), Error> {
        self.read.execute_unprepared("SELECT 1").await?;
        Ok(())
    }
}

/// Statements that a machine like this one can do at once; more only stand in each other's way, in the server instead of here. A
/// server that is larger than this machine is told so by the configuration.
fn connections_of_this_machine() -> u32 {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    u32::try_from(cores * 2).unwrap_or(u32::MAX).clamp(8, 64)
}

async fn open_postgres(url: &str, options: Options) -> Result<Store, Error> {
    // Short questions, many at once: neither compiling a plan nor helpers for one statement ever pay here, and the planner takes to
    // both where it expects too many rows. Both cost tenths of a second when they do not pay.
    let mut settings = vec![("jit", "off"), ("max_parallel_workers_per_gather", "0")];
    if options.serializable {
        settings.push(("default_transaction_isolation", "serializable"));
    }
    let opener = Opener::new(url, options.schema.as_deref(), &settings)?;
    let most = if options.connections == 0 { connections_of_this_machine() } else { options.connections };
    let sessions = Sessions::new(opener, most)?;
    sessions.execute_unprepared("SELECT 1").await?; // that nobody answers is said at the start
    Ok(Store { read: Read::Postgres(sessions.clone()), write: Write::Sessions(sessions), engine: Engine::Postgres })
}

fn open_sqlite(url: &str) -> Result<Store, Error> {
    let file = sqlite::file_of(url).ok_or_else(|| Error::Other("sqlite: names no file".into()))?;
    // The writer first, so that the file and its write-ahead log exist when the read-only connections open.
    let write = sqlite::Writer::open(&file, Use::Write)?;
    let read = Arc::new(Readers::open(&file)?);
    let readers = read.clone();
    let (sender, receiver) = mpsc::channel(QUEUE);
    // A thread of its own: a commit waits for the disk, and what waits for the disk must not hold up who answers people.
    let runtime = tokio::runtime::Handle::current();
    std::thread::Builder::new()
        .name("store-writer".into())
        .spawn(move || runtime.block_on(writer(file, write, readers, receiver)))
        .map_err(|e| Error::Other(format!("no thread for the writer: {e}")))?;
    Ok(Store { read: Read::Sqlite(read), write: Write::Queue(sender), engine: Engine::Sqlite })
}

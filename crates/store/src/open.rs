//! Opening a database: one line of configuration decides the engine.

use crate::{
    Error, Store, migrations,
    write::{QUEUE, Write, writer},
};
use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use std::time::Duration;
use tokio::sync::mpsc;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Connections for reading on SQLite, for everything on PostgreSQL.
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
        open_sqlite(url, options).await
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
        if let Write::Pool(db) = self.write {
            let _ = db.close().await; // broken connections are closed too
        }
        let _ = self.read.close().await;
    }

    /// Answers when the database can be read and, on PostgreSQL, written; for readiness.
    pub async fn ping(&self) -> Result<(), Error> {
        self.read.execute_unprepared("SELECT 1").await?;
        Ok(())
    }
}

async fn open_postgres(url: &str, options: Options) -> Result<Store, Error> {
    let mut c = ConnectOptions::new(url);
    c.max_connections(if options.connections == 0 { 16 } else { options.connections })
        .min_connections(1)
        .sqlx_logging(false)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire_if_idle_for(Duration::from_secs(2));
    if let Some(schema) = &options.schema {
        c.set_schema_search_path(schema.clone());
    }
    if options.serializable {
        c.map_sqlx_postgres_opts(|p| p.options([("default_transaction_isolation", "serializable")]));
    }
    let db = Database::connect(c).await?;
    Ok(Store { read: db.clone(), write: Write::Pool(db), engine: Engine::Postgres })
}

async fn open_sqlite(url: &str, options: Options) -> Result<Store, Error> {
    let readers = if options.connections == 0 { 4 } else { options.connections };
    // The writer first, so that the file and its write-ahead log exist when the read-only connections open.
    let write = sqlite_pool(url, 1, false).await?;
    let read = sqlite_pool(url, readers, true).await?;
    let (sender, receiver) = mpsc::channel(QUEUE);
    let again = url.to_owned();
    let open = Box::new(move || {
        let url = again.clone();
        Box::pin(async move { sqlite_pool(&url, 1, false).await }) as BoxFuture<'static, _>
    });
    tokio::spawn(writer(open, write, receiver));
    Ok(Store { read, write: Write::Queue(sender), engine: Engine::Sqlite })
}

async fn sqlite_pool(url: &str, connections: u32, read_only: bool) -> Result<DatabaseConnection, Error> {
    let mut c = ConnectOptions::new(url);
    c.max_connections(connections)
        .min_connections(1)
        .sqlx_logging(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |s| {
            let s = s
                .create_if_missing(!read_only)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
                .statement_cache_capacity(256)
                // No mmap: every connection's view of the file would count as memory of this process, and the system's page cache
                // serves reads as quickly.
                .pragma("cache_size", if read_only { "-8192" } else { "-32768" })
                .pragma("temp_store", "MEMORY");
            if read_only {
                s.read_only(true)
            } else {
                // A checkpoint every 32 MB instead of 4: pages that many reports touch are written back once, not each time.
                s.journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .pragma("wal_autocheckpoint", "8000")
                    .pragma("journal_size_limit", "67108864")
            }
        });
    Ok(Database::connect(c).await?)
}

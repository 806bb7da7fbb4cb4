//! Online backup of the embedded database. PostgreSQL has its own tools (`pg_dump`), which `OPERATIONS.md` names.

use crate::{Engine, Error, Read, Sql, Store};
use std::path::Path;

impl Store {
    /// Writes a consistent copy while the server works (`VACUUM INTO` on a reading connection). Errors: the file exists, the
    /// disk is full, or the database is not SQLite.
    pub async fn backup_to(&self, file: &Path) -> Result<(), Error> {
        if self.engine != Engine::Sqlite {
            return Err(Error::Other("a PostgreSQL database is backed up with pg_dump; see docs/OPERATIONS.md".into()));
        }
        if file.exists() {
            return Err(Error::Other(format!("{} exists; choose another name", file.display())));
        }
        let name = file.display().to_string();
        self.aside(move |read| async move { Sql::new("VACUUM INTO $1").bind(name).exec(&read).await }).await?;
        let copied = std::fs::File::open(file).and_then(|f| f.sync_all());
        copied.map_err(|e| Error::Other(format!("{}: {e}", file.display())))
    }

    /// What takes minutes runs on a thread of its own: statements on SQLite hold the thread that asks.
    async fn aside<T, F, Fut>(&self, ask: F) -> Result<T, Error>
    where
        F: FnOnce(Read) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, Error>>,
        T: Send + 'static,
    {
        let (read, runtime) = (self.read.clone(), tokio::runtime::Handle::current());
        let asked = tokio::task::spawn_blocking(move || runtime.block_on(ask(read))).await;
        asked.unwrap_or_else(|_| Err(Error::Other("the check of the database broke off".into())))
    }

    /// SQLite's own check of the whole file; `Ok` lists nothing wrong.
    pub async fn integrity(&self) -> Result<(), Error> {
        if self.engine == Engine::Postgres {
            return self.ping().await;
        }
        let ask = async |read: Read| Sql::new("PRAGMA integrity_check").scalar(&read).await;
        let answer: Option<String> = self.aside(ask).await?;
        match answer.as_deref() {
            Some("ok") => Ok(()),
            other => Err(Error::Other(format!("the database is damaged: {}", other.unwrap_or("no answer")))),
        }
    }
}

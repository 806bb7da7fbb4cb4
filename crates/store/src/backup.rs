//! Online backup of the embedded database. PostgreSQL has its own tools (`pg_dump`), which `OPERATIONS.md` names.

use crate::{Engine, Error, Sql, Store};
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
        Sql::new("VACUUM INTO $1").bind(file.display().to_string()).exec(&self.read).await?;
        let copied = std::fs::File::open(file).and_then(|f| f.sync_all());
        copied.map_err(|e| Error::Other(format!("{}: {e}", file.display())))
    }

    /// SQLite's own check of the whole file; `Ok` lists nothing wrong.
    pub async fn integrity(&self) -> Result<(), Error> {
        if self.engine == Engine::Postgres {
            return self.ping().await;
        }
        let answer: Option<String> = Sql::new("PRAGMA integrity_check").scalar(&self.read).await?;
        match answer.as_deref() {
            Some("ok") => Ok(()),
            other => Err(Error::Other(format!("the database is damaged: {}", other.unwrap_or("no answer")))),
        }
    }
}

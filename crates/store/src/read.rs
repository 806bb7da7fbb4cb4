//! Running statements on either engine.

use crate::{
    Error, Row,
    postgres::Sessions,
    sqlite::{self, Readers},
};
use sea_orm::Value;
use std::sync::Arc;

/// Where a statement can be run: outside (`Read`), inside a unit of work (`Tx`), or while a database is filled.
pub trait ConnectionTrait: Send + Sync {
    /// Up to `most` rows.
    fn rows(
        &self,
        sql: String,
        values: Vec<Value>,
        most: usize,
    ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;

    /// Rows changed.
    fn execute(&self, sql: String, values: Vec<Value>) -> impl Future<Output = Result<u64, Error>> + Send;

    /// One or more statements without values.
    fn execute_unprepared(&self, sql: &str) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Reading connections. Cheap to clone. On SQLite they cannot write.
#[derive(Clone, Debug)]
pub enum Read {
    Sqlite(Arc<Readers>),
    Postgres(Sessions),
}

impl Read {
    pub(crate) fn close(self) {
        match self {
            Self::Sqlite(readers) => readers.close(),
            Self::Postgres(sessions) => sessions.close(),
        }
    }
}

impl ConnectionTrait for Read {
    async fn rows(&self, sql: String, values: Vec<Value>, most: usize) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite(readers) => Ok(readers.with(|db| sqlite::query(db, &sql, &values, most))?),
            Self::Postgres(sessions) => Ok(sessions.rows(&sql, values, most).await?),
        }
    }
    async fn execute(&self, sql: String, values: Vec<Value>) -> Result<u64, Error> {
        match self {
            Self::Sqlite(readers) => Ok(readers.with(|db| sqlite::execute(db, &sql, &values))?),
            Self::Postgres(sessions) => Ok(sessions.execute(&sql, values).await?),
        }
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(readers) => Ok(readers.with(|db| sqlite::batch(db, sql))?),
            Self::Postgres(sessions) => Ok(sessions.execute_unprepared(sql).await?),
        }
    }
}

//! Running statements on either engine.

use crate::{
    Error, Row,
    sqlite::{self, Readers},
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement, Value};
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
    Postgres(DatabaseConnection),
}

impl Read {
    pub(crate) async fn close(self) {
        match self {
            Self::Sqlite(readers) => readers.close(),
            Self::Postgres(db) => _ = db.close().await, // broken connections are closed too
        }
    }
}

impl ConnectionTrait for Read {
    async fn rows(&self, sql: String, values: Vec<Value>, most: usize) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite(readers) => Ok(readers.with(|db| sqlite::query(db, &sql, &values, most))?),
            Self::Postgres(db) => postgres_rows(db, sql, values, most).await,
        }
    }
    async fn execute(&self, sql: String, values: Vec<Value>) -> Result<u64, Error> {
        match self {
            Self::Sqlite(readers) => Ok(readers.with(|db| sqlite::execute(db, &sql, &values))?),
            Self::Postgres(db) => Ok(db.execute_raw(postgres(sql, values)).await?.rows_affected()),
        }
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<(), Error> {
        match self {
            Self::Sqlite(readers) => Ok(readers.with(|db| sqlite::batch(db, sql))?),
            Self::Postgres(db) => Ok(db.execute_unprepared(sql).await.map(|_| ())?),
        }
    }
}

pub(crate) fn postgres(sql: String, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

pub(crate) async fn postgres_rows(
    db: &impl sea_orm::ConnectionTrait,
    sql: String,
    values: Vec<Value>,
    most: usize,
) -> Result<Vec<Row>, Error> {
    let statement = postgres(sql, values);
    let rows: Result<Vec<_>, DbErr> = if most == 1 {
        db.query_one_raw(statement).await.map(|row| row.into_iter().collect())
    } else {
        db.query_all_raw(statement).await
    };
    Ok(rows?.into_iter().take(most).map(Row::postgres).collect())
}

//! Filling an empty database fast: the benchmark's million reports. One connection of its own, no waiting for the disk. Whoever
//! fills a database that matters this way loses it with the next power cut: `Store::write` is the door for everything else.

use crate::{
    ConnectionTrait, Engine, Error, FromRow, Row, Sql,
    postgres::{self, Opener, Session},
    sqlite::{self, Use, Writer},
};
use sea_orm::Value;
use tokio::sync::Mutex;

/// One connection that may write, outside of the group commit. Nobody else may use the database meanwhile.
pub struct Filler(To);

enum To {
    Sqlite(Writer),
    Postgres(Mutex<Session>),
}

impl Filler {
    pub async fn connect(url: &str, schema: Option<&str>) -> Result<Self, Error> {
        if let Some(file) = sqlite::file_of(url) {
            return Ok(Self(To::Sqlite(Writer::open(&file, Use::Fill)?)));
        }
        let settings = [("synchronous_commit", "off"), ("maintenance_work_mem", "512MB")];
        let session = Opener::new(url, schema, &settings)?.open().await.map_err(postgres::connection)?;
        Ok(Self(To::Postgres(Mutex::new(session))))
    }

    pub fn engine(&self) -> Engine {
        match self.0 {
            To::Sqlite(_) => Engine::Sqlite,
            To::Postgres(_) => Engine::Postgres,
        }
    }

    /// Drops the indexes of a table that do not guard uniqueness and returns how to make them again: once over all rows is
    /// much faster than row by row.
    pub async fn drop_indexes(&self, table: &str) -> Result<Vec<String>, Error> {
        #[derive(FromRow)]
        struct Index {
            name: String,
            text: String,
        }
        let sql = match self.engine() {
            Engine::Sqlite => {
                "SELECT name, sql AS text FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = $1"
            }
            Engine::Postgres => {
                "SELECT indexname AS name, indexdef AS text FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1"
            }
        };
        let all: Vec<Index> = Sql::new(sql).bind(table).all(self).await?;
        let mut texts = Vec::new();
        for index in all.into_iter().filter(|i| !i.text.contains("UNIQUE")) {
            self.execute_unprepared(&format!("DROP INDEX {}", index.name)).await?;
            texts.push(index.text);
        }
        Ok(texts)
    }

    /// Tells the planner what the tables hold, puts the search index together as the worker would in time, and makes everything
    /// durable.
    pub async fn finish(self) -> Result<(), Error> {
        let last: &[&str] = match self.engine() {
            Engine::Sqlite => &[
                "INSERT INTO report_search (report_search) VALUES ('optimize')",
                "ANALYZE",
                "PRAGMA wal_checkpoint(TRUNCATE)",
            ],
            Engine::Postgres => &["VACUUM ANALYZE", "CHECKPOINT"],
        };
        for statement in last {
            self.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

impl ConnectionTrait for Filler {
    async fn rows(&self, sql: String, values: Vec<Value>, most: usize) -> Result<Vec<Row>, Error> {
        match &self.0 {
            To::Sqlite(writer) => Ok(writer.with(|db| sqlite::query(db, &sql, &values, most))?),
            To::Postgres(session) => Ok(Box::pin(session.lock().await.rows(&sql, values, most)).await?),
        }
    }
    async fn execute(&self, sql: String, values: Vec<Value>) -> Result<u64, Error> {
        match &self.0 {
            To::Sqlite(writer) => Ok(writer.with(|db| sqlite::execute(db, &sql, &values))?),
            To::Postgres(session) => Ok(Box::pin(session.lock().await.execute(&sql, values)).await?),
        }
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<(), Error> {
        match &self.0 {
            To::Sqlite(writer) => Ok(writer.with(|db| sqlite::batch(db, sql))?),
            To::Postgres(session) => Ok(Box::pin(session.lock().await.execute_unprepared(sql)).await?),
        }
    }
}

/// Makes a PostgreSQL schema anew; what was in it is gone.
pub async fn fresh_schema(url: &str, schema: &str) -> Result<(), Error> {
    let db = Filler::connect(url, None).await?;
    db.execute_unprepared(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE")).await?;
    db.execute_unprepared(&format!("CREATE SCHEMA {schema}")).await
}

//! Filling an empty database fast: the benchmark's million reports. One connection of its own, no waiting for the disk. Whoever
//! fills a database that matters this way loses it with the next power cut: `Store::write` is the door for everything else.

use crate::{Error, Sql};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, FromQueryResult};

/// One connection that may write, outside of the group commit. Nobody else may use the database meanwhile.
pub async fn connect(url: &str, schema: Option<&str>) -> Result<DatabaseConnection, Error> {
    let mut c = ConnectOptions::new(url);
    c.max_connections(1).min_connections(1).sqlx_logging(false).idle_timeout(None).max_lifetime(None);
    if let Some(schema) = schema {
        c.set_schema_search_path(schema);
    }
    let db = Database::connect(c).await?;
    let settings: &[&str] = match db.get_database_backend() {
        DbBackend::Sqlite => &[
            "PRAGMA synchronous = OFF",
            "PRAGMA cache_size = -524288",
            "PRAGMA temp_store = MEMORY",
            "PRAGMA foreign_keys = OFF",
        ],
        _ => &["SET synchronous_commit = off", "SET maintenance_work_mem = '512MB'"],
    };
    for setting in settings {
        db.execute_unprepared(setting).await?;
    }
    Ok(db)
}

/// Makes a PostgreSQL schema anew; what was in it is gone.
pub async fn fresh_schema(url: &str, schema: &str) -> Result<(), Error> {
    let db = connect(url, None).await?;
    db.execute_unprepared(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE")).await?;
    db.execute_unprepared(&format!("CREATE SCHEMA {schema}")).await?;
    Ok(db.close().await?)
}

/// Drops the indexes of a table that do not guard uniqueness and returns how to make them again: once over all rows is much
/// faster than row by row.
pub async fn drop_indexes(db: &DatabaseConnection, table: &str) -> Result<Vec<String>, Error> {
    #[derive(FromQueryResult)]
    struct Index {
        name: String,
        text: String,
    }
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT name, sql AS text FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = $1"
        }
        _ => {
            "SELECT indexname AS name, indexdef AS text FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1"
        }
    };
    let all: Vec<Index> = Sql::new(sql).bind(table).all(db).await?;
    let mut texts = Vec::new();
    for index in all.into_iter().filter(|i| !i.text.contains("UNIQUE")) {
        db.execute_unprepared(&format!("DROP INDEX {}", index.name)).await?;
        texts.push(index.text);
    }
    Ok(texts)
}

/// Tells the planner what the tables hold, and makes everything durable.
pub async fn finish(db: DatabaseConnection) -> Result<(), Error> {
    match db.get_database_backend() {
        DbBackend::Sqlite => {
            db.execute_unprepared("ANALYZE").await?;
            db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        _ => {
            db.execute_unprepared("VACUUM ANALYZE").await?;
            db.execute_unprepared("CHECKPOINT").await?;
        }
    }
    Ok(db.close().await?)
}

//! The schema, forward only. One SQL text a step for both engines; what differs stands in marked blocks (see 0001).

use crate::{ConnectionTrait as _, Engine, Error, Store, Tx, write::Write};
use sea_orm::{ConnectionTrait as _, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager};

/// Every step in order. A published step is never edited: add a new one.
const STEPS: &[(&str, &str)] = &[
    ("0001_start", include_str!("../migrations/0001_start.sql")),
    ("0002_officers", include_str!("../migrations/0002_officers.sql")),
    ("0005_weak", include_str!("../migrations/0005_weak.sql")),
    ("0003_public", include_str!("../migrations/0003_public.sql")),
    ("0004_open", include_str!("../migrations/0004_open.sql")),
    ("0006_moderation", include_str!("../migrations/0006_moderation.sql")),
    ("0007_guests", include_str!("../migrations/0007_guests.sql")),
    ("0010_identity", include_str!("../migrations/0010_identity.sql")),
    ("0011_recall", include_str!("../migrations/0011_recall.sql")),
    ("0012_video", include_str!("../migrations/0012_video.sql")),
    ("0014_linked", include_str!("../migrations/0014_linked.sql")),
    ("0015_search", include_str!("../migrations/0015_search.sql")),
    ("0016_card", include_str!("../migrations/0016_card.sql")),
    ("0017_keys", include_str!("../migrations/0017_keys.sql")),
    ("0019_held", include_str!("../migrations/0019_held.sql")),
    ("0020_catalogue", include_str!("../migrations/0020_catalogue.sql")),
    ("0021_organizations", include_str!("../migrations/0021_organizations.sql")),
    ("0022_staff_elsewhere", include_str!("../migrations/0022_staff_elsewhere.sql")),
    ("0023_old_clients", include_str!("../migrations/0023_old_clients.sql")),
    ("0024_helping", include_str!("../migrations/0024_helping.sql")),
    ("0025_banks", include_str!("../migrations/0025_banks.sql")),
    ("0026_desk", include_str!("../migrations/0026_desk.sql")),
    ("0027_account_needed", include_str!("../migrations/0027_account_needed.sql")),
    ("0028_words", include_str!("../migrations/0028_words.sql")),
    ("0029_guest_claimed", include_str!("../migrations/0029_guest_claimed.sql")),
    ("0030_acting", include_str!("../migrations/0030_acting.sql")),
    ("0032_of_age", include_str!("../migrations/0032_of_age.sql")),
    ("0033_dossiers", include_str!("../migrations/0033_dossiers.sql")),
    ("0034_covering", include_str!("../migrations/0034_covering.sql")),
    ("0035_payments", include_str!("../migrations/0035_payments.sql")),
    ("0036_documents", include_str!("../migrations/0036_documents.sql")),
];

struct Migrator;

struct Step(&'static str, &'static str);

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.0
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let sql = for_engine(self.1, db.get_database_backend());
        db.execute_unprepared(&sql).await.map(|_| ())
    }
}

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        STEPS.iter().map(|(name, sql)| Box::new(Step(name, sql)) as Box<dyn MigrationTrait>).collect()
    }
}

/// Keeps the lines that are for this engine.
fn for_engine(sql: &str, engine: DbBackend) -> String {
    let mut keep = true;
    let mut out = String::with_capacity(sql.len());
    for line in sql.lines() {
        match line.trim() {
            "-- only sqlite" => keep = engine == DbBackend::Sqlite,
            "-- only postgres" => keep = engine == DbBackend::Postgres,
            "-- both" => keep = true,
            _ if keep => {
                out.push_str(line);
                out.push('\n');
            }
            _ => {}
        }
    }
    out
}

/// Brings the schema up to date. On SQLite this happens on the write connection, before anything else is queued.
pub(crate) async fn up(store: &Store) -> Result<(), Error> {
    match &store.write {
        Write::Sessions(sessions) => {
            if pending(store).await?.is_empty() {
                return Ok(());
            }
            let db = sessions.opener().for_migrations().await?;
            Migrator::up(&db, None).await?;
            Ok(db.close().await?)
        }
        Write::Queue(_) => {
            // Reading first keeps a start without changes free of writes.
            if pending(store).await?.is_empty() {
                return Ok(());
            }
            store.write(migrate_sqlite).await
        }
    }
}

/// The steps and their bookkeeping in one unit of work: a start that is cut off leaves the schema as it was.
async fn migrate_sqlite(tx: Tx) -> Result<(), Error> {
    tx.execute_unprepared(
        "CREATE TABLE IF NOT EXISTS seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL)",
    )
    .await?;
    let done: Vec<String> = crate::Sql::new("SELECT version FROM seaql_migrations").scalars(&tx).await?;
    for (name, sql) in STEPS.iter().filter(|(name, _)| !done.iter().any(|d| d == name)) {
        tx.execute_unprepared(&for_engine(sql, DbBackend::Sqlite)).await?;
        crate::Sql::new("INSERT INTO seaql_migrations (version, applied_at) VALUES ($1, 0)")
            .bind(*name)
            .exec(&tx)
            .await?;
    }
    Ok(())
}

pub(crate) async fn pending(store: &Store) -> Result<Vec<String>, Error> {
    let exists: i64 = match store.engine {
        Engine::Sqlite => crate::Sql::new("SELECT count(*) FROM sqlite_master WHERE name = 'seaql_migrations'"),
        Engine::Postgres => crate::Sql::new(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'seaql_migrations'",
        ),
    }
    .scalar(&store.read)
    .await?
    .unwrap_or(0);
    let done: Vec<String> = match exists {
        0 => Vec::new(),
        _ => crate::Sql::new("SELECT version FROM seaql_migrations").scalars(&store.read).await?,
    };
    if let Some(newer) = done.iter().find(|d| STEPS.iter().all(|(name, _)| name != d)) {
        return Err(Error::Other(format!("the database is newer than this program: it has the step {newer}")));
    }
    Ok(STEPS.iter().map(|(n, _)| (*n).to_owned()).filter(|n| !done.contains(n)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_gets_its_own_blocks() {
        let sql = "a\n-- only sqlite\nb\n-- only postgres\nc\n-- both\nd";
        assert_eq!(for_engine(sql, DbBackend::Sqlite), "a\nb\nd\n");
        assert_eq!(for_engine(sql, DbBackend::Postgres), "a\nc\nd\n");
    }
}

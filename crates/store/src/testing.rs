//! Every test of rows runs on both engines: `testing::each_engine(async |db| { … }).await`. PostgreSQL is the server that
//! `CONGDANSO_TEST_POSTGRES` names, with a schema a test; without the variable only SQLite runs and the test says so
//! (`make test` always sets it; `CONGDANSO_TEST_POSTGRES=required` makes its absence an error).

use crate::{Options, Store};
use sea_orm::{ConnectOptions, ConnectionTrait, Database};

/// One database for one test; the temporary file goes with it.
pub struct TestStore {
    pub store: Store,
    _folder: Option<tempfile::TempDir>,
}

impl std::ops::Deref for TestStore {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.store
    }
}

/// A fresh SQLite database.
pub async fn sqlite() -> TestStore {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("no temporary folder: {e}"));
    let url = format!("sqlite:{}", folder.path().join("test.sqlite").display());
    let store = Store::open(&url, Options::default()).await.unwrap_or_else(|e| panic!("SQLite: {e}"));
    TestStore { store, _folder: Some(folder) }
}

/// A fresh schema in the PostgreSQL of `CONGDANSO_TEST_POSTGRES`; `None` when there is none.
pub async fn postgres() -> Option<TestStore> {
    postgres_with(Options { connections: 4, ..Options::default() }).await
}

pub async fn postgres_with(options: Options) -> Option<TestStore> {
    let url = std::env::var("CONGDANSO_TEST_POSTGRES").ok()?;
    assert!(url.starts_with("postgres"), "CONGDANSO_TEST_POSTGRES must be an address of a PostgreSQL server");
    let id = uuid::Uuid::from_bytes(base::clock::Entropy::system().bytes());
    let schema = format!("t{}", id.simple());
    let mut c = ConnectOptions::new(&url);
    c.max_connections(1).sqlx_logging(false);
    let admin = Database::connect(c).await.unwrap_or_else(|e| panic!("PostgreSQL: {e}"));
    admin.execute_unprepared(&format!("CREATE SCHEMA {schema}")).await.unwrap_or_else(|e| panic!("PostgreSQL: {e}"));
    let _ = admin.close().await;
    let options = Options { schema: Some(schema), ..options };
    let store = Store::open(&url, options).await.unwrap_or_else(|e| panic!("PostgreSQL: {e}"));
    Some(TestStore { store, _folder: None })
}

/// Runs a test on SQLite and then, where there is one, on PostgreSQL.
#[expect(clippy::print_stderr, reason = "tells the person at the terminal what was left out")]
pub async fn each_engine(test: impl AsyncFn(TestStore)) {
    test(sqlite().await).await;
    match postgres().await {
        Some(store) => test(store).await,
        None => eprintln!("only SQLite was tested: CONGDANSO_TEST_POSTGRES is not set"),
    }
}

//! What becomes of PostgreSQL's sessions when something goes wrong in one; columns that are asked for otherwise than in the row before.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;
use store::{
    ConnectionTrait, Error, Insert, Options, Sql, Tx,
    testing::{each_engine, postgres_with},
};

async fn insert(tx: &Tx, key: &str) -> Result<(), Error> {
    Insert::into("setting").set("key", key).set("value", "x").set("updated_at", 1i64).exec(tx).await.map(|_| ())
}

async fn count(db: &impl ConnectionTrait) -> i64 {
    Sql::new("SELECT count(*) FROM setting").scalar(db).await.unwrap().unwrap()
}

/// One session: whoever comes next gets the very one that was left.
async fn one_session() -> Option<store::testing::TestStore> {
    postgres_with(Options { connections: 1, ..Options::default() }).await
}

#[tokio::test]
async fn x1_a_unit_that_goes_on_after_a_failed_statement_is_not_taken_for_kept() {
    let Some(db) = one_session().await else { return };
    let answer = db
        .write(|tx: Tx| async move {
            insert(&tx, "first").await?;
            assert!(tx.execute("no statement".into(), Vec::new()).await.is_err());
            Ok::<_, Error>(())
        })
        .await;
    assert!(answer.is_err(), "PostgreSQL keeps nothing of it, so nobody may be told that it did");
    assert_eq!(count(db.read()).await, 0);
    db.write(|tx: Tx| async move { insert(&tx, "next").await }).await.unwrap();
    assert_eq!(count(db.read()).await, 1);
}

#[tokio::test]
async fn x1_who_goes_away_before_the_answer_leaves_nothing_to_the_next() {
    let Some(db) = one_session().await else { return };
    for n in 1..=20 {
        let slow = Sql::new("SELECT count(*) FROM generate_series(1, 300000), pg_sleep(0.02)").scalar::<i64>(db.read());
        assert!(tokio::time::timeout(Duration::from_millis(n), slow).await.is_err(), "it was not slow");
        let next: i64 = Sql::new("SELECT 41 + $1").bind(n as i64).scalar(db.read()).await.unwrap().unwrap();
        assert_eq!(next, 41 + n as i64, "not the answer that somebody else had asked for");
    }
}

#[tokio::test]
async fn x1_a_unit_that_hangs_or_panics_holds_no_lock_afterwards() {
    let Some(db) = postgres_with(Options { connections: 2, ..Options::default() }).await else { return };
    db.write(|tx: Tx| async move { insert(&tx, "row").await }).await.unwrap();
    let lock = "SELECT key FROM setting WHERE key = 'row' FOR UPDATE";
    let panics = db.write(move |tx: Tx| async move {
        tx.rows(lock.into(), Vec::new(), 1).await?;
        panic!("in the middle");
        #[expect(unreachable_code, reason = "says what a unit answers")]
        Ok::<(), Error>(())
    });
    assert!(panics.await.is_err());
    let hangs = db.write(move |tx: Tx| async move {
        tx.rows(lock.into(), Vec::new(), 1).await?;
        tx.execute_unprepared("SELECT pg_sleep(60)").await
    });
    assert!(hangs.await.is_err(), "two seconds are the limit");
    let free = db.write(move |tx: Tx| async move {
        tx.execute_unprepared("SET LOCAL lock_timeout = '900ms'").await?;
        tx.rows(lock.into(), Vec::new(), 1).await.map(|_| ())
    });
    free.await.unwrap();
}

#[tokio::test]
async fn x9_sessions_that_the_server_ended_are_opened_anew() {
    let Some(db) = postgres_with(Options { connections: 4, ..Options::default() }).await else { return };
    let ask = || Sql::new("SELECT pg_backend_pid()").scalar::<i32>(db.read());
    let (a, b, c) = tokio::join!(ask(), ask(), ask());
    let mine: Vec<i32> = [a, b, c].into_iter().map(|pid| pid.unwrap().unwrap()).collect();
    let Some(other) = one_session().await else { return };
    for pid in &mine {
        let end = Sql::new("SELECT pg_terminate_backend($1)").bind(*pid);
        assert_eq!(end.scalar::<bool>(other.read()).await.unwrap(), Some(true));
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    // The first who finds out is told to come back; nobody after.
    let first = ask().await;
    assert!(first.is_ok() || first.is_err_and(|e| e.trouble() == store::Trouble::Busy));
    for _ in 0..4 {
        assert!(!mine.contains(&ask().await.unwrap().unwrap()));
    }
}

#[tokio::test]
async fn x1_columns_are_found_whatever_the_row_before_was_asked_for() {
    struct Odd(i64, i64);
    impl store::FromRow for Odd {
        fn from_row(row: &store::Row, prefix: &'static str) -> Result<Self, Error> {
            let n: i64 = row.get(prefix, "n")?;
            // Every other row is asked in another order, and for other columns.
            let other = match n % 3 {
                0 => row.get(prefix, "a")?,
                1 => row.get::<i64>(prefix, "b")?,
                _ => row.get::<i64>(prefix, "b")? + row.get::<i64>(prefix, "a")?,
            };
            Ok(Self(n, other))
        }
    }
    each_engine(async |db| {
        let sql = "WITH RECURSIVE t (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM t WHERE n < 20)
                   SELECT n * 100 AS b, n AS n, n * 10 AS a FROM t ORDER BY n";
        let rows: Vec<Odd> = Sql::new(sql).all(db.read()).await.unwrap();
        assert_eq!(rows.len(), 21);
        for Odd(n, other) in rows {
            assert_eq!(other, [n * 10, n * 100, n * 110][n as usize % 3], "row {n}");
        }
    })
    .await;
}

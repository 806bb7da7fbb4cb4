//! What `Store::write` promises, on both engines.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use base::{
    clock::Entropy,
    ids::{Uuid, id_at},
};
use store::{ConnectionTrait, Error, Failure, Insert, Refused, Sql, Tx, testing::each_engine};

#[derive(Debug)]
enum Wrong {
    Store(Error),
    Rule,
}

impl From<Error> for Wrong {
    fn from(e: Error) -> Self {
        Self::Store(e)
    }
}

impl Failure for Wrong {
    fn store(&self) -> Option<&Error> {
        match self {
            Self::Store(e) => Some(e),
            Self::Rule => None,
        }
    }
}

async fn insert(tx: &Tx, key: &str) -> Result<(), Error> {
    Insert::into("setting").set("key", key).set("value", "x").set("updated_at", 1i64).exec(tx).await.map(|_| ())
}

async fn count(db: &impl ConnectionTrait) -> i64 {
    Sql::new("SELECT count(*) FROM setting").scalar(db).await.unwrap().unwrap()
}

#[tokio::test]
async fn x1_failing_units_leave_nothing_and_their_neighbours_stay() {
    each_engine(async |db| {
        let mut units = tokio::task::JoinSet::new();
        for n in 0..64 {
            let store = db.store.clone();
            units.spawn(async move {
                let end = store
                    .write(move |tx: Tx| async move {
                        insert(&tx, &format!("first-{n}")).await?;
                        insert(&tx, &format!("second-{n}")).await?;
                        match n % 8 {
                            0 => Err(Wrong::Rule),
                            1 => Ok(insert(&tx, &format!("first-{n}")).await?), // breaks the unique key
                            2 => panic!("a bug in unit {n}"),
                            _ => Ok(()),
                        }
                    })
                    .await;
                (n, end)
            });
        }
        let ends = units.join_all().await;
        for (n, end) in ends {
            match n % 8 {
                0 => assert!(matches!(end, Err(Wrong::Rule)), "{n}: {end:?}"),
                1 => assert_eq!(end.unwrap_err().store().unwrap().trouble(), store_trouble_exists(), "{n}"),
                2 => assert!(matches!(end, Err(Wrong::Store(Error::Refused(Refused::Aborted)))), "{n}: {end:?}"),
                _ => assert!(end.is_ok(), "{n}: {end:?}"),
            }
        }
        assert_eq!(count(db.read()).await, 40 * 2);
    })
    .await;
}

fn store_trouble_exists() -> store::Trouble {
    store::Trouble::Exists
}

#[tokio::test]
async fn x1_a_hanging_unit_ends_alone() {
    each_engine(async |db| {
        let hang = db.store.clone();
        let hang = tokio::spawn(async move {
            hang.write(|tx: Tx| async move {
                insert(&tx, "hangs").await?;
                std::future::pending::<Result<(), Error>>().await
            })
            .await
        });
        tokio::task::yield_now().await;
        db.write(|tx: Tx| async move { insert(&tx, "goes on").await }).await.unwrap();
        assert!(matches!(hang.await.unwrap(), Err(Error::Refused(Refused::TimedOut))));
        assert_eq!(count(db.read()).await, 1);
    })
    .await;
}

#[tokio::test]
async fn x1_a_handle_that_outlives_its_unit_is_dead() {
    each_engine(async |db| {
        let (give, take) = tokio::sync::oneshot::channel();
        let give = std::sync::Arc::new(std::sync::Mutex::new(Some(give)));
        db.write(move |tx: Tx| async move {
            give.lock().unwrap().take().unwrap().send(tx.clone()).ok();
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
        let leaked = take.await.unwrap();
        assert!(insert(&leaked, "late").await.is_err());
        db.write(|tx: Tx| async move { insert(&tx, "next").await }).await.unwrap();
        assert_eq!(count(db.read()).await, 1);
    })
    .await;
}

#[tokio::test]
async fn x1_sqlite_readers_cannot_write_and_durability_is_full() {
    let db = store::testing::sqlite().await;
    let refused =
        Insert::into("setting").set("key", "a").set("value", "").set("updated_at", 1i64).exec(db.read()).await;
    assert!(refused.unwrap_err().to_string().contains("readonly"), "a reading connection must not write");
    let synchronous: i64 = db
        .write(|tx: Tx| async move { Sql::new("PRAGMA synchronous").scalar::<i64>(&tx).await })
        .await
        .unwrap()
        .unwrap();
    assert_eq!(synchronous, 2, "FULL");
    let keys: i64 = Sql::new("PRAGMA foreign_keys").scalar(db.read()).await.unwrap().unwrap();
    assert_eq!(keys, 1);
}

#[tokio::test]
async fn x1_serializable_conflicts_are_run_again_until_none_is_lost() {
    let options = store::Options { serializable: true, connections: 16, ..Default::default() };
    let Some(db) = store::testing::postgres_with(options).await else { return };
    db.write(|tx: Tx| async move {
        Insert::into("setting").set("key", "n").set("value", "0").set("updated_at", 0i64).exec(&tx).await
    })
    .await
    .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = db.store.clone();
        tasks.spawn(async move {
            for _ in 0..10 {
                store
                    .write(|tx: Tx| async move {
                        let n: i64 =
                            Sql::new("SELECT updated_at FROM setting WHERE key = 'n'").scalar(&tx).await?.unwrap_or(0);
                        Sql::new("UPDATE setting SET updated_at = $1 WHERE key = 'n'").bind(n + 1).exec(&tx).await?;
                        Ok::<_, Error>(())
                    })
                    .await
                    .unwrap();
            }
        });
    }
    tasks.join_all().await;
    let n: i64 = Sql::new("SELECT updated_at FROM setting WHERE key = 'n'").scalar(db.read()).await.unwrap().unwrap();
    assert_eq!(n, 80);
}

#[tokio::test]
async fn x1_values_come_back_as_they_were_put() {
    each_engine(async |db| {
        let id = id_at(1_000, &Entropy::seeded(1));
        db.write(move |tx: Tx| async move {
            Insert::into("account")
                .set("id", id)
                .set("kind", "citizen")
                .set("full_name", "Nguyễn Thị Ánh")
                .set("assurance", "phone")
                .set("language", "vi")
                .set("notify_sms", true)
                .set("phone", None::<String>)
                .set("totp_sealed", vec![0u8, 255])
                .set("created_at", i64::MAX)
                .set("updated_at", 0i64)
                .exec(&tx)
                .await
        })
        .await
        .unwrap();
        #[derive(store::FromRow)]
        struct Row {
            id: Uuid,
            full_name: String,
            notify_sms: bool,
            phone: Option<String>,
            totp_sealed: Option<Vec<u8>>,
            created_at: i64,
        }
        let row: Row = Sql::new("SELECT * FROM account WHERE id = $1").bind(id).one(db.read()).await.unwrap().unwrap();
        assert_eq!((row.id, row.full_name.as_str(), row.notify_sms), (id, "Nguyễn Thị Ánh", true));
        assert_eq!((row.phone, row.totp_sealed, row.created_at), (None, Some(vec![0, 255]), i64::MAX));
    })
    .await;
}

#[tokio::test]
async fn x1_values_go_where_their_number_says_and_none_may_be_missing() {
    each_engine(async |db| {
        let difference = "SELECT CAST($2 AS BIGINT) - CAST($1 AS BIGINT)";
        let n: Option<i64> = Sql::new(difference).bind(1i64).bind(10i64).scalar(db.read()).await.unwrap();
        assert_eq!(n, Some(9), "not in the order in which they stand in the text");
        let twice: Option<i64> = Sql::new("SELECT CAST($2 AS BIGINT) - CAST($1 AS BIGINT) - CAST($2 AS BIGINT)")
            .bind(1i64)
            .bind(10i64)
            .scalar(db.read())
            .await
            .unwrap();
        assert_eq!(twice, Some(-1), "one value in two places");
        for sql in [Sql::new(difference), Sql::new(difference).bind(1i64)] {
            assert!(sql.scalar::<i64>(db.read()).await.is_err(), "a missing value is not NULL");
        }
    })
    .await;
}

#[tokio::test]
async fn x9_a_backup_is_whole_and_refuses_to_overwrite() {
    let db = store::testing::sqlite().await;
    db.write(|tx: Tx| async move { insert(&tx, "kept").await }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.sqlite");
    db.backup_to(&file).await.unwrap();
    assert!(db.backup_to(&file).await.is_err());
    let copy = store::Store::open(&format!("sqlite:{}", file.display()), Default::default()).await.unwrap();
    assert_eq!(count(copy.read()).await, 1);
    copy.integrity().await.unwrap();
}

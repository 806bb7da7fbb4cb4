//! Turning the key of persons' data (A15) under a running server that is killed in the middle.

use crate::harness::{Engine, Install, PATIENCE, eventually, key_in};
use base::{
    clock::{Clock, Entropy},
    ids::{Uuid, new_id},
    keys::{Keys, Purpose},
};
use domain::accounts::linked::turn;
use store::{FromRow, Insert, Sql, Store, Tx};

const ROWS: u32 = 20_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a15_kill_9_while_the_key_is_turned_loses_nothing_on_sqlite() {
    turned(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a15_kill_9_while_the_key_is_turned_loses_nothing_on_postgres() {
    turned(Engine::Postgres).await;
}

fn number(n: u32) -> String {
    format!("044090{n:06}")
}

fn bound(account: Uuid) -> Vec<u8> {
    [account.as_bytes().as_slice(), b"number"].concat()
}

async fn fill(store: &Store, keys: Keys) {
    let (clock, entropy) = (Clock::system(), Entropy::system());
    for part in 0..ROWS / 1_000 {
        let (keys, clock, entropy) = (keys.clone(), clock.clone(), entropy.clone());
        let some = move |tx: Tx| async move {
            for n in part * 1_000..(part + 1) * 1_000 {
                let (account, number) = (new_id(&clock, &entropy), number(n));
                let sealed = keys.seal(Purpose::PersonalNumber, &bound(account), number.as_bytes(), &entropy);
                Insert::into("account_fact")
                    .set("account_id", account)
                    .set("name", "number")
                    .set("sealed", sealed)
                    .set("number_hash", keys.hash(Purpose::PersonalNumberIndex, &[number.as_bytes()]).to_vec())
                    .set("source", "vneid")
                    .set("assurance", "verified")
                    .set("proved_at", 1i64)
                    .exec(&tx)
                    .await?;
            }
            Ok::<_, store::Error>(())
        };
        store.write(some).await.unwrap();
    }
}

async fn turned(engine: Engine) {
    let Some(install) = Install::new(engine).await else { return };
    let store = install.store().await;
    fill(&store, install.keys()).await;
    let file = install.folder.path().join("persons-key");
    install.ok(&["secret", &file.display().to_string()]);
    install.change("[secrets]\n", &format!("[secrets]\npersons_key_file = \"{}\"\n", file.display()));
    let keys = install.keys().turned(&key_in(&file), None);
    let left = async || turn::left(&store, &keys).await.unwrap();
    assert_eq!(left().await, i64::from(ROWS));

    let server = install.serve().await;
    eventually("some rows are turned", PATIENCE, async || left().await < i64::from(ROWS)).await;
    server.kill();
    let rest = left().await;
    assert!((1..i64::from(ROWS)).contains(&rest), "{rest} of {ROWS} are left");
    assert!(install.ok(&["check"]).contains(&format!("còn {rest} dòng")));

    let server = install.serve().await;
    eventually("all rows are turned", PATIENCE, async || left().await == 0).await;
    assert!(install.ok(&["check"]).contains("mọi dòng dùng khóa hiện tại"));
    let log = server.kill();
    assert!(!log.contains("044090"), "a number stands in the log");

    #[derive(FromRow)]
    struct Row {
        account_id: Uuid,
        sealed: Vec<u8>,
        number_hash: Vec<u8>,
    }
    let rows: Vec<Row> = Sql::new("SELECT account_id, sealed, number_hash FROM account_fact ORDER BY account_id")
        .all(store.read())
        .await
        .unwrap();
    // Without the master key, which was the key before.
    let alone = Keys::new(&[1; 32]).turned(&key_in(&file), None);
    let mut numbers: Vec<String> = Vec::new();
    for row in rows {
        let plain = alone.open(Purpose::PersonalNumber, &bound(row.account_id), &row.sealed).unwrap();
        assert_eq!(alone.hash(Purpose::PersonalNumberIndex, &[&plain]).to_vec(), row.number_hash);
        numbers.push(String::from_utf8(plain).unwrap());
    }
    numbers.sort();
    assert_eq!(numbers, (0..ROWS).map(number).collect::<Vec<_>>());
}

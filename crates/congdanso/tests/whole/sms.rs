//! The operator goes away and comes back (S9): nothing is lost, the queue can be seen, one-time codes go first.

use crate::{
    harness::{Engine, Install, PATIENCE, Server, eventually, number, operator},
    people::{self, Person},
};
use base::{
    clock::{DAY, MINUTE},
    phone::PhoneNumber,
};
use domain::{
    core::Core,
    sms::{self, Lane, Sms},
};
use std::time::Duration;
use store::Tx;

async fn put(core: &Core, person: &Person, lane: Lane, text: &str) {
    let sms = Sms { to: PhoneNumber::parse(&person.phone).unwrap(), text: text.into() };
    let core2 = core.clone();
    core.store
        .write(move |tx: Tx| async move {
            let lives = if matches!(lane, Lane::Urgent) { 5 * MINUTE } else { DAY };
            sms::put(&core2, &tx, &sms, lane, None, lives).await
        })
        .await
        .unwrap();
}

async fn waiting(server: &Server, lane: &str) -> Option<f64> {
    server.metric(&format!("outbox_waiting{{channel=\"sms\",lane=\"{lane}\"}}")).await
}

async fn away_and_back(engine: Engine) {
    let (smsc, port) = operator().await;
    let Some(install) = Install::new(engine).await else { return };
    // So slow that the order of sending is the order of arriving.
    let install = install.with_sms(port);
    install.change("window = 100\nrate_per_second = 2000", "window = 1\nrate_per_second = 20");
    let person = people::citizens(&install, 1).await.remove(0);
    let core = install.core().await;
    let server = install.serve().await;
    eventually("bound", PATIENCE, async || smsc.status().bound == 1).await;
    put(&core, &person, Lane::Normal, "Trước khi mất kết nối").await;
    eventually("the first one arrives", PATIENCE, async || smsc.messages(None).len() == 1).await;

    smsc.go_away(Duration::from_secs(600));
    eventually("the loss is seen", PATIENCE, async || server.metric("sms_connected").await == Some(0.0)).await;
    for n in 0..8 {
        put(&core, &person, Lane::Bulk, &format!("Tin loan bao {n}")).await;
        put(&core, &person, Lane::Normal, &format!("Tin thuong {n}")).await;
    }
    for n in 0..3 {
        put(&core, &person, Lane::Urgent, &format!("{n}11111 la ma xac thuc")).await;
    }
    // Whoever runs the province sees that messages wait, and in which lane.
    eventually("the queue is visible", PATIENCE, async || {
        waiting(&server, "urgent").await == Some(3.0)
            && waiting(&server, "normal").await == Some(8.0)
            && waiting(&server, "bulk").await == Some(8.0)
    })
    .await;
    assert!(server.metric("outbox_oldest_seconds{channel=\"sms\"}").await.is_some_and(|s| s >= 0.0));
    assert_eq!(smsc.messages(None).len(), 1, "nothing can have left");
    // The province goes on without its operator.
    assert_eq!(server.status("/readyz").await, Some(200));

    smsc.come_back();
    eventually("the queue drains", PATIENCE * 2, async || smsc.messages(None).len() == 20).await;
    let mut texts: Vec<String> = smsc.messages(None).into_iter().map(|m| m.text).collect();
    texts.reverse();
    let kind = |text: &str| match text {
        t if t.contains("ma xac thuc") => 0,
        t if t.starts_with("Tin thuong") => 1,
        _ => 2,
    };
    let order: Vec<i32> = texts[1..].iter().map(|t| kind(t)).collect();
    assert!(order.is_sorted(), "codes first, bulk last: {texts:?}");
    eventually("every receipt is in", PATIENCE, async || {
        number(&core.store, "SELECT count(*) FROM outbox WHERE state = 'delivered'").await == 20
    })
    .await;
    eventually("nothing waits", PATIENCE, async || waiting(&server, "urgent").await == Some(0.0)).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s9_messages_wait_for_an_operator_that_is_gone_and_codes_go_first_on_sqlite() {
    away_and_back(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s9_messages_wait_for_an_operator_that_is_gone_and_codes_go_first_on_postgres() {
    away_and_back(Engine::Postgres).await;
}

/// Notices whose answers are slow fill the worker's hands; a code overtakes them all the same (W5).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn w5_a_code_does_not_wait_for_notices_whose_answers_are_slow() {
    let (smsc, port) = operator().await;
    let install = Install::sqlite().with_sms(port);
    let person = people::citizens(&install, 1).await.remove(0);
    let core = install.core().await;
    let server = install.serve().await;
    eventually("bound", PATIENCE, async || smsc.status().bound == 1).await;
    smsc.set_faults(|f| f.delay_answers = Duration::from_secs(8));
    for n in 0..80 {
        put(&core, &person, Lane::Bulk, &format!("Tin loan bao {n}")).await;
    }
    eventually("a batch is under way", PATIENCE, async || smsc.messages(None).len() >= 32).await;
    put(&core, &person, Lane::Urgent, "123456 la ma xac thuc").await;
    eventually("the code overtakes", Duration::from_secs(4), async || {
        smsc.messages(None).iter().any(|m| m.text.starts_with("123456"))
    })
    .await;
    smsc.set_faults(|f| f.delay_answers = Duration::ZERO);
    drop(server);
}

/// Killed between the operator's yes and our note of it: the receipt proves that the operator has the message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s9_a_receipt_settles_a_message_whose_answer_died_with_the_process() {
    let (smsc, port) = operator().await;
    let install = Install::sqlite().with_sms(port);
    let person = people::citizens(&install, 1).await.remove(0);
    let core = install.core().await;
    let server = install.serve().await;
    eventually("bound", PATIENCE, async || smsc.status().bound == 1).await;
    // The operator delivers but its answer is slower than the kill.
    smsc.set_faults(|f| f.delay_answers = Duration::from_secs(60));
    put(&core, &person, Lane::Normal, "Chi mot lan").await;
    eventually("it arrives", PATIENCE, async || smsc.messages(None).len() == 1).await;
    server.kill();
    smsc.set_faults(|f| f.delay_answers = Duration::ZERO);
    assert_eq!(number(&core.store, "SELECT count(*) FROM outbox WHERE state = 'sending'").await, 1);

    let server = install.serve().await;
    eventually("the receipt settles it", PATIENCE, async || {
        number(&core.store, "SELECT count(*) FROM outbox WHERE state IN ('sent', 'delivered')").await == 1
    })
    .await;
    assert_eq!(smsc.messages(None).len(), 1, "sent once");
    server.stop().await;
}

/// An operator that takes messages and never answers must not hold up the end of the process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x9_an_operator_that_does_not_answer_does_not_hold_up_the_end() {
    let (smsc, port) = operator().await;
    let install = Install::sqlite().with_sms(port);
    install.change("window = 100", "response_seconds = 120\nwindow = 100");
    let person = people::citizens(&install, 1).await.remove(0);
    let core = install.core().await;
    let mut server = install.serve().await;
    eventually("bound", PATIENCE, async || smsc.status().bound == 1).await;
    smsc.set_faults(|f| f.delay_answers = Duration::from_secs(300));
    put(&core, &person, Lane::Normal, "Khong ai tra loi").await;
    eventually("it is under way", PATIENCE, async || smsc.messages(None).len() == 1).await;
    server.terminate();
    let end = server.wait_end(Duration::from_secs(15)).await;
    assert!(end.is_some_and(|e| e.success()), "{end:?}: {}", server.log());
}

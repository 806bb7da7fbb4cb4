//! What waits to leave the house leaves it, once where the peer confirmed it, urgent things first.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use base::{
    clock::{Entropy, MINUTE},
    ids::id_at,
};
use store::{
    Sql, Tx,
    outbox::{CLAIM, Message, Outcome, put},
    testing::{TestStore, each_engine},
};

async fn put_one(db: &TestStore, n: u64, lane: i32, dedupe: Option<&str>) -> bool {
    let m = Message {
        id: id_at(n as i64, &Entropy::seeded(n)),
        channel: "sms",
        lane,
        dedupe: dedupe.map(str::to_owned),
        payload: vec![n as u8],
        now: n as i64,
        expires_at: 10 * MINUTE,
    };
    db.write(move |tx: Tx| async move { put(&tx, m).await }).await.unwrap()
}

async fn state(db: &TestStore) -> Vec<String> {
    Sql::new("SELECT state FROM outbox ORDER BY created_at").scalars(db.read()).await.unwrap()
}

#[tokio::test]
async fn s9_urgent_messages_are_claimed_before_older_ones() {
    each_engine(async |db| {
        put_one(&db, 1, 2, None).await;
        put_one(&db, 2, 1, None).await;
        put_one(&db, 3, 0, None).await;
        let claimed = db.claim_outbox("sms", "w1", 2, 100).await.unwrap();
        assert_eq!(claimed.iter().map(|c| c.payload[0]).collect::<Vec<_>>(), [3, 2]);
        assert!(db.claim_outbox("mail", "w1", 2, 100).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn s9_the_same_cause_puts_one_message() {
    each_engine(async |db| {
        assert!(put_one(&db, 1, 1, Some("report 1 accepted")).await);
        assert!(!put_one(&db, 2, 1, Some("report 1 accepted")).await);
        assert!(put_one(&db, 3, 1, None).await);
        assert!(put_one(&db, 4, 1, None).await);
    })
    .await;
}

#[tokio::test]
async fn s9_a_dead_workers_message_is_taken_over_and_a_late_confirmation_still_counts() {
    each_engine(async |db| {
        put_one(&db, 1, 1, None).await;
        let first = db.claim_outbox("sms", "w1", 9, 100).await.unwrap();
        assert!(db.claim_outbox("sms", "w2", 9, 200).await.unwrap().is_empty());
        let again = db.claim_outbox("sms", "w2", 9, 100 + CLAIM).await.unwrap();
        assert_eq!(again[0].id, first[0].id);
        // The first worker was only slow: the peer took the message.
        db.settle_outbox("sms", first[0].id, "w1", Outcome::Sent { peer_ids: vec!["A1".into()] }, 300).await.unwrap();
        db.settle_outbox("sms", first[0].id, "w2", Outcome::Later { at: 400, error: "x".into() }, 301).await.unwrap();
        assert_eq!(state(&db).await, ["sent"]);
        assert!(db.claim_outbox("sms", "w3", 9, 100 + 9 * CLAIM).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn s9_receipts_complete_a_message_when_all_its_parts_arrived() {
    each_engine(async |db| {
        put_one(&db, 1, 1, None).await;
        let c = db.claim_outbox("sms", "w1", 9, 100).await.unwrap();
        let sent = Outcome::Sent { peer_ids: vec!["aa".into(), "bb".into()] };
        db.settle_outbox("sms", c[0].id, "w1", sent, 300).await.unwrap();
        assert!(db.receive_receipt("sms", "AA", true, String::new(), 400).await.unwrap());
        assert!(!db.receive_receipt("sms", "AA", true, String::new(), 401).await.unwrap(), "a receipt repeated");
        assert_eq!(state(&db).await, ["sent"]);
        db.receive_receipt("sms", "bb", true, String::new(), 402).await.unwrap();
        assert_eq!(state(&db).await, ["delivered"]);
        assert!(!db.receive_receipt("sms", "zz", true, String::new(), 402).await.unwrap());
        let counts = db.outbox_counts("sms").await.unwrap();
        assert_eq!((counts[0].state.as_str(), counts[0].n), ("delivered", 1));
    })
    .await;
}

#[tokio::test]
async fn s9_what_failed_waits_its_time() {
    each_engine(async |db| {
        put_one(&db, 1, 1, None).await;
        let c = db.claim_outbox("sms", "w1", 9, 100).await.unwrap();
        db.settle_outbox("sms", c[0].id, "w1", Outcome::Later { at: 50_000, error: "throttled".into() }, 300)
            .await
            .unwrap();
        assert!(db.claim_outbox("sms", "w1", 9, 49_999).await.unwrap().is_empty());
        let again = db.claim_outbox("sms", "w1", 9, 50_000).await.unwrap();
        assert_eq!(again[0].tries, 2);
        db.settle_outbox("sms", again[0].id, "w1", Outcome::Failed { error: "no such number".into() }, 50_001)
            .await
            .unwrap();
        assert_eq!(state(&db).await, ["failed"]);
    })
    .await;
}

#[tokio::test]
async fn s9_receipts_of_every_part_settle_a_message_whose_worker_died() {
    each_engine(async |db| {
        put_one(&db, 1, 1, None).await;
        let c = db.claim_outbox("sms", "dead", 9, 100).await.unwrap();
        assert!(db.unknown_outbox("sms", "dead").await.unwrap().is_empty(), "its own worker has it under way");
        assert_eq!(db.unknown_outbox("sms", "w2").await.unwrap().len(), 1);
        for twice in [200, 201] {
            db.prove_part("sms", c[0].id, "AA", 2, twice).await.unwrap();
            assert_eq!(state(&db).await, ["sending"], "one of two parts is not the message");
        }
        db.prove_part("sms", c[0].id, "bb", 2, 300).await.unwrap();
        assert_eq!(state(&db).await, ["sent"]);
        assert!(db.claim_outbox("sms", "w2", 9, 100 + 9 * CLAIM).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn s9_what_waits_is_counted_by_lane_with_its_age() {
    each_engine(async |db| {
        for (n, lane) in [(1, 1), (2, 1), (3, 0), (4, 2)] {
            put_one(&db, n, lane, None).await;
        }
        let claimed = db.claim_outbox("sms", "w1", 1, 100).await.unwrap();
        db.settle_outbox("sms", claimed[0].id, "w1", Outcome::Sent { peer_ids: vec!["a".into()] }, 200).await.unwrap();
        let mut waiting = db.outbox_waiting("sms").await.unwrap();
        waiting.sort_by_key(|w| w.lane);
        let shown: Vec<_> = waiting.iter().map(|w| (w.lane, w.n, w.oldest)).collect();
        assert_eq!(shown, [(1, 2, Some(1)), (2, 1, Some(4))]);
    })
    .await;
}

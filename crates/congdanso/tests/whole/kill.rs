//! `kill -9` at random moments of a write load (contract of issue 2): nothing acknowledged is missing, nothing is half, every
//! message arrives, and none twice whose confirmation was recorded. Three kills in the daily run, twenty with
//! `CONGDANSO_SOAK=1`.

use crate::{
    harness::{Engine, Install, PATIENCE, eventually, number, numbers, operator, random},
    load::{Acknowledged, Load},
    people,
};
use base::ids::Uuid;
use domain::{core::Core, sms};
use sandbox::smsc::Smsc;
use std::{
    collections::{HashMap, HashSet},
    sync::atomic::Ordering,
    time::Duration,
};
use store::{FromRow, Sql, Store, Tx};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_in_a_write_load_loses_nothing_acknowledged_on_sqlite() {
    series(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_in_a_write_load_loses_nothing_acknowledged_on_postgres() {
    series(Engine::Postgres).await;
}

fn kills() -> usize {
    if std::env::var("CONGDANSO_SOAK").is_ok_and(|v| v == "1") { 20 } else { 3 }
}

async fn series(engine: Engine) {
    let (smsc, port) = operator().await;
    let Some(install) = Install::new(engine).await else { return };
    let install = install.with_sms(port);
    let kills = kills();
    let mut people = people::citizens(&install, 60 * kills as u32 + 20).await;
    let photographers = people.split_off(people.len() - 4);
    let officers = [people::dispatcher(&install).await, people::dispatcher(&install).await];
    let core = install.core().await;

    let mut server = install.serve().await;
    let load = Load::new(&server, people);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        tasks.spawn(load.clone().citizen());
    }
    for officer in officers {
        tasks.spawn(load.clone().officer(officer));
    }
    for person in photographers {
        tasks.spawn(load.clone().photographer(person));
    }

    let mut log = String::new();
    let mut confirmed = Confirmed::default();
    for _ in 0..kills {
        let before = load.done.reports.lock().unwrap().len();
        tokio::time::sleep(Duration::from_millis(250 + random(900))).await;
        eventually("reports are acknowledged between two kills", PATIENCE, async || {
            load.done.reports.lock().unwrap().len() > before
        })
        .await;
        log.push_str(&server.kill());
        confirmed.look(&core, &smsc).await;
        server = install.serve().await;
    }
    load.stop.store(true, Ordering::Relaxed);
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    // Once more with a full outbox and nobody writing.
    log.push_str(&server.kill());
    confirmed.look(&core, &smsc).await;
    let server = install.serve().await;
    eventually("what nobody had claimed is sent", PATIENCE, async || queued(&core.store).await == 0).await;
    // Receipts settle what the operator already has; the last ones come within its delay.
    let mut told = 0;
    eventually("the operator has told what it has", PATIENCE, async || {
        tokio::time::sleep(Duration::from_millis(700)).await;
        told == std::mem::replace(&mut told, smsc.status().receipts_answered)
    })
    .await;
    claims_run_out(&core.store).await;
    sent_at_last(&core.store).await;

    let strange = load.done.strange.lock().unwrap().clone();
    assert!(strange.is_empty(), "{strange:?}\n{log}");
    nothing_acknowledged_is_missing(&core.store, &load.done).await;
    nothing_is_half(&core).await;
    let twice = every_message_arrived(&core, &smsc).await;
    confirmed.never_again(&core, &smsc).await;
    log.push_str(&server.stop().await);
    let said = install.ok(&["audit", "verify"]);
    assert!(said.contains("chuỗi nguyên vẹn"), "{said}");
    core.store.integrity().await.unwrap();
    assert!(!log.contains("panicked"), "{log}");
    eprintln!(
        "{engine:?}: {kills} + 1 kills, {} reports, {} with photos, {} acts, {} forms sent again, {} SMS, {twice} of them twice (unconfirmed)",
        load.done.reports.lock().unwrap().len(),
        load.done.photos.lock().unwrap().len(),
        load.done.acts.lock().unwrap().len(),
        load.done.again.load(Ordering::Relaxed),
        smsc.status().messages,
    );
}

/// The two minutes after which a dead worker's messages may be taken, without waiting for them.
async fn claims_run_out(store: &Store) {
    store
        .write(async |tx: Tx| {
            Sql::new("UPDATE outbox SET claimed_until = 0 WHERE state = 'sending'").exec(&tx).await?;
            Sql::new("UPDATE outbox SET next_at = 0 WHERE state = 'unknown'").exec(&tx).await
        })
        .await
        .unwrap();
}

async fn queued(store: &Store) -> i64 {
    number(store, "SELECT count(*) FROM outbox WHERE state = 'queued'").await
}

async fn sent_at_last(store: &Store) {
    eventually("the outbox is empty", PATIENCE * 2, async || {
        number(store, "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending', 'unknown')").await == 0
    })
    .await;
    let failed: Vec<String> =
        Sql::new("SELECT error FROM outbox WHERE state = 'failed'").scalars(store.read()).await.unwrap();
    assert!(failed.is_empty(), "{failed:?}");
}

async fn nothing_acknowledged_is_missing(store: &Store, done: &Acknowledged) {
    let codes: Vec<String> = Sql::new("SELECT code FROM report").scalars(store.read()).await.unwrap();
    let codes: HashSet<String> = codes.into_iter().collect();
    let reports = done.reports.lock().unwrap().clone();
    let photos = done.photos.lock().unwrap().clone();
    let missing: Vec<&String> = reports.values().chain(&photos).filter(|c| !codes.contains(*c)).collect();
    assert!(missing.is_empty(), "acknowledged and gone: {missing:?}");
    // Every form was sent until it was answered, so there is one report a form: none is lost and none is double.
    let by_api = number(store, "SELECT count(*) FROM report WHERE source = 'api'").await;
    assert_eq!(by_api as usize, reports.len(), "one report a form");
    assert_eq!(reports.values().collect::<HashSet<_>>().len(), reports.len(), "one code a form");
    assert!(reports.len() > 20 && !photos.is_empty(), "a load that proves nothing: {} {}", reports.len(), photos.len());

    let events: Vec<String> =
        Sql::new("SELECT r.code || ' ' || CAST(e.no AS TEXT) FROM report_event e JOIN report r ON r.id = e.report_id")
            .scalars(store.read())
            .await
            .unwrap();
    let events: HashSet<String> = events.into_iter().collect();
    let acts = done.acts.lock().unwrap().clone();
    assert!(!acts.is_empty(), "no act was acknowledged");
    for (code, version) in acts {
        assert!(events.contains(&format!("{code} {version}")), "an acknowledged act on {code} is gone");
    }
}

#[derive(FromRow)]
struct PhotoRow {
    file: String,
    bytes: i64,
}

/// Reports, their history and their photos fit together; what a transaction writes is there as a whole.
async fn nothing_is_half(core: &Core) {
    let store = &core.store;
    for (what, sql) in [
        (
            "a report without its first step",
            "SELECT count(*) FROM report r WHERE NOT EXISTS
               (SELECT 1 FROM report_event e WHERE e.report_id = r.id AND e.no = 1 AND e.act = 'submit')",
        ),
        (
            "a step without its report",
            "SELECT count(*) FROM report_event e WHERE NOT EXISTS (SELECT 1 FROM report r WHERE r.id = e.report_id)",
        ),
        (
            "a gap in the history, or a version that is not the last step's number",
            "SELECT count(*) FROM report r JOIN
               (SELECT report_id, count(*) AS n, max(no) AS last FROM report_event GROUP BY report_id) e
               ON e.report_id = r.id WHERE e.n <> e.last OR r.version <> e.last",
        ),
        (
            "a state that is not the last step's",
            "SELECT count(*) FROM report r JOIN report_event e ON e.report_id = r.id AND e.no = r.version
               WHERE e.to_state <> r.state",
        ),
        (
            "a number of photos that is not theirs",
            "SELECT count(*) FROM report r WHERE r.photos <>
               (SELECT count(*) FROM report_photo p WHERE p.report_id = r.id AND p.side = 'before')",
        ),
        (
            "an answer to a form without its report",
            "SELECT count(*) FROM idempotency i WHERE NOT EXISTS
               (SELECT 1 FROM report r WHERE i.result LIKE '%' || r.code || '%')",
        ),
        (
            "an act that was told to nobody",
            "SELECT (SELECT count(*) FROM report_event WHERE act IN ('accept', 'resolve')) -
               (SELECT count(*) FROM outbox WHERE dedupe LIKE 'report %')",
        ),
    ] {
        assert_eq!(number(store, sql).await, 0, "{what}");
    }
    let photos: Vec<PhotoRow> = Sql::new("SELECT file, bytes FROM report_photo").all(store.read()).await.unwrap();
    assert!(!photos.is_empty());
    for photo in photos {
        for size in ["l", "s"] {
            let file = core.files.get(&format!("{}-{size}.jpg", photo.file)).await.unwrap();
            let bytes = file.unwrap_or_else(|| panic!("a row without its file ({size})"));
            assert!(image::load_from_memory(&bytes).is_ok(), "half a file ({size})");
            assert!(size == "s" || bytes.len() as i64 == photo.bytes, "a file of another size");
        }
    }
}

#[derive(FromRow)]
struct Message {
    id: Uuid,
    state: String,
    payload: Vec<u8>,
}

/// Outbox rows with how often the operator's inbox has them. Texts name the report and its state, so a text is one message.
async fn arrivals(core: &Core, smsc: &Smsc) -> Vec<(Uuid, String, usize)> {
    let mut inbox: HashMap<(String, String), usize> = HashMap::new();
    for m in smsc.messages(None) {
        *inbox.entry((m.to, m.text)).or_default() += 1;
    }
    let rows: Vec<Message> = Sql::new("SELECT id, state, payload FROM outbox").all(core.store.read()).await.unwrap();
    let mut seen = HashSet::new();
    rows.into_iter()
        .map(|row| {
            let sms = sms::open(core, row.id, &row.payload).unwrap();
            let key = (sms.to.as_e164().to_owned(), sms.text);
            assert!(seen.insert(key.clone()), "two messages with one text: they cannot be told apart");
            (row.id, row.state, inbox.get(&key).copied().unwrap_or(0))
        })
        .collect()
}

/// At least once each; gives how many came twice.
async fn every_message_arrived(core: &Core, smsc: &Smsc) -> usize {
    let all = arrivals(core, smsc).await;
    assert!(all.len() > 5, "a load that sends nothing proves nothing");
    let lost = all.iter().filter(|(_, _, n)| *n == 0).count();
    assert_eq!(lost, 0, "of {} messages", all.len());
    all.iter().filter(|(_, _, n)| *n > 1).count()
}

/// Messages whose confirmation was on record at some moment while the server was dead.
#[derive(Default)]
struct Confirmed(HashMap<Uuid, usize>);

impl Confirmed {
    async fn look(&mut self, core: &Core, smsc: &Smsc) {
        for (id, state, arrived) in arrivals(core, smsc).await {
            if matches!(state.as_str(), "sent" | "delivered") {
                assert!(arrived > 0, "recorded as sent and never arrived");
                self.0.entry(id).or_insert(arrived);
            }
        }
    }

    async fn never_again(&self, core: &Core, smsc: &Smsc) {
        for (id, _, arrived) in arrivals(core, smsc).await {
            if let Some(then) = self.0.get(&id) {
                assert_eq!(arrived, *then, "sent again although the operator's answer was recorded");
            }
        }
        assert_eq!(numbers(&core.store, "SELECT count(*) FROM outbox WHERE state = 'failed'").await, [0]);
    }
}

//! What is deleted by itself, and when (X17), on both engines; and what is still shown after the master key was lost.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use base::{
    clock::{DAY, Entropy, Millis},
    ids::Uuid,
    keys::{Keys, Purpose},
};
use domain::{
    core::Core,
    reports::{Draft, Place, automatic, rows, submit, views, watch},
    rights::Role,
    testing,
};
use store::{Insert, Sql, Tx, testing::each_engine};
use support::count;

/// One row of a table, made anew should the database ask for it again.
async fn put(core: &Core, row: impl Fn() -> Insert + Clone + Send + 'static) {
    let written = core.store.write(move |tx: Tx| {
        let row = row.clone();
        async move { row().exec(&tx).await }
    });
    written.await.unwrap();
}

async fn report(core: &Core) -> (Uuid, String) {
    let draft = Draft {
        content: "Ổ gà lớn".into(),
        category: "ha-tang".into(),
        place: Place { commune: Some("18880".into()), address: "Đường Hùng Vương".into(), ..Place::default() },
        ..Draft::default()
    };
    let citizen = testing::citizen(core, 1).await;
    let sent = submit(core, citizen, &draft, vec![], None, "test").await.unwrap();
    let row = rows::by_code(core.store.read(), sent.code.as_str()).await.unwrap().unwrap();
    (row.id, row.code)
}

/// A column's value tells which rows are still there.
async fn left(core: &Core, sql: &'static str) -> Vec<i64> {
    Sql::new(sql).scalars(core.store.read()).await.unwrap()
}

#[tokio::test]
async fn x17_what_another_system_said_of_a_person_is_forgotten_after_a_year() {
    each_engine(async |db| {
        let core = testing::core(&db).await;
        let now = core.now();
        for days in [364, 366] {
            let (id, at) = (core.new_id(), now - days * DAY);
            let row = move || {
                Insert::into("report_contact").set("report_id", id).set("sealed", vec![0u8]).set("created_at", at)
            };
            put(&core, row).await;
        }
        automatic::sweep(&core).await.unwrap();
        assert_eq!(left(&core, "SELECT created_at FROM report_contact").await, [now - 364 * DAY]);
    })
    .await;
}

#[tokio::test]
async fn x17_the_phone_of_somebody_outside_is_forgotten_a_month_after_the_question_ended() {
    each_engine(async |db| {
        let core = testing::core(&db).await;
        let now = core.now();
        for days in [29, 31] {
            let id = core.new_id();
            let row = move || {
                Insert::into("report_consult")
                    .set("id", id)
                    .set("report_id", id)
                    .set("outside", "Ông Thợ")
                    .set("phone", "+84912000001")
                    .set("question", "Bao giờ xong?")
                    .set("asked_at", now - 60 * DAY)
                    .set("asked_by", id)
                    .set("expires_at", now - days * DAY)
            };
            put(&core, row).await;
        }
        automatic::sweep(&core).await.unwrap();
        let with = "SELECT expires_at FROM report_consult WHERE phone IS NOT NULL";
        assert_eq!(left(&core, with).await, [now - 29 * DAY]);
        assert_eq!(
            count(&core, "SELECT count(*) FROM report_consult WHERE outside = 'Ông Thợ'").await,
            2,
            "the name stays"
        );
    })
    .await;
}

#[tokio::test]
async fn x17_whom_a_watch_was_told_is_forgotten_after_half_a_year_and_so_are_its_jobs() {
    each_engine(async |db| {
        let core = testing::core(&db).await;
        let now = core.now();
        for days in [179, 181] {
            let id = core.new_id();
            let told = move || {
                let row = Insert::into("watch_told").set("account_id", id).set("report_id", id);
                row.set("at", now - days * DAY).set("told", true)
            };
            put(&core, told).await;
        }
        for (kind, days) in
            [("report-public", Some(179)), ("report-public", Some(181)), ("report-public", None), ("other", Some(181))]
        {
            let id = core.new_id();
            let job = move || {
                Insert::into("job")
                    .set("id", id)
                    .set("kind", kind)
                    .set("dedupe", id.to_string())
                    .set("payload", "")
                    .set("run_at", now - 200 * DAY)
                    .set("done_at", days.map(|d: Millis| now - d * DAY))
            };
            put(&core, job).await;
        }
        core.store.write(move |tx: Tx| async move { watch::sweep(&tx, now).await }).await.unwrap();
        assert_eq!(left(&core, "SELECT at FROM watch_told").await, [now - 179 * DAY]);
        let done = "SELECT done_at FROM job WHERE kind = 'report-public' AND done_at IS NOT NULL";
        assert_eq!(left(&core, done).await, [now - 179 * DAY]);
        assert_eq!(count(&core, "SELECT count(*) FROM job").await, 3, "neither what waits nor what is others'");
    })
    .await;
}

#[tokio::test]
async fn r12_a_contact_sealed_with_a_lost_key_is_said_to_be_unreadable_and_the_reporter_is_shown() {
    each_engine(async |db| {
        let core = testing::core(&db).await;
        let (id, code) = report(&core).await;
        let sealed = Keys::new(&[8; 32]).seal(Purpose::Contact, id.as_bytes(), b"{}", &Entropy::seeded(1));
        let row = move || {
            Insert::into("report_contact").set("report_id", id).set("sealed", sealed.clone()).set("created_at", 1i64)
        };
        put(&core, row).await;
        let leader = testing::officer(&core, "Trần Văn Mẫu", "18880", Role::UnitLeader).await;
        let revealed = views::reveal(&core, &leader, &code, "Cần hỏi thêm").await.unwrap();
        assert!(revealed.contact.unreadable && revealed.contact.phone.is_empty());
        assert_eq!(revealed.full_name, "Người Thử 1");
    })
    .await;
}

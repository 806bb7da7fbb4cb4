//! Whoever asks gets the own report, whatever others ask at the same moment.

use super::Together;
use crate::{
    core::Core,
    reports::{Draft, Place, rows, submit},
    testing,
};
use futures_util::future::join_all;

/// By a person of their own: nobody may send as many as are needed here.
async fn sent(core: &Core, n: u32) -> String {
    let by = testing::citizen(core, n).await;
    let draft = Draft {
        content: format!("Ổ gà số {n} trên đường"),
        category: "ha-tang".into(),
        place: Place { point: None, commune: Some("18880".into()), address: "Đường Hùng Vương".into() },
        ..Draft::default()
    };
    core.clock.advance(1000);
    submit(core, by, &draft, vec![], None, "test").await.unwrap().code.as_str().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_2_reports_that_are_asked_for_together_go_to_who_asked_for_them() {
    store::testing::each_engine(async |db| {
        let core = testing::core(&db).await;
        let mut codes = Vec::new();
        for n in 0..40 {
            codes.push(sent(&core, n).await);
        }
        // More than one statement takes; some twice; some that do not exist.
        let asked: Vec<String> =
            (0..300).map(|n| if n % 7 == 0 { format!("khong-{n}") } else { codes[n % 40].clone() }).collect();
        let found = join_all(asked.iter().map(|code| core.together.find(code))).await;
        for (code, found) in asked.iter().zip(found) {
            match found.unwrap() {
                Some((report, events)) => {
                    assert_eq!(&report.code, code);
                    assert!(!events.is_empty() && events.iter().all(|e| e.report_id == report.id));
                    let alone = rows::with_events(core.store.read(), code).await.unwrap().unwrap();
                    assert_eq!(format!("{:?}", (report, events)), format!("{alone:?}"));
                }
                None => assert!(code.starts_with("khong-"), "{code} was not found"),
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_2_who_goes_away_holds_nobody_up_and_what_was_written_is_seen() {
    store::testing::each_engine(async |db| {
        let core = testing::core(&db).await;
        let code = sent(&core, 0).await;
        for n in 1..40 {
            // Asked and given up at once, as a phone that loses its network does.
            let gone: Vec<_> = (0..20)
                .map(|_| {
                    let (together, code) = (core.together.clone(), code.clone());
                    tokio::spawn(async move { together.find(&code).await.is_ok() })
                })
                .collect();
            gone.iter().for_each(tokio::task::JoinHandle::abort);
            let fresh = sent(&core, n).await;
            assert!(core.together.find(&fresh).await.unwrap().is_some(), "what was just written is there");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_2_a_database_that_is_gone_is_told_to_everybody_who_asks() {
    store::testing::each_engine(async |db| {
        let core = testing::core(&db).await;
        let together = Together::on(&db);
        let postgres = core.store.engine() == store::Engine::Postgres;
        core.store.clone().close().await;
        if postgres {
            let asked = join_all((0..20).map(|_| together.find("khong-co"))).await;
            assert!(asked.iter().all(Result::is_err));
        }
    })
    .await;
}

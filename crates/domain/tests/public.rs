//! What everybody sees of all reports, on both engines: the live map, the figures, and who is told of what happens near them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use base::{
    clock::{DAY, HOUR},
    geo::Point,
    ids::Uuid,
};
use domain::{
    core::Core,
    notices,
    packs::Bounds,
    reports::{
        Act, Command, Draft, Place, act_as_author, act_as_officer, automatic,
        live::{Count, Live, Spot, public_point},
        open, rows, submit,
        tally::{self, Narrow},
        views::{self, PublicFilter},
        watch,
    },
    rights::{Officer, Role},
    testing,
};
use std::sync::Arc;
use store::{Sql, Tx, testing::each_engine};

struct World {
    core: Core,
    citizen: Uuid,
    leader: Officer,
    province: Officer,
    _db: store::testing::TestStore,
}

const HERE: Point = Point { lat: 17.468_93, lon: 106.622_71 };

async fn world(db: store::testing::TestStore) -> World {
    let core = testing::core(&db).await;
    let citizen = testing::citizen(&core, 1).await;
    let leader = testing::officer(&core, "Trần Văn Mẫu", "18880", Role::UnitLeader).await;
    let province = testing::officer(&core, "Điều Phối", "*", Role::ProvinceOperator).await;
    World { core, citizen, leader, province, _db: db }
}

impl World {
    async fn send(&self, by: Uuid, category: &str, commune: &str, point: Option<Point>) -> String {
        let draft = Draft {
            title: String::new(),
            content: "Ổ gà lớn trước trường tiểu học".into(),
            category: category.into(),
            place: Place { point, commune: Some(commune.into()), address: "Đường Hùng Vương".into() },
            anonymous: true,
            answers: domain::reports::Answers::default(),
            contact: domain::reports::Contact::default(),
        };
        submit(&self.core, by, &draft, vec![], None, "test").await.unwrap().code.as_str().to_owned()
    }

    /// An act of the unit's leader or of the province, whoever may.
    async fn staff(&self, code: &str, command: Command) -> bool {
        self.core.clock.advance(1000);
        for by in [&self.leader, &self.province] {
            let seen = rows::by_code(self.core.store.read(), code).await.unwrap().unwrap().version;
            if act_as_officer(&self.core, by, code, seen, command.clone(), vec![]).await.is_ok() {
                return true;
            }
        }
        false
    }

    async fn accept(&self, code: &str) {
        assert!(self.staff(code, Command::Accept { note: String::new() }).await);
    }
}

fn around(p: Point) -> Bounds {
    Bounds { west: p.lon - 0.01, south: p.lat - 0.01, east: p.lon + 0.01, north: p.lat + 0.01 }
}

/// The codes on a map, as another node would show it.
async fn on_map(core: &Core, live: &Live, f: &PublicFilter) -> Vec<String> {
    let mut codes = Vec::new();
    let tell = |spot: Spot<'_>| {
        if let Spot::One { code, lat, lon, .. } = spot {
            assert_eq!(public_point(HERE), Point { lat, lon }, "the public sees the rounded place");
            codes.push(format!("{code:010}"));
        }
    };
    live.points(core, f, &around(HERE), 1_000, tell).await.unwrap();
    codes
}

#[tokio::test]
async fn r10_a_report_is_on_every_nodes_map_when_it_is_accepted_and_gone_when_it_is_hidden() {
    each_engine(async |db| {
        let w = world(db).await;
        let all = PublicFilter::default();
        // A second node has a picture of its own, made before anything happens.
        let other = Arc::new(Live::default());
        assert!(on_map(&w.core, &other, &all).await.is_empty());
        let code = w.send(w.citizen, "ha-tang", "18880", Some(HERE)).await;
        for live in [&w.core.pictures.live, &other] {
            assert!(on_map(&w.core, live, &all).await.is_empty(), "R11: not before acceptance");
        }
        w.accept(&code).await;
        for live in [&w.core.pictures.live, &other, &Live::default()] {
            assert_eq!(on_map(&w.core, live, &all).await, [code.as_str()]);
        }
        let mark = w.core.pictures.live.generation(&w.core).await.unwrap();
        assert_eq!(w.core.pictures.live.generation(&w.core).await.unwrap(), mark, "nothing happened");
        for (filter, shown) in [
            (PublicFilter { category: Some("ha-tang".into()), ..all.clone() }, true),
            (PublicFilter { category: Some("dien".into()), ..all.clone() }, false),
            (PublicFilter { commune: Some("18880".into()), unit: Some("18880".into()), ..all.clone() }, true),
            (PublicFilter { open: Some(false), ..all.clone() }, false),
            (PublicFilter { since: Some(w.core.now() + DAY), ..all.clone() }, false),
            (PublicFilter { since: Some(w.core.now() - DAY), open: Some(true), ..all.clone() }, true),
        ] {
            assert_eq!(!on_map(&w.core, &other, &filter).await.is_empty(), shown, "{filter:?}");
            assert_eq!(!views::public_list(&w.core, &filter).await.unwrap().is_empty(), shown, "the list agrees");
        }
        assert!(w.staff(&code, Command::Hide { reason: "lộ biển số xe".into() }).await);
        for live in [&w.core.pictures.live, &other] {
            assert!(on_map(&w.core, live, &all).await.is_empty());
        }
        assert!(w.staff(&code, Command::Unhide { reason: "đã che".into() }).await);
        assert!(w.staff(&code, Command::Resolve { text: "Đã vá".into() }).await);
        let finished = PublicFilter { open: Some(false), ..all.clone() };
        assert_eq!(on_map(&w.core, &other, &finished).await, [code]);
        let counts = other.by_commune(&w.core, &all).await.unwrap();
        assert_eq!(counts, [("18880".to_owned(), Count { all: 1, open: 0 })]);
        assert_ne!(w.core.pictures.live.generation(&w.core).await.unwrap(), mark);
    })
    .await;
}

#[tokio::test]
async fn r10_a_commit_that_appears_late_is_still_seen() {
    each_engine(async |db| {
        let w = world(db).await;
        let live = &w.core.pictures.live;
        let (late, quick) = (
            w.send(w.citizen, "ha-tang", "18880", Some(HERE)).await,
            w.send(w.citizen, "ha-tang", "18880", Some(HERE)).await,
        );
        w.accept(&quick).await;
        assert_eq!(on_map(&w.core, live, &PublicFilter::default()).await.len(), 1);
        // A unit of work that took its time first and was committed afterwards.
        let before = w.core.now() - 1_500;
        w.core
            .store
            .write(move |tx: Tx| async move {
                Sql::new("UPDATE report SET public = TRUE, updated_at = $1 WHERE code = $2")
                    .bind(before)
                    .bind(late)
                    .exec(&tx)
                    .await
            })
            .await
            .unwrap();
        assert_eq!(on_map(&w.core, live, &PublicFilter::default()).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn r10_reports_without_a_point_count_for_their_commune_and_clusters_add_up() {
    each_engine(async |db| {
        let w = world(db).await;
        for (n, point) in [(2, Some(HERE)), (3, None), (4, Some(Point { lat: 17.47, lon: 106.62 }))] {
            let by = testing::citizen(&w.core, n).await;
            let code = w.send(by, "ha-tang", "18880", point).await;
            w.accept(&code).await;
        }
        let live = &w.core.pictures.live;
        let (mut sum, all) = (0, PublicFilter::default());
        let province = w.core.province().pack.province.map.bounds();
        let found = live
            .clusters(&w.core, &all, &province, 9, |spot| {
                sum += match spot {
                    Spot::One { .. } => 1,
                    Spot::Many { count, .. } => count.all,
                }
            })
            .await
            .unwrap();
        assert_eq!((sum, found.count.all), (2, 2));
        assert_eq!(live.by_commune(&w.core, &all).await.unwrap()[0].1.all, 3);
    })
    .await;
}

/// A deterministic walk: any act, at any time, by whoever may do it.
async fn walk(w: &World, codes: &[String], seed: u64, steps: usize) {
    let mut state = seed;
    let mut next = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let text = || String::from("lý do đầy đủ");
    for _ in 0..steps {
        w.core.clock.advance(next(12) as i64 * HOUR);
        let code = codes[next(codes.len())].clone();
        let act = Act::ALL[next(Act::ALL.len())];
        let category = ["ha-tang", "moi-truong", "dien"][next(3)].to_owned();
        let commune = ["18880", "18859"][next(2)].to_owned();
        let command = match act {
            Act::Accept => Command::Accept { note: text() },
            Act::Start => Command::Start,
            Act::Ask => Command::Ask { question: text() },
            Act::Resume => Command::Resume { note: text() },
            Act::Transfer if next(3) == 0 => Command::Transfer { unit: commune, note: text() },
            Act::Correct => Command::Correct { category, commune, note: text() },
            Act::Extend => Command::Extend { days: 2, reason: text() },
            Act::Resolve => Command::Resolve { text: text() },
            Act::Reject if next(8) == 0 => Command::Reject { reason: text() },
            Act::Hide => Command::Hide { reason: text() },
            Act::Answer => Command::Answer { text: text() },
            Act::Withdraw if next(8) == 0 => Command::Withdraw { reason: text() },
            Act::Rate => Command::Rate { stars: 1 + next(5) as u8, comment: String::new() },
            Act::Reopen => Command::Reopen { comment: text() },
            Act::Merge => Command::Merge { into: codes[next(codes.len())].clone(), note: text() },
            Act::Unmerge | Act::Release => Command::Unmerge { note: text() },
            Act::Close => {
                automatic::close_resolved(&w.core).await.unwrap();
                continue;
            }
            _ => continue,
        };
        // Most are refused by the table of states: then nothing may be counted either.
        if !w.staff(&code, command.clone()).await {
            let _ = act_as_author(&w.core, w.citizen, &code, command, vec![]).await;
        }
    }
}

async fn count(w: &World, sql: &str) -> i64 {
    Sql::new(sql).scalar(w.core.store.read()).await.unwrap().unwrap()
}

#[tokio::test]
async fn r13_the_figures_kept_by_each_act_are_those_counted_anew_after_any_walk() {
    each_engine(async |db| {
        let w = world(db).await;
        let mut codes = Vec::new();
        for n in 0..24 {
            let (category, commune) = (["ha-tang", "moi-truong"][n % 2], ["18880", "18859"][n / 12]);
            codes.push(w.send(w.citizen, category, commune, None).await);
            w.core.clock.advance(DAY);
        }
        for seed in 0..3 {
            walk(&w, &codes, seed, 500).await;
            assert_eq!(tally::check(&w.core.store).await.unwrap(), 0, "seed {seed}");
            let figures = w.core.pictures.tallies.figures(&w.core, &Narrow::default()).await.unwrap();
            let merged = count(&w, "SELECT count(*) FROM report WHERE duplicate_of IS NOT NULL").await;
            assert_eq!(figures.all.received, 24 - merged, "R5: a merged report is counted with its original alone");
            let fresh = tally::Tallies::default().figures(&w.core, &Narrow::default()).await.unwrap();
            assert_eq!(figures.all, fresh.all, "what is in memory is what is stored");
            assert_eq!(figures.by_unit, fresh.by_unit);
        }
        let went =
            "SELECT count(*) FROM report_event WHERE act IN ('resolve', 'rate', 'reopen', 'transfer', 'correct')";
        assert!(count(&w, went).await > 20, "the walk went somewhere");
        for act in ["merge", "unmerge"] {
            let n = count(&w, &format!("SELECT count(*) FROM report_event WHERE act = '{act}'")).await;
            assert!(n > 2, "{act}: {n}");
        }
    })
    .await;
}

#[tokio::test]
async fn r5_merged_reports_leave_map_list_and_figures_and_come_back_when_that_is_undone() {
    each_engine(async |db| {
        let w = world(db).await;
        let (first, all) = (w.send(w.citizen, "ha-tang", "18880", Some(HERE)).await, PublicFilter::default());
        let double = w.send(testing::citizen(&w.core, 2).await, "ha-tang", "18880", Some(HERE)).await;
        w.accept(&first).await;
        w.accept(&double).await;
        let (live, tallies) = (&w.core.pictures.live, &w.core.pictures.tallies);
        let shown = async || {
            let list = views::public_list(&w.core, &all).await.unwrap().len();
            let wanted = open::Wanted { until: i64::MAX, most: 10, ..Default::default() };
            let open311 = open::page(&w.core, &wanted).await.unwrap().len();
            let file = open::after(&w.core, (0, 0), i64::MAX, 10).await.unwrap().len();
            let figures = tallies.figures(&w.core, &Narrow::default()).await.unwrap().all.received;
            [list, open311, file, on_map(&w.core, live, &all).await.len(), figures as usize]
        };
        assert_eq!(shown().await, [2; 5]);
        assert!(w.staff(&double, Command::Merge { into: first.clone(), note: String::new() }).await);
        assert_eq!(shown().await, [1; 5]);
        assert_eq!(tally::check(&w.core.store).await.unwrap(), 0);
        assert!(views::find(&w.core, &double, &views::Reader::Public).await.is_ok(), "its page stays");
        let by_code = open::Wanted { codes: vec![double.clone()], most: 1, ..Default::default() };
        let row = open::page(&w.core, &by_code).await.unwrap().remove(0);
        assert_eq!(
            (row.original, row.open),
            (Some(first.clone()), false),
            "its number still answers, with where it went"
        );
        assert!(w.staff(&double, Command::Unmerge { note: "hai chỗ khác nhau".into() }).await);
        assert_eq!(shown().await, [2; 5]);
        assert_eq!(tally::check(&w.core.store).await.unwrap(), 0);

        // A database that counted merged reports is put right by the start after the migration.
        w.staff(&double, Command::Merge { into: first, note: String::new() }).await;
        let old = "UPDATE report_tally SET received = received + 1, withdrawn = withdrawn + 1";
        w.core.store.write(move |tx: Tx| async move { Sql::new(old).exec(&tx).await }).await.unwrap();
        tally::ensure(&w.core).await.unwrap();
        assert_eq!(tally::check(&w.core.store).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn r13_a_broken_tally_is_noticed_and_put_right_and_an_old_database_gets_one() {
    each_engine(async |db| {
        let w = world(db).await;
        let code = w.send(w.citizen, "ha-tang", "18880", None).await;
        w.accept(&code).await;
        assert_eq!(tally::check(&w.core.store).await.unwrap(), 0);
        for broken in [
            "UPDATE report_tally SET received = 7",
            "DELETE FROM report_tally",
            "INSERT INTO report_tally (month, unit, category, received, resolved, on_time, late, rejected, withdrawn, minutes,
                rated, stars, updated_at) VALUES (202603, 'nowhere', 'x', 3, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
        ] {
            w.core.store.write(move |tx: Tx| async move { Sql::new(broken).exec(&tx).await }).await.unwrap();
            assert_eq!(tally::check(&w.core.store).await.unwrap(), 1, "{broken}");
            assert_eq!(tally::rebuild(&w.core).await.unwrap(), 1, "{broken}");
            assert_eq!(tally::check(&w.core.store).await.unwrap(), 0, "{broken}");
            let figures = w.core.pictures.tallies.figures(&w.core, &Narrow::default()).await.unwrap();
            assert_eq!((figures.all.received, figures.by_unit.len()), (1, 1), "{broken}");
        }
        w.core.store.write(|tx: Tx| async move { Sql::new("DELETE FROM report_tally").exec(&tx).await }).await.unwrap();
        tally::ensure(&w.core).await.unwrap();
        assert_eq!(tally::check(&w.core.store).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn r13_figures_are_narrowed_by_month_unit_and_category() {
    each_engine(async |db| {
        let w = world(db).await;
        w.send(w.citizen, "ha-tang", "18880", None).await;
        w.core.clock.advance(5 * DAY);
        let code = w.send(w.citizen, "moi-truong", "18859", None).await;
        w.accept(&code).await;
        assert!(w.staff(&code, Command::Resolve { text: "Xong".into() }).await);
        let of = async |narrow: Narrow| w.core.pictures.tallies.figures(&w.core, &narrow).await.unwrap().all;
        assert_eq!(of(Narrow::default()).await.received, 2);
        let april = of(Narrow { from: Some(202_604), ..Narrow::default() }).await;
        assert_eq!((april.received, april.resolved, april.on_time), (1, 1, 1));
        assert_eq!(of(Narrow { to: Some(202_603), ..Narrow::default() }).await.received, 1);
        assert_eq!(of(Narrow { unit: Some("18859".into()), ..Narrow::default() }).await.received, 1);
        assert_eq!(of(Narrow { category: Some("dien".into()), ..Narrow::default() }).await.received, 0);
        let lines = w.core.pictures.tallies.lines(&w.core, &Narrow::default()).await.unwrap();
        assert_eq!(lines.iter().map(|(key, _)| key.month).collect::<Vec<_>>(), [202_603, 202_604]);
    })
    .await;
}

async fn inbox(core: &Core, who: Uuid) -> Vec<String> {
    let speaker = core.speaker(base::i18n::Lang::VI);
    notices::inbox(core, who, None).await.unwrap().iter().map(|l| l.words(&speaker)).collect()
}

#[tokio::test]
async fn r10_who_watches_a_place_is_told_once_of_what_becomes_public_there() {
    each_engine(async |db| {
        let w = world(db).await;
        let (near, far, commune, other) = (
            testing::citizen(&w.core, 2).await,
            testing::citizen(&w.core, 3).await,
            testing::citizen(&w.core, 4).await,
            testing::citizen(&w.core, 5).await,
        );
        let circle = |point, radius| watch::Place::Circle { point, radius };
        let beside = Point { lat: HERE.lat + 0.003, lon: HERE.lon };
        watch::add(&w.core, near, circle(beside, 500), None).await.unwrap();
        watch::add(&w.core, near, watch::Place::Commune("18880".into()), None).await.unwrap();
        watch::add(&w.core, far, circle(beside, 200), None).await.unwrap();
        watch::add(&w.core, commune, watch::Place::Commune("18880".into()), Some("ha-tang".into())).await.unwrap();
        watch::add(&w.core, other, watch::Place::Commune("18880".into()), Some("dien".into())).await.unwrap();
        watch::add(&w.core, w.citizen, circle(HERE, 5_000), None).await.unwrap();

        let code = w.send(w.citizen, "ha-tang", "18880", Some(HERE)).await;
        assert_eq!(watch::work(&w.core).await.unwrap(), 0, "nobody hears of it before it is public");
        w.accept(&code).await;
        assert_eq!(watch::work(&w.core).await.unwrap(), 2);
        assert_eq!(watch::work(&w.core).await.unwrap(), 0);
        let told = inbox(&w.core, near).await;
        assert_eq!(told.len(), 1, "twice watched, once told");
        assert!(told[0].contains("Phường Đồng Hới") && !told[0].contains("trường tiểu học"), "{told:?}");
        assert_eq!(inbox(&w.core, commune).await.len(), 1);
        for silent in [far, other] {
            assert!(inbox(&w.core, silent).await.is_empty());
        }
        assert!(inbox(&w.core, w.citizen).await.iter().all(|t| !t.contains("theo dõi")), "not the author");

        // The job again (a worker that died after telling), and the report accepted again elsewhere.
        w.core
            .store
            .write(|tx: Tx| async move { Sql::new("UPDATE job SET done_at = NULL").exec(&tx).await })
            .await
            .unwrap();
        assert_eq!(watch::work(&w.core).await.unwrap(), 0);
        assert!(w.staff(&code, Command::Transfer { unit: "18859".into(), note: "nhầm".into() }).await);
        w.accept(&code).await;
        assert_eq!(watch::work(&w.core).await.unwrap(), 0);
        assert_eq!(inbox(&w.core, near).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn r10_a_busy_day_is_not_a_flood_and_a_hidden_report_is_told_to_nobody() {
    each_engine(async |db| {
        let w = world(db).await;
        let watcher = testing::citizen(&w.core, 2).await;
        let id = watch::add(&w.core, watcher, watch::Place::Commune("18880".into()), None).await.unwrap();
        assert_eq!(watch::add(&w.core, watcher, watch::Place::Commune("18880".into()), None).await.unwrap(), id);
        for n in 0..9 {
            let by = testing::citizen(&w.core, 10 + n).await;
            let code = w.send(by, "ha-tang", "18880", None).await;
            w.accept(&code).await;
            if n == 0 {
                assert!(w.staff(&code, Command::Hide { reason: "lộ mặt người".into() }).await);
            }
        }
        watch::work(&w.core).await.unwrap();
        let told = inbox(&w.core, watcher).await;
        assert_eq!(told.len() as i64, watch::A_DAY, "as many as the page promises");
        let others = told.iter().filter(|t| t.contains("Hôm nay còn phản ánh khác")).count();
        assert_eq!(others, 1, "{told:?}");
        w.core.clock.advance(DAY);
        let by = testing::citizen(&w.core, 50).await;
        let code = w.send(by, "ha-tang", "18880", None).await;
        w.accept(&code).await;
        assert_eq!(watch::work(&w.core).await.unwrap(), 1, "a new day");

        // Stopped in one step; a stranger cannot stop it.
        assert!(watch::remove(&w.core, w.citizen, id).await.is_err());
        watch::remove(&w.core, watcher, id).await.unwrap();
        let by = testing::citizen(&w.core, 51).await;
        let code = w.send(by, "ha-tang", "18880", None).await;
        w.accept(&code).await;
        assert_eq!(watch::work(&w.core).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn r10_only_places_of_the_province_can_be_watched_and_only_some() {
    let w = world(store::testing::sqlite().await).await;
    let circle = |lat, lon, radius| watch::Place::Circle { point: Point { lat, lon }, radius };
    for bad in [
        watch::Place::Commune("nowhere".into()),
        circle(17.5, 108.9, 500),
        circle(HERE.lat, HERE.lon, 50_000),
        circle(HERE.lat, HERE.lon, -1),
    ] {
        assert!(watch::add(&w.core, w.citizen, bad.clone(), None).await.is_err(), "{bad:?}");
    }
    let place = watch::Place::Commune("18880".into());
    assert!(watch::add(&w.core, w.citizen, place.clone(), Some("nothing".into())).await.is_err());
    for n in 0..watch::MOST {
        watch::add(&w.core, w.citizen, circle(HERE.lat + n as f64 * 0.001, HERE.lon, 500), None).await.unwrap();
    }
    assert!(watch::add(&w.core, w.citizen, place, None).await.is_err());
    assert_eq!(watch::list(&w.core, w.citizen).await.unwrap().len(), watch::MOST);
}

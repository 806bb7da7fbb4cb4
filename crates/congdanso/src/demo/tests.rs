//! The demo's past is real history: every state and category, within the pack's units, sealed and verified.

use super::{login::PASSWORD, *};
use base::{
    clock::{Clock, Entropy},
    i18n::Texts,
    keys::Keys,
};
use domain::{
    accounts::{Accounts, Kind, Visitor, factors::FactorCode, login::Entered},
    audit,
    core::{Settings, text_sources},
    packs::Pack,
    province,
    reports::State,
};
use std::{collections::BTreeMap, path::Path, sync::Arc};
use store::{FromRow, Store, testing::TestStore};

/// Saturday 21 November 2026, 20:00 in Vietnam: no office is open, which the plan must bear.
const SATURDAY_EVENING: Millis = 1_795_266_000_000;
/// Wednesday 25 March 2026, 10:20 in Vietnam.
const WEDNESDAY_MORNING: Millis = 1_774_408_800_000;

async fn core(store: &Store, pack: &str, present: Millis) -> Core {
    let pack = Pack::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(pack)).unwrap();
    let (clock, entropy) = (Clock::fixed(present), Entropy::seeded(9));
    let texts = Texts::load(text_sources()).unwrap();
    let province = province::load(store, pack, &clock, &entropy).await.unwrap();
    let settings = Settings { demo: true, argon2: (19 * 1024, 2, 1), ..Settings::default() };
    let files = store::Files::memory();
    Core::new(store.clone(), files, clock, entropy, Keys::new(&[7; 32]), Arc::new(texts), settings, province)
}

/// A filled province.
async fn filled(pack: &str, present: Millis, reports: usize) -> (TestStore, Core, Accounts) {
    let db = store::testing::sqlite().await;
    let core = core(&db, pack, present).await;
    let accounts = Accounts::new(core.clone()).unwrap();
    fill(&core, &accounts, &Plan { present, seed: 1, reports }).await.unwrap();
    (db, core, accounts)
}

#[derive(Debug, FromRow)]
struct Count {
    name: String,
    n: i64,
}

async fn counts(core: &Core, column: &str, rest: &str) -> BTreeMap<String, i64> {
    let sql = format!("SELECT {column} AS name, count(*) AS n FROM report {rest} GROUP BY {column}");
    let rows: Vec<Count> = Sql::new(sql).all(core.store.read()).await.unwrap();
    rows.into_iter().map(|c| (c.name, c.n)).collect()
}

async fn number(core: &Core, sql: &str) -> i64 {
    Sql::new(sql.to_owned()).scalar(core.store.read()).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_province_has_every_state_and_category_and_a_chain_that_verifies() {
    let (_db, core, accounts) = filled("quang-tri", SATURDAY_EVENING, 160).await;
    let province = core.province();
    let home = Places::new(&province, Words::shipped().unwrap().of("quang-tri").unwrap()).unwrap().home;

    let states = counts(&core, "state", "").await;
    assert!(State::ALL.iter().all(|s| states.contains_key(s.as_str())), "{states:?}");
    let categories = counts(&core, "category", "").await;
    assert!(province.pack.categories.iter().all(|c| categories.get(&c.code).is_some_and(|n| *n > 2)), "{categories:?}");
    assert_eq!(
        categories.values().sum::<i64>(),
        164,
        "with two doubles and a part, to try merging and splitting on, and a guest's"
    );
    assert_eq!(number(&core, "SELECT count(*) FROM report r JOIN guest g ON g.account_id = r.reporter").await, 1);
    let units = counts(&core, "unit", "").await;
    assert!(units.keys().all(|u| province.has_unit(u)) && units.len() > 25, "{units:?}");
    let communes = counts(&core, "commune", "").await;
    assert!(communes.keys().all(|c| province.commune(c).is_some()) && communes.len() > 30, "{communes:?}");

    // What the demo officer finds.
    let mine = counts(&core, "state", &format!("WHERE unit = '{home}' AND open")).await;
    assert!(mine.values().sum::<i64>() >= 25, "{mine:?}");
    for state in ["received", "accepted", "assigned", "in_progress", "need_info", "reopened"] {
        assert!(mine.contains_key(state), "{state}: {mine:?}");
    }
    let now = core.now();
    let open = format!("SELECT count(*) FROM report WHERE unit = '{home}' AND open AND");
    assert!(number(&core, &format!("{open} due_at < {now} AND paused_at IS NULL")).await >= 3, "overdue");
    let soon = province.calendar().due_at(now, base::calendar::Limit::WorkingDays(1), &[]);
    assert!(number(&core, &format!("{open} due_at >= {now} AND due_at <= {soon}")).await >= 2, "due soon");
    assert!(number(&core, &format!("{open} assignee IS NULL")).await >= 8, "unassigned");

    // Nothing is in the future, nobody is real, everything says that it is a demo.
    assert_eq!(number(&core, &format!("SELECT count(*) FROM report_event WHERE at > {now}")).await, 0);
    assert_eq!(
        number(&core, "SELECT count(*) FROM account WHERE phone IS NOT NULL AND phone NOT LIKE '+849990000__'").await,
        0
    );
    assert_eq!(number(&core, "SELECT count(*) FROM account WHERE NOT demo").await, 0);
    assert_eq!(number(&core, "SELECT count(*) FROM report WHERE NOT demo").await, 0);
    assert_eq!(number(&core, "SELECT count(*) FROM account WHERE kind = 'citizen'").await, 26);
    assert!(number(&core, "SELECT count(*) FROM account WHERE kind = 'citizen' AND commune IS NULL").await >= 2);
    assert_eq!(number(&core, "SELECT count(*) FROM account WHERE notify_sms").await, 2);
    assert_eq!(number(&core, "SELECT count(*) FROM report WHERE hidden_why IS NOT NULL").await, 1);
    assert!(number(&core, "SELECT count(*) FROM report WHERE flags > 0").await >= 1, "marked by readers");
    assert_eq!(number(&core, "SELECT count(*) FROM report WHERE shown_content IS NOT NULL").await, 1);
    assert_eq!(number(&core, "SELECT count(*) FROM report_photo WHERE public_file IS NOT NULL").await, 1);

    // About half with pictures; work that is done shows it.
    let pictured = number(&core, "SELECT count(*) FROM report WHERE photos > 0").await;
    assert!((60..=110).contains(&pictured), "{pictured}");
    assert!(number(&core, "SELECT count(*) FROM report_photo WHERE side = 'after'").await > 15);
    // Points lie in their communes.
    assert!(number(&core, "SELECT count(*) FROM report WHERE lat IS NOT NULL").await > 60);

    let verdict = audit::verify(&core.store).await.unwrap();
    assert!(verdict.wrong.is_empty() && verdict.unsealed == 0 && verdict.sealed > 500, "{verdict:?}");

    // The log-ins are good: a citizen with the password alone, staff with the second factor behind it.
    let visitor = Visitor::new(std::net::Ipv4Addr::LOCALHOST.into(), None, "Chrome");
    let password = base::keys::Secret::new(PASSWORD);
    for login in Logins::known().people {
        let kind = if login.staff { Kind::Staff } else { Kind::Citizen };
        match accounts.sign_in(kind, login.name, &password, &visitor).await.unwrap() {
            Entered::SecondFactor { token } => {
                assert!(login.staff);
                let code = FactorCode::parse(&login::current(&core.clock).0).unwrap();
                accounts.finish_second_factor(token.expose(), code, &visitor).await.unwrap();
            }
            Entered::In(_) => assert!(!login.staff, "{}", login.name),
        }
    }

    // Twice is refused, and says so before it writes.
    let before = number(&core, "SELECT count(*) FROM report_event").await;
    assert!(is_filled(&core).await.unwrap());
    assert!(fill(&core, &accounts, &Plan { present: now, seed: 1, reports: 60 }).await.is_err());
    assert_eq!(number(&core, "SELECT count(*) FROM report_event").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_province_is_filled_by_its_own_pack_on_any_day() {
    let (_db, core, _) = filled("cao-bang", WEDNESDAY_MORNING, 90).await;
    let states = counts(&core, "state", "").await;
    assert!(State::ALL.iter().all(|s| states.contains_key(s.as_str())), "{states:?}");
    let province = core.province();
    let units = counts(&core, "unit", "").await;
    assert!(units.keys().all(|u| province.has_unit(u)), "{units:?}");
    let categories = counts(&core, "category", "").await;
    assert!(province.pack.categories.iter().all(|c| categories.contains_key(&c.code)), "{categories:?}");
}

#[tokio::test]
async fn a_database_with_real_accounts_is_never_filled() {
    let db = store::testing::sqlite().await;
    let core = core(&db, "quang-tri", WEDNESDAY_MORNING).await;
    domain::testing::citizen(&core, 1).await;
    let accounts = Accounts::new(core.clone()).unwrap();
    let plan = Plan { present: core.now(), seed: 1, reports: 60 };
    assert!(fill(&core, &accounts, &plan).await.is_err());
    assert_eq!(number(&core, "SELECT count(*) FROM setting WHERE key = 'demo'").await, 0);
}

#[test]
fn there_are_many_different_texts_and_every_story_has_some() {
    let words = Words::shipped().unwrap();
    let reports = &words.reports.reports;
    assert!(reports.len() >= 70);
    let contents: BTreeSet<&str> = reports.iter().map(|t| t.content.as_str()).collect();
    assert_eq!(contents.len(), reports.len());
    for story in stories::Story::ALL {
        assert!(reports.iter().any(|t| story.fits(t)), "{story:?}");
    }
    for t in reports {
        assert!(!t.places.is_empty(), "{}", t.title);
        assert_eq!(t.reopen.is_some(), t.again.is_some(), "{}", t.title);
        assert_eq!(t.ask.is_some(), t.answer.is_some(), "{}", t.title);
    }
}

#[tokio::test]
async fn a_plan_is_the_same_for_the_same_seed_and_fits_before_any_present() {
    let db = store::testing::sqlite().await;
    // A working morning, a Monday at two in the night, a Saturday evening, the second day of Tết 2027.
    let presents = [WEDNESDAY_MORNING, WEDNESDAY_MORNING - 2 * DAY - 500 * 60_000, SATURDAY_EVENING, 1_801_965_600_000];
    let core = core(&db, "quang-tri", WEDNESDAY_MORNING).await;
    let (words, province) = (Words::shipped().unwrap(), core.province());
    let about = words.of("quang-tri").unwrap();
    let places = Places::new(&province, about).unwrap();
    for present in presents {
        for seed in [1, 2] {
            let plan = || {
                let dice = Dice::new(seed);
                let registered = people::registered(&dice, about, present);
                let planner = Planner::new(&dice, &words, &province, &places, present, &registered);
                let cases = planner.cases(160).unwrap();
                for case in &cases {
                    let times = std::iter::once(case.sent_at).chain(case.steps.iter().map(|s| s.at));
                    let times: Vec<Millis> = times.collect();
                    assert!(times.windows(2).all(|w| w[0] < w[1]), "{:?} {times:?}", case.story);
                    assert!(times.last().is_some_and(|at| *at < present), "{:?} {times:?} {present}", case.story);
                    assert!(case.sent_at > registered[case.reporter], "{:?} before its reporter came", case.story);
                }
                let of =
                    |c: &Case| (c.draft.content.clone(), c.reporter, c.sent_at, c.steps.iter().map(|s| s.at).sum());
                cases.iter().map(of).collect::<Vec<(String, usize, Millis, Millis)>>()
            };
            assert_eq!(plan(), plan());
        }
    }
}

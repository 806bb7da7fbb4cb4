//! The life of a report on both engines: sending, every act, rights, conflicts, deadlines, messages.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use base::{
    clock::{DAY, HOUR},
    geo::Point,
    ids::Uuid,
};
use domain::{
    audit,
    core::Core,
    error::Error,
    notices,
    reports::{
        Act, Command, Draft, Place, State, Submitted,
        act::Whom,
        act_as_author, act_as_officer, automatic,
        clock::Term,
        moderate::Wording,
        queue::{self, Filter},
        rows, submit,
        views::{self, Reader},
    },
    rights::{Officer, Role},
    testing,
};
use store::Sql;
use support::{World, draft, each, world};

async fn sent(core: &Core, citizen: Uuid) -> Submitted {
    submit(core, citizen, &draft(), Vec::new(), None, "test").await.unwrap()
}

impl World {
    async fn author(&self, code: &str, command: Command) -> Result<State, Error> {
        act_as_author(&self.core, self.citizen, code, command, vec![]).await.map(|d| d.state)
    }
}

fn note(text: &str) -> String {
    text.into()
}

#[tokio::test]
async fn r1_r7_the_main_job_from_sending_to_rating() {
    each(async |w: World| {
        let report = sent(&w.core, w.citizen).await;
        let code = report.code.as_str().to_owned();
        assert_eq!(report.unit, "18880");
        assert!(views::find(&w.core, &code, &Reader::Public).await.is_err(), "R11: not public before acceptance");
        assert!(views::find(&w.core, &code, &Reader::Citizen(w.citizen)).await.is_ok());

        assert_eq!(w.staff(&w.officer, &code, Command::Accept { note: String::new() }).await.unwrap(), State::Accepted);
        assert!(views::find(&w.core, &code, &Reader::Public).await.is_ok());
        w.staff(&w.officer, &code, Command::Assign { to: w.officer.account, note: String::new() }).await.unwrap();
        w.staff(&w.officer, &code, Command::Start).await.unwrap();
        w.staff(&w.officer, &code, Command::Note { text: note("gọi tổ duy tu") }).await.unwrap();
        w.staff(&w.officer, &code, Command::Resolve { text: note("Đã vá mặt đường.") }).await.unwrap();
        assert_eq!(w.author(&code, Command::Rate { stars: 5, comment: String::new() }).await.unwrap(), State::Closed);

        let public = views::find(&w.core, &code, &Reader::Public).await.unwrap();
        let acts: Vec<&str> = public.events.iter().map(|e| e.act.as_str()).collect();
        assert_eq!(acts, ["submit", "accept", "assign", "start", "resolve", "rate"], "the internal note is not public");
        assert!(public.events.iter().all(|e| e.internal_note.is_empty() && !e.data.contains("Lê Thị")));
        assert_eq!(public.report.rating, Some(5));
        let staff = views::find(&w.core, &code, &Reader::Staff(&w.officer)).await.unwrap();
        assert!(staff.events.iter().any(|e| e.internal_note == "gọi tổ duy tu"));
        assert_eq!(staff.events.iter().map(|e| e.no).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);

        let inbox = notices::inbox(&w.core, w.citizen, None).await.unwrap();
        assert_eq!(inbox.len(), 4, "accepted, assigned, in progress, resolved");
        let speaker = w.core.speaker(base::i18n::Lang::VI);
        assert!(inbox[0].words(&speaker).contains("đã xử lý xong phản ánh PA-"), "{}", inbox[0].words(&speaker));
        let waiting: i64 = Sql::new("SELECT count(*) FROM outbox").scalar(w.core.store.read()).await.unwrap().unwrap();
        assert_eq!(waiting, 2, "SMS for accepted and resolved, because the person chose SMS");
    })
    .await;
}

#[tokio::test]
async fn r7_every_act_in_every_state_for_every_role_follows_the_tables() {
    // One engine suffices: the tables are the same code; the rows are tested above.
    let w = world(store::testing::sqlite().await).await;
    let mut people: Vec<(Role, Officer)> = Vec::new();
    for role in Role::ALL {
        people.push((role, testing::officer(&w.core, role.as_str(), "18880", role).await));
    }
    let code = sent(&w.core, w.citizen).await.code.as_str().to_owned();
    for state in State::ALL {
        for (role, officer) in &people {
            for act in Act::ALL {
                set_state(&w.core, &code, state.as_str()).await;
                let Some(command) = staff_command(act, officer.account) else { continue };
                let answer = w.staff(officer, &code, command).await;
                let right = domain::reports::states::TABLE.iter().find_map(|(a, who, ..)| match who {
                    domain::reports::states::Who::Staff(right) if *a == act => Some(*right),
                    _ => None,
                });
                let sees = domain::rights::role_allows(*role, domain::rights::Right::ReportSee);
                let may = right.is_some_and(|r| domain::rights::role_allows(*role, r));
                let fits = domain::reports::states::rule(act, Some(state)).is_some();
                match (sees, may, fits) {
                    (false, ..) => {
                        assert!(matches!(answer, Err(Error::NotFound)), "{role:?} {act:?} {state:?}: {answer:?}")
                    }
                    (true, false, _) => {
                        assert!(matches!(answer, Err(Error::Forbidden)), "{role:?} {act:?} {state:?}: {answer:?}")
                    }
                    (true, true, false) => {
                        assert!(matches!(answer, Err(Error::State)), "{role:?} {act:?} {state:?}: {answer:?}")
                    }
                    // These need another report or parts: refused for that alone, never for a right.
                    (true, true, true) if needs_more(act) => {
                        assert!(matches!(answer, Err(Error::Invalid(_))), "{role:?} {act:?} {state:?}: {answer:?}")
                    }
                    // Closed, but not by a merge; open, but nobody was asked: there is nothing to undo.
                    (true, true, true) if matches!(act, Act::Unmerge | Act::Recall) => {
                        assert!(matches!(answer, Err(Error::State)), "{role:?} {act:?} {state:?}: {answer:?}")
                    }
                    (true, true, true) => {
                        let reached = answer.unwrap_or_else(|e| panic!("{role:?} {act:?} {state:?}: {e:?}"));
                        assert_eq!(reached, leads_to(act, state), "{role:?} {act:?} {state:?}");
                        let row = rows::by_code(w.core.store.read(), &code).await.unwrap().unwrap();
                        assert_eq!((row.state.as_str(), row.open), (reached.as_str(), reached.is_open()), "{act:?}");
                    }
                }
            }
        }
    }
    set_state(&w.core, &code, "invented").await;
    for (_, officer) in &people {
        for act in Act::ALL {
            if let Some(command) = staff_command(act, officer.account) {
                let answer = w.staff(officer, &code, command).await;
                assert!(
                    answer.is_err() || matches!(act, Act::Note | Act::Hide | Act::Unhide | Act::Moderate),
                    "a state not in the table: {act:?}"
                );
            }
        }
    }
}

/// Acts that this test gives too little for.
fn needs_more(act: Act) -> bool {
    matches!(act, Act::Merge | Act::Split)
}

/// Where an act must lead, said again without the table that decides it.
fn leads_to(act: Act, from: State) -> State {
    match act {
        Act::Accept => State::Accepted,
        Act::Assign => State::Assigned,
        Act::Start => State::InProgress,
        Act::Ask => State::NeedInfo,
        // The last question of this walk was asked in it.
        Act::Resume => State::InProgress,
        Act::Transfer => State::Received,
        Act::Resolve => State::Resolved,
        Act::Reject => State::Rejected,
        _ => from,
    }
}

async fn set_state(core: &Core, code: &str, state: &'static str) {
    let code = code.to_owned();
    core.store
        .write(move |tx: store::Tx| async move {
            Sql::new("DELETE FROM report_consult").exec(&tx).await?;
            Sql::new(
                "UPDATE report SET state = $1, open = $2, unit = '18880', hidden_why = NULL, shown_title = NULL,
                    shown_content = NULL WHERE code = $3",
            )
            .bind(state)
            .bind(State::parse(state).is_none_or(State::is_open))
            .bind(code)
            .exec(&tx)
            .await
        })
        .await
        .unwrap();
}

fn staff_command(act: Act, me: Uuid) -> Option<Command> {
    let text = || note("lý do đầy đủ");
    Some(match act {
        Act::Accept => Command::Accept { note: text() },
        Act::Assign => Command::Assign { to: me, note: text() },
        Act::Start => Command::Start,
        Act::Ask => Command::Ask { question: text() },
        Act::Resume => Command::Resume { note: text() },
        Act::Transfer => Command::Transfer { unit: "18859".into(), note: text() },
        Act::Correct => Command::Correct { category: "moi-truong".into(), commune: "18880".into(), note: text() },
        Act::Reply => Command::Reply { text: text() },
        Act::Note => Command::Note { text: text() },
        Act::Extend => Command::Extend { days: 2, reason: text() },
        Act::Resolve => Command::Resolve { text: text() },
        Act::Reject => Command::Reject { reason: text() },
        Act::Hide => Command::Hide { reason: text() },
        Act::Unhide => Command::Unhide { reason: text() },
        Act::Merge => Command::Merge { into: "0000000000".into(), note: text() },
        Act::Unmerge => Command::Unmerge { note: text() },
        Act::Split => Command::Split { parts: Vec::new(), note: text() },
        Act::HandOver => Command::HandOver { to: me, note: text() },
        Act::Recall => Command::Recall { question: me },
        Act::Consult => Command::Consult { whom: Whom::Unit("18859".into()), question: text(), expires_at: i64::MAX },
        Act::Moderate => {
            Command::Moderate(Wording { title: "Ổ gà".into(), content: text(), name: false, reason: text() })
        }
        _ => return None,
    })
}

#[tokio::test]
async fn r6_the_second_of_two_officers_is_told_who_was_first_and_overwrites_nothing() {
    each(async |w: World| {
        let code = sent(&w.core, w.citizen).await.code.as_str().to_owned();
        let (a, b) = tokio::join!(
            act_as_officer(&w.core, &w.officer, &code, 1, Command::Accept { note: String::new() }, vec![]),
            act_as_officer(&w.core, &w.leader, &code, 1, Command::Reject { reason: note("trùng lặp") }, vec![]),
        );
        let (won, lost) = if a.is_ok() { (a, b) } else { (b, a) };
        assert!(won.is_ok());
        let Err(Error::Changed { by, .. }) = lost else { panic!("{lost:?}") };
        assert!(["Lê Thị Thử", "Trần Văn Mẫu"].contains(&by.as_str()), "{by}");
        let events =
            rows::events(w.core.store.read(), rows::by_code(w.core.store.read(), &code).await.unwrap().unwrap().id)
                .await
                .unwrap();
        assert_eq!(events.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn r1_the_same_form_sent_many_times_at_once_is_one_report() {
    each(async |w: World| {
        let mut sending = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (core, citizen) = (w.core.clone(), w.citizen);
            sending.spawn(async move {
                submit(&core, citizen, &draft(), vec![], Some("form-1".into()), "test").await.unwrap()
            });
        }
        let answers = sending.join_all().await;
        assert!(answers.iter().all(|a| a == &answers[0]), "{answers:?}");
        let n: i64 = Sql::new("SELECT count(*) FROM report").scalar(w.core.store.read()).await.unwrap().unwrap();
        assert_eq!(n, 1);
        // Another person's form with the same key is another form.
        let stranger = testing::citizen(&w.core, 2).await;
        let theirs = submit(&w.core, stranger, &draft(), vec![], Some("form-1".into()), "test").await.unwrap();
        assert_ne!(theirs.code, answers[0].code);
    })
    .await;
}

#[tokio::test]
async fn r1_what_does_not_fit_is_refused_with_every_error_at_once() {
    let w = world(store::testing::sqlite().await).await;
    let bad = Draft { content: "  ".into(), category: "nothing".into(), ..Draft::default() };
    let Err(Error::Invalid(fields)) = submit(&w.core, w.citizen, &bad, vec![], None, "test").await else { panic!() };
    let keys: Vec<&str> = fields.iter().map(|f| f.key).collect();
    assert_eq!(keys, ["report-content-empty", "report-category-missing", "report-place-missing"]);

    let sea = Draft { place: Place { point: Point::new(17.5, 108.9), ..Place::default() }, ..draft() };
    let Err(Error::Invalid(fields)) = submit(&w.core, w.citizen, &sea, vec![], None, "test").await else { panic!() };
    assert_eq!(fields[0].key, "report-place-outside");

    let long = Draft { content: "a".repeat(1_000_000), ..draft() };
    let Err(Error::Invalid(fields)) = submit(&w.core, w.citizen, &long, vec![], None, "test").await else { panic!() };
    assert_eq!(fields[0].key, "report-content-long");
}

#[tokio::test]
async fn r11_one_person_cannot_flood() {
    let w = world(store::testing::sqlite().await).await;
    for _ in 0..10 {
        sent(&w.core, w.citizen).await;
        w.core.clock.advance(1000);
    }
    let refused = submit(&w.core, w.citizen, &draft(), vec![], None, "test").await;
    assert!(matches!(refused, Err(Error::TooOften { .. })), "{refused:?}");
    w.core.clock.advance(HOUR);
    sent(&w.core, w.citizen).await;
}

#[tokio::test]
async fn r8_the_clock_stands_while_the_citizen_is_asked_and_an_extension_gives_time() {
    each(async |w: World| {
        let report = sent(&w.core, w.citizen).await;
        let code = report.code.as_str().to_owned();
        w.staff(&w.officer, &code, Command::Accept { note: String::new() }).await.unwrap();
        w.staff(&w.officer, &code, Command::Ask { question: note("Hố sâu bao nhiêu?") }).await.unwrap();
        w.core.clock.advance(2 * DAY);
        assert_eq!(
            w.author(&code, Command::Answer { text: note("Khoảng 20 cm") }).await.unwrap(),
            State::Accepted,
            "back to before the question"
        );
        let row = rows::by_code(w.core.store.read(), &code).await.unwrap().unwrap();
        assert!(row.paused_at.is_none());
        let later = row.due_at.unwrap();
        // Monday is the day of sending and never counts; Tuesday was wholly paused.
        assert!(later >= report.due_at + DAY, "a paused working day was counted");
        let refused = w.staff(&w.officer, &code, Command::Extend { days: 2, reason: note("chờ vật tư") }).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "an officer may not extend");
        w.staff(&w.leader, &code, Command::Extend { days: 2, reason: note("chờ vật tư") }).await.unwrap();
        let row = rows::by_code(w.core.store.read(), &code).await.unwrap().unwrap();
        assert!(row.due_at.unwrap() > later);
        let term = Term::of(&row).unwrap();
        let province = w.core.province();
        let pauses: Vec<(i64, i64)> = serde_json::from_str(&row.pauses).unwrap();
        assert_eq!(term.due_at(province.calendar(), &pauses), row.due_at.unwrap(), "what is shown is what is computed");
        assert!(!term.explain(province.calendar(), &pauses).is_empty());
    })
    .await;
}

#[tokio::test]
async fn r9_reopening_works_once_within_seven_days_and_reaches_the_unit_again() {
    each(async |w: World| {
        let code = sent(&w.core, w.citizen).await.code.as_str().to_owned();
        w.staff(&w.officer, &code, Command::Accept { note: String::new() }).await.unwrap();
        w.staff(&w.officer, &code, Command::Resolve { text: note("Đã xong") }).await.unwrap();
        w.core.clock.advance(6 * DAY);
        assert!(
            matches!(w.author(&code, Command::Reopen { comment: String::new() }).await, Err(Error::Invalid(_))),
            "never without a comment"
        );
        w.author(&code, Command::Reopen { comment: note("Vẫn còn hố") }).await.unwrap();
        let queue = queue::page(&w.core, &w.officer, &Filter::default()).await.unwrap();
        assert_eq!(queue.rows[0].code, code);
        assert!(queue.rows[0].due_at.unwrap() > w.core.now(), "a new promise");
        w.staff(&w.officer, &code, Command::Resolve { text: note("Đã vá lại") }).await.unwrap();
        assert!(matches!(w.author(&code, Command::Reopen { comment: note("lần nữa") }).await, Err(Error::State)));
        w.core.clock.advance(8 * DAY);
        assert_eq!(automatic::close_resolved(&w.core).await.unwrap(), 1);
        let row = rows::by_code(w.core.store.read(), &code).await.unwrap().unwrap();
        assert_eq!(row.state(), State::Closed);
    })
    .await;
}

#[tokio::test]
async fn r4_r15_a_transfer_and_a_correction_reach_the_other_unit_and_the_search_finds_it_there() {
    each(async |w: World| {
        let code = sent(&w.core, w.citizen).await.code.as_str().to_owned();
        assert!(matches!(w.staff(&w.other, &code, Command::Start).await, Err(Error::NotFound)), "not their report");
        w.staff(&w.officer, &code, Command::Transfer { unit: "18859".into(), note: note("thuộc Đồng Thuận") })
            .await
            .unwrap();
        assert!(matches!(w.staff(&w.officer, &code, Command::Start).await, Err(Error::NotFound)), "no longer theirs");
        let find = Filter { text: "o ga truong".into(), ..Filter::default() };
        assert_eq!(queue::page(&w.core, &w.other, &find).await.unwrap().rows.len(), 1);
        assert_eq!(queue::page(&w.core, &w.officer, &find).await.unwrap().rows.len(), 0);
        w.staff(
            &w.other,
            &code,
            Command::Correct {
                category: "ha-tang".into(), commune: "18880".into(), note: note("đúng là Đồng Hới")
            },
        )
        .await
        .unwrap();
        assert_eq!(queue::page(&w.core, &w.officer, &find).await.unwrap().rows.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn r6_the_queue_filters_counts_orders_and_stays_within_the_unit() {
    each(async |w: World| {
        let first = sent(&w.core, w.citizen).await;
        w.core.clock.advance(HOUR);
        sent(&w.core, w.citizen).await;
        let elsewhere = Draft { place: Place { commune: Some("18859".into()), ..draft().place }, ..draft() };
        submit(&w.core, w.citizen, &elsewhere, vec![], None, "test").await.unwrap();
        let mine = queue::page(&w.core, &w.officer, &Filter::default()).await.unwrap();
        assert_eq!((mine.rows.len(), mine.total), (2, 2));
        assert_eq!(mine.rows[0].code, first.code.as_str(), "the nearest deadline first");
        let newest = Filter { order: queue::Order::Newest, ..Filter::default() };
        assert_ne!(queue::page(&w.core, &w.officer, &newest).await.unwrap().rows[0].code, first.code.as_str());
        let other_unit = Filter { unit: Some("18859".into()), ..Filter::default() };
        assert_eq!(queue::page(&w.core, &w.officer, &other_unit).await.unwrap().total, 0);
        let province = testing::officer(&w.core, "Điều phối", "*", Role::ProvinceOperator).await;
        assert_eq!(queue::count(&w.core, &province, &Filter::default(), 99).await.unwrap(), 3);
        w.core.clock.advance(60 * DAY);
        let late = Filter { overdue: true, ..Filter::default() };
        assert_eq!(queue::count(&w.core, &w.officer, &late, 99).await.unwrap(), 2);
        let hostile = Filter { text: "\" OR * NEAR( ') -- &|!:".into(), ..Filter::default() };
        queue::page(&w.core, &w.officer, &hostile).await.unwrap();
        for text in ["ổ gà", "O GA", "trường tiểu", first.code.as_str()] {
            let f = Filter { text: text.into(), ..Filter::default() };
            assert!(queue::page(&w.core, &w.officer, &f).await.unwrap().total >= 1, "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn r6_nobody_writes_a_report_into_another_units_search() {
    each(async |w: World| {
        let content = "Ổ gà zz18859 zzsoxaydung zzzmo zxx18859 zcdien zsresolved, Zalo cũ";
        let hostile = Draft { content: content.into(), ..draft() };
        let code = submit(&w.core, w.citizen, &hostile, vec![], None, "test").await.unwrap().code;
        let find = |text: &str| Filter { text: text.into(), ..Filter::default() };
        assert_eq!(queue::page(&w.core, &w.other, &find("o ga")).await.unwrap().rows.len(), 0);
        let dien = Filter { category: Some("dien".into()), ..find("o ga") };
        assert_eq!(queue::page(&w.core, &w.officer, &dien).await.unwrap().rows.len(), 0);
        let resolved = Filter { state: Some(State::Resolved), ..find("o ga") };
        assert_eq!(queue::page(&w.core, &w.officer, &resolved).await.unwrap().rows.len(), 0);
        for text in ["o ga", "zzzmo", "zz18859", "zsresolved", "zalo"] {
            assert_eq!(
                queue::page(&w.core, &w.officer, &find(text)).await.unwrap().rows[0].code,
                code.as_str(),
                "{text}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a18_revealing_the_reporter_needs_a_reason_and_is_shown_to_the_person() {
    each(async |w: World| {
        let code = sent(&w.core, w.citizen).await.code.as_str().to_owned();
        assert!(matches!(views::reveal(&w.core, &w.officer, &code, " ").await, Err(Error::Invalid(_))));
        assert!(matches!(views::reveal(&w.core, &w.other, &code, "gọi hỏi thêm").await, Err(Error::NotFound)));
        let who = views::reveal(&w.core, &w.officer, &code, "gọi hỏi đường đi").await.unwrap();
        assert_eq!(who.account, w.citizen);
        let shown: i64 = Sql::new(
            "SELECT count(*) FROM activity WHERE account_id = $1 AND kind = 'look' AND reason = 'gọi hỏi đường đi'",
        )
        .bind(w.citizen)
        .scalar(w.core.store.read())
        .await
        .unwrap()
        .unwrap();
        assert_eq!(shown, 1);
    })
    .await;
}

#[tokio::test]
async fn x7_the_chain_notices_a_changed_a_removed_and_a_slipped_in_row() {
    each(async |w: World| {
        let code = sent(&w.core, w.citizen).await.code.as_str().to_owned();
        w.staff(&w.officer, &code, Command::Accept { note: String::new() }).await.unwrap();
        while audit::seal(&w.core.store, w.core.now()).await.unwrap() > 0 {}
        let good = audit::verify(&w.core.store).await.unwrap();
        assert_eq!((good.wrong.len(), good.unsealed), (0, 0));
        assert!(good.sealed >= 3, "the pack's version and two steps");
        tamper(&w.core, "UPDATE report_event SET internal_note = 'x' WHERE no = 2").await;
        assert!(audit::verify(&w.core.store).await.unwrap().wrong[0].contains("was changed"));
        tamper(&w.core, "DELETE FROM report_event WHERE no = 2").await;
        assert!(audit::verify(&w.core.store).await.unwrap().wrong[0].contains("is gone"));
        tamper(&w.core, "DELETE FROM seal WHERE pos = 2").await;
        assert!(audit::verify(&w.core.store).await.unwrap().wrong.iter().any(|t| t.contains("missing")));
        tamper(&w.core, "UPDATE audit SET sealed = TRUE, act = 'y'").await;
        assert!(!audit::verify(&w.core.store).await.unwrap().wrong.is_empty());
    })
    .await;
}

async fn tamper(core: &Core, sql: &'static str) {
    core.store.write(move |tx: store::Tx| async move { Sql::new(sql).exec(&tx).await }).await.unwrap();
}

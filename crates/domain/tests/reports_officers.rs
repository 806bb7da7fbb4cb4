//! Officers' tools on both engines: merging, following, splitting, standard texts, reminders, handing over.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use base::{
    clock::{DAY, HOUR},
    geo::Point,
};
use domain::{
    error::Error,
    reports::{
        Command, State,
        act::Part,
        act_as_author, act_as_officer, follow,
        hand_over::hand_over,
        moderate::Redaction,
        related, reminders, similar,
        standard_texts::{self, NewText},
        views::{self, Reader},
    },
    rights::{Officer, Role},
    testing,
};
use store::testing::sqlite;
use support::{World, count, each, key_of, text, world};

impl World {
    async fn merge(&self, by: &Officer, code: &str, into: &str) -> Result<State, Error> {
        self.staff(by, code, Command::Merge { into: into.into(), note: text("cùng một chỗ") }).await
    }
}

#[tokio::test]
async fn r5_merging_closes_the_duplicate_links_both_and_its_author_learns_of_the_original() {
    each(async |w: World| {
        let second = testing::citizen(&w.core, 2).await;
        let original = w.sent(w.citizen, "Ổ gà trước trường").await;
        let double = w.sent(second, "Hố sâu cổng trường").await;
        w.accept(&original).await;
        w.accept(&double).await;
        assert_eq!(w.merge(&w.officer, &double, &original).await.unwrap(), State::Closed);
        let (a, b) = (w.row(&original).await, w.row(&double).await);
        assert_eq!((b.duplicate_of, b.open, a.followers), (Some(a.id), false, 1));
        assert_eq!(w.acts(&original).await, ["submit", "accept", "absorb"]);
        assert_eq!(w.acts(&double).await, ["submit", "accept", "merge"]);
        assert!(w.told(second).await[0].contains("đã được gộp vào phản ánh PA-"), "{:?}", w.told(second).await);

        // Both pages know of one another, for everybody.
        let page = views::find(&w.core, &double, &Reader::Public).await.unwrap();
        assert!(page.events.last().unwrap().data.contains(&original));
        let found = related::of(&w.core, &page.report, &page.events).await.unwrap();
        assert_eq!(found.original.unwrap().code, original);
        let page = views::find(&w.core, &original, &Reader::Public).await.unwrap();
        let found = related::of(&w.core, &page.report, &page.events).await.unwrap();
        assert_eq!(found.merged[0].code, double);

        // The result reaches the second person too.
        w.staff(&w.officer, &original, Command::Resolve { text: text("Đã vá") }).await.unwrap();
        let told = w.told(second).await;
        assert!(told[0].contains("đã xử lý xong") && told[0].contains("theo dõi"), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn r5_a_merge_while_the_author_is_asked_ends_the_pause_and_moves_the_deadline() {
    each(async |w: World| {
        let original = w.sent(w.citizen, "Ổ gà trước trường").await;
        let double = w.sent(testing::citizen(&w.core, 2).await, "Hố sâu cổng trường").await;
        w.accept(&double).await;
        w.staff(&w.officer, &double, Command::Ask { question: text("Hố sâu bao nhiêu?") }).await.unwrap();
        let asked = w.row(&double).await;
        assert!(asked.paused_at.is_some() && asked.pauses == "[]");
        w.core.clock.advance(3 * DAY);
        w.merge(&w.officer, &double, &original).await.unwrap();
        let merged = w.row(&double).await;
        assert_eq!((merged.paused_at, merged.state()), (None, State::Closed));
        let pauses: Vec<(i64, i64)> = serde_json::from_str(&merged.pauses).unwrap();
        assert_eq!(pauses, [(asked.paused_at.unwrap(), w.core.now())], "the three days do not count");
        assert!(merged.due_at > asked.due_at, "{:?} {:?}", merged.due_at, asked.due_at);
    })
    .await;
}

#[tokio::test]
async fn r5_a_merge_of_merged_reports_ends_at_the_root_and_no_circle_can_be_made() {
    each(async |w: World| {
        let [a, b, c, d] = [
            w.sent(w.citizen, "Một").await,
            w.sent(testing::citizen(&w.core, 2).await, "Hai").await,
            w.sent(testing::citizen(&w.core, 3).await, "Ba").await,
            w.sent(testing::citizen(&w.core, 4).await, "Bốn").await,
        ];
        assert_eq!(key_of(w.merge(&w.officer, &a, &a).await), "merge-self");
        assert_eq!(key_of(w.merge(&w.officer, &a, "khong-co").await), "merge-missing");
        w.merge(&w.officer, &b, &a).await.unwrap();
        w.merge(&w.officer, &c, &b).await.unwrap();
        assert_eq!(w.row(&c).await.duplicate_of, Some(w.row(&a).await.id), "into the root, not into the merged one");
        assert_eq!(key_of(w.merge(&w.officer, &a, &c).await), "merge-self", "a circle");
        w.merge(&w.officer, &a, &d).await.unwrap();
        let root = w.row(&d).await;
        for code in [&a, &b, &c] {
            assert_eq!(w.row(code).await.duplicate_of, Some(root.id), "re-pointed");
        }
        assert_eq!((root.followers, w.row(&a).await.followers), (3, 0));
        assert!(matches!(w.merge(&w.officer, &a, &d).await, Err(Error::State)), "merged once");
        let finished = w.sent(w.citizen, "Năm").await;
        w.staff(&w.officer, &d, Command::Transfer { unit: "18859".into(), note: text("thuộc bên kia") }).await.unwrap();
        assert_eq!(key_of(w.merge(&w.officer, &finished, &d).await), "merge-missing", "out of sight is out of reach");
        w.staff(&w.province, &d, Command::Reject { reason: text("không đúng") }).await.unwrap();
        assert_eq!(key_of(w.merge(&w.province, &finished, &d).await), "merge-finished");
    })
    .await;
}

#[tokio::test]
async fn r5_who_follows_is_told_of_each_public_step_and_of_no_other() {
    each(async |w: World| {
        let neighbour = testing::citizen(&w.core, 2).await;
        let code = w.sent(w.citizen, "Đèn đường tắt").await;
        assert!(matches!(follow::follow(&w.core, neighbour, &code).await, Err(Error::NotFound)), "not public yet");
        w.accept(&code).await;
        assert_eq!(follow::follow(&w.core, neighbour, &code).await.unwrap().followers, 1);
        assert_eq!(follow::follow(&w.core, neighbour, &code).await.unwrap().followers, 1, "twice is once");
        assert_eq!(follow::follow(&w.core, w.citizen, &code).await.unwrap().followers, 1, "one's own counts not");
        let me = w.officer.account;
        w.staff(&w.officer, &code, Command::Assign { to: me, note: String::new() }).await.unwrap();
        w.staff(&w.officer, &code, Command::Note { text: text("gọi tổ điện") }).await.unwrap();
        w.staff(&w.officer, &code, Command::Ask { question: text("Cột số mấy?") }).await.unwrap();
        assert!(w.told(neighbour).await.is_empty(), "{:?}", w.told(neighbour).await);
        act_as_author(&w.core, w.citizen, &code, Command::Answer { text: text("Cột 12") }, vec![]).await.unwrap();
        w.staff(&w.officer, &code, Command::Start).await.unwrap();
        w.staff(&w.officer, &code, Command::Reply { text: text("Chiều nay thay bóng") }).await.unwrap();
        assert_eq!(w.told(neighbour).await.len(), 2);
        w.staff(&w.leader, &code, Command::Hide { reason: text("có biển số xe") }).await.unwrap();
        w.staff(&w.officer, &code, Command::Reply { text: text("Đã thay") }).await.unwrap();
        assert_eq!(w.told(neighbour).await.len(), 2, "what is hidden is told to nobody else");
        w.staff(&w.leader, &code, Command::Unhide { reason: text("đã che biển số") }).await.unwrap();
        assert_eq!(follow::unfollow(&w.core, neighbour, &code).await.unwrap().followers, 0);
        w.staff(&w.officer, &code, Command::Resolve { text: text("Đèn sáng") }).await.unwrap();
        assert_eq!(w.told(neighbour).await.len(), 2);
        assert!(matches!(follow::follow(&w.core, neighbour, &code).await, Err(Error::State)), "it is finished");
    })
    .await;
}

fn part(unit: &str, words: &str) -> Part {
    Part { unit: unit.into(), category: "moi-truong".into(), text: words.into() }
}

#[tokio::test]
async fn r6_a_report_is_split_into_parts_for_others_and_resolved_after_them() {
    each(async |w: World| {
        let code = w.sent(w.citizen, "Đường hỏng và rác tràn").await;
        w.accept(&code).await;
        let hidden = Redaction { words: vec![text("Hùng Vương")], ..Redaction::default() };
        act_as_author(&w.core, w.citizen, &code, Command::Redact(hidden), vec![]).await.unwrap();
        let split = |parts| Command::Split { parts, note: text("hai việc") };
        let many: Vec<Part> = (0..11).map(|_| part("18859", "Dọn rác")).collect();
        assert_eq!(key_of(w.staff(&w.officer, &code, split(many)).await), "split-many");
        assert_eq!(key_of(w.staff(&w.officer, &code, split(vec![])).await), "split-many");
        let bad = vec![part("18859", "Dọn rác"), part("18880", " ")];
        let Err(Error::Invalid(fields)) = w.staff(&w.officer, &code, split(bad)).await else { panic!() };
        let names: Vec<&str> = fields.iter().map(|f| f.field).collect();
        assert_eq!(names, ["unit-2", "text-2"], "its own unit has the whole already");
        let good = vec![part("18859", "Dọn rác ở bờ kênh"), part("so-xay-dung", "Kiểm tra nắp cống")];
        assert_eq!(w.staff(&w.officer, &code, split(good)).await.unwrap(), State::Accepted);

        let whole = views::find(&w.core, &code, &Reader::Staff(&w.officer)).await.unwrap();
        let found = related::of(&w.core, &whole.report, &whole.events).await.unwrap();
        assert_eq!(found.parts.len(), 2);
        let theirs = found.parts.iter().find(|p| p.unit == "18859").unwrap().code.clone();
        let row = w.row(&theirs).await;
        assert_eq!(row.masked, r#"["Hùng Vương"]"#, "what the author hid stays hidden");
        assert_eq!(
            (row.reporter, row.title.as_str(), row.address.as_str()),
            (None, "Dọn rác ở bờ kênh", "Đường Hùng Vương")
        );
        assert!(row.due_at.unwrap() > w.core.now() && row.route.contains("tách phần việc"));
        assert!(views::find(&w.core, &theirs, &Reader::Public).await.is_err(), "R11");

        let refused = w.staff(&w.officer, &code, Command::Resolve { text: text("Xong phần mình") }).await;
        assert_eq!(key_of(refused), "split-open");
        w.staff(&w.other, &theirs, Command::Accept { note: String::new() }).await.unwrap();
        let asked = w.staff(&w.other, &theirs, Command::Ask { question: text("Ở đâu?") }).await;
        assert!(matches!(asked, Err(Error::State)), "there is nobody to ask: {asked:?}");
        let again = Command::Split { parts: vec![part("18880", "Nữa")], note: String::new() };
        assert_eq!(key_of(w.staff(&w.other, &theirs, again).await), "split-part");
        w.staff(&w.other, &theirs, Command::Resolve { text: text("Đã dọn sạch") }).await.unwrap();
        assert!(w.told(w.leader.account).await[0].contains("đã xong phần việc"), "who has the whole is told");
        assert_eq!(key_of(w.staff(&w.officer, &code, Command::Resolve { text: text("x") }).await), "split-open");
        let last = found.parts.iter().find(|p| p.unit == "so-xay-dung").unwrap().code.clone();
        w.staff(&w.province, &last, Command::Reject { reason: text("nắp cống tốt") }).await.unwrap();
        assert_eq!(
            w.staff(&w.officer, &code, Command::Resolve { text: text("Xong cả") }).await.unwrap(),
            State::Resolved
        );
        let public = views::find(&w.core, &code, &Reader::Public).await.unwrap();
        let found = related::of(&w.core, &public.report, &public.events).await.unwrap();
        assert_eq!(
            found.parts.iter().filter_map(|p| p.result.as_deref()).collect::<Vec<_>>(),
            ["Đã dọn sạch", "nắp cống tốt"]
        );
        // A part shows the whole's place and no author could hide it: it is read on the page of the whole.
        assert!(matches!(views::find(&w.core, &theirs, &Reader::Public).await, Err(Error::NotFound)));
        let child = views::find(&w.core, &theirs, &Reader::Staff(&w.other)).await.unwrap();
        assert_eq!(related::of(&w.core, &child.report, &child.events).await.unwrap().whole.unwrap().code, code);
        w.acts(&code).await;
        w.acts(&theirs).await;
    })
    .await;
}

#[tokio::test]
async fn r6_standard_texts_are_kept_by_leaders_and_offered_where_they_fit() {
    each(async |w: World| {
        let new = NewText {
            unit: "18880".into(),
            category: String::new(),
            act: "reject".into(),
            title: "Không thuộc thẩm quyền".into(),
            body: "Phản ánh {ma} không thuộc thẩm quyền của {don_vi}. {x} {".into(),
        };
        let save = async |by: &Officer, id, new| standard_texts::save(&w.core, by, id, new).await;
        assert!(matches!(save(&w.officer, None, new.clone()).await, Err(Error::Forbidden)));
        assert!(matches!(save(&w.other, None, new.clone()).await, Err(Error::Forbidden)), "of another unit");
        assert!(matches!(
            save(&w.leader, None, NewText { unit: "*".into(), ..new.clone() }).await,
            Err(Error::Forbidden)
        ));
        let bad = NewText { act: "merge".into(), title: " ".into(), body: "a".repeat(3000), ..new.clone() };
        let Err(Error::Invalid(fields)) = save(&w.leader, None, bad).await else { panic!() };
        assert_eq!(fields.len(), 3);
        let id = save(&w.leader, None, new.clone()).await.unwrap();
        save(&w.province, None, NewText { unit: "*".into(), title: "Của tỉnh".into(), ..new.clone() }).await.unwrap();
        let other = NewText { category: "moi-truong".into(), title: "Môi trường".into(), ..new.clone() };
        save(&w.leader, None, other).await.unwrap();

        let code = w.sent(w.citizen, "Ổ gà").await;
        let row = w.row(&code).await;
        let offered = standard_texts::offered(&w.core, &row).await.unwrap();
        assert_eq!(
            offered.iter().map(|t| t.title.as_str()).collect::<Vec<_>>(),
            ["Của tỉnh", "Không thuộc thẩm quyền"]
        );
        let words = offered[1].words(&w.core, &row);
        assert!(
            words.starts_with("Phản ánh PA-") && words.contains("UBND phường Đồng Hới") && words.ends_with("{x} {"),
            "{words}"
        );
        assert!(matches!(standard_texts::one(&w.core, &w.other, id).await, Err(Error::NotFound)));
        assert_eq!(standard_texts::list(&w.core, &w.leader).await.unwrap().len(), 2);
        save(&w.leader, Some(id), NewText { title: "Tên mới".into(), ..new }).await.unwrap();
        standard_texts::remove(&w.core, &w.leader, id).await.unwrap();
        assert!(matches!(standard_texts::remove(&w.core, &w.leader, id).await, Err(Error::NotFound)));
        let logged = count(&w.core, "SELECT count(*) FROM audit WHERE act LIKE 'standard-text-%'").await;
        assert_eq!(logged, 5);
    })
    .await;
}

#[tokio::test]
async fn r8_reminders_come_once_before_after_and_then_to_the_superior() {
    each(async |w: World| {
        let code = w.sent(w.citizen, "Ổ gà").await;
        w.accept(&code).await;
        w.staff(&w.leader, &code, Command::Assign { to: w.officer.account, note: String::new() }).await.unwrap();
        assert_eq!(reminders::remind(&w.core).await.unwrap(), 0);
        let due = w.row(&code).await.due_at.unwrap();
        w.core.clock.set(due - HOUR);
        assert_eq!(reminders::remind(&w.core).await.unwrap(), 1);
        assert_eq!(reminders::remind(&w.core).await.unwrap(), 0, "once");
        assert!(w.told(w.officer.account).await[0].starts_with("Sắp đến hạn"));
        assert!(w.told(w.leader.account).await.is_empty(), "it is with a person");
        w.core.clock.set(due + HOUR);
        assert_eq!(reminders::remind(&w.core).await.unwrap(), 1);
        for who in [&w.officer, &w.leader] {
            assert!(w.told(who.account).await[0].starts_with("Quá hạn"));
        }
        assert!(w.told(w.province.account).await.is_empty());
        w.core.clock.set(due + 5 * DAY);
        assert_eq!(reminders::remind(&w.core).await.unwrap(), 1);
        assert!(w.told(w.province.account).await[0].contains("để quá hạn"));
        assert_eq!(reminders::remind(&w.core).await.unwrap(), 0);
        assert_eq!(reminders::of_report(w.core.store.read(), w.row(&code).await.id).await.unwrap().len(), 3);

        // A moved deadline is another one; a question lets the clock stand.
        w.staff(&w.leader, &code, Command::Extend { days: 20, reason: text("chờ vật tư") }).await.unwrap();
        assert_eq!(reminders::remind(&w.core).await.unwrap(), 0);
        w.core.clock.set(w.row(&code).await.due_at.unwrap() + HOUR);
        w.staff(&w.officer, &code, Command::Ask { question: text("Sâu bao nhiêu?") }).await.unwrap();
        assert_eq!(reminders::remind(&w.core).await.unwrap(), 0, "waiting for the citizen");
        w.staff(&w.officer, &code, Command::Resume { note: String::new() }).await.unwrap();
        w.core.clock.set(w.row(&code).await.due_at.unwrap() + HOUR);
        assert_eq!(reminders::remind(&w.core).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn r6_a_persons_reports_are_handed_over_in_whatever_state_they_are() {
    each(async |w: World| {
        let colleague = testing::officer(&w.core, "Đồng Nghiệp", "18880", Role::Officer).await;
        let mut codes = Vec::new();
        for n in 0..3 {
            let code = w.sent(w.citizen, &format!("Việc {n}")).await;
            w.accept(&code).await;
            w.staff(&w.leader, &code, Command::Assign { to: w.officer.account, note: String::new() }).await.unwrap();
            codes.push(code);
        }
        w.staff(&w.officer, &codes[0], Command::Start).await.unwrap();
        w.staff(&w.officer, &codes[1], Command::Ask { question: text("Ở đâu?") }).await.unwrap();
        w.staff(&w.officer, &codes[2], Command::Resolve { text: text("Xong") }).await.unwrap();
        let told = w.told(w.citizen).await.len();
        let (me, you) = (w.officer.account, colleague.account);
        assert_eq!(key_of(hand_over(&w.core, &w.leader, me, me, "nghỉ phép").await), "hand-over-same");
        assert_eq!(key_of(hand_over(&w.core, &w.leader, me, you, " ").await), "note-missing");
        let foreign = hand_over(&w.core, &w.other, me, you, "nghỉ phép").await.unwrap();
        assert!(foreign.done.is_empty() && foreign.refused.is_empty(), "another unit sees nothing to hand over");
        let wrong = hand_over(&w.core, &w.leader, me, w.other.account, "nghỉ phép").await.unwrap();
        assert_eq!((wrong.done.len(), wrong.refused.len()), (0, 2), "not a person of the unit");
        let handed = hand_over(&w.core, &w.leader, me, you, "nghỉ phép").await.unwrap();
        assert_eq!((handed.done.len(), handed.refused.len()), (2, 0), "what is finished stays");
        for (code, state) in [(&codes[0], State::InProgress), (&codes[1], State::NeedInfo)] {
            assert_eq!((w.row(code).await.assignee, w.row(code).await.state()), (Some(you), state));
        }
        assert_eq!(w.told(w.citizen).await.len(), told, "citizens are not told who sits where");
        assert!(w.told(you).await[0].contains("bàn giao cho Ông/Bà 2 phản ánh"));
    })
    .await;
}

#[tokio::test]
async fn r5_similar_reports_are_near_recent_of_the_category_and_within_sight() {
    each(async |w: World| {
        let at = |metres: f64| Point::new(17.4700 + metres / 111_195.0, 106.6200);
        let here = w.sent_at(w.citizen, "Ổ gà", at(0.0)).await;
        let near = w.sent_at(w.citizen, "Hố sâu", at(120.0)).await;
        let edge = w.sent_at(w.citizen, "Đường lún", at(290.0)).await;
        let far = w.sent_at(w.citizen, "Đường nứt", at(320.0)).await;
        let row = w.row(&here).await;
        let found = similar::of(&w.core, &w.officer, &row).await.unwrap();
        let codes: Vec<&str> = found.iter().map(|s| s.code.as_str()).collect();
        assert_eq!(codes, [near.as_str(), edge.as_str()], "not {far}");
        assert_eq!(found[0].metres, 120);
        w.staff(&w.leader, &near, Command::Reject { reason: text("không có") }).await.unwrap();
        let found = similar::of(&w.core, &w.officer, &row).await.unwrap();
        assert_eq!(found[0].code, edge, "open ones first");
        assert!(similar::of(&w.core, &w.other, &row).await.unwrap().is_empty(), "of another unit");
        w.merge(&w.officer, &edge, &far).await.unwrap();
        assert_eq!(
            similar::of(&w.core, &w.officer, &row).await.unwrap().len(),
            1,
            "merged ones stand for their original"
        );
        w.core.clock.advance(13 * 7 * DAY);
        assert!(similar::of(&w.core, &w.officer, &row).await.unwrap().is_empty(), "long ago");
        let nowhere = w.sent(w.citizen, "Không có vị trí").await;
        assert!(similar::of(&w.core, &w.officer, &w.row(&nowhere).await).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn r6_photos_of_internal_steps_are_for_staff_alone() {
    let w = world(sqlite().await).await;
    let code = w.sent(w.citizen, "Nhà xiêu").await;
    w.accept(&code).await;
    let photo = domain::reports::photos::take_in(PNG.to_vec()).await.unwrap().unwrap();
    let seen = w.row(&code).await.version;
    let note = Command::Note { text: text("ảnh chụp nội bộ") };
    act_as_officer(&w.core, &w.officer, &code, seen, note, vec![photo]).await.unwrap();
    let staff = views::find(&w.core, &code, &Reader::Staff(&w.officer)).await.unwrap();
    let id = staff.photos[0].id;
    assert!(views::photo(&w.core, id, &Reader::Staff(&w.officer)).await.is_ok());
    assert!(views::find(&w.core, &code, &Reader::Public).await.unwrap().photos.is_empty());
    assert!(matches!(views::photo(&w.core, id, &Reader::Public).await, Err(Error::NotFound)));
    assert!(matches!(views::photo(&w.core, id, &Reader::Citizen(w.citizen)).await, Err(Error::NotFound)));
}

/// The smallest PNG there is.
const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 31, 21, 196,
    137, 0, 0, 0, 13, 73, 68, 65, 84, 120, 218, 99, 100, 248, 207, 80, 15, 0, 3, 134, 1, 128, 90, 52, 125, 107, 0, 0,
    0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

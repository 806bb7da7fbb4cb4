//! Officers' tools on both engines: merging, following, splitting, asking others, standard texts, reminders, handing over.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use base::{geo::Point, i18n::Lang, ids::Uuid};
use domain::{
    core::Core,
    error::Error,
    notices,
    reports::{
        Command, Draft, Place, ReportRow, State, act_as_author, act_as_officer, follow, related, rows, submit,
        views::{self, Reader},
    },
    rights::{Officer, Role},
    testing,
};
use store::{
    Sql,
    testing::{TestStore, each_engine, sqlite},
};

struct World {
    core: Core,
    citizen: Uuid,
    officer: Officer,
    leader: Officer,
    /// Leads another ward.
    other: Officer,
    province: Officer,
    _db: TestStore,
}

async fn world(db: TestStore) -> World {
    let core = testing::core(&db).await;
    let citizen = testing::citizen(&core, 1).await;
    let officer = testing::officer(&core, "Lê Thị Thử", "18880", Role::Officer).await;
    let leader = testing::officer(&core, "Trần Văn Mẫu", "18880", Role::UnitLeader).await;
    let other = testing::officer(&core, "Ngô Xa", "18859", Role::UnitLeader).await;
    let province = testing::officer(&core, "Điều Phối", "*", Role::ProvinceOperator).await;
    World { core, citizen, officer, leader, other, province, _db: db }
}

fn text(text: &str) -> String {
    text.into()
}

impl World {
    async fn sent(&self, by: Uuid, content: &str) -> String {
        self.sent_at(by, content, None).await
    }

    async fn sent_at(&self, by: Uuid, content: &str, point: Option<Point>) -> String {
        let draft = Draft {
            content: content.into(),
            category: "ha-tang".into(),
            place: Place { point, commune: Some("18880".into()), address: "Đường Hùng Vương".into() },
            anonymous: true,
            ..Draft::default()
        };
        self.core.clock.advance(1000);
        submit(&self.core, by, &draft, vec![], None, "test").await.unwrap().code.as_str().to_owned()
    }

    async fn row(&self, code: &str) -> ReportRow {
        rows::by_code(self.core.store.read(), code).await.unwrap().unwrap()
    }

    async fn staff(&self, by: &Officer, code: &str, command: Command) -> Result<State, Error> {
        self.core.clock.advance(1000);
        let seen = self.row(code).await.version;
        act_as_officer(&self.core, by, code, seen, command, vec![]).await.map(|d| d.state)
    }

    async fn merge(&self, by: &Officer, code: &str, into: &str) -> Result<State, Error> {
        self.staff(by, code, Command::Merge { into: into.into(), note: text("cùng một chỗ") }).await
    }

    async fn accept(&self, code: &str) {
        self.staff(&self.officer, code, Command::Accept { note: String::new() }).await.unwrap();
    }

    async fn told(&self, account: Uuid) -> Vec<String> {
        let speaker = self.core.speaker(Lang::VI);
        let lines = notices::inbox(&self.core, account, None).await.unwrap();
        lines.into_iter().map(|l| l.words(&speaker)).collect()
    }

    /// The history's numbers and the row's version tell the same.
    async fn whole(&self, code: &str) -> Vec<String> {
        let row = self.row(code).await;
        let events = rows::events(self.core.store.read(), row.id).await.unwrap();
        assert_eq!(events.len() as i64, row.version);
        assert!(events.iter().enumerate().all(|(i, e)| e.no as usize == i + 1));
        events.into_iter().map(|e| e.act).collect()
    }
}

fn field(answer: Result<impl std::fmt::Debug, Error>) -> &'static str {
    match answer {
        Err(Error::Invalid(fields)) => fields[0].key,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn r5_merging_closes_the_duplicate_links_both_and_its_author_learns_of_the_original() {
    each_engine(async |db| {
        let w = world(db).await;
        let second = testing::citizen(&w.core, 2).await;
        let original = w.sent(w.citizen, "Ổ gà trước trường").await;
        let double = w.sent(second, "Hố sâu cổng trường").await;
        w.accept(&original).await;
        w.accept(&double).await;
        assert_eq!(w.merge(&w.officer, &double, &original).await.unwrap(), State::Closed);
        let (a, b) = (w.row(&original).await, w.row(&double).await);
        assert_eq!((b.duplicate_of, b.open, a.followers), (Some(a.id), false, 1));
        assert_eq!(w.whole(&original).await, ["submit", "accept", "absorb"]);
        assert_eq!(w.whole(&double).await, ["submit", "accept", "merge"]);
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
async fn r5_a_merge_of_merged_reports_ends_at_the_root_and_no_circle_can_be_made() {
    each_engine(async |db| {
        let w = world(db).await;
        let [a, b, c, d] = [
            w.sent(w.citizen, "Một").await,
            w.sent(testing::citizen(&w.core, 2).await, "Hai").await,
            w.sent(testing::citizen(&w.core, 3).await, "Ba").await,
            w.sent(testing::citizen(&w.core, 4).await, "Bốn").await,
        ];
        assert_eq!(field(w.merge(&w.officer, &a, &a).await), "merge-self");
        assert_eq!(field(w.merge(&w.officer, &a, "khong-co").await), "merge-missing");
        w.merge(&w.officer, &b, &a).await.unwrap();
        w.merge(&w.officer, &c, &b).await.unwrap();
        assert_eq!(w.row(&c).await.duplicate_of, Some(w.row(&a).await.id), "into the root, not into the merged one");
        assert_eq!(field(w.merge(&w.officer, &a, &c).await), "merge-self", "a circle");
        w.merge(&w.officer, &a, &d).await.unwrap();
        let root = w.row(&d).await;
        for code in [&a, &b, &c] {
            assert_eq!(w.row(code).await.duplicate_of, Some(root.id), "re-pointed");
        }
        assert_eq!((root.followers, w.row(&a).await.followers), (3, 0));
        assert!(matches!(w.merge(&w.officer, &a, &d).await, Err(Error::State)), "merged once");
        let finished = w.sent(w.citizen, "Năm").await;
        w.staff(&w.officer, &d, Command::Transfer { unit: "18859".into(), note: text("thuộc bên kia") }).await.unwrap();
        assert_eq!(field(w.merge(&w.officer, &finished, &d).await), "merge-missing", "out of sight is out of reach");
        w.staff(&w.province, &d, Command::Reject { reason: text("không đúng") }).await.unwrap();
        assert_eq!(field(w.merge(&w.province, &finished, &d).await), "merge-finished");
    })
    .await;
}

#[tokio::test]
async fn r5_who_follows_is_told_of_each_public_step_and_of_no_other() {
    each_engine(async |db| {
        let w = world(db).await;
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

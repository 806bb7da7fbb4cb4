//! What tests of reports begin with: a ward with its people, a report that can be sent, and what is asked of them again and again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use base::{clock::Millis, geo::Point, i18n::Lang, ids::Uuid};
use domain::{
    core::Core,
    error::Error,
    notices,
    reports::{
        Command, Draft, Place, ReportRow, State, act_as_officer, automatic, drafts::Saved, rows, submit, uploads,
    },
    rights::{Officer, Role},
    testing,
};
use store::{
    Sql,
    testing::{TestStore, each_engine},
};

pub struct World {
    pub core: Core,
    pub citizen: Uuid,
    /// Of the ward that reports go to.
    pub officer: Officer,
    pub leader: Officer,
    /// Leads another ward.
    pub other: Officer,
    pub province: Officer,
    _db: TestStore,
}

pub async fn world(db: TestStore) -> World {
    let core = testing::core(&db).await;
    let citizen = testing::citizen(&core, 1).await;
    let officer = testing::officer(&core, "Lê Thị Thử", "18880", Role::Officer).await;
    let leader = testing::officer(&core, "Trần Văn Mẫu", "18880", Role::UnitLeader).await;
    let other = testing::officer(&core, "Ngô Xa", "18859", Role::UnitLeader).await;
    let province = testing::officer(&core, "Điều Phối", "*", Role::ProvinceOperator).await;
    World { core, citizen, officer, leader, other, province, _db: db }
}

/// Runs a test on SQLite and, where there is one, on PostgreSQL.
pub async fn each(test: impl AsyncFn(World)) {
    each_engine(async |db| test(world(db).await).await).await;
}

/// The same with nobody but one citizen.
pub async fn each_citizen(test: impl AsyncFn(Core, Uuid)) {
    each_engine(async |db| {
        let core = testing::core(&db).await;
        let citizen = testing::citizen(&core, 1).await;
        test(core, citizen).await;
    })
    .await;
}

impl World {
    pub async fn sent(&self, by: Uuid, content: &str) -> String {
        self.sent_at(by, content, None).await
    }

    pub async fn sent_at(&self, by: Uuid, content: &str, point: Option<Point>) -> String {
        let draft = Draft { content: content.into(), place: Place { point, ..draft().place }, ..draft() };
        self.core.clock.advance(1000);
        submit(&self.core, by, &draft, vec![], None, "test").await.unwrap().code.as_str().to_owned()
    }

    pub async fn row(&self, code: &str) -> ReportRow {
        rows::by_code(self.core.store.read(), code).await.unwrap().unwrap()
    }

    /// What an officer does with a report, whatever its version is now.
    pub async fn staff(&self, by: &Officer, code: &str, command: Command) -> Result<State, Error> {
        self.core.clock.advance(1000);
        let seen = self.row(code).await.version;
        act_as_officer(&self.core, by, code, seen, command, vec![]).await.map(|d| d.state)
    }

    pub async fn accept(&self, code: &str) {
        self.staff(&self.officer, code, Command::Accept { note: String::new() }).await.unwrap();
    }

    /// Somebody's messages, the newest first.
    pub async fn told(&self, account: Uuid) -> Vec<String> {
        let speaker = self.core.speaker(Lang::VI);
        let lines = notices::inbox(&self.core, account, None).await.unwrap();
        lines.into_iter().map(|l| l.words(&speaker)).collect()
    }

    /// The history, whose numbers and the row's version tell the same.
    pub async fn acts(&self, code: &str) -> Vec<String> {
        let row = self.row(code).await;
        let events = rows::events(self.core.store.read(), row.id).await.unwrap();
        assert_eq!(events.len() as i64, row.version);
        assert!(events.iter().enumerate().all(|(i, e)| e.no as usize == i + 1));
        events.into_iter().map(|e| e.act).collect()
    }
}

/// A report that can be sent.
pub fn draft() -> Draft {
    Draft {
        content: "Ổ gà lớn trước trường tiểu học\nRất sâu, hai cháu ngã xe.".into(),
        category: "ha-tang".into(),
        place: Place { point: None, commune: Some("18880".into()), address: "Đường Hùng Vương".into() },
        anonymous: true,
        ..Draft::default()
    }
}

/// The same as the wizard keeps it.
pub fn saved() -> Saved {
    let Draft { content, category, place, anonymous, .. } = draft();
    Saved { content, category, commune: place.commune, address: place.address, anonymous, ..Saved::default() }
}

pub fn text(text: &str) -> String {
    text.into()
}

/// Why something was refused.
pub fn key_of(answer: Result<impl std::fmt::Debug, Error>) -> &'static str {
    match answer {
        Err(Error::Invalid(fields)) => fields[0].key,
        other => panic!("{other:?}"),
    }
}

pub async fn count(core: &Core, sql: &str) -> i64 {
    Sql::new(sql).scalar(core.store.read()).await.unwrap().unwrap()
}

/// So much later, with what is swept away then.
pub async fn later(core: &Core, time: Millis) {
    core.clock.advance(time);
    automatic::sweep(core).await.unwrap();
}

/// The pieces of an upload that was begun, of so many bytes each.
pub async fn append(core: &Core, account: Uuid, upload: Uuid, bytes: &[u8], size: usize) -> Result<(), Error> {
    for (n, piece) in bytes.chunks(size).enumerate() {
        uploads::append(core, account, upload, (n * size) as i64, piece.to_vec()).await?;
    }
    Ok(())
}

//! Videos of reports (R1) on both engines: from the draft into the report, who may see them, and what is left of those thrown away.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use base::{
    clock::{DAY, HOUR},
    ids::{Uuid, new_id},
};
use domain::{
    core::Core,
    error::Error,
    reports::{
        Command,
        act::Part,
        act_as_officer, consult, drafts,
        from_phone::{FromPhone, submit_from_phone},
        rows, uploads, video,
        views::{self, Reader},
    },
    rights::{Officer, Role},
    testing::{
        self,
        video::{Film, SECRETS, has},
    },
};
use store::Sql;
use support::{append, count, each_citizen, key_of, later, saved};

async fn draft_with_video(core: &Core, account: Uuid) -> Uuid {
    let draft = drafts::start(core, account, &saved()).await.unwrap();
    video::put(core, account, draft, "duong.mp4", Film::default().bytes()).await.unwrap();
    draft
}

async fn file_of(core: &Core, account: Uuid, draft: Uuid) -> String {
    drafts::find(core, account, draft).await.unwrap().video.unwrap().stored.file
}

async fn exists(core: &Core, file: &str) -> bool {
    core.files.get(file).await.unwrap().is_some()
}

/// A video in pieces of a thousand bytes.
async fn uploaded(core: &Core, account: Uuid, bytes: &[u8]) -> Result<Uuid, Error> {
    let upload = uploads::create_video(core, account, "a.mov", bytes.len() as i64).await?;
    append(core, account, upload.id, bytes, 1_000).await?;
    Ok(upload.id)
}

#[tokio::test]
async fn r1_a_video_goes_with_its_report_and_says_nothing_of_place_and_device() {
    each_citizen(async |core, me| {
        let draft = draft_with_video(&core, me).await;
        let first = file_of(&core, me, draft).await;
        // The newest one counts.
        video::put(&core, me, draft, "hai.mov", Film { brand: *b"qt  ", ..Film::default() }.bytes()).await.unwrap();
        let second = file_of(&core, me, draft).await;
        assert!(second.starts_with("videos/") && second.ends_with(".mov"), "{second}");
        let sent = drafts::send(&core, me, draft).await.unwrap();
        assert_eq!(drafts::send(&core, me, draft).await.unwrap(), sent, "sent twice, one report");

        let whole = views::find(&core, sent.code.as_str(), &Reader::Citizen(me)).await.unwrap();
        let video = whole.video.unwrap();
        assert_eq!((video.kind(), video.seconds, video.file.as_str()), (video::Kind::QuickTime, 12, second.as_str()));
        let stored = core.files.get(&second).await.unwrap().unwrap();
        assert_eq!(stored.len() as i64, video.bytes);
        for secret in SECRETS {
            assert!(!has(&stored, secret.as_bytes()), "{secret}");
        }
        later(&core, 2 * HOUR).await;
        assert!(!exists(&core, &first).await && exists(&core, &second).await);
    })
    .await;
}

#[tokio::test]
async fn r1_what_is_no_video_is_refused_and_leaves_nothing() {
    each_citizen(async |core, me| {
        let draft = drafts::start(&core, me, &saved()).await.unwrap();
        let long = Film { seconds: 75, ..Film::default() }.bytes();
        let put = async |bytes: Vec<u8>| key_of(video::put(&core, me, draft, "a.mp4", bytes).await);
        assert_eq!(put(b"GIF89a".to_vec()).await, "video-not-a-video");
        assert_eq!(put(long.clone()).await, "video-too-long");
        assert_eq!(put(vec![0; video::MOST_BYTES as usize + 1]).await, "video-too-large");
        assert_eq!(key_of(uploaded(&core, me, &long).await), "video-too-long");
        let most = uploads::create_video(&core, me, "a", video::MOST_BYTES + 1).await;
        assert_eq!(key_of(most), "video-too-large");
        assert!(drafts::find(&core, me, draft).await.unwrap().video.is_none());
        let left = count(&core, "SELECT count(*) FROM upload").await;
        assert_eq!(left, 0, "an upload that became no video is gone");
        let other = testing::citizen(&core, 2).await;
        let foreign = video::put(&core, other, draft, "a.mp4", Film::default().bytes()).await.unwrap_err();
        assert!(matches!(foreign, Error::NotFound));
    })
    .await;
}

#[tokio::test]
async fn r11_videos_of_one_person_have_an_end() {
    each_citizen(async |core, me| {
        let draft = drafts::start(&core, me, &saved()).await.unwrap();
        for _ in 0..30 {
            video::put(&core, me, draft, "a.mp4", Film::default().bytes()).await.unwrap();
        }
        let over = video::put(&core, me, draft, "a.mp4", Film::default().bytes()).await.unwrap_err();
        assert!(matches!(over, Error::TooOften { .. }), "{over}");
        assert!(matches!(uploads::create_video(&core, me, "a", 9).await, Err(Error::TooOften { .. })));
        // Of those begun and never finished two lie about.
        core.clock.advance(DAY);
        for _ in 0..4 {
            core.clock.advance(1_000);
            uploads::create_video(&core, me, "a", 9).await.unwrap();
        }
        let left = count(&core, "SELECT count(*) FROM upload").await;
        assert_eq!(left, uploads::MOST_OPEN_VIDEOS as i64);
    })
    .await;
}

#[tokio::test]
async fn r2_a_video_comes_in_pieces_once_and_is_no_photo() {
    each_citizen(async |core, me| {
        let draft = drafts::start(&core, me, &saved()).await.unwrap();
        let upload = uploaded(&core, me, &Film::default().bytes()).await.unwrap();
        assert!(matches!(drafts::add_upload(&core, me, draft, upload).await, Err(Error::NotFound)), "no photo");
        for _ in 0..2 {
            video::add_upload(&core, me, draft, upload).await.unwrap();
        }
        let video = drafts::find(&core, me, draft).await.unwrap().video.unwrap();
        assert_eq!((video.stored.id, video.name.as_str()), (upload, "a.mov"));
        let other = drafts::start(&core, me, &saved()).await.unwrap();
        assert!(matches!(video::add_upload(&core, me, other, upload).await, Err(Error::NotFound)), "of one report");

        // The network breaks for good: the phone finishes the report, and the video that had arrived goes along.
        let sent = FromPhone {
            key: new_id(&core.clock, &core.entropy),
            draft: Some(draft),
            report: support::draft(),
            photos: vec![],
        };
        let sent = submit_from_phone(&core, me, &sent).await.unwrap();
        let whole = views::find(&core, sent.code.as_str(), &Reader::Citizen(me)).await.unwrap();
        assert_eq!(whole.video.unwrap().id, upload);
        later(&core, 61 * DAY).await;
        later(&core, 2 * HOUR).await;
        assert!(exists(&core, &video.stored.file).await, "what became a report stays");
    })
    .await;
}

#[tokio::test]
async fn a12_videos_of_what_was_thrown_away_are_gone() {
    each_citizen(async |core, me| {
        let discarded = draft_with_video(&core, me).await;
        let removed = draft_with_video(&core, me).await;
        let forgotten = draft_with_video(&core, me).await;
        let mut files = Vec::new();
        for draft in [discarded, removed, forgotten] {
            files.push(file_of(&core, me, draft).await);
        }
        drafts::discard(&core, me, discarded).await.unwrap();
        video::remove(&core, me, removed).await.unwrap();
        let upload = uploaded(&core, me, &Film::default().bytes()).await.unwrap();
        let made: Option<String> =
            Sql::new("SELECT photo FROM upload WHERE id = $1").bind(upload).scalar(core.store.read()).await.unwrap();
        let made: serde_json::Value = serde_json::from_str(&made.unwrap()).unwrap();
        files.push(made["file"].as_str().unwrap().to_owned());
        for file in &files {
            assert!(exists(&core, file).await, "{file}");
        }
        later(&core, 61 * DAY).await;
        later(&core, 2 * HOUR).await;
        for file in &files {
            assert!(!exists(&core, file).await, "{file}");
        }
    })
    .await;
}

/// Whether this officer gets the video.
async fn sees(core: &Core, officer: &Officer, video: Uuid) -> bool {
    match views::video(core, video, &Reader::Staff(officer)).await {
        Ok(_) => true,
        Err(Error::NotFound) => false,
        Err(e) => panic!("{e}"),
    }
}

#[tokio::test]
async fn r1_a_video_is_for_its_author_and_for_who_works_on_the_report() {
    each_citizen(async |core, me| {
        let draft = draft_with_video(&core, me).await;
        let sent = drafts::send(&core, me, draft).await.unwrap();
        let code = sent.code.as_str();
        let video = views::find(&core, code, &Reader::Citizen(me)).await.unwrap().video.unwrap().id;
        let officer = async |unit: &str, role: Role| testing::officer(&core, "Cán Bộ Thử", unit, role).await;
        let leader = officer(&sent.unit, Role::UnitLeader).await;
        let worker = officer(&sent.unit, Role::Officer).await;
        let stranger = officer("18859", Role::UnitLeader).await;
        let admin = officer("*", Role::PlatformAdmin).await;
        assert_ne!(sent.unit, "18859");
        for (who, may) in [(&leader, true), (&worker, true), (&stranger, false), (&admin, false)] {
            assert_eq!(sees(&core, who, video).await, may, "{:?}", who.grants);
        }

        // Public or not, nobody else learns that there is one.
        let seen = rows::by_code(core.store.read(), code).await.unwrap().unwrap().version;
        act_as_officer(&core, &leader, code, seen, Command::Accept { note: String::new() }, vec![]).await.unwrap();
        let other = testing::citizen(&core, 2).await;
        for reader in [Reader::Public, Reader::Citizen(other)] {
            assert!(views::find(&core, code, &reader).await.unwrap().video.is_none());
            assert!(matches!(views::video(&core, video, &reader).await, Err(Error::NotFound)));
        }
        assert!(views::video(&core, video, &Reader::Citizen(me)).await.is_ok());

        // Who is asked sees it as long as the question is open.
        let seen = rows::by_code(core.store.read(), code).await.unwrap().unwrap().version;
        let ask = consult::Ask {
            unit: "18859".into(),
            question: "Đoạn đường này của ai?".into(),
            days: 2,
            ..consult::Ask::default()
        };
        consult::ask(&core, &leader, code, seen, ask).await.unwrap();
        assert!(sees(&core, &stranger, video).await);
        assert!(views::find(&core, code, &Reader::Staff(&stranger)).await.unwrap().video.is_some());
        core.clock.advance(3 * DAY);
        assert!(!sees(&core, &stranger, video).await);

        // Who works on a part sees what was sent with the whole.
        let seen = rows::by_code(core.store.read(), code).await.unwrap().unwrap().version;
        let part = Part { unit: "18859".into(), category: "ha-tang".into(), text: "Dọn rác".into() };
        let split = Command::Split { parts: vec![part], note: "hai việc".into() };
        act_as_officer(&core, &leader, code, seen, split, vec![]).await.unwrap();
        assert!(sees(&core, &stranger, video).await);
    })
    .await;
}

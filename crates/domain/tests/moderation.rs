//! What the public sees beside what was written (R10, R11), on both engines: hiding by itself, by the author, by staff; marks of
//! readers; the word list.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use base::{clock::HOUR, ids::Uuid};
use domain::{
    audit,
    core::Core,
    error::Error,
    notices,
    reports::{
        Command, Draft, Place, act_as_author, act_as_officer, consult,
        cover::{Cover, How},
        flags, follow,
        moderate::{self, Redaction, Wording},
        nearby, open, photos,
        queue::{self, Filter},
        redact::MARK,
        reminders, rows, submit,
        views::{self, PublicFilter, Reader, Whole},
    },
    rights::{Officer, Role},
    testing,
};
use store::{Sql, testing::each_engine};

const TITLE: &str = "Ổ gà, gọi 0912 345 678";
const CONTENT: &str = "Nhà ông Thử ở ngõ 12 bị ngập.\nLiên hệ 0912345678 hoặc thu@example.com, CCCD 045199001234.";

struct World {
    core: Core,
    citizen: Uuid,
    officer: Officer,
    leader: Officer,
    code: String,
    _db: store::testing::TestStore,
}

fn picture() -> Vec<u8> {
    let white = image::RgbImage::from_pixel(320, 200, image::Rgb([250, 250, 250]));
    let mut out = std::io::Cursor::new(Vec::new());
    white.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

async fn world(db: store::testing::TestStore) -> World {
    let core = testing::core(&db).await;
    let citizen = testing::citizen(&core, 1).await;
    let officer = testing::officer(&core, "Lê Thị Thử", "18880", Role::Officer).await;
    let leader = testing::officer(&core, "Trần Văn Mẫu", "18880", Role::UnitLeader).await;
    let draft = Draft {
        title: TITLE.into(),
        content: CONTENT.into(),
        category: "ha-tang".into(),
        place: Place { point: None, commune: Some("18880".into()), address: "Cạnh nhà 0987 654 321".into() },
        anonymous: false,
        answers: domain::reports::Answers::default(),
        contact: domain::reports::Contact::default(),
    };
    let photo = photos::take_in(picture()).await.unwrap().unwrap();
    let code = submit(&core, citizen, &draft, vec![photo], None, "test").await.unwrap().code.as_str().to_owned();
    World { core, citizen, officer, leader, code, _db: db }
}

impl World {
    async fn staff(&self, by: &Officer, command: Command) -> Result<(), Error> {
        self.core.clock.advance(1000);
        let seen = self.row().await.version;
        act_as_officer(&self.core, by, &self.code, seen, command, vec![]).await.map(|_| ())
    }

    async fn author(&self, redaction: Redaction) -> Result<(), Error> {
        act_as_author(&self.core, self.citizen, &self.code, Command::Redact(redaction), vec![]).await.map(|_| ())
    }

    async fn accept(&self) {
        self.staff(&self.officer, Command::Accept { note: String::new() }).await.unwrap();
    }

    async fn row(&self) -> rows::ReportRow {
        rows::by_code(self.core.store.read(), &self.code).await.unwrap().unwrap()
    }

    async fn read(&self, reader: &Reader<'_>) -> Whole {
        views::find(&self.core, &self.code, reader).await.unwrap()
    }

    async fn photo(&self) -> Uuid {
        rows::photos(self.core.store.read(), self.row().await.id).await.unwrap()[0].id
    }

    /// The pixels of the file that a reader gets.
    async fn pixel(&self, reader: &Reader<'_>) -> u8 {
        let row = views::photo(&self.core, self.photo().await, reader).await.unwrap();
        let mut seen = Vec::new();
        for size in ["l", "s"] {
            let bytes = self.core.files.get(&format!("{}-{size}.jpg", row.file)).await.unwrap().unwrap();
            let picture = image::load_from_memory(&bytes).unwrap().to_rgb8();
            seen.push(picture.get_pixel(picture.width() / 2, picture.height() / 2).0[0]);
        }
        assert!(seen[0].abs_diff(seen[1]) < 20, "both sizes show the same: {seen:?}");
        seen[0]
    }
}

/// Every other door that gives out what people wrote: open data and Open311, what is near, what one follows, a link for
/// somebody outside.
#[tokio::test]
async fn r10_no_other_door_gives_out_what_the_pages_hide() {
    each_engine(async |db| {
        let w = world(db).await;
        // The place, so that it is near something.
        let here = base::geo::Point::new(17.4689, 106.6223).unwrap();
        let draft = Draft {
            title: TITLE.into(),
            content: CONTENT.into(),
            category: "ha-tang".into(),
            place: Place {
                point: Some(here), commune: Some("18880".into()), address: "Cạnh nhà 0987 654 321".into()
            },
            ..Draft::default()
        };
        let code = submit(&w.core, w.citizen, &draft, vec![], None, "test").await.unwrap().code.as_str().to_owned();
        let w = World { code, ..w };
        w.accept().await;
        w.staff(&w.officer, Command::Reply { text: "Mời gọi 0905 111 222".into() }).await.unwrap();
        let stranger = testing::citizen(&w.core, 2).await;
        follow::follow(&w.core, stranger, &w.code).await.unwrap();

        let wanted = open::Wanted { until: i64::MAX, most: 10, ..open::Wanted::default() };
        let rows = open::page(&w.core, &wanted).await.unwrap();
        let file = open::after(&w.core, (0, 0), i64::MAX, 10).await.unwrap();
        let steps = open::steps_of(&w.core, std::slice::from_ref(&w.code)).await.unwrap();
        let near = nearby::nearby(&w.core, stranger, "ha-tang", here).await.unwrap();
        let followed = follow::of_account(w.core.store.read(), stranger, 10).await.unwrap();
        let ask = consult::Ask {
            outside: "Công ty Thử".into(),
            phone: "0912 000 111".into(),
            question: "Bao giờ xong?".into(),
            days: 2,
            ..consult::Ask::default()
        };
        let asked = consult::ask(&w.core, &w.officer, &w.code, w.row().await.version, ask).await.unwrap();
        let link = asked.link.unwrap();
        let token = link.expose().rsplit('/').next().unwrap();
        let consult::Door::Open { report, .. } = consult::door(&w.core, token).await.unwrap() else { panic!("closed") };

        assert!(!rows.is_empty() && !file.is_empty() && !steps.is_empty() && !near.is_empty() && !followed.is_empty());
        for (door, all) in [
            (
                "open311",
                format!("{:?}", rows.iter().map(|r| (r.title(), r.text(), r.address(), r.note())).collect::<Vec<_>>()),
            ),
            (
                "files",
                format!("{:?}", file.iter().map(|r| (r.title(), r.text(), r.address(), r.note())).collect::<Vec<_>>()),
            ),
            ("updates", format!("{:?}", steps.iter().map(open::StepRow::note).collect::<Vec<_>>())),
            ("near", format!("{:?}", near.iter().map(|n| &n.title).collect::<Vec<_>>())),
            ("followed", format!("{:?}", followed.iter().map(|l| &l.title).collect::<Vec<_>>())),
            ("link", format!("{} {} {}", report.title, report.content, report.address)),
        ] {
            for secret in ["345 678", "345678", "thu@", "045199", "654 321", "111 222"] {
                assert!(!all.contains(secret), "{door} gives out {secret}: {all}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn r10_numbers_are_hidden_from_everybody_and_marked_for_author_and_staff() {
    each_engine(async |db| {
        let w = world(db).await;
        w.accept().await;
        w.staff(&w.officer, Command::Reply { text: "Mời gọi 0233 3852 456 hoặc 0905 111 222".into() }).await.unwrap();
        let stranger = testing::citizen(&w.core, 2).await;
        for reader in [Reader::Public, Reader::Citizen(stranger)] {
            let whole = w.read(&reader).await;
            let all = format!("{whole:?}");
            for secret in ["345 678", "345678", "thu@", "045199", "654 321", "111 222"] {
                assert!(!all.contains(secret), "{secret} in {all}");
            }
            assert_eq!(whole.report.title, format!("Ổ gà, gọi {MARK}"));
            assert_eq!(whole.report.content.matches(MARK).count(), 3);
            assert_eq!(whole.report.address, format!("Cạnh nhà {MARK}"));
            let reply = whole.events.last().unwrap();
            assert_eq!(reply.public_note, format!("Mời gọi 0233 3852 456 hoặc {MARK}"), "an office's number stays");
            assert!(whole.partly_hidden);
        }
        let list = views::public_list(&w.core, &PublicFilter::default()).await.unwrap();
        assert_eq!(list[0].title, format!("Ổ gà, gọi {MARK}"));
        assert_eq!(views::mine(&w.core, w.citizen, None, 20).await.unwrap()[0].title, TITLE);
        for reader in [Reader::Citizen(w.citizen), Reader::Staff(&w.officer)] {
            let whole = w.read(&reader).await;
            assert_eq!((whole.report.title.as_str(), whole.report.content.as_str()), (TITLE, CONTENT));
            assert!(whole.partly_hidden && whole.public_title().contains(MARK));
        }
        // Also those that remind officers: a title that is hidden later would stay in their inboxes.
        w.core.clock.set(w.row().await.due_at.unwrap() + HOUR);
        assert_eq!(reminders::remind(&w.core).await.unwrap(), 1);
        let told: Vec<String> = Sql::new("SELECT args FROM notice").scalars(w.core.store.read()).await.unwrap();
        assert!(told.len() > 2 && told.iter().all(|t| !t.contains("345") && !t.contains("Ổ gà")), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn r10_the_author_hides_more_for_good_and_the_history_remembers_how_much() {
    each_engine(async |db| {
        let w = world(db).await;
        w.accept().await;
        let photo = w.photo().await;
        let words = vec!["ông Thử".to_owned(), "Cạnh nhà 0987 654 321".to_owned()];
        w.author(Redaction { words, photos: vec![photo], name: true }).await.unwrap();

        let public = w.read(&Reader::Public).await;
        assert!(public.report.content.starts_with(&format!("Nhà {MARK} ở ngõ 12")), "{}", public.report.content);
        assert_eq!(public.report.address, MARK);
        assert!(public.photos.is_empty() && public.report.anonymous);
        assert!(matches!(views::photo(&w.core, photo, &Reader::Public).await, Err(Error::NotFound)));
        let last = public.events.last().unwrap();
        assert_eq!((last.act.as_str(), last.data.as_str()), ("redact", "{}"), "what was hidden is not told");
        assert!(!format!("{public:?}").contains("ông Thử"));
        assert!(views::shown_author(&w.core, &public.report).await.unwrap().is_none());

        let own = w.read(&Reader::Citizen(w.citizen)).await;
        assert_eq!((own.report.content.as_str(), own.photos.len()), (CONTENT, 1));
        assert!(views::original(&w.core, photo, &Reader::Citizen(w.citizen)).await.is_ok());
        assert!(
            w.read(&Reader::Staff(&w.officer)).await.report.content.contains("ông Thử"),
            "staff must find the place"
        );

        // Only ever more: there is no act that takes it back, and hiding again is refused.
        let again = Redaction { words: vec!["ÔNG  THỬ".into()], ..Redaction::default() };
        w.author(again).await.unwrap();
        for (words, key) in [("x", "redact-short"), ("không có trong bài", "redact-not-found"), ("", "redact-nothing")]
        {
            let answer = w.author(Redaction { words: vec![words.into()], ..Redaction::default() }).await;
            assert!(matches!(&answer, Err(Error::Invalid(e)) if e[0].key == key), "{words}: {answer:?}");
        }
        let stranger = testing::citizen(&w.core, 2).await;
        let theirs = act_as_author(&w.core, stranger, &w.code, Command::Redact(Redaction::default()), vec![]).await;
        assert!(matches!(theirs, Err(Error::NotFound)));
        assert_eq!(audit::verify(&w.core.store).await.unwrap().wrong.len(), 0, "the sealed history is untouched");
    })
    .await;
}

#[tokio::test]
async fn r10_long_passages_are_hidden_as_several_phrases_and_not_without_end() {
    each_engine(async |db| {
        let w = world(db).await;
        let paragraph: String = (0..90).map(|n| format!("chữ{n} ")).collect();
        let content = format!("{}\nCâu sau.", paragraph.trim_end());
        let draft = Draft {
            content: content.clone(),
            category: "ha-tang".into(),
            place: Place { point: None, commune: Some("18880".into()), address: "Chợ".into() },
            ..Draft::default()
        };
        let code = submit(&w.core, w.citizen, &draft, vec![], None, "test").await.unwrap().code.as_str().to_owned();
        let w = World { code, ..w };
        w.accept().await;
        let hide = async |words: String| w.author(Redaction { words: vec![words], ..Redaction::default() }).await;
        hide(paragraph.clone()).await.unwrap();
        let masked: Vec<String> = serde_json::from_str(&w.row().await.masked).unwrap();
        assert!(masked.len() > 1 && masked.iter().all(|m| m.chars().count() <= 220), "{masked:?}");
        assert_eq!(w.read(&Reader::Public).await.report.content.replace(MARK, "").replace(' ', "").trim(), "Câusau.");
        for from in 0..80 {
            let words: Vec<String> = (from..from + 10).map(|n| format!("chữ{n}")).collect();
            if let Err(e) = hide(words.join(" ")).await {
                assert!(matches!(&e, Error::Invalid(f) if f[0].key == "redact-many"), "{e:?}");
                let all: Vec<String> = serde_json::from_str(&w.row().await.masked).unwrap();
                assert!(all.len() <= 60 && all.iter().map(|m| m.chars().count()).sum::<usize>() <= 4_000);
                return;
            }
        }
        panic!("without end");
    })
    .await;
}

#[tokio::test]
async fn r10_answers_exact_places_and_photos_of_the_result_are_not_given_out_by_any_reader() {
    each_engine(async |db| {
        let w = world(db).await;
        let exact = base::geo::Point::new(17.468_949, 106.622_749).unwrap();
        let draft = Draft {
            content: "Nắp cống vỡ".into(),
            category: "ha-tang".into(),
            place: Place { point: Some(exact), commune: Some("18880".into()), address: String::new() },
            ..Draft::default()
        };
        let code = submit(&w.core, w.citizen, &draft, vec![], None, "test").await.unwrap().code.as_str().to_owned();
        let w = World { code, ..w };
        w.accept().await;
        // An answer that is public, with a phone and with words that the author hides.
        let of = w.code.clone();
        let written = w.core.store.write(move |tx: store::Tx| async move {
            Sql::new("UPDATE report SET answers = '{\"hang-muc\":[\"gặp cô Mẫu Đơn, 0912 345 678\"]}' WHERE code = $1")
                .bind(of)
                .exec(&tx)
                .await
        });
        assert_eq!(written.await.unwrap(), 1);
        w.author(Redaction { words: vec!["cô Mẫu Đơn".into()], ..Redaction::default() }).await.unwrap();

        let province = w.core.province();
        let stranger = testing::citizen(&w.core, 2).await;
        for reader in [Reader::Public, Reader::Citizen(stranger)] {
            let whole = w.read(&reader).await;
            let shown = whole.answers(&province, base::i18n::Lang::VI);
            assert_eq!(shown[0].text, format!("gặp {MARK}, {MARK}"), "{reader:?}");
            assert_eq!((whole.report.lat, whole.report.lon), (Some(17.4689), Some(106.6227)));
        }
        for reader in [Reader::Citizen(w.citizen), Reader::Staff(&w.officer)] {
            let whole = w.read(&reader).await;
            assert!(whole.answers(&province, base::i18n::Lang::VI)[0].text.contains("cô Mẫu Đơn"));
            assert_eq!(whole.report.lat, Some(exact.lat));
        }

        // A passer-by in the unit's photo is covered: for the one who reported, too.
        let seen = w.row().await.version;
        let photo = photos::take_in(picture()).await.unwrap().unwrap();
        let done = Command::Resolve { text: "Xong".into() };
        act_as_officer(&w.core, &w.officer, &w.code, seen, done, vec![photo]).await.unwrap();
        let after = w.photo().await;
        let boxes = vec![Cover { x: 200, y: 200, w: 600, h: 600, how: How::Black }];
        moderate::cover_photo(&w.core, &w.leader, &w.code, seen + 1, after, boxes, String::new()).await.unwrap();
        for reader in [Reader::Citizen(w.citizen), Reader::Public, Reader::Staff(&w.officer)] {
            assert!(w.pixel(&reader).await < 30, "{reader:?}");
            assert_eq!(w.read(&reader).await.photos[0].file, views::photo(&w.core, after, &reader).await.unwrap().file);
        }
        assert!(matches!(views::original(&w.core, after, &Reader::Citizen(w.citizen)).await, Err(Error::NotFound)));
        assert!(views::original(&w.core, after, &Reader::Staff(&w.leader)).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn r10_what_was_taken_from_public_is_read_by_no_follower_and_on_no_list() {
    each_engine(async |db| {
        let w = world(db).await;
        w.accept().await;
        let stranger = testing::citizen(&w.core, 2).await;
        follow::follow(&w.core, stranger, &w.code).await.unwrap();
        let line = async || follow::of_account(w.core.store.read(), stranger, 10).await.unwrap().remove(0);
        assert!(line().await.title.contains("Ổ gà"));
        w.staff(&w.leader, Command::Hide { reason: "lộ tên".into() }).await.unwrap();
        assert_eq!((line().await.title, line().await.code), (String::new(), w.code.clone()));
        w.staff(&w.leader, Command::Unhide { reason: "đã che".into() }).await.unwrap();
        assert!(line().await.title.contains("Ổ gà"));
        // Found to be of a kind that is not public.
        let correct =
            Command::Correct { category: "an-ninh".into(), commune: "18880".into(), note: "tố giác".into() };
        assert!(!w.core.province().category("an-ninh").unwrap().public);
        let operator = testing::officer(&w.core, "Phan Điều Phối", "*", Role::ProvinceOperator).await;
        w.staff(&operator, correct).await.unwrap();
        assert!(matches!(views::find(&w.core, &w.code, &Reader::Public).await, Err(Error::NotFound)));
        assert!(views::public_list(&w.core, &PublicFilter::default()).await.unwrap().is_empty());
        assert_eq!(line().await.title, "");
    })
    .await;
}

#[tokio::test]
async fn r10_staff_word_it_for_the_public_with_a_reason_and_the_original_stays() {
    each_engine(async |db| {
        let w = world(db).await;
        w.accept().await;
        let wording = |title: &str, content: &str| {
            Command::Moderate(Wording {
                title: title.into(),
                content: content.into(),
                name: false,
                reason: "Nêu tên người khác".into(),
            })
        };
        let neat = wording("Ổ gà", "Một nhà trong ngõ bị ngập.");
        assert!(matches!(w.staff(&w.officer, neat.clone()).await, Err(Error::Forbidden)), "leaders and operators only");
        let unexplained = Wording { title: "a".into(), content: "b".into(), ..Wording::default() };
        let refused = w.staff(&w.leader, Command::Moderate(unexplained)).await;
        assert!(matches!(&refused, Err(Error::Invalid(e)) if e[0].field == "reason"), "{refused:?}");
        w.staff(&w.leader, neat).await.unwrap();

        let public = w.read(&Reader::Public).await;
        assert_eq!(
            (public.report.title.as_str(), public.report.content.as_str()),
            ("Ổ gà", "Một nhà trong ngõ bị ngập.")
        );
        assert!(public.partly_hidden && !format!("{public:?}").contains("ông Thử"));
        assert_eq!(public.events.last().unwrap().public_note, "Nêu tên người khác");
        assert_eq!(views::public_list(&w.core, &PublicFilter::default()).await.unwrap()[0].title, "Ổ gà");
        let officer = w.read(&Reader::Staff(&w.officer)).await;
        assert_eq!(officer.report.content, "Một nhà trong ngõ bị ngập.", "without the right: the public's wording");
        let queue = queue::page(&w.core, &w.officer, &Filter::default()).await.unwrap();
        assert_eq!(queue.rows[0].title, "Ổ gà");
        for reader in [Reader::Staff(&w.leader), Reader::Citizen(w.citizen)] {
            assert_eq!(w.read(&reader).await.report.content, CONTENT, "the original is kept");
        }
        let inbox = notices::inbox(&w.core, w.citizen, None).await.unwrap();
        assert_eq!(inbox[0].key, "notice-report-moderated");

        let nothing = w.staff(&w.leader, wording("Ổ gà", "Một nhà trong ngõ bị ngập.")).await;
        assert!(matches!(&nothing, Err(Error::Invalid(e)) if e[0].key == "moderate-nothing"));
        w.staff(&w.leader, wording(TITLE, CONTENT)).await.unwrap();
        let row = w.row().await;
        assert_eq!((row.shown_title, row.shown_content), (None, None), "the original's words take it back");
        assert!(w.read(&Reader::Public).await.report.content.contains("ông Thử"));
    })
    .await;
}

#[tokio::test]
async fn r10_a_covered_photo_is_all_that_others_ever_get_before_and_after_acceptance() {
    each_engine(async |db| {
        let w = world(db).await;
        let photo = w.photo().await;
        let cover = |how| vec![Cover { x: 200, y: 200, w: 600, h: 600, how }];
        let put = async |by: &Officer, boxes: Vec<Cover>| {
            w.core.clock.advance(1000);
            let seen = w.row().await.version;
            moderate::cover_photo(&w.core, by, &w.code, seen, photo, boxes, String::new()).await
        };
        assert!(matches!(put(&w.officer, cover(How::Black)).await, Err(Error::Forbidden)));
        let other = testing::officer(&w.core, "Ngô Xa", "18859", Role::UnitLeader).await;
        assert!(matches!(put(&other, cover(How::Black)).await, Err(Error::NotFound)));
        // Before it is accepted, so that nobody ever sees the face.
        put(&w.leader, cover(How::Black)).await.unwrap();
        w.accept().await;
        let stranger = testing::citizen(&w.core, 2).await;
        for reader in [Reader::Public, Reader::Citizen(stranger), Reader::Staff(&w.officer), Reader::Staff(&w.leader)] {
            assert!(w.pixel(&reader).await < 30, "{reader:?}");
        }
        assert!(w.pixel(&Reader::Citizen(w.citizen)).await > 200, "its author sees it whole");
        assert!(views::original(&w.core, photo, &Reader::Staff(&w.leader)).await.is_ok());
        for reader in [Reader::Public, Reader::Citizen(stranger), Reader::Staff(&w.officer), Reader::Staff(&other)] {
            assert!(matches!(views::original(&w.core, photo, &reader).await, Err(Error::NotFound)), "{reader:?}");
        }
        let public = w.read(&Reader::Public).await;
        let whole = w.read(&Reader::Citizen(w.citizen)).await;
        assert!(public.partly_hidden && public.photos[0].file != whole.photos[0].file);
        assert_eq!(public.events[1].data, "{}", "where the boxes are is not told");

        // Again from the original: covering less uncovers, none at all shows it whole.
        let refused = put(&w.leader, cover(How::Black)).await;
        assert!(matches!(&refused, Err(Error::Invalid(e)) if e[0].key == "cover-nothing"), "{refused:?}");
        put(&w.leader, vec![Cover { x: 0, y: 0, w: 100, h: 100, how: How::Blur }]).await.unwrap();
        assert!(w.pixel(&Reader::Public).await > 200);
        put(&w.leader, Vec::new()).await.unwrap();
        assert_eq!(w.read(&Reader::Public).await.photos[0].file, whole.photos[0].file);
        let many = vec![Cover { x: 0, y: 0, w: 9, h: 9, how: How::Black }; 21];
        assert!(matches!(put(&w.leader, many).await, Err(Error::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn r11_readers_mark_once_staff_see_why_and_close_the_marks() {
    each_engine(async |db| {
        let w = world(db).await;
        let reader = testing::citizen(&w.core, 2).await;
        let mark = async |who: Uuid, reason: &str| flags::flag(&w.core, who, &w.code, reason, "Lộ tên hàng xóm").await;
        assert!(matches!(mark(reader, "personal").await, Err(Error::NotFound)), "not before it is public");
        w.accept().await;
        assert!(matches!(mark(w.citizen, "personal").await, Err(Error::State)), "not one's own");
        assert!(matches!(mark(reader, "hate").await, Err(Error::Invalid(_))));
        mark(reader, "personal").await.unwrap();
        mark(reader, "insult").await.unwrap();
        mark(testing::citizen(&w.core, 3).await, "spam").await.unwrap();
        let row = w.row().await;
        assert_eq!((row.flags, row.version), (2, 2), "once each; the report itself is as it was");

        let flagged = Filter { flagged: true, ..Filter::default() };
        assert_eq!(queue::page(&w.core, &w.officer, &flagged).await.unwrap().rows.len(), 1);
        let open = flags::open(&w.core, row.id).await.unwrap();
        assert_eq!(open.iter().map(|f| f.reason.as_str()).collect::<Vec<_>>(), ["personal", "spam"]);
        assert!(matches!(flags::dismiss(&w.core, &w.officer, &w.code, "").await, Err(Error::Forbidden)));
        flags::dismiss(&w.core, &w.leader, &w.code, "Đúng sự thật").await.unwrap();
        assert_eq!(w.row().await.flags, 0);
        assert_eq!(queue::page(&w.core, &w.officer, &flagged).await.unwrap().rows.len(), 0);
        mark(reader, "false").await.unwrap();
        assert_eq!(w.row().await.flags, 0, "who was answered does not begin again");

        mark(testing::citizen(&w.core, 4).await, "insult").await.unwrap();
        w.staff(&w.leader, Command::Hide { reason: "Xúc phạm".into() }).await.unwrap();
        assert_eq!(w.row().await.flags, 0, "hiding settles the marks");
        let outcomes: Vec<String> =
            Sql::new("SELECT outcome FROM report_flag ORDER BY outcome").scalars(w.core.store.read()).await.unwrap();
        assert_eq!(outcomes, ["dismissed", "dismissed", "hidden"]);
    })
    .await;
}

#[tokio::test]
async fn r11_marks_are_limited_a_day() {
    each_engine(async |db| {
        let w = world(db).await;
        w.accept().await;
        let reader = testing::citizen(&w.core, 2).await;
        for _ in 0..20 {
            flags::flag(&w.core, reader, &w.code, "other", "").await.unwrap();
        }
        let over = flags::flag(&w.core, reader, &w.code, "other", "").await;
        assert!(matches!(over, Err(Error::TooOften { .. })), "{over:?}");
    })
    .await;
}

#[tokio::test]
async fn r11_a_word_of_the_list_marks_a_report_for_staff_and_blocks_nothing() {
    each_engine(async |db| {
        let w = world(db).await;
        let mut at = 10;
        for (text, marked) in [
            ("Đồ chó chết, làm ăn thế à", true),
            ("DIT ME cái đường này", true),
            ("địt mẹ", true),
            ("Con chó chết ngoài đường, cháu con đi học về sợ; mất dây điện, đốt nhà máy", false),
            ("Uống lon bia rồi vứt ra đường, lớn bé đều thấy, các bác ơi", false),
            ("Buổi sáng đeo khẩu trang, bưởi rụng đầy vườn", false),
        ] {
            at += 1;
            let citizen = testing::citizen(&w.core, at).await;
            let draft = Draft {
                content: text.into(),
                category: "ha-tang".into(),
                place: Place { commune: Some("18880".into()), address: "Chợ".into(), ..Place::default() },
                ..Draft::default()
            };
            let sent = submit(&w.core, citizen, &draft, vec![], None, "test").await.unwrap();
            let row = rows::by_code(w.core.store.read(), sent.code.as_str()).await.unwrap().unwrap();
            assert_eq!(row.flags, i32::from(marked), "{text}");
            let open = flags::open(&w.core, row.id).await.unwrap();
            assert_eq!(open.first().map(|f| f.reason.as_str()), marked.then_some("words"), "{text}");
        }
    })
    .await;
}

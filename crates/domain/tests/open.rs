//! What is open to others (R12) on both engines: questions and answers, keys of other systems, what is public in bulk.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use base::{
    clock::{DAY, MINUTE},
    geo::Point,
    i18n::Lang,
    ids::Uuid,
};
use domain::{
    api_keys::{self, Need, NewKey},
    core::Core,
    error::Error,
    notices, province,
    reports::{
        Answers, Command, Contact, Draft, OPEN311, Place, act_as_officer,
        open::{self, Wanted},
        rows, submit,
        views::{self, Reader},
    },
    rights::{Officer, Role},
    testing,
};
use store::{Sql, testing::each_engine};

fn draft(category: &str) -> Draft {
    Draft {
        content: "Ổ gà lớn trước trường tiểu học\nRất sâu.".into(),
        category: category.into(),
        place: Place {
            point: Point::new(17.452_691, 106.631_231),
            commune: Some("18880".into()),
            address: "Đường Hùng Vương".into(),
        },
        anonymous: true,
        ..Draft::default()
    }
}

fn answered(values: &[(&str, &str)]) -> Answers {
    let mut answers = Answers::default();
    values.iter().for_each(|(code, value)| answers.add(code, value));
    answers
}

struct World {
    core: Core,
    citizen: Uuid,
    officer: Officer,
    operator: Officer,
    _db: store::testing::TestStore,
}

async fn world(db: store::testing::TestStore) -> World {
    let core = testing::core(&db).await;
    World {
        citizen: testing::citizen(&core, 1).await,
        officer: testing::officer(&core, "Lê Thị Thử", "18880", Role::UnitLeader).await,
        operator: testing::officer(&core, "Phan Điều Phối", "*", Role::ProvinceOperator).await,
        core,
        _db: db,
    }
}

impl World {
    async fn sent(&self, draft: &Draft) -> String {
        self.core.clock.advance(MINUTE);
        submit(&self.core, self.citizen, draft, vec![], None, "test").await.unwrap().code.as_str().to_owned()
    }

    async fn staff(&self, code: &str, command: Command) {
        self.core.clock.advance(1000);
        let seen = rows::by_code(self.core.store.read(), code).await.unwrap().unwrap().version;
        act_as_officer(&self.core, &self.operator, code, seen, command, vec![]).await.unwrap();
    }

    async fn public(&self, draft: &Draft) -> String {
        let code = self.sent(draft).await;
        self.staff(&code, Command::Accept { note: "ghi chú kín".into() }).await;
        code
    }

    fn wanted(&self) -> Wanted {
        let now = self.core.now();
        Wanted { from: now - 90 * DAY, until: now, most: 100, ..Wanted::default() }
    }

    async fn codes(&self, wanted: &Wanted) -> Vec<String> {
        open::page(&self.core, wanted).await.unwrap().into_iter().map(|r| r.code).collect()
    }
}

#[tokio::test]
async fn r12_answers_are_kept_with_the_report_and_shown_by_who_looks() {
    each_engine(async |db| {
        let w = world(db).await;
        let missing = submit(&w.core, w.citizen, &draft("thu-tuc-hanh-chinh"), vec![], None, "test").await;
        let Err(Error::Invalid(fields)) = missing else { panic!("{missing:?}") };
        assert_eq!((fields[0].field, fields[0].key), ("answers", "report-answers-wrong"));

        let mut asked = draft("thu-tuc-hanh-chinh");
        asked.answers = answered(&[("khau", "cho-ket-qua"), ("ma-ho-so", " H50-1234 "), ("hang-muc", "cau")]);
        let code = w.public(&asked).await;
        let row = views::find(&w.core, &code, &Reader::Public).await.unwrap().report;
        assert_eq!(
            row.answers, "{\"khau\":[\"cho-ket-qua\"],\"ma-ho-so\":[\"H50-1234\"]}",
            "what was not asked is left out"
        );
        let province = w.core.province();
        let shown = Answers::of_json(&row.answers).shown(&province, &row.category, Lang::VI);
        let words: Vec<(&str, &str, bool)> =
            shown.iter().map(|s| (s.label.as_str(), s.text.as_str(), s.public)).collect();
        assert_eq!(words, [("Ông/Bà gặp khó ở khâu nào?", "Chờ kết quả", true), ("Mã hồ sơ", "H50-1234", false)]);
        let open = open::page(&w.core, &w.wanted()).await.unwrap();
        let public = open[0].answers(&province, Lang::EN);
        assert_eq!(public.len(), 1, "the dossier's code is for staff alone");
        assert_eq!(public[0].text, "Waiting for the result");

        // The rules change: the answer stays readable.
        let mut rules = province.rules();
        let category = rules.categories.iter_mut().find(|c| c.code == "thu-tuc-hanh-chinh").unwrap();
        category.questions.clear();
        province::change(&w.core, &w.operator, province.version, rules, "staff", "bớt câu hỏi".into()).await.unwrap();
        let shown = Answers::of_json(&row.answers).shown(&w.core.province(), &row.category, Lang::VI);
        assert_eq!((shown[0].text.as_str(), shown[0].public), ("cho-ket-qua", false));
    })
    .await;
}

#[tokio::test]
async fn r12_a_change_of_questions_is_a_version_that_can_be_taken_back() {
    each_engine(async |db| {
        let w = world(db).await;
        let province = w.core.province();
        let mut rules = province.rules();
        let before = rules.categories[0].questions.clone();
        rules.categories[0].questions[0].label.vi = "Hỏng cái gì?".into();
        let changes = province.changes(rules.clone()).unwrap();
        let domain::packs::ChangeKind::Changed(fields) = &changes[0].kind else { panic!("{changes:?}") };
        let names: Vec<&str> = fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(names, ["questions.hang-muc.label.vi"], "one word changed is one line in the log");
        let version = province::change(&w.core, &w.operator, province.version, rules, "staff", "rõ hơn".into()).await;
        let version = version.unwrap();
        let old = province::rules_of(&w.core.store, version - 1).await.unwrap();
        province::change(&w.core, &w.operator, version, old, "revert", "quay lại".into()).await.unwrap();
        assert_eq!(w.core.province().pack.categories[0].questions, before);

        let mut broken = w.core.province().rules();
        broken.categories[0].questions[0].values.clear();
        let refused = province::change(&w.core, &w.operator, version + 1, broken, "staff", "hỏng rồi".into()).await;
        assert!(matches!(refused, Err(province::ChangeError::Problems(_))), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn r12_a_key_is_known_once_limited_and_revocable() {
    each_engine(async |db| {
        let w = world(db).await;
        let new =
            NewKey {
                name: "Tổng đài 1022".into(), may_create: true, per_minute: 3, per_day: 5, ..NewKey::default()
            };
        let refused = api_keys::create(&w.core, &w.officer, &new).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "a unit's leader has no keys");
        let wrong = NewKey { name: "x".into(), per_minute: 0, per_day: 1_000_000, ..new.clone() };
        let Err(Error::Invalid(fields)) = api_keys::create(&w.core, &w.operator, &wrong).await else { panic!() };
        assert_eq!(fields.len(), 3);

        let (id, key) = api_keys::create(&w.core, &w.operator, &new).await.unwrap();
        let key = key.expose().to_owned();
        assert!(key.starts_with("cds_") && key.len() == 44, "{key}");
        let stored: Vec<u8> = Sql::new("SELECT hash FROM api_key").scalar(w.core.store.read()).await.unwrap().unwrap();
        assert_ne!(stored, key.as_bytes());
        assert_eq!(api_keys::enter(&w.core, &key, Need::Create).await.unwrap().id, id);
        for wrong in ["", "cds_", &key[..43], &"k".repeat(1000)] {
            assert!(matches!(api_keys::enter(&w.core, wrong, Need::Read).await, Err(Error::Forbidden)), "{wrong}");
        }
        api_keys::enter(&w.core, &key, Need::Create).await.unwrap();
        api_keys::enter(&w.core, &key, Need::Read).await.unwrap();
        let over = api_keys::enter(&w.core, &key, Need::Create).await;
        assert!(matches!(over, Err(Error::TooOften { again_at }) if again_at > w.core.now()), "{over:?}");
        w.core.clock.advance(MINUTE);
        api_keys::enter(&w.core, &key, Need::Create).await.unwrap();
        let line = &api_keys::list(&w.core, &w.operator).await.unwrap()[0];
        assert_eq!(line.last_used_at, Some(w.core.now()));
        assert!(key.ends_with(&line.ending));
        w.core.clock.advance(MINUTE);
        api_keys::enter(&w.core, &key, Need::Create).await.unwrap();
        let over = api_keys::enter(&w.core, &key, Need::Create).await;
        assert!(matches!(over, Err(Error::TooOften { .. })), "the day's limit");

        w.core.clock.advance(DAY);
        assert!(matches!(api_keys::revoke(&w.core, &w.operator, id, "").await, Err(Error::Invalid(_))));
        api_keys::revoke(&w.core, &w.operator, id, "Hết hợp đồng").await.unwrap();
        assert!(matches!(api_keys::enter(&w.core, &key, Need::Read).await, Err(Error::Forbidden)));
        assert!(matches!(api_keys::revoke(&w.core, &w.operator, id, "Hết hợp đồng").await, Err(Error::State)));
        let acts: Vec<String> = Sql::new("SELECT act FROM audit WHERE object LIKE 'api-key %' ORDER BY at, id")
            .scalars(w.core.store.read())
            .await
            .unwrap();
        assert_eq!(acts, ["api-key-made", "api-key-revoked"]);

        let teller = NewKey { may_create: false, may_tell_dossiers: true, ..new.clone() };
        let (_, key) = api_keys::create(&w.core, &w.operator, &teller).await.unwrap();
        api_keys::enter(&w.core, key.expose(), Need::TellDossiers).await.unwrap();
        for no in [Need::Read, Need::Create] {
            assert!(matches!(api_keys::enter(&w.core, key.expose(), no).await, Err(Error::Forbidden)), "{no:?}");
        }
        let reader = NewKey { may_create: false, may_tell_dossiers: false, ..new };
        let (_, key) = api_keys::create(&w.core, &w.operator, &reader).await.unwrap();
        assert!(
            matches!(api_keys::enter(&w.core, key.expose(), Need::Create).await, Err(Error::Forbidden)),
            "may only read"
        );
        api_keys::enter(&w.core, key.expose(), Need::Read).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn r12_another_systems_report_goes_the_way_of_all_and_its_contact_stays_sealed() {
    each_engine(async |db| {
        let w = world(db).await;
        let new = NewKey {
            name: "Tổng đài 1022".into(),
            may_create: true,
            may_tell_dossiers: false,
            per_minute: 60,
            per_day: 1000,
        };
        let (_, key) = api_keys::create(&w.core, &w.operator, &new).await.unwrap();
        let caller = api_keys::enter(&w.core, key.expose(), Need::Create).await.unwrap();
        let contact = Contact { last_name: "Bí Mật".into(), phone: "0912000999".into(), ..Contact::default() };
        let with_contact = Draft { contact, ..draft("ha-tang") };
        let mut codes = Vec::new();
        for n in 0..12 {
            let key = Some(format!("open311 {n}"));
            let sent = submit(&w.core, caller.account_id, &with_contact, vec![], key, OPEN311).await.unwrap();
            codes.push(sent.code.as_str().to_owned());
        }
        let again = submit(&w.core, caller.account_id, &with_contact, vec![], Some("open311 0".into()), OPEN311).await;
        assert_eq!(again.unwrap().code.as_str(), codes[0], "sent again, it is the same one");

        w.staff(&codes[0], Command::Accept { note: String::new() }).await;
        w.staff(&codes[0], Command::Resolve { text: "Đã vá xong.".into() }).await;
        assert!(notices::inbox(&w.core, caller.account_id, None).await.unwrap().is_empty(), "nobody reads that inbox");
        let sealed: Vec<u8> =
            Sql::new("SELECT sealed FROM report_contact").scalar(w.core.store.read()).await.unwrap().unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains("0912000999"));
        let whole = views::find(&w.core, &codes[0], &Reader::Public).await.unwrap();
        assert!(!format!("{whole:?}").contains("0912000999"));
        let revealed = views::reveal(&w.core, &w.officer, &codes[0], "Cần hỏi thêm").await.unwrap();
        assert_eq!((revealed.full_name.as_str(), revealed.contact.phone.as_str()), ("Tổng đài 1022", "0912000999"));
        assert!(!format!("{revealed:?}").contains("0912000999"), "not even in a log");
    })
    .await;
}

#[tokio::test]
async fn r12_only_public_reports_are_given_out_the_newest_first_page_by_page() {
    each_engine(async |db| {
        let w = world(db).await;
        let waiting = w.sent(&draft("ha-tang")).await;
        let private = w.public(&draft("an-ninh")).await;
        let first = w.public(&draft("ha-tang")).await;
        let second = w.public(&draft("moi-truong")).await;
        let third = w.public(&draft("ha-tang")).await;
        let hidden = w.public(&draft("ha-tang")).await;
        w.staff(&hidden, Command::Hide { reason: "lộ số điện thoại".into() }).await;
        w.staff(&second, Command::Resolve { text: "Đã dọn xong.".into() }).await;
        let all = w.wanted();
        assert_eq!(w.codes(&all).await, [third.clone(), second.clone(), first.clone()]);
        let narrowed = |change: &dyn Fn(&mut Wanted)| {
            let mut wanted = all.clone();
            change(&mut wanted);
            wanted
        };
        assert_eq!(w.codes(&narrowed(&|x| x.categories = vec!["moi-truong".into()])).await, [second.as_str()]);
        // Of several categories, page by page, each report in its place among the others'.
        for (most, skip) in [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (100, 0), (100, 2)] {
            let both = narrowed(&|x| {
                (x.most, x.skip, x.categories) = (most, skip, vec!["moi-truong".into(), "ha-tang".into()]);
            });
            let expected: Vec<_> =
                [&third, &second, &first].into_iter().skip(skip as usize).take(most as usize).collect();
            assert_eq!(w.codes(&both).await.iter().collect::<Vec<_>>(), expected, "{most} after {skip}");
        }
        assert_eq!(w.codes(&narrowed(&|x| x.open = Some(true))).await, [third.clone(), first.clone()]);
        assert_eq!(w.codes(&narrowed(&|x| x.open = Some(false))).await, [second.as_str()]);
        assert_eq!(w.codes(&narrowed(&|x| (x.most, x.skip) = (1, 1))).await, [second.as_str()]);
        assert_eq!(w.codes(&narrowed(&|x| x.until = x.from)).await, [""; 0]);
        let by_code = [waiting, private, first.clone(), hidden.clone()];
        assert_eq!(
            w.codes(&narrowed(&|x| (x.codes, x.from, x.until) = (by_code.to_vec(), 0, 0))).await,
            [first.as_str()]
        );

        let row = &open::page(&w.core, &narrowed(&|x| x.codes = vec![second.clone()])).await.unwrap()[0];
        assert_eq!(row.note(), "Đã dọn xong.");
        assert_eq!(row.point(), Some((17.4527, 106.6312)), "about ten metres");
        assert_eq!(row.text(), "Ổ gà lớn trước trường tiểu học\nRất sâu.");

        let steps = open::steps(&w.core, &all).await.unwrap();
        let acts: Vec<(&str, &str)> = steps.iter().map(|s| (s.code.as_str(), s.act.as_str())).collect();
        assert_eq!(
            acts,
            [
                (first.as_str(), "submit"),
                (&first, "accept"),
                (&second, "submit"),
                (&second, "accept"),
                (&third, "submit"),
                (&third, "accept"),
                (&second, "resolve")
            ]
        );
        assert!(steps.iter().all(|s| !s.public_note.contains("kín")));
        assert_eq!(open::steps(&w.core, &narrowed(&|x| x.codes = vec![second.clone()])).await.unwrap().len(), 3);
        assert_eq!(open::steps_of(&w.core, &[hidden]).await.unwrap().len(), 0);

        // Files read on from where they stand.
        let begin = w.core.now() - DAY;
        let one = open::after(&w.core, (begin, 0), w.core.now() + 1, 2).await.unwrap();
        let rest = open::after(&w.core, (one[1].created_at, one[1].seq), w.core.now() + 1, 2).await.unwrap();
        let codes: Vec<&str> = one.iter().chain(&rest).map(|r| r.code.as_str()).collect();
        assert_eq!(codes, [&first, &second, &third]);
        assert_eq!(open::oldest(&w.core).await.unwrap(), Some(one[0].created_at));
    })
    .await;
}

#[tokio::test]
async fn r12_what_is_given_out_is_found_in_the_partial_indexes() {
    let w = world(store::testing::sqlite().await).await;
    for (query, index) in [
        ("created_at >= 1 AND created_at <= 2 ORDER BY created_at DESC, seq DESC LIMIT 10", "report_public_time"),
        (
            "created_at >= 1 AND (created_at, seq) > (1, 2) AND created_at < 9 ORDER BY created_at, seq LIMIT 10",
            "report_public_time",
        ),
        (
            "created_at >= 1 AND created_at <= 2 AND category IN ('dien') ORDER BY created_at DESC, seq DESC LIMIT 10",
            "report_public_category",
        ),
    ] {
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT seq FROM report WHERE public = TRUE AND hidden_why IS NULL AND duplicate_of IS NULL AND {query}"
        );
        #[derive(store::FromRow)]
        struct Plan {
            detail: String,
        }
        let plan: Vec<Plan> = Sql::new(sql).all(w.core.store.read()).await.unwrap();
        assert!(
            plan.iter().any(|p| p.detail.contains(index)),
            "{query}: {:?}",
            plan.iter().map(|p| &p.detail).collect::<Vec<_>>()
        );
        assert!(plan.iter().all(|p| !p.detail.contains("TEMP B-TREE")), "{query}: sorted by hand");
    }
}

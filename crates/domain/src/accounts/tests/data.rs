use super::*;
use crate::{
    accounts::{Email, Username, activity},
    audit::By,
    error::Error as Shared,
    reports::{Answers, Command, Draft, Place, act_as_officer, drafts, flags, follow, rows, submit, uploads, watch},
    rights::Role,
};
use base::{clock::MINUTE, show};
use store::testing::each_engine;

#[tokio::test]
async fn a8_personal_data_change_and_show_at_once() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.citizen(1).await;
        let signed = w.signed(&session).await;
        w.accounts.set_name(&signed, FullName::parse("Trần Thị Mới").unwrap()).await.unwrap();
        w.accounts.set_residence(&signed, "18859", Address::parse("12 Lê Lợi").unwrap()).await.unwrap();
        w.accounts.set_email(&signed, Some(Email::parse("thu@example.vn").unwrap())).await.unwrap();
        w.accounts.set_language(&signed, Lang::EN).await.unwrap();
        w.accounts.set_text_size(&signed, 150).await.unwrap();
        w.accounts.set_notify_sms(&signed, true).await.unwrap();
        for bad in [
            w.accounts.set_residence(&signed, "99999", Address::default()).await,
            w.accounts.set_text_size(&signed, 1000).await,
            w.accounts.set_language(&signed, Lang::parse("xx").unwrap()).await,
        ] {
            assert!(matches!(bad, Err(Error::Shared(Shared::Invalid(_)))));
        }
        let now = w.signed(&session).await;
        assert_eq!((now.name.as_str(), now.language, now.text_size), ("Trần Thị Mới", Lang::EN, 150));
        let profile = w.accounts.profile(session.account).await.unwrap();
        assert_eq!((profile.commune.as_deref(), profile.notify_sms), (Some("18859"), true));
    })
    .await;
}

#[tokio::test]
async fn a8_a_username_is_unique_over_everybody() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.staff("lan.thu", "*", Role::Officer).await;
        let (a, b) = (w.signed(&w.citizen(1).await).await, w.signed(&w.citizen(2).await).await);
        let name = |n: &str| Username::parse(n).unwrap();
        let e = w.accounts.set_username(&a, name("Lan.Thu")).await.unwrap_err();
        assert!(matches!(e, Error::UsernameTaken), "{e:?}");
        w.accounts.set_username(&a, name("cam.lo")).await.unwrap();
        let e = w.accounts.set_username(&b, name("cam.lo")).await.unwrap_err();
        assert!(matches!(e, Error::UsernameTaken), "{e:?}");
    })
    .await;
}

#[tokio::test]
async fn a8_a_phone_changes_by_a_code_to_the_new_one_and_a_word_to_the_old() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.citizen(1).await;
        w.citizen(3).await;
        let other = entered(w.sign_in(1, GOOD).await.unwrap());
        let signed = w.signed(&session).await;
        let v = visitor(1);
        assert!(w.accounts.start_phone_change(&signed, phone(1), Lang::VI, &v, "", None).await.is_err());
        let flow = w.accounts.start_phone_change(&signed, phone(2), Lang::VI, &v, "", None).await.unwrap();
        let code = w.otp(&phone(2)).await;
        let stranger = w.signed(&w.citizen(4).await).await;
        let e = w.accounts.confirm_phone_change(&stranger, flow.token.expose(), code.clone()).await.unwrap_err();
        assert!(matches!(e, Error::FlowGone), "{e:?}");
        let token = w.accounts.confirm_phone_change(&signed, flow.token.expose(), code).await.unwrap();
        let now = w.signed_token(&token).await;
        assert_eq!(now.phone, Some(phone(2)));
        assert!(!w.alive(&other.token).await && !w.alive(&session.token).await);
        assert!(w.inbox(&phone(1)).await[0].contains("vua duoc doi"));
        assert!(matches!(w.sign_in(1, GOOD).await, Err(Error::WrongCredentials)));
        entered(w.accounts.sign_in(Kind::Citizen, "0914000002", &secret(GOOD), &v).await.unwrap());
        // A phone that has an account: the same page, no code.
        let flow = w.accounts.start_phone_change(&now, phone(3), Lang::VI, &v, "", None).await.unwrap();
        assert!(w.inbox(&phone(3)).await[0].contains("da co tai khoan"));
        let guess = OtpCode::parse("000000").unwrap();
        let e = w.accounts.confirm_phone_change(&now, flow.token.expose(), guess).await.unwrap_err();
        assert!(matches!(e, Error::WrongCode { left: 4 }), "{e:?}");
    })
    .await;
}

#[tokio::test]
async fn a17_sensitive_acts_want_a_fresh_proof() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.citizen(1).await;
        w.core.clock.advance(11 * MINUTE);
        let signed = w.signed(&session).await;
        let v = visitor(1);
        let refused: [Error; 6] = [
            w.accounts.start_phone_change(&signed, phone(2), Lang::VI, &v, "", None).await.err().unwrap(),
            w.accounts.set_username(&signed, Username::parse("cam.lo").unwrap()).await.err().unwrap(),
            w.accounts.change_password(&signed, &secret(GOOD), &secret(BETTER)).await.err().unwrap(),
            w.accounts.export_data(&signed).await.err().unwrap(),
            w.accounts.delete_account(&signed).await.err().unwrap(),
            w.accounts.begin_totp(&signed).await.err().unwrap(),
        ];
        for e in refused {
            assert!(matches!(e, Error::Shared(Shared::StepUp)), "{e:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a8_a_changed_password_ends_the_other_sessions() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.citizen(1).await;
        let other = entered(w.sign_in(1, GOOD).await.unwrap());
        let signed = w.signed(&session).await;
        let change = |old: &'static str, new: &'static str| {
            let (accounts, signed) = (w.accounts.clone(), signed.clone());
            async move { accounts.change_password(&signed, &secret(old), &secret(new)).await }
        };
        assert!(matches!(change("sai rồi đó nha", BETTER).await, Err(Error::WrongPassword)));
        assert!(matches!(change(GOOD, "tranthithu").await, Err(Error::Password(_))), "built from the name");
        assert!(matches!(change(GOOD, GOOD).await, Err(Error::Shared(Shared::Invalid(_)))));
        let token = change(GOOD, BETTER).await.unwrap();
        assert!(w.alive(&token).await && !w.alive(&other.token).await && !w.alive(&session.token).await);
        entered(w.sign_in(1, BETTER).await.unwrap());
    })
    .await;
}

fn written(content: &str, answers: &[(&str, &str)]) -> Draft {
    let mut given = Answers::default();
    answers.iter().for_each(|(code, value)| given.add(code, value));
    Draft {
        content: content.into(),
        category: if answers.is_empty() { "ha-tang" } else { "thu-tuc-hanh-chinh" }.into(),
        place: Place { commune: Some(COMMUNE.into()), address: "Đường Hùng Vương".into(), ..Place::default() },
        answers: given,
        ..Draft::default()
    }
}

/// Everything that a person can leave behind besides the account: a report with answers, a draft, an upload, a place that is
/// watched and was told of, a report of somebody else that is followed and marked. Answers the code of that one.
async fn lives(w: &World, account: Uuid) -> String {
    let core = &w.core;
    let answers = [("khau", "cho-ket-qua"), ("ma-ho-so", "H50-1234")];
    submit(core, account, &written("Hồ sơ chậm ba tuần", &answers), vec![], None, "test").await.unwrap();
    let saved = drafts::Saved { content: "Rác ở bờ kênh, đang viết".into(), ..drafts::Saved::default() };
    drafts::start(core, account, &saved).await.unwrap();
    uploads::create(core, account, "anh.jpg", 1_000).await.unwrap();
    watch::add(core, account, watch::Place::Commune(COMMUNE.into()), Some("ha-tang".into())).await.unwrap();
    let neighbour = crate::testing::citizen(core, 900).await;
    let sent = submit(core, neighbour, &written("Ổ gà lớn", &[]), vec![], None, "test").await.unwrap();
    let code = sent.code.as_str().to_owned();
    let unit = crate::testing::officer(core, "Lê Thị Thử", "*", Role::ProvinceOperator).await;
    let seen = rows::by_code(core.store.read(), &code).await.unwrap().unwrap().version;
    act_as_officer(core, &unit, &code, seen, Command::Accept { note: String::new() }, vec![]).await.unwrap();
    assert_eq!(watch::work(core).await.unwrap(), 1);
    follow::follow(core, account, &code).await.unwrap();
    flags::flag(core, account, &code, "insult", "Gọi tên hàng xóm để chửi").await.unwrap();
    code
}

#[tokio::test]
async fn a12_the_download_holds_everything_but_secrets() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.citizen(1).await;
        let code = lives(&w, session.account).await;
        let signed = w.signed(&session).await;
        let export = w.accounts.export_data(&signed).await.unwrap();
        let json: serde_json::Value = serde_json::from_str(&export.json).unwrap();
        assert_eq!(json["account"]["full_name"], "Trần Thị Thử");
        assert_eq!(json["account"]["phone"], "+84914000001");
        for part in ["consents", "sessions", "activity", "notices"] {
            assert!(!json[part].as_array().unwrap().is_empty(), "{part}");
        }
        assert_eq!(json["reports"][0]["answers"]["ma-ho-so"][0], "H50-1234");
        assert_eq!(json["drafts"][0]["data"]["content"], "Rác ở bờ kênh, đang viết");
        assert_eq!((&json["followed"][0]["code"], &json["marks"][0]["code"]), (&code.clone().into(), &code.into()));
        assert_eq!(json["marks"][0]["comment"], "Gọi tên hàng xóm để chửi");
        assert_eq!(
            (&json["watches"][0]["commune"], &json["watches"][0]["category"]),
            (&COMMUNE.into(), &"ha-tang".into())
        );
        // The text for people holds the same, in words.
        for told in [
            "Hồ sơ chậm ba tuần",
            "  Ông/Bà gặp khó ở khâu nào?: Chờ kết quả",
            "H50-1234",
            "Rác ở bờ kênh, đang viết",
            "Ổ gà lớn",
            "| Xúc phạm, tục tĩu",
            "Gọi tên hàng xóm để chửi",
            "Phường Đồng Hới, Hạ tầng xuống cấp",
        ] {
            assert!(export.text.contains(told), "{told} in {}", export.text);
        }
        for secret in ["argon2", "hash", "token", "sealed"] {
            assert!(!export.json.contains(secret), "{secret}");
        }
        assert!(export.text.contains("Trần Thị Thử") && !export.text.contains('⟨'), "{}", export.text);
        let english = w.accounts.set_language(&signed, Lang::EN).await;
        english.unwrap();
        let tracker = w.accounts.data_requests(session.account).await.unwrap();
        assert_eq!((tracker[0].kind.as_str(), tracker[0].state.as_str()), ("export", "done"));
    })
    .await;
}

#[tokio::test]
async fn a12_a_correction_is_due_in_two_working_days_and_its_answer_is_told() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.citizen(1).await;
        let signed = w.signed(&session).await;
        w.accounts.request_correction(&signed, "Ngày tạo tài khoản của tôi bị sai").await.unwrap();
        assert!(w.accounts.request_correction(&signed, " ").await.is_err());
        let tracker = w.accounts.data_requests(session.account).await.unwrap();
        // Monday 30 March 2026 and two working days.
        assert_eq!(show::date(tracker[0].due_at), "01/04/2026");
        let operator = crate::testing::officer(&w.core, "Điều Phối", "*", Role::ProvinceOperator).await;
        let leader = crate::testing::officer(&w.core, "Lãnh Đạo", COMMUNE, Role::UnitLeader).await;
        assert!(w.accounts.open_data_requests(&leader).await.is_err());
        let open = w.accounts.open_data_requests(&operator).await.unwrap();
        assert_eq!(open.len(), 1);
        w.accounts.answer_data_request(&operator, open[0].id, true, "Đã sửa").await.unwrap();
        assert!(w.accounts.answer_data_request(&operator, open[0].id, true, "Lần nữa").await.is_err());
        let notices = crate::notices::inbox(&w.core, session.account, None).await.unwrap();
        assert_eq!(notices[0].key, "notice-data-ready");
    })
    .await;
}

#[tokio::test]
async fn a12_a_deleted_person_is_gone_and_the_phone_is_free() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.citizen(1).await;
        let signed = w.signed(&session).await;
        let account = session.account;
        lives(&w, account).await;
        // What holds the person, and the mark that stays without them.
        let traces_of = async |table: &'static str, where_: &'static str| {
            let sql = Sql::new(format!("SELECT count(*) FROM {table} WHERE {where_}")).bind(account);
            sql.scalar::<i64>(db.read()).await.unwrap().unwrap()
        };
        let traces = [
            ("report", "reporter = $1"),
            ("watch", "account_id = $1"),
            ("watch_told", "account_id = $1"),
            ("report_follow", "account_id = $1"),
            ("upload", "account_id = $1"),
            ("report_draft", "account_id = $1"),
            ("report_flag", "account_id = $1"),
            ("report_flag", "comment <> '' AND account_id IS DISTINCT FROM $1"),
            ("notice", "account_id = $1"),
        ];
        for (table, where_) in traces {
            let before = traces_of(table, where_).await;
            assert_eq!(before > 0, !where_.starts_with("comment"), "{table} {where_}: {before}");
        }
        w.accounts.delete_account(&signed).await.unwrap();
        assert!(!w.alive(&session.token).await);
        assert!(matches!(w.sign_in(1, GOOD).await, Err(Error::WrongCredentials)));
        let left: i64 = Sql::new("SELECT count(*) FROM account WHERE id = $1 AND (phone IS NOT NULL OR full_name <> '' OR address <> '' OR password_hash IS NOT NULL)")
            .bind(account).scalar(db.read()).await.unwrap().unwrap();
        assert_eq!(left, 0);
        for (table, where_) in traces {
            assert_eq!(traces_of(table, where_).await, 0, "{table} {where_}");
        }
        let stays = "SELECT count(*) FROM report WHERE reporter IS NULL AND content = 'Hồ sơ chậm ba tuần'";
        let stays: Option<i64> = Sql::new(stays).scalar(db.read()).await.unwrap();
        assert_eq!(stays, Some(1), "the report stays without the person");
        let marks: Option<i64> = Sql::new("SELECT count(*) FROM report_flag").scalar(db.read()).await.unwrap();
        assert_eq!(marks, Some(1), "so does the mark");
        let audited: i64 = Sql::new("SELECT count(*) FROM audit WHERE act = 'account-delete'").scalar(db.read()).await.unwrap().unwrap();
        assert_eq!(audited, 1);
        w.citizen(1).await;
    })
    .await;
}

#[tokio::test]
async fn a12_consents_are_listed_and_essential_ones_mean_the_account() {
    each_engine(async |db| {
        let w = world(&db).await;
        let signed = w.signed(&w.citizen(1).await).await;
        let terms = w.accounts.consents(signed.account).await.unwrap().remove(0);
        let e = w.accounts.withdraw_consent(&signed, terms.id).await.unwrap_err();
        assert!(matches!(e, Error::Conflict("consent-essential")), "{e:?}");
        let account = signed.account;
        w.write("UPDATE consent SET version = 'old' WHERE account_id = $1", move |s| s.bind(account)).await;
        assert_eq!(w.accounts.outstanding_consents(account).await.unwrap().len(), 2);
        w.accounts.agree(&signed).await.unwrap();
        assert!(w.accounts.outstanding_consents(account).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a18_every_look_of_staff_is_shown_with_unit_and_reason() {
    each_engine(async |db| {
        let w = world(&db).await;
        let account = w.citizen(1).await.account;
        let officer = crate::testing::officer(&w.core, "Cán Bộ", COMMUNE, Role::Officer).await;
        let by = By::Staff { account: officer.account, unit: COMMUNE.into() };
        let look = |reason: &'static str| {
            let (core, by) = (w.core.clone(), by.clone());
            async move {
                let inner = core.clone();
                core.store
                    .write(move |tx: Tx| async move {
                        activity::look(&inner, &tx, &by, account, "report 1234567890", reason).await
                    })
                    .await
            }
        };
        assert!(look(" ").await.is_err(), "no look without a reason");
        look("Gọi lại để hỏi địa điểm").await.unwrap();
        let line = w.accounts.activity(account, None).await.unwrap().remove(0);
        assert_eq!((line.kind.as_str(), line.by_unit.as_deref()), ("look", Some(COMMUNE)));
        assert_eq!(line.reason, "Gọi lại để hỏi địa điểm");
        let audited: i64 =
            Sql::new("SELECT count(*) FROM audit WHERE act = 'account-look'").scalar(db.read()).await.unwrap().unwrap();
        assert_eq!(audited, 1);
    })
    .await;
}

#[test]
fn a18_everything_that_may_happen_has_words_in_both_languages() {
    let texts = base::i18n::Texts::load(crate::core::text_sources()).unwrap();
    for what in activity::Happened::ALL {
        for lang in [Lang::VI, Lang::EN] {
            assert!(texts.has(lang, &format!("activity-{}", what.as_str())), "{what:?} {lang}");
        }
    }
}

#[test]
fn every_refusal_has_words_in_both_languages() {
    // The keys as they stand in the sources of accounts and staff: a new one without words fails here.
    let sources = [
        include_str!("../answer.rs"),
        include_str!("../names.rs"),
        include_str!("../password.rs"),
        include_str!("../otp.rs"),
        include_str!("../factors.rs"),
        include_str!("../profile.rs"),
        include_str!("../phone_change.rs"),
        include_str!("../register.rs"),
        include_str!("../data_rights.rs"),
        include_str!("../passkeys.rs"),
        include_str!("../../staff/sheet.rs"),
        include_str!("../../staff/change.rs"),
        include_str!("../../sheets.rs"),
    ];
    let starts = [
        "account-",
        "otp-",
        "sms-",
        "proof-",
        "flow-",
        "consent-",
        "phone-",
        "name-",
        "username-",
        "address-",
        "email-",
        "commune-",
        "language-",
        "text-size-",
        "password-",
        "factor-",
        "passkey-",
        "correction-",
        "answer-",
        "kept-",
        "title-",
        "unit-",
        "role-",
        "row-",
        "sheet-",
    ];
    // Words of audit, flows and ended sessions that look like keys and are none.
    let others = [
        "account-delete",
        "consent-given",
        "consent-withdrawn",
        "factor-added",
        "factor-reset",
        "passkey-add",
        "passkey-added",
        "passkey-login",
        "passkey-removed",
        "password-changed",
        "password-recovered",
        "password-reset",
        "phone-changed",
        "role-",
        "username-changed",
    ];
    let texts = base::i18n::Texts::load(crate::core::text_sources()).unwrap();
    let (mut seen, mut missing) = (0, Vec::new());
    for key in sources.iter().flat_map(|s| s.split('"').skip(1).step_by(2)) {
        let is_key =
            starts.iter().any(|s| key.starts_with(s)) && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        if !is_key || others.contains(&key) {
            continue;
        }
        seen += 1;
        missing.extend([Lang::VI, Lang::EN].into_iter().filter(|l| !texts.has(*l, key)).map(|l| format!("{key} {l}")));
    }
    assert!(seen > 60 && missing.is_empty(), "{seen} {missing:?}");
}

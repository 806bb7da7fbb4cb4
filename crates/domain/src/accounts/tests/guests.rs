//! Guests (R3): who proved a phone and nothing else. What strangers try is here, too.

use super::*;
use crate::{
    accounts::guests::{SAME_PERSON, claim},
    error::Error as Shared,
    limits, notices,
    reports::{
        Command, Draft, GUEST, Place, Submitted, act_as_guest, act_as_officer, automatic,
        drafts::{self, Saved},
        rows, submit,
        views::{self, Reader},
    },
    rights::{Officer, Role},
};
use base::{
    clock::{DAY, HOUR, MINUTE},
    code::Code,
};
use store::testing::each_engine;

fn draft() -> Draft {
    Draft {
        content: "Ổ gà lớn trước trường tiểu học".into(),
        category: "ha-tang".into(),
        place: Place { point: None, commune: Some(COMMUNE.into()), address: "Đường Hùng Vương".into() },
        anonymous: false,
        ..Draft::default()
    }
}

impl World {
    async fn guest(&self, n: u32) -> NewSession {
        self.core.clock.advance(crate::accounts::otp::RESEND_AFTER);
        let v = visitor(n as u8);
        let started = self.accounts.start_guest(phone(n), true, Lang::VI, &v, "", None).await.unwrap();
        let code = self.otp(&phone(n)).await;
        self.accounts.confirm_guest(started.token.expose(), code, &v).await.unwrap()
    }

    async fn sends(&self, guest: Uuid) -> Submitted {
        self.core.clock.advance(1000);
        submit(&self.core, guest, &draft(), vec![], None, GUEST).await.unwrap()
    }

    async fn track(&self, code: &Code, n: u32) -> Result<(NewSession, String), Error> {
        self.core.clock.advance(crate::accounts::otp::RESEND_AFTER);
        let v = visitor(n as u8);
        let started = self.accounts.start_tracking(code, phone(n), Lang::VI, &v, "", None).await.unwrap();
        let otp = self.otp(&phone(n)).await;
        self.accounts.confirm_tracking(started.token.expose(), otp, &v).await
    }

    async fn staff_does(&self, by: &Officer, code: &str, command: Command) {
        self.core.clock.advance(1000);
        let seen = self.report(code).await.version;
        act_as_officer(&self.core, by, code, seen, command, vec![]).await.unwrap();
    }

    async fn report(&self, code: &str) -> rows::ReportRow {
        rows::by_code(self.core.store.read(), code).await.unwrap().unwrap()
    }

    async fn told(&self, account: Uuid) -> Vec<String> {
        let lines = notices::inbox(&self.core, account, None).await.unwrap();
        lines.into_iter().map(|l| l.words(&self.core.speaker(Lang::VI))).collect()
    }

    async fn number(&self, sql: &str) -> i64 {
        Sql::new(sql).scalar(self.core.store.read()).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn r3_a_guest_reports_and_learns_by_sms_what_must_be_known() {
    each_engine(async |db| {
        let w = world(&db).await;
        let guest = w.guest(1).await;
        let sent = w.sends(guest.account).await;
        let code = sent.code.as_str();
        let sms = w.inbox(&phone(1)).await;
        assert!(
            sms[0].contains(&sent.code.to_string()) && sms[0].ends_with(&format!("/theo-doi?ma={code}")),
            "{}",
            sms[0]
        );
        assert!(w.report(code).await.anonymous, "a guest gave no name");

        let officer = testing::officer(&w.core, "Lê Thị Thử", COMMUNE, Role::UnitLeader).await;
        w.staff_does(&officer, code, Command::Accept { note: String::new() }).await;
        assert_eq!(w.inbox(&phone(1)).await.len(), sms.len(), "nothing that must be known at once");
        w.staff_does(&officer, code, Command::Ask { question: "Ổ gà ở làn nào?".into() }).await;
        assert!(w.inbox(&phone(1)).await[0].contains("cần bổ sung thông tin"));
        let answer = Command::Answer { text: "Làn bên phải".into() };
        act_as_guest(&w.core, guest.account, code, answer, vec![]).await.unwrap();
        w.staff_does(&officer, code, Command::Resolve { text: "Đã vá".into() }).await;
        assert!(w.inbox(&phone(1)).await[0].contains("đã xử lý xong"));
        assert_eq!(w.inbox(&phone(1)).await.len(), sms.len() + 2);
        let reopen = Command::Reopen { comment: "Vẫn còn".into() };
        act_as_guest(&w.core, guest.account, code, reopen, vec![]).await.unwrap();
        w.staff_does(&officer, code, Command::Resolve { text: "Đã vá lại".into() }).await;
        let rate = Command::Rate { stars: 4, comment: String::new() };
        act_as_guest(&w.core, guest.account, code, rate, vec![]).await.unwrap();
        assert_eq!(w.report(code).await.rating, Some(4));

        let stranger = w.guest(2).await.account;
        let theirs = act_as_guest(&w.core, stranger, code, Command::AddInfo { text: "x".into() }, vec![]).await;
        assert!(matches!(theirs, Err(Shared::NotFound)), "{theirs:?}");
    })
    .await;
}

#[tokio::test]
async fn r3_the_phone_of_a_guest_is_sealed_and_shown_with_right_reason_and_log_alone() {
    each_engine(async |db| {
        let w = world(&db).await;
        let guest = w.guest(1).await;
        let code = w.sends(guest.account).await.code.as_str().to_owned();
        let plain = phone(1).as_e164().to_owned();
        let kept: Option<Vec<u8>> =
            Sql::new("SELECT phone_sealed FROM guest").scalar(w.core.store.read()).await.unwrap();
        let kept = kept.unwrap();
        assert!(!kept.windows(9).any(|part| part == &plain.as_bytes()[3..]), "sealed");
        assert_eq!(w.number("SELECT count(*) FROM account WHERE phone IS NOT NULL").await, 0);

        let officer = testing::officer(&w.core, "Lê Thị Thử", COMMUNE, Role::UnitLeader).await;
        let reader = testing::officer(&w.core, "Kiểm Tra", "*", Role::Auditor).await;
        for (by, reason) in [(&officer, ""), (&reader, "cần gọi hỏi đường")] {
            assert!(views::reveal(&w.core, by, &code, reason).await.is_err());
        }
        let seen = views::reveal(&w.core, &officer, &code, "cần gọi hỏi đường").await.unwrap();
        assert_eq!((seen.phone.as_deref(), seen.guest, seen.reports), (Some(plain.as_str()), true, 1));
        assert_eq!(w.number("SELECT count(*) FROM audit WHERE act = 'reporter-revealed'").await, 1);
        assert!(w.kinds_of_activity(guest.account).await.contains(&"look".to_owned()));
        // Nothing that a page or a log is made of names it.
        let page = views::find(&w.core, &code, &Reader::Staff(&officer)).await.unwrap();
        assert!(!format!("{page:?}").contains(&plain[3..]));
        assert!(!format!("{:?}", w.signed(&guest).await).contains(&plain[3..]));
        assert_eq!(w.number("SELECT count(*) FROM audit WHERE data LIKE '%914%' OR object LIKE '%914000%'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn r3_code_and_phone_open_the_own_report_and_every_other_pair_is_answered_alike() {
    each_engine(async |db| {
        let w = world(&db).await;
        let sent = w.sends(w.guest(1).await.account).await;
        let (session, code) = w.track(&sent.code, 1).await.unwrap();
        assert_eq!(code, sent.code.as_str());
        assert_eq!(Some(session.account), w.report(&code).await.reporter);
        let foreign = w.track(&sent.code, 2).await.unwrap_err();
        let unknown = w.track(&Code::random(&w.core.entropy), 1).await.unwrap_err();
        for e in [&foreign, &unknown] {
            assert!(matches!(e, Error::Shared(Shared::NotFound)), "{e:?}");
        }
        // A report of an account is no guest's, even with the account's own phone.
        let citizen = w.citizen(3).await;
        let theirs = submit(&w.core, citizen.account, &draft(), vec![], None, "web").await.unwrap();
        assert!(matches!(w.track(&theirs.code, 3).await, Err(Error::Shared(Shared::NotFound))));
    })
    .await;
}

#[tokio::test]
async fn r3_a_code_of_another_purpose_or_flow_opens_nothing_and_one_proof_looks_up_one_report() {
    each_engine(async |db| {
        let w = world(&db).await;
        let sent = w.sends(w.guest(1).await.account).await;
        w.core.clock.advance(MINUTE);
        let v = visitor(9);
        let register = w.start(1).await;
        let otp = w.otp(&phone(1)).await;
        let e = w.accounts.confirm_tracking(register.token.expose(), otp.clone(), &v).await.unwrap_err();
        assert!(matches!(e, Error::FlowGone), "the flow of another purpose: {e:?}");
        w.core.clock.advance(MINUTE);
        let track = w.accounts.start_tracking(&sent.code, phone(1), Lang::VI, &v, "", None).await.unwrap();
        let e = w.accounts.confirm_tracking(track.token.expose(), otp, &v).await.unwrap_err();
        assert!(matches!(e, Error::WrongCode { .. }), "the code of another purpose: {e:?}");
        let otp = w.otp(&phone(1)).await;
        assert!(matches!(w.accounts.confirm_guest(track.token.expose(), otp.clone(), &v).await, Err(Error::FlowGone)));

        // The report's code may be typed anew while the SMS is on its way; after the proof it cannot.
        let other = Code::random(&w.core.entropy);
        let before = Some(track.token.expose());
        let again = w.accounts.start_tracking(&other, phone(1), Lang::VI, &v, "", before).await.unwrap();
        assert_eq!(again.token.expose(), track.token.expose());
        let e = w.accounts.confirm_tracking(track.token.expose(), otp.clone(), &v).await.unwrap_err();
        assert!(matches!(e, Error::Shared(Shared::NotFound)), "{e:?}");
        assert!(matches!(w.accounts.confirm_tracking(track.token.expose(), otp, &v).await, Err(Error::FlowGone)));
    })
    .await;
}

#[tokio::test]
async fn r3_a14_guests_pages_and_messages_do_not_tell_who_has_an_account() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.citizen(1).await;
        w.core.clock.advance(HOUR);
        let mut texts = Vec::new();
        for n in [1, 2] {
            let v = visitor(n as u8);
            w.accounts.start_guest(phone(n), true, Lang::VI, &v, "", None).await.unwrap();
            let text = w.inbox(&phone(n)).await.remove(0);
            texts.push(text.replace(&w.code(&phone(n)).await, "******"));
        }
        assert_eq!(texts[0], texts[1]);
        let refused = w.accounts.start_guest(phone(3), false, Lang::VI, &visitor(3), "", None).await;
        assert!(refused.is_err(), "consent first");
        assert!(w.inbox(&phone(3)).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn r3_r11_one_phone_cannot_flood_whatever_the_guest_does_between() {
    each_engine(async |db| {
        let w = world(&db).await;
        let guest = w.guest(1).await.account;
        for _ in 0..limits::REPORTS_PER_PERSON_HOUR.most {
            w.sends(guest).await;
        }
        let more = submit(&w.core, guest, &draft(), vec![], None, GUEST).await;
        assert!(matches!(more, Err(Shared::TooOften { .. })), "{more:?}");
        // An account takes over what was sent; the phone has no new share as a guest.
        w.core.clock.advance(MINUTE);
        w.citizen(1).await;
        let again = w.guest(1).await.account;
        assert_ne!(again, guest);
        let more = submit(&w.core, again, &draft(), vec![], None, GUEST).await;
        assert!(matches!(more, Err(Shared::TooOften { .. })), "{more:?}");
        w.core.clock.advance(HOUR);
        w.sends(again).await;
        assert_eq!(w.number("SELECT count(*) FROM report").await, limits::REPORTS_PER_PERSON_HOUR.most + 1);
    })
    .await;
}

#[tokio::test]
async fn r3_the_same_form_of_a_guest_sent_at_once_is_one_report_and_one_sms() {
    each_engine(async |db| {
        let w = world(&db).await;
        let guest = w.guest(1).await.account;
        let saved = Saved {
            category: "ha-tang".into(),
            content: "Ổ gà".into(),
            commune: Some(COMMUNE.into()),
            address: "Đường Hùng Vương".into(),
            ..Saved::default()
        };
        let id = drafts::start(&w.core, guest, &saved).await.unwrap();
        let sms = w.inbox(&phone(1)).await.len();
        let mut sending = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let core = w.core.clone();
            sending.spawn(async move { drafts::send_as_guest(&core, guest, id).await.unwrap() });
        }
        let answers = sending.join_all().await;
        assert!(answers.iter().all(|a| a == &answers[0]), "{answers:?}");
        assert_eq!(w.number("SELECT count(*) FROM report").await, 1);
        assert_eq!(w.inbox(&phone(1)).await.len(), sms + 1);
    })
    .await;
}

#[tokio::test]
async fn r3_r11_a_blocked_phone_neither_reports_nor_registers_and_a_blocked_citizen_is_no_guest() {
    each_engine(async |db| {
        let w = world(&db).await;
        let by = testing::officer(&w.core, "Điều Phối", "*", Role::ProvinceOperator).await;
        let guest = w.guest(1).await;
        let found = w.accounts.find_to_block(&by, &phone(1), "gửi tin bậy").await.unwrap().remove(0);
        assert_eq!((found.id, found.kind.as_str()), (guest.account, "guest"));
        w.accounts.set_blocked(&by, guest.account, true, "gửi tin bậy").await.unwrap();
        assert!(!w.alive(&guest.token).await);
        assert!(matches!(submit(&w.core, guest.account, &draft(), vec![], None, GUEST).await, Err(Shared::Forbidden)));
        w.core.clock.advance(SAME_PERSON + DAY);
        let v = visitor(1);
        let flow = w.accounts.start_guest(phone(1), true, Lang::VI, &v, "", None).await.unwrap();
        let otp = w.otp(&phone(1)).await;
        let e = w.accounts.confirm_guest(flow.token.expose(), otp, &v).await.unwrap_err();
        assert!(matches!(&e, Error::Blocked { reason } if reason == "gửi tin bậy"), "{e:?}");
        w.core.clock.advance(MINUTE);
        let flow = w.start(1).await;
        let otp = w.otp(&phone(1)).await;
        w.accounts.confirm_registration(flow.token.expose(), otp).await.unwrap();
        let e = w.accounts.complete_registration(flow.token.expose(), w.details(), &v).await.unwrap_err();
        assert!(matches!(e, Error::Blocked { .. }), "{e:?}");

        let citizen = w.citizen(2).await;
        w.accounts.set_blocked(&by, citizen.account, true, "quấy rối").await.unwrap();
        w.core.clock.advance(HOUR);
        let v = visitor(2);
        let flow = w.accounts.start_guest(phone(2), true, Lang::VI, &v, "", None).await.unwrap();
        let otp = w.otp(&phone(2)).await;
        let e = w.accounts.confirm_guest(flow.token.expose(), otp, &v).await.unwrap_err();
        assert!(matches!(e, Error::Blocked { .. }), "{e:?}");

        // One phone, with an account and without: both are found, and who is blocked in one way does not go on in the other.
        let citizen = w.citizen(3).await;
        w.core.clock.advance(HOUR);
        let guest = w.guest(3).await;
        let found = w.accounts.find_to_block(&by, &phone(3), "quấy rối").await.unwrap();
        assert_eq!(found.iter().map(|f| f.id).collect::<Vec<_>>(), [citizen.account, guest.account]);
        w.accounts.set_blocked(&by, citizen.account, true, "quấy rối").await.unwrap();
        assert!(matches!(submit(&w.core, guest.account, &draft(), vec![], None, GUEST).await, Err(Shared::Forbidden)));
    })
    .await;
}

#[tokio::test]
async fn r3_what_a_guest_sent_is_in_the_account_that_is_made_with_the_phone() {
    each_engine(async |db| {
        let w = world(&db).await;
        let guest = w.guest(1).await;
        let code = w.sends(guest.account).await.code;
        let before = w.report(code.as_str()).await;
        w.core.clock.advance(MINUTE);
        let citizen = w.citizen(1).await;
        let mine = views::mine(&w.core, citizen.account, None, 10).await.unwrap();
        assert_eq!(mine.iter().map(|l| l.code.as_str()).collect::<Vec<_>>(), [code.as_str()]);
        let told = w.told(citizen.account).await;
        assert_eq!(told.iter().filter(|t| t.contains("chưa có tài khoản")).count(), 1, "{told:?}");
        let after = w.report(code.as_str()).await;
        assert_eq!((before.version, before.updated_at), (after.version, after.updated_at), "nobody else sees a change");
        assert_eq!(crate::reports::tally::check(&w.core.store).await.unwrap(), 0);

        // The guest is gone: session, phone and the way by code.
        w.accounts.cache.forget(guest.account);
        assert!(!w.alive(&guest.token).await);
        assert_eq!(w.number("SELECT count(*) FROM guest").await, 0);
        assert!(matches!(w.track(&code, 1).await, Err(Error::Shared(Shared::NotFound))));
        let late = submit(&w.core, guest.account, &draft(), vec![], None, GUEST).await;
        assert!(matches!(late, Err(Shared::NotFound)), "a session that a node still remembers: {late:?}");

        // The phone goes to somebody else's account, which never sent anything.
        w.core.clock.advance(HOUR);
        w.write("UPDATE account SET phone = NULL WHERE phone = $1", |sql| sql.bind("+84914000001")).await;
        let other = w.citizen(1).await;
        assert!(views::mine(&w.core, other.account, None, 10).await.unwrap().is_empty());
        assert_eq!(w.report(code.as_str()).await.reporter, Some(citizen.account));
    })
    .await;
}

#[tokio::test]
async fn r3_a_phone_proven_on_two_devices_at_once_claims_once_and_a_password_claims_nothing() {
    each_engine(async |db| {
        let w = world(&db).await;
        let citizen = w.citizen(1).await;
        let guest = w.guest(1).await.account;
        for _ in 0..3 {
            w.sends(guest).await;
        }
        let accounts = w.accounts.clone();
        let enter = |n: u8| {
            let accounts = accounts.clone();
            async move { accounts.sign_in(Kind::Citizen, phone(1).as_e164(), &secret(GOOD), &visitor(n)).await }
        };
        let (a, b) = tokio::join!(tokio::spawn(enter(11)), tokio::spawn(enter(12)));
        assert!(matches!(a.unwrap().unwrap(), Entered::In(_)) && matches!(b.unwrap().unwrap(), Entered::In(_)));
        let mine = views::mine(&w.core, citizen.account, None, 10).await.unwrap();
        assert!(mine.is_empty(), "the number may be another person's by now");
        let prove = || {
            let (core, account) = (w.core.clone(), citizen.account);
            let store = core.store.clone();
            async move { store.write(move |tx| async move { claim(&core, &tx, account).await }).await }
        };
        let (a, b) = tokio::join!(tokio::spawn(prove()), tokio::spawn(prove()));
        assert!(a.unwrap().is_ok() && b.unwrap().is_ok());
        assert_eq!(views::mine(&w.core, citizen.account, None, 10).await.unwrap().len(), 3);
        let told = w.told(citizen.account).await;
        assert_eq!(told.iter().filter(|t| t.contains("3 phản ánh")).count(), 1, "{told:?}");
        assert_eq!(w.number("SELECT count(*) FROM audit WHERE act = 'guest-claimed'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn r3_who_gets_the_number_later_gets_nothing_of_who_had_it() {
    each_engine(async |db| {
        let w = world(&db).await;
        let first = w.guest(1).await.account;
        let older = w.sends(first).await.code;
        let code = w.sends(first).await.code;
        w.core.clock.advance(SAME_PERSON + DAY);
        let other = w.citizen(1).await.account;
        assert!(views::mine(&w.core, other, None, 10).await.unwrap().is_empty(), "an account");
        let second = w.guest(1).await.account;
        assert_ne!(first, second, "nor a guest");
        assert!(views::find(&w.core, code.as_str(), &Reader::Citizen(second)).await.is_err());
        let (session, _) = w.track(&code, 1).await.unwrap();
        assert_eq!(session.account, second, "one code opens one report");
        assert_eq!(w.report(code.as_str()).await.reporter, Some(second));
        let left = views::mine(&w.core, first, None, 10).await.unwrap();
        assert_eq!(left.iter().map(|l| l.code.as_str()).collect::<Vec<_>>(), [older.as_str()], "the others stay shut");
        w.core.clock.advance(HOUR);
        w.write("UPDATE account SET phone = NULL WHERE phone = $1", |sql| sql.bind("+84914000001")).await;
        let third = w.citizen(1).await.account;
        let mine = views::mine(&w.core, third, None, 10).await.unwrap();
        assert_eq!(mine.iter().map(|l| l.code.as_str()).collect::<Vec<_>>(), [code.as_str()], "no new proof of all");
    })
    .await;
}

#[tokio::test]
async fn r3_a12_a_deleted_guest_is_gone_and_the_report_stays() {
    each_engine(async |db| {
        let w = world(&db).await;
        let guest = w.guest(1).await;
        let code = w.sends(guest.account).await.code;
        let signed = w.signed(&guest).await;
        w.core.clock.advance(HOUR);
        assert!(w.accounts.delete_account(&signed).await.is_err(), "the proof is old");
        let (fresh, _) = w.track(&code, 1).await.unwrap();
        let signed = w.signed(&fresh).await;
        w.accounts.delete_account(&signed).await.unwrap();
        assert!(!w.alive(&fresh.token).await && !w.alive(&guest.token).await);
        assert_eq!(w.number("SELECT count(*) FROM guest").await, 0);
        assert_eq!(w.report(code.as_str()).await.reporter, None);
        assert!(matches!(w.track(&code, 1).await, Err(Error::Shared(Shared::NotFound))));
        let sms = w.inbox(&phone(1)).await.len();
        let officer = testing::officer(&w.core, "Lê Thị Thử", COMMUNE, Role::UnitLeader).await;
        w.staff_does(&officer, code.as_str(), Command::Reject { reason: "không đúng".into() }).await;
        assert_eq!(w.inbox(&phone(1)).await.len(), sms, "nobody is told");
    })
    .await;
}

#[tokio::test]
async fn r3_x17_phones_of_guests_are_forgotten_a_year_after_the_last_proof() {
    each_engine(async |db| {
        let w = world(&db).await;
        let [open, done] = [w.guest(1).await.account, w.guest(2).await.account];
        let (stays, goes) = (w.sends(open).await.code, w.sends(done).await.code);
        let officer = testing::officer(&w.core, "Lê Thị Thử", COMMUNE, Role::UnitLeader).await;
        w.staff_does(&officer, goes.as_str(), Command::Reject { reason: "không đúng".into() }).await;
        w.core.clock.advance(364 * DAY);
        automatic::sweep(&w.core).await.unwrap();
        assert_eq!(w.number("SELECT count(*) FROM guest").await, 2);
        w.core.clock.advance(2 * DAY);
        automatic::sweep(&w.core).await.unwrap();
        assert_eq!(w.number("SELECT count(*) FROM guest").await, 1);
        assert_eq!(w.report(goes.as_str()).await.reporter, None);
        assert_eq!(w.report(stays.as_str()).await.reporter, Some(open), "somebody still works on it");
    })
    .await;
}

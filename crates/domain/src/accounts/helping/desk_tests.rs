//! Officers who write down what people tell (A19): for whom, in whose name, how far, how long.

use super::*;
use crate::{
    accounts::{
        Error, FullName, Kind, NewSession,
        otp::RESEND_AFTER,
        sessions,
        tests::{World, phone, visitor, world},
    },
    error::Error as Shared,
    limits,
    reports::{
        Draft, Place, act_as_author, automatic, rows, submit,
        views::{self, Reader},
    },
    rights::Role,
    testing,
};
use base::{
    clock::{DAY, HOUR, MINUTE},
    phone::PhoneNumber,
};
use std::sync::Arc;
use store::{Sql, Tx, testing::each_engine};

const HERE: &str = "18880";

fn report() -> Draft {
    Draft {
        content: "Cột điện nghiêng sau bão".into(),
        category: "ha-tang".into(),
        place: Place { commune: Some(HERE.into()), address: "Đầu thôn 3".into(), ..Place::default() },
        ..Draft::default()
    }
}

fn is_forbidden<T>(said: &Result<T, Error>) -> bool {
    matches!(said, Err(Error::Shared(Shared::Forbidden)))
}

impl World {
    /// A member of staff at the console.
    async fn clerk(&self, role: Role, method: &'static str) -> Arc<Signed> {
        let officer = testing::officer(&self.core, "Cán Bộ Thử", HERE, role).await;
        let (core, account) = (self.core.clone(), officer.account);
        let session = self
            .core
            .store
            .write(move |tx: Tx| async move {
                sessions::open(&core, &tx, account, Kind::Staff, method, &visitor(200)).await
            })
            .await
            .unwrap();
        self.signed(&session).await
    }

    async fn begins(&self, clerk: &Signed, to: &PhoneNumber) -> base::keys::Secret {
        self.core.clock.advance(RESEND_AFTER);
        self.accounts.start_desk(clerk, to.clone(), true, &visitor(200), None).await.unwrap().token
    }

    /// The code is read aloud.
    async fn sits(&self, clerk: &Signed, to: &PhoneNumber) -> (NewSession, Arc<Signed>) {
        let token = self.begins(clerk, to).await;
        let code = self.otp(to).await;
        let session = self.accounts.confirm_desk(clerk, token.expose(), code, &visitor(200)).await.unwrap();
        let signed = self.signed(&session).await;
        (session, signed)
    }

    async fn written(&self, acting: &Signed) -> rows::ReportRow {
        self.core.clock.advance(1000);
        let sent = submit(&self.core, acting, &report(), vec![], None, "web").await.unwrap();
        rows::by_code(self.core.store.read(), sent.code.as_str()).await.unwrap().unwrap()
    }

    async fn source(&self, code: &str) -> String {
        let sql = Sql::new("SELECT source FROM report WHERE code = $1").bind(code);
        sql.scalar(self.core.store.read()).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a19_who_reads_a_code_to_an_officer_has_the_report_as_their_own() {
    each_engine(async |db| {
        let w = world(&db).await;
        let clerk = w.clerk(Role::Clerk, "password+totp").await;
        let ba = w.signed(&w.citizen(1).await).await;
        let (session, acting) = w.sits(&clerk, &phone(1)).await;
        let sms = w.inbox(&phone(1)).await.remove(0);
        assert!(sms.contains("ghi phan anh giup Ong/Ba") && sms.contains("UBND phuong Dong Hoi"), "{sms}");
        assert!(!sms.contains('#'), "no phone types this code in by itself: {sms}");
        assert_eq!((acting.kind, acting.account), (Kind::Helper, ba.account));
        let by = acting.acting.as_ref().unwrap();
        assert_eq!((by.unit.as_deref(), by.guest, by.helper), (Some(HERE), false, clerk.account));
        let row = w.written(&acting).await;
        assert_eq!((row.reporter, w.source(&row.code).await.as_str()), (Some(ba.account), "desk"));
        // The person reads which unit wrote it down, never who; the public reads neither.
        let own = views::find(&w.core, &row.code, &Reader::Citizen(ba.account)).await.unwrap();
        let step = &own.events[0].data;
        assert!(step.contains(r#""desk":"18880""#) && step.contains("helper"), "{step}");
        let lines = w.accounts.activity(ba.account, None).await.unwrap();
        let did = lines.iter().find(|line| line.kind == "help-did").unwrap();
        assert_eq!((did.by_unit.as_deref(), did.by_name.as_deref()), (Some(HERE), None));
        let begun = lines.iter().find(|line| line.kind == "help-began").unwrap();
        assert_eq!((begun.by_unit.as_deref(), begun.detail.as_str()), (Some(HERE), "desk"));
        let standing = w.accounts.standing_mandates(ba.account).await.unwrap();
        assert_eq!((standing[0].unit.as_deref(), standing[0].name.as_str()), (Some(HERE), ""));
        // The person ends it from the own account, and the officer's page is over.
        w.accounts.end_mandate(&ba, standing[0].id).await.unwrap();
        assert!(!w.alive(&session.token).await);
        let said = submit(&w.core, &*acting, &report(), vec![], None, "web").await;
        assert!(matches!(said, Err(Shared::Forbidden)), "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn a19_r3_who_has_a_phone_and_no_account_becomes_a_guest_at_the_desk() {
    each_engine(async |db| {
        let w = world(&db).await;
        let clerk = w.clerk(Role::CommunityTeam, "passkey").await;
        let (session, acting) = w.sits(&clerk, &phone(2)).await;
        assert!(acting.acting.as_ref().unwrap().guest);
        let row = w.written(&acting).await;
        assert!(row.anonymous, "there is no name");
        assert_eq!(w.source(&row.code).await, "desk");
        let sms = w.inbox(&phone(2)).await.remove(0);
        assert!(sms.contains("theo-doi"), "the phone is told how to follow: {sms}");
        let agreed = "SELECT count(*) FROM consent c WHERE c.account_id = $1";
        let agreed: i64 = Sql::new(agreed).bind(acting.account).scalar(w.core.store.read()).await.unwrap().unwrap();
        assert_eq!(agreed, 2, "terms and privacy policy");
        // Whoever registers with this phone later has it.
        w.accounts.stop_acting(&acting).await.unwrap();
        assert!(!w.alive(&session.token).await);
        w.core.clock.advance(RESEND_AFTER);
        let later = w.citizen(2).await;
        let now = rows::by_code(w.core.store.read(), &row.code).await.unwrap().unwrap();
        assert_eq!(now.reporter, Some(later.account));
    })
    .await;
}

#[tokio::test]
async fn a19_who_has_no_phone_has_a_report_that_nobody_can_open_as_theirs() {
    each_engine(async |db| {
        let w = world(&db).await;
        let clerk = w.clerk(Role::Officer, "password+totp").await;
        let name = FullName::parse("Cụ Thử").unwrap();
        let session = w.accounts.desk_without_phone(&clerk, Some(name), &visitor(200)).await.unwrap();
        let acting = w.signed(&session).await;
        let row = w.written(&acting).await;
        assert!(row.anonymous && row.reporter == Some(acting.account));
        assert!(w.inbox(&phone(1)).await.is_empty());
        let (_, another) = {
            let session = w.accounts.desk_without_phone(&clerk, None, &visitor(200)).await.unwrap();
            let signed = w.signed(&session).await;
            (session, signed)
        };
        assert_ne!(another.account, acting.account, "each is a person of their own");
        assert!(!w.alive(&session.token).await, "one person at a time");
        let said = views::find(&w.core, &row.code, &Reader::Citizen(another.account)).await;
        assert!(said.is_err(), "not public yet, and another's");
        // A year after nothing is open the name goes; an open report keeps it.
        w.core.clock.advance(366 * DAY);
        let names = "SELECT count(*) FROM account WHERE full_name = 'Cụ Thử' AND deleted_at IS NULL";
        automatic::sweep(&w.core).await.unwrap();
        assert_eq!(Sql::new(names).scalar::<i64>(db.read()).await.unwrap(), Some(1));
        w.write("UPDATE report SET open = FALSE", |sql| sql).await;
        automatic::sweep(&w.core).await.unwrap();
        assert_eq!(Sql::new(names).scalar::<i64>(db.read()).await.unwrap(), Some(0));
        let row = rows::by_code(db.read(), &row.code).await.unwrap().unwrap();
        assert_eq!(row.reporter, None);
    })
    .await;
}

#[tokio::test]
async fn a19_nobody_sits_at_the_desk_but_staff_with_the_right() {
    each_engine(async |db| {
        let w = world(&db).await;
        let citizen = w.signed(&w.citizen(1).await).await;
        let (auditor, half) = (w.clerk(Role::Auditor, "passkey").await, w.clerk(Role::Clerk, "password").await);
        let (clerk, other) = (w.clerk(Role::Clerk, "passkey").await, w.clerk(Role::Clerk, "passkey").await);
        let token = w.begins(&clerk, &phone(2)).await;
        let code = async || w.otp(&phone(2)).await;
        for who in [&citizen, &auditor, &half] {
            let v = visitor(200);
            assert!(is_forbidden(&w.accounts.start_desk(who, phone(3), true, &v, None).await));
            assert!(is_forbidden(&w.accounts.desk_without_phone(who, None, &v).await));
            assert!(is_forbidden(&w.accounts.confirm_desk(who, token.expose(), code().await, &v).await));
        }
        let said = w.accounts.confirm_desk(&other, token.expose(), code().await, &visitor(200)).await;
        assert!(matches!(said, Err(Error::FlowGone)), "read to somebody else: {said:?}");
        let said = w.accounts.confirm_desk(&clerk, token.expose(), w.wrong_otp(&phone(2)).await, &visitor(200)).await;
        assert!(matches!(said, Err(Error::WrongCode { .. })), "{said:?}");
        let said = w.accounts.start_desk(&clerk, phone(3), false, &visitor(200), None).await;
        assert!(matches!(said, Err(Error::Shared(Shared::Invalid(_)))), "the person was told nothing: {said:?}");
        assert!(w.inbox(&phone(3)).await.is_empty());
        // A sitting is not a seat: who acts for somebody begins nothing.
        let (_, acting) = w.sits(&clerk, &phone(2)).await;
        assert!(is_forbidden(&w.accounts.desk_without_phone(&acting, None, &visitor(200)).await));
        assert!(is_forbidden(&w.accounts.ask_for_help(&acting, phone(9), Scopes::all(), Term::Day).await));
        // A blocked person reports nothing at the desk either.
        w.write("UPDATE account SET blocked_at = 1, block_reason = 'Thử' WHERE kind = 'citizen'", |sql| sql).await;
        let token = w.begins(&clerk, &phone(1)).await;
        let said = w.accounts.confirm_desk(&clerk, token.expose(), w.otp(&phone(1)).await, &visitor(200)).await;
        assert!(matches!(said, Err(Error::Blocked { .. })), "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn a19_a_sitting_is_for_sending_and_ends_with_the_hour_and_with_the_officer() {
    each_engine(async |db| {
        let w = world(&db).await;
        let clerk = w.clerk(Role::Clerk, "passkey").await;
        let ba = w.signed(&w.citizen(1).await).await;
        let (session, acting) = w.sits(&clerk, &phone(1)).await;
        let row = w.written(&acting).await;
        let command = crate::reports::Command::AddInfo { text: "Thêm".into() };
        let said = act_as_author(&w.core, &*acting, &row.code, command, vec![]).await;
        assert!(matches!(said, Err(Shared::Forbidden)), "{said:?}");
        for deed in [Deed::List, Deed::Inbox, Deed::Rate, Deed::Add] {
            assert!(!acting.acting.as_ref().unwrap().scopes.may(deed), "{deed:?}");
        }
        // The next person: the page of the one before is over, nothing goes out under the wrong name.
        let (second, _) = w.sits(&clerk, &phone(2)).await;
        assert!(!w.alive(&session.token).await && w.alive(&second.token).await);
        let said = submit(&w.core, &*acting, &report(), vec![], None, "web").await;
        assert!(matches!(said, Err(Shared::Forbidden)), "{said:?}");
        w.core.clock.advance(HOUR + MINUTE);
        assert!(!w.alive(&second.token).await, "an hour");
        automatic::sweep(&w.core).await.unwrap();
        let open: i64 =
            Sql::new("SELECT count(*) FROM mandate WHERE ended_at IS NULL").scalar(db.read()).await.unwrap().unwrap();
        assert_eq!(open, 0);
        assert!(w.inbox(&phone(1)).await.iter().all(|sms| !sms.contains("thoi giup")), "who was there needs no word");
        // Blocked in the middle of it.
        let clerk = w.clerk(Role::Clerk, "passkey").await;
        let (third, acting) = w.sits(&clerk, &phone(1)).await;
        let id = clerk.account;
        w.write("UPDATE account SET blocked_at = 1 WHERE id = $1", move |sql| sql.bind(id)).await;
        w.accounts.cache.forget(clerk.account);
        assert!(!w.alive(&third.token).await);
        let said = submit(&w.core, &*acting, &report(), vec![], None, "web").await;
        assert!(matches!(said, Err(Shared::Forbidden)), "{said:?}");
        assert!(w.accounts.mandates(ba.account).await.unwrap().iter().all(|line| line.unit.is_some()));
    })
    .await;
}

#[tokio::test]
async fn r11_a19_one_desk_serves_many_phones_but_an_officer_is_counted() {
    each_engine(async |db| {
        let w = world(&db).await;
        let clerk = w.clerk(Role::Clerk, "passkey").await;
        let most = limits::SMS_PER_OFFICER_HOUR.most as u32;
        assert!(most as i64 > limits::SMS_PER_DEVICE.most, "more than one person's browser may ask for");
        // One window: an hour begins now.
        w.core.clock.advance(HOUR - w.core.now().rem_euclid(HOUR));
        for n in 0..most {
            w.accounts.start_desk(&clerk, phone(100 + n), true, &visitor(200), None).await.unwrap();
        }
        let said = w.accounts.start_desk(&clerk, phone(99), true, &visitor(200), None).await;
        assert!(matches!(said, Err(Error::TooManySms { .. })), "{said:?}");
        let session = w.accounts.desk_without_phone(&clerk, None, &visitor(200)).await.unwrap();
        let (id, most) = (clerk.account, limits::REPORTS_PER_OFFICER_HOUR.most);
        let keys = w.core.keys.clone();
        let now = w.core.now();
        db.write(async move |tx: Tx| {
            for _ in 0..most {
                let _ = limits::hit(&tx, &keys, limits::REPORTS_PER_OFFICER_HOUR, id.as_bytes(), now).await?;
            }
            Ok::<_, store::Error>(())
        })
        .await
        .unwrap();
        let acting = w.signed(&session).await;
        let said = submit(&w.core, &*acting, &report(), vec![], None, "web").await;
        assert!(matches!(said, Err(Shared::TooOften { .. })), "{said:?}");
    })
    .await;
}

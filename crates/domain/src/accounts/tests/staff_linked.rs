//! Staff over a provider (A16, A17): their own link, their own second factor, and nobody else's.

use super::{
    factors::{app, enrol},
    linked::elsewhere,
    *,
};
use crate::{
    accounts::{
        Assurance, Duty,
        factors::FactorCode,
        linked::{
            self,
            staff::{StaffArrival, Welcome},
        },
    },
    error::Error as Shared,
    rights::Role,
    staff::Staff,
};
use base::clock::{HOUR, SECOND};
use store::testing::each_engine;

fn arrival(n: u32) -> StaffArrival {
    StaffArrival {
        provider: "dvcqg".into(),
        subject: format!("tech-{n}"),
        level: Assurance::Verified,
        two_factor: false,
    }
}

/// The same person, at a level that counts as two factors.
fn stronger(n: u32) -> StaffArrival {
    StaffArrival { level: Assurance::High, two_factor: true, ..arrival(n) }
}

/// A member of staff at work: who, the app's secret.
struct Member {
    signed: Arc<Signed>,
    secret: Secret,
}

impl World {
    /// Signed in with password and app.
    async fn member(&self, username: &'static str) -> Member {
        self.staff(username, COMMUNE, Role::Officer).await;
        let signed = self.by_password(username).await;
        let (secret, token, _) = enrol(self, &signed).await;
        Member { signed: self.signed_token(&token).await, secret }
    }

    async fn by_password(&self, username: &str) -> Arc<Signed> {
        let session = self.accounts.sign_in(Kind::Staff, username, &secret(GOOD), &visitor(8)).await.unwrap();
        self.signed(&entered(session)).await
    }

    async fn comes(&self, arrival: StaffArrival) -> Result<Welcome, Error> {
        self.accounts.arrive_as_staff(arrival, &visitor(9)).await
    }

    /// To the page that asks for the second factor.
    async fn waits(&self, arrival: StaffArrival) -> (Secret, Uuid) {
        match self.comes(arrival).await.unwrap() {
            Welcome::SecondFactor { token, session } => (token, session),
            other => panic!("{other:?}"),
        }
    }

    async fn finishes(&self, token: &Secret, member: &Member) -> Result<NewSession, Error> {
        self.accounts.finish_second_factor(token.expose(), app(self, &member.secret), &visitor(9)).await
    }

    async fn audited(&self, act: &str, holds: &str) -> i64 {
        let sql = "SELECT count(*) FROM audit WHERE act = $1 AND data LIKE $2";
        Sql::new(sql).bind(act).bind(format!("%{holds}%")).scalar(self.core.store.read()).await.unwrap().unwrap()
    }
}

fn is_forbidden(result: Result<(), Error>) -> bool {
    matches!(result, Err(Error::Shared(Shared::Forbidden)))
}

#[tokio::test]
async fn a16_who_linked_it_first_comes_in_over_a_provider_and_is_still_asked_for_the_second_factor() {
    each_engine(async |db| {
        let w = world(&db).await;
        let member = w.member("can.bo").await;
        assert!(matches!(w.comes(arrival(1)).await.unwrap(), Welcome::Unknown), "nobody is made staff by it");
        w.accounts.link_staff(&member.signed, arrival(1)).await.unwrap();
        w.accounts.link_staff(&member.signed, arrival(1)).await.unwrap();
        assert_eq!(w.audited("staff-link", "\"dvcqg\"").await, 1, "again is no news");

        let (token, session) = w.waits(arrival(1)).await;
        assert_eq!(w.audited("staff-sign-in-elsewhere", "").await, 0, "not in yet");
        let wrong = FactorCode::parse("000000").unwrap();
        let wrong = w.accounts.finish_second_factor(token.expose(), wrong, &visitor(9)).await;
        assert!(matches!(wrong, Err(Error::WrongFactor)), "{wrong:?}");
        let entered = w.finishes(&token, &member).await.unwrap();
        assert_eq!(entered.session, session, "by this id the provider ends it");
        let signed = w.signed(&entered).await;
        assert_eq!(signed.method, "via-dvcqg+verified+totp");
        assert!(signed.officer().is_some());
        assert_eq!(w.audited("staff-sign-in-elsewhere", "\"level\":\"verified\"").await, 1);
        assert!(matches!(w.finishes(&token, &member).await, Err(Error::FlowGone)), "once");

        // Where the province says so, the provider's word is the second factor.
        let Welcome::In(strong) = w.comes(stronger(1)).await.unwrap() else { panic!("asked again") };
        let signed = w.signed(&strong).await;
        assert_eq!((signed.method.as_str(), signed.duty()), ("via-dvcqg+high+two-factor", None));
        let links = w.accounts.staff_links(signed.account).await.unwrap();
        assert_eq!((links.len(), links[0].level.as_str()), (1, "high"));
        // A password is asked for its second factor as before.
        let by_password = w.accounts.sign_in(Kind::Staff, "can.bo", &secret(GOOD), &visitor(8)).await.unwrap();
        assert!(matches!(by_password, Entered::SecondFactor { .. }));
    })
    .await;
}

#[tokio::test]
async fn a16_one_account_elsewhere_is_one_member_and_only_staff_without_duties_link() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (first, second) = (w.member("can.bo.mot").await, w.member("can.bo.hai").await);
        w.accounts.link_staff(&first.signed, arrival(1)).await.unwrap();
        let e = w.accounts.link_staff(&second.signed, arrival(1)).await.unwrap_err();
        assert!(matches!(e, Error::LinkedElsewhere), "{e:?}");
        let e = w.accounts.link_staff(&first.signed, arrival(2)).await.unwrap_err();
        assert!(matches!(e, Error::LinkedAlready), "{e:?}");
        assert!(matches!(w.comes(arrival(2)).await.unwrap(), Welcome::Unknown));
        w.staff("can.bo.nua", COMMUNE, Role::Officer).await;
        let half = w.by_password("can.bo.nua").await;
        assert_eq!(half.duty(), Some(Duty::EnrolFactor));
        assert!(is_forbidden(w.accounts.link_staff(&half, arrival(3)).await));
        let citizen = w.signed(&w.citizen(1).await).await;
        assert!(is_forbidden(w.accounts.link_staff(&citizen, arrival(3)).await));
        // Of two at the same moment one has it.
        let (a, b) = tokio::join!(
            w.accounts.link_staff(&second.signed, arrival(4)),
            w.accounts.link_staff(&second.signed, arrival(5)),
        );
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    })
    .await;
}

#[tokio::test]
async fn a16_a_citizens_link_to_the_same_account_elsewhere_stays_what_it_is() {
    each_engine(async |db| {
        let w = world(&db).await;
        let citizen = w.signed(&w.citizen(1).await).await;
        w.accounts.link(&citizen, elsewhere(1), None).await.unwrap();
        assert!(matches!(w.comes(arrival(1)).await.unwrap(), Welcome::Unknown), "a citizen's link opens no desk");
        let member = w.member("can.bo").await;
        w.accounts.link_staff(&member.signed, arrival(1)).await.unwrap();
        let welcome = w.accounts.arrive(elsewhere(1), b"", Lang::VI, &visitor(9)).await.unwrap();
        let linked::Welcome::In(session) = welcome else { panic!("the citizen's own account") };
        assert_eq!((session.account, w.signed(&session).await.kind), (citizen.account, Kind::Citizen));
        let Welcome::In(session) = w.comes(stronger(1)).await.unwrap() else { panic!() };
        assert_eq!((session.account, w.signed(&session).await.kind), (member.signed.account, Kind::Staff));
        w.accounts.unlink_staff(&member.signed, "dvcqg").await.unwrap();
        assert_eq!(w.accounts.links(citizen.account).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a16_blocked_reset_and_unfinished_staff_come_no_further_than_with_a_password() {
    each_engine(async |db| {
        let w = world(&db).await;
        let operator = testing::officer(&w.core, "Điều Phối", "*", Role::ProvinceOperator).await;
        let staff = Staff::new(w.accounts.clone());
        let member = w.member("can.bo").await;
        let id = member.signed.account;
        w.accounts.link_staff(&member.signed, arrival(1)).await.unwrap();
        let (token, _) = w.waits(arrival(1)).await;
        staff.set_active(&operator, id, false, "Nghỉ việc").await.unwrap();
        assert!(matches!(w.comes(arrival(1)).await, Err(Error::Blocked { .. })));
        assert!(matches!(w.finishes(&token, &member).await, Err(Error::FlowGone)), "blocked between the steps");
        staff.set_active(&operator, id, true, "Đi làm lại").await.unwrap();

        // Without a factor one is let in as far as to set one up.
        w.write("UPDATE account SET totp_sealed = NULL, totp_confirmed_at = NULL WHERE id = $1", move |sql| {
            sql.bind(id)
        })
        .await;
        let Welcome::In(session) = w.comes(arrival(1)).await.unwrap() else { panic!("no factor is there") };
        assert_eq!(w.signed(&session).await.duty(), Some(Duty::EnrolFactor));
        let (secret, _, _) = enrol(&w, &w.signed(&session).await.clone()).await;
        let member = Member { secret, ..member };

        // Who is helped back in begins anew: the links may be another's.
        let (token, _) = w.waits(arrival(1)).await;
        staff.reset_password(&operator, id, "Quên mật khẩu").await.unwrap();
        assert!(matches!(w.finishes(&token, &member).await, Err(Error::FlowGone)));
        assert!(matches!(w.comes(arrival(1)).await.unwrap(), Welcome::Unknown));
        let again = w.member("can.bo.khac").await;
        w.accounts.link_staff(&again.signed, arrival(1)).await.unwrap();
        staff.reset_factor(&operator, again.signed.account, "Mất điện thoại").await.unwrap();
        assert!(matches!(w.comes(stronger(1)).await.unwrap(), Welcome::Unknown));
    })
    .await;
}

#[tokio::test]
async fn a16_what_the_provider_ends_is_ended_before_the_second_factor_too() {
    each_engine(async |db| {
        let w = world(&db).await;
        let member = w.member("can.bo").await;
        w.accounts.link_staff(&member.signed, arrival(1)).await.unwrap();
        let end = async |session: Uuid| {
            let accounts = w.accounts.clone();
            let ended = w
                .core
                .store
                .write(move |tx: Tx| async move { accounts.end_sessions_of_provider(&tx, &[session]).await });
            ended.await.unwrap();
        };
        let (token, session) = w.waits(arrival(1)).await;
        end(session).await;
        assert!(matches!(w.finishes(&token, &member).await, Err(Error::FlowGone)));
        let (token, session) = w.waits(arrival(1)).await;
        let entered = w.finishes(&token, &member).await.unwrap();
        assert!(w.alive(&entered.token).await);
        end(session).await;
        assert!(!w.alive(&entered.token).await);
    })
    .await;
}

#[tokio::test]
async fn a17_a_link_goes_with_a_fresh_proof_and_takes_what_began_over_it_along() {
    each_engine(async |db| {
        let w = world(&db).await;
        let member = w.member("can.bo").await;
        w.accounts.link_staff(&member.signed, arrival(1)).await.unwrap();
        let Welcome::In(over) = w.comes(stronger(1)).await.unwrap() else { panic!() };
        let (waiting, _) = w.waits(arrival(1)).await;
        w.core.clock.advance(HOUR / 4);
        let e = w.accounts.unlink_staff(&member.signed, "dvcqg").await.unwrap_err();
        assert!(matches!(e, Error::Shared(Shared::StepUp)), "{e:?}");
        let token = w.accounts.step_up_by_factor(&member.signed, app(&w, &member.secret)).await.unwrap();
        w.core.clock.advance(30 * SECOND);
        let signed = w.signed_token(&token).await;
        let e = w.accounts.unlink_staff(&signed, "vneid").await.unwrap_err();
        assert!(matches!(e, Error::Shared(Shared::NotFound)), "{e:?}");
        w.accounts.unlink_staff(&signed, "dvcqg").await.unwrap();
        assert!(!w.alive(&over.token).await && w.alive(&token).await);
        assert!(matches!(w.finishes(&waiting, &member).await, Err(Error::FlowGone)));
        assert!(matches!(w.comes(arrival(1)).await.unwrap(), Welcome::Unknown));
        assert_eq!(w.audited("staff-unlink", "dvcqg").await, 1);
        let kinds = w.kinds_of_activity(signed.account).await;
        assert!(kinds.contains(&"linked".into()) && kinds.contains(&"unlinked".into()), "{kinds:?}");
    })
    .await;
}

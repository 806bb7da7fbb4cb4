//! The national portal's door (N2, N5): one number one account, whoever comes first; the stronger factor is never left out.

use super::*;
use crate::accounts::{
    Assurance,
    authority::{Authorities, Authority, Away, Candidate, Vouch},
    by_number::{Claimed, Next},
};
use base::personal_number::PersonalNumber;
use store::testing::each_engine;

pub(super) const COMPOSED: &str = "Bốn-con-trâu-9";

/// Every phone is one's own, but for the operator that does not know the last one. The others know the first person, and the post is away
/// when it is asked about the third.
struct All;

#[async_trait::async_trait]
impl Authorities for All {
    fn has(&self, _: Authority) -> bool {
        true
    }

    async fn confirms(&self, asked: &Candidate) -> Result<bool, Away> {
        let is = |n: u32| asked.number == claimed(n).number;
        match &asked.by {
            Vouch::Operator => Ok(asked.phone != phone(9)),
            Vouch::Insurance(number) => Ok(is(1) && number.expose() == "0000000001"),
            Vouch::Post(_) if is(3) => Err(Away),
            Vouch::Post(code) => Ok(is(1) && code.expose() == "THU-000001"),
        }
    }
}

pub(super) async fn portal(store: &Store) -> World {
    let settings = crate::core::Settings::default();
    let core = testing::core_for(store, testing::national_pack(), Vec::new(), settings).await;
    let core = core.with(|parts| parts.authorities = Arc::new(All));
    World { accounts: Accounts::new(core.clone()).unwrap(), core }
}

fn claimed(n: u32) -> Claimed {
    Claimed {
        by: Vouch::Operator,
        number: PersonalNumber::parse(&format!("044189{n:06}")).unwrap(),
        full_name: FullName::parse("Nguyễn Thị Ví Dụ").unwrap(),
        birth_date: "1989-03-21".into(),
        email: None,
    }
}

impl World {
    /// To the password's page.
    pub(super) async fn registers(&self, n: u32, with: u32) -> String {
        let (accounts, v) = (&self.accounts, visitor(with as u8));
        let started = accounts.start_number_registration(claimed(n), form(phone(with), &v), None).await.unwrap();
        let code = self.otp(&phone(with)).await;
        accounts.confirm_number_registration(started.token.expose(), code).await.unwrap();
        self.core.clock.advance(crate::accounts::otp::RESEND_AFTER);
        started.token.expose().to_owned()
    }

    pub(super) async fn finishes_number(&self, token: &str, password: &str) -> Result<NewSession, Error> {
        self.accounts.complete_number_registration(token, &secret(password), &visitor(1)).await
    }

    async fn knocks(&self, n: u32, password: &str) -> Result<Next, Error> {
        let number = format!("044189{n:06}");
        self.accounts.start_number_sign_in(&number, &secret(password), Lang::VI, &visitor(50), "", None).await
    }
}

#[tokio::test]
async fn n2_one_number_one_account_whoever_finishes_first() {
    each_engine(async |db| {
        let w = portal(&db).await;
        let (one, two) = (w.registers(1, 1).await, w.registers(1, 2).await);
        let session = w.finishes_number(&one, COMPOSED).await.unwrap();
        assert!(matches!(w.finishes_number(&two, COMPOSED).await, Err(Error::LinkedElsewhere)));
        assert!(matches!(w.finishes_number(&one, COMPOSED).await, Err(Error::FlowGone)), "once");
        let people: Option<i64> = Sql::new("SELECT count(*) FROM account").scalar(db.read()).await.unwrap();
        assert_eq!(people, Some(1), "the loser's account is not left behind");
        let signed = w.signed(&session).await;
        assert_eq!((signed.assurance, signed.method.as_str()), (Assurance::Verified, "otp+password"));
        let facts = w.accounts.facts(session.account).await.unwrap();
        assert_eq!((facts.masked_number().as_str(), facts.get("sex")), ("044***001", None), "only what was confirmed");
        assert!(facts.0.iter().all(|f| f.source == "operator" && f.assurance == "verified"));
        let v = visitor(3);
        let taken = w.accounts.start_number_registration(claimed(1), form(phone(3), &v), None).await;
        assert!(matches!(taken, Err(Error::NumberTaken)));
        // What waits in a flow cannot be read in its row.
        let _open = w.registers(4, 4).await;
        let kept: Vec<String> = Sql::new("SELECT data FROM flow").scalars(db.read()).await.unwrap();
        assert!(
            kept.iter().any(|d| d.contains("kept")) && kept.iter().all(|d| !d.contains("044189") && !d.contains("Ví"))
        );
    })
    .await;
}

#[tokio::test]
async fn n2_the_operators_no_ends_the_way_and_a_weak_password_does_not() {
    each_engine(async |db| {
        let w = portal(&db).await;
        let v = visitor(9);
        let started = w.accounts.start_number_registration(claimed(1), form(phone(9), &v), None).await.unwrap();
        let early = w.finishes_number(started.token.expose(), COMPOSED).await;
        assert!(matches!(early, Err(Error::FlowGone)), "no step is left out");
        let code = w.otp(&phone(9)).await;
        let refused = w.accounts.confirm_number_registration(started.token.expose(), code).await;
        assert!(matches!(refused, Err(Error::NotConfirmed(Authority::Operator))));
        assert!(matches!(w.finishes_number(started.token.expose(), COMPOSED).await, Err(Error::FlowGone)));

        let token = w.registers(2, 2).await;
        // A6: the composition rule is on here.
        assert!(matches!(w.finishes_number(&token, GOOD).await, Err(Error::Password(_))));
        assert!(
            matches!(w.finishes_number(&token, "Nguyễn-Thị-1989").await, Err(Error::Password(_))),
            "built from the name"
        );
        w.finishes_number(&token, COMPOSED).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn n3_insurance_and_post_confirm_a_person_whatever_phone_they_have_and_nobody_tries_through() {
    each_engine(async |db| {
        let w = portal(&db).await;
        let by = |authority, typed: &str, n| Claimed { by: Vouch::parse(authority, typed).unwrap(), ..claimed(n) };
        let tries = async |claimed: Claimed, with: u32| {
            let v = visitor(with as u8);
            let started = w.accounts.start_number_registration(claimed, form(phone(with), &v), None).await;
            let token = started.unwrap().token;
            let code = w.otp(&phone(with)).await;
            let answer = w.accounts.confirm_number_registration(token.expose(), code).await;
            w.core.clock.advance(crate::accounts::otp::RESEND_AFTER);
            (token, answer)
        };
        // The phone that the operator does not know is no hindrance, another's number is, and ends the way.
        let (token, no) = tries(by(Authority::Insurance, "0000000002", 1), 9).await;
        assert!(matches!(no, Err(Error::NotConfirmed(Authority::Insurance))));
        assert!(matches!(w.finishes_number(token.expose(), COMPOSED).await, Err(Error::FlowGone)));
        let (token, yes) = tries(by(Authority::Insurance, "0000000001", 1), 9).await;
        yes.unwrap();
        let session = w.finishes_number(token.expose(), COMPOSED).await.unwrap();
        assert_eq!(w.signed(&session).await.assurance, Assurance::Verified);
        let facts = w.accounts.facts(session.account).await.unwrap();
        assert!(facts.0.len() == 3 && facts.0.iter().all(|f| f.source == "insurance" && !f.is_brought()));
        let data: Vec<String> = Sql::new("SELECT data FROM flow").scalars(db.read()).await.unwrap();
        assert!(data.iter().all(|d| !d.contains("0000000001")), "sealed");

        // Away: the way stays open, and it was no try.
        for at in 0..12 {
            let (token, away) = tries(by(Authority::Post, "THU-000003", 3), 20 + at).await;
            assert!(matches!(away, Err(Error::AuthorityAway(Authority::Post))), "{at}");
            let still = w.finishes_number(token.expose(), COMPOSED).await;
            assert!(matches!(still, Err(Error::AuthorityAway(Authority::Post))));
        }
        // Codes for somebody's number, each from another phone and another address.
        for at in 0..10 {
            let (_, no) = tries(by(Authority::Post, &format!("THU-{at:06}"), 4), 40 + at).await;
            assert!(matches!(no, Err(Error::NotConfirmed(Authority::Post))), "{at}");
        }
        let (_, over) = tries(by(Authority::Post, "THU-000099", 4), 60).await;
        assert!(matches!(over, Err(Error::Shared(crate::error::Error::TooOften { .. }))));
    })
    .await;
}

#[tokio::test]
async fn n5_the_code_goes_to_the_accounts_phone_and_a_stronger_factor_is_asked_instead() {
    each_engine(async |db| {
        let w = portal(&db).await;
        let token = w.registers(1, 1).await;
        let account = w.finishes_number(&token, COMPOSED).await.unwrap().account;
        for (n, password) in [(1, BETTER), (2, COMPOSED)] {
            assert!(matches!(w.knocks(n, password).await, Err(Error::WrongCredentials)));
        }
        let Next::Code(started) = w.knocks(1, COMPOSED).await.unwrap() else { panic!("no factor is set up") };
        let token = started.token.expose();
        let wrong = w.wrong_otp(&phone(1)).await;
        let v = visitor(50);
        assert!(matches!(w.accounts.finish_number_sign_in(token, wrong, &v).await, Err(Error::WrongCode { .. })));
        let code = w.otp(&phone(1)).await;
        let session = w.accounts.finish_number_sign_in(token, code.clone(), &v).await.unwrap();
        assert_eq!(w.signed(&session).await.method, "password+sms");
        assert!(matches!(w.accounts.finish_number_sign_in(token, code, &v).await, Err(Error::FlowGone)), "once");

        // The phone was changed between password and code.
        w.core.clock.advance(crate::accounts::otp::RESEND_AFTER);
        let Next::Code(started) = w.knocks(1, COMPOSED).await.unwrap() else { panic!() };
        let code = w.otp(&phone(1)).await;
        w.write("UPDATE account SET phone = $1", |sql| sql.bind(phone(7).as_e164())).await;
        let late = w.accounts.finish_number_sign_in(started.token.expose(), code, &v).await;
        assert!(matches!(late, Err(Error::FlowGone)));

        w.write("UPDATE account SET totp_confirmed_at = 1 WHERE id = $1", move |sql| sql.bind(account)).await;
        let sent = w.inbox(&phone(7)).await.len();
        assert!(matches!(w.knocks(1, COMPOSED).await.unwrap(), Next::SecondFactor { .. }));
        assert_eq!(w.inbox(&phone(7)).await.len(), sent, "no SMS stands in for it");
    })
    .await;
}

#[tokio::test]
async fn a14_wrong_tries_at_a_number_slow_down_whether_it_exists_or_not() {
    each_engine(async |db| {
        let w = portal(&db).await;
        let token = w.registers(1, 1).await;
        w.finishes_number(&token, COMPOSED).await.unwrap();
        for n in [1, 2] {
            let mut refused = 0;
            while !matches!(w.knocks(n, BETTER).await, Err(Error::Shared(crate::error::Error::TooOften { .. }))) {
                refused += 1;
                assert!(refused < 20, "never slowed down");
            }
            assert_eq!(refused, 5, "{n}");
        }
    })
    .await;
}

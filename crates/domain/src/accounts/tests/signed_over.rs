//! A signature where the number was only matched (N4, A7, A13): it opens nothing, and its owner goes on with their own phone, in the account that has
//! it or in a new one. Nobody who was in that account before stays in it.

use super::{
    by_number::{COMPOSED, portal},
    by_signature::signer,
    factors::{app, enrol},
    passkeys::{Authenticator, add, enter},
    *,
};
use crate::accounts::{
    Assurance, FlowKind,
    by_signature::SIGNATURE,
    helping::{Scopes, Term},
    linked::{Arrival, Standing, Welcome, facts},
};
use store::testing::each_engine;

const NEW: &str = "Năm-con-cò-8";

impl World {
    /// Somebody with the data printed on the card of `n` and a phone of their own; it may not be that person.
    async fn matched(&self, n: u32, with: u32) -> NewSession {
        self.finishes_number(&self.registers(n, with).await, COMPOSED).await.unwrap()
    }

    /// The same, of whom no number is known any more.
    async fn nameless(&self, n: u32, with: u32) -> NewSession {
        let session = self.matched(n, with).await;
        let id = session.account;
        self.write("DELETE FROM account_fact WHERE account_id = $1", move |sql| sql.bind(id)).await;
        self.write("UPDATE account SET assurance = 'phone' WHERE id = $1", move |sql| sql.bind(id)).await;
        session
    }

    async fn ends_signed(&self, token: &str) -> Result<NewSession, Error> {
        self.accounts.complete_signed(token, &secret(NEW), &visitor(60)).await
    }

    /// Signs as `n` and types this phone; what its SMS says.
    async fn types(&self, n: u32, with: u32) -> (String, String) {
        let Welcome::New { token } = self.signs(&self.text().await, n).await.unwrap() else { panic!("let in") };
        let (accounts, v) = (&self.accounts, visitor(60));
        let started =
            accounts.start_first_phone(FlowKind::RegisterSigned, token.expose(), form(phone(with), &v)).await.unwrap();
        self.core.clock.advance(crate::accounts::otp::RESEND_AFTER);
        (started.token.expose().to_owned(), self.inbox(&phone(with)).await.remove(0))
    }

    async fn held(&self, n: u32) -> Option<String> {
        let Welcome::New { token } = self.signs(&self.text().await, n).await.unwrap() else { panic!("let in") };
        let flow = self.accounts.flow(FlowKind::RegisterSigned, token.expose()).await.unwrap().unwrap();
        self.accounts.holder_of_signed(&flow).await.unwrap()
    }

    async fn assurance(&self, account: Uuid) -> Assurance {
        self.accounts.profile(account).await.unwrap().assurance()
    }

    async fn total(&self, sql: &str) -> i64 {
        Sql::new(sql).scalar(self.core.store.read()).await.unwrap().unwrap()
    }

    /// The Ministry says so of an account.
    async fn proves_by_vneid(&self, account: Uuid, n: u32) {
        let arrival = Arrival { number: signer(n).number, ..super::linked::arrival(n) };
        let arrival = Arrival { level: Assurance::High, ..arrival };
        let core = self.core.clone();
        let put = self.core.store.write(move |tx: Tx| async move { facts::put(&core, &tx, account, &arrival).await });
        put.await.unwrap();
    }
}

fn has_code(sms: &str) -> bool {
    sms.starts_with(|c: char| c.is_ascii_digit())
}

#[tokio::test]
async fn n4_a13_a_signature_opens_no_account_where_the_number_was_only_matched() {
    each_engine(async |db| {
        let w = portal(&db).await;
        let stranger = w.matched(1, 1).await;
        assert!(matches!(w.signs(&w.text().await, 1).await.unwrap(), Welcome::New { .. }));
        assert_eq!(w.assurance(stranger.account).await, Assurance::Verified, "and raises nothing");
        assert_eq!(w.accounts.facts(stranger.account).await.unwrap().get("number").unwrap().source, "operator");
        assert_eq!(w.held(1).await, Some(phone(1).masked()), "told before anything is typed");
        assert_eq!(w.held(2).await, None);
        let rows: Vec<String> = Sql::new("SELECT data FROM flow").scalars(db.read()).await.unwrap();
        for row in rows {
            assert!(["044189", "914", "***", "VÍ", "Ví"].iter().all(|clear| !row.contains(clear)), "{row}");
        }
        // By a proof that names the person it is theirs.
        w.proves_by_vneid(stranger.account, 1).await;
        let Welcome::In(session) = w.signs(&w.text().await, 1).await.unwrap() else { panic!("unknown") };
        assert_eq!(session.account, stranger.account);
    })
    .await;
}

#[tokio::test]
async fn n4_a7_who_proves_the_phone_goes_on_alone_in_the_account_that_has_it() {
    each_engine(async |db| {
        let w = portal(&db).await;
        let first = w.matched(1, 1).await;
        let account = first.account;
        let signed = w.signed(&first).await;
        // Everything by which somebody could come back.
        let mut key = Authenticator::new(7);
        let (token, _) = add(&w, &signed, &mut key).await;
        let (secret_of_app, token, codes) = enrol(&w, &*w.signed_token(&token).await).await;
        assert_eq!((codes.len(), w.accounts.factors(account).await.unwrap().any()), (0, true));
        let friend = w.signed(&w.matched(7, 7).await).await;
        let own = w.signed_token(&token).await;
        w.accounts.ask_for_help(&own, phone(7), Scopes::all(), Term::Year).await.unwrap();
        let offer = w.accounts.help_offers(&friend).await.unwrap().remove(0).id;
        w.accounts.accept_help(&friend, offer).await.unwrap();
        let mandate = w.accounts.standing_mandates(friend.account).await.unwrap().remove(0).id;
        let acting = w.accounts.act_for(&friend, mandate, &visitor(9)).await.unwrap();
        w.accounts.ask_for_help(&own, phone(8), Scopes::all(), Term::Year).await.unwrap();
        let recovery = w.accounts.start_recovery(phone(1), Lang::VI, &visitor(2), "", None).await.unwrap();
        w.accounts.confirm_recovery(recovery.token.expose(), w.otp(&phone(1)).await).await.unwrap();
        w.core.clock.advance(crate::accounts::otp::RESEND_AFTER);
        let Entered::SecondFactor { token: half } = w.sign_in(1, COMPOSED).await.unwrap() else { panic!("let in") };
        assert!(w.alive(&token).await && w.alive(&acting.token).await, "both are in the cache now");

        let flow = w.signs_first(1, 1).await;
        let weak = w.accounts.complete_signed(&flow, &secret("yếu"), &visitor(60)).await;
        assert!(matches!(weak, Err(Error::Password(_))) && w.alive(&token).await, "nothing half");
        let session = w.ends_signed(&flow).await.unwrap();
        assert_eq!(session.account, account, "the same account");
        assert!(w.alive(&session.token).await && !w.alive(&token).await && !w.alive(&acting.token).await);
        assert!(matches!(w.ends_signed(&flow).await, Err(Error::FlowGone)), "once");
        assert!(matches!(w.sign_in(1, COMPOSED).await, Err(Error::WrongCredentials)), "the old password");
        w.core.clock.advance(base::clock::HOUR);
        assert!(matches!(w.sign_in(1, NEW).await.unwrap(), Entered::In(_)), "the new one, with no factor of before");
        assert!(matches!(enter(&w, Kind::Citizen, &mut key).await, Err(Error::PasskeyRefused)));
        let factors = w.accounts.factors(account).await.unwrap();
        assert!(!factors.any() && factors.backup_codes_left == 0);
        let late = w.accounts.finish_second_factor(half.expose(), app(&w, &secret_of_app), &visitor(1)).await;
        assert!(matches!(late, Err(Error::FlowGone)), "{late:?}");
        assert!(w.accounts.act_for(&friend, mandate, &visitor(9)).await.is_err());
        let (open, known) = (
            "SELECT count(*) FROM mandate_offer",
            "SELECT count(*) FROM session WHERE ended_at IS NOT NULL AND device_key IS NOT NULL",
        );
        assert_eq!((w.total(open).await, w.total(known).await), (0, 0), "nobody takes it up, no browser is known");

        let now = w.signed(&session).await;
        assert_eq!((now.assurance, now.method.as_str()), (Assurance::High, "otp+signature"));
        let facts = w.accounts.facts(account).await.unwrap();
        assert_eq!(facts.get("number").unwrap().source, SIGNATURE);
        assert_eq!(
            (now.name.as_str(), facts.get("full_name").unwrap().value.as_str()),
            ("Nguyễn Thị Ví Dụ", "Nguyễn Thị Ví Dụ")
        );
        assert!(w.kinds_of_activity(account).await.contains(&"signed-over".to_owned()));
        assert_eq!(w.total("SELECT count(*) FROM notice WHERE key = 'notice-signed-over'").await, 1);
        assert_eq!(w.total("SELECT count(*) FROM notice WHERE key = 'notice-number-passed'").await, 0);
        assert_eq!(
            w.total("SELECT count(*) FROM audit WHERE act = 'account-sign-over' AND data NOT LIKE '%044%'").await,
            1
        );
        let Welcome::In(again) = w.signs(&w.text().await, 1).await.unwrap() else { panic!("unknown") };
        assert_eq!(again.account, account, "from now on the signature opens it");
    })
    .await;
}

#[tokio::test]
async fn n4_a5_a_recovery_that_was_half_way_ends_with_the_account_of_before() {
    each_engine(async |db| {
        let w = portal(&db).await;
        w.matched(1, 1).await;
        let recovery = w.accounts.start_recovery(phone(1), Lang::VI, &visitor(2), "", None).await.unwrap();
        w.accounts.confirm_recovery(recovery.token.expose(), w.otp(&phone(1)).await).await.unwrap();
        w.core.clock.advance(crate::accounts::otp::RESEND_AFTER);
        w.ends_signed(&w.signs_first(1, 1).await).await.unwrap();
        let late = w.accounts.complete_recovery(recovery.token.expose(), &secret("Sáu-con-vịt-7"), &visitor(2)).await;
        assert!(matches!(late, Err(Error::FlowGone)), "{late:?}");
    })
    .await;
}

#[tokio::test]
async fn n4_a7_another_phone_takes_the_number_and_the_holder_is_told() {
    each_engine(async |db| {
        let w = portal(&db).await;
        let stranger = w.matched(1, 1).await;
        let id = stranger.account;
        w.write("UPDATE account SET notify_sms = TRUE WHERE id = $1", move |sql| sql.bind(id)).await;
        assert!(w.alive(&stranger.token).await);
        let session = w.ends_signed(&w.signs_first(1, 2).await).await.unwrap();
        assert_ne!(session.account, id);
        assert_eq!((w.assurance(session.account).await, w.assurance(id).await), (Assurance::High, Assurance::Phone));
        assert_eq!(w.accounts.facts(id).await.unwrap().standing(), Standing::Unknown);
        assert!(!w.alive(&stranger.token).await, "at once, on this node");
        assert!(w.inbox(&phone(1)).await[0].contains("số định danh không còn nằm"));
        assert!(w.kinds_of_activity(id).await.contains(&"number-passed".to_owned()));
        assert_eq!(w.total("SELECT count(*) FROM audit WHERE act = 'number-pass'").await, 1);
        // What it has of its own stays the stranger's.
        assert!(matches!(w.sign_in(1, COMPOSED).await.unwrap(), Entered::In(s) if s.account == id));
        assert!(matches!(w.sign_in(2, COMPOSED).await, Err(Error::WrongCredentials)));
    })
    .await;
}

#[tokio::test]
async fn n4_of_two_who_sign_with_one_number_at_one_moment_one_wins() {
    each_engine(async |db| {
        let w = portal(&db).await;
        for other in [1, 2] {
            let n = 10 + other;
            w.matched(n, 100 + n).await;
            let with = if other == 1 { 100 + n } else { 200 + n };
            let (one, two) = (w.signs_first(n, 100 + n).await, w.signs_first(n, with).await);
            let (a, b) = tokio::join!(w.ends_signed(&one), w.ends_signed(&two));
            assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
            let loser = a.err().or(b.err()).unwrap();
            assert!(matches!(loser, Error::LinkedElsewhere), "{loser:?}");
        }
        assert_eq!(w.total("SELECT count(*) FROM account_fact WHERE name = 'number'").await, 2);
        assert_eq!(
            w.total("SELECT count(*) FROM account_fact WHERE name = 'number' AND source <> 'signature'").await,
            0
        );
    })
    .await;
}

#[tokio::test]
async fn n4_a_number_that_was_proven_meanwhile_by_its_person_stays_where_it_is() {
    each_engine(async |db| {
        let w = portal(&db).await;
        let (mine, other) = (w.matched(1, 1).await, w.nameless(2, 2).await);
        let (same, new) = (w.signs_first(1, 1).await, w.signs_first(1, 3).await);
        w.proves_by_vneid(other.account, 1).await;
        for flow in [&same, &new] {
            assert!(matches!(w.ends_signed(flow).await, Err(Error::LinkedElsewhere)));
        }
        assert_eq!(
            w.total("SELECT count(*) FROM account WHERE phone LIKE '%000003'").await,
            0,
            "and no account is left behind"
        );
        assert!(matches!(w.sign_in(1, COMPOSED).await.unwrap(), Entered::In(s) if s.account == mine.account));
        assert_eq!(w.assurance(mine.account).await, Assurance::Phone, "it passed on to the other");
    })
    .await;
}

#[tokio::test]
async fn n4_a14_an_account_of_somebody_else_or_with_a_second_factor_is_not_gone_on_in() {
    each_engine(async |db| {
        let w = portal(&db).await;
        let other = w.matched(2, 2).await;
        let nameless = w.nameless(3, 3).await;
        let keyed = w.nameless(4, 4).await;
        enrol(&w, &*w.signed(&keyed).await).await;
        for (with, code) in [(2, false), (3, true), (4, false), (5, true)] {
            let (token, sms) = w.types(1, with).await;
            assert_eq!(has_code(&sms), code, "{with}: {sms}");
            let flow = w.accounts.flow(FlowKind::RegisterSigned, &token).await.unwrap().unwrap();
            assert_eq!((flow.step.as_str(), flow.account), ("code", None), "{with}: the page is the same");
            w.core.clock.advance(base::clock::HOUR);
        }
        // The number, or the factor, came after the code.
        for (with, n) in [(6, 6), (7, 7)] {
            let late = w.signs_first(1, with).await;
            let session = if n == 6 { w.matched(n, with).await } else { w.nameless(n, with).await };
            if n == 7 {
                enrol(&w, &*w.signed(&session).await).await;
            }
            let said = w.ends_signed(&late).await;
            assert!(matches!(said, Err(Error::PhoneTaken)), "{with}: {said:?}");
            w.core.clock.advance(base::clock::HOUR);
        }
        assert!(matches!(w.sign_in(2, COMPOSED).await.unwrap(), Entered::In(s) if s.account == other.account));
        assert_eq!(w.held(1).await, None, "nobody has the number");

        let session = w.ends_signed(&w.signs_first(1, 3).await).await.unwrap();
        assert_eq!(session.account, nameless.account, "whose phone alone is known goes on");
        assert_eq!(w.assurance(session.account).await, Assurance::High);
        assert!(matches!(w.sign_in(3, COMPOSED).await, Err(Error::WrongCredentials)));
    })
    .await;
}

#[tokio::test]
async fn n4_a_blocked_account_stays_shut_to_the_signer() {
    each_engine(async |db| {
        let w = portal(&db).await;
        let stranger = w.matched(1, 1).await;
        let by = testing::officer(&w.core, "Điều Phối", "*", crate::rights::Role::ProvinceOperator).await;
        w.accounts.set_blocked(&by, stranger.account, true, "gửi tin bậy").await.unwrap();
        let flow = w.signs_first(1, 1).await;
        assert!(matches!(w.ends_signed(&flow).await, Err(Error::Blocked { reason }) if reason == "gửi tin bậy"));
        assert_eq!(w.assurance(stranger.account).await, Assurance::Verified);
    })
    .await;
}

//! Accounts elsewhere (A2, A15, N9–N12): one number one account, one link one account, whoever comes first and however often.

use super::*;
use crate::accounts::{
    Assurance, FlowKind, flows,
    linked::{Arrival, Welcome},
};
use base::personal_number::{PersonalNumber, Sex};
use store::testing::each_engine;

pub(super) fn arrival(n: u32) -> Arrival {
    Arrival {
        provider: "vneid".into(),
        subject: format!("subject-{n}"),
        level: Assurance::Verified,
        number: PersonalNumber::parse(&format!("044189{n:06}")).unwrap(),
        full_name: FullName::parse("Nguyễn Thị Ví Dụ").unwrap(),
        birth_date: Some("1989-03-21".into()),
        sex: Some(Sex::Female),
        phone: None,
        behalf: None,
    }
}

/// The same person at another provider.
pub(super) fn elsewhere(n: u32) -> Arrival {
    Arrival { provider: "dvcqg".into(), subject: format!("tech-{n}"), level: Assurance::High, ..arrival(n) }
}

impl World {
    pub(super) async fn arrives(&self, arrival: Arrival) -> Result<Welcome, Error> {
        self.accounts.arrive(arrival, b"kept", Lang::VI, &visitor(9)).await
    }

    pub(super) async fn token(&self, arrival: Arrival) -> String {
        match self.arrives(arrival).await.unwrap() {
            Welcome::New { token } => token.expose().to_owned(),
            Welcome::In(session) => panic!("signed in as {}", session.account),
        }
    }

    /// To the last page, with this phone.
    pub(super) async fn proves(&self, arrival: Arrival, n: u32) -> String {
        let before = self.token(arrival).await;
        let v = visitor(9);
        let started = self.accounts.start_first_phone(FlowKind::Arrive, &before, form(phone(n), &v)).await.unwrap();
        let code = self.otp(&phone(n)).await;
        self.accounts.confirm_arrival(started.token.expose(), code).await.unwrap();
        self.core.clock.advance(crate::accounts::otp::RESEND_AFTER);
        started.token.expose().to_owned()
    }

    pub(super) async fn completes(&self, token: &str, arrival: Arrival) -> Result<NewSession, Error> {
        let address = Address::parse("Thôn 3").unwrap();
        self.accounts.complete_arrival(token, arrival, Some(COMMUNE.into()), address, &visitor(9)).await
    }

    /// For the first time, to the end.
    async fn joins(&self, arrival: Arrival, n: u32) -> NewSession {
        let token = self.proves(arrival.clone(), n).await;
        self.completes(&token, arrival).await.unwrap()
    }

    async fn has_account(&self, token: &str) -> bool {
        let flow = self.accounts.flow(FlowKind::Arrive, token).await.unwrap().unwrap();
        self.accounts.arrival_has_account(&flow).await.unwrap()
    }

    async fn who(&self, session: &NewSession) -> Arc<Signed> {
        self.accounts.session(session.token.expose()).await.unwrap().unwrap()
    }

    async fn count(&self, sql: &str) -> i64 {
        Sql::new(sql).scalar(self.core.store.read()).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a2_somebody_from_elsewhere_gets_an_account_and_comes_back_into_it() {
    each_engine(async |db| {
        let w = world(&db).await;
        let token = w.proves(arrival(1), 1).await;
        let flow = w.accounts.flow(FlowKind::Arrive, &token).await.unwrap().unwrap();
        assert_eq!(
            (flow.step.as_str(), flow.text("provider"), flow.text("name")),
            (flows::DETAILS, "vneid", "Nguyễn Thị Ví Dụ")
        );
        assert_eq!(w.accounts.arrival_kept(&flow).unwrap(), b"kept");
        assert!(!w.accounts.arrival_has_account(&flow).await.unwrap());
        let session = w.completes(&token, arrival(1)).await.unwrap();
        let signed = w.who(&session).await;
        assert_eq!((signed.name.as_str(), signed.assurance), ("Nguyễn Thị Ví Dụ", Assurance::Verified));
        assert_eq!(signed.method, "otp+via-vneid");
        assert_eq!(signed.phone.as_ref(), Some(&phone(1)));
        assert!(matches!(w.completes(&token, arrival(1)).await, Err(Error::FlowGone)), "once");
        let facts = w.accounts.facts(session.account).await.unwrap();
        assert_eq!(facts.masked_number(), "044***001");
        assert_eq!(facts.get("birth_date").unwrap().value, "1989-03-21");
        assert_eq!(facts.get("sex").unwrap().source, "vneid");

        let again = w.arrives(arrival(1)).await.unwrap();
        let Welcome::In(again) = again else { panic!("known now") };
        assert_eq!(again.account, session.account);
        assert_eq!(w.who(&again).await.method, "via-vneid");
        // The same person from another provider: the number alone opens nothing; who owns the account links it.
        let token = w.token(elsewhere(1)).await;
        assert!(w.has_account(&token).await);
        let v = visitor(9);
        let started = w.accounts.start_first_phone(FlowKind::Arrive, &token, form(phone(2), &v)).await;
        assert!(matches!(started, Err(Error::LinkedElsewhere)), "never a second account");
        let signed = w.who(&session).await;
        w.core.clock.advance(1000);
        w.accounts.link(&signed, elsewhere(1), Some(&token)).await.unwrap();
        let Welcome::In(other) = w.arrives(elsewhere(1)).await.unwrap() else { panic!("one number, one account") };
        assert_eq!(other.account, session.account);
        assert_eq!(w.who(&other).await.assurance, Assurance::High);
        let links = w.accounts.links(session.account).await.unwrap();
        assert_eq!(links.iter().map(|l| l.provider.as_str()).collect::<Vec<_>>(), ["vneid", "dvcqg"]);
        let Welcome::In(weaker) = w.arrives(arrival(1)).await.unwrap() else { panic!() };
        assert_eq!(w.who(&weaker).await.assurance, Assurance::High, "a weaker proof takes nothing away");
    })
    .await;
}

#[tokio::test]
async fn a15_no_row_holds_a_number_a_subject_or_what_was_kept() {
    each_engine(async |db| {
        let w = world(&db).await;
        let token = w.proves(arrival(1), 1).await;
        let data: String = Sql::new("SELECT data FROM flow WHERE kind = 'arrive' AND step = 'details'")
            .scalar(w.core.store.read())
            .await
            .unwrap()
            .unwrap();
        assert!(!data.contains("044189") && !data.contains("subject-1"), "{data}");
        let session = w.completes(&token, arrival(1)).await.unwrap();
        let sealed: Vec<Vec<u8>> =
            Sql::new("SELECT sealed FROM account_fact ORDER BY name").scalars(w.core.store.read()).await.unwrap();
        assert_eq!(sealed.len(), 4);
        for bytes in &sealed {
            assert!(!String::from_utf8_lossy(bytes).contains("044189000001"));
        }
        // Moved to another row, or to another person, it does not open.
        w.write("UPDATE account_fact SET sealed = $1 WHERE name = 'full_name'", move |sql| sql.bind(sealed[2].clone()))
            .await;
        assert!(w.accounts.facts(session.account).await.unwrap().get("full_name").is_none());
    })
    .await;
}

#[tokio::test]
async fn a2_who_has_an_account_with_the_phone_links_it_after_signing_in() {
    each_engine(async |db| {
        let w = world(&db).await;
        let own = w.citizen(1).await;
        let token = w.proves(arrival(1), 1).await;
        assert!(w.has_account(&token).await);
        assert!(matches!(w.completes(&token, arrival(1)).await, Err(Error::PhoneTaken)), "never a second account");
        let signed = w.who(&own).await;
        w.core.clock.advance(1000);
        w.accounts.link(&signed, arrival(1), Some(&token)).await.unwrap();
        let signed = w.who(&own).await;
        assert_eq!(
            (signed.name.as_str(), signed.assurance),
            ("Trần Thị Thử", Assurance::Verified),
            "the own name stays"
        );
        assert!(matches!(w.accounts.link(&signed, arrival(1), Some(&token)).await, Err(Error::FlowGone)));
        let Welcome::In(back) = w.arrives(arrival(1)).await.unwrap() else { panic!() };
        assert_eq!(back.account, own.account);
        let told = crate::notices::inbox(&w.core, own.account, None).await.unwrap();
        let speaker = w.core.speaker(Lang::VI);
        assert!(told.iter().any(|line| line.words(&speaker).contains("vừa được liên kết")));
    })
    .await;
}

#[tokio::test]
async fn n12_a_link_is_never_anothers_and_an_account_never_two_persons() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (first, second) = (w.citizen(1).await, w.citizen(2).await);
        let (a, b) = (w.who(&first).await, w.who(&second).await);
        w.accounts.link(&a, arrival(1), None).await.unwrap();
        w.accounts.link(&a, arrival(1), None).await.unwrap(); // again is no error
        assert!(matches!(w.accounts.link(&b, arrival(1), None).await, Err(Error::LinkedElsewhere)));
        assert!(
            matches!(w.accounts.link(&b, elsewhere(1), None).await, Err(Error::LinkedElsewhere)),
            "the same number"
        );
        assert!(matches!(w.accounts.link(&a, arrival(2), None).await, Err(Error::OtherPerson)));
        assert!(matches!(w.accounts.link(&a, elsewhere(2), None).await, Err(Error::OtherPerson)));
        let twin = Arrival { subject: "another subject".into(), ..arrival(1) };
        assert!(matches!(w.accounts.link(&a, twin, None).await, Err(Error::LinkedAlready)));
        assert_eq!(w.who(&second).await.assurance, Assurance::Phone, "nothing came of what was refused");
        assert_eq!(w.count("SELECT count(*) FROM account_fact").await, 4);
        assert_eq!(w.count("SELECT count(*) FROM linked_account").await, 1);
    })
    .await;
}

#[tokio::test]
async fn n12_of_two_who_link_one_account_at_the_same_moment_one_wins() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (first, second) = (w.citizen(1).await, w.citizen(2).await);
        let (a, b) = (w.who(&first).await, w.who(&second).await);
        for n in 1..=8 {
            let one = w.accounts.link(&a, arrival(n), None);
            let other = w.accounts.link(&b, Arrival { subject: format!("x-{n}"), ..elsewhere(n) }, None);
            let (one, other) = tokio::join!(one, other);
            assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");
            for error in [one.err(), other.err()].into_iter().flatten() {
                assert!(matches!(error, Error::LinkedElsewhere), "{error:?}");
            }
            w.write("DELETE FROM linked_account", |sql| sql).await;
            w.write("DELETE FROM account_fact", |sql| sql).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a2_of_two_arrivals_of_one_person_that_end_together_one_account_remains() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (one, two) = (w.proves(arrival(1), 1).await, w.proves(elsewhere(1), 2).await);
        let (first, second) = tokio::join!(w.completes(&one, arrival(1)), w.completes(&two, elsewhere(1)));
        assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1, "{first:?} {second:?}");
        assert_eq!(w.count("SELECT count(*) FROM account WHERE kind = 'citizen'").await, 1, "the other left nothing");
    })
    .await;
}

#[tokio::test]
async fn n12_a_link_is_taken_away_with_a_fresh_proof_and_what_was_proven_stays() {
    each_engine(async |db| {
        let w = world(&db).await;
        let own = w.citizen(1).await;
        let signed = w.who(&own).await;
        w.accounts.link(&signed, arrival(1), None).await.unwrap();
        w.core.clock.advance(crate::accounts::sessions::FRESH + 1);
        let signed = w.who(&own).await;
        let stale = w.accounts.unlink(&signed, "vneid").await;
        assert!(matches!(stale, Err(Error::Shared(crate::error::Error::StepUp))), "{stale:?}");
        let Welcome::In(fresh) = w.arrives(arrival(1)).await.unwrap() else { panic!() };
        let signed = w.who(&fresh).await;
        w.accounts.unlink(&signed, "vneid").await.unwrap();
        assert!(w.accounts.unlink(&signed, "vneid").await.is_err());
        assert!(w.accounts.links(own.account).await.unwrap().is_empty());
        // What was taken away opens nothing any more, and makes no second account.
        let token = w.token(arrival(1)).await;
        assert!(w.has_account(&token).await);
    })
    .await;
}

#[tokio::test]
async fn a2_a_blocked_or_deleted_account_opens_to_nobody_from_elsewhere() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.joins(arrival(1), 1).await;
        let by = testing::officer(&w.core, "Điều Phối", "*", crate::rights::Role::ProvinceOperator).await;
        w.accounts.set_blocked(&by, session.account, true, "gửi tin bậy").await.unwrap();
        assert!(matches!(w.arrives(arrival(1)).await, Err(Error::Blocked { reason }) if reason == "gửi tin bậy"));
        w.accounts.set_blocked(&by, session.account, false, "đã nhắc nhở").await.unwrap();
        let Welcome::In(again) = w.arrives(arrival(1)).await.unwrap() else { panic!() };
        let export = w.accounts.export_data(&*w.who(&again).await).await.unwrap();
        assert!(export.json.contains("044189000001") && export.text.contains("1989-03-21"), "one's own data");
        w.accounts.delete_account(&*w.who(&again).await).await.unwrap();
        assert_eq!(w.count("SELECT count(*) FROM account_fact").await, 0);
        assert_eq!(w.count("SELECT count(*) FROM linked_account").await, 0);
        assert!(matches!(w.arrives(arrival(1)).await.unwrap(), Welcome::New { .. }), "a new person here");
    })
    .await;
}

#[tokio::test]
async fn n9_a_session_that_ended_there_ends_here() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.joins(arrival(1), 1).await;
        let Welcome::In(other) = w.arrives(arrival(1)).await.unwrap() else { panic!() };
        let (accounts, id) = (w.accounts.clone(), session.session);
        w.core
            .store
            .write(move |tx: Tx| async move { accounts.end_sessions_of_provider(&tx, &[id]).await })
            .await
            .unwrap();
        assert!(w.accounts.session(session.token.expose()).await.unwrap().is_none());
        assert!(w.accounts.session(other.token.expose()).await.unwrap().is_some(), "and no other");
    })
    .await;
}

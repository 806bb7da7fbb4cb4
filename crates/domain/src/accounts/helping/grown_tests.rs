//! A child comes of age (A19): the guardian makes a code, the young adult answers it once with a phone of their own, or comes with a proof of the
//! number; and an account that nobody takes goes after two warnings.

use super::*;
use crate::{
    accounts::{
        Address, Assurance, FullName, NewSession,
        linked::{Arrival, Standing, Welcome},
        otp,
        tests::{BETTER, COMMUNE, GOOD, World, entered, form, phone, secret, visitor, world},
    },
    error::Error as Shared,
    limits,
    reports::automatic,
};
use base::{clock::HOUR, i18n::Lang, personal_number::PersonalNumber, show};
use jiff::civil::Date;
use std::sync::Arc;
use store::{Sql, testing::each_engine};

const NUMBER: &str = "045208000001";

fn refused<T: std::fmt::Debug>(said: Result<T, Error>) -> Refusal {
    match said {
        Err(Error::Helping(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

/// A guardian with a child, and who they are.
struct Family {
    guardian: Uuid,
    child: Uuid,
    adult_at: Millis,
}

impl World {
    /// The clock stands at 30 March 2026; the child is of age on 15 July.
    async fn family(&self, n: u32) -> Family {
        let signed = self.signed(&self.citizen(n).await).await;
        let child = NewChild {
            full_name: FullName::parse("Trần Văn Lớn").unwrap(),
            born: Date::constant(2008, 7, 15),
            number: Some(PersonalNumber::parse(NUMBER).unwrap()),
        };
        let child = self.accounts.add_child(&signed, child).await.unwrap();
        let adult_at = adult_at(Date::constant(2008, 7, 15)).unwrap();
        Family { guardian: signed.account, child, adult_at }
    }

    async fn clock_at(&self, at: Millis) {
        self.core.clock.advance(at - self.core.now());
    }

    /// Signed in a moment ago.
    async fn again(&self, n: u32) -> Arc<Signed> {
        self.signed(&entered(self.sign_in(n, GOOD).await.unwrap())).await
    }

    async fn makes(&self, n: u32, child: Uuid) -> HandOverCode {
        self.accounts.make_hand_over(&*self.again(n).await, child).await.unwrap()
    }

    /// Code and phone are typed, and the SMS is right: the token of the flow.
    async fn claims_with(&self, code: &HandOverCode, n: u32) -> Result<String, Error> {
        let v = visitor(n as u8);
        let started = self.accounts.start_claim(code, form(phone(n), &v), None).await?;
        let sms = self.otp(&phone(n)).await;
        self.accounts.confirm_claim(started.token.expose(), sms).await?;
        self.core.clock.advance(otp::RESEND_AFTER);
        Ok(started.token.expose().to_owned())
    }

    async fn takes(&self, token: &str, n: u32) -> Result<NewSession, Error> {
        self.accounts.complete_claim(token, &secret(BETTER), &visitor(n as u8)).await
    }

    async fn notices_of(&self, of: Uuid, key: &str) -> i64 {
        let sql = "SELECT count(*) FROM notice WHERE account_id = $1 AND key = $2";
        Sql::new(sql).bind(of).bind(key).scalar(self.core.store.read()).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a19_who_comes_of_age_takes_the_account_with_a_code_and_a_phone_of_their_own() {
    each_engine(async |db| {
        let w = world(&db).await;
        let f = w.family(1).await;
        let mandate = w.accounts.standing_mandates(f.guardian).await.unwrap()[0].id;
        // Not before 17 years and 9 months, which the guardian reads on the card.
        assert_eq!(show::date(hand_over_from(f.adult_at)), "15/04/2026");
        let early = w.accounts.make_hand_over(&*w.again(1).await, f.child).await;
        assert_eq!(refused(early), Refusal::HandOverEarly);
        w.clock_at(hand_over_from(f.adult_at)).await;
        let code = w.makes(1, f.child).await;
        assert!(w.accounts.children(f.guardian).await.unwrap()[0].code_at.is_some());
        let stored: Vec<Vec<u8>> = Sql::new("SELECT code_hash FROM child_code").scalars(db.read()).await.unwrap();
        assert!(!stored.iter().any(|hash| String::from_utf8_lossy(hash).contains(&code.shown()[..4])), "hashed");
        assert_eq!(refused(w.claims_with(&code, 2).await), Refusal::NotOfAge, "right, and kept for later");
        w.clock_at(f.adult_at).await;
        assert!(w.accounts.act_for(&*w.again(1).await, mandate, &visitor(9)).await.is_err(), "the mandate is over");
        let token = w.claims_with(&code, 2).await.unwrap();
        let weak = w.accounts.complete_claim(&token, &secret("123"), &visitor(2)).await;
        assert!(matches!(weak, Err(Error::Password(_))), "{weak:?}");
        let session = w.takes(&token, 2).await.unwrap();
        assert_eq!(session.account, f.child);
        let me = w.signed(&session).await;
        assert_eq!(
            (me.kind, me.name.as_str(), me.phone.as_ref()),
            (crate::accounts::Kind::Citizen, "Trần Văn Lớn", Some(&phone(2)))
        );
        assert!(w.accounts.outstanding_consents(f.child).await.unwrap().is_empty(), "agreed by themselves");
        assert_eq!(
            w.signed(&entered(w.sign_in(2, BETTER).await.unwrap())).await.account,
            f.child,
            "an account like any other"
        );
        assert_eq!(
            w.accounts.facts(f.child).await.unwrap().standing(),
            Standing::Unknown,
            "what was typed proves nothing"
        );

        // The guardian is out, and both are told.
        let guardian = w.again(1).await;
        assert!(w.accounts.standing_mandates(f.guardian).await.unwrap().is_empty());
        assert!(w.accounts.children(f.guardian).await.unwrap().is_empty());
        for said in [
            w.accounts.delete_child(&guardian, f.child).await.err(),
            w.accounts.make_hand_over(&guardian, f.child).await.err(),
            w.accounts.act_for(&guardian, mandate, &visitor(9)).await.err(),
            w.accounts.ask_guardian(&guardian, f.child, phone(8)).await.err(),
        ] {
            assert!(matches!(said, Some(Error::Shared(Shared::NotFound))), "{said:?}");
        }
        assert_eq!(
            (w.notices_of(f.guardian, "notice-child-claimed").await, w.notices_of(f.child, "notice-child-yours").await),
            (1, 1)
        );
        // What was before stays, with who did it.
        let lines = w.accounts.activity(f.child, None).await.unwrap();
        let line = |kind: &str| lines.iter().find(|l| l.kind == kind).unwrap_or_else(|| panic!("{kind} {lines:?}"));
        assert_eq!(line("help-began").by_name.as_deref(), Some("Trần Thị Thử"));
        assert_eq!(
            (line("child-code").by_name.as_deref(), line("child-claimed").detail.as_str()),
            (Some("Trần Thị Thử"), "code")
        );
        assert!(w.kinds_of_activity(f.guardian).await.contains(&"child-claimed".to_owned()));
        let log: i64 = Sql::new("SELECT count(*) FROM audit WHERE act IN ('child-code', 'child-claim')")
            .scalar(db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(log, 2);
        // And it is never deleted with the children.
        w.core.clock.advance(200 * DAY);
        automatic::sweep(&w.core).await.unwrap();
        assert_eq!(w.accounts.profile(f.child).await.unwrap().full_name, "Trần Văn Lớn");
    })
    .await;
}

#[tokio::test]
async fn a19_a_code_is_answered_once_and_a_new_one_makes_the_one_before_worthless() {
    each_engine(async |db| {
        let w = world(&db).await;
        let f = w.family(1).await;
        let other = w.signed(&w.citizen(5).await).await;
        w.clock_at(f.adult_at + HOUR).await;
        automatic::sweep(&w.core).await.unwrap();
        assert!(w.accounts.standing_mandates(f.guardian).await.unwrap().is_empty(), "ended as before");
        let foreign = w.accounts.make_hand_over(&*w.again(5).await, f.child).await;
        assert!(matches!(foreign, Err(Error::Shared(Shared::NotFound))), "{foreign:?}");
        let stale = w.accounts.make_hand_over(&other, f.child).await;
        assert!(matches!(stale, Err(Error::Shared(Shared::StepUp))), "{stale:?}");
        let (one, two) = (w.makes(1, f.child).await, w.makes(1, f.child).await);
        assert_eq!(refused(w.claims_with(&one, 2).await), Refusal::HandOver, "replaced");
        let wrong = HandOverCode::parse("ABCD-EFGH-JKLM").unwrap();
        assert_eq!(refused(w.claims_with(&wrong, 2).await), Refusal::HandOver);
        // Two with the same code: who is done first has it.
        let (a, b) = (w.claims_with(&two, 2).await.unwrap(), w.claims_with(&two, 3).await.unwrap());
        let (x, y) = tokio::join!(w.takes(&a, 2), w.takes(&b, 3));
        assert!(x.is_ok() != y.is_ok(), "{x:?} {y:?}");
        assert_eq!(refused(if x.is_ok() { y } else { x }), Refusal::HandOver);
        assert_eq!(refused(w.claims_with(&two, 4).await), Refusal::HandOver, "used");
        let owners: i64 = Sql::new("SELECT count(*) FROM account WHERE id = $1 AND phone IS NOT NULL")
            .bind(f.child)
            .scalar(db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(owners, 1);
    })
    .await;
}

#[tokio::test]
async fn a19_a_code_replaced_while_the_sms_was_typed_gives_nothing() {
    each_engine(async |db| {
        let w = world(&db).await;
        let f = w.family(1).await;
        w.clock_at(f.adult_at + HOUR).await;
        let code = w.makes(1, f.child).await;
        let token = w.claims_with(&code, 2).await.unwrap();
        w.makes(1, f.child).await;
        assert_eq!(refused(w.takes(&token, 2).await), Refusal::HandOver);
        // A flow of another purpose leads nowhere, however far it is.
        let started = w.start(3).await;
        let said = w.accounts.complete_claim(started.token.expose(), &secret(BETTER), &visitor(3)).await;
        assert!(matches!(said, Err(Error::FlowGone)), "{said:?}");
        let skipped =
            w.accounts.start_claim(&w.makes(1, f.child).await, form(phone(4), &visitor(4)), None).await.unwrap();
        let said = w.takes(skipped.token.expose(), 4).await;
        assert!(matches!(said, Err(Error::FlowGone)), "the phone is not proven: {said:?}");
    })
    .await;
}

#[tokio::test]
async fn a19_a_phone_that_has_an_account_takes_no_other_and_codes_are_counted() {
    each_engine(async |db| {
        let w = world(&db).await;
        let f = w.family(1).await;
        w.citizen(2).await;
        w.clock_at(f.adult_at + HOUR).await;
        let code = w.makes(1, f.child).await;
        // From outside such a phone looks like any other (A14); who proved it is told.
        let token = w.claims_with(&code, 2).await.unwrap();
        let said = w.takes(&token, 2).await;
        assert!(matches!(said, Err(Error::PhoneTaken)), "{said:?}");
        // Nothing was used up: another phone does it.
        let token = w.claims_with(&code, 3).await.unwrap();
        assert_eq!(w.takes(&token, 3).await.unwrap().account, f.child);

        w.core.clock.advance(HOUR - w.core.now().rem_euclid(HOUR));
        let wrong = HandOverCode::parse("ABCD-EFGH-JKLM").unwrap();
        let v = visitor(77);
        for _ in 0..limits::HAND_OVERS_PER_ADDRESS.most {
            let said = w.accounts.start_claim(&wrong, form(phone(9), &v), None).await;
            assert_eq!(refused(said), Refusal::HandOver);
        }
        let said = w.accounts.start_claim(&wrong, form(phone(9), &v), None).await;
        assert!(matches!(said, Err(Error::Shared(Shared::TooOften { .. }))), "{said:?}");
        assert!(w.inbox(&phone(9)).await.is_empty(), "no SMS without a code");
    })
    .await;
}

#[tokio::test]
async fn a19_an_account_that_nobody_takes_goes_after_two_warnings() {
    each_engine(async |db| {
        let w = world(&db).await;
        let f = w.family(1).await;
        let (thirty, seven) = ("notice-child-leaves-30", "notice-child-leaves-7");
        let sweep = async |at: Millis| {
            w.clock_at(at).await;
            automatic::sweep(&w.core).await.unwrap();
            automatic::sweep(&w.core).await.unwrap();
            (w.notices_of(f.guardian, thirty).await, w.notices_of(f.guardian, seven).await)
        };
        assert_eq!(sweep(f.adult_at + 59 * DAY).await, (0, 0));
        assert_eq!(sweep(f.adult_at + 60 * DAY).await, (1, 0));
        assert_eq!(sweep(f.adult_at + 82 * DAY).await, (1, 0));
        assert_eq!(sweep(f.adult_at + 83 * DAY).await, (1, 1));
        let code = w.makes(1, f.child).await;
        assert_eq!(sweep(f.adult_at + 90 * DAY - 1).await, (1, 1));
        assert!(w.accounts.profile(f.child).await.is_ok());
        w.clock_at(f.adult_at + 90 * DAY).await;
        assert_eq!(refused(w.claims_with(&code, 2).await), Refusal::HandOver, "too late");
        assert_eq!(refused(w.accounts.make_hand_over(&*w.again(1).await, f.child).await), Refusal::HandOver);
        sweep(f.adult_at + 90 * DAY + 1).await;
        assert!(w.accounts.profile(f.child).await.is_err(), "deleted");
        assert_eq!(refused(w.claims_with(&code, 2).await), Refusal::HandOver);
        let left: i64 = Sql::new("SELECT (SELECT count(*) FROM child) + (SELECT count(*) FROM child_code)")
            .scalar(db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(left, 0);
    })
    .await;
}

#[tokio::test]
async fn a19_without_a_worker_nothing_is_deleted_before_a_week_after_the_last_word() {
    each_engine(async |db| {
        let w = world(&db).await;
        let f = w.family(1).await;
        w.clock_at(f.adult_at + 120 * DAY).await;
        automatic::sweep(&w.core).await.unwrap();
        assert_eq!(
            (
                w.notices_of(f.guardian, "notice-child-leaves-30").await,
                w.notices_of(f.guardian, "notice-child-leaves-7").await
            ),
            (0, 1)
        );
        assert!(w.accounts.profile(f.child).await.is_ok());
        w.core.clock.advance(7 * DAY);
        automatic::sweep(&w.core).await.unwrap();
        assert!(w.accounts.profile(f.child).await.is_err());
    })
    .await;
}

fn arrival(name: &str) -> Arrival {
    Arrival {
        provider: "vneid".into(),
        subject: "subject-grown".into(),
        level: Assurance::Verified,
        number: PersonalNumber::parse(NUMBER).unwrap(),
        full_name: FullName::parse(name).unwrap(),
        birth_date: Some("2008-07-15".into()),
        sex: None,
        phone: None,
        behalf: None,
    }
}

#[tokio::test]
async fn a19_a2_a_proof_of_the_number_takes_the_account_that_carries_it() {
    each_engine(async |db| {
        let w = world(&db).await;
        let f = w.family(1).await;
        let grown = arrival("TRẦN VĂN LỚN");
        assert!(!w.accounts.kept_for(&grown).await.unwrap(), "not of age");
        w.clock_at(f.adult_at + HOUR).await;
        assert!(w.accounts.kept_for(&grown).await.unwrap());
        assert!(
            !w.accounts.kept_for(&arrival("Lê Thị Khác")).await.unwrap(),
            "the number may be mistyped: the name must fit"
        );
        let arrives = async |grown: Arrival, n: u32| {
            let Welcome::New { token } = w.accounts.arrive(grown, b"kept", Lang::VI, &visitor(9)).await.unwrap() else {
                panic!()
            };
            let v = visitor(9);
            let started = w
                .accounts
                .start_first_phone(crate::accounts::FlowKind::Arrive, token.expose(), form(phone(n), &v))
                .await
                .unwrap();
            w.accounts.confirm_arrival(started.token.expose(), w.otp(&phone(n)).await).await.unwrap();
            w.core.clock.advance(otp::RESEND_AFTER);
            started.token.expose().to_owned()
        };
        let residence = || (Some(COMMUNE.to_owned()), Address::parse("Thôn 3").unwrap());
        // Somebody else's proof gets nothing by asking for it.
        let stranger = Arrival {
            number: PersonalNumber::parse("045208000777").unwrap(),
            subject: "other".into(),
            ..grown.clone()
        };
        let token = arrives(stranger.clone(), 3).await;
        assert_eq!(
            refused(w.accounts.claim_by_arrival(&token, stranger, residence(), &visitor(9)).await),
            Refusal::HandOver
        );
        let token = arrives(grown.clone(), 2).await;
        let session = w.accounts.claim_by_arrival(&token, grown.clone(), residence(), &visitor(9)).await.unwrap();
        assert_eq!(session.account, f.child);
        let profile = w.accounts.profile(f.child).await.unwrap();
        assert_eq!(
            (profile.assurance(), profile.address.as_str(), profile.phone_number()),
            (Assurance::Verified, "Thôn 3", Some(phone(2)))
        );
        assert!(matches!(w.accounts.facts(f.child).await.unwrap().standing(), Standing::Verified { .. }));
        assert_eq!(w.notices_of(f.guardian, "notice-child-claimed").await, 1);
        let again = w.accounts.arrive(grown, b"kept", Lang::VI, &visitor(9)).await.unwrap();
        assert!(matches!(again, Welcome::In(session) if session.account == f.child));
    })
    .await;
}

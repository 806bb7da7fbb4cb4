use super::*;
use crate::{error::Error as Shared, rights::Role};
use base::clock::{DAY, MINUTE};
use store::testing::each_engine;

#[tokio::test]
async fn a8_tokens_are_stored_as_keyed_hashes_only() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.citizen(1).await;
        assert_eq!(session.token.expose().len(), 43, "256 bits");
        let stored: Vec<u8> = Sql::new("SELECT token_hash FROM session").scalar(db.read()).await.unwrap().unwrap();
        assert_eq!(stored.len(), 32);
        assert_ne!(stored, crate::accounts::decode(session.token.expose()).unwrap());
        for bad in ["", "x", &"A".repeat(43), &"A".repeat(5000), &format!("{} ", session.token.expose())] {
            assert!(w.accounts.session(bad).await.unwrap().is_none());
        }
    })
    .await;
}

#[tokio::test]
async fn a8_a_session_ends_when_it_is_idle_or_old() {
    each_engine(async |db| {
        let w = world(&db).await;
        let idle = w.citizen(1).await;
        w.core.clock.advance(30 * DAY + MINUTE);
        assert!(!w.alive(&idle.token).await, "thirty days without use");
        let used = entered(w.sign_in(1, GOOD).await.unwrap());
        for _ in 0..8 {
            w.core.clock.advance(20 * DAY);
            assert!(w.alive(&used.token).await);
        }
        w.core.clock.advance(20 * DAY);
        assert!(!w.alive(&used.token).await, "a hundred and eighty days in any case");

        w.staff("can.bo.mot", "*", Role::ProvinceOperator).await;
        let staff = w.accounts.sign_in(Kind::Staff, "can.bo.mot", &secret(GOOD), &visitor(8)).await.unwrap();
        let staff = entered(staff);
        for _ in 0..28 {
            w.core.clock.advance(25 * MINUTE);
            assert!(w.alive(&staff.token).await);
        }
        w.core.clock.advance(25 * MINUTE);
        assert!(!w.alive(&staff.token).await, "twelve hours");
        let staff = w.accounts.sign_in(Kind::Staff, "can.bo.mot", &secret(GOOD), &visitor(8)).await.unwrap();
        let staff = entered(staff);
        w.core.clock.advance(31 * MINUTE);
        assert!(!w.alive(&staff.token).await, "half an hour without use");
    })
    .await;
}

#[tokio::test]
async fn a8_the_use_of_a_session_is_written_every_five_minutes_at_most() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.citizen(1).await;
        let seen =
            async || -> i64 { Sql::new("SELECT last_seen_at FROM session").scalar(db.read()).await.unwrap().unwrap() };
        w.alive(&session.token).await;
        let first = seen().await;
        w.core.clock.advance(4 * MINUTE);
        w.alive(&session.token).await;
        assert_eq!(seen().await, first);
        w.core.clock.advance(2 * MINUTE);
        w.alive(&session.token).await;
        assert_eq!(seen().await, w.core.now());
    })
    .await;
}

#[tokio::test]
async fn a9_signing_out_ends_this_one_that_one_or_all_at_once() {
    each_engine(async |db| {
        let w = world(&db).await;
        let a = w.citizen(1).await;
        let b = entered(w.sign_in(1, GOOD).await.unwrap());
        let c = entered(w.sign_in(1, GOOD).await.unwrap());
        let stranger = w.citizen(2).await;
        let signed = w.signed(&a).await;
        assert_eq!(w.accounts.devices(&signed).await.unwrap().len(), 3);
        // Read into memory first: the ending must not wait for it to grow old.
        assert!(w.alive(&b.token).await && w.alive(&c.token).await);
        w.accounts.end_session(&signed, b.session).await.unwrap();
        assert!(!w.alive(&b.token).await);
        let e = w.accounts.end_session(&signed, stranger.session).await.unwrap_err();
        assert!(matches!(e, Error::Shared(Shared::NotFound)), "{e:?}");
        assert!(w.alive(&stranger.token).await, "somebody else's stays");
        assert_eq!(w.accounts.end_sessions(&signed, true).await.unwrap(), 1);
        assert!(w.alive(&a.token).await && !w.alive(&c.token).await);
        assert_eq!(w.accounts.end_sessions(&signed, false).await.unwrap(), 1);
        assert!(!w.alive(&a.token).await);
    })
    .await;
}

#[tokio::test]
async fn a17_a_step_up_gives_another_token_and_kills_the_old_one() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.citizen(1).await;
        w.core.clock.advance(11 * MINUTE);
        let signed = w.signed(&session).await;
        let e = signed.require_fresh(w.core.now()).unwrap_err();
        assert!(matches!(e, Error::Shared(Shared::StepUp)), "{e:?}");
        let e = w.accounts.step_up_by_password(&signed, &secret("sai rồi đó nha")).await.unwrap_err();
        assert!(matches!(e, Error::WrongPassword), "{e:?}");
        let token = w.accounts.step_up_by_password(&signed, &secret(GOOD)).await.unwrap();
        assert!(!w.alive(&session.token).await, "a fixed or stolen token is dead");
        let fresh = w.signed_token(&token).await;
        assert_eq!(fresh.session, signed.session);
        fresh.require_fresh(w.core.now()).unwrap();
    })
    .await;
}

#[tokio::test]
async fn a8_a_sign_in_never_takes_over_a_token_that_was_there_before() {
    each_engine(async |db| {
        let w = world(&db).await;
        let old = w.citizen(1).await;
        let new = entered(w.sign_in(1, GOOD).await.unwrap());
        assert_ne!(old.token, new.token);
        assert_ne!(old.session, new.session);
    })
    .await;
}

#[tokio::test]
async fn a8_forms_are_bound_to_their_session() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (a, b) = (w.citizen(1).await, w.citizen(2).await);
        let token = w.accounts.csrf_token(a.session.as_bytes());
        assert!(w.accounts.csrf_matches(a.session.as_bytes(), &token));
        assert!(!w.accounts.csrf_matches(b.session.as_bytes(), &token));
        assert!(!w.accounts.csrf_matches(a.session.as_bytes(), ""));
    })
    .await;
}

#[tokio::test]
async fn x6_a_role_taken_away_ends_what_it_gave() {
    each_engine(async |db| {
        let w = world(&db).await;
        let id = w.staff("can.bo.mot", COMMUNE, Role::Officer).await;
        let session = entered(w.accounts.sign_in(Kind::Staff, "can.bo.mot", &secret(GOOD), &visitor(1)).await.unwrap());
        w.write("UPDATE session SET method = 'password+totp' WHERE account_id = $1", move |s| s.bind(id)).await;
        assert!(w.signed(&session).await.officer().unwrap().has(crate::rights::Right::ReportWork));
        w.write("DELETE FROM staff_role WHERE account_id = $1", move |s| s.bind(id)).await;
        w.accounts.cache.forget(id);
        assert!(!w.signed(&session).await.officer().unwrap().has(crate::rights::Right::Console));
        w.write("UPDATE staff_role SET role = 'god' WHERE account_id = $1", move |s| s.bind(id)).await;
        w.write("UPDATE account SET blocked_at = 1 WHERE id = $1", move |s| s.bind(id)).await;
        w.accounts.cache.forget(id);
        assert!(!w.alive(&session.token).await, "a blocked account has no session");
    })
    .await;
}

#[tokio::test]
async fn x8_debug_of_a_session_shows_no_name() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.citizen(1).await;
        let signed = w.signed(&session).await;
        assert!(!format!("{signed:?}").contains("Thử"), "Debug shows no name");
    })
    .await;
}

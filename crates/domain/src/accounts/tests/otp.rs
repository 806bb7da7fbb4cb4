use super::*;
use crate::{
    accounts::{FlowKind, otp::RESEND_AFTER, proof},
    core::Settings,
    limits,
};
use altcha::{Payload, SolveChallengeOptions, solve_challenge};
use base::clock::{DAY, HOUR, MINUTE, SECOND};
use store::testing::each_engine;

#[tokio::test]
async fn a4_the_sms_fits_one_message_and_fills_itself_in() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.start(1).await;
        let sms = w.inbox(&phone(1)).await.remove(0);
        let code = w.code(&phone(1)).await;
        assert!(sms.len() <= 160 && sms.is_ascii(), "{sms}");
        assert!(sms.ends_with(&format!("\n\n@localhost #{code}")), "{sms}");
        let lane: i32 = Sql::new("SELECT lane FROM outbox").scalar(db.read()).await.unwrap().unwrap();
        assert_eq!(lane, 0, "an OTP never waits behind anything");
    })
    .await;
}

#[tokio::test]
async fn a4_wrong_code_leaves_four_tries_then_three_and_the_sixth_is_over() {
    each_engine(async |db| {
        let w = world(&db).await;
        let flow = w.start(1).await;
        let wrong = w.wrong_otp(&phone(1)).await;
        for left in [4, 3, 2, 1, 0] {
            let e = w.accounts.confirm_registration(flow.token.expose(), wrong.clone()).await.unwrap_err();
            assert!(matches!(e, Error::WrongCode { left: l } if l == left), "{e:?}");
        }
        let right = w.otp(&phone(1)).await;
        let e = w.accounts.confirm_registration(flow.token.expose(), right).await.unwrap_err();
        assert!(matches!(e, Error::CodeUsedUp), "even the right one is too late: {e:?}");
    })
    .await;
}

#[tokio::test]
async fn a4_an_expired_code_is_refused() {
    each_engine(async |db| {
        let w = world(&db).await;
        let flow = w.start(1).await;
        let code = w.otp(&phone(1)).await;
        w.core.clock.advance(5 * MINUTE);
        let e = w.accounts.confirm_registration(flow.token.expose(), code).await.unwrap_err();
        assert!(matches!(e, Error::CodeExpired), "{e:?}");
    })
    .await;
}

#[tokio::test]
async fn a4_a_code_is_good_once() {
    each_engine(async |db| {
        let w = world(&db).await;
        let flow = w.start(1).await;
        let code = w.otp(&phone(1)).await;
        w.accounts.confirm_registration(flow.token.expose(), code.clone()).await.unwrap();
        let e = w.accounts.confirm_registration(flow.token.expose(), code).await.unwrap_err();
        assert!(matches!(e, Error::FlowGone), "the flow is a step further: {e:?}");
    })
    .await;
}

#[tokio::test]
async fn a4_a_code_of_another_flow_phone_or_purpose_is_refused() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.citizen(3).await;
        let (one, two) = (w.start(1).await, w.start(2).await);
        let recovery = w.accounts.start_recovery(phone(3), Lang::VI, &visitor(9), "", None).await.unwrap();
        let (code1, code2, code3) = (w.otp(&phone(1)).await, w.otp(&phone(2)).await, w.otp(&phone(3)).await);
        for (flow, foreign) in [(&one, code2.clone()), (&two, code1.clone()), (&one, code3.clone())] {
            let e = w.accounts.confirm_registration(flow.token.expose(), foreign).await.unwrap_err();
            assert!(matches!(e, Error::WrongCode { .. }), "{e:?}");
        }
        let e = w.accounts.confirm_recovery(recovery.token.expose(), code1.clone()).await.unwrap_err();
        assert!(matches!(e, Error::WrongCode { .. }), "{e:?}");
        // A flow's cookie opens no flow of another kind, and another browser's token opens nothing.
        let e = w.accounts.confirm_recovery(one.token.expose(), code1).await.unwrap_err();
        assert!(matches!(e, Error::FlowGone), "{e:?}");
        let e = w.accounts.confirm_registration("somebody-elses-token", code2).await.unwrap_err();
        assert!(matches!(e, Error::FlowGone), "{e:?}");
    })
    .await;
}

#[tokio::test]
async fn a4_resending_waits_fifty_seconds_and_makes_the_older_code_worthless() {
    each_engine(async |db| {
        let w = world(&db).await;
        let flow = w.start(1).await;
        let again_at = flow.again_at;
        assert_eq!(again_at, w.core.now() + 50 * SECOND);
        let resend = || w.accounts.resend(FlowKind::Register, flow.token.expose(), Lang::VI, &V1, "");
        static V1: std::sync::LazyLock<Visitor> = std::sync::LazyLock::new(|| visitor(1));
        w.core.clock.advance(49 * SECOND);
        let e = resend().await.unwrap_err();
        assert!(matches!(e, Error::ResendTooEarly { again_at: at } if at == again_at), "{e:?}");
        assert_eq!(w.inbox(&phone(1)).await.len(), 1);
        let old = w.otp(&phone(1)).await;
        w.core.clock.advance(SECOND);
        resend().await.unwrap();
        assert_eq!(w.inbox(&phone(1)).await.len(), 2);
        let e = w.accounts.confirm_registration(flow.token.expose(), old).await.unwrap_err();
        assert!(matches!(e, Error::WrongCode { .. }), "{e:?}");
        let new = w.otp(&phone(1)).await;
        w.accounts.confirm_registration(flow.token.expose(), new).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a4_starting_again_in_the_same_browser_goes_on_with_the_sms_on_the_way() {
    each_engine(async |db| {
        let w = world(&db).await;
        let first = w.start(1).await;
        w.core.clock.advance(10 * SECOND);
        let again = w
            .accounts
            .start_registration(phone(1), true, Lang::VI, &visitor(1), "", Some(first.token.expose()))
            .await
            .unwrap();
        assert_eq!(again.token, first.token);
        assert_eq!(again.again_at, first.again_at);
        assert_eq!(w.inbox(&phone(1)).await.len(), 1);
        // Another browser gets a page of its own but no second SMS, and nothing of the first flow.
        let other = w.accounts.start_registration(phone(1), true, Lang::VI, &visitor(2), "", None).await.unwrap();
        assert_ne!(other.token, first.token);
        let code = w.otp(&phone(1)).await;
        let e = w.accounts.confirm_registration(other.token.expose(), code).await.unwrap_err();
        assert!(matches!(e, Error::CodeExpired), "{e:?}");
    })
    .await;
}

#[tokio::test]
async fn a4_a_flood_of_sms_to_one_phone_ends_at_five_an_hour_and_ten_a_day() {
    each_engine(async |db| {
        let w = world(&db).await;
        let flow = w.start(1).await;
        let mut sent = 1;
        for round in 0..40u8 {
            w.core.clock.advance(RESEND_AFTER);
            // Every time from another place and device.
            let v = visitor(10 + round);
            match w.accounts.resend(FlowKind::Register, flow.token.expose(), Lang::VI, &v, "").await {
                Ok(_) => sent += 1,
                Err(Error::TooManySms { again_at }) => assert!(again_at > w.core.now()),
                Err(Error::FlowGone) => break,
                Err(e) => panic!("{e:?}"),
            }
        }
        // The window of an hour may turn once during these 33 minutes.
        assert!((5..=10).contains(&sent), "{sent}");
        for _ in 0..20 {
            w.core.clock.advance(HOUR);
            if w.accounts.start_registration(phone(1), true, Lang::VI, &visitor(99), "", None).await.is_ok() {
                sent += 1;
            }
        }
        assert!(sent <= 20, "ten a day, over at most two days: {sent}");
    })
    .await;
}

#[tokio::test]
async fn a4_one_address_without_proof_of_work_gets_twenty_an_hour_and_with_it_sixty() {
    each_engine(async |db| {
        let w = world(&db).await;
        let from = |n: u32| {
            let agent = "x";
            Visitor::new([198, 51, 100, 7].into(), Some(format!("one-device-each-{n:04}")), agent)
        };
        for n in 0..20 {
            w.accounts.start_registration(phone(n), true, Lang::VI, &from(n), "", None).await.unwrap();
        }
        let e = w.accounts.start_registration(phone(20), true, Lang::VI, &from(20), "", None).await.unwrap_err();
        assert!(matches!(e, Error::TooManySms { .. }), "{e:?}");
        assert!(w.inbox(&phone(20)).await.is_empty());
        let proof = solved(&w);
        w.accounts.start_registration(phone(21), true, Lang::VI, &from(21), &proof, None).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a4_one_device_gets_ten_an_hour_wherever_it_is() {
    each_engine(async |db| {
        let w = world(&db).await;
        let at = |n: u32| Visitor::new([198, 51, 100, n as u8].into(), Some("the-same-device-always".into()), "x");
        for n in 0..10 {
            w.accounts.start_registration(phone(n), true, Lang::VI, &at(n), "", None).await.unwrap();
        }
        let e = w.accounts.start_registration(phone(10), true, Lang::VI, &at(10), "", None).await.unwrap_err();
        assert!(matches!(e, Error::TooManySms { .. }), "{e:?}");
    })
    .await;
}

#[tokio::test]
async fn a4_the_days_budget_is_a_circuit_breaker() {
    each_engine(async |db| {
        let w = world(&db).await;
        let settings = Settings { sms_budget_day: 2, argon2: w.core.settings.argon2, ..Settings::default() };
        let core = w.core.with(|parts| parts.settings = Arc::new(settings));
        let accounts = Accounts::new(core).unwrap();
        for n in 0..2 {
            accounts.start_registration(phone(n), true, Lang::VI, &visitor(n as u8), "", None).await.unwrap();
        }
        let e = accounts.start_registration(phone(2), true, Lang::VI, &visitor(2), "", None).await.unwrap_err();
        assert!(matches!(e, Error::SmsPaused), "{e:?}");
        w.core.clock.advance(DAY);
        accounts.start_registration(phone(2), true, Lang::VI, &visitor(2), "", None).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a4_guessing_across_codes_ends_at_ten_wrong_an_hour() {
    each_engine(async |db| {
        let w = world(&db).await;
        // The start of a window, so that the count cannot turn in the middle.
        w.core.clock.set((w.core.now() / HOUR + 1) * HOUR);
        let mut wrong = 0;
        'guessing: for round in 0..5u8 {
            let flow =
                w.accounts.start_registration(phone(1), true, Lang::VI, &visitor(round), "", None).await.unwrap();
            let guess = w.wrong_otp(&phone(1)).await;
            for _ in 0..5 {
                match w.accounts.confirm_registration(flow.token.expose(), guess.clone()).await {
                    Err(Error::WrongCode { .. }) => wrong += 1,
                    Err(Error::TooManyCodes { .. }) => {
                        // Now the right one is refused as well, until the hour is over.
                        let right = w.otp(&phone(1)).await;
                        let e = w.accounts.confirm_registration(flow.token.expose(), right).await.unwrap_err();
                        assert!(matches!(e, Error::TooManyCodes { .. }), "{e:?}");
                        break 'guessing;
                    }
                    other => panic!("{other:?}"),
                }
            }
            w.core.clock.advance(RESEND_AFTER);
        }
        assert_eq!(wrong, limits::WRONG_OTP.most);
    })
    .await;
}

#[tokio::test]
async fn a4_of_many_uses_of_one_code_at_once_exactly_one_wins() {
    each_engine(async |db| {
        let w = world(&db).await;
        let flow = w.start(1).await;
        let code = w.otp(&phone(1)).await;
        let tries: Vec<_> = (0..12)
            .map(|_| {
                let (accounts, token, code) = (w.accounts.clone(), flow.token.clone(), code.clone());
                tokio::spawn(async move { accounts.confirm_registration(token.expose(), code).await.is_ok() })
            })
            .collect();
        let mut won = 0;
        for one in tries {
            won += usize::from(one.await.unwrap());
        }
        assert_eq!(won, 1);
    })
    .await;
}

#[tokio::test]
async fn a4_many_guesses_at_once_get_no_more_than_five_tries() {
    each_engine(async |db| {
        let w = world(&db).await;
        let flow = w.start(1).await;
        let wrong = w.wrong_otp(&phone(1)).await;
        let tries: Vec<_> = (0..20)
            .map(|_| {
                let (accounts, token, code) = (w.accounts.clone(), flow.token.clone(), wrong.clone());
                tokio::spawn(async move { accounts.confirm_registration(token.expose(), code).await })
            })
            .collect();
        let mut compared = 0;
        for one in tries {
            compared += usize::from(matches!(one.await.unwrap(), Err(Error::WrongCode { .. })));
        }
        assert_eq!(compared, 5);
    })
    .await;
}

/// The form field that the browser's island would send.
fn solved(w: &World) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let challenge = proof::challenge(&w.core).unwrap();
    let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).unwrap().unwrap();
    STANDARD.encode(serde_json::to_string(&Payload { challenge, solution }).unwrap())
}

#[tokio::test]
async fn a4_a_proof_of_work_is_good_once_for_twenty_minutes_and_cannot_be_made_up() {
    each_engine(async |db| {
        let w = world(&db).await;
        let start = |n: u32, proof: String| {
            let accounts = w.accounts.clone();
            async move { accounts.start_registration(phone(n), true, Lang::VI, &visitor(n as u8), &proof, None).await }
        };
        let proof = solved(&w);
        start(1, proof.clone()).await.unwrap();
        assert!(matches!(start(2, proof.clone()).await, Err(Error::BadProof)), "used before");
        let old = solved(&w);
        w.core.clock.advance(21 * MINUTE);
        assert!(matches!(start(3, old).await, Err(Error::BadProof)), "too old");
        for junk in ["x", "e30=", &"A".repeat(10_000)] {
            assert!(matches!(start(4, junk.to_owned()).await, Err(Error::BadProof)), "{}", junk.len());
        }
        // A challenge of one's own with an easy prefix.
        let mut own = proof::challenge(&w.core).unwrap();
        own.parameters.key_prefix = String::new();
        let solution = solve_challenge(SolveChallengeOptions::new(&own)).unwrap().unwrap();
        use base64::{Engine, engine::general_purpose::STANDARD};
        let field = STANDARD.encode(serde_json::to_string(&Payload { challenge: own, solution }).unwrap());
        assert!(matches!(start(5, field).await, Err(Error::BadProof)));
    })
    .await;
}

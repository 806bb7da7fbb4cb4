use super::*;
use crate::{
    accounts::{Duty, factors::FactorCode, recover::Next},
    error::Error as Shared,
    rights::{Right, Role},
};
use base::clock::{HOUR, MINUTE, SECOND};
use store::testing::each_engine;

/// What the person's app would show now.
pub(super) fn app(w: &World, secret: &Secret) -> FactorCode {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bits = Vec::new();
    for c in secret.expose().chars().filter(|c| *c != ' ') {
        let v = LETTERS.find(c).unwrap();
        bits.extend((0..5).rev().map(|i| (v >> i) & 1 == 1));
    }
    let key: [u8; 20] = bits
        .chunks_exact(8)
        .map(|b| b.iter().fold(0u8, |n, bit| n << 1 | u8::from(*bit)))
        .collect::<Vec<u8>>()
        .try_into()
        .unwrap();
    let totp = totp_rs::Builder::new().with_secret(key).build_noncompliant();
    FactorCode::parse(&totp.generate((w.core.now() / SECOND) as u64).to_string()).unwrap()
}

/// Sets up an app; returns its secret, the session's new token and the backup codes.
pub(super) async fn enrol(w: &World, signed: &Signed) -> (Secret, Secret, Vec<Secret>) {
    let enrolment = w.accounts.begin_totp(signed).await.unwrap();
    let (token, codes) = w.accounts.confirm_totp(signed, app(w, &enrolment.secret)).await.unwrap();
    w.core.clock.advance(30 * SECOND);
    (enrolment.secret, token, codes)
}

fn needs_factor(entered: Entered) -> Secret {
    match entered {
        Entered::SecondFactor { token } => token,
        Entered::In(_) => panic!("let in with the password alone"),
    }
}

#[tokio::test]
async fn a17_an_app_is_set_up_asked_for_and_switched_off() {
    each_engine(async |db| {
        let w = world(&db).await;
        let first = w.citizen(1).await;
        let other = entered(w.sign_in(1, GOOD).await.unwrap());
        let signed = w.signed(&first).await;
        let begun = w.accounts.begin_totp(&signed).await.unwrap();
        assert_eq!(w.accounts.begin_totp(&signed).await.unwrap().secret, begun.secret, "a reload shows the same");
        assert!(begun.link.expose().starts_with("otpauth://totp/QUANGTRI-S:0914%20000%20001?secret="));
        let wrong = FactorCode::parse("000000").unwrap();
        let e = w.accounts.confirm_totp(&signed, wrong.clone()).await.unwrap_err();
        assert!(matches!(e, Error::WrongFactor), "{e:?}");
        assert!(matches!(w.sign_in(1, GOOD).await.unwrap(), Entered::In(_)), "not asked before it is confirmed");

        let (app_secret, token, codes) = enrol(&w, &signed).await;
        assert_eq!(codes.len(), 10);
        assert!(!w.alive(&first.token).await && !w.alive(&other.token).await && w.alive(&token).await);
        let flow = needs_factor(w.sign_in(1, GOOD).await.unwrap());
        let e = w.accounts.finish_second_factor(flow.expose(), wrong, &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::WrongFactor), "{e:?}");
        let session = w.accounts.finish_second_factor(flow.expose(), app(&w, &app_secret), &visitor(1)).await.unwrap();
        let signed = w.signed(&session).await;
        assert_eq!(signed.method, "password+totp");

        w.accounts.remove_totp(&signed).await.unwrap();
        assert!(matches!(w.sign_in(1, GOOD).await.unwrap(), Entered::In(_)));
        let factors = w.accounts.factors(session.account).await.unwrap();
        assert!(!factors.any() && factors.backup_codes_left == 0);
    })
    .await;
}

#[tokio::test]
async fn a17_a_code_of_the_app_is_good_once() {
    each_engine(async |db| {
        let w = world(&db).await;
        let signed = w.signed(&w.citizen(1).await).await;
        let (app_secret, _, _) = enrol(&w, &signed).await;
        let code = app(&w, &app_secret);
        let one = needs_factor(w.sign_in(1, GOOD).await.unwrap());
        let two = needs_factor(w.sign_in(1, GOOD).await.unwrap());
        w.accounts.finish_second_factor(one.expose(), code.clone(), &visitor(1)).await.unwrap();
        let e = w.accounts.finish_second_factor(two.expose(), code.clone(), &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::WrongFactor), "replayed: {e:?}");
        let e = w.accounts.finish_second_factor(one.expose(), code, &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::FlowGone), "the flow is over: {e:?}");
        // The step before the used one is within the drift but older: refused too.
        w.core.clock.advance(60 * SECOND);
        w.accounts.finish_second_factor(two.expose(), app(&w, &app_secret), &visitor(1)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a17_of_many_uses_of_one_app_code_at_once_exactly_one_wins() {
    each_engine(async |db| {
        let w = world(&db).await;
        let signed = w.signed(&w.citizen(1).await).await;
        let (app_secret, token, _) = enrol(&w, &signed).await;
        let signed = w.signed_token(&token).await;
        let code = app(&w, &app_secret);
        let tries: Vec<_> = (0..8)
            .map(|_| {
                let (accounts, signed, code) = (w.accounts.clone(), signed.clone(), code.clone());
                tokio::spawn(async move { accounts.step_up_by_factor(&signed, code).await.is_ok() })
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
async fn a17_guessing_the_second_factor_ends_at_ten_an_hour() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.core.clock.set((w.core.now() / HOUR + 1) * HOUR);
        let signed = w.signed(&w.citizen(1).await).await;
        let (app_secret, _, _) = enrol(&w, &signed).await;
        let flow = needs_factor(w.sign_in(1, GOOD).await.unwrap());
        let guess = FactorCode::parse("000000").unwrap();
        for _ in 0..10 {
            let e = w.accounts.finish_second_factor(flow.expose(), guess.clone(), &visitor(1)).await.unwrap_err();
            assert!(matches!(e, Error::WrongFactor), "{e:?}");
        }
        let e = w.accounts.finish_second_factor(flow.expose(), app(&w, &app_secret), &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::Shared(Shared::TooOften { .. })), "{e:?}");
    })
    .await;
}

#[tokio::test]
async fn a17_a_backup_code_is_good_once_and_new_ones_replace_the_old() {
    each_engine(async |db| {
        let w = world(&db).await;
        let signed = w.signed(&w.citizen(1).await).await;
        let (_, token, codes) = enrol(&w, &signed).await;
        let code = |i: usize| FactorCode::parse(&codes[i].expose().to_lowercase()).unwrap();
        let flow = needs_factor(w.sign_in(1, GOOD).await.unwrap());
        w.accounts.finish_second_factor(flow.expose(), code(0), &visitor(1)).await.unwrap();
        let flow = needs_factor(w.sign_in(1, GOOD).await.unwrap());
        let e = w.accounts.finish_second_factor(flow.expose(), code(0), &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::WrongFactor), "{e:?}");
        let signed = w.signed_token(&token).await;
        assert_eq!(w.accounts.factors(signed.account).await.unwrap().backup_codes_left, 9);
        let new = w.accounts.renew_backup_codes(&signed).await.unwrap();
        assert_eq!(new.len(), 10);
        let e = w.accounts.finish_second_factor(flow.expose(), code(1), &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::WrongFactor), "{e:?}");
        let plain: i64 = Sql::new("SELECT count(*) FROM backup_code WHERE length(code_hash) = 32")
            .scalar(db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(plain, 10);
    })
    .await;
}

#[tokio::test]
async fn a5_recovery_asks_the_second_factor_too() {
    each_engine(async |db| {
        let w = world(&db).await;
        let signed = w.signed(&w.citizen(1).await).await;
        let (app_secret, _, _) = enrol(&w, &signed).await;
        let flow = w.accounts.start_recovery(phone(1), Lang::VI, &visitor(1), "", None).await.unwrap();
        let token = flow.token.expose();
        let code = w.otp(&phone(1)).await;
        assert_eq!(w.accounts.confirm_recovery(token, code).await.unwrap(), Next::Factor);
        let e = w.accounts.complete_recovery(token, &secret(BETTER), &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::FlowGone), "a stolen SIM alone does not suffice: {e:?}");
        w.accounts.confirm_recovery_factor(token, app(&w, &app_secret)).await.unwrap();
        let session = w.accounts.complete_recovery(token, &secret(BETTER), &visitor(1)).await.unwrap();
        assert_eq!(w.signed(&session).await.method, "otp+password+totp");
    })
    .await;
}

#[tokio::test]
async fn a17_with_a_factor_the_password_does_not_step_up() {
    each_engine(async |db| {
        let w = world(&db).await;
        let signed = w.signed(&w.citizen(1).await).await;
        let (app_secret, token, _) = enrol(&w, &signed).await;
        w.core.clock.advance(20 * MINUTE);
        let signed = w.signed_token(&token).await;
        for e in [
            w.accounts.remove_totp(&signed).await.unwrap_err(),
            w.accounts.step_up_by_password(&signed, &secret(GOOD)).await.unwrap_err(),
            w.accounts.change_password(&signed, &secret(GOOD), &secret(BETTER)).await.unwrap_err(),
        ] {
            assert!(matches!(e, Error::Shared(Shared::StepUp)), "{e:?}");
        }
        let token = w.accounts.step_up_by_factor(&signed, app(&w, &app_secret)).await.unwrap();
        w.accounts.remove_totp(&w.signed_token(&token).await.clone()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a16_staff_without_a_second_factor_may_only_set_one_up_and_keep_one() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.staff("can.bo.mot", COMMUNE, Role::UnitLeader).await;
        let first = entered(w.accounts.sign_in(Kind::Staff, "can.bo.mot", &secret(GOOD), &visitor(1)).await.unwrap());
        let stale = entered(w.accounts.sign_in(Kind::Staff, "can.bo.mot", &secret(GOOD), &visitor(2)).await.unwrap());
        let signed = w.signed(&first).await;
        assert_eq!(signed.duty(), Some(Duty::EnrolFactor));
        assert!(signed.officer().is_none(), "no right of any kind");
        let (_, token, _) = enrol(&w, &signed).await;
        assert!(!w.alive(&stale.token).await, "a session of the password alone does not become a full one");
        let signed = w.signed_token(&token).await;
        assert_eq!(signed.duty(), None);
        assert!(signed.officer().unwrap().may(Right::ReportWork, COMMUNE, &[]));
        let e = w.accounts.remove_totp(&signed).await.unwrap_err();
        assert!(matches!(e, Error::LastFactor), "{e:?}");
    })
    .await;
}

use super::*;
use crate::accounts::{FlowKind, password::Refusal, recover::Next};
use store::testing::each_engine;

async fn start(w: &World, n: u32) -> Started {
    w.accounts.start_recovery(phone(n), Lang::VI, &visitor(n as u8), "", None).await.unwrap()
}

#[tokio::test]
async fn a5_a_new_password_ends_every_other_session() {
    each_engine(async |db| {
        let w = world(&db).await;
        let old = w.citizen(1).await;
        assert!(w.alive(&old.token).await);
        let flow = start(&w, 1).await;
        let token = flow.token.expose();
        let e = w.accounts.complete_recovery(token, &secret(BETTER), &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::FlowGone), "the code cannot be left out: {e:?}");
        let code = w.otp(&phone(1)).await;
        assert_eq!(w.accounts.confirm_recovery(token, code).await.unwrap(), Next::Password);
        let e = w.accounts.complete_recovery(token, &secret("12345678"), &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::Password(Refusal::Pattern)), "{e:?}");
        let new = w.accounts.complete_recovery(token, &secret(BETTER), &visitor(1)).await.unwrap();
        assert!(w.alive(&new.token).await && !w.alive(&old.token).await);
        assert!(matches!(w.sign_in(1, GOOD).await, Err(Error::WrongCredentials)));
        entered(w.sign_in(1, BETTER).await.unwrap());
        let e = w.accounts.complete_recovery(token, &secret(GOOD), &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::FlowGone), "once: {e:?}");
        assert!(w.kinds_of_activity(new.account).await.contains(&"password-recovered".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a14_an_unknown_phone_looks_the_same_and_gives_no_code() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.citizen(1).await;
        let (known, unknown) = (start(&w, 1).await, start(&w, 2).await);
        assert_eq!(known.again_at, unknown.again_at);
        let sms = w.inbox(&phone(2)).await.remove(0);
        assert!(sms.contains("chua co tai khoan") && !sms.contains('#') && sms.len() <= 160, "{sms}");
        let guess = OtpCode::parse("000000").unwrap();
        for flow in [&known, &unknown] {
            let look = w.accounts.flow(FlowKind::Recover, flow.token.expose()).await.unwrap().unwrap();
            assert_eq!(look.step, "code");
            let e = w.accounts.confirm_recovery(flow.token.expose(), guess.clone()).await.unwrap_err();
            assert!(matches!(e, Error::WrongCode { left: 4 }), "{e:?}");
        }
        w.core.clock.advance(crate::accounts::otp::RESEND_AFTER);
        for (n, flow) in [(1, &known), (2, &unknown)] {
            let again = w.accounts.resend(FlowKind::Recover, flow.token.expose(), Lang::VI, &visitor(n), "").await;
            assert!(again.is_ok());
        }
    })
    .await;
}

#[tokio::test]
async fn a14_staff_cannot_be_recovered_through_the_citizens_door() {
    each_engine(async |db| {
        let w = world(&db).await;
        let id = w.staff("can.bo.mot", "*", crate::rights::Role::Officer).await;
        let number = phone(5).as_e164().to_owned();
        w.write("UPDATE account SET phone = $1 WHERE id = $2", move |s| s.bind(number.clone()).bind(id)).await;
        start(&w, 5).await;
        assert!(w.inbox(&phone(5)).await[0].contains("chua co tai khoan"));
    })
    .await;
}

#[tokio::test]
async fn r11_who_proves_the_phone_of_a_blocked_account_reads_the_reason() {
    each_engine(async |db| {
        let w = world(&db).await;
        let account = w.citizen(1).await;
        let operator = crate::testing::officer(&w.core, "Điều Phối", "*", crate::rights::Role::ProvinceOperator).await;
        let clerk = crate::testing::officer(&w.core, "Một Cửa", COMMUNE, crate::rights::Role::Clerk).await;
        let e = w.accounts.set_blocked(&clerk, account.account, true, "Gửi tin rác").await.unwrap_err();
        assert!(matches!(e, Error::Shared(crate::error::Error::Forbidden)), "{e:?}");
        assert!(w.accounts.set_blocked(&operator, account.account, true, "  ").await.is_err());
        w.accounts.set_blocked(&operator, account.account, true, "Gửi tin rác").await.unwrap();
        assert!(!w.alive(&account.token).await);
        let flow = start(&w, 1).await;
        let code = w.otp(&phone(1)).await;
        let e = w.accounts.confirm_recovery(flow.token.expose(), code).await.unwrap_err();
        assert!(matches!(&e, Error::Blocked { reason } if reason == "Gửi tin rác"), "{e:?}");
        w.accounts.set_blocked(&operator, account.account, false, "Đã rõ").await.unwrap();
        entered(w.sign_in(1, GOOD).await.unwrap());
    })
    .await;
}

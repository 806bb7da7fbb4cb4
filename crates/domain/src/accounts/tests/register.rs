use super::*;
use crate::accounts::{FlowKind, password::Refusal};
use base::{clock::MINUTE, phone::BadPhone};
use store::testing::each_engine;

#[tokio::test]
async fn a1_a_phone_becomes_an_account_with_consents_activity_and_a_session() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.citizen(1).await;
        let signed = w.signed(&session).await;
        assert_eq!(signed.name, "Trần Thị Thử");
        assert_eq!(signed.phone, Some(phone(1)));
        assert_eq!(signed.kind, Kind::Citizen);
        assert!(signed.officer().is_none());
        let profile = w.accounts.profile(session.account).await.unwrap();
        assert_eq!((profile.commune.as_deref(), profile.address.as_str()), (Some(COMMUNE), "Thôn 3"));
        let consents = w.accounts.consents(session.account).await.unwrap();
        let mut kinds: Vec<&str> = consents.iter().map(|c| c.kind.as_str()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["privacy", "terms"]);
        assert!(consents.iter().all(|c| !c.version.is_empty()));
        assert!(w.accounts.outstanding_consents(session.account).await.unwrap().is_empty());
        let kinds = w.kinds_of_activity(session.account).await;
        assert!(kinds.contains(&"registered".to_owned()) && kinds.contains(&"signed-in".to_owned()), "{kinds:?}");
        let notices = crate::notices::inbox(&w.core, session.account, None).await.unwrap();
        assert_eq!(notices[0].key, "notice-welcome");
    })
    .await;
}

#[tokio::test]
async fn a1_consent_is_asked_first_and_steps_cannot_be_left_out() {
    each_engine(async |db| {
        let w = world(&db).await;
        let e = w.accounts.start_registration(phone(1), false, Lang::VI, &visitor(1), "", None).await.unwrap_err();
        assert!(matches!(e, Error::Shared(crate::error::Error::Invalid(f)) if f[0].key == "consent-missing"));
        assert!(w.inbox(&phone(1)).await.is_empty());
        let flow = w.start(1).await;
        let e = w.accounts.complete_registration(flow.token.expose(), w.details(), &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::FlowGone), "without the code: {e:?}");
    })
    .await;
}

#[tokio::test]
async fn a1_a_refused_last_page_can_be_corrected_and_a_finished_one_not_sent_again() {
    each_engine(async |db| {
        let w = world(&db).await;
        let flow = w.start(1).await;
        let code = w.otp(&phone(1)).await;
        w.accounts.confirm_registration(flow.token.expose(), code).await.unwrap();
        let token = flow.token.expose();
        let weak = Details { password: secret("matkhau123"), ..w.details() };
        let e = w.accounts.complete_registration(token, weak, &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::Password(Refusal::Common)), "{e:?}");
        let nowhere = Details { commune: "00000".into(), ..w.details() };
        let e = w.accounts.complete_registration(token, nowhere, &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::Shared(crate::error::Error::Invalid(_))), "{e:?}");
        w.accounts.complete_registration(token, w.details(), &visitor(1)).await.unwrap();
        let e = w.accounts.complete_registration(token, w.details(), &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::FlowGone), "{e:?}");
    })
    .await;
}

#[tokio::test]
async fn a1_a_flow_ends_after_thirty_minutes() {
    each_engine(async |db| {
        let w = world(&db).await;
        let flow = w.start(1).await;
        assert!(w.accounts.flow(FlowKind::Register, flow.token.expose()).await.unwrap().is_some());
        w.core.clock.advance(30 * MINUTE);
        assert!(w.accounts.flow(FlowKind::Register, flow.token.expose()).await.unwrap().is_none());
    })
    .await;
}

#[test]
fn a4_a_landline_is_refused_with_its_own_reason() {
    assert_eq!(PhoneNumber::parse("0233 3852 535"), Err(BadPhone::Landline));
}

#[tokio::test]
async fn a14_registering_a_known_phone_looks_the_same_and_gives_no_code() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.citizen(1).await;
        let known = w.start(1).await;
        let unknown = w.start(2).await;
        // The page sees the same things.
        assert_eq!(known.again_at, unknown.again_at);
        let look = async |s: &Started| {
            let flow = w.accounts.flow(FlowKind::Register, s.token.expose()).await.unwrap().unwrap();
            (flow.step, flow.account, flow.expires_at, flow.data)
        };
        assert_eq!(look(&known).await, look(&unknown).await);
        // The owner of the phone reads another SMS, without any code.
        let sms = w.inbox(&phone(1)).await.remove(0);
        assert!(sms.contains("da co tai khoan") && !sms.contains('#'), "{sms}");
        assert!(sms.len() <= 160 && sms.is_ascii(), "{sms}");
        // Guessing answers alike: wrong, tries counted down.
        let guess = OtpCode::parse("000000").unwrap();
        for flow in [&known, &unknown] {
            let e = w.accounts.confirm_registration(flow.token.expose(), guess.clone()).await.unwrap_err();
            assert!(matches!(e, Error::WrongCode { left: 4 }), "{e:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a1_of_two_registrations_of_one_phone_the_second_is_told() {
    each_engine(async |db| {
        let w = world(&db).await;
        let mut flows = Vec::new();
        for n in 0..2u8 {
            let f = w.accounts.start_registration(phone(1), true, Lang::VI, &visitor(n), "", None).await.unwrap();
            let code = w.otp(&phone(1)).await;
            w.accounts.confirm_registration(f.token.expose(), code).await.unwrap();
            w.core.clock.advance(crate::accounts::otp::RESEND_AFTER);
            flows.push(f);
        }
        w.accounts.complete_registration(flows[0].token.expose(), w.details(), &visitor(0)).await.unwrap();
        let e = w.accounts.complete_registration(flows[1].token.expose(), w.details(), &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::PhoneTaken), "who proved the phone may know: {e:?}");
    })
    .await;
}

/// X17: what somebody typed at the door and never finished is nobody's data.
#[tokio::test]
async fn a1_x17_a_way_that_was_not_finished_is_forgotten_within_two_days_and_an_old_session_within_a_year() {
    each_engine(async |db| {
        let w = world(&db).await;
        let session = w.citizen(1).await;
        w.start(2).await;
        let left = async || {
            let mut rows = Vec::new();
            for table in ["flow", "otp", "session"] {
                let sql = format!("SELECT count(*) FROM {table}");
                let n: Option<i64> = Sql::new(sql).scalar(w.core.store.read()).await.unwrap();
                rows.push(n.unwrap());
            }
            rows
        };
        crate::reports::automatic::sweep(&w.core).await.unwrap();
        assert_eq!(left().await, [2, 2, 1], "nothing that is still going on");
        w.core.clock.advance(2 * base::clock::DAY);
        crate::reports::automatic::sweep(&w.core).await.unwrap();
        assert_eq!(left().await, [0, 0, 1]);
        assert!(w.accounts.session(session.token.expose()).await.unwrap().is_some(), "whoever is signed in stays so");
        w.core.clock.advance(365 * base::clock::DAY);
        crate::reports::automatic::sweep(&w.core).await.unwrap();
        assert_eq!(left().await, [0, 0, 0]);
    })
    .await;
}

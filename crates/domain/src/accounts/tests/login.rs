use super::*;
use crate::{
    accounts::login::{FREE_TRIES, wait_after},
    core::Settings,
    error::Error as Shared,
    rights::Role,
};
use base::clock::SECOND;
use store::testing::each_engine;

#[tokio::test]
async fn a3_phone_or_username_and_password_sign_in() {
    each_engine(async |db| {
        let w = world(&db).await;
        let first = w.citizen(1).await;
        let signed = w.signed(&first).await;
        w.accounts.set_username(&signed, crate::accounts::Username::parse("lan.thu").unwrap()).await.unwrap();
        for typed in ["0914000001", "+84 914 000 001", "LAN.THU", " lan.thu "] {
            let s = w.accounts.sign_in(Kind::Citizen, typed, &secret(GOOD), &visitor(1)).await.unwrap();
            assert_eq!(entered(s).account, first.account, "{typed}");
        }
    })
    .await;
}

#[tokio::test]
async fn a14_wrong_unknown_blocked_and_passwordless_are_one_answer() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.citizen(1).await;
        let blocked = w.citizen(2).await.account;
        w.write("UPDATE account SET blocked_at = 1, block_reason = 'x' WHERE id = $1", move |s| s.bind(blocked)).await;
        crate::testing::citizen(&w.core, 7).await; // no password
        let tries = [
            ("0914000001", "sai rồi đó nha"),
            ("0914000002", GOOD),
            ("0914000003", GOOD),
            ("0912000007", ""),
            ("khong-co-ai", GOOD),
            ("", ""),
            ("' OR '1'='1", GOOD),
        ];
        for (typed, password) in tries {
            let e = w.accounts.sign_in(Kind::Citizen, typed, &secret(password), &visitor(9)).await.unwrap_err();
            assert!(matches!(e, Error::WrongCredentials), "{typed}: {e:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a14_five_wrong_passwords_slow_down_known_and_unknown_alike_and_recovery_stays_open() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.citizen(1).await;
        for typed in ["0914000001", "0914000055"] {
            let stranger = visitor(77);
            let go = |password: &'static str| {
                let (accounts, stranger) = (w.accounts.clone(), stranger.clone());
                async move { accounts.sign_in(Kind::Citizen, typed, &secret(password), &stranger).await }
            };
            for _ in 0..FREE_TRIES {
                assert!(matches!(go("sai rồi đó nha").await, Err(Error::WrongCredentials)));
            }
            // At once: too early, whatever the password is.
            for password in ["sai rồi đó nha", GOOD] {
                let e = go(password).await.unwrap_err();
                assert!(
                    matches!(e, Error::Shared(Shared::TooOften { again_at }) if again_at == w.core.now() + SECOND),
                    "{typed}: {e:?}"
                );
            }
            w.core.clock.advance(SECOND);
            assert!(matches!(go("sai rồi đó nha").await, Err(Error::WrongCredentials)));
            let e = go("sai rồi đó nha").await.unwrap_err();
            assert!(
                matches!(e, Error::Shared(Shared::TooOften { again_at }) if again_at == w.core.now() + wait_after(6)),
                "it grows: {e:?}"
            );
        }
        // The owner on the phone they always use does not wait for a stranger.
        entered(w.sign_in(1, GOOD).await.unwrap());
        // And the door of recovery is open.
        w.accounts.start_recovery(phone(1), Lang::VI, &visitor(5), "", None).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a14_a_right_password_forgets_the_wrong_ones() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.citizen(1).await;
        for _ in 0..3 {
            for _ in 0..FREE_TRIES - 1 {
                assert!(w.sign_in(1, "sai rồi đó nha").await.is_err());
            }
            entered(w.sign_in(1, GOOD).await.unwrap());
        }
    })
    .await;
}

#[tokio::test]
async fn a14_many_guesses_at_once_are_counted_one_by_one() {
    each_engine(async |db| {
        let w = world(&db).await;
        let tries: Vec<_> = (0..30)
            .map(|_| {
                let accounts = w.accounts.clone();
                tokio::spawn(
                    async move { accounts.sign_in(Kind::Citizen, "0914000001", &secret("sai"), &visitor(3)).await },
                )
            })
            .collect();
        let mut compared = 0;
        for one in tries {
            compared += i32::from(matches!(one.await.unwrap(), Err(Error::WrongCredentials)));
        }
        assert_eq!(compared, FREE_TRIES);
    })
    .await;
}

#[tokio::test]
async fn a16_staff_and_citizens_have_doors_of_their_own() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.citizen(1).await;
        w.staff("can.bo.mot", "*", Role::ProvinceOperator).await;
        let go = |kind, typed: &'static str| {
            let accounts = w.accounts.clone();
            async move { accounts.sign_in(kind, typed, &secret(GOOD), &visitor(4)).await }
        };
        assert!(matches!(go(Kind::Citizen, "can.bo.mot").await, Err(Error::WrongCredentials)));
        assert!(matches!(go(Kind::Staff, "0914000001").await, Err(Error::WrongCredentials)));
        assert!(go(Kind::Staff, "can.bo.mot").await.is_ok());
        assert!(go(Kind::Citizen, "0914000001").await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a6_an_old_hash_is_made_stronger_at_sign_in() {
    each_engine(async |db| {
        let w = world(&db).await;
        let account = w.citizen(1).await.account;
        let settings = Settings { argon2: (20 * 1024, 3, 1), ..Settings::default() };
        let core = w.core.with(|parts| parts.settings = Arc::new(settings));
        let stronger = Accounts::new(core).unwrap();
        stronger.sign_in(Kind::Citizen, "0914000001", &secret(GOOD), &visitor(1)).await.unwrap();
        let hash: String = Sql::new("SELECT password_hash FROM account WHERE id = $1")
            .bind(account)
            .scalar(db.read())
            .await
            .unwrap()
            .unwrap();
        assert!(hash.contains("m=20480,t=3,p=1"), "{hash}");
        entered(w.sign_in(1, GOOD).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a18_a_new_device_is_told_and_a_known_one_not() {
    each_engine(async |db| {
        let w = world(&db).await;
        let account = w.citizen(1).await.account;
        let new_devices = async || {
            let lines = crate::notices::inbox(&w.core, account, None).await.unwrap();
            lines.iter().filter(|n| n.key == "notice-new-device").count()
        };
        entered(w.sign_in(1, GOOD).await.unwrap());
        assert_eq!(new_devices().await, 0);
        w.accounts.sign_in(Kind::Citizen, "0914000001", &secret(GOOD), &visitor(200)).await.unwrap();
        assert_eq!(new_devices().await, 1);
        let lines = w.accounts.activity(account, None).await.unwrap();
        assert_eq!((lines[0].kind.as_str(), lines[0].device.as_str()), ("signed-in", "Chrome, Android"));
    })
    .await;
}

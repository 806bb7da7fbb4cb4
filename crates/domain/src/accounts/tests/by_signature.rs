//! Coming in with a digital signature (N4): one number one account, one text one use, and what is blocked stays shut.

use super::{
    by_number::{COMPOSED, portal},
    *,
};
use crate::accounts::{
    Assurance, FlowKind,
    by_signature::{SIGNATURE, Signer},
    linked::{Arrival, Welcome},
};
use base::{clock::MINUTE, personal_number::PersonalNumber};
use store::testing::each_engine;

pub(super) fn signer(n: u32) -> Signer {
    Signer {
        number: PersonalNumber::parse(&format!("044189{n:06}")).unwrap(),
        full_name: FullName::parse("NGUYỄN THỊ VÍ DỤ").unwrap(),
    }
}

impl World {
    pub(super) async fn text(&self) -> String {
        self.accounts.start_signature("sign-in", Lang::VI, &visitor(1)).await.unwrap().expose().to_owned()
    }

    pub(super) async fn signs(&self, token: &str, n: u32) -> Result<Welcome, Error> {
        self.accounts.signed(token, signer(n), &visitor(1)).await
    }

    /// To the password's page.
    pub(super) async fn signs_first(&self, n: u32, with: u32) -> String {
        let Welcome::New { token } = self.signs(&self.text().await, n).await.unwrap() else { panic!("known") };
        let (accounts, v) = (&self.accounts, visitor(with as u8));
        let started =
            accounts.start_first_phone(FlowKind::RegisterSigned, token.expose(), form(phone(with), &v)).await.unwrap();
        let code = self.otp(&phone(with)).await;
        accounts.confirm_signed(started.token.expose(), code).await.unwrap();
        self.core.clock.advance(crate::accounts::otp::RESEND_AFTER);
        started.token.expose().to_owned()
    }

    async fn finishes_signed(&self, token: &str) -> Result<NewSession, Error> {
        self.accounts.complete_signed(token, &secret(COMPOSED), &visitor(1)).await
    }
}

#[tokio::test]
async fn n4_one_number_one_account_whoever_finishes_first_and_the_name_stays_as_it_was_written() {
    each_engine(async |db| {
        let w = portal(&db).await;
        let (first, second) = (w.signs_first(1, 1).await, w.signs_first(1, 2).await);
        let weak = w.accounts.complete_signed(&first, &secret("yếu"), &visitor(1)).await;
        assert!(matches!(weak, Err(Error::Password(_))));
        let session = w.finishes_signed(&first).await.unwrap();
        assert!(matches!(w.finishes_signed(&second).await, Err(Error::LinkedElsewhere)), "the number is taken");
        assert!(matches!(w.finishes_signed(&first).await, Err(Error::FlowGone)), "once");
        let facts = w.accounts.facts(session.account).await.unwrap();
        let number = facts.get("number").unwrap();
        assert_eq!((number.source.as_str(), number.assurance.as_str()), (SIGNATURE, "high"));
        assert_eq!(w.accounts.profile(session.account).await.unwrap().assurance(), Assurance::High);
        // Another source wrote the name with small letters meanwhile.
        let arrival = Arrival {
            provider: "vneid".into(),
            subject: String::new(),
            level: Assurance::Verified,
            number: signer(1).number,
            full_name: FullName::parse("Nguyễn Thị Ví Dụ").unwrap(),
            birth_date: None,
            sex: None,
            phone: None,
            behalf: None,
        };
        let account = session.account;
        let core = w.core.clone();
        let put = w.core.store.write(move |tx: Tx| async move {
            crate::accounts::linked::facts::put(&core, &tx, account, &arrival).await
        });
        put.await.unwrap();
        let Welcome::In(again) = w.signs(&w.text().await, 1).await.unwrap() else { panic!("unknown") };
        assert_eq!(again.account, account);
        let facts = w.accounts.facts(account).await.unwrap();
        assert_eq!(facts.get("full_name").unwrap().value, "Nguyễn Thị Ví Dụ");
    })
    .await;
}

#[tokio::test]
async fn n4_a_text_is_used_once_in_its_time_and_tries_are_counted() {
    each_engine(async |db| {
        let w = portal(&db).await;
        let session = w.finishes_signed(&w.signs_first(1, 1).await).await.unwrap();
        let token = w.text().await;
        let (one, other) = tokio::join!(w.signs(&token, 1), w.signs(&token, 1));
        assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "two at one moment");
        let token = w.text().await;
        for _ in 0..5 {
            w.accounts.count_signature(&token, &visitor(1)).await.unwrap();
        }
        assert!(matches!(w.accounts.count_signature(&token, &visitor(1)).await, Err(Error::FlowGone)));
        assert!(matches!(w.signs(&token, 1).await, Err(Error::FlowGone)), "used up");
        let token = w.text().await;
        w.core.clock.advance(10 * MINUTE + 1);
        assert!(matches!(w.signs(&token, 1).await, Err(Error::FlowGone)), "too late");
        let mut nonces = std::collections::BTreeSet::new();
        for _ in 0..3 {
            let flow = w.accounts.flow(FlowKind::Sign, &w.text().await).await.unwrap().unwrap();
            assert!(flow.text("nonce").len() >= 43, "256 bits");
            nonces.insert(flow.text("nonce").to_owned());
        }
        assert_eq!(nonces.len(), 3);

        // An address that hands in files without end waits.
        let mut tries = 0;
        loop {
            let token = w.text().await;
            match w.accounts.count_signature(&token, &visitor(7)).await {
                Ok(_) => tries += 1,
                Err(e) => {
                    assert!(e.again_at().is_some(), "{e}");
                    break;
                }
            }
            assert!(tries < 100, "never stopped");
        }
        // Who is blocked stays outside.
        let account = session.account;
        let block = w.core.store.write(move |tx: Tx| async move {
            let sql = "UPDATE account SET blocked_at = 1, block_reason = 'thử' WHERE id = $1";
            Sql::new(sql).bind(account).exec(&tx).await
        });
        block.await.unwrap();
        assert!(matches!(w.signs(&w.text().await, 1).await, Err(Error::Blocked { .. })));
    })
    .await;
}

//! Accounts on both engines, through the same doors as the web. Each test's name begins with the requirement it proves.

mod by_number;
mod by_signature;
mod data;
mod factors;
mod guests;
mod held;
mod linked;
mod login;
mod otp;
mod passkeys;
mod recover;
mod register;
mod release;
mod sessions;
mod signed_over;
mod staff_linked;
mod turn;
mod verify;

use super::{
    Accounts, Address, Error, FullName, Kind, NewSession, PhoneForm, Signed, Visitor,
    login::Entered,
    otp::OtpCode,
    register::{Details, Started},
};
use crate::{core::Core, sms, testing};
use base::{i18n::Lang, ids::Uuid, keys::Secret, phone::PhoneNumber};
use std::sync::Arc;
use store::{FromRow, Sql, Store, Tx};

pub(crate) const GOOD: &str = "bốn con trâu trắng";
pub(crate) const BETTER: &str = "năm con cò lả bay";
pub(crate) const COMMUNE: &str = "18880";

/// A province with accounts.
pub(crate) struct World {
    pub core: Core,
    pub accounts: Accounts,
}

pub(crate) async fn world(store: &Store) -> World {
    let core = testing::core(store).await;
    let accounts = Accounts::new(core.clone()).unwrap();
    World { core, accounts }
}

pub(crate) fn phone(n: u32) -> PhoneNumber {
    PhoneNumber::parse(&format!("0914{n:06}")).unwrap()
}

pub(crate) fn secret(text: &str) -> Secret {
    Secret::new(text)
}

/// A phone with the consent, typed by `by`.
pub(crate) fn form(phone: PhoneNumber, by: &Visitor) -> PhoneForm<'_> {
    PhoneForm { phone, agreed: true, lang: Lang::VI, visitor: by, proof: "" }
}

/// A browser of its own behind an address of its own.
pub(crate) fn visitor(n: u8) -> Visitor {
    let agent = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36";
    Visitor::new([203, 0, 113, n].into(), Some(format!("mark-of-browser-{n:03}")), agent)
}

impl World {
    /// What was sent to a phone, newest first.
    pub async fn inbox(&self, phone: &PhoneNumber) -> Vec<String> {
        #[derive(FromRow)]
        struct Row {
            id: Uuid,
            payload: Vec<u8>,
        }
        let rows: Vec<Row> =
            Sql::new("SELECT id, payload FROM outbox WHERE channel = 'sms' ORDER BY created_at DESC, id DESC")
                .all(self.core.store.read())
                .await
                .unwrap();
        let open = |r: Row| sms::open(&self.core, r.id, &r.payload).unwrap();
        rows.into_iter().map(open).filter(|s| s.to == *phone).map(|s| s.text).collect()
    }

    /// The code of the newest SMS to a phone.
    pub async fn code(&self, phone: &PhoneNumber) -> String {
        let text = self.inbox(phone).await.into_iter().next().unwrap();
        let code = text[..6].to_owned();
        assert!(code.bytes().all(|b| b.is_ascii_digit()), "{text}");
        code
    }

    pub async fn otp(&self, phone: &PhoneNumber) -> OtpCode {
        OtpCode::parse(&self.code(phone).await).unwrap()
    }

    /// Six digits that are not the code of the newest SMS.
    pub async fn wrong_otp(&self, phone: &PhoneNumber) -> OtpCode {
        let right: u32 = self.code(phone).await.parse().unwrap();
        OtpCode::parse(&format!("{:06}", (right + 1) % 1_000_000)).unwrap()
    }

    pub async fn start(&self, n: u32) -> Started {
        self.accounts.start_registration(phone(n), true, Lang::VI, &visitor(n as u8), "", None).await.unwrap()
    }

    pub fn details(&self) -> Details {
        Details {
            full_name: FullName::parse("Trần Thị Thử").unwrap(),
            commune: COMMUNE.into(),
            address: Address::parse("Thôn 3").unwrap(),
            password: secret(GOOD),
        }
    }

    /// A citizen with password `GOOD`, signed in.
    pub async fn citizen(&self, n: u32) -> NewSession {
        let started = self.start(n).await;
        let code = self.otp(&phone(n)).await;
        self.accounts.confirm_registration(started.token.expose(), code).await.unwrap();
        let done = self.accounts.complete_registration(started.token.expose(), self.details(), &visitor(n as u8)).await;
        // The next SMS to this phone must not have to wait for this one.
        self.core.clock.advance(super::otp::RESEND_AFTER);
        done.unwrap()
    }

    /// A member of staff with password `GOOD` and a username; no second factor yet.
    pub async fn staff(&self, username: &'static str, unit: &str, role: crate::rights::Role) -> Uuid {
        let officer = testing::officer(&self.core, "Cán Bộ Thử", unit, role).await;
        let hash = self.accounts.hasher.hash(&secret(GOOD)).await.unwrap();
        let id = officer.account;
        self.write("UPDATE account SET password_hash = $1, username = $2 WHERE id = $3", move |sql| {
            sql.bind(hash.clone()).bind(username).bind(id)
        })
        .await;
        id
    }

    pub async fn write(&self, text: &'static str, bind: impl Fn(Sql) -> Sql + Clone + Send + 'static) {
        self.core.store.write(move |tx: Tx| async move { bind(Sql::new(text)).exec(&tx).await }).await.unwrap();
    }

    pub async fn sign_in(&self, n: u32, password: &str) -> Result<Entered, Error> {
        self.accounts.sign_in(Kind::Citizen, phone(n).as_e164(), &secret(password), &visitor(n as u8)).await
    }

    pub async fn signed(&self, session: &NewSession) -> Arc<Signed> {
        self.accounts.session(session.token.expose()).await.unwrap().unwrap()
    }

    pub async fn signed_token(&self, token: &Secret) -> Arc<Signed> {
        self.accounts.session(token.expose()).await.unwrap().unwrap()
    }

    pub async fn alive(&self, token: &Secret) -> bool {
        self.accounts.session(token.expose()).await.unwrap().is_some()
    }

    pub async fn kinds_of_activity(&self, account: Uuid) -> Vec<String> {
        self.accounts.activity(account, None).await.unwrap().into_iter().map(|l| l.kind).collect()
    }
}

pub(crate) fn entered(entered: Entered) -> NewSession {
    match entered {
        Entered::In(session) => session,
        Entered::SecondFactor { .. } => panic!("a second factor is asked"),
    }
}

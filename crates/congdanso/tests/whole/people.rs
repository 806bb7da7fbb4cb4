//! Citizens and officers with sessions, made on the database of an installation.

use crate::harness::Install;
use base::{
    i18n::Lang,
    ids::{Uuid, new_id},
    keys::{Purpose, Secret},
    phone::PhoneNumber,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    accounts::{Accounts, Address, FullName, Visitor, otp::OtpCode, register::Details},
    core::Core,
    sms,
};
use std::net::{IpAddr, Ipv4Addr};
use store::{FromRow, Insert, Sql, Tx};

pub const PASSWORD: &str = "Sông Gianh mùa nước nổi 7";

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Person {
    pub account: Uuid,
    pub session: Uuid,
    pub token: String,
    /// The anti-forgery token of this session's forms.
    pub csrf: String,
    pub phone: String,
    pub name: String,
}

impl Person {
    /// As a browser sends it to an https address.
    pub fn cookie(&self) -> String {
        format!("__Host-phien={}", self.token)
    }
}

fn phone(n: u32) -> String {
    format!("+84912{n:06}")
}

/// So many citizens with sessions, as rows: quick, for loads. They want SMS.
pub async fn citizens(install: &Install, count: u32) -> Vec<Person> {
    let core = install.core().await;
    let people: Vec<Person> =
        (0..count).map(|n| person(&core, &format!("phien-thu-{n}"), phone(n), &format!("Người Thử Số {n}"))).collect();
    for some in people.chunks(100) {
        let (some, core2) = (some.to_vec(), core.clone());
        core.store
            .write(move |tx: Tx| async move {
                for p in &some {
                    insert(&core2, &tx, p, "citizen", "password").await?;
                }
                Ok::<_, store::Error>(())
            })
            .await
            .unwrap();
    }
    people
}

fn person(core: &Core, mark: &str, phone: String, name: &str) -> Person {
    let (account, session) = (new_id(&core.clock, &core.entropy), new_id(&core.clock, &core.entropy));
    let token = format!("{mark}-{:032x}", u128::from_be_bytes(core.entropy.bytes()));
    let csrf = URL_SAFE_NO_PAD.encode(core.keys.hash(Purpose::Csrf, &[session.as_bytes()]));
    Person { account, session, token, csrf, phone, name: name.into() }
}

async fn insert(
    core: &Core,
    tx: &Tx,
    p: &Person,
    kind: &'static str,
    method: &'static str,
) -> Result<(), store::Error> {
    let now = core.now();
    Insert::into("account")
        .set("id", p.account)
        .set("kind", kind)
        .set("phone", (kind == "citizen").then(|| p.phone.clone()))
        .set("full_name", p.name.clone())
        .set("commune", "18880")
        .set("assurance", "phone")
        .set("language", "vi")
        .set("notify_sms", true)
        .set("created_at", now)
        .set("updated_at", now)
        .exec(tx)
        .await?;
    Insert::into("session")
        .set("id", p.session)
        .set("account_id", p.account)
        .set("token_hash", core.keys.hash(Purpose::Session, &[b"session", p.token.as_bytes()]).to_vec())
        .set("method", method)
        .set("device", "Firefox, Linux")
        .set("created_at", now)
        .set("last_seen_at", now)
        .set("expires_at", now + 3_600_000)
        .set("proved_at", now)
        .exec(tx)
        .await?;
    Ok(())
}

/// A dispatcher of the province, signed in with two factors.
pub async fn dispatcher(install: &Install) -> Person {
    let core = install.core().await;
    let person = person(&core, "phien-can-bo", String::new(), "Cán Bộ Thử");
    let (p, core2) = (person.clone(), core.clone());
    core.store
        .write(move |tx: Tx| async move {
            insert(&core2, &tx, &p, "staff", "password+totp").await?;
            Insert::into("staff_role")
                .set("account_id", p.account)
                .set("unit", "*")
                .set("role", "province_operator")
                .set("granted_at", core2.now())
                .exec(&tx)
                .await?;
            Ok::<_, store::Error>(())
        })
        .await
        .unwrap();
    person
}

pub fn visitor() -> Visitor {
    Visitor::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)), None, "Mozilla/5.0 Firefox/140")
}

#[derive(FromRow)]
struct Waiting {
    id: Uuid,
    payload: Vec<u8>,
}

/// The texts of the outbox for a phone, newest first, opened with the installation's key.
pub async fn texts_for(core: &Core, phone: &str) -> Vec<String> {
    let rows: Vec<Waiting> =
        Sql::new("SELECT id, payload FROM outbox ORDER BY id DESC").all(core.store.read()).await.unwrap();
    rows.iter()
        .filter_map(|r| sms::open(core, r.id, &r.payload))
        .filter(|sms| sms.to.as_e164() == phone)
        .map(|sms| sms.text)
        .collect()
}

/// The six digits at the start of a code's SMS.
pub fn code_of(text: &str) -> String {
    text.chars().take_while(char::is_ascii_digit).collect()
}

/// A citizen registered through the services, with code and password, as the pages do it.
pub async fn registered(install: &Install, n: u32) -> Person {
    let core = install.core().await;
    let accounts = Accounts::new(core.clone()).unwrap();
    let number = phone(n);
    let started = accounts
        .start_registration(PhoneNumber::parse(&number).unwrap(), true, Lang::VI, &visitor(), "", None)
        .await
        .unwrap();
    let code = code_of(&texts_for(&core, &number).await[0]);
    accounts.confirm_registration(started.token.expose(), OtpCode::parse(&code).unwrap()).await.unwrap();
    let name = "Lê Thị Thử Nghiệm";
    let details = Details {
        full_name: FullName::parse(name).unwrap(),
        commune: "18880".into(),
        address: Address::parse("12 Trần Hưng Đạo").unwrap(),
        password: Secret::new(PASSWORD.to_owned()),
    };
    let opened = accounts.complete_registration(started.token.expose(), details, &visitor()).await.unwrap();
    let csrf = accounts.csrf_token(opened.session.as_bytes());
    let token = opened.token.expose().to_owned();
    Person { account: opened.account, session: opened.session, token, csrf, phone: number, name: name.into() }
}

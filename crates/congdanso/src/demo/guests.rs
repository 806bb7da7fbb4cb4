//! Somebody without an account who proved a phone and reported (R3): waits in the demo officer's queue.

use anyhow::Context;
use base::{
    clock::{HOUR, MINUTE, Millis},
    i18n::Lang,
    phone::PhoneNumber,
};
use domain::{
    accounts::{Accounts, Visitor, otp::OtpCode},
    core::Core,
    reports::{Draft, GUEST, Place, submit},
    sms,
};
use serde::Deserialize;
use store::{Sql, Tx};
use uuid::Uuid;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    category: String,
    title: String,
    content: String,
    address: String,
}

/// Invented, like all phones of the demo.
const PHONE: &str = "0999000090";
const AGO: Millis = 5 * HOUR;

pub async fn show(core: &Core, accounts: &Accounts, home: &str, present: Millis) -> anyhow::Result<()> {
    let words: Words = toml::from_str(include_str!("../../demo/guests.toml")).context("demo/guests.toml")?;
    core.clock.set(present - AGO);
    let phone = PhoneNumber::parse(PHONE).ok().context("the guest's phone")?;
    let visitor = Visitor::new(std::net::Ipv4Addr::LOCALHOST.into(), None, "Chrome, Android");
    let started = accounts.start_guest(phone.clone(), true, Lang::VI, &visitor, "", None).await?;
    let code = code(core, &phone).await?;
    let session = accounts.confirm_guest(started.token.expose(), code, &visitor).await?;
    core.clock.set(present - AGO + 4 * MINUTE);
    let draft = Draft {
        title: words.title,
        content: words.content,
        category: words.category,
        place: Place { point: None, commune: Some(home.to_owned()), address: words.address },
        anonymous: true,
        ..Draft::default()
    };
    submit(core, session.account, &draft, Vec::new(), None, GUEST).await?;
    let mark = "UPDATE account SET demo = TRUE WHERE kind = 'guest'";
    core.store.write(move |tx: Tx| async move { Sql::new(mark).exec(&tx).await }).await?;
    Ok(())
}

/// The code that was just sent: read where the worker would read it.
async fn code(core: &Core, phone: &PhoneNumber) -> anyhow::Result<OtpCode> {
    #[derive(store::FromRow)]
    struct Row {
        id: Uuid,
        payload: Vec<u8>,
    }
    // The clock went back for this: by its time, not by its place.
    let row: Option<Row> = Sql::new("SELECT id, payload FROM outbox WHERE created_at = $1 ORDER BY id DESC LIMIT 1")
        .bind(core.now())
        .one(core.store.read())
        .await?;
    let sms = row.and_then(|r| sms::open(core, r.id, &r.payload)).filter(|s| s.to == *phone).context("no code")?;
    OtpCode::parse(sms.text.get(..6).unwrap_or_default()).ok().context("no code in the SMS")
}

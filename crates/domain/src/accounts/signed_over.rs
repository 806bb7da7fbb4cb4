//! A signer whose phone has an account already goes on in that one (N4). The phone was proven a moment ago and the signature says who they are, so
//! the account is theirs; but whoever set its password up to now may be somebody else who typed what is printed on the card. Nothing by which that
//! one came in stays: password, sessions, passkeys, app, backup codes, open steps, links, known browsers, and people who act in it.

use super::{
    Accounts, Error, Flow, FlowKind, Kind, Visitor,
    activity::{self, Act, Happened},
    by_signature::Signer,
    flows, guests, helping,
    linked::{alive, facts},
    names::FullName,
    register::agree,
    rows, sessions,
};
use crate::{
    audit::{self, By, Entry},
    core::Core,
    notices::{self, Notice},
};
use base::{fold::fold, ids::Uuid, personal_number::PersonalNumber, phone::PhoneNumber};
use store::{ConnectionTrait, Sql, Tx};

/// The account of this phone in which who signed for `number` may go on: it holds that very number by a proof that names nobody, or no number at all.
/// In the second case a phone is all that the two have in common, and whoever set up a second factor is not passed by with a phone (A5, A17).
pub(super) async fn account_for(
    core: &Core,
    db: &impl ConnectionTrait,
    phone: &PhoneNumber,
    number: &PersonalNumber,
) -> Result<Option<Uuid>, Error> {
    let Some(account) = rows::by_phone(db, Kind::Citizen, phone).await? else { return Ok(None) };
    let known = facts::read(core, db, account.id).await?.proven();
    let goes_on = match known.get(facts::NUMBER) {
        Some(fact) => fact.value == number.expose() && !fact.is_brought(),
        None => !account.has_factor(),
    };
    Ok(goes_on.then_some(account.id))
}

/// The signer's name as the account writes it already: certificates hold it in capitals.
pub(super) async fn name_in(core: &Core, tx: &Tx, account: Uuid, signer: &Signer) -> Result<FullName, Error> {
    let known = facts::read(core, tx, account).await?.get("full_name").map(|fact| fact.value.clone());
    let own = rows::profile(tx, account).await?.map(|profile| profile.full_name);
    let same = [known, own].into_iter().flatten().find(|name| fold(name) == fold(signer.full_name.as_str()));
    Ok(same.map_or_else(|| Ok(signer.full_name.clone()), |name| FullName::parse(&name))?)
}

/// The account is the signer's from now on; facts, level and session are the caller's. Errors: `Blocked`, `FlowGone`.
pub(super) async fn take_over(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    (flow, phone): (&Flow, &PhoneNumber),
    (name, hash): (&FullName, String),
    visitor: &Visitor,
) -> Result<(), Error> {
    alive(tx, account).await?;
    if let Some(reason) = guests::blocked(core, tx, phone).await? {
        return Err(Error::Blocked { reason });
    }
    let now = core.now();
    let changed = Sql::new(
        "UPDATE account SET password_hash = $1, full_name = $2, must_change_password = FALSE, updated_at = $3
         WHERE id = $4 AND phone = $5 AND kind = 'citizen' AND blocked_at IS NULL AND deleted_at IS NULL",
    )
    .bind(hash)
    .bind(name.as_str())
    .bind(now)
    .bind(account)
    .bind(phone.as_e164())
    .exec(tx)
    .await?;
    if changed == 0 {
        return Err(Error::FlowGone);
    }
    sessions::end(core, tx, account, None, "signed-over").await?;
    Accounts::clear_factors(tx, account).await?;
    // A recovery, another phone or a passkey that was half way: its code or password is of before.
    Sql::new("UPDATE flow SET done_at = $1, data = '{}' WHERE account_id = $2 AND done_at IS NULL")
        .bind(now)
        .bind(account)
        .exec(tx)
        .await?;
    Sql::new("UPDATE session SET device_key = NULL WHERE account_id = $1").bind(account).exec(tx).await?;
    Sql::new("DELETE FROM linked_account WHERE account_id = $1").bind(account).exec(tx).await?;
    helping::shut(core, tx, account).await?;
    agree(core, tx, account, flow).await?;
    activity::write(core, tx, Act::own(account, Happened::SignedOver).device(&visitor.label)).await?;
    let notice = Notice {
        account,
        kind: "account",
        key: "notice-signed-over".into(),
        args: Vec::new(),
        link: "/tai-khoan/bao-mat".into(),
        sms: None,
    };
    notices::tell(core, tx, notice).await?;
    let entry = Entry {
        by: By::Citizen { account },
        act: "account-sign-over",
        object: format!("account {account}"),
        reason: String::new(),
        data: serde_json::json!({}),
    };
    audit::write(tx, &core.clock, &core.entropy, entry).await?;
    Ok(())
}

impl Accounts {
    /// Whether the signer goes on in the account of the phone they proved: they read what that ends before they choose its new password. Errors: `FlowGone`.
    pub async fn signs_over(&self, token: &str) -> Result<bool, Error> {
        let db = self.core.store.read();
        let flow = flows::at(&self.core, db, FlowKind::RegisterSigned, token, flows::PASSWORD).await?;
        let (phone, signer) = (flow.phone.as_ref().ok_or(Error::FlowGone)?, self.signer_of(&flow)?);
        Ok(account_for(&self.core, db, phone, &signer.number).await?.is_some())
    }

    /// The masked phone of the account that holds the signer's number by a proof that names nobody: they read it before they type their own phone.
    /// Errors: `FlowGone`.
    pub async fn holder_of_signed(&self, flow: &Flow) -> Result<Option<String>, Error> {
        let (db, number) = (self.core.store.read(), self.signer_of(flow)?.number);
        let claim = facts::claim_of(&self.core, db, &number).await?;
        let Some(claim) = claim.filter(|claim| claim.is_proven() && !claim.names_the_person()) else { return Ok(None) };
        let phone = rows::profile(db, claim.account_id).await?.and_then(|profile| profile.phone_number());
        Ok(Some(phone.map(|phone| phone.masked()).unwrap_or_default()))
    }
}

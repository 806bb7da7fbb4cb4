//! The principal, signed in, asks somebody by phone to help, and what that person says. Nobody learns whether the phone has an account (A14).

use super::{
    Given, HELPERS_MOST, HELPING, OFFER_LIVES, Refusal, Scopes, Term,
    children::of_age,
    rows::Open,
    stand::{self, New, count, happened, log, tell},
};
use crate::{
    accounts::{Accounts, Error, Kind, Signed, activity::Happened, rows},
    audit::By,
    core::Core,
    error::Error as Shared,
    limits::{self, INVITATIONS_PER_PERSON_DAY, INVITATIONS_PER_PHONE_DAY},
    sms::{self, Lane, Sms},
};
use base::{
    clock::{DAY, Millis},
    i18n::Lang,
    ids::Uuid,
    keys::Purpose,
    phone::PhoneNumber,
};
use serde_json::json;
use store::{Insert, Sql, Tx};

/// Apart from the phones of organisations' invitations.
pub(super) fn phone_hash(core: &Core, phone: &PhoneNumber) -> Vec<u8> {
    core.keys.hash(Purpose::InvitationIndex, &[b"help", phone.as_e164().as_bytes()]).to_vec()
}

/// What stands between phone and row.
pub(super) fn open_phone(core: &Core, id: Uuid, sealed: &[u8]) -> Option<PhoneNumber> {
    let plain = core.keys.open(Purpose::Invitation, id.as_bytes(), sealed).ok()?;
    PhoneNumber::parse(std::str::from_utf8(&plain).ok()?).ok()
}

/// What is offered to a phone.
#[derive(Clone)]
struct Asked {
    id: Uuid,
    principal: Uuid,
    to: PhoneNumber,
    given: Given,
    scopes: Scopes,
    days: i32,
}

async fn send(core: &Core, tx: &Tx, asked: &Asked, name: &str) -> Result<(), store::Error> {
    let (speaker, province) = (core.speaker(Lang::VI), core.province());
    let args = [
        ("app", province.pack.province.app_name.get(Lang::VI)),
        ("name", name),
        ("link", &format!("{}{HELPING}", core.settings.origin)),
        ("until", &base::show::date(core.now() + OFFER_LIVES)),
    ];
    let key = if asked.given == Given::Guardian { "sms-guardian-asked" } else { "sms-help-asked" };
    let sms = Sms { to: asked.to.clone(), text: speaker.ta(key, &args) };
    sms::put(core, tx, &sms, Lane::Normal, None, DAY).await
}

/// Writes the offer and sends the word. Errors: `TooOften`, `Full`, `AlreadyAsked`.
async fn ask(core: &Core, tx: &Tx, by: Uuid, name: &str, asked: &Asked) -> Result<(), Error> {
    let now = core.now();
    for (limit, key) in [
        (INVITATIONS_PER_PERSON_DAY, by.as_bytes().as_slice()),
        (INVITATIONS_PER_PHONE_DAY, asked.to.as_e164().as_bytes()),
    ] {
        let hit = limits::hit(tx, &core.keys, limit, key, now).await?;
        hit.map_err(|over| Shared::TooOften { again_at: over.again_at })?;
    }
    tx.lock("account", asked.principal).await?;
    Sql::new("DELETE FROM mandate_offer WHERE principal = $1 AND expires_at <= $2")
        .bind(asked.principal)
        .bind(now)
        .exec(tx)
        .await?;
    let offers = "SELECT count(*) FROM mandate_offer WHERE principal = $1 AND expires_at > $2";
    if count(tx, offers, asked.principal, now).await? >= HELPERS_MOST {
        return Err(Refusal::Full.into());
    }
    let sealed = core.keys.seal(Purpose::Invitation, asked.id.as_bytes(), asked.to.as_e164().as_bytes(), &core.entropy);
    let inserted = Insert::into("mandate_offer")
        .set("id", asked.id)
        .set("principal", asked.principal)
        .set("offered_by", by)
        .set("kind", asked.given.as_str())
        .set("phone_hash", phone_hash(core, &asked.to))
        .set("phone_sealed", sealed)
        .set("scope", asked.scopes.to_string())
        .set("days", asked.days)
        .set("created_at", now)
        .set("expires_at", now + OFFER_LIVES)
        .or_ignore()
        .exec(tx)
        .await?;
    if inserted == 0 {
        return Err(Refusal::AlreadyAsked.into());
    }
    send(core, tx, asked, name).await?;
    if let Some(theirs) = rows::by_phone(tx, Kind::Citizen, &asked.to).await? {
        tell(core, tx, theirs.id, "notice-help-asked", HELPING, None).await?;
    }
    happened(core, tx, asked.principal, Happened::HelpAsked, by, "").await?;
    let data = json!({ "principal": asked.principal, "scope": asked.scopes.to_string(), "days": asked.days });
    Ok(log(core, tx, By::Citizen { account: by }, "mandate-ask", asked.id, data).await?)
}

/// Takes an offer to this phone: of two answers at one moment one gets it. Errors: `OfferGone`.
async fn take(tx: &Tx, id: Uuid, phone_hash: Vec<u8>, now: Millis) -> Result<Open, Error> {
    let open: Option<Open> = Sql::new(
        "DELETE FROM mandate_offer WHERE id = $1 AND phone_hash = $2 AND expires_at > $3
         RETURNING principal, offered_by, kind, scope, days",
    )
    .bind(id)
    .bind(phone_hash)
    .bind(now)
    .one(tx)
    .await?;
    open.ok_or(Refusal::OfferGone.into())
}

/// Only a citizen in the own session gives and takes: no chains. Errors: `Forbidden`.
pub(super) fn require_own(signed: &Signed) -> Result<(), Error> {
    if signed.kind == Kind::Citizen { Ok(()) } else { Err(Shared::Forbidden.into()) }
}

impl Accounts {
    /// «Nhờ người giúp»: an SMS with the own name goes to the phone, and a notice to the account that has it. Errors: `StepUp`, `Forbidden`,
    /// `Invalid` without anything to help with, `Own`, `AlreadyAsked`, `Full`, `TooOften`.
    pub async fn ask_for_help(
        &self,
        signed: &Signed,
        to: PhoneNumber,
        scopes: Scopes,
        term: Term,
    ) -> Result<(), Error> {
        require_own(signed)?;
        signed.require_fresh(self.core.now())?;
        if scopes.is_empty() {
            return Err(Error::field("scope", "help-scope-empty"));
        }
        if signed.phone.as_ref() == Some(&to) {
            return Err(Refusal::Own.into());
        }
        let (id, principal, days) = (self.core.new_id(), signed.account, term.days());
        let asked = Asked { id, principal, to, given: Given::Own, scopes, days };
        let (core, name) = (self.core.clone(), signed.name.clone());
        self.core.store.write(move |tx: Tx| async move { ask(&core, &tx, principal, &name, &asked).await }).await
    }

    /// A second guardian for a child. Errors: as before, `NotFound` for another's child, `Adult`, `Full` with two.
    pub async fn ask_guardian(&self, signed: &Signed, child: Uuid, to: PhoneNumber) -> Result<(), Error> {
        require_own(signed)?;
        signed.require_fresh(self.core.now())?;
        if signed.phone.as_ref() == Some(&to) {
            return Err(Refusal::Own.into());
        }
        let (id, me) = (self.core.new_id(), signed.account);
        let asked = Asked { id, principal: child, to, given: Given::Guardian, scopes: Scopes::all(), days: 0 };
        let (core, name) = (self.core.clone(), signed.name.clone());
        self.core
            .store
            .write(move |tx: Tx| async move {
                of_age(&core, &tx, child, me).await?;
                if stand::guardians(&tx, child).await? >= super::GUARDIANS_MOST {
                    return Err(Refusal::Full.into());
                }
                ask(&core, &tx, me, &name, &asked).await
            })
            .await
    }

    /// Takes an offer back. Errors: `OfferGone`, `Forbidden`.
    pub async fn withdraw_help(&self, signed: &Signed, id: Uuid) -> Result<(), Error> {
        require_own(signed)?;
        let (core, me) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                let sql = "DELETE FROM mandate_offer WHERE id = $1 AND offered_by = $2 RETURNING principal";
                let principal: Option<Uuid> = Sql::new(sql).bind(id).bind(me).scalar(&tx).await?;
                let principal = principal.ok_or(Refusal::OfferGone)?;
                happened(&core, &tx, principal, Happened::HelpAsked, me, "withdrawn").await?;
                Ok(log(&core, &tx, By::Citizen { account: me }, "mandate-withdraw", id, json!({})).await?)
            })
            .await
    }

    /// «Nhận giúp». Errors: `OfferGone`, `Full`, `TooMany`, `Own`, `Adult`, `Forbidden`.
    pub async fn accept_help(&self, signed: &Signed, id: Uuid) -> Result<(), Error> {
        require_own(signed)?;
        let phone = signed.phone.as_ref().ok_or(Refusal::OfferGone)?;
        let (core, me, hash) = (self.core.clone(), signed.account, phone_hash(&self.core, phone));
        let principal = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                let open = take(&tx, id, hash, now).await?;
                let given = Given::parse(&open.kind).ok_or(Refusal::OfferGone)?;
                let until = match given {
                    Given::Guardian => {
                        stand::lock(&tx, open.principal, me).await?;
                        if stand::guardians(&tx, open.principal).await? >= super::GUARDIANS_MOST {
                            return Err(Refusal::Full.into());
                        }
                        // Who asked must still be a guardian.
                        of_age(&core, &tx, open.principal, open.offered_by).await.map_err(gone)?
                    }
                    // No officer is asked by phone.
                    Given::Desk => return Err(Refusal::OfferGone.into()),
                    Given::Own | Given::Aloud => now + i64::from(open.days) * DAY,
                };
                let scopes = Scopes::parse(&open.scope);
                let new = New { id, principal: open.principal, helper: me, given, scopes, until };
                stand::begin(&core, &tx, new).await?;
                Ok::<_, Error>(open.principal)
            })
            .await?;
        self.cache.forget(principal);
        Ok(())
    }

    /// «Từ chối». Errors: `OfferGone`.
    pub async fn decline_help(&self, signed: &Signed, id: Uuid) -> Result<(), Error> {
        require_own(signed)?;
        let phone = signed.phone.as_ref().ok_or(Refusal::OfferGone)?;
        let (core, me, hash) = (self.core.clone(), signed.account, phone_hash(&self.core, phone));
        self.core
            .store
            .write(move |tx: Tx| async move {
                let open = take(&tx, id, hash, core.now()).await?;
                tell(&core, &tx, open.offered_by, "notice-help-declined", super::HELPERS, None).await?;
                Ok(log(&core, &tx, By::Citizen { account: me }, "mandate-decline", id, json!({})).await?)
            })
            .await
    }
}

fn gone(error: Error) -> Error {
    match error {
        Error::Shared(Shared::NotFound) => Refusal::OfferGone.into(),
        other => other,
    }
}

//! Inviting by phone, and what the invited person says. Whoever is invited is told by SMS which organisation it is and nothing else; only
//! who signs in with this phone can answer.

use super::{
    Deed, INVITATION_LIVES, INVITED_MOST, MEMBERS_MOST, PAGE, Refusal, Role, gate, name_of, note, phone_hash,
    require_identified, standing, tell, tell_managers,
};
use crate::{
    accounts::{Accounts, Error, Kind, Signed, activity::Happened, rows},
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
use store::{FromRow, Insert, Sql, Tx};

/// What stands between phone and row.
pub(super) fn open_phone(core: &Core, id: Uuid, sealed: &[u8]) -> Option<PhoneNumber> {
    let plain = core.keys.open(Purpose::Invitation, id.as_bytes(), sealed).ok()?;
    PhoneNumber::parse(std::str::from_utf8(&plain).ok()?).ok()
}

async fn count(tx: &Tx, sql: &str, organization: Uuid) -> Result<i64, store::Error> {
    Ok(Sql::new(sql).bind(organization).scalar(tx).await?.unwrap_or(0))
}

async fn send(core: &Core, tx: &Tx, to: &PhoneNumber, name: &str, until: Millis) -> Result<(), store::Error> {
    let (speaker, province) = (core.speaker(Lang::VI), core.province());
    let args = [
        ("app", province.pack.province.app_name.get(Lang::VI)),
        ("name", name),
        ("link", &format!("{}{PAGE}", core.settings.origin)),
        ("until", &base::show::date(until)),
    ];
    let sms = Sms { to: to.clone(), text: speaker.ta("sms-organization-invited", &args) };
    sms::put(core, tx, &sms, Lane::Normal, None, DAY).await
}

/// An offer that was taken off the table.
#[derive(FromRow)]
struct Offer {
    organization_id: Uuid,
    role: String,
    invited_by: Uuid,
}

/// Takes an invitation to this phone: of two answers at one moment one gets it. Errors: `InvitationGone`.
async fn take(tx: &Tx, id: Uuid, phone_hash: Vec<u8>, now: Millis) -> Result<Offer, Error> {
    let offer: Option<Offer> = Sql::new(
        "DELETE FROM organization_invitation WHERE id = $1 AND phone_hash = $2 AND expires_at > $3
         RETURNING organization_id, role, invited_by",
    )
    .bind(id)
    .bind(phone_hash)
    .bind(now)
    .one(tx)
    .await?;
    offer.ok_or(Refusal::InvitationGone.into())
}

impl Accounts {
    /// «Mời người»: an SMS goes to the phone, and a notice to the account that has it. Errors: `StepUp`, `NotFound`, `Forbidden`,
    /// `AlreadyMember`, `AlreadyInvited`, `Full`, `TooOften`.
    pub async fn invite(&self, signed: &Signed, organization: Uuid, to: PhoneNumber, role: Role) -> Result<(), Error> {
        signed.require_fresh(self.core.now())?;
        let (core, account, id) = (self.core.clone(), signed.account, self.core.new_id());
        let (hash, now) = (phone_hash(&core, &to), core.now());
        let sealed = core.keys.seal(Purpose::Invitation, id.as_bytes(), to.as_e164().as_bytes(), &core.entropy);
        self.core
            .store
            .write(move |tx: Tx| async move {
                gate(&tx, organization, account, Deed::Invite).await?;
                for (limit, key) in [
                    (INVITATIONS_PER_PERSON_DAY, account.as_bytes().as_slice()),
                    (INVITATIONS_PER_PHONE_DAY, to.as_e164().as_bytes()),
                ] {
                    let hit = limits::hit(&tx, &core.keys, limit, key, now).await?;
                    hit.map_err(|over| Shared::TooOften { again_at: over.again_at })?;
                }
                let theirs = rows::by_phone(&tx, Kind::Citizen, &to).await?.map(|found| found.id);
                if let Some(theirs) = theirs
                    && standing(&tx, organization, theirs).await?.is_some()
                {
                    return Err(Refusal::AlreadyMember.into());
                }
                Sql::new("DELETE FROM organization_invitation WHERE organization_id = $1 AND expires_at <= $2")
                    .bind(organization)
                    .bind(now)
                    .exec(&tx)
                    .await?;
                let members = "SELECT count(*) FROM organization_member WHERE organization_id = $1";
                let invited = "SELECT count(*) FROM organization_invitation WHERE organization_id = $1";
                if count(&tx, members, organization).await? >= MEMBERS_MOST
                    || count(&tx, invited, organization).await? >= INVITED_MOST
                {
                    return Err(Refusal::Full.into());
                }
                let inserted = Insert::into("organization_invitation")
                    .set("id", id)
                    .set("organization_id", organization)
                    .set("phone_hash", hash)
                    .set("phone_sealed", sealed)
                    .set("role", role.as_str())
                    .set("invited_by", account)
                    .set("created_at", now)
                    .set("expires_at", now + INVITATION_LIVES)
                    .or_ignore()
                    .exec(&tx)
                    .await?;
                if inserted == 0 {
                    return Err(Refusal::AlreadyInvited.into());
                }
                let name = name_of(&tx, organization).await?;
                send(&core, &tx, &to, &name, now + INVITATION_LIVES).await?;
                if let Some(theirs) = theirs {
                    tell(&core, &tx, theirs, "notice-organization-invited", &name, PAGE.to_owned()).await?;
                }
                let data = json!({ "invitation": id, "role": role.as_str() });
                let happened = (account, Happened::OrganizationChanged, name.as_str());
                Ok(note(&core, &tx, account, "organization-invite", organization, data, happened).await?)
            })
            .await
    }

    /// Takes an invitation back. Errors: `NotFound`, `Forbidden`, `InvitationGone`.
    pub async fn withdraw_invitation(&self, signed: &Signed, organization: Uuid, id: Uuid) -> Result<(), Error> {
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                gate(&tx, organization, account, Deed::Withdraw).await?;
                let gone = Sql::new("DELETE FROM organization_invitation WHERE id = $1 AND organization_id = $2")
                    .bind(id)
                    .bind(organization)
                    .exec(&tx)
                    .await?;
                if gone == 0 {
                    return Err(Refusal::InvitationGone.into());
                }
                let name = name_of(&tx, organization).await?;
                let happened = (account, Happened::OrganizationChanged, name.as_str());
                let data = json!({ "invitation": id });
                Ok(note(&core, &tx, account, "organization-withdraw", organization, data, happened).await?)
            })
            .await
    }

    /// «Nhận lời»; the organisation. Errors: `InvitationGone`, `NotIdentified`, `Forbidden`.
    pub async fn accept_invitation(&self, signed: &Signed, id: Uuid) -> Result<Uuid, Error> {
        require_identified(signed)?;
        let phone = signed.phone.as_ref().ok_or(Refusal::InvitationGone)?;
        let (core, account, hash) = (self.core.clone(), signed.account, phone_hash(&self.core, phone));
        let member = self.core.new_id();
        self.core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                let offer = take(&tx, id, hash, now).await?;
                let organization = offer.organization_id;
                tx.lock("organization", organization).await?;
                let inserted = Insert::into("organization_member")
                    .set("id", member)
                    .set("organization_id", organization)
                    .set("account_id", account)
                    .set("role", offer.role.as_str())
                    .set("since", now)
                    .set("added_by", offer.invited_by)
                    .or_ignore()
                    .exec(&tx)
                    .await?;
                let name = name_of(&tx, organization).await?;
                if inserted == 1 {
                    tell_managers(&core, &tx, organization, account, "notice-organization-joined", &name).await?;
                }
                let data = json!({ "invitation": id, "role": offer.role, "by": offer.invited_by });
                let happened = (account, Happened::OrganizationJoined, name.as_str());
                note(&core, &tx, account, "organization-join", organization, data, happened).await?;
                Ok(organization)
            })
            .await
    }

    /// «Từ chối». Errors: `InvitationGone`.
    pub async fn decline_invitation(&self, signed: &Signed, id: Uuid) -> Result<(), Error> {
        let phone = signed.phone.as_ref().ok_or(Refusal::InvitationGone)?;
        let (core, account, hash) = (self.core.clone(), signed.account, phone_hash(&self.core, phone));
        self.core
            .store
            .write(move |tx: Tx| async move {
                let offer = take(&tx, id, hash, core.now()).await?;
                let name = name_of(&tx, offer.organization_id).await?;
                if standing(&tx, offer.organization_id, offer.invited_by).await?.is_some() {
                    let link = super::page_of(offer.organization_id);
                    tell(&core, &tx, offer.invited_by, "notice-organization-declined", &name, link).await?;
                }
                let data = json!({ "invitation": id });
                let happened = (account, Happened::OrganizationDeclined, name.as_str());
                Ok(note(&core, &tx, account, "organization-decline", offer.organization_id, data, happened).await?)
            })
            .await
    }
}

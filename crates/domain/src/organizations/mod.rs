//! Organisations (doanh nghiệp, cơ quan nhà nước) and the persons who act for them (A11, N1).
//!
//! ```text
//! a person, known by number, signs a text with the organisation's token ─▶ manager ─▶ invites by phone ─▶ the invited person says yes
//! ```
//!
//! An organisation is no account: nobody signs in as one. Its token says that it exists, what it is called and that whoever holds it may act
//! for it; what its members may do to each other is `rights`. Whether a signature is believed is said before it comes here (the crate
//! `signing`).

pub mod behalf;
mod invite;
mod members;
mod rights;
mod rows;
mod stand;

#[cfg(test)]
mod tests;

pub use behalf::Behalf;
pub use rights::{Deed, Role};
pub use rows::{Invited, Member, Mine, Open, View};
pub use stand::{Seal, Stood, WHY};

use crate::{
    accounts::{
        Accounts, Assurance, Error, Kind, Signed,
        activity::{self, Act, Happened},
    },
    audit::{self, By, Entry},
    core::Core,
    error::Error as Shared,
    notices::{self, Notice},
};
use base::{
    clock::{DAY, Millis},
    ids::Uuid,
    keys::Purpose,
    phone::PhoneNumber,
};
use serde_json::Value;
use store::{FromRow, Sql, Tx};

/// Where a person's organisations are.
pub const PAGE: &str = "/tai-khoan/to-chuc";
/// How long somebody who was invited may think about it.
pub const INVITATION_LIVES: Millis = 7 * DAY;
/// Persons who act for one organisation at most, and invitations that wait at most.
const MEMBERS_MOST: i64 = 200;
const INVITED_MOST: i64 = 50;

/// Why not, each with a sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody would be left who decides.
    LastManager,
    AlreadyMember,
    AlreadyInvited,
    /// Answered, withdrawn, late, or another's.
    InvitationGone,
    /// Who acts for others is known by number (A13).
    NotIdentified,
    /// As many members or invitations as there may be.
    Full,
}

impl Refusal {
    pub const ALL: [Self; 6] = [
        Self::LastManager,
        Self::AlreadyMember,
        Self::AlreadyInvited,
        Self::InvitationGone,
        Self::NotIdentified,
        Self::Full,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Self::LastManager => "org-last-manager",
            Self::AlreadyMember => "org-already-member",
            Self::AlreadyInvited => "org-already-invited",
            Self::InvitationGone => "org-invitation-gone",
            Self::NotIdentified => "org-not-identified",
            Self::Full => "org-full",
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Organization(refusal)
    }
}

/// Who may act for an organisation at all. Errors: `Forbidden` for guests and staff, `NotIdentified`.
pub fn require_identified(signed: &Signed) -> Result<(), Error> {
    match signed.kind {
        Kind::Citizen if signed.assurance >= Assurance::Verified => Ok(()),
        Kind::Citizen => Err(Refusal::NotIdentified.into()),
        Kind::Guest | Kind::Staff | Kind::Helper => Err(Shared::Forbidden.into()),
    }
}

fn phone_hash(core: &Core, phone: &PhoneNumber) -> Vec<u8> {
    core.keys.hash(Purpose::InvitationIndex, &[phone.as_e164().as_bytes()]).to_vec()
}

/// A member as acts need one.
#[derive(Debug, FromRow)]
struct Standing {
    id: Uuid,
    account_id: Uuid,
    role: String,
}

impl Standing {
    fn is_manager(&self) -> bool {
        Role::parse(&self.role) == Some(Role::Manager)
    }
}

const STANDING: &str = "SELECT id, account_id, role FROM organization_member WHERE organization_id = $1 AND";

async fn standing(tx: &Tx, organization: Uuid, account: Uuid) -> Result<Option<Standing>, store::Error> {
    Sql::new(format!("{STANDING} account_id = $2")).bind(organization).bind(account).one(tx).await
}

/// Whether the person may do this; until the unit ends nobody else changes who belongs to the organisation. Errors: `NotFound` for who does
/// not belong to it, `Forbidden`.
async fn gate(tx: &Tx, organization: Uuid, account: Uuid, deed: Deed) -> Result<Standing, Error> {
    tx.lock("organization", organization).await?;
    let me = standing(tx, organization, account).await?.ok_or(Shared::NotFound)?;
    let may = Role::parse(&me.role).is_some_and(|role| role.may(deed));
    if may { Ok(me) } else { Err(Shared::Forbidden.into()) }
}

async fn managers(tx: &Tx, organization: Uuid) -> Result<Vec<Uuid>, store::Error> {
    Sql::new("SELECT account_id FROM organization_member WHERE organization_id = $1 AND role = $2 ORDER BY since, id")
        .bind(organization)
        .bind(Role::Manager.as_str())
        .scalars(tx)
        .await
}

async fn name_of(tx: &Tx, organization: Uuid) -> Result<String, store::Error> {
    let name: Option<String> =
        Sql::new("SELECT name FROM organization WHERE id = $1").bind(organization).scalar(tx).await?;
    Ok(name.unwrap_or_default())
}

/// A word to somebody about an organisation. It names nobody: who it was stands on the organisation's page.
async fn tell(core: &Core, tx: &Tx, account: Uuid, key: &str, name: &str, link: String) -> Result<(), store::Error> {
    let args = vec![("name", name.to_owned())];
    notices::tell(core, tx, Notice { account, kind: "account", key: key.into(), args, link, sms: None }).await
}

fn page_of(organization: Uuid) -> String {
    format!("{PAGE}/{organization}")
}

async fn tell_managers(
    core: &Core,
    tx: &Tx,
    organization: Uuid,
    but: Uuid,
    key: &str,
    name: &str,
) -> Result<(), store::Error> {
    for account in managers(tx, organization).await?.into_iter().filter(|account| *account != but) {
        tell(core, tx, account, key, name, page_of(organization)).await?;
    }
    Ok(())
}

/// A line in the audit log, and one for whom it happened to.
async fn note(
    core: &Core,
    tx: &Tx,
    by: Uuid,
    act: &'static str,
    organization: Uuid,
    data: Value,
    happened: (Uuid, Happened, &str),
) -> Result<(), store::Error> {
    let (account, what, name) = happened;
    let line = Act { by: Some(by).filter(|by| *by != account), ..Act::own(account, what) };
    activity::write(core, tx, line.detail(name)).await?;
    let entry = Entry {
        by: By::Citizen { account: by },
        act,
        object: format!("organization {organization}"),
        reason: String::new(),
        data,
    };
    audit::write(tx, &core.clock, &core.entropy, entry).await
}

/// A person leaves the platform: their memberships and what was offered to their phone go along. An organisation stays, even without anybody;
/// whoever signs with its token next decides for it again.
pub(crate) async fn forget(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    phone: Option<&PhoneNumber>,
) -> Result<(), store::Error> {
    Sql::new("DELETE FROM organization_member WHERE account_id = $1").bind(account).exec(tx).await?;
    if let Some(phone) = phone {
        Sql::new("DELETE FROM organization_invitation WHERE phone_hash = $1")
            .bind(phone_hash(core, phone))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Phones of those who never answered are not kept.
pub(crate) async fn sweep(tx: &Tx, now: Millis) -> Result<u64, store::Error> {
    Sql::new("DELETE FROM organization_invitation WHERE expires_at < $1").bind(now).exec(tx).await
}

impl Accounts {
    /// The open text that this person was given to sign with an organisation's token. `None`: none, or another person's.
    pub async fn seal_flow(&self, signed: &Signed, token: &str) -> Result<Option<crate::accounts::Flow>, Error> {
        let flow = self.flow(crate::accounts::FlowKind::Sign, token).await?;
        Ok(flow.filter(|flow| flow.account == Some(signed.account)))
    }
}

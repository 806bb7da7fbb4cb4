//! Standing for an organisation: a signed-in person hands in a text signed with its token. The first one makes it known here; everybody who
//! does is its manager from then on.

use super::{Refusal, Role, name_of, note, phone_hash, require_identified, standing, tell_managers};
use crate::{
    accounts::{Accounts, Assurance, Error, FlowKind, Signed, Visitor, activity::Happened, flows, linked::alive},
    error::Error as Shared,
};
use base::{i18n::Lang, ids::Uuid, keys::Secret, organization_code::OrganizationCode};
use serde_json::json;
use store::{Insert, Sql, Tx};

/// What the text is signed for: a word of its flow and of its sentence.
pub const WHY: &str = "organization";

/// An organisation whose signature was believed.
#[derive(Debug, Clone)]
pub struct Seal {
    pub code: OrganizationCode,
    pub name: String,
    /// Whose root it was.
    pub authority: String,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stood {
    pub organization: Uuid,
    /// Nobody had signed for it here before.
    pub is_new: bool,
}

impl Accounts {
    /// A text to sign with an organisation's token, for this person alone. Errors: `NotIdentified`, `Forbidden`, `TooOften`.
    pub async fn start_seal(&self, signed: &Signed, lang: Lang, visitor: &Visitor) -> Result<Secret, Error> {
        require_identified(signed)?;
        self.give_out(Some(signed.account), WHY, lang, visitor).await
    }

    /// The text of this flow was signed by that organisation, and this was believed. Errors: `FlowGone` (over, used, or given to somebody
    /// else), `NotIdentified`, `Blocked`, `Forbidden`.
    pub async fn stand_for(&self, signed: &Signed, token: &str, seal: Seal) -> Result<Stood, Error> {
        require_identified(signed)?;
        let (core, account, token) = (self.core.clone(), signed.account, token.to_owned());
        let (new_id, member) = (self.core.new_id(), self.core.new_id());
        let own_phone = signed.phone.as_ref().map(|phone| phone_hash(&self.core, phone));
        self.core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                let flow = flows::find(&core, &tx, FlowKind::Sign, &token).await?;
                let flow = flow.filter(|flow| flow.account == Some(account)).ok_or(Error::FlowGone)?;
                flows::end(&tx, &flow, now).await?;
                alive(&tx, account).await?;
                let level: Option<String> =
                    Sql::new("SELECT assurance FROM account WHERE id = $1").bind(account).scalar(&tx).await?;
                if level.is_none_or(|level| Assurance::parse(&level) < Assurance::Verified) {
                    return Err(Refusal::NotIdentified.into());
                }
                let kind = seal.code.kind().as_str();
                let made = Insert::into("organization")
                    .set("id", new_id)
                    .set("kind", kind)
                    .set("code", seal.code.as_str())
                    .set("name", seal.name.as_str())
                    .set("confirmed_by", seal.authority.as_str())
                    .set("confirmed_at", now)
                    .set("created_at", now)
                    .or_ignore()
                    .exec(&tx)
                    .await?;
                let id: Option<Uuid> = Sql::new("SELECT id FROM organization WHERE kind = $1 AND code = $2")
                    .bind(kind)
                    .bind(seal.code.as_str())
                    .scalar(&tx)
                    .await?;
                let id = id.ok_or(Shared::Internal("an organisation that was just written"))?;
                tx.lock("organization", id).await?;
                let before = name_of(&tx, id).await?;
                Sql::new("UPDATE organization SET name = $1, confirmed_by = $2, confirmed_at = $3 WHERE id = $4")
                    .bind(seal.name.as_str())
                    .bind(seal.authority.as_str())
                    .bind(now)
                    .bind(id)
                    .exec(&tx)
                    .await?;
                let known = standing(&tx, id, account).await?;
                let was_manager = known.as_ref().is_some_and(super::Standing::is_manager);
                match known {
                    Some(known) => {
                        Sql::new("UPDATE organization_member SET role = $1 WHERE id = $2")
                            .bind(Role::Manager.as_str())
                            .bind(known.id)
                            .exec(&tx)
                            .await?;
                    }
                    None => {
                        Insert::into("organization_member")
                            .set("id", member)
                            .set("organization_id", id)
                            .set("account_id", account)
                            .set("role", Role::Manager.as_str())
                            .set("since", now)
                            .exec(&tx)
                            .await?;
                    }
                }
                // Whoever holds the token needs no invitation any more.
                if let Some(hash) = own_phone {
                    Sql::new("DELETE FROM organization_invitation WHERE organization_id = $1 AND phone_hash = $2")
                        .bind(id)
                        .bind(hash)
                        .exec(&tx)
                        .await?;
                }
                if !was_manager {
                    tell_managers(&core, &tx, id, account, "notice-organization-signed", &seal.name).await?;
                }
                let data = json!({ "new": made == 1, "renamed": before != seal.name, "authority": seal.authority });
                let happened = (account, Happened::OrganizationSigned, seal.name.as_str());
                note(&core, &tx, account, "organization-sign", id, data, happened).await?;
                Ok(Stood { organization: id, is_new: made == 1 })
            })
            .await
    }
}

//! Who belongs to an organisation: another role, taking somebody out, leaving. One manager always stays.

use super::{Deed, PAGE, Refusal, Role, STANDING, Standing, gate, managers, name_of, note, page_of, tell};
use crate::{
    accounts::{Accounts, Error, Signed, activity::Happened},
    error::Error as Shared,
};
use base::ids::Uuid;
use serde_json::json;
use store::{Sql, Tx};

async fn member(tx: &Tx, organization: Uuid, id: Uuid) -> Result<Standing, Error> {
    let found: Option<Standing> = Sql::new(format!("{STANDING} id = $2")).bind(organization).bind(id).one(tx).await?;
    found.ok_or(Shared::NotFound.into())
}

/// Errors: `LastManager` when this one is the only one.
async fn not_the_last(tx: &Tx, organization: Uuid, who: &Standing) -> Result<(), Error> {
    let is_last = who.is_manager() && managers(tx, organization).await?.len() < 2;
    if is_last { Err(Refusal::LastManager.into()) } else { Ok(()) }
}

async fn delete(tx: &Tx, who: &Standing) -> Result<(), store::Error> {
    Sql::new("DELETE FROM organization_member WHERE id = $1").bind(who.id).exec(tx).await.map(|_| ())
}

impl Accounts {
    /// Gives a member another role; one's own too. Errors: `StepUp`, `NotFound`, `Forbidden`, `LastManager`.
    pub async fn change_member_role(
        &self,
        signed: &Signed,
        organization: Uuid,
        id: Uuid,
        role: Role,
    ) -> Result<(), Error> {
        signed.require_fresh(self.core.now())?;
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                gate(&tx, organization, account, Deed::ChangeRole).await?;
                let who = member(&tx, organization, id).await?;
                if Role::parse(&who.role) == Some(role) {
                    return Ok(());
                }
                not_the_last(&tx, organization, &who).await?;
                Sql::new("UPDATE organization_member SET role = $1 WHERE id = $2")
                    .bind(role.as_str())
                    .bind(who.id)
                    .exec(&tx)
                    .await?;
                let name = name_of(&tx, organization).await?;
                if who.account_id != account {
                    let key = "notice-organization-role";
                    tell(&core, &tx, who.account_id, key, &name, page_of(organization)).await?;
                }
                let data = json!({ "member": who.account_id, "from": who.role, "to": role.as_str() });
                let happened = (who.account_id, Happened::OrganizationRole, name.as_str());
                Ok(note(&core, &tx, account, "organization-role", organization, data, happened).await?)
            })
            .await
    }

    /// Takes a member out. Errors: `StepUp`, `NotFound`, `Forbidden`, `LastManager`.
    pub async fn remove_member(&self, signed: &Signed, organization: Uuid, id: Uuid) -> Result<(), Error> {
        signed.require_fresh(self.core.now())?;
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                gate(&tx, organization, account, Deed::Remove).await?;
                let who = member(&tx, organization, id).await?;
                not_the_last(&tx, organization, &who).await?;
                delete(&tx, &who).await?;
                let name = name_of(&tx, organization).await?;
                if who.account_id != account {
                    let key = "notice-organization-removed";
                    tell(&core, &tx, who.account_id, key, &name, PAGE.to_owned()).await?;
                }
                let data = json!({ "member": who.account_id });
                let happened = (who.account_id, Happened::OrganizationLeft, name.as_str());
                Ok(note(&core, &tx, account, "organization-remove", organization, data, happened).await?)
            })
            .await
    }

    /// «Rời tổ chức». Errors: `NotFound`, `LastManager`.
    pub async fn leave_organization(&self, signed: &Signed, organization: Uuid) -> Result<(), Error> {
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                let me = gate(&tx, organization, account, Deed::Leave).await?;
                not_the_last(&tx, organization, &me).await?;
                delete(&tx, &me).await?;
                let name = name_of(&tx, organization).await?;
                let happened = (account, Happened::OrganizationLeft, name.as_str());
                Ok(note(&core, &tx, account, "organization-leave", organization, json!({}), happened).await?)
            })
            .await
    }
}

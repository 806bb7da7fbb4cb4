//! What a person sees of the own organisations, of one of them, and of invitations.

use super::{Deed, Refusal, Role, invite::open_phone, phone_hash};
use crate::{
    accounts::{Accounts, Error, Signed},
    error::Error as Shared,
};
use base::{clock::Millis, ids::Uuid, organization_code::OrganizationKind};
use serde::Serialize;
use store::{ConnectionTrait, FromRow, Sql};

/// An organisation that the person acts for.
#[derive(Debug, Clone, FromRow, Serialize)]
pub struct Mine {
    pub id: Uuid,
    /// `business` or `state_body`
    pub kind: String,
    pub code: String,
    pub name: String,
    /// `manager` or `member`
    pub role: String,
    pub since: Millis,
}

impl Mine {
    pub fn is_business(&self) -> bool {
        OrganizationKind::parse(&self.kind) == Some(OrganizationKind::Business)
    }
}

/// An invitation to the person, to be answered.
#[derive(Debug, Clone, FromRow)]
pub struct Invited {
    pub id: Uuid,
    pub kind: String,
    pub code: String,
    pub name: String,
    pub role: String,
    pub expires_at: Millis,
}

/// Somebody who acts for the organisation, as the others see them.
#[derive(Debug, Clone)]
pub struct Member {
    pub id: Uuid,
    pub name: String,
    pub role: Role,
    pub since: Millis,
    /// The reader.
    pub is_me: bool,
}

/// An invitation that waits, as managers see it.
#[derive(Debug, Clone)]
pub struct Open {
    pub id: Uuid,
    /// Masked.
    pub phone: String,
    pub role: Role,
    pub expires_at: Millis,
}

/// One organisation, for somebody who belongs to it.
#[derive(Debug, Clone)]
pub struct View {
    pub mine: Mine,
    pub role: Role,
    pub confirmed_by: String,
    pub confirmed_at: Millis,
    /// Managers first, oldest first.
    pub members: Vec<Member>,
    /// Empty for who may not see them.
    pub invited: Vec<Open>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    code: String,
    name: String,
    role: String,
    since: Millis,
    confirmed_by: String,
    confirmed_at: Millis,
}

#[derive(FromRow)]
struct MemberRow {
    id: Uuid,
    account_id: Uuid,
    full_name: String,
    role: String,
    since: Millis,
}

#[derive(FromRow)]
struct OpenRow {
    id: Uuid,
    phone_sealed: Vec<u8>,
    role: String,
    expires_at: Millis,
}

pub(crate) async fn of_account(db: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Mine>, store::Error> {
    Sql::new(
        "SELECT o.id, o.kind, o.code, o.name, m.role, m.since FROM organization_member m
         JOIN organization o ON o.id = m.organization_id WHERE m.account_id = $1 ORDER BY m.since, m.id",
    )
    .bind(account)
    .all(db)
    .await
}

impl Accounts {
    /// «Tổ chức của tôi», oldest first.
    pub async fn organizations(&self, account: Uuid) -> Result<Vec<Mine>, Error> {
        Ok(of_account(self.core.store.read(), account).await?)
    }

    /// Names of organisations for which nobody else decides: deleting the account leaves them without anybody who does.
    pub async fn sole_manager_of(&self, account: Uuid) -> Result<Vec<String>, Error> {
        let sql = "SELECT o.name FROM organization o JOIN organization_member m ON m.organization_id = o.id
             WHERE m.account_id = $1 AND m.role = $2 AND NOT EXISTS (SELECT 1 FROM organization_member x
                WHERE x.organization_id = o.id AND x.role = $2 AND x.account_id <> $1)
             ORDER BY m.since, m.id";
        let sql = Sql::new(sql).bind(account).bind(Role::Manager.as_str());
        Ok(sql.scalars(self.core.store.read()).await?)
    }

    /// Invitations to this person's phone that may still be answered.
    pub async fn invitations(&self, signed: &Signed) -> Result<Vec<Invited>, Error> {
        let Some(phone) = &signed.phone else { return Ok(Vec::new()) };
        let sql = "SELECT i.id, o.kind, o.code, o.name, i.role, i.expires_at FROM organization_invitation i
             JOIN organization o ON o.id = i.organization_id WHERE i.phone_hash = $1 AND i.expires_at > $2
             ORDER BY i.created_at, i.id LIMIT 50";
        let sql = Sql::new(sql).bind(phone_hash(&self.core, phone)).bind(self.core.now());
        Ok(sql.all(self.core.store.read()).await?)
    }

    /// One organisation. Errors: `NotFound` for who does not belong to it, `Forbidden`.
    pub async fn organization(&self, signed: &Signed, id: Uuid) -> Result<View, Error> {
        let db = self.core.store.read();
        let row: Option<Row> = Sql::new(
            "SELECT o.id, o.kind, o.code, o.name, o.confirmed_by, o.confirmed_at, m.role, m.since FROM organization o
             JOIN organization_member m ON m.organization_id = o.id WHERE o.id = $1 AND m.account_id = $2",
        )
        .bind(id)
        .bind(signed.account)
        .one(db)
        .await?;
        let row = row.ok_or(Shared::NotFound)?;
        let role = Role::parse(&row.role).filter(|role| role.may(Deed::See)).ok_or(Shared::Forbidden)?;
        let members: Vec<MemberRow> = Sql::new(
            "SELECT m.id, m.account_id, a.full_name, m.role, m.since FROM organization_member m
             JOIN account a ON a.id = m.account_id WHERE m.organization_id = $1 ORDER BY m.role, m.since, m.id",
        )
        .bind(id)
        .all(db)
        .await?;
        let invited = if role.may(Deed::SeeInvited) { self.open_invitations(id).await? } else { Vec::new() };
        let member = |m: MemberRow| {
            let is_me = m.account_id == signed.account;
            Some(Member { id: m.id, name: m.full_name, role: Role::parse(&m.role)?, since: m.since, is_me })
        };
        let Row { id, kind, code, name, role: own, since, confirmed_by, confirmed_at } = row;
        Ok(View {
            mine: Mine { id, kind, code, name, role: own, since },
            role,
            confirmed_by,
            confirmed_at,
            members: members.into_iter().filter_map(member).collect(),
            invited,
        })
    }

    /// The same for a page of one deed. Errors: as above, `Forbidden` for who may not do it.
    pub async fn organization_for(&self, signed: &Signed, id: Uuid, deed: Deed) -> Result<View, Error> {
        let view = self.organization(signed, id).await?;
        if view.role.may(deed) { Ok(view) } else { Err(Shared::Forbidden.into()) }
    }

    async fn open_invitations(&self, organization: Uuid) -> Result<Vec<Open>, Error> {
        let rows: Vec<OpenRow> = Sql::new(
            "SELECT id, phone_sealed, role, expires_at FROM organization_invitation
             WHERE organization_id = $1 AND expires_at > $2 ORDER BY created_at, id",
        )
        .bind(organization)
        .bind(self.core.now())
        .all(self.core.store.read())
        .await?;
        let open = |row: OpenRow| {
            let phone = open_phone(&self.core, row.id, &row.phone_sealed)?.masked();
            Some(Open { id: row.id, phone, role: Role::parse(&row.role)?, expires_at: row.expires_at })
        };
        Ok(rows.into_iter().filter_map(open).collect())
    }
}

impl View {
    /// One of the members. Errors: `NotFound`.
    pub fn member(&self, id: Uuid) -> Result<&Member, Error> {
        self.members.iter().find(|member| member.id == id).ok_or(Shared::NotFound.into())
    }

    /// Whether the reader would leave nobody who decides. Errors: `LastManager`.
    pub fn may_leave(&self) -> Result<(), Error> {
        let managers = self.members.iter().filter(|member| member.role == Role::Manager).count();
        let is_last = self.role == Role::Manager && managers < 2;
        if is_last { Err(Refusal::LastManager.into()) } else { Ok(()) }
    }
}

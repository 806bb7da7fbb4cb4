//! The list of staff an administrator may see.

use super::{Staff, policy};
use crate::{
    accounts::Error,
    error::Error as Shared,
    rights::{Grant, Officer, Reach, Right, Role},
};
use base::{
    clock::Millis,
    fold::{fold, vi_sort_key},
    ids::Uuid,
};
use store::FromRow;
use store::{ConnectionTrait, Sql};

/// A member of staff, with the roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub id: Uuid,
    pub username: String,
    pub full_name: String,
    pub title: String,
    pub phone: Option<String>,
    pub active: bool,
    /// An app or a passkey is set up (A16).
    pub has_factor: bool,
    pub must_change_password: bool,
    pub created_at: Millis,
    pub last_seen_at: Option<Millis>,
    pub grants: Vec<Grant>,
}

/// What the list may be narrowed to; empty means everything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In name, username or title, without marks.
    pub text: String,
    pub unit: String,
    pub role: Option<Role>,
    pub active: Option<bool>,
    pub without_factor: bool,
    /// From 0; fifty a page.
    pub page: usize,
}

/// Fifty lines and how many there are in all.
#[derive(Debug, Clone)]
pub struct Page {
    pub members: Vec<Member>,
    pub all: usize,
}

/// Lines a page.
pub const PAGE: usize = 50;
/// Staff of a province at most: 78 communes and all agencies have a few thousand.
const MOST: i64 = 50_000;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    username: Option<String>,
    full_name: String,
    title: String,
    phone: Option<String>,
    blocked_at: Option<Millis>,
    totp_confirmed_at: Option<Millis>,
    passkeys: i64,
    must_change_password: bool,
    created_at: Millis,
    last_seen_at: Option<Millis>,
    unit: Option<String>,
    role: Option<String>,
}

/// Members by a condition on `a`, with all their roles, one read.
async fn read(db: &impl ConnectionTrait, sql: Sql) -> Result<Vec<Member>, store::Error> {
    let rows: Vec<Row> = sql.all(db).await?;
    let mut members: Vec<Member> = Vec::new();
    for r in rows {
        let grant = r.unit.zip(r.role.as_deref().and_then(Role::parse)).map(|(unit, role)| Grant { unit, role });
        match members.last_mut().filter(|m| m.id == r.id) {
            Some(member) => member.grants.extend(grant),
            None => members.push(Member {
                id: r.id,
                username: r.username.unwrap_or_default(),
                full_name: r.full_name,
                title: r.title,
                phone: r.phone,
                active: r.blocked_at.is_none(),
                has_factor: r.totp_confirmed_at.is_some() || r.passkeys > 0,
                must_change_password: r.must_change_password,
                created_at: r.created_at,
                last_seen_at: r.last_seen_at,
                grants: grant.into_iter().collect(),
            }),
        }
    }
    Ok(members)
}

const COLUMNS: &str = "SELECT a.id, a.username, a.full_name, a.title, a.phone, a.blocked_at, a.totp_confirmed_at,
        (SELECT count(*) FROM passkey p WHERE p.account_id = a.id) AS passkeys,
        a.must_change_password, a.created_at, a.last_seen_at, r.unit, r.role
     FROM account a LEFT JOIN staff_role r ON r.account_id = a.id
     WHERE a.kind = 'staff' AND a.deleted_at IS NULL";

pub(super) async fn member(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Member>, store::Error> {
    let sql = Sql::new(format!("{COLUMNS} AND a.id = $1 ORDER BY r.unit, r.role")).bind(id);
    Ok(read(db, sql).await?.pop())
}

impl Staff {
    /// Everybody this officer may see: with a role in reach; by the Vietnamese alphabet. Errors: `Forbidden`.
    pub(super) async fn visible(&self, by: &Officer) -> Result<Vec<Member>, Error> {
        let province = self.accounts.core().province();
        let units = match by.reach(Right::StaffManage) {
            Reach::Nowhere => return Err(Shared::Forbidden.into()),
            Reach::Province => None,
            Reach::Units(units) => Some(province.with_below(&units)),
        };
        let sql = Sql::new(format!("{COLUMNS} ORDER BY a.id, r.unit, r.role LIMIT $1")).bind(MOST);
        let mut members = read(self.accounts.core().store.read(), sql).await?;
        if let Some(units) = units {
            members.retain(|m| m.grants.iter().any(|g| units.contains(&g.unit)));
        }
        members.sort_by_cached_key(|m| (vi_sort_key(last_name(&m.full_name)), vi_sort_key(&m.full_name), m.id));
        Ok(members)
    }

    /// A page of the list. Errors: `Forbidden`.
    pub async fn list(&self, by: &Officer, filter: &Filter) -> Result<Page, Error> {
        let mut members = self.visible(by).await?;
        let text = fold(&filter.text);
        members.retain(|m| {
            let said = fold(&format!("{} {} {}", m.full_name, m.username, m.title));
            (text.is_empty() || said.contains(&text))
                && (filter.unit.is_empty() || m.grants.iter().any(|g| g.unit == filter.unit))
                && filter.role.is_none_or(|role| m.grants.iter().any(|g| g.role == role))
                && filter.active.is_none_or(|active| m.active == active)
                && (!filter.without_factor || !m.has_factor)
        });
        let all = members.len();
        let members = members.into_iter().skip(filter.page.saturating_mul(PAGE)).take(PAGE).collect();
        Ok(Page { members, all })
    }

    /// One member, if this officer may see them; the second value says whether they may change them.
    /// Errors: `NotFound`, `Forbidden`.
    pub async fn member(&self, by: &Officer, id: Uuid) -> Result<(Member, bool), Error> {
        let found = self.visible(by).await?.into_iter().find(|m| m.id == id).ok_or(Shared::NotFound)?;
        let province = self.accounts.core().province();
        let changes = by.account != id
            && policy::may_manage(by, &found.grants, |unit| {
                province.above(unit).into_iter().map(str::to_owned).collect()
            });
        Ok((found, changes))
    }
}

/// People are looked up by their given name, which stands last: `Nguyễn Văn An` under A.
fn last_name(full: &str) -> &str {
    full.rsplit(' ').next().unwrap_or(full)
}

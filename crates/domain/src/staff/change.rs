//! Making and changing staff accounts. Every function checks the policy against the member's roles as they are inside
//! the transaction, and writes one audit entry; the officer's own roles are those of the session, at most three seconds old.

use super::{Staff, list, policy};
use crate::{
    accounts::{
        Accounts, Error, FullName, Kind, Username,
        activity::{self, Act, Happened},
        linked, rows, sessions,
    },
    audit::{self, By, Entry},
    core::Core,
    error::Error as Shared,
    rights::{Grant, Officer, Role},
};
use base::{i18n::Lang, ids::Uuid, keys::Secret, phone::PhoneNumber, text::one_line};
use store::{Insert, Sql, Tx, Update};

/// A member to be made.
#[derive(Debug, Clone)]
pub struct NewStaff {
    pub full_name: FullName,
    pub username: Username,
    /// Position: `Chuyên viên`.
    pub title: String,
    pub phone: Option<PhoneNumber>,
    pub unit: String,
    pub role: Role,
}

/// Four groups of four without look-alikes (about 79 bits), easy to copy from paper: `k7mq-2wxa-…`.
pub(super) fn first_password(core: &Core) -> Secret {
    const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut out = String::with_capacity(19);
    for i in 0..16 {
        if i > 0 && i % 4 == 0 {
            out.push('-');
        }
        out.push(LETTERS[core.entropy.below(LETTERS.len() as u64) as usize] as char);
    }
    Secret::new(out)
}

pub(super) fn by_officer(officer: &Officer) -> By {
    By::Staff { account: officer.account, unit: officer.home_unit().to_owned() }
}

/// Reasons are asked for wherever somebody else's account changes.
fn read_reason(reason: &str) -> Result<String, Error> {
    let reason = one_line(reason);
    match reason.chars().count() {
        0 => Err(Error::field("reason", "reason-missing")),
        501.. => Err(Error::field("reason", "reason-long")),
        _ => Ok(reason),
    }
}

async fn note(
    core: &Core,
    tx: &Tx,
    by: &By,
    act: &'static str,
    id: Uuid,
    reason: String,
    data: serde_json::Value,
) -> Result<(), store::Error> {
    let entry = Entry { by: by.clone(), act, object: format!("account {id}"), reason, data };
    audit::write(tx, &core.clock, &core.entropy, entry).await
}

/// The rows of one member. Errors: `UsernameTaken` or `PhoneTaken`.
pub(super) async fn insert(core: &Core, tx: &Tx, by: &By, new: &NewStaff, hash: String) -> Result<Uuid, Error> {
    let (id, now) = (core.new_id(), core.now());
    let phone = new.phone.as_ref().map(|p| p.as_e164().to_owned());
    if let Some(phone) = &new.phone
        && rows::by_phone(tx, Kind::Staff, phone).await?.is_some()
    {
        return Err(Error::PhoneTaken);
    }
    let inserted = Insert::into("account")
        .set("id", id)
        .set("kind", Kind::Staff.as_str())
        .set("phone", phone)
        .set("username", new.username.as_str())
        .set("full_name", new.full_name.as_str())
        .set("title", new.title.clone())
        .set("password_hash", hash)
        .set("must_change_password", true)
        .set("assurance", rows::Assurance::Phone.as_str())
        .set("language", Lang::VI.as_str())
        .set("created_at", now)
        .set("created_by", by.account())
        .set("updated_at", now)
        .or_ignore()
        .exec(tx)
        .await?;
    if inserted == 0 {
        return Err(Error::UsernameTaken);
    }
    put_role(core, tx, by, id, &new.unit, new.role).await?;
    let data = serde_json::json!({ "unit": new.unit, "role": new.role.as_str() });
    note(core, tx, by, "staff-create", id, String::new(), data).await?;
    Ok(id)
}

async fn put_role(core: &Core, tx: &Tx, by: &By, id: Uuid, unit: &str, role: Role) -> Result<u64, store::Error> {
    Insert::into("staff_role")
        .set("account_id", id)
        .set("unit", unit)
        .set("role", role.as_str())
        .set("granted_by", by.account())
        .set("granted_at", core.now())
        .or_ignore()
        .exec(tx)
        .await
}

/// The member as they are now, if `by` may change them. Nobody changes their own account through this door.
async fn manageable(core: &Core, tx: &Tx, by: &Officer, id: Uuid) -> Result<list::Member, Error> {
    let member = list::member(tx, id).await?.ok_or(Shared::NotFound)?;
    let province = core.province();
    if id == by.account
        || !policy::may_manage(by, &member.grants, |unit| province.above(unit).into_iter().map(str::to_owned).collect())
    {
        return Err(Shared::Forbidden.into());
    }
    Ok(member)
}

impl Staff {
    /// Whether `by` may give this role there; the unit must exist.
    pub(super) fn check_grant(&self, by: &Officer, unit: &str, role: Role) -> Result<(), Error> {
        let province = self.accounts.core().province();
        if unit != "*" && !province.has_unit(unit) {
            return Err(Error::field("unit", "unit-unknown"));
        }
        if policy::is_province_wide(role) && unit != "*" {
            return Err(Error::field("unit", "role-province-wide"));
        }
        if !policy::may_grant(by, role, unit, &province.above(unit)) {
            return Err(Shared::Forbidden.into());
        }
        Ok(())
    }

    /// Makes an account. Returns its id and the first password, which is shown once and must be changed at once.
    /// Errors: `Forbidden`, `Invalid` (unit), `UsernameTaken`, `PhoneTaken`, `Busy`.
    pub async fn create(&self, by: &Officer, new: NewStaff) -> Result<(Uuid, Secret), Error> {
        self.check_grant(by, &new.unit, new.role)?;
        if new.title.chars().count() > 120 {
            return Err(Error::field("title", "title-long"));
        }
        let core = self.accounts.core().clone();
        let password = first_password(&core);
        let hash = self.accounts.hasher.hash(&password).await?;
        let by = by_officer(by);
        let id = self
            .accounts
            .core()
            .store
            .write(move |tx: Tx| async move { insert(&core, &tx, &by, &new, hash).await })
            .await?;
        Ok((id, password))
    }

    /// Changes name, position and phone. Errors: `Forbidden`, `NotFound`, `PhoneTaken`.
    pub async fn update(
        &self,
        by: &Officer,
        id: Uuid,
        full_name: FullName,
        title: &str,
        phone: Option<PhoneNumber>,
    ) -> Result<(), Error> {
        let title = one_line(title);
        if title.chars().count() > 120 {
            return Err(Error::field("title", "title-long"));
        }
        let (core, by) = (self.accounts.core().clone(), by.clone());
        self.accounts
            .core()
            .store
            .write(move |tx: Tx| async move {
                manageable(&core, &tx, &by, id).await?;
                if let Some(phone) = &phone
                    && rows::by_phone(&tx, Kind::Staff, phone).await?.is_some_and(|other| other.id != id)
                {
                    return Err(Error::PhoneTaken);
                }
                Update::table("account")
                    .set("full_name", full_name.as_str())
                    .set("title", title)
                    .set("phone", phone.map(|p| p.as_e164().to_owned()))
                    .set("updated_at", core.now())
                    .by_id(id, &tx)
                    .await?;
                Ok(note(&core, &tx, &by_officer(&by), "staff-update", id, String::new(), serde_json::json!({})).await?)
            })
            .await?;
        self.accounts.cache.forget(id);
        Ok(())
    }

    /// Gives a role. Errors: `Forbidden` (also to oneself), `NotFound`, `Invalid`, `State` when it is held already.
    pub async fn grant(&self, by: &Officer, id: Uuid, unit: &str, role: Role, reason: &str) -> Result<(), Error> {
        let reason = read_reason(reason)?;
        self.check_grant(by, unit, role)?;
        let (core, by, unit) = (self.accounts.core().clone(), by.clone(), unit.to_owned());
        self.accounts
            .core()
            .store
            .write(move |tx: Tx| async move {
                manageable(&core, &tx, &by, id).await?;
                let by = by_officer(&by);
                if put_role(&core, &tx, &by, id, &unit, role).await? == 0 {
                    return Err(Shared::State.into());
                }
                let data = serde_json::json!({ "unit": unit, "role": role.as_str() });
                Ok::<_, Error>(note(&core, &tx, &by, "staff-grant", id, reason, data).await?)
            })
            .await?;
        self.accounts.cache.forget(id);
        Ok(())
    }

    /// Takes a role away, also one's own, but never one's own last one that manages staff: the unit would be left alone.
    /// Errors: `Forbidden`, `NotFound`, `Conflict("staff-own-last")`.
    pub async fn revoke(&self, by: &Officer, id: Uuid, unit: &str, role: Role, reason: &str) -> Result<(), Error> {
        let reason = read_reason(reason)?;
        let (core, by, unit) = (self.accounts.core().clone(), by.clone(), unit.to_owned());
        self.accounts
            .core()
            .store
            .write(move |tx: Tx| async move {
                let member = list::member(&tx, id).await?.ok_or(Shared::NotFound)?;
                let gone = Grant { unit: unit.clone(), role };
                if id == by.account {
                    if !policy::keeps_managing(&member.grants, &gone) {
                        return Err(Error::Conflict("staff-own-last"));
                    }
                } else {
                    manageable(&core, &tx, &by, id).await?;
                }
                let taken = Sql::new("DELETE FROM staff_role WHERE account_id = $1 AND unit = $2 AND role = $3")
                    .bind(id)
                    .bind(unit.clone())
                    .bind(role.as_str())
                    .exec(&tx)
                    .await?;
                if taken == 0 {
                    return Err(Shared::NotFound.into());
                }
                let data = serde_json::json!({ "unit": unit, "role": role.as_str() });
                Ok(note(&core, &tx, &by_officer(&by), "staff-revoke", id, reason, data).await?)
            })
            .await?;
        self.accounts.cache.forget(id);
        Ok(())
    }

    /// Closes an account at once (all sessions end) or opens it again. Errors: `Forbidden` (also oneself), `State`.
    pub async fn set_active(&self, by: &Officer, id: Uuid, active: bool, reason: &str) -> Result<(), Error> {
        let reason = read_reason(reason)?;
        let (core, by) = (self.accounts.core().clone(), by.clone());
        self.accounts
            .core()
            .store
            .write(move |tx: Tx| async move {
                let member = manageable(&core, &tx, &by, id).await?;
                if member.active == active {
                    return Err(Error::from(Shared::State));
                }
                let now = core.now();
                Update::table("account")
                    .set("blocked_at", (!active).then_some(now))
                    .set("block_reason", (!active).then(|| reason.clone()))
                    .set("updated_at", now)
                    .by_id(id, &tx)
                    .await?;
                if !active {
                    sessions::end(&core, &tx, id, None, "deactivated").await?;
                }
                let by = by_officer(&by);
                let what = if active { Happened::Unblocked } else { Happened::Blocked };
                activity::write(&core, &tx, Act::staff(id, what, &by, &reason)).await?;
                let act = if active { "staff-activate" } else { "staff-deactivate" };
                Ok(note(&core, &tx, &by, act, id, reason, serde_json::json!({})).await?)
            })
            .await?;
        self.accounts.cache.forget(id);
        Ok(())
    }

    /// For who lost phone and codes: takes every second factor and every link to a provider away and ends all sessions; the next sign-in must
    /// set one up.
    /// Errors: `Forbidden` (also oneself), `NotFound`.
    pub async fn reset_factor(&self, by: &Officer, id: Uuid, reason: &str) -> Result<(), Error> {
        let reason = read_reason(reason)?;
        let (core, by) = (self.accounts.core().clone(), by.clone());
        self.accounts
            .core()
            .store
            .write(move |tx: Tx| async move {
                manageable(&core, &tx, &by, id).await?;
                Accounts::clear_factors(&tx, id).await?;
                linked::staff::forget(&tx, id).await?;
                sessions::end(&core, &tx, id, None, "factor-reset").await?;
                let by = by_officer(&by);
                activity::write(&core, &tx, Act::staff(id, Happened::FactorReset, &by, &reason)).await?;
                Ok::<_, Error>(note(&core, &tx, &by, "staff-reset-factor", id, reason, serde_json::json!({})).await?)
            })
            .await?;
        self.accounts.cache.forget(id);
        Ok(())
    }

    /// A new first password for who forgot theirs; shown once, all sessions end. The second factor stays; links to providers go, because who
    /// had the account in between may have made them.
    /// Errors: `Forbidden` (also oneself), `NotFound`, `Busy`.
    pub async fn reset_password(&self, by: &Officer, id: Uuid, reason: &str) -> Result<Secret, Error> {
        let reason = read_reason(reason)?;
        let (core, by) = (self.accounts.core().clone(), by.clone());
        let password = first_password(&core);
        let hash = self.accounts.hasher.hash(&password).await?;
        self.accounts
            .core()
            .store
            .write(move |tx: Tx| async move {
                manageable(&core, &tx, &by, id).await?;
                Update::table("account")
                    .set("password_hash", hash)
                    .set("must_change_password", true)
                    .set("updated_at", core.now())
                    .by_id(id, &tx)
                    .await?;
                linked::staff::forget(&tx, id).await?;
                sessions::end(&core, &tx, id, None, "password-reset").await?;
                let by = by_officer(&by);
                activity::write(&core, &tx, Act::staff(id, Happened::PasswordRecovered, &by, &reason)).await?;
                Ok::<_, Error>(note(&core, &tx, &by, "staff-reset-password", id, reason, serde_json::json!({})).await?)
            })
            .await?;
        self.accounts.cache.forget(id);
        Ok(password)
    }
}

/// The very first administrator, from the command line: there is nobody yet who could make one. Returns the first password.
/// Errors: `State` when a platform administrator exists, `Invalid`, `UsernameTaken`.
pub async fn first_administrator(accounts: &Accounts, username: &str, name: &str) -> Result<Secret, Error> {
    let new = NewStaff {
        full_name: FullName::parse(name)?,
        username: Username::parse(username)?,
        title: String::new(),
        phone: None,
        unit: "*".into(),
        role: Role::PlatformAdmin,
    };
    let core = accounts.core().clone();
    let password = first_password(&core);
    let hash = accounts.hasher.hash(&password).await?;
    accounts
        .core()
        .store
        .write(move |tx: Tx| async move {
            let any: Option<i32> = Sql::new(
                "SELECT 1 FROM staff_role r JOIN account a ON a.id = r.account_id
                 WHERE r.role = $1 AND r.unit = '*' AND a.blocked_at IS NULL AND a.deleted_at IS NULL LIMIT 1",
            )
            .bind(Role::PlatformAdmin.as_str())
            .scalar(&tx)
            .await?;
            if any.is_some() {
                return Err(Error::from(Shared::State));
            }
            insert(&core, &tx, &By::Operator, &new, hash).await
        })
        .await?;
    Ok(password)
}

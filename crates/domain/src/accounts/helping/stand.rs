//! How a mandate begins and ends. Both happen in one transaction with everything that hangs on it: the earlier mandate of the same pair, the
//! sessions in which somebody acts, what they were writing, and the word to both.

use super::{Given, HELPED_MOST, HELPERS, HELPERS_MOST, HELPING, Refusal, Scopes, desk, grown};
use crate::{
    accounts::{
        Accounts, Error, Kind, Signed,
        activity::{self, Act, Happened},
        data_rights,
    },
    audit::{self, By, Entry},
    core::Core,
    error::Error as Shared,
    notices::{self, Notice, NoticeSms},
    reports::litter,
};
use base::{clock::DAY, clock::Millis, ids::Uuid, phone::PhoneNumber};
use serde_json::json;
use store::{FromRow, Insert, Sql, Tx};

/// How long an ended mandate stays readable for both.
const KEPT: Millis = 365 * DAY;

/// A mandate to begin.
#[derive(Clone)]
pub(super) struct New {
    pub id: Uuid,
    pub principal: Uuid,
    pub helper: Uuid,
    pub given: Given,
    pub scopes: Scopes,
    pub until: Millis,
}

/// A mandate as its end needs it.
#[derive(Debug, Clone, FromRow)]
pub(super) struct Standing {
    pub id: Uuid,
    pub principal: Uuid,
    pub helper: Uuid,
    pub kind: String,
    /// Of an officer.
    pub unit: Option<String>,
}

pub(super) const STANDING: &str = "SELECT id, principal, helper, kind, unit FROM mandate WHERE ended_at IS NULL AND";

pub(super) async fn count(tx: &Tx, sql: &str, account: Uuid, now: Millis) -> Result<i64, store::Error> {
    Ok(Sql::new(sql).bind(account).bind(now).scalar(tx).await?.unwrap_or(0))
}

/// A word to one side. It names nobody: who it was stands on the page, as long as there is somebody.
pub(super) async fn tell(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    key: &str,
    link: &str,
    dedupe: Option<String>,
) -> Result<(), store::Error> {
    let sms = dedupe.map(|dedupe| NoticeSms {
        key: "sms-help",
        args: vec![
            ("app", core.province().pack.province.app_name.get(base::i18n::Lang::VI).to_owned()),
            ("link", format!("{}{link}", core.settings.origin)),
        ],
        dedupe,
    });
    let notice = Notice { account, kind: "account", key: key.into(), args: Vec::new(), link: link.to_owned(), sms };
    notices::tell(core, tx, notice).await
}

/// A line for one side, with the other one in it.
pub(super) async fn happened(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    what: Happened,
    other: Uuid,
    detail: &str,
) -> Result<(), store::Error> {
    activity::write(core, tx, Act { by: Some(other), ..Act::own(account, what) }.detail(detail)).await
}

pub(super) async fn log(
    core: &Core,
    tx: &Tx,
    by: By,
    act: &'static str,
    mandate: Uuid,
    data: serde_json::Value,
) -> Result<(), store::Error> {
    let entry = Entry { by, act, object: format!("mandate {mandate}"), reason: String::new(), data };
    audit::write(tx, &core.clock, &core.entropy, entry).await
}

/// Whether a citizen's account can take part: neither gone nor blocked.
pub(super) async fn is_there(tx: &Tx, account: Uuid) -> Result<bool, store::Error> {
    let sql = "SELECT 1 FROM account WHERE id = $1 AND kind = $2 AND deleted_at IS NULL AND blocked_at IS NULL";
    let found: Option<i32> = Sql::new(sql).bind(account).bind(Kind::Citizen.as_str()).scalar(tx).await?;
    Ok(found.is_some())
}

/// Until the unit ends nobody else changes who helps these two.
pub(super) async fn lock(tx: &Tx, one: Uuid, other: Uuid) -> Result<(), store::Error> {
    // Always in the same order, so that two units never wait for each other.
    tx.lock("account", one.min(other)).await?;
    tx.lock("account", one.max(other)).await
}

/// Errors: `Own`, `Full`, `TooMany`, `OfferGone` when one of the two is not there any more.
pub(super) async fn begin(core: &Core, tx: &Tx, new: New) -> Result<(), Error> {
    let New { id, principal, helper, given, scopes, until } = new;
    if principal == helper {
        return Err(Refusal::Own.into());
    }
    lock(tx, principal, helper).await?;
    if !is_there(tx, principal).await? || !is_there(tx, helper).await? {
        return Err(Refusal::OfferGone.into());
    }
    let before: Option<Standing> =
        Sql::new(format!("{STANDING} principal = $1 AND helper = $2")).bind(principal).bind(helper).one(tx).await?;
    if let Some(before) = before {
        end(core, tx, &before, Ended::Replaced, principal).await?;
    }
    let now = core.now();
    // An officer at the desk takes nobody's place.
    let helpers =
        "SELECT count(*) FROM mandate WHERE principal = $1 AND unit IS NULL AND ended_at IS NULL AND until > $2";
    if count(tx, helpers, principal, now).await? >= HELPERS_MOST {
        return Err(Refusal::Full.into());
    }
    let helped = "SELECT count(*) FROM mandate WHERE helper = $1 AND ended_at IS NULL AND until > $2";
    if count(tx, helped, helper, now).await? >= HELPED_MOST {
        return Err(Refusal::TooMany.into());
    }
    Insert::into("mandate")
        .set("id", id)
        .set("principal", principal)
        .set("helper", helper)
        .set("kind", given.as_str())
        .set("scope", scopes.to_string())
        .set("since", now)
        .set("until", until)
        .exec(tx)
        .await?;
    happened(core, tx, principal, Happened::HelpBegan, helper, given.as_str()).await?;
    happened(core, tx, helper, Happened::HelpingBegan, principal, given.as_str()).await?;
    tell(core, tx, principal, "notice-help-began", HELPERS, Some(format!("mandate {id}"))).await?;
    let data = json!({ "principal": principal, "kind": given.as_str(), "scope": scopes.to_string(), "until": until });
    Ok(log(core, tx, By::Citizen { account: helper }, "mandate-begin", id, data).await?)
}

/// Who or what ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Principal,
    Helper,
    Replaced,
    Time,
    Deleted,
}

impl Ended {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Helper => "helper",
            Self::Replaced => "replaced",
            Self::Time => "time",
            Self::Deleted => "deleted",
        }
    }
}

/// Ends a mandate, the sessions under it and what was being written in them; false when it had ended.
pub(super) async fn end(core: &Core, tx: &Tx, of: &Standing, why: Ended, by: Uuid) -> Result<bool, store::Error> {
    let now = core.now();
    let ended = Sql::new("UPDATE mandate SET ended_at = $1, ended_why = $2 WHERE id = $3 AND ended_at IS NULL")
        .bind(now)
        .bind(why.as_str())
        .bind(of.id)
        .exec(tx)
        .await?;
    if ended == 0 {
        return Ok(false);
    }
    let sessions =
        "UPDATE session SET ended_at = $1, ended_why = 'mandate-ended' WHERE mandate_id = $2 AND ended_at IS NULL";
    Sql::new(sessions).bind(now).bind(of.id).exec(tx).await?;
    litter::of_mandate(tx, core.new_id(), of.id, now).await?;
    // The person is there, or heard it on the telephone: one line, and no message.
    if Given::parse(&of.kind) == Some(Given::Desk) {
        let by = desk::ended(core, tx, of, why).await?;
        log(core, tx, by, "mandate-end", of.id, json!({ "why": why.as_str() })).await?;
        return Ok(true);
    }
    // A mandate that another one replaces goes on, as far as the two are concerned.
    if why != Ended::Replaced {
        happened(core, tx, of.principal, Happened::HelpEnded, of.helper, why.as_str()).await?;
        happened(core, tx, of.helper, Happened::HelpingEnded, of.principal, why.as_str()).await?;
        if why != Ended::Principal {
            let dedupe = format!("mandate-end {}", of.id);
            tell(core, tx, of.principal, "notice-help-ended", HELPERS, Some(dedupe)).await?;
        }
        if why != Ended::Helper {
            tell(core, tx, of.helper, "notice-helping-ended", HELPING, None).await?;
        }
    }
    let by = if why == Ended::Time { By::System } else { By::Citizen { account: by } };
    log(core, tx, by, "mandate-end", of.id, json!({ "why": why.as_str() })).await?;
    Ok(true)
}

impl Accounts {
    /// «Hủy» of the person who is helped, «Thôi giúp» of who helps. Errors: `NotFound` for a mandate of others or an ended one,
    /// `LastGuardian`, `Forbidden` while acting for somebody.
    pub async fn end_mandate(&self, signed: &Signed, id: Uuid) -> Result<(), Error> {
        if signed.kind != Kind::Citizen {
            return Err(Shared::Forbidden.into());
        }
        let (core, me) = (self.core.clone(), signed.account);
        let of = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let sql = format!("{STANDING} id = $1 AND (principal = $2 OR helper = $2)");
                let of: Option<Standing> = Sql::new(sql).bind(id).bind(me).one(&tx).await?;
                let of = of.ok_or(Shared::NotFound)?;
                lock(&tx, of.principal, of.helper).await?;
                if Given::parse(&of.kind) == Some(Given::Guardian) && guardians(&tx, of.principal).await? < 2 {
                    return Err(Refusal::LastGuardian.into());
                }
                let why = if of.principal == me { Ended::Principal } else { Ended::Helper };
                if !end(&core, &tx, &of, why, me).await? {
                    return Err(Shared::NotFound.into());
                }
                hand_over(&tx, of.principal, of.helper).await?;
                Ok::<_, Error>(of)
            })
            .await?;
        self.cache.forget(of.principal);
        Ok(())
    }
}

pub(super) async fn guardians(tx: &Tx, child: Uuid) -> Result<i64, store::Error> {
    let sql = "SELECT count(*) FROM mandate WHERE principal = $1 AND kind = $2 AND ended_at IS NULL";
    Ok(Sql::new(sql).bind(child).bind(Given::Guardian.as_str()).scalar(tx).await?.unwrap_or(0))
}

/// A guardian leaves: who is left answers for the child's data. Whether there is somebody.
async fn hand_over(tx: &Tx, child: Uuid, leaving: Uuid) -> Result<bool, store::Error> {
    let sql =
        "SELECT helper FROM mandate WHERE principal = $1 AND kind = $2 AND helper <> $3 AND ended_at IS NULL LIMIT 1";
    let sql = Sql::new(sql).bind(child).bind(Given::Guardian.as_str()).bind(leaving);
    let Some(next) = sql.scalar::<Uuid>(tx).await? else { return Ok(false) };
    let sql = Sql::new("UPDATE child SET guardian = $1 WHERE account_id = $2 AND guardian = $3");
    sql.bind(next).bind(child).bind(leaving).exec(tx).await?;
    Ok(true)
}

/// Who helped the account's earlier owner acts in it no longer, and nobody who was asked takes it up: another person goes on in it (N4). What the account
/// does for others stays; its sessions are over.
pub(crate) async fn shut(core: &Core, tx: &Tx, account: Uuid) -> Result<(), store::Error> {
    let all: Vec<Standing> = Sql::new(format!("{STANDING} principal = $1 ORDER BY id")).bind(account).all(tx).await?;
    for of in &all {
        end(core, tx, of, Ended::Principal, account).await?;
    }
    Sql::new("DELETE FROM mandate_offer WHERE principal = $1").bind(account).exec(tx).await.map(|_| ())
}

/// A person leaves the platform: what they gave and took ends, and children for whom nobody else answers go along.
pub(crate) async fn forget(core: &Core, tx: &Tx, account: Uuid, phone: Option<&PhoneNumber>) -> Result<(), Error> {
    let sql = format!("{STANDING} (principal = $1 OR helper = $1) ORDER BY id");
    let all: Vec<Standing> = Sql::new(sql).bind(account).all(tx).await?;
    for of in &all {
        end(core, tx, of, Ended::Deleted, account).await?;
    }
    Sql::new("DELETE FROM mandate_offer WHERE principal = $1 OR offered_by = $1").bind(account).exec(tx).await?;
    if let Some(phone) = phone {
        let hash = super::invite::phone_hash(core, phone);
        Sql::new("DELETE FROM mandate_offer WHERE phone_hash = $1").bind(hash).exec(tx).await?;
    }
    Sql::new("DELETE FROM child_code WHERE child = $1").bind(account).exec(tx).await?;
    Sql::new("DELETE FROM child WHERE account_id = $1").bind(account).exec(tx).await?;
    let children: Vec<Uuid> =
        Sql::new("SELECT account_id FROM child WHERE guardian = $1").bind(account).scalars(tx).await?;
    for child in children {
        if !hand_over(tx, child, account).await? {
            Box::pin(data_rights::erase(core, tx, child, None, By::Citizen { account })).await?;
        }
    }
    Ok(())
}

/// Mandates whose time is over end with a word to both, and phones of those who never answered are not kept. What becomes of
/// a child that came of age is said in `grown`. At most 200 of each a call.
pub(crate) async fn sweep(core: &Core, tx: &Tx) -> Result<(), Error> {
    let now = core.now();
    let over: Vec<Standing> =
        Sql::new(format!("{STANDING} until <= $1 ORDER BY until LIMIT 200")).bind(now).all(tx).await?;
    for of in &over {
        end(core, tx, of, Ended::Time, of.principal).await?;
    }
    Sql::new("DELETE FROM mandate_offer WHERE expires_at < $1").bind(now).exec(tx).await?;
    Sql::new("DELETE FROM mandate WHERE ended_at < $1").bind(now - KEPT).exec(tx).await?;
    grown::sweep(core, tx).await
}

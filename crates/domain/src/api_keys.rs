//! Keys for other systems (khóa kết nối, R12): made by staff, shown once, limited by the minute and by the day, revocable. Reading
//! what is public needs none; sending reports does. Behind each key stands an account of the kind `integration`, so that its
//! reports have a sender with a name, while nobody can sign in as it.

use crate::{
    audit::{self, By, Entry},
    core::Core,
    error::{Error, FieldError},
    limits::{self, Limit},
    rights::{Officer, Right},
};
use base::{
    clock::{DAY, MINUTE, Millis},
    ids::Uuid,
    keys::{Purpose, Secret},
    text,
};
use store::{FromRow, Insert, Sql, Tx, Update};

/// Characters of a name at most.
const NAME_MOST: usize = 80;
/// The largest limits that can be given.
const PER_MINUTE_MOST: i32 = 600;
const PER_DAY_MOST: i32 = 100_000;
/// Begins every key, so that one that was pasted into the wrong place is recognised.
const PREFIX: &str = "cds_";
/// A key that is used all the time is noted once a minute.
const NOTED: Millis = MINUTE;

/// What is to be made, as typed.
#[derive(Debug, Clone, Default)]
pub struct NewKey {
    /// The system it is for; also the sender's name at its reports.
    pub name: String,
    /// It may send reports; else it may only read.
    pub may_create: bool,
    /// It may tell states of dossiers (N14), and nothing else comes with that.
    pub may_tell_dossiers: bool,
    pub per_minute: i32,
    pub per_day: i32,
}

/// A key as staff see it.
#[derive(Debug, Clone, FromRow)]
pub struct Line {
    pub id: Uuid,
    pub name: String,
    pub ending: String,
    pub may_create: bool,
    pub may_tell_dossiers: bool,
    pub per_minute: i32,
    pub per_day: i32,
    pub by_name: Option<String>,
    pub created_at: Millis,
    pub last_used_at: Option<Millis>,
    pub revoked_at: Option<Millis>,
    pub reports: i64,
}

/// Who asks with a key.
#[derive(Debug, Clone, FromRow)]
pub struct Caller {
    pub id: Uuid,
    pub name: String,
    pub may_create: bool,
    pub may_tell_dossiers: bool,
    pub per_minute: i32,
    pub per_day: i32,
    /// The account in whose name reports are sent.
    pub account_id: Uuid,
    last_used_at: Option<Millis>,
}

/// Keys are for the whole province.
fn may(officer: &Officer) -> Result<(), Error> {
    if officer.may(Right::KeysManage, "*", &[]) { Ok(()) } else { Err(Error::Forbidden) }
}

fn hash(core: &Core, key: &str) -> Vec<u8> {
    core.keys.hash(Purpose::ApiKey, &[key.as_bytes()]).to_vec()
}

/// Makes a key; the answer is the only time it is known. Errors: `Forbidden`, `Invalid`.
pub async fn create(core: &Core, by: &Officer, new: &NewKey) -> Result<(Uuid, Secret), Error> {
    may(by)?;
    let name = text::one_line(&new.name);
    let mut wrong = Vec::new();
    if !(3..=NAME_MOST).contains(&name.chars().count()) {
        wrong.push(FieldError { field: "name", key: "api-key-name" });
    }
    if !(1..=PER_MINUTE_MOST).contains(&new.per_minute) {
        wrong.push(FieldError { field: "per_minute", key: "api-key-per-minute" });
    }
    if !(1..=PER_DAY_MOST).contains(&new.per_day) {
        wrong.push(FieldError { field: "per_day", key: "api-key-per-day" });
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let key: String = core.entropy.bytes::<20>().iter().map(|b| format!("{b:02x}")).collect();
    let key = format!("{PREFIX}{key}");
    let (id, account, now) = (core.new_id(), core.new_id(), core.now());
    let (hash, ending) = (hash(core, &key), key[key.len() - 4..].to_owned());
    let (core2, by2, new) = (core.clone(), by.clone(), new.clone());
    core.store
        .write(move |tx: Tx| async move {
            Insert::into("account")
                .set("id", account)
                .set("kind", "integration")
                .set("full_name", name.clone())
                .set("assurance", "phone")
                .set("language", "vi")
                .set("created_at", now)
                .set("created_by", by2.account)
                .set("updated_at", now)
                .exec(&tx)
                .await?;
            Insert::into("api_key")
                .set("id", id)
                .set("name", name.clone())
                .set("hash", hash)
                .set("ending", ending)
                .set("may_create", new.may_create)
                .set("may_tell_dossiers", new.may_tell_dossiers)
                .set("per_minute", new.per_minute)
                .set("per_day", new.per_day)
                .set("account_id", account)
                .set("created_by", by2.account)
                .set("created_at", now)
                .exec(&tx)
                .await?;
            let entry = Entry {
                by: By::Staff { account: by2.account, unit: by2.home_unit().to_owned() },
                act: "api-key-made",
                object: format!("api-key {id}"),
                reason: String::new(),
                data: serde_json::json!({
                    "name": name, "may_create": new.may_create, "may_tell_dossiers": new.may_tell_dossiers,
                    "per_minute": new.per_minute, "per_day": new.per_day
                }),
            };
            audit::write(&tx, &core2.clock, &core2.entropy, entry).await?;
            Ok::<_, Error>(())
        })
        .await?;
    Ok((id, Secret::new(key)))
}

/// All keys, working ones first, the newest first. Errors: `Forbidden`.
pub async fn list(core: &Core, by: &Officer) -> Result<Vec<Line>, Error> {
    may(by)?;
    Ok(Sql::new(
        "SELECT k.id, k.name, k.ending, k.may_create, k.may_tell_dossiers, k.per_minute, k.per_day, a.full_name AS by_name, k.created_at,
            k.last_used_at, k.revoked_at, (SELECT count(*) FROM report r WHERE r.reporter = k.account_id) AS reports
         FROM api_key k LEFT JOIN account a ON a.id = k.created_by
         ORDER BY CASE WHEN k.revoked_at IS NULL THEN 0 ELSE 1 END, k.created_at DESC LIMIT 200",
    )
    .all(core.store.read())
    .await?)
}

/// Ends a key at once and for good; its reports stay. Errors: `Forbidden`, `NotFound`, `State` when it has ended already.
pub async fn revoke(core: &Core, by: &Officer, id: Uuid, reason: &str) -> Result<(), Error> {
    may(by)?;
    let reason = text::one_line(reason);
    if !(5..=300).contains(&reason.chars().count()) {
        return Err(Error::field("reason", "reason-missing"));
    }
    let (core2, by2, now) = (core.clone(), by.clone(), core.now());
    core.store
        .write(move |tx: Tx| async move {
            let revoked: Option<Option<Millis>> =
                Sql::new("SELECT revoked_at FROM api_key WHERE id = $1").bind(id).scalar(&tx).await?;
            match revoked {
                None => return Err(Error::NotFound),
                Some(Some(_)) => return Err(Error::State),
                Some(None) => {}
            }
            Update::table("api_key").set("revoked_at", now).by_id(id, &tx).await?;
            let entry = Entry {
                by: By::Staff { account: by2.account, unit: by2.home_unit().to_owned() },
                act: "api-key-revoked",
                object: format!("api-key {id}"),
                reason,
                data: serde_json::json!({}),
            };
            audit::write(&tx, &core2.clock, &core2.entropy, entry).await?;
            Ok(())
        })
        .await
}

/// What is asked for with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Read,
    /// To send reports.
    Create,
    /// To tell states of dossiers.
    TellDossiers,
}

/// Who asks with this key; every question counts. Errors: `Forbidden` for a key that never was or was revoked, or that lacks
/// the right; `TooOften`.
pub async fn enter(core: &Core, key: &str, need: Need) -> Result<Caller, Error> {
    if key.len() > 100 {
        return Err(Error::Forbidden);
    }
    let caller: Option<Caller> = Sql::new(
        "SELECT id, name, may_create, may_tell_dossiers, per_minute, per_day, account_id, last_used_at FROM api_key
         WHERE hash = $1 AND revoked_at IS NULL",
    )
    .bind(hash(core, key.trim()))
    .one(core.store.read())
    .await?;
    let caller = caller.ok_or(Error::Forbidden)?;
    let may = match need {
        // Who tells of dossiers is told nothing.
        Need::Read => !caller.may_tell_dossiers || caller.may_create,
        Need::Create => caller.may_create,
        Need::TellDossiers => caller.may_tell_dossiers,
    };
    if !may {
        return Err(Error::Forbidden);
    }
    let (core2, caller2, now) = (core.clone(), caller.clone(), core.now());
    // Counted refusals answer `Ok`, else their count would be rolled back.
    let counted = core
        .store
        .write(move |tx: Tx| async move {
            let limits = [
                Limit { name: "api_key_minute", most: i64::from(caller2.per_minute), window: MINUTE },
                Limit { name: "api_key_day", most: i64::from(caller2.per_day), window: DAY },
            ];
            for limit in limits {
                if let Err(over) = limits::hit(&tx, &core2.keys, limit, caller2.id.as_bytes(), now).await? {
                    return Ok::<_, Error>(Err(over));
                }
            }
            if caller2.last_used_at.is_none_or(|at| now - at >= NOTED) {
                Update::table("api_key").set("last_used_at", now).by_id(caller2.id, &tx).await?;
            }
            Ok(Ok(()))
        })
        .await?;
    counted.map_err(|over| Error::TooOften { again_at: over.again_at })?;
    Ok(caller)
}

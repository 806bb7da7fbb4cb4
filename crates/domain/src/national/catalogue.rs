//! The national catalogue (N14): which procedures there are and which connected systems handle them. Each system publishes its own list; the
//! portal reads it again and again, and what a system says concerns that system alone.

use crate::{
    accounts::Assurance,
    core::Core,
    error::Error,
    levels,
    packs::procedures::{FIELD_MOST, Level, MOST, NAME_MOST, Procedure},
};
use base::{
    clock::{HOUR, MINUTE, Millis, SECOND},
    fold::fold,
    text::one_line,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use store::{FromRow, Insert, Sql, Tx, Update};

/// How often a list is read.
const AGAIN: Millis = HOUR;
/// A system that does not answer is asked after 5, 10, 20 … seconds, in the end every hour.
const AFTER_TROUBLE: Millis = 5 * SECOND;
/// Who reads a list has so long before somebody else tries.
const LEASE: Millis = MINUTE;
/// Systems read in one turn of the worker.
const AT_ONCE: i64 = 20;
/// Bytes of a path at a system.
const PAGE_MOST: usize = 200;
/// Words of a search that count.
const WORDS_MOST: usize = 8;

/// A procedure as a system lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub code: String,
    pub name: String,
    pub field: String,
    pub level: Level,
    /// The account that the system asks for (A13).
    pub account: Assurance,
    /// A path at the system: `/thu-tuc/1.001193`.
    pub page: String,
}

/// A list of a system, as it came. Errors: what is wrong with it, for the log; nothing of the list is in it.
pub fn read(list: &Value) -> Result<Vec<Entry>, &'static str> {
    let list = list.as_array().ok_or("not a list")?;
    if list.len() > MOST {
        return Err("too many procedures");
    }
    let mut codes = BTreeSet::new();
    let mut entries = Vec::with_capacity(list.len());
    for one in list {
        let text = |name: &str| one.get(name).and_then(Value::as_str).map(one_line).unwrap_or_default();
        let fits = |text: &str, most: usize| !text.is_empty() && text.chars().count() <= most;
        let (code, name, field, page) = (text("code"), text("name"), text("field"), text("page"));
        if !Procedure::is_code(&code) || !codes.insert(code.clone()) {
            return Err("a code that is none, or twice");
        }
        if !fits(&name, NAME_MOST) || !fits(&field, FIELD_MOST) {
            return Err("a name or field that is empty or too long");
        }
        if !is_path(&page) {
            return Err("a page that is no path");
        }
        let level = Level::parse(&text("level")).ok_or("an unknown level")?;
        // A system that does not speak of it asks for what every account has.
        let account = match one.get("account") {
            None => Some(Assurance::Phone),
            Some(word) => word.as_str().and_then(levels::parse),
        };
        let account = account.ok_or("an unknown account")?;
        entries.push(Entry { code, name, field, level, account, page });
    }
    Ok(entries)
}

/// A path of the system's own: nothing that could lead to another host.
fn is_path(page: &str) -> bool {
    let rest = page.strip_prefix('/').unwrap_or("/");
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_' | b'~');
    !rest.starts_with('/') && page.len() <= PAGE_MOST && page.bytes().all(plain)
}

fn digest(entries: &[Entry]) -> String {
    let mut hash = Sha256::new();
    for e in entries {
        for part in [&e.code, &e.name, &e.field, e.level.as_str(), e.account.as_str(), &e.page] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// A system whose list is to be read now.
#[derive(Debug, Clone, FromRow)]
pub struct Due {
    pub client_id: String,
    pub procedures_uri: String,
}

/// A client's list stands at `uri` from now on, and is read at the next turn.
pub async fn connect(core: &Core, client: &str, uri: &str) -> Result<(), Error> {
    let (client, uri, now) = (client.to_owned(), uri.to_owned(), core.now());
    core.store
        .write(move |tx: Tx| async move {
            let made = Insert::into("connected_system")
                .set("client_id", client.clone())
                .set("procedures_uri", uri.clone())
                .set("due_at", now)
                .or_ignore()
                .exec(&tx)
                .await?;
            if made == 0 {
                let row = Update::table("connected_system").set("procedures_uri", uri).set("due_at", now);
                row.by(vec![("client_id", client.into())], &tx).await?;
            }
            Ok(())
        })
        .await
}

/// Systems to be read now; they are left to others for a while. Lists of clients that were taken away are forgotten.
pub async fn due(core: &Core) -> Result<Vec<Due>, Error> {
    let gone: Vec<String> = Sql::new(
        "SELECT s.client_id FROM connected_system s JOIN oidc_client c ON c.id = s.client_id
         WHERE c.disabled_at IS NOT NULL AND s.digest <> '' LIMIT 20",
    )
    .scalars(core.store.read())
    .await?;
    for client in gone {
        put(core, &client, Vec::new(), String::new()).await?;
    }
    let now = core.now();
    core.store
        .write(move |tx: Tx| async move {
            let due: Vec<Due> = Sql::new(
                "SELECT s.client_id, s.procedures_uri FROM connected_system s JOIN oidc_client c ON c.id = s.client_id
                 WHERE s.due_at <= $1 AND c.disabled_at IS NULL ORDER BY s.due_at LIMIT $2",
            )
            .bind(now)
            .bind(AT_ONCE)
            .all(&tx)
            .await?;
            for one in &due {
                let row = Update::table("connected_system").set("due_at", now + LEASE);
                row.by(vec![("client_id", one.client_id.clone().into())], &tx).await?;
            }
            Ok(due)
        })
        .await
}

/// The system answered with this list.
pub async fn keep(core: &Core, client: &str, entries: Vec<Entry>) -> Result<(), Error> {
    let digest = digest(&entries);
    put(core, client, entries, digest).await
}

/// The system did not answer, or not with a list: what it said before stays.
pub async fn failed(core: &Core, client: &str) -> Result<(), Error> {
    let (client, now) = (client.to_owned(), core.now());
    core.store
        .write(move |tx: Tx| async move {
            let sql = "UPDATE connected_system SET failures = failures + 1 WHERE client_id = $1 RETURNING failures";
            let failures: i32 = Sql::new(sql).bind(client.clone()).scalar(&tx).await?.unwrap_or(1);
            let pause = (AFTER_TROUBLE << (failures - 1).clamp(0, 10)).min(AGAIN);
            let row = Update::table("connected_system").set("due_at", now + pause);
            row.by(vec![("client_id", client.into())], &tx).await?;
            Ok(())
        })
        .await
}

#[derive(FromRow)]
struct Row {
    code: String,
    name: String,
    field: String,
    level: String,
    account: String,
    page: String,
}

impl Row {
    fn entry(self) -> Entry {
        let level = Level::parse(&self.level).unwrap_or(Level::Province);
        let account = levels::parse(&self.account).unwrap_or(Assurance::High);
        Entry { code: self.code, name: self.name, field: self.field, level, account, page: self.page }
    }
}

/// Only what differs is written: a list of two thousand seldom changes in more than a few rows.
async fn put(core: &Core, client: &str, entries: Vec<Entry>, digest: String) -> Result<(), Error> {
    let (client, now) = (client.to_owned(), core.now());
    core.store
        .write(move |tx: Tx| async move {
            let sql = "SELECT digest FROM connected_system WHERE client_id = $1";
            let Some(before) = Sql::new(sql).bind(client.clone()).scalar::<String>(&tx).await? else { return Ok(()) };
            Update::table("connected_system")
                .set("read_at", now)
                .set("due_at", now + AGAIN)
                .set("failures", 0)
                .set("digest", digest.clone())
                .by(vec![("client_id", client.clone().into())], &tx)
                .await?;
            if before == digest {
                return Ok(());
            }
            let sql = "SELECT code, name, field, level, account, page FROM system_procedure WHERE client_id = $1";
            let rows: Vec<Row> = Sql::new(sql).bind(client.clone()).all(&tx).await?;
            let mut old: BTreeMap<String, Entry> =
                rows.into_iter().map(Row::entry).map(|e| (e.code.clone(), e)).collect();
            let mut touched = Vec::new();
            for entry in entries {
                if old.remove(&entry.code).is_some_and(|before| before == entry) {
                    continue;
                }
                Sql::new(
                    "INSERT INTO system_procedure (client_id, code, name, field, level, account, page) VALUES ($1, $2, $3, $4, $5, $6, $7)
                     ON CONFLICT (client_id, code) DO UPDATE SET name = excluded.name, field = excluded.field,
                         level = excluded.level, account = excluded.account, page = excluded.page",
                )
                .bind(client.clone())
                .bind(entry.code.clone())
                .bind(entry.name)
                .bind(entry.field)
                .bind(entry.level.as_str())
                .bind(entry.account.as_str())
                .bind(entry.page)
                .exec(&tx)
                .await?;
                touched.push(entry.code);
            }
            for code in old.into_keys() {
                let sql = "DELETE FROM system_procedure WHERE client_id = $1 AND code = $2";
                Sql::new(sql).bind(client.clone()).bind(code.clone()).exec(&tx).await?;
                touched.push(code);
            }
            for code in touched {
                name_anew(&tx, code).await?;
            }
            Ok(())
        })
        .await
}

/// The one row of a code, after a system changed its own.
async fn name_anew(tx: &Tx, code: String) -> Result<(), Error> {
    let sql = "SELECT code, name, field, level, account, page FROM system_procedure WHERE code = $1 ORDER BY client_id LIMIT 1";
    let Some(first) = Sql::new(sql).bind(code.clone()).one::<Row>(tx).await? else {
        Sql::new("DELETE FROM listed_procedure WHERE code = $1").bind(code).exec(tx).await?;
        return Ok(());
    };
    let folded = format!("{} {} {}", fold(&first.code), fold(&first.name), fold(&first.field));
    Sql::new(
        "INSERT INTO listed_procedure (code, name, field, level, folded, systems)
         VALUES ($1, $2, $3, $4, $5, (SELECT count(*) FROM system_procedure WHERE code = $1))
         ON CONFLICT (code) DO UPDATE SET name = excluded.name, field = excluded.field, level = excluded.level,
             folded = excluded.folded, systems = excluded.systems",
    )
    .bind(first.code)
    .bind(first.name)
    .bind(first.field)
    .bind(first.level)
    .bind(folded)
    .exec(tx)
    .await?;
    Ok(())
}

/// What is searched for (N15); empty parts do not count.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub words: String,
    pub field: String,
    pub level: Option<Level>,
    /// A client's id.
    pub system: String,
}

/// A procedure of the catalogue.
#[derive(Debug, Clone, FromRow)]
pub struct Listed {
    pub code: String,
    pub name: String,
    pub field: String,
    pub level: String,
    /// How many systems handle it.
    pub systems: i32,
    /// The account that all of them ask for; empty where they differ.
    pub account: String,
}

const LISTED: &str = "SELECT code, name, field, level, systems,
    (SELECT CASE WHEN min(s.account) = max(s.account) THEN min(s.account) ELSE '' END
     FROM system_procedure s WHERE s.code = listed_procedure.code) AS account
    FROM listed_procedure";

/// A page of what fits, and how many fit in all. `page` counts from 0.
pub async fn search(core: &Core, wanted: &Wanted, page: i64, at_once: i64) -> Result<(Vec<Listed>, i64), Error> {
    let (mut sql, mut only) = (Sql::new(""), String::from("WHERE 1 = 1"));
    // Folded words hold letters and digits only, so nothing in them is a sign of LIKE.
    for word in fold(&wanted.words).split(' ').filter(|word| !word.is_empty()).take(WORDS_MOST) {
        only += &format!(" AND folded LIKE {}", sql.value(format!("%{word}%")));
    }
    if !wanted.field.is_empty() {
        only += &format!(" AND field = {}", sql.value(wanted.field.as_str()));
    }
    if let Some(level) = wanted.level {
        only += &format!(" AND level = {}", sql.value(level.as_str()));
    }
    if !wanted.system.is_empty() {
        let of_code = "SELECT 1 FROM system_procedure s WHERE s.code = listed_procedure.code";
        only += &format!(" AND EXISTS ({of_code} AND s.client_id = {})", sql.value(wanted.system.as_str()));
    }
    let db = core.store.read();
    let count = sql.clone().with_text(format!("SELECT count(*) FROM listed_procedure {only}"));
    let total: i64 = count.scalar(db).await?.unwrap_or(0);
    let (limit, offset) = (sql.value(at_once), sql.value(page.clamp(0, 10_000) * at_once));
    let rows = sql.with_text(format!("{LISTED} {only} ORDER BY field, name, code LIMIT {limit} OFFSET {offset}"));
    Ok((rows.all(db).await?, total))
}

/// Fields that procedures stand in, by name.
pub async fn fields(core: &Core) -> Result<Vec<String>, Error> {
    let sql = "SELECT DISTINCT field FROM listed_procedure ORDER BY field LIMIT 500";
    Ok(Sql::new(sql).scalars(core.store.read()).await?)
}

/// Where a procedure is handled: a client and a path there.
#[derive(Debug, Clone, FromRow)]
pub struct Handled {
    pub client_id: String,
    pub page: String,
    pub account: String,
}

impl Handled {
    /// A word of no release of ours asks for the surest account.
    pub fn account(&self) -> Assurance {
        levels::parse(&self.account).unwrap_or(Assurance::High)
    }
}

/// One procedure and the systems that handle it.
pub async fn procedure(core: &Core, code: &str) -> Result<Option<(Listed, Vec<Handled>)>, Error> {
    if !Procedure::is_code(code) {
        return Ok(None);
    }
    let db = core.store.read();
    let Some(listed) = Sql::new(format!("{LISTED} WHERE code = $1")).bind(code).one::<Listed>(db).await? else {
        return Ok(None);
    };
    let sql = "SELECT client_id, page, account FROM system_procedure WHERE code = $1 ORDER BY client_id LIMIT 500";
    Ok(Some((listed, Sql::new(sql).bind(code).all(db).await?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(code: &str, page: &str) -> Value {
        json!({ "code": code, "name": "Đăng ký khai sinh", "field": "Hộ tịch", "level": "commune", "page": page })
    }

    fn with_account(word: impl Into<Value>) -> Value {
        let mut entry = one("1.001193", "/a");
        entry["account"] = word.into();
        json!([entry])
    }

    #[test]
    fn a13_a_list_says_which_account_a_procedure_takes_and_silence_is_a_phone() {
        let account = |list: &Value| read(list).map(|read| read[0].account);
        assert_eq!(account(&json!([one("1.001193", "/a")])), Ok(Assurance::Phone));
        assert_eq!(account(&with_account("verified")), Ok(Assurance::Verified));
        assert_eq!(account(&with_account("high")), Ok(Assurance::High));
        for wrong in [Value::Null, json!(3), json!("LoA2"), json!(["high"])] {
            assert!(account(&with_account(wrong.clone())).is_err(), "{wrong}");
        }
    }

    #[test]
    fn n14_a_list_is_read_whole_or_not_at_all() {
        let fine = read(&json!([one("1.001193", "/thu-tuc/1.001193"), one("1.000894", "/a")])).unwrap();
        assert_eq!((fine.len(), fine[0].page.as_str()), (2, "/thu-tuc/1.001193"));
        for (wrong, why) in [
            (json!({}), "no list"),
            (json!(["x"]), "no objects"),
            (json!([one("1.001193", "/a"), one("1.001193", "/b")]), "a code twice"),
            (json!([one("1.1", "/a")]), "no code"),
            (json!([one("1.001193", "")]), "no page"),
            (json!([one("1.001193", "//evil.example")]), "another host"),
            (json!([one("1.001193", "https://evil.example")]), "an address"),
            (json!([one("1.001193", "/a?b=c")]), "a query"),
            (json!([one("1.001193", "/\\evil.example")]), "a backslash"),
            (
                json!([{ "code": "1.001193", "name": "x".repeat(601), "field": "f", "level": "commune", "page": "/a" }]),
                "long",
            ),
            (json!([{ "code": "1.001193", "name": "x", "field": "f", "level": "district", "page": "/a" }]), "a level"),
            (with_account("root"), "an account"),
            (Value::Array(vec![one("1.001193", "/a"); MOST + 1]), "too many"),
        ] {
            assert!(read(&wrong).is_err(), "{why}");
        }
    }
}

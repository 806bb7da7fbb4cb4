//! Turning the key (đổi khóa, A15) of what is kept of banks: tokens and accounts are sealed anew, accounts found by a new hash.

use super::{account_hash, rows::Sealed};
use crate::{accounts::Error, core::Core};
use base::{
    ids::Uuid,
    keys::{Keys, Purpose},
};
use store::{FromRow, Sql, Store, Tx};

/// Rows a transaction.
const AT_ONCE: i64 = 200;
const TABLES: [&str; 2] = ["bank_grant", "bank_link"];

/// How far a walk over the rows has come.
#[derive(Debug, Clone)]
pub struct Walk {
    /// Which of the tables.
    table: usize,
    /// The last row that was seen.
    at: (i64, Uuid),
    /// Rows that no key opens; they stay as they are.
    pub broken: u64,
}

impl Default for Walk {
    fn default() -> Self {
        Self { table: 0, at: (i64::MIN, Uuid::nil()), broken: 0 }
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    key_id: i64,
    bank: String,
    sealed: Vec<u8>,
}

/// A row as it will be.
#[derive(Clone)]
struct Anew {
    id: Uuid,
    before: Vec<u8>,
    sealed: Vec<u8>,
    /// Of an account.
    hash: Option<Vec<u8>>,
}

/// Rows that are not sealed with the key of now.
pub async fn left(store: &Store, keys: &Keys) -> Result<i64, store::Error> {
    let mut all = 0;
    for table in TABLES {
        let sql = format!(
            "SELECT (SELECT count(*) FROM {table} WHERE key_id < $1) + (SELECT count(*) FROM {table} WHERE key_id > $1)"
        );
        all += Sql::new(sql).bind(keys.turn()).scalar::<i64>(store.read()).await?.unwrap_or(0);
    }
    Ok(all)
}

/// Seals the next rows anew; false when the walk is at its end.
pub async fn step(core: &Core, walk: &mut Walk) -> Result<bool, Error> {
    let (table, rows) = loop {
        let Some(table) = TABLES.get(walk.table).copied() else { return Ok(false) };
        let rows = older(core, table, walk.at).await?;
        if let Some(last) = rows.last() {
            walk.at = (last.key_id, last.id);
            break (table, rows);
        }
        *walk = Walk { table: walk.table + 1, broken: walk.broken, ..Walk::default() };
    };
    let found = rows.len();
    let is_link = table == "bank_link";
    let anew: Vec<Anew> = rows.into_iter().filter_map(|row| Anew::of(core, row, is_link)).collect();
    walk.broken += (found - anew.len()) as u64;
    let turn = core.keys.turn();
    core.store
        .write(move |tx: Tx| async move {
            for row in anew {
                row.write(table, turn, &tx).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    Ok(true)
}

/// The next rows of keys that are not the one of now: those below it, then those above, so that an index serves both.
async fn older(core: &Core, table: &str, (key, id): (i64, Uuid)) -> Result<Vec<Row>, store::Error> {
    let now = core.keys.turn();
    for side in ["<", ">"] {
        let sql = format!(
            "SELECT id, key_id, bank, sealed FROM {table} WHERE key_id {side} $1 AND (key_id, id) > ($2, $3)
             ORDER BY key_id, id LIMIT {AT_ONCE}"
        );
        let rows: Vec<Row> = Sql::new(sql).bind(now).bind(key).bind(id).all(core.store.read()).await?;
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Ok(Vec::new())
}

impl Anew {
    /// `None`: no key opens it, or it holds no account where one belongs.
    fn of(core: &Core, row: Row, is_link: bool) -> Option<Self> {
        let plain = core.keys.open(Purpose::Bank, row.id.as_bytes(), &row.sealed).ok()?;
        let hash = match is_link {
            false => None,
            true => Some(account_hash(core, &row.bank, &serde_json::from_slice::<Sealed>(&plain).ok()?.id)),
        };
        let sealed = core.keys.seal(Purpose::Bank, row.id.as_bytes(), &plain, &core.entropy);
        Some(Self { id: row.id, before: row.sealed, sealed, hash })
    }

    /// Only over what was read: what was written in between is sealed with the new key already.
    async fn write(self, table: &str, turn: i64, tx: &Tx) -> Result<(), store::Error> {
        let hash = if self.hash.is_some() { ", account_hash = $5" } else { "" };
        let sql = format!("UPDATE {table} SET sealed = $1, key_id = $2{hash} WHERE id = $3 AND sealed = $4");
        let sql = Sql::new(sql).bind(self.sealed).bind(turn).bind(self.id).bind(self.before);
        match self.hash {
            Some(hash) => sql.bind(hash).exec(tx).await,
            None => sql.exec(tx).await,
        }
        .map(|_| ())
    }
}

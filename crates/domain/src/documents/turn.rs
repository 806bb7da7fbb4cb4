//! Turning the key (đổi khóa, A15): what stands in the rows is sealed anew, the files' own keys with it. No file is touched.

use super::rows::Sealed;
use crate::{accounts::Error, core::Core};
use base::{ids::Uuid, keys::Keys};
use store::{FromRow, Sql, Store, Tx};

/// Rows a transaction.
const AT_ONCE: i64 = 200;

/// How far a walk over the rows has come.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    /// The last row that was seen.
    at: (i64, Uuid),
    /// Rows that no key opens; they stay as they are.
    pub broken: u64,
}

impl Default for Walk {
    fn default() -> Self {
        Self { at: (i64::MIN, Uuid::nil()), broken: 0 }
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    key_id: i64,
    sealed: Vec<u8>,
}

/// Rows that are not sealed with the key of now.
pub(crate) async fn left(store: &Store, keys: &Keys) -> Result<i64, store::Error> {
    let sql =
        "SELECT (SELECT count(*) FROM document WHERE key_id < $1) + (SELECT count(*) FROM document WHERE key_id > $1)";
    Ok(Sql::new(sql).bind(keys.turn()).scalar::<i64>(store.read()).await?.unwrap_or(0))
}

/// Seals the next rows anew; false when the walk is at its end.
pub(crate) async fn step(core: &Core, walk: &mut Walk) -> Result<bool, Error> {
    let rows = older(core, walk.at).await?;
    let Some(last) = rows.last() else { return Ok(false) };
    walk.at = (last.key_id, last.id);
    let mut anew = Vec::with_capacity(rows.len());
    for row in rows {
        match Sealed::open(core, row.id, &row.sealed) {
            Some(sealed) => anew.push((row.id, row.sealed, sealed.seal(core, row.id)?)),
            None => walk.broken += 1,
        }
    }
    let turn = core.keys.turn();
    core.store
        .write(move |tx: Tx| async move {
            for (id, before, after) in anew {
                // Only over what was read: whoever named it anew in between has sealed it with the new key already.
                Sql::new("UPDATE document SET sealed = $1, key_id = $2 WHERE id = $3 AND sealed = $4")
                    .bind(after)
                    .bind(turn)
                    .bind(id)
                    .bind(before)
                    .exec(&tx)
                    .await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    Ok(true)
}

/// The next rows of keys that are not the one of now: those below it, then those above, so that an index serves both.
async fn older(core: &Core, (key, id): (i64, Uuid)) -> Result<Vec<Row>, store::Error> {
    for side in ["<", ">"] {
        let sql = format!(
            "SELECT id, key_id, sealed FROM document WHERE key_id {side} $1 AND (key_id, id) > ($2, $3)
             ORDER BY key_id, id LIMIT {AT_ONCE}"
        );
        let rows: Vec<Row> = Sql::new(sql).bind(core.keys.turn()).bind(key).bind(id).all(core.store.read()).await?;
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Ok(Vec::new())
}

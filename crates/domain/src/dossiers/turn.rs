//! Turning the key (đổi khóa, A15): numbers of dossiers are sealed anew and found by a new hash.

use super::receive::seal;
use crate::{
    accounts::{Error, linked::facts},
    core::Core,
};
use base::{
    ids::Uuid,
    keys::{Keys, Purpose},
    personal_number::PersonalNumber,
};
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
    let sql = "SELECT (SELECT count(*) FROM national_dossier WHERE key_id < $1) + (SELECT count(*) FROM national_dossier WHERE key_id > $1)";
    Ok(Sql::new(sql).bind(keys.turn()).scalar::<i64>(store.read()).await?.unwrap_or(0))
}

/// Seals the next rows anew; false when the walk is at its end.
pub(crate) async fn step(core: &Core, walk: &mut Walk) -> Result<bool, Error> {
    let rows = older(core, walk.at).await?;
    let Some(last) = rows.last() else { return Ok(false) };
    walk.at = (last.key_id, last.id);
    let (core2, turn) = (core.clone(), core.keys.turn());
    let mut anew = Vec::with_capacity(rows.len());
    for row in rows {
        let plain = core.keys.open(Purpose::PersonalNumber, row.id.as_bytes(), &row.sealed).ok();
        let number = plain.and_then(|plain| PersonalNumber::parse(std::str::from_utf8(&plain).ok()?).ok());
        match number {
            Some(number) => anew.push((row, number)),
            None => walk.broken += 1,
        }
    }
    let anew: Vec<(Uuid, Vec<u8>, PersonalNumber)> =
        anew.into_iter().map(|(row, number)| (row.id, row.sealed, number)).collect();
    core.store
        .write(move |tx: Tx| async move {
            for (id, before, number) in anew {
                // Only over what was read: a step that came in between has sealed it with the new key already.
                Sql::new("UPDATE national_dossier SET sealed = $1, number_hash = $2, key_id = $3 WHERE id = $4 AND sealed = $5")
                    .bind(seal(&core2, id, &number))
                    .bind(facts::number_hash(&core2, &number))
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
            "SELECT id, key_id, sealed FROM national_dossier WHERE key_id {side} $1 AND (key_id, id) > ($2, $3)
             ORDER BY key_id, id LIMIT {AT_ONCE}"
        );
        let rows: Vec<Row> = Sql::new(sql).bind(core.keys.turn()).bind(key).bind(id).all(core.store.read()).await?;
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Ok(Vec::new())
}

//! Turning the key that persons' data is sealed with (đổi khóa, A15): row by row, a few hundred a transaction, while people go on
//! working. Whoever is killed in between leaves rows of both keys, and the next one goes on where they are.

use super::facts::{NUMBER, bound, number_hash};
use crate::{accounts::Error, banks, core::Core, documents, dossiers};
use base::{
    ids::Uuid,
    keys::{Keys, Purpose},
    personal_number::PersonalNumber,
};
use store::{FromRow, Sql, Store, Tx};

/// Rows a transaction: some milliseconds of the writer's time.
const AT_ONCE: i64 = 200;

/// How far a walk over the rows has come.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    /// The key whose rows are walked, and the last row that was seen.
    at: Option<(i64, Uuid, String)>,
    /// The facts are through; then those of banks, the dossiers, the papers.
    facts_done: bool,
    banks: banks::Walk,
    dossiers: dossiers::Walk,
    documents: documents::Walk,
    /// Rows that no key opens; they stay as they are.
    pub broken: u64,
}

#[derive(Debug, FromRow)]
struct Row {
    account_id: Uuid,
    name: String,
    sealed: Vec<u8>,
}

/// Rows that are not sealed with the key of now.
pub async fn left(store: &Store, keys: &Keys) -> Result<i64, store::Error> {
    let sql = "SELECT (SELECT count(*) FROM account_fact WHERE key_id < $1) + (SELECT count(*) FROM account_fact WHERE key_id > $1)";
    let facts: i64 = Sql::new(sql).bind(keys.turn()).scalar(store.read()).await?.unwrap_or(0);
    let papers = documents::left(store, keys).await?;
    Ok(facts + banks::left(store, keys).await? + dossiers::left(store, keys).await? + papers)
}

/// Seals the next rows anew; false when the walk is at its end.
pub async fn step(core: &Core, walk: &mut Walk) -> Result<bool, Error> {
    // Once: a row that no key opens would be met again and again.
    if !walk.facts_done {
        if step_facts(core, walk).await? {
            return Ok(true);
        }
        walk.facts_done = true;
    }
    let before = walk.banks.broken;
    let goes_on = banks::step(core, &mut walk.banks).await?;
    walk.broken += walk.banks.broken - before;
    if goes_on {
        return Ok(true);
    }
    let before = walk.dossiers.broken;
    let goes_on = dossiers::turn_step(core, &mut walk.dossiers).await?;
    walk.broken += walk.dossiers.broken - before;
    if goes_on {
        return Ok(true);
    }
    let before = walk.documents.broken;
    let goes_on = documents::turn_step(core, &mut walk.documents).await?;
    walk.broken += walk.documents.broken - before;
    Ok(goes_on)
}

async fn step_facts(core: &Core, walk: &mut Walk) -> Result<bool, Error> {
    let now = core.keys.turn();
    let (old, account, name) = match &walk.at {
        Some(at) => at.clone(),
        None => match older(core, now, i64::MIN).await? {
            Some(old) => (old, Uuid::nil(), String::new()),
            None => return Ok(false),
        },
    };
    let rows: Vec<Row> = Sql::new(format!(
        "SELECT account_id, name, sealed FROM account_fact WHERE key_id = $1 AND (account_id, name) > ($2, $3)
         ORDER BY account_id, name LIMIT {AT_ONCE}"
    ))
    .bind(old)
    .bind(account)
    .bind(name)
    .all(core.store.read())
    .await?;
    let Some(last) = rows.last() else {
        walk.at = older(core, now, old).await?.map(|next| (next, Uuid::nil(), String::new()));
        return Ok(walk.at.is_some());
    };
    walk.at = Some((old, last.account_id, last.name.clone()));
    let found = rows.len();
    let anew: Vec<Anew> = rows.into_iter().filter_map(|row| Anew::of(core, row)).collect();
    walk.broken += (found - anew.len()) as u64;
    core.store
        .write(move |tx: Tx| async move {
            for row in anew {
                row.write(now, &tx).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
    Ok(true)
}

/// The smallest key above `than` that rows are sealed with and that is not the one of now.
async fn older(core: &Core, now: i64, than: i64) -> Result<Option<i64>, store::Error> {
    let above = async |than: i64| -> Result<Option<i64>, store::Error> {
        let found = Sql::new("SELECT key_id FROM account_fact WHERE key_id > $1 ORDER BY key_id LIMIT 1");
        found.bind(than).scalar(core.store.read()).await
    };
    match above(than).await? {
        Some(found) if found == now => above(now).await,
        found => Ok(found),
    }
}

/// A row as it will be.
#[derive(Clone)]
struct Anew {
    account: Uuid,
    name: String,
    before: Vec<u8>,
    sealed: Vec<u8>,
    hash: Option<Vec<u8>>,
}

impl Anew {
    /// `None`: no key opens it, or it holds no number where one belongs.
    fn of(core: &Core, row: Row) -> Option<Self> {
        let bound = bound(row.account_id, &row.name);
        let plain = core.keys.open(Purpose::PersonalNumber, &bound, &row.sealed).ok()?;
        let hash = match row.name == NUMBER {
            false => None,
            true => {
                let number = PersonalNumber::parse(std::str::from_utf8(&plain).ok()?).ok()?;
                Some(number_hash(core, &number))
            }
        };
        let sealed = core.keys.seal(Purpose::PersonalNumber, &bound, &plain, &core.entropy);
        Some(Self { account: row.account_id, name: row.name, before: row.sealed, sealed, hash })
    }

    /// Only over what was read: who proved something in between has sealed it with the new key already.
    async fn write(self, turn: i64, tx: &Tx) -> Result<(), store::Error> {
        Sql::new(
            "UPDATE account_fact SET sealed = $1, number_hash = $2, key_id = $3
             WHERE account_id = $4 AND name = $5 AND sealed = $6",
        )
        .bind(self.sealed)
        .bind(self.hash)
        .bind(turn)
        .bind(self.account)
        .bind(self.name)
        .bind(self.before)
        .exec(tx)
        .await
        .map(|_| ())
    }
}

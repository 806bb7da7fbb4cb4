//! Saved filters of the queue (bộ lọc đã lưu, R6): a name for an address, each person's own.

use crate::{core::Core, error::Error};
use base::{ids::Uuid, text};
use store::FromRow;
use store::{Insert, Sql, Tx};

/// Saved filters of one person at most.
pub const MOST: i64 = 20;
const NAME_MOST: usize = 60;
const QUERY_MOST: usize = 1_500;

/// One saved filter.
#[derive(Debug, Clone, FromRow)]
pub struct View {
    pub id: Uuid,
    pub name: String,
    /// The query of the queue's address, without `?`.
    pub query: String,
}

/// Oldest first: a list that people learn by place must not move.
pub async fn list(core: &Core, account: Uuid) -> Result<Vec<View>, Error> {
    Ok(Sql::new("SELECT id, name, query FROM saved_view WHERE account_id = $1 ORDER BY created_at, id LIMIT 50")
        .bind(account)
        .all(core.store.read())
        .await?)
}

/// Errors: `Invalid` for a missing or long name, or when there are twenty already.
pub async fn save(core: &Core, account: Uuid, name: &str, query: &str) -> Result<Uuid, Error> {
    let name = text::one_line(name);
    if name.is_empty() || name.chars().count() > NAME_MOST {
        return Err(Error::field("ten", "view-name"));
    }
    if query.len() > QUERY_MOST || !query.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Error::field("ten", "view-query"));
    }
    let (id, now, query) = (core.new_id(), core.now(), query.to_owned());
    core.store
        .write(move |tx: Tx| async move {
            let has: i64 = Sql::new("SELECT count(*) FROM saved_view WHERE account_id = $1")
                .bind(account)
                .scalar(&tx)
                .await?
                .unwrap_or(0);
            if has >= MOST {
                return Err(Error::field("ten", "view-too-many"));
            }
            Insert::into("saved_view")
                .set("id", id)
                .set("account_id", account)
                .set("name", name)
                .set("query", query)
                .set("created_at", now)
                .exec(&tx)
                .await?;
            Ok(id)
        })
        .await
}

/// Errors: `NotFound` when it is not this person's.
pub async fn remove(core: &Core, account: Uuid, id: Uuid) -> Result<(), Error> {
    core.store
        .write(move |tx: Tx| async move {
            let gone = Sql::new("DELETE FROM saved_view WHERE id = $1 AND account_id = $2")
                .bind(id)
                .bind(account)
                .exec(&tx)
                .await?;
            if gone == 0 { Err(Error::NotFound) } else { Ok(()) }
        })
        .await
}

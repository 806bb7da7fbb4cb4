//! Rows of papers, and what stands sealed in them.

use super::{Media, Topic};
use crate::{
    accounts::{Accounts, Error},
    core::Core,
    error::Error as Shared,
};
use base::{
    clock::Millis,
    ids::Uuid,
    keys::{FileKey, Purpose},
};
use serde::{Deserialize, Serialize};
use store::{ConnectionTrait, FromRow, Sql};

/// What is sealed with a row.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Sealed {
    pub name: String,
    pub topic: Topic,
    key: [u8; 32],
}

impl Sealed {
    pub fn new(name: String, topic: Topic, key: &FileKey) -> Self {
        Self { name, topic, key: *key.expose() }
    }

    pub fn key(&self) -> FileKey {
        FileKey::of(self.key)
    }

    pub fn seal(&self, core: &Core, id: Uuid) -> Result<Vec<u8>, Shared> {
        let json = serde_json::to_vec(self).map_err(|_| Shared::Internal("a paper cannot be written down"))?;
        Ok(core.keys.seal(Purpose::Document, id.as_bytes(), &json, &core.entropy))
    }

    /// `None`: no key opens it.
    pub fn open(core: &Core, id: Uuid, sealed: &[u8]) -> Option<Self> {
        let json = core.keys.open(Purpose::Document, id.as_bytes(), sealed).ok()?;
        serde_json::from_slice(&json).ok()
    }
}

#[derive(Clone, FromRow)]
pub(super) struct Row {
    pub id: Uuid,
    pub sealed: Vec<u8>,
    pub media: String,
    pub bytes: i64,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub file: String,
    pub added_at: Millis,
}

const COLUMNS: &str = "SELECT id, sealed, media, bytes, width, height, file, added_at FROM document";

/// One of this person's. Errors: `NotFound`, also for somebody else's.
pub(super) async fn one(db: &impl ConnectionTrait, account: Uuid, id: Uuid) -> Result<Row, Error> {
    let row: Option<Row> =
        Sql::new(format!("{COLUMNS} WHERE id = $1 AND account_id = $2")).bind(id).bind(account).one(db).await?;
    Ok(row.ok_or(Shared::NotFound)?)
}

/// A paper as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub id: Uuid,
    /// `None`, as the next: no key opens the row.
    pub name: Option<String>,
    pub topic: Option<Topic>,
    pub media: Media,
    pub bytes: i64,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub added_at: Millis,
}

impl Line {
    pub(super) fn of(core: &Core, row: &Row) -> Self {
        let sealed = Sealed::open(core, row.id, &row.sealed);
        if sealed.is_none() {
            tracing::error!(document = %row.id, "no key opens what is kept of a paper");
        }
        let (name, topic) = sealed.map(|s| (s.name, s.topic)).unzip();
        Self {
            id: row.id,
            name,
            topic,
            media: Media::parse(&row.media),
            bytes: row.bytes,
            width: row.width,
            height: row.height,
            added_at: row.added_at,
        }
    }
}

impl Accounts {
    /// All papers of a person, the newest first.
    pub async fn documents(&self, account: Uuid) -> Result<Vec<Line>, Error> {
        of_account(&self.core, account).await
    }

    /// One of them. Errors: `NotFound`, also for somebody else's.
    pub async fn document(&self, account: Uuid, id: Uuid) -> Result<Line, Error> {
        Ok(Line::of(&self.core, &one(self.core.store.read(), account, id).await?))
    }
}

/// The same for the document about a person (A12). There are never more than a page of them.
pub(crate) async fn of_account(core: &Core, account: Uuid) -> Result<Vec<Line>, Error> {
    let sql = Sql::new(format!("{COLUMNS} WHERE account_id = $1 ORDER BY added_at DESC, id DESC")).bind(account);
    let rows: Vec<Row> = sql.all(core.store.read()).await?;
    Ok(rows.iter().map(|row| Line::of(core, row)).collect())
}

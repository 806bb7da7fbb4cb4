//! Keeping a paper, naming it anew, taking it out.

use super::{
    FOLDER, MOST, MOST_BYTES_TOGETHER, Media, Refusal, content, require_owner,
    rows::{self, Sealed},
    said,
};
use crate::{
    accounts::{
        Accounts, Error, Signed,
        activity::{self, Act, Happened},
        linked::alive,
    },
    core::Core,
    error::Error as Shared,
    limits::{self, DOCUMENTS_PER_PERSON_DAY},
    reports::{
        litter,
        photos::{self, BadPhoto, TURN},
    },
};
use base::{ids::Uuid, keys::FileKey};
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx};

/// Longest side of a picture in pixels: a sheet of A4 at 200 dots an inch.
const LARGEST: u32 = 2400;
const QUALITY: u8 = 85;

/// What a form brings.
#[derive(Debug, Clone, Default)]
pub struct New<'a> {
    pub name: &'a str,
    pub topic: &'a str,
    /// One file; none, or more, are refused with their sentence.
    pub files: Vec<Vec<u8>>,
    /// The file was over the limit and not read at all.
    pub too_large: bool,
    /// Names the form: sent twice, it adds one paper.
    pub form: Option<Uuid>,
}

impl New<'_> {
    /// What can be said of the files before one is looked at.
    fn refusal(&self) -> Option<Refusal> {
        match self.files.as_slice() {
            _ if self.too_large => Some(Refusal::TooLarge),
            [] => Some(Refusal::FileMissing),
            [one] => content::what(one).err(),
            _ => Some(Refusal::TwoFiles),
        }
    }
}

/// A file as it will lie there.
struct Made {
    media: Media,
    bytes: i64,
    size: Option<(u32, u32)>,
    sealed: Vec<u8>,
}

fn key_of(form: Uuid) -> String {
    format!("document {form}")
}

impl Accounts {
    /// Keeps a paper; answers its id, or that of the paper that the same form brought before. Errors: `Invalid` with a [`Refusal`] each, `TooOften`,
    /// `Forbidden`.
    pub async fn add_document(&self, signed: &Signed, mut new: New<'_>) -> Result<Uuid, Error> {
        require_owner(signed)?;
        let (core, account, form) = (self.core.clone(), signed.account, new.form);
        if let Some(form) = form
            && let Some(id) = answered(&core, core.store.read(), account, form).await?
        {
            return Ok(id);
        }
        let (name, topic) = said(new.name, new.topic, new.refusal())?;
        let file = new.files.pop().unwrap_or_default();
        let id = core.new_id();
        let plain_name = id.simple().to_string();
        // Two levels of folders, as for photos.
        let path = format!("{FOLDER}{}/{plain_name}", &plain_name[..6]);
        begin(&core, account, id, &path).await?;
        let key = FileKey::new(&core.entropy);
        let made = make(file, key.clone(), id).await??;
        let sealed = Sealed::new(name, topic, &key).seal(&core, id)?;
        let row = (sealed, made.media, made.bytes, made.size, path.clone());
        core.files.put(&path, made.sealed).await.map_err(Shared::from)?;
        let kept = put(&core, account, id, form, row).await;
        // After any other error nobody knows whether the row is there; the note looks in an hour.
        if matches!(kept, Ok(Kept::Earlier(_)) | Err(Error::Shared(Shared::Invalid(_)))) {
            _ = core.files.delete(&path).await;
        }
        match kept? {
            Kept::New => Ok(id),
            Kept::Earlier(id) => Ok(id),
        }
    }

    /// Another name, another kind. Errors: `NotFound`, `Invalid`; `State` when no key opens the row.
    pub async fn rename_document(&self, signed: &Signed, id: Uuid, name: &str, topic: &str) -> Result<(), Error> {
        require_owner(signed)?;
        let (name, topic) = said(name, topic, None)?;
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                // Whoever turns the key waits, or has turned it.
                tx.lock("document", id).await?;
                let row = rows::one(&tx, account, id).await?;
                let before = Sealed::open(&core, id, &row.sealed).ok_or(Shared::State)?;
                let after = Sealed::new(name, topic, &before.key()).seal(&core, id)?;
                Sql::new("UPDATE document SET sealed = $1, key_id = $2 WHERE id = $3")
                    .bind(after)
                    .bind(core.keys.turn())
                    .bind(id)
                    .exec(&tx)
                    .await?;
                Ok::<_, Error>(())
            })
            .await
    }

    /// Takes a paper out: with its row goes the only key of its file. Errors: `NotFound`.
    pub async fn remove_document(&self, signed: &Signed, id: Uuid) -> Result<(), Error> {
        require_owner(signed)?;
        let (core, account, note) = (self.core.clone(), signed.account, self.core.new_id());
        let file = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let file: Option<String> =
                    Sql::new("DELETE FROM document WHERE id = $1 AND account_id = $2 RETURNING file")
                        .bind(id)
                        .bind(account)
                        .scalar(&tx)
                        .await?;
                let Some(file) = file else { return Err(Error::from(Shared::NotFound)) };
                litter::leave(&tx, note, &[(id, file.clone())], core.now()).await?;
                activity::write(&core, &tx, Act::own(account, Happened::DocumentRemoved)).await?;
                Ok(file)
            })
            .await?;
        if let Err(e) = self.core.files.delete(&file).await {
            tracing::warn!(error = %e, "a paper's file is deleted later");
        }
        Ok(())
    }
}

/// The paper that a form brought before.
async fn answered(core: &Core, db: &impl ConnectionTrait, account: Uuid, form: Uuid) -> Result<Option<Uuid>, Error> {
    let sql = Sql::new("SELECT result FROM idempotency WHERE account_id = $1 AND key = $2");
    let id: Option<String> = sql.bind(account).bind(key_of(form)).scalar(db).await?;
    let id = id.and_then(|id| Uuid::parse_str(&id).ok());
    if let Some(id) = id {
        tracing::debug!(document = %id, at = core.now(), "a form came twice");
    }
    Ok(id)
}

#[derive(FromRow)]
struct Held {
    n: i64,
    bytes: i64,
}

/// Errors: `TooMany`, `NoRoom`.
async fn has_room(tx: &Tx, account: Uuid, more: i64) -> Result<(), Error> {
    let sql =
        "SELECT count(*) AS n, CAST(coalesce(sum(bytes), 0) AS BIGINT) AS bytes FROM document WHERE account_id = $1";
    let held: Option<Held> = Sql::new(sql).bind(account).one(tx).await?;
    let held = held.unwrap_or(Held { n: 0, bytes: 0 });
    if held.n >= MOST {
        return Err(Refusal::TooMany.into());
    }
    if held.bytes + more > MOST_BYTES_TOGETHER {
        return Err(Refusal::NoRoom.into());
    }
    Ok(())
}

/// Before anything is decoded: there is room at all, the person does not try without end, and the file that is about to be written is noted, in case
/// nobody is there to write its row.
async fn begin(core: &Core, account: Uuid, id: Uuid, path: &str) -> Result<(), Error> {
    let (core2, path, note) = (core.clone(), path.to_owned(), core.new_id());
    let allowed = core
        .store
        .write(move |tx: Tx| async move {
            has_room(&tx, account, 1).await?;
            let now = core2.now();
            let hit = limits::hit(&tx, &core2.keys, DOCUMENTS_PER_PERSON_DAY, account.as_bytes(), now).await?;
            if hit.is_ok() {
                litter::leave(&tx, note, &[(id, path)], now).await?;
            }
            Ok::<_, Error>(hit)
        })
        .await?;
    Ok(allowed.map_err(|over| Shared::TooOften { again_at: over.again_at })?)
}

/// Draws a picture anew and seals what is kept, off the request threads. Inner error: what the file turned out to be.
async fn make(file: Vec<u8>, key: FileKey, id: Uuid) -> Result<Result<Made, Refusal>, Error> {
    let turn = TURN.acquire().await.map_err(|_| Shared::Internal("papers are shut down"))?;
    let work = move || {
        // Held until the work is done, also when nobody waits for it any more.
        let _turn = turn;
        let media = content::what(&file)?;
        let (plain, size) = match media {
            Media::Pdf => (file, None),
            Media::Jpeg => {
                let drawn = photos::redrawn(&file, LARGEST, QUALITY).map_err(|bad| match bad {
                    BadPhoto::TooManyPixels => Refusal::PictureHuge,
                    _ => Refusal::PictureBroken,
                })?;
                (drawn.jpeg, Some((drawn.width, drawn.height)))
            }
        };
        let sealed = key.seal(id.as_bytes(), &plain);
        Ok(Made { media, bytes: plain.len() as i64, size, sealed })
    };
    Ok(tokio::task::spawn_blocking(work).await.map_err(|_| Shared::Internal("a paper made the decoder panic"))?)
}

enum Kept {
    New,
    /// The form was sent before.
    Earlier(Uuid),
}

type Row = (Vec<u8>, Media, i64, Option<(u32, u32)>, String);

async fn put(core: &Core, account: Uuid, id: Uuid, form: Option<Uuid>, row: Row) -> Result<Kept, Error> {
    let (core2, (sealed, media, bytes, size, path)) = (core.clone(), row);
    core.store
        .write(move |tx: Tx| async move {
            // Two that come at one moment are counted one after the other.
            tx.lock("account", account).await?;
            // Deleted or blocked on another device meanwhile.
            alive(&tx, account).await?;
            let now = core2.now();
            if let Some(form) = form {
                let first = Insert::into("idempotency").set("account_id", account).set("key", key_of(form));
                let first = first.set("result", id.to_string()).set("created_at", now).or_ignore().exec(&tx).await?;
                if first == 0 {
                    let earlier = answered(&core2, &tx, account, form).await?;
                    return Ok(Kept::Earlier(earlier.ok_or(Shared::State)?));
                }
            }
            has_room(&tx, account, bytes).await?;
            Insert::into("document")
                .set("id", id)
                .set("account_id", account)
                .set("sealed", sealed)
                .set("key_id", core2.keys.turn())
                .set("media", media.as_str())
                .set("bytes", bytes)
                .set("width", size.map(|s| s.0 as i32))
                .set("height", size.map(|s| s.1 as i32))
                .set("file", path)
                .set("added_at", now)
                .exec(&tx)
                .await?;
            activity::write(&core2, &tx, Act::own(account, Happened::DocumentAdded)).await?;
            Ok::<_, Error>(Kept::New)
        })
        .await
}

/// The account is deleted (A12): with the rows go the keys, the files follow.
pub(crate) async fn forget(core: &Core, tx: &Tx, account: Uuid) -> Result<(), store::Error> {
    #[derive(FromRow)]
    struct Gone {
        id: Uuid,
        file: String,
    }
    let gone: Vec<Gone> =
        Sql::new("DELETE FROM document WHERE account_id = $1 RETURNING id, file").bind(account).all(tx).await?;
    let files: Vec<(Uuid, String)> = gone.into_iter().map(|gone| (gone.id, gone.file)).collect();
    litter::leave(tx, core.new_id(), &files, core.now()).await
}

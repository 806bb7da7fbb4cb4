//! Photos and videos that come in pieces (R2): what has arrived stays, so that a broken connection costs seconds and not the photo.
//! The protocol is the web's business; here are the rows, the limits, and what becomes of the bytes when all are there.

use super::{
    drafts::DraftPhoto,
    litter,
    photos::{self, BadPhoto},
    rows::store_photos,
    video::{self, BadVideo, DraftVideo},
};
use crate::{
    core::Core,
    error::{Error, FieldError},
    limits::{self, UPLOADS_PER_PERSON_DAY, VIDEOS_PER_PERSON_DAY},
};
use base::{
    clock::{DAY, HOUR, Millis},
    ids::Uuid,
    text,
};
use store::FromRow;
use store::{ConnectionTrait, Insert, Sql, Tx, Update};

/// Bytes of one photo at most. The phone shrinks it to a tenth of this first.
pub const MOST_BYTES: i64 = 10 * 1024 * 1024;
/// Uploads of one person that may lie about; the oldest makes room for a new one.
pub const MOST_OPEN: usize = 20;
/// The same for videos: a report has one.
pub const MOST_OPEN_VIDEOS: usize = 2;
/// Pieces of one photo: a phone makes ten to forty, a network that breaks all the time some more; of a video 240 and more.
const MOST_PIECES: usize = 400;
const MOST_PIECES_OF_VIDEO: usize = 800;
/// How long an upload waits for its next piece or for its report.
pub const LIVES: Millis = DAY;
/// The folder of the pieces.
const FOLDER: &str = "uploads";

/// What its owner may know of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub id: Uuid,
    pub size: i64,
    pub received: i64,
    pub expires_at: Millis,
}

#[derive(Clone, FromRow)]
struct Row {
    id: Uuid,
    name: String,
    size: i64,
    received: i64,
    pieces: String,
    /// What has become of it: JSON of a `DraftPhoto` or `DraftVideo`.
    photo: Option<String>,
    video: bool,
    taken_for: Option<String>,
    expires_at: Millis,
}

impl Row {
    fn pieces(&self) -> Vec<String> {
        serde_json::from_str(&self.pieces).unwrap_or_default()
    }

    fn seen(&self) -> Upload {
        Upload { id: self.id, size: self.size, received: self.received, expires_at: self.expires_at }
    }
}

const COLUMNS: &str = "id, name, size, received, pieces, photo, video, taken_for, expires_at";

/// A living upload of this person; a foreign or expired one does not exist.
async fn row(db: &impl ConnectionTrait, account: Uuid, id: Uuid, now: Millis) -> Result<Row, Error> {
    let row: Option<Row> =
        Sql::new(format!("SELECT {COLUMNS} FROM upload WHERE id = $1 AND account_id = $2 AND expires_at > $3"))
            .bind(id)
            .bind(account)
            .bind(now)
            .one(db)
            .await?;
    row.ok_or(Error::NotFound)
}

/// How far an upload is.
pub async fn find(core: &Core, account: Uuid, id: Uuid) -> Result<Upload, Error> {
    Ok(row(core.store.read(), account, id, core.now()).await?.seen())
}

/// Announces a photo of `size` bytes. Errors: `Invalid` (empty, too large), `TooOften`.
pub async fn create(core: &Core, account: Uuid, name: &str, size: i64) -> Result<Upload, Error> {
    if size <= 0 {
        return Err(Error::field("photo", "photo-empty"));
    }
    if size > MOST_BYTES {
        return Err(Error::field("photo", "photo-too-large"));
    }
    begin(core, account, name, size, false).await
}

/// The same for a video.
pub async fn create_video(core: &Core, account: Uuid, name: &str, size: i64) -> Result<Upload, Error> {
    if size <= 0 {
        return Err(BadVideo::Empty.refused());
    }
    if size > video::MOST_BYTES {
        return Err(BadVideo::TooLarge.refused());
    }
    begin(core, account, name, size, true).await
}

async fn begin(core: &Core, account: Uuid, name: &str, size: i64, video: bool) -> Result<Upload, Error> {
    let (most, limit) =
        if video { (MOST_OPEN_VIDEOS, VIDEOS_PER_PERSON_DAY) } else { (MOST_OPEN, UPLOADS_PER_PERSON_DAY) };
    let lying: Vec<Row> =
        Sql::new(format!("SELECT {COLUMNS} FROM upload WHERE account_id = $1 ORDER BY created_at DESC"))
            .bind(account)
            .all(core.store.read())
            .await?;
    for old in lying.into_iter().filter(|old| old.video == video).skip(most - 1) {
        remove(core, &old).await?;
    }
    let (core2, id, now) = (core.clone(), core.new_id(), core.now());
    let name: String = text::one_line(name).chars().take(80).collect();
    let allowed = core
        .store
        .write(move |tx: Tx| async move {
            let counted = limits::hit(&tx, &core2.keys, limit, account.as_bytes(), now).await?;
            if counted.is_ok() {
                Insert::into("upload")
                    .set("id", id)
                    .set("account_id", account)
                    .set("name", name)
                    .set("size", size)
                    .set("video", video)
                    .set("created_at", now)
                    .set("expires_at", now + LIVES)
                    .exec(&tx)
                    .await?;
            }
            Ok::<_, Error>(counted)
        })
        .await?;
    match allowed {
        Ok(()) => Ok(Upload { id, size, received: 0, expires_at: now + LIVES }),
        Err(over) => Err(Error::TooOften { again_at: over.again_at }),
    }
}

/// Takes a piece that begins at `offset`; the last one makes the photo or video. Errors: `NotFound`; `State`: the upload does not
/// stand at `offset`; `Invalid`: more than was announced, or all is there and it is no photo or video (then the upload is gone).
pub async fn append(core: &Core, account: Uuid, id: Uuid, offset: i64, bytes: Vec<u8>) -> Result<Upload, Error> {
    let mut upload = row(core.store.read(), account, id, core.now()).await?;
    if upload.received != offset {
        return Err(Error::State);
    }
    let end = offset + bytes.len() as i64;
    if end > upload.size {
        return Err(Error::field("photo", "photo-too-large"));
    }
    let mut pieces = upload.pieces();
    let most = if upload.video { MOST_PIECES_OF_VIDEO } else { MOST_PIECES };
    if pieces.len() >= most && end < upload.size {
        remove(core, &upload).await?;
        return Err(Error::field("photo", "photo-gone"));
    }
    if !bytes.is_empty() {
        // A name of its own: of two pieces for one place only the one in the row counts, whoever wrote first.
        let key = format!("{FOLDER}/{}-{offset}-{}", id.simple(), core.new_id().simple());
        core.files.put(&key, bytes).await?;
        pieces.push(key.clone());
        let json = serde_json::to_string(&pieces).map_err(|_| Error::Internal("pieces cannot be written"))?;
        let written = json.clone();
        let won = core
            .store
            .write(move |tx: Tx| async move {
                Update::table("upload")
                    .set("received", end)
                    .set("pieces", written)
                    .by(vec![("id", id.into()), ("account_id", account.into()), ("received", offset.into())], &tx)
                    .await
                    .map_err(Error::from)
            })
            .await?;
        if won == 0 {
            core.files.delete(&key).await?;
            return Err(Error::State);
        }
        (upload.received, upload.pieces) = (end, json);
    }
    if upload.received == upload.size && upload.photo.is_none() {
        finish(core, &upload).await?;
    }
    Ok(upload.seen())
}

/// Makes of the pieces what drafts keep, as any other photo or video is made; answers it as JSON.
async fn finish(core: &Core, upload: &Row) -> Result<String, Error> {
    let made = if upload.video { finish_video(core, upload).await } else { finish_photo(core, upload).await };
    let json = match made {
        Err(Error::Invalid(why)) => {
            remove(core, upload).await?;
            return Err(Error::Invalid(why));
        }
        made => made?,
    };
    let (id, written) = (upload.id, json.clone());
    let won = core
        .store
        .write(move |tx: Tx| async move {
            Sql::new("UPDATE upload SET photo = $1, pieces = '[]' WHERE id = $2 AND photo IS NULL")
                .bind(written)
                .bind(id)
                .exec(&tx)
                .await
                .map_err(Error::from)
        })
        .await?;
    if won == 0 {
        delete_files(core, &json).await?;
        return Err(Error::State);
    }
    for key in upload.pieces() {
        core.files.delete(&key).await?;
    }
    Ok(json)
}

async fn joined(core: &Core, upload: &Row) -> Result<Vec<u8>, Error> {
    let mut whole = Vec::with_capacity(upload.size as usize);
    for key in upload.pieces() {
        // Gone: another request has just finished it.
        whole.extend(core.files.get(&key).await?.ok_or(Error::State)?);
    }
    Ok(whole)
}

async fn finish_photo(core: &Core, upload: &Row) -> Result<String, Error> {
    let refused = |bad: BadPhoto| Error::Invalid(vec![FieldError { field: "photo", key: bad.key() }]);
    let photo = photos::take_in_when_read(joined(core, upload)).await?.map_err(refused)?;
    let stored = store_photos(core, vec![photo]).await?.pop().ok_or(Error::Internal("a photo was not stored"))?;
    let photo = DraftPhoto { id: upload.id, ..DraftPhoto::of(stored, &upload.name) };
    serde_json::to_string(&photo).map_err(|_| Error::Internal("a photo cannot be written"))
}

async fn finish_video(core: &Core, upload: &Row) -> Result<String, Error> {
    let stored = video::keep(core, joined(core, upload)).await?.map_err(BadVideo::refused)?;
    let mut video = DraftVideo::of(stored, &upload.name);
    video.stored.id = upload.id;
    serde_json::to_string(&video).map_err(|_| Error::Internal("a video cannot be written"))
}

/// The finished photo, for the form `goes_with` and no other. Errors: `NotFound`; `State`: pieces are missing;
/// `Invalid`: it goes with another form already, or is no photo.
pub(super) async fn take(core: &Core, account: Uuid, id: Uuid, goes_with: &str) -> Result<DraftPhoto, Error> {
    let json = made(core, account, id, goes_with, false).await?;
    serde_json::from_str(&json).map_err(|_| Error::Internal("a stored photo cannot be read"))
}

/// The same for a video.
pub(super) async fn take_video(core: &Core, account: Uuid, id: Uuid, goes_with: &str) -> Result<DraftVideo, Error> {
    let json = made(core, account, id, goes_with, true).await?;
    serde_json::from_str(&json).map_err(|_| Error::Internal("a stored video cannot be read"))
}

async fn made(core: &Core, account: Uuid, id: Uuid, goes_with: &str, video: bool) -> Result<String, Error> {
    let upload = row(core.store.read(), account, id, core.now()).await?;
    if upload.video != video {
        return Err(Error::NotFound);
    }
    if upload.received < upload.size {
        return Err(Error::State);
    }
    let json = match &upload.photo {
        Some(json) => json.clone(),
        // All bytes had come and then the process ended.
        None => finish(core, &upload).await?,
    };
    let (form, now) = (goes_with.to_owned(), core.now());
    let mine = core
        .store
        .write(move |tx: Tx| async move {
            Sql::new(
                "UPDATE upload SET taken_for = $1, expires_at = $2 WHERE id = $3 AND (taken_for IS NULL OR taken_for = $1)",
            )
            .bind(form)
            .bind(now + LIVES)
            .bind(id)
            .exec(&tx)
            .await
            .map_err(Error::from)
        })
        .await?;
    if mine == 0 { Err(Error::field("photo", "photo-gone")) } else { Ok(json) }
}

/// The photo stands in a draft or a report now: the upload has done its work.
pub(super) async fn forget(tx: &Tx, account: Uuid, id: Uuid) -> Result<(), store::Error> {
    Sql::new("DELETE FROM upload WHERE id = $1 AND account_id = $2").bind(id).bind(account).exec(tx).await?;
    Ok(())
}

/// Gives an upload up, at its owner's wish.
pub async fn stop(core: &Core, account: Uuid, id: Uuid) -> Result<(), Error> {
    let upload = row(core.store.read(), account, id, core.now()).await?;
    remove(core, &upload).await
}

/// The row first: files without a row are harmless, a row without its files is not.
async fn remove(core: &Core, upload: &Row) -> Result<(), Error> {
    let id = upload.id;
    let gone = core
        .store
        .write(move |tx: Tx| async move {
            Sql::new("DELETE FROM upload WHERE id = $1").bind(id).exec(&tx).await.map_err(Error::from)
        })
        .await?;
    if gone == 0 {
        return Ok(());
    }
    for key in upload.pieces() {
        core.files.delete(&key).await?;
    }
    if let Some(json) = &upload.photo
        // One that was taken may stand in a report whose sender was cut off right after it was written.
        && (upload.taken_for.is_none() || !is_used(core, upload.id).await?)
    {
        delete_files(core, json).await?;
    }
    Ok(())
}

async fn is_used(core: &Core, id: Uuid) -> Result<bool, Error> {
    let both = "SELECT 1 FROM report_photo WHERE id = $1 UNION ALL SELECT 1 FROM report_video WHERE id = $1";
    let found: Option<i32> = Sql::new(both).bind(id).scalar(core.store.read()).await?;
    Ok(found.is_some())
}

async fn delete_files(core: &Core, made: &str) -> Result<(), Error> {
    for (_, file) in litter::of_media(Some(made)) {
        for key in litter::files(&file) {
            core.files.delete(&key).await?;
        }
    }
    Ok(())
}

/// Removes what nobody came back for, an hour after its end: a report that was being sent then is through by now.
pub async fn sweep(core: &Core) -> Result<(), Error> {
    let now = core.now();
    let over: Vec<Row> = Sql::new(format!("SELECT {COLUMNS} FROM upload WHERE expires_at < $1 LIMIT 500"))
        .bind(now - HOUR)
        .all(core.store.read())
        .await?;
    for upload in over {
        remove(core, &upload).await?;
    }
    Ok(core.files.sweep(FOLDER, now - LIVES - DAY).await?)
}

//! Files of photos, videos and papers that nobody needs any more (X17): of drafts thrown away, of accounts deleted, of coverings made anew. The unit of work
//! that drops the last row naming them leaves a note; an hour later, when whatever was being sent is through, they are deleted.

use super::video;
use crate::{core::Core, documents, error::Error};
use base::{
    clock::{HOUR, Millis},
    ids::Uuid,
};
use serde::Deserialize;
use store::{FromRow, Insert, Sql, Tx};

const JOB: &str = "litter";
/// Notes worked off a call.
const AT_ONCE: i64 = 200;

/// A photo and a file of it, as rows name it: without size and ending; or a video and its file.
pub(crate) type Left = (Uuid, String);

/// Files that may be unused from now on.
pub(crate) async fn leave(tx: &Tx, job: Uuid, files: &[Left], now: Millis) -> Result<(), store::Error> {
    if files.is_empty() {
        return Ok(());
    }
    let payload = serde_json::to_string(files).unwrap_or_default();
    Insert::into("job")
        .set("id", job)
        .set("kind", JOB)
        .set("payload", payload)
        .set("run_at", now + HOUR)
        .exec(tx)
        .await?;
    Ok(())
}

/// Of a photo or video as drafts and uploads keep it, what leads to its files.
#[derive(Deserialize)]
struct Kept {
    id: Uuid,
    file: String,
}

/// What a draft that is thrown away names.
#[derive(FromRow)]
pub(super) struct Draft {
    photos: String,
    video: Option<String>,
}

/// The files that drafts name.
pub(super) fn of_drafts(drafts: &[Draft]) -> Vec<Left> {
    let photos = |d: &Draft| serde_json::from_str::<Vec<Kept>>(&d.photos).unwrap_or_default();
    let photos = drafts.iter().flat_map(photos).map(|p| (p.id, p.file));
    photos.chain(drafts.iter().flat_map(|d| of_media(d.video.as_deref()))).collect()
}

/// The file that a column with one photo or video names.
pub(super) fn of_media(column: Option<&str>) -> Vec<Left> {
    column.and_then(|json| serde_json::from_str::<Kept>(json).ok()).map(|m| (m.id, m.file)).into_iter().collect()
}

/// Where the bytes of a photo or video lie.
pub(super) fn files(named: &str) -> Vec<String> {
    if named.starts_with(video::FOLDER) || named.starts_with(documents::FOLDER) {
        return vec![named.to_owned()];
    }
    ["l", "s"].map(|size| format!("{named}-{size}.jpg")).into()
}

/// What a person leaves behind who is gone: drafts and uploads, with their files.
pub async fn of_account(tx: &Tx, job: Uuid, account: Uuid, now: Millis) -> Result<(), store::Error> {
    let drafts: Vec<Draft> = Sql::new("DELETE FROM report_draft WHERE account_id = $1 RETURNING photos, video")
        .bind(account)
        .all(tx)
        .await?;
    let uploads: Vec<Option<String>> =
        Sql::new("DELETE FROM upload WHERE account_id = $1 RETURNING photo").bind(account).scalars(tx).await?;
    let mut files = of_drafts(&drafts);
    files.extend(uploads.iter().flat_map(|made| of_media(made.as_deref())));
    leave(tx, job, &files, now).await
}

/// What somebody was writing for another person, when that ends (A19).
pub(crate) async fn of_mandate(tx: &Tx, job: Uuid, mandate: Uuid, now: Millis) -> Result<(), store::Error> {
    let drafts: Vec<Draft> = Sql::new("DELETE FROM report_draft WHERE mandate_id = $1 RETURNING photos, video")
        .bind(mandate)
        .all(tx)
        .await?;
    leave(tx, job, &of_drafts(&drafts), now).await
}

/// Deletes what is due and named by no row.
pub async fn sweep(core: &Core) -> Result<(), Error> {
    #[derive(FromRow)]
    struct Note {
        id: Uuid,
        payload: String,
    }
    let due: Vec<Note> = Sql::new(
        "SELECT id, payload FROM job WHERE kind = $1 AND run_at <= $2 AND done_at IS NULL AND failed_at IS NULL ORDER BY run_at LIMIT $3",
    )
    .bind(JOB)
    .bind(core.now())
    .bind(AT_ONCE)
    .all(core.store.read())
    .await?;
    for note in due {
        let left: Vec<Left> = serde_json::from_str(&note.payload).unwrap_or_default();
        for (id, file) in left {
            if !is_named(core, id, &file).await? {
                for key in files(&file) {
                    core.files.delete(&key).await?;
                }
            }
        }
        core.store
            .write(move |tx: Tx| async move {
                Sql::new("DELETE FROM job WHERE id = $1").bind(note.id).exec(&tx).await.map_err(Error::from)
            })
            .await?;
    }
    Ok(())
}

async fn is_named(core: &Core, id: Uuid, file: &str) -> Result<bool, Error> {
    let of_photo = "SELECT 1 FROM report_photo WHERE id = $1 AND (file = $2 OR public_file = $2)";
    let of_video = "SELECT 1 FROM report_video WHERE id = $1 AND file = $2";
    let of_document = "SELECT 1 FROM document WHERE id = $1 AND file = $2";
    let any = format!("{of_photo} UNION ALL {of_video} UNION ALL {of_document}");
    let named: Option<i32> = Sql::new(any).bind(id).bind(file).scalar(core.store.read()).await?;
    Ok(named.is_some())
}

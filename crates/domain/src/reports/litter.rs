//! Photo files that nobody needs any more (X17): of drafts thrown away, of accounts deleted, of coverings made anew. The unit of work
//! that drops the last row naming them leaves a note; an hour later, when whatever was being sent is through, they are deleted.

use super::drafts::DraftPhoto;
use crate::{core::Core, error::Error};
use base::{
    clock::{HOUR, Millis},
    ids::Uuid,
};
use store::{FromRow, Insert, Sql, Tx};

const JOB: &str = "litter";
/// Notes worked off a call.
const AT_ONCE: i64 = 200;

/// A photo and a file of it, as rows name it: without size and ending.
pub(super) type Left = (Uuid, String);

/// Files that may be unused from now on.
pub(super) async fn leave(tx: &Tx, job: Uuid, files: &[Left], now: Millis) -> Result<(), store::Error> {
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

/// The files that drafts' columns of photos name.
pub(super) fn of_drafts(columns: &[String]) -> Vec<Left> {
    let read = |json: &String| serde_json::from_str::<Vec<DraftPhoto>>(json).unwrap_or_default();
    columns.iter().flat_map(read).map(|p| (p.id, p.file)).collect()
}

/// What a person leaves behind who is gone: drafts and uploads, with their files.
pub async fn of_account(tx: &Tx, job: Uuid, account: Uuid, now: Millis) -> Result<(), store::Error> {
    let drafts: Vec<String> =
        Sql::new("DELETE FROM report_draft WHERE account_id = $1 RETURNING photos").bind(account).scalars(tx).await?;
    let uploads: Vec<Option<String>> =
        Sql::new("DELETE FROM upload WHERE account_id = $1 RETURNING photo").bind(account).scalars(tx).await?;
    let of_upload = |json: String| serde_json::from_str::<DraftPhoto>(&json).ok().map(|p| (p.id, p.file));
    let mut files = of_drafts(&drafts);
    files.extend(uploads.into_iter().flatten().filter_map(of_upload));
    leave(tx, job, &files, now).await
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
        let files: Vec<Left> = serde_json::from_str(&note.payload).unwrap_or_default();
        for (photo, file) in files {
            if !is_named(core, photo, &file).await? {
                for size in ["l", "s"] {
                    core.files.delete(&format!("{file}-{size}.jpg")).await?;
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

async fn is_named(core: &Core, photo: Uuid, file: &str) -> Result<bool, Error> {
    let named: Option<i32> = Sql::new("SELECT 1 FROM report_photo WHERE id = $1 AND (file = $2 OR public_file = $2)")
        .bind(photo)
        .bind(file)
        .scalar(core.store.read())
        .await?;
    Ok(named.is_some())
}

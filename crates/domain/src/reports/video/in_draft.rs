//! The video of a report that is being written.

use super::{StoredVideo, count, keep};
use crate::{
    core::Core,
    error::Error,
    reports::{
        drafts::{find, form_key},
        litter, uploads,
    },
};
use base::ids::Uuid;
use serde::{Deserialize, Serialize};
use store::{Sql, Tx, Update};

/// A video of a draft: its file is stored, its row comes with the report.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DraftVideo {
    #[serde(flatten)]
    pub stored: StoredVideo,
    /// As the person's phone called it; only shown.
    pub name: String,
}

impl DraftVideo {
    pub(in crate::reports) fn of(stored: StoredVideo, name: &str) -> Self {
        Self { stored, name: base::text::one_line(name).chars().take(80).collect() }
    }
}

/// Takes a video into the draft, in the place of one that was there. Errors: `Invalid` (`video-…`), `TooOften`, `NotFound`.
pub async fn put(core: &Core, account: Uuid, draft: Uuid, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
    find(core, account, draft).await?;
    count(core, account).await?;
    let stored = keep(core, async { Ok(bytes) }).await?.map_err(|bad| bad.refused())?;
    let file = stored.file.clone();
    let written = set(core, account, draft, Some(DraftVideo::of(stored, name))).await;
    if written.is_err() {
        core.files.delete(&file).await?;
    }
    written
}

/// The same with a video that came in pieces. Asked again after a lost answer it changes nothing.
pub async fn add_upload(core: &Core, account: Uuid, draft: Uuid, upload: Uuid) -> Result<(), Error> {
    if find(core, account, draft).await?.video.is_some_and(|v| v.stored.id == upload) {
        return Ok(());
    }
    let video = uploads::take_video(core, account, upload, &form_key(draft)).await?;
    set(core, account, draft, Some(video)).await?;
    core.store
        .write(move |tx: Tx| async move { uploads::forget(&tx, account, upload).await.map_err(Error::from) })
        .await
}

pub async fn remove(core: &Core, account: Uuid, draft: Uuid) -> Result<(), Error> {
    set(core, account, draft, None).await
}

async fn set(core: &Core, account: Uuid, draft: Uuid, video: Option<DraftVideo>) -> Result<(), Error> {
    let (now, job) = (core.now(), core.new_id());
    let id = video.as_ref().map(|v| v.stored.id);
    let json = video.map(|v| serde_json::to_string(&v)).transpose();
    let json = json.map_err(|_| Error::Internal("a draft cannot be written"))?;
    core.store
        .write(move |tx: Tx| async move {
            tx.lock("report_draft", draft).await?;
            let before: Vec<Option<String>> =
                Sql::new("SELECT video FROM report_draft WHERE id = $1 AND account_id = $2")
                    .bind(draft)
                    .bind(account)
                    .scalars(&tx)
                    .await?;
            let before = before.into_iter().next().ok_or(Error::NotFound)?;
            let mut gone = litter::of_media(before.as_deref());
            gone.retain(|(old, _)| Some(*old) != id);
            litter::leave(&tx, job, &gone, now).await?;
            Update::table("report_draft").set("video", json).set("updated_at", now).by_id(draft, &tx).await?;
            Ok::<_, Error>(())
        })
        .await
}

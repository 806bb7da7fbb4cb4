//! A report that waited on the phone for a network (R2): sent by the phone itself, maybe several times because answers get
//! lost, and written once.

use super::{
    drafts::{self, form_key},
    photos::MOST,
    rows::StoredPhoto,
    submit::{self, Draft, GUEST, Media, Submitted},
    uploads,
};
use crate::{accounts::helping::Author, core::Core, error::Error};
use base::ids::Uuid;
use store::{Sql, Tx};

/// What the phone sends.
#[derive(Debug, Clone)]
pub struct FromPhone {
    /// Made by the phone when the report was put into its outbox.
    pub key: Uuid,
    /// The wizard's draft it was begun as: that is the form then, wherever it is sent from.
    pub draft: Option<Uuid>,
    pub report: Draft,
    /// Finished uploads, or photos that the draft has already.
    pub photos: Vec<Uuid>,
}

/// Sends it. Errors: `Invalid` (fields; `photo-gone`: the phone must upload again), `State` (a photo is not whole), `TooOften`.
pub async fn submit_from_phone(core: &Core, author: impl Into<Author>, sent: &FromPhone) -> Result<Submitted, Error> {
    submit_as(core, author.into(), sent, "web").await
}

/// The same for a guest (R3): counted by the phone. Errors besides: `NotFound` when an account has taken the guest over meanwhile
/// or the data were deleted, `Forbidden` for a blocked one.
pub async fn submit_from_phone_of_guest(core: &Core, guest: Uuid, sent: &FromPhone) -> Result<Submitted, Error> {
    submit_as(core, guest.into(), sent, GUEST).await
}

async fn submit_as(core: &Core, author: Author, sent: &FromPhone, source: &'static str) -> Result<Submitted, Error> {
    let account = author.account;
    let key = sent.draft.map_or_else(|| format!("phone {}", sent.key), form_key);
    if let Some(earlier) = submit::answered(core, account, &key).await? {
        // Photos that were uploaded again for nothing go with the next sweep.
        clear(core, account, sent.draft, Vec::new()).await?;
        return Ok(earlier);
    }
    submit::check(core, &sent.report).map_err(Error::Invalid)?;
    if sent.photos.len() > MOST {
        return Err(Error::field("photo", "photo-too-many"));
    }
    let media = match media(core, author, sent, &key).await {
        Ok(media) => media,
        // Another tab was quicker by a moment: the photos stand in its report already.
        Err(e) => return submit::answered(core, account, &key).await?.ok_or(e),
    };
    let submitted = submit::submit_stored(core, author, &sent.report, media, Some(key), source).await?;
    clear(core, account, sent.draft, sent.photos.clone()).await?;
    Ok(submitted)
}

async fn media(core: &Core, author: Author, sent: &FromPhone, key: &str) -> Result<Media, Error> {
    let account = author.account;
    let (in_draft, video) = match sent.draft {
        Some(id) => drafts::find(core, author, id).await.map(|d| (d.photos, d.video)).or_else(|e| match e {
            Error::NotFound => Ok((Vec::new(), None)), // given up on the server meanwhile; the phone still has it
            e => Err(e),
        })?,
        None => (Vec::new(), None),
    };
    let mut stored: Vec<StoredPhoto> = Vec::new();
    for id in &sent.photos {
        if stored.iter().any(|s| s.id == *id) {
            continue;
        }
        let photo = match in_draft.iter().find(|p| p.id == *id) {
            Some(photo) => photo.clone(),
            None => uploads::take(core, account, *id, key).await.map_err(|e| match e {
                Error::NotFound => Error::field("photo", "photo-gone"),
                e => e,
            })?,
        };
        stored.push(photo.stored());
    }
    // The phone keeps no videos; one that had arrived before the network broke goes along.
    Ok(Media { photos: stored, video: video.map(|v| v.stored) })
}

/// What the report was made of is not needed any more.
async fn clear(core: &Core, account: Uuid, draft: Option<Uuid>, photos: Vec<Uuid>) -> Result<(), Error> {
    core.store
        .write(move |tx: Tx| async move {
            for id in photos {
                uploads::forget(&tx, account, id).await?;
            }
            if let Some(draft) = draft {
                Sql::new("DELETE FROM report_draft WHERE id = $1 AND account_id = $2")
                    .bind(draft)
                    .bind(account)
                    .exec(&tx)
                    .await?;
            }
            Ok::<_, Error>(())
        })
        .await
}

//! A report that is being written (bản nháp): the wizard's steps, saved as they go, without JavaScript.

use super::{
    answers::Answers,
    contact::Contact,
    litter,
    photos::{MOST, Photo},
    rows::{StoredPhoto, store_photos},
    submit::{Draft, GUEST, Media, Place, Submitted},
    video::DraftVideo,
};
use crate::{
    accounts::helping::{self, Author, Deed},
    core::Core,
    error::Error,
};
use base::{clock::Millis, geo::Point, ids::Uuid};
use serde::{Deserialize, Serialize};
use store::FromRow;
use store::{Insert, Sql, Tx, Update};

/// What is written so far. Everything is as typed; `submit::check` decides whether it fits.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Saved {
    #[serde(default)]
    pub category: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub content: String,
    #[serde(default)]
    pub lat: Option<f64>,
    #[serde(default)]
    pub lon: Option<f64>,
    #[serde(default)]
    pub commune: Option<String>,
    #[serde(default)]
    pub address: String,
    #[serde(default = "yes")]
    pub anonymous: bool,
    /// To what the category asks.
    #[serde(default)]
    pub answers: Answers,
    /// The person has read «Có người bị nạn?».
    #[serde(default)]
    pub no_emergency: bool,
}

fn yes() -> bool {
    true
}

impl Saved {
    pub fn to_draft(&self) -> Draft {
        Draft {
            title: self.title.clone(),
            content: self.content.clone(),
            category: self.category.clone(),
            place: Place {
                point: self.lat.zip(self.lon).and_then(|(lat, lon)| Point::new(lat, lon)),
                commune: self.commune.clone(),
                address: self.address.clone(),
            },
            anonymous: self.anonymous,
            answers: self.answers.clone(),
            contact: Contact::default(),
        }
    }
}

/// A photo of a draft: its files are stored, its row comes with the report.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DraftPhoto {
    pub id: Uuid,
    pub file: String,
    pub width: i32,
    pub height: i32,
    pub bytes: i64,
    pub sha256: [u8; 32],
    /// As the person's phone called it; shown beside the picture only.
    pub name: String,
}

impl DraftPhoto {
    pub(super) fn of(p: StoredPhoto, name: &str) -> Self {
        Self {
            id: p.id,
            file: p.file,
            width: p.width,
            height: p.height,
            bytes: p.bytes,
            sha256: p.sha256,
            name: base::text::one_line(name).chars().take(80).collect(),
        }
    }

    pub(super) fn stored(&self) -> StoredPhoto {
        StoredPhoto {
            id: self.id,
            file: self.file.clone(),
            width: self.width,
            height: self.height,
            bytes: self.bytes,
            sha256: self.sha256,
        }
    }
}

#[derive(Debug, Clone)]
pub struct ReportDraft {
    pub id: Uuid,
    pub saved: Saved,
    pub photos: Vec<DraftPhoto>,
    pub video: Option<DraftVideo>,
    pub updated_at: Millis,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    data: String,
    photos: String,
    video: Option<String>,
    updated_at: Millis,
}

impl From<Row> for ReportDraft {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            saved: serde_json::from_str(&row.data).unwrap_or_default(),
            photos: serde_json::from_str(&row.photos).unwrap_or_default(),
            video: row.video.and_then(|json| serde_json::from_str(&json).ok()),
            updated_at: row.updated_at,
        }
    }
}

/// Whose a draft is: what a helper writes under a mandate (A19) is no draft of the person's, nor the other way round.
const OWN: &str = "account_id = $1 AND mandate_id IS NOT DISTINCT FROM $2";

fn of(sql: impl Into<String>, author: &Author) -> Sql {
    Sql::new(sql).bind(author.account).bind(author.mandate())
}

/// The draft of this person with this id; a foreign one does not exist.
pub async fn find(core: &Core, author: impl Into<Author>, id: Uuid) -> Result<ReportDraft, Error> {
    let sql = format!("SELECT id, data, photos, video, updated_at FROM report_draft WHERE {OWN} AND id = $3");
    let row: Option<Row> = of(sql, &author.into()).bind(id).one(core.store.read()).await?;
    row.map(Into::into).ok_or(Error::NotFound)
}

/// The newest drafts of a person, for «Viết tiếp».
pub async fn list(core: &Core, author: impl Into<Author>) -> Result<Vec<ReportDraft>, Error> {
    let sql = format!(
        "SELECT id, data, photos, video, updated_at FROM report_draft WHERE {OWN} ORDER BY updated_at DESC LIMIT 5"
    );
    let rows: Vec<Row> = of(sql, &author.into()).all(core.store.read()).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Errors: `Forbidden` when a helper's mandate has ended or does not cover it.
pub async fn start(core: &Core, author: impl Into<Author>, saved: &Saved) -> Result<Uuid, Error> {
    let (id, now, author, core2) = (core.new_id(), core.now(), author.into(), core.clone());
    let data = serde_json::to_string(saved).map_err(|_| Error::Internal("a draft cannot be written"))?;
    core.store
        .write(move |tx: Tx| async move {
            helping::may(&core2, &tx, &author, Deed::Send).await?;
            // An abandoned draft without a word is no draft: the wizard was only looked at.
            let empty = "photos = '[]' AND video IS NULL AND data LIKE '%\"content\":\"\"%'";
            of(format!("DELETE FROM report_draft WHERE {OWN} AND {empty}"), &author).exec(&tx).await?;
            Insert::into("report_draft")
                .set("id", id)
                .set("account_id", author.account)
                .set("mandate_id", author.mandate())
                .set("data", data)
                .set("created_at", now)
                .set("updated_at", now)
                .exec(&tx)
                .await?;
            Ok::<_, Error>(())
        })
        .await?;
    Ok(id)
}

/// Saves what was typed.
pub async fn save(core: &Core, author: impl Into<Author>, id: Uuid, saved: &Saved) -> Result<(), Error> {
    let (now, author) = (core.now(), author.into());
    let data = serde_json::to_string(saved).map_err(|_| Error::Internal("a draft cannot be written"))?;
    let rows = core
        .store
        .write(move |tx: Tx| async move {
            let sql = format!("UPDATE report_draft SET data = $3, updated_at = $4 WHERE {OWN} AND id = $5");
            of(sql, &author).bind(data).bind(now).bind(id).exec(&tx).await
        })
        .await?;
    if rows == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Adds photos and answers their ids; when they are too many together, none is added.
pub async fn add_photos(
    core: &Core,
    author: impl Into<Author>,
    id: Uuid,
    photos: Vec<(String, Photo)>,
) -> Result<Vec<Uuid>, Error> {
    let author = author.into();
    let (names, pictures): (Vec<String>, Vec<Photo>) = photos.into_iter().unzip();
    let have = find(core, author, id).await?.photos.len();
    if have + pictures.len() > MOST {
        return Err(Error::field("photo", "photo-too-many"));
    }
    let stored = store_photos(core, pictures).await?;
    let new: Vec<DraftPhoto> = stored.into_iter().zip(names).map(|(p, name)| DraftPhoto::of(p, &name)).collect();
    let ids = new.iter().map(|p| p.id).collect();
    change_photos(core, author, id, move |photos| {
        photos.extend(new.clone());
        if photos.len() > MOST { Err(Error::field("photo", "photo-too-many")) } else { Ok(()) }
    })
    .await?;
    Ok(ids)
}

/// Adds a photo that came in pieces. Asked again after a lost answer it changes nothing and answers the same.
pub async fn add_upload(core: &Core, author: impl Into<Author>, id: Uuid, upload: Uuid) -> Result<Uuid, Error> {
    let author = author.into();
    let account = author.account;
    if find(core, author, id).await?.photos.iter().any(|p| p.id == upload) {
        return Ok(upload);
    }
    let photo = super::uploads::take(core, account, upload, &form_key(id)).await?;
    change_photos(core, author, id, move |photos| {
        if photos.iter().all(|p| p.id != upload) {
            photos.push(photo.clone());
        }
        if photos.len() > MOST { Err(Error::field("photo", "photo-too-many")) } else { Ok(()) }
    })
    .await?;
    core.store.write(move |tx: Tx| async move { super::uploads::forget(&tx, account, upload).await }).await?;
    Ok(upload)
}

/// The draft's id is the key of the form it becomes: sent from here and from the phone, it is one report.
pub(super) fn form_key(draft: Uuid) -> String {
    format!("draft {draft}")
}

pub async fn remove_photo(core: &Core, author: impl Into<Author>, id: Uuid, photo: Uuid) -> Result<(), Error> {
    let author = author.into();
    change_photos(core, author, id, move |photos| {
        photos.retain(|p| p.id != photo);
        Ok(())
    })
    .await
}

async fn change_photos<F>(core: &Core, author: Author, id: Uuid, change: F) -> Result<(), Error>
where
    F: FnOnce(&mut Vec<DraftPhoto>) -> Result<(), Error> + Clone + Send + 'static,
{
    let (now, job) = (core.now(), core.new_id());
    core.store
        .write(move |tx: Tx| async move {
            // Two photos that end at one moment: the second reads what the first has written.
            tx.lock("report_draft", id).await?;
            let sql = format!("SELECT photos FROM report_draft WHERE {OWN} AND id = $3");
            let row: Option<String> = of(sql, &author).bind(id).scalar(&tx).await?;
            let mut photos: Vec<DraftPhoto> = serde_json::from_str(&row.ok_or(Error::NotFound)?).unwrap_or_default();
            let before = photos.clone();
            change(&mut photos)?;
            let gone = before.into_iter().filter(|p| photos.iter().all(|kept| kept.id != p.id));
            let gone: Vec<litter::Left> = gone.map(|p| (p.id, p.file)).collect();
            litter::leave(&tx, job, &gone, now).await?;
            let json = serde_json::to_string(&photos).map_err(|_| Error::Internal("a draft cannot be written"))?;
            Update::table("report_draft").set("photos", json).set("updated_at", now).by_id(id, &tx).await?;
            Ok::<_, Error>(())
        })
        .await
}

/// Throws a draft away; the files of its photos and video follow an hour later.
pub async fn discard(core: &Core, author: impl Into<Author>, id: Uuid) -> Result<(), Error> {
    let (job, now, author) = (core.new_id(), core.now(), author.into());
    core.store
        .write(move |tx: Tx| async move {
            let sql = format!("DELETE FROM report_draft WHERE {OWN} AND id = $3 RETURNING photos, video");
            let gone: Vec<litter::Draft> = of(sql, &author).bind(id).all(&tx).await?;
            if gone.is_empty() {
                return Err(Error::NotFound);
            }
            Ok(litter::leave(&tx, job, &litter::of_drafts(&gone), now).await?)
        })
        .await
}

/// Sends the draft and removes it. The draft's id is the form's key: sending twice gives the same report.
pub async fn send(core: &Core, author: impl Into<Author>, id: Uuid) -> Result<Submitted, Error> {
    send_as(core, author.into(), id, "web").await
}

/// The same for a guest (R3).
pub async fn send_as_guest(core: &Core, guest: Uuid, id: Uuid) -> Result<Submitted, Error> {
    send_as(core, guest.into(), id, GUEST).await
}

async fn send_as(core: &Core, author: Author, id: Uuid, source: &'static str) -> Result<Submitted, Error> {
    let key = form_key(id);
    let account = author.account;
    let draft = match find(core, author, id).await {
        Ok(draft) => draft,
        // Sent a moment ago from another tab: answer what that one was answered.
        Err(Error::NotFound) => return super::submit::answered(core, account, &key).await?.ok_or(Error::NotFound),
        Err(e) => return Err(e),
    };
    let photos = draft.photos.iter().map(DraftPhoto::stored).collect();
    let media = Media { photos, video: draft.video.map(|v| v.stored) };
    let submitted =
        super::submit::submit_stored(core, author, &draft.saved.to_draft(), media, Some(key), source).await?;
    core.store
        .write(move |tx: Tx| async move {
            Sql::new("DELETE FROM report_draft WHERE id = $1 AND account_id = $2")
                .bind(id)
                .bind(account)
                .exec(&tx)
                .await?;
            Ok::<_, Error>(())
        })
        .await?;
    Ok(submitted)
}

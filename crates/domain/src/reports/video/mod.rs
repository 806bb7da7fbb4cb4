//! Videos (R1): one short film a report, as phones make them. It is looked at strictly, cleaned of everything that does not serve
//! playing (`film`), and never public: faces and plates in it cannot be covered.

mod boxes;
mod film;
mod in_draft;
#[cfg(test)]
mod tests;

pub use in_draft::{DraftVideo, add_upload, put, remove};

use super::photos::TURN;
use crate::{
    core::Core,
    error::{Error, FieldError},
    limits::{self, VIDEOS_PER_PERSON_DAY},
};
use base::{clock::Millis, ids::Uuid};
use serde::{Deserialize, Serialize};
use std::future::Future;
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx};

/// Bytes of a video at most.
pub const MOST_BYTES: i64 = 30 * 1024 * 1024;
/// Seconds at most, as the film itself says.
pub const MOST_SECONDS: u32 = 60;
/// The folder of the files; what lies in it is no photo.
pub(super) const FOLDER: &str = "videos/";

/// Why a file is no video for us; each has its own text (`video-…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadVideo {
    Empty,
    TooLarge,
    TooLong,
    /// Not MP4, MOV or 3GP by its content, or without pictures.
    NotAVideo,
    /// Such a file, but of a kind or with a codec that is not known.
    UnknownKind,
    /// Written in fragments, as by screen recorders and for streaming: what lies where is not told in one place.
    Fragmented,
    /// Cut, or its parts do not fit together.
    Broken,
}

impl BadVideo {
    pub const ALL: [Self; 7] = [
        Self::Empty,
        Self::TooLarge,
        Self::TooLong,
        Self::NotAVideo,
        Self::UnknownKind,
        Self::Fragmented,
        Self::Broken,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Self::Empty => "video-empty",
            Self::TooLarge => "video-too-large",
            Self::TooLong => "video-too-long",
            Self::NotAVideo => "video-not-a-video",
            Self::UnknownKind => "video-unknown-kind",
            Self::Fragmented => "video-fragmented",
            Self::Broken => "video-broken",
        }
    }

    pub fn refused(self) -> Error {
        Error::Invalid(vec![FieldError { field: "video", key: self.key() }])
    }
}

/// The three siblings of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Mp4,
    QuickTime,
    #[serde(rename = "3gpp")]
    ThreeGpp,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Mp4, Self::QuickTime, Self::ThreeGpp];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::QuickTime => "quicktime",
            Self::ThreeGpp => "3gpp",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }

    pub fn mime(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::QuickTime => "video/quicktime",
            Self::ThreeGpp => "video/3gpp",
        }
    }

    /// The end of a file's name, as people's machines know it.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::QuickTime => "mov",
            Self::ThreeGpp => "3gp",
        }
    }
}

/// What a film says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    pub kind: Kind,
    pub seconds: u32,
    pub width: u32,
    pub height: u32,
}

/// A video whose file is written; the row that names it is still to come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredVideo {
    pub id: Uuid,
    pub file: String,
    pub kind: Kind,
    pub seconds: u32,
    pub width: u32,
    pub height: u32,
    pub bytes: i64,
    pub sha256: [u8; 32],
}

/// A video of a report.
#[derive(Debug, Clone, FromRow)]
pub struct VideoRow {
    pub id: Uuid,
    pub report_id: Uuid,
    pub file: String,
    pub kind: String,
    pub seconds: i32,
    pub width: i32,
    pub height: i32,
    pub bytes: i64,
    pub created_at: Millis,
}

impl VideoRow {
    pub fn kind(&self) -> Kind {
        Kind::parse(&self.kind).unwrap_or(Kind::Mp4)
    }
}

const COLUMNS: &str = "SELECT id, report_id, file, kind, seconds, width, height, bytes, created_at FROM report_video";

pub async fn of_report(db: &impl ConnectionTrait, report: Uuid) -> Result<Option<VideoRow>, store::Error> {
    Sql::new(format!("{COLUMNS} WHERE report_id = $1")).bind(report).one(db).await
}

pub(super) async fn by_id(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<VideoRow>, store::Error> {
    Sql::new(format!("{COLUMNS} WHERE id = $1")).bind(id).one(db).await
}

pub(super) async fn insert(tx: &Tx, report: Uuid, video: StoredVideo, at: Millis) -> Result<(), store::Error> {
    Insert::into("report_video")
        .set("id", video.id)
        .set("report_id", report)
        .set("file", video.file)
        .set("kind", video.kind.as_str())
        .set("seconds", video.seconds as i32)
        .set("width", video.width as i32)
        .set("height", video.height as i32)
        .set("bytes", video.bytes)
        .set("sha256", video.sha256.to_vec())
        .set("created_at", at)
        .exec(tx)
        .await?;
    Ok(())
}

/// Cleans a video and writes its file. The bytes are fetched only when it is their turn, and are gone when this answers: at
/// most two films are in memory here.
pub(super) async fn keep<F>(core: &Core, load: F) -> Result<Result<StoredVideo, BadVideo>, Error>
where
    F: Future<Output = Result<Vec<u8>, Error>>,
{
    use sha2::{Digest, Sha256};
    let _turn = TURN.acquire().await.map_err(|_| Error::Internal("videos are shut down"))?;
    let mut bytes = load.await?;
    if bytes.len() as i64 > MOST_BYTES {
        return Ok(Err(BadVideo::TooLarge));
    }
    let cleaned = tokio::task::spawn_blocking(move || {
        let facts = film::clean(&mut bytes)?;
        let sha256: [u8; 32] = Sha256::digest(&bytes).into();
        Ok((facts, sha256, bytes))
    });
    let cleaned = cleaned.await.map_err(|_| Error::Internal("a video made its reader panic"))?;
    let (facts, sha256, bytes) = match cleaned {
        Ok(cleaned) => cleaned,
        Err(bad) => return Ok(Err(bad)),
    };
    let id = core.new_id();
    let name = id.simple().to_string();
    let file = format!("{FOLDER}{}/{name}.{}", &name[..6], facts.kind.ending());
    let size = bytes.len() as i64;
    core.files.put(&file, bytes).await?;
    let Facts { kind, seconds, width, height } = facts;
    Ok(Ok(StoredVideo { id, file, kind, seconds, width, height, bytes: size, sha256 }))
}

/// Counts a video that somebody begins to send. A film takes as much room as a hundred photos of ours. Errors: `TooOften`.
pub(super) async fn count(core: &Core, account: Uuid) -> Result<(), Error> {
    let (core2, now) = (core.clone(), core.now());
    let counted = core
        .store
        .write(move |tx: Tx| async move {
            limits::hit(&tx, &core2.keys, VIDEOS_PER_PERSON_DAY, account.as_bytes(), now).await.map_err(Error::from)
        })
        .await?;
    counted.map_err(|over| Error::TooOften { again_at: over.again_at })
}

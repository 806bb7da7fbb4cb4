//! Kho dữ liệu điện tử cá nhân (N6): papers that a person keeps at the national portal to use again.
//!
//! ```text
//! a file ─▶ what it is, by its content (`content`) ─▶ picture drawn anew, PDF as it is ─▶ sealed with a key of its own ─▶ the file, then its row
//! ```
//!
//! In the row stand name, kind and the file's key, sealed with the house's keys: turning those touches rows alone (`turn`), and once a row is gone its
//! file is noise. A note is left before a file is written (`reports::litter`), so that a crash leaves nothing behind for long. Only the owner sees any of
//! it: no route of staff or helpers leads here, and every statement names the account (docs/adr/0023).

mod content;
#[cfg(test)]
mod content_tests;
mod keep;
mod pdf;
mod read;
mod rows;
#[cfg(test)]
mod tests;
mod turn;

pub use content::{Media, what};
pub use keep::New;
pub(crate) use keep::forget;
pub use read::Content;
pub use rows::Line;
pub(crate) use rows::of_account;
pub(crate) use turn::{Walk, left, step as turn_step};

use crate::{
    accounts::{Error, Kind, Signed},
    error::{Error as Shared, FieldError},
};

/// Where they are shown.
pub const PAGE: &str = "/tai-khoan/tai-lieu";
/// Bytes of one file at most, as it comes and as it is kept.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// Papers of one account, and their bytes together, at most.
pub const MOST: i64 = 50;
pub const MOST_BYTES_TOGETHER: i64 = 100 * 1024 * 1024;
/// Letters of a name at most.
pub const NAME_MOST: usize = 120;
/// The folder of the files.
pub(crate) const FOLDER: &str = "documents/";

/// What kind of paper it is, as its owner says (loại giấy tờ).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// Giấy tờ tùy thân
    Identity,
    /// Giấy khai sinh, kết hôn
    Family,
    /// Nhà đất
    Land,
    /// Bằng cấp, chứng chỉ
    Study,
    /// Sức khỏe
    Health,
    /// Khác
    Other,
}

impl Topic {
    pub const ALL: [Self; 6] = [Self::Identity, Self::Family, Self::Land, Self::Study, Self::Health, Self::Other];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Family => "family",
            Self::Land => "land",
            Self::Study => "study",
            Self::Health => "health",
            Self::Other => "other",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == text)
    }
}

/// Why a paper is not kept, each with a sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    NameMissing,
    NameLong,
    TopicMissing,
    /// No file was chosen.
    FileMissing,
    /// More than one in one form.
    TwoFiles,
    /// A file of no bytes.
    Empty,
    TooLarge,
    /// By its content neither PDF nor JPEG nor PNG, whatever its name says.
    Unknown,
    /// It begins like a picture and is cut or damaged.
    PictureBroken,
    /// More pixels than are ever decoded.
    PictureHuge,
    /// It opens with a password only.
    PdfLocked,
    /// It begins like a PDF and does not end like one, or has no table of contents where it says.
    PdfBroken,
    /// As many as an account may have.
    TooMany,
    /// As much as an account may have.
    NoRoom,
}

impl Refusal {
    pub const ALL: [Self; 14] = [
        Self::NameMissing,
        Self::NameLong,
        Self::TopicMissing,
        Self::FileMissing,
        Self::TwoFiles,
        Self::Empty,
        Self::TooLarge,
        Self::Unknown,
        Self::PictureBroken,
        Self::PictureHuge,
        Self::PdfLocked,
        Self::PdfBroken,
        Self::TooMany,
        Self::NoRoom,
    ];

    pub fn key(self) -> &'static str {
        match self {
            Self::NameMissing => "document-name-missing",
            Self::NameLong => "document-name-long",
            Self::TopicMissing => "document-topic-missing",
            Self::FileMissing => "document-file-missing",
            Self::TwoFiles => "document-two-files",
            Self::Empty => "document-empty",
            Self::TooLarge => "document-too-large",
            Self::Unknown => "document-unknown",
            Self::PictureBroken => "document-picture-broken",
            Self::PictureHuge => "document-picture-huge",
            Self::PdfLocked => "document-pdf-locked",
            Self::PdfBroken => "document-pdf-broken",
            Self::TooMany => "document-too-many",
            Self::NoRoom => "document-no-room",
        }
    }

    /// The field that it is shown at.
    pub fn at(self) -> FieldError {
        let field = match self {
            Self::NameMissing | Self::NameLong => "name",
            Self::TopicMissing => "topic",
            _ => "file",
        };
        FieldError { field, key: self.key() }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        refusal.at().into()
    }
}

/// Whose papers these may be. Errors: `Forbidden` for guests, staff and who acts for another.
fn require_owner(signed: &Signed) -> Result<(), Error> {
    match (signed.kind, &signed.acting) {
        (Kind::Citizen, None) => Ok(()),
        _ => Err(Shared::Forbidden.into()),
    }
}

/// What a person says of a paper: name and kind, tidied. Errors: every one of the two that does not fit, and `also`.
fn said(name: &str, topic: &str, also: Option<Refusal>) -> Result<(String, Topic), Error> {
    // Longer than any name that fits, before it is looked at letter by letter.
    let is_long = name.len() > 16 * NAME_MOST;
    let name = if is_long { String::new() } else { base::text::one_line(name) };
    let wrong_name = match name.chars().count() {
        _ if is_long => Some(Refusal::NameLong),
        0 => Some(Refusal::NameMissing),
        n if n > NAME_MOST => Some(Refusal::NameLong),
        _ => None,
    };
    let topic = Topic::parse(topic);
    let wrong_topic = topic.is_none().then_some(Refusal::TopicMissing);
    let wrong: Vec<FieldError> = [wrong_name, wrong_topic, also].into_iter().flatten().map(Refusal::at).collect();
    match topic {
        Some(topic) if wrong.is_empty() => Ok((name, topic)),
        _ => Err(Shared::Invalid(wrong).into()),
    }
}

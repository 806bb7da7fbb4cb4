//! What the public sees instead of what was written (R10): the author hides more, staff word it or cover a photo. The original
//! stays in the row; every step is in the history, with a reason when staff did it.

use super::{
    CONTENT_MOST, TITLE_MOST,
    act::{Command, Done, act_as_officer},
    answers::Answers,
    cover::{self, Cover},
    litter,
    redact::occurrences,
    rows::{self, ReportRow, StoredPhoto},
};
use crate::{
    core::Core,
    error::Error,
    rights::{Officer, Right},
};
use base::{clock::Millis, ids::Uuid, text};
use serde_json::{Map, Value};
use store::{Sql, Tx, Update};

/// Phrases that an author may hide in one report.
pub const PHRASES_MOST: usize = 60;
/// Letters of one phrase; a paragraph is hidden as several. Every reading looks for each phrase at each place.
const PHRASE_LONGEST: usize = 200;

/// Phrases of about equal length, parted between words, that together are the line.
fn phrases(line: &str) -> Vec<String> {
    let parts = line.chars().count().div_ceil(PHRASE_LONGEST);
    let each = line.chars().count().div_ceil(parts.max(1));
    let mut phrases = vec![String::new()];
    for word in line.split(' ') {
        match phrases.last_mut() {
            Some(last) if last.is_empty() => last.push_str(word),
            Some(last) if last.chars().count() < each => {
                last.push(' ');
                last.push_str(word);
            }
            _ => phrases.push(word.to_owned()),
        }
    }
    phrases
}

/// What the author hides, for good.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redaction {
    /// Words, or whole paragraphs, as they stand in the text.
    pub words: Vec<String>,
    pub photos: Vec<Uuid>,
    /// The name too.
    pub name: bool,
}

impl Redaction {
    pub(super) async fn apply(
        &self,
        tx: &Tx,
        report: &ReportRow,
        mut update: Update,
        data: &mut Map<String, Value>,
    ) -> Result<Update, Error> {
        let events = rows::events(tx, report.id).await?;
        let answers = Answers::of_json(&report.answers).texts();
        let texts: Vec<&str> = [&report.title, &report.content, &report.address]
            .into_iter()
            .chain([&report.shown_title, &report.shown_content].into_iter().flatten())
            .chain(events.iter().map(|e| &e.public_note))
            .map(String::as_str)
            .chain(answers.iter().map(String::as_str))
            .collect();
        let mut masked: Vec<String> = serde_json::from_str(&report.masked).unwrap_or_default();
        let before = masked.len();
        for word in self.words.iter().map(|w| text::one_line(w)).filter(|w| !w.is_empty()) {
            if word.chars().count() < 2 {
                return Err(Error::field("words", "redact-short"));
            }
            if texts.iter().all(|t| occurrences(t, &word).is_empty()) {
                return Err(Error::field("words", "redact-not-found"));
            }
            for phrase in phrases(&word) {
                if !masked.contains(&phrase) {
                    masked.push(phrase);
                }
            }
        }
        if masked.len() > PHRASES_MOST || masked.iter().map(|m| m.chars().count()).sum::<usize>() > CONTENT_MOST {
            return Err(Error::field("words", "redact-many"));
        }
        let mut photos = 0;
        for photo in &self.photos {
            // Only what the person sent: a photo of the result is the unit's.
            photos += Sql::new(
                "UPDATE report_photo SET hidden = TRUE WHERE id = $1 AND report_id = $2 AND side = 'before' AND hidden = FALSE",
            )
            .bind(*photo)
            .bind(report.id)
            .exec(tx)
            .await?;
        }
        let name = self.name && !report.anonymous;
        if masked.len() == before && photos == 0 && !name {
            return Err(Error::field("words", "redact-nothing"));
        }
        // How much, not what: the step is in the history of a public page.
        data.insert("words".into(), (masked.len() - before).into());
        data.insert("photos".into(), photos.into());
        if name {
            data.insert("name".into(), true.into());
            update = update.set("anonymous", true);
        }
        Ok(update.set("masked", serde_json::to_string(&masked).unwrap_or_else(|_| "[]".into())))
    }
}

/// Staff's wording for the public; what equals the original takes an earlier wording back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wording {
    pub title: String,
    pub content: String,
    /// Take the name off.
    pub name: bool,
    pub reason: String,
}

impl Wording {
    pub(super) fn apply(
        &self,
        report: &ReportRow,
        mut update: Update,
        data: &mut Map<String, Value>,
    ) -> Result<Update, Error> {
        let (title, content) = (text::one_line(&self.title), text::lines(&self.content));
        if title.is_empty() || title.chars().count() > TITLE_MOST {
            return Err(Error::field("title", "report-title-long"));
        }
        if content.is_empty() {
            return Err(Error::field("content", "report-content-empty"));
        }
        if content.chars().count() > CONTENT_MOST {
            return Err(Error::field("content", "report-content-long"));
        }
        let title = Some(title).filter(|t| *t != report.title);
        let content = Some(content).filter(|c| *c != report.content);
        let name = self.name && !report.anonymous;
        if title == report.shown_title && content == report.shown_content && !name {
            return Err(Error::field("content", "moderate-nothing"));
        }
        // The wording of each step stays in the history, for those who may read it.
        for (key, value) in [("title", &title), ("content", &content)] {
            if let Some(value) = value {
                data.insert(key.into(), value.clone().into());
            }
        }
        if title.is_none() && content.is_none() && (report.shown_title.is_some() || report.shown_content.is_some()) {
            data.insert("restored".into(), true.into());
        }
        if name {
            data.insert("name".into(), true.into());
            update = update.set("anonymous", true);
        }
        Ok(update.set("shown_title", title).set("shown_content", content))
    }
}

/// A covered copy of a photo, its files written already; without boxes the photo itself is shown again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covering {
    pub photo: Uuid,
    pub file: Option<String>,
    pub boxes: Vec<Cover>,
    pub reason: String,
    /// The copy that this one takes the place of.
    pub before: Option<String>,
    /// The note about its files.
    pub job: Uuid,
}

impl Covering {
    pub(super) async fn apply(
        &self,
        tx: &Tx,
        report: &ReportRow,
        now: Millis,
        data: &mut Map<String, Value>,
    ) -> Result<(), Error> {
        if let Some(before) = &self.before {
            litter::leave(tx, self.job, &[(self.photo, before.clone())], now).await?;
        }
        let json = serde_json::to_string(&self.boxes).map_err(|_| Error::Internal("boxes cannot be written"))?;
        let changed = Update::table("report_photo")
            .set("public_file", self.file.clone())
            .set("boxes", json)
            .by(vec![("id", self.photo.into()), ("report_id", report.id.into())], tx)
            .await?;
        if changed == 0 {
            return Err(Error::NotFound);
        }
        data.insert("photo".into(), self.photo.to_string().into());
        data.insert("boxes".into(), self.boxes.len().into());
        Ok(())
    }
}

/// The photo of a report that this officer may cover, with its original.
pub async fn photo_of(
    core: &Core,
    officer: &Officer,
    code: &str,
    photo: Uuid,
) -> Result<(ReportRow, rows::PhotoRow), Error> {
    let db = core.store.read();
    let report = rows::by_code(db, code).await?.ok_or(Error::NotFound)?;
    let province = core.province();
    let above = province.above(&report.unit);
    if !officer.may(Right::ReportSee, &report.unit, &above) {
        return Err(Error::NotFound);
    }
    if !officer.may(Right::ReportModerate, &report.unit, &above) {
        return Err(Error::Forbidden);
    }
    let row = rows::photo(db, photo).await?.filter(|p| p.report_id == report.id).ok_or(Error::NotFound)?;
    Ok((report, row))
}

/// What the photo will look like; nothing is stored.
pub async fn preview(
    core: &Core,
    officer: &Officer,
    code: &str,
    photo: Uuid,
    boxes: Vec<Cover>,
) -> Result<Vec<u8>, Error> {
    let (_, row) = photo_of(core, officer, code, photo).await?;
    let original = core.files.get(&format!("{}-l.jpg", row.file)).await?.ok_or(Error::NotFound)?;
    Ok(cover::draw(original, boxes).await?.large)
}

/// Covers parts of a photo for everybody but its author and those with the right. Always made from the original.
pub async fn cover_photo(
    core: &Core,
    officer: &Officer,
    code: &str,
    seen: i64,
    photo: Uuid,
    boxes: Vec<Cover>,
    reason: String,
) -> Result<Done, Error> {
    if boxes.len() > cover::MOST {
        return Err(Error::field("boxes", "cover-many"));
    }
    let (report, row) = photo_of(core, officer, code, photo).await?;
    if boxes == cover::of_row(&row.boxes) {
        return Err(Error::field("boxes", "cover-nothing"));
    }
    let mut file = None;
    if !boxes.is_empty() {
        let original = core.files.get(&format!("{}-l.jpg", row.file)).await?.ok_or(Error::NotFound)?;
        let drawn = cover::draw(original, boxes.clone()).await?;
        file = rows::store_photos(core, vec![drawn]).await?.into_iter().next().map(|p: StoredPhoto| p.file);
    }
    let command = Command::Cover(Covering { photo, file, boxes, reason, before: row.public_file, job: core.new_id() });
    act_as_officer(core, officer, &report.code, seen, command, Vec::new()).await
}

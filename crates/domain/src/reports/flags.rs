//! «Báo nội dung không phù hợp» (R11): people with an account mark a public report, once each; a word list of the province marks
//! at sending. Marks are for staff alone and block nothing: somebody looks.

use super::{redact::Plain, rows};
use crate::{
    audit::{self, By, Entry},
    core::Core,
    error::Error,
    limits::{self, FLAGS_PER_PERSON_DAY},
    province::Province,
    rights::{Officer, Right},
};
use base::{clock::Millis, fold::fold, ids::Uuid, text};
use store::FromRow;
use store::{Insert, Sql, Tx};

/// What people may choose; each has its text `flag-…`.
pub const REASONS: [&str; 5] = ["personal", "insult", "false", "spam", "other"];
/// What the platform itself noticed.
pub const WORDS: &str = "words";
pub const COMMENT_MOST: usize = 500;

/// An open mark as staff see it: why, never who.
#[derive(Debug, Clone, FromRow)]
pub struct Flag {
    pub reason: String,
    pub comment: String,
    pub created_at: Millis,
}

/// Marks a public report. Marking again, or one's own, changes nothing and says nothing.
pub async fn flag(core: &Core, account: Uuid, code: &str, reason: &str, comment: &str) -> Result<(), Error> {
    let reason =
        REASONS.into_iter().find(|r| *r == reason).ok_or_else(|| Error::field("reason", "flag-reason-missing"))?;
    let comment = text::lines(comment);
    if comment.chars().count() > COMMENT_MOST {
        return Err(Error::field("comment", "flag-comment-long"));
    }
    let report =
        rows::by_code(core.store.read(), code).await?.filter(rows::ReportRow::is_public).ok_or(Error::NotFound)?;
    if report.reporter == Some(account) {
        return Err(Error::State);
    }
    let (id, now, keys) = (core.new_id(), core.now(), core.keys.clone());
    let counted = core
        .store
        .write(move |tx: Tx| async move {
            // Counted before it is known whether the mark is new: the answer is the same, so that nothing can be tried out.
            if let Err(over) = limits::hit(&tx, &keys, FLAGS_PER_PERSON_DAY, account.as_bytes(), now).await? {
                return Ok(Err(over));
            }
            let new = Insert::into("report_flag")
                .set("id", id)
                .set("report_id", report.id)
                .set("account_id", account)
                .set("reason", reason)
                .set("comment", comment)
                .set("created_at", now)
                .or_ignore()
                .exec(&tx)
                .await?;
            if new > 0 {
                Sql::new("UPDATE report SET flags = flags + 1 WHERE id = $1").bind(report.id).exec(&tx).await?;
            }
            Ok::<_, Error>(Ok(()))
        })
        .await?;
    metrics::counter!("report_flags_total", "reason" => reason).increment(1);
    counted.map_err(|over| Error::TooOften { again_at: over.again_at })
}

/// The open marks of a report, oldest first.
pub async fn open(core: &Core, report: Uuid) -> Result<Vec<Flag>, Error> {
    Ok(Sql::new(
        "SELECT reason, comment, created_at FROM report_flag WHERE report_id = $1 AND handled_at IS NULL ORDER BY created_at, id LIMIT 50",
    )
    .bind(report)
    .all(core.store.read())
    .await?)
}

/// Nothing is wrong with it: the marks are closed. Hiding and moderating close them too.
pub async fn dismiss(core: &Core, officer: &Officer, code: &str, reason: &str) -> Result<(), Error> {
    let report = rows::by_code(core.store.read(), code).await?.ok_or(Error::NotFound)?;
    let province = core.province();
    let above = province.above(&report.unit);
    if !officer.may(Right::ReportSee, &report.unit, &above) {
        return Err(Error::NotFound);
    }
    if !officer.may(Right::ReportHide, &report.unit, &above) {
        return Err(Error::Forbidden);
    }
    let reason = text::one_line(reason);
    if reason.chars().count() > 300 {
        return Err(Error::field("reason", "note-long"));
    }
    let (core2, officer, now) = (core.clone(), officer.clone(), core.now());
    core.store
        .write(move |tx: Tx| async move {
            let settled = settle(&tx, report.id, Some(officer.account), "dismissed", now).await?;
            Sql::new("UPDATE report SET flags = 0 WHERE id = $1").bind(report.id).exec(&tx).await?;
            let entry = Entry {
                by: By::Staff { account: officer.account, unit: officer.home_unit().to_owned() },
                act: "report-flags-dismissed",
                object: format!("report {}", report.code),
                reason,
                data: serde_json::json!({ "flags": settled }),
            };
            audit::write(&tx, &core2.clock, &core2.entropy, entry).await?;
            Ok::<_, Error>(())
        })
        .await
}

/// Closes the open marks of a report.
pub(super) async fn settle(
    tx: &Tx,
    report: Uuid,
    by: Option<Uuid>,
    outcome: &'static str,
    now: Millis,
) -> Result<u64, store::Error> {
    Sql::new("UPDATE report_flag SET handled_at = $1, handled_by = $2, outcome = $3 WHERE report_id = $4 AND handled_at IS NULL")
        .bind(now)
        .bind(by)
        .bind(outcome)
        .bind(report)
        .exec(tx)
        .await
}

/// The mark of the platform itself, at sending.
pub(super) async fn mark_words(tx: &Tx, id: Uuid, report: Uuid, now: Millis) -> Result<(), store::Error> {
    Insert::into("report_flag")
        .set("id", id)
        .set("report_id", report)
        .set("account_id", None::<Uuid>)
        .set("reason", WORDS)
        .set("created_at", now)
        .exec(tx)
        .await?;
    Ok(())
}

/// A province's list of words, ready to be looked for.
pub struct WordList {
    /// Words written without marks: found with any marks. Each with a space before and behind.
    folded: Vec<String>,
    /// Words written with marks: found as they are written («lồn» is not «lon»).
    exact: Vec<Plain>,
}

impl WordList {
    pub fn new(words: &[String]) -> Self {
        let (folded, exact): (Vec<&String>, Vec<&String>) = words.iter().partition(|w| fold(w) == **w);
        Self {
            folded: folded.into_iter().map(|w| format!(" {w} ")).collect(),
            exact: exact.into_iter().map(|w| Plain::of(w)).collect(),
        }
    }

    /// Whether one of these texts has a word of the list.
    pub fn finds(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| {
            let folded = format!(" {} ", fold(text));
            let plain = Plain::of(text);
            self.folded.iter().any(|w| folded.contains(w))
                || self.exact.iter().any(|w| !plain.occurrences(w).is_empty())
        })
    }
}

/// Whether a text has a word of the province's list.
pub fn offends(province: &Province, texts: &[&str]) -> bool {
    province.flag_words().finds(texts)
}

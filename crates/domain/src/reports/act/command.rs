//! What can be done with a report, with what each act needs.

use crate::reports::{moderate, states::Act};
use base::{clock::Millis, ids::Uuid, keys::Secret, phone::PhoneNumber};

/// A part of a report for another unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    pub unit: String,
    pub category: String,
    pub text: String,
}

/// Who is asked (R6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    Unit(String),
    /// Answers by the link that is sent to the phone.
    Outside {
        name: String,
        phone: PhoneNumber,
        token_hash: [u8; 32],
        link: Secret,
    },
}

/// What is to be done, with what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Accept {
        note: String,
    },
    /// To a person of the unit in charge.
    Assign {
        to: Uuid,
        note: String,
    },
    Start,
    Ask {
        question: String,
    },
    Resume {
        note: String,
    },
    Transfer {
        unit: String,
        note: String,
    },
    /// Another category or commune; routes anew.
    Correct {
        category: String,
        commune: String,
        note: String,
    },
    Reply {
        text: String,
    },
    Note {
        text: String,
    },
    Extend {
        days: u16,
        reason: String,
    },
    Resolve {
        text: String,
    },
    Reject {
        reason: String,
    },
    Hide {
        reason: String,
    },
    Unhide {
        reason: String,
    },
    Answer {
        text: String,
    },
    AddInfo {
        text: String,
    },
    Withdraw {
        reason: String,
    },
    Rate {
        stars: u8,
        comment: String,
    },
    Reopen {
        comment: String,
    },
    Close,
    /// The code of the report that goes on.
    Merge {
        into: String,
        note: String,
    },
    /// As before the merge.
    Unmerge {
        note: String,
    },
    Split {
        parts: Vec<Part>,
        note: String,
    },
    /// To a colleague, whatever state it is in.
    HandOver {
        to: Uuid,
        note: String,
    },
    /// Made by `consult::ask`.
    Consult {
        whom: Whom,
        question: String,
        expires_at: Millis,
    },
    /// Nobody answers this question any more; its link opens nothing.
    Recall {
        question: Uuid,
    },
    /// The author hides more from the public (R10).
    Redact(moderate::Redaction),
    /// Staff word it for the public.
    Moderate(moderate::Wording),
    /// Staff cover parts of a photo.
    Cover(moderate::Covering),
}

impl Command {
    pub fn act(&self) -> Act {
        match self {
            Self::Accept { .. } => Act::Accept,
            Self::Assign { .. } => Act::Assign,
            Self::Start => Act::Start,
            Self::Ask { .. } => Act::Ask,
            Self::Resume { .. } => Act::Resume,
            Self::Transfer { .. } => Act::Transfer,
            Self::Correct { .. } => Act::Correct,
            Self::Reply { .. } => Act::Reply,
            Self::Note { .. } => Act::Note,
            Self::Extend { .. } => Act::Extend,
            Self::Resolve { .. } => Act::Resolve,
            Self::Reject { .. } => Act::Reject,
            Self::Hide { .. } => Act::Hide,
            Self::Unhide { .. } => Act::Unhide,
            Self::Answer { .. } => Act::Answer,
            Self::AddInfo { .. } => Act::AddInfo,
            Self::Withdraw { .. } => Act::Withdraw,
            Self::Rate { .. } => Act::Rate,
            Self::Reopen { .. } => Act::Reopen,
            Self::Close => Act::Close,
            Self::Merge { .. } => Act::Merge,
            Self::Unmerge { .. } => Act::Unmerge,
            Self::Split { .. } => Act::Split,
            Self::HandOver { .. } => Act::HandOver,
            Self::Consult { .. } => Act::Consult,
            Self::Recall { .. } => Act::Recall,
            Self::Redact(_) => Act::Redact,
            Self::Moderate(_) | Self::Cover(_) => Act::Moderate,
        }
    }

    /// The text that goes with it: (field, text, must not be empty, goes to the public).
    pub(super) fn note(&self) -> (&'static str, &str, bool, bool) {
        match self {
            Self::Accept { note } | Self::Assign { note, .. } | Self::Resume { note } => ("note", note, false, false),
            Self::Split { note, .. } | Self::Merge { note, .. } => ("note", note, false, false),
            Self::Transfer { note, .. }
            | Self::Correct { note, .. }
            | Self::HandOver { note, .. }
            | Self::Unmerge { note } => ("note", note, true, false),
            Self::Consult { question, .. } => ("question", question, true, false),
            Self::Note { text } => ("text", text, true, false),
            Self::Ask { question } => ("question", question, true, true),
            Self::Reply { text } | Self::Resolve { text } => ("text", text, true, true),
            Self::Extend { reason, .. } | Self::Reject { reason } => ("reason", reason, true, true),
            Self::Hide { reason } | Self::Unhide { reason } => ("reason", reason, true, true),
            Self::Answer { text } | Self::AddInfo { text } => ("text", text, true, true),
            Self::Withdraw { reason } => ("reason", reason, false, true),
            Self::Rate { comment, .. } => ("comment", comment, false, true),
            Self::Reopen { comment } => ("comment", comment, true, true),
            Self::Start | Self::Close | Self::Recall { .. } | Self::Redact(_) => ("note", "", false, false),
            Self::Moderate(wording) => ("reason", &wording.reason, true, true),
            Self::Cover(covering) => ("reason", &covering.reason, false, true),
        }
    }
}

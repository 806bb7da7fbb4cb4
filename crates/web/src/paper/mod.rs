//! Documents on paper (PDF): text, facts and photos in order, set on A4 by `layout`, written by `write` with tags for screen
//! readers (PDF/UA). The same paper is the same bytes. What stands on it is decided by who makes the `Paper`.

mod layout;
mod letters;
mod write;

use base::{clock::Millis, i18n::Lang};

/// Pages of a document at most; what does not fit is said on the last one.
pub const PAGES_MOST: usize = 20;

/// A document before it is set.
#[derive(Debug, Clone)]
pub struct Paper {
    pub title: String,
    /// Who answers for it.
    pub author: String,
    pub lang: Lang,
    /// Two papers with one mark are one document.
    pub mark: String,
    /// When what it says was last changed; never when it was printed, which would make every copy another file.
    pub at: Millis,
    /// At the foot of every page, before the page's number.
    pub footer: String,
    /// `Trang {n}/{all}`.
    pub page: String,
    /// On the last page when there were too many.
    pub cut: String,
    pub parts: Vec<Part>,
}

/// What stands on it, one under the other.
#[derive(Debug, Clone)]
pub enum Part {
    Title(String),
    Heading(String),
    Text(String, Ink),
    /// A label and what it says.
    Fact(String, String),
    Photos(Vec<Picture>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Plain,
    Bold,
    /// Small print.
    Quiet,
    /// Set off by a bar at its side: what was said to somebody.
    Said,
    /// The same for what only staff read.
    Inside,
}

/// A JPEG of ours.
#[derive(Debug, Clone)]
pub struct Picture {
    pub jpeg: Vec<u8>,
    pub width: u32,
    pub height: u32,
    pub alt: String,
    pub caption: String,
}

/// The document could not be written. It says what, never what stood in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a paper could not be written: {0}")]
pub struct Unwritten(&'static str);

/// The bytes of the PDF. Takes some milliseconds: not for a request's thread.
pub fn pdf(paper: &Paper) -> Result<Vec<u8>, Unwritten> {
    let letters = letters::Letters::load().ok_or(Unwritten("fonts"))?;
    write::write(paper, letters, layout::set(paper, letters))
}

#[cfg(test)]
mod tests;

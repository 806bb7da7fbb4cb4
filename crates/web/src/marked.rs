//! A text as its author and staff read it: whole, with what is hidden from the public marked.

use domain::reports::redact::{Kind, Shield, Writer};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub hidden: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marked(pub Vec<Piece>);

impl Marked {
    pub fn new(shield: &Shield, text: &str, writer: Writer) -> Self {
        let pieces = shield.pieces(text, writer).into_iter();
        Self(pieces.map(|p| Piece { text: p.text.to_owned(), hidden: p.hidden.is_some() }).collect())
    }

    /// Nothing is marked: the reader got only what everybody may read.
    pub fn plain(text: &str) -> Self {
        Self(vec![Piece { text: text.to_owned(), hidden: false }])
    }
}

/// The kinds of what is hidden in these texts, as text keys, each once.
pub fn kinds(shield: &Shield, texts: &[&str]) -> Vec<String> {
    let mut kinds: Vec<Kind> =
        texts.iter().flat_map(|t| shield.pieces(t, Writer::Citizen)).filter_map(|p| p.hidden).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.iter().map(|k| format!("hidden-{}", k.as_str())).collect()
}

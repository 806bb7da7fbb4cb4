//! What is hidden in public text (che thông tin cá nhân, R10): phone numbers, e-mail addresses, personal and identity numbers,
//! bank cards and accounts, number plates, and whatever the author hides besides. Pure: text in, places out; every place, not
//! only the first. What helps everybody stays: hotlines, report codes, years, prices, house numbers, distances, addresses of
//! the authorities.
//!
//! Plates are hidden like plates in photos: in public text they accuse somebody who can be found, before anything is proved.
//! Staff read the original.

mod clean;
mod digits;
mod numbers;
mod words;

use crate::province::Province;
use clean::Clean;
use std::sync::Arc;

/// Stands for what is hidden, in every language and every format.
pub const MARK: &str = "•••";

/// What kind of thing is hidden; names the text `hidden-…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Phone,
    Email,
    /// Personal number (số định danh), old identity card, passport.
    Id,
    /// Bank card or account.
    Card,
    /// A long row of digits that nobody needs in public.
    Number,
    Plate,
    /// The author hid it.
    Own,
}

impl Kind {
    pub const ALL: [Self; 7] = [Self::Phone, Self::Email, Self::Id, Self::Card, Self::Number, Self::Plate, Self::Own];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Id => "id",
            Self::Card => "card",
            Self::Number => "number",
            Self::Plate => "plate",
            Self::Own => "own",
        }
    }
}

/// A place in a text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
}

/// A piece of a text, hidden from the public or not; all pieces together are the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'t> {
    pub text: &'t str,
    pub hidden: Option<Kind>,
}

/// Who wrote a text: staff may name an office's landline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    Citizen,
    Staff,
}

/// Hides what must not be public.
#[derive(Clone, Default)]
pub struct Shield {
    /// Digits of numbers that everybody shall know.
    keep: Arc<[String]>,
    /// What the author of this report hid, in the order of hiding.
    own: Vec<String>,
    /// For texts that come again; of a province's shield only.
    clean: Option<Arc<Clean>>,
}

/// What somebody hid must not come back through a log.
impl std::fmt::Debug for Shield {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shield({} kept, {} of the author's)", self.keep.len(), self.own.len())
    }
}

impl Shield {
    /// For texts of any report: the province's own numbers stay. `Province::shield` keeps it.
    pub fn new(province: &Province) -> Self {
        let pack = &province.pack.province;
        let numbers = pack.emergency.iter().map(|e| e.number.as_str()).chain(pack.support.phone.as_deref());
        Self {
            keep: numbers.map(digits_of).filter(|d| d.len() > 2).collect(),
            own: Vec::new(),
            clean: Some(Arc::new(Clean::new())),
        }
    }

    /// Without a province: no number is known to be public.
    pub fn bare() -> Self {
        Self::default()
    }

    /// The same for one report: `masked` is the row's list of what its author hid.
    #[must_use]
    pub fn with_own(&self, masked: &str) -> Self {
        let own = if masked.len() > 2 { serde_json::from_str(masked).unwrap_or_default() } else { Vec::new() };
        Self { keep: self.keep.clone(), own, clean: self.clean.clone() }
    }

    /// Every place that is hidden, in order, none overlapping another.
    pub fn places(&self, text: &str, writer: Writer) -> Vec<Place> {
        let mut found: Vec<Place> = self.own.iter().flat_map(|phrase| occurrences(text, phrase)).collect();
        // Beside what the author hid, the rest may be read otherwise: only what nobody touched is remembered.
        let clean = self.clean.as_ref().filter(|_| found.is_empty());
        if clean.is_some_and(|clean| clean.knows(text, writer)) {
            return found;
        }
        if words::may_have_email(text) {
            words::emails(text, &mut found);
        }
        if words::may_have_plate(text) {
            words::plates(text, &mut found);
        }
        if numbers::may_have_row(text) {
            found.sort_by_key(|p| p.start);
            numbers::numbers(text, &self.keep, writer, &mut found);
        }
        if let Some(clean) = clean.filter(|_| found.is_empty()) {
            clean.learn(text, writer);
        }
        whole(found)
    }

    /// The text as everybody may read it.
    pub fn hide(&self, text: &str, writer: Writer) -> String {
        self.hidden(text, writer).unwrap_or_else(|| text.to_owned())
    }

    /// The same in place; tells whether something was hidden.
    pub fn cover(&self, text: &mut String, writer: Writer) -> bool {
        let hidden = self.hidden(text, writer);
        let any = hidden.is_some();
        hidden.into_iter().for_each(|t| *text = t);
        any
    }

    /// `None`: everybody may read all of it.
    fn hidden(&self, text: &str, writer: Writer) -> Option<String> {
        let places = self.places(text, writer);
        if places.is_empty() {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for place in places {
            out.push_str(&text[at..place.start]);
            // Two hidden things beside each other are one mark.
            if !(out.ends_with(MARK) && at == place.start) {
                out.push_str(MARK);
            }
            at = place.end;
        }
        out.push_str(&text[at..]);
        Some(out)
    }

    /// The original in pieces, for those who may read it.
    pub fn pieces<'t>(&self, text: &'t str, writer: Writer) -> Vec<Piece<'t>> {
        let mut pieces = Vec::new();
        let mut at = 0;
        for place in self.places(text, writer) {
            if at < place.start {
                pieces.push(Piece { text: &text[at..place.start], hidden: None });
            }
            pieces.push(Piece { text: &text[place.start..place.end], hidden: Some(place.kind) });
            at = place.end;
        }
        if at < text.len() {
            pieces.push(Piece { text: &text[at..], hidden: None });
        }
        pieces
    }
}

/// In order, none overlapping another.
fn whole(mut found: Vec<Place>) -> Vec<Place> {
    found.sort_by_key(|p| (p.start, std::cmp::Reverse(p.end)));
    let mut whole: Vec<Place> = Vec::with_capacity(found.len());
    for place in found {
        match whole.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => whole.push(place),
        }
    }
    whole
}

/// Where a phrase stands in a text, whatever its capitals and spaces, as whole words.
pub fn occurrences(text: &str, phrase: &str) -> Vec<Place> {
    Plain::of(text).occurrences(&Plain::of(phrase))
}

/// A text as phrases are looked for in it: small letters with where they stand; a run of spaces and line ends is one space, none
/// at the ends.
pub(super) struct Plain(Vec<(usize, usize, char)>);

impl Plain {
    pub fn of(text: &str) -> Self {
        let mut out: Vec<(usize, usize, char)> = Vec::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            if c.is_whitespace() {
                match out.last_mut() {
                    Some((_, last_end, ' ')) => *last_end = end,
                    Some(_) => out.push((at, end, ' ')),
                    None => {}
                }
            } else {
                out.push((at, end, c.to_lowercase().next().unwrap_or(c)));
            }
        }
        if out.last().is_some_and(|(_, _, c)| *c == ' ') {
            out.pop();
        }
        Self(out)
    }

    pub fn occurrences(&self, phrase: &Self) -> Vec<Place> {
        let (text, wanted) = (&self.0, &phrase.0);
        let (Some((_, _, first)), Some((_, _, last))) = (wanted.first(), wanted.last()) else { return Vec::new() };
        let is_inside = |at: Option<usize>, edge: char| {
            edge.is_alphanumeric() && at.and_then(|at| text.get(at)).is_some_and(|(_, _, c)| c.is_alphanumeric())
        };
        let mut found = Vec::new();
        let mut at = 0;
        while at + wanted.len() <= text.len() {
            let end = at + wanted.len();
            let fits = text[at].2 == *first
                && text[at..end].iter().zip(wanted).all(|((_, _, a), (_, _, b))| a == b)
                && !is_inside(at.checked_sub(1), *first)
                && !is_inside(Some(end), *last);
            if fits {
                found.push(Place { start: text[at].0, end: text[end - 1].1, kind: Kind::Own });
                at = end;
            } else {
                at += 1;
            }
        }
        found
    }
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
#[path = "redact/tests.rs"]
mod tests;

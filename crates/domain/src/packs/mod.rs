//! Province packs: a province is a folder of plain files (`packs/README.md`). Read once at start, checked with every error
//! listed at once, compared with the last one so that changes reach the audit log.

mod agencies;
mod categories;
mod category_sheet;
mod diff;
mod error;
mod files;
mod load;
mod members;
pub mod procedures;
mod province;
mod questions;
pub mod routing;
mod table;
#[cfg(test)]
mod tests;
mod units;

pub use agencies::Agency;
pub use categories::{Category, NEAR};
pub use diff::{Change, ChangeKind, FieldChange};
pub use error::{PackError, Problem};
pub use members::{Member, MemberKind};
pub use procedures::Procedure;
pub use province::{Bounds, Branding, Emergency, MODULES, Map, Province, Realm, Support, contrast};
pub use questions::{DataType, Question, Value};
pub use routing::{Route, Routing, Rule, Target};
pub use units::{Unit, UnitKind};

use base::{calendar::Calendar, i18n::Lang};
use serde::{Deserialize, Serialize};

/// A province: everything that differs between provinces.
#[derive(Debug, Clone)]
pub struct Pack {
    pub province: Province,
    /// Xã, phường, đặc khu, in the file's order. Each has a People's Committee that is a unit under the same code.
    pub units: Vec<Unit>,
    /// The provinces of the country, in the file's order; for the national portal only, in the place of communes.
    pub members: Vec<Member>,
    /// Sở, ban, ngành and what belongs to them.
    pub agencies: Vec<Agency>,
    pub categories: Vec<Category>,
    pub routing: Routing,
    /// Thủ tục hành chính, in the file's order; `procedures.csv`.
    pub procedures: Vec<Procedure>,
    /// Words that mark a report for staff when it is sent (R11); `flag-words.txt`.
    pub flag_words: Vec<String>,
    /// Fluent texts that override the common ones.
    pub texts: Vec<(Lang, String)>,
    /// Điều khoản sử dụng.
    pub terms: Document,
    /// Chính sách bảo mật.
    pub privacy: Document,
    /// The country's calendar with the pack's own entries laid over it.
    pub calendar: Calendar,
    /// SHA-256 (hex) over the names and contents of all files: two packs are the same when their digests are.
    pub digest: String,
}

impl Pack {
    /// The commune of an official code.
    pub fn unit(&self, code: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.code == code)
    }

    pub fn procedure(&self, code: &str) -> Option<&Procedure> {
        self.procedures.iter().find(|procedure| procedure.code == code)
    }

    pub fn category(&self, code: &str) -> Option<&Category> {
        self.categories.iter().find(|category| category.code == code)
    }

    pub fn agency(&self, code: &str) -> Option<&Agency> {
        self.agencies.iter().find(|agency| agency.code == code)
    }
}

/// A name or sentence in the two languages that every pack must speak.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub vi: String,
    pub en: String,
}

impl Text {
    /// Vietnamese for every language but English.
    pub fn get(&self, lang: Lang) -> &str {
        if lang == Lang::EN { &self.en } else { &self.vi }
    }
}

/// A text that people agree to, in Markdown, with the version they agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    pub version: String,
    #[serde(skip)]
    pub texts: Vec<(Lang, String)>,
}

impl Document {
    /// The text in a language, else the Vietnamese one.
    pub fn text(&self, lang: Lang) -> &str {
        let find = |lang: Lang| self.texts.iter().find(|(has, _)| *has == lang).map(|(_, text)| text.as_str());
        find(lang).or_else(|| find(Lang::VI)).unwrap_or_default()
    }
}

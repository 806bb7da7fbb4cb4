//! Finding a commune by what people type: without marks, by old names and old districts (design brief, «Chọn xã, phường»).

use crate::packs::{Unit, UnitKind};
use base::fold::{fold, vi_sort_key};

/// Most communes a search answers with.
pub const MOST_MATCHES: usize = 8;

/// The communes, prepared for searching.
pub struct CommunePicker {
    entries: Vec<Entry>,
}

struct Entry {
    unit: Unit,
    /// `xa hoan lao` and where its own name begins.
    full: Name,
    own: Name,
    /// Former communes and districts, each with its place in the unit's lists.
    former: Vec<Name>,
    districts: Vec<Name>,
    sort_key: String,
}

/// A name in the forms that are compared.
struct Name {
    folded: String,
    /// The folded words.
    words: Vec<String>,
    /// Folded, without spaces: `hoanlao`.
    joined: String,
    /// As letters with their marks but without the place of the tone mark, for those who type marks.
    exact: String,
}

impl Name {
    fn new(name: &str) -> Self {
        let folded = fold(name);
        let words: Vec<String> = folded.split(' ').map(str::to_owned).collect();
        Self { joined: words.concat(), exact: exact(name), folded, words }
    }
}

/// A found commune, and the old name it was found by, to be shown as «trước đây: Xã Bảo Ninh».
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match<'p> {
    pub unit: &'p Unit,
    pub former: Option<&'p str>,
}

/// How well a name fits; smaller is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The whole name.
    Whole,
    /// The name begins with it.
    Start,
    /// Words that follow each other begin with the typed words: `p d hoi`, `lao`.
    Words,
    /// The typed words begin words of the name, in any order, or the name is typed without spaces.
    Loose,
}

/// Which of a commune's names fits; today's before yesterday's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Own,
    Former,
    District,
}

impl CommunePicker {
    pub fn new(units: &[Unit]) -> Self {
        let entry = |unit: &Unit| Entry {
            full: Name::new(&format!("{} {}", unit.kind.as_str(), unit.name)),
            own: Name::new(&unit.name),
            // «Xã Cam Thủy (huyện Cam Lộ)»: what stands in brackets is the district's name, not the commune's.
            former: unit.merged_from.iter().map(|name| Name::new(name.split('(').next().unwrap_or(name))).collect(),
            districts: unit.former_districts.iter().map(|name| Name::new(name)).collect(),
            sort_key: vi_sort_key(&unit.name),
            unit: unit.clone(),
        };
        Self { entries: units.iter().map(entry).collect() }
    }

    /// At most [`MOST_MATCHES`] communes, the best first: by how well a name fits, today's names before former communes before
    /// former districts, then the person's home, recent ones, marks as typed, and the alphabet. With nothing typed: home and
    /// recent ones.
    pub fn search(&self, text: &str, home: Option<&str>, recent: &[&str]) -> Vec<&Unit> {
        self.matches(text, home, recent).into_iter().map(|found| found.unit).collect()
    }

    /// As [`search`](Self::search), with the old name each was found by.
    pub fn matches(&self, text: &str, home: Option<&str>, recent: &[&str]) -> Vec<Match<'_>> {
        // Longer than any name: what is pasted by mistake must not cost time.
        let text: String = text.chars().take(80).collect();
        let typed = Typed::new(&text);
        if typed.words.is_empty() {
            return self.usual(home, recent);
        }
        let mut found: Vec<_> = self
            .entries
            .iter()
            .filter_map(|entry| {
                let (source, fit, marks, former) = entry.best(&typed)?;
                let near = match &entry.unit.code {
                    code if home == Some(code.as_str()) => 0,
                    code => recent.iter().position(|other| other == code).map_or(usize::MAX, |at| at + 1),
                };
                // «huyện Cam Lộ» means the commune of that name more than the district's other parts.
                let namesake = typed.joined.ends_with(&entry.own.joined);
                let unit = &entry.unit;
                Some(((source, fit, !marks, near, !namesake, entry.sort_key.as_str()), Match { unit, former }))
            })
            .collect();
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().take(MOST_MATCHES).map(|(_, found)| found).collect()
    }

    /// All communes by kind (phường, xã, đặc khu), each kind in the order of the Vietnamese alphabet.
    pub fn all(&self) -> Vec<(UnitKind, Vec<&Unit>)> {
        let of = |kind| {
            let mut entries: Vec<&Entry> = self.entries.iter().filter(|entry| entry.unit.kind == kind).collect();
            entries.sort_by(|a, b| a.sort_key.cmp(&b.sort_key));
            (kind, entries.into_iter().map(|entry| &entry.unit).collect::<Vec<_>>())
        };
        UnitKind::ALL.into_iter().map(of).filter(|(_, units)| !units.is_empty()).collect()
    }

    fn usual(&self, home: Option<&str>, recent: &[&str]) -> Vec<Match<'_>> {
        let mut out: Vec<Match<'_>> = Vec::new();
        for code in home.iter().chain(recent) {
            if let Some(entry) = self.entries.iter().find(|entry| entry.unit.code == **code)
                && !out.iter().any(|has| has.unit.code == **code)
            {
                out.push(Match { unit: &entry.unit, former: None });
            }
        }
        out.truncate(MOST_MATCHES);
        out
    }
}

/// What was typed, in the forms that are compared.
struct Typed {
    /// The words with spaces between.
    folded: String,
    words: Vec<String>,
    joined: String,
    exact: String,
    has_marks: bool,
}

impl Typed {
    fn new(text: &str) -> Self {
        let folded = fold(text);
        // Abbreviations of kinds that are not simply the first letter (p., x., h. are found as beginnings of words).
        let words: Vec<String> = folded
            .split(' ')
            .filter(|word| !word.is_empty())
            .flat_map(|word| match word {
                "tt" => vec!["thi", "tran"],
                "tp" => vec!["thanh", "pho"],
                "tx" => vec!["thi", "xa"],
                "dk" => vec!["dac", "khu"],
                word => vec![word],
            })
            .map(str::to_owned)
            .collect();
        let exact = exact(text);
        Self { folded: words.join(" "), joined: words.concat(), has_marks: exact != folded, exact, words }
    }
}

impl Entry {
    /// The best fit of any name: its source, how it fits, whether typed marks agree, and the old name.
    fn best(&self, typed: &Typed) -> Option<(Source, Fit, bool, Option<&str>)> {
        let own =
            [&self.own, &self.full].into_iter().filter_map(|name| Some((fit(name, typed)?, name))).min_by_key(|f| f.0);
        let marks = |name: &Name| !typed.has_marks || name.exact.contains(&typed.exact);
        if let Some((fit, name)) = own {
            return Some((Source::Own, fit, marks(name) || marks(&self.full), None));
        }
        let old = |names: &'_ [Name]| {
            let fits = names.iter().enumerate().filter_map(|(at, name)| {
                // A former name fits with and without its kind: `bao ninh`, `xa bao ninh`.
                let fit = fit(name, typed)
                    .map(|fit| if fit == Fit::Words && name.is_named(typed) { Fit::Start } else { fit })?;
                Some((fit, !marks(name), at))
            });
            fits.min()
        };
        if let Some((fit, unmarked, at)) = old(&self.former) {
            return Some((Source::Former, fit, !unmarked, self.unit.merged_from.get(at).map(String::as_str)));
        }
        let (fit, unmarked, at) = old(&self.districts)?;
        Some((Source::District, fit, !unmarked, self.unit.former_districts.get(at).map(String::as_str)))
    }
}

impl Name {
    /// Whether the typed words begin right after the kind's one or two words.
    fn is_named(&self, typed: &Typed) -> bool {
        let kind = match self.words.first().map(String::as_str) {
            Some("thi" | "thanh" | "dac") => 2,
            _ => 1,
        };
        self.words.get(kind..).is_some_and(|name| name.join(" ").starts_with(&typed.folded))
    }
}

/// How a name fits what was typed; `None` when it does not.
fn fit(name: &Name, typed: &Typed) -> Option<Fit> {
    let begin = |words: &[String]| words.iter().zip(&typed.words).all(|(word, typed)| word.starts_with(typed.as_str()));
    if name.words == typed.words {
        return Some(Fit::Whole);
    }
    if name.folded.starts_with(&typed.folded) {
        return Some(Fit::Start);
    }
    if name.words.windows(typed.words.len()).any(begin) {
        return Some(Fit::Words);
    }
    let mut free: Vec<&String> = name.words.iter().collect();
    let all = typed.words.iter().all(|typed| {
        let at = free.iter().position(|word| word.starts_with(typed.as_str()));
        at.map(|at| free.swap_remove(at)).is_some()
    });
    // One letter alone would find everything.
    let run_together = typed.joined.len() >= 4 && typed.words.len() == 1 && name.joined.contains(&typed.joined);
    (all || run_together).then_some(Fit::Loose)
}

/// Lower case letters with ă â ê ô ơ ư đ, and after each word its tone: the same for Hóa and Hoá, different for Hoa.
fn exact(text: &str) -> String {
    use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
    let mut out = String::new();
    for word in text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c)).filter(|word| !word.is_empty()) {
        let is_tone = |c: &char| matches!(c, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}');
        if !out.is_empty() {
            out.push(' ');
        }
        let (tones, letters): (Vec<char>, Vec<char>) = word.nfd().flat_map(char::to_lowercase).partition(is_tone);
        out.extend(letters.into_iter().nfc());
        out.extend(tones);
    }
    out
}

//! Which category a text sounds like (gợi ý lĩnh vực): naive Bayes over folded words and pairs of words, taught by the pack's
//! names, hints and keywords, and by what officers correct. Local, small, and never sure: a suggestion is one tap that may be
//! ignored.

use super::redact::{Shield, Writer};
use crate::{core::Core, error::Error, province::Province};
use base::fold::fold;
use std::collections::{BTreeSet, HashMap};
use store::{ConnectionTrait, Sql, Tx};

/// Words of a text that are looked at.
const WORDS_MOST: usize = 300;
/// Words and pairs of one text that are looked up.
const FEATURES_MOST: usize = 160;
/// A keyword says more than a word of a hint.
const KEYWORD: f64 = 4.0;
const HINT: f64 = 1.0;
/// What one correction says: a text has many words that mean nothing, a keyword none.
const TAUGHT: f64 = 0.2;
/// Laplace's correction: a word never seen in a category is rare there, not impossible.
const SMOOTH: f64 = 0.25;
/// How sure a suggestion must be, and by how much better than what was chosen. Naive Bayes thinks too well of itself: these were
/// set on half of the demo's texts, and `suggest_tests` measures on the other half.
const SURE: f64 = 0.97;
const BETTER: f64 = 100.0;
/// Less evidence than one keyword is a guess.
const EVIDENCE: f64 = 3.0;

/// Words that every report has.
const COMMON: [&str; 56] = [
    "a", "ai", "anh", "bi", "buoi", "cac", "can", "chi", "chieu", "cho", "chung", "co", "con", "cua", "da", "dang",
    "de", "di", "duoc", "em", "gan", "hai", "hang", "hay", "hom", "khi", "khong", "la", "lai", "len", "mong", "mot",
    "nay", "nen", "ngay", "nguoi", "nha", "nhieu", "nhung", "o", "qua", "ra", "rat", "sang", "sau", "tai", "thi",
    "toi", "tren", "truoc", "tu", "va", "van", "vao", "ve", "voi",
];

/// How often words stand in categories.
#[derive(Debug, Clone, Default)]
pub struct Model {
    categories: Vec<String>,
    /// Category (as a place in `categories`) → how often, by word.
    words: HashMap<String, HashMap<usize, f64>>,
    totals: Vec<f64>,
}

/// A category and how sure it is, 0–1.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    pub category: String,
    pub sure: f64,
}

impl Model {
    /// What a province's pack teaches. The last category, «Khác», is never suggested.
    pub fn of(province: &Province) -> Self {
        let all = &province.pack.categories;
        let mut model = Self::default();
        for category in all.iter().take(all.len().saturating_sub(1)) {
            let at = model.place(&category.code);
            model.teach(at, &category.name.vi, HINT);
            for example in category.hint.vi.split([',', ';']) {
                model.teach(at, example, HINT);
            }
            for keyword in &category.keywords {
                model.teach_keyword(at, keyword);
            }
        }
        model
    }

    fn place(&mut self, category: &str) -> usize {
        self.categories.iter().position(|c| c == category).unwrap_or_else(|| {
            self.categories.push(category.to_owned());
            self.totals.push(0.0);
            self.categories.len() - 1
        })
    }

    fn add(&mut self, at: usize, word: String, weight: f64) {
        *self.words.entry(word).or_default().entry(at).or_default() += weight;
        self.totals[at] += weight;
    }

    fn teach(&mut self, at: usize, text: &str, weight: f64) {
        for word in features(text) {
            self.add(at, word, weight);
        }
    }

    /// A keyword of one word counts as it is; of a longer one the pairs count, its words little: «nước» alone is many things.
    fn teach_keyword(&mut self, at: usize, keyword: &str) {
        let single = !fold(keyword).contains(' ');
        for word in features(keyword) {
            let weight = if single || word.contains(' ') { KEYWORD } else { HINT };
            self.add(at, word, weight);
        }
    }

    /// Adds what was counted elsewhere: (category, word, how often). Categories that are gone are passed over.
    fn with_counts(mut self, counts: &[(String, String, f64)]) -> Self {
        for (category, word, count) in counts {
            let Some(at) = self.categories.iter().position(|c| c == category) else { continue };
            if word.is_empty() {
                self.totals[at] += count;
            } else {
                *self.words.entry(word.clone()).or_default().entry(at).or_default() += count;
            }
        }
        self
    }

    /// Another category than the chosen one, when it is so likely that it may be said aloud.
    pub fn guess(&self, text: &str, chosen: &str) -> Option<Guess> {
        let (guess, evidence, better) = self.weigh(text, chosen)?;
        let clear = evidence >= EVIDENCE && guess.sure >= SURE && better >= BETTER.ln();
        (guess.category != chosen && clear).then_some(guess)
    }

    /// The likeliest category, however unsure.
    #[cfg(test)]
    fn best(&self, text: &str) -> Option<Guess> {
        self.weigh(text, "").map(|(guess, ..)| guess)
    }

    /// The likeliest category, how much was found of it, and by how much (as a logarithm) it is likelier than the chosen one.
    fn weigh(&self, text: &str, chosen: &str) -> Option<(Guess, f64, f64)> {
        let mut known = 0.0;
        let size = self.words.len() as f64;
        let mut scores = vec![0.0; self.categories.len()];
        for word in features(text) {
            let Some(counts) = self.words.get(&word) else { continue };
            let most = counts.values().copied().fold(0.0, f64::max);
            let all: f64 = counts.values().sum();
            // A word that all categories have proves none.
            known += most * most / all;
            for (at, score) in scores.iter_mut().enumerate() {
                let count = counts.get(&at).copied().unwrap_or(0.0);
                *score += ((count + SMOOTH) / (self.totals[at] + SMOOTH * size)).ln();
            }
        }
        let best = scores.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let sum: f64 = scores.iter().map(|s| (s - best.1).exp()).sum();
        let guess = Guess { category: self.categories[best.0].clone(), sure: 1.0 / sum };
        let of_chosen = self.categories.iter().position(|c| c == chosen).map_or(f64::MIN, |at| scores[at]);
        Some((guess, known, best.1 - of_chosen))
    }
}

/// The words and pairs of neighbouring words of a text, folded, each once. Numbers teach nothing.
fn features(text: &str) -> BTreeSet<String> {
    let folded = fold(text);
    let words: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).take(WORDS_MOST).collect();
    let plain = |w: &&str| w.len() <= 20 && !w.contains(|c: char| c.is_numeric());
    let singles = words.iter().copied().filter(plain).filter(|w| w.len() > 1 && COMMON.binary_search(w).is_err());
    let pairs = words.windows(2).filter(|p| p.iter().all(&plain)).map(|p| p.join(" "));
    singles
        .map(str::to_owned)
        .chain(pairs)
        .take(FEATURES_MOST * 2)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .take(FEATURES_MOST)
        .collect()
}

/// Another category that a text fits clearly better than the chosen one. The text is looked at and forgotten.
pub async fn better(core: &Core, text: &str, chosen: &str) -> Result<Option<Guess>, Error> {
    let text: String = text.chars().take(super::CONTENT_MOST).collect();
    let counts = taught(core.store.read(), &features(&text)).await?;
    let province = core.province();
    Ok(province.suggestions().clone().with_counts(&counts).guess(&text, chosen))
}

/// What corrections taught about these words, with the categories' totals.
async fn taught(
    db: &impl ConnectionTrait,
    words: &BTreeSet<String>,
) -> Result<Vec<(String, String, f64)>, store::Error> {
    #[derive(store::FromRow)]
    struct Row {
        category: String,
        word: String,
        count: i64,
    }
    let mut sql = Sql::new("SELECT category, word, count FROM category_word WHERE word IN (''");
    for word in words {
        let mark = sql.value(word.clone());
        sql.push(&format!(", {mark}"));
    }
    sql.push(")");
    let rows: Vec<Row> = sql.all(db).await?;
    Ok(rows.into_iter().map(|r| (r.category, r.word, r.count as f64 * TAUGHT)).collect())
}

/// Learns from an officer who moved a report to another category. Numbers and addresses are taken out before.
pub(super) async fn learn(tx: &Tx, category: &str, text: &str) -> Result<(), store::Error> {
    let words = features(&Shield::bare().hide(text, Writer::Citizen));
    if words.is_empty() {
        return Ok(());
    }
    // The empty word holds the total.
    let all = words.iter().map(|w| (w.as_str(), 1i64)).chain([("", words.len() as i64)]);
    let mut sql = Sql::new("INSERT INTO category_word (category, word, count) VALUES ");
    for (n, (word, count)) in all.enumerate() {
        let marks = [sql.value(category.to_owned()), sql.value(word.to_owned()), sql.value(count)];
        sql.push(&format!("{}({})", if n > 0 { ", " } else { "" }, marks.join(", ")));
    }
    sql.push(" ON CONFLICT (category, word) DO UPDATE SET count = category_word.count + excluded.count");
    sql.exec(tx).await?;
    Ok(())
}

#[cfg(test)]
#[path = "suggest_tests.rs"]
mod tests;

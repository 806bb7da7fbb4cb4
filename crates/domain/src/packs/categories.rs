//! What can be reported (lĩnh vực phản ánh, R14).

use super::{
    Problem, Question, Text,
    error::Report,
    files::{self, is_slug},
};
use base::calendar::Limit;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, fmt::Display};
use toml::{Spanned, Value};

/// One category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// `ha-tang`; also the Open311 service code.
    pub code: String,
    pub name: Text,
    /// Name of a Lucide icon.
    pub icon: String,
    /// Examples, one line.
    pub hint: Text,
    /// Words people use for it; compare folded.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// How long the unit has, unless a routing rule says otherwise.
    pub deadline: Limit,
    /// Whether a report may be shown to the public after it was accepted.
    pub public: bool,
    /// Whether «Có người bị nạn? Gọi ngay 113, 114 hoặc 115» comes first.
    #[serde(default)]
    pub urgent: bool,
    /// What is asked besides the free text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// Metres around a new report in which open ones are offered as «Tôi cũng gặp» (R5); 0: never.
    #[serde(default = "near")]
    pub near: u16,
}

/// Most things that are reported are seen from one street corner to the next.
pub const NEAR: u16 = 100;
/// Farther away nobody knows whether it is the same.
const NEAR_MOST: u16 = 1_000;

fn near() -> u16 {
    NEAR
}

impl Category {
    /// What is wrong with a list of categories, with the index of each; for packs and for what staff edit.
    pub fn check(categories: &[Self]) -> Vec<(usize, Problem)> {
        let mut problems = Vec::new();
        let mut codes: HashMap<&str, usize> = HashMap::new();
        for (at, category) in categories.iter().enumerate() {
            let code: &dyn Display = &category.code;
            let mut add = |key, template, args: &[(&'static str, &dyn Display)]| {
                problems.push((at, Problem::new(key, template, args)))
            };
            if !is_slug(&category.code) {
                add("slug", "{code} is not a code of small letters, digits and dashes", &[("code", code)]);
            }
            if codes.insert(&category.code, at).is_some() {
                add("doubled", "{code} stands here twice", &[("code", code)]);
            }
            if !is_slug(&category.icon) {
                add("icon", "{icon} is not the name of an icon", &[("icon", &category.icon)]);
            }
            if limit_is_wrong(category.deadline) {
                add("deadline", "a deadline must lie between 1 hour and 1 year", &[]);
            }
            if category.near > NEAR_MOST {
                add("near", "near must lie between 0 and {limit} metres", &[("limit", &NEAR_MOST)]);
            }
            if category.keywords.len() > 50 || category.keywords.iter().any(|word| base::fold::fold(word).is_empty()) {
                add("keywords", "at most 50 keywords, none empty", &[]);
            }
            problems.extend(Question::check(&category.questions).into_iter().map(|problem| (at, problem)));
            for (field, value) in [("name.vi", &category.name.vi), ("name.en", &category.name.en)] {
                if value.trim().is_empty() || value.chars().count() > 60 {
                    let template = "{field} must have 1 to 60 characters";
                    problems.push((at, Problem::new("text-length", template, &[("field", &field)])));
                }
            }
        }
        problems
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    category: Vec<Spanned<Value>>,
}

const MOST: usize = 100;

/// Reads `categories.toml`; the file's order is the order on the screen.
pub(super) fn parse(text: &str, report: &mut Report) -> Vec<Category> {
    let Some(file) = files::toml::<File>(text, report) else { return Vec::new() };
    let entries: Vec<(usize, Category)> = files::entries(text, file.category, report);
    if entries.len() > MOST {
        report.add(None, "too-many", "more than {limit} rows", &[("limit", &MOST)]);
    }
    let (lines, categories): (Vec<usize>, Vec<Category>) = entries.into_iter().unzip();
    for (at, problem) in Category::check(&categories) {
        report.push(Some(lines[at]), problem);
    }
    if categories.is_empty() && report.errors.is_empty() {
        report.add(None, "no-rows", "has no rows", &[]);
    }
    categories
}

/// Whether a limit is none that anybody would mean.
pub(super) fn limit_is_wrong(limit: Limit) -> bool {
    match limit {
        Limit::WorkingHours(hours) => !(1..=2_000).contains(&hours),
        Limit::WorkingDays(days) | Limit::CalendarDays(days) => !(1..=366).contains(&days),
    }
}

//! What can be reported (lĩnh vực phản ánh, R14).

use super::{
    Text,
    error::Report,
    files::{self, is_slug},
};
use base::calendar::Limit;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
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
    let mut codes: HashMap<&str, usize> = HashMap::new();
    for (line, category) in &entries {
        let line = *line;
        if !is_slug(&category.code) {
            let args: [(&'static str, &dyn std::fmt::Display); 1] = [("code", &category.code)];
            report.add(line, "slug", "{code} is not a code of small letters, digits and dashes", &args);
        }
        if let Some(first) = codes.insert(&category.code, line) {
            let args: [(&'static str, &dyn std::fmt::Display); 2] = [("key", &category.code), ("first", &first)];
            report.add(line, "duplicate", "{key} stands already on line {first}", &args);
        }
        if !is_slug(&category.icon) {
            report.add(line, "icon", "{icon} is not the name of an icon", &[("icon", &category.icon)]);
        }
        for (field, value) in [("name.vi", &category.name.vi), ("name.en", &category.name.en)] {
            if value.trim().is_empty() || value.chars().count() > 60 {
                report.add(line, "text-length", "{field} must have 1 to 60 characters", &[("field", &field)]);
            }
        }
        if limit_is_wrong(category.deadline) {
            report.add(line, "deadline", "a deadline must lie between 1 hour and 1 year", &[]);
        }
        if category.keywords.len() > 50 || category.keywords.iter().any(|word| base::fold::fold(word).is_empty()) {
            report.add(line, "keywords", "at most 50 keywords, none empty", &[]);
        }
    }
    if entries.is_empty() && report.errors.is_empty() {
        report.add(None, "no-rows", "has no rows", &[]);
    }
    entries.into_iter().map(|(_, category)| category).collect()
}

/// Whether a limit is none that anybody would mean.
pub(super) fn limit_is_wrong(limit: Limit) -> bool {
    match limit {
        Limit::WorkingHours(hours) => !(1..=2_000).contains(&hours),
        Limit::WorkingDays(days) | Limit::CalendarDays(days) => !(1..=366).contains(&days),
    }
}

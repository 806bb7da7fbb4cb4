//! The provinces of the country (tỉnh, thành phố trực thuộc trung ương), in the place of communes in a national pack.

use super::{error::Report, table::Table};
use base::i18n::Lang;
use serde::{Deserialize, Serialize};

/// The kinds of province (Decision 19/2025/QĐ-TTg).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberKind {
    /// Tỉnh.
    #[serde(rename = "tỉnh")]
    Province,
    /// Thành phố trực thuộc trung ương.
    #[serde(rename = "thành phố")]
    City,
}

impl MemberKind {
    fn parse(word: &str) -> Option<Self> {
        match base::fold::fold(word).as_str() {
            "tinh" => Some(Self::Province),
            "thanh pho" => Some(Self::City),
            _ => None,
        }
    }
}

/// One province. Its code is today's; the first digits of a personal number follow an older list and say nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Two digits.
    pub code: String,
    #[serde(rename = "type")]
    pub kind: MemberKind,
    /// Without its kind: `Quảng Trị`.
    pub name: String,
}

impl Member {
    /// `Tỉnh Quảng Trị`, `Quảng Trị Province`.
    pub fn full_name(&self, lang: Lang) -> String {
        let name = &self.name;
        match (lang == Lang::EN, self.kind) {
            (false, MemberKind::Province) => format!("Tỉnh {name}"),
            (false, MemberKind::City) => format!("Thành phố {name}"),
            (true, MemberKind::Province) => format!("{name} Province"),
            (true, MemberKind::City) => format!("{name} City"),
        }
    }
}

/// Far above the number of provinces that there ever were.
const MOST: usize = 100;

/// Reads `units.csv` of a national pack.
pub(super) fn parse(text: &str, report: &mut Report) -> Vec<Member> {
    let Some(table) = Table::parse(text, &["code", "type", "name"], &[], MOST, report) else { return Vec::new() };
    let mut members: Vec<Member> = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let before = report.errors.len();
        let line = row.line;
        let code = table.filled(row, "code", report);
        if !code.is_empty() && (code.len() != 2 || !code.bytes().all(|b| b.is_ascii_digit())) {
            report.add(
                line,
                "province-code",
                "{field}: {value} is not a code of two digits",
                &[("field", &"code"), ("value", &code)],
            );
        }
        let word = table.filled(row, "type", report);
        let kind = MemberKind::parse(word);
        if kind.is_none() && !word.is_empty() {
            report.add(line, "member-type", "{type} is not tỉnh or thành phố", &[("type", &word)]);
        }
        let name = table.filled(row, "name", report);
        if let Some(first) = members.iter().position(|m| m.code == code || m.name == name) {
            let first = table.rows[first].line;
            report.add(line, "duplicate", "{key} stands already on line {first}", &[("key", &name), ("first", &first)]);
        }
        if let (Some(kind), true) = (kind, report.errors.len() == before) {
            members.push(Member { code: code.to_owned(), kind, name: name.to_owned() });
        }
    }
    if table.rows.is_empty() {
        report.add(None, "no-rows", "has no rows", &[]);
    }
    members
}

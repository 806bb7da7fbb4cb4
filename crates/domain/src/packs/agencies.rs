//! The province's agencies (sở, ban, ngành) and what belongs to them.

use super::{PackError, error::Report, files::is_slug, table::Table};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// One agency (cơ quan).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// `so-y-te`; never five digits, which are communes.
    pub code: String,
    pub name: String,
    pub short_name: String,
    /// The code of the agency it belongs to.
    pub parent: Option<String>,
    /// Whether it runs the system (đơn vị vận hành).
    pub operator: bool,
    /// Where the entry comes from; «cần đối chiếu» until somebody checked it.
    pub note: String,
}

impl Agency {
    /// Reads a table in the form of `agencies.csv`, for imports with a dry run. Errors: all of them, with their lines.
    pub fn read_csv(text: &str) -> Result<Vec<Self>, Vec<PackError>> {
        let mut report = Report::of("agencies.csv");
        let agencies = parse(text, &mut report);
        if report.errors.is_empty() { Ok(agencies) } else { Err(report.errors) }
    }
}

const MOST: usize = 500;

/// Reads `agencies.csv`. Parents must exist and not go round in a circle; one agency at least must be the operator.
pub(super) fn parse(text: &str, report: &mut Report) -> Vec<Agency> {
    let required = ["code", "name", "operator"];
    let Some(table) = Table::parse(text, &required, &["short_name", "parent", "note"], MOST, report) else {
        return Vec::new();
    };
    let mut agencies = Vec::with_capacity(table.rows.len());
    let mut lines: HashMap<String, usize> = HashMap::new();
    for row in &table.rows {
        let line = row.line;
        let code = table.filled(row, "code", report);
        // `commune` is what routing rules call the commune's own committee.
        if !code.is_empty() && (!is_slug(code) || code == "commune" || code.bytes().all(|b| b.is_ascii_digit())) {
            let template =
                "{code} is not a code of small letters, digits and dashes, with a letter, other than commune";
            report.add(line, "agency-code", template, &[("code", &code)]);
        }
        let name = table.filled(row, "name", report);
        let operator = match base::fold::fold(table.filled(row, "operator", report)).as_str() {
            "yes" | "co" | "1" | "true" => true,
            "no" | "khong" | "0" | "false" | "" => false,
            _ => {
                report.add(line, "yes-no", "{column} must be yes or no", &[("column", &"operator")]);
                false
            }
        };
        if let Some(first) = lines.insert(code.to_owned(), line)
            && !code.is_empty()
        {
            report.add(line, "duplicate", "{key} stands already on line {first}", &[("key", &code), ("first", &first)]);
        }
        let short_name = table.cell(row, "short_name");
        agencies.push(Agency {
            code: code.to_owned(),
            name: name.to_owned(),
            short_name: if short_name.is_empty() { name } else { short_name }.to_owned(),
            parent: Some(table.cell(row, "parent").to_owned()).filter(|parent| !parent.is_empty()),
            operator,
            note: table.cell(row, "note").to_owned(),
        });
    }
    let parents: HashMap<&str, Option<&str>> =
        agencies.iter().map(|agency| (agency.code.as_str(), agency.parent.as_deref())).collect();
    for agency in &agencies {
        let line = lines.get(&agency.code).copied();
        let mut above = agency.parent.as_deref();
        let mut steps = 0;
        while let Some(parent) = above {
            let Some(next) = parents.get(parent) else {
                if steps == 0 {
                    report.add(line, "unknown-agency", "no agency {code} in agencies.csv", &[("code", &parent)]);
                }
                break;
            };
            steps += 1;
            if steps > agencies.len() {
                report.add(line, "parent-circle", "{code} is its own superior", &[("code", &agency.code)]);
                break;
            }
            above = *next;
        }
    }
    if !agencies.iter().any(|agency| agency.operator) {
        report.add(None, "no-operator", "no agency runs the system: set operator to yes for one", &[]);
    }
    agencies
}

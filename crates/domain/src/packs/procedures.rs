//! The administrative procedures (thủ tục hành chính) that a province handles, by name: what the national portal's catalogue lists (N10, N14).

use super::{PackError, error::Report, table::Table};
use crate::{accounts::Assurance, levels};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Who handles a procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Ủy ban nhân dân xã, phường, đặc khu.
    Commune,
    /// Sở, ban, ngành.
    Province,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commune => "commune",
            Self::Province => "province",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "commune" => Some(Self::Commune),
            "province" => Some(Self::Province),
            _ => None,
        }
    }
}

/// One procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Procedure {
    /// The national code without an agency's suffix: `1.001193`.
    pub code: String,
    /// As the national list names it; official names are Vietnamese only.
    pub name: String,
    /// Lĩnh vực: `Hộ tịch`.
    pub field: String,
    pub level: Level,
    /// The account that handing it in online takes (A13).
    pub account: Assurance,
    /// Where the entry comes from; «cần đối chiếu» until somebody checked it.
    pub note: String,
}

impl Procedure {
    pub fn is_unconfirmed(&self) -> bool {
        self.note.contains("cần đối chiếu")
    }

    /// Whether a text has the form of a national code: a digit, a dot, six digits.
    pub fn is_code(text: &str) -> bool {
        let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
        text.split_once('.').is_some_and(|(series, number)| digits(series, 1) && digits(number, 6))
    }

    /// Reads a table in the form of `procedures.csv`. Errors: all of them, with their lines.
    pub fn read_csv(text: &str) -> Result<Vec<Self>, Vec<PackError>> {
        let mut report = Report::of("procedures.csv");
        let procedures = parse(text, &mut report);
        if report.errors.is_empty() { Ok(procedures) } else { Err(report.errors) }
    }
}

/// A province has about 2,000.
pub const MOST: usize = 5_000;
/// Official names are long sentences; characters.
pub const NAME_MOST: usize = 600;
pub const FIELD_MOST: usize = 120;

/// Reads `procedures.csv`; each code stands once.
pub(super) fn parse(text: &str, report: &mut Report) -> Vec<Procedure> {
    let Some(table) = Table::parse(text, &["code", "name", "field", "level"], &["account", "note"], MOST, report)
    else {
        return Vec::new();
    };
    let mut lines: HashMap<String, usize> = HashMap::new();
    let mut procedures = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let line = row.line;
        let code = table.filled(row, "code", report);
        if !code.is_empty() && !Procedure::is_code(code) {
            report.add(line, "procedure-code", "{code} is not a national code like 1.001193", &[("code", &code)]);
        }
        if let Some(first) = lines.insert(code.to_owned(), line)
            && !code.is_empty()
        {
            report.add(line, "duplicate", "{key} stands already on line {first}", &[("key", &code), ("first", &first)]);
        }
        let (name, field) = (table.filled(row, "name", report), table.filled(row, "field", report));
        for (column, text, most) in [("name", name, NAME_MOST), ("field", field, FIELD_MOST)] {
            if text.chars().count() > most {
                report.add(
                    line,
                    "too-long",
                    "{column} has more than {most} characters",
                    &[("column", &column), ("most", &most)],
                );
            }
        }
        let account = levels::parse(table.cell(row, "account"));
        if account.is_none() {
            let word = table.cell(row, "account");
            report.add(line, "procedure-account", "{account} is not phone, verified or high", &[("account", &word)]);
        }
        let word = table.filled(row, "level", report);
        let Some(level) = Level::parse(word) else {
            if !word.is_empty() {
                report.add(line, "procedure-level", "{level} is not commune or province", &[("level", &word)]);
            }
            continue;
        };
        let Some(account) = account else { continue };
        procedures.push(Procedure {
            code: code.to_owned(),
            name: name.to_owned(),
            field: field.to_owned(),
            level,
            account,
            note: table.cell(row, "note").to_owned(),
        });
    }
    procedures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n10_a_table_of_procedures_is_read_or_refused_with_every_fault() {
        let read = Procedure::read_csv(
            "code,name,field,level,note\n1.001193,Đăng ký khai sinh,Hộ tịch,commune,cần đối chiếu\n1.010772,Cấp Bằng Tổ quốc ghi công,Người có công,province,\n",
        )
        .unwrap();
        assert_eq!((read.len(), read[0].level, read[1].level), (2, Level::Commune, Level::Province));
        assert!(read[0].is_unconfirmed() && !read[1].is_unconfirmed());
        let wrong = Procedure::read_csv(
            "code,name,field,level\n1.00119,A,B,commune\n1.001193,,B,xã\n1.001193,A,B,commune\n2.000815.01,A,B,commune\n",
        )
        .unwrap_err();
        let found: Vec<_> = wrong.iter().map(|e| (e.line, e.problem.code)).collect();
        for fault in [
            (Some(2), "procedure-code"),
            (Some(3), "procedure-level"),
            (Some(4), "duplicate"),
            (Some(5), "procedure-code"),
        ] {
            assert!(found.contains(&fault), "{fault:?} in {found:?}");
        }
        assert!(found.iter().any(|(line, _)| *line == Some(3)), "an empty name is a fault: {found:?}");
    }

    #[test]
    fn a13_a_procedure_names_the_account_it_takes_and_an_unknown_word_is_a_fault_beside_the_others() {
        let read = Procedure::read_csv(
            "code,name,field,level,account\n1.001193,A,B,commune,\n1.004884,A,B,commune,phone\n1.000894,A,B,commune,verified\n1.000656,A,B,province,high\n",
        )
        .unwrap();
        let accounts: Vec<_> = read.iter().map(|p| p.account.as_str()).collect();
        assert_eq!(accounts, ["phone", "phone", "verified", "high"]);
        let without = Procedure::read_csv("code,name,field,level\n1.001193,A,B,commune\n").unwrap();
        assert_eq!(without[0].account, Assurance::Phone, "the column may be missing");
        let wrong = Procedure::read_csv(
            "code,name,field,level,account\n1.001193,A,B,commune,cao\n1.004884,A,B,xã,Verified\n1.000894,A,B,commune,high\n",
        )
        .unwrap_err();
        let found: Vec<_> = wrong.iter().map(|e| (e.line, e.problem.code)).collect();
        let expected = [(Some(2), "procedure-account"), (Some(3), "procedure-account"), (Some(3), "procedure-level")];
        assert_eq!(found, expected);
    }

    #[test]
    fn n10_a_code_is_a_digit_a_dot_and_six_digits() {
        for code in ["1.001193", "2.000815", "3.000999"] {
            assert!(Procedure::is_code(code));
        }
        for text in
            ["", "1", "1.", "1.00119", "1.0011933", "12.001193", "a.001193", "1.00119a", "1.001193.01", "١.001193"]
        {
            assert!(!Procedure::is_code(text), "{text}");
        }
    }
}

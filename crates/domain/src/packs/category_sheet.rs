//! Categories as a table, for spreadsheets in and out (X12). Packs keep them as TOML, which people write; this is for Excel.

use super::{
    Category, NEAR, PackError, Text,
    error::Report,
    table::{Row, Table},
};
use base::calendar::Limit;

/// The columns, in the order of an export.
const COLUMNS: [&str; 12] = [
    "code",
    "name_vi",
    "name_en",
    "icon",
    "deadline",
    "deadline_unit",
    "public",
    "urgent",
    "hint_vi",
    "hint_en",
    "keywords",
    "near",
];
const MOST: usize = 100;

impl Category {
    pub const SHEET: [&str; 12] = COLUMNS;

    /// A line of the table.
    pub fn to_row(&self) -> Vec<String> {
        let (unit, n) = match self.deadline {
            Limit::WorkingHours(n) => ("working_hours", n),
            Limit::WorkingDays(n) => ("working_days", n),
            Limit::CalendarDays(n) => ("calendar_days", n),
        };
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        vec![
            self.code.clone(),
            self.name.vi.clone(),
            self.name.en.clone(),
            self.icon.clone(),
            n.to_string(),
            unit.to_owned(),
            yes(self.public),
            yes(self.urgent),
            self.hint.vi.clone(),
            self.hint.en.clone(),
            self.keywords.join("; "),
            self.near.to_string(),
        ]
    }

    /// Reads a table in the form of `to_row`, for imports with a dry run. Errors: all of them, with their lines.
    pub fn read_csv(text: &str) -> Result<Vec<Self>, Vec<PackError>> {
        let mut report = Report::of("categories");
        let Some(table) = Table::parse(text, &COLUMNS[..8], &COLUMNS[8..], MOST, &mut report) else {
            return Err(report.errors);
        };
        let lines: Vec<usize> = table.rows.iter().map(|row| row.line).collect();
        let categories: Vec<Self> = table.rows.iter().map(|row| read(&table, row, &mut report)).collect();
        for (at, problem) in Self::check(&categories) {
            report.push(lines.get(at).copied(), problem);
        }
        if categories.is_empty() {
            report.add(None, "no-rows", "has no rows", &[]);
        }
        if report.errors.is_empty() { Ok(categories) } else { Err(report.errors) }
    }
}

fn read(table: &Table, row: &Row, report: &mut Report) -> Category {
    let text = |name| table.cell(row, name).to_owned();
    let n: u16 = table.number(row, "deadline", report).unwrap_or(0);
    let unit = table.cell(row, "deadline_unit");
    let deadline = match unit {
        "working_hours" => Limit::WorkingHours(n),
        "calendar_days" => Limit::CalendarDays(n),
        "working_days" => Limit::WorkingDays(n),
        _ => {
            let template = "{value} is not working_hours, working_days or calendar_days";
            report.add(row.line, "deadline-unit", template, &[("value", &unit)]);
            Limit::WorkingDays(n.max(1))
        }
    };
    let mut yes = |name: &'static str| match base::fold::fold(table.cell(row, name)).as_str() {
        "yes" | "co" | "1" | "true" => true,
        "no" | "khong" | "0" | "false" | "" => false,
        _ => {
            report.add(row.line, "yes-no", "{column} must be yes or no", &[("column", &name)]);
            false
        }
    };
    let (public, urgent) = (yes("public"), yes("urgent"));
    let near =
        if table.cell(row, "near").is_empty() { NEAR } else { table.number(row, "near", report).unwrap_or(NEAR) };
    Category {
        code: text("code"),
        name: Text { vi: text("name_vi"), en: text("name_en") },
        icon: text("icon"),
        hint: Text { vi: text("hint_vi"), en: text("hint_en") },
        keywords: table.list(row, "keywords"),
        deadline,
        public,
        urgent,
        near,
        // Tables do not hold questions: who takes a table over keeps those that are there.
        questions: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x12_the_packs_categories_go_out_and_come_back_the_same() {
        let mut categories = crate::testing::pack().categories;
        categories.iter_mut().for_each(|c| c.questions.clear());
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(Category::SHEET).unwrap();
        categories.iter().for_each(|c| out.write_record(c.to_row()).unwrap());
        let text = String::from_utf8(out.into_inner().unwrap()).unwrap();
        assert_eq!(Category::read_csv(&text), Ok(categories));
    }

    #[test]
    fn x12_every_wrong_cell_is_named_with_its_line() {
        let text = "code,name_vi,name_en,icon,deadline,deadline_unit,public,urgent\n\
            Mã Sai,Tên,Name,leaf,5,working_days,yes,no\nma,Tên,Name,leaf,x,weeks,maybe,no\n";
        let errors = Category::read_csv(text).unwrap_err();
        let found: Vec<_> = errors.iter().map(|e| (e.line, e.problem.code)).collect();
        for expected in [(Some(2), "slug"), (Some(3), "not-a-number"), (Some(3), "deadline-unit"), (Some(3), "yes-no")]
        {
            assert!(found.contains(&expected), "{found:?}");
        }
    }
}

//! CSV files with named columns, as a spreadsheet program saves them.

use super::error::Report;

/// One line of a table.
pub(super) struct Row {
    pub(super) line: usize,
    cells: Vec<String>,
}

/// A table with the columns that were asked for.
pub(super) struct Table {
    columns: Vec<(&'static str, Option<usize>)>,
    pub(super) rows: Vec<Row>,
}

impl Table {
    /// Reads a table; comma or semicolon between cells (Excel in Vietnamese writes semicolons). Columns may stand in any
    /// order. `None` when the head is unusable, with every missing and unknown column named.
    pub(super) fn parse(
        text: &str,
        required: &[&'static str],
        optional: &[&'static str],
        most: usize,
        report: &mut Report,
    ) -> Option<Self> {
        let head = text.lines().next().unwrap_or_default();
        let delimiter = if head.contains(';') && !head.contains(',') { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let head: Vec<String> = match reader.headers() {
            Ok(head) => head.iter().map(str::to_lowercase).collect(),
            Err(error) => {
                report.add(1, "wrong-form", "{error}", &[("error", &error)]);
                return None;
            }
        };
        let find = |name: &str| head.iter().position(|has| has == name);
        let mut usable = true;
        for name in required.iter().filter(|name| find(name).is_none()) {
            report.add(1, "missing-column", "column {column} is missing", &[("column", name)]);
            usable = false;
        }
        for name in head.iter().filter(|name| !required.contains(&name.as_str()) && !optional.contains(&name.as_str()))
        {
            report.add(1, "unknown-column", "column {column} is unknown", &[("column", name)]);
        }
        if !usable {
            return None;
        }
        let columns = required.iter().chain(optional).map(|name| (*name, find(name))).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, |position| position.line() as usize);
                    if record.len() != head.len() {
                        let (has, wants) = (record.len(), head.len());
                        report.add(
                            line,
                            "cell-count",
                            "{has} cells instead of {wants}",
                            &[("has", &has), ("wants", &wants)],
                        );
                        continue;
                    }
                    if rows.len() == most {
                        report.add(line, "too-many", "more than {limit} rows", &[("limit", &most)]);
                        break;
                    }
                    rows.push(Row { line, cells: record.iter().map(base::text::one_line).collect() });
                }
                Err(error) => {
                    let line = error.position().map(|position| position.line() as usize);
                    report.add(line, "wrong-form", "{error}", &[("error", &error)]);
                }
            }
        }
        Some(Self { columns, rows })
    }

    /// A cell, empty when the column is not there.
    pub(super) fn cell<'r>(&self, row: &'r Row, name: &str) -> &'r str {
        let at = self.columns.iter().find(|(has, _)| *has == name).and_then(|(_, at)| *at);
        at.and_then(|at| row.cells.get(at)).map_or("", String::as_str)
    }

    /// A cell's parts between semicolons, none empty.
    pub(super) fn list(&self, row: &Row, name: &str) -> Vec<String> {
        let parts = self.cell(row, name).split(';').map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// A cell that must be filled.
    pub(super) fn filled<'r>(&self, row: &'r Row, name: &'static str, report: &mut Report) -> &'r str {
        let cell = self.cell(row, name);
        if cell.is_empty() {
            report.add(row.line, "empty-cell", "{column} is empty", &[("column", &name)]);
        }
        cell
    }

    /// A number, or `None` when the cell is empty; anything else is an error.
    pub(super) fn number<T: std::str::FromStr>(&self, row: &Row, name: &'static str, report: &mut Report) -> Option<T> {
        let cell = self.cell(row, name);
        if cell.is_empty() {
            return None;
        }
        let number = cell.parse().ok();
        if number.is_none() {
            let args: [(&'static str, &dyn std::fmt::Display); 2] = [("column", &name), ("value", &cell)];
            report.add(row.line, "not-a-number", "{column}: {value} is not a number", &args);
        }
        number
    }
}

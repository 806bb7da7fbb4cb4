//! Spreadsheets in and out (X12): XLSX and CSV files that people made become rows of text, and rows become an XLSX file.
//! Every cell is written as text, so that `=HYPERLINK(…)` typed by a stranger stays a text in the officer's Excel.

use crate::error::Error;
use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::{Format, Workbook};
use std::io::Cursor;

/// Bytes of a file that is read at most.
pub const LARGEST: usize = 4 * 1024 * 1024;
/// Rows and columns that are read at most: more is another file than we asked for.
const ROWS: usize = 5_000;
const COLUMNS: usize = 60;
/// Bytes that an XLSX file may unfold to: a zip of a few kilobytes can hold gigabytes.
const UNFOLDED: u64 = 64 * 1024 * 1024;

/// Why a file is no table for us; each has its own text (`sheet-…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadSheet {
    Empty,
    TooLarge,
    /// Neither XLSX nor text in UTF-8.
    NotASheet,
}

impl BadSheet {
    pub fn key(self) -> &'static str {
        match self {
            Self::Empty => "sheet-empty",
            Self::TooLarge => "sheet-too-large",
            Self::NotASheet => "sheet-not-a-sheet",
        }
    }
}

/// An XLSX file with one sheet: a bold head that stays in view, then the rows. Errors: `Internal` when a text is longer than
/// a cell may be.
pub fn write(name: &str, head: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, Error> {
    let failed = |e: rust_xlsxwriter::XlsxError| {
        tracing::error!(error = %e, "a spreadsheet cannot be written");
        Error::Internal("a spreadsheet cannot be written")
    };
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    sheet.set_name(name).map_err(failed)?;
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    for (column, text) in head.iter().enumerate() {
        let width = text.chars().count().clamp(12, 40) as f64;
        sheet.set_column_width(column as u16, width).map_err(failed)?;
        sheet.write_string_with_format(0, column as u16, text, &bold).map_err(failed)?;
    }
    for (at, row) in rows.iter().enumerate() {
        for (column, text) in row.iter().enumerate() {
            // The largest text of a cell, by the format.
            let text: String = text.chars().take(32_767).collect();
            sheet.write_string(at as u32 + 1, column as u16, text).map_err(failed)?;
        }
    }
    book.save_to_buffer().map_err(failed)
}

/// The rows of a file, the head first; empty rows are left out. What it is, the content says, not the name.
pub fn read(bytes: &[u8]) -> Result<Vec<Vec<String>>, BadSheet> {
    if bytes.is_empty() {
        return Err(BadSheet::Empty);
    }
    if bytes.len() > LARGEST {
        return Err(BadSheet::TooLarge);
    }
    let rows = if bytes.starts_with(b"PK\x03\x04") { read_xlsx(bytes)? } else { read_csv(bytes)? };
    let rows: Vec<Vec<String>> = rows.into_iter().filter(|r| r.iter().any(|c| !c.is_empty())).collect();
    if rows.is_empty() { Err(BadSheet::Empty) } else { Ok(rows) }
}

fn read_xlsx(bytes: &[u8]) -> Result<Vec<Vec<String>>, BadSheet> {
    if unfolded(bytes) > UNFOLDED {
        return Err(BadSheet::TooLarge);
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| BadSheet::NotASheet)?;
    let range = book.worksheet_range_at(0).ok_or(BadSheet::Empty)?.map_err(|_| BadSheet::NotASheet)?;
    if range.height() > ROWS || range.width() > COLUMNS {
        return Err(BadSheet::TooLarge);
    }
    Ok(range.rows().map(|row| row.iter().map(cell).collect()).collect())
}

fn cell(data: &Data) -> String {
    match data {
        Data::Empty | Data::Error(_) => String::new(),
        // Excel keeps every number as a float: codes and phones must not become 18880.0.
        Data::Float(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{n:.0}"),
        other => base::text::one_line(&other.to_string()),
    }
}

/// The sizes that the zip's central directory claims, summed; a file that lies fails while it is read.
fn unfolded(bytes: &[u8]) -> u64 {
    let sizes = bytes.windows(4).enumerate().filter(|(_, w)| *w == b"PK\x01\x02").filter_map(|(at, _)| {
        let size = bytes.get(at + 24..at + 28)?;
        Some(u64::from(u32::from_le_bytes(size.try_into().ok()?)))
    });
    sizes.sum()
}

fn read_csv(bytes: &[u8]) -> Result<Vec<Vec<String>>, BadSheet> {
    let text = std::str::from_utf8(bytes).map_err(|_| BadSheet::NotASheet)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = text.lines().next().unwrap_or_default();
    let delimiter = if head.contains(';') && !head.contains(',') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| BadSheet::NotASheet)?;
        if rows.len() == ROWS || record.len() > COLUMNS {
            return Err(BadSheet::TooLarge);
        }
        rows.push(record.iter().map(base::text::one_line).collect());
    }
    Ok(rows)
}

/// Rows as CSV with commas, every row as long as the head: what the readers of packs take.
pub fn to_csv(rows: &[Vec<String>]) -> String {
    let width = rows.first().map_or(0, Vec::len);
    let quote = |cell: &str| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    };
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = (0..width).map(|i| quote(row.get(i).map_or("", String::as_str))).collect();
        cells.join(",")
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[&[&str]]) -> Vec<Vec<String>> {
        text.iter().map(|r| r.iter().map(|c| (*c).to_owned()).collect()).collect()
    }

    #[test]
    fn x12_what_is_written_is_read_back_and_formulas_stay_text() {
        let table =
            rows(&[&["code", "name"], &["18880", "=HYPERLINK(\"http://x\")"], &["+84", "Đồng Hới, \"phường\""]]);
        let bytes = write("Bảng", &table[0], &table[1..]).unwrap();
        assert_eq!(read(&bytes).unwrap(), table);
        // No cell holds a formula.
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        assert!(book.worksheet_formula("Bảng").unwrap().is_empty());
    }

    #[test]
    fn x12_csv_with_semicolons_and_a_byte_order_mark_is_read() {
        assert_eq!(
            read("\u{feff}a;b\n1;\"hai; ba\"\n;\n".as_bytes()).unwrap(),
            rows(&[&["a", "b"], &["1", "hai; ba"]])
        );
        assert_eq!(to_csv(&rows(&[&["a", "b"], &["1,5", "x\"y"], &["z"]])), "a,b\n\"1,5\",\"x\"\"y\"\nz,\n");
    }

    #[test]
    fn x12_what_is_no_table_is_refused() {
        assert_eq!(read(b""), Err(BadSheet::Empty));
        assert_eq!(read(b"\n\n"), Err(BadSheet::Empty));
        assert_eq!(read(b"\xff\xfe\x00"), Err(BadSheet::NotASheet));
        assert_eq!(read(b"PK\x03\x04 no zip"), Err(BadSheet::NotASheet));
        assert_eq!(read(&vec![b'a'; LARGEST + 1]), Err(BadSheet::TooLarge));
    }
}

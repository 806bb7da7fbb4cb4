//! Spreadsheets in and out (X12): XLSX and CSV files that people made become rows of text, and rows become an XLSX file.
//! Every cell is written as text, so that `=HYPERLINK(…)` typed by a stranger stays a text in the officer's Excel.

use crate::error::Error;
use base::fold::fold;
use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::{Format, Workbook};
use std::{
    collections::HashMap,
    io::{Cursor, Read},
};

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

/// A row with the number that the person's program shows for it.
type Numbered = (usize, Vec<String>);

/// The rows of a file, the head first; empty rows are left out. What it is, the content says, not the name. Takes CPU time.
pub fn read(bytes: &[u8]) -> Result<Vec<Vec<String>>, BadSheet> {
    Ok(read_numbered(bytes)?.into_iter().map(|(_, cells)| cells).collect())
}

fn read_numbered(bytes: &[u8]) -> Result<Vec<Numbered>, BadSheet> {
    if bytes.is_empty() {
        return Err(BadSheet::Empty);
    }
    if bytes.len() > LARGEST {
        return Err(BadSheet::TooLarge);
    }
    let mut rows = if bytes.starts_with(b"PK\x03\x04") { read_xlsx(bytes)? } else { read_csv(bytes)? };
    rows.retain(|(_, cells)| cells.iter().any(|c| !c.is_empty()));
    if rows.is_empty() { Err(BadSheet::Empty) } else { Ok(rows) }
}

/// Rows found by their headers, which are matched folded: `Họ và tên`, `HO VA TEN` and `ho_va_ten` are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    headers: Vec<String>,
    pub rows: Vec<Row>,
}

/// One row below the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// As the person's program numbers it; the head is usually 1.
    pub number: usize,
    cells: HashMap<String, String>,
}

impl Row {
    /// The first of these columns that the file has; empty when it has none.
    pub fn get(&self, headers: &[&str]) -> &str {
        headers.iter().find_map(|h| self.cells.get(&fold(h))).map_or("", String::as_str)
    }
}

impl Table {
    /// Reads a file of at most `most` rows below its head; of two columns with one name the first counts.
    pub fn read(bytes: &[u8], most: usize) -> Result<Self, BadSheet> {
        let mut lines = read_numbered(bytes)?.into_iter();
        let Some((_, head)) = lines.next() else { return Err(BadSheet::Empty) };
        if lines.len() > most {
            return Err(BadSheet::TooLarge);
        }
        let headers: Vec<String> = head.iter().map(|h| fold(h)).collect();
        let rows = lines.map(|(number, cells)| {
            let mut by_header = HashMap::new();
            for (header, cell) in headers.iter().zip(cells).filter(|(h, _)| !h.is_empty()) {
                by_header.entry(header.clone()).or_insert(cell);
            }
            Row { number, cells: by_header }
        });
        let rows = rows.collect();
        Ok(Self { headers, rows })
    }

    pub fn has(&self, header: &str) -> bool {
        self.headers.contains(&fold(header))
    }
}

/// Cell by cell: a range would be laid out from the first to the last cell, and a hostile file has one at XFD1048576.
fn read_xlsx(bytes: &[u8]) -> Result<Vec<Numbered>, BadSheet> {
    check_unfolded(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| BadSheet::NotASheet)?;
    let name = book.sheet_names().first().cloned().ok_or(BadSheet::Empty)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| BadSheet::NotASheet)?;
    let mut rows: Vec<Numbered> = Vec::new();
    while let Some(found) = cells.next_cell().map_err(|_| BadSheet::NotASheet)? {
        let (row, column) = found.get_position();
        let (row, column) = (row as usize + 1, column as usize);
        let text = cell(&Data::from(found.get_value().clone()));
        if text.is_empty() {
            continue;
        }
        if column >= COLUMNS {
            return Err(BadSheet::TooLarge);
        }
        if rows.last().is_none_or(|(last, _)| *last != row) {
            if rows.len() == ROWS {
                return Err(BadSheet::TooLarge);
            }
            rows.push((row, Vec::new()));
        }
        if let Some((_, line)) = rows.last_mut() {
            if line.len() <= column {
                line.resize(column + 1, String::new());
            }
            line[column] = text;
        }
    }
    // Every row as long as the longest, as a table has it.
    let width = rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    rows.iter_mut().for_each(|(_, cells)| cells.resize(width, String::new()));
    Ok(rows)
}

fn cell(data: &Data) -> String {
    match data {
        Data::Empty | Data::Error(_) => String::new(),
        // Excel keeps every number as a float: codes and phones must not become 18880.0.
        Data::Float(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{n:.0}"),
        other => base::text::one_line(&other.to_string()),
    }
}

/// Unfolds every part into nothing and counts: what the archive itself says about sizes cannot be trusted.
fn check_unfolded(bytes: &[u8]) -> Result<(), BadSheet> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| BadSheet::NotASheet)?;
    if archive.len() > 1_000 {
        return Err(BadSheet::TooLarge);
    }
    let mut left = UNFOLDED;
    for i in 0..archive.len() {
        let part = archive.by_index(i).map_err(|_| BadSheet::NotASheet)?;
        let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(|_| BadSheet::NotASheet)?;
        left = left.checked_sub(size).ok_or(BadSheet::TooLarge)?;
    }
    Ok(())
}

fn read_csv(bytes: &[u8]) -> Result<Vec<Numbered>, BadSheet> {
    let text = std::str::from_utf8(bytes).map_err(|_| BadSheet::NotASheet)?;
    if text.contains('\0') {
        return Err(BadSheet::NotASheet);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head = text.lines().next().unwrap_or_default();
    let count = |d: u8| head.matches(d as char).count();
    // Excel writes semicolons where the comma is the decimal mark, as in Vietnam; copied cells come with tabs.
    let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|d| count(*d)).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let (mut counted, mut line) = (0, 1);
    for record in reader.records() {
        let record = record.map_err(|_| BadSheet::NotASheet)?;
        if rows.len() == ROWS || record.len() > COLUMNS {
            return Err(BadSheet::TooLarge);
        }
        // The reader passes over empty lines and does not count them into the record's position.
        let start = record.position().map_or(0, |p| p.byte() as usize).min(text.len());
        let empty = text.as_bytes()[start..].iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
        line += text.as_bytes()[counted..start + empty].iter().filter(|b| **b == b'\n').count();
        counted = start + empty;
        rows.push((line, record.iter().map(base::text::one_line).collect()));
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

    #[test]
    fn x12_rows_are_found_by_header_and_keep_their_number() {
        let table = Table::read("Họ và tên;Vai trò\n\nAn;officer\n;\nBình;clerk\n".as_bytes(), 10).unwrap();
        assert!(table.has("ho_va_ten") && !table.has("x"));
        let seen: Vec<(usize, &str)> = table.rows.iter().map(|r| (r.number, r.get(&["x", "HỌ VÀ TÊN"]))).collect();
        assert_eq!(seen, [(3, "An"), (5, "Bình")]);
        assert_eq!(Table::read(b"a\n1\n2\n3", 2), Err(BadSheet::TooLarge));
    }

    #[test]
    fn hostile_files_are_refused_before_they_cost_anything() {
        use std::io::Write;
        assert_eq!(read(",".repeat(100).as_bytes()), Err(BadSheet::TooLarge));
        // A bomb: 100 MB of spaces in 100 KB.
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let deflated = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        zip.start_file("xl/sharedStrings.xml", deflated).unwrap();
        for _ in 0..100 {
            zip.write_all(&vec![b' '; 1024 * 1024]).unwrap();
        }
        let bomb = zip.finish().unwrap().into_inner();
        assert!(bomb.len() < 1024 * 1024);
        assert_eq!(read(&bomb), Err(BadSheet::TooLarge));
        // Two cells in opposite corners would be a table of seventeen thousand million cells.
        let far = |row: u32, column: u16| {
            let mut book = Workbook::new();
            let sheet = book.add_worksheet();
            sheet.write_string(0, 0, "a").unwrap();
            sheet.write_string(row, column, "x").unwrap();
            book.save_to_buffer().unwrap()
        };
        assert_eq!(read(&far(1_048_575, 0)).unwrap().len(), 2);
        assert_eq!(read(&far(1_048_575, 16_383)), Err(BadSheet::TooLarge));
    }
}

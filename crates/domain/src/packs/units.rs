//! The province's communes (xã, phường, đặc khu).

use super::{Bounds, PackError, error::Report, table::Table};
use base::{geo::Point, i18n::Lang};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The kinds of commune since 1 July 2025 (Law on Local Government 72/2025/QH15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum UnitKind {
    /// Phường.
    #[serde(rename = "phường")]
    Ward,
    /// Xã.
    #[serde(rename = "xã")]
    Commune,
    /// Đặc khu.
    #[serde(rename = "đặc khu")]
    SpecialZone,
}

impl UnitKind {
    pub const ALL: [Self; 3] = [Self::Ward, Self::Commune, Self::SpecialZone];

    /// As in files and rows: `phường`, `xã`, `đặc khu`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ward => "phường",
            Self::Commune => "xã",
            Self::SpecialZone => "đặc khu",
        }
    }

    /// Reads the Vietnamese word, with or without capitals and marks.
    pub fn parse(word: &str) -> Option<Self> {
        match base::fold::fold(word).as_str() {
            "phuong" => Some(Self::Ward),
            "xa" => Some(Self::Commune),
            "dac khu" => Some(Self::SpecialZone),
            _ => None,
        }
    }
}

/// One commune.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Official code, five digits (Decision 19/2025/QĐ-TTg). The key everywhere; names have several spellings.
    pub code: String,
    #[serde(rename = "type")]
    pub kind: UnitKind,
    /// Without its kind: `Đồng Hới`.
    pub name: String,
    /// People, all ages.
    pub population: Option<u32>,
    /// Square kilometres.
    pub area_km2: Option<f64>,
    /// Centroid in degrees.
    pub lat: f64,
    pub lon: f64,
    /// The communes it was made of, as they were called: people still use these names.
    pub merged_from: Vec<String>,
    /// The districts these belonged to; abolished, but in use in speech.
    pub former_districts: Vec<String>,
    pub note: String,
}

impl Unit {
    /// `Phường Đồng Hới`, `Đồng Hới Ward`.
    pub fn full_name(&self, lang: Lang) -> String {
        let name = &self.name;
        match (lang == Lang::EN, self.kind) {
            (false, UnitKind::Ward) => format!("Phường {name}"),
            (false, UnitKind::Commune) => format!("Xã {name}"),
            (false, UnitKind::SpecialZone) => format!("Đặc khu {name}"),
            (true, UnitKind::Ward) => format!("{name} Ward"),
            (true, UnitKind::Commune) => format!("{name} Commune"),
            (true, UnitKind::SpecialZone) => format!("{name} Special Zone"),
        }
    }

    pub fn centroid(&self) -> Point {
        Point { lat: self.lat, lon: self.lon }
    }

    /// Reads a table in the form of `units.csv`, for imports with a dry run. Errors: all of them, with their lines.
    pub fn read_csv(text: &str, bounds: &Bounds) -> Result<Vec<Self>, Vec<PackError>> {
        let mut report = Report::of("units.csv");
        let units = parse(text, Some(bounds), &mut report);
        if report.errors.is_empty() { Ok(units) } else { Err(report.errors) }
    }
}

/// Most rows of the file; the largest province has about 170 communes.
const MOST: usize = 1_000;

/// Reads `units.csv`. A centroid outside `bounds` is an error: it would be a swapped or mistyped number.
pub(super) fn parse(text: &str, bounds: Option<&Bounds>, report: &mut Report) -> Vec<Unit> {
    let required = ["code", "type", "name", "lat", "lon"];
    let optional = ["population", "area_km2", "merged_from", "former_districts", "note"];
    let Some(table) = Table::parse(text, &required, &optional, MOST, report) else { return Vec::new() };
    let mut units = Vec::with_capacity(table.rows.len());
    let mut codes: HashMap<String, usize> = HashMap::new();
    let mut names: HashMap<String, usize> = HashMap::new();
    for row in &table.rows {
        let before = report.errors.len();
        let line = row.line;
        let code = table.filled(row, "code", report);
        if !code.is_empty() && (code.len() != 5 || !code.bytes().all(|b| b.is_ascii_digit())) {
            report.add(line, "unit-code", "{code} is not a code of five digits", &[("code", &code)]);
        }
        let word = table.filled(row, "type", report);
        let kind = UnitKind::parse(word);
        if kind.is_none() && !word.is_empty() {
            report.add(line, "unit-type", "{type} is not phường, xã or đặc khu", &[("type", &word)]);
        }
        let name = table.filled(row, "name", report);
        let (lat, lon) = (table.number(row, "lat", report), table.number(row, "lon", report));
        if let (Some(lat), Some(lon), Some(bounds)) = (lat, lon, bounds)
            && !Point::new(lat, lon).is_some_and(|point| bounds.contains(point))
        {
            let args: [(&'static str, &dyn std::fmt::Display); 2] = [("lat", &lat), ("lon", &lon)];
            report.add(line, "outside-province", "{lat}, {lon} lies outside the bounds in province.toml", &args);
        }
        let population: Option<u32> = table.number(row, "population", report);
        if population.is_some_and(|people| people > 2_000_000) {
            report.add(line, "population", "more than 2,000,000 people in one commune", &[]);
        }
        let area_km2: Option<f64> = table.number(row, "area_km2", report);
        if area_km2.is_some_and(|area| !(area > 0.0 && area < 20_000.0)) {
            report.add(line, "area", "area_km2 must lie between 0 and 20,000", &[]);
        }
        if let Some(first) = codes.insert(code.to_owned(), line)
            && !code.is_empty()
        {
            report.add(line, "duplicate", "{key} stands already on line {first}", &[("key", &code), ("first", &first)]);
        }
        // Names that differ only by their marks are different names.
        let full = format!("{word} {name}").to_lowercase();
        if let Some(first) = names.insert(full, line)
            && !name.is_empty()
        {
            report.add(line, "duplicate", "{key} stands already on line {first}", &[("key", &name), ("first", &first)]);
        }
        match (kind, lat, lon) {
            (Some(kind), Some(lat), Some(lon)) if report.errors.len() == before => units.push(Unit {
                code: code.to_owned(),
                kind,
                name: name.to_owned(),
                population,
                area_km2,
                lat,
                lon,
                merged_from: table.list(row, "merged_from"),
                former_districts: table.list(row, "former_districts"),
                note: table.cell(row, "note").to_owned(),
            }),
            _ => {
                for (column, number) in [("lat", lat), ("lon", lon)] {
                    if number.is_none() && table.cell(row, column).is_empty() {
                        report.add(line, "empty-cell", "{column} is empty", &[("column", &column)]);
                    }
                }
            }
        }
    }
    if table.rows.is_empty() {
        report.add(None, "no-rows", "has no rows", &[]);
    }
    units
}

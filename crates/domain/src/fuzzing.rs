//! What holds for any bytes of a stranger. The fuzzer (`fuzz/`, `make fuzz`) looks for bytes for which it does not; a test runs
//! the seeds.

use crate::{
    accounts::{Address, Email, FullName, Username},
    documents::{Media, what},
    places::{Areas, Boundaries, MOST_MATCHES},
    province::Province,
    reports::{
        Answers,
        answers::moment,
        photos,
        redact::{Shield, Writer, occurrences},
    },
    sheets::{self, Table},
    testing,
};
use base::{geo::Point, i18n::Lang, show};
use std::{io::Cursor, io::Write, sync::LazyLock};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

type Property = fn(&[u8]);

/// By the name of its target.
pub const TARGETS: [(&str, Property); 8] = [
    ("redaction", redaction),
    ("photo", photo),
    ("document", document),
    ("answers", answers),
    ("csv_sheet", csv_sheet),
    ("xlsx_sheet", xlsx_sheet),
    ("boundaries", boundaries),
    ("words", words),
];

static PROVINCE: LazyLock<Province> = LazyLock::new(|| Province::new(1, testing::pack(), None));

/// No mobile number stays in public text, whatever stands around it; hiding twice is hiding once; the pieces are the text.
pub fn redaction(data: &[u8]) {
    // No report's code: those stay.
    const NUMBER: &str = "0987654321";
    let text = String::from_utf8_lossy(data);
    let mut middle = text.len() / 2;
    while !text.is_char_boundary(middle) {
        middle += 1;
    }
    let (before, after) = text.split_at(middle);
    let with_number = format!("{before} {NUMBER} {after}");
    let phrase: String = before.chars().take(20).collect();
    let of_author = PROVINCE.shield().with_own(&serde_json::json!([phrase]).to_string());
    for (shield, has_phrase) in [(&Shield::bare(), false), (PROVINCE.shield(), false), (&of_author, true)] {
        for writer in [Writer::Citizen, Writer::Staff] {
            let shown = shield.hide(&text, writer);
            let pieces: String = shield.pieces(&text, writer).iter().map(|p| p.text).collect();
            assert_eq!(pieces, text);
            assert!(!shield.hide(&with_number, writer).contains(NUMBER), "{with_number:?}");
            // A phrase of the author's may become a whole word when what followed it is hidden.
            let again = shield.hide(&shown, writer);
            assert!(again == shown || has_phrase, "{text:?} gives {shown:?}, then {again:?}");
        }
    }
    for place in occurrences(&text, &phrase) {
        assert!(place.start < place.end && text.get(place.start..place.end).is_some());
    }
}

/// Whatever is taken in is a JPEG of ours within the limits, which is taken in again as it is.
pub fn photo(data: &[u8]) {
    if let Ok(photo) = photos::convert(data) {
        assert!((1..=1600).contains(&photo.width) && (1..=1600).contains(&photo.height));
        assert!(photo.large.starts_with(b"\xff\xd8") && photo.small.starts_with(b"\xff\xd8"));
        let again = photos::convert(&photo.large).map(|p| (p.width, p.height));
        assert_eq!(again, Ok((photo.width, photo.height)));
    }
}

/// What counts as a paper is one from its first byte to its last: a picture that is drawn is one again, and a PDF with a page of the web behind it is none.
pub fn document(data: &[u8]) {
    match what(data) {
        Ok(Media::Pdf) => {
            assert!(data.starts_with(b"%PDF-"));
            assert!(what(&[data, b"<html>"].concat()).is_err());
        }
        Ok(Media::Jpeg) => {
            if let Ok(drawn) = photos::redrawn(data, 2400, 85) {
                assert!((1..=2400).contains(&drawn.width) && (1..=2400).contains(&drawn.height));
                assert_eq!(what(&drawn.jpeg), Ok(Media::Jpeg));
            }
        }
        Err(_) => {}
    }
}

/// Lines of `question=value`: what fits is kept in one spelling, in which it fits again.
pub fn answers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(at) = moment(&text) {
        assert_eq!(moment(&show::rfc3339(at)), Some(at - at.rem_euclid(1000)));
    }
    let mut typed = Answers::of_json(&text);
    for (code, value) in text.lines().filter_map(|line| line.split_once('=')) {
        typed.add(code, value);
    }
    for category in &PROVINCE.pack.categories {
        if let Ok(kept) = typed.check(category) {
            assert_eq!(kept.check(category), Ok(kept.clone()));
            assert!(kept.unknown(category).is_empty());
            assert_eq!(Answers::of_json(&kept.to_json()), kept);
            kept.shown(&PROVINCE, &category.code, Lang::VI);
        }
    }
}

/// A table within the limits, whose rows are numbered as they stand in the file.
pub fn csv_sheet(data: &[u8]) {
    if let Ok(rows) = sheets::read(data) {
        assert!(!rows.is_empty() && rows.len() <= 5_000 && rows.iter().all(|r| r.len() <= 60));
        sheets::to_csv(&rows);
    }
    if let Ok(table) = Table::read(data, 300) {
        let lines = data.iter().filter(|b| **b == b'\n').count() + 1;
        assert!(table.rows.len() <= 300 && table.rows.iter().all(|r| (1..=lines).contains(&r.number)));
        assert!(table.rows.is_sorted_by(|a, b| a.number <= b.number));
    }
}

/// The same for a workbook whose sheet is `data`, up to a line `%%`; shared texts stand behind it.
pub fn xlsx_sheet(data: &[u8]) {
    let at = data.windows(4).position(|w| w == b"\n%%\n");
    let (sheet, texts) = at.map_or((data, &b""[..]), |at| (&data[..at], &data[at + 4..]));
    let Ok(book) = workbook(sheet, texts) else { return };
    if let Ok(rows) = sheets::read(&book) {
        assert!(!rows.is_empty() && rows.len() <= 5_000 && rows.iter().all(|r| r.len() <= 60));
        let width = rows[0].len();
        assert!(rows.iter().all(|r| r.len() == width));
    }
}

fn workbook(sheet: &[u8], texts: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let book = format!(
        r#"<workbook xmlns:r="{OFFICE}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    let relations = format!(
        r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/worksheet"
            Target="worksheets/sheet1.xml"/></Relationships>"#
    );
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, part) in [
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/sharedStrings.xml", texts),
    ] {
        if !part.is_empty() {
            zip.start_file(name, plain)?;
            zip.write_all(part)?;
        }
    }
    Ok(zip.finish()?.into_inner())
}

/// Outlines that are let in lie in Vietnam, and every point has an answer in them.
pub fn boundaries(data: &[u8]) {
    let units = &PROVINCE.pack.units[..1];
    if let Ok(boundaries) = Boundaries::from_geojson(data, units) {
        let areas = Areas::from_boundaries(&boundaries);
        assert_eq!(areas.shapes().len(), 1);
        for [lon, lat] in boundaries.rings(&units[0].code).into_iter().flatten().flatten() {
            assert!((95.0..=125.0).contains(&lon) && (0.0..=30.0).contains(&lat));
            for step in [0.0, 0.001, 0.1] {
                areas.locate(Point { lat: lat + step, lon: lon - step });
            }
        }
    }
}

/// Words that people look for, and names: found within the limits, kept in a form in which they are taken again.
pub fn words(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let found = PROVINCE.picker().matches(&text, Some("18880"), &["18859"]);
    assert!(found.len() <= MOST_MATCHES);
    assert!((1..found.len()).all(|i| found[..i].iter().all(|f| f.unit.code != found[i].unit.code)));
    PROVINCE.suggestions().guess(&text, "khac");
    PROVINCE.flag_words().finds(&[&text]);
    macro_rules! taken_again {
        ($($kind:ty),+) => {$(
            if let Ok(kept) = <$kind>::parse(&text) {
                let again = <$kind>::parse(kept.as_str());
                assert_eq!(again.as_ref().map(|a| a.as_str()).ok(), Some(kept.as_str()));
            }
        )+};
    }
    taken_again!(FullName, Username, Address, Email);
}

#[test]
fn x8_the_seeds_of_the_fuzzer_hold() {
    replay::replay(&TARGETS);
}

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

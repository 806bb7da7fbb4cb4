//! Open data (dữ liệu mở, R12): a page that explains, and one file a month of all public reports, as CSV and as GeoJSON, written
//! while they are read, so that a file of a million lines needs no more memory than one of ten.

use super::answer::html;
use crate::{error::Problem, page::Page, state::Web, visit::Visit};
use askama::Template;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base::{clock::Millis, i18n::Lang, show};
use domain::{
    core::Core,
    province::Province,
    reports::open::{self, OpenRow},
};
use futures_util::stream;
use jiff::civil::Date;
use serde_json::json;
use std::sync::Arc;

pub fn routes() -> Router<Web> {
    Router::new().route("/du-lieu-mo", get(page)).route("/du-lieu-mo/{file}", get(file))
}

/// Rows that are read at once.
const ROWS: i64 = 500;
/// Months that the page lists; older files are still there.
const LISTED: usize = 24;

struct Month {
    name: String,
    csv: String,
    geojson: String,
}

/// A column: its name in the files, and the text that explains it.
const COLUMNS: [(&str, &str); 23] = [
    ("code", "open-data-code"),
    ("category", "open-data-category"),
    ("category_name", "open-data-category-name"),
    ("title", "open-data-title-column"),
    ("content", "open-data-content"),
    ("answers", "open-data-answers"),
    ("commune", "open-data-commune"),
    ("commune_name", "open-data-commune-name"),
    ("address", "open-data-address"),
    ("lat", "open-data-lat"),
    ("lon", "open-data-lon"),
    ("state", "open-data-state"),
    ("open", "open-data-open"),
    ("unit", "open-data-unit"),
    ("unit_name", "open-data-unit-name"),
    ("created_at", "open-data-created"),
    ("updated_at", "open-data-updated"),
    ("due_at", "open-data-due"),
    ("resolved_at", "open-data-resolved"),
    ("answer", "open-data-answer"),
    ("photos", "open-data-photos"),
    ("rating", "open-data-rating"),
    ("url", "open-data-url"),
];

#[derive(Template)]
#[template(path = "citizen/open_data.html")]
struct OpenDataPage {
    p: Page,
    months: Vec<Month>,
    columns: Vec<(&'static str, String)>,
    origin: String,
    jurisdiction: String,
    example: String,
    /// Pictures are fetched from somewhere.
    media: bool,
}

async fn page(State(web): State<Web>, visit: Visit) -> Result<Response, Problem> {
    let p = visit.page;
    let oldest = open::oldest(&web.core).await.map_err(web.problem())?;
    let mut months = Vec::new();
    let mut month = first_day(p.now);
    while let (Some(day), Some(oldest)) = (month, oldest)
        && months.len() < LISTED
        && next(day).and_then(begin).is_some_and(|end| end > oldest)
    {
        let name = format!("phan-anh-{:04}-{:02}", day.year(), day.month());
        months.push(Month {
            name: format!("{:02}/{}", day.month(), day.year()),
            csv: format!("/du-lieu-mo/{name}.csv"),
            geojson: format!("/du-lieu-mo/{name}.geojson"),
        });
        month = day.checked_sub(jiff::Span::new().months(1)).ok();
    }
    html(&OpenDataPage {
        months,
        columns: COLUMNS.iter().map(|(name, key)| (*name, p.t(key).into_owned())).collect(),
        media: !web.core.settings.media.hosts.is_empty(),
        origin: web.core.settings.origin.clone(),
        jurisdiction: p.province.pack.province.code.clone(),
        example: p.province.pack.categories.first().map(|c| c.code.clone()).unwrap_or_default(),
        p,
    })
}

fn first_day(at: Millis) -> Option<Date> {
    let day = show::local(at).date();
    Date::new(day.year(), day.month(), 1).ok()
}

fn next(month: Date) -> Option<Date> {
    month.checked_add(jiff::Span::new().months(1)).ok()
}

/// The first moment of a day in Vietnam.
fn begin(day: Date) -> Option<Millis> {
    Some(day.to_zoned(show::vietnam()).ok()?.timestamp().as_millisecond())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Csv,
    GeoJson,
}

/// `phan-anh-2026-03.csv`: the month and the kind.
fn parse(name: &str) -> Option<(Date, Kind)> {
    let rest = name.strip_prefix("phan-anh-")?;
    let (month, ending) = rest.split_once('.')?;
    let (year, month) = month.split_once('-')?;
    if year.len() != 4 || month.len() != 2 || !(year.to_owned() + month).bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let kind = match ending {
        "csv" => Kind::Csv,
        "geojson" => Kind::GeoJson,
        _ => return None,
    };
    Some((Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?, kind))
}

async fn file(State(web): State<Web>, Path(name): Path<String>) -> Result<Response, Problem> {
    let (month, kind) = parse(&name).ok_or(Problem::NotFound)?;
    let (from, before) = begin(month).zip(next(month).and_then(begin)).ok_or(Problem::NotFound)?;
    if from > web.core.now() {
        return Err(Problem::NotFound);
    }
    let body = Body::from_stream(rows(web.core.clone(), kind, from, before));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    let content_type = match kind {
        Kind::Csv => "text/csv; charset=utf-8; header=present",
        Kind::GeoJson => "application/geo+json",
    };
    for (name, value) in [
        ("content-type", content_type),
        ("cache-control", "public, max-age=60"),
        ("access-control-allow-origin", "*"),
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// Where writing a file stands.
enum At {
    Head,
    /// After this time and row; how many were written.
    Rows((Millis, i64), usize),
    End,
}

/// The file piece by piece. When the database fails on the way, the connection breaks off, so that nobody takes half a file for
/// a whole one.
fn rows(
    core: Core,
    kind: Kind,
    from: Millis,
    before: Millis,
) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + Send {
    let province = core.province();
    stream::try_unfold(At::Head, move |at| {
        let (core, province) = (core.clone(), province.clone());
        async move {
            Ok(match at {
                At::Head => Some((head(kind), At::Rows((from, 0), 0))),
                At::Rows(last, written) => {
                    let rows = open::after(&core, last, before, ROWS).await.map_err(std::io::Error::other)?;
                    match rows.last().map(|r| (r.created_at, r.seq)) {
                        Some(last) => {
                            let piece = piece(&core, &province, kind, &rows, written > 0);
                            Some((piece, At::Rows(last, written + rows.len())))
                        }
                        None if kind == Kind::GeoJson => Some((Bytes::from_static(b"\n]}\n"), At::End)),
                        None => None,
                    }
                }
                At::End => None,
            })
        }
    })
}

fn head(kind: Kind) -> Bytes {
    match kind {
        // The mark at the beginning is what tells Excel that this is UTF-8.
        Kind::Csv => {
            let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
            format!("\u{feff}{}\r\n", names.join(",")).into()
        }
        Kind::GeoJson => Bytes::from_static(b"{\"type\":\"FeatureCollection\",\"features\":[\n"),
    }
}

fn piece(core: &Core, province: &Arc<Province>, kind: Kind, rows: &[OpenRow], goes_on: bool) -> Bytes {
    match kind {
        Kind::Csv => {
            let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
            for row in rows {
                let cells = cells(core, province, row).map(|cell| harmless(&cell));
                // Into memory: nothing can fail.
                let _ = writer.write_record(&cells);
            }
            writer.into_inner().unwrap_or_default().into()
        }
        Kind::GeoJson => {
            let mut out = String::new();
            for (at, row) in rows.iter().enumerate() {
                if goes_on || at > 0 {
                    out.push_str(",\n");
                }
                out.push_str(&feature(core, province, row).to_string());
            }
            out.into()
        }
    }
}

fn cells(core: &Core, province: &Province, r: &OpenRow) -> [String; 23] {
    let time = |at: Option<Millis>| at.map(show::rfc3339).unwrap_or_default();
    let point = r.point();
    let answers = r.answers(province, Lang::VI).into_iter().map(|a| format!("{}: {}", a.code, a.text));
    let commune = r.commune.clone().unwrap_or_default();
    [
        r.code.clone(),
        r.category.clone(),
        province.category_name(&r.category, Lang::VI),
        r.title(),
        r.text(),
        answers.collect::<Vec<_>>().join("; "),
        commune.clone(),
        province.commune_name(Some(&commune), Lang::VI),
        r.address(),
        point.map(|p| p.0.to_string()).unwrap_or_default(),
        point.map(|p| p.1.to_string()).unwrap_or_default(),
        r.state.clone(),
        r.open.to_string(),
        r.unit.clone(),
        province.unit_name(&r.unit, Lang::VI),
        show::rfc3339(r.created_at),
        show::rfc3339(r.updated_at),
        time(r.due_at),
        time(r.resolved_at),
        r.note(),
        r.photos.to_string(),
        r.rating.map(|n| n.to_string()).unwrap_or_default(),
        format!("{}/phan-anh/{}", core.settings.origin, r.code),
    ]
}

/// Spreadsheets calculate what begins with one of these, even inside quotes (CSV injection): a stroke before it makes it a text.
fn harmless(cell: &str) -> String {
    let text: String = cell.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    if text.trim_start().starts_with(['=', '+', '-', '@', '\t', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text
    }
}

fn feature(core: &Core, province: &Province, r: &OpenRow) -> serde_json::Value {
    let names = COLUMNS.iter().map(|(name, _)| *name);
    let mut properties: serde_json::Map<String, serde_json::Value> =
        names.zip(cells(core, province, r)).map(|(name, cell)| (name.to_owned(), cell.into())).collect();
    properties.retain(|name, value| !matches!(name.as_str(), "lat" | "lon") && value != "");
    properties.insert("open".into(), r.open.into());
    properties.insert("photos".into(), r.photos.into());
    let answers = r.answers(province, Lang::VI).into_iter().map(|a| (a.code, a.text.into()));
    properties.insert("answers".into(), serde_json::Value::Object(answers.collect()));
    if let Some(stars) = r.rating {
        properties.insert("rating".into(), stars.into());
    }
    let geometry = r.point().map(|(lat, lon)| json!({ "type": "Point", "coordinates": [lon, lat] }));
    json!({ "type": "Feature", "id": r.code, "geometry": geometry, "properties": properties })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r12_formulas_become_texts_and_texts_stay() {
        for (typed, written) in [
            ("=HYPERLINK(\"http://evil\")", "'=HYPERLINK(\"http://evil\")"),
            ("@SUM(1)", "'@SUM(1)"),
            ("  +84 912", "'  +84 912"),
            ("-1", "'-1"),
            ("\t=1", "'\t=1"),
            ("\r=1\u{0}", "'=1"),
            ("Ổ gà = sâu", "Ổ gà = sâu"),
            ("", ""),
        ] {
            assert_eq!(harmless(typed), written);
        }
    }

    #[test]
    fn r12_only_names_of_months_are_files() {
        assert_eq!(parse("phan-anh-2026-03.csv"), Some((Date::constant(2026, 3, 1), Kind::Csv)));
        assert_eq!(parse("phan-anh-2026-12.geojson").map(|f| f.1), Some(Kind::GeoJson));
        for wrong in [
            "phan-anh-2026-13.csv",
            "phan-anh-26-03.csv",
            "phan-anh-2026-3.csv",
            "phan-anh--001-03.csv",
            "x",
            "phan-anh-2026-03.xlsx",
            "phan-anh-٢٠٢٦-03.csv",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}

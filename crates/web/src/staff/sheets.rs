//! Units, agencies and categories as spreadsheets, out and in (X12). An import is first only read: errors by row, then what it
//! would change; the second step reads the same table again and stores it with a reason.

use super::{
    export::{make, note},
    form::{Field, Wrong},
    rules::{fault_text, faults_of_rules, reason_field, store, whole_province},
    shell::{Shell, XLSX, download, go_saying, html_as},
    versions::{Shown, shown},
};
use crate::{
    error::Problem,
    page::Page,
    state::Web,
    visit::{Desk, UploadForm},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use domain::{
    packs::{Agency, Category, PackError, Unit},
    province::Rules,
    rights::Right,
    sheets::Table,
};

/// The tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Communes,
    Agencies,
    Categories,
}

impl What {
    fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "xa" => Ok(Self::Communes),
            "co-quan" => Ok(Self::Agencies),
            "linh-vuc" => Ok(Self::Categories),
            _ => Err(Problem::NotFound),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Communes => "xa",
            Self::Agencies => "co-quan",
            Self::Categories => "linh-vuc",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Communes => "desk-sheet-communes",
            Self::Agencies => "desk-sheet-agencies",
            Self::Categories => "desk-sheet-categories",
        }
    }

    /// The page of the table itself.
    fn home(self) -> &'static str {
        match self {
            Self::Categories => "/can-bo/quan-ly/phan-tuyen/linh-vuc",
            _ => "/can-bo/quan-ly/don-vi",
        }
    }

    fn head(self) -> &'static [&'static str] {
        match self {
            Self::Communes => &[
                "code",
                "type",
                "name",
                "population",
                "area_km2",
                "lat",
                "lon",
                "merged_from",
                "former_districts",
                "note",
            ],
            Self::Agencies => &["code", "name", "short_name", "parent", "operator", "note"],
            Self::Categories => &Category::SHEET,
        }
    }

    fn rows(self, rules: &Rules) -> Vec<Vec<String>> {
        let number = |n: Option<String>| n.unwrap_or_default();
        match self {
            Self::Communes => rules
                .units
                .iter()
                .map(|u| {
                    vec![
                        u.code.clone(),
                        u.kind.as_str().to_owned(),
                        u.name.clone(),
                        number(u.population.map(|n| n.to_string())),
                        number(u.area_km2.map(|n| n.to_string())),
                        u.lat.to_string(),
                        u.lon.to_string(),
                        u.merged_from.join("; "),
                        u.former_districts.join("; "),
                        u.note.clone(),
                    ]
                })
                .collect(),
            Self::Agencies => rules
                .agencies
                .iter()
                .map(|a| {
                    vec![
                        a.code.clone(),
                        a.name.clone(),
                        a.short_name.clone(),
                        a.parent.clone().unwrap_or_default(),
                        if a.operator { "yes" } else { "no" }.to_owned(),
                        a.note.clone(),
                    ]
                })
                .collect(),
            Self::Categories => rules.categories.iter().map(Category::to_row).collect(),
        }
    }

    /// The rules with this table instead of their own.
    fn read(self, csv: &str, p: &Page) -> Result<Rules, Vec<PackError>> {
        let mut rules = p.province.rules();
        match self {
            Self::Communes => rules.units = Unit::read_csv(csv, &p.province.pack.province.map.bounds())?,
            Self::Agencies => rules.agencies = Agency::read_csv(csv)?,
            Self::Categories => {
                let mut read = Category::read_csv(csv)?;
                // A table holds no questions: those that are there stay.
                for category in &mut read {
                    if let Some(known) = p.province.category(&category.code) {
                        category.questions.clone_from(&known.questions);
                    }
                }
                rules.categories = read;
            }
        }
        Ok(rules)
    }
}

#[derive(Template)]
#[template(path = "staff/import.html")]
struct ImportPage {
    p: Page,
    s: Shell,
    title: String,
    back: (String, String),
    /// Where the file goes, and where the confirmed table goes.
    check: String,
    apply: String,
    template: String,
    columns: String,
    wrong: Vec<Wrong>,
    /// Row (as in the file), what is wrong.
    rows: Vec<(String, String)>,
    /// What would change; `None`: nothing was read yet.
    changes: Option<Vec<Shown>>,
    csv: String,
    version: i64,
    fields: Vec<Field>,
}

/// What was found in a file.
#[derive(Default)]
struct Found {
    wrong: Vec<Wrong>,
    rows: Vec<(String, String)>,
    changes: Option<Vec<Shown>>,
    csv: String,
    reason_error: String,
    reason: String,
}

async fn show(web: &Web, desk: &Desk, what: What, version: i64, found: Found) -> Result<Response, Problem> {
    let s = Shell::load(web, desk, if what == What::Categories { "rules" } else { "units" }).await?;
    let p = desk.page.clone();
    let base = format!("/can-bo/quan-ly/bang/{}", what.as_str());
    let status =
        if found.wrong.is_empty() && found.rows.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut reason = reason_field(&p).value(found.reason);
    reason.error = found.reason_error;
    let page = ImportPage {
        title: p.t1("desk-import-title", "table", p.t(what.title())),
        back: (what.home().into(), p.t(what.title()).into_owned()),
        check: format!("{base}/nhap"),
        apply: format!("{base}/nhap/xong"),
        template: format!("{base}/xuat.xlsx"),
        columns: what.head().join(", "),
        wrong: found.wrong,
        rows: found.rows,
        changes: found.changes,
        csv: found.csv,
        version,
        fields: vec![reason],
        s,
        p,
    };
    html_as(status, &page)
}

pub async fn export(State(web): State<Web>, desk: Desk, Path(what): Path<String>) -> Result<Response, Problem> {
    let what = What::parse(&what)?;
    let rows = what.rows(&desk.page.province.rules());
    let head: Vec<String> = what.head().iter().map(|h| (*h).to_owned()).collect();
    note(&web, &desk, "table-exported", what.as_str(), String::new(), rows.len()).await?;
    let bytes = make(head, rows).await?;
    Ok(download(&format!("{}.xlsx", what.as_str()), XLSX, bytes))
}

pub async fn page(State(web): State<Web>, desk: Desk, Path(what): Path<String>) -> Result<Response, Problem> {
    whole_province(&desk, Right::UnitsEdit)?;
    let version = desk.page.province.version;
    show(&web, &desk, What::parse(&what)?, version, Found::default()).await
}

/// Rows of a file at most.
const ROWS: usize = 2_000;

/// The columns of ours that a file has, as the CSV that packs are read from; it travels through the second step.
fn csv(what: What, sheet: &Table) -> String {
    let columns: Vec<&str> = what.head().iter().copied().filter(|h| sheet.has(h)).collect();
    let quote = |cell: &str| {
        if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
    };
    let mut out = columns.join(",") + "\n";
    for row in &sheet.rows {
        let cells: Vec<String> = columns.iter().map(|c| quote(row.get(&[c]))).collect();
        out += &(cells.join(",") + "\n");
    }
    out
}

/// Reads a table without storing anything.
fn look(p: &Page, what: What, csv: String) -> Found {
    let mut found = Found::default();
    match what.read(&csv, p) {
        Err(errors) => {
            let row = |e: &PackError| (e.line.map(|l| l.to_string()).unwrap_or_default(), fault_text(p, &e.problem));
            found.rows = errors.iter().map(row).collect();
            found.wrong =
                vec![Wrong { id: "import-rows".into(), text: p.tn("desk-import-rows-wrong", errors.len() as i64) }];
        }
        Ok(rules) => {
            let ids: Vec<String> = rules.rules.iter().map(|r| r.id.clone()).collect();
            match p.province.changes(rules) {
                Ok(changes) => {
                    found.changes = Some(shown(p, &changes));
                    found.csv = csv;
                }
                Err(faults) => found.wrong = faults_of_rules(p, &ids, &faults),
            }
        }
    }
    found
}

/// The dry run.
pub async fn check(
    State(web): State<Web>,
    Path(what): Path<String>,
    UploadForm { by: desk, upload }: UploadForm<Desk>,
) -> Result<Response, Problem> {
    whole_province(&desk, Right::UnitsEdit)?;
    let what = What::parse(&what)?;
    let p = &desk.page;
    let bytes = upload.files.first().map(|f| f.bytes.to_vec()).unwrap_or_default();
    let sheet = tokio::task::spawn_blocking(move || Table::read(&bytes, ROWS)).await.map_err(|_| Problem::Internal)?;
    let found = match sheet {
        Ok(sheet) => look(p, what, csv(what, &sheet)),
        Err(bad) => {
            Found { wrong: vec![Wrong { id: "f-file".into(), text: p.t(bad.key()).into_owned() }], ..Found::default() }
        }
    };
    show(&web, &desk, what, p.province.version, found).await
}

pub async fn apply(
    State(web): State<Web>,
    Path(what): Path<String>,
    UploadForm { by: desk, upload }: UploadForm<Desk>,
) -> Result<Response, Problem> {
    whole_province(&desk, Right::UnitsEdit)?;
    let what = What::parse(&what)?;
    let p = &desk.page;
    let seen: i64 = upload.fields.get("version").parse().map_err(|_| Problem::BadRequest)?;
    let csv = upload.fields.get("csv").replace("\r\n", "\n");
    let Ok(rules) = what.read(&csv, p) else {
        let found = look(p, what, csv);
        return show(&web, &desk, what, p.province.version, found).await;
    };
    let reason = upload.fields.get("reason");
    match store(&web, &desk, seen, rules, "import", reason).await? {
        Ok(_) => Ok(go_saying(&web, what.home(), "flash-desk-imported")),
        Err(wrong) => {
            let at_reason = wrong.iter().find(|w| w.id == "f-reason").map(|w| w.text.clone()).unwrap_or_default();
            let found = Found { wrong, reason_error: at_reason, reason: reason.to_owned(), ..look(p, what, csv) };
            show(&web, &desk, what, seen, found).await
        }
    }
}

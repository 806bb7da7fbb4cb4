//! Staff as a spreadsheet (X12): out; in, first as a dry run that lists errors by row, then for good with the same file.

use super::{
    export::note,
    form::Wrong,
    people::staff,
    shell::{Shell, XLSX, download, html_as},
};
use crate::{
    error::Problem,
    page::Page,
    state::Web,
    visit::{Desk, UploadForm},
};
use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use domain::staff::sheet::{DryRun, ImportError, Made};

struct RowLine {
    row: usize,
    name: String,
    username: String,
    errors: String,
}

#[derive(Template)]
#[template(path = "staff/people_import.html")]
struct ImportPage {
    p: Page,
    s: Shell,
    wrong: Vec<Wrong>,
    /// Rows of the file; `None`: nothing was read yet.
    rows: Option<Vec<RowLine>>,
    good: usize,
    bad: usize,
    made: Vec<(String, String, String)>,
}

#[derive(Default)]
struct Found {
    wrong: Vec<Wrong>,
    run: Option<DryRun>,
    made: Vec<Made>,
}

async fn show(web: &Web, desk: &Desk, found: Found) -> Result<Response, Problem> {
    let s = Shell::load(web, desk, "people").await?;
    let p = desk.page.clone();
    let status = if found.wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let good = found.run.as_ref().map_or(0, |r| r.good);
    let bad = found.run.as_ref().map_or(0, |r| r.rows.len() - r.good);
    let rows = found.run.map(|run| {
        let line = |r: &domain::staff::sheet::RowReport| RowLine {
            row: r.row,
            name: r.name.clone(),
            username: r.username.clone(),
            errors: r.errors.iter().map(|key| p.t(key)).collect::<Vec<_>>().join(" "),
        };
        run.rows.iter().map(line).collect()
    });
    let made =
        found.made.iter().map(|m| (m.name.clone(), m.username.clone(), m.password.expose().to_owned())).collect();
    html_as(status, &ImportPage { s, wrong: found.wrong, rows, good, bad, made, p })
}

fn refused(web: &Web, p: &Page, e: ImportError) -> Result<Vec<Wrong>, Problem> {
    let text = match e {
        ImportError::Sheet(bad) => p.t(bad.key()).into_owned(),
        ImportError::Column(name) => p.t1("desk-import-column", "column", name),
        ImportError::Refused(e) => super::door::sentence(web, p, e)?,
    };
    Ok(vec![Wrong { id: "f-file".into(), text }])
}

pub async fn export(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    note(&web, &desk, "table-exported", "can-bo", String::new(), 0).await?;
    match staff(&web).export(&desk.officer, desk.page.lang()).await {
        Ok(bytes) => Ok(download("can-bo.xlsx", XLSX, bytes)),
        Err(ImportError::Refused(e)) => Err(web.account_problem()(e)),
        Err(_) => Err(Problem::Internal),
    }
}

pub async fn page(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    show(&web, &desk, Found::default()).await
}

pub async fn check(
    State(web): State<Web>,
    UploadForm { by: desk, upload }: UploadForm<Desk>,
) -> Result<Response, Problem> {
    let bytes = upload.files.first().map(|f| f.bytes.to_vec()).unwrap_or_default();
    let found = match staff(&web).try_import(&desk.officer, bytes).await {
        Ok(run) => Found { run: Some(run), ..Found::default() },
        Err(e) => Found { wrong: refused(&web, &desk.page, e)?, ..Found::default() },
    };
    show(&web, &desk, found).await
}

/// Takes the good rows. The file is chosen again: it is read anew, never kept between the two steps.
pub async fn apply(
    State(web): State<Web>,
    UploadForm { by: desk, upload }: UploadForm<Desk>,
) -> Result<Response, Problem> {
    let bytes = upload.files.first().map(|f| f.bytes.to_vec()).unwrap_or_default();
    let found = match staff(&web).import(&desk.officer, bytes).await {
        Ok((run, made)) => Found { run: Some(run), made, ..Found::default() },
        Err(e) => Found { wrong: refused(&web, &desk.page, e)?, ..Found::default() },
    };
    show(&web, &desk, found).await
}

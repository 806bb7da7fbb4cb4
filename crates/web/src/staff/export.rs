//! The queue as a spreadsheet (R6): what the filter shows, audited because it leaves the house.

use super::{
    ask::Ask,
    shell::{XLSX, download},
    show,
};
use crate::{error::Problem, state::Web, visit::Desk};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use base::show::date_time;
use domain::{
    audit::{self, By, Entry},
    error::Error,
    reports::{
        queue::{self, PAGE, PAGES},
        redact::Writer,
    },
    sheets,
};
use store::Tx;

const HEAD: [&str; 11] = [
    "desk-xlsx-code",
    "desk-xlsx-title",
    "desk-xlsx-category",
    "desk-xlsx-commune",
    "desk-xlsx-unit",
    "desk-xlsx-assignee",
    "desk-xlsx-state",
    "desk-xlsx-sent",
    "desk-xlsx-due",
    "desk-xlsx-photos",
    "desk-xlsx-reopened",
];

/// At most a thousand rows: the queue turns no more pages either. No names or phones of citizens.
pub async fn queue(State(web): State<Web>, desk: Desk, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let ask = Ask { page: 0, ..Ask::parse(&raw.unwrap_or_default()) };
    let p = &desk.page;
    let shield = p.province.shield();
    let mut rows = Vec::new();
    for page in 0..PAGES {
        let filter = Ask { page, ..ask.clone() }.filter(&web.core, &desk.officer);
        let found = queue::page(&web.core, &desk.officer, &filter).await.map_err(web.problem())?;
        let last = (found.rows.len() as i64) < PAGE;
        rows.extend(found.rows.into_iter().map(|r| {
            vec![
                p.code(&r.code),
                // It leaves the house: without the numbers that people wrote into their titles.
                shield.hide(&r.title, Writer::Citizen),
                p.category_name(&r.category),
                p.commune_name(&r.commune),
                p.unit_name(&r.unit),
                r.assignee_name.clone().unwrap_or_default(),
                show::tag(p, r.state()).text,
                date_time(r.created_at),
                r.due_at.map(date_time).unwrap_or_default(),
                r.photos.to_string(),
                r.reopened.to_string(),
            ]
        }));
        if last {
            break;
        }
    }
    let head: Vec<String> = HEAD.iter().map(|key| p.t(key).into_owned()).collect();
    note(&web, &desk, "reports-exported", "reports", ask.query(), rows.len()).await?;
    let bytes = make(head, rows).await?;
    let day = base::show::local(p.now).strftime("%Y%m%d").to_string();
    Ok(download(&format!("phan-anh-{day}.xlsx"), XLSX, bytes))
}

/// Writes an export into the audit log before the file goes out.
pub(super) async fn note(
    web: &Web,
    desk: &Desk,
    act: &'static str,
    object: &'static str,
    filter: String,
    rows: usize,
) -> Result<(), Problem> {
    let core = web.core.clone();
    let by = By::Staff { account: desk.officer.account, unit: desk.officer.home_unit().to_owned() };
    // The search words may be somebody's name: only the other parts of the filter are kept.
    let filter: Vec<&str> = filter.split('&').filter(|part| !part.starts_with("q=")).collect();
    let data = serde_json::json!({ "filter": filter.join("&"), "rows": rows });
    let written = web.core.store.write(move |tx: Tx| async move {
        let entry = Entry { by, act, object: object.into(), reason: String::new(), data };
        audit::write(&tx, &core.clock, &core.entropy, entry).await?;
        Ok::<_, Error>(())
    });
    written.await.map_err(web.problem())
}

/// The file itself, made off the request threads.
pub(super) async fn make(head: Vec<String>, rows: Vec<Vec<String>>) -> Result<Vec<u8>, Problem> {
    let made = tokio::task::spawn_blocking(move || sheets::write("Danh sách", &head, &rows)).await;
    made.map_err(|_| Problem::Internal)?.map_err(|e| Problem::from_domain(e, 0))
}

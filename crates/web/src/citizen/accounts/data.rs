//! Dữ liệu của tôi (A12; Law 91/2025/QH15): download, correct, delete, and a tracker with the legal dates.

use super::{
    form::{Field, Form, Head, form, shown},
    keep,
    refusal::{Answer, Out, Refused, refused, step_up},
};
use crate::{
    citizen::answer::{go, go_saying},
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use base::{clock::Millis, ids::Uuid, show};
use domain::accounts::{
    data_rights::{KEPT, Request},
    export::Export,
};

const PAGE: &str = "/tai-khoan/du-lieu";
const CORRECT: &str = "/tai-khoan/du-lieu/chinh-sua";
const DELETE: &str = "/tai-khoan/du-lieu/xoa";

/// A line of the tracker, for accounts and guests alike.
pub(super) struct Line {
    pub(super) what: String,
    /// The tag: its look, its icon, its word.
    pub(super) look: &'static str,
    pub(super) icon: &'static str,
    pub(super) state: String,
    pub(super) asked: String,
    pub(super) due: Option<String>,
    pub(super) note: String,
    pub(super) answer: String,
}

#[derive(Template)]
#[template(path = "citizen/accounts/data.html")]
struct DataPage {
    p: Page,
    h: Head,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "citizen/accounts/delete.html")]
struct DeletePage {
    p: Page,
    h: Head,
    kept: Vec<String>,
    /// Organisations for which nobody else decides (A11).
    alone: Vec<String>,
}

pub(super) fn line(p: &Page, r: Request) -> Line {
    let (look, icon) = match r.state.as_str() {
        "done" => ("tag--ok", "circle-check"),
        "refused" => ("tag--bad", "circle-x"),
        _ => ("tag--info", "hourglass"),
    };
    let open = r.done_at.is_none();
    Line {
        what: p.t(&format!("acc-request-{}", r.kind)).into_owned(),
        look,
        icon,
        state: p.t(&format!("acc-request-state-{}", r.state)).into_owned(),
        asked: match r.done_at {
            Some(at) => p.t2("acc-request-done", "asked", p.date_time(&r.created_at), "done", p.date_time(&at)),
            None => p.t1("acc-request-asked", "asked", p.date_time(&r.created_at)),
        },
        due: open.then(|| p.t1("acc-request-due", "time", p.long_time(&r.due_at))),
        note: r.note,
        answer: r.answer,
    }
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    let requests = web.accounts.data_requests(by.signed.account).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "acc-data-title", "/tai-khoan");
    let lines = requests.into_iter().map(|r| line(&p, r)).collect();
    shown(&DataPage { p, h, lines })
}

/// The address that notices of earlier days name.
pub async fn moved() -> Response {
    go(PAGE)
}

pub async fn download(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let export = match web.accounts.export_data(&by.signed).await {
        Ok(export) => export,
        // Nothing but «prove yourself» and errors of the machine can come.
        Err(e) => {
            refused(&web, &by.visit.page, e, "main", PAGE)?;
            return Ok(go(PAGE));
        }
    };
    Ok(file(export, fields.get("dang"), by.visit.page.now))
}

/// One of the two documents, to be kept.
pub(super) fn file(export: Export, which: &str, now: Millis) -> Response {
    let (body, kind, ending) = match which {
        "van-ban" => (export.text, "text/plain; charset=utf-8", "txt"),
        _ => (export.json, "application/json", "json"),
    };
    let day = show::local(now).strftime("%Y-%m-%d").to_string();
    let name = format!("attachment; filename=\"du-lieu-ca-nhan-{day}.{ending}\"");
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

fn correction_form(by: Citizen, typed: &str, refused: Refused) -> Answer {
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "acc-correct-title", PAGE);
    let field = Field::area("note", p.t("acc-correct-note")).hint(p.t("acc-correct-hint")).value(typed);
    let f =
        Form::new(&p, CORRECT, "acc-correct-send").lead(p.t("acc-correct-lead")).loading(p.t("sending")).field(field);
    form(p, h, f, refused)
}

pub async fn correction_page(by: Citizen) -> Answer {
    correction_form(by, "", Refused::none())
}

/// The same words twice within minutes are one request.
pub(super) async fn is_repeated(web: &Web, account: Uuid, typed: &str) -> Result<bool, Out> {
    let before = web.accounts.data_requests(account).await.map_err(web.account_problem())?;
    let note = base::text::lines(typed);
    Ok(before.iter().any(|r| {
        r.kind == "correct"
            && r.state == "open"
            && r.note == note
            && web.core.now() - r.created_at < 10 * base::clock::MINUTE
    }))
}

pub async fn correct(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let typed = fields.get("note");
    if is_repeated(&web, by.signed.account, typed).await? {
        return Ok(go_saying(&web, PAGE, "flash-acc-correction-sent"));
    }
    match web.accounts.request_correction(&by.signed, typed).await {
        Ok(_) => Ok(go_saying(&web, PAGE, "flash-acc-correction-sent")),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "note", CORRECT)?;
            correction_form(by, typed, said)
        }
    }
}

async fn delete_form(web: &Web, by: Citizen, refused: Refused) -> Answer {
    let alone = web.accounts.sole_manager_of(by.signed.account).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let (errors, status, seconds) = refused.split();
    let h = Head::own(&mut p, "acc-delete-title", PAGE).wrong(errors);
    let kept = KEPT
        .iter()
        .filter(|key| match **key {
            "kept-reports" => p.has_module("reports"),
            "kept-dossiers" | "kept-payments" => p.is_national(),
            _ => true,
        })
        .map(|key| p.t(key).into_owned())
        .collect();
    Refused::page(status, seconds, &DeletePage { p, h, kept, alone })
}

pub async fn delete_page(State(web): State<Web>, by: Citizen) -> Answer {
    by.signed.require_fresh(web.core.now()).map_err(|_| step_up(DELETE))?;
    delete_form(&web, by, Refused::none()).await
}

pub async fn delete(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    if !fields.has("sure") {
        let said = Refused::at("sure", by.visit.page.t("acc-delete-not-sure").into_owned());
        return delete_form(&web, by, said).await;
    }
    match web.accounts.delete_account(&by.signed).await {
        Ok(()) => {
            let response = keep::leave(&web, go_saying(&web, "/tai-khoan", "flash-acc-deleted"));
            Ok(cleared(response))
        }
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "sure", DELETE)?;
            delete_form(&web, by, said).await
        }
    }
}

/// The browser forgets what it kept of this site.
fn cleared(mut response: Response) -> Response {
    let value = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), value);
    response
}

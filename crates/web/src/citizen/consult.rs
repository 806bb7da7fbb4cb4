//! `/tra-loi/{token}` (R6): somebody outside answers a unit's question once, without an account. The page shows what is needed
//! and nothing else; a link that was used, is too old or was never given says so.

use super::{
    answer::{html, html_as, id},
    errors::Errors,
    photos::{self, jpeg},
    reports::timeline::Picture,
};
use crate::{
    error::Problem,
    page::Page,
    state::Web,
    visit::{UploadForm, Visit},
};
use askama::Template;
use axum::{
    Router,
    extract::{FromRequest, Path, Request, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use domain::{
    error::Error,
    reports::{
        NOTE_MOST, PhotoRow,
        consult::{self, Door},
        photos::MOST,
    },
};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/tra-loi/{token}", get(page).post(answer))
        .route("/tra-loi/{token}/anh/{id}/{size}", get(photo))
}

#[derive(Template)]
#[template(path = "citizen/consult.html")]
struct ConsultPage {
    p: Page,
    errors: Errors,
    /// Where the form is sent: this page.
    action: String,
    unit: String,
    name: String,
    question: String,
    until: String,
    code: String,
    title: String,
    content: String,
    place: String,
    photos: Vec<Picture>,
    text: String,
    most: usize,
    most_photos: usize,
}

/// There is nothing to do here (any more): `done`, `answered`, `expired`, `over` or `unknown`.
#[derive(Template)]
#[template(path = "citizen/consult_closed.html")]
struct ClosedPage {
    p: Page,
    icon: &'static str,
    title: String,
    text: String,
}

fn closed(p: Page, why: &'static str) -> Result<Response, Problem> {
    let (icon, status) = match why {
        "done" => ("circle-check", StatusCode::OK),
        "answered" => ("circle-check", StatusCode::GONE),
        "unknown" => ("circle-x", StatusCode::NOT_FOUND),
        _ => ("clock", StatusCode::GONE),
    };
    let title = p.t(&format!("consult-{why}")).into_owned();
    let text = p.t(&format!("consult-{why}-text")).into_owned();
    html_as(status, &ClosedPage { p, icon, title, text })
}

fn pictures(p: &Page, token: &str, photos: &[PhotoRow]) -> Vec<Picture> {
    let picture = |(i, f): (usize, &PhotoRow)| Picture {
        large: format!("/tra-loi/{token}/anh/{}/l.jpg", f.id),
        small: format!("/tra-loi/{token}/anh/{}/s.jpg", f.id),
        alt: p.tn(if f.side == "after" { "photo-alt-after" } else { "photo-alt-before" }, i as i64 + 1),
        width: f.width,
        height: f.height,
        note: String::new(),
    };
    photos.iter().enumerate().map(picture).collect()
}

/// The open question, or the page that says why there is none.
async fn show(web: &Web, p: Page, token: &str, text: String, errors: Errors) -> Result<Response, Problem> {
    let (question, report, photos) = match consult::door(&web.core, token).await {
        Ok(Door::Open { question, report, photos }) => (question, report, photos),
        Ok(Door::Answered) => return closed(p, "answered"),
        Ok(Door::Expired) => return closed(p, "expired"),
        Ok(Door::Over) => return closed(p, "over"),
        Err(Error::NotFound) => return closed(p, "unknown"),
        Err(e) => return Err(web.problem()(e)),
    };
    let place = p.place_in_words(&report.address, &report.commune);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = ConsultPage {
        action: format!("/tra-loi/{token}"),
        unit: p.unit_name(&report.unit),
        name: question.outside,
        question: question.question,
        until: p.long_time(&question.expires_at),
        code: p.code(&report.code),
        place,
        photos: pictures(&p, token, &photos),
        title: report.title,
        content: report.content,
        text,
        most: NOTE_MOST,
        most_photos: MOST,
        errors,
        p,
    };
    if status == StatusCode::OK { html(&page) } else { html_as(status, &page) }
}

async fn page(State(web): State<Web>, Path(token): Path<String>, visit: Visit) -> Result<Response, Problem> {
    show(&web, visit.page, &token, String::new(), Errors::none()).await
}

async fn answer(
    State(web): State<Web>,
    Path(token): Path<String>,
    visit: Visit,
    request: Request,
) -> Result<Response, Problem> {
    // Nobody's photos are read for a link that opens nothing.
    if !matches!(consult::door(&web.core, &token).await, Ok(Door::Open { .. })) {
        return show(&web, visit.page, &token, String::new(), Errors::none()).await;
    }
    let UploadForm { by: visit, mut upload } = UploadForm::<Visit>::from_request(request, &web).await?;
    let p = visit.page;
    let text = upload.fields.get("text").to_owned();
    upload.files.retain(|f| f.field == "photo");
    let taken = photos::take(&web, &p, upload, MOST).await?;
    let mut errors = Errors::none();
    for sentence in taken.refused {
        errors.add("photo", "#f-photo".into(), sentence);
    }
    if errors.is_empty() {
        let pictures = taken.photos.into_iter().map(|(_, photo)| photo).collect();
        match consult::answer_by_link(&web.core, &token, &text, pictures).await {
            Ok(()) => return closed(p, "done"),
            Err(Error::Invalid(wrong)) => errors = Errors::of(&p, &wrong),
            // Used or over since the page was opened: the page itself says which.
            Err(Error::State | Error::NotFound) => {}
            Err(e) => return Err(web.problem()(e)),
        }
    }
    show(&web, p, &token, text, errors).await
}

async fn photo(
    State(web): State<Web>,
    Path((token, photo, size)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let size = match size.as_str() {
        "l.jpg" => "l",
        "s.jpg" => "s",
        _ => return Err(Problem::NotFound),
    };
    let row = consult::photo(&web.core, &token, id(&photo)?).await.map_err(web.problem())?;
    // Kept nowhere: the link may be shown on a borrowed phone.
    jpeg(&web, &format!("{}-{size}.jpg", row.file), "no-store").await
}

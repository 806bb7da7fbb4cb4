//! What the author of a report can do (R9): add or answer, withdraw, rate, ask for it to be done again. Each has a page, so that
//! nothing final happens by one tap and an error has a place to stand.

use super::page::{May, question};
use crate::{
    citizen::{
        answer::{go_saying, html, html_as},
        errors::Errors,
        photos,
    },
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Form, Sender, UploadForm},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use base::{clock::MINUTE, text};
use domain::{
    error::Error,
    reports::{
        Act, Command, NOTE_MOST,
        act::Done,
        act_as_author, act_as_guest,
        photos::{MOST, Photo},
        views::{self, Reader, Whole},
    },
};

/// The person's own report; to others it does not exist here, public or not.
pub(super) async fn own(web: &Web, by: &Sender, code: &str) -> Result<Whole, Problem> {
    let account = by.signed.account;
    let whole = views::find(&web.core, code, &Reader::Citizen(account)).await.map_err(web.problem())?;
    if whole.report.reporter == Some(account) { Ok(whole) } else { Err(Problem::NotFound) }
}

/// What a page of this file is about.
pub(super) struct About {
    pub digits: String,
    pub code: String,
    pub title: String,
}

impl About {
    pub fn new(p: &Page, whole: &Whole) -> Self {
        Self { digits: whole.report.code.clone(), code: p.code(&whole.report.code), title: whole.report.title.clone() }
    }
}

/// The same form sent twice within minutes is one act: the second is answered like the first.
fn is_repeated(whole: &Whole, act: Act, note: &str, now: i64) -> bool {
    whole.events.last().is_some_and(|e| {
        e.act == act.as_str() && e.actor == "citizen" && e.public_note == text::lines(note) && now - e.at < 10 * MINUTE
    })
}

/// As an account may, or as a guest may.
pub(super) async fn act(
    web: &Web,
    by: &Sender,
    code: &str,
    command: Command,
    photos: Vec<Photo>,
) -> Result<Done, Error> {
    match by.is_guest() {
        true => act_as_guest(&web.core, by.signed.account, code, command, photos).await,
        false => act_as_author(&web.core, by.author(), code, command, photos).await,
    }
}

/// What came of an act: errors to be shown beside the fields, or done.
async fn run(
    web: &Web,
    by: &Sender,
    whole: &Whole,
    command: Command,
    note: &str,
    photos: Vec<Photo>,
) -> Result<Errors, Problem> {
    if is_repeated(whole, command.act(), note, web.core.now()) {
        return Ok(Errors::none());
    }
    match act(web, by, &whole.report.code, command, photos).await {
        Ok(_) => Ok(Errors::none()),
        Err(Error::Invalid(wrong)) => Ok(Errors::of(&by.visit.page, &wrong)),
        Err(e) => Err(web.problem()(e)),
    }
}

pub(super) fn back(web: &Web, whole: &Whole, flash: &str) -> Response {
    go_saying(web, &format!("/phan-anh/{}", whole.report.code), flash)
}

#[derive(Template)]
#[template(path = "citizen/reports/more.html")]
struct MorePage {
    p: Page,
    about: About,
    errors: Errors,
    question: Option<String>,
    text: String,
    most: usize,
    most_photos: usize,
    public: bool,
}

fn more_page(p: Page, whole: &Whole, text: String, errors: Errors) -> MorePage {
    MorePage {
        about: About::new(&p, whole),
        errors,
        question: question(whole),
        text,
        most: NOTE_MOST,
        most_photos: MOST,
        public: whole.report.is_public(),
        p,
    }
}

pub async fn ask_more(State(web): State<Web>, Path(code): Path<String>, by: Sender) -> Result<Response, Problem> {
    let whole = own(&web, &by, &code).await?;
    let may = May::of(&whole.report, web.core.now());
    if !(may.add || may.answer) {
        return Err(Problem::State);
    }
    html(&more_page(by.visit.page, &whole, String::new(), Errors::none()))
}

/// Answers the unit's question, or adds something by oneself.
pub async fn more(
    State(web): State<Web>,
    Path(code): Path<String>,
    form: UploadForm<Sender>,
) -> Result<Response, Problem> {
    let (by, mut upload) = (form.by, form.upload);
    let whole = own(&web, &by, &code).await?;
    let text = upload.fields.get("text").to_owned();
    upload.files.retain(|f| f.field == "photo");
    let taken = photos::take(&web, &by.visit.page, upload, MOST).await?;
    let mut errors = Errors::none();
    for sentence in taken.refused {
        errors.add("photo", "#f-photo".into(), sentence);
    }
    let answers =
        May::of(&whole.report, web.core.now()).answer || is_repeated(&whole, Act::Answer, &text, web.core.now());
    let flash = if answers { "flash-answered" } else { "flash-added" };
    if errors.is_empty() {
        let command =
            if answers { Command::Answer { text: text.clone() } } else { Command::AddInfo { text: text.clone() } };
        let pictures = taken.photos.into_iter().map(|(_, photo)| photo).collect();
        errors = run(&web, &by, &whole, command, &text, pictures).await?;
    }
    if errors.is_empty() {
        return Ok(back(&web, &whole, flash));
    }
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &more_page(by.visit.page, &whole, text, errors))
}

#[derive(Template)]
#[template(path = "citizen/reports/withdraw.html")]
struct WithdrawPage {
    p: Page,
    about: About,
    errors: Errors,
    reason: String,
}

pub async fn ask_withdraw(State(web): State<Web>, Path(code): Path<String>, by: Sender) -> Result<Response, Problem> {
    let whole = own(&web, &by, &code).await?;
    if !May::of(&whole.report, web.core.now()).withdraw {
        return Err(Problem::State);
    }
    let p = by.visit.page;
    html(&WithdrawPage { about: About::new(&p, &whole), errors: Errors::none(), reason: String::new(), p })
}

pub async fn withdraw(
    State(web): State<Web>,
    Path(code): Path<String>,
    form: Form<Sender>,
) -> Result<Response, Problem> {
    let whole = own(&web, &form.by, &code).await?;
    let reason = form.fields.get("reason").to_owned();
    let command = Command::Withdraw { reason: reason.clone() };
    let errors = run(&web, &form.by, &whole, command, &reason, Vec::new()).await?;
    if errors.is_empty() {
        return Ok(back(&web, &whole, "flash-withdrawn"));
    }
    let p = form.by.visit.page;
    let page = WithdrawPage { about: About::new(&p, &whole), errors, reason, p };
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

#[derive(Template)]
#[template(path = "citizen/reports/rate.html")]
struct RatePage {
    p: Page,
    about: About,
    errors: Errors,
    digits: String,
    stars: i64,
    comment: String,
}

fn rate_page(p: Page, whole: &Whole, fields: &Fields, errors: Errors) -> RatePage {
    RatePage {
        about: About::new(&p, whole),
        errors,
        digits: whole.report.code.clone(),
        stars: fields.get("stars").parse().unwrap_or(0),
        comment: fields.get("comment").to_owned(),
        p,
    }
}

pub async fn ask_rate(State(web): State<Web>, Path(code): Path<String>, by: Sender) -> Result<Response, Problem> {
    let whole = own(&web, &by, &code).await?;
    if !May::of(&whole.report, web.core.now()).rate {
        return Err(Problem::State);
    }
    html(&rate_page(by.visit.page, &whole, &Fields::default(), Errors::none()))
}

pub async fn rate(State(web): State<Web>, Path(code): Path<String>, form: Form<Sender>) -> Result<Response, Problem> {
    let whole = own(&web, &form.by, &code).await?;
    let comment = form.fields.get("comment").to_owned();
    let command = Command::Rate { stars: form.fields.get("stars").parse().unwrap_or(0), comment: comment.clone() };
    let errors = run(&web, &form.by, &whole, command, &comment, Vec::new()).await?;
    if errors.is_empty() {
        return Ok(back(&web, &whole, "flash-rated"));
    }
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &rate_page(form.by.visit.page, &whole, &form.fields, errors))
}

#[derive(Template)]
#[template(path = "citizen/reports/reopen.html")]
struct ReopenPage {
    p: Page,
    about: About,
    errors: Errors,
    comment: String,
    most: usize,
}

pub async fn ask_reopen(State(web): State<Web>, Path(code): Path<String>, by: Sender) -> Result<Response, Problem> {
    let whole = own(&web, &by, &code).await?;
    if !May::of(&whole.report, web.core.now()).reopen {
        return Err(Problem::State);
    }
    let p = by.visit.page;
    let about = About::new(&p, &whole);
    html(&ReopenPage { about, errors: Errors::none(), comment: String::new(), most: NOTE_MOST, p })
}

pub async fn reopen(State(web): State<Web>, Path(code): Path<String>, form: Form<Sender>) -> Result<Response, Problem> {
    let whole = own(&web, &form.by, &code).await?;
    let comment = form.fields.get("comment").to_owned();
    let command = Command::Reopen { comment: comment.clone() };
    let errors = run(&web, &form.by, &whole, command, &comment, Vec::new()).await?;
    if errors.is_empty() {
        return Ok(back(&web, &whole, "flash-reopened"));
    }
    let p = form.by.visit.page;
    let page = ReopenPage { about: About::new(&p, &whole), errors, comment, most: NOTE_MOST, p };
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

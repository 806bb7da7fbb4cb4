//! «Ẩn bớt nội dung» (R10): the author of a report takes words, paragraphs, photos or the name off the public page, for good.

use super::{
    act::{About, act, back, own},
    timeline::{self, Picture},
};
use crate::{
    citizen::{
        answer::{html, html_as},
        errors::Errors,
    },
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Form, Sender},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use base::ids::Uuid;
use domain::{
    error::Error,
    reports::{
        Command,
        moderate::Redaction,
        redact::{MARK, Writer},
        views::Whole,
    },
};

struct Choice {
    value: String,
    chosen: bool,
}

struct PhotoChoice {
    id: String,
    picture: Picture,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "citizen/reports/redact.html")]
struct RedactPage {
    p: Page,
    about: About,
    errors: Errors,
    /// Title, paragraphs, place, own additions.
    parts: Vec<Choice>,
    words: String,
    photos: Vec<PhotoChoice>,
    named: bool,
    /// What is hidden already, by the author and by itself.
    hidden: Vec<String>,
}

/// Paragraphs offered at most: a longer text is hidden by words.
const PARTS: usize = 60;

fn view(p: Page, whole: &Whole, typed: &Fields, errors: Errors) -> RedactPage {
    let report = &whole.report;
    let chosen = typed.all("doan");
    let own_notes = whole.events.iter().filter(|e| e.actor == "citizen").map(|e| e.public_note.as_str());
    let mut parts: Vec<Choice> = Vec::new();
    for text in [report.title.as_str(), report.content.as_str(), report.address.as_str()].into_iter().chain(own_notes) {
        for line in text.lines().map(str::trim).filter(|l| l.chars().count() > 1) {
            let is_new = !parts.iter().any(|c| c.value == line) && whole.shield.hide(line, Writer::Citizen) != MARK;
            if is_new && parts.len() < PARTS {
                parts.push(Choice { value: line.to_owned(), chosen: chosen.iter().any(|c| c == line) });
            }
        }
    }
    let mine: Vec<_> = whole.photos.iter().filter(|f| f.side == "before" && !f.hidden).collect();
    let pictures = timeline::pictures(&p, mine.iter().copied());
    let photos = mine
        .iter()
        .zip(pictures)
        .map(|(row, picture)| {
            let id = row.id.to_string();
            PhotoChoice { chosen: typed.all("anh").contains(&id), id, picture }
        })
        .collect();
    let texts = [report.title.as_str(), report.content.as_str(), report.address.as_str()];
    let hidden = crate::marked::kinds(&whole.shield, &texts).iter().map(|key| p.t(key).into_owned()).collect();
    RedactPage {
        about: About::new(&p, whole),
        errors,
        parts,
        words: typed.get("words").to_owned(),
        photos,
        named: !report.anonymous,
        hidden,
        p,
    }
}

pub async fn ask(State(web): State<Web>, Path(code): Path<String>, by: Sender) -> Result<Response, Problem> {
    let whole = own(&web, &by, &code).await?;
    html(&view(by.visit.page, &whole, &Fields::default(), Errors::none()))
}

/// The same form sent twice: all of it is hidden already.
fn is_done(whole: &Whole, asked: &Redaction) -> bool {
    let masked: Vec<String> = serde_json::from_str(&whole.report.masked).unwrap_or_default();
    let gone = |id: &Uuid| whole.photos.iter().any(|f| f.id == *id && f.hidden);
    let something = asked.name || !asked.words.is_empty() || !asked.photos.is_empty();
    something
        && asked.words.iter().all(|w| masked.contains(&base::text::one_line(w)))
        && asked.photos.iter().all(gone)
        && (!asked.name || whole.report.anonymous)
}

pub async fn save(State(web): State<Web>, Path(code): Path<String>, form: Form<Sender>) -> Result<Response, Problem> {
    let whole = own(&web, &form.by, &code).await?;
    let words = form.fields.all("doan").iter().map(String::as_str).chain(form.fields.get("words").lines());
    let redaction = Redaction {
        words: words.map(str::to_owned).filter(|w| !w.trim().is_empty()).take(200).collect(),
        photos: form.fields.all("anh").iter().filter_map(|id| Uuid::parse_str(id).ok()).take(100).collect(),
        name: form.fields.has("ten"),
    };
    if is_done(&whole, &redaction) {
        return Ok(back(&web, &whole, "flash-redacted"));
    }
    let errors = match act(&web, &form.by, &whole.report.code, Command::Redact(redaction), Vec::new()).await {
        Ok(_) => return Ok(back(&web, &whole, "flash-redacted")),
        Err(Error::Invalid(wrong)) => Errors::of(&form.by.visit.page, &wrong),
        Err(e) => return Err(web.problem()(e)),
    };
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &view(form.by.visit.page, &whole, &form.fields, errors))
}

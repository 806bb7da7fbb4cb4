//! One paper: what it is, a look at a picture, saving it; another name; taking it out, asked once.

use super::{Choice, Shown, choices, shown};
use crate::{
    citizen::{
        accounts::{
            form::{Head, shown as page_of},
            refusal::{Answer, Refused, refused},
        },
        answer::{self, go_saying},
    },
    error::Problem,
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use base::ids::Uuid;
use domain::documents::{Content, Line, Media, NAME_MOST, PAGE, Topic};

#[derive(Template)]
#[template(path = "national/document.html")]
struct OnePage {
    p: Page,
    h: Head,
    paper: Shown,
    /// The look of the picture: width and height.
    picture: Option<(i32, i32)>,
    is_missing: bool,
    is_damaged: bool,
}

pub async fn page(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let (line, content) =
        web.accounts.look_at_document(&by.signed, answer::id(&id)?).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let mut h = Head::own(&mut p, "docs-title", PAGE);
    let paper = shown(&p, &line);
    h.title.clone_from(&paper.name);
    let (is_missing, is_damaged) = (matches!(content, Content::Missing), matches!(content, Content::Damaged));
    let size = line.width.zip(line.height);
    let picture = size.filter(|_| content.is_ready() && line.media == Media::Jpeg);
    page_of(&OnePage { paper, picture, is_missing, is_damaged, h, p })
}

#[derive(Template)]
#[template(path = "national/document_rename.html")]
struct RenamePage {
    p: Page,
    h: Head,
    href: String,
    name: String,
    topics: Vec<Choice>,
}

fn rename_form(by: Citizen, id: Uuid, name: String, topic: &str, refused: Refused) -> Answer {
    let (errors, status, seconds) = refused.split();
    let mut p = by.visit.page;
    let href = format!("{PAGE}/{id}");
    let h = Head::own(&mut p, "docs-rename-title", &href).wrong(errors);
    Refused::page(status, seconds, &RenamePage { href, name, topics: choices(&p, topic), h, p })
}

async fn line_of(web: &Web, by: &Citizen, id: &str) -> Result<Line, Problem> {
    web.accounts.document(by.signed.account, answer::id(id)?).await.map_err(web.account_problem())
}

pub async fn rename_page(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let line = line_of(&web, &by, &id).await?;
    let (Some(name), Some(topic)) = (line.name, line.topic) else { return Err(Problem::NotFound.into()) };
    rename_form(by, line.id, name, topic.as_str(), Refused::none())
}

pub async fn rename(
    State(web): State<Web>,
    Path(id): Path<String>,
    visit::Form { by, fields }: visit::Form<Citizen>,
) -> Answer {
    let id = answer::id(&id)?;
    let (name, topic) = (fields.get("name"), fields.get("topic"));
    match web.accounts.rename_document(&by.signed, id, name, topic).await {
        Ok(()) => Ok(go_saying(&web, &format!("{PAGE}/{id}"), "flash-document-renamed")),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "name", PAGE)?;
            let topic = Topic::parse(topic).map_or("", Topic::as_str);
            rename_form(by, id, name.chars().take(2 * NAME_MOST).collect(), topic, said)
        }
    }
}

#[derive(Template)]
#[template(path = "national/document_remove.html")]
struct RemovePage {
    p: Page,
    h: Head,
    paper: Shown,
}

/// Asked once before it is gone for good.
pub async fn remove_page(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let line = line_of(&web, &by, &id).await?;
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "docs-remove-title", &format!("{PAGE}/{}", line.id));
    page_of(&RemovePage { paper: shown(&p, &line), h, p })
}

pub async fn remove(
    State(web): State<Web>,
    Path(id): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Result<Response, Problem> {
    web.accounts.remove_document(&by.signed, answer::id(&id)?).await.map_err(web.account_problem())?;
    Ok(go_saying(&web, PAGE, "flash-document-removed"))
}

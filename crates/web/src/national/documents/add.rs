//! Adding a paper: one form, one file, also without a script.

use super::{ADD, Choice, choices};
use crate::{
    citizen::{
        accounts::{
            form::Head,
            refusal::{Answer, Refused, refused},
        },
        answer::go_saying,
    },
    page::Page,
    state::Web,
    visit::{Citizen, UploadForm},
};
use askama::Template;
use axum::extract::State;
use base::ids::Uuid;
use domain::documents::{New, PAGE};

#[derive(Template)]
#[template(path = "national/document_new.html")]
struct AddPage {
    p: Page,
    h: Head,
    /// Names this form: sent twice, it adds one paper.
    key: String,
    name: String,
    topics: Vec<Choice>,
}

/// What was typed and is shown again; a file has to be chosen again.
#[derive(Default)]
struct Typed {
    key: Option<Uuid>,
    name: String,
    topic: String,
}

fn form(web: &Web, mut p: Page, typed: Typed, refused: Refused) -> Answer {
    let (mut errors, status, seconds) = refused.split();
    if !errors.is_empty() && !errors.has("file") {
        // Browsers forget it, and who looks at the name only would send the form without.
        errors.add("file", "#f-file".into(), p.t("docs-again").into_owned());
    }
    // In the order in which they stand on the page.
    errors.0.sort_by_key(|wrong| wrong.field != "file");
    let h = Head::own(&mut p, "docs-add-title", PAGE).wrong(errors);
    let key = typed.key.unwrap_or_else(|| web.core.new_id()).to_string();
    Refused::page(status, seconds, &AddPage { key, name: typed.name, topics: choices(&p, &typed.topic), h, p })
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    form(&web, by.visit.page, Typed::default(), Refused::none())
}

pub async fn add(State(web): State<Web>, UploadForm { by, mut upload }: UploadForm<Citizen>) -> Answer {
    // What the form takes of the memory for all is held until the end.
    let files = std::mem::take(&mut upload.files).into_iter().filter(|f| f.field == "file");
    let files: Vec<Vec<u8>> = files.map(|f| f.bytes.into()).collect();
    let fields = &upload.fields;
    let form_id = Uuid::parse_str(fields.get("khoa")).ok();
    let new = New {
        name: fields.get("name"),
        topic: fields.get("topic"),
        too_large: !upload.too_large.is_empty(),
        form: form_id,
        files,
    };
    match web.accounts.add_document(&by.signed, new).await {
        Ok(_) => Ok(go_saying(&web, PAGE, "flash-document-added")),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "file", ADD)?;
            // Longer than any name is nothing to be typed on.
            let name = fields.get("name").chars().take(2 * domain::documents::NAME_MOST).collect();
            let typed = Typed { key: form_id, name, topic: fields.get("topic").to_owned() };
            form(&web, by.visit.page, typed, said)
        }
    }
}

//! Step 2: what happened, in the person's own words; the title is the first line unless one writes another.

use super::{
    Frame, Step, is_editing, load,
    question::{self, Asked},
    store, suggest,
};
use crate::{
    citizen::{
        answer::{go, html, html_as},
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
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    error::FieldError,
    reports::{
        CONTENT_MOST,
        answers::Unfit,
        drafts::{ReportDraft, Saved},
        submit,
    },
};

#[derive(Template)]
#[template(path = "citizen/wizard/content.html")]
struct ContentPage {
    p: Page,
    f: Frame,
    errors: Errors,
    id: String,
    saved: Saved,
    most: usize,
    hint: String,
    questions: Vec<Asked>,
    category: String,
}

fn view(p: Page, draft: &ReportDraft, editing: bool, errors: Errors) -> ContentPage {
    view_with(p, draft, editing, errors, &[])
}

/// `unfit`: answers that do not fit, to be shown beside their questions.
fn view_with(p: Page, draft: &ReportDraft, editing: bool, mut errors: Errors, unfit: &[Unfit]) -> ContentPage {
    let category = p.province.category(&draft.saved.category);
    let questions = question::asked(&p, category, &draft.saved.answers, unfit);
    for q in questions.iter().filter(|q| !q.error.is_empty()) {
        errors.add("answers", format!("#{}", q.id), q.error.clone());
    }
    ContentPage {
        f: Frame::new(&p, Step::Content, Some(draft), editing),
        errors,
        id: draft.id.to_string(),
        saved: draft.saved.clone(),
        most: CONTENT_MOST,
        questions,
        hint: category.map_or_else(String::new, |c| c.hint.get(p.lang()).to_owned()),
        category: p.category_name(&draft.saved.category),
        p,
    }
}

pub async fn page(
    State(web): State<Web>,
    Path(draft): Path<String>,
    RawQuery(query): RawQuery,
    by: Sender,
) -> Result<Response, Problem> {
    let draft = load(&web, &by, &draft).await?;
    html(&view(by.visit.page, &draft, is_editing(&query), Errors::none()))
}

/// The errors of these fields only: other steps may still be empty.
pub(super) fn errors_of(web: &Web, saved: &Saved, fields: &[&str]) -> Vec<FieldError> {
    match submit::check(&web.core, &saved.to_draft()) {
        Ok(_) => Vec::new(),
        Err(all) => all.into_iter().filter(|e| fields.contains(&e.field)).collect(),
    }
}

fn take(fields: &Fields, saved: &mut Saved) {
    fields.get("content").clone_into(&mut saved.content);
    fields.get("title").clone_into(&mut saved.title);
    saved.answers = question::read(fields);
}

pub async fn save(State(web): State<Web>, Path(draft): Path<String>, form: Form<Sender>) -> Result<Response, Problem> {
    let mut draft = load(&web, &form.by, &draft).await?;
    let editing = form.fields.has("sua");
    take(&form.fields, &mut draft.saved);
    // Kept even when it is too long yet: nobody writes it twice.
    store(&web, &form.by, &draft, &draft.saved).await?;
    if let Some(chosen) = form.fields.some("chuyen") {
        return Ok(go(&suggest::change(&web, &form.by, &draft, chosen, Step::Content, editing).await?));
    }
    let wrong = errors_of(&web, &draft.saved, &["content", "title"]);
    let category = form.by.visit.page.province.category(&draft.saved.category);
    let unfit = category.and_then(|c| draft.saved.answers.check(c).err()).unwrap_or_default();
    if !wrong.is_empty() || !unfit.is_empty() {
        let p = form.by.visit.page;
        let errors = Errors::of(&p, &wrong);
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, &view_with(p, &draft, editing, errors, &unfit));
    }
    Ok(go(&Step::Content.next(&draft, editing)))
}

/// Saves what is being typed, for the script; steps send the fields they have.
pub async fn autosave(
    State(web): State<Web>,
    Path(draft): Path<String>,
    form: Form<Sender>,
) -> Result<Response, Problem> {
    let mut draft = load(&web, &form.by, &draft).await?;
    if form.fields.has("content") {
        take(&form.fields, &mut draft.saved);
    }
    if form.fields.has("words") {
        form.fields.get("words").clone_into(&mut draft.saved.address);
    }
    store(&web, &form.by, &draft, &draft.saved).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

//! Step 2: what happened, in the person's own words; the title is the first line unless one writes another.

use super::{
    Frame, Step,
    own::{Own, OwnForm},
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
};
use askama::Template;
use axum::{
    extract::State,
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

pub async fn page(Own { draft, by, editing }: Own) -> Result<Response, Problem> {
    html(&view(by.visit.page, &draft, editing, Errors::none()))
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

pub async fn save(
    State(web): State<Web>,
    OwnForm { mut draft, by, fields, editing }: OwnForm,
) -> Result<Response, Problem> {
    take(&fields, &mut draft.saved);
    // Kept even when it is too long yet: nobody writes it twice.
    store(&web, &by, &draft, &draft.saved).await?;
    if let Some(chosen) = fields.some("chuyen") {
        return Ok(go(&suggest::change(&web, &by, &draft, chosen, Step::Content, editing).await?));
    }
    let wrong = errors_of(&web, &draft.saved, &["content", "title"]);
    let category = by.visit.page.province.category(&draft.saved.category);
    let unfit = category.and_then(|c| draft.saved.answers.check(c).err()).unwrap_or_default();
    if !wrong.is_empty() || !unfit.is_empty() {
        let p = by.visit.page;
        let errors = Errors::of(&p, &wrong);
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, &view_with(p, &draft, editing, errors, &unfit));
    }
    Ok(go(&Step::Content.next(&draft, editing)))
}

/// Saves what is being typed, for the script; steps send the fields they have.
pub async fn autosave(
    State(web): State<Web>,
    OwnForm { mut draft, by, fields, .. }: OwnForm,
) -> Result<Response, Problem> {
    if fields.has("content") {
        take(&fields, &mut draft.saved);
    }
    if fields.has("words") {
        fields.get("words").clone_into(&mut draft.saved.address);
    }
    store(&web, &by, &draft, &draft.saved).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

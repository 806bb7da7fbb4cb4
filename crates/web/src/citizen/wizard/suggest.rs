//! «Chuyển sang …»: when what is written sounds like another category, one tap changes it. Asked by POST, because what people
//! write must not stand in an address or a log of addresses; for the draft's owner alone, and nothing of it is kept.

use super::{Step, own::OwnForm, store};
use crate::{error::Problem, page::Page, state::Web, visit::Sender};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::reports::{
    drafts::ReportDraft,
    suggest::{self, Guess},
};
use serde_json::json;

/// A category that fits better.
pub struct Better {
    pub code: String,
    pub name: String,
}

impl Better {
    /// `None` when the chosen one is as good, or nothing is sure.
    pub async fn of(web: &Web, p: &Page, draft: &ReportDraft) -> Result<Option<Self>, Problem> {
        let saved = &draft.saved;
        let text = format!("{}\n{}", saved.title, saved.content);
        let guess = suggest::better(&web.core, &text, &saved.category).await.map_err(web.problem())?;
        Ok(guess.map(|Guess { category, .. }| Self { name: p.category_name(&category), code: category }))
    }
}

pub async fn suggest(
    State(web): State<Web>,
    OwnForm { mut draft, by, fields, .. }: OwnForm,
) -> Result<Response, Problem> {
    fields.get("content").clone_into(&mut draft.saved.content);
    fields.get("title").clone_into(&mut draft.saved.title);
    Ok(match Better::of(&web, &by.visit.page, &draft).await? {
        Some(better) => Json(json!({ "code": better.code, "name": better.name })).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Changes the category and answers where to go on: an urgent one first asks whether somebody is hurt.
pub async fn change(
    web: &Web,
    by: &Sender,
    draft: &ReportDraft,
    chosen: &str,
    here: Step,
    editing: bool,
) -> Result<String, Problem> {
    let province = web.core.province();
    let category = province.category(chosen).ok_or(Problem::BadRequest)?;
    let mut saved = draft.saved.clone();
    chosen.clone_into(&mut saved.category);
    store(web, by, draft, &saved).await?;
    if category.urgent && !saved.no_emergency {
        let edit = if here == Step::Check || editing { "?sua=1" } else { "" };
        return Ok(format!("/phan-anh/moi/{}/khan-cap{edit}", draft.id));
    }
    Ok(format!("{}{}", here.of(draft), if editing { "?sua=1" } else { "" }))
}

//! The video of step 3: one, short, never public.

use super::{load, own::OwnForm};
use crate::{
    citizen::{
        answer::id,
        photos::shown as shown_name,
        video::{length, size},
    },
    error::Problem,
    forms::File,
    page::Page,
    state::Web,
    visit::Sender,
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base::ids::Uuid;
use domain::{
    error::Error,
    reports::{
        drafts::ReportDraft,
        video::{self, BadVideo},
    },
};
use serde_json::json;

/// The video of the draft as the list shows it.
pub(super) struct Shown {
    pub name: String,
    pub size: String,
    pub length: String,
}

pub(super) fn shown(p: &Page, draft: &ReportDraft) -> Option<Shown> {
    draft.video.as_ref().map(|v| Shown {
        name: if v.name.is_empty() { "Video".into() } else { v.name.clone() },
        size: size(p, v.stored.bytes),
        length: length(v.stored.seconds as i32),
    })
}

/// Takes the video that came with the form; answers the sentence that says why not.
pub(super) async fn take(
    web: &Web,
    by: &Sender,
    draft: Uuid,
    file: Option<File>,
    too_large: Option<String>,
) -> Result<Option<String>, Problem> {
    let p = &by.visit.page;
    let refuse = |name: &str, key: &str| Some(p.t2("photo-refused", "name", shown_name(name), "why", p.t(key)));
    if let Some(name) = too_large {
        return Ok(refuse(&name, BadVideo::TooLarge.key()));
    }
    let Some(file) = file else { return Ok(None) };
    match video::put(&web.core, by.signed.account, draft, &file.name, file.bytes.into()).await {
        Ok(()) => Ok(None),
        Err(Error::Invalid(why)) => Ok(why.first().and_then(|w| refuse(&file.name, w.key))),
        Err(e) => Err(web.problem()(e)),
    }
}

/// An upload that is complete, from the script: 201 with what the list needs.
pub async fn upload(State(web): State<Web>, OwnForm { draft, by, fields, .. }: OwnForm) -> Result<Response, Problem> {
    let account = by.signed.account;
    let upload = id(fields.get("upload"))?;
    video::add_upload(&web.core, account, draft.id, upload).await.map_err(web.problem())?;
    let draft = load(&web, &by, &draft.id.to_string()).await?;
    let added = draft.video.ok_or(Problem::NotFound)?;
    let body = json!({ "id": added.stored.id, "name": added.name, "size": added.stored.bytes });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

pub async fn remove(State(web): State<Web>, OwnForm { draft, by, .. }: OwnForm) -> Result<Response, Problem> {
    video::remove(&web.core, by.signed.account, draft.id).await.map_err(web.problem())?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

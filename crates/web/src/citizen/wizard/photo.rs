//! Step 3: photos and a video, which nobody has to add. With a script they are sent one by one; without, they travel with the form.

use super::{
    Frame, Step, film, load,
    own::{Own, OwnForm},
};
use crate::{
    citizen::{
        answer::{cached, go, html, html_as, id},
        errors::Errors,
        photos::{self, jpeg},
        video::size,
    },
    error::Problem,
    forms::VIDEO,
    page::Page,
    state::Web,
    visit::{Sender, UploadForm, VideoForm},
};
use askama::Template;
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    error::FieldError,
    reports::{
        drafts::{self, DraftPhoto, ReportDraft},
        photos::MOST,
    },
};
use serde_json::json;

/// A photo of the draft as the list shows it.
pub(super) struct Shown {
    pub id: String,
    pub name: String,
    pub size: String,
    pub thumb: String,
}

pub(super) fn shown(p: &Page, draft: &ReportDraft) -> Vec<Shown> {
    draft
        .photos
        .iter()
        .enumerate()
        .map(|(i, photo)| Shown {
            id: photo.id.to_string(),
            name: if photo.name.is_empty() { p.tn("photo-no", i as i64 + 1) } else { photo.name.clone() },
            size: size(p, photo.bytes),
            thumb: thumb_url(draft, photo),
        })
        .collect()
}

fn thumb_url(draft: &ReportDraft, photo: &DraftPhoto) -> String {
    format!("/phan-anh/moi/{}/anh/{}", draft.id, photo.id)
}

#[derive(Template)]
#[template(path = "citizen/wizard/photos.html")]
struct PhotosPage {
    p: Page,
    f: Frame,
    errors: Errors,
    id: String,
    photos: Vec<Shown>,
    most: usize,
    full: bool,
    video: Option<film::Shown>,
    video_most: i64,
}

fn view(p: Page, draft: &ReportDraft, editing: bool, errors: Errors) -> PhotosPage {
    PhotosPage {
        f: Frame::new(&p, Step::Photos, Some(draft), editing),
        errors,
        id: draft.id.to_string(),
        photos: shown(&p, draft),
        most: MOST,
        full: draft.photos.len() >= MOST,
        video: film::shown(&p, draft),
        video_most: domain::reports::video::MOST_BYTES,
        p,
    }
}

pub async fn page(Own { draft, by, editing }: Own) -> Result<Response, Problem> {
    html(&view(by.visit.page, &draft, editing, Errors::none()))
}

/// «Tải lên» stays on the page, «Tiếp tục» goes on, «Xóa» of a photo or of the video takes it away. What fits stays even when
/// others are refused.
pub async fn save(
    State(web): State<Web>,
    Path(draft): Path<String>,
    VideoForm(form): VideoForm<Sender>,
) -> Result<Response, Problem> {
    let (by, mut upload) = (form.by, form.upload);
    let draft = load(&web, &by, &draft).await?;
    let (account, editing) = (by.signed.account, upload.fields.has("sua"));
    if let Some(photo) = upload.fields.some("remove") {
        drafts::remove_photo(&web.core, account, draft.id, id(photo)?).await.map_err(web.problem())?;
        return Ok(go(&here(&draft, editing)));
    }
    if upload.fields.has("remove-video") {
        domain::reports::video::remove(&web.core, account, draft.id).await.map_err(web.problem())?;
        return Ok(go(&here(&draft, editing)));
    }
    let stays = upload.fields.has("add");
    let video = upload.files.iter().position(|f| f.field == VIDEO).map(|at| upload.files.remove(at));
    let too_large = upload.video_too_large.take();
    upload.files.retain(|f| f.field == "photo");
    // First: what it takes of the memory for all is given back with the rest of the form.
    let no_video = film::take(&web, &by, draft.id, video, too_large).await?;
    let room = MOST.saturating_sub(draft.photos.len());
    let taken = photos::take(&web, &by.visit.page, upload, room).await?;
    if !taken.photos.is_empty() {
        drafts::add_photos(&web.core, account, draft.id, taken.photos).await.map_err(web.problem())?;
    }
    if !taken.refused.is_empty() || no_video.is_some() {
        let draft = load(&web, &by, &draft.id.to_string()).await?;
        let mut errors = Errors::none();
        for sentence in taken.refused {
            errors.add("photo", "#f-photo".into(), sentence);
        }
        if let Some(sentence) = no_video {
            errors.add(VIDEO, "#f-video".into(), sentence);
        }
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, &view(by.visit.page, &draft, editing, errors));
    }
    Ok(if stays { go(&here(&draft, editing)) } else { go(&Step::Photos.next(&draft, editing)) })
}

fn here(draft: &ReportDraft, editing: bool) -> String {
    format!("{}{}", Step::Photos.of(draft), if editing { "?sua=1" } else { "" })
}

/// One photo from the script, whole or as an upload that is complete: 201 with what the list needs, or problem+json with
/// the reason.
pub async fn upload(
    State(web): State<Web>,
    Path(draft): Path<String>,
    form: UploadForm<Sender>,
) -> Result<Response, Problem> {
    let draft = load(&web, &form.by, &draft).await?;
    let refuse = |key| Problem::Invalid(vec![FieldError { field: "photo", key }]);
    if !form.upload.too_large.is_empty() {
        return Err(refuse("photo-too-large"));
    }
    let account = form.by.signed.account;
    let ids = if let Some(upload) = form.upload.fields.some("upload") {
        vec![drafts::add_upload(&web.core, account, draft.id, id(upload)?).await.map_err(web.problem())?]
    } else {
        let Some(file) = form.upload.files.into_iter().find(|f| f.field == "photo") else {
            return Err(refuse("photo-empty"));
        };
        if draft.photos.len() >= MOST {
            return Err(refuse("photo-too-many"));
        }
        let photo = domain::reports::photos::take_in(file.bytes.into()).await.map_err(web.problem())?;
        let photo = photo.map_err(|bad| refuse(bad.key()))?;
        drafts::add_photos(&web.core, account, draft.id, vec![(file.name, photo)]).await.map_err(web.problem())?
    };
    let draft = load(&web, &form.by, &draft.id.to_string()).await?;
    let added = draft.photos.iter().find(|p| ids.contains(&p.id)).ok_or(Problem::NotFound)?;
    let body = json!({
        "id": added.id,
        "name": added.name,
        "size": added.bytes,
        "thumb": thumb_url(&draft, added),
    });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

pub async fn remove(State(web): State<Web>, OwnForm { draft, by, fields, .. }: OwnForm) -> Result<Response, Problem> {
    let photo = id(fields.get("id"))?;
    drafts::remove_photo(&web.core, by.author(), draft.id, photo).await.map_err(web.problem())?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The small picture of a photo that belongs to no report yet; for its author alone.
pub async fn thumb(
    State(web): State<Web>,
    Path((_, photo)): Path<(String, String)>,
    Own { draft, .. }: Own,
) -> Result<Response, Problem> {
    let photo = id(&photo)?;
    let photo = draft.photos.iter().find(|p| p.id == photo).ok_or(Problem::NotFound)?;
    let how = "private, max-age=86400, immutable";
    Ok(cached(jpeg(&web, &format!("{}-s.jpg", photo.file), how).await?, how))
}

//! What a step of the wizard is about: the person's own draft, which the address names. A foreign one does not exist.

use super::load;
use crate::{
    error::Problem,
    forms::Fields,
    state::Web,
    visit::{Form, Sender},
};
use axum::{
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::request::Parts,
};
use domain::reports::drafts::ReportDraft;
use std::collections::BTreeMap;

/// A page of a step.
pub struct Own {
    pub draft: ReportDraft,
    pub by: Sender,
    /// One came from the summary and goes back there: `?sua=1` in the address, then a field of the form.
    pub editing: bool,
}

/// A form of a step.
pub struct OwnForm {
    pub draft: ReportDraft,
    pub by: Sender,
    pub fields: Fields,
    pub editing: bool,
}

/// What the address calls the draft.
async fn named(parts: &mut Parts, web: &Web) -> Result<String, Problem> {
    let named = Path::<BTreeMap<String, String>>::from_request_parts(parts, web).await;
    named.ok().and_then(|Path(mut named)| named.remove("draft")).ok_or(Problem::BadRequest)
}

impl FromRequestParts<Web> for Own {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let draft = named(parts, web).await?;
        let by = Sender::from_request_parts(parts, web).await?;
        let editing = parts.uri.query().is_some_and(|q| q.split('&').any(|part| part == "sua=1"));
        Ok(Self { draft: load(web, &by, &draft).await?, by, editing })
    }
}

impl FromRequest<Web> for OwnForm {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let draft = named(&mut parts, web).await?;
        let Form { by, fields } = Form::<Sender>::from_request(Request::from_parts(parts, body), web).await?;
        let editing = fields.has("sua");
        Ok(Self { draft: load(web, &by, &draft).await?, by, fields, editing })
    }
}

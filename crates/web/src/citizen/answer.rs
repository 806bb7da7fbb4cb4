//! Ways to answer a citizen: a page, the page after a form, JSON for our own scripts.

use crate::{cookies, error::Problem, state::Web};
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use base::ids::Uuid;

pub fn html(template: &impl Template) -> Result<Response, Problem> {
    html_as(StatusCode::OK, template)
}

pub fn html_as(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    let body = template.render().map_err(|e| {
        tracing::error!(error = %e, "a template failed");
        Problem::Internal
    })?;
    Ok((status, Html(body)).into_response())
}

/// A page that the service worker keeps for times without a network (X3); only where `COMPONENTS.md` allows it.
pub fn html_kept(template: &impl Template) -> Result<Response, Problem> {
    let mut response = html(template)?;
    response.headers_mut().insert("x-offline-copy", HeaderValue::from_static("keep"));
    Ok(response)
}

/// To another page, after a form.
pub fn go(to: &str) -> Response {
    Redirect::to(to).into_response()
}

/// To another page, which says that it worked. `flash` is a text key that begins with `flash-`.
pub fn go_saying(web: &Web, to: &str, flash: &str) -> Response {
    let mut response = go(to);
    response.headers_mut().append(header::SET_COOKIE, cookies::set(web, cookies::FLASH, flash, Some(60)));
    response
}

/// With a `Cache-Control` of its own; without one nothing is kept anywhere.
pub fn cached(mut response: Response, how: &'static str) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(how));
    response
}

/// An id in an address; anything else is no such page.
pub fn id(text: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(text).map_err(|_| Problem::NotFound)
}

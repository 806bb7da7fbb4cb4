//! Giới thiệu, Phản ánh kiến nghị (N15): what the portal is, and where a word about a place is said.

use super::systems::{self, Connected};
use crate::{citizen::answer::html, error::Problem, page::Page, state::Web, visit::Visit};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::packs::Emergency;

#[derive(Template)]
#[template(path = "national/about.html")]
struct AboutPage {
    p: Page,
}

#[derive(Template)]
#[template(path = "national/say.html")]
struct SayPage {
    p: Page,
    systems: Vec<Connected>,
    emergency: Vec<Emergency>,
}

pub async fn page(visit: Visit) -> Result<Response, Problem> {
    html(&AboutPage { p: visit.page })
}

/// A report is sent to the province where the thing is: the portal keeps none.
pub async fn say(State(web): State<Web>, visit: Visit) -> Result<Response, Problem> {
    let p = visit.page;
    html(&SayPage {
        systems: systems::connected(&web).await?,
        emergency: p.province.pack.province.emergency.clone(),
        p,
    })
}

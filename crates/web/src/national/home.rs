//! Trang chủ: what this is, the doors, and the systems that one signs in to through it. Only what exists is shown.

use super::systems::{self, Connected};
use crate::{citizen::answer::html, error::Problem, page::Page, state::Web, visit::Visit};
use askama::Template;
use axum::{extract::State, response::Response};

#[derive(Template)]
#[template(path = "national/home.html")]
struct HomePage {
    p: Page,
    name: Option<String>,
    systems: Vec<Connected>,
    /// How many provinces the country has.
    members: usize,
}

pub async fn page(State(web): State<Web>, visit: Visit) -> Result<Response, Problem> {
    let systems = systems::connected(&web).await?;
    let mut p = visit.page;
    p.tab = "home";
    let members = p.province.pack.members.len();
    html(&HomePage { name: visit.citizen.map(|c| c.name.clone()), systems, members, p })
}

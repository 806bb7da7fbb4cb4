//! Trang chủ (C1): what a person comes for first, what is theirs, and whom to call at once. Only what exists is shown.

use super::{answer::html_kept, tags};
use crate::{error::Problem, page::Page, state::Web, visit::Visit};
use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};
use domain::{
    accounts::helping::Deed,
    packs::Emergency,
    reports::{drafts, views},
};

pub fn routes() -> Router<Web> {
    Router::new().route("/", get(home))
}

#[derive(Template)]
#[template(path = "citizen/home.html")]
struct HomePage {
    p: Page,
    name: Option<String>,
    place: String,
    reports: bool,
    mine: Vec<tags::Shown>,
    /// A report that was begun and not sent.
    unfinished: Option<Unfinished>,
    recent: Vec<tags::Shown>,
    emergency: Vec<Emergency>,
}

struct Unfinished {
    href: String,
    title: String,
}

/// Reports shown on the home page.
const LATEST: usize = 3;

async fn home(State(web): State<Web>, visit: Visit) -> Result<Response, Problem> {
    let reader = visit.reading(Deed::List).cloned();
    let commune = visit.reading(Deed::Send).or(reader.as_ref()).and_then(|c| c.commune.clone());
    let mut p = visit.page;
    p.tab = "home";
    let reports = p.has_module("reports");
    let (mut mine, mut unfinished, mut recent) = (Vec::new(), None, Vec::new());
    if reports {
        if let Some(citizen) = &reader {
            let (lines, begun) = tokio::try_join!(
                views::mine(&web.core, citizen.account, None, LATEST as i64),
                drafts::list(&web.core, &**citizen)
            )
            .map_err(web.problem())?;
            mine = lines.iter().map(|l| tags::line(&p, l)).collect();
            unfinished = begun.into_iter().find(super::wizard::is_begun).map(|d| Unfinished {
                href: format!("/phan-anh/moi/{}", d.id),
                title: super::wizard::title_of(&p, &d),
            });
        }
        // What happens around one's home says more than what happens 200 km away; a quiet commune shows the province.
        for commune in [commune.clone(), None] {
            let filter = views::PublicFilter { commune, ..Default::default() };
            let lines = views::public_list(&web.core, &filter).await.map_err(web.problem())?;
            recent = lines.iter().take(LATEST).map(|l| tags::public_line(&p, l)).collect();
            if !recent.is_empty() {
                break;
            }
        }
    }
    let place = match commune {
        Some(_) => p.commune_name(&commune),
        None => p.province_name().to_owned(),
    };
    html_kept(&HomePage {
        name: reader.as_ref().map(|c| c.name.clone()),
        place,
        reports,
        mine,
        unfinished,
        recent,
        emergency: p.province.pack.province.emergency.clone(),
        p,
    })
}

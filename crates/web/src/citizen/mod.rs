//! The citizen's app: home, inbox, field reports, the pages that explain. Every page works without JavaScript; what scripts
//! add is in `web-ui/COMPONENTS.md` (X2, X3).

mod accounts;
pub(crate) mod answer;
mod app;
mod communes;
mod deadline;
mod errors;
mod home;
mod inbox;
mod markdown;
mod papers;
mod photos;
mod reports;
mod tags;
mod wizard;

pub(crate) use photos::picture;

use crate::state::Web;
use axum::Router;

pub fn routes() -> Router<Web> {
    Router::new()
        .merge(home::routes())
        .merge(inbox::routes())
        .merge(wizard::routes())
        .merge(reports::routes())
        .merge(photos::routes())
        .merge(communes::routes())
        .merge(papers::routes())
        .merge(app::routes())
        .merge(accounts::routes())
}

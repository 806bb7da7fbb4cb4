//! The citizen's app: home, inbox, field reports, the pages that explain. Every page works without JavaScript; what scripts
//! add is in `web-ui/COMPONENTS.md` (X2, X3).

pub(crate) mod accounts;
pub(crate) mod answer;
pub(crate) mod app;
mod communes;
mod consult;
mod deadline;
pub(crate) mod errors;
mod figures;
mod home;
pub(crate) mod inbox;
mod markdown;
mod open_data;
mod outbox;
pub(crate) mod papers;
mod photos;
pub(crate) mod procedures;
mod reports;
mod tags;
pub(crate) mod uploads;
pub(crate) mod video;
mod watches;
mod wizard;

pub(crate) use photos::picture;
pub(crate) use video::{Shown as Video, film};

use crate::state::Web;
use axum::Router;

pub fn routes() -> Router<Web> {
    Router::new()
        .merge(home::routes())
        .merge(inbox::routes())
        .merge(wizard::routes())
        .merge(outbox::routes())
        .merge(uploads::routes())
        .merge(reports::routes())
        .merge(figures::routes())
        .merge(watches::routes())
        .merge(photos::routes())
        .merge(video::routes())
        .merge(consult::routes())
        .merge(communes::routes())
        .merge(papers::routes())
        .merge(procedures::routes())
        .merge(open_data::routes())
        .merge(app::routes())
        .merge(accounts::routes())
}

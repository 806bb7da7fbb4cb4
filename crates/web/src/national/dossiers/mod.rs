//! Hồ sơ (N6, N14): what connected provinces tell of the dossiers they handle (`push`), and «Dịch vụ công của tôi», where people see their own (`mine`)
//! and take promised days along (`calendar`).

pub(crate) mod calendar;
mod mine;
pub(super) mod push;

use crate::state::Web;
use axum::{
    Router,
    routing::{get, post},
};
pub(crate) use mine::{LIST, counted, name};
pub use push::PATH as STATES;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route(push::PATH, post(push::receive))
        .route(mine::LIST, get(mine::list))
        .route("/tai-khoan/ho-so/{id}", get(mine::one))
        .route("/tai-khoan/ho-so/{id}/hen-tra.ics", get(calendar::one))
        .route(calendar::FILE, get(calendar::all))
}

//! Thanh toán trực tuyến (N15, P2): what provinces ask for in dossiers (`push`), the gateway's word (`notices`), and the pages on which people see what is due
//! and pay it (`pages`, `pay`, `proof`).

mod notices;
mod pages;
mod pay;
mod proof;
mod push;

use crate::state::Web;
use axum::{
    Router,
    routing::{get, post},
};
use domain::payments;
pub(super) use pages::{FeeRow, fee_row};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route(push::PATH, post(push::receive))
        .route(payments::NOTICES, get(notices::hear))
        .route(payments::PAGE, get(pages::list))
        .route("/thanh-toan/khoan/{id}", get(pages::one))
        .route("/thanh-toan/khoan/{id}/tra", post(pay::start))
        .route(payments::RETURN, get(pay::back))
        .route("/thanh-toan/lan/{id}", get(pay::page))
        .route("/thanh-toan/lan/{id}/xac-nhan", get(proof::page))
        .route("/thanh-toan/lan/{id}/xac-nhan.pdf", get(proof::pdf))
}

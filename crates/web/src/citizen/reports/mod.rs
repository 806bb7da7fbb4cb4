//! Reports as citizens read them (R9, R10, R13): the public list, one's own, one report with its history, and what its author
//! can do.

mod act;
pub(super) mod filter;
mod flag;
mod follow;
mod list;
pub(super) mod map;
mod page;
mod redact;
mod related;
pub(super) mod timeline;

use crate::state::Web;
use axum::{
    Router,
    routing::{get, post},
};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/phan-anh", get(list::public))
        .route("/phan-anh/tim", get(list::by_code))
        .route("/phan-anh/ban-do", get(map::page))
        .route("/ban-do/phan-anh.geojson", get(map::geojson))
        .route("/ban-do/phan-anh/{code}", get(map::summary))
        .route("/phan-anh/cua-toi", get(list::mine))
        .route("/phan-anh/{code}", get(page::page))
        .route("/phan-anh/{code}/bo-sung", get(act::ask_more).post(act::more))
        .route("/phan-anh/{code}/cung-gap", post(follow::start))
        .route("/phan-anh/{code}/thoi-theo-doi", post(follow::stop))
        .route("/phan-anh/{code}/an-bot", get(redact::ask).post(redact::save))
        .route("/phan-anh/{code}/khong-phu-hop", get(flag::ask).post(flag::send))
        .route("/phan-anh/{code}/rut", get(act::ask_withdraw).post(act::withdraw))
        .route("/phan-anh/{code}/danh-gia", get(act::ask_rate).post(act::rate))
        .route("/phan-anh/{code}/xu-ly-lai", get(act::ask_reopen).post(act::reopen))
        .route("/ca-nhan", get(async || super::answer::go("/phan-anh/cua-toi")))
}

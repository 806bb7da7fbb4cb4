//! Reports as citizens read them (R9, R10, R13): the public list, one's own, one report with its history, and what its author
//! can do.

mod act;
mod flag;
mod list;
mod page;
mod redact;
mod timeline;

use crate::state::Web;
use axum::{Router, routing::get};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/phan-anh", get(list::public))
        .route("/phan-anh/tim", get(list::by_code))
        .route("/phan-anh/cua-toi", get(list::mine))
        .route("/phan-anh/{code}", get(page::page))
        .route("/phan-anh/{code}/bo-sung", get(act::ask_more).post(act::more))
        .route("/phan-anh/{code}/an-bot", get(redact::ask).post(redact::save))
        .route("/phan-anh/{code}/khong-phu-hop", get(flag::ask).post(flag::send))
        .route("/phan-anh/{code}/rut", get(act::ask_withdraw).post(act::withdraw))
        .route("/phan-anh/{code}/danh-gia", get(act::ask_rate).post(act::rate))
        .route("/phan-anh/{code}/xu-ly-lai", get(act::ask_reopen).post(act::reopen))
        .route("/ca-nhan", get(async || super::answer::go("/phan-anh/cua-toi")))
}

//! «Tiện ích» (N6): what really is there to help, in one place. Nothing here is a door to something that does not exist yet.

use super::dossiers::calendar;
use crate::{
    citizen::accounts::{
        form::{Head, shown},
        overview::Row,
        refusal::Answer,
    },
    page::Page,
    state::Web,
    visit::Citizen,
};
use askama::Template;
use axum::extract::State;

pub(crate) const PAGE: &str = "/tai-khoan/tien-ich";

#[derive(Template)]
#[template(path = "national/utilities.html")]
struct UtilitiesPage {
    p: Page,
    h: Head,
    /// Promised days to take along: how many, in words; empty: none.
    days: String,
    rows: Vec<Row>,
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    let days = calendar::open(&web, by.signed.account).await?.len() as i64;
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "util-title", "/tai-khoan");
    let days = if days == 0 { String::new() } else { p.tn("util-calendar-days", days) };
    let rows = vec![
        Row::new(&p, "/thu-tuc", "search", "util-procedures"),
        Row::new(&p, "/tai-khoan/du-lieu", "download", "acc-row-data"),
        Row::new(&p, "/tai-khoan/thiet-bi", "smartphone", "acc-row-devices"),
        Row::new(&p, "/tai-khoan/kenh-nhan", "bell", "acc-row-settings"),
    ];
    shown(&UtilitiesPage { days, rows, h, p })
}

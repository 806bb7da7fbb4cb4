//! Cổng Dịch vụ công quốc gia (S5): a realm of its own with accounts by personal number, what is known for sure of a person, and the
//! provider that provinces let people sign in through (N5–N9, N12). Sessions, codes, devices and data rights are those of every realm.

mod about;
mod banks;
mod catalogue;
mod documents;
mod door;
mod dossiers;
mod home;
mod identity;
mod linking;
mod organizations;
mod pages;
mod payments;
mod people;
mod population;
mod register;
mod signature;
mod systems;
mod utilities;

pub(crate) use banks::{Section as Banks, section as banks};
pub use dossiers::STATES;
pub(crate) use dossiers::{LIST as DOSSIERS, counted as dossiers_counted, name as dossier_name};
pub use pages::Role;
pub(crate) use people::{failed, methods};
pub(crate) use systems::{System, listed as systems};
pub(crate) use utilities::PAGE as UTILITIES;

use crate::{
    citizen,
    state::{Parts, Web},
};
use ::identity::{
    outgoing::Trouble,
    provider::{Acting, Scope, Settings},
};
use axum::{
    Router,
    routing::{get, post},
};
use std::sync::Arc;

/// «Thông tin định danh».
pub(crate) const IDENTITY: &str = "/tai-khoan/dinh-danh";
/// The scope that stands for all claims.
pub const SCOPE: &str = "citizen";
/// What the portal says of a person, by the names that its clients know (facts of the national SSO).
pub const CLAIMS: [&str; 7] =
    ["TechID", "LoaiTaiKhoan", "SoDinhDanh", "HoVaTen", "NgaySinh", "GioiTinh", "SoDienThoai"];
/// The scope for the organisation that somebody acts for (A11): who asks for it has the person say, at each sign-in, for whom they act.
pub const ORGANIZATION_SCOPE: &str = "organization";
/// What is said then, beside `LoaiTaiKhoan` 2. The names are ours (cần đối chiếu).
pub const ORGANIZATION_CLAIMS: [&str; 2] = ["MaToChuc", "TenToChuc"];
/// Levels that its clients know: phone, number matched (IAL2), signature (IAL3).
pub const LEVELS: [&str; 3] = ["LoA1", "LoA2", "LoA3"];

/// Opens the portal: its provider knows the people of its accounts. Errors: the HTTP client cannot be made.
pub fn open(parts: Parts) -> Result<Web, Trouble> {
    let core = parts.core.clone();
    let role = Arc::new(Role::new(parts.accounts.clone()));
    let settings = Settings {
        scopes: vec![
            Scope { name: SCOPE, claims: &CLAIMS },
            Scope { name: ORGANIZATION_SCOPE, claims: &ORGANIZATION_CLAIMS },
        ],
        acting: Some(Acting { claims: &ORGANIZATION_CLAIMS, changed: &[people::KIND] }),
        subject_claim: Some("TechID"),
        acr: LEVELS.to_vec(),
        // In the demo its clients are on this machine, over plain HTTP.
        allow_private: core.settings.demo,
        ..Settings::new(core.settings.origin.clone())
    };
    let web = parts.with_issuer(settings, &role)?;
    role.serves(&web);
    Ok(web)
}

/// Notices clients that were connected or taken away: forms of the portal lead to them in the end, and pages must say so. Run at the start
/// and every minute. Errors: the database.
pub async fn refresh(web: &Web) -> Result<(), ::identity::error::Error> {
    let Some(issuer) = &web.issuer else { return Ok(()) };
    let origins = issuer.clients().await?.iter().flat_map(systems::origins).collect::<Vec<_>>();
    web.let_lead_to(&origins);
    Ok(())
}

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .merge(citizen::accounts::national_routes())
        .merge(citizen::inbox::routes())
        .merge(citizen::papers::routes())
        .merge(citizen::app::national_routes())
        .merge(register::routes())
        .merge(organizations::routes())
        .merge(documents::routes())
        .merge(dossiers::routes())
        .merge(payments::routes())
        .route("/", get(home::page))
        .route("/dang-nhap", get(door::page))
        .route("/dang-nhap/so", get(door::number_page).post(door::sign_in))
        .route("/dang-nhap/so/ma", get(door::code_page).post(door::confirm))
        .route("/dang-nhap/so/ma/gui-lai", get(citizen::accounts::code::back).post(door::resend))
        .merge(signature::routes())
        .route(UTILITIES, get(utilities::page))
        .route(IDENTITY, get(identity::page))
        .route("/gioi-thieu", get(about::page))
        .route("/dich-vu", get(catalogue::services))
        .route("/phan-anh-kien-nghi", get(about::say))
        .route("/thu-tuc", get(catalogue::list))
        .route("/thu-tuc/{code}", get(catalogue::page))
        .route("/thu-tuc/{code}/nop/{client}", get(catalogue::go))
        .route(systems::ADD, get(linking::choose))
        .route("/tai-khoan/he-thong/{client}/them", get(linking::page))
        .route(banks::ADD, get(banks::choose))
        .route("/tai-khoan/ngan-hang/{id}/them", get(banks::page).post(banks::add))
        .route("/tai-khoan/ngan-hang/{id}/ve", get(banks::back))
        .route("/tai-khoan/ngan-hang/{id}/kiem-tra", post(banks::check))
        .route("/tai-khoan/ngan-hang/{id}/huy", get(banks::remove_page).post(banks::remove))
        .route(population::PAGE, get(population::page).post(population::ask))
        .route(population::KEEP, post(population::keep))
        .route("/tai-khoan/he-thong/{client}/huy", post(systems::withdraw))
}

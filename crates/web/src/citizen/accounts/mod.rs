//! Tài khoản: how a citizen gets an account, comes in, proves to be its owner, changes it and leaves (A1, A3–A6, A8, A9, A12,
//! A14, A17, A18). Every page works without JavaScript; what scripts add is in `web-ui/COMPONENTS.md`.

mod activity;
pub(crate) mod behalf;
pub(crate) mod code;
mod commune;
mod consents;
mod data;
mod devices;
pub(crate) mod factor;
pub(crate) mod form;
mod grown;
mod guest;
mod guest_data;
mod helping;
pub(crate) mod keep;
pub(crate) mod linked;
pub(crate) mod overview;
mod passkeys;
mod password;
mod phone;
pub mod phone_page;
mod profile;
pub(crate) mod raise;
mod recover;
pub(crate) mod refusal;
mod register;
mod register_form;
mod security;
mod settings;
pub(crate) mod sign_in;
mod sign_out;
mod step_up;
mod totp;
mod track;
pub(crate) mod verify;

use crate::{error::Problem, state::Web};
use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};

pub fn routes() -> Router<Web> {
    national_routes()
        .merge(by_phone())
        .merge(guests())
        .merge(residence())
        .merge(verified())
        .merge(helping::routes())
        .merge(of_age())
        .merge(behalf::routes())
}

/// What the national portal takes over from a province: nobody registers by phone alone there, nor says where they live.
pub fn national_routes() -> Router<Web> {
    Router::new().merge(door()).merge(elsewhere()).merge(own()).merge(security())
}

/// Registering by phone (A1), signing in with a phone or a name (A3).
fn by_phone() -> Router<Web> {
    Router::new()
        .route("/dang-ky", get(register::page).post(register::start))
        .route("/dang-ky/ma", get(register::code_page).post(register::confirm))
        .route("/dang-ky/ma/gui-lai", get(code::back).post(register::resend))
        .route("/dang-ky/thong-tin", get(register::details_page).post(register::complete))
        .route("/dang-ky/mau-day-du", get(register_form::page).post(register_form::start))
        .route("/dang-ky/mau-day-du/ma", get(register_form::code_page).post(register_form::confirm))
        .route("/dang-ky/mau-day-du/ma/gui-lai", get(code::back).post(register_form::resend))
        .route("/dang-ky/mau-day-du/ten", get(register_form::name_page).post(register_form::name))
        .route("/dang-nhap", get(sign_in::page).post(sign_in::sign_in))
}

/// Who came of age takes over the account that a guardian kept (A19).
fn of_age() -> Router<Web> {
    Router::new()
        .route(grown::START, get(grown::page).post(grown::start))
        .route("/nhan-tai-khoan/ma", get(grown::code_page).post(grown::confirm))
        .route("/nhan-tai-khoan/ma/gui-lai", get(code::back).post(grown::resend))
        .route("/nhan-tai-khoan/mat-khau", get(grown::password_page).post(grown::complete))
        .route("/tai-khoan/giup-nguoi/con/{child}/giao", get(grown::make_page).post(grown::make))
}

/// What people say of themselves and no authority confirmed.
fn residence() -> Router<Web> {
    Router::new()
        .route("/tai-khoan/thong-tin/ho-ten", get(profile::name_page).post(profile::name))
        .route("/tai-khoan/thong-tin/noi-o", get(profile::residence_page).post(profile::residence))
        .route("/tai-khoan/thong-tin/tu-khai", get(profile::declared_page).post(profile::declared))
        .route("/tai-khoan/thong-tin/ten-dang-nhap", get(profile::username_page).post(profile::username))
}

/// Before one is signed in.
fn door() -> Router<Web> {
    Router::new()
        .route("/bang-chung", get(challenge))
        .route("/dang-ky/xong", get(register::welcome))
        .route("/dang-nhap/ma", get(sign_in::factor_page).post(sign_in::factor))
        .route("/dang-nhap/khoa/bat-dau", post(sign_in::passkey_start))
        .route("/dang-nhap/khoa/xong", post(sign_in::passkey_finish))
        .route("/quen-mat-khau", get(recover::page).post(recover::start))
        .route("/quen-mat-khau/ma", get(recover::code_page).post(recover::confirm))
        .route("/quen-mat-khau/ma/gui-lai", get(code::back).post(recover::resend))
        .route("/quen-mat-khau/xac-thuc", get(recover::factor_page).post(recover::factor))
        .route("/quen-mat-khau/mat-khau", get(recover::password_page).post(recover::complete))
}

/// Coming in from another's provider, and the links to it.
fn elsewhere() -> Router<Web> {
    Router::new()
        .route("/dang-nhap/lien-thong/{provider}", post(linked::start))
        .route("/dang-nhap/lien-thong/{provider}/ve", get(linked::back))
        .route("/dang-nhap/lien-thong/{provider}/dang-xuat", post(linked::signed_out))
        .route(linked::sent::START, get(linked::sent::start).post(linked::sent::post))
        .route("/lien-ket-tai-khoan/{provider}", get(linked::sent::page))
        .route("/lan-dau", get(linked::first::page).post(linked::first::start))
        .route("/lan-dau/ma", get(linked::first::code_page).post(linked::first::confirm))
        .route("/lan-dau/ma/gui-lai", get(code::back).post(linked::first::resend))
        .route("/lan-dau/thong-tin", get(linked::first::details_page).post(linked::first::complete))
        .route("/xac-nhan/lien-thong/{provider}", get(linked::own::prove))
        .route("/tai-khoan/lien-ket", get(linked::own::page))
        .route("/tai-khoan/lien-ket/xac-nhan", get(linked::own::confirm_page).post(linked::own::confirm))
        .route("/tai-khoan/lien-ket/{provider}", post(linked::own::add))
        .route("/tai-khoan/lien-ket/{provider}/huy", post(linked::own::remove))
}

/// Without an account: a proven phone (R3).
fn guests() -> Router<Web> {
    Router::new()
        .route("/phan-anh/cach-gui", get(guest::choice))
        .route("/phan-anh/khach", get(guest::page).post(guest::start))
        .route("/phan-anh/khach/ma", get(guest::code_page).post(guest::confirm))
        .route("/phan-anh/khach/ma/gui-lai", get(code::back).post(guest::resend))
        .route("/khach/thoat", post(guest::leave))
        .route("/khach/xoa", get(guest::delete_page).post(guest::delete))
        .route("/khach/du-lieu", get(guest_data::page))
        .route("/khach/du-lieu/tai", post(guest_data::download))
        .route("/khach/du-lieu/chinh-sua", get(guest_data::correction_page).post(guest_data::correct))
        .route("/khach/xac-nhan", get(guest_data::prove_page).post(guest_data::prove))
        .route("/khach/xac-nhan/ma", get(guest_data::code_page).post(guest_data::confirm))
        .route("/khach/xac-nhan/ma/gui-lai", get(code::back).post(guest_data::resend))
        .route("/theo-doi", get(track::page).post(track::start))
        .route("/theo-doi/ma", get(track::code_page).post(track::confirm))
        .route("/theo-doi/ma/gui-lai", get(code::back).post(track::resend))
}

/// One's own pages.
fn own() -> Router<Web> {
    Router::new()
        .route("/tai-khoan", get(overview::page))
        .route("/tai-khoan/thong-tin", get(profile::page))
        .route("/tai-khoan/thong-tin/thu-dien-tu", get(profile::email_page).post(profile::email))
        .route("/tai-khoan/so-dien-thoai", get(phone::page).post(phone::start))
        .route("/tai-khoan/so-dien-thoai/ma", get(phone::code_page).post(phone::confirm))
        .route("/tai-khoan/so-dien-thoai/ma/gui-lai", get(code::back).post(phone::resend))
        .route("/tai-khoan/mat-khau", get(password::page).post(password::change))
        .route("/tai-khoan/thiet-bi", get(devices::page))
        .route("/tai-khoan/thiet-bi/khac", post(devices::end_others))
        .route("/tai-khoan/thiet-bi/{device}", post(devices::end))
        .route("/tai-khoan/hoat-dong", get(activity::page))
        .route("/tai-khoan/dong-y", get(consents::page).post(consents::agree))
        .route("/tai-khoan/dong-y/{consent}/rut", get(consents::withdraw_page).post(consents::withdraw))
        .route("/tai-khoan/du-lieu", get(data::page))
        .route("/tai-khoan/du-lieu/tai", post(data::download))
        .route("/tai-khoan/du-lieu/chinh-sua", get(data::correction_page).post(data::correct))
        .route("/tai-khoan/du-lieu/xoa", get(data::delete_page).post(data::delete))
        .route("/tai-khoan/quyen-rieng-tu", get(data::moved))
        .route("/tai-khoan/kenh-nhan", get(settings::page).post(settings::save))
        .route("/dang-xuat", get(sign_out::page).post(sign_out::sign_out))
        .route("/dang-xuat/xong", get(sign_out::done))
}

/// Who one is (A7).
fn verified() -> Router<Web> {
    Router::new()
        .route(raise::PAGE, get(raise::page))
        .route("/tai-khoan/xac-thuc", get(verify::page))
        .route("/tai-khoan/xac-thuc/ma", get(verify::back).post(verify::code))
        .route("/tai-khoan/xac-thuc/anh", get(verify::back).post(verify::photo))
        .route("/tai-khoan/xac-thuc/nhap", get(verify::typed::page).post(verify::typed::send))
        .route("/tai-khoan/xac-thuc/kiem-tra", get(verify::check::page).post(verify::check::press))
        .route("/tai-khoan/xac-thuc/ket-qua", get(verify::check::result))
        .route("/tai-khoan/xac-thuc/bo", get(verify::back).post(verify::forget))
}

/// What proves that it is oneself.
fn security() -> Router<Web> {
    Router::new()
        .route("/xac-nhan", get(step_up::page).post(step_up::prove))
        .route("/xac-nhan/khoa/bat-dau", post(step_up::passkey_start))
        .route("/xac-nhan/khoa/xong", post(step_up::passkey_finish))
        .route("/tai-khoan/bao-mat", get(security::page))
        .route("/tai-khoan/bao-mat/ma-du-phong", get(security::codes_page).post(security::new_codes))
        .route("/tai-khoan/bao-mat/ung-dung", get(totp::page).post(totp::confirm))
        .route("/tai-khoan/bao-mat/ung-dung/tat", get(totp::remove_page).post(totp::remove))
        .route("/tai-khoan/bao-mat/khoa/moi", get(passkeys::new_page))
        .route("/tai-khoan/bao-mat/khoa/bat-dau", post(passkeys::start))
        .route("/tai-khoan/bao-mat/khoa/xong", post(passkeys::finish))
        .route("/tai-khoan/bao-mat/khoa/{key}", get(passkeys::page).post(passkeys::rename))
        .route("/tai-khoan/bao-mat/khoa/{key}/xoa", post(passkeys::remove))
}

/// A challenge for the proof of work before an SMS (A4). Nothing is stored for it.
async fn challenge(State(web): State<Web>) -> Result<Response, Problem> {
    web.accounts.proof_challenge().map(|c| Json(c).into_response()).ok_or(Problem::Internal)
}

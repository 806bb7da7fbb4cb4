//! The staff console (xử lý công việc), everything under `/can-bo`. One table names every route with the right it needs; the
//! router is made from it, so that no route can exist without a decision, and a test walks it with every role (X6).

mod account;
mod act;
mod around;
mod ask;
mod audit;
mod bulk;
mod categories;
mod citizens;
mod consult;
mod door;
mod edit;
mod export;
mod form;
mod hand_over;
mod history;
mod intake;
mod keys;
pub(crate) mod linked;
mod messages;
mod moderate;
mod narrow;
mod notices;
mod paper;
mod people;
mod people_sheets;
mod photo;
pub mod provider;
mod questions;
mod queue;
mod queue_map;
mod ready;
mod release;
mod report;
mod rules;
mod rules_try;
mod saved;
mod security;
mod sheets;
mod shell;
mod show;
mod split;
mod standard_texts;
mod systems;
mod units;
mod versions;
mod video;

use crate::{error::Problem, state::Web, visit::Desk};
use axum::{
    Router,
    extract::{FromRequestParts, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use domain::rights::Right;

/// «Ghi phản ánh giúp»
pub use intake::START as INTAKE;
pub(crate) use shell::download;

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// The door itself: signing in and what must be done before anything else.
    Door,
    /// A member of staff with this right for some unit; what unit, the handler and the domain check.
    Right(Right),
}

/// A route of the console.
struct Entry {
    path: &'static str,
    need: Need,
    methods: MethodRouter<Web>,
}

fn door(path: &'static str, methods: MethodRouter<Web>) -> Entry {
    Entry { path, need: Need::Door, methods }
}

fn needs(right: Right, path: &'static str, methods: MethodRouter<Web>) -> Entry {
    Entry { path, need: Need::Right(right), methods }
}

/// Every route. What is not here does not exist.
fn table() -> Vec<Entry> {
    use Right::{AccountBlock, AuditRead, Console, GatewaysSee, KeysManage, ReportExport, ReportHide, ReportModerate};
    use Right::{
        NumberRelease, ReportIntake, ReportRoute, ReportSee, ReportWork, ReporterReveal, RulesEdit, StaffManage,
        TextsEdit, UnitsEdit,
    };
    vec![
        door("/can-bo/dang-nhap", get(door::sign_in_page).post(door::sign_in)),
        door("/can-bo/dang-nhap/ma", get(door::factor_page).post(door::factor)),
        door("/can-bo/dang-nhap/lien-thong/{provider}", post(linked::start)),
        door("/can-bo/dang-nhap/khoa/bat-dau", post(door::passkey_start)),
        door("/can-bo/dang-nhap/khoa/xong", post(door::passkey_finish)),
        door("/can-bo/dang-xuat", get(door::sign_out_page).post(door::sign_out)),
        door("/can-bo/phien", post(door::still_here)),
        door("/can-bo/xac-nhan", get(security::step_up_page).post(security::step_up)),
        door("/can-bo/xac-nhan/khoa/bat-dau", post(security::step_up_passkey_start)),
        door("/can-bo/xac-nhan/khoa/xong", post(security::step_up_passkey_finish)),
        door("/can-bo/bao-mat", get(security::page)),
        door("/can-bo/bao-mat/mat-khau", post(security::change_password)),
        door("/can-bo/bao-mat/ma", get(security::totp_page).post(security::confirm_totp)),
        door("/can-bo/bao-mat/ma/xoa", post(security::remove_totp)),
        door("/can-bo/bao-mat/khoa/bat-dau", post(security::passkey_start)),
        door("/can-bo/bao-mat/khoa/xong", post(security::passkey_finish)),
        door("/can-bo/bao-mat/khoa/{id}/xoa", post(security::remove_passkey)),
        door("/can-bo/bao-mat/ma-du-phong", post(security::new_backup_codes)),
        door("/can-bo/bao-mat/lien-ket/{provider}", post(linked::add)),
        door("/can-bo/bao-mat/lien-ket/{provider}/huy", post(linked::remove)),
        needs(Console, "/can-bo", get(queue::home)),
        needs(Console, "/can-bo/toi", get(account::page)),
        needs(Console, "/can-bo/toi/thiet-bi/{id}/xoa", post(account::end_session)),
        needs(Console, "/can-bo/toi/thiet-bi/xoa-het", post(account::end_other_sessions)),
        needs(Console, "/can-bo/phim-tat", post(account::keys)),
        needs(ReportIntake, intake::START, get(intake::page)),
        needs(ReportIntake, "/can-bo/ghi-giup/dien-thoai", get(intake::back).post(intake::start)),
        needs(ReportIntake, "/can-bo/ghi-giup/ma", get(intake::code_page).post(intake::confirm)),
        needs(ReportIntake, "/can-bo/ghi-giup/ma/gui-lai", get(intake::back_to_code).post(intake::resend)),
        needs(ReportIntake, "/can-bo/ghi-giup/khong-dien-thoai", get(intake::back).post(intake::without_phone)),
        needs(ReportSee, "/can-bo/phan-anh", get(queue::page)),
        needs(ReportSee, "/can-bo/phan-anh/moi", get(queue::news)),
        needs(ReportSee, "/can-bo/phan-anh/ban-do", get(queue_map::page)),
        needs(ReportSee, "/can-bo/phan-anh/ban-do.geojson", get(queue_map::geojson)),
        needs(ReportSee, "/can-bo/phan-anh/hang-loat", post(bulk::run)),
        needs(ReportSee, "/can-bo/bo-loc", post(saved::save)),
        needs(ReportSee, "/can-bo/bo-loc/{id}/xoa", post(saved::remove)),
        needs(ReportExport, "/can-bo/phan-anh/xuat.xlsx", get(export::queue)),
        needs(ReportSee, "/can-bo/phan-anh/{code}", get(report::page)),
        needs(ReporterReveal, "/can-bo/phan-anh/{code}/nguoi-gui", post(report::reveal)),
        needs(ReportSee, "/can-bo/phan-anh/{code}/lam/{act}", get(report::back).post(act::run)),
        needs(ReportSee, "/can-bo/phan-anh/{code}/ban-moi", get(report::news)),
        needs(ReportSee, "/can-bo/phan-anh/{code}/in.pdf", get(paper::report)),
        needs(ReportRoute, "/can-bo/phan-anh/{code}/tach", get(split::page).post(split::run)),
        needs(ReportWork, "/can-bo/y-kien/{id}", post(consult::answer)),
        needs(ReportWork, "/can-bo/phan-anh/{code}/thu-hoi/{id}", post(consult::recall)),
        needs(ReportRoute, "/can-bo/ban-giao", get(hand_over::page).post(hand_over::run)),
        needs(Console, "/can-bo/thong-bao", get(notices::page).post(notices::read_all)),
        needs(Console, "/can-bo/thong-bao/{id}", get(notices::open)),
        needs(ReportHide, "/can-bo/phan-anh/{code}/bao/bo-qua", post(moderate::dismiss)),
        needs(ReportModerate, "/can-bo/phan-anh/{code}/anh/{id}", get(moderate::page).post(moderate::save)),
        needs(ReportModerate, "/can-bo/phan-anh/{code}/anh/{id}/xem-truoc", get(moderate::preview)),
        needs(ReportSee, "/can-bo/anh/{id}/{size}", get(photo::photo)),
        needs(ReportSee, "/can-bo/video/{id}", get(video::video)),
        needs(TextsEdit, "/can-bo/quan-ly/van-ban-mau", get(standard_texts::list)),
        needs(TextsEdit, "/can-bo/quan-ly/van-ban-mau/{id}", get(standard_texts::edit).post(standard_texts::save)),
        needs(TextsEdit, "/can-bo/quan-ly/van-ban-mau/{id}/xoa", post(standard_texts::remove)),
        needs(StaffManage, "/can-bo/quan-ly/can-bo", get(people::list)),
        needs(StaffManage, "/can-bo/quan-ly/can-bo/moi", get(people::new_page).post(people::create)),
        needs(StaffManage, "/can-bo/quan-ly/can-bo/xuat.xlsx", get(people_sheets::export)),
        needs(StaffManage, "/can-bo/quan-ly/can-bo/nhap", get(people_sheets::page).post(people_sheets::check)),
        needs(StaffManage, "/can-bo/quan-ly/can-bo/nhap/xong", post(people_sheets::apply)),
        needs(StaffManage, "/can-bo/quan-ly/can-bo/{id}", get(people::one)),
        needs(StaffManage, "/can-bo/quan-ly/can-bo/{id}/quyen", post(people::roles)),
        needs(StaffManage, "/can-bo/quan-ly/can-bo/{id}/khoa", post(people::deactivate)),
        needs(StaffManage, "/can-bo/quan-ly/can-bo/{id}/mo", post(people::reactivate)),
        needs(StaffManage, "/can-bo/quan-ly/can-bo/{id}/dat-lai", post(people::reset)),
        needs(RulesEdit, "/can-bo/quan-ly/phan-tuyen", get(rules::list)),
        needs(RulesEdit, "/can-bo/quan-ly/phan-tuyen/quy-tac/{id}", get(rules::edit).post(rules::save)),
        needs(RulesEdit, "/can-bo/quan-ly/phan-tuyen/quy-tac/{id}/xoa", post(rules::remove)),
        needs(RulesEdit, "/can-bo/quan-ly/phan-tuyen/linh-vuc", get(categories::list)),
        needs(RulesEdit, "/can-bo/quan-ly/phan-tuyen/linh-vuc/{code}", get(categories::edit).post(categories::save)),
        needs(RulesEdit, "/can-bo/quan-ly/phan-tuyen/linh-vuc/{code}/xoa", post(categories::remove)),
        needs(
            RulesEdit,
            "/can-bo/quan-ly/phan-tuyen/linh-vuc/{code}/cau-hoi/{question}",
            get(questions::edit).post(questions::save),
        ),
        needs(RulesEdit, "/can-bo/quan-ly/phan-tuyen/linh-vuc/{code}/cau-hoi/{question}/xoa", post(questions::remove)),
        needs(KeysManage, "/can-bo/quan-ly/khoa-ket-noi", get(keys::list)),
        needs(KeysManage, "/can-bo/quan-ly/khoa-ket-noi/moi", get(keys::new_page).post(keys::create)),
        needs(KeysManage, "/can-bo/quan-ly/khoa-ket-noi/{id}", get(keys::ask_revoke).post(keys::revoke)),
        needs(Console, "/can-bo/he-thong", get(systems::page)),
        needs(KeysManage, "/can-bo/quan-ly/he-thong", get(systems::list)),
        needs(KeysManage, "/can-bo/quan-ly/he-thong/moi", get(systems::new_page).post(systems::create)),
        needs(KeysManage, "/can-bo/quan-ly/he-thong/{client}", get(systems::one)),
        needs(KeysManage, "/can-bo/quan-ly/he-thong/{client}/xoa", post(systems::remove)),
        needs(RulesEdit, "/can-bo/quan-ly/phan-tuyen/lich-su", get(versions::list)),
        needs(RulesEdit, "/can-bo/quan-ly/phan-tuyen/lich-su/{version}", get(versions::one).post(versions::revert)),
        needs(UnitsEdit, "/can-bo/quan-ly/don-vi", get(units::list)),
        needs(UnitsEdit, "/can-bo/quan-ly/bang/{what}/xuat.xlsx", get(sheets::export)),
        needs(UnitsEdit, "/can-bo/quan-ly/bang/{what}/nhap", get(sheets::page).post(sheets::check)),
        needs(UnitsEdit, "/can-bo/quan-ly/bang/{what}/nhap/xong", post(sheets::apply)),
        needs(AuditRead, "/can-bo/quan-ly/nhat-ky", get(audit::page)),
        needs(GatewaysSee, "/can-bo/quan-ly/tin-nhan", get(messages::page)),
        needs(AccountBlock, "/can-bo/quan-ly/nguoi-dan", get(citizens::page).post(citizens::find)),
        needs(AccountBlock, "/can-bo/quan-ly/nguoi-dan/{id}/khoa", post(citizens::block)),
        needs(AccountBlock, "/can-bo/quan-ly/nguoi-dan/{id}/mo", post(citizens::unblock)),
        needs(NumberRelease, release::PAGE, get(release::page).post(release::look)),
        needs(NumberRelease, release::HELD, get(release::held_page).post(release::release)),
    ]
}

/// Every route of the console with the right it needs; `None` is the door. For the test that walks them with every role.
pub fn console_routes() -> Vec<(&'static str, Option<Right>)> {
    let need = |need: Need| match need {
        Need::Door => None,
        Need::Right(right) => Some(right),
    };
    table().into_iter().map(|entry| (entry.path, need(entry.need))).collect()
}

/// The console. Each route's right is checked before its handler runs; handlers and services check for which unit it holds.
pub fn routes(web: &Web) -> Router<Web> {
    table().into_iter().fold(Router::new(), |router, entry| {
        let methods = match entry.need {
            Need::Door => entry.methods,
            Need::Right(right) => entry.methods.layer(middleware::from_fn_with_state((web.clone(), right), guard)),
        };
        router.route(entry.path, methods)
    })
}

async fn guard(State((web, right)): State<(Web, Right)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match Desk::from_request_parts(&mut parts, &web).await {
        Ok(desk) if desk.officer.has(right) => {
            parts.extensions.insert(desk); // the handler's own extractor takes this one
            next.run(Request::from_parts(parts, body)).await
        }
        Ok(_) => Problem::Forbidden.into_response(),
        Err(problem) => problem.into_response(),
    }
}

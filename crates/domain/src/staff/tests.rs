//! Staff accounts on both engines. The rules by role are walked exhaustively in `policy`; here they meet rows and sessions.

use super::{Filter, NewStaff, Staff, sheet::ImportError};
use crate::{
    accounts::{
        Duty, Error, FullName, Kind, Username,
        factors::FactorCode,
        login::Entered,
        tests::{World, visitor, world},
    },
    error::Error as Shared,
    rights::{Officer, Right, Role},
    sheets::{self, BadSheet, Table},
    testing,
};
use base::{i18n::Lang, keys::Secret, phone::PhoneNumber};
use store::{Sql, testing::each_engine};

const HERE: &str = "18880";
const THERE: &str = "18859";

fn new(username: &str, unit: &str, role: Role) -> NewStaff {
    NewStaff {
        full_name: FullName::parse("Lê Văn Thử").unwrap(),
        username: Username::parse(username).unwrap(),
        title: "Chuyên viên".into(),
        phone: None,
        unit: unit.into(),
        role,
    }
}

async fn operator(w: &World) -> Officer {
    testing::officer(&w.core, "Điều Phối", "*", Role::ProvinceOperator).await
}

async fn leader(w: &World) -> Officer {
    testing::officer(&w.core, "Lãnh Đạo", HERE, Role::UnitLeader).await
}

fn staff(w: &World) -> Staff {
    Staff::new(w.accounts.clone())
}

async fn audited(w: &World, act: &str) -> i64 {
    Sql::new("SELECT count(*) FROM audit WHERE act = $1").bind(act).scalar(w.core.store.read()).await.unwrap().unwrap()
}

fn is_forbidden<T>(result: Result<T, Error>) -> bool {
    matches!(result, Err(Error::Shared(Shared::Forbidden)))
}

#[tokio::test]
async fn a16_a_new_member_changes_the_password_and_sets_up_a_factor_before_anything_else() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (staff, operator) = (staff(&w), operator(&w).await);
        let (id, first) = staff.create(&operator, new("le.van.thu", HERE, Role::Officer)).await.unwrap();
        assert_eq!(first.expose().len(), 19);
        let entered = w.accounts.sign_in(Kind::Staff, "le.van.thu", &first, &visitor(1)).await.unwrap();
        let Entered::In(session) = entered else { panic!("no factor yet") };
        let signed = w.signed(&session).await;
        assert_eq!((signed.duty(), signed.officer().is_none()), (Some(Duty::ChangePassword), true));
        let own = Secret::new("bảy chiếc thuyền câu");
        assert!(w.accounts.change_password(&signed, &first, &first).await.is_err());
        let token = w.accounts.change_password(&signed, &first, &own).await.unwrap();
        let signed = w.signed_token(&token).await;
        assert_eq!((signed.duty(), signed.officer().is_none()), (Some(Duty::EnrolFactor), true));
        assert_eq!(audited(&w, "staff-create").await, 1);
        assert_eq!(staff.member(&operator, id).await.unwrap().0.grants.len(), 1);
        // The first password is worth nothing any more.
        let e = w.accounts.sign_in(Kind::Staff, "le.van.thu", &first, &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::WrongCredentials), "{e:?}");
    })
    .await;
}

#[tokio::test]
async fn x6_a_leader_makes_officers_of_the_own_unit_and_nothing_more() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (staff, leader) = (staff(&w), leader(&w).await);
        staff.create(&leader, new("can.bo.mot", HERE, Role::Officer)).await.unwrap();
        for (unit, role) in [
            (THERE, Role::Officer),
            ("*", Role::Officer),
            (HERE, Role::UnitLeader),
            ("*", Role::ProvinceOperator),
            ("*", Role::PlatformAdmin),
            (HERE, Role::Auditor),
        ] {
            assert!(is_forbidden(staff.create(&leader, new("can.bo.hai", unit, role)).await), "{unit} {role:?}");
        }
        let officer = testing::officer(&w.core, "Cán Bộ", HERE, Role::Officer).await;
        assert!(is_forbidden(staff.create(&officer, new("can.bo.ba", HERE, Role::Clerk)).await));
        assert!(is_forbidden(staff.list(&officer, &Filter::default()).await));
        let e = staff.create(&leader, new("can.bo.tu", "99999", Role::Officer)).await.unwrap_err();
        assert!(matches!(e, Error::Shared(Shared::Invalid(_))), "{e:?}");
    })
    .await;
}

#[tokio::test]
async fn x6_nobody_changes_themselves_or_somebody_with_more() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (staff, operator, leader) = (staff(&w), operator(&w).await, leader(&w).await);
        let why = "Kiểm tra quyền";
        assert!(is_forbidden(staff.grant(&leader, leader.account, HERE, Role::Officer, why).await));
        assert!(is_forbidden(staff.set_active(&leader, leader.account, false, why).await));
        assert!(is_forbidden(staff.reset_factor(&operator, operator.account, why).await));
        assert!(is_forbidden(staff.reset_factor(&leader, operator.account, why).await));
        assert!(is_forbidden(staff.reset_password(&leader, operator.account, why).await));
        assert!(is_forbidden(staff.set_active(&leader, operator.account, false, why).await));
        let (there, _) = staff.create(&operator, new("noi.khac", THERE, Role::Officer)).await.unwrap();
        assert!(
            is_forbidden(staff.grant(&leader, there, HERE, Role::Officer, why).await),
            "not even into the own unit"
        );
        let e = staff.member(&leader, there).await.unwrap_err();
        assert!(matches!(e, Error::Shared(Shared::NotFound)), "{e:?}");
        let admin = testing::officer(&w.core, "Quản Trị", "*", Role::PlatformAdmin).await;
        assert!(is_forbidden(staff.revoke(&operator, admin.account, "*", Role::PlatformAdmin, why).await));
        // A citizen is nobody's staff.
        let citizen = testing::citizen(&w.core, 1).await;
        assert!(matches!(staff.reset_password(&operator, citizen, why).await, Err(Error::Shared(Shared::NotFound))));
    })
    .await;
}

#[tokio::test]
async fn x6_roles_are_given_and_taken_with_a_reason_and_work_at_once() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (staff, operator) = (staff(&w), operator(&w).await);
        let id = w.staff("can.bo.mot", HERE, Role::Clerk).await;
        let Entered::In(session) = w
            .accounts
            .sign_in(Kind::Staff, "can.bo.mot", &Secret::new("bốn con trâu trắng"), &visitor(1))
            .await
            .unwrap()
        else {
            panic!()
        };
        w.write("UPDATE session SET method = 'password+totp' WHERE account_id = $1", move |s| s.bind(id)).await;
        assert!(!w.signed(&session).await.officer().unwrap().has(Right::ReportWork));
        assert!(staff.grant(&operator, id, HERE, Role::Officer, " ").await.is_err(), "a reason is asked");
        staff.grant(&operator, id, HERE, Role::Officer, "Phân công mới").await.unwrap();
        let again = staff.grant(&operator, id, HERE, Role::Officer, "Phân công mới").await;
        assert!(matches!(again, Err(Error::Shared(Shared::State))));
        assert!(w.signed(&session).await.officer().unwrap().has(Right::ReportWork));
        staff.revoke(&operator, id, HERE, Role::Officer, "Chuyển công tác").await.unwrap();
        assert!(!w.signed(&session).await.officer().unwrap().has(Right::ReportWork));
        assert_eq!((audited(&w, "staff-grant").await, audited(&w, "staff-revoke").await), (1, 1));
        // One's own last role that manages staff stays.
        let e = staff.revoke(&operator, operator.account, "*", Role::ProvinceOperator, "Nghỉ").await.unwrap_err();
        assert!(matches!(e, Error::Conflict("staff-own-last")), "{e:?}");
    })
    .await;
}

#[tokio::test]
async fn a16_deactivating_ends_sessions_and_resetting_asks_for_a_new_factor() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (staff, operator) = (staff(&w), operator(&w).await);
        let id = w.staff("can.bo.mot", HERE, Role::Officer).await;
        let good = Secret::new("bốn con trâu trắng");
        let enter = || w.accounts.sign_in(Kind::Staff, "can.bo.mot", &good, &V);
        static V: std::sync::LazyLock<crate::accounts::Visitor> = std::sync::LazyLock::new(|| visitor(1));
        let Entered::In(session) = enter().await.unwrap() else { panic!() };
        assert!(w.alive(&session.token).await);
        staff.set_active(&operator, id, false, "Nghỉ hưu").await.unwrap();
        assert!(!w.alive(&session.token).await);
        assert!(matches!(enter().await, Err(Error::WrongCredentials)));
        assert!(staff.set_active(&operator, id, false, "Nghỉ hưu").await.is_err());
        staff.set_active(&operator, id, true, "Quay lại").await.unwrap();

        w.write("UPDATE account SET totp_confirmed_at = 1 WHERE id = $1", move |s| s.bind(id)).await;
        let Entered::SecondFactor { token } = enter().await.unwrap() else { panic!() };
        staff.reset_factor(&operator, id, "Mất điện thoại").await.unwrap();
        let code = FactorCode::parse("000000").unwrap();
        let e = w.accounts.finish_second_factor(token.expose(), code, &visitor(1)).await.unwrap_err();
        assert!(matches!(e, Error::FlowGone), "a waiting sign-in is over: {e:?}");
        let Entered::In(session) = enter().await.unwrap() else { panic!() };
        assert_eq!(w.signed(&session).await.duty(), Some(Duty::EnrolFactor));
        let password = staff.reset_password(&operator, id, "Quên mật khẩu").await.unwrap();
        assert!(!w.alive(&session.token).await);
        let Entered::In(session) = w.accounts.sign_in(Kind::Staff, "can.bo.mot", &password, &visitor(1)).await.unwrap()
        else {
            panic!()
        };
        assert_eq!(w.signed(&session).await.duty(), Some(Duty::ChangePassword));
        for act in ["staff-deactivate", "staff-activate", "staff-reset-factor", "staff-reset-password"] {
            assert_eq!(audited(&w, act).await, 1, "{act}");
        }
    })
    .await;
}

#[tokio::test]
async fn x6_the_list_shows_what_is_in_reach_and_can_be_narrowed() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (staff, operator, leader) = (staff(&w), operator(&w).await, leader(&w).await);
        let mut phone = new("thu.hai", HERE, Role::Clerk);
        phone.full_name = FullName::parse("Đặng Thị Ánh").unwrap();
        phone.phone = Some(PhoneNumber::parse("0914000009").unwrap());
        staff.create(&operator, phone).await.unwrap();
        staff.create(&operator, new("thu.ba", THERE, Role::Officer)).await.unwrap();
        let all = staff.list(&operator, &Filter::default()).await.unwrap();
        assert_eq!(all.all, 4, "two made, operator, leader");
        assert_eq!(all.members[0].full_name, "Đặng Thị Ánh", "by the given name");
        let own = staff.list(&leader, &Filter::default()).await.unwrap();
        assert_eq!(own.all, 2);
        let narrow = |f: Filter| {
            let (staff, operator) = (staff.clone(), operator.clone());
            async move { staff.list(&operator, &f).await.unwrap().all }
        };
        assert_eq!(narrow(Filter { text: "dang anh".into(), ..Filter::default() }).await, 0, "words in a row");
        assert_eq!(narrow(Filter { text: "thi anh".into(), ..Filter::default() }).await, 1);
        assert_eq!(narrow(Filter { unit: THERE.into(), ..Filter::default() }).await, 1);
        assert_eq!(narrow(Filter { role: Some(Role::Clerk), ..Filter::default() }).await, 1);
        assert_eq!(narrow(Filter { active: Some(false), ..Filter::default() }).await, 0);
        assert_eq!(narrow(Filter { without_factor: true, ..Filter::default() }).await, 4);
        assert_eq!(narrow(Filter { page: usize::MAX, ..Filter::default() }).await, 4);
    })
    .await;
}

fn sheet(rows: &[[&str; 6]]) -> Vec<u8> {
    let headers = ["Họ và tên", "Tên đăng nhập", "Số điện thoại", "Chức vụ", "Mã đơn vị", "Vai trò"];
    let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(|r| r.iter().map(|c| (*c).to_owned()).collect()).collect();
    sheets::write("Danh sách", &headers, &rows).unwrap()
}

#[tokio::test]
async fn x12_a_dry_run_lists_every_error_by_row_and_changes_nothing() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (staff, operator, leader) = (staff(&w), operator(&w).await, leader(&w).await);
        staff.create(&operator, new("da.co", HERE, Role::Officer)).await.unwrap();
        let file = sheet(&[
            ["Nguyễn Thị Hoa", "hoa.nt", "0914 000 001", "Công chức", HERE, "Cán bộ xử lý"],
            ["", "da.co", "0233 3852 535", "", "99999", "vua"],
            ["Trần Văn Bình", "hoa.nt", "914000001", "", "UBND phường Đồng Hới", "clerk"],
            ["Lê Thị Mai", "mai.lt", "", "", "toàn tỉnh", "Quản trị hệ thống"],
            ["Phạm Văn Nam", "nam.pv", "", "Trưởng phòng", "Phường Đồng Hới", "unit_leader"],
        ]);
        let report = staff.try_import(&operator, file.clone()).await.unwrap();
        let errors: Vec<Vec<&str>> = report.rows.iter().map(|r| r.errors.clone()).collect();
        assert_eq!(errors[0], Vec::<&str>::new());
        assert_eq!(errors[1], ["name-empty", "username-taken", "phone-landline", "unit-unknown", "role-unknown"]);
        assert_eq!(errors[2], ["row-double-username", "row-double-phone"]);
        assert_eq!(errors[3], ["role-not-yours"], "an operator makes no administrator");
        assert_eq!(errors[4], Vec::<&str>::new());
        assert_eq!((report.good, report.rows[1].row), (2, 3));
        // The same file in a leader's hands gives less.
        let for_leader = staff.try_import(&leader, file.clone()).await.unwrap();
        assert_eq!(for_leader.good, 1);
        assert_eq!(staff.list(&operator, &Filter::default()).await.unwrap().all, 3, "nothing was changed");

        let (_, made) = staff.import(&operator, file.clone()).await.unwrap();
        assert_eq!(made.len(), 2);
        assert_eq!(audited(&w, "staff-create").await, 3);
        let entered = w.accounts.sign_in(Kind::Staff, "hoa.nt", &made[0].password, &visitor(1)).await;
        assert!(matches!(entered, Ok(Entered::In(_))));
        let again = staff.try_import(&operator, file).await.unwrap();
        assert_eq!(again.good, 0, "sent twice, nothing twice");
        assert!(Staff::password_sheet(&made).is_ok());

        let out = staff.export(&operator, Lang::VI).await.unwrap();
        let out = Table::read(&out, 100).unwrap();
        let hoa = out.rows.iter().find(|r| r.get(&["Tên đăng nhập"]) == "hoa.nt").unwrap();
        assert_eq!(hoa.get(&["Vai trò"]), "Cán bộ xử lý");
        assert_eq!(hoa.get(&["Số điện thoại"]), "0914 000 001");
    })
    .await;
}

#[tokio::test]
async fn x12_files_that_are_no_list_are_refused_with_their_reason() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (staff, operator) = (staff(&w), operator(&w).await);
        let e = staff.try_import(&operator, b"Ho ten\nAn".to_vec()).await.unwrap_err();
        assert!(matches!(e, ImportError::Column("Họ và tên")), "{e:?}");
        let e = staff.try_import(&operator, vec![0; 10]).await.unwrap_err();
        assert!(matches!(e, ImportError::Sheet(BadSheet::NotASheet)), "{e:?}");
        let auditor = testing::officer(&w.core, "Thanh Tra", "*", Role::Auditor).await;
        let e = staff.try_import(&auditor, sheet(&[])).await.unwrap_err();
        assert!(matches!(e, ImportError::Refused(Error::Shared(Shared::Forbidden))), "{e:?}");
    })
    .await;
}

#[tokio::test]
async fn a16_the_first_administrator_comes_from_the_command_line_once() {
    each_engine(async |db| {
        let w = world(&db).await;
        let first = super::first_administrator(&w.accounts, "quan.tri", "Quản Trị Đầu").await.unwrap();
        let entered = w.accounts.sign_in(Kind::Staff, "quan.tri", &first, &visitor(1)).await;
        assert!(matches!(entered, Ok(Entered::In(_))));
        let e = super::first_administrator(&w.accounts, "quan.tri.hai", "Quản Trị Hai").await.unwrap_err();
        assert!(matches!(e, Error::Shared(Shared::State)), "{e:?}");
    })
    .await;
}

#[test]
fn x6_every_role_has_a_name_in_both_languages() {
    let texts = base::i18n::Texts::load(crate::core::text_sources()).unwrap();
    for role in Role::ALL {
        for lang in [Lang::VI, Lang::EN] {
            assert!(texts.has(lang, &super::sheet::role_key(role)), "{role:?} {lang}");
        }
    }
}

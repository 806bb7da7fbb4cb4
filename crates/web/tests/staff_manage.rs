//! The door of the console and what is managed there: people, rules, tables, the log (A16, A17, R4, R15, X7, X11, X12).

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use axum::http::StatusCode;
use base::keys::Secret;
use domain::{accounts::Kind, audit, province, rights::Role, testing};
use support::{Answer, Person, Site, anybody, each, photo};

async fn staff(site: &Site, unit: &str, role: Role) -> Person {
    let officer = testing::officer(&site.core, "Quản Trị Thử", unit, role).await;
    site.sign_in(officer.account, "phien-cb", "password+totp").await
}

/// The value of a cookie that an answer sets, with its name.
fn cookie(answer: &Answer, name: &str) -> String {
    let all = answer.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap().to_owned());
    let found = all.filter_map(|c| c.split(';').next().map(str::to_owned)).find(|c| c.starts_with(name));
    found.unwrap_or_else(|| panic!("no cookie {name}"))
}

/// What stands between two marks of a page.
fn between<'a>(page: &'a str, from: &str, to: &str) -> &'a str {
    page.split_once(from).and_then(|(_, rest)| rest.split_once(to)).map(|(found, _)| found).unwrap_or_default()
}

/// The person of a session cookie, with the token its pages carry.
async fn signed(site: &Site, cookie: String) -> Person {
    let token = cookie.split_once('=').unwrap().1.to_owned();
    let signed = site.accounts.session(&token).await.unwrap().unwrap();
    Person { account: signed.account, cookie, csrf: site.accounts.csrf_token(signed.session.as_bytes()) }
}

#[tokio::test]
async fn a16_a_new_member_gets_in_only_with_an_own_password_and_a_second_factor() {
    each(async |site: Site| {
        let leader = staff(&site, "18880", Role::UnitLeader).await;
        let wrong = site.post(&leader, "/can-bo/quan-ly/can-bo/moi", &[("full_name", "X")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.checked().contains("error-summary"));
        let fields = [
            ("full_name", "Trần Văn Ví Dụ"),
            ("username", "vidu.tran"),
            ("unit", "18880"),
            ("role", "officer"),
            ("title", "Chuyên viên"),
        ];
        let page = site.post(&leader, "/can-bo/quan-ly/can-bo/moi", &fields).await.page();
        let first = between(&page, "<code class=\"secret\">", "</code>").to_owned();
        assert!(first.len() >= 16, "{page}");
        assert!(site.get(&leader, "/can-bo/quan-ly/can-bo").await.page().contains("vidu.tran"));
        let again = site.post(&leader, "/can-bo/quan-ly/can-bo/moi", &fields).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "the name is taken");

        let door = anybody();
        site.get(&door, "/can-bo/dang-nhap").await.page();
        let refused = site.post(&door, "/can-bo/dang-nhap", &[("username", "vidu.tran"), ("password", "sai")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.checked();
        let entered = site.post(&door, "/can-bo/dang-nhap", &[("username", "vidu.tran"), ("password", &first)]).await;
        assert_eq!(entered.leads_to(), "/can-bo");
        let me = signed(&site, cookie(&entered, "phien-cb")).await;
        assert!(site.get(&me, "/can-bo/phan-anh").await.leads_to().starts_with("/can-bo/bao-mat"));
        assert!(site.get(&me, "/can-bo/bao-mat").await.page().contains("Hãy đặt mật khẩu của riêng Ông/Bà"));

        let fields = [("current", first.as_str()), ("password", "mot cau rat dai cua toi")];
        let changed = site.post(&me, "/can-bo/bao-mat/mat-khau", &fields).await;
        changed.leads_to();
        let me = signed(&site, cookie(&changed, "phien-cb")).await;
        assert!(
            site.get(&me, "/can-bo/phan-anh").await.leads_to().starts_with("/can-bo/bao-mat"),
            "the factor is owed"
        );
        let page = site.get(&me, "/can-bo/bao-mat/ma").await.page();
        assert!(page.contains("<svg") && page.contains("otpauth://"));
        let secret = between(&page, "<code class=\"secret\">", "</code>").replace(' ', "");
        let wrong = site.post(&me, "/can-bo/bao-mat/ma", &[("code", "000000")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let code = totp(&secret, site.core.now());
        let done = site.post(&me, "/can-bo/bao-mat/ma", &[("code", &code)]).await;
        let codes = done.page();
        assert_eq!(codes.matches("<li>").count(), 10, "backup codes are shown");
        let me = signed(&site, cookie(&done, "phien-cb")).await;
        site.get(&me, "/can-bo/phan-anh").await.page();

        // The next time the second step is asked; a code works once.
        site.core.clock.advance(60_000);
        let fields = [("username", "vidu.tran"), ("password", "mot cau rat dai cua toi")];
        let step = site.post(&door, "/can-bo/dang-nhap", &fields).await;
        assert!(step.leads_to().starts_with("/can-bo/dang-nhap/ma"));
        let flow = Person { cookie: cookie(&step, "buoc-cb"), ..anybody() };
        site.get(&flow, "/can-bo/dang-nhap/ma").await.page();
        let code = totp(&secret, site.core.now());
        let inside = site.post(&flow, "/can-bo/dang-nhap/ma", &[("code", &code)]).await;
        assert_eq!(inside.leads_to(), "/can-bo");
        let again = site.post(&flow, "/can-bo/dang-nhap/ma", &[("code", &code)]).await;
        assert!(again.leads_to().starts_with("/can-bo/dang-nhap"));

        // Closing the account ends it at once.
        let me = signed(&site, cookie(&inside, "phien-cb")).await;
        let path = format!("/can-bo/quan-ly/can-bo/{}", me.account);
        let unreasoned = site.post(&leader, &format!("{path}/khoa"), &[("reason", "")]).await;
        assert_eq!(unreasoned.status, StatusCode::UNPROCESSABLE_ENTITY);
        site.post(&leader, &format!("{path}/khoa"), &[("reason", "Chuyển công tác")]).await.leads_to();
        assert!(site.get(&me, "/can-bo/phan-anh").await.leads_to().starts_with("/can-bo/dang-nhap"));
        site.get(&leader, &path).await.page();
    })
    .await;
}

/// RFC 6238 with the crate's own app: six digits, 30 seconds.
fn totp(secret: &str, now: i64) -> String {
    let bytes: [u8; 20] = base32(secret).try_into().unwrap();
    let app = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(bytes)
        .build_noncompliant();
    app.generate((now / 1000) as u64).to_string()
}

fn base32(text: &str) -> Vec<u8> {
    let mut bits = 0u32;
    let mut held = 0;
    let mut out = Vec::new();
    for c in text.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            _ => c - b'2' + 26,
        };
        held = (held << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    out
}

#[tokio::test]
async fn x6_a_leader_gives_no_role_that_is_not_theirs() {
    each(async |site: Site| {
        let leader = staff(&site, "18880", Role::UnitLeader).await;
        let make = |unit: &'static str, role: &'static str| {
            [("full_name", "Trần Văn Ví Dụ"), ("username", "vidu2.tran"), ("unit", unit), ("role", role)]
        };
        for (unit, role) in [("18880", "unit_leader"), ("*", "officer"), ("18859", "officer"), ("*", "platform_admin")]
        {
            let answer = site.post(&leader, "/can-bo/quan-ly/can-bo/moi", &make(unit, role)).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{unit} {role}");
        }
        let other = testing::officer(&site.core, "Xã Khác", "18859", Role::Officer).await;
        let answer = site.get(&leader, &format!("/can-bo/quan-ly/can-bo/{}", other.account)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn r4_a_change_of_the_rules_is_a_version_with_a_reason_and_can_be_undone() {
    each(async |site: Site| {
        let who = staff(&site, "*", Role::ProvinceOperator).await;
        let tried = site.get(&who, "/can-bo/quan-ly/phan-tuyen?linh-vuc=ha-tang&xa=18880").await.page();
        assert!(tried.contains("Quy tắc được dùng"));
        let before = site.core.province().route("ha-tang", Some("18880")).unit;
        let path = "/can-bo/quan-ly/phan-tuyen/quy-tac/moi";
        let base = [
            ("version", "1"),
            ("id", "ha-tang-dong-hoi"),
            ("position", "1"),
            ("categories", "ha-tang"),
            ("communes", "18880"),
            ("unit", "so-xay-dung"),
            ("why_vi", "Đường đô thị do Sở quản lý"),
            ("why_en", "City roads are the department's"),
        ];
        let unreasoned = site.post(&who, path, &base).await;
        assert_eq!(unreasoned.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unreasoned.checked().contains("Đường đô thị do Sở quản lý"), "what was typed is still there");
        let with = |more: &[(&'static str, &'static str)]| [&base[..], more].concat();
        site.post(&who, path, &with(&[("reason", "Phân cấp lại đường đô thị")])).await.leads_to();
        assert_eq!(site.core.province().version, 2);
        assert_eq!(site.core.province().route("ha-tang", Some("18880")).unit, "so-xay-dung");
        // From an old page: nothing is overwritten.
        let stale = site.post(&who, path, &with(&[("reason", "Từ trang cũ")])).await;
        assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(stale.checked().contains("Người khác vừa lưu một bản mới"));
        // A rule that is never used is a contradiction.
        let mut never = base.to_vec();
        never.extend([("reason", "Thử mâu thuẫn")]);
        never[0] = ("version", "2");
        never[1] = ("id", "thua");
        never[2] = ("position", "2");
        let answer = site.post(&who, path, &never).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.checked().contains("(thua)"));

        let compared = site.get(&who, "/can-bo/quan-ly/phan-tuyen/lich-su/1").await.page();
        assert!(compared.contains("ha-tang-dong-hoi"));
        let fields = [("version", "2"), ("reason", "Quay lại như cũ")];
        site.post(&who, "/can-bo/quan-ly/phan-tuyen/lich-su/1", &fields).await.leads_to();
        assert_eq!(site.core.province().version, 3);
        assert_eq!(site.core.province().route("ha-tang", Some("18880")).unit, before);
        let lines = province::versions(&site.core.store).await.unwrap();
        assert_eq!(lines[0].source, "revert");
        let log = site.get(&who, "/can-bo/quan-ly/nhat-ky?viec=rules-changed").await.page();
        assert!(log.contains("Phân cấp lại đường đô thị") && log.contains("Quay lại như cũ"));
    })
    .await;
}

#[tokio::test]
async fn r14_a_category_is_edited_and_one_that_a_rule_names_cannot_be_removed() {
    each(async |site: Site| {
        let who = staff(&site, "*", Role::ProvinceOperator).await;
        let path = "/can-bo/quan-ly/phan-tuyen/linh-vuc/ha-tang";
        let fields = [
            ("version", "1"),
            ("name_vi", "Hạ tầng hư hỏng"),
            ("name_en", "Broken infrastructure"),
            ("icon", "construction"),
            ("limit_kind", "working_days"),
            ("limit", "9"),
            ("position", "1"),
            ("public", "1"),
            ("reason", "Đổi tên cho dễ hiểu"),
        ];
        site.post(&who, path, &fields).await.leads_to();
        assert_eq!(site.core.province().category("ha-tang").unwrap().name.vi, "Hạ tầng hư hỏng");
        let mut wrong = fields.to_vec();
        wrong[0] = ("version", "2");
        wrong[5] = ("limit", "0");
        assert_eq!(site.post(&who, path, &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let remove = "/can-bo/quan-ly/phan-tuyen/linh-vuc/an-ninh/xoa";
        let answer = site.post(&who, remove, &[("version", "2"), ("reason", "Không cần nữa")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.checked().contains("an-ninh"));
    })
    .await;
}

#[tokio::test]
async fn x12_a_table_goes_out_comes_in_dry_and_only_then_for_good() {
    each(async |site: Site| {
        let who = staff(&site, "*", Role::ProvinceOperator).await;
        for what in ["xa", "co-quan", "linh-vuc"] {
            let path = format!("/can-bo/quan-ly/bang/{what}");
            let sheet = site.get(&who, &format!("{path}/xuat.xlsx")).await;
            assert!(sheet.bytes.starts_with(b"PK"), "{what}");
            // What went out is what is there: importing it again would change nothing.
            let answer = site.upload(&who, &format!("{path}/nhap"), &[], &[("file", "a.xlsx", &sheet.bytes)]).await;
            assert!(answer.page().contains("Không có gì khác"), "{what}");
        }
        let path = "/can-bo/quan-ly/bang/co-quan/nhap";
        let bad = "code,name,operator\nMã Sai,Tên,yes\n,Không mã,no\n";
        let answer = site.upload(&who, path, &[], &[("file", "a.csv", bad.as_bytes())]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.checked().contains("Lỗi theo dòng"));
        let answer = site.upload(&who, path, &[], &[("file", "a.png", &photo())]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);

        let mut csv = String::from("code,name,short_name,parent,operator,note\n");
        for a in &site.core.province().pack.agencies {
            let parent = a.parent.clone().unwrap_or_default();
            csv += &format!(
                "{},\"{}\",\"{}\",{parent},{},\n",
                a.code,
                a.name,
                a.short_name,
                if a.operator { "yes" } else { "no" }
            );
        }
        csv += "doi-moi,Đội mới,Đội mới,so-xay-dung,no,\n";
        let page = site.upload(&who, path, &[], &[("file", "a.csv", csv.as_bytes())]).await.page();
        assert!(page.contains("doi-moi") && page.contains("Thêm mới"));
        assert_eq!(site.core.province().version, 1, "a dry run changes nothing");
        let apply = format!("{path}/xong");
        let unreasoned = site.upload(&who, &apply, &[("version", "1"), ("csv", &csv)], &[]).await;
        assert_eq!(unreasoned.status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields = [("version", "1"), ("csv", csv.as_str()), ("reason", "Lập đội mới")];
        site.upload(&who, &apply, &fields, &[]).await.leads_to();
        assert!(site.core.province().pack.agency("doi-moi").is_some());
    })
    .await;
}

#[tokio::test]
async fn x12_staff_are_imported_after_a_dry_run() {
    each(async |site: Site| {
        let who = staff(&site, "*", Role::ProvinceOperator).await;
        let csv = "Họ và tên,Tên đăng nhập,Số điện thoại,Chức vụ,Mã đơn vị,Vai trò\n\
            Trần Văn Ví Dụ,vidu.tran,,Chuyên viên,18880,officer\nX,,,,khong-co,vua\n";
        let path = "/can-bo/quan-ly/can-bo/nhap";
        let page = site.upload(&who, path, &[], &[("file", "a.csv", csv.as_bytes())]).await.page();
        assert!(page.contains("1 dòng đúng") && page.contains("1 dòng có lỗi"), "{page}");
        assert!(!site.get(&who, "/can-bo/quan-ly/can-bo").await.page().contains("vidu.tran"));
        let page = site.upload(&who, &format!("{path}/xong"), &[], &[("file", "a.csv", csv.as_bytes())]).await.page();
        assert!(page.contains("Đã tạo 1 tài khoản"));
        assert!(site.get(&who, "/can-bo/quan-ly/can-bo?ten=vi+du").await.page().contains("vidu.tran"));
        assert!(site.get(&who, "/can-bo/quan-ly/can-bo/xuat.xlsx").await.bytes.starts_with(b"PK"));
    })
    .await;
}

#[tokio::test]
async fn r11_a_citizen_is_found_with_a_reason_blocked_and_let_in_again() {
    each(async |site: Site| {
        let who = staff(&site, "*", Role::ProvinceOperator).await;
        let citizen = site.citizen(5).await;
        let path = "/can-bo/quan-ly/nguoi-dan";
        let unreasoned = site.post(&who, path, &[("phone", "0912 000 005")]).await;
        assert_eq!(unreasoned.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!unreasoned.checked().contains("Người Thử"));
        let fields = [("phone", "0912 000 005"), ("reason", "Gửi tin rác nhiều lần")];
        assert!(site.post(&who, path, &fields).await.page().contains("Người Thử 5"));
        let nobody = [("phone", "0912 999 999"), ("reason", "Gửi tin rác nhiều lần")];
        assert!(site.post(&who, path, &nobody).await.page().contains("Không có tài khoản với số này"));
        let block = format!("{path}/{}/khoa", citizen.account);
        site.post(&who, &block, &[("reason", "Gửi tin rác nhiều lần")]).await.leads_to();
        assert_eq!(site.get(&citizen, "/phan-anh/cua-toi").await.status, StatusCode::SEE_OTHER, "signed out at once");
        let open = format!("{path}/{}/mo", citizen.account);
        site.post(&who, &open, &[("reason", "Đã nhắc nhở")]).await.leads_to();
        let search = audit::Search { act: "account-block".into(), ..audit::Search::default() };
        assert_eq!(audit::search(&site.core.store, search).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a16_citizens_do_not_get_in_at_the_door_of_staff_and_signing_out_ends_the_session() {
    each(async |site: Site| {
        let nobody = site.accounts.sign_in(Kind::Staff, "0912000001", &Secret::new("x"), &visitor()).await;
        assert!(nobody.is_err());
        let who = staff(&site, "*", Role::ProvinceOperator).await;
        site.get(&who, "/can-bo/dang-xuat").await.page();
        site.post(&who, "/can-bo/dang-xuat", &[]).await.leads_to();
        assert!(site.get(&who, "/can-bo").await.leads_to().starts_with("/can-bo/dang-nhap"));
        // Coming back never leads elsewhere.
        let page = site.get(&anybody(), "/can-bo/dang-nhap?next=https%3A%2F%2Fevil.example").await.page();
        assert!(!page.contains("evil.example\""));
    })
    .await;
}

fn visitor() -> domain::accounts::Visitor {
    domain::accounts::Visitor::new("203.0.113.9".parse().unwrap(), None, "")
}

//! One's own pages: details, phone, password, devices, activity, consents, data and settings (A8, A12, A18).

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use base::i18n::Lang;
use domain::{accounts::activity, audit::By};
use store::{Sql, Tx};
use support::{
    anybody,
    browser::{Browser, OTHER_PASSWORD, PASSWORD, between},
    each,
};

const PHONE: &str = "0914402045";
const PAGES: [&str; 20] = [
    "/tai-khoan",
    "/tai-khoan/thong-tin",
    "/tai-khoan/thong-tin/ho-ten",
    "/tai-khoan/thong-tin/noi-o",
    "/tai-khoan/thong-tin/thu-dien-tu",
    "/tai-khoan/thong-tin/ten-dang-nhap",
    "/tai-khoan/so-dien-thoai",
    "/tai-khoan/mat-khau",
    "/tai-khoan/bao-mat",
    "/tai-khoan/bao-mat/ung-dung",
    "/tai-khoan/bao-mat/khoa/moi",
    "/tai-khoan/thiet-bi",
    "/tai-khoan/hoat-dong",
    "/tai-khoan/dong-y",
    "/tai-khoan/du-lieu",
    "/tai-khoan/du-lieu/chinh-sua",
    "/tai-khoan/du-lieu/xoa",
    "/tai-khoan/kenh-nhan",
    "/xac-nhan",
    "/dang-xuat",
];

#[tokio::test]
async fn a8_every_page_stands_in_both_languages_and_shows_strangers_the_door() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        for lang in ["vi", "en"] {
            for path in PAGES {
                let page = b.page(&format!("{path}?lang={lang}")).await;
                assert_eq!(page.matches("<h1").count(), 1, "{path}");
                assert!(page.contains(&format!("<html lang=\"{lang}\"")), "{path}");
            }
        }
        for path in PAGES.into_iter().filter(|p| !matches!(*p, "/tai-khoan" | "/dang-xuat")) {
            assert_eq!(site.get(&anybody(), path).await.leads_to(), format!("/dang-nhap?next={path}"));
        }
        let doors = site.get(&anybody(), "/tai-khoan").await.page();
        assert!(doors.contains("href=\"/dang-nhap\"") && doors.contains("href=\"/dang-ky\""));
    })
    .await;
}

#[tokio::test]
async fn a8_details_are_changed_one_by_one() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        let page = b.post("/tai-khoan/thong-tin/ho-ten", &[("full_name", "An 0914")]).await.checked();
        assert!(page.contains("href=\"#f-full_name\"") && page.contains("value=\"An 0914\""));
        assert_eq!(
            b.post("/tai-khoan/thong-tin/ho-ten", &[("full_name", "Y Moan Ê-ban")]).await.leads_to(),
            "/tai-khoan/thong-tin"
        );
        assert_eq!(
            b.post("/tai-khoan/thong-tin/thu-dien-tu", &[("email", "lan@example.vn")]).await.leads_to(),
            "/tai-khoan/thong-tin"
        );
        assert!(
            b.post("/tai-khoan/thong-tin/thu-dien-tu", &[("email", "lan")])
                .await
                .checked()
                .contains("href=\"#f-email\"")
        );
        assert!(
            b.post("/tai-khoan/thong-tin/ten-dang-nhap", &[("username", "0914")])
                .await
                .checked()
                .contains("href=\"#f-username\"")
        );
        assert_eq!(
            b.post("/tai-khoan/thong-tin/ten-dang-nhap", &[("username", "Y.Moan")]).await.leads_to(),
            "/tai-khoan/thong-tin"
        );
        let place = [("commune_text", "dong thuan"), ("address", "Số 12")];
        assert_eq!(b.post("/tai-khoan/thong-tin/noi-o", &place).await.leads_to(), "/tai-khoan/thong-tin");
        let page = b.page("/tai-khoan/thong-tin").await;
        for words in
            ["Đã lưu thay đổi", "Y Moan Ê-ban", "lan@example.vn", "Chưa xác minh", "y.moan", "Số 12, Phường Đồng Thuận"]
        {
            assert!(page.contains(words), "{words}");
        }
        let mut other = Browser::new(&site);
        other.register("0914402046").await;
        let page = other.post("/tai-khoan/thong-tin/ten-dang-nhap", &[("username", "y.moan")]).await.checked();
        assert!(page.contains("đã có người dùng"));
        assert_eq!(Browser::new(&site).sign_in("Y.MOAN", PASSWORD).await.leads_to(), "/");
    })
    .await;
}

#[tokio::test]
async fn a8_the_phone_changes_with_a_code_and_word_to_the_old_one() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        let mut other = Browser::new(&site);
        other.sign_in(PHONE, PASSWORD).await.leads_to();
        assert!(
            b.post("/tai-khoan/so-dien-thoai", &[("phone", "0914.402.045")]).await.checked().contains("số đang dùng")
        );
        assert_eq!(
            b.post("/tai-khoan/so-dien-thoai", &[("phone", "0356 000 111")]).await.leads_to(),
            "/tai-khoan/so-dien-thoai/ma"
        );
        let page = b.page("/tai-khoan/so-dien-thoai/ma").await;
        assert!(page.contains("0356***111") && page.contains("action=\"/tai-khoan/so-dien-thoai/ma/gui-lai\""));
        let code = site.code("0356000111").await;
        assert_eq!(b.post("/tai-khoan/so-dien-thoai/ma", &[("code", &code)]).await.leads_to(), "/tai-khoan/thong-tin");
        assert!(b.page("/tai-khoan/thong-tin").await.contains("0356 000 111"));
        assert!(site.inbox(PHONE).await[0].contains("vua duoc doi"));
        assert!(other.get("/tai-khoan/thong-tin").await.leads_to().starts_with("/dang-nhap"));
    })
    .await;
}

#[tokio::test]
async fn a8_the_password_changes_with_the_current_one_even_long_after_signing_in() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        site.core.clock.advance(60 * 60_000);
        b.page("/tai-khoan/mat-khau").await;
        let wrong =
            b.post("/tai-khoan/mat-khau", &[("current", "sai mật khẩu"), ("password", OTHER_PASSWORD)]).await.checked();
        assert!(wrong.contains("href=\"#f-current\""));
        let empty = b.post("/tai-khoan/mat-khau", &[("current", ""), ("password", "")]).await.checked();
        assert!(empty.contains("href=\"#f-current\"") && empty.contains("href=\"#f-password\""), "both at once");
        let weak = b.post("/tai-khoan/mat-khau", &[("current", PASSWORD), ("password", "12345678")]).await.checked();
        assert!(weak.contains("href=\"#f-password\"") && !weak.contains("12345678"));
        let same = b.post("/tai-khoan/mat-khau", &[("current", PASSWORD), ("password", PASSWORD)]).await.checked();
        assert!(same.contains("phải khác"));
        let done = b.post("/tai-khoan/mat-khau", &[("current", PASSWORD), ("password", OTHER_PASSWORD)]).await;
        assert_eq!(done.leads_to(), "/tai-khoan/bao-mat");
        assert!(b.page("/tai-khoan/bao-mat").await.contains("Đã đổi mật khẩu"));
        assert_eq!(Browser::new(&site).sign_in(PHONE, OTHER_PASSWORD).await.leads_to(), "/");
    })
    .await;
}

#[tokio::test]
async fn a8_devices_are_ended_one_by_one_or_all_others() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        let mut others = Vec::new();
        for _ in 0..3 {
            let mut other = Browser::new(&site);
            other.sign_in(PHONE, PASSWORD).await.leads_to();
            others.push(other);
        }
        let page = b.page("/tai-khoan/thiet-bi").await;
        assert_eq!(page.matches("Đăng xuất thiết bị này").count(), 3);
        assert_eq!(page.matches("<span class=\"tag tag--ok\">").count(), 1, "this one is marked");
        let one = between(&page, "action=\"/tai-khoan/thiet-bi/", "\"").unwrap();
        for _ in 0..2 {
            let path = format!("/tai-khoan/thiet-bi/{one}");
            assert_eq!(b.post(&path, &[]).await.leads_to(), "/tai-khoan/thiet-bi", "a double press is no error");
        }
        assert_eq!(b.page("/tai-khoan/thiet-bi").await.matches("Đăng xuất thiết bị này").count(), 2);
        let mut stranger = Browser::new(&site);
        stranger.register("0914402046").await;
        let page = b.page("/tai-khoan/thiet-bi").await;
        let foreign = between(&page, "action=\"/tai-khoan/thiet-bi/", "\"").unwrap();
        stranger.post(&format!("/tai-khoan/thiet-bi/{foreign}"), &[]).await;
        assert_eq!(
            b.page("/tai-khoan/thiet-bi").await.matches("Đăng xuất thiết bị này").count(),
            2,
            "not a stranger's"
        );
        b.post("/tai-khoan/thiet-bi/khac", &[]).await.leads_to();
        assert_eq!(b.page("/tai-khoan/thiet-bi").await.matches("Đăng xuất thiết bị này").count(), 0);
        for other in &mut others {
            assert!(other.get("/tai-khoan/thong-tin").await.leads_to().starts_with("/dang-nhap"));
        }
    })
    .await;
}

#[tokio::test]
async fn a18_every_look_of_staff_is_shown_with_unit_and_reason() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        let account: base::ids::Uuid = Sql::new("SELECT id FROM account WHERE phone = $1")
            .bind("+84914402045")
            .scalar(site.core.store.read())
            .await
            .unwrap()
            .unwrap();
        let officer = site.officer("18880").await;
        let core = site.core.clone();
        let looked = site.core.store.write(move |tx: Tx| async move {
            let by = By::Staff { account: officer.account, unit: "18880".into() };
            activity::look(&core, &tx, &by, account, "report 1234567890", "Gọi lại cho người gửi").await
        });
        looked.await.unwrap();
        let page = b.page("/tai-khoan/hoat-dong").await;
        let name = site.core.province().unit_name("18880", Lang::VI);
        for words in [
            "Cán bộ xem thông tin của Ông/Bà",
            "Gọi lại cho người gửi",
            name.as_str(),
            "Khi xem phản ánh",
            "Đăng ký tài khoản",
            "mã SMS, mật khẩu",
        ] {
            assert!(page.contains(words), "{words}");
        }
        assert!(!page.contains("Cán Bộ Thử"), "the unit answers, not the person");
        for n in 0..30 {
            b.post("/tai-khoan/thong-tin/ho-ten", &[("full_name", if n % 2 == 0 { "Trần An" } else { "Trần Bình" })])
                .await;
        }
        let page = b.page("/tai-khoan/hoat-dong").await;
        let more = between(&page, "/tai-khoan/hoat-dong?truoc=", "\"").unwrap();
        assert!(b.page(&format!("/tai-khoan/hoat-dong?truoc={more}")).await.contains("Đăng ký tài khoản"));
    })
    .await;
}

#[tokio::test]
async fn a12_data_can_be_downloaded_corrected_and_followed() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        b.page("/tai-khoan/du-lieu").await;
        let json = b.post("/tai-khoan/du-lieu/tai", &[("dang", "json")]).await;
        assert_eq!(json.header("content-disposition"), "attachment; filename=\"du-lieu-ca-nhan-2026-03-30.json\"");
        assert_eq!(json.header("cache-control"), "no-store");
        assert_eq!(json.json()["account"]["full_name"], "Trần Thị Thử");
        let text = b.post("/tai-khoan/du-lieu/tai", &[("dang", "van-ban")]).await;
        assert!(text.header("content-type").starts_with("text/plain") && text.text().contains("Trần Thị Thử"));
        let empty = b.post("/tai-khoan/du-lieu/chinh-sua", &[("note", " ")]).await.checked();
        assert!(empty.contains("href=\"#f-note\""));
        for _ in 0..2 {
            let sent = b.post("/tai-khoan/du-lieu/chinh-sua", &[("note", "Sai năm sinh")]).await;
            assert_eq!(sent.leads_to(), "/tai-khoan/du-lieu");
        }
        let page = b.page("/tai-khoan/du-lieu").await;
        assert_eq!(page.matches("Sai năm sinh").count(), 1, "sent twice is one request");
        // Two working days after Monday morning.
        assert!(page.contains("Hạn trả lời: ") && page.contains("01/04/2026"), "{page}");
        assert_eq!(b.get("/tai-khoan/quyen-rieng-tu").await.leads_to(), "/tai-khoan/du-lieu");
    })
    .await;
}

#[tokio::test]
async fn a12_deleting_is_confirmed_says_what_stays_and_ends_everything() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        let page = b.page("/tai-khoan/dong-y").await;
        let consent = between(&page, "/tai-khoan/dong-y/", "/rut").unwrap();
        let page = b.page(&format!("/tai-khoan/dong-y/{consent}/rut")).await;
        assert!(page.contains("Rút lại nghĩa là xóa tài khoản") && page.contains("/tai-khoan/du-lieu/xoa"));
        let refused = b.post(&format!("/tai-khoan/dong-y/{consent}/rut"), &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = b.page("/tai-khoan/du-lieu/xoa").await;
        assert!(page.contains("Nhật ký hệ thống theo luật") && page.contains("Không lấy lại được"));
        assert!(b.post("/tai-khoan/du-lieu/xoa", &[]).await.checked().contains("href=\"#f-sure\""));
        let done = b.post("/tai-khoan/du-lieu/xoa", &[("sure", "1")]).await;
        assert_eq!(done.leads_to(), "/tai-khoan");
        assert!(done.header("clear-site-data").contains("storage"));
        assert!(b.page("/tai-khoan").await.contains("Tài khoản đã được xóa"));
        assert_eq!(Browser::new(&site).sign_in(PHONE, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(site.accounts_with(PHONE).await, 0);
        site.core.clock.advance(60_000);
        Browser::new(&site).register(PHONE).await;
        assert_eq!(site.accounts_with(PHONE).await, 1, "the phone is free again");
    })
    .await;
}

#[tokio::test]
async fn a8_settings_are_kept_for_account_and_browser() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        b.page("/tai-khoan/kenh-nhan").await;
        let fields = [("sms", "co"), ("language", "en"), ("text_size", "150")];
        assert_eq!(b.post("/tai-khoan/kenh-nhan", &fields).await.leads_to(), "/tai-khoan/kenh-nhan");
        let page = b.page("/tai-khoan/kenh-nhan").await;
        assert!(
            page.contains("<html lang=\"en\" data-text=\"150\">") && page.contains("name=\"sms\" value=\"co\" checked")
        );
        let mut other = Browser::new(&site);
        other.sign_in(PHONE, PASSWORD).await.leads_to();
        assert!(
            other.page("/tai-khoan").await.contains("<html lang=\"en\" data-text=\"150\">"),
            "the account keeps it"
        );
        let odd = b.post("/tai-khoan/kenh-nhan", &[("sms", "?"), ("language", "xx"), ("text_size", "900")]).await;
        assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

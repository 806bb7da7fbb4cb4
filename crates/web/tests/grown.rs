//! A child comes of age (A19) through the pages, as a browser without JavaScript: what the guardian reads and makes, and how the young adult takes
//! the account over.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use base::clock::{DAY, HOUR};
use domain::testing;
use serde_json::json;
use store::testing::each_engine;
use support::{
    Site,
    browser::{Browser, OTHER_PASSWORD, between},
    each,
    elsewhere::Elsewhere,
};

const HELPING: &str = "/tai-khoan/giup-nguoi";
const START: &str = "/nhan-tai-khoan";
const PHONE: &str = "0912 000 042";

/// The n-th person, signed in a moment ago.
async fn guardian(site: &Site, n: u32) -> (base::ids::Uuid, Browser<'_>) {
    let account = testing::citizen(&site.core, n).await;
    (account, again(site, account).await)
}

async fn again(site: &Site, account: base::ids::Uuid) -> Browser<'_> {
    let mut b = Browser::of(site, &site.sign_in(account, "phien", "otp").await);
    b.get("/tai-khoan").await;
    b
}

/// The clock stands at 30 March 2026. Adds a child born on this day; its id.
async fn adds(b: &mut Browser<'_>, born: &str) -> String {
    b.page(&format!("{HELPING}/con")).await;
    let child = [("full_name", "Bé Hư Cấu"), ("born", born), ("number", "")];
    assert_eq!(b.post(&format!("{HELPING}/con"), &child).await.leads_to(), HELPING);
    between(&b.page(HELPING).await, &format!("href=\"{HELPING}/con/"), "/").unwrap()
}

/// Makes a code, and reads it off the page.
async fn makes(b: &mut Browser<'_>, child: &str) -> String {
    let here = format!("{HELPING}/con/{child}/giao");
    b.page(&here).await;
    let made = b.post(&here, &[]).await.page();
    assert!(made.contains("Mã chỉ hiện một lần") && made.contains("/nhan-tai-khoan"), "{made}");
    between(&made, "<ul class=\"codes codes--one\"><li>", "</li>").unwrap()
}

async fn types(b: &mut Browser<'_>, code: &str, phone: &str) -> support::Answer {
    b.page(START).await;
    b.post(START, &[("hand_over", code), ("phone", phone), ("agreed", "1")]).await
}

/// Code and phone, then the SMS; ends at the page of the password.
async fn proves(b: &mut Browser<'_>, code: &str, phone: &str) {
    assert_eq!(types(b, code, phone).await.leads_to(), format!("{START}/ma"));
    b.page(&format!("{START}/ma")).await;
    let sms = b.site.code(phone).await;
    assert_eq!(b.post(&format!("{START}/ma"), &[("code", &sms)]).await.leads_to(), format!("{START}/mat-khau"));
}

#[tokio::test]
async fn a19_the_guardian_reads_what_comes_makes_a_code_and_is_out_when_it_was_answered() {
    each(async |site| {
        let (id, mut mother) = guardian(&site, 1).await;
        let young = adds(&mut mother, "01/09/2008").await;
        let page = mother.page(HELPING).await;
        assert!(!page.contains("/giao\"") && !page.contains("tự nhận tài khoản"), "too early: {page}");
        let early = mother.post(&format!("{HELPING}/con/{young}/giao"), &[]).await;
        assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(early.checked().contains("3 tháng trước ngày con đủ 18 tuổi"));
        mother.post(&format!("{HELPING}/con/{young}/xoa"), &[]).await.leads_to();

        let child = adds(&mut mother, "10/05/2008").await;
        let page = mother.page(HELPING).await;
        for words in ["Ngày 10/05/2026 Bé Hư Cấu đủ 18 tuổi", "bị xóa sau ngày 08/08/2026", "/giao\""] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let code = makes(&mut mother, &child).await;
        assert!(!mother.page(&format!("{HELPING}/con/{child}/giao")).await.contains(&code), "shown once");
        // A stranger makes none, and who proved themselves long ago does it again first.
        let (_, mut other) = guardian(&site, 2).await;
        assert_eq!(other.get(&format!("{HELPING}/con/{child}/giao")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.post(&format!("{HELPING}/con/{child}/giao"), &[]).await.status, StatusCode::NOT_FOUND);
        let mut owner = Browser::new(&site);
        let said = types(&mut owner, &code, PHONE).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY);
        let said = said.checked();
        assert!(said.contains("chỉ nhận được từ ngày đủ 18 tuổi") && !said.contains(&code), "{said}");

        site.core.clock.advance(41 * DAY);
        domain::reports::automatic::sweep(&site.core).await.unwrap();
        let mut mother = again(&site, id).await;
        let page = mother.page(HELPING).await;
        assert!(page.contains("đã đủ 18 tuổi từ ngày 10/05/2026") && !page.contains("/lam-thay\""), "{page}");
        site.core.clock.advance(HOUR);
        let stale = mother.get(&format!("{HELPING}/con/{child}/giao")).await.leads_to();
        assert!(stale.starts_with("/xac-nhan?next="), "{stale}");

        proves(&mut owner, &code, PHONE).await;
        let page = owner.page(&format!("{START}/mat-khau")).await;
        assert!(page.contains("Tài khoản của Bé Hư Cấu"), "{page}");
        let weak = owner.post(&format!("{START}/mat-khau"), &[("password", "123")]).await;
        assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
        weak.checked();
        let done = owner.post(&format!("{START}/mat-khau"), &[("password", OTHER_PASSWORD)]).await;
        assert_eq!(done.leads_to(), "/tai-khoan");
        let page = owner.page("/tai-khoan").await;
        assert!(page.contains("Bé Hư Cấu") && page.contains("của riêng Ông/Bà"), "{page}");
        assert!(owner.page("/thong-bao").await.contains("Từ nay tài khoản này là của riêng Ông/Bà"));
        let activity = owner.page("/tai-khoan/hoat-dong").await;
        assert!(activity.contains("Người Thử 1") && activity.contains("được chính chủ nhận"), "{activity}");

        let mut mother = again(&site, id).await;
        assert!(!mother.page(HELPING).await.contains("Bé Hư Cấu"));
        assert_eq!(mother.get(&format!("{HELPING}/con/{child}/giao")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(mother.post(&format!("{HELPING}/con/{child}/xoa"), &[]).await.status, StatusCode::NOT_FOUND);
        assert!(mother.page("/thong-bao").await.contains("Một người con đã nhận tài khoản"));
        let used = types(&mut Browser::new(&site), &code, "0912 000 043").await.checked();
        assert!(used.contains("Mã không dùng được"), "{used}");
    })
    .await;
}

#[tokio::test]
async fn a19_what_is_wrong_is_said_with_what_to_do() {
    each(async |site| {
        let (id, mut mother) = guardian(&site, 1).await;
        let child = adds(&mut mother, "10/05/2008").await;
        site.core.clock.advance(42 * DAY);
        let mut mother = {
            drop(mother);
            again(&site, id).await
        };
        let code = makes(&mut mother, &child).await;
        let mut b = Browser::new(&site);
        b.page(START).await;
        let nothing = b.post(START, &[]).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = nothing.checked();
        for words in ["Nhập mã giao tài khoản", "f-phone", "f-agreed-e"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(types(&mut b, "ABCD", PHONE).await.checked().contains("12 chữ và số"));
        assert!(types(&mut b, "ABCD-EFGH-JKLM", PHONE).await.checked().contains("Mã không dùng được"));
        assert!(site.inbox(PHONE).await.is_empty(), "no SMS without a code");
        // The pages behind are nobody's without the steps before.
        let skipped = Browser::new(&site).get(&format!("{START}/mat-khau")).await.leads_to();
        assert_eq!(skipped, format!("{START}?het-han=1"));
        assert!(b.page(&format!("{START}?het-han=1")).await.contains("Hãy nhập lại mã"));
        // A phone that has an account: said once it was proven, and another phone does it.
        proves(&mut b, &code.to_lowercase().replace('-', " "), "0912 000 001").await;
        let taken = b.post(&format!("{START}/mat-khau"), &[("password", OTHER_PASSWORD)]).await;
        assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = taken.checked();
        assert!(page.contains("Số điện thoại này đã có tài khoản") && page.contains("dùng số khác"), "{page}");
        site.core.clock.advance(60_000);
        proves(&mut b, &code, PHONE).await;
        assert_eq!(
            b.post(&format!("{START}/mat-khau"), &[("password", OTHER_PASSWORD)]).await.leads_to(),
            "/tai-khoan"
        );
        // The way there stands where people register.
        assert!(Browser::new(&site).page("/dang-ky").await.contains(START));
    })
    .await;
}

#[tokio::test]
async fn a19_a2_who_comes_with_the_number_is_offered_the_account_and_may_leave_it() {
    each_engine(async |db| {
        let there = Elsewhere::start().await;
        let site = Site::among(db, web::HttpSettings::default(), |core| vec![there.provider(core, "vneid")]).await;
        let (id, mut mother) = guardian(&site, 1).await;
        mother.page(&format!("{HELPING}/con")).await;
        let child = [("full_name", "Bé Hư Cấu"), ("born", "10/05/2008"), ("number", "045208000001")];
        assert_eq!(mother.post(&format!("{HELPING}/con"), &child).await.leads_to(), HELPING);
        site.core.clock.advance(42 * DAY);
        let arrives = async |sub: &str, number: &str, phone: &'static str| {
            let mut b = Browser::new(&site);
            b.get("/dang-nhap").await;
            let departure = b.post("/dang-nhap/lien-thong/vneid", &[]).await.leads_to();
            let person = json!({ "SoDinhDanh": number, "HoVaTen": "BÉ HƯ CẤU", "NgayThangNamSinh": "2008-05-10" });
            let led = b.get(&there.agrees(&departure, sub, "LoA2", person)).await.leads_to();
            assert_eq!(b.proves_phone(&led, phone, "/").await, "/lan-dau/thong-tin");
            let page = b.page("/lan-dau/thong-tin").await;
            (b, page)
        };
        let (_, page) = arrives("s-2", "045208000777", "0912 000 043").await;
        assert!(!page.contains("name=\"keep\""), "another number: {page}");
        let (mut b, page) = arrives("s-1", "045208000001", PHONE).await;
        assert!(page.contains("name=\"keep\" value=\"1\" checked"), "{page}");
        // What was unticked stays so when something else is wrong.
        let fields = [("commune_text", ""), ("address", "Thôn 3")];
        let page = b.post("/lan-dau/thong-tin", &fields).await.checked();
        assert!(page.contains("name=\"keep\" value=\"1\">"), "{page}");
        let fields = [("pick", "18880"), ("address", "Thôn 3"), ("keep", "1")];
        assert_eq!(b.post("/lan-dau/thong-tin", &fields).await.leads_to(), "/dang-ky/xong");
        let activity = b.page("/tai-khoan/hoat-dong").await;
        assert!(activity.contains("Người Thử 1") && activity.contains("được chính chủ nhận"), "{activity}");
        assert!(b.page("/tai-khoan/xac-thuc").await.contains("Đã xác thực"));
        let mut mother = again(&site, id).await;
        assert!(!mother.page(HELPING).await.contains("Bé Hư Cấu"));
    })
    .await;
}

//! The national portal's own door (N2, N5): registering by a phone in one's own name, signing in by number, password and code, and all the
//! wrong ways to do so.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use std::sync::atomic::Ordering;
use store::{Sql, Tx, testing::each_engine};
use support::{Site, browser::Browser, portal::*};

#[tokio::test]
async fn n2_a_person_registers_with_number_and_a_phone_in_their_own_name() {
    each(async |site, _, known| {
        let mut b = Browser::new(site);
        let ways = b.page("/dang-ky").await;
        assert!(ways.contains("Vui lòng chọn phương thức đăng ký") && ways.contains("thuê bao di động"), "{ways}");
        let page = b.page("/dang-ky/thue-bao").await;
        assert!(page.contains("thuê bao chính chủ") && page.contains("data-altcha"), "{page}");
        let empty = b.post("/dang-ky/thue-bao", &[]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        let said = empty.checked();
        for words in ["Nhập số định danh", "Nhập họ và tên", "Nhập ngày sinh", "Nhập số điện thoại", "cần đồng ý"]
        {
            assert!(said.contains(words), "{words}: {said}");
        }
        let old = b.post("/dang-ky/thue-bao", &form("123456789", PHONE)).await.checked();
        assert!(old.contains("9 chữ số không còn dùng được"), "{old}");
        let year = b.post("/dang-ky/thue-bao", &form("044190001234", PHONE)).await.checked();
        assert!(year.contains("Năm sinh không khớp"), "{year}");

        assert_eq!(b.post("/dang-ky/thue-bao", &form(NUMBER, PHONE)).await.leads_to(), "/dang-ky/thue-bao/ma");
        let page = b.page("/dang-ky/thue-bao/ma").await;
        assert!(page.contains("0914***045") && page.contains("Gửi lại OTP") && !page.contains(NUMBER), "{page}");
        // The operator cannot be asked: nothing is lost.
        known.away.store(true, Ordering::Relaxed);
        let code = site.code(PHONE).await;
        let led = b.post("/dang-ky/thue-bao/ma", &[("code", &code)]).await.leads_to();
        assert_eq!(led, "/dang-ky/thue-bao/mat-khau");
        let away = b.post(&led, &[("password", PASSWORD), ("again", PASSWORD)]).await;
        assert!(away.checked().contains("Chưa hỏi được nhà mạng"));
        known.away.store(false, Ordering::Relaxed);
        for (typed, again, words) in [
            ("bốn con trâu trắng", "bốn con trâu trắng", "chữ thường, chữ hoa, chữ số và ký tự đặc biệt"),
            (PASSWORD, "khác", "Hai mật khẩu chưa giống nhau"),
            ("Aa1!", "Aa1!", "ít nhất 8 ký tự"),
        ] {
            let refused = b.post(&led, &[("password", typed), ("again", again)]).await;
            assert!(refused.checked().contains(words), "{words}");
        }
        let done = b.post(&led, &[("password", PASSWORD), ("again", PASSWORD)]).await;
        assert_eq!(done.leads_to(), "/dang-ky/xong");
        let page = b.page("/tai-khoan/dinh-danh").await;
        for words in ["Nguyễn Thị Ví Dụ", "044***234", "21/03/1989", "Nhà mạng xác nhận lúc", "Chưa có"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        let levels: Option<String> =
            Sql::new("SELECT assurance FROM account").scalar(site.core.store.read()).await.unwrap();
        assert_eq!(levels.as_deref(), Some("verified"), "IAL2");

        // The number exists: it is told so and led on, and nothing else is said.
        site.core.clock.advance(60_000);
        let mut other = Browser::new(site);
        other.get("/dang-ky/thue-bao").await;
        let taken = other.post("/dang-ky/thue-bao", &form(NUMBER, "0914 402 046")).await.checked();
        for words in ["Số định danh này đã có tài khoản", "/quen-mat-khau", "/dang-nhap/so"] {
            assert!(taken.contains(words), "{words}: {taken}");
        }
        assert!(!taken.contains("0914***045"), "{taken}");
        assert!(site.inbox("0914 402 046").await.is_empty(), "no message for it");
    })
    .await;
}

#[tokio::test]
async fn n2_a_phone_of_somebody_else_registers_nobody_and_numbers_cannot_be_tried_through() {
    each(async |site, _, _| {
        let mut b = Browser::new(site);
        b.get("/dang-ky/thue-bao").await;
        b.post("/dang-ky/thue-bao", &form(NUMBER, "0914 402 046")).await.leads_to();
        let code = site.code("0914 402 046").await;
        let refused = b.post("/dang-ky/thue-bao/ma", &[("code", &code)]).await;
        let said = refused.checked();
        assert!(said.contains("không đứng tên") && !said.contains(NUMBER), "{said}");
        // The way ended: no password page, nobody registered.
        let forced = b.post("/dang-ky/thue-bao/mat-khau", &[("password", PASSWORD), ("again", PASSWORD)]).await;
        assert!(forced.leads_to().starts_with("/dang-ky/thue-bao?het-han=1"));
        let accounts: Option<i64> =
            Sql::new("SELECT count(*) FROM account").scalar(site.core.store.read()).await.unwrap();
        assert_eq!(accounts, Some(0));

        // Somebody tries numbers through: after some the address waits, whether they exist or not.
        let mut tries = 0;
        let refused = loop {
            let number = format!("044189{tries:06}");
            let answer = b.post("/dang-ky/thue-bao", &form(&number, "0914 402 047")).await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS && !answer.text().contains("Mã vừa được gửi") {
                break answer;
            }
            tries += 1;
            assert!(tries < 40, "never stopped");
            site.core.clock.advance(60_000);
        };
        assert!(!refused.header("retry-after").is_empty());
        // A portal without operators has no such way.
        each_engine(async |db| {
            let bare = Site::national(db, |_| Vec::new(), None).await;
            let mut b = Browser::new(&bare);
            assert_eq!(b.get("/dang-ky/thue-bao").await.status, StatusCode::NOT_FOUND);
            assert!(!b.page("/dang-ky").await.contains("thue-bao"));
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn n5_number_password_and_code_sign_in_and_every_wrong_try_is_one_answer() {
    each(async |site, _, _| {
        let mut first = Browser::new(site);
        first.registers().await;
        let mut b = Browser::new(site);
        let page = b.page("/dang-nhap/so?next=/tai-khoan/dinh-danh").await;
        assert!(page.contains("CMT/CCCD") && page.contains(">Bộ Công an<"), "{page}");
        let mut wrong = Vec::new();
        for (number, password) in [(NUMBER, "Sai-mật-khẩu-1"), ("044189009999", PASSWORD), ("khong-phai-so", PASSWORD)]
        {
            let answer = b.post("/dang-nhap/so", &[("number", number), ("password", password)]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            let typed = format!("value=\"{number}\"");
            wrong.push(answer.checked().replace(&typed, "value=\"\""));
        }
        assert!(wrong.iter().all(|page| page == &wrong[0]), "unknown, wrong and nonsense look the same");
        assert!(wrong[0].contains("Số định danh hoặc mật khẩu chưa đúng"), "{}", wrong[0]);
        let next = ("next", "/tai-khoan/dinh-danh");
        let asked = b.post("/dang-nhap/so", &[("number", NUMBER), ("password", PASSWORD), next]).await.leads_to();
        assert_eq!(asked, "/dang-nhap/so/ma?next=/tai-khoan/dinh-danh");
        assert!(!b.is_signed_in(), "a password alone opens nothing");
        let page = b.page(&asked).await;
        for words in ["0914***045", "Gửi lại OTP", "Chọn phương thức xác thực khác"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let code = site.code(PHONE).await;
        let bad = support::browser::another(&code);
        let refused = b.post("/dang-nhap/so/ma", &[("code", &bad), next]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        // Another browser does nothing with the right code.
        let mut stranger = Browser::new(site);
        assert!(stranger.post("/dang-nhap/so/ma", &[("code", &code)]).await.leads_to().contains("het-han=1"));
        let entered = b.post("/dang-nhap/so/ma", &[("code", &code), next]).await;
        assert_eq!(entered.leads_to(), "/tai-khoan/dinh-danh");
        assert!(b.is_signed_in());
        assert!(b.page("/tai-khoan/thiet-bi").await.contains("mã SMS"));

        // Guessing the code ends it.
        site.core.clock.advance(60_000);
        let mut guesser = Browser::new(site);
        guesser.get("/dang-nhap/so").await;
        guesser.post("/dang-nhap/so", &[("number", NUMBER), ("password", PASSWORD)]).await.leads_to();
        let right = site.code(PHONE).await;
        let bad = support::browser::another(&right);
        for _ in 0..5 {
            guesser.post("/dang-nhap/so/ma", &[("code", &bad)]).await;
        }
        let over = guesser.post("/dang-nhap/so/ma", &[("code", &right)]).await;
        assert!(over.checked().contains("không còn dùng được") && !guesser.is_signed_in());

        // Blocked looks like wrong.
        let block = site.core.store.write(|tx: Tx| async move {
            Sql::new("UPDATE account SET blocked_at = 1, block_reason = 'lý do riêng'").exec(&tx).await
        });
        block.await.unwrap();
        let mut b = Browser::new(site);
        b.get("/dang-nhap/so").await;
        let blocked = b.post("/dang-nhap/so", &[("number", NUMBER), ("password", PASSWORD)]).await;
        let blocked = blocked.checked().replace(&format!("value=\"{NUMBER}\""), "value=\"\"");
        assert!(
            blocked.contains("Số định danh hoặc mật khẩu chưa đúng") && !blocked.contains("lý do riêng"),
            "{blocked}"
        );
    })
    .await;
}

#[tokio::test]
async fn n9_who_registered_by_phone_signs_in_by_number_to_link_the_ministrys_account() {
    each(async |site, there, _| {
        let mut first = Browser::new(site);
        first.registers().await;
        let mut b = Browser::new(site);
        b.get("/dang-nhap").await;
        let departure = b.post("/dang-nhap/lien-thong/vneid", &[]).await.leads_to();
        let back = there.agrees(&departure, "s-1", "LoA2", person());
        assert_eq!(b.get(&back).await.leads_to(), "/lan-dau");
        let known = b.page("/lan-dau").await;
        let door = "/dang-nhap/so?next=/tai-khoan/lien-ket/xac-nhan";
        assert!(known.contains("đã có tài khoản ở đây") && known.contains(door), "{known}");
        b.get(door).await;
        let next = ("next", "/tai-khoan/lien-ket/xac-nhan");
        b.post("/dang-nhap/so", &[("number", NUMBER), ("password", PASSWORD), next]).await.leads_to();
        let code = site.code(PHONE).await;
        let led = b.post("/dang-nhap/so/ma", &[("code", &code), next]).await.leads_to();
        assert_eq!(led, "/tai-khoan/lien-ket/xac-nhan");
        b.get(&led).await;
        assert_eq!(b.post(&led, &[("dong-y", "1")]).await.leads_to(), "/tai-khoan/lien-ket");
        assert!(b.page("/tai-khoan/lien-ket").await.contains("Đã liên kết"));
        // The Ministry's word stands over the operator's, and the rest is known now, too.
        let page = b.page("/tai-khoan/dinh-danh").await;
        assert!(page.contains("VNeID thử xác nhận lúc") && page.contains("Nữ"), "{page}");
        // No page of the portal leads to one that is not there.
        for path in [
            "/tro-giup",
            "/thong-bao",
            "/tai-khoan",
            "/tai-khoan/du-lieu",
            "/tai-khoan/du-lieu/xoa",
            "/",
            "/dang-ky",
            "/dang-xuat",
        ] {
            let page = b.get(path).await.text();
            // The menu's own page says where reports are sent; the pages of a province are not there.
            for gone in ["\"/phan-anh\"", "\"/phan-anh/", "/theo-doi", "/so-lieu", "/du-lieu-mo"] {
                assert!(!page.contains(gone), "{path}: {gone}");
            }
        }
    })
    .await;
}

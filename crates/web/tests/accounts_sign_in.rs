//! Signing in, recovering, proving oneself again and signing out (A3, A5, A9, A14, A17), through every middleware.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::{StatusCode, header};
use support::{
    Answer,
    browser::{Browser, OTHER_PASSWORD, PASSWORD, another, between},
    each,
};

const PHONE: &str = "0914402045";

fn cookie_line<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let lines = answer.headers.get_all(header::SET_COOKIE).into_iter().map(|v| v.to_str().unwrap());
    lines.into_iter().find(|l| l.starts_with(name)).unwrap()
}

/// The app's code for the secret that the page shows.
fn totp(secret: &str, now_ms: i64) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for c in secret.bytes().filter(|c| *c != b' ') {
        bits = (bits << 5) | letters.iter().position(|l| *l == c).unwrap() as u32;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    let bytes: [u8; 20] = bytes.try_into().unwrap();
    let app = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(bytes)
        .build_noncompliant();
    app.generate((now_ms / 1000) as u64).to_string()
}

/// Switches the app on; answers its secret and the backup codes.
async fn enrol(b: &mut Browser<'_>) -> (String, Vec<String>) {
    let page = b.page("/tai-khoan/bao-mat/ung-dung").await;
    let secret = between(&page, "<code class=\"secret\">", "</code>").unwrap();
    let code = totp(&secret, b.site.core.now());
    let page = b.post("/tai-khoan/bao-mat/ung-dung", &[("code", &code)]).await.page();
    let codes = page.split("<li>").filter_map(|l| l.split("</li>").next()).filter(|c| c.len() == 9 && c.contains('-'));
    (secret, codes.map(str::to_owned).collect())
}

#[tokio::test]
async fn a3_signing_in_gives_one_http_only_cookie_that_ends_with_the_session() {
    each(async |site| {
        Browser::new(&site).register(PHONE).await;
        let mut b = Browser::new(&site);
        let page = b.get("/dang-nhap").await;
        assert_eq!(page.header("x-offline-copy"), "forget");
        let mark = cookie_line(&page, "may-quang-tri=");
        let value = between(mark, "=", ";").unwrap();
        assert!(value.len() == 32 && value.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c)), "{mark}");
        let page = page.page();
        for words in [
            "autocomplete=\"username webauthn\"",
            "autocomplete=\"current-password\"",
            "data-conditional",
            "/quen-mat-khau",
        ] {
            assert!(page.contains(words), "{words}");
        }
        assert!(!page.contains("VNeID"), "nothing that does not work");
        let answer = b.post("/dang-nhap", &[("login", "0914 402 045"), ("password", PASSWORD)]).await;
        assert_eq!(answer.leads_to(), "/");
        let line = cookie_line(&answer, "phien-quang-tri=");
        assert!(
            line.contains("; Path=/; HttpOnly; SameSite=Lax")
                && line.ends_with(&format!("Max-Age={}", 180 * 24 * 3600)),
            "{line}"
        );
        assert!(cookie_line(&answer, "buoc-quang-tri=").contains("Max-Age=0"));
        let page = b.page("/tai-khoan").await;
        assert!(
            page.contains("Trần Thị Thử") && page.contains("Đã xác thực số điện thoại") && page.contains("/dang-xuat")
        );
        assert_eq!(b.get("/dang-nhap?next=/thong-bao").await.leads_to(), "/thong-bao", "who is in goes on");
    })
    .await;
}

#[tokio::test]
async fn a14_wrong_unknown_and_empty_are_one_answer() {
    each(async |site| {
        Browser::new(&site).register(PHONE).await;
        let mut pages = Vec::new();
        for login in [PHONE, "0914402044", "khong.co.ai", "' OR 1=1"] {
            let mut b = Browser::new(&site);
            let answer = b.sign_in(login, "sai mật khẩu rồi").await;
            let page = answer.checked().replace(&login.replace('\'', "&#39;"), "LOGIN");
            assert!(page.contains("<title>Lỗi: Đăng nhập") && page.contains("href=\"#f-password\""));
            assert!(page.contains("value=\"LOGIN\"") && !page.contains("sai mật khẩu rồi"));
            pages.push((answer.status, page));
        }
        assert!(pages.iter().all(|p| p == &pages[0]));
        let mut b = Browser::new(&site);
        let page = b.sign_in("", "").await.checked();
        assert!(page.contains("href=\"#f-login\"") && page.contains("href=\"#f-password\""));
    })
    .await;
}

#[tokio::test]
async fn a14_many_wrong_passwords_slow_down_and_say_for_how_long() {
    each(async |site| {
        Browser::new(&site).register(PHONE).await;
        let mut pages = Vec::new();
        for phone in [PHONE, "0914402044"] {
            let mut b = Browser::new(&site);
            for _ in 0..5 {
                assert_eq!(b.sign_in(phone, "sai mật khẩu rồi").await.status, StatusCode::UNPROCESSABLE_ENTITY);
            }
            let answer = b.sign_in(phone, PASSWORD).await;
            assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(answer.header("retry-after"), "1");
            pages.push(answer.checked().replace(phone, "PHONE"));
            assert!(pages[0].contains("Hãy đợi 1 giây"));
        }
        assert_eq!(pages[0], pages[1]);
        site.core.clock.advance(1_000);
        assert_eq!(Browser::new(&site).sign_in(PHONE, PASSWORD).await.leads_to(), "/");
    })
    .await;
}

#[tokio::test]
async fn x8_next_never_leads_to_another_site_nor_in_circles() {
    each(async |site| {
        Browser::new(&site).register(PHONE).await;
        let cases = [
            ("//evil.example", "/"),
            ("https://evil.example/", "/"),
            ("/\\evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("/dang-nhap", "/"),
            ("/dang-xuat", "/"),
            ("/phan-anh/moi?loai=a", "/phan-anh/moi?loai=a"),
        ];
        for (next, lands) in cases {
            let mut b = Browser::new(&site);
            let answer = b.post("/dang-nhap", &[("login", PHONE), ("password", PASSWORD), ("next", next)]).await;
            assert_eq!(answer.leads_to(), lands, "{next}");
            let page = b.get(&format!("/xac-nhan?next={}", support::encode(next))).await.page();
            assert!(!page.contains("evil.example") && !page.contains("javascript:"), "{next}");
        }
    })
    .await;
}

#[tokio::test]
async fn x8_forms_of_signed_in_people_need_their_token_and_foreign_sites_are_refused() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        b.csrf = "falsch".into();
        for path in [
            "/dang-xuat",
            "/tai-khoan/thong-tin/ho-ten",
            "/tai-khoan/thiet-bi/khac",
            "/tai-khoan/du-lieu/tai",
            "/xac-nhan",
        ] {
            let answer = b.post(path, &[("full_name", "Kẻ Khác")]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            b.csrf = "falsch".into();
        }
        assert_eq!(b.script("/tai-khoan/bao-mat/khoa/bat-dau", "").await.status, StatusCode::FORBIDDEN);
        let page = b.page("/tai-khoan").await;
        assert!(page.contains("Trần Thị Thử"), "nothing happened");
        // Every form of the page carries the token.
        for path in ["/tai-khoan/thiet-bi", "/tai-khoan/du-lieu", "/tai-khoan/kenh-nhan", "/dang-xuat", "/xac-nhan"] {
            let page = b.page(path).await;
            let forms = page.matches("<form").count();
            assert_eq!(page.matches(&format!("name=\"csrf\" value=\"{}\"", b.csrf)).count(), forms, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a5_recovery_sets_a_new_password_and_ends_every_other_session() {
    each(async |site| {
        let mut old = Browser::new(&site);
        old.register(PHONE).await;
        let mut b = Browser::new(&site);
        let page = b.page("/quen-mat-khau").await;
        assert!(page.contains("autocomplete=\"tel\"") && page.contains("data-altcha"));
        assert_eq!(b.post("/quen-mat-khau", &[("phone", PHONE)]).await.leads_to(), "/quen-mat-khau/ma");
        assert!(b.page("/quen-mat-khau/ma").await.contains("0914***045"));
        let code = site.code(PHONE).await;
        let page = b.post("/quen-mat-khau/ma", &[("code", &another(&code))]).await.checked();
        assert!(page.contains("còn 4 lần thử"));
        assert_eq!(b.get("/quen-mat-khau/mat-khau").await.leads_to(), "/quen-mat-khau/ma", "no step is left out");
        assert_eq!(b.post("/quen-mat-khau/ma", &[("code", &code)]).await.leads_to(), "/quen-mat-khau/mat-khau");
        assert!(b.page("/quen-mat-khau/mat-khau").await.contains("autocomplete=\"new-password\""));
        let short = b.post("/quen-mat-khau/mat-khau", &[("password", "ngắn")]).await;
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(b.post("/quen-mat-khau/mat-khau", &[("password", OTHER_PASSWORD)]).await.leads_to(), "/tai-khoan");
        assert!(b.page("/tai-khoan").await.contains("Đã đặt mật khẩu mới"));
        assert_eq!(old.get("/tai-khoan/thong-tin").await.leads_to(), "/dang-nhap?next=/tai-khoan/thong-tin");
        assert_eq!(Browser::new(&site).sign_in(PHONE, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(Browser::new(&site).sign_in(PHONE, OTHER_PASSWORD).await.leads_to(), "/");
        // The same flow opens nothing a second time.
        let again = b.post("/quen-mat-khau/mat-khau", &[("password", PASSWORD)]).await;
        assert_eq!(again.leads_to(), "/quen-mat-khau?het-han=1");
    })
    .await;
}

#[tokio::test]
async fn a14_recovery_looks_the_same_for_unknown_phones() {
    each(async |site| {
        Browser::new(&site).register(PHONE).await;
        let mut pages = Vec::new();
        for phone in [PHONE, "0914402044"] {
            let mut b = Browser::new(&site);
            b.page("/quen-mat-khau").await;
            assert_eq!(b.post("/quen-mat-khau", &[("phone", phone)]).await.leads_to(), "/quen-mat-khau/ma");
            let page = b.page("/quen-mat-khau/ma").await;
            let wrong = b.post("/quen-mat-khau/ma", &[("code", "000000")]).await.checked();
            pages.push((page.replace("***044", "***045"), wrong.replace("***044", "***045")));
        }
        assert_eq!(pages[0], pages[1]);
        assert!(site.inbox("0914402044").await[0].contains("chua co tai khoan"));
    })
    .await;
}

#[tokio::test]
async fn a17_an_app_is_set_up_asked_at_the_door_and_backup_codes_work_once() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        let page = b.page("/tai-khoan/bao-mat/ung-dung").await;
        assert!(
            page.contains("<svg")
                && page.contains("otpauth://totp/")
                && page.contains("<div role=\"img\" aria-label=")
                && page.contains("class=\"qr\"")
        );
        let page = b.post("/tai-khoan/bao-mat/ung-dung", &[("code", "000000")]).await.checked();
        assert!(page.contains("Mã chưa đúng hoặc đã dùng"));
        let (secret, codes) = enrol(&mut b).await;
        assert_eq!(codes.len(), 10);
        let page = b.page("/tai-khoan/bao-mat").await;
        assert!(page.contains("Đã bật lớp bảo vệ thứ hai") && page.contains("Còn 10 trên 10 mã"));
        assert!(codes.iter().all(|c| !page.contains(c.as_str())), "the codes are shown once");

        let mut c = Browser::new(&site);
        c.get("/dang-nhap").await;
        let fields = [("login", PHONE), ("password", PASSWORD), ("next", "/thong-bao")];
        assert_eq!(c.post("/dang-nhap", &fields).await.leads_to(), "/dang-nhap/ma?next=/thong-bao");
        assert!(!c.is_signed_in());
        let page = c.page("/dang-nhap/ma?next=/thong-bao").await;
        assert!(page.contains("autocomplete=\"one-time-code\"") && page.contains("cach=du-phong"));
        let page = c.post("/dang-nhap/ma", &[("code", "123456"), ("next", "/thong-bao")]).await.checked();
        assert!(page.contains("<title>Lỗi: ") && page.contains("href=\"#f-code\""));
        site.core.clock.advance(30_000);
        let code = totp(&secret, site.core.now());
        assert_eq!(c.post("/dang-nhap/ma", &[("code", &code), ("next", "/thong-bao")]).await.leads_to(), "/thong-bao");
        assert!(c.is_signed_in());

        for lands in ["/", "again"] {
            let mut d = Browser::new(&site);
            d.sign_in(PHONE, PASSWORD).await.leads_to();
            assert!(d.page("/dang-nhap/ma?cach=du-phong").await.contains("Mã dự phòng"));
            let answer = d.post("/dang-nhap/ma?cach=du-phong", &[("code", &codes[0])]).await;
            match lands {
                "/" => assert_eq!(answer.leads_to(), "/"),
                _ => assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "a backup code works once"),
            }
        }

        // Recovery asks for it too.
        let mut e = Browser::new(&site);
        e.post("/quen-mat-khau", &[("phone", PHONE)]).await.leads_to();
        let sms = site.code(PHONE).await;
        assert_eq!(e.post("/quen-mat-khau/ma", &[("code", &sms)]).await.leads_to(), "/quen-mat-khau/xac-thuc");
        assert_eq!(e.get("/quen-mat-khau/mat-khau").await.leads_to(), "/quen-mat-khau/xac-thuc");
        e.page("/quen-mat-khau/xac-thuc").await;
        let with = [("code", codes[1].as_str())];
        assert_eq!(e.post("/quen-mat-khau/xac-thuc", &with).await.leads_to(), "/quen-mat-khau/mat-khau");
    })
    .await;
}

#[tokio::test]
async fn a17_sensitive_pages_ask_for_a_fresh_proof_and_lead_back() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        site.core.clock.advance(11 * 60_000);
        let pages = [
            "/tai-khoan/so-dien-thoai",
            "/tai-khoan/thong-tin/ten-dang-nhap",
            "/tai-khoan/bao-mat/ung-dung",
            "/tai-khoan/bao-mat/khoa/moi",
            "/tai-khoan/du-lieu/xoa",
        ];
        for page in pages {
            assert_eq!(b.get(page).await.leads_to(), format!("/xac-nhan?next={page}"));
        }
        let answer = b.post("/tai-khoan/du-lieu/tai", &[]).await;
        assert_eq!(answer.leads_to(), "/xac-nhan?next=/tai-khoan/du-lieu");
        let page = b.page("/xac-nhan?next=/tai-khoan/du-lieu/xoa").await;
        assert!(page.contains("autocomplete=\"current-password\""));
        let wrong =
            b.post("/xac-nhan", &[("password", "sai mật khẩu"), ("next", "/tai-khoan/du-lieu/xoa")]).await.checked();
        assert!(wrong.contains("chưa đúng") && wrong.contains("value=\"/tai-khoan/du-lieu/xoa\""));
        let before = b.cookie("phien").cloned();
        let thief = b.clone();
        let answer = b.post("/xac-nhan", &[("password", PASSWORD), ("next", "/tai-khoan/du-lieu/xoa")]).await;
        assert_eq!(answer.leads_to(), "/tai-khoan/du-lieu/xoa");
        assert_ne!(b.cookie("phien").cloned(), before, "another token");
        assert!(cookie_line(&answer, "phien-quang-tri=").contains("Max-Age="));
        b.page("/tai-khoan/du-lieu/xoa").await;
        let mut thief = thief;
        assert!(thief.get("/tai-khoan/thong-tin").await.leads_to().starts_with("/dang-nhap"), "the old token is dead");
    })
    .await;
}

#[tokio::test]
async fn a17_passkey_scripts_get_options_a_cookie_and_sentences() {
    each(async |site| {
        let mut b = Browser::new(&site);
        let options = b.script("/dang-nhap/khoa/bat-dau", "").await;
        assert!(options.json()["publicKey"]["challenge"].is_string());
        assert!(b.cookie("khoa").is_some());
        let refused = b.script("/dang-nhap/khoa/xong?next=/thong-bao", "{\"id\":\"x\"}").await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(refused.header("content-type").contains("problem+json"));
        assert!(refused.json()["detail"].as_str().unwrap().contains("khóa truy cập"));
        b.register(PHONE).await;
        let options = b.script("/tai-khoan/bao-mat/khoa/bat-dau", "").await.json();
        assert_eq!(options["publicKey"]["authenticatorSelection"]["residentKey"], "required");
        site.core.clock.advance(11 * 60_000);
        let stale = b.script("/tai-khoan/bao-mat/khoa/bat-dau", "").await;
        assert_eq!(stale.status, StatusCode::FORBIDDEN);
        assert!(!stale.json()["detail"].as_str().unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a9_signing_out_is_asked_first_and_leaves_nothing_behind() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        let mut other = Browser::new(&site);
        other.sign_in(PHONE, PASSWORD).await.leads_to();
        let page = b.page("/dang-xuat").await;
        assert!(page.contains("data-logout") && page.contains("Trần Thị Thử") && page.contains("moi-noi"));
        let token = b.clone();
        let answer = b.post("/dang-xuat", &[]).await;
        assert_eq!(answer.leads_to(), "/tai-khoan");
        assert_eq!(answer.header("clear-site-data"), "\"cache\"", "R2: unsent reports stay");
        assert!(cookie_line(&answer, "phien-quang-tri=").contains("Max-Age=0"));
        let after = b.get("/tai-khoan").await;
        assert_eq!(after.header("x-offline-copy"), "forget");
        let page = after.page();
        assert!(page.contains("Đã đăng xuất") && page.contains("/dang-nhap") && page.contains("/dang-ky"));
        let mut token = token;
        assert!(token.get("/tai-khoan/thong-tin").await.leads_to().starts_with("/dang-nhap"));
        other.page("/tai-khoan/thong-tin").await;

        let mut third = Browser::new(&site);
        third.sign_in(PHONE, PASSWORD).await.leads_to();
        other.page("/dang-xuat").await;
        assert_eq!(other.post("/dang-xuat", &[("moi-noi", "1")]).await.leads_to(), "/tai-khoan");
        assert!(third.get("/tai-khoan/thong-tin").await.leads_to().starts_with("/dang-nhap"));
    })
    .await;
}

//! Registering by phone as a browser without JavaScript does it (A1, A4, A14), and what goes wrong on the way.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use support::{
    browser::{Browser, PASSWORD, another},
    each,
};

const PHONE: &str = "0914 402 045";

#[tokio::test]
async fn a1_a_person_registers_by_phone_and_lands_where_they_were_going() {
    each(async |site| {
        let mut b = Browser::new(&site);
        let page = b.page("/dang-ky?next=/phan-anh/moi").await;
        for words in [
            "autocomplete=\"tel\"",
            "data-challenge-url=\"/bang-chung\"",
            "name=\"altcha\"",
            "/dieu-khoan",
            "/quyen-rieng-tu",
        ] {
            assert!(page.contains(words), "{words}");
        }
        assert!(!page.contains("class=\"tabbar\""), "the doors have no tab bar");
        let next = [("phone", PHONE), ("agreed", "1"), ("next", "/phan-anh/moi")];
        assert_eq!(b.post("/dang-ky", &next).await.leads_to(), "/dang-ky/ma?next=/phan-anh/moi");

        let page = b.page("/dang-ky/ma?next=/phan-anh/moi").await;
        for words in [
            "0914***045",
            "autocomplete=\"one-time-code\"",
            "inputmode=\"numeric\"",
            "data-resend-in=\"50\"",
            "Gửi lại sau 50 giây",
        ] {
            assert!(page.contains(words), "{words}");
        }
        assert!(!page.contains("402"), "the phone is masked");
        let sms = site.inbox(PHONE).await.remove(0);
        assert!(sms.contains("@localhost #"), "{sms}");
        let code = site.code(PHONE).await;
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        let next = [("code", spaced.as_str()), ("next", "/phan-anh/moi")];
        assert_eq!(b.post("/dang-ky/ma", &next).await.leads_to(), "/dang-ky/thong-tin?next=/phan-anh/moi");

        let page = b.page("/dang-ky/thong-tin?next=/phan-anh/moi").await;
        for words in [
            "autocomplete=\"name\"",
            "autocomplete=\"new-password\"",
            "data-search-url=\"/xa/tim\"",
            "data-reveal=\"f-password\"",
        ] {
            assert!(page.contains(words), "{words}");
        }
        // Without a script the commune is found by a button; nothing else is judged yet, and what was typed stays.
        let found = b
            .post("/dang-ky/thong-tin", &[("full_name", "Trần Thị Thử"), ("commune_text", "dong thuan"), ("find", "1")])
            .await;
        let page = found.page();
        assert!(
            page.contains("Phường Đồng Thuận")
                && page.contains("value=\"Trần Thị Thử\"")
                && !page.contains("error-summary")
        );
        let details = [
            ("full_name", "  Trần Thị   Thử "),
            ("commune_text", "dong thuan"),
            ("shown", "dong thuan"),
            ("pick", "18859"),
            ("address", "Thôn 3"),
            ("password", PASSWORD),
            ("next", "/phan-anh/moi"),
        ];
        let done = b.post("/dang-ky/thong-tin", &details).await;
        assert_eq!(done.leads_to(), "/dang-ky/xong?next=/phan-anh/moi");
        let page = b.page("/dang-ky/xong?next=/phan-anh/moi").await;
        assert!(page.contains("Trần Thị Thử") && page.contains("href=\"/phan-anh/moi\""));

        let page = b.page("/tai-khoan/thong-tin").await;
        assert!(page.contains("Thôn 3, Phường Đồng Thuận") && page.contains("0914 402 045"), "{page}");
        let page = b.page("/tai-khoan/dong-y").await;
        assert!(
            page.contains("Điều khoản sử dụng, bản") && page.contains("Chính sách bảo mật, bản"),
            "versions are recorded"
        );
        let page = b.page("/thong-bao").await;
        assert!(page.contains("Chào mừng"));
        assert_eq!(site.accounts_with(PHONE).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a1_the_pages_speak_english_too() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.page("/dang-ky?lang=en").await;
        b.post("/dang-ky", &[("phone", PHONE), ("agreed", "1")]).await.leads_to();
        let page = b.page("/dang-ky/ma").await;
        assert!(page.contains("Enter the code") && page.contains("Again in 50 seconds"));
        let code = site.code(PHONE).await;
        b.post("/dang-ky/ma", &[("code", &code)]).await.leads_to();
        let wrong = b.post("/dang-ky/thong-tin", &[("full_name", "1")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = wrong.checked();
        assert!(page.contains("<title>Error: About you") && page.contains("There is something to correct"));
    })
    .await;
}

#[tokio::test]
async fn a1_what_is_wrong_with_the_phone_is_said_beside_it() {
    each(async |site| {
        let mut b = Browser::new(&site);
        let cases = [
            ("", "Nhập số điện thoại"),
            ("0233 3852 456", "máy bàn"),
            ("+1 202 555 0123", "số di động Việt Nam"),
            ("0123456789", "10 chữ số"),
        ];
        for (typed, words) in cases {
            let answer = b.post("/dang-ky", &[("phone", typed), ("agreed", "1")]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            let page = answer.checked();
            assert!(page.contains("<title>Lỗi: "), "{typed}");
            assert!(
                page.contains("href=\"#f-phone\"")
                    && page.contains("id=\"f-phone\"")
                    && page.contains("aria-invalid=\"true\"")
            );
            assert_eq!(page.matches(words).count(), 2, "summary and field: {typed}");
            assert!(page.contains(&format!("value=\"{typed}\"")) && page.contains("checked"), "typed values stay");
        }
        let page = b.post("/dang-ky", &[("phone", PHONE)]).await.checked();
        assert!(page.contains("href=\"#f-agreed\"") && page.contains("value=\"0914 402 045\""));
        let both = b.post("/dang-ky", &[]).await.checked();
        assert!(both.contains("href=\"#f-agreed\"") && both.contains("href=\"#f-phone\""), "all errors at once");
        assert!(site.inbox(PHONE).await.is_empty(), "without consent nothing is sent");
    })
    .await;
}

#[tokio::test]
async fn a4_wrong_expired_used_and_foreign_codes_are_refused_each_with_its_sentence() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.ask_for_code(PHONE).await;
        let code = site.code(PHONE).await;
        for typed in ["", "12345", "12345a"] {
            let page = b.post("/dang-ky/ma", &[("code", typed)]).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.checked().contains("6 chữ số"), "{typed}");
        }
        let page = b.post("/dang-ky/ma", &[("code", &another(&code))]).await.checked();
        assert!(page.contains("Mã chưa đúng. Ông/Bà còn 4 lần thử.") && page.contains("href=\"#f-code\""));

        // Foreign: the code of one browser's flow is nothing in another's.
        let mut thief = Browser::new(&site);
        site.core.clock.advance(51_000);
        thief.ask_for_code("0914 402 046").await;
        let page = thief.post("/dang-ky/ma", &[("code", &code)]).await.checked();
        assert!(page.contains("Mã chưa đúng"));
        let mut stranger = Browser::new(&site);
        assert_eq!(stranger.post("/dang-ky/ma", &[("code", &code)]).await.leads_to(), "/dang-ky?het-han=1");
        assert!(stranger.page("/dang-ky?het-han=1").await.contains("đã hết hạn"));

        site.core.clock.advance(5 * 60_000);
        let page = b.post("/dang-ky/ma", &[("code", &code)]).await.checked();
        assert!(page.contains("Mã đã hết hạn. Hãy bấm «Gửi lại mã»."));

        // A new code makes the old one worthless; five wrong tries use it up.
        assert_eq!(b.post("/dang-ky/ma/gui-lai", &[]).await.leads_to(), "/dang-ky/ma");
        assert!(b.page("/dang-ky/ma").await.contains("Đã gửi mã mới"));
        let fresh = site.code(PHONE).await;
        for _ in 0..5 {
            b.post("/dang-ky/ma", &[("code", &another(&fresh))]).await;
        }
        let page = b.post("/dang-ky/ma", &[("code", &fresh)]).await.checked();
        assert!(page.contains("không còn dùng được"));

        // Used: the step is done, the same code leads on and not in again.
        site.core.clock.advance(60_000);
        b.post("/dang-ky/ma/gui-lai", &[]).await.leads_to();
        let last = site.code(PHONE).await;
        assert_eq!(b.post("/dang-ky/ma", &[("code", &last)]).await.leads_to(), "/dang-ky/thong-tin");
        assert_eq!(b.post("/dang-ky/ma", &[("code", &last)]).await.leads_to(), "/dang-ky/thong-tin", "a double press");
        let mut other = Browser::new(&site);
        other.get("/dang-ky").await;
        site.core.clock.advance(60_000);
        other.ask_for_code(PHONE).await;
        let page = other.post("/dang-ky/ma", &[("code", &last)]).await.checked();
        assert!(page.contains("Mã chưa đúng"));
    })
    .await;
}

#[tokio::test]
async fn a4_ten_wrong_codes_in_an_hour_close_the_phone_for_codes() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.ask_for_code(PHONE).await;
        for round in 0..2 {
            let code = site.code(PHONE).await;
            for _ in 0..5 {
                b.post("/dang-ky/ma", &[("code", &another(&code))]).await;
            }
            site.core.clock.advance(60_000);
            assert_eq!(b.post("/dang-ky/ma/gui-lai", &[]).await.leads_to(), "/dang-ky/ma", "{round}");
        }
        let code = site.code(PHONE).await;
        let answer = b.post("/dang-ky/ma", &[("code", &code)]).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(!answer.header("retry-after").is_empty());
        assert!(answer.checked().contains("Nhập sai quá nhiều lần. Hãy thử lại sau 09:00."), "the time is said");
    })
    .await;
}

#[tokio::test]
async fn a4_a_resend_that_comes_too_early_is_explained() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.ask_for_code(PHONE).await;
        site.core.clock.advance(20_000);
        let early = b.post("/dang-ky/ma/gui-lai", &[]).await;
        assert_eq!(early.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(early.header("retry-after"), "30");
        let page = early.checked();
        assert!(page.contains("Có thể gửi lại sau 30 giây") && page.contains("data-resend-in=\"30\""));
        assert_eq!(b.get("/dang-ky/ma/gui-lai").await.leads_to(), "/dang-ky/ma", "a reload is no dead end");
        assert_eq!(site.inbox(PHONE).await.len(), 1);
        site.core.clock.advance(30_000);
        assert_eq!(b.post("/dang-ky/ma/gui-lai", &[]).await.leads_to(), "/dang-ky/ma");
        assert_eq!(site.inbox(PHONE).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a4_a_flood_of_sends_meets_its_limit_and_a_bad_proof_is_refused() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.ask_for_code(PHONE).await;
        for _ in 0..4 {
            site.core.clock.advance(51_000);
            b.post("/dang-ky/ma/gui-lai", &[]).await.leads_to();
        }
        site.core.clock.advance(51_000);
        let answer = b.post("/dang-ky/ma/gui-lai", &[]).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(answer.checked().contains("Đã gửi quá nhiều mã"));
        let answer = b.post("/dang-ky", &[("phone", "0914402047"), ("agreed", "1"), ("altcha", "bm9uc2Vuc2U=")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.checked().contains("Bước kiểm tra đã hết hạn"));
        let challenge = b.get("/bang-chung").await.json();
        assert!(challenge["parameters"]["algorithm"] == "SHA-256" && challenge["signature"].is_string(), "{challenge}");
    })
    .await;
}

#[tokio::test]
async fn a14_a_phone_with_an_account_gets_the_same_pages_and_another_sms() {
    each(async |site| {
        Browser::new(&site).register(PHONE).await;
        let mut pages = Vec::new();
        for phone in [PHONE, "0914 402 044"] {
            let mut b = Browser::new(&site);
            b.ask_for_code(phone).await;
            let page = b.page("/dang-ky/ma").await;
            let wrong = b.post("/dang-ky/ma", &[("code", "000000")]).await;
            let masked = |html: String| html.replace("0914***044", "0914***045");
            pages.push((masked(page), wrong.status, masked(wrong.checked())));
        }
        assert_eq!(pages[0], pages[1]);
        assert!(site.inbox(PHONE).await[0].contains("da co tai khoan"));
    })
    .await;
}

#[tokio::test]
async fn a6_a_refused_password_keeps_everything_else_and_is_not_sent_back() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.ask_for_code(PHONE).await;
        let code = site.code(PHONE).await;
        b.post("/dang-ky/ma", &[("code", &code)]).await.leads_to();
        let cases = [
            ("", "Nhập mật khẩu"),
            ("ngắn", "ít nhất 8 ký tự"),
            ("matkhau123", "nhiều người dùng"),
            ("12345678", "theo thứ tự"),
            ("0914402045", "tên, số điện thoại"),
        ];
        for (typed, words) in cases {
            let fields = [
                ("full_name", "Trần Thị Thử"),
                ("commune_text", "Phường Đồng Hới"),
                ("address", "Thôn <3>"),
                ("password", typed),
            ];
            let answer = b.post("/dang-ky/thong-tin", &fields).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
            let page = answer.checked();
            assert!(page.contains(words) && page.contains("href=\"#f-password\""), "{typed}");
            assert!(
                page.contains("value=\"Trần Thị Thử\"")
                    && page.contains("Thôn &#60;3&#62;")
                    && page.contains("value=\"18880\" checked")
            );
            assert!(typed.is_empty() || !page.contains(&format!("value=\"{typed}\"")), "{typed}");
        }
    })
    .await;
}

#[tokio::test]
async fn a1_the_last_step_sent_twice_makes_one_account() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.ask_for_code(PHONE).await;
        let code = site.code(PHONE).await;
        b.post("/dang-ky/ma", &[("code", &code)]).await.leads_to();
        let mut twin = b.clone();
        let details = [("full_name", "Trần Thị Thử"), ("commune_text", "Phường Đồng Hới"), ("password", PASSWORD)];
        assert_eq!(b.post("/dang-ky/thong-tin", &details).await.leads_to(), "/dang-ky/xong");
        assert_eq!(twin.post("/dang-ky/thong-tin", &details).await.leads_to(), "/dang-ky?het-han=1");
        assert!(twin.page("/dang-ky?het-han=1").await.contains("Nếu vừa đăng ký xong, hãy đăng nhập"));
        assert_eq!(b.post("/dang-ky/thong-tin", &details).await.leads_to(), "/", "who is signed in goes on");
        assert_eq!(site.accounts_with(PHONE).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a1_steps_cannot_be_left_out() {
    each(async |site| {
        let mut b = Browser::new(&site);
        for path in ["/dang-ky/ma", "/dang-ky/thong-tin"] {
            assert_eq!(b.get(path).await.leads_to(), "/dang-ky?het-han=1", "{path}");
        }
        b.ask_for_code(PHONE).await;
        assert_eq!(b.get("/dang-ky/thong-tin").await.leads_to(), "/dang-ky/ma");
        let details = [("full_name", "Trần Thị Thử"), ("pick", "18880"), ("password", PASSWORD)];
        assert_eq!(b.post("/dang-ky/thong-tin", &details).await.leads_to(), "/dang-ky/ma");
        assert_eq!(site.accounts_with(PHONE).await, 0);
        // A register flow opens no other door.
        assert_eq!(b.get("/quen-mat-khau/ma").await.leads_to(), "/quen-mat-khau?het-han=1");
        assert_eq!(b.get("/dang-nhap/ma").await.leads_to(), "/dang-nhap?het-han=1");
    })
    .await;
}

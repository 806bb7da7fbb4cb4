//! The account that a service needs (A13), as a browser without JavaScript meets it: below, at and above the level, over a provider and with a
//! card, to the very procedure and back. Addresses that would lead elsewhere are here, too.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use base::clock::HOUR;
use domain::accounts::verify::registry::Verdict;
use serde_json::json;
use std::sync::Arc;
use store::testing::each_engine;
use support::{
    Site,
    browser::{Browser, PASSWORD},
    elsewhere::{Elsewhere, query},
    encode,
    registry::{FITS, Fake, known},
};

const PHONE: &str = "0914 402 045";
const CARD: &str =
    "044189001234|191234567|Trần Thị Thử|21031989|Nữ|Thôn 3, Lệ Thủy|10052021|Trần Văn Cha|044060000001||";
/// As the pack has them.
const ANY: &str = "1.001193";
const VERIFIED: &str = "1.000894";
const HIGH: &str = "1.012783";
const LINK: &str = "/tai-khoan/lien-ket/vneid";

fn page_of(code: &str) -> String {
    format!("/thu-tuc/{code}")
}

fn steps(code: &str) -> String {
    format!("/tai-khoan/nang-muc?thu-tuc={code}")
}

/// With a provider that says whatever level the test wants, and no registry.
async fn with_provider(test: impl AsyncFn(&Site, &Elsewhere)) {
    each_engine(async |db| {
        let there = Elsewhere::start().await;
        let site = Site::among(db, web::HttpSettings::default(), |core| vec![there.provider(core, "vneid")]).await;
        test(&site, &there).await;
    })
    .await;
}

/// The person agreed there; where their browser is led here.
async fn comes(b: &mut Browser<'_>, there: &Elsewhere, departure: &str, level: &str) -> support::Answer {
    let person = json!({
        "SoDinhDanh": "044189001234", "HoVaTen": "Trần Thị Thử", "NgayThangNamSinh": "1989-03-21", "GioiTinh": "Nữ",
    });
    b.get(&there.agrees(departure, "s-1", level, person)).await
}

async fn is_enough(b: &mut Browser<'_>, code: &str) -> bool {
    let page = b.page(&page_of(code)).await;
    let (enough, below) = (page.contains("Tài khoản đủ mức"), page.contains("Tài khoản chưa đủ mức"));
    assert_ne!(enough, below, "one of both: {page}");
    assert_eq!(below, page.contains(&format!("href=\"{}\"", steps(code))), "one button, where it is needed: {page}");
    assert_eq!(page.matches("nang-muc").count(), usize::from(below), "{page}");
    enough
}

#[tokio::test]
async fn a13_the_page_and_the_interface_say_which_account_a_procedure_takes() {
    with_provider(async |site, _| {
        let mut b = Browser::new(site);
        for (code, word, sentence) in [
            (ANY, "phone", "Tài khoản có số điện thoại đã xác nhận"),
            (VERIFIED, "verified", "Cần tài khoản đã xác thực danh tính"),
            (HIGH, "high", "Cần tài khoản đã xác thực ở mức cao"),
        ] {
            let list = b.get("/api/v1/procedures").await.json();
            let one = list.as_array().unwrap().iter().find(|p| p["code"] == code).unwrap();
            assert_eq!(one["account"], word);
            let page = b.page(&page_of(code)).await;
            assert!(page.contains(sentence), "{code}: {page}");
            assert_eq!(page.contains("Mức tài khoản là đề xuất"), word != "phone", "whose choice it is: {page}");
        }
        let english = b.page(&format!("{}?lang=en", page_of(VERIFIED))).await;
        assert!(english.contains("identity is verified"), "{english}");
    })
    .await;
}

#[tokio::test]
async fn a13_a_guest_signs_in_and_is_back_at_the_procedure() {
    with_provider(async |site, _| {
        let mut b = Browser::new(site);
        b.register(PHONE).await;
        let mut guest = Browser::new(site);
        let page = guest.page(&page_of(VERIFIED)).await;
        let door = format!("/dang-nhap?next={}", page_of(VERIFIED));
        assert!(page.contains(&format!("href=\"{door}\"")) && !page.contains("nang-muc"), "{page}");
        assert!(!page.contains("Tài khoản chưa đủ mức"), "nothing is known of a guest: {page}");
        guest.page(&door).await;
        let fields = [("login", PHONE), ("password", PASSWORD), ("next", &page_of(VERIFIED))];
        assert_eq!(guest.post("/dang-nhap", &fields).await.leads_to(), page_of(VERIFIED));
        assert!(!is_enough(&mut guest, VERIFIED).await);
        assert!(is_enough(&mut guest, ANY).await, "a phone is enough where no more is asked");
        // Straight to what raises it, not signed in: over the door, and to nothing else.
        let led = Browser::new(site).get(&steps(VERIFIED)).await.leads_to();
        assert!(led.starts_with("/dang-nhap?next=/tai-khoan/nang-muc"), "{led}");
    })
    .await;
}

#[tokio::test]
async fn a13_a_provider_raises_the_account_and_leads_back_to_the_very_procedure() {
    with_provider(async |site, there| {
        let mut b = Browser::new(site);
        b.register(PHONE).await;
        assert!(!is_enough(&mut b, VERIFIED).await && !is_enough(&mut b, HIGH).await);
        let way = b.page(&steps(VERIFIED)).await;
        for words in
            ["Đăng ký kết hôn", "Liên kết VNeID thử", "Đã xác thực số điện thoại", &format!("action=\"{LINK}\"")]
        {
            assert!(way.contains(words), "{words}: {way}");
        }
        assert!(!way.contains("thẻ Căn cước"), "without a registry a card raises nothing: {way}");
        let departure = b.post(LINK, &[("thu-tuc", VERIFIED)]).await.leads_to();
        let asked = query(&departure)["acr_values"].clone();
        assert!(asked.contains("LoA2") && asked.contains("LoA3") && !asked.contains("LoA1"), "{asked}");
        assert!(!departure.contains(VERIFIED), "why somebody comes is not the provider's to know: {departure}");
        assert_eq!(comes(&mut b, there, &departure, "LoA2").await.leads_to(), page_of(VERIFIED));
        assert!(is_enough(&mut b, VERIFIED).await && is_enough(&mut b, ANY).await);
        assert_eq!(b.get(&steps(VERIFIED)).await.leads_to(), page_of(VERIFIED), "there is nothing to raise any more");

        // The highest level: linked already, but not so surely.
        assert!(!is_enough(&mut b, HIGH).await);
        assert!(b.page(&steps(HIGH)).await.contains("Xác thực lại bằng VNeID thử"));
        let departure = b.post(LINK, &[("thu-tuc", HIGH)]).await.leads_to();
        assert_eq!(query(&departure)["acr_values"], "LoA3");
        let weak = comes(&mut b, there, &departure, "LoA2").await;
        assert_eq!(weak.status, StatusCode::BAD_REQUEST);
        let page = weak.checked();
        assert!(page.contains("chưa ở mức mà thủ tục cần") && page.contains(&steps(HIGH)), "{page}");
        assert!(!is_enough(&mut b, HIGH).await);
        let departure = b.post(LINK, &[("thu-tuc", HIGH)]).await.leads_to();
        assert_eq!(comes(&mut b, there, &departure, "LoA3").await.leads_to(), page_of(HIGH));
        for code in [HIGH, VERIFIED, ANY] {
            assert!(is_enough(&mut b, code).await, "{code}");
        }
    })
    .await;
}

#[tokio::test]
async fn a13_whoever_holds_the_phone_for_a_moment_proves_first_that_it_is_theirs() {
    with_provider(async |site, _| {
        let mut b = Browser::new(site);
        b.register(PHONE).await;
        site.core.clock.advance(HOUR);
        b.page(&steps(VERIFIED)).await;
        let led = b.post(LINK, &[("thu-tuc", VERIFIED)]).await.leads_to();
        assert_eq!(led.replace("%3F", "?").replace("%3D", "="), format!("/xac-nhan?next={}", steps(VERIFIED)));
        b.page(&led).await;
        let back = b.post("/xac-nhan", &[("password", PASSWORD), ("next", &steps(VERIFIED))]).await.leads_to();
        assert_eq!(back, steps(VERIFIED), "back to the button");
    })
    .await;
}

#[tokio::test]
async fn a13_the_registry_raises_the_account_by_a_card_and_the_answer_leads_back() {
    each_engine(async |db| {
        let fake = Arc::new(Fake::default());
        let site = Site::asking(db, fake.clone()).await;
        let mut b = Browser::new(&site);
        b.register(PHONE).await;
        assert!(!is_enough(&mut b, VERIFIED).await);
        let way = b.page(&steps(VERIFIED)).await;
        assert!(way.contains("href=\"/tai-khoan/xac-thuc\"") && !way.contains("action=\"/tai-khoan/lien-ket"), "{way}");
        // The registry says no: nothing is raised and nothing leads back as if it were.
        fake.says(known(FITS, Verdict::Mismatch, FITS));
        let shows = async |b: &mut Browser<'_>| {
            b.page("/tai-khoan/xac-thuc").await;
            b.post("/tai-khoan/xac-thuc/ma", &[("code", CARD)]).await.leads_to();
            b.page("/tai-khoan/xac-thuc/kiem-tra").await;
            b.post("/tai-khoan/xac-thuc/kiem-tra", &[]).await.leads_to();
            b.page("/tai-khoan/xac-thuc/ket-qua").await
        };
        let back = format!("href=\"{}\"", page_of(VERIFIED));
        assert!(!shows(&mut b).await.contains(&back));
        assert!(!is_enough(&mut b, VERIFIED).await);
        fake.says(known(FITS, FITS, FITS));
        let result = shows(&mut b).await;
        assert!(result.contains(&back) && result.contains("Đăng ký kết hôn"), "{result}");
        assert!(is_enough(&mut b, VERIFIED).await);
        assert_eq!(b.cookie("viec"), None, "nothing is left to come back to");
        // A card goes no higher, and nobody else is there to ask.
        assert!(!is_enough(&mut b, HIGH).await);
        let way = b.page(&steps(HIGH)).await;
        assert!(way.contains("Chưa nâng mức được ở đây") && !way.contains("href=\"/tai-khoan/xac-thuc\""), "{way}");
    })
    .await;
}

#[tokio::test]
async fn a13_what_is_no_service_of_ours_leads_nowhere() {
    with_provider(async |site, there| {
        let mut b = Browser::new(site);
        b.register(PHONE).await;
        let hostile = [
            "",
            "1.999999",
            "//evil.example",
            "https://evil.example/1.000894",
            "/\\evil.example",
            "1.000894/../../dang-xuat",
            "1.000894\r\nSet-Cookie: a=b",
            "1.000894%00",
            " 1.000894",
            "\"><script>alert(1)</script>",
            "/thu-tuc/1.000894",
            &"1".repeat(5_000),
        ];
        for code in hostile {
            assert_eq!(b.get(&steps(&encode(code))).await.status, StatusCode::NOT_FOUND, "{code}");
            b.page("/tai-khoan/lien-ket").await;
            // The link is made as ever and leads to the page of links; the level is the usual one.
            let departure = b.post(LINK, &[("thu-tuc", code), ("next", code), ("level", "phone")]).await.leads_to();
            assert!(departure.starts_with(there.issuer()), "{departure}");
            assert!(query(&departure)["acr_values"].contains("LoA2"), "{departure}");
            assert_eq!(comes(&mut b, there, &departure, "LoA2").await.leads_to(), "/tai-khoan/lien-ket", "{code}");
            // As a cookie that somebody planted.
            let name = site.web.cookie_name("viec");
            let planted: String =
                code.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, ';' | ',' | '"')).collect();
            if planted == VERIFIED {
                continue; // what is left of it is a service
            }
            b.cookies.insert(name.clone(), planted);
            let departure = b.post(LINK, &[]).await.leads_to();
            let page = comes(&mut b, there, &departure, "LoA1").await.checked();
            assert!(page.contains("href=\"/tai-khoan/lien-ket\"") && !page.contains("evil"), "{code}: {page}");
            b.cookies.remove(&name);
        }
        // Another site cannot begin it: the form carries a token of this session.
        b.csrf = "wrong".into();
        assert_eq!(b.post(LINK, &[("thu-tuc", VERIFIED)]).await.status, StatusCode::FORBIDDEN);
        // What somebody came for is not shown to the next person at this browser.
        b.page("/tai-khoan").await;
        b.get(&steps(HIGH)).await;
        assert!(b.cookie("viec").is_some());
        b.post("/dang-xuat", &[]).await;
        assert_eq!(b.cookie("viec"), None);
    })
    .await;
}

//! Sent to a province by a provider (OpenID Connect Core 4; N10–N12): for a procedure that was chosen there, or to link the account that one
//! has here. Whoever else sends people here is here, too.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::json;
use store::testing::each_engine;
use support::{
    Site,
    browser::{Browser, PASSWORD},
    elsewhere::{Elsewhere, query},
    encode,
};

const PHONE: &str = "0914 402 045";
const PROCEDURE: &str = "/thu-tuc/1.001193";

async fn each(test: impl AsyncFn(&Site, &Elsewhere)) {
    each_engine(async |db| {
        let there = Elsewhere::start().await;
        let site = Site::among(db, web::HttpSettings::default(), |core| vec![there.provider(core, "vneid")]).await;
        test(&site, &there).await;
    })
    .await;
}

/// Where the provider sends a browser; `target` is an address.
fn sends(there: &Elsewhere, target: &str) -> String {
    format!("/dang-nhap/tu?iss={}&target_link_uri={}", encode(there.issuer()), encode(target))
}

fn agrees(there: &Elsewhere, departure: &str) -> String {
    let person = json!({
        "SoDinhDanh": "044189001234", "HoVaTen": "Nguyễn Thị Ví Dụ", "NgayThangNamSinh": "1989-03-21", "GioiTinh": "Nữ",
    });
    there.agrees(departure, "s-1", "LoA2", person)
}

/// A form of the provider's page; cookies of ours do not come along from another site.
async fn posts(site: &Site, fields: &[(&str, &str)]) -> support::Answer {
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let request = Request::post("/dang-nhap/tu")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, "https://cong.example.vn")
        .header("sec-fetch-site", "cross-site")
        .body(Body::from(body.join("&")))
        .unwrap();
    site.send(request).await
}

/// The line that keeps the name; empty when none does.
fn kept(answer: &support::Answer) -> String {
    let lines = answer.headers.get_all("set-cookie").iter().filter_map(|line| line.to_str().ok());
    lines.filter(|line| line.starts_with("goi-y")).collect()
}

#[tokio::test]
async fn n10_n11_somebody_sent_for_a_procedure_registers_is_linked_by_itself_and_has_it_open() {
    each(async |site, there| {
        let target = format!("{}{PROCEDURE}", site.core.settings.origin);
        let mut b = Browser::new(site);
        let departure = b.get(&sends(there, &target)).await.leads_to();
        assert!(departure.starts_with(there.issuer()), "straight on: {departure}");
        assert_eq!(query(&departure)["code_challenge_method"], "S256");
        let led = b.get(&agrees(there, &departure)).await.leads_to();
        assert_eq!(led, format!("/lan-dau?next={PROCEDURE}"));
        b.proves_phone(&led, PHONE, PROCEDURE).await;
        let next = ("next", PROCEDURE);
        let done = b.post("/lan-dau/thong-tin", &[("pick", "18880"), ("address", "Thôn 3"), next]).await.leads_to();
        assert_eq!(done, format!("/dang-ky/xong?next={PROCEDURE}"));
        assert!(b.page(&done).await.contains(&format!("href=\"{PROCEDURE}\"")));
        let page = b.page(PROCEDURE).await;
        for words in
            ["Đăng ký khai sinh", "Tài khoản của Nguyễn Thị Ví Dụ", "chưa nhận hồ sơ trực tuyến", "Bộ phận Một cửa của"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(b.page("/tai-khoan/lien-ket").await.contains("Đã liên kết"), "by itself");
        // Known there and signed in here: the next procedure opens at once.
        let other = format!("{}/thu-tuc/2.000815", site.core.settings.origin);
        assert_eq!(b.get(&sends(there, &other)).await.leads_to(), "/thu-tuc/2.000815");
    })
    .await;
}

#[tokio::test]
async fn n12_somebody_sent_to_link_signs_in_here_with_the_name_typed_there_and_presses_once() {
    each(async |site, there| {
        let mut owner = Browser::new(site);
        owner.register(PHONE).await;
        let target = format!("{}/lien-ket-tai-khoan", site.core.settings.origin);
        let fields = [("iss", there.issuer()), ("target_link_uri", &target), ("login_hint", " 0914 402 045 ")];
        let sent = posts(site, &fields).await;
        let on = sent.leads_to();
        assert_eq!(query(&on)["target_link_uri"].replace("%3A", ":"), format!("{target}/vneid"));
        assert_eq!(query(&on).len(), 2, "the name stands in no address: {on}");
        let cookie = kept(&sent);
        assert!(cookie.contains("goi-y") && cookie.contains("HttpOnly") && cookie.contains("Max-Age=600"), "{cookie}");
        assert!(!cookie.contains("0914"), "{cookie}");
        let hint = cookie.split(';').next().unwrap().to_owned();

        let mut b = Browser::new(site);
        let door = b.get(&sends(there, &target)).await.leads_to();
        let link = "/lien-ket-tai-khoan/vneid";
        assert_eq!(door, format!("/dang-nhap?next={link}"));
        let with_hint = Request::get(&door).header(header::COOKIE, &hint).body(Body::empty()).unwrap();
        let page = site.send(with_hint).await.page();
        assert!(page.contains("value=\"0914 402 045\""), "{page}");
        b.get(&door).await;
        let entered = b.post("/dang-nhap", &[("login", PHONE), ("password", PASSWORD), ("next", link)]).await;
        assert_eq!(entered.leads_to(), link);
        assert!(kept(&entered).contains("Max-Age=0"), "nobody else at this browser sees the name");
        let page = b.page(link).await;
        for words in [
            "Liên kết với VNeID thử",
            "0914***045",
            "action=\"/tai-khoan/lien-ket/vneid\"",
            "Không phải tài khoản này?",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let departure = b.post("/tai-khoan/lien-ket/vneid", &[]).await.leads_to();
        assert_eq!(b.get(&agrees(there, &departure)).await.leads_to(), "/tai-khoan/lien-ket");
        let list = b.page("/tai-khoan/lien-ket").await;
        assert!(list.contains("Hủy liên kết") && list.contains(&format!("href=\"{}\"", there.issuer())), "{list}");
        // Sent once more: there is nothing left to press, and a way back.
        assert_eq!(b.get(&sends(there, &target)).await.leads_to(), link);
        let page = b.page(link).await;
        assert!(
            page.contains("đã liên kết với nhau") && !page.contains("action=\"/tai-khoan/lien-ket/vneid\""),
            "{page}"
        );
    })
    .await;
}

#[tokio::test]
async fn n10_who_sends_people_here_sends_them_nowhere_else_and_signs_nobody_in() {
    each(async |site, there| {
        let own = site.core.settings.origin.clone();
        let mut b = Browser::new(site);
        for iss in ["", "https://evil.example", "x"] {
            let sent = format!("/dang-nhap/tu?iss={}&target_link_uri={}", encode(iss), encode(&own));
            assert_eq!(b.get(&sent).await.status, StatusCode::NOT_FOUND, "{iss}");
            let answer = posts(site, &[("iss", iss), ("login_hint", "a")]).await;
            assert_eq!((answer.status, kept(&answer).as_str()), (StatusCode::NOT_FOUND, ""), "{iss}");
        }
        // Wherever it says, one ends at a page of ours that is no door.
        let mut known = Browser::new(site);
        known.register(PHONE).await;
        for target in [
            "https://evil.example/thu-tuc/1.001193".to_owned(),
            format!("{own}.evil.example/"),
            format!("{own}@evil.example/"),
            format!("{own}//evil.example"),
            format!("{own}/\\evil.example"),
            format!("{own}/dang-xuat"),
            format!("{own}/dang-nhap/tu?iss=x"),
            "javascript:alert(1)".to_owned(),
            "/thu-tuc/1.001193".to_owned(),
            "x".repeat(5_000),
        ] {
            assert_eq!(known.get(&sends(there, &target)).await.leads_to(), "/", "{target}");
        }
        // Another site's form may begin and do nothing else.
        let names = [("a".repeat(81), false), ("\"><script>".to_owned(), true)];
        for (name, is_kept) in names {
            let target = format!("{own}/lien-ket-tai-khoan");
            let sent =
                posts(site, &[("iss", there.issuer()), ("target_link_uri", &target), ("login_hint", &name)]).await;
            let cookie = kept(&sent);
            assert_eq!(cookie.contains("goi-y"), is_kept, "{name}");
            let hint = cookie.split(';').next().unwrap_or_default().to_owned();
            let door = Request::get("/dang-nhap").header(header::COOKIE, &hint).body(Body::empty()).unwrap();
            assert!(!site.send(door).await.page().contains("\"><script>"));
        }
        let elsewhere = Request::post("/dang-nhap")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site")
            .body(Body::from("login=a&password=b"))
            .unwrap();
        assert_eq!(site.send(elsewhere).await.status, StatusCode::FORBIDDEN, "every other form is guarded as before");
        // A link is not made by being sent: the page asks, and the press carries the token of this site.
        let page = known.page("/lien-ket-tai-khoan/vneid").await;
        assert!(page.contains("name=\"csrf\""), "{page}");
        assert!(known.page("/tai-khoan/lien-ket").await.contains("Chưa liên kết"));
        assert_eq!(known.get("/lien-ket-tai-khoan/khong-co").await.status, StatusCode::NOT_FOUND);
        assert!(b.get("/lien-ket-tai-khoan/vneid").await.leads_to().starts_with("/dang-nhap"));
        // The provider is away when one comes back: said with what to do now.
        let departure = b.get(&sends(there, &format!("{own}{PROCEDURE}"))).await.leads_to();
        let back = agrees(there, &departure);
        there.goes_down(true);
        let away = b.get(&back).await;
        assert_eq!(away.status, StatusCode::BAD_GATEWAY);
        assert!(away.checked().contains("đang không trả lời"));
    })
    .await;
}

#[tokio::test]
async fn n14_a_province_lists_its_procedures_for_people_and_for_programs() {
    each(async |site, _| {
        let mut b = Browser::new(site);
        assert!(b.page("/").await.contains("href=\"/thu-tuc\""));
        let list = b.get("/api/v1/procedures").await.json();
        let entries = domain::national::catalogue::read(&list).expect("what the portal reads");
        assert_eq!(entries.len(), site.core.province().pack.procedures.len());
        for entry in &entries {
            let page = b.page(&entry.page).await;
            assert!(page.contains("Nộp hồ sơ") && page.contains(&entry.code), "{}", entry.code);
        }
        let found = b.page("/thu-tuc?q=khai%20tu").await;
        assert!(found.contains("Đăng ký khai tử") && !found.contains("Đăng ký kết hôn"), "{found}");
        assert!(b.page("/thu-tuc?q=zzz").await.contains("Chưa tìm thấy"));
        assert_eq!(b.get("/thu-tuc/1.999999").await.status, StatusCode::NOT_FOUND);
        let english = b.page("/thu-tuc/1.001193?lang=en").await;
        assert!(english.contains("one-stop desk") && english.contains("lang=\"vi\">Đăng ký khai sinh"), "{english}");
    })
    .await;
}

//! The national portal (S5, N6–N12) as a browser without JavaScript and a province meet it: coming in from the Ministry's provider, and
//! being a provider itself. Strangers are here, too.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::Engine;
use serde_json::Value;
use store::{Sql, Tx};
use support::{
    browser::{Browser, between},
    portal::*,
};

#[tokio::test]
async fn n9_n6_somebody_comes_from_the_ministry_and_sees_what_is_known_with_its_source() {
    each(async |site, there, _| {
        let mut b = Browser::new(site);
        let home = b.page("/").await;
        for words in ["Cổng Dịch vụ công quốc gia", "Môi trường thử nghiệm", "Chưa có hệ thống nào"]
        {
            assert!(home.contains(words), "{words}: {home}");
        }
        assert!(!home.contains("data-sw"), "no service worker: nothing is written here without a network");
        assert_eq!(b.arrives(there, "s-1", "/").await, "/dang-ky/xong");
        let page = b.page("/tai-khoan/dinh-danh").await;
        for words in ["Nguyễn Thị Ví Dụ", "044***234", "21/03/1989", "Nữ", "VNeID thử xác nhận lúc", "Đã xác thực"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains(NUMBER), "masked, to the owner too");
        let overview = b.page("/tai-khoan").await;
        assert!(overview.contains("Thông tin định danh") && !overview.contains("Phản ánh"), "{overview}");
        let more = b.page("/tai-khoan/thong-tin").await;
        assert!(!more.contains("noi-o") && more.contains("so-dien-thoai"), "{more}");
        // Without a residence, and not twice.
        let homeless: Option<i64> = Sql::new("SELECT count(*) FROM account WHERE commune IS NULL AND address = ''")
            .scalar(site.core.store.read())
            .await
            .unwrap();
        assert_eq!(homeless, Some(1));
    })
    .await;
}

#[tokio::test]
async fn n8_n11_a_province_is_told_what_the_person_agreed_to_and_nothing_before() {
    each(async |site, there, _| {
        let secret = province(site).await;
        let mut b = Browser::new(site);
        let flow = b.get(&asks("")).await.leads_to();
        let door = b.get(&flow).await;
        let policy = door.header("content-security-policy").to_owned();
        assert!(policy.contains(PROVINCE), "forms lead there in the end: {policy}");
        let page = door.page();
        for words in ["Để tiếp tục vào Cổng tỉnh Ví Dụ", "Quay lại, không đăng nhập", "VNeID thử"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains(NUMBER));
        // To the Ministry's provider and back, into the flow that waits.
        let next = between(&page, "name=\"next\" value=\"", "\"").unwrap();
        assert_eq!(next, flow);
        let welcome = b.arrives(there, "s-1", &flow).await;
        assert!(welcome.ends_with(&format!("next={flow}")), "{welcome}");
        assert!(b.page(&welcome).await.contains(&flow));

        let page = b.page(&flow).await;
        for words in [
            "Cổng tỉnh Ví Dụ muốn biết thông tin",
            "Đang đăng nhập: Nguyễn Thị Ví Dụ",
            "Số định danh cá nhân",
            "044***234",
            "Ngày sinh",
            "0914***045",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains(NUMBER));
        let token = hidden(&page, "token");
        let kept = ["TechID", "SoDinhDanh", "HoVaTen", "NgaySinh", "LoaiTaiKhoan"];
        let mut answer = vec![("token", token.as_str()), ("answer", "allow")];
        answer.extend(kept.iter().map(|name| ("claim", *name)));
        // A forged form says nothing.
        let forged = b.post(&flow, &[("token", "x"), ("answer", "allow")]).await;
        assert_eq!(forged.leads_to(), flow);
        let led = b.post(&flow, &answer).await.leads_to();
        assert!(led.starts_with(&format!("{BACK}?code=")) && led.contains("state=s"), "{led}");

        let (status, tokens) = redeem(site, &secret, &led).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        let told = userinfo(site, tokens["access_token"].as_str().unwrap()).await.json();
        assert_eq!(told["SoDinhDanh"], NUMBER);
        assert_eq!(
            (told["HoVaTen"].as_str(), told["NgaySinh"].as_str()),
            (Some("Nguyễn Thị Ví Dụ"), Some("1989-03-21"))
        );
        assert_eq!(told["LoaiTaiKhoan"], "1");
        assert_eq!(told["TechID"], told["sub"], "one lasting name for the person here");
        assert!(told.get("SoDienThoai").is_none() && told.get("GioiTinh").is_none(), "not ticked: {told}");
        let id = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
        let id = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(id).unwrap();
        let id: Value = serde_json::from_slice(&id).unwrap();
        assert_eq!((id["acr"].as_str(), id["nonce"].as_str()), (Some("LoA2"), Some("n")));
        assert!(!id.to_string().contains(NUMBER));
        let (again, _) = redeem(site, &secret, &led).await;
        assert_eq!(again, StatusCode::BAD_REQUEST, "a code is good once");
        assert_eq!(userinfo(site, tokens["access_token"].as_str().unwrap()).await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn n9_another_account_is_one_click_and_saying_no_leads_back() {
    each(async |site, there, _| {
        province(site).await;
        let mut b = Browser::new(site);
        b.arrives(there, "s-1", "/").await;
        let flow = b.get(&asks("&prompt=select_account")).await.leads_to();
        let page = b.page(&flow).await;
        assert!(page.contains("Dùng tài khoản nào?") && page.contains("Tiếp tục với Nguyễn Thị Ví Dụ"), "{page}");
        assert!(b.page(&flow).await.contains("muốn biết thông tin"), "going on as who one is leads to the consent");
        let flow = b.get(&asks("&prompt=select_account")).await.leads_to();
        let page = b.page(&flow).await;
        assert_eq!(hidden(&page, "next"), flow);
        let left = b.post("/dang-xuat", &[("next", &flow)]).await.leads_to();
        assert_eq!(left, format!("/dang-nhap?next={flow}"));
        assert!(!b.is_signed_in());
        let page = b.page(&left).await;
        assert!(page.contains("được đưa trở lại") && page.contains("Dùng tài khoản VNeID thử khác"), "{page}");

        let door = b.page(&flow).await;
        let token = hidden(&door, "token");
        let back = b.post(&flow, &[("token", &token), ("answer", "cancel")]).await.leads_to();
        assert!(back.starts_with(&format!("{BACK}?error=access_denied")), "{back}");
        // Another browser cannot go on with this flow, and nobody is sent to an address that is not registered.
        let mut stranger = Browser::new(site);
        assert_eq!(stranger.get(&flow).await.status, StatusCode::BAD_REQUEST);
        let evil = asks("").replace(&support::encode(BACK), "https%3A%2F%2Fevil.example%2Fve");
        assert_eq!(stranger.get(&evil).await.status, StatusCode::BAD_REQUEST);
        for next in ["https://evil.example/", "//evil.example", "/oauth2/authorize?client_id=tinh"] {
            let mut b = Browser::new(site);
            let page = b.page(&format!("/dang-nhap?next={}", support::encode(next))).await;
            assert!(!page.contains("evil.example") && !page.contains("value=\"/oauth2"), "{next}");
        }
    })
    .await;
}

#[tokio::test]
async fn n12_a_person_takes_a_link_back_and_the_province_gets_nothing_more() {
    each(async |site, there, _| {
        let (mut b, tokens) = known_there(site, there).await;
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(userinfo(site, access).await.status, StatusCode::OK);
        let page = b.page("/tai-khoan/lien-ket").await;
        for words in ["Liên kết tài khoản các hệ thống khác", "Cổng tỉnh Ví Dụ", "Được nhận:", "Hủy liên kết"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        // Agreed once: not asked again.
        assert!(b.get(&asks("")).await.leads_to().starts_with(BACK));
        let withdrawn = "/tai-khoan/he-thong/tinh/huy";
        let mut forged = b.clone();
        forged.csrf = "x".into();
        assert_eq!(forged.post(withdrawn, &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(b.post("/tai-khoan/he-thong/khac/huy", &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(b.post(withdrawn, &[]).await.leads_to(), "/tai-khoan/lien-ket");
        assert!(b.page("/tai-khoan/lien-ket").await.contains("Chưa liên kết hệ thống nào"));
        assert_eq!(userinfo(site, access).await.status, StatusCode::UNAUTHORIZED);
        let flow = b.get(&asks("")).await.leads_to();
        assert!(b.page(&flow).await.contains("muốn biết thông tin"), "asked anew");
        // Whoever holds the phone for a moment cannot do it.
        let led = comes(&mut b).await;
        assert!(led.starts_with(BACK));
        site.core.clock.advance(11 * 60_000);
        b.get("/tai-khoan").await;
        assert!(b.post(withdrawn, &[]).await.leads_to().starts_with("/xac-nhan?next="));
    })
    .await;
}

#[tokio::test]
async fn n8_signing_out_here_ends_what_the_province_was_given_and_tells_it() {
    each(async |site, there, _| {
        let (mut b, tokens) = known_there(site, there).await;
        let ended = domain::national::ended_sessions(&site.core).await.unwrap();
        assert!(ended.is_empty(), "the session is open");
        b.get("/dang-xuat").await;
        b.post("/dang-xuat", &[]).await.leads_to();
        let ended = domain::national::ended_sessions(&site.core).await.unwrap();
        assert_eq!(ended.len(), 1);
        let end = issuer(site).session_end(ended[0]);
        site.core.store.write(move |tx: Tx| async move { end.put(&tx).await }).await.unwrap();
        assert_eq!(userinfo(site, tokens["access_token"].as_str().unwrap()).await.status, StatusCode::UNAUTHORIZED);
        assert!(domain::national::ended_sessions(&site.core).await.unwrap().is_empty(), "once");
        let told: Option<i64> = Sql::new("SELECT count(*) FROM outbox WHERE channel = 'oidc-logout'")
            .scalar(site.core.store.read())
            .await
            .unwrap();
        assert_eq!(told, Some(1));

        // The province signs out: the session here ends, after the person said so.
        let mut b = Browser::new(site);
        b.get("/dang-nhap").await;
        let departure = b.post("/dang-nhap/lien-thong/vneid", &[]).await.leads_to();
        let back = there.agrees(&departure, "s-1", "LoA2", person());
        assert_eq!(b.get(&back).await.leads_to(), "/");
        let asked = b.page("/oauth2/logout").await;
        assert!(asked.contains("Đăng xuất khỏi cổng?"), "{asked}");
        let token = hidden(&asked, "token");
        let stay = b.post("/oauth2/logout/confirm", &[("token", &token), ("answer", "stay")]).await;
        assert!(stay.page().contains("vẫn đang đăng nhập") && b.is_signed_in());
        let gone = b.post("/oauth2/logout/confirm", &[("token", &token), ("answer", "leave")]).await;
        assert!(gone.page().contains("Đã đăng xuất") && !b.is_signed_in());
        let led = comes_to_door(&mut b).await;
        assert!(led.contains("Để tiếp tục vào"), "{led}");
    })
    .await;
}

async fn comes_to_door(b: &mut Browser<'_>) -> String {
    let flow = b.get(&asks("")).await.leads_to();
    b.page(&flow).await
}

#[tokio::test]
async fn s5_nothing_of_a_province_is_reachable_at_the_portal() {
    each(async |site, there, _| {
        let mut b = Browser::new(site);
        b.arrives(there, "s-1", "/").await;
        let mut paths: Vec<String> = web::console_routes().into_iter().map(|(path, _)| path.to_owned()).collect();
        for path in [
            "/phan-anh",
            "/phan-anh/moi",
            "/phan-anh/khach",
            "/theo-doi",
            "/khach/xoa",
            "/tai-len",
            "/so-lieu",
            "/du-lieu-mo",
            "/open311/v2/requests.json",
            "/open311/discovery.json",
            "/api/v1/reports",
            "/api/places",
            "/can-bo",
            "/can-bo/dang-nhap",
            "/tai-khoan/quanh-day",
            "/tai-khoan/thong-tin/noi-o",
            "/tai-khoan/thong-tin/ho-ten",
            "/dang-ky/thong-tin",
            "/ban-do/nen/1/1/1",
            "/ngoai-tuyen",
        ] {
            paths.push(path.to_owned());
        }
        assert!(paths.len() > 60);
        for path in paths {
            let path = path.replace(['{', '}'], "").replace("*", "");
            assert_eq!(b.get(&path).await.status, StatusCode::NOT_FOUND, "GET {path}");
            assert_eq!(b.post(&path, &[]).await.status, StatusCode::NOT_FOUND, "POST {path}");
        }
        // Nor is signing in as a province does it.
        b.post("/dang-xuat", &[]).await.leads_to();
        let door = b.post("/dang-nhap", &[("login", PHONE), ("password", PASSWORD)]).await;
        assert_eq!(door.status, StatusCode::NOT_FOUND);
        for path in [
            "/healthz",
            "/brand.css",
            "/dieu-khoan",
            "/quyen-rieng-tu",
            "/tro-giup",
            "/.well-known/openid-configuration",
        ] {
            assert_eq!(b.get(path).await.status, StatusCode::OK, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn n8_who_comes_from_another_sites_form_goes_on_to_a_third_by_a_page_of_ours() {
    each(async |site, there, _| {
        known_there(site, there).await;
        let mut b = Browser::new(site);
        let flow = b.get(&asks("")).await.leads_to();
        b.page(&flow).await;
        let departure = b.post("/dang-nhap/lien-thong/vneid", &[("next", flow.as_str())]).await.leads_to();
        let back = there.agrees(&departure, "s-1", "LoA2", person());
        let cookies: Vec<String> = b.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::get(&back)
            .header(header::HOST, "localhost:8080")
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookies.join("; "))
            .header("sec-fetch-site", "cross-site");
        let answer = site.send(request.body(Body::empty()).unwrap()).await;
        // A redirect would be held against the form of the site that the person comes from.
        assert_eq!((answer.status, answer.header("refresh")), (StatusCode::OK, format!("0; url={flow}").as_str()));
        assert!(answer.page().contains(&format!("href=\"{flow}\"")), "for who has to press");
        assert!(answer.headers.contains_key(header::SET_COOKIE), "signed in");
    })
    .await;
}

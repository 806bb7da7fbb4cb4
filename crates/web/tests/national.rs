//! The national portal (S5, N1–N12) as a browser without JavaScript and a province meet it: its own accounts, coming in from the Ministry's
//! provider, and being a provider itself. Strangers are here, too.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::accounts::by_number::{Away, Operators, Subscriber};
use identity::provider::{Auth, NewClient, Provider};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use store::{Sql, Tx, testing::each_engine};
use support::{
    Answer, Site,
    browser::{Browser, between},
    elsewhere::Elsewhere,
};

const PHONE: &str = "0914 402 045";
const NUMBER: &str = "044189001234";
const PASSWORD: &str = "Bốn-con-trâu-9";
const PROVINCE: &str = "http://tinh.example.vn:8090";
const BACK: &str = "http://tinh.example.vn:8090/dang-nhap/lien-thong/dvcqg/ve";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Operators that know one person's phone.
#[derive(Default)]
struct Known {
    away: AtomicBool,
}

#[async_trait::async_trait]
impl Operators for Known {
    async fn is_own(&self, asked: &Subscriber) -> Result<bool, Away> {
        if self.away.load(Ordering::Relaxed) {
            return Err(Away);
        }
        let is_phone = asked.phone.national() == PHONE;
        Ok(is_phone && asked.number.expose() == NUMBER && asked.birth_date == "1989-03-21")
    }
}

fn person() -> Value {
    json!({
        "SoDinhDanh": NUMBER, "HoVaTen": "Nguyễn Thị Ví Dụ", "NgayThangNamSinh": "1989-03-21", "GioiTinh": "Nữ",
        "SoDienThoai": PHONE,
    })
}

async fn each(test: impl AsyncFn(&Site, &Elsewhere, &Known)) {
    each_engine(async |db| {
        let there = Elsewhere::start().await;
        let known = Arc::new(Known::default());
        let site = Site::national(db, |core| vec![there.provider(core, "vneid")], Some(known.clone())).await;
        test(&site, &there, &known).await;
    })
    .await;
}

impl Browser<'_> {
    /// Through the Ministry's provider, for the first time, to the end.
    async fn arrives(&mut self, there: &Elsewhere, sub: &str, next: &str) -> String {
        self.get("/dang-nhap").await;
        let departure = self.post("/dang-nhap/lien-thong/vneid", &[("next", next)]).await.leads_to();
        let back = there.agrees(&departure, sub, "LoA2", person());
        let led = self.get(&back).await.leads_to();
        assert!(led.starts_with("/lan-dau"), "{led}");
        self.get(&led).await;
        let next = ("next", next);
        self.post("/lan-dau", &[("phone", PHONE), ("agreed", "1"), next]).await.leads_to();
        let code = self.site.code(PHONE).await;
        let led = self.post("/lan-dau/ma", &[("code", &code), next]).await.leads_to();
        let last = self.page(&led).await;
        assert!(last.contains("Kiểm tra và hoàn tất") && last.contains("Nguyễn Thị Ví Dụ"), "{last}");
        assert!(!last.contains("commune"), "nobody is asked where they live: {last}");
        let done = self.post("/lan-dau/thong-tin", &[next]).await.leads_to();
        self.site.core.clock.advance(60_000);
        done
    }

    /// Registers with number and phone.
    async fn registers(&mut self) {
        self.get("/dang-ky/thue-bao").await;
        assert_eq!(self.post("/dang-ky/thue-bao", &form(NUMBER, PHONE)).await.leads_to(), "/dang-ky/thue-bao/ma");
        let code = self.site.code(PHONE).await;
        let led = self.post("/dang-ky/thue-bao/ma", &[("code", &code)]).await.leads_to();
        assert_eq!(led, "/dang-ky/thue-bao/mat-khau");
        let done = self.post(&led, &[("password", PASSWORD), ("again", PASSWORD)]).await;
        assert_eq!(done.leads_to(), "/dang-ky/xong");
        self.site.core.clock.advance(60_000);
    }
}

fn form<'f>(number: &'f str, phone: &'f str) -> Vec<(&'static str, &'f str)> {
    vec![
        ("number", number),
        ("full_name", "Nguyễn Thị Ví Dụ"),
        ("birth_date", "21/03/1989"),
        ("phone", phone),
        ("agreed", "1"),
    ]
}

fn issuer(site: &Site) -> &Provider {
    site.web.issuer.as_ref().unwrap()
}

/// A province that is connected; its secret.
async fn province(site: &Site) -> String {
    let new = NewClient {
        scopes: vec!["openid".into(), web::national::SCOPE.into()],
        claims: web::national::CLAIMS.map(str::to_owned).to_vec(),
        post_logout_uris: vec![format!("{PROVINCE}/dang-xuat/xong")],
        backchannel_logout_uri: Some(format!("{PROVINCE}/dang-nhap/lien-thong/dvcqg/dang-xuat")),
        sector: Some("tinh".into()),
        ..NewClient::new("tinh", "Cổng tỉnh Ví Dụ", Auth::ClientSecretBasic, BACK)
    };
    let secret = issuer(site).put_client(new).await.unwrap().unwrap().unwrap();
    web::national::refresh(&site.web).await.unwrap();
    secret.expose().to_owned()
}

/// The address that the province sends a browser to.
fn asks(more: &str) -> String {
    format!(
        "/oauth2/authorize?response_type=code&client_id=tinh&scope=openid%20citizen&state=s&nonce=n&acr_values=LoA2%20LoA3\
         &redirect_uri={}&code_challenge={CHALLENGE}&code_challenge_method=S256{more}",
        support::encode(BACK)
    )
}

/// What a form on the page holds.
fn hidden(page: &str, name: &str) -> String {
    between(page, &format!("name=\"{name}\" value=\""), "\"").unwrap()
}

/// The province asks with the code it got.
async fn redeem(site: &Site, secret: &str, led: &str) -> (StatusCode, Value) {
    let code = between(led, "code=", "&").unwrap();
    let body = format!(
        "grant_type=authorization_code&code={code}&redirect_uri={}&code_verifier={VERIFIER}",
        support::encode(BACK)
    );
    let request = Request::post("/oauth2/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("tinh:{secret}"))))
        .body(Body::from(body))
        .unwrap();
    let answer = site.send(request).await;
    (answer.status, answer.json())
}

async fn userinfo(site: &Site, token: &str) -> Answer {
    let request = Request::get("/oauth2/userinfo").header(header::AUTHORIZATION, format!("Bearer {token}"));
    site.send(request.body(Body::empty()).unwrap()).await
}

/// From the province to the portal and, signed in already, back with a code.
async fn comes(b: &mut Browser<'_>) -> String {
    let flow = b.get(&asks("")).await.leads_to();
    let page = b.page(&flow).await;
    let token = hidden(&page, "token");
    b.post(&flow, &[("token", &token), ("answer", "allow")]).await.leads_to()
}

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
        let secret = province(site).await;
        let mut b = Browser::new(site);
        b.arrives(there, "s-1", "/").await;
        let led = comes(&mut b).await;
        let (_, tokens) = redeem(site, &secret, &led).await;
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
        let secret = province(site).await;
        let mut b = Browser::new(site);
        b.arrives(there, "s-1", "/").await;
        let led = comes(&mut b).await;
        let (_, tokens) = redeem(site, &secret, &led).await;
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
            for gone in ["/phan-anh", "/theo-doi", "/so-lieu", "/du-lieu-mo", "Phản ánh"] {
                assert!(!page.contains(gone), "{path}: {gone}");
            }
        }
    })
    .await;
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

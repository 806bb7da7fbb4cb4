//! The national portal in tests: operators that know one phone, a province that is connected, and the ways there and back.

use super::{
    Answer, Site,
    browser::{Browser, between},
    elsewhere::Elsewhere,
    encode,
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::accounts::authority::{Authorities, Authority, Away, Candidate, Vouch};
use identity::provider::{Auth, NewClient, Provider};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use store::testing::each_engine;

pub const PHONE: &str = "0914 402 045";
pub const NUMBER: &str = "044189001234";
pub const PASSWORD: &str = "Bốn-con-trâu-9";
pub const PROVINCE: &str = "http://tinh.example.vn:8090";
pub const BACK: &str = "http://tinh.example.vn:8090/dang-nhap/lien-thong/dvcqg/ve";
/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Authorities that know one person: by phone, by social insurance number, by a code of the post.
#[derive(Default)]
pub struct Known {
    pub away: AtomicBool,
}

pub const INSURANCE: &str = "0000000012";
pub const POST_CODE: &str = "THU-000012";

#[async_trait::async_trait]
impl Authorities for Known {
    fn has(&self, _: Authority) -> bool {
        true
    }

    async fn confirms(&self, asked: &Candidate) -> Result<bool, Away> {
        if self.away.load(Ordering::Relaxed) {
            return Err(Away);
        }
        let fits = match &asked.by {
            Vouch::Operator => asked.phone.national() == PHONE,
            Vouch::Insurance(number) => number.expose() == INSURANCE,
            Vouch::Post(code) => code.expose() == POST_CODE,
        };
        Ok(fits && asked.number.expose() == NUMBER && asked.birth_date == "1989-03-21")
    }
}

pub fn person() -> Value {
    json!({
        "SoDinhDanh": NUMBER, "HoVaTen": "Nguyễn Thị Ví Dụ", "NgayThangNamSinh": "1989-03-21", "GioiTinh": "Nữ",
        "SoDienThoai": PHONE,
    })
}

pub async fn each(test: impl AsyncFn(&Site, &Elsewhere, &Known)) {
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
    pub async fn arrives(&mut self, there: &Elsewhere, sub: &str, next: &str) -> String {
        self.get("/dang-nhap").await;
        let departure = self.post("/dang-nhap/lien-thong/vneid", &[("next", next)]).await.leads_to();
        let back = there.agrees(&departure, sub, "LoA2", person());
        let led = self.get(&back).await.leads_to();
        let led = self.proves_phone(&led, PHONE, next).await;
        let next = ("next", next);
        let last = self.page(&led).await;
        assert!(last.contains("Kiểm tra và hoàn tất") && last.contains("Nguyễn Thị Ví Dụ"), "{last}");
        assert!(!last.contains("commune"), "nobody is asked where they live: {last}");
        let done = self.post("/lan-dau/thong-tin", &[next]).await.leads_to();
        self.site.core.clock.advance(60_000);
        done
    }

    /// Registers with number and phone.
    pub async fn registers(&mut self) {
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

pub fn form<'f>(number: &'f str, phone: &'f str) -> Vec<(&'static str, &'f str)> {
    vec![
        ("number", number),
        ("full_name", "Nguyễn Thị Ví Dụ"),
        ("birth_date", "21/03/1989"),
        ("phone", phone),
        ("agreed", "1"),
    ]
}

pub fn issuer(site: &Site) -> &Provider {
    site.web.issuer.as_ref().unwrap()
}

/// A province that is connected; its secret.
pub async fn province(site: &Site) -> String {
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
pub fn asks(more: &str) -> String {
    format!(
        "/oauth2/authorize?response_type=code&client_id=tinh&scope=openid%20citizen&state=s&nonce=n&acr_values=LoA2%20LoA3\
         &redirect_uri={}&code_challenge={CHALLENGE}&code_challenge_method=S256{more}",
        encode(BACK)
    )
}

/// What a form on the page holds.
pub fn hidden(page: &str, name: &str) -> String {
    between(page, &format!("name=\"{name}\" value=\""), "\"").unwrap()
}

/// The province asks with the code it got.
pub async fn redeem(site: &Site, secret: &str, led: &str) -> (StatusCode, Value) {
    let code = between(led, "code=", "&").unwrap();
    let body =
        format!("grant_type=authorization_code&code={code}&redirect_uri={}&code_verifier={VERIFIER}", encode(BACK));
    let request = Request::post("/oauth2/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("tinh:{secret}"))))
        .body(Body::from(body))
        .unwrap();
    let answer = site.send(request).await;
    (answer.status, answer.json())
}

pub async fn userinfo(site: &Site, token: &str) -> Answer {
    let request = Request::get("/oauth2/userinfo").header(header::AUTHORIZATION, format!("Bearer {token}"));
    site.send(request.body(Body::empty()).unwrap()).await
}

/// From the province to the portal and, signed in already, back with a code.
pub async fn comes(b: &mut Browser<'_>) -> String {
    let flow = b.get(&asks("")).await.leads_to();
    let page = b.page(&flow).await;
    let token = hidden(&page, "token");
    b.post(&flow, &[("token", &token), ("answer", "allow")]).await.leads_to()
}

/// Somebody from the Ministry whom the province knows now, and what the province was given.
pub async fn known_there<'s>(site: &'s Site, there: &Elsewhere) -> (Browser<'s>, Value) {
    let secret = province(site).await;
    let mut b = Browser::new(site);
    b.arrives(there, "s-1", "/").await;
    let led = comes(&mut b).await;
    let (_, tokens) = redeem(site, &secret, &led).await;
    (b, tokens)
}

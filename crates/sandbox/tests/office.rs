//! The other system to try (S2), against a console that says what the test wants: who is let in, who is not, and when it is over.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Request, StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use base::{
    clock::{Clock, Entropy, HOUR},
    keys::{Keys, Secret},
};
use http_body_util::BodyExt;
use identity::jws::Signer;
use sandbox::office::{Office, OfficeOptions};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tower::ServiceExt;

const CLIENT: &str = "he-thong-thu";

/// A console on a port of this machine.
#[derive(Clone)]
struct Console(Arc<Inner>);

struct Inner {
    issuer: String,
    signer: Signer,
    clock: Clock,
    says: Mutex<Value>,
}

impl Console {
    async fn start(clock: Clock) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let (signer, _) = Signer::generate(&Entropy::system()).unwrap();
        let it = Self(Arc::new(Inner { issuer, signer, clock, says: Mutex::default() }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/token", post(token))
            .route("/userinfo", get(async |State(it): State<Self>| Json(it.0.says.lock().unwrap().clone())))
            .route("/jwks", get(async |State(it): State<Self>| Json(json!({ "keys": [it.0.signer.public()] }))))
            .with_state(it.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        it
    }

    fn seconds(&self) -> i64 {
        self.0.clock.now() / 1000
    }

    /// What it posts when somebody's work is over.
    fn logout(&self, signer: &Signer, client: &str, sid: &str, jti: &str) -> String {
        let (now, events) = (self.seconds(), json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
        let claims = json!({
            "iss": self.0.issuer, "aud": client, "iat": now, "exp": now + 120, "jti": jti, "events": events, "sid": sid,
        });
        signer.sign("logout+jwt", &claims).unwrap()
    }
}

async fn discovery(State(it): State<Console>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", it.0.issuer);
    Json(json!({
        "issuer": it.0.issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
        "jwks_uri": at("/jwks"), "userinfo_endpoint": at("/userinfo"), "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"], "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn token(State(it): State<Console>) -> axum::response::Response {
    let (says, now) = (it.0.says.lock().unwrap().clone(), it.seconds());
    if says["down"] == true {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let claims = json!({
        "iss": it.0.issuer, "aud": CLIENT, "sub": says["sub"], "iat": now, "exp": now + 300, "auth_time": now,
        "nonce": says["nonce"], "acr": says["acr"], "amr": ["pwd", "otp", "mfa"], "sid": says["sid"],
    });
    let id_token = it.0.signer.sign("JWT", &claims).unwrap();
    Json(json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": id_token }))
        .into_response()
}

fn lan() -> Value {
    json!({
        "sub": "s-1", "sid": "sid-1", "acr": "two-factor", "name": "Bà Lan <b>", "unit": "18880", "unit_name": "UBND phường Thử",
        "roles": [{ "role": "unit_leader", "unit": "18880" }],
    })
}

struct Test {
    office: Office,
    console: Console,
    clock: Clock,
    _folder: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn place(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |place| place.to_str().unwrap())
    }
}

/// Cookies of one browser.
#[derive(Default, Clone)]
struct Browser(BTreeMap<String, String>);

impl Test {
    async fn new() -> Self {
        let (clock, folder) = (Clock::fixed(1_800_000_000_000), tempfile::tempdir().unwrap());
        let console = Console::start(clock.clone()).await;
        let office = Office::start(OfficeOptions {
            address: "http://localhost:8088".into(),
            data: folder.path().to_owned(),
            issuer: console.0.issuer.clone(),
            client_id: CLIENT.into(),
            secret: Secret::new("bí mật"),
            tiles: "http://localhost:8080/can-bo/he-thong".into(),
            keys: Keys::new(&[7; 32]),
            clock: clock.clone(),
            entropy: Entropy::seeded(1),
        });
        Self { office: office.await.unwrap(), console, clock, _folder: folder }
    }

    async fn send(&self, b: &mut Browser, request: axum::http::request::Builder, body: String) -> Answer {
        let cookies: Vec<String> = b.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; "));
        let response = self.office.router().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            let (name, value) = line.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            b.0.insert(name.into(), value.into());
            assert!(line.to_str().unwrap().contains("HttpOnly; SameSite=Lax"));
        }
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    async fn get(&self, b: &mut Browser, path: &str) -> Answer {
        self.send(b, Request::get(path), String::new()).await
    }

    /// To the console; where to come back with what it says then.
    async fn departs(&self, b: &mut Browser, says: Value) -> String {
        let issuer = &self.console.0.issuer;
        let led = self.get(b, &format!("/dang-nhap?iss={issuer}")).await;
        assert!(led.place().starts_with(&format!("{issuer}/authorize?")), "{}", led.text);
        let pairs = led.place().split_once('?').unwrap().1.split('&').filter_map(|pair| pair.split_once('='));
        let asked: BTreeMap<&str, &str> = pairs.collect();
        assert_eq!((asked["acr_values"], asked["code_challenge_method"]), ("two-factor", "S256"));
        let mut says = says;
        says["nonce"] = asked["nonce"].into();
        *self.console.0.says.lock().unwrap() = says;
        format!("/ve?code=c&state={}", asked["state"])
    }

    async fn comes(&self, b: &mut Browser, says: Value) -> Answer {
        let back = self.departs(b, says).await;
        self.get(b, &back).await
    }

    async fn knows(&self, b: &mut Browser) -> bool {
        let page = self.get(b, "/").await.text;
        assert!(page.contains("Hệ thống khác (thử nghiệm)"), "every page says what it is: {page}");
        assert_ne!(page.contains("Họ tên"), page.contains("Chưa có ai đăng nhập"), "{page}");
        page.contains("Họ tên")
    }

    async fn is_told(&self, token: &str) -> StatusCode {
        let form = "application/x-www-form-urlencoded";
        let request = Request::post("/ket-thuc").header(header::CONTENT_TYPE, form);
        self.send(&mut Browser::default(), request, format!("logout_token={token}")).await.status
    }
}

#[tokio::test]
async fn s2_the_other_system_knows_who_works_where_until_the_console_says_that_it_is_over() {
    let (t, mut b) = (Test::new().await, Browser::default());
    assert!(!t.knows(&mut b).await);
    assert_eq!(t.comes(&mut b, lan()).await.place(), "/");
    let page = t.get(&mut b, "/").await.text;
    for words in ["Bà Lan &#60;b&#62;", "UBND phường Thử (18880)", "lãnh đạo đơn vị (18880)", "Chờ lãnh đạo ký"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!t.knows(&mut Browser::default()).await, "another browser is nobody");
    // Who says that it is over must be the console, of this system, about this session.
    let (stranger, _) = Signer::generate(&Entropy::system()).unwrap();
    let own = &t.console.0.signer;
    for (token, status) in [
        (t.console.logout(&stranger, CLIENT, "sid-1", "a"), StatusCode::BAD_REQUEST),
        (t.console.logout(own, "another", "sid-1", "b"), StatusCode::BAD_REQUEST),
        ("x.y.z".to_owned(), StatusCode::BAD_REQUEST),
        (String::new(), StatusCode::BAD_REQUEST),
        (t.console.logout(own, CLIENT, "sid-2", "c"), StatusCode::OK),
    ] {
        assert_eq!(t.is_told(&token).await, status, "{token}");
        assert!(t.knows(&mut b).await, "{token}");
    }
    let over = t.console.logout(own, CLIENT, "sid-1", "d");
    assert_eq!(t.is_told(&over).await, StatusCode::OK);
    assert!(!t.knows(&mut b).await);
    // The same word again ends nothing that began later.
    assert_eq!(t.comes(&mut b, lan()).await.place(), "/");
    assert_eq!(t.is_told(&over).await, StatusCode::OK);
    assert!(t.knows(&mut b).await);
    t.clock.advance(9 * HOUR);
    assert!(!t.knows(&mut b).await, "also without a word it ends with the day");
}

#[tokio::test]
async fn s2_the_other_system_lets_nobody_in_on_less_than_the_consoles_word() {
    let (t, mut b) = (Test::new().await, Browser::default());
    let with = |name: &str, value: Value| {
        let mut says = lan();
        says[name] = value;
        says
    };
    for says in
        [with("acr", json!("password")), with("acr", Value::Null), with("name", json!("")), with("name", json!(7))]
    {
        assert_eq!(t.comes(&mut b, says.clone()).await.status, StatusCode::BAD_REQUEST, "{says}");
        assert!(!t.knows(&mut b).await, "{says}");
    }
    assert_eq!(t.comes(&mut b, with("down", json!(true))).await.status, StatusCode::BAD_GATEWAY);
    // Another browser's way back, the same way twice, and one that never began.
    let back = t.departs(&mut b, lan()).await;
    let mut other = Browser::default();
    t.departs(&mut other, lan()).await;
    assert_eq!(t.get(&mut other, &back).await.status, StatusCode::BAD_REQUEST);
    assert!(!t.knows(&mut other).await);
    assert_eq!(t.comes(&mut b, lan()).await.place(), "/");
    for path in ["/ve", "/ve?code=c&state=x", "/dang-nhap?iss=https://evil.example", "/dang-nhap?iss="] {
        let mut nobody = Browser::default();
        assert_eq!(t.get(&mut nobody, path).await.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(!t.knows(&mut nobody).await);
    }
    // What is said is shown within bounds, and a role that nobody knows as it came.
    let long = with("roles", json!([{ "role": "r".repeat(5_000), "unit": "*" }, 7, { "role": "khac" }]));
    assert_eq!(t.comes(&mut b, long).await.place(), "/");
    let page = t.get(&mut b, "/").await.text;
    assert!(page.contains("khac") && !page.contains(&"r".repeat(121)) && !page.contains("Chờ lãnh đạo ký"), "{page}");
}

#[tokio::test]
async fn s2_out_of_the_other_system_by_its_own_form_and_whoever_comes_next_takes_the_seat() {
    let (t, mut b) = (Test::new().await, Browser::default());
    t.comes(&mut b, lan()).await;
    let before = b.clone();
    let cross = Request::post("/dang-xuat").header("sec-fetch-site", "cross-site");
    assert_eq!(t.send(&mut b, cross, String::new()).await.status, StatusCode::FORBIDDEN);
    assert!(t.knows(&mut b).await, "another site signs nobody out");
    let mut next = lan();
    next["name"] = "Ông Bình".into();
    t.comes(&mut b, next).await;
    assert!(t.get(&mut b, "/").await.text.contains("Ông Bình"));
    assert!(!t.knows(&mut before.clone()).await, "the cookie from before opens nothing");
    let now = b.clone();
    assert_eq!(t.send(&mut b, Request::post("/dang-xuat"), String::new()).await.place(), "/");
    assert!(!t.knows(&mut b).await && !t.knows(&mut now.clone()).await);
}

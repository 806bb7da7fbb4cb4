//! Our relying party against a provider that lies, by the names of the OpenID Foundation's cases for clients.

use crate::support::{NOW, digest, listen, serve};
use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base::{
    clock::{Clock, Entropy, HOUR, MINUTE, SECOND},
    ids::Uuid,
    keys::{Keys, Secret},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::{
    error::Error,
    jws::{Bad, Signer},
    outgoing::Trouble,
    rp::{Arrived, Ask, ClientAuth, Config, Doubt, Endpoints, Rp, RpError, Sessions},
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use store::{Store, Tx, testing::each_engine};

/// How the ID token is signed.
#[derive(Clone, Copy, PartialEq)]
enum Signing {
    Good,
    None,
    /// With the public key taken as a shared one.
    Hs256,
    /// The signature of something else.
    Broken,
    /// By a key that is not published, under the id of one that is.
    Stranger,
    NoKid,
}

struct Fake {
    url: String,
    signer: Signer,
    published: Vec<Value>,
    signing: Signing,
    typ: &'static str,
    nonce: String,
    change: Vec<(&'static str, Value)>,
    userinfo: Value,
    discovery: Vec<(&'static str, Value)>,
    token_status: u16,
    seen: Vec<HashMap<String, String>>,
    authorization: Vec<String>,
    asked_keys: usize,
    asked_discovery: usize,
}

type Shared = Arc<Mutex<Fake>>;

fn changed(mut value: Value, changes: &[(&'static str, Value)]) -> Value {
    for (name, new) in changes {
        match new {
            Value::Null => _ = value.as_object_mut().unwrap().remove(*name),
            new => value[*name] = new.clone(),
        }
    }
    value
}

async fn discovery(State(fake): State<Shared>) -> Json<Value> {
    let mut f = fake.lock().unwrap();
    f.asked_discovery += 1;
    let document = json!({
        "issuer": f.url,
        "authorization_endpoint": format!("{}/authorize", f.url),
        "token_endpoint": format!("{}/token", f.url),
        "userinfo_endpoint": format!("{}/userinfo", f.url),
        "jwks_uri": format!("{}/jwks", f.url),
        "authorization_response_iss_parameter_supported": true,
    });
    Json(changed(document, &f.discovery))
}

async fn jwks(State(fake): State<Shared>) -> Json<Value> {
    let mut f = fake.lock().unwrap();
    f.asked_keys += 1;
    Json(json!({ "keys": f.published }))
}

fn id_token(f: &Fake) -> String {
    let now = NOW / 1000;
    let at_hash = URL_SAFE_NO_PAD.encode(&digest("access-1")[..16]);
    let claims = json!({
        "iss": f.url, "sub": "person-1", "aud": "rp", "nonce": f.nonce, "iat": now, "exp": now + 600,
        "auth_time": now - 5, "acr": "LoA2", "amr": ["pwd"], "sid": "sid-1", "at_hash": at_hash,
    });
    let claims = changed(claims, &f.change);
    let token = f.signer.sign(f.typ, &claims).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let payload = signed.split_once('.').unwrap().1;
    let header = |h: Value| URL_SAFE_NO_PAD.encode(h.to_string());
    match f.signing {
        Signing::Good => token,
        Signing::None => format!("{}.{payload}.", header(json!({ "alg": "none" }))),
        Signing::Hs256 => {
            let body = format!("{}.{payload}", header(json!({ "alg": "HS256", "kid": f.signer.kid() })));
            let key = jsonwebtoken::EncodingKey::from_secret(f.signer.public().to_string().as_bytes());
            let mac = jsonwebtoken::crypto::sign(body.as_bytes(), &key, jsonwebtoken::Algorithm::HS256).unwrap();
            format!("{body}.{mac}")
        }
        Signing::Broken => format!("{signed}.{}", signature.chars().rev().collect::<String>()),
        Signing::Stranger => {
            let stranger = Signer::generate(&Entropy::seeded(77)).unwrap().0;
            let other = stranger.sign(f.typ, &claims).unwrap();
            format!("{signed}.{}", other.rsplit_once('.').unwrap().1)
        }
        Signing::NoKid => {
            // Signed again over a header without `kid`: the fake keeps its private key to itself, so the token is made by hand.
            let (own, der) = Signer::generate(&Entropy::seeded(8)).unwrap();
            assert_eq!(own.kid(), f.signer.kid());
            let body = format!("{}.{payload}", header(json!({ "alg": "ES256", "typ": "JWT" })));
            let key = jsonwebtoken::EncodingKey::from_ec_der(&der);
            let signature = jsonwebtoken::crypto::sign(body.as_bytes(), &key, jsonwebtoken::Algorithm::ES256).unwrap();
            format!("{body}.{signature}")
        }
    }
}

async fn token(State(fake): State<Shared>, headers: HeaderMap, Form(form): Form<HashMap<String, String>>) -> Response {
    let mut f = fake.lock().unwrap();
    f.seen.push(form);
    f.authorization.push(headers.get("authorization").map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default());
    if f.token_status != 200 {
        let location = [("location", "http://169.254.169.254/")];
        return (StatusCode::from_u16(f.token_status).unwrap(), location, Json(json!({ "error": "invalid_grant" })))
            .into_response();
    }
    let answer =
        json!({ "access_token": "access-1", "token_type": "Bearer", "expires_in": 60, "id_token": id_token(&f) });
    Json(answer).into_response()
}

async fn userinfo(State(fake): State<Shared>, headers: HeaderMap) -> Json<Value> {
    assert_eq!(headers["authorization"], "Bearer access-1");
    Json(fake.lock().unwrap().userinfo.clone())
}

/// The liar and our side of it.
struct Pair {
    fake: Shared,
    rp: Rp,
    clock: Clock,
    url: String,
}

impl Pair {
    async fn on(store: &Store, change: impl FnOnce(&mut Config)) -> Self {
        let (listener, url) = listen().await;
        let signer = Signer::generate(&Entropy::seeded(8)).unwrap().0;
        let fake = Arc::new(Mutex::new(Fake {
            published: vec![signer.public().clone()],
            signer,
            url: url.clone(),
            signing: Signing::Good,
            typ: "JWT",
            nonce: String::new(),
            change: vec![],
            userinfo: json!({ "sub": "person-1", "HoVaTen": "Nguyễn Thị An", "SoDinhDanh": "044190001234", "GioiTinh": 1 }),
            discovery: vec![],
            token_status: 200,
            seen: vec![],
            authorization: vec![],
            asked_keys: 0,
            asked_discovery: 0,
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(fake.clone());
        serve(listener, router);
        let auth = ClientAuth::SecretBasic(Secret::new("s:1 %"));
        let mut config = Config::new("dvcqg", &url, "rp", auth, "https://tinh.example.vn/ve");
        config.allow_private = true;
        config.levels = ["thap", "vua", "cao"].map(str::to_owned).into();
        config.acr_map = [("LoA1", "thap"), ("LoA2", "vua"), ("LoA3", "cao")].map(|(a, b)| (a.into(), b.into())).into();
        config.claim_map = [("full_name", "HoVaTen"), ("personal_number", "SoDinhDanh"), ("email", "ThuDienTu")]
            .map(|(a, b)| (a.into(), b.into()))
            .into();
        change(&mut config);
        let clock = Clock::fixed(NOW);
        let rp = Rp::new(store.clone(), clock.clone(), Entropy::seeded(3), Keys::new(&[9; 32]), config).unwrap();
        Self { fake, rp, clock, url }
    }

    fn set(&self, change: impl FnOnce(&mut Fake)) {
        change(&mut self.fake.lock().unwrap());
    }

    /// Sends the browser off; the query it was sent with.
    async fn begin(&self, browser: &str, ask: Ask) -> HashMap<String, String> {
        let address = self.rp.begin(browser, ask).await.unwrap();
        let query = address.split_once('?').unwrap().1;
        let query: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        self.set(|f| f.nonce = query["nonce"].clone());
        query
    }

    async fn back(&self, browser: &str, pairs: &[(&str, &str)]) -> Result<Arrived, RpError> {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.rp.finish(browser, &query).await
    }

    /// The whole way.
    async fn go(&self, ask: Ask) -> Result<Arrived, RpError> {
        let sent = self.begin("b", ask).await;
        self.back("b", &[("code", "c"), ("state", &sent["state"]), ("iss", &self.url)]).await
    }
}

fn shown(error: RpError) -> String {
    error.to_string()
}

/// oidcc-client-test, -client-secret-basic, -scope-userinfo-claims, -userinfo-bearer-header, -discovery-openid-config.
#[tokio::test]
async fn n9_somebody_arrives_with_everything_proven_and_named_our_way() {
    each_engine(async |db| {
        let pair = Pair::on(&db.store, |c| c.scopes = vec!["profile".into()]).await;
        let ask =
            Ask { level: Some("vua".into()), max_age: Some(60), data: json!({ "next": "/ho-so" }), ..Ask::default() };
        let sent = pair.begin("b", ask).await;
        assert_eq!(sent["scope"], "openid profile");
        assert_eq!(sent["acr_values"], "LoA2 LoA3", "their words for what we want at least");
        assert_eq!(sent["max_age"], "60");
        assert_eq!((sent["code_challenge_method"].as_str(), sent["code_challenge"].len()), ("S256", 43));
        let arrived = pair.back("b", &[("code", "c"), ("state", &sent["state"]), ("iss", &pair.url)]).await.unwrap();
        assert_eq!((arrived.subject.as_str(), arrived.level.as_deref()), ("person-1", Some("vua")));
        assert_eq!(arrived.auth_time, Some(NOW - 5 * SECOND));
        assert_eq!(arrived.claims["full_name"], "Nguyễn Thị An");
        assert_eq!(arrived.claims["personal_number"], "044190001234");
        assert!(!arrived.claims.contains_key("email"), "what is not there is not made up");
        assert_eq!(arrived.claims.len(), 2, "what is not in the map is not taken");
        assert_eq!(arrived.data["next"], "/ho-so");
        assert!(!format!("{arrived:?}").contains("eyJ"), "the token is not shown in logs");
        let f = pair.fake.lock().unwrap();
        let form = &f.seen[0];
        assert_eq!(
            (form["grant_type"].as_str(), form["redirect_uri"].as_str()),
            ("authorization_code", "https://tinh.example.vn/ve")
        );
        assert_eq!(URL_SAFE_NO_PAD.encode(digest(&form["code_verifier"])), sent["code_challenge"]);
        assert_eq!(f.authorization[0], "Basic cnA6cyUzQTErJTI1", "both halves form-encoded");
    })
    .await;
}

/// The basic plan for clients, each lie alone.
#[tokio::test]
async fn n9_a_lying_provider_is_not_believed() {
    let db = store::testing::sqlite().await;
    let pair = Pair::on(&db.store, |_| {}).await;
    pair.go(Ask::default()).await.unwrap();
    let now = NOW / 1000;
    for (case, lie, doubt) in [
        ("oidcc-client-test-invalid-iss", ("iss", json!("https://evil.example")), Doubt::Issuer),
        ("oidcc-client-test-invalid-aud", ("aud", json!("other")), Doubt::Audience),
        ("oidcc-client-test-missing-aud", ("aud", Value::Null), Doubt::Audience),
        ("oidcc-client-test-missing-sub", ("sub", Value::Null), Doubt::Subject),
        ("oidcc-client-test-missing-iat", ("iat", Value::Null), Doubt::Future),
        ("oidcc-client-test-nonce-invalid", ("nonce", json!("other")), Doubt::Nonce),
        ("no nonce", ("nonce", Value::Null), Doubt::Nonce),
        ("oidcc-client-test-invalid-athash", ("at_hash", json!("AAAA")), Doubt::AccessToken),
        ("expired", ("exp", json!(now - 3600)), Doubt::Expired),
        ("future", ("iat", json!(now + 3600)), Doubt::Future),
    ] {
        pair.set(|f| f.change = vec![lie]);
        assert_eq!(shown(pair.go(Ask::default()).await.unwrap_err()), shown(doubt.into()), "{case}");
    }
    pair.set(|f| f.change = vec![("at_hash", Value::Null)]);
    pair.go(Ask::default()).await.expect("oidcc-client-test-missing-athash: optional in the code flow");
    pair.set(|f| f.change = vec![]);
    for (case, signing, bad) in [
        ("oidcc-client-test-idtoken-sig-none", Signing::None, Bad::Algorithm),
        ("oidcc-client-test-invalid-sig-hs256", Signing::Hs256, Bad::Algorithm),
        ("oidcc-client-test-invalid-sig-es256", Signing::Broken, Bad::Signature),
        ("signed by a stranger", Signing::Stranger, Bad::Signature),
    ] {
        pair.set(|f| f.signing = signing);
        assert_eq!(shown(pair.go(Ask::default()).await.unwrap_err()), shown(Doubt::Jws(bad).into()), "{case}");
    }
    pair.set(|f| (f.signing, f.typ) = (Signing::Good, "logout+jwt"));
    assert_eq!(
        shown(pair.go(Ask::default()).await.unwrap_err()),
        shown(Doubt::Kind.into()),
        "a logout token as ID token"
    );
    pair.set(|f| f.typ = "JWT");
    for (case, said) in [
        ("oidcc-client-test-userinfo-invalid-sub", json!({ "sub": "person-2", "HoVaTen": "Khác" })),
        ("userinfo without sub", json!({ "HoVaTen": "Khác" })),
    ] {
        pair.set(|f| f.userinfo = said);
        assert_eq!(shown(pair.go(Ask::default()).await.unwrap_err()), shown(RpError::OtherPerson), "{case}");
    }
}

/// oidcc-client-test-kid-absent-single-jwks and -multiple-jwks.
#[tokio::test]
async fn n9_a_token_without_a_key_id_is_tried_with_every_key() {
    let db = store::testing::sqlite().await;
    let pair = Pair::on(&db.store, |_| {}).await;
    pair.set(|f| f.signing = Signing::NoKid);
    pair.go(Ask::default()).await.unwrap();
    let pair = Pair::on(&db.store, |c| c.name = "khac".into()).await;
    pair.set(|f| {
        f.signing = Signing::NoKid;
        f.published.insert(0, Signer::generate(&Entropy::seeded(50)).unwrap().0.public().clone());
    });
    pair.go(Ask::default()).await.unwrap();
}

/// oidcc-client-test-signing-key-rotation and -just-before-signing; and nobody can make us hammer the provider.
#[tokio::test]
async fn n9_new_keys_are_fetched_when_they_are_seen_but_not_too_often() {
    let db = store::testing::sqlite().await;
    let pair = Pair::on(&db.store, |_| {}).await;
    pair.go(Ask::default()).await.unwrap();
    let asked = || pair.fake.lock().unwrap().asked_keys;
    let turn = |seed| {
        pair.set(|f| {
            f.signer = Signer::generate(&Entropy::seeded(seed)).unwrap().0;
            let public = f.signer.public().clone();
            f.published.push(public);
        });
    };
    assert_eq!(asked(), 1);
    turn(51);
    pair.go(Ask::default()).await.expect("just before signing");
    assert_eq!(asked(), 2);
    turn(53);
    let error = pair.go(Ask::default()).await.unwrap_err();
    assert_eq!(shown(error), shown(Doubt::Jws(Bad::UnknownKey).into()), "asked a moment ago");
    pair.clock.advance(11 * SECOND);
    pair.go(Ask::default()).await.unwrap();
    assert_eq!(asked(), 3);
    let unknown = Signer::generate(&Entropy::seeded(52)).unwrap().0;
    pair.set(|f| f.signer = unknown);
    for _ in 0..20 {
        assert!(pair.go(Ask::default()).await.is_err());
    }
    assert!(asked() <= 4);
    pair.clock.advance(HOUR);
    assert!(pair.go(Ask::default()).await.is_err(), "an unpublished key never becomes good");
}

#[tokio::test]
async fn n9_a_flow_comes_back_once_in_its_own_browser_and_in_time() {
    each_engine(async |db| {
        let pair = Pair::on(&db.store, |_| {}).await;
        let sent = pair.begin("victim", Ask::default()).await;
        let state = sent["state"].as_str();
        let good = [("code", "c"), ("state", state), ("iss", pair.url.as_str())];
        for (case, browser, pairs) in [
            ("login CSRF: another browser", "thief", good.to_vec()),
            ("no state", "victim", vec![("code", "c"), ("iss", pair.url.as_str())]),
            ("another state", "victim", vec![("code", "c"), ("state", "x"), ("iss", pair.url.as_str())]),
        ] {
            assert!(matches!(pair.back(browser, &pairs).await, Err(RpError::NoFlow)), "{case}");
        }
        pair.back("victim", &good).await.expect("a thief did not end it");
        assert!(matches!(pair.back("victim", &good).await, Err(RpError::NoFlow)), "once");
        let sent = pair.begin("victim", Ask::default()).await;
        let good = [("code", "c"), ("state", sent["state"].as_str()), ("iss", pair.url.as_str())];
        let both = futures_util::future::join_all((0..4).map(|_| pair.back("victim", &good))).await;
        assert_eq!(both.iter().filter(|r| r.is_ok()).count(), 1, "at the same moment too");
        let sent = pair.begin("victim", Ask::default()).await;
        pair.clock.advance(31 * MINUTE);
        let late = [("code", "c"), ("state", sent["state"].as_str()), ("iss", pair.url.as_str())];
        assert!(matches!(pair.back("victim", &late).await, Err(RpError::NoFlow)), "late");
        pair.begin("victim", Ask::default()).await;
        pair.clock.advance(31 * MINUTE);
        pair.rp.sweep().await.unwrap();
        let left: Option<i64> = store::Sql::new("SELECT count(*) FROM rp_flow").scalar(db.store.read()).await.unwrap();
        assert_eq!(left, Some(0));
    })
    .await;
}

#[tokio::test]
async fn n9_an_answer_of_another_provider_is_no_answer() {
    let db = store::testing::sqlite().await;
    let pair = Pair::on(&db.store, |_| {}).await;
    for (case, iss) in
        [("mix-up", "https://evil.example"), ("no iss though promised", ""), ("nearly", "http://127.0.0.1")]
    {
        let sent = pair.begin("b", Ask::default()).await;
        let pairs = [("code", "c"), ("state", sent["state"].as_str()), ("iss", iss)];
        assert!(matches!(pair.back("b", &pairs).await, Err(RpError::MixUp)), "{case}");
        let sent = pair.begin("b", Ask::default()).await;
        let pairs = [("error", "access_denied"), ("state", sent["state"].as_str()), ("iss", iss)];
        assert!(matches!(pair.back("b", &pairs).await, Err(RpError::MixUp)), "{case}, an error");
    }
    assert!(pair.fake.lock().unwrap().seen.is_empty(), "no code went anywhere");
    let sent = pair.begin("b", Ask::default()).await;
    let twice = format!("code=a&code=b&state={}&iss={}", sent["state"], pair.url);
    assert!(matches!(pair.rp.finish("b", &twice).await, Err(RpError::MixUp)));
    for (error, code) in
        [("access_denied", "access_denied"), ("login_required", "login_required"), ("<script>", "other")]
    {
        let sent = pair.begin("b", Ask::default()).await;
        let pairs = [("error", error), ("state", sent["state"].as_str()), ("iss", pair.url.as_str())];
        let Err(RpError::Refused { code: got }) = pair.back("b", &pairs).await else { panic!("{error}") };
        assert_eq!(got, code);
    }
}

#[tokio::test]
async fn n9_a_level_that_is_too_low_or_unknown_is_worth_nothing() {
    let db = store::testing::sqlite().await;
    let pair = Pair::on(&db.store, |_| {}).await;
    let wants = |level: &str| Ask { level: Some(level.into()), ..Ask::default() };
    assert_eq!(pair.go(wants("thap")).await.unwrap().level.as_deref(), Some("vua"));
    assert!(matches!(pair.go(wants("cao")).await, Err(RpError::TooWeak)));
    for acr in [json!("LoA9"), json!("cao"), json!(3), Value::Null] {
        pair.set(|f| f.change = vec![("acr", acr.clone())]);
        assert!(matches!(pair.go(wants("thap")).await, Err(RpError::TooWeak)), "{acr}");
        assert_eq!(pair.go(Ask::default()).await.unwrap().level, None, "{acr}");
    }
    pair.set(|f| f.change = vec![("auth_time", json!(NOW / 1000 - 1000))]);
    let fresh = Ask { max_age: Some(60), ..Ask::default() };
    assert_eq!(shown(pair.go(fresh).await.unwrap_err()), shown(Doubt::TooOld.into()));
}

/// oidcc-client-test-discovery-issuer-mismatch, and addresses that lead into the house.
#[tokio::test]
async fn n9_discovery_speaks_for_its_own_issuer_and_leads_nowhere_else() {
    let db = store::testing::sqlite().await;
    for (case, change) in [
        ("oidcc-client-test-discovery-issuer-mismatch", ("issuer", json!("https://else.example"))),
        ("no token endpoint", ("token_endpoint", Value::Null)),
        ("a file", ("jwks_uri", json!("file:///etc/passwd"))),
        ("a script", ("authorization_endpoint", json!("javascript:alert(1)"))),
    ] {
        let pair = Pair::on(&db.store, |_| {}).await;
        pair.set(|f| f.discovery = vec![change]);
        assert!(pair.rp.begin("b", Ask::default()).await.is_err(), "{case}");
    }
    // Private addresses are refused when they are not configured, before anything is sent.
    let pair = Pair::on(&db.store, |c| c.allow_private = false).await;
    assert_eq!(shown(pair.rp.begin("b", Ask::default()).await.unwrap_err()), shown(Trouble::Address.into()));
}

#[tokio::test]
async fn n9_a_provider_that_is_down_is_not_asked_by_everybody_and_not_forgotten_at_once() {
    let db = store::testing::sqlite().await;
    let pair = Pair::on(&db.store, |_| {}).await;
    pair.set(|f| f.discovery = vec![("issuer", json!("broken"))]);
    let all = futures_util::future::join_all((0..20).map(|_| pair.rp.begin("b", Ask::default()))).await;
    assert!(all.iter().all(Result::is_err));
    assert_eq!(pair.fake.lock().unwrap().asked_discovery, 1);
    pair.set(|f| f.discovery = vec![]);
    pair.clock.advance(11 * SECOND);
    pair.go(Ask::default()).await.unwrap();
    assert_eq!(pair.fake.lock().unwrap().asked_discovery, 2);
    pair.set(|f| f.discovery = vec![("issuer", json!("broken"))]);
    pair.clock.advance(2 * HOUR);
    assert!(pair.rp.begin("b", Ask::default()).await.is_ok(), "what was true before still is");
}

#[tokio::test]
async fn n9_without_discovery_the_addresses_are_written_down() {
    let db = store::testing::sqlite().await;
    let pair = Pair::on(&db.store, |_| {}).await;
    let url = pair.url.clone();
    let endpoints = Endpoints {
        authorization: format!("{url}/authorize"),
        token: format!("{url}/token"),
        jwks: format!("{url}/jwks"),
        userinfo: Some(format!("{url}/userinfo")),
        ..Endpoints::default()
    };
    let mut config =
        Config::new("dvcqg", &url, "rp", ClientAuth::SecretPost(Secret::new("s")), "https://tinh.example.vn/ve");
    (config.endpoints, config.allow_private) = (Some(endpoints), true);
    let rp = Rp::new(db.store.clone(), pair.clock.clone(), Entropy::seeded(4), Keys::new(&[9; 32]), config).unwrap();
    let pair = Pair { rp, ..pair };
    let sent = pair.begin("b", Ask::default()).await;
    // Such a provider does not say whose answer it is, and that is known.
    pair.back("b", &[("code", "c"), ("state", &sent["state"])]).await.unwrap();
    let f = pair.fake.lock().unwrap();
    assert_eq!((f.seen[0]["client_id"].as_str(), f.seen[0]["client_secret"].as_str()), ("rp", "s"));
    assert_eq!(f.authorization[0], "");
}

#[tokio::test]
async fn n9_a_provider_that_is_away_redirects_or_refuses_breaks_nothing() {
    let db = store::testing::sqlite().await;
    let pair = Pair::on(&db.store, |_| {}).await;
    for status in [302, 307, 400, 401, 500] {
        pair.set(|f| f.token_status = status);
        let error = pair.go(Ask::default()).await.unwrap_err();
        assert!(matches!(error, RpError::Away(Trouble::Status(s)) if s == status), "{status}: {error}");
    }
    pair.set(|f| f.token_status = 200);
    pair.go(Ask::default()).await.unwrap();
}

/// The role's sessions, as far as this test needs them.
#[derive(Default)]
struct Ended(Mutex<Vec<Uuid>>);

#[async_trait::async_trait]
impl Sessions for Ended {
    async fn end(&self, _: &Tx, sessions: &[Uuid]) -> Result<(), Error> {
        self.0.lock().unwrap().extend(sessions);
        Ok(())
    }
}

/// oidcc-client-test-rp-backchannel-rpinitlogout with all its lies.
#[tokio::test]
async fn n9_a_logout_token_ends_the_sessions_it_names_once() {
    each_engine(async |db| {
        let pair = Pair::on(&db.store, |_| {}).await;
        let ended = Arc::new(Ended::default());
        let mut sessions = Vec::new();
        for (n, (sub, sid)) in
            [("person-1", "sid-1"), ("person-1", "sid-2"), ("person-2", "sid-3")].into_iter().enumerate()
        {
            pair.set(|f| {
                f.change = vec![("sub", json!(sub)), ("sid", json!(sid))];
                f.userinfo = json!({ "sub": sub });
            });
            let arrived = pair.go(Ask::default()).await.unwrap();
            let (rp, session) = (pair.rp.clone(), Uuid::from_u128(n as u128 + 1));
            db.store.write(move |tx: Tx| async move { rp.keep_session(&tx, session, &arrived).await }).await.unwrap();
            sessions.push(session);
        }
        let signer = pair.fake.lock().unwrap().signer.clone();
        let now = NOW / 1000;
        let good = json!({
            "iss": pair.url, "aud": "rp", "iat": now, "exp": now + 120, "jti": "j-1", "sub": "person-1", "sid": "sid-1",
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        for (case, change, typ) in [
            ("-no-event", ("events", Value::Null), "logout+jwt"),
            ("-wrong-event", ("events", json!({ "https://else": {} })), "logout+jwt"),
            ("-with-nonce", ("nonce", json!("n")), "logout+jwt"),
            ("-wrong-aud", ("aud", json!("other")), "logout+jwt"),
            ("-wrong-iss", ("iss", json!("https://else.example")), "logout+jwt"),
            ("no jti", ("jti", Value::Null), "logout+jwt"),
            ("another kind", ("sub", json!("person-1")), "at+jwt"),
        ] {
            let token = signer.sign(typ, &changed(good.clone(), &[change])).unwrap();
            assert!(pair.rp.logout_token(&token, ended.clone()).await.is_err(), "{case}");
        }
        let none =
            format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(good.to_string()));
        assert!(pair.rp.logout_token(&none, ended.clone()).await.is_err(), "-alg-none");
        let hs = format!(
            "{}.{}.AAAA",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#),
            URL_SAFE_NO_PAD.encode(good.to_string())
        );
        assert!(pair.rp.logout_token(&hs, ended.clone()).await.is_err(), "-wrong-alg");
        assert!(ended.0.lock().unwrap().is_empty());

        let token = signer.sign("logout+jwt", &good).unwrap();
        assert_eq!(pair.rp.logout_token(&token, ended.clone()).await.unwrap(), 1);
        assert_eq!(pair.rp.logout_token(&token, ended.clone()).await.unwrap(), 0, "delivered again: done already");
        assert_eq!(*ended.0.lock().unwrap(), sessions[..1]);
        let everywhere = changed(good.clone(), &[("sid", Value::Null), ("jti", json!("j-2"))]);
        let token = signer.sign("logout+jwt", &everywhere).unwrap();
        assert_eq!(pair.rp.logout_token(&token, ended.clone()).await.unwrap(), 1, "all that are left of this person");
        assert_eq!(*ended.0.lock().unwrap(), sessions[..2], "and nobody else's");
    })
    .await;
}

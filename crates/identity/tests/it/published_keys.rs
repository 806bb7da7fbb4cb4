//! Clients that publish their keys themselves (`jwks_uri`): fetched seldom and within limits, turned without asking us, and believed for
//! no more than they are.

use crate::support::{House, NOW, listen, province, serve, text};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use base::clock::{Clock, DAY, Entropy, HOUR, SECOND};
use identity::{
    jws::Signer,
    provider::{Auth, BadClient, NewClient},
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use store::testing::each_engine;

/// What the client's server answers.
#[derive(Clone)]
enum Answer {
    Says(String),
    Status(u16),
    /// To a place where the right keys are.
    Elsewhere,
    Never,
}

/// A client's own server.
#[derive(Clone)]
struct Publisher {
    answer: Arc<Mutex<Answer>>,
    asked: Arc<Mutex<usize>>,
    url: String,
}

async fn jwks(State(publisher): State<Publisher>) -> Response {
    *publisher.asked.lock().unwrap() += 1;
    let answer = publisher.answer.lock().unwrap().clone();
    match answer {
        Answer::Says(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Answer::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Answer::Elsewhere => Redirect::temporary("/there").into_response(),
        Answer::Never => std::future::pending().await,
    }
}

impl Publisher {
    async fn start(there: &[&Signer]) -> Self {
        let (listener, url) = listen().await;
        let publisher = Self {
            answer: Arc::new(Mutex::new(Answer::Status(500))),
            asked: Arc::default(),
            url: format!("{url}/jwks"),
        };
        let there = set(there).to_string();
        let router = Router::new()
            .route("/jwks", get(jwks))
            .route("/there", get(async move || ([(header::CONTENT_TYPE, "application/json")], there)));
        serve(listener, router.with_state(publisher.clone()));
        publisher
    }

    fn says(&self, answer: impl ToString) {
        self.answers(Answer::Says(answer.to_string()));
    }

    fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }

    fn client(&self, id: &str) -> NewClient {
        NewClient { auth: Auth::PrivateKeyJwt, jwks_uri: Some(self.url.clone()), ..province(id) }
    }
}

fn set(signers: &[&Signer]) -> Value {
    json!({ "keys": signers.iter().map(|s| s.public().clone()).collect::<Vec<_>>() })
}

fn signer(seed: u64) -> Signer {
    Signer::generate(&Entropy::seeded(seed)).unwrap().0
}

/// Proves itself with a fresh assertion; the status of the answer.
async fn show(house: &House, id: &str, signer: &Signer) -> u16 {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let now = house.clock.now() / SECOND;
    let jti = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
    let claims = json!({ "iss": id, "sub": id, "aud": house.url, "iat": now, "exp": now + 60, "jti": jti });
    let assertion = signer.sign("JWT", &claims).unwrap();
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let form = [("token", "x"), ("client_assertion_type", kind), ("client_assertion", &assertion)];
    let (status, body) = house.post_bare("/oauth2/introspect", &form).await;
    assert!(status == 200 || text(&body, "error") == "invalid_client", "{status} {body}");
    status
}

#[tokio::test]
async fn n8_a_client_turns_the_key_that_it_publishes_and_nobody_notices() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let (old, new, newest, stranger) = (signer(1), signer(2), signer(3), signer(4));
        let publisher = Publisher::start(&[]).await;
        publisher.says(set(&[&old]));
        house.add(publisher.client("tu-dang")).await;
        assert_eq!(publisher.asked(), 0, "nobody is asked before it matters");
        for _ in 0..5 {
            assert_eq!(show(&house, "tu-dang", &old).await, 200);
        }
        assert_eq!(publisher.asked(), 1, "and then once");

        // Right after we read the set.
        publisher.says(set(&[&old, &new]));
        assert_eq!(show(&house, "tu-dang", &new).await, 200);
        assert_eq!(show(&house, "tu-dang", &old).await, 200);
        assert_eq!(publisher.asked(), 2);
        // Who makes key ids up makes us ask nobody more often.
        for _ in 0..20 {
            assert_eq!(show(&house, "tu-dang", &stranger).await, 401);
        }
        assert_eq!(publisher.asked(), 2);
        house.clock.advance(11 * SECOND);
        assert_eq!(show(&house, "tu-dang", &stranger).await, 401);
        assert_eq!(publisher.asked(), 3);

        // A key that was taken out is worth nothing after an hour, and after a new one was seen.
        publisher.says(set(&[&newest]));
        house.clock.advance(11 * SECOND);
        assert_eq!(show(&house, "tu-dang", &newest).await, 200);
        assert_eq!(show(&house, "tu-dang", &old).await, 401);
        publisher.says(json!({ "keys": [] }));
        house.clock.advance(HOUR);
        assert_eq!(show(&house, "tu-dang", &newest).await, 401, "it has no keys any more");
    })
    .await;
}

#[tokio::test]
async fn n8_a_client_whose_keys_cannot_be_fetched_keeps_its_old_ones_for_a_day() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let key = signer(1);
    let publisher = Publisher::start(&[&key]).await;
    publisher.says(set(&[&key]));
    house.add(publisher.client("tu-dang")).await;
    assert_eq!(show(&house, "tu-dang", &key).await, 200);
    for broken in [
        Answer::Status(503),
        Answer::Elsewhere,
        Answer::Says("<html>".into()),
        Answer::Says("[]".into()),
        Answer::Says(r#"{"keys":{}}"#.into()),
        Answer::Says(format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(300 * 1024))),
    ] {
        publisher.answers(broken);
        house.clock.advance(2 * HOUR);
        let before = publisher.asked();
        for _ in 0..3 {
            assert_eq!(show(&house, "tu-dang", &key).await, 200);
        }
        assert_eq!(publisher.asked(), before + 1, "not by everybody");
    }
    house.clock.advance(DAY);
    assert_eq!(show(&house, "tu-dang", &key).await, 401, "a withdrawn key is not kept alive by silence");
    publisher.says(set(&[&key]));
    house.clock.advance(11 * SECOND);
    assert_eq!(show(&house, "tu-dang", &key).await, 200);
}

/// huge, redirecting, no keys, wrong type, from the first moment on.
#[tokio::test]
async fn n8_hostile_sets_of_keys_prove_nothing() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let key = signer(7);
    let publisher = Publisher::start(&[&key]).await;
    let with = |name: &str, value: Value| {
        let mut jwk = key.public().clone();
        jwk[name] = value;
        jwk
    };
    let shared = json!({ "kty": "oct", "k": "AAAA", "kid": key.kid() });
    let huge = format!(r#"{{"keys":[{}],"x":"{}"}}"#, key.public(), "x".repeat(300 * 1024));
    let many: Vec<Value> = (0..200).map(|_| with("kid", json!("x"))).chain([key.public().clone()]).collect();
    for (n, (case, answer)) in [
        ("a redirect to the right keys", Answer::Elsewhere),
        ("an error", Answer::Status(404)),
        ("longer than anybody needs", Answer::Says(huge)),
        ("no JSON", Answer::Says("<html>".into())),
        ("no set", Answer::Says(key.public().to_string())),
        ("no keys", Answer::Says(r#"{"keys":[]}"#.into())),
        ("keys that are none", Answer::Says(json!({ "keys": [1, "a", null, []] }).to_string())),
        ("a shared key", Answer::Says(json!({ "keys": [shared] }).to_string())),
        ("its private half too", Answer::Says(json!({ "keys": [with("d", json!("AAAA"))] }).to_string())),
        ("for encryption", Answer::Says(json!({ "keys": [with("use", json!("enc"))] }).to_string())),
        ("of another curve", Answer::Says(json!({ "keys": [with("crv", json!("P-384"))] }).to_string())),
        ("behind two hundred others", Answer::Says(json!({ "keys": many }).to_string())),
        ("nested without end", Answer::Says(format!("{}{}", "[".repeat(60_000), "]".repeat(60_000)))),
    ]
    .into_iter()
    .enumerate()
    {
        publisher.answers(answer);
        let id = format!("nguoi-la-{n}");
        house.add(publisher.client(&id)).await;
        assert_eq!(show(&house, &id, &key).await, 401, "{case}");
    }

    // Two keys with one name: the one that fits counts, the other proves nothing.
    let mut namesake = signer(8).public().clone();
    namesake["kid"] = json!(key.kid());
    publisher.says(json!({ "keys": [namesake, key.public()] }));
    house.add(publisher.client("trung-ten")).await;
    assert_eq!(show(&house, "trung-ten", &key).await, 200);
    assert_eq!(show(&house, "trung-ten", &signer(9)).await, 401);
}

#[tokio::test]
async fn n8_a_slow_server_of_keys_holds_up_nobody_but_who_needs_them() {
    let db = store::testing::sqlite().await;
    let house = Arc::new(House::on(&db.store).await);
    let (key, stranger) = (signer(1), signer(2));
    let (slow, quick) = (Publisher::start(&[]).await, Publisher::start(&[]).await);
    slow.says(set(&[&key]));
    quick.says(set(&[&key]));
    house.add(slow.client("cham")).await;
    house.add(quick.client("nhanh")).await;
    assert_eq!(show(&house, "cham", &key).await, 200);
    slow.answers(Answer::Never);
    house.clock.advance(11 * SECOND);
    let asking = tokio::spawn({
        let house = house.clone();
        async move { show(&house, "cham", &stranger).await }
    });
    while slow.asked() < 2 {
        tokio::task::yield_now().await;
    }
    // Its own known key still counts meanwhile, and so do other clients.
    let both = async { (show(&house, "cham", &key).await, show(&house, "nhanh", &key).await) };
    assert_eq!(tokio::time::timeout(Duration::from_secs(4), both).await.expect("nobody waits"), (200, 200));
    assert_eq!(asking.await.unwrap(), 401, "and who asked is told after a while");
}

#[tokio::test]
async fn n8_keys_are_fetched_from_no_address_of_the_house() {
    let db = store::testing::sqlite().await;
    let house = House::with(&db.store, Clock::fixed(NOW), |s| s.allow_private = false).await;
    let at = |uri: &str| NewClient { auth: Auth::PrivateKeyJwt, jwks_uri: Some(uri.into()), ..province("c-1") };
    for uri in [
        "https://127.0.0.1/jwks",
        "https://10.1.2.3/jwks",
        "https://169.254.169.254/latest",
        "https://[::1]/jwks",
        "http://example.vn/jwks",
        "https://u:p@example.vn/jwks",
        "file:///etc/passwd",
        "vn.app.a:/jwks",
        "jwks",
    ] {
        assert_eq!(house.provider.add_client(at(uri)).await.unwrap().err(), Some(BadClient::Address), "{uri}");
    }
    // A name that leads into the house is found out when it is asked.
    let publisher = Publisher::start(&[]).await;
    let key = signer(1);
    publisher.says(set(&[&key]));
    let named = publisher.url.replace("http://127.0.0.1", "https://localhost");
    house.add(at(&named)).await;
    assert_eq!(show(&house, "c-1", &key).await, 401);
    assert_eq!(publisher.asked(), 0);

    let both = NewClient { jwks: set(&[&key]), ..at("https://example.vn/jwks") };
    let basic = NewClient { auth: Auth::ClientSecretBasic, ..at("https://example.vn/jwks") };
    for wrong in [both, basic] {
        assert_eq!(house.provider.add_client(wrong).await.unwrap().err(), Some(BadClient::Keys));
    }
}

#[tokio::test]
async fn n8_a_client_that_names_another_address_is_believed_by_the_keys_there_alone() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let (old, new) = (signer(1), signer(2));
    let (before, after) = (Publisher::start(&[]).await, Publisher::start(&[]).await);
    before.says(set(&[&old]));
    after.says(set(&[&new]));
    house.add(before.client("doi-cho")).await;
    assert_eq!(show(&house, "doi-cho", &old).await, 200);
    assert!(house.provider.put_client(after.client("doi-cho")).await.unwrap().is_ok());
    assert_eq!(show(&house, "doi-cho", &old).await, 401);
    assert_eq!(show(&house, "doi-cho", &new).await, 200);
}

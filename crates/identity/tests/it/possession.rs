//! Tokens that are good only together with a key (DPoP, RFC 9449).

use crate::support::{Browser, CALLBACK, House, VERIFIER, answer, digest, http, province, text};
use base::clock::{Entropy, MINUTE};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::{
    jws::Signer,
    provider::{Auth, NewClient},
};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use store::testing::each_engine;

/// A client's key.
struct Key {
    private: EncodingKey,
    public: Value,
}

impl Key {
    fn new(seed: u64) -> Self {
        let (signer, der) = Signer::generate(&Entropy::seeded(seed)).unwrap();
        let mut public = signer.public().clone();
        public.as_object_mut().unwrap().retain(|name, _| ["kty", "crv", "x", "y"].contains(&name.as_str()));
        Self { private: EncodingKey::from_ec_der(&der), public }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let encode = |v: &Value| URL_SAFE_NO_PAD.encode(v.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = crypto::sign(signed.as_bytes(), &self.private, Algorithm::ES256).unwrap();
        format!("{signed}.{signature}")
    }

    fn header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.public })
    }

    fn proof(&self, house: &House, method: &str, path: &str, access: Option<&str>) -> String {
        self.sign(&self.header(), &claims(house, method, path, access))
    }
}

fn claims(house: &House, method: &str, path: &str, access: Option<&str>) -> Value {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let jti = format!("p{}", COUNT.fetch_add(1, Ordering::SeqCst));
    let mut claims = json!({ "htm": method, "htu": house.at(path), "iat": house.clock.now() / 1000, "jti": jti });
    if let Some(access) = access {
        claims["ath"] = json!(URL_SAFE_NO_PAD.encode(digest(access)));
    }
    claims
}

async fn ask(house: &House, form: &[(&str, &str)], proof: Option<&str>) -> (u16, Value) {
    let mut request = http().post(house.at("/oauth2/token")).form(form);
    if let Some(proof) = proof {
        request = request.header("dpop", proof);
    }
    answer(request).await
}

async fn userinfo(house: &House, scheme: &str, access: &str, proof: Option<&str>) -> u16 {
    let mut request = http().get(house.at("/oauth2/userinfo")).header("authorization", format!("{scheme} {access}"));
    if let Some(proof) = proof {
        request = request.header("dpop", proof);
    }
    answer(request).await.0
}

/// A public client with a key of its own, and its tokens.
async fn app(house: &House, key: &Key) -> Value {
    if house.provider.client("app").await.unwrap().is_none() {
        house.add(NewClient { auth: Auth::None, ..province("app") }).await;
    }
    let code =
        house.code(&Browser::default(), &[("client_id", "app"), ("scope", "openid profile offline_access")]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", "app"),
    ];
    let (status, tokens) = ask(house, &form, Some(&key.proof(house, "POST", "/oauth2/token", None))).await;
    assert_eq!((status, text(&tokens, "token_type")), (200, "DPoP"), "{tokens}");
    tokens
}

#[tokio::test]
async fn n8_a_bound_token_is_worth_nothing_without_its_key() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let (own, thief) = (Key::new(1), Key::new(2));
        let tokens = app(&house, &own).await;
        let access = text(&tokens, "access_token");
        let at = "/oauth2/userinfo";
        let proof = own.proof(&house, "GET", at, Some(access));
        assert_eq!(userinfo(&house, "DPoP", access, Some(&proof)).await, 200);
        assert_eq!(userinfo(&house, "DPoP", access, Some(&proof)).await, 401, "a proof counts once");
        assert_eq!(userinfo(&house, "Bearer", access, None).await, 401, "it is no bearer token");
        assert_eq!(userinfo(&house, "DPoP", access, None).await, 401);
        let stolen = thief.proof(&house, "GET", at, Some(access));
        assert_eq!(userinfo(&house, "DPoP", access, Some(&stolen)).await, 401);
        let form = [("token", access), ("client_id", "app")];
        assert_eq!(house.post_bare("/oauth2/introspect", &form).await.0, 401, "a public client cannot look into it");

        // The refresh token of a public client is bound too, and a thief cannot even end the family with it.
        let form =
            [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token")), ("client_id", "app")];
        let stolen = thief.proof(&house, "POST", "/oauth2/token", None);
        assert_eq!(text(&ask(&house, &form, Some(&stolen)).await.1, "error"), "invalid_grant");
        assert_eq!(ask(&house, &form, None).await.0, 400);
        let proof = own.proof(&house, "POST", "/oauth2/token", None);
        let (status, next) = ask(&house, &form, Some(&proof)).await;
        assert_eq!((status, text(&next, "token_type")), (200, "DPoP"));
        // A bearer token does not become a bound one by being called so.
        let bearer = house.tokens(&Browser::default(), &[]).await;
        let bearer = text(&bearer, "access_token");
        let proof = own.proof(&house, "GET", at, Some(bearer));
        assert_eq!(userinfo(&house, "DPoP", bearer, Some(&proof)).await, 401);
    })
    .await;
}

#[tokio::test]
async fn n8_a_proof_is_for_one_request_of_now() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let (own, other) = (Key::new(1), Key::new(2));
    let tokens = app(&house, &own).await;
    let access = text(&tokens, "access_token");
    let now = house.clock.now() / 1000;
    let good = || claims(&house, "GET", "/oauth2/userinfo", Some(access));
    for (case, name, value) in [
        ("another method", "htm", json!("POST")),
        ("another address", "htu", json!(house.at("/oauth2/token"))),
        ("another server", "htu", json!("https://else.example/oauth2/userinfo")),
        ("no address", "htu", Value::Null),
        ("old", "iat", json!(now - 61)),
        ("of the future", "iat", json!(now + 61)),
        ("no time", "iat", Value::Null),
        ("no id", "jti", Value::Null),
        ("another token", "ath", json!(URL_SAFE_NO_PAD.encode(digest("x")))),
        ("no token", "ath", Value::Null),
    ] {
        let mut claims = good();
        match value {
            Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
            value => claims[name] = value,
        }
        assert_eq!(userinfo(&house, "DPoP", access, Some(&own.sign(&own.header(), &claims))).await, 401, "{case}");
    }
    let mut with_private = own.header();
    with_private["jwk"]["d"] = json!("AAAA");
    let mut shared = own.header();
    shared["jwk"] = json!({ "kty": "oct", "k": "AAAA" });
    for (case, header) in [
        ("an ID token's type", json!({ "typ": "JWT", "alg": "ES256", "jwk": own.public })),
        ("no key", json!({ "typ": "dpop+jwt", "alg": "ES256" })),
        ("alg none", json!({ "typ": "dpop+jwt", "alg": "none", "jwk": own.public })),
        ("alg HS256", json!({ "typ": "dpop+jwt", "alg": "HS256", "jwk": own.public })),
        ("somebody else's key", other.header()),
        ("a private key", with_private),
        ("a shared key", shared),
    ] {
        assert_eq!(userinfo(&house, "DPoP", access, Some(&own.sign(&header, &good()))).await, 401, "{case}");
    }
    let two = http()
        .get(house.at("/oauth2/userinfo"))
        .header("authorization", format!("DPoP {access}"))
        .header("dpop", own.sign(&own.header(), &good()))
        .header("dpop", own.sign(&own.header(), &good()));
    assert_eq!(answer(two).await.0, 401, "two proofs");
    let mut with_query = good();
    with_query["htu"] = json!(format!("{}?a=b", house.at("/oauth2/userinfo")));
    assert_eq!(userinfo(&house, "DPoP", access, Some(&own.sign(&own.header(), &with_query))).await, 200);
}

#[tokio::test]
async fn n8_a_code_can_be_for_the_holder_of_one_key() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let (own, thief) = (Key::new(1), Key::new(2));
    let thumb = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, own.public["x"], own.public["y"]);
    let jkt = URL_SAFE_NO_PAD.encode(digest(&thumb));
    for (key, status) in [(None, 400), (Some(&thief), 400), (Some(&own), 200)] {
        let code = house.code(&Browser::default(), &[("dpop_jkt", jkt.as_str())]).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let mut request = http().post(house.at("/oauth2/token")).basic_auth("tinh", Some(&house.secret)).form(&form);
        if let Some(key) = key {
            request = request.header("dpop", key.proof(&house, "POST", "/oauth2/token", None));
        }
        let (got, tokens) = answer(request).await;
        assert_eq!(got, status, "{tokens}");
        if status == 200 {
            let (_, seen) = house.post("/oauth2/introspect", &[("token", text(&tokens, "access_token"))]).await;
            assert_eq!((&seen["cnf"]["jkt"], text(&seen, "token_type")), (&json!(jkt), "DPoP"));
        }
    }
    let wrong = http().post(house.at("/oauth2/token")).basic_auth("tinh", Some(&house.secret)).header("dpop", "x.y.z");
    let (status, refused) = answer(wrong.form(&[("grant_type", "refresh_token"), ("refresh_token", "x")])).await;
    assert_eq!((status, text(&refused, "error")), (400, "invalid_dpop_proof"));
    house.clock.advance(MINUTE);
}

//! Our relying party against our provider, over HTTP: a province and the national portal.

use crate::support::{Browser, House, NOW, NUMBER, listen, province, serve, text};
use axum::{Form, Router, extract::State, http::StatusCode, routing::post};
use base::{
    clock::{Clock, Entropy, SECOND},
    ids::Uuid,
    keys::{Keys, Secret},
};
use identity::{
    error::Error,
    jws::Signer,
    provider::{Auth, NewClient},
    rp::{Ask, ClientAuth, Config, Rp, RpError, Sessions},
};
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use store::{Tx, testing::each_engine};

const BACK: &str = "https://quangtri.example.vn/ve";
const AFTER: &str = "https://quangtri.example.vn/da-thoat";

#[derive(Default)]
struct Ended(Mutex<Vec<Uuid>>);

#[async_trait::async_trait]
impl Sessions for Ended {
    async fn end(&self, _: &Tx, sessions: &[Uuid]) -> Result<(), Error> {
        self.0.lock().unwrap().extend(sessions);
        Ok(())
    }
}

struct Province {
    rp: Rp,
    ended: Arc<Ended>,
}

async fn told(
    State(province): State<Arc<Mutex<Option<Arc<Province>>>>>,
    Form(form): Form<HashMap<String, String>>,
) -> StatusCode {
    let province = province.lock().unwrap().clone().unwrap();
    match province.rp.logout_token(&form["logout_token"], province.ended.clone()).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

/// The whole life of a sign-in: pushed request, private_key_jwt, levels, consent, claims, key rotation, logout from both sides.
#[tokio::test]
async fn n9_a_province_signs_people_in_through_our_provider_from_end_to_end() {
    each_engine(async |db| {
        let clock = Clock::fixed(NOW);
        let house = House::with(&db.store, clock.clone(), |_| {}).await;
        let (listener, url) = listen().await;
        let slot = Arc::new(Mutex::new(None));
        serve(listener, Router::new().route("/told", post(told)).with_state(slot.clone()));
        let signer = Signer::generate(&Entropy::seeded(21)).unwrap().0;
        let client = NewClient {
            auth: Auth::PrivateKeyJwt,
            jwks: json!({ "keys": [signer.public()] }),
            redirect_uris: vec![BACK.into()],
            post_logout_uris: vec![AFTER.into()],
            backchannel_logout_uri: Some(format!("{url}/told")),
            must_push: true,
            ..province("quang-tri")
        };
        house.add(client).await;
        let mut config =
            Config::new("dvcqg", &house.url, "quang-tri", ClientAuth::PrivateKeyJwt(Box::new(signer)), BACK);
        config.allow_private = true;
        config.scopes = vec!["profile".into()];
        config.levels = vec!["1".into(), "2".into()];
        config.acr_map = vec![("loa:1".into(), "1".into()), ("loa:2".into(), "2".into())];
        config.claim_map = vec![("full_name".into(), "name".into()), ("born".into(), "birthdate".into())];
        config.post_logout_redirect_uri = Some(AFTER.into());
        let rp = Rp::new(db.store.clone(), clock.clone(), Entropy::seeded(22), Keys::new(&[5; 32]), config).unwrap();
        let province = Arc::new(Province { rp: rp.clone(), ended: Arc::default() });
        *slot.lock().unwrap() = Some(province.clone());

        let browser = Browser::default();
        let arrive = async |ask: Ask| {
            let address = rp.begin("cookie", ask).await.unwrap();
            assert!(address.contains("request_uri=") && !address.contains("nonce"), "{address}");
            assert!(!address.contains(NUMBER));
            let left = browser.through(&house, &address).await;
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&left).finish();
            (rp.finish("cookie", &query).await, query)
        };
        let (first, query) = arrive(Ask { level: Some("2".into()), data: json!("/ho-so"), ..Ask::default() }).await;
        let first = first.unwrap();
        assert_eq!(first.level.as_deref(), Some("2"), "the login page was asked for it");
        assert_eq!(first.claims["full_name"], "Nguyễn Thị An");
        assert_eq!(first.claims["born"], "1990-02-03");
        assert_eq!(first.data, "/ho-so");
        assert!(matches!(rp.finish("cookie", &query).await, Err(RpError::NoFlow)), "once");

        // The provider's key turns: the next person arrives all the same, and is the same.
        clock.advance(31 * base::clock::DAY);
        assert!(house.provider.rotate_keys().await.unwrap());
        let (second, _) = arrive(Ask { prompt: Some("login"), ..Ask::default() }).await;
        let second = second.unwrap();
        assert_eq!(first.subject, second.subject);
        let session = Uuid::from_u128(77);
        let (rp2, kept) = (rp.clone(), second.clone());
        db.store.write(move |tx: Tx| async move { rp2.keep_session(&tx, session, &kept).await }).await.unwrap();

        // Leaving the province takes the person out of the provider too, which tells all its clients.
        let address = rp.logout_address(session, "cookie").await.unwrap().unwrap();
        let left = browser.get(&house, &address).await.left();
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&left).finish();
        assert!(
            rp.came_back("cookie", &query) && !rp.came_back("other", &query),
            "oidcc-client-test-rp-init-logout-other-state"
        );
        assert!(!rp.came_back("cookie", ""), "oidcc-client-test-rp-init-logout-no-state");
        assert_eq!(house.provider.deliver_logouts("w", 10).await.unwrap(), 1);
        assert_eq!(*province.ended.0.lock().unwrap(), [session]);
        let page = browser.get(&house, &house.authorize(&[])).await.page();
        assert_eq!(text(&page, "page"), "login", "nobody is signed in any more");
    })
    .await;
}

#[tokio::test]
async fn n9_a_person_who_says_no_is_told_apart_from_a_fault() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let mut config = Config::new(
        "dvcqg",
        &house.url,
        "tinh",
        ClientAuth::SecretBasic(Secret::new(&house.secret)),
        crate::support::CALLBACK,
    );
    config.allow_private = true;
    let rp = Rp::new(db.store.clone(), house.clock.clone(), Entropy::seeded(22), Keys::new(&[5; 32]), config.clone())
        .unwrap();
    let browser = Browser::default();
    let page = browser.get(&house, &rp.begin("b", Ask::default()).await.unwrap()).await.page();
    let form = [("answer", "cancel"), ("token", text(&page, "token"))];
    let left = browser.post(&house, text(&page, "cancel"), &form).await.left();
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&left).finish();
    assert!(matches!(rp.finish("b", &query).await, Err(RpError::Refused { code: "access_denied" })));
    config.auth = ClientAuth::SecretBasic(Secret::new("wrong"));
    let rp = Rp::new(db.store.clone(), house.clock.clone(), Entropy::seeded(23), Keys::new(&[5; 32]), config).unwrap();
    assert!(matches!(rp.begin("b", Ask::default()).await, Err(RpError::Away(_))));
    house.clock.advance(SECOND);
}

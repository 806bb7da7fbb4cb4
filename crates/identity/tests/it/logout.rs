//! Signing out at the provider: at a client's wish, and told to every client.

use crate::support::{Browser, CALLBACK, House, NOW, Stop, listen, province, query, serve, text};
use axum::{Form, Router, extract::State, http::StatusCode, routing::post};
use base::clock::{DAY, MINUTE, SECOND};
use identity::{jws::Alg, provider::NewClient};
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};
use store::testing::each_engine;

const AFTER: &str = "https://tinh.example.vn/da-thoat";

/// A client that listens for logout tokens, and how it answers.
struct Listener {
    heard: Mutex<Vec<String>>,
    answer: AtomicU16,
}

async fn hear(State(l): State<Arc<Listener>>, Form(form): Form<HashMap<String, String>>) -> StatusCode {
    l.heard.lock().unwrap().push(form["logout_token"].clone());
    StatusCode::from_u16(l.answer.load(Ordering::SeqCst)).unwrap()
}

async fn listening() -> (Arc<Listener>, String) {
    let (listener, url) = listen().await;
    let state = Arc::new(Listener { heard: Mutex::default(), answer: AtomicU16::new(200) });
    serve(listener, Router::new().route("/logout", post(hear)).with_state(state.clone()));
    (state, format!("{url}/logout"))
}

fn leaving(house: &House, pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<(String, String)> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    query(&house.at("/oauth2/logout"), &pairs)
}

/// oidcc-rp-initiated-logout with all its variants.
#[tokio::test]
async fn n8_signing_out_at_a_clients_wish_asks_when_it_is_not_proven() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let client = NewClient { post_logout_uris: vec![AFTER.into()], ..province("thoat") };
        house.add(client).await.unwrap();
        let browser = Browser::default();
        let signed_in = async || {
            let left = browser.through(&house, &house.authorize(&[("client_id", "thoat"), ("prompt", "login")])).await;
            assert!(left.contains_key("code"));
        };
        // The ID token of this client is got with its own secret; the town's client gives the others.
        let tokens = house.tokens(&browser, &[]).await;
        let foreign_hint = text(&tokens, "id_token").to_owned();
        house.clock.advance(SECOND);
        signed_in().await;

        let is_in = async || {
            let stop = browser.get(&house, &house.authorize(&[("prompt", "none")])).await.left();
            stop.contains_key("code")
        };
        for (case, pairs) in [
            (
                "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
                vec![("client_id", "thoat"), ("post_logout_redirect_uri", "https://evil.example/")],
            ),
            (
                "…-query-added-to-post-logout-redirect-uri",
                vec![("client_id", "thoat"), ("post_logout_redirect_uri", "https://tinh.example.vn/da-thoat?x=1")],
            ),
            ("an address without a client", vec![("post_logout_redirect_uri", AFTER)]),
            ("another client's address", vec![("client_id", "tinh"), ("post_logout_redirect_uri", AFTER)]),
            ("oidcc-rp-initiated-logout-bad-id-token-hint", vec![("id_token_hint", "x.y.z")]),
            ("a hint of another client", vec![("client_id", "thoat"), ("id_token_hint", foreign_hint.as_str())]),
        ] {
            assert!(matches!(browser.get(&house, &leaving(&house, &pairs)).await, Stop::Page(400, _)), "{case}");
            assert!(is_in().await, "{case}: nobody was signed out");
        }
        let (start, signature) = foreign_hint.rsplit_once('.').unwrap();
        let modified = format!("{start}.{}", signature.chars().rev().collect::<String>());
        assert!(
            matches!(browser.get(&house, &leaving(&house, &[("id_token_hint", &modified)])).await, Stop::Page(400, _)),
            "oidcc-rp-initiated-logout-modified-id-token-hint"
        );

        // Without proof the person is asked: -no-id-token-hint, -no-params, -only-state, and a hint of an earlier session.
        for (case, pairs) in [
            ("no-id-token-hint", vec![("client_id", "thoat"), ("post_logout_redirect_uri", AFTER), ("state", "s 1")]),
            ("no-params", vec![]),
            ("only-state", vec![("state", "s")]),
            ("a hint of an earlier session", vec![("id_token_hint", foreign_hint.as_str())]),
        ] {
            let page = browser.get(&house, &leaving(&house, &pairs)).await.page();
            assert_eq!(page["page"], "logout", "{case}");
            assert!(is_in().await, "{case}");
            let mut form: Vec<(&str, &str)> =
                page["hidden"].as_object().unwrap().iter().map(|(n, v)| (n.as_str(), v.as_str().unwrap())).collect();
            let forged: Vec<(&str, &str)> = form
                .iter()
                .map(|(n, v)| if *n == "token" { (*n, "x") } else { (*n, *v) })
                .chain([("answer", "leave")])
                .collect();
            assert!(matches!(browser.post(&house, text(&page, "action"), &forged).await, Stop::Page(400, _)), "{case}");
            form.push(("answer", "stay"));
            assert_eq!(browser.post(&house, text(&page, "action"), &form).await.page()["left"], false);
            assert!(is_in().await, "{case}");
        }
        let asked = [("client_id", "thoat"), ("post_logout_redirect_uri", AFTER), ("state", "s 1")];
        let page = browser.get(&house, &leaving(&house, &asked)).await.page();
        let mut form: Vec<(&str, &str)> =
            page["hidden"].as_object().unwrap().iter().map(|(n, v)| (n.as_str(), v.as_str().unwrap())).collect();
        form.push(("answer", "leave"));
        let Stop::Left(at, back) = browser.post(&house, text(&page, "action"), &form).await else {
            panic!("still here")
        };
        assert_eq!((at.as_str(), back["state"].as_str()), (AFTER, "s 1"));
        assert!(!is_in().await);

        // With the ID token of this very session it goes without a question: -no-state, -no-post-logout-redirect-uri.
        let tokens = house.tokens(&browser, &[]).await;
        let stop = browser.get(&house, &leaving(&house, &[("id_token_hint", text(&tokens, "id_token"))])).await;
        assert_eq!(stop.page()["page"], "signed-out");
        assert!(!is_in().await);
        assert_eq!(
            house.userinfo(text(&tokens, "access_token")).await.0,
            401,
            "what was given in the session ends with it"
        );
    })
    .await;
}

#[tokio::test]
async fn n8_a_form_of_another_site_signs_nobody_out_unasked() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let browser = Browser::default();
    house.tokens(&browser, &[]).await;
    // Another site's form carries no cookie: like a browser that is not signed in, sent on to the question.
    let stop = Browser::default().post(&house, "/oauth2/logout", &[("client_id", "tinh"), ("state", "s")]).await;
    assert_eq!(stop.page()["page"], "signed-out");
    assert!(browser.get(&house, &house.authorize(&[("prompt", "none")])).await.left().contains_key("code"));
}

/// oidcc-backchannel-rp-initiated-logout.
#[tokio::test]
async fn n8_every_client_of_a_session_is_told_once_although_it_fails_first() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let (first, first_at) = listening().await;
        let (second, second_at) = listening().await;
        let (silent, silent_at) = listening().await;
        let mut secrets = HashMap::new();
        for (id, at) in [("mot", &first_at), ("hai", &second_at), ("bon", &silent_at)] {
            let id_token_alg = if id == "hai" { Alg::RS256 } else { Alg::ES256 };
            let client = NewClient { backchannel_logout_uri: Some(at.clone()), id_token_alg, ..province(id) };
            secrets.insert(id, house.add(client).await.unwrap());
        }
        let browser = Browser::default();
        let mut offline = String::new();
        for id in ["mot", "hai", "mot"] {
            let code = house.code(&browser, &[("client_id", id), ("scope", "openid offline_access")]).await;
            let form = [
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", CALLBACK),
                ("code_verifier", crate::support::VERIFIER),
            ];
            let request =
                crate::support::http().post(house.at("/oauth2/token")).basic_auth(id, Some(&secrets[id])).form(&form);
            let (status, tokens) = crate::support::answer(request).await;
            assert_eq!(status, 200);
            offline = text(&tokens, "refresh_token").to_owned();
        }
        let tokens = house.tokens(&browser, &[]).await;
        // A code that nobody has redeemed yet dies with the session too.
        let late = browser.get(&house, &house.authorize(&[])).await.left()["code"].clone();
        first.answer.store(503, Ordering::SeqCst);
        browser.get(&house, &leaving(&house, &[("id_token_hint", text(&tokens, "id_token"))])).await;
        assert_eq!(house.redeem(&late, &[]).await.0, 400);

        // A session that is ended a second time tells nobody a second time.
        let session: Option<base::ids::Uuid> =
            store::Sql::new("SELECT session FROM oidc_family WHERE client_id = 'mot'")
                .scalar(db.store.read())
                .await
                .unwrap();
        let end = house.provider.session_end(session.unwrap());
        db.store.write(move |tx: store::Tx| async move { end.put(&tx).await }).await.unwrap();

        assert_eq!(house.provider.deliver_logouts("w", 10).await.unwrap(), 2);
        assert_eq!(house.provider.deliver_logouts("w", 10).await.unwrap(), 0, "the failed one waits");
        house.clock.advance(6 * SECOND);
        first.answer.store(204, Ordering::SeqCst);
        assert_eq!(house.provider.deliver_logouts("w", 10).await.unwrap(), 1);
        house.clock.advance(DAY / 2);
        assert_eq!(house.provider.deliver_logouts("w", 10).await.unwrap(), 0);
        let (first, second) = (first.heard.lock().unwrap().clone(), second.heard.lock().unwrap().clone());
        assert_eq!((first.len(), second.len(), silent.heard.lock().unwrap().len()), (2, 1, 0));

        let claims = house.proven(&first[1]).await;
        assert_eq!(identity::jws::read(&first[1]).unwrap().typ.as_deref(), Some("logout+jwt"));
        assert_eq!(claims["iss"], house.url.as_str());
        assert_eq!(claims["aud"], "mot");
        assert_eq!(claims["sub"], house.provider.subject("tinh.example.vn", crate::support::AN));
        assert_eq!(claims["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
        assert_eq!(claims["iat"], (NOW + 6 * SECOND) / 1000, "a try later carries a token of its own time");
        assert!(!claims.contains_key("nonce"));
        assert_eq!(claims["jti"], house.proven(&first[0]).await["jti"], "but it is the same message");
        let (_, set) = crate::support::answer(crate::support::http().get(house.at("/oauth2/jwks"))).await;
        let of_old = identity::jws::read(&second[0]).unwrap();
        let theirs = of_old.verify(&identity::jws::keys_of(&set), &[Alg::RS256]).expect("signed as its ID tokens are");
        assert_ne!(claims["sid"], theirs["sid"], "clients cannot compare sessions");
        // What was asked for beyond the session lives on.
        let form = [("grant_type", "refresh_token"), ("refresh_token", offline.as_str())];
        let request =
            crate::support::http().post(house.at("/oauth2/token")).basic_auth("mot", Some(&secrets["mot"])).form(&form);
        assert_eq!(crate::support::answer(request).await.0, 200);
    })
    .await;
}

#[tokio::test]
async fn n8_a_client_that_never_listens_is_given_up() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let (client, at) = listening().await;
    client.answer.store(500, Ordering::SeqCst);
    let mut house = house;
    let listens = NewClient { backchannel_logout_uri: Some(at), ..province("mot") };
    house.secret = house.add(listens).await.unwrap();
    house.client_id = "mot".into();
    let browser = Browser::default();
    let tokens = house.tokens(&browser, &[]).await;
    browser.get(&house, &leaving(&house, &[("id_token_hint", text(&tokens, "id_token"))])).await;
    let mut tries = 0;
    for _ in 0..100 {
        tries += house.provider.deliver_logouts("w", 10).await.unwrap();
        house.clock.advance(31 * MINUTE);
    }
    let heard = client.heard.lock().unwrap().len();
    assert!((20..60).contains(&heard), "{heard}");
    assert_eq!(tries, heard + 1, "the last time it is only put away");
    assert_eq!(house.provider.store.outbox_failures("oidc-logout", 5).await.unwrap().len(), 1);
}

//! Our provider and our relying party against software that we did not write: `openid-client` and `oidc-provider` (tests/peers/oidc).

use crate::support::{AN, CALLBACK, House, listen, province, serve};
use axum::{Form, Router, extract::State, http::StatusCode, routing::post};
use base::{
    clock::{Clock, Entropy},
    ids::Uuid,
    keys::{Keys, Secret},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::{
    error::Error,
    jws::{Alg, Signer},
    provider::{Auth, NewClient},
    rp::{Ask, ClientAuth, Config, Rp, RpError, Sessions},
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};
use store::Tx;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

/// The folder of the packages; `None` when they are left out.
fn folder() -> Option<PathBuf> {
    if std::env::var("CONGDANSO_NO_NODE").is_ok_and(|value| value == "1") {
        return None;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/oidc");
    assert!(
        folder.join("node_modules/openid-client").exists(),
        "the npm package openid-client is missing: run make tools"
    );
    Some(folder)
}

fn node(folder: &PathBuf, args: &[&str]) -> Command {
    let mut command = Command::new("node");
    command.args(args).current_dir(folder).env("no_proxy", "*").env("NODE_NO_WARNINGS", "1").kill_on_drop(true);
    command
}

/// The private key as JSON, for the other side.
fn private_jwk(signer: &Signer, der: &[u8]) -> Value {
    // RFC 5915 inside PKCS #8: the 32 bytes after the tag and length `04 20`.
    let at = der.windows(2).position(|w| w == [4, 32]).unwrap() + 2;
    let mut jwk = signer.public().clone();
    jwk["d"] = json!(URL_SAFE_NO_PAD.encode(&der[at..at + 32]));
    jwk
}

#[tokio::test]
async fn n8_openid_client_signs_in_unchanged() {
    let Some(folder) = folder() else { return };
    let db = store::testing::sqlite().await;
    // The other side has the machine's clock.
    let house = House::with(&db.store, Clock::system(), |_| {}).await;
    let (signer, der) = Signer::generate(&Entropy::seeded(31)).unwrap();
    let keys = json!({ "keys": [signer.public()] });
    house.add(NewClient { auth: Auth::PrivateKeyJwt, jwks: keys, ..province("key") }).await;
    let key = private_jwk(&signer, &der).to_string();
    let old = house.add(NewClient { id_token_alg: Alg::RS256, ..province("old") }).await.unwrap();
    for (id, secret, alg) in
        [("tinh", house.secret.as_str(), "ES256"), ("key", key.as_str(), "ES256"), ("old", old.as_str(), "RS256")]
    {
        let asking = node(&folder, &["client.mjs", &house.url, id, secret, CALLBACK, alg]).output();
        let output = timeout(Duration::from_secs(60), asking).await.expect("the client ends").unwrap();
        assert!(output.status.success(), "{id}: {}", String::from_utf8_lossy(&output.stderr));
        let believed: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(believed["claims"]["sub"], house.provider.subject("tinh.example.vn", AN), "{id}");
        assert_eq!(believed["claims"]["acr"], "loa:2", "{id}");
        assert_eq!(believed["userinfo"]["name"], "Nguyễn Thị An", "{id}");
        assert_eq!(believed["same"], true, "{id}");
        assert_eq!(believed["active"], json!([true, false]), "{id}: introspection and revocation");
        assert_eq!(
            (&believed["replay"], &believed["nobody"]),
            (&json!("invalid_grant"), &json!("login_required")),
            "{id}"
        );
        assert_eq!(believed["bound"], json!(["dpop", "Nguyễn Thị An", true]), "{id}: DPoP");
        assert_eq!(believed["leave"], "/oauth2/logout", "{id}");
    }
}

#[derive(Default)]
struct Ended(Mutex<Vec<Uuid>>);

#[async_trait::async_trait]
impl Sessions for Ended {
    async fn end(&self, _: &Tx, sessions: &[Uuid]) -> Result<(), Error> {
        self.0.lock().unwrap().extend(sessions);
        Ok(())
    }
}

/// What the provider's logout tokens come to.
#[derive(Clone, Default)]
struct Told {
    rps: Arc<Mutex<Vec<Rp>>>,
    ended: Arc<Ended>,
}

async fn told(State(told): State<Told>, Form(form): Form<HashMap<String, String>>) -> StatusCode {
    let rps = told.rps.lock().unwrap().clone();
    for rp in rps {
        if rp.logout_token(&form["logout_token"], told.ended.clone()).await.is_ok() {
            return StatusCode::OK;
        }
    }
    StatusCode::BAD_REQUEST
}

/// Follows a foreign provider's redirects until it leads back to us; the query, or the page where it stopped.
async fn through(browser: &reqwest::Client, issuer: &str, address: &str) -> Result<String, String> {
    let mut at = address.to_owned();
    for _ in 0..20 {
        let response = browser.get(&at).send().await.unwrap();
        let Some(to) = response.headers().get("location").map(|v| v.to_str().unwrap().to_owned()) else {
            return Err(response.text().await.unwrap());
        };
        if let Some(query) = to.strip_prefix(CALLBACK) {
            return Ok(query.trim_start_matches('?').to_owned());
        }
        at = if to.starts_with('/') { format!("{issuer}{to}") } else { to };
    }
    panic!("no end");
}

/// oidcc-client-test-idtoken-sig-rs256 with the second client.
#[tokio::test]
async fn n9_people_arrive_from_oidc_provider_and_its_logout_ends_their_session() {
    let Some(folder) = folder() else { return };
    let db = store::testing::sqlite().await;
    let clock = Clock::system();
    let (listener, url) = listen().await;
    let state = Told::default();
    serve(listener, Router::new().route("/told", post(told)).with_state(state.clone()));
    let signer = Signer::generate(&Entropy::seeded(32)).unwrap().0;
    let jwk = signer.public().to_string();
    let mut server = node(&folder, &["provider.mjs", CALLBACK, &format!("{url}/told"), &jwk])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let issuer = timeout(Duration::from_secs(30), lines.next_line()).await.expect("it starts").unwrap().unwrap();

    for (n, (client, auth)) in [
        ("key", ClientAuth::PrivateKeyJwt(Box::new(signer))),
        ("secret", ClientAuth::SecretBasic(Secret::new("a secret: 100%"))),
    ]
    .into_iter()
    .enumerate()
    {
        let mut config = Config::new(&format!("dvcqg-{client}"), &issuer, client, auth, CALLBACK);
        config.allow_private = true;
        config.scopes = vec!["profile".into(), "dinhdanh".into()];
        config.levels = ["1", "2", "3"].map(str::to_owned).into();
        config.acr_map = [("LoA1", "1"), ("LoA2", "2"), ("LoA3", "3")].map(|(a, b)| (a.into(), b.into())).into();
        config.claim_map = [("full_name", "HoVaTen"), ("personal_number", "SoDinhDanh"), ("link", "TechID")]
            .map(|(a, b)| (a.into(), b.into()))
            .into();
        config.post_logout_redirect_uri = Some(CALLBACK.into());
        let rp = Rp::new(db.store.clone(), clock.clone(), Entropy::system(), Keys::new(&[4; 32]), config).unwrap();
        state.rps.lock().unwrap().push(rp.clone());
        let browser = reqwest::Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let ask = Ask { level: Some("2".into()), max_age: Some(300), data: json!(n), ..Ask::default() };
        let address = rp.begin("b", ask).await.unwrap();
        assert!(address.contains("request_uri="), "{client}: it takes pushed requests");
        let query = through(&browser, &issuer, &address).await.unwrap();
        let arrived = rp.finish("b", &query).await.unwrap();
        assert_eq!((arrived.subject.as_str(), arrived.level.as_deref()), ("an", Some("2")), "{client}");
        assert_eq!(arrived.claims["full_name"], "NGUYỄN THỊ AN", "{client}");
        assert_eq!(arrived.claims["personal_number"], "044190001234", "{client}");
        assert_eq!(arrived.claims["link"], "tech-1", "{client}");
        assert!(matches!(rp.finish("b", &query).await, Err(RpError::NoFlow)), "{client}");

        let session = Uuid::from_u128(n as u128 + 1);
        let (rp2, kept) = (rp.clone(), arrived.clone());
        db.store.write(move |tx: Tx| async move { rp2.keep_session(&tx, session, &kept).await }).await.unwrap();
        let leave = rp.logout_address(session, "b").await.unwrap().unwrap();
        let page = through(&browser, &issuer, &leave).await.unwrap_err();
        let xsrf = page.split("name=\"xsrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
        let form = [("xsrf", xsrf), ("logout", "yes")];
        let left = browser.post(format!("{issuer}/session/end/confirm")).form(&form).send().await.unwrap();
        let to = left.headers()["location"].to_str().unwrap();
        assert!(rp.came_back("b", to.split_once('?').unwrap().1), "{client}: {to}");
        for _ in 0..100 {
            if state.ended.0.lock().unwrap().contains(&session) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(state.ended.0.lock().unwrap().len(), n + 1, "{client}: told by its back channel");
    }
    let _ = server.kill().await;
}

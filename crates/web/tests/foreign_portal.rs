//! The national portal asked by a client that we did not write: `openid-client`, over the portal's real pages (tests/peers/oidc, N8).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use base::clock::Clock;
use domain::{
    accounts::authority::{Authorities, Authority, Away, Candidate},
    national::catalogue,
};
use identity::provider::{Auth, NewClient};
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc, time::Duration};
use support::{Site, browser::Browser};

const BACK: &str = "http://tinh.example.vn:8090/ve";

struct All;

#[async_trait::async_trait]
impl Authorities for All {
    fn has(&self, _: Authority) -> bool {
        true
    }

    async fn confirms(&self, _: &Candidate) -> Result<bool, Away> {
        Ok(true)
    }
}

#[tokio::test]
async fn n8_openid_client_signs_in_at_the_portal_through_its_real_pages() {
    if std::env::var("CONGDANSO_NO_NODE").is_ok_and(|value| value == "1") {
        return;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/oidc");
    let package = folder.join("node_modules/openid-client");
    assert!(package.exists(), "the npm package openid-client is missing: run make tools");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    // The other side has the machine's clock.
    let db = store::testing::sqlite().await;
    let site = Site::national_at(db, &origin, Some(Clock::system()), |_| Vec::new(), Some(Arc::new(All))).await;
    let router = site.router();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });

    let mut b = Browser::new(&site);
    let form = [
        ("number", "044189001234"),
        ("full_name", "Nguyễn Thị Ví Dụ"),
        ("birth_date", "21/03/1989"),
        ("phone", "0914402045"),
        ("agreed", "1"),
    ];
    b.get("/dang-ky/thue-bao").await;
    b.post("/dang-ky/thue-bao", &form).await.leads_to();
    let code = site.code("0914402045").await;
    b.post("/dang-ky/thue-bao/ma", &[("code", &code)]).await.leads_to();
    let password = "Bốn-con-trâu-9";
    b.post("/dang-ky/thue-bao/mat-khau", &[("password", password), ("again", password)]).await.leads_to();
    let cookie = format!("{}={}", site.web.cookie_name("phien"), b.cookie("phien").unwrap());

    let issuer = site.web.issuer.as_ref().unwrap();
    let new = NewClient {
        scopes: vec!["openid".into(), web::national::SCOPE.into()],
        claims: web::national::CLAIMS.map(str::to_owned).to_vec(),
        ..NewClient::new("tinh", "Cổng tỉnh Ví Dụ", Auth::ClientSecretBasic, BACK)
    };
    let secret = issuer.put_client(new).await.unwrap().unwrap().unwrap();
    let asking = tokio::process::Command::new("node")
        .args(["portal.mjs", &origin, "tinh", secret.expose(), BACK, &cookie])
        .current_dir(&folder)
        .env("no_proxy", "*")
        .env("NODE_NO_WARNINGS", "1")
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(60), asking).await.expect("the client ends").unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let believed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(believed["claims"]["acr"], "LoA2");
    assert_eq!(believed["claims"]["amr"], json!(["sms", "pwd"]));
    assert_eq!(believed["userinfo"]["SoDinhDanh"], "044189001234");
    assert_eq!(believed["userinfo"]["NgaySinh"], "1989-03-21");
    assert_eq!(believed["userinfo"]["TechID"], believed["claims"]["sub"]);
    assert_eq!(believed["asked"], json!(web::national::CLAIMS), "each item was named to the person");
    assert_eq!(believed["leave"], "/oauth2/logout");
    server.abort();
}

/// What `dossiers.mjs` says.
async fn jose(words: &[&str], env: &[(&str, String)]) -> Value {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/oidc");
    assert!(folder.join("node_modules/jose").exists(), "the npm package jose is missing: run make tools");
    let mut command = tokio::process::Command::new("node");
    command.arg("dossiers.mjs").args(words).current_dir(&folder).env("no_proxy", "*").kill_on_drop(true);
    command.envs(env.iter().map(|(name, value)| (*name, value.as_str())));
    let output = tokio::time::timeout(Duration::from_secs(60), command.output()).await.expect("it ends").unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn n14_a_state_that_jose_signed_is_taken_and_one_of_another_key_is_not() {
    if std::env::var("CONGDANSO_NO_NODE").is_ok_and(|value| value == "1") {
        return;
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let db = store::testing::sqlite().await;
    let site = Site::national_at(db, &origin, Some(Clock::system()), |_| Vec::new(), None).await;
    let router = site.router();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });

    let (key, other) = (jose(&["key"], &[]).await, jose(&["key"], &[]).await);
    let issuer = site.web.issuer.as_ref().unwrap();
    let jwks = json!({ "keys": [key["open"]] });
    let new = NewClient { jwks, ..NewClient::new("tinh", "Một cửa Ví Dụ", Auth::PrivateKeyJwt, BACK) };
    issuer.put_client(new).await.unwrap().unwrap();
    catalogue::connect(&site.core, "tinh", "https://tinh.example.vn/api/v1/procedures").await.unwrap();
    let list =
        json!([{ "code": "1.001193", "name": "Khai sinh", "field": "Hộ tịch", "level": "commune", "page": "/a" }]);
    catalogue::keep(&site.core, "tinh", catalogue::read(&list).unwrap()).await.unwrap();
    let state = json!({ "event": "su-kien-0001", "dossier": "H50-0001", "procedure": "1.001193", "number": "044189001234", "state": "4",
        "at": base::show::rfc3339(site.core.now()) });
    let push = async |key: &Value| {
        let env = [("KEY", key["secret"].to_string()), ("STATE", state.to_string())];
        jose(&["push", &origin, "tinh"], &env).await
    };
    let refused = push(&other).await;
    assert_eq!((&refused["status"], &refused["body"]["errors"][0]["code"]), (&json!(401), &json!("signature")));
    let taken = push(&key).await;
    assert_eq!(
        taken,
        json!({ "status": 200, "body": { "results": [{ "event": "su-kien-0001", "outcome": "taken" }] } })
    );
    server.abort();
}

//! The bank to try (N13): it says what it is, tells what was agreed to and nothing else, and believes nobody.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

#[path = "../../web/tests/support/at_bank.rs"]
mod at_bank;

use at_bank::{AtBank, PASSWORD, hidden};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use base::{
    clock::{Clock, Entropy},
    keys::Keys,
};
use gateways::banks::{Bank as Desk, Config as At, Unanswered};
use identity::rp::{Ask, ClientAuth, Config, Grant, Rp};
use sandbox::bank::{ACCOUNTS, SCOPE, SLOTS};
use serde_json::Value;
use store::testing::TestStore;
use tower::ServiceExt;

const HOME: &str = "http://localhost:8082";
const NOW: i64 = 1_795_266_000_000;

struct World {
    there: AtBank,
    rp: Rp,
    clock: Clock,
    _db: TestStore,
}

impl World {
    async fn new() -> Self {
        let (db, clock) = (store::testing::sqlite().await, Clock::fixed(NOW));
        let there = AtBank::start(clock.clone(), HOME).await;
        let client = there.bank.client();
        let auth = ClientAuth::SecretBasic(client.secret.clone());
        let config = Config {
            scopes: vec!["offline_access".into(), SCOPE.into()],
            userinfo: false,
            allow_private: true,
            ..Config::new("bank", &there.at, &client.id, auth, &format!("{HOME}/tai-khoan/ngan-hang/bank/ve"))
        };
        let rp = Rp::new(db.store.clone(), clock.clone(), Entropy::seeded(5), Keys::new(&[9; 32]), config).unwrap();
        Self { there, rp, clock, _db: db }
    }

    async fn departs(&self) -> String {
        self.clock.advance(1000);
        self.rp.begin("b", Ask { prompt: Some("login consent"), ..Ask::default() }).await.unwrap()
    }

    async fn granted(&self, picked: &[&str]) -> Grant {
        let back = self.there.agrees(&self.departs().await, self.there.me(), picked).await;
        let came = self.rp.come_back("b", back.split_once('?').unwrap().1).await;
        came.arrived.unwrap();
        came.grant.unwrap()
    }

    async fn told(&self, token: &str) -> (StatusCode, Value) {
        let request = Request::get(ACCOUNTS).header("authorization", format!("Bearer {token}"));
        let answer = self.there.bank.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

#[tokio::test]
async fn n13_the_api_tells_what_was_ticked_and_never_a_number_or_a_balance() {
    let w = World::new().await;
    let me = w.there.me();
    let grant = w.granted(&SLOTS[..1]).await;
    let (status, told) = w.told(grant.access.expose()).await;
    assert_eq!((status, &told["environment"]), (StatusCode::OK, &"thu-nghiem".into()));
    let accounts = told["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 1, "{told}");
    let names: Vec<&String> = accounts[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["currency", "holder", "id", "number", "product", "state"]);
    assert_eq!(accounts[0]["number"], me.accounts[0].masked());
    assert!(!told.to_string().contains(&me.accounts[0].number));
    // The same account has the same name in the next consent; nothing ticked is nothing told.
    let again = w.granted(&SLOTS).await;
    assert_eq!(w.told(again.access.expose()).await.1["accounts"][0]["id"], accounts[0]["id"]);
    assert_eq!(w.told(w.granted(&[]).await.access.expose()).await.1["accounts"], serde_json::json!([]));
    for token in ["", "sai", grant.refresh.as_ref().unwrap().expose()] {
        assert_eq!(w.told(token).await.0, StatusCode::UNAUTHORIZED, "{token}");
    }
    w.clock.advance(6 * 60_000);
    assert_eq!(w.told(grant.access.expose()).await.0, StatusCode::UNAUTHORIZED, "old");
    // Where no test is configured, its answer is none.
    let access = w.granted(&SLOTS).await.access;
    let url = format!("{}{ACCOUNTS}", w.there.at);
    assert!(Desk::new(At { url: url.clone(), local: true }).unwrap().accounts(access.expose()).await.is_ok());
    assert_eq!(Desk::new(At { url, local: false }).err(), Some(Unanswered::Address));
}

#[tokio::test]
async fn n13_requests_are_pushed_and_people_prove_themselves_each_time() {
    let w = World::new().await;
    let plain = format!(
        "/oauth2/authorize?response_type=code&client_id=sandbox-cong&scope=openid&redirect_uri={HOME}/tai-khoan/ngan-hang/bank/ve\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
    );
    let answer = w.there.bank.router().oneshot(Request::get(plain).body(Body::empty()).unwrap()).await.unwrap();
    let to = answer.headers()["location"].to_str().unwrap();
    assert!(to.contains("error=invalid_request"), "{to}");
    w.granted(&SLOTS).await;
    // Signed in and agreed a moment ago: asked all the same.
    let departure = w.departs().await;
    let flow = w.there.signs_in(&departure, w.there.me()).await;
    assert!(w.there.page(&flow).await.contains("Chọn tài khoản để liên kết"));
    // Who has none reads so.
    let nobody = w.there.holder(0);
    let flow = w.there.signs_in(&w.departs().await, nobody).await;
    assert!(w.there.page(&flow).await.contains("chưa có tài khoản nào"));
}

#[tokio::test]
async fn n13_wrong_passwords_foreign_forms_and_other_sites_get_nothing() {
    let w = World::new().await;
    let number = w.there.me().person.number.expose().to_owned();
    let door = w.there.page("/dang-nhap").await;
    let token = hidden(&door, "token");
    let tries = |number: &str, password: &str, token: &str| {
        let fields = [("token", token), ("number", number), ("password", password)].map(|(n, v)| (n, v.to_owned()));
        let there = &w.there;
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            there.post("/dang-nhap", &fields).await
        }
    };
    assert_eq!(tries(&number, PASSWORD, "sai").await, StatusCode::BAD_REQUEST);
    assert_eq!(tries("12", PASSWORD, &token).await, StatusCode::UNPROCESSABLE_ENTITY);
    for n in 0..12 {
        assert_eq!(tries(&number, "sai", &token).await, StatusCode::UNPROCESSABLE_ENTITY, "{n}");
    }
    assert_eq!(tries(&number, PASSWORD, &token).await, StatusCode::UNPROCESSABLE_ENTITY, "too often, right or not");
    w.clock.advance(16 * 60_000);
    assert_eq!(tries(&number, PASSWORD, &token).await, StatusCode::SEE_OTHER);
    assert_eq!(w.there.post("/dong-y", &[("token", "sai"), ("client", "sandbox-cong")]).await, StatusCode::BAD_REQUEST);
    let request = Request::post("/loi").header("sec-fetch-site", "cross-site");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(Body::from("fault=down"));
    let answer = w.there.bank.router().oneshot(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    for path in ["/", "/loi", "/oauth2/logout"] {
        w.there.page(path).await;
    }
}

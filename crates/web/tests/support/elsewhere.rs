//! Another's provider on a real port of this machine: OpenID Connect as a test wants it, signed with a key of its own.

use super::browser::Browser;
use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use base::clock::{Clock, Entropy};
use domain::{core::Core, packs::Text};
use identity::{
    jws::Signer,
    rp::{ClientAuth, Config, Rp},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

const CLIENT: &str = "tinh-thu";

#[derive(Clone)]
pub struct Elsewhere(Arc<Inner>);

struct Inner {
    issuer: String,
    signer: Signer,
    clock: Mutex<Option<Clock>>,
    says: Mutex<Says>,
}

/// What it will say next.
#[derive(Default, Clone)]
struct Says {
    nonce: String,
    acr: String,
    sid: String,
    /// Behind the name of each session there.
    session: &'static str,
    claims: Value,
    down: bool,
}

impl Elsewhere {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let (signer, _) = Signer::generate(&Entropy::system()).unwrap();
        let it = Self(Arc::new(Inner { issuer, signer, clock: Mutex::default(), says: Mutex::default() }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/token", axum::routing::post(token))
            .route("/userinfo", get(userinfo))
            .route("/jwks", get(async |State(it): State<Self>| Json(json!({ "keys": [it.0.signer.public()] }))))
            .with_state(it.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        it
    }

    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// As a province has it in its configuration.
    pub fn provider(&self, core: &Core, name: &str) -> web::Provider {
        *self.0.clock.lock().unwrap() = Some(core.clock.clone());
        let pairs = |list: &[(&str, &str)]| list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let way = format!("{}/dang-nhap/lien-thong/{name}/ve", core.settings.origin);
        let config = Config {
            levels: ["phone", "verified", "high"].map(str::to_owned).to_vec(),
            acr_map: pairs(&[("LoA1", "phone"), ("LoA2", "verified"), ("LoA3", "high")]),
            claim_map: pairs(&[
                ("number", "SoDinhDanh"),
                ("full_name", "HoVaTen"),
                ("birth_date", "NgayThangNamSinh"),
                ("sex", "GioiTinh"),
                ("phone", "SoDienThoai"),
                ("account_type", "LoaiTaiKhoan"),
                ("organization_code", "MaToChuc"),
                ("organization_name", "TenToChuc"),
            ]),
            allow_private: true,
            post_logout_redirect_uri: Some(format!("{}/dang-xuat/xong", core.settings.origin)),
            ..Config::new(name, &self.0.issuer, CLIENT, ClientAuth::SecretPost(base::keys::Secret::new("bí mật")), &way)
        };
        let rp = Rp::new(core.store.clone(), core.clock.clone(), core.entropy.clone(), core.keys.clone(), config);
        web::Provider {
            rp: rp.unwrap(),
            name: name.into(),
            label: Text { vi: "VNeID thử".into(), en: "Test VNeID".into() },
            origins: vec![self.0.issuer.clone()],
            staff: false,
            two_factor: None,
            organizations: vec!["organization".into()],
        }
    }

    /// The person agreed there: the address their browser comes back to. `departure` is where our form sent it.
    pub fn agrees(&self, departure: &str, sub: &str, acr: &str, claims: Value) -> String {
        let asked = query(departure);
        let mut all = claims;
        all["sub"] = sub.into();
        let mut says = self.0.says.lock().unwrap();
        says.nonce.clone_from(&asked["nonce"]);
        says.acr = acr.into();
        says.sid = format!("sid-of-{sub}{}", says.session);
        says.claims = all;
        format!("/dang-nhap/lien-thong/vneid/ve?code=c&state={}", asked["state"])
    }

    /// From now on people are signed in there in another session, named with this behind it.
    pub fn opens_another(&self, session: &'static str) {
        self.0.says.lock().unwrap().session = session;
    }

    pub fn goes_down(&self, down: bool) {
        self.0.says.lock().unwrap().down = down;
    }

    /// «Somebody signed out here», for our back-channel address.
    pub fn logout_token(&self, sub: &str, jti: &str) -> String {
        let now = self.now();
        let events = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
        let claims = json!({
            "iss": self.0.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": jti, "events": events,
            "sid": format!("sid-of-{sub}"),
        });
        self.0.signer.sign("logout+jwt", &claims).unwrap()
    }

    /// Something else that it says to us by itself, signed (P2); `change`: what of it is wrong.
    pub fn says(&self, typ: &str, jti: &str, name: &str, what: Value, change: impl FnOnce(&mut Value)) -> String {
        let now = self.now();
        let mut claims = json!({ "iss": self.0.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": jti });
        claims[name] = what;
        change(&mut claims);
        self.0.signer.sign(typ, &claims).unwrap()
    }

    fn now(&self) -> i64 {
        self.0.clock.lock().unwrap().as_ref().unwrap().now() / 1000
    }
}

async fn discovery(State(it): State<Elsewhere>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", it.0.issuer);
    Json(json!({
        "issuer": it.0.issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
        "jwks_uri": at("/jwks"), "userinfo_endpoint": at("/userinfo"), "end_session_endpoint": at("/logout"), "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"], "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn token(State(it): State<Elsewhere>) -> axum::response::Response {
    let says = it.0.says.lock().unwrap().clone();
    if says.down {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let now = it.now();
    let claims = json!({
        "iss": it.0.issuer, "aud": CLIENT, "sub": says.claims["sub"], "iat": now, "exp": now + 300, "auth_time": now,
        "nonce": says.nonce, "acr": says.acr, "amr": ["pwd", "sms"], "sid": says.sid,
    });
    let id_token = it.0.signer.sign("JWT", &claims).unwrap();
    Json(json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": id_token }))
        .into_response()
}

async fn userinfo(State(it): State<Elsewhere>) -> Json<Value> {
    Json(it.0.says.lock().unwrap().claims.clone())
}

/// The parameters of an address as they stand in it, with %-signs.
pub fn query(address: &str) -> BTreeMap<String, String> {
    let pairs = address.split_once('?').unwrap().1.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl Browser<'_> {
    /// On the first arrival: the phone, the consent and the code; where it is led then.
    pub async fn proves_phone(&mut self, led: &str, phone: &str, next: &str) -> String {
        assert!(led.starts_with("/lan-dau"), "{led}");
        self.get(led).await;
        let next = ("next", next);
        let asked = self.post("/lan-dau", &[("phone", phone), ("agreed", "1"), next]).await.leads_to();
        assert!(asked.starts_with("/lan-dau/ma"), "{asked}");
        let code = self.site.code(phone).await;
        self.post("/lan-dau/ma", &[("code", &code), next]).await.leads_to()
    }
}

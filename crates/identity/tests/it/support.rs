//! A role for tests: a town with three people, pages that are JSON, and a browser that keeps cookies.

use axum::{
    Json,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base::{
    clock::{Clock, Entropy, Millis, SECOND},
    i18n::Texts,
    ids::{Uuid, new_id},
    keys::{Keys, Secret},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::{
    error::Error,
    jws,
    provider::{
        Auth, Claim, ConsentAsk, LoginAsk, LogoutAsk, NewClient, Pages, Parts, People, Provider, SessionEnd, Settings,
        SignedIn,
    },
};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use store::{Store, Tx};
use tokio::net::TcpListener;

pub const NOW: Millis = 1_774_833_300_000;
pub const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-in-length";
/// A client's own address; nobody listens there.
pub const CALLBACK: &str = "https://tinh.example.vn/dang-nhap/ve";
pub const AN: Uuid = Uuid::from_u128(0xA);
pub const BINH: Uuid = Uuid::from_u128(0xB);
/// Ms An's personal number: it must not be found in any token name, log or address.
pub const NUMBER: &str = "044190001234";

/// Who lives here, and who is signed in.
pub struct Town {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    sessions: Mutex<HashMap<String, SignedIn>>,
    pub closed: Mutex<Vec<Uuid>>,
}

#[async_trait::async_trait]
impl People for Town {
    async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<SignedIn>, Error> {
        let cookies = headers.get(header::COOKIE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let session = cookies.split(';').find_map(|c| c.trim().strip_prefix("town="));
        Ok(session.and_then(|s| self.sessions.lock().unwrap().get(s).cloned()))
    }

    async fn claims(&self, person: Uuid, names: &[String]) -> Result<Vec<Claim>, Error> {
        let name = if person == AN { "Nguyễn Thị An" } else { "Trần Văn Bình" };
        let all = [
            ("name", json!(name), "population-registry", "high"),
            ("birthdate", json!("1990-02-03"), "population-registry", "high"),
            ("phone_number", json!("+84912345678"), "self", "low"),
            ("phone_number_verified", json!(true), "self", "low"),
            ("email", json!("an@example.vn"), "self", "low"),
            ("email_verified", json!(false), "self", "low"),
            ("address", json!({ "formatted": "Đông Hà, Quảng Trị" }), "self", "low"),
            ("SoDinhDanh", json!(NUMBER), "population-registry", "high"),
        ];
        let wanted = all.into_iter().filter(|(n, ..)| names.iter().any(|name| name == n));
        let claim = |(name, value, source, assurance): (&str, Value, &str, &str)| Claim {
            name: name.into(),
            value,
            source: source.into(),
            assurance: assurance.into(),
            at: NOW - 1000 * SECOND,
        };
        Ok(wanted.map(claim).collect())
    }

    async fn is_active(&self, person: Uuid) -> Result<bool, Error> {
        Ok(!self.closed.lock().unwrap().contains(&person))
    }

    async fn sign_out(&self, session: Uuid, end: SessionEnd) -> Result<Vec<HeaderValue>, Error> {
        self.store.write(move |tx: Tx| async move { end.put(&tx).await }).await?;
        self.sessions.lock().unwrap().retain(|_, s| s.session != session);
        Ok(vec![HeaderValue::from_static("town=; Path=/; Max-Age=0")])
    }
}

#[async_trait::async_trait]
impl Pages for Town {
    async fn login(&self, ask: LoginAsk, _: &HeaderMap) -> Response {
        let reason = format!("{:?}", ask.reason);
        let page = json!({ "page": "login", "back": ask.back, "cancel": ask.cancel, "token": ask.token, "client": ask.client,
            "reason": reason, "hint": ask.hint, "acr": ask.acr });
        Json(page).into_response()
    }

    async fn consent(&self, ask: ConsentAsk, _: &HeaderMap) -> Response {
        let claims: Vec<Value> = ask
            .claims
            .iter()
            .map(|c| json!({ "name": c.name, "essential": c.essential, "ticked": c.ticked }))
            .collect();
        let page = json!({ "page": "consent", "action": ask.action, "token": ask.token, "client": ask.client, "claims": claims,
            "offline": ask.offline, "leads_to": ask.leads_to });
        Json(page).into_response()
    }

    async fn logout(&self, ask: LogoutAsk, _: &HeaderMap) -> Response {
        let hidden: Map<String, Value> = ask.hidden.into_iter().map(|(n, v)| (n.to_owned(), json!(v))).collect();
        Json(json!({ "page": "logout", "action": ask.action, "hidden": hidden, "client": ask.client })).into_response()
    }

    async fn signed_out(&self, left: bool, _: &HeaderMap) -> Response {
        Json(json!({ "page": "signed-out", "left": left })).into_response()
    }
}

/// `/test/login?person=a&acr=…`: the town's own way of signing in.
async fn sign_in(State(town): State<Arc<Town>>, Query(asked): Query<HashMap<String, String>>) -> Response {
    let person = if asked.get("person").is_some_and(|p| p == "binh") { BINH } else { AN };
    let acr = asked.get("acr").cloned().unwrap_or_else(|| "loa:1".into());
    let session = new_id(&town.clock, &town.entropy);
    let (amr, auth_time) = (vec!["pwd".into(), "sms".into()], town.clock.now());
    let signed = SignedIn { person, session, acr, amr, auth_time, pending: false };
    let key = session.simple().to_string();
    town.sessions.lock().unwrap().insert(key.clone(), signed);
    ([(header::SET_COOKIE, format!("town={key}; Path=/; HttpOnly; SameSite=Lax"))], "ok").into_response()
}

/// A running provider.
pub struct House {
    pub provider: Provider,
    pub town: Arc<Town>,
    pub clock: Clock,
    pub url: String,
    pub client_id: String,
    pub secret: String,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for House {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

pub fn serve(listener: TcpListener, router: axum::Router) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap()
    })
}

/// A confidential client that may ask for everything here.
pub fn province(id: &str) -> NewClient {
    NewClient {
        scopes: ["openid", "profile", "phone", "email", "address", "offline_access", "provenance"]
            .map(str::to_owned)
            .into(),
        claims: [
            "name",
            "birthdate",
            "phone_number",
            "phone_number_verified",
            "email",
            "email_verified",
            "address",
            "SoDinhDanh",
        ]
        .map(str::to_owned)
        .into(),
        may_refresh: true,
        ..NewClient::new(id, "Cổng tỉnh", Auth::ClientSecretBasic, CALLBACK)
    }
}

impl House {
    pub async fn on(store: &Store) -> Self {
        Self::with(store, Clock::fixed(NOW), |_| {}).await
    }

    pub async fn with(store: &Store, clock: Clock, change: impl FnOnce(&mut Settings)) -> Self {
        let (listener, url) = listen().await;
        let entropy = Entropy::seeded(42);
        let town = Arc::new(Town {
            store: store.clone(),
            clock: clock.clone(),
            entropy: Entropy::seeded(43),
            sessions: Mutex::default(),
            closed: Mutex::default(),
        });
        let mut settings = Settings::new(&url);
        settings.acr = vec!["loa:1", "loa:2", "loa:3"];
        settings.more_claims = vec!["SoDinhDanh"];
        settings.allow_private = true;
        change(&mut settings);
        let provider = Provider::new(Parts {
            store: store.clone(),
            clock: clock.clone(),
            entropy,
            keys: Keys::new(&[7; 32]),
            texts: Arc::new(Texts::load(identity::text_sources()).unwrap()),
            settings,
            people: town.clone(),
            pages: town.clone(),
        })
        .unwrap();
        let secret = provider.add_client(province("tinh")).await.unwrap().unwrap().unwrap();
        let router =
            provider.router().merge(axum::Router::new().route("/test/login", get(sign_in)).with_state(town.clone()));
        let server = serve(listener, router);
        let secret = secret.expose().to_owned();
        Self { provider, town, clock, url, client_id: "tinh".into(), secret, server }
    }

    pub async fn add(&self, client: NewClient) -> Option<String> {
        let secret: Option<Secret> = self.provider.add_client(client).await.unwrap().unwrap();
        secret.map(|s| s.expose().to_owned())
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// What a well-behaved client asks for, with changes: a value of "" leaves the parameter out.
    pub fn asking(&self, changes: &[(&str, &str)]) -> Vec<(String, String)> {
        let challenge = URL_SAFE_NO_PAD.encode(digest(VERIFIER));
        let mut pairs: Vec<(String, String)> = [
            ("response_type", "code"),
            ("client_id", &self.client_id),
            ("redirect_uri", CALLBACK),
            ("scope", "openid profile"),
            ("state", "trạng-thái 1"),
            ("nonce", "nonce-1"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .into();
        for (name, value) in changes {
            pairs.retain(|(n, _)| n != name);
            if !value.is_empty() {
                pairs.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        pairs
    }

    pub fn authorize(&self, changes: &[(&str, &str)]) -> String {
        query(&self.at("/oauth2/authorize"), &self.asking(changes))
    }

    /// A code for Ms An, who signs in and agrees to everything.
    pub async fn code(&self, browser: &Browser, changes: &[(&str, &str)]) -> String {
        let left = browser.through(self, &self.authorize(changes)).await;
        left.get("code").unwrap_or_else(|| panic!("no code: {left:?}")).clone()
    }

    /// Shows a code; the answer whatever it is.
    pub async fn redeem(&self, code: &str, changes: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        for (name, value) in changes {
            form.retain(|(n, _)| n != name);
            if !value.is_empty() {
                form.push((name, value));
            }
        }
        self.post("/oauth2/token", &form).await
    }

    pub async fn tokens(&self, browser: &Browser, changes: &[(&str, &str)]) -> Value {
        let code = self.code(browser, changes).await;
        let (status, tokens) = self.redeem(&code, &[]).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    pub async fn refresh(&self, token: &str) -> (u16, Value) {
        self.post("/oauth2/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// A form with this client's secret.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let request = http().post(self.at(path)).basic_auth(&self.client_id, Some(&self.secret)).form(form);
        answer(request).await
    }

    /// A form without any proof but what is in it.
    pub async fn post_bare(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        answer(http().post(self.at(path)).form(form)).await
    }

    pub async fn userinfo(&self, access: &str) -> (u16, Value) {
        answer(http().get(self.at("/oauth2/userinfo")).bearer_auth(access)).await
    }

    pub async fn is_active(&self, token: &str) -> bool {
        self.post("/oauth2/introspect", &[("token", token)]).await.1["active"] == true
    }

    /// Claims of a token of ours, proven by the published keys.
    pub async fn proven(&self, token: &str) -> Map<String, Value> {
        let (_, set) = answer(http().get(self.at("/oauth2/jwks"))).await;
        jws::read(token).unwrap().verify(&jws::keys_of(&set), &[jws::Alg::ES256]).unwrap()
    }

    /// What a client gets for a code of this browser, with its own secret.
    pub async fn tokens_of(&self, browser: &Browser, id: &str, secret: &str) -> Value {
        let code = self.code(browser, &[("client_id", id)]).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let request = http().post(self.at("/oauth2/token")).basic_auth(id, Some(secret)).form(&form);
        let (status, tokens) = answer(request).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }
}

pub fn digest(text: &str) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(text).into()
}

pub fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

/// Status and JSON; `null` when it is none.
pub async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or(Value::Null))
}

pub fn query(at: &str, pairs: &[(String, String)]) -> String {
    format!("{at}?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// Where a browser has come to.
#[derive(Debug)]
pub enum Stop {
    /// A page of the role (JSON), or any other (its text under `text`).
    Page(u16, Value),
    /// It was sent to another site: the address without its query, and the query.
    Left(String, HashMap<String, String>),
}

/// A browser: keeps cookies, follows redirects within the provider, stops at the door of another site.
pub struct Browser {
    client: reqwest::Client,
}

impl Default for Browser {
    fn default() -> Self {
        let builder =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).cookie_store(true).no_proxy();
        Self { client: builder.build().unwrap() }
    }
}

impl Browser {
    pub async fn get(&self, house: &House, url: &str) -> Stop {
        self.follow(house, self.client.get(url)).await
    }

    pub async fn post(&self, house: &House, path: &str, form: &[(&str, &str)]) -> Stop {
        self.follow(house, self.client.post(house.at(path)).form(form)).await
    }

    async fn follow(&self, house: &House, request: reqwest::RequestBuilder) -> Stop {
        let mut response = request.send().await.unwrap();
        for _ in 0..10 {
            let Some(to) = response.headers().get("location") else {
                let status = response.status().as_u16();
                let body = response.text().await.unwrap();
                return Stop::Page(status, serde_json::from_str(&body).unwrap_or_else(|_| json!({ "text": body })));
            };
            let to = to.to_str().unwrap().to_owned();
            let to = if to.starts_with('/') { house.at(&to) } else { to };
            if !to.starts_with(&house.url) {
                let (at, query) = to.split_once('?').unwrap_or((&to, ""));
                return Stop::Left(at.to_owned(), form_urlencoded::parse(query.as_bytes()).into_owned().collect());
            }
            response = self.client.get(to).send().await.unwrap();
        }
        panic!("too many redirects");
    }

    pub async fn sign_in(&self, house: &House, person: &str, acr: &str) {
        let at = query(&house.at("/test/login"), &[("person".into(), person.into()), ("acr".into(), acr.into())]);
        assert!(self.client.get(at).send().await.unwrap().status().is_success());
    }

    /// Signs in as Ms An and agrees to everything, as far as it is asked.
    pub async fn through(&self, house: &House, url: &str) -> HashMap<String, String> {
        let mut stop = self.get(house, url).await;
        for _ in 0..4 {
            stop = match stop {
                Stop::Left(_, query) => return query,
                Stop::Page(_, page) if page["page"] == "login" => {
                    self.sign_in(house, "an", page["acr"].as_str().unwrap_or("loa:1")).await;
                    self.get(house, &house.at(text(&page, "back"))).await
                }
                Stop::Page(_, page) if page["page"] == "consent" => self.agree(house, &page, None).await,
                Stop::Page(status, page) => panic!("unexpected page {status}: {page}"),
            };
        }
        panic!("no end: {stop:?}");
    }

    /// Answers a consent page; `None` ticks everything.
    pub async fn agree(&self, house: &House, page: &Value, ticked: Option<&[&str]>) -> Stop {
        let all: Vec<&str> = page["claims"].as_array().unwrap().iter().map(|c| text(c, "name")).collect();
        let mut form = vec![("answer", "allow"), ("token", text(page, "token"))];
        form.extend(ticked.unwrap_or(&all).iter().map(|name| ("claim", *name)));
        self.post(house, text(page, "action"), &form).await
    }
}

impl Stop {
    pub fn page(self) -> Value {
        match self {
            Self::Page(_, page) => page,
            left => panic!("not a page: {left:?}"),
        }
    }

    pub fn left(self) -> HashMap<String, String> {
        match self {
            Self::Left(_, query) => query,
            page => panic!("still here: {page:?}"),
        }
    }
}

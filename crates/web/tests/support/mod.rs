//! A site for tests: the real router over a test database, with people who are signed in. Requests go through every
//! middleware, as a browser without JavaScript would send them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod browser;
pub mod elsewhere;
pub mod logs;
pub mod open311;
pub mod portal;
pub mod registry;
pub mod uploads;
pub mod wizard;

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use base::{clock::DAY, ids::Uuid, keys::Purpose};
use domain::{
    accounts::{Accounts, verify::registry::Registry},
    core::{Core, Settings},
    reports::{Command, act::Done, act_as_officer, rows},
    rights::{Officer, Role},
    testing,
};
use http_body_util::BodyExt;
use std::sync::{Arc, atomic::AtomicBool};
use store::{
    Insert, Tx,
    testing::{TestStore, each_engine},
};
use tower::ServiceExt;
use web::{HttpSettings, Parts, Web};

pub struct Site {
    pub core: Core,
    pub accounts: Accounts,
    pub web: Web,
    router: Router,
    _db: TestStore,
}

/// Who sends a request.
#[derive(Clone, Default)]
pub struct Person {
    pub account: Uuid,
    pub cookie: String,
    pub csrf: String,
}

/// Somebody who is not signed in.
pub fn anybody() -> Person {
    Person::default()
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.to_vec()).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// Where a 303 leads; any other answer fails the test with its page.
    pub fn leads_to(&self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text());
        self.header("location").to_owned()
    }

    /// A page, whole and without a text that is missing or code that the policy forbids.
    pub fn page(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        self.checked()
    }

    /// The same for a page of any status.
    pub fn checked(&self) -> String {
        let html = self.text();
        assert!(self.header("content-type").starts_with("text/html"), "{}", self.header("content-type"));
        for bad in ["⟨", " style=", "<script>", "javascript:", " onclick", "/static/missing"] {
            assert!(!html.contains(bad), "{bad} in {html}");
        }
        html
    }
}

/// Runs a test on SQLite and, where there is one, on PostgreSQL.
pub async fn each(test: impl AsyncFn(Site)) {
    each_engine(async |db| test(Site::on(db).await).await).await;
}

impl Site {
    pub async fn on(db: TestStore) -> Self {
        Self::with(db, HttpSettings::default()).await
    }

    pub async fn with(db: TestStore, http: HttpSettings) -> Self {
        Self::among(db, http, |_| Vec::new()).await
    }

    /// With providers that people may come from.
    pub async fn among(db: TestStore, http: HttpSettings, providers: impl FnOnce(&Core) -> Vec<web::Provider>) -> Self {
        Self::wired(db, http, providers, None).await
    }

    /// With somebody who answers for the population registry.
    pub async fn asking(db: TestStore, registry: Arc<dyn Registry>) -> Self {
        Self::wired(db, HttpSettings::default(), |_| Vec::new(), Some(registry)).await
    }

    /// With both.
    pub async fn wired(
        db: TestStore,
        http: HttpSettings,
        providers: impl FnOnce(&Core) -> Vec<web::Provider>,
        registry: Option<Arc<dyn Registry>>,
    ) -> Self {
        let core = testing::core_with(&db, web::text_sources()).await;
        let providers = providers(&core);
        let (parts, accounts) = Self::parts(&core, http, providers, registry);
        let web = web::open(parts).unwrap();
        Self { core, accounts, router: web::router(web.clone()), web, _db: db }
    }

    /// A province that tells the national portal of its dossiers (N14).
    pub async fn telling(db: TestStore) -> Self {
        let core = testing::core_with(&db, web::text_sources()).await;
        let (parts, accounts) = Self::parts(&core, HttpSettings::default(), Vec::new(), None);
        let web = web::open(Parts { tells_portal: true, ..parts }).unwrap();
        Self { core, accounts, router: web::router(web.clone()), web, _db: db }
    }

    /// The same, and this provider is the portal that says what was paid (P2).
    pub async fn hearing(db: TestStore, portal: impl FnOnce(&Core) -> web::Provider) -> Self {
        let core = testing::core_with(&db, web::text_sources()).await;
        let portal = portal(&core);
        let name = portal.name.clone();
        let (parts, accounts) = Self::parts(&core, HttpSettings::default(), vec![portal], None);
        let web = web::open(Parts { tells_portal: true, portal: Some(name), ..parts }).unwrap();
        Self { core, accounts, router: web::router(web.clone()), web, _db: db }
    }

    /// The portal where fees can be paid (P2), with authorities that people register with.
    pub async fn national_paying(
        db: TestStore,
        authorities: Arc<dyn domain::accounts::authority::Authorities>,
        gateway: Option<Arc<dyn domain::payments::gateway::Gateway>>,
    ) -> Self {
        let settings = Settings { demo: true, ..Settings::default() };
        let core = testing::core_for(&db, testing::national_pack(), web::text_sources(), settings).await;
        let core = core.with(|parts| parts.authorities = authorities);
        let (parts, accounts) = Self::parts(&core, HttpSettings::default(), Vec::new(), None);
        let till = gateway.map(|gateway| web::Till { gateway, origins: vec!["https://pay.example.vn".into()] });
        let web = web::national::open(Parts { till, ..parts }).unwrap();
        web.issuer.as_ref().unwrap().rotate_keys().await.unwrap();
        Self { core, accounts, router: web::national_router(web.clone()), web, _db: db }
    }

    /// The national portal (S5).
    pub async fn national(
        db: TestStore,
        providers: impl FnOnce(&Core) -> Vec<web::Provider>,
        authorities: Option<Arc<dyn domain::accounts::authority::Authorities>>,
    ) -> Self {
        Self::national_at(db, &Settings::default().origin, None, providers, authorities).await
    }

    /// The national portal with somebody who answers for the population registry (N7).
    pub async fn national_asking(
        db: TestStore,
        providers: impl FnOnce(&Core) -> Vec<web::Provider>,
        registry: Arc<dyn Registry>,
    ) -> Self {
        let origin = Settings::default().origin;
        Self::national_wired(db, &origin, None, providers, None, Some(registry)).await
    }

    /// The same at an address, and by another clock than the one that stands still.
    pub async fn national_at(
        db: TestStore,
        origin: &str,
        clock: Option<base::clock::Clock>,
        providers: impl FnOnce(&Core) -> Vec<web::Provider>,
        authorities: Option<Arc<dyn domain::accounts::authority::Authorities>>,
    ) -> Self {
        Self::national_wired(db, origin, clock, providers, authorities, None).await
    }

    async fn national_wired(
        db: TestStore,
        origin: &str,
        clock: Option<base::clock::Clock>,
        providers: impl FnOnce(&Core) -> Vec<web::Provider>,
        authorities: Option<Arc<dyn domain::accounts::authority::Authorities>>,
        registry: Option<Arc<dyn Registry>>,
    ) -> Self {
        let settings = Settings { demo: true, origin: origin.into(), ..Settings::default() };
        let core = testing::core_for(&db, testing::national_pack(), web::text_sources(), settings).await;
        let core = core.with(|parts| {
            parts.authorities = authorities.unwrap_or_else(|| parts.authorities.clone());
            parts.clock = clock.unwrap_or_else(|| parts.clock.clone());
        });
        let providers = providers(&core);
        let (parts, accounts) = Self::parts(&core, HttpSettings::default(), providers, registry);
        let web = web::national::open(parts).unwrap();
        web.issuer.as_ref().unwrap().rotate_keys().await.unwrap();
        Self { core, accounts, router: web::national_router(web.clone()), web, _db: db }
    }

    /// The portal where digital signatures are believed (N4).
    pub async fn national_believing(
        db: TestStore,
        clock: base::clock::Clock,
        authorities: Arc<dyn domain::accounts::authority::Authorities>,
        signatures: signing::Verifier,
        remote: Option<Arc<dyn signing::remote::Remote>>,
    ) -> Self {
        let settings = Settings { demo: true, ..Settings::default() };
        let core = testing::core_for(&db, testing::national_pack(), web::text_sources(), settings).await;
        let core = core.with(|parts| (parts.authorities, parts.clock) = (authorities, clock));
        let (parts, accounts) = Self::parts(&core, HttpSettings::default(), Vec::new(), None);
        let web = web::national::open(Parts { signatures: Some(Arc::new(signatures)), remote, ..parts }).unwrap();
        Self { core, accounts, router: web::national_router(web.clone()), web, _db: db }
    }

    /// The portal with banks to link accounts of (N13).
    pub async fn national_banking(
        db: TestStore,
        clock: base::clock::Clock,
        banks: impl FnOnce(&Core) -> Vec<web::Bank>,
    ) -> Self {
        let settings = Settings { demo: true, ..Settings::default() };
        let core = testing::core_for(&db, testing::national_pack(), web::text_sources(), settings).await;
        let core = core.with(|parts| parts.clock = clock);
        let (parts, accounts) = Self::parts(&core, HttpSettings::default(), Vec::new(), None);
        let web = web::national::open(Parts { banks: banks(&core), ..parts }).unwrap();
        web.issuer.as_ref().unwrap().rotate_keys().await.unwrap();
        Self { core, accounts, router: web::national_router(web.clone()), web, _db: db }
    }

    fn parts(
        core: &Core,
        http: HttpSettings,
        providers: Vec<web::Provider>,
        registry: Option<Arc<dyn Registry>>,
    ) -> (Parts, Accounts) {
        logs::keep();
        let accounts = Accounts::new(core.clone()).unwrap();
        let parts = Parts {
            providers,
            banks: Vec::new(),
            till: None,
            registry,
            signatures: None,
            remote: None,
            issuer: None,
            core: core.clone(),
            accounts: accounts.clone(),
            http,
            tells_portal: false,
            portal: None,
            sms_status: None,
            metrics: metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle(),
            closing: Arc::new(AtomicBool::new(false)),
        };
        (parts, accounts)
    }

    /// A citizen of Phường Đồng Hới, signed in; `n` makes the phone and the name.
    pub async fn citizen(&self, n: u32) -> Person {
        let account = testing::citizen(&self.core, n).await;
        self.sign_in(account, "phien", "otp").await
    }

    /// A session as if the person had signed in. `cookie` is `phien` for citizens, `phien-cb` for staff.
    pub async fn sign_in(&self, account: Uuid, cookie: &str, method: &'static str) -> Person {
        let session = self.core.new_id();
        let token = format!("token-of-{}", session.simple());
        let hash = self.core.keys.hash(Purpose::Session, &[b"session", token.as_bytes()]);
        let now = self.core.now();
        let written = self.core.store.write(move |tx: Tx| async move {
            Insert::into("session")
                .set("id", session)
                .set("account_id", account)
                .set("token_hash", hash.to_vec())
                .set("method", method)
                .set("device", "Test")
                .set("device_key", vec![0u8; 32])
                .set("created_at", now)
                .set("last_seen_at", now)
                .set("expires_at", now + 30 * DAY)
                .set("proved_at", now)
                .exec(&tx)
                .await
        });
        written.await.unwrap();
        Person {
            account,
            cookie: format!("{cookie}-quang-tri={token}"),
            csrf: self.accounts.csrf_token(session.as_bytes()),
        }
    }

    pub async fn officer(&self, unit: &str) -> Officer {
        testing::officer(&self.core, "Cán Bộ Thử", unit, Role::UnitLeader).await
    }

    /// What an officer does with a report, whatever its version is now.
    pub async fn staff(&self, by: &Officer, code: &str, command: Command) -> Done {
        self.core.clock.advance(1000);
        let seen = rows::by_code(self.core.store.read(), code).await.unwrap().unwrap().version;
        act_as_officer(&self.core, by, code, seen, command, vec![]).await.unwrap()
    }

    /// For a test that needs a real port.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        logs::note_address(&parts.headers);
        Answer { status: parts.status, headers: parts.headers, bytes: body.collect().await.unwrap().to_bytes() }
    }

    /// `accept`: what the browser or the script wants to read.
    fn request(method: &str, who: &Person, path: &str, accept: &str) -> axum::http::request::Builder {
        let mut builder = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost:8080")
            .header(header::ACCEPT, accept)
            .header("sec-fetch-site", "same-origin");
        if !who.cookie.is_empty() {
            builder = builder.header(header::COOKIE, &who.cookie);
        }
        builder
    }

    /// A request of our own scripts: JSON wanted, the token in a header.
    fn scripted(method: &str, who: &Person, path: &str) -> axum::http::request::Builder {
        Self::request(method, who, path, "application/json").header("x-csrf-token", &who.csrf)
    }

    pub async fn get(&self, who: &Person, path: &str) -> Answer {
        self.send(Self::request("GET", who, path, "text/html").body(Body::empty()).unwrap()).await
    }

    /// A form, with the anti-forgery token that its page carried.
    pub async fn post(&self, who: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("csrf", who.csrf.as_str())];
        all.extend(fields);
        let body: Vec<String> = all.iter().map(|(n, v)| format!("{n}={}", encode(v))).collect();
        self.post_bytes(who, path, "application/x-www-form-urlencoded", body.join("&").into_bytes()).await
    }

    pub async fn post_bytes(&self, who: &Person, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let request = Self::request("POST", who, path, "text/html").header(header::CONTENT_TYPE, kind);
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// A form with files: (name of the input, name of the file, bytes).
    pub async fn upload(
        &self,
        who: &Person,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Answer {
        let mut all = vec![("csrf", who.csrf.as_str())];
        all.extend(fields);
        self.post_bytes(who, path, &format!("multipart/form-data; boundary={BOUNDARY}"), multipart(&all, files)).await
    }

    /// What our own scripts send.
    pub async fn script(&self, who: &Person, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let request = Self::scripted("POST", who, path).header(header::CONTENT_TYPE, kind);
        self.send(request.body(Body::from(body)).unwrap()).await
    }
}

pub const BOUNDARY: &str = "----grenze";

pub fn multipart(fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    for (input, name, bytes) in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{input}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend(head.bytes());
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

/// A photo: the smallest PNG there is.
pub fn photo() -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    const PNG: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    STANDARD.decode(PNG).unwrap()
}

pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect()
}

//! Other systems of the province that staff sign in to through the console (S2): connected by an administrator, opened by a tile, told a name,
//! the unit and the roles, and ended with the session.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    rights::{Officer, Role},
    testing,
};
use serde_json::{Value, json};
use store::Sql;
use support::{
    Person, Site,
    browser::{Browser, between},
    each, encode,
    portal::{CHALLENGE, VERIFIER},
};

const LIST: &str = "/can-bo/quan-ly/he-thong";
const TILES: &str = "/can-bo/he-thong";
const OURS: &str = "/can-bo/dang-nhap-chung";
const START: &str = "https://van-ban.example.vn/dang-nhap";
const BACK: &str = "https://van-ban.example.vn/ve";

async fn sits_down(site: &Site, officer: &Officer) -> Person {
    site.sign_in(officer.account, "phien-cb", "password+totp").await
}

async fn administrator(site: &Site) -> Person {
    let officer = testing::officer(&site.core, "Quản Trị", "*", Role::PlatformAdmin).await;
    sits_down(site, &officer).await
}

/// A browser in which this person is signed in.
fn browser<'s>(site: &'s Site, who: &Person) -> Browser<'s> {
    let mut browser = Browser::new(site);
    let (name, token) = who.cookie.split_once('=').unwrap();
    browser.cookies.insert(name.into(), token.into());
    browser.csrf.clone_from(&who.csrf);
    browser
}

/// A connected system, as it knows itself.
struct Connected {
    client: String,
    secret: String,
}

async fn connected(site: &Site, by: &Person) -> Connected {
    site.web.issuer.as_ref().unwrap().rotate_keys().await.unwrap();
    let fields = [
        ("name", "Quản lý văn bản"),
        ("about", "Văn bản đi, đến của các đơn vị"),
        ("start", START),
        ("redirect", BACK),
        ("logout", "https://van-ban.example.vn/dang-xuat"),
    ];
    let page = site.post(by, &format!("{LIST}/moi"), &fields).await.page();
    let client = format!("he-thong-{}", between(&page, "he-thong-", "<").unwrap());
    let secret = between(&page, "id=\"khoa\">", "<").unwrap();
    Connected { client, secret }
}

impl Connected {
    fn asks(&self, more: &str) -> String {
        format!(
            "{OURS}/oauth2/authorize?response_type=code&client_id={}&scope=openid%20staff&state=s&nonce=n&redirect_uri={}\
             &code_challenge={CHALLENGE}&code_challenge_method=S256{more}",
            self.client,
            encode(BACK)
        )
    }

    async fn redeem(&self, site: &Site, led: &str) -> Value {
        let code = between(led, "code=", "&").unwrap();
        let body =
            format!("grant_type=authorization_code&code={code}&redirect_uri={}&code_verifier={VERIFIER}", encode(BACK));
        let proof = STANDARD.encode(format!("{}:{}", self.client, self.secret));
        let request = Request::post(format!("{OURS}/oauth2/token"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, format!("Basic {proof}"));
        site.send(request.body(Body::from(body)).unwrap()).await.json()
    }
}

async fn userinfo(site: &Site, tokens: &Value) -> support::Answer {
    let token = tokens["access_token"].as_str().unwrap();
    let request =
        Request::get(format!("{OURS}/oauth2/userinfo")).header(header::AUTHORIZATION, format!("Bearer {token}"));
    site.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn s2_a_tile_opens_another_system_which_is_told_name_unit_and_roles_and_nothing_else() {
    each(async |site: Site| {
        let system = connected(&site, &administrator(&site).await).await;
        let lan = testing::officer(&site.core, "Bà Lan", "18880", Role::UnitLeader).await;
        let mut b = browser(&site, &sits_down(&site, &lan).await);
        let page = b.page(TILES).await;
        for words in
            ["Quản lý văn bản", "Văn bản đi, đến", "họ tên, đơn vị và vai trò", &format!("href=\"{START}?iss=")]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains(LIST), "who connects nothing is not led there");
        // The system sends the browser here, and gets it back at once: nobody is asked anything.
        let led = b.get(&system.asks("")).await.leads_to();
        assert!(led.starts_with(&format!("{BACK}?code=")), "{led}");
        let issuer = format!("{}{OURS}", site.core.settings.origin);
        assert!(led.contains(&format!("iss={}", encode(&issuer).replace("%2E", ".").replace("%2D", "-"))), "{led}");
        let tokens = system.redeem(&site, &led).await;
        let told = userinfo(&site, &tokens).await.json();
        assert_eq!((told["name"].as_str(), told["unit"].as_str()), (Some("Bà Lan"), Some("18880")));
        assert_eq!(told["unit_name"], "UBND phường Đồng Hới");
        assert_eq!(told["roles"], json!([{ "role": Role::UnitLeader.as_str(), "unit": "18880" }]));
        let mut names: Vec<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["name", "roles", "sub", "unit", "unit_name"]);
        assert!(!told["sub"].as_str().unwrap().contains(&lan.account.to_string()));
        // Another system knows her by another name.
        let other = connected(&site, &administrator(&site).await).await;
        let led = b.get(&other.asks("")).await.leads_to();
        let same = userinfo(&site, &other.redeem(&site, &led).await).await.json();
        assert_ne!(same["sub"], told["sub"]);
        assert_eq!(same["name"], "Bà Lan");
        // What is known of citizens is no claim here.
        let more = b.get(&system.asks("&scope=openid%20citizen")).await;
        assert_ne!(more.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn s2_who_is_not_at_work_signs_in_at_the_console_first_and_goes_on_from_there() {
    each(async |site: Site| {
        let system = connected(&site, &administrator(&site).await).await;
        let lan = testing::officer(&site.core, "Bà Lan", "18880", Role::UnitLeader).await;
        let mut b = Browser::new(&site);
        let flow = b.get(&system.asks("")).await.leads_to();
        assert!(flow.starts_with(&format!("{OURS}/oauth2/interaction/")), "{flow}");
        assert_eq!(b.get(&flow).await.leads_to(), format!("/can-bo/dang-nhap?next={flow}"));
        // A citizen is nobody here, nor is who still owes a second factor.
        let citizen = site.citizen(3).await;
        let mut mixed = b.clone();
        let (name, token) = citizen.cookie.split_once('=').unwrap();
        mixed.cookies.insert(name.into(), token.into());
        assert!(mixed.get(&flow).await.leads_to().starts_with("/can-bo/dang-nhap?"));
        let half = site.sign_in(lan.account, "phien-cb", "password").await;
        let mut owes = b.clone();
        let (name, token) = half.cookie.split_once('=').unwrap();
        owes.cookies.insert(name.into(), token.into());
        assert_eq!(owes.get(&flow).await.leads_to(), "/can-bo/bao-mat");
        // Signed in meanwhile: on to the system.
        let whole = sits_down(&site, &lan).await;
        let (name, token) = whole.cookie.split_once('=').unwrap();
        b.cookies.insert(name.into(), token.into());
        assert!(b.get(&flow).await.leads_to().starts_with(&format!("{BACK}?code=")));
        // A fresh proof is a fresh proof.
        site.core.clock.advance(20 * 60_000);
        let flow = b.get(&system.asks("&max_age=60")).await.leads_to();
        assert_eq!(b.get(&flow).await.leads_to(), format!("/can-bo/xac-nhan?next={flow}"));
        // Another browser's journey is nobody else's.
        let mut other = browser(&site, &whole);
        assert_eq!(other.get(&flow).await.status, StatusCode::BAD_REQUEST);
    })
    .await;
}

#[tokio::test]
async fn s2_what_a_system_was_given_ends_with_the_work_and_with_the_connection() {
    each(async |site: Site| {
        let admin = administrator(&site).await;
        let system = connected(&site, &admin).await;
        let lan = testing::officer(&site.core, "Bà Lan", "18880", Role::UnitLeader).await;
        let who = sits_down(&site, &lan).await;
        let mut b = browser(&site, &who);
        let led = b.get(&system.asks("")).await.leads_to();
        let tokens = system.redeem(&site, &led).await;
        assert_eq!(userinfo(&site, &tokens).await.status, StatusCode::OK);
        let ended = async || domain::national::ended_sessions(&site.core).await.unwrap().len();
        assert_eq!(ended().await, 0);
        site.core.clock.advance(31 * 60_000);
        assert_eq!(ended().await, 1, "half an hour without use ends the session of a member of staff");
        let gone = "UPDATE account SET blocked_at = $1 WHERE id = $2";
        let (now, id) = (site.core.now(), lan.account);
        let blocked = site
            .core
            .store
            .write(move |tx: store::Tx| async move { Sql::new(gone).bind(now).bind(id).exec(&tx).await });
        assert_eq!(blocked.await.unwrap(), 1);
        assert_eq!(
            userinfo(&site, &tokens).await.status,
            StatusCode::UNAUTHORIZED,
            "who may not work is told to nobody"
        );

        let admin = site.sign_in(admin.account, "phien-cb", "password+totp").await;
        let one = format!("{LIST}/{}", system.client);
        assert!(site.get(&admin, &one).await.page().contains("Ngắt kết nối"));
        assert_eq!(site.post(&admin, &format!("{one}/xoa"), &[]).await.leads_to(), LIST);
        assert!(!site.get(&admin, TILES).await.page().contains("Quản lý văn bản"));
        assert_eq!(b.get(&system.asks("")).await.status, StatusCode::BAD_REQUEST, "as if it were not there");
        assert_eq!(site.post(&admin, &format!("{one}/xoa"), &[]).await.status, StatusCode::NOT_FOUND);
        for act in ["system-connect", "system-disconnect"] {
            let sql = "SELECT count(*) FROM audit WHERE act = $1";
            let n: Option<i64> = Sql::new(sql).bind(act).scalar(site.core.store.read()).await.unwrap();
            assert_eq!(n, Some(1), "{act}");
        }
    })
    .await;
}

#[tokio::test]
async fn s2_only_an_administrator_of_the_province_connects_and_every_wrong_field_is_named() {
    each(async |site: Site| {
        let lan = testing::officer(&site.core, "Bà Lan", "18880", Role::UnitLeader).await;
        let lan = sits_down(&site, &lan).await;
        for path in [LIST.to_owned(), format!("{LIST}/moi"), format!("{LIST}/he-thong-0")] {
            assert_eq!(site.get(&lan, &path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        let admin = administrator(&site).await;
        assert!(site.get(&admin, TILES).await.page().contains(LIST));
        let page = site.get(&admin, &format!("{LIST}/moi")).await.page();
        assert!(page.contains("initiate_login_uri") && page.contains("OpenID Connect"), "{page}");
        let fields =
            [("name", "x"), ("about", ""), ("start", "van-ban"), ("redirect", "https://a.vn/#x"), ("logout", "")];
        let wrong = site.post(&admin, &format!("{LIST}/moi"), &fields).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = wrong.checked();
        for words in ["từ 3 đến 80 ký tự", "từ 3 đến 160 ký tự", "Địa chỉ không dùng được"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert_eq!(
            page.matches("Địa chỉ không dùng được").count() % 2,
            0,
            "start and redirect, in the summary and at the field"
        );
        let n: Option<i64> = Sql::new("SELECT count(*) FROM oidc_client").scalar(site.core.store.read()).await.unwrap();
        assert_eq!(n, Some(0));
    })
    .await;
}

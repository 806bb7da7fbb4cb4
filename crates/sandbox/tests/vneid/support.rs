//! A province for tests, the sandbox that its people sign in at, and a browser without JavaScript.

use base::{
    clock::{Clock, Entropy, Millis},
    keys::{Keys, Secret},
    phone::PhoneNumber,
};
use identity::rp::{Arrived, Ask, ClientAuth, Config, Rp, RpError};
use sandbox::{
    people::Resident,
    smsc::{Smsc, SmscOptions},
    vneid::{SCOPE, Service, Vneid, VneidOptions},
};
use std::{
    path::Path,
    sync::{Arc, Mutex},
};
use store::testing::TestStore;
use tempfile::TempDir;
use tokio::net::TcpListener;

pub const NOW: Millis = 1_795_266_000_000;
pub const PASSWORD: &str = "mat-khau-thu";
pub const HOME: &str = "https://quangtri.example.vn";
pub const LABEL: &str = "Môi trường thử nghiệm – không phải VNeID";
/// What the province's browser holds for its flow.
const MARK: &str = "browser";

pub struct World {
    pub vneid: Vneid,
    pub smsc: Smsc,
    pub clock: Clock,
    pub url: String,
    pub rp: Rp,
    _db: TestStore,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
        self.vneid.shutdown();
    }
}

fn resident(name: &str, phone: &str) -> Resident {
    Resident { name: name.into(), phone: PhoneNumber::parse(phone).unwrap(), note: "Có tài khoản".into() }
}

impl World {
    /// In a folder of its own, which goes at once: the open files stay.
    pub async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Self::at(folder.path(), None).await
    }

    pub async fn at(folder: &Path, backchannel: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let clock = Clock::fixed(NOW);
        let smsc = Smsc::new(SmscOptions::default(), clock.clone());
        let options = VneidOptions {
            issuer: url.clone(),
            data: folder.join("vneid"),
            keys: Keys::new(&[7; 32]),
            password: Secret::new(PASSWORD),
            residents: vec![resident("Trần Minh Họa", "0999000001"), resident("Nguyễn Thị Thử", "0999000002")],
            seed: 1,
            services: vec![Service {
                id: "congdanso-quang-tri".into(),
                name: "Cổng Quảng Trị".into(),
                home: HOME.into(),
                redirect_uri: format!("{HOME}/ve"),
                post_logout_uri: Some(format!("{HOME}/xong")),
                backchannel_logout_uri: backchannel,
            }],
            inbox: Some("http://localhost:8084".into()),
            clock: clock.clone(),
            entropy: Entropy::system(),
        };
        let vneid = Vneid::start(options, smsc.clone()).await.unwrap();
        let router = vneid.router();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let db = store::testing::sqlite().await;
        let client = &vneid.services()[0];
        let auth = ClientAuth::SecretBasic(client.secret.clone());
        let mut config = Config::new("vneid", vneid.issuer(), &client.id, auth, &format!("{HOME}/ve"));
        config.allow_private = true;
        config.scopes = vec![SCOPE.into()];
        config.levels = vec!["1".into(), "2".into()];
        config.acr_map = vec![("LoA1".into(), "1".into()), ("LoA2".into(), "2".into())];
        config.claim_map = [
            ("number", "SoDinhDanh"),
            ("name", "HoVaTen"),
            ("born", "NgayThangNamSinh"),
            ("sex", "GioiTinh"),
            ("phone", "SoDienThoai"),
        ]
        .map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned()))
        .to_vec();
        config.post_logout_redirect_uri = Some(format!("{HOME}/xong"));
        let keys = Keys::new(&[5; 32]);
        let rp = Rp::new(db.store.clone(), clock.clone(), Entropy::system(), keys, config).unwrap();
        Self { vneid, smsc, clock, url, rp, _db: db, server }
    }

    pub fn number(&self, at: usize) -> &str {
        self.vneid.people()[at].number.expose()
    }

    /// The six digits of the newest message to this person, and how many there are.
    pub fn code(&self, at: usize) -> (String, usize) {
        let messages = self.smsc.messages(Some(self.vneid.people()[at].phone.as_e164()));
        let text = &messages.first().unwrap().text;
        assert!(text.starts_with("[VNeID thử nghiệm] Mã: "), "{text}");
        (text.chars().filter(char::is_ascii_digit).take(6).collect(), messages.len())
    }

    /// Where the province sends a browser.
    pub async fn begin(&self, ask: Ask) -> String {
        self.rp.begin(MARK, ask).await.unwrap()
    }

    pub async fn finish(&self, query: &str) -> Result<Arrived, RpError> {
        self.rp.finish(MARK, query).await
    }

    /// Number and password of a person, typed at the page where the browser is now.
    pub async fn password(&self, browser: &Browser, page: &Page, at: usize) -> Page {
        let fields = [("number", self.number(at)), ("password", PASSWORD)];
        browser.send(page, "name=\"password\"", &fields).await.page()
    }

    /// From the login page to where it leads: number, password and the code of a person's phone.
    pub async fn sign_in(&self, browser: &Browser, page: &Page, at: usize) -> Stop {
        let page = self.password(browser, page, at).await;
        browser.send(&page, "name=\"code\"", &[("code", &self.code(at).0)]).await
    }

    /// A whole sign-in with every box as it is.
    pub async fn arrive(&self, browser: &Browser, at: usize) -> Arrived {
        let page = browser.get(&self.begin(Ask::default()).await).await.page();
        let page = self.sign_in(browser, &page, at).await.page();
        let query = browser.send(&page, "name=\"claim\"", &ticked(&["answer=allow"], &page)).await.left();
        self.finish(&query).await.unwrap()
    }
}

/// A page that the browser shows.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: u16,
    pub html: String,
    pub policy: String,
}

#[derive(Debug)]
pub enum Stop {
    Page(Page),
    /// Back at the province: its query.
    Left(String),
}

impl Stop {
    pub fn page(self) -> Page {
        match self {
            Self::Page(page) => page,
            Self::Left(query) => panic!("left: {query}"),
        }
    }

    pub fn left(self) -> String {
        match self {
            Self::Left(query) => query,
            Self::Page(page) => panic!("still here: {}", page.html),
        }
    }
}

impl Page {
    /// The form that holds this text: where it leads and its hidden fields.
    pub fn form(&self, holds: &str) -> (String, Vec<(String, String)>) {
        let forms = self.html.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap());
        let form =
            forms.into_iter().find(|form| form.contains(holds)).unwrap_or_else(|| panic!("{holds}: {}", self.html));
        let hidden = form.split("<input type=\"hidden\"").skip(1);
        (value(form, "action"), hidden.map(|field| (value(field, "name"), value(field, "value"))).collect())
    }

    pub fn says(&self, text: &str) {
        assert!(self.html.contains(text), "{text}: {}", self.html);
    }
}

/// The first attribute of this name.
fn value(html: &str, name: &str) -> String {
    html.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned()
}

/// `answer=…` with the boxes that are ticked on the page.
pub fn ticked<'a>(more: &[&'a str], page: &'a Page) -> Vec<(&'a str, &'a str)> {
    let boxes = page.html.split("<input type=\"checkbox\"").skip(1).map(|rest| rest.split('>').next().unwrap());
    let on = boxes.filter(|attributes| attributes.contains(" checked"));
    let claims =
        on.map(|attributes| ("claim", attributes.split("value=\"").nth(1).unwrap().split('"').next().unwrap()));
    more.iter().map(|pair| pair.split_once('=').unwrap()).chain(claims).collect()
}

/// Keeps cookies, follows redirects as far as the province's door, and remembers every address.
pub struct Browser {
    client: reqwest::Client,
    url: String,
    pub seen: Arc<Mutex<Vec<String>>>,
    pub cookies: Arc<Mutex<Vec<String>>>,
}

impl Browser {
    pub fn new(world: &World) -> Self {
        let builder =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).cookie_store(true).no_proxy();
        Self { client: builder.build().unwrap(), url: world.url.clone(), seen: Arc::default(), cookies: Arc::default() }
    }

    pub async fn get(&self, at: &str) -> Stop {
        let at = if at.starts_with('/') { format!("{}{at}", self.url) } else { at.to_owned() };
        self.follow(self.client.get(&at), at).await
    }

    pub async fn post(&self, path: &str, fields: &[(String, String)]) -> Stop {
        let at = format!("{}{path}", self.url);
        self.follow(self.client.post(&at).form(fields), at).await
    }

    /// Sends the form that holds this text, with these fields beside the hidden ones.
    pub async fn send(&self, page: &Page, holds: &str, fields: &[(&str, &str)]) -> Stop {
        let (action, mut all) = page.form(holds);
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(&action, &all).await
    }

    async fn follow(&self, request: reqwest::RequestBuilder, at: String) -> Stop {
        let (mut request, mut at) = (request, at);
        for _ in 0..10 {
            self.seen.lock().unwrap().push(at.clone());
            let response = request.send().await.unwrap();
            let header = |name: &str| {
                let all = response.headers().get_all(name).iter();
                all.map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>()
            };
            self.cookies.lock().unwrap().extend(header("set-cookie"));
            let policy = header("content-security-policy").concat();
            let Some(to) = header("location").pop() else {
                let status = response.status().as_u16();
                return Stop::Page(Page { status, html: response.text().await.unwrap(), policy });
            };
            if let Some(query) = to.strip_prefix(HOME) {
                self.seen.lock().unwrap().push(to.clone());
                return Stop::Left(query.split_once('?').map(|(_, query)| query).unwrap_or_default().to_owned());
            }
            at = if to.starts_with('/') { format!("{}{to}", self.url) } else { to };
            request = self.client.get(&at);
        }
        panic!("too many redirects");
    }
}

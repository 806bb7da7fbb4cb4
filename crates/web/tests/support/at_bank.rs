//! A bank on a real port of this machine, and a person in front of its pages with a browser without JavaScript.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
    response::Response,
};
use base::{
    clock::{Clock, Entropy},
    keys::{Keys, Secret},
    phone::PhoneNumber,
};
use sandbox::{
    bank::{Bank, BankOptions, Holder, Service},
    people::Resident,
};
use std::collections::BTreeMap;
use tower::ServiceExt;

pub const PASSWORD: &str = "mat-khau-thu";
pub const NAME: &str = "Nguyễn Thị Ví Dụ";

pub struct AtBank {
    pub bank: Bank,
    /// `http://localhost:port`
    pub at: String,
    /// Of this browser.
    cookies: std::sync::Mutex<BTreeMap<String, String>>,
    _folder: tempfile::TempDir,
}

impl AtBank {
    /// Its first two people are called [`NAME`]. `home`: the portal that is its client, which calls it `bank`.
    pub async fn start(clock: Clock, home: &str) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let at = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let folder = tempfile::tempdir().unwrap();
        let resident = |phone: &str| Resident {
            name: NAME.into(),
            phone: PhoneNumber::parse(phone).unwrap(),
            note: "có tài khoản".into(),
        };
        let bank = Bank::start(BankOptions {
            issuer: at.clone(),
            data: folder.path().to_owned(),
            keys: Keys::new(&[3; 32]),
            password: Secret::new(PASSWORD),
            residents: vec![resident("0999000001"), resident("0999000002")],
            seed: 7,
            service: Service {
                id: "sandbox-cong".into(),
                name: "Cổng thử".into(),
                home: home.to_owned(),
                redirect_uri: format!("{home}/tai-khoan/ngan-hang/bank/ve"),
            },
            clock,
            entropy: Entropy::system(),
        })
        .await
        .unwrap();
        let router = bank.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { bank, at, cookies: std::sync::Mutex::default(), _folder: folder }
    }

    /// One of its people with so many accounts.
    pub fn holder(&self, accounts: usize) -> &Holder {
        self.bank.holders().iter().find(|holder| holder.accounts.len() == accounts).unwrap()
    }

    /// The first one who is called [`NAME`].
    pub fn me(&self) -> &Holder {
        &self.bank.holders()[0]
    }

    async fn send(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String, String) {
        let cookies: Vec<String> = self.cookies.lock().unwrap().iter().map(|(n, v)| format!("{n}={v}")).collect();
        let body: Vec<String> = fields.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.join("&")))
            .unwrap();
        let answer: Response = self.bank.router().oneshot(request).await.unwrap();
        for line in answer.headers().get_all(header::SET_COOKIE) {
            let (name, value) = line.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.lock().unwrap().insert(name.into(), value.into());
        }
        let to = answer.headers().get(header::LOCATION).map_or("", |v| v.to_str().unwrap()).to_owned();
        let status = answer.status();
        let text = String::from_utf8(to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap();
        assert!(
            !text.contains("<!doctype") || text.contains("không phải ngân hàng thật"),
            "each page says what it is: {text}"
        );
        (status, to, text)
    }

    pub async fn page(&self, path: &str) -> String {
        let (status, to, text) = self.send("GET", path, &[]).await;
        assert_eq!((status, to.as_str()), (StatusCode::OK, ""), "{path}: {text}");
        text
    }

    async fn led(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> String {
        let (status, to, text) = self.send(method, path, fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{path}: {text}");
        to
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> StatusCode {
        self.send("POST", path, fields).await.0
    }

    /// From where the portal sent the browser to the page where accounts are picked; its address.
    pub async fn signs_in(&self, departure: &str, who: &Holder) -> String {
        let flow = self.led("GET", departure.strip_prefix(&self.at).unwrap(), &[]).await;
        let door = self.page(&flow).await;
        let (token, id) = (hidden(&door, "token"), hidden(&door, "flow"));
        let fields =
            [("token", &*token), ("flow", &id), ("number", who.person.number.expose()), ("password", PASSWORD)];
        assert_eq!(self.led("POST", "/dang-nhap", &fields).await, flow);
        flow
    }

    /// Picks accounts and agrees; the path at the portal that the browser comes back to.
    pub async fn agrees(&self, departure: &str, who: &Holder, picked: &[&str]) -> String {
        self.answers(departure, who, "allow", picked).await
    }

    pub async fn answers(&self, departure: &str, who: &Holder, answer: &str, picked: &[&str]) -> String {
        let flow = self.signs_in(departure, who).await;
        let page = self.page(&flow).await;
        for account in &who.accounts {
            assert!(page.contains(&account.masked()) && !page.contains(&account.number), "{page}");
        }
        let token = hidden(&page, "token");
        let mut fields = vec![("token", token.as_str()), ("answer", answer)];
        fields.extend(picked.iter().map(|slot| ("claim", *slot)));
        let back = self.led("POST", &flow, &fields).await;
        back[back.match_indices('/').nth(2).unwrap().0..].to_owned()
    }

    /// On the bank's own page, signed in there.
    pub async fn ends_the_consent(&self) {
        let page = self.page("/dong-y").await;
        let (token, client) = (hidden(&page, "token"), hidden(&page, "client"));
        assert_eq!(self.led("POST", "/dong-y", &[("token", &token), ("client", &client)]).await, "/dong-y");
        assert!(self.page("/dong-y").await.contains("Chưa nơi nào được xem"));
    }

    /// Whether somebody is let see accounts now.
    pub async fn has_consent(&self) -> bool {
        self.page("/dong-y").await.contains("name=\"client\"")
    }
}

/// What a form on the page holds.
pub fn hidden(page: &str, name: &str) -> String {
    let from = format!("name=\"{name}\" value=\"");
    let start = page.find(&from).unwrap_or_else(|| panic!("{name}: {page}")) + from.len();
    page[start..start + page[start..].find('"').unwrap()].to_owned()
}

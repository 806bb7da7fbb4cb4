//! A browser without JavaScript: keeps cookies, follows redirects, sends the anti-forgery token of the page it last saw.

use super::{Answer, Person, Site};
use axum::http::header;
use base::{ids::Uuid, phone::PhoneNumber};
use domain::sms;
use std::collections::BTreeMap;
use store::Sql;

pub const PASSWORD: &str = "bốn con trâu trắng";
pub const OTHER_PASSWORD: &str = "năm con cò lả bay";

#[derive(Clone)]
pub struct Browser<'a> {
    pub site: &'a Site,
    pub cookies: BTreeMap<String, String>,
    pub csrf: String,
}

impl<'a> Browser<'a> {
    pub fn new(site: &'a Site) -> Self {
        Self { site, cookies: BTreeMap::new(), csrf: String::new() }
    }

    /// The browser of somebody who is signed in.
    pub fn of(site: &'a Site, person: &Person) -> Self {
        let mut b = Self::new(site);
        let (name, token) = person.cookie.split_once('=').unwrap();
        b.cookies.insert(name.into(), token.into());
        b
    }

    /// Sends a report by the wizard; its code and the page that says so.
    pub async fn sends(&mut self, content: &str) -> (String, String) {
        self.get("/phan-anh/moi").await;
        let next = self.post("/phan-anh/moi", &[("category", "ha-tang")]).await.leads_to();
        let draft = next.strip_suffix("/noi-dung").unwrap().to_owned();
        self.post(&next, &[("content", content)]).await.leads_to();
        let place = [("commune_text", ""), ("pick", "18880"), ("words", "Trước cổng trường")];
        self.post(&format!("{draft}/noi-xay-ra"), &place).await.leads_to();
        self.page(&format!("{draft}/kiem-tra")).await;
        let done = self.post(&format!("{draft}/kiem-tra"), &[]).await.leads_to();
        let page = self.page(&done).await;
        (done["/phan-anh/".len()..].strip_suffix("/da-gui").unwrap().to_owned(), page)
    }

    fn person(&self) -> Person {
        let cookie: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        Person { account: Uuid::nil(), cookie: cookie.join("; "), csrf: self.csrf.clone() }
    }

    fn keep(&mut self, answer: &Answer) {
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
        if answer.header("content-type").starts_with("text/html") {
            let html = answer.checked();
            self.csrf = between(&html, "<meta name=\"csrf\" content=\"", "\"").unwrap_or_default();
        }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let answer = self.site.get(&self.person(), path).await;
        self.keep(&answer);
        answer
    }

    /// A page that must be there.
    pub async fn page(&mut self, path: &str) -> String {
        self.get(path).await.page()
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.site.post(&self.person(), path, fields).await;
        self.keep(&answer);
        answer
    }

    /// A form with files.
    pub async fn upload(&mut self, path: &str, files: &[(&str, &str, &[u8])]) -> Answer {
        let answer = self.site.upload(&self.person(), path, &[], files).await;
        self.keep(&answer);
        answer
    }

    /// The same with fields.
    pub async fn upload_with(&mut self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Answer {
        let answer = self.site.upload(&self.person(), path, fields, files).await;
        self.keep(&answer);
        answer
    }

    pub async fn script(&mut self, path: &str, body: &str) -> Answer {
        let answer = self.site.script(&self.person(), path, "application/json", body.as_bytes().to_vec()).await;
        self.keep(&answer);
        answer
    }

    pub fn cookie(&self, what: &str) -> Option<&String> {
        self.cookies.get(&self.site.web.cookie_name(what))
    }

    pub fn is_signed_in(&self) -> bool {
        self.cookie("phien").is_some()
    }

    /// Phone and consent; the code is on its way afterwards.
    pub async fn ask_for_code(&mut self, phone: &str) {
        self.get("/dang-ky").await;
        let sent = self.post("/dang-ky", &[("phone", phone), ("agreed", "1")]).await;
        assert_eq!(sent.leads_to(), "/dang-ky/ma");
    }

    /// The whole registration.
    pub async fn register(&mut self, phone: &str) {
        self.ask_for_code(phone).await;
        let code = self.site.code(phone).await;
        assert_eq!(self.post("/dang-ky/ma", &[("code", &code)]).await.leads_to(), "/dang-ky/thong-tin");
        let details = [("full_name", "Trần Thị Thử"), ("pick", "18880"), ("address", "Thôn 3"), ("password", PASSWORD)];
        assert_eq!(self.post("/dang-ky/thong-tin", &details).await.leads_to(), "/dang-ky/xong");
        // The next SMS must not have to wait for this one.
        self.site.core.clock.advance(60_000);
        self.get("/tai-khoan").await;
    }

    pub async fn sign_in(&mut self, login: &str, password: &str) -> Answer {
        self.get("/dang-nhap").await;
        let answer = self.post("/dang-nhap", &[("login", login), ("password", password)]).await;
        if self.is_signed_in() {
            self.get("/tai-khoan").await;
        }
        answer
    }
}

impl Site {
    /// What was sent to a phone, newest first.
    pub async fn inbox(&self, phone: &str) -> Vec<String> {
        let phone = PhoneNumber::parse(phone).unwrap();
        let db = self.core.store.read();
        let mut texts = Vec::new();
        for at in 0i64.. {
            let newest =
                "SELECT id FROM outbox WHERE channel = 'sms' ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET $1";
            let Some(id) = Sql::new(newest).bind(at).scalar::<Uuid>(db).await.unwrap() else { break };
            let payload = Sql::new("SELECT payload FROM outbox WHERE id = $1").bind(id).scalar::<Vec<u8>>(db).await;
            let message = sms::open(&self.core, id, &payload.unwrap().unwrap()).unwrap();
            if message.to == phone {
                texts.push(message.text);
            }
        }
        texts
    }

    /// The code of the newest SMS to a phone.
    pub async fn code(&self, phone: &str) -> String {
        let text = self.inbox(phone).await.into_iter().next().unwrap();
        let code = text[..6].to_owned();
        assert!(code.bytes().all(|b| b.is_ascii_digit()), "{text}");
        code
    }

    pub async fn accounts_with(&self, phone: &str) -> i64 {
        let phone = PhoneNumber::parse(phone).unwrap();
        let n: Option<i64> = Sql::new("SELECT count(*) FROM account WHERE phone = $1")
            .bind(phone.as_e164())
            .scalar(self.core.store.read())
            .await
            .unwrap();
        n.unwrap()
    }
}

pub fn between(text: &str, from: &str, to: &str) -> Option<String> {
    let start = text.find(from)? + from.len();
    let end = text[start..].find(to)?;
    Some(text[start..start + end].to_owned())
}

/// Six digits that are not these.
pub fn another(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}
